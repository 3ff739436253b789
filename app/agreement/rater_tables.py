"""Tables of readings that people wrote: read strictly, and paired by photo."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vision.errors import InvalidOption

ANGLES: Final = {"thigh": "thigh_deg", "knee_flexion": "knee_flexion_deg"}
"""Each angle's column."""
VERDICTS: Final = ("pass", "borderline", "fail")
_MISSING: Final = ("", "na", "n/a", "nan", "none", "null", "-", "–", "—", "not_measurable")
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}([.,]\d*)?(e[+-]\d{1,3})?")
_LEGS: Final = {"l": "left", "r": "right"}
_MAX_BYTES: Final = 10_000_000
_MAX_NAME: Final = 40
_MAX_DEG: Final = 180.0


@dataclass(frozen=True, slots=True)
class Row:
    """One reading; the number is its row in the file, of which the header is the first."""

    number: int
    id: str
    leg: str
    angles: dict[str, float | None]
    verdict: str | None


Pairs = list[tuple[Row, Row]]


@dataclass(frozen=True, slots=True)
class Readings:
    """One file of readings, and whose they are."""

    name: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_readings(path: Path, name: str, id_column: str = "") -> Readings:
    """Read a file of readings: comma, semicolon or tab; decimal point or comma.

    Raises
    ------
    InvalidOption
        Names file, row and column of what is wrong.
    OSError
        If there is no such file.
    """
    from app.text import printable

    file = printable(path.name)
    (_, header), *body = list(_cells(path, file)) or [(1, [])]
    columns = tuple(cell.casefold() for cell in header)
    wanted = [id_column.casefold()] * bool(id_column) + ["id", "path"]
    key = next((one for one in wanted if one in columns), None)
    has = f"it has {', '.join(map(repr, columns))[:200] or 'none'}"
    if key is None:
        raise InvalidOption(f"{file} needs a column {' or '.join(wanted)}; {has}.")
    if any(name and columns.count(name) > 1 for name in columns):
        raise InvalidOption(f"{file} names a column twice; {has}.")
    rows = []
    for number, cells in body:
        where = f"{file}, row {number}"
        if any(cells[len(columns) :]):
            more = f"{len(cells)} cells, the header has {len(columns)}"
            raise InvalidOption(f"{where}: {more}. Decimal commas need semicolons between cells.")
        rows.append(_row(number, dict(zip(columns, cells, strict=False)), key, where))
    return Readings(name, file, columns, tuple(rows))


def _cells(path: Path, file: str) -> Iterator[tuple[int, list[str]]]:
    """Go through the rows that are not empty, with their numbers."""
    with path.open("rb") as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise InvalidOption(f"{file} has more than {_MAX_BYTES // 1_000_000} MB.")
    try:
        text = data.decode("utf-8-sig")
        delimiter = max(",;\t", key=text.lstrip().partition("\n")[0].count)
        lines = io.StringIO(text, newline="")
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), 1):
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]
    except UnicodeDecodeError as error:
        raise InvalidOption(f"{file} is not in UTF-8; save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise InvalidOption(f"{file} is not valid CSV: {error}.") from error


def _row(number: int, cells: dict[str, str], key: str, where: str) -> Row:
    from app.text import printable

    leg, verdict = (cells.get(name, "").casefold() for name in ("leg", "verdict"))
    verdict = verdict.replace(" ", "_")
    if not cells.get(key):
        raise InvalidOption(f"{where}, column {key}: it is empty.")
    if verdict not in (*VERDICTS, *_MISSING):
        which = f"{cells['verdict'][:_MAX_NAME]!r} is none of {', '.join(VERDICTS)}"
        raise InvalidOption(f"{where}, column verdict: {which}.")
    angles = {
        angle: _degrees(cells.get(column, ""), f"{where}, column {column}")
        for angle, column in ANGLES.items()
    }
    known = verdict if verdict in VERDICTS else None
    return Row(number, printable(cells[key]), _LEGS.get(leg, leg), angles, known)


def _degrees(cell: str, where: str) -> float | None:
    text = cell.casefold().removesuffix("°").rstrip().replace("−", "-")
    if text in _MISSING:
        return None
    if not _NUMBER.fullmatch(text):
        raise InvalidOption(f"{where}: {cell[:_MAX_NAME]!r} is not a number of degrees.")
    degrees = float(text.replace(",", "."))
    if abs(degrees) > _MAX_DEG:
        raise InvalidOption(f"{where}: {cell!r} is not within ±{_MAX_DEG:g}°.")
    return degrees


def pair(first: Readings, second: Readings) -> Pairs:
    """Pair rows of the same photo: by the id, what is left by its file name without folder.

    Where an id stands in several rows, the leg tells them apart.
    """
    files = (first, second)
    repeated = any(len({row.id for row in one.rows}) < len(one.rows) for one in files)
    by_leg = repeated and all("leg" in one.columns for one in files)
    left, right = (_keyed(one, by_leg=by_leg) for one in files)
    same = {key: key for key in left if key in right}
    rest = [_by_file_name(rows, same) for rows in (left, right)]
    same |= {key: rest[1][name] for name, key in rest[0].items() if name in rest[1]}
    return [(row, right[same[key]]) for key, row in left.items() if key in same]


Key = tuple[str, str]


def _keyed(readings: Readings, *, by_leg: bool) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for row in readings.rows:
        known = found.setdefault((row.id, row.leg if by_leg else ""), row)
        if known is not row:
            twice = f"{row.id[:_MAX_NAME]!r} stands in row {known.number} already"
            raise InvalidOption(f"{readings.file}, row {row.number}: {twice}.")
    return found


def _by_file_name(rows: dict[Key, Row], paired: dict[Key, Key]) -> dict[Key, Key]:
    """Return the key of what is not paired yet by file name, where that name is the only one."""
    found: dict[Key, list[Key]] = {}
    for id_, leg in rows:
        if (id_, leg) not in paired:
            found.setdefault((re.split(r"[\\/]", id_)[-1], leg), []).append((id_, leg))
    return {name: keys[0] for name, keys in found.items() if len(keys) == 1}


def points(pairs: Pairs, angle: str) -> list[tuple[str, float, float]]:
    """Return the id and both readings of every photo that has the angle in both."""
    both = ((one.id, one.angles[angle], other.angles[angle]) for one, other in pairs)
    return [(name, a, b) for name, a, b in both if a is not None and b is not None]
