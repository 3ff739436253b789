"""What is to be measured: a file, a folder with everything below it, a pattern, a list, a table.

All of them may lie on this machine or behind a URL. Each photo has an id, its path relative to
where the search began, with forward slashes; results carry it, so that two runs over the same
tree agree wherever the tree lies.
"""

import csv
import glob
import hashlib
import json
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast, get_args

from app.batch.photo_files import OVERLAY_SUFFIX, PHOTO_SUFFIXES
from app.batch.remote import SCHEME, is_url, plain, search, stamp_of
from app.batch.storage import storage
from vision.errors import InvalidOption
from vision.level import given_level
from vision.observations import (
    NOTHING_OBSERVED,
    OBSERVED,
    Observations,
    answers_of,
    observations,
)
from vision.sides import Side

LIST_SUFFIX: Final = ".txt"
TABLE_SUFFIX: Final = ".csv"
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
        Where the file is; a path or a URL.
    leg : {"left", "right"}, optional
    level_deg : float, optional
        Camera roll, degrees.
    subject, session : str
        Carried through to the results.
    observed : Observations
    stamp : str
        What changes when the content does, where a listing tells it.
    """

    id: str
    path: str
    leg: Side | None = None
    level_deg: float | None = None
    subject: str = ""
    session: str = ""
    observed: Observations = NOTHING_OBSERVED
    stamp: str = ""

    def key(self, content: str) -> str:
        """Return what a result depends on, besides the run's own options, as one sum.

        Parameters
        ----------
        content : str
            As :func:`content_of` tells it.
        """
        said = json.dumps(
            [content, self.leg, self.level_deg, answers_of(self.observed)], sort_keys=True
        )
        return hashlib.sha256(said.encode()).hexdigest()


def collect(source: str, *, leave_out: str | None = None) -> Iterator[Job]:
    """Yield the photos of a source, sorted within each folder.

    Parameters
    ----------
    source : str
        A photo, a folder, a pattern (``**`` crosses folders), a ``.txt`` list of paths, or a
        ``.csv`` table with the columns of :data:`COLUMNS`; or the URL of one of these. Paths
        in a list or table are relative to its folder, or URLs.
    leave_out : str, optional
        A folder that is not searched: the results.

    Raises
    ------
    InvalidOption
        If there is no such source, or a list or table cannot be understood.
    """
    source, leave_out = plain(source), None if leave_out is None else plain(leave_out)
    path = Path(source)
    kind = PurePosixPath(source).suffix.lower()
    if is_url(source) and kind not in (LIST_SUFFIX, TABLE_SUFFIX):
        yield from _remote(source, leave_out)
    elif path.is_dir():
        out = None if leave_out is None or is_url(leave_out) else Path(leave_out).resolve()
        yield from _walk(path, "", out)
    elif kind == LIST_SUFFIX and (is_url(source) or path.is_file()):
        yield from _listed(source)
    elif kind == TABLE_SUFFIX and (is_url(source) or path.is_file()):
        yield from _tabled(source)
    elif os.path.lexists(path):
        yield Job(path.name, source)
    else:
        yield from _matching(source)


def content_of(job: Job) -> str:
    """Return what changes when a photo's content does; an empty string if it cannot be read.

    The SHA-256 sum of a file; of a photo behind a URL what the store says of it, so that
    nothing is fetched to find that nothing is to be done.
    """
    if job.stamp:
        return job.stamp
    return stamp_of(job.path) if is_url(job.path) else content_sha256(job.path)


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
        if _is_hidden(name):
            continue
        if _is_photo_name(name):
            yield Job(f"{prefix}{name}", entry.path)
        elif entry.is_dir(follow_symlinks=False):
            inside = Path(entry.path)
            if leave_out is None or inside.resolve() != leave_out:
                yield from _walk(inside, f"{prefix}{name}/", leave_out)


def _matching(pattern: str) -> Iterator[Job]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - takes absolute patterns too
    photos = [path for path in found if _is_photo_name(path)]
    if not photos:
        raise InvalidOption(f"There is no file, folder or pattern {pattern!r} with photos.")
    common = os.path.commonpath([os.path.dirname(path) for path in photos])  # noqa: PTH120
    for path in photos:
        yield Job(Path(os.path.relpath(path, common or ".")).as_posix(), path)


def _remote(url: str, leave_out: str | None) -> Iterator[Job]:
    found = False
    for one in search(url, leave_out):
        parts = PurePosixPath(one.id).parts
        if any(map(_is_hidden, parts)) or not _is_photo_name(parts[-1]):
            continue
        found = True
        yield Job(one.id, one.url, stamp=one.stamp)
    if not found:
        raise InvalidOption(f"There are no photos at {url}.")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.endswith(OVERLAY_SUFFIX)


def _is_photo_name(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in PHOTO_SUFFIXES


def _listed(listing: str) -> Iterator[Job]:
    for line in _text(listing).splitlines():
        if name := line.strip():
            yield Job(*_beside(listing, name))


def _beside(listing: str, name: str) -> tuple[str, str]:
    """Return id and place of a photo that a list names: a URL, or relative to the list."""
    name = plain(name)
    if is_url(name):
        return SCHEME.sub("", name, count=1), name
    if is_url(listing):
        return posixpath.normpath(name), f"{posixpath.dirname(listing)}/{name}"
    return Path(name).as_posix(), str(Path(listing).parent / name)


def _tabled(table: str) -> Iterator[Job]:
    name = PurePosixPath(table).name
    rows = csv.DictReader(_text(table).splitlines(keepends=True), strict=True)
    try:
        unknown = set(rows.fieldnames or ()) - set(COLUMNS)
        if "path" not in (rows.fieldnames or ()) or unknown:
            raise InvalidOption(
                f"{name} must have a column “path” and may have: {', '.join(COLUMNS[1:])}; "
                f"unknown: {', '.join(sorted(unknown)) or 'none'}."
            )
        for row in rows:
            yield _row(table, f"{name}, line {rows.line_num}", row)
    except csv.Error as error:
        raise InvalidOption(f"{name}, line {rows.line_num}: {error}.") from error


def _row(table: str, place: str, row: dict[str, Any]) -> Job:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        return Job(
            *_beside(table, cells["path"]),
            leg=_leg(cells["leg"]),
            level_deg=_level(cells["level_deg"]),
            subject=cells["subject"],
            session=cells["session"],
            observed=observations({name: cells[name] for name in OBSERVED}),
        )
    except InvalidOption as error:
        raise InvalidOption(f"{place}: {error.message}") from error


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


def _text(place: str) -> str:
    folder, _, name = place.rpartition("/")
    try:
        data = storage(folder).read(name) if is_url(place) else Path(place).read_bytes()
    except OSError as error:
        raise InvalidOption(f"{place} cannot be read: {error.strerror or error}.") from error
    if data is None:
        raise InvalidOption(f"There is no {place}.")
    return data.decode("utf-8-sig", errors="surrogateescape")
