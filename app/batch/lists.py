"""Photos named by a list or a table: every row is either a photo or an error with its number."""

import os
import posixpath
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final, cast, get_args

from app.batch.job import Job
from app.batch.remote import SCHEME, is_url, plain
from app.batch.storage import storage
from app.csv_tables import decoded, degrees, leg_of, read_table
from vision.errors import InvalidOption
from vision.level import given_level
from vision.observations import OBSERVED, observations
from vision.sides import Side

COLUMNS: Final = ("path", "leg", "level_deg", "subject", "session", *OBSERVED)
"""Columns that a table of photos may have; only ``path`` is required."""
_LONGEST: Final = 40


class Places:
    """Recognises a file under several names, such as ``a.jpg`` and ``day/../a.jpg``."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._folders: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return a file's one place; a link to a file is a file of its own."""
        if is_url(path):
            return path
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder or ".")
        return os.path.join(self._folders[folder], name)  # noqa: PTH118 - many, and no Path wanted

    def is_new(self, path: str) -> bool:
        """Return whether this is the first call for the file."""
        place = self.of(path)
        is_new = place not in self._seen
        self._seen.add(place)
        return is_new


def listed(listing: str) -> Iterator[Job]:
    """Yield the photos of a list, one a line, relative to its folder; each once."""
    known = Places()
    for line in _text(listing).split("\n"):
        if name := line.strip():
            job = Job(*_beside(listing, name))
            if known.is_new(job.path):
                yield job


def tabled(table: str) -> Iterator[Job]:
    """Yield the photos of a table with the columns of :data:`COLUMNS`.

    A photo may stand in it twice, for the left and for the right leg.

    Raises
    ------
    InvalidOption
        Names the row that cannot be understood, or that contradicts another.
    """
    name = PurePosixPath(table).name
    read = read_table(_bytes(table), name, errors="surrogateescape")
    unknown = {*read.columns} - {*COLUMNS, ""}
    if "path" not in read.columns or unknown:
        raise InvalidOption(
            f"{name} must have a column “path” and may have: {', '.join(COLUMNS[1:])}; "
            f"unknown: {', '.join(sorted(unknown)) or 'none'}."
        )
    jobs: dict[tuple[str, Side | None], tuple[int, Job]] = {}
    legs: dict[str, dict[Side | None, int]] = {}
    known = Places()
    for number, cells in read.rows:
        row = f"{name}, row {number}"
        job = _job(table, row, dict(zip(read.columns, cells, strict=True)))
        place = known.of(job.path)
        before, same = jobs.setdefault((place, job.leg), (number, job))
        if replace(same, id=job.id, path=job.path) != job:
            raise InvalidOption(
                f"{row}: {_short(job.id)} is already in row {before}, with other entries."
            )
        others = legs.setdefault(place, {})
        others.setdefault(job.leg, number)
        if None in others and len(others) > 1:
            before = min(others.values())
            raise InvalidOption(
                f"{row}: {_short(job.id)} is also in row {before}, and only one of the rows names the leg."
            )
    for (place, _), (_, job) in jobs.items():
        yield replace(job, each_leg=len(legs[place]) > 1)


def _job(table: str, row: str, given: dict[str, str]) -> Job:
    cells = {name: given.get(name, "") for name in COLUMNS}
    if not cells["path"]:
        raise InvalidOption(f"{row}, column path: it is empty.")
    answers = {name: cells[name].casefold() for name in OBSERVED} | {"notes": cells["notes"]}
    try:
        return Job(
            *_beside(table, cells["path"]),
            leg=_leg(cells["leg"]),
            level_deg=_level(cells["level_deg"]),
            subject=cells["subject"],
            session=cells["session"],
            observed=observations(answers),
        )
    except InvalidOption as error:
        raise InvalidOption(f"{row}: {error.message}") from error


def _leg(text: str) -> Side | None:
    leg = leg_of(text)
    if leg not in ("", *get_args(Side)):
        raise InvalidOption(f"leg is {_short(text)}; it must be left or right.")
    return cast("Side", leg) if leg else None


def _level(text: str) -> float | None:
    try:
        level_deg = degrees(text)
    except ValueError as error:
        raise InvalidOption(f"level_deg is {_short(text)}; it must be a number.") from error
    return None if level_deg is None else given_level(level_deg).roll_deg


def _short(text: str) -> str:
    return repr(text[:_LONGEST])


def _beside(listing: str, name: str) -> tuple[str, str]:
    """Return id and place of a photo that a list names: a URL, or relative to the list."""
    name = plain(name)
    if is_url(name):
        return SCHEME.sub("", name, count=1), name
    if is_url(listing):
        return posixpath.normpath(name), f"{posixpath.dirname(listing)}/{name}"
    return Path(name).as_posix(), str(Path(listing).parent / name)


def _text(place: str) -> str:
    return decoded(_bytes(place), PurePosixPath(place).name, "surrogateescape")


def _bytes(place: str) -> bytes:
    folder, _, name = place.rpartition("/")
    try:
        data = storage(folder).read(name) if is_url(place) else Path(place).read_bytes()
    except OSError as error:
        raise InvalidOption(f"{place} cannot be read: {error.strerror or error}.") from error
    if data is None:
        raise InvalidOption(f"There is no {place}.")
    return data
