"""Stored results read back: which line of each photo counts, and which lines are damaged."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from app.batch.job import Identity
from app.batch.line import Damaged, Line, decoded, identity_of
from app.batch.retry import trouble_of
from app.batch.storage import Bucket, Folder, Storage

RESULTS: Final = "results.jsonl"
PARTS: Final = "parts"
Place = tuple[str, int]
"""The part and the number of a line; a folder has one part, whose name is empty."""


class Kept(NamedTuple):
    """What is remembered of the line that counts for a photo."""

    place: Place
    key: str
    trouble: str | None


class Survey:
    """Which line of each photo counts: the last one; the last of each leg where both are measured.

    Attributes
    ----------
    kept : dict of Identity to Kept
    lines, damaged : int
        Lines in all, and those that are damaged.
    """

    def __init__(self) -> None:
        self.kept: dict[Identity, Kept] = {}
        self.lines = 0
        self.damaged = 0

    def note(self, line: Line, place: Place) -> None:
        """Take in a line that comes after all others."""
        path, leg = identity = identity_of(line)
        # A photo measured for one leg, then for each, and the other way round
        for other in ("",) if leg else ("left", "right"):
            self.kept.pop((path, other), None)
        self.kept[identity] = Kept(place, line.get("key", ""), trouble_of(line))
        self.lines += 1

    def read(self, lines: Iterator[tuple[Place, bytes]]) -> None:
        """Take in stored lines."""
        for place, text in lines:
            if not text.strip():
                continue
            try:
                line = decoded(text)
            except Damaged:
                self.lines += 1
                self.damaged += 1
            else:
                self.note(line, place)

    def counting(self, lines: Iterator[tuple[Place, bytes]]) -> Iterator[tuple[bytes, Line | None]]:
        """Yield the lines that count, each with what it holds, and the damaged ones with None."""
        for place, text in lines:
            if not text.strip():
                continue
            try:
                line = decoded(text)
            except Damaged:
                yield text, None
                continue
            kept = self.kept.get(identity_of(line))
            if kept is not None and kept.place == place:
                yield text, line


def read_results(out: Storage) -> Iterator[Line]:
    """Yield the results of a place that count; damaged lines are passed over."""
    survey = Survey()
    survey.read(stored(out))
    yield from (line for _, line in survey.counting(stored(out)) if line is not None)


def stored(out: Storage, parts: list[str] | None = None) -> Iterator[tuple[Place, bytes]]:
    """Yield every line that was written in whole, in order; of a bucket those of some parts."""
    if isinstance(out, Folder):
        with (out.path / RESULTS).open("rb") as file:
            for number, text in enumerate(file):
                if text.endswith(b"\n"):
                    yield ("", number), text
    if isinstance(out, Bucket):
        for name in out.names(PARTS) if parts is None else parts:
            lines = (out.read(name) or b"").split(b"\n")
            for number, text in enumerate(lines):
                if text:
                    yield (name, number), text + b"\n"
