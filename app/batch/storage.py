"""Where results lie: a folder of this machine or, by URL, a bucket; each file whole or not at all."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

from app.batch.remote import file_system, is_url, plain, reaching

_STORES: Final = frozenset(("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"))
"""Where folders are only a part of a name; to ask for one could make a bucket."""


class Storage(Protocol):
    """A place for files by name; names may hold slashes."""

    @property
    def location(self) -> str:
        """The folder or URL, as people know it."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None if there is no such file."""

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file that is there in whole when the block ends well, and else as before."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine, or one that all machines see under the same path."""

    path: Path

    @property
    def location(self) -> str:
        """The folder's path."""
        return str(self.path)

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None if there is no such file."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Write beside the file, then put that in its place."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Not the name with an ending: that could be too long.
        digest = hashlib.sha256(target.name.encode("utf-8", "surrogateescape")).hexdigest()
        beside = target.with_name(f".{digest[:16]}.part")
        try:
            with beside.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())  # a power failure must not leave the name without content
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place behind a URL; what is written appears when it is complete."""

    url: str

    @property
    def location(self) -> str:
        """The URL."""
        return self.url

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None if there is no such file."""
        with reaching(self.url):
            system, root = file_system(self.url)
            try:
                return bytes(system.cat_file(f"{root}/{name}"))
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted."""
        with reaching(self.url):
            system, root = file_system(self.url)
            try:
                found = system.ls(f"{root}/{folder}", detail=False)
            except FileNotFoundError:
                return []
            return sorted(f"{folder}/{path.rpartition('/')[2]}" for path in found)

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Send a file in pieces; it is there when the last one was acknowledged."""
        with reaching(self.url):
            system, root = file_system(self.url)
            if not _STORES.intersection(_protocols(system)):
                system.makedirs(f"{root}/{name}".rpartition("/")[0], exist_ok=True)
            file = system.open(f"{root}/{name}", "wb", autocommit=False)
        try:
            yield file
        except BaseException:
            file.discard()
            raise
        with reaching(self.url):
            file.close()
            file.commit()


def _protocols(system: Any) -> tuple[str, ...]:
    names: str | tuple[str, ...] = system.protocol
    return (names,) if isinstance(names, str) else names


def storage(location: str) -> Folder | Bucket:
    """Return the storage at a path or URL."""
    place = plain(location)
    return Bucket(place.rstrip("/")) if is_url(place) else Folder(Path(place))


def write(out: Storage, name: str, data: str | bytes) -> None:
    """Write a file in whole or not at all."""
    with out.writing(name) as file:
        file.write(data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data)
