"""Examples in documents and docstrings run, public names stay, and pages ask for what there is."""

import doctest
import math
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Final

import pytest
import yaml

import vision
from deploy.site_parts import PARTS, command_line, flags, http, problems, rule_keys, rule_sets
from vision.angles import shank_from_plumb_deg
from vision.criteria import RULE_SETS
from vision.errors import all_errors
from vision.flags import FLAG_KINDS

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
EXAMPLES: Final = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STABLE: Final = {
    "RULE_SETS",
    "Angle",
    "Examination",
    "InvalidOption",
    "LegPhotos",
    "Measurement",
    "Observations",
    "PhotoError",
    "RuleSet",
    "ThomasTestError",
    "draw_overlay",
    "examine",
    "measure",
    "measure_together",
    "parse_rule_set",
}
"""Public names. Taking one away breaks programs: announce it in the changelog first."""


def test_stable_names() -> None:
    assert set(vision.__all__) == STABLE
    assert set(dir(vision)) >= STABLE
    for name in STABLE:
        assert getattr(vision, name) is getattr(import_module(f"vision.{vision._HOME[name]}"), name)
    with pytest.raises(AttributeError, match="nothing"):
        vision.__getattr__("nothing")


def run(source: str, name: str) -> int:
    """Run examples one after the other; return how many there were."""
    parsed = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    said: list[str] = []
    doctest.DocTestRunner().run(parsed, out=said.append)
    assert not said, "".join(said)
    return len(parsed.examples)


def test_examples_of_the_python_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = EXAMPLES.findall((DOCS / "python.md").read_text("utf-8"))
    assert run("\n".join(blocks), "docs/python.md") > 15


@pytest.mark.parametrize(
    "module",
    [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("app", "vision")
        for path in sorted((ROOT / package).rglob("*.py"))
        if ">>> " in path.read_text("utf-8")
    ],
)
def test_examples_of_docstrings(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


def test_pages_ask_for_every_part() -> None:
    asked = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)
    found = [name for page in DOCS.glob("*.md") for name in asked.findall(page.read_text("utf-8"))]
    assert sorted(found) == sorted(PARTS)


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_generated(name: str) -> None:
    part = PARTS[name]()
    assert part.strip()
    assert "Undefined" not in part


def test_parts_hold_what_the_code_has() -> None:
    assert all(f"`{code}`" in flags() for code in FLAG_KINDS)
    assert all(f"`{error.code}`" in problems() for error in all_errors())
    assert all(rules.in_words() in rule_sets() for rules in RULE_SETS.values())
    assert "`thigh_max_deg`" in rule_keys()
    assert "POST /v1/examinations" in http()
    for said in ("## thomas-test measure\n", "## thomas-test keys new\n", "--lower-back-flat"):
        assert said in command_line()


def test_files_for_those_who_come() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{citation["version"]}"' in project
    report = (ROOT / ".github/ISSUE_TEMPLATE/bug.md").read_text("utf-8")
    assert "Do not attach photos of patients" in report


# --- the site -----------------------------------------------------------------------------------


@pytest.fixture
def hooks() -> ModuleType:
    pytest.importorskip("mkdocs", reason="the extra [docs] is not installed")
    return import_module("deploy.site_pages")


def page_at(uri: str) -> SimpleNamespace:
    return SimpleNamespace(file=SimpleNamespace(src_uri=uri))


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        "<script defer src=//cdn.example/a.js></script>",
        '<img alt="" src="http://pictures.example/a.png">',
        '<link rel="stylesheet" href="https://fonts.example/a.css">',
        "<link href=https://fonts.example rel=preconnect>",
    ],
)
def test_no_page_that_loads_from_elsewhere_is_let_out(hooks: ModuleType, html: str) -> None:
    with pytest.raises(hooks.PluginError, match=r"a\.md loads from another site"):
        hooks.on_post_page(f"<p>{html}</p>", page_at("a.md"))


def test_pages_may_lead_elsewhere_and_load_their_own(hooks: ModuleType) -> None:
    html = '<a href="https://doi.org/x">x</a><img src="images/a.svg"><script src="a.js"></script>'
    assert hooks.on_post_page(html, page_at("a.md")) == html


@pytest.mark.parametrize(
    ("uri", "written", "shown"),
    [
        ("CONTRIBUTING.md", "[a](docs/accuracy.md)", "[a](accuracy.md)"),
        ("index.md", "[a](../CONTRIBUTING.md)", "[a](CONTRIBUTING.md)"),
        ("examples/README.md", "[a](../../benchmarks/b.md)", "[a](../benchmarks/b.md)"),
        ("index.md", "[a](photo.md)", "[a](photo.md)"),
    ],
)
def test_links_work_in_the_project_and_in_the_site(
    hooks: ModuleType, uri: str, written: str, shown: str
) -> None:
    assert hooks.on_page_markdown(written, page_at(uri)) == shown


def test_a_part_that_is_not_there_is_named(hooks: ModuleType) -> None:
    with pytest.raises(hooks.PluginError, match=r"index\.md includes 'nothing'"):
        hooks.on_page_markdown("<!-- from the code: nothing -->", page_at("index.md"))
    filled = hooks.on_page_markdown("<!-- from the code: norms -->", page_at("index.md"))
    assert "Elite athletes" in filled


# --- figures ------------------------------------------------------------------------------------

LIMB: Final = re.compile(r'id="([\w-]+)"[^>]*? d="M([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+)"')


def test_the_figure_of_conventions_shows_what_the_code_computes() -> None:
    drawn = (DOCS / "images/conventions.svg").read_text("utf-8")
    # From the upper joint to the lower one, pixels, y down.
    points = {name: [float(one) for one in place] for name, *place in LIMB.findall(drawn)}

    def direction_deg(name: str) -> float:
        x0, y0, x1, y1 = points[name]
        return math.degrees(math.atan2(y0 - y1, x1 - x0))

    for name, said in (("thigh-above", "+15°"), ("thigh-below", "−15°")):
        assert direction_deg(name) == pytest.approx(float(said[:-1].replace("−", "-")), abs=0.1)
        assert f">{said}<" in drawn
    thigh, shank = direction_deg("flexed-thigh"), direction_deg("flexed-shank")
    assert thigh - shank == pytest.approx(70, abs=0.1)
    assert points["flexed-thigh"][2:] == points["flexed-shank"][:2]
    for name, knee, foot in (("shank-forward", 60, 20), ("shank-back", 90, -10)):
        assert shank_from_plumb_deg(thigh, knee) == pytest.approx(foot, abs=0.1)
        assert direction_deg(name) + 90 == pytest.approx(foot, abs=0.1)
    assert all(f"{sign}° foot" in drawn for sign in ("+20", "−10"))
