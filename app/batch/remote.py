"""What lies behind a URL such as ``s3://squad/photos``: found, read, and told apart, through fsspec.

Which addresses work depends on what is installed beside fsspec: ``s3fs``, ``gcsfs``, ``adlfs``.
Credentials come from where those libraries look for them; nothing here sees them. Only the
command line follows addresses: the service never does.
"""

import errno
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from vision.errors import FileTooLarge, InvalidOption
from vision.photo import MAX_BYTES

SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_OWN: Final = re.compile(r"(?:file|local)://", re.IGNORECASE)
_MAGIC: Final = re.compile(r"[*?\[]")
_CONTENT: Final = ("ETag", "md5Hash", "etag", "content_md5")
"""What stores call the sum of a file's content, the most certain first."""
_CHANGED: Final = ("LastModified", "last_modified", "updated", "mtime", "created")
"""And the time of its last change, where there is no sum."""

Info = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One file behind a URL.

    Attributes
    ----------
    id : str
        Path relative to where the search began.
    url : str
    stamp : str
        Changes with the content; taken from the listing, without fetching the file.
    """

    id: str
    url: str
    stamp: str


def is_url(text: str) -> bool:
    """Tell an address from a path."""
    return SCHEME.match(text) is not None


def plain(text: str) -> str:
    """Return the path that an address of this machine's own files stands for; others stay."""
    return _OWN.sub("", text, count=1)


def file_system(url: str) -> tuple[Any, str]:
    """Return fsspec's file system for a URL, and the path within it.

    Raises
    ------
    InvalidOption
        If nothing that is installed can reach it.
    """
    try:
        import fsspec
    except ImportError as error:
        raise InvalidOption(
            f"{url} needs fsspec and its driver: pip install 'thomas-test[cloud]'."
        ) from error
    try:
        # Listings of millions of photos are not kept, and never out of date.
        return fsspec.core.url_to_fs(url.rstrip("/"), use_listings_cache=False)  # type: ignore[no-any-return]
    except (ImportError, ValueError) as error:
        raise InvalidOption(f"{url} cannot be reached: {error}") from error


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn whatever a driver raises into an OSError, as of a file that cannot be read.

    Raises
    ------
    OSError
    """
    try:
        yield
    except (OSError, InvalidOption, FileTooLarge):
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise OSError(errno.EIO, said, url) from error


def read_remote(url: str) -> bytes:
    """Fetch a file into memory.

    Raises
    ------
    FileTooLarge
        If it is larger than a photo may be; it is not fetched then.
    OSError
        If it cannot be read.
    """
    with reaching(url):
        system, path = file_system(url)
        if (size := system.info(path)["size"] or 0) > MAX_BYTES:
            raise FileTooLarge(
                f"The file has {size / 1e6:.1f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB."
            )
        return bytes(system.cat_file(path))


def stamp_of(url: str) -> str:
    """Return what changes when the file does, or an empty string if it cannot be reached."""
    try:
        with reaching(url):
            system, path = file_system(url)
            return _stamp(system.info(path))
    except OSError:
        return ""


def search(url: str, leave_out: str | None = None) -> Iterator[Found]:
    """Yield the files of a file's, folder's or pattern's URL, sorted within each folder.

    Parameters
    ----------
    url : str
    leave_out : str, optional
        URL of a folder whose files are passed over.

    Raises
    ------
    InvalidOption
        If there is nothing, or it cannot be listed.
    """
    try:
        with reaching(url):
            skipped = _path_there(leave_out, url)
            for one, path in _search(url):
                if skipped is None or not _is_in(path, skipped):
                    yield one
    except OSError as error:
        raise InvalidOption(f"{url} cannot be listed: {error.strerror or error}.") from error


def _path_there(folder: str | None, url: str) -> str | None:
    """Return the path of a folder below a URL; None if it lies elsewhere."""
    if folder is None or not is_url(folder):
        return None
    (system, path), (other, searched) = file_system(folder), file_system(url)
    # Results that go where the photos are, or above them, leave out none.
    return path if system.protocol == other.protocol and not _is_in(searched, path) else None


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def _search(url: str) -> Iterator[tuple[Found, str]]:
    system, path = file_system(url)
    if _MAGIC.search(path):
        start = posixpath.dirname(path[: _MAGIC.search(path).start()])  # type: ignore[union-attr]
        for info in _by_name(system.glob(path, detail=True)):
            yield _found(system, start, info)
        return
    if system.isfile(path):
        yield _found(system, posixpath.dirname(path), system.info(path))
        return
    if not system.exists(path):
        raise FileNotFoundError(errno.ENOENT, "there is nothing there", url)
    for _, _, files in system.walk(path, detail=True):
        for info in _by_name(files):
            yield _found(system, path, info)


def _by_name(infos: dict[str, Info]) -> Iterator[Info]:
    for _, info in sorted(infos.items()):
        if info["type"] != "directory":
            yield info


def _found(system: Any, start: str, info: Info) -> tuple[Found, str]:
    path = info["name"]
    inside = path.removeprefix(start).lstrip("/")
    return Found(inside, system.unstrip_protocol(path), _stamp(info)), path


def _stamp(info: Info) -> str:
    for name in _CONTENT:
        if info.get(name):
            return f"{name}:{info[name]}".replace('"', "")
    for name in _CHANGED:
        if (when := info.get(name)) is not None:
            # Some file systems tell a time as a date in one place and as seconds in another.
            seconds = when.timestamp() if hasattr(when, "timestamp") else when
            return f"{info['size']}:{seconds}"
    return ""
