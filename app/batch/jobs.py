"""What is to be measured: a file, a folder with everything below it, a pattern, a list, a table.

All of them may lie on this machine or behind a URL. Each photo has an id, its path relative to
where the search began, with forward slashes; results carry it, so that two runs over the same
tree agree wherever the tree lies. Hidden files, what systems put beside photos, and our own
pictures are passed over.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from app.batch.job import Job
from app.batch.lists import Places, listed, tabled
from app.batch.photo_files import is_passed_over, is_photo_name
from app.batch.remote import is_url, plain, search
from vision.errors import InvalidOption

LIST_SUFFIX: Final = ".txt"
TABLE_SUFFIX: Final = ".csv"
_MAGIC: Final = re.compile(r"[*?\[]")


def collect(source: str, *, leave_out: str | None = None) -> Iterator[Job]:
    """Yield the photos of a source, sorted within each folder.

    Parameters
    ----------
    source : str
        A photo, a folder, a pattern (``**`` crosses folders), a ``.txt`` list of paths, or a
        ``.csv`` table with the columns of :data:`app.batch.lists.COLUMNS`; or the URL of one
        of these. Paths in a list or table are relative to its folder, or URLs.
    leave_out : str, optional
        A folder that is not searched: the results.

    Raises
    ------
    InvalidOption
        If there is no such source, or a list or table cannot be understood.
    """
    source, leave_out = plain(source), None if leave_out is None else plain(leave_out)
    out = None if leave_out is None or is_url(leave_out) else Path(leave_out).resolve()
    path = Path(source)
    kind = PurePosixPath(source).suffix.lower()
    if is_url(source) and kind not in (LIST_SUFFIX, TABLE_SUFFIX):
        yield from _remote(source, leave_out)
    elif path.is_dir():
        yield from _walk(path, out)
    elif kind == LIST_SUFFIX and (is_url(source) or path.is_file()):
        yield from listed(source)
    elif kind == TABLE_SUFFIX and (is_url(source) or path.is_file()):
        yield from tabled(source)
    elif os.path.lexists(path):
        yield Job(path.name, source)
    else:
        yield from _matching(source, out)


def _walk(folder: Path, leave_out: Path | None) -> Iterator[Job]:
    """Search a folder; links to folders are passed over, so loops end."""
    open_folders = [_entries(folder, "")]
    while open_folders:
        for found in open_folders[-1]:
            if isinstance(found, Job):
                yield found
                continue
            inside, prefix = found
            if leave_out is None or inside.resolve() != leave_out:
                open_folders.append(_entries(inside, prefix))
                break
        else:
            open_folders.pop()


def _entries(folder: Path, prefix: str) -> Iterator[Job | tuple[Path, str]]:
    """Yield the photos of a folder, and the folders in it with what their ids begin with."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Job(prefix.rstrip("/") or ".", str(folder))  # measuring it reports the reason
        return
    for entry in entries:
        if is_passed_over(entry.name):
            continue
        if is_photo_name(entry.name):
            yield Job(f"{prefix}{entry.name}", entry.path)
        elif entry.is_dir(follow_symlinks=False):
            yield Path(entry.path), f"{prefix}{entry.name}/"


def _matching(pattern: str, leave_out: Path | None) -> Iterator[Job]:
    """Yield what a pattern matches; ids begin below the folder that holds all it could match."""
    parts = Path(pattern).parts
    fixed = next((place for place, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    root, rest = Path(*parts[:fixed]), parts[fixed:]
    # Not the module glob, which follows links to folders: two that lead back never end.
    found = root.glob("/".join((*rest, "*") if rest[-1] == "**" else rest)) if rest else ()
    if leave_out is not None and root.resolve().is_relative_to(leave_out):
        leave_out = None  # the results go where the photos are, or above them
    known = Places()
    photos = 0
    for path in sorted(map(str, found)):
        inside = Path(path).relative_to(root)
        if any(map(is_passed_over, inside.parts)) or not is_photo_name(path):
            continue
        if leave_out in Path(known.of(path)).parents or not known.is_new(path):
            continue
        photos += 1
        yield Job(inside.as_posix(), path)
    if not photos:
        raise InvalidOption(f"There is no file, folder or pattern {pattern!r} with photos.")


def _remote(url: str, leave_out: str | None) -> Iterator[Job]:
    found = False
    for one in search(url, leave_out):
        parts = PurePosixPath(one.id).parts
        if any(map(is_passed_over, parts)) or not is_photo_name(parts[-1]):
            continue
        found = True
        yield Job(one.id, one.url, stamp=one.stamp)
    if not found:
        raise InvalidOption(f"There are no photos at {url}.")
