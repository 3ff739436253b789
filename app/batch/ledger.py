"""Results on disk: one line per photo as soon as it is there, and nothing lost by a crash.

``results.jsonl`` only grows; a line that a killed run left half-written is cut off on
resuming. ``run.json`` holds what all lines have in common, so that results of different
models, options or rule-sets do not mix in one folder.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from vision.errors import InvalidOption

RESULTS: Final = "results.jsonl"
RUN: Final = "run.json"
LOCK: Final = ".lock"
Line = dict[str, Any]
_FIRST: Final = b'{"path":'
_HEAD_BYTES: Final = 2048
_DECODER: Final = json.JSONDecoder()


class Ledger:
    """The results of one folder, open for adding to.

    Parameters
    ----------
    out : Path
        Folder; made if it is not there.
    settings : dict
        What all results of the folder have in common.
    resume : bool
        Go on with what is there.
    mix : bool
        Take results that were made with other settings as they are.

    Raises
    ------
    InvalidOption
        If the folder holds other results, or another run is writing to it.
    OSError
        If the folder cannot be written.
    """

    def __init__(
        self, out: Path, settings: dict[str, Any], *, resume: bool = False, mix: bool = False
    ) -> None:
        self.out = out
        out.mkdir(parents=True, exist_ok=True)
        self._lock = (out / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise InvalidOption(f"Another run is writing to {out}.") from error
        try:
            self._check(settings, resume=resume, mix=mix)
            self.done = self._recover()
            self._file = (out / RESULTS).open("ab")
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
        text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = text.encode("utf-8", "backslashreplace") + b"\n"
        written = os.write(self._file.fileno(), data)
        if written != len(data):  # the disk filled up in the middle of the line
            self._file.truncate(self._file.seek(0, os.SEEK_END) - written)
            raise OSError(28, "No space left on device", str(self.out / RESULTS))
        self.done[line["path"]] = line.get("key", "")

    def _check(self, settings: dict[str, Any], *, resume: bool, mix: bool) -> None:
        run = self.out / RUN
        if (self.out / RESULTS).exists() and not resume:
            raise InvalidOption(
                f"{self.out} holds results already: go on with --resume, or name another folder."
            )
        if run.exists() and resume and not mix:
            before = json.loads(run.read_text("utf-8"))
            changed = sorted(
                name for name in {*before, *settings} if before.get(name) != settings.get(name)
            )
            if changed:
                raise InvalidOption(
                    f"The results in {self.out} were made with another "
                    f"{', '.join(changed)}: name another folder, or say --mix."
                )
        write_atomically(run, json.dumps(settings, indent=1) + "\n")

    def _recover(self) -> dict[str, str]:
        """Return the key of every photo that is done, after cutting off a half-written line."""
        path = self.out / RESULTS
        done: dict[str, str] = {}
        if not path.exists():
            return done
        end = 0
        with path.open("rb") as file:
            for text in file:
                if not text.endswith(b"\n"):
                    break
                end += len(text)
                line = json.loads(text)
                done[line["path"]] = line.get("key", "")
        if end < path.stat().st_size:
            os.truncate(path, end)
        return done


def read_results(out: Path) -> Iterator[Line]:
    """Yield the lines of a folder's results; of a photo that was measured again, the last one."""
    path = out / RESULTS
    last: dict[str, int] = {}
    with path.open("rb") as file:
        for number, text in enumerate(file):
            if text.endswith(b"\n"):
                last[_path_of(text)] = number
    with path.open("rb") as file:
        for number, text in enumerate(file):
            if text.endswith(b"\n"):
                line = json.loads(text)
                if last[line["path"]] == number:
                    yield line


def _path_of(line: bytes) -> str:
    """Read the path off a line without parsing the rest; it stands first."""
    start = len(_FIRST)
    if line.startswith(_FIRST) and len(line) > _HEAD_BYTES:
        try:
            return str(_DECODER.raw_decode(line[start:_HEAD_BYTES].decode("utf-8", "replace"))[0])
        except ValueError:
            pass  # a path longer than that
    return str(json.loads(line)["path"])


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write a file so that it is either there in whole or not at all."""
    data = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
