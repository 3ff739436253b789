"""Tables of readings by raters: parsed strictly, and paired by photo."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.csv_tables import MISSING, Table, column_name, degrees, leg_of, read_table
from app.text import printable
from vision.errors import InvalidOption

ANGLES: Final = {"thigh": "thigh_deg", "knee_flexion": "knee_flexion_deg"}
"""Column of each angle."""
VERDICTS: Final = ("pass", "borderline", "fail")
_NO_VERDICT: Final = (*map(column_name, MISSING), "not_measurable")
_MAX_BYTES: Final = 10_000_000
_MAX_NAME: Final = 40
_MAX_DEG: Final = 180.0


@dataclass(frozen=True, slots=True)
class Row:
    """One reading, with its row number in the file; the header is row 1."""

    number: int
    id: str
    leg: str
    angles: dict[str, float | None]
    verdict: str | None


Pairs = list[tuple[Row, Row]]


@dataclass(frozen=True, slots=True)
class Readings:
    """One file of readings, and the name of its rater."""

    name: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_readings(path: Path, name: str, id_column: str = "") -> Readings:
    """Read a file of readings: any table that :func:`app.csv_tables.read_table` reads.

    Raises
    ------
    InvalidOption
        The message names file, row and column of the error.
    OSError
        If the file cannot be read.
    """
    table, rows = read_rows(path, id_column)
    return Readings(name, printable(path.name), table.columns, rows)


def read_rows(path: Path, id_column: str = "") -> tuple[Table, tuple[Row, ...]]:
    """Read the cells of a table, and the reading in each of its rows.

    Raises
    ------
    InvalidOption, OSError
        As :func:`read_readings`.
    """
    file = printable(path.name)
    table = read_table(read_bytes(path), file)
    wanted = [column_name(id_column)] * bool(id_column) + ["id", "path"]
    key = next((one for one in wanted if one in table.columns), None)
    if key is None:
        has = ", ".join(map(repr, table.columns))[:200] or "none"
        raise InvalidOption(f"{file} needs a column {' or '.join(wanted)}; it has {has}.")
    rows = tuple(
        _row(number, dict(zip(table.columns, cells, strict=True)), key, f"{file}, row {number}")
        for number, cells in table.rows
    )
    return table, rows


def read_bytes(path: Path) -> bytes:
    """Read a table's file.

    Raises
    ------
    InvalidOption
        If it is too large for a table of readings.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        name = printable(path.name)
        raise InvalidOption(f"{name} has more than {_MAX_BYTES // 1_000_000} MB.")
    return data


def _row(number: int, cells: dict[str, str], key: str, where: str) -> Row:
    leg = leg_of(cells.get("leg", ""))
    verdict = column_name(cells.get("verdict", ""))
    if not cells.get(key):
        raise InvalidOption(f"{where}, column {key}: it is empty.")
    if verdict not in (*VERDICTS, *_NO_VERDICT):
        which = f"{cells['verdict'][:_MAX_NAME]!r} is none of {', '.join(VERDICTS)}"
        raise InvalidOption(f"{where}, column verdict: {which}.")
    angles = {
        angle: cell_degrees(cells.get(column, ""), f"{where}, column {column}")
        for angle, column in ANGLES.items()
    }
    known = verdict if verdict in VERDICTS else None
    return Row(number, printable(cells[key]), leg, angles, known)


def cell_degrees(cell: str, where: str) -> float | None:
    """Return the angle in a cell, degrees; None if it is marked as missing.

    Raises
    ------
    InvalidOption
        If it is no angle; the message begins with ``where``.
    """
    try:
        found = degrees(cell)
    except ValueError:
        number = f"{cell[:_MAX_NAME]!r} is not a number of degrees"
        raise InvalidOption(f"{where}: {number}.") from None
    if found is not None and abs(found) > _MAX_DEG:
        raise InvalidOption(f"{where}: {cell!r} is not within ±{_MAX_DEG:g}°.")
    return found


def pair(first: Readings, second: Readings) -> Pairs:
    """Pair rows of the same photo by id, and the rest by file name without folder.

    If an id occurs in several rows, the leg distinguishes them.
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
    """Return the keys of unpaired rows by file name, if that name is unique."""
    found: dict[Key, list[Key]] = {}
    for id_, leg in rows:
        if (id_, leg) not in paired:
            found.setdefault((re.split(r"[\\/]", id_)[-1], leg), []).append((id_, leg))
    return {name: keys[0] for name, keys in found.items() if len(keys) == 1}


def points(pairs: Pairs, angle: str) -> list[tuple[str, float, float]]:
    """Return the id and both readings of every photo that has the angle in both."""
    both = ((one.id, one.angles[angle], other.angles[angle]) for one, other in pairs)
    return [(name, a, b) for name, a, b in both if a is not None and b is not None]
