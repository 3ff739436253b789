"""What is to be measured: a file, a folder with everything below it, a pattern, a list, a table.

Each photo has an id, its path relative to where the search began, with forward slashes;
results carry it, so that two runs over the same tree agree wherever the tree lies.
"""

import csv
import glob
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast, get_args

from app.files import OVERLAY_SUFFIX, PHOTO_SUFFIXES
from vision.errors import InvalidOption
from vision.level import given_level
from vision.observations import QUESTIONS, Observations, answers_of, observations
from vision.view import Side

LIST_SUFFIX: Final = ".txt"
TABLE_SUFFIX: Final = ".csv"
OBSERVED: Final = (*(question.name for question in QUESTIONS), "notes")
COLUMNS: Final = ("path", "leg", "level_deg", "subject", "session", *OBSERVED)
"""Columns that a table of photos may have; only ``path`` is required."""
_HASH_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """One photo to measure.

    Attributes
    ----------
    id : str
        Path relative to where the search began, with forward slashes.
    path : str
        Where the file is.
    leg : {"left", "right"}, optional
    level_deg : float, optional
        Camera roll, degrees.
    subject, session : str
        Carried through to the results.
    observed : Observations
    """

    id: str
    path: str
    leg: Side | None = None
    level_deg: float | None = None
    subject: str = ""
    session: str = ""
    observed: Observations = field(default_factory=Observations)

    def key(self, content_sha256: str) -> str:
        """Return what a result depends on, besides the run's own options, as one sum."""
        said = json.dumps(
            [content_sha256, self.leg, self.level_deg, answers_of(self.observed)], sort_keys=True
        )
        return hashlib.sha256(said.encode()).hexdigest()


def collect(source: str, *, leave_out: Path | None = None) -> Iterator[Job]:
    """Yield the photos of a source, sorted within each folder.

    Parameters
    ----------
    source : str
        A photo, a folder, a pattern (``**`` crosses folders), a ``.txt`` list of paths, or a
        ``.csv`` table with the columns of :data:`COLUMNS`. Paths in a list or table are
        relative to its folder.
    leave_out : Path, optional
        A folder that is not searched: the results.

    Raises
    ------
    InvalidOption
        If there is no such source, or a list or table cannot be understood.
    """
    path = Path(source)
    if path.is_dir():
        yield from _walk(path, "", None if leave_out is None else leave_out.resolve())
    elif path.suffix.lower() == LIST_SUFFIX and path.is_file():
        yield from _listed(path)
    elif path.suffix.lower() == TABLE_SUFFIX and path.is_file():
        yield from _tabled(path)
    elif os.path.lexists(path):
        yield Job(path.name, source)
    else:
        yield from _matching(source)


def content_sha256(path: str) -> str:
    """Return the SHA-256 sum of a file, or an empty string if it cannot be read."""
    digest = hashlib.sha256()
    try:
        if not Path(path).is_file():
            return ""
        with Path(path).open("rb") as file:
            while part := file.read(_HASH_BYTES):
                digest.update(part)
    except OSError:
        return ""
    return digest.hexdigest()


def _walk(folder: Path, prefix: str, leave_out: Path | None) -> Iterator[Job]:
    """Search a folder; hidden entries and links to folders are passed over, so loops end."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Job(prefix.rstrip("/") or ".", str(folder))  # measuring it says what is wrong
        return
    for entry in entries:
        name = entry.name
        if name.startswith(".") or name.endswith(OVERLAY_SUFFIX):
            continue
        if Path(name).suffix.lower() in PHOTO_SUFFIXES:
            yield Job(f"{prefix}{name}", entry.path)
        elif entry.is_dir(follow_symlinks=False):
            inside = Path(entry.path)
            if leave_out is None or inside.resolve() != leave_out:
                yield from _walk(inside, f"{prefix}{name}/", leave_out)


def _matching(pattern: str) -> Iterator[Job]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - takes absolute patterns too
    photos = [path for path in found if Path(path).suffix.lower() in PHOTO_SUFFIXES]
    if not photos:
        raise InvalidOption(f"There is no file, folder or pattern {pattern!r} with photos.")
    common = os.path.commonpath([os.path.dirname(path) for path in photos])  # noqa: PTH120
    for path in photos:
        yield Job(Path(os.path.relpath(path, common or ".")).as_posix(), path)


def _listed(listing: Path) -> Iterator[Job]:
    text = _text(listing)
    for line in text.splitlines():
        if name := line.strip():
            yield Job(Path(name).as_posix(), str(listing.parent / name))


def _tabled(table: Path) -> Iterator[Job]:
    rows = csv.DictReader(_text(table).splitlines(keepends=True), strict=True)
    try:
        unknown = set(rows.fieldnames or ()) - set(COLUMNS)
        if "path" not in (rows.fieldnames or ()) or unknown:
            raise InvalidOption(
                f"{table.name} must have a column “path” and may have: {', '.join(COLUMNS[1:])}; "
                f"unknown: {', '.join(sorted(unknown)) or 'none'}."
            )
        for row in rows:
            yield _row(table, rows.line_num, row)
    except csv.Error as error:
        raise InvalidOption(f"{table.name}, line {rows.line_num}: {error}.") from error


def _row(table: Path, line: int, row: dict[str, Any]) -> Job:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        return Job(
            Path(cells["path"]).as_posix(),
            str(table.parent / cells["path"]),
            leg=_leg(cells["leg"]),
            level_deg=_level(cells["level_deg"]),
            subject=cells["subject"],
            session=cells["session"],
            observed=observations({name: cells[name] for name in OBSERVED}),
        )
    except InvalidOption as error:
        raise InvalidOption(f"{table.name}, line {line}: {error.message}") from error


def _leg(text: str) -> Side | None:
    if text not in ("", *get_args(Side)):
        raise InvalidOption(f"leg is {text[:40]!r}; it must be left or right.")
    return cast("Side", text) if text else None


def _level(text: str) -> float | None:
    if not text:
        return None
    try:
        return given_level(float(text.replace(",", ".").replace("−", "-"))).roll_deg
    except ValueError as error:
        raise InvalidOption(f"level_deg is {text[:40]!r}; it must be a number.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise InvalidOption(f"{path} cannot be read: {error.strerror or error}.") from error
