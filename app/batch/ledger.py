"""Results as they come: one line per photo, and nothing lost by a crash.

``results.jsonl`` holds one line per photo; ``run.json`` what all lines have in common, so that
results of different models, options or rule-sets do not mix in one place unnoticed. In a folder
the file only grows while photos are measured. Of a photo that was measured again the last line
counts; when a run ends, lines that no longer count and damaged ones are taken out. A bucket cannot
add to a file: there the lines are kept in parts, each written in whole, and ``results.jsonl`` is
put together from them in the end.
"""

import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from app.batch.line import Line, encoded
from app.batch.lock import lock
from app.batch.settings import check_settings
from app.batch.storage import Bucket, Folder, Storage, write
from app.batch.stored import PARTS, RESULTS, Place, Survey, stored
from vision.errors import InvalidOption

DAMAGED: Final = "results.damaged"
"""Where the damaged lines of a folder go."""
LOCK: Final = ".lock"
PART_LINES: Final = 500
"""Lines of a part in a bucket, at most, unless the store fails."""
WAITING_LINES: Final = 20 * PART_LINES
"""Lines that wait for a store that fails, at most; the run ends then."""
SYNC_SECONDS: Final = 10.0
"""A kill loses the results of at most this time in a bucket, a power failure in a folder: those
photos are measured again."""
_STAMP: Final = "%Y%m%dT%H%M%S%f"


class Ledger(ABC):
    """The results of one place, open for adding to; a context manager.

    Attributes
    ----------
    survey : Survey
        What is there.
    notes : tuple of str
        Remarks for the user about the results that were there.
    """

    def __init__(self, out: Storage, notes: tuple[str, ...]) -> None:
        self.survey = Survey()
        self.notes = notes
        self._out = out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def add(self, line: Line) -> None:
        """Keep one result."""

    @abstractmethod
    def close(self) -> None:
        """Keep what was added, and let other runs write."""

    @abstractmethod
    def passed_once(self) -> Iterator[Line]:
        """Yield all results, reading what is stored once, and make ``results.jsonl`` hold them.

        If it is not read to its end, ``results.jsonl`` stays as it is.
        """


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
    if isinstance(out, Bucket):
        return BucketLedger(out, settings, resume=resume, mix=mix)
    return FolderLedger(out, settings, resume=resume, mix=mix)


class FolderLedger(Ledger):
    """Results in a folder.

    Each line is handed to the system as soon as it was added, so that a kill of the process loses
    none; it is forced to the disk every :data:`SYNC_SECONDS`.
    """

    def __init__(
        self, out: Folder, settings: dict[str, Any], *, resume: bool = False, mix: bool = False
    ) -> None:
        self._path = out.path / RESULTS
        out.path.mkdir(parents=True, exist_ok=True)
        self._lock = (out.path / LOCK).open("w")
        try:
            lock(self._lock)
        except OSError as error:
            self._lock.close()
            raise InvalidOption(f"Another run is writing to {out.location}.") from error
        try:
            there = self._path.exists() and self._path.stat().st_size > 0
            notes = check_settings(out, settings, there=there, resume=resume, mix=mix)
            super().__init__(out, notes)
            self._count = 0
            if there:
                self._recover()
            self._file = self._path.open("ab")
        except BaseException:
            self._lock.close()
            raise
        self._synced_s = time.monotonic()

    def add(self, line: Line) -> None:
        """Write one result; it is there even if the process is killed right after."""
        data = encoded(line)
        written = os.write(self._file.fileno(), data)
        if written != len(data):  # the disk filled up in the middle of the line
            self._file.truncate(self._file.seek(0, os.SEEK_END) - written)
            raise OSError(28, "No space left on device", str(self._path))
        self.survey.note(line, ("", self._count))
        self._count += 1
        if time.monotonic() - self._synced_s > SYNC_SECONDS:
            self._sync()

    def close(self) -> None:
        """Force what was added to the disk; another run may write then."""
        try:
            self._sync()
        finally:
            self._file.close()
            self._lock.close()

    def passed_once(self) -> Iterator[Line]:
        """Yield all results; rewrite the file if anything in it does not count."""
        lines = self.survey.counting(stored(self._out))
        if self.survey.lines == len(self.survey.kept):
            yield from (line for _, line in lines if line is not None)
            return
        # Windows replaces no file that is open.
        self._sync()
        self._file.close()
        try:
            yield from self._rewritten(lines)
        finally:
            self._file = self._path.open("ab")

    def _rewritten(self, lines: Iterator[tuple[bytes, Line | None]]) -> Iterator[Line]:
        """Yield the lines that count, and write the file again with these alone."""
        damaged = []
        with self._out.writing(RESULTS) as file:
            for text, line in lines:
                if line is None:
                    damaged.append(text)
                    continue
                yield line
                file.write(text)
            if damaged:  # before they are gone
                with (self._path.parent / DAMAGED).open("ab") as aside:
                    aside.writelines(damaged)

    def _recover(self) -> None:
        """Read what is there, after cutting off a half-written line."""
        end = 0

        def whole() -> Iterator[tuple[Place, bytes]]:
            nonlocal end
            for place, text in stored(self._out):
                end += len(text)
                self._count += 1
                yield place, text

        self.survey.read(whole())
        if end < self._path.stat().st_size:
            os.truncate(self._path, end)

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._synced_s = time.monotonic()


class BucketLedger(Ledger):
    """Results in a bucket: lines are sent in parts, every few seconds.

    Nothing can lock a bucket, and nothing needs to: parts of several runs have different
    names, and of a photo that two of them measured one line counts. While the store fails,
    lines wait.
    """

    def __init__(
        self, out: Bucket, settings: dict[str, Any], *, resume: bool = False, mix: bool = False
    ) -> None:
        parts = out.names(PARTS)
        super().__init__(
            out, check_settings(out, settings, there=bool(parts), resume=resume, mix=mix)
        )
        self._bucket = out
        self._known = {*parts}
        self.survey.read(stored(out, parts))
        self._name = _next_name(parts)
        self._parts = 0
        self._waiting: list[Line] = []
        self._sent_s = time.monotonic()

    def add(self, line: Line) -> None:
        """Keep one result; it is sent with the next part."""
        self.survey.note(line, (self._part, len(self._waiting)))
        self._waiting.append(line)
        late = time.monotonic() - self._sent_s > SYNC_SECONDS
        # A full part that could not be sent is tried again when it is late the next time.
        if late or len(self._waiting) == PART_LINES:
            try:
                self._send()
            except OSError:
                if len(self._waiting) >= WAITING_LINES:
                    raise
                self._sent_s = time.monotonic()

    def close(self) -> None:
        """Send what is waiting."""
        self._send()

    def passed_once(self) -> Iterator[Line]:
        """Yield all results and put ``results.jsonl`` together."""
        self._send()
        names = self._bucket.names(PARTS)
        # Only what another run has sent meanwhile is read twice.
        self.survey.read(stored(self._out, [name for name in names if name not in self._known]))
        with self._out.writing(RESULTS) as file:
            for text, line in self.survey.counting(stored(self._out, names)):
                if line is not None:
                    yield line
                    file.write(text)

    @property
    def _part(self) -> str:
        return f"{PARTS}/{self._name}-{self._parts:08d}.jsonl"

    def _send(self) -> None:
        if self._waiting:
            write(self._out, self._part, b"".join(map(encoded, self._waiting)))
            self._known.add(self._part)
            self._parts += 1
            self._waiting.clear()
        self._sent_s = time.monotonic()


def _next_name(parts: list[str]) -> str:
    """Return what the names of a run's parts begin with: after those that are there.

    It is the time, so that parts of several runs are in order. But clocks may be set back, and of
    a photo that was measured twice the later line must be read last.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    for name in parts:
        stamp = name.rpartition("/")[2].partition("-")[0]
        try:
            now = max(now, datetime.strptime(stamp, _STAMP) + timedelta(microseconds=1))
        except ValueError:
            continue  # not one of ours
    return f"{now:{_STAMP}}-{secrets.token_hex(4)}"
