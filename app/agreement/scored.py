"""What the tool read, from the table of results that ``thomas-test batch`` writes."""

from dataclasses import dataclass
from typing import Final

from app.agreement.rater_tables import ANGLES, cell_degrees
from app.csv_tables import leg_of, read_table
from app.text import printable
from vision.angles import Z95, Angle
from vision.errors import InvalidOption
from vision.flags import FLAG_KINDS

SHANK: Final = "shank_from_plumb"
COLUMNS: Final = {**ANGLES, SHANK: "shank_from_plumb_deg"}
"""Column of each angle that a rule-set may judge."""
SUPPORTED: Final = "leg_supported"
"""Flag of a leg that does not hang freely."""
UNREADABLE: Final = "not_measurable"
"""Reason of a refusal that the table does not state."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One result.

    Attributes
    ----------
    path : str
        Path of the photo, as measured.
    leg : str
        ``left``, ``right``, or empty.
    angles : dict
        Angle by name; its sigma is 0 if the table has no interval. None where there is no number.
    reasons : tuple of str
        Codes of the errors or flags for which the photo was refused.
    supported : bool
        Whether table or floor supports the leg, so that the knee is not judged.
    made_by : str
        Package, model and calibration; empty if the table does not state them.
    """

    path: str
    leg: str
    angles: dict[str, Angle | None]
    reasons: tuple[str, ...]
    supported: bool
    made_by: str

    @property
    def measured(self) -> bool:
        """Whether there is any angle."""
        return any(self.angles[angle] is not None for angle in ANGLES)


def read_scored(data: bytes, file: str) -> tuple[Scored, ...]:
    """Read results: a column ``path`` or ``id``, angles, and their intervals if there are any.

    Raises
    ------
    InvalidOption
        The message names file, row and column of the error.
    """
    table = read_table(data, file)
    key = next((one for one in ("path", "id") if one in table.columns), None)
    if key is None:
        raise InvalidOption(f"{file} needs a column path or id.")
    if not set(ANGLES.values()) & {*table.columns}:
        raise InvalidOption(f"{file} needs a column {' or '.join(ANGLES.values())}.")
    found: dict[tuple[str, str], tuple[int, Scored]] = {}
    for number, cells in table.rows:
        where = f"{file}, row {number}"
        one = _scored(dict(zip(table.columns, cells, strict=True)), key, where)
        before, same = found.setdefault((one.path, one.leg), (number, one))
        if same is not one:
            raise InvalidOption(f"{where}: {one.path[:40]!r} stands in row {before} already.")
    return tuple(one for _, one in found.values())


def _scored(cells: dict[str, str], key: str, where: str) -> Scored:
    if not cells[key]:
        raise InvalidOption(f"{where}, column {key}: it is empty.")
    angles = {angle: _angle(cells, column, where) for angle, column in COLUMNS.items()}
    refused = all(angles[angle] is None for angle in ANGLES)
    made = (cells.get(name, "") for name in ("package", "model", "calibration"))
    return Scored(
        path=printable(cells[key]),
        leg=leg_of(cells.get("leg", "")),
        angles=angles,
        reasons=_reasons(cells) if refused else (),
        supported=SUPPORTED in cells.get("flags", "").split(),
        made_by=printable(" · ".join(part for part in made if part)),
    )


def _angle(cells: dict[str, str], column: str, where: str) -> Angle | None:
    stem = column.removesuffix("_deg")
    names = (column, f"{stem}_low_deg", f"{stem}_high_deg")
    value, low, high = (
        cell_degrees(cells.get(name, ""), f"{where}, column {name}") for name in names
    )
    if value is None:
        return None
    if low is None or high is None:
        return Angle(value, 0.0, 0.0)
    if not low <= value <= high:
        raise InvalidOption(f"{where}, column {names[1]}: the interval does not hold the angle.")
    return Angle(value, (high - low) / (2 * Z95), 0.0)


def _reasons(cells: dict[str, str]) -> tuple[str, ...]:
    """Return the error, or the blocking flags."""
    if error := cells.get("error", ""):
        return (printable(error),)
    flags = cells.get("flags", "").split()
    blocking = [one for one in flags if one not in FLAG_KINDS or FLAG_KINDS[one].blocking]
    return tuple(map(printable, blocking)) or (UNREADABLE,)
