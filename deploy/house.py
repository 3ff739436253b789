"""Draw the picture of the house: ``docs/images/house.svg``, from the contracts and the imports.

``python -m deploy.house`` writes it. Boxes are the layers of the import-linter contracts in
``pyproject.toml``, top to bottom: the rooms of ``app``, and the stages of ``vision`` in the groups
that the comments of the contract name. An arrow means that a module of the upper box imports one
of the lower box. Numbers of imports are not shown, so that the picture changes with the structure
only.

Coordinates are SVG user units, x right, y down.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape

import grimp

ROOT: Final = Path(__file__).parents[1]
PICTURE: Final = ROOT / "docs" / "images" / "house.svg"
WIDTH: Final = 720
LEFT: Final = 216
"""Left edge of the boxes; the arcs run beside it."""
RIGHT: Final = WIDTH - 24
GAP: Final = 24
HEADING: Final = 54
LINE: Final = 18
COLOURS: Final = 6
STYLE: Final = """
    .card { fill: #f6f8f8 } .box { fill: #fff; stroke: #0b5a63; stroke-width: 1.5 }
    text { fill: #1c2626; font: 13px system-ui, 'DejaVu Sans', sans-serif }
    .name { font-size: 15px; font-weight: 600 } .title { font-size: 17px; font-weight: 600 }
    path { fill: none; stroke-width: 1.8 } .wide { stroke-width: 5 }
    .c0 { stroke: #0b5a63; color: #0b5a63 } .c1 { stroke: #a34700; color: #a34700 }
    .c2 { stroke: #6a2c91; color: #6a2c91 } .c3 { stroke: #1f6f2a; color: #1f6f2a }
    .c4 { stroke: #1c5fb8; color: #1c5fb8 } .c5 { stroke: #a3174f; color: #a3174f }
    path.head { fill: currentColor; stroke: none }
    @media (prefers-color-scheme: dark) {
      .card { fill: #141b1c } .box { fill: #1e2829; stroke: #6fc3cd } text { fill: #e6eeee }
      .c0 { stroke: #6fc3cd; color: #6fc3cd } .c1 { stroke: #f0a35e; color: #f0a35e }
      .c2 { stroke: #c79be6; color: #c79be6 } .c3 { stroke: #7fce8b; color: #7fce8b }
      .c4 { stroke: #7fb2f5; color: #7fb2f5 } .c5 { stroke: #f08bb4; color: #f08bb4 }
    }"""


@dataclass(frozen=True, slots=True)
class Floor:
    """One box of the picture.

    Attributes
    ----------
    name : str
        Heading of the box.
    modules : tuple of str
        Modules and packages in it, such as ``app.web``.
    lines : tuple of str
        Text below the heading.
    """

    name: str
    modules: tuple[str, ...]
    lines: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Height of the box."""
        return 32 + LINE * len(self.lines)


def rooms(contracts: str) -> list[Floor]:
    """Return the rooms of ``app``, one floor per layer of its contract, highest first."""
    floors = []
    for layer in _layers(contracts, "app"):
        names = [name.strip() for name in layer.split("|")]
        about = _summary(f"app.{names[0]}") if len(names) == 1 else ""
        floors.append(
            Floor(" · ".join(names), tuple(f"app.{name}" for name in names), tuple(wrap(about, 62)))
        )
    return floors


def stages(contracts: str) -> list[Floor]:
    """Return the groups of stages of ``vision``, highest first, as the comments name them."""
    block = contracts.partition('containers = ["vision"]')[2].partition("\n]")[0]
    floors = []
    for name, listed in re.findall(r"# (.+)\n((?:\s+\".*\n?)+)", block):
        found = re.findall(r'"(\w+)"', listed)
        modules = tuple(f"vision.{one}" for one in found)
        floors.append(Floor(name, modules, tuple(wrap(", ".join(found), 62))))
    drawn = [module for floor in floors for module in floor.modules]
    if drawn != [f"vision.{layer}" for layer in _layers(contracts, "vision")]:
        raise ValueError("pyproject.toml: every stage of vision must stand below a comment")
    return floors


def _layers(contracts: str, container: str) -> list[str]:
    linter = tomllib.loads(contracts)["tool"]["importlinter"]
    (layers,) = (
        one["layers"] for one in linter["contracts"] if one.get("containers") == [container]
    )
    return list(layers)


def _summary(module: str) -> str:
    """Return the first line of a module's docstring."""
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    about = ast.get_docstring(ast.parse(source.read_text("utf-8"))) or ""
    return about.partition("\n")[0].replace("``", "")


def imports_between(floors: Sequence[Floor], graph: grimp.ImportGraph) -> list[tuple[int, int]]:
    """Return the pairs of floors of which the first imports from the second, by their places."""
    place = {module: number for number, floor in enumerate(floors) for module in floor.modules}
    found = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = (place.get(_top(module)), place.get(_top(imported)))
            if None not in pair and pair[0] != pair[1]:
                found.add(pair)
    return sorted((one, other) for one, other in found if one is not None and other is not None)


def _top(module: str) -> str:
    """Shorten ``app.web.pages`` to ``app.web``."""
    return ".".join(module.split(".")[:2])


def draw() -> str:
    """Return the picture as SVG."""
    contracts = (ROOT / "pyproject.toml").read_text("utf-8")
    graph = grimp.build_graph("app", "vision", cache_dir=None)
    above, below = rooms(contracts), stages(contracts)
    top, pairs = HEADING, (imports_between(above, graph), imports_between(below, graph))
    parts = [_title("app: the rooms", 34), *_building(above, pairs[0], top)]
    foot = top + _height(above)
    parts += [
        f'<path class="c0 wide" d="M440 {foot - 14}V{foot + 20}"/>',
        f'<path class="c0 head" d="M440 {foot + 36}l-10 -18h20z"/>',
        f'<text x="460" y="{foot + 14}">app imports vision, never the reverse</text>',
        _title("vision: the stages", foot + 34),
        *_building(below, pairs[1], foot + HEADING),
    ]
    height = foot + HEADING + _height(below)
    return _document(height, _description(above, below, pairs), parts)


def _document(height: int, described: str, parts: Iterable[str]) -> str:
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="title desc">\n'
        f'  <title id="title">The rooms of app and the stages of vision</title>\n'
        f'  <desc id="desc">{escape(described)}</desc>\n'
        f"  <style>{STYLE}\n  </style>\n"
        f'  <rect class="card" width="{WIDTH}" height="{height}" rx="10"/>\n{body}\n</svg>\n'
    )


def _description(
    above: Sequence[Floor],
    below: Sequence[Floor],
    pairs: tuple[Sequence[tuple[int, int]], Sequence[tuple[int, int]]],
) -> str:
    """Describe the arrows in words, for screen readers."""
    said = ["Layers from top to bottom; each imports only from those below it."]
    for floors, found in zip((above, below), pairs, strict=True):
        for number, floor in enumerate(floors):
            targets = [floors[other].name for one, other in found if one == number]
            said.append(f"{floor.name}: imports {'; '.join(targets) or 'none of these'}.")
    return " ".join([*said, "app imports vision; vision never imports app."])


def _title(text: str, y: int) -> str:
    return f'<text class="title" x="{LEFT}" y="{y}">{escape(text)}</text>'


def _height(floors: Sequence[Floor]) -> int:
    return sum(floor.height + GAP for floor in floors)


def _building(floors: Sequence[Floor], pairs: Sequence[tuple[int, int]], top: int) -> Iterator[str]:
    """Draw boxes from ``top`` down, and the arrows between them."""
    tops = [top]
    for floor in floors:
        tops.append(tops[-1] + floor.height + GAP)
    for floor, y in zip(floors, tops, strict=False):
        yield (
            f'<rect class="box" x="{LEFT}" y="{y}" width="{RIGHT - LEFT}" '
            f'height="{floor.height}" rx="6"/>'
        )
        yield f'<text class="name" x="{LEFT + 16}" y="{y + 21}">{escape(floor.name)}</text>'
        for number, line in enumerate(floor.lines):
            yield f'<text x="{LEFT + 16}" y="{y + 40 + LINE * number}">{escape(line)}</text>'
    near = {pair for pair in pairwise(range(len(floors))) if pair in set(pairs)}
    for one, _ in sorted(near):
        yield _step(tops[one] + floors[one].height, tops[one + 1], one)
    yield from _arcs(floors, tops, [pair for pair in pairs if pair not in near])


def _step(start: int, end: int, number: int) -> str:
    """Draw an arrow to the next box."""
    colour, x = f"c{number % COLOURS}", LEFT + 40
    return (
        f'<path class="{colour}" d="M{x} {start}V{end - 7}"/>'
        f'<path class="{colour} head" d="M{x} {end}l-5 -9h10z"/>'
    )


def _arcs(
    floors: Sequence[Floor], tops: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> Iterator[str]:
    """Draw arrows beside the boxes; their ends are spread so that arcs from one box nest."""
    for one, other in pairs:
        leaving = sorted((end for start, end in pairs if start == one), reverse=True)
        coming = sorted((start for start, end in pairs if end == other), reverse=True)
        start = _port(tops[one], floors[one].height, leaving.index(other), len(leaving), 0.5)
        end = _port(tops[other], floors[other].height, coming.index(one), len(coming), 0.0)
        # A cubic curve bulges by three quarters of its control points' distance.
        reach = round((30 + (LEFT - 50) * (other - one) / len(floors)) * 4 / 3)
        colour, x = f"c{one % COLOURS}", LEFT
        yield (
            f'<path class="{colour}" d="M{x} {start}C{x - reach} {start} '
            f'{x - reach} {end} {x - 7} {end}"/>'
            f'<path class="{colour} head" d="M{x} {end}l-9 -5v10z"/>'
        )


def _port(top: int, height: int, number: int, total: int, half: float) -> float:
    """Return the y of one of several arrow ends, in the upper or lower half of a box's side."""
    return round(top + height * (half + 0.5 * (number + 1) / (total + 1)), 1)


def main() -> int:
    """Write the picture."""
    PICTURE.write_text(draw(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
