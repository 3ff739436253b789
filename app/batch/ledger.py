"""Results as they come: one line per photo, and nothing lost by a crash.

``results.jsonl`` holds one line per photo; ``run.json`` what all lines have in common, so that
results of different models, options or rule-sets do not mix in one place. In a folder the file
only grows, and a line that a killed run left half-written is cut off on resuming. A bucket
cannot add to a file: there the lines are kept in parts, each written in whole, and
``results.jsonl`` is put together from them in the end.
"""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol, Self

from app.batch.storage import Bucket, Folder, Storage, write
from vision.errors import InvalidOption

RESULTS: Final = "results.jsonl"
RUN: Final = "run.json"
LOCK: Final = ".lock"
PARTS: Final = "parts"
PART_LINES: Final = 500
"""Lines of a part in a bucket, at most."""
PART_SECONDS: Final = 10.0
"""A kill loses the results of so many seconds in a bucket, at most: they are measured again."""
Line = dict[str, Any]
_FIRST: Final = b'{"path":'
_HEAD_BYTES: Final = 2048
_DECODER: Final = json.JSONDecoder()


class Ledger(Protocol):
    """The results of one place, open for adding to; a context manager.

    Attributes
    ----------
    done : dict of str to str
        Key of every photo that is done, by its id.
    """

    done: dict[str, str]

    def __enter__(self) -> Self:
        """Return the ledger itself."""

    def __exit__(self, *_: object) -> None:
        """Close it."""

    def add(self, line: Line) -> None:
        """Keep one result."""

    def complete(self) -> None:
        """Make ``results.jsonl`` hold all that was added."""


def open_ledger(
    out: Folder | Bucket, settings: dict[str, Any], *, resume: bool = False, mix: bool = False
) -> Ledger:
    """Open the results of a place for adding to.

    Parameters
    ----------
    out : Folder or Bucket
        A folder is made if it is not there.
    settings : dict
        What all results of the place have in common.
    resume : bool
        Go on with what is there.
    mix : bool
        Take results that were made with other settings as they are.

    Raises
    ------
    InvalidOption
        If the place holds other results, or another run is writing to the folder.
    OSError
        If it cannot be written.
    """
    kind = BucketLedger if isinstance(out, Bucket) else FolderLedger
    return kind(out, settings, resume=resume, mix=mix)  # type: ignore[arg-type]


class FolderLedger:
    """Results in a folder: each line is on the disk as soon as it was added."""

    def __init__(
        self, out: Folder, settings: dict[str, Any], *, resume: bool = False, mix: bool = False
    ) -> None:
        self._path = out.path / RESULTS
        out.path.mkdir(parents=True, exist_ok=True)
        self._lock = (out.path / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise InvalidOption(f"Another run is writing to {out.location}.") from error
        try:
            _check(out, settings, there=self._path.exists(), resume=resume, mix=mix)
            self.done = _recovered(self._path)
            self._file = self._path.open("ab")
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; another run may write then."""
        self._file.close()
        self._lock.close()

    def add(self, line: Line) -> None:
        """Write one result; it is there even if the process is killed right after."""
        data = _encoded(line)
        written = os.write(self._file.fileno(), data)
        if written != len(data):  # the disk filled up in the middle of the line
            self._file.truncate(self._file.seek(0, os.SEEK_END) - written)
            raise OSError(28, "No space left on device", str(self._path))
        self.done[line["path"]] = line.get("key", "")

    def complete(self) -> None:
        """Do nothing: all is there."""


class BucketLedger:
    """Results in a bucket: lines are sent in parts, every few seconds.

    Nothing can lock a bucket, and nothing needs to: parts of several runs have different
    names, and of a photo that two of them measured one line counts.
    """

    def __init__(
        self, out: Bucket, settings: dict[str, Any], *, resume: bool = False, mix: bool = False
    ) -> None:
        self._out = out
        _check(out, settings, there=bool(out.names(PARTS)), resume=resume, mix=mix)
        self.done = _keys(_raw_lines(out))
        # By time, so that of a photo that was measured twice the later line is read last.
        self._name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        self._parts = 0
        self._waiting: list[bytes] = []
        self._sent_s = time.monotonic()

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Send what is waiting."""
        self._send()

    def add(self, line: Line) -> None:
        """Keep one result; it is sent with the next part."""
        self._waiting.append(_encoded(line))
        self.done[line["path"]] = line.get("key", "")
        late = time.monotonic() - self._sent_s > PART_SECONDS
        if late or len(self._waiting) >= PART_LINES:
            self._send()

    def complete(self) -> None:
        """Send what is waiting and put ``results.jsonl`` together."""
        self._send()
        with self._out.writing(RESULTS) as file:
            for line in read_results(self._out):
                file.write(_encoded(line))

    def _send(self) -> None:
        if self._waiting:
            write(
                self._out,
                f"{PARTS}/{self._name}-{self._parts:08d}.jsonl",
                b"".join(self._waiting),
            )
            self._parts += 1
            self._waiting.clear()
        self._sent_s = time.monotonic()


def read_results(out: Storage) -> Iterator[Line]:
    """Yield the lines of a place's results; of a photo that was measured again, the last one."""
    last = {_path_of(text): number for number, text in enumerate(_raw_lines(out))}
    for number, text in enumerate(_raw_lines(out)):
        line = json.loads(text)
        if last[line["path"]] == number:
            yield line


def _raw_lines(out: Storage) -> Iterator[bytes]:
    """Yield every line that was written in whole, in order."""
    if isinstance(out, Folder):
        with (out.path / RESULTS).open("rb") as file:
            yield from (text for text in file if text.endswith(b"\n"))
    if isinstance(out, Bucket):
        for name in out.names(PARTS):
            yield from (out.read(name) or b"").splitlines(keepends=True)


def _check(out: Storage, settings: dict[str, Any], *, there: bool, resume: bool, mix: bool) -> None:
    if there and not resume:
        raise InvalidOption(
            f"{out.location} holds results already: go on with --resume, or name another folder."
        )
    run = out.read(RUN)
    if run is not None and resume and not mix:
        before = json.loads(run)
        changed = sorted(
            name for name in {*before, *settings} if before.get(name) != settings.get(name)
        )
        if changed:
            raise InvalidOption(
                f"The results in {out.location} were made with another "
                f"{', '.join(changed)}: name another folder, or say --mix."
            )
    write(out, RUN, json.dumps(settings, indent=1) + "\n")


def _recovered(path: Path) -> dict[str, str]:
    """Return the key of every photo that is done, after cutting off a half-written line."""
    if not path.exists():
        return {}
    end = 0

    def whole(lines: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal end
        for text in lines:
            if text.endswith(b"\n"):
                end += len(text)
                yield text

    with path.open("rb") as file:
        done = _keys(whole(file))
    if end < path.stat().st_size:
        os.truncate(path, end)
    return done


def _keys(lines: Iterable[bytes]) -> dict[str, str]:
    found = (json.loads(text) for text in lines)
    return {line["path"]: line.get("key", "") for line in found}


def _encoded(line: Line) -> bytes:
    text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _path_of(line: bytes) -> str:
    """Read the path off a line without parsing the rest; it stands first."""
    start = len(_FIRST)
    if line.startswith(_FIRST) and len(line) > _HEAD_BYTES:
        try:
            return str(_DECODER.raw_decode(line[start:_HEAD_BYTES].decode("utf-8", "replace"))[0])
        except ValueError:
            pass  # a path longer than that
    return str(json.loads(line)["path"])
