"""A clinic's reference table: one row per photo and reading, parsed strictly."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

from app.agreement.rater_tables import ANGLES, Row, read_rows
from app.csv_tables import Table, column_name
from app.text import printable
from vision.errors import InvalidOption

RATER: Final = "rater"
SUBJECT: Final = "subject"
OCCASION: Final = "occasion"
MAX_LEVELS: Final = 12
"""Most values of a column that are compared as groups."""
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class ReferencePhoto:
    """One photo, or one leg of it, and what the reference says.

    Attributes
    ----------
    id : str
        Name of the photo, as in the table.
    leg : str
        ``left`` or ``right``; empty if the table does not name it.
    subject : str
        The person; the id if the table does not name people.
    occasion : str
        Which set-up of this leg; the id if not stated, so that each photo is another set-up.
    angles : dict
        Mean over the raters by angle, degrees; None if nobody read it.
    by_rater : dict
        Mean of each rater's readings, by angle.
    verdict : str or None
        Of the majority of the raters; None if there is none.
    groups : dict
        Value of each group column; empty if not stated.
    """

    id: str
    leg: str
    subject: str
    occasion: str
    angles: dict[str, float | None]
    by_rater: dict[str, dict[str, float | None]]
    verdict: str | None
    groups: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference table.

    Attributes
    ----------
    file : str
        Name of the file.
    columns : tuple of str
    photos : tuple of ReferencePhoto
        Unique by id and leg.
    raters : tuple of str
        In order of occurrence; a single empty name without a column ``rater``.
    groups : tuple of str
        Columns whose values form groups.
    without_subject : int
        Photos that name no person.
    """

    file: str
    columns: tuple[str, ...]
    photos: tuple[ReferencePhoto, ...]
    raters: tuple[str, ...]
    groups: tuple[str, ...]
    without_subject: int

    @property
    def names_people(self) -> bool:
        """Whether photos of the same person can be told."""
        return self.without_subject < len(self.photos)

    @property
    def names_setups(self) -> bool:
        """Whether photos of the same set-up can be told."""
        return OCCASION in self.columns


@dataclass(frozen=True, slots=True)
class _Entry:
    row: Row
    rater: str
    subject: str
    occasion: str
    groups: dict[str, str]


def read_reference(path: Path, groups: Sequence[str] = (), id_column: str = "") -> Reference:
    """Read a reference table: any table that :func:`app.csv_tables.read_table` reads.

    Parameters
    ----------
    path : Path
    groups : sequence of str
        Columns whose values form groups.
    id_column : str
        Column with the names of the photos; by default ``id`` or ``path``.

    Raises
    ------
    InvalidOption
        The message names file, row and column of the error.
    OSError
        If the file cannot be read.
    """
    table, rows = read_rows(path, id_column)
    file = printable(path.name)
    if not rows:
        raise InvalidOption(f"{file} has a header, but no rows.")
    names = [column_name(one) for one in groups]
    if id_column and column_name(id_column) not in table.columns:
        raise InvalidOption(f"{file} has no column {id_column!r} for --id.")
    _check_columns(file, table, names)
    entries: dict[tuple[str, str], list[_Entry]] = {}
    for row, (_, cells) in zip(rows, table.rows, strict=True):
        one = _entry(row, dict(zip(table.columns, cells, strict=True)), names)
        same = entries.setdefault((row.id, row.leg), [])
        _check_repeated(file, one, same)
        same.append(one)
    _check_legs(file, entries)
    photos = tuple(_photo(same) for same in entries.values())
    for name in names:
        _check_levels(file, name, photos)
    raters = tuple(dict.fromkeys(one.rater for same in entries.values() for one in same))
    unnamed = sum(not same[0].subject for same in entries.values())
    return Reference(file, table.columns, photos, raters, tuple(names), unnamed)


def _entry(row: Row, cells: dict[str, str], groups: Sequence[str]) -> _Entry:
    return _Entry(
        row=row,
        rater=printable(cells.get(RATER, "")),
        subject=printable(cells.get(SUBJECT, "")),
        occasion=printable(cells.get(OCCASION, "")),
        groups={name: printable(cells[name]) for name in groups},
    )


def _check_columns(file: str, table: Table, groups: Sequence[str]) -> None:
    if not set(ANGLES.values()) & {*table.columns}:
        raise InvalidOption(f"{file} needs a column {' or '.join(ANGLES.values())}.")
    for name in groups:
        if name not in table.columns:
            raise InvalidOption(f"{file} has no column {name!r} for --group.")
        if groups.count(name) > 1:
            raise InvalidOption(f"--group names {name!r} twice.")


def _check_repeated(file: str, one: _Entry, same: Sequence[_Entry]) -> None:
    """Check a row against the other raters' rows of the same photo."""
    where = f"{file}, row {one.row.number}"
    for other in same:
        if not one.rater and not other.rater:
            known = f"{one.row.id[:_LONGEST]!r} stands in row {other.row.number} already"
            raise InvalidOption(f"{where}: {known}; a column {RATER} tells readings apart.")
        mine, theirs = (_described(row) for row in (one, other))
        for name, value in mine.items():
            if value != theirs[name]:
                said = f"{theirs[name][:_LONGEST]!r} in row {other.row.number}, of the same photo"
                raise InvalidOption(f"{where}, column {name}: {value[:_LONGEST]!r}, but {said}.")


def _described(one: _Entry) -> dict[str, str]:
    return {SUBJECT: one.subject, OCCASION: one.occasion, **one.groups}


def _check_legs(file: str, entries: dict[tuple[str, str], list[_Entry]]) -> None:
    for (name, leg), same in entries.items():
        number = same[0].row.number
        if leg not in ("", "left", "right"):
            raise InvalidOption(
                f"{file}, row {number}, column leg: {leg[:_LONGEST]!r} is neither left nor right."
            )
        if leg and (name, "") in entries:
            without = entries[name, ""][0].row.number
            raise InvalidOption(
                f"{file}, row {without}, column leg: it is empty, but row {number} names the leg "
                f"of {name[:_LONGEST]!r}."
            )


def _check_levels(file: str, name: str, photos: Sequence[ReferencePhoto]) -> None:
    levels = {photo.groups[name] for photo in photos}
    if len(levels) > MAX_LEVELS:
        raise InvalidOption(
            f"{file}, column {name}: {len(levels)} different values are too many for groups "
            f"(at most {MAX_LEVELS}); combine them into classes first."
        )


def _photo(same: Sequence[_Entry]) -> ReferencePhoto:
    first = same[0]
    by_rater = {
        rater: {
            angle: _mean(one.row.angles[angle] for one in same if one.rater == rater)
            for angle in ANGLES
        }
        for rater in dict.fromkeys(one.rater for one in same)
    }
    return ReferencePhoto(
        id=first.row.id,
        leg=first.row.leg,
        subject=first.subject or first.row.id,
        occasion=first.occasion or first.row.id,
        angles={angle: _mean(read[angle] for read in by_rater.values()) for angle in ANGLES},
        by_rater=by_rater,
        verdict=_majority([one.row.verdict for one in same if one.row.verdict]),
        groups=first.groups,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    kept = [value for value in values if value is not None]
    return fmean(kept) if kept else None


def _majority(verdicts: Sequence[str]) -> str | None:
    """Return the verdict of more than half of the raters who gave one.

    >>> _majority(["fail", "pass", "pass"]), _majority(["pass", "fail"])
    ('pass', None)
    """
    for verdict, count in Counter(verdicts).most_common(1):
        if 2 * count > len(verdicts):
            return verdict
    return None
