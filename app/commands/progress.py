"""Progress of a run: a bar on a terminal, plain lines elsewhere, JSON for programs."""

import json
import sys
import time
from collections import Counter
from typing import Any, Final, Literal, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

Style = Literal["auto", "bar", "plain", "json", "quiet"]
EVERY_SECONDS: Final = 5.0
"""Between plain lines."""


class _Counts:
    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.counts: Counter[str] = Counter()
        self.started_s = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def add(self, line: dict[str, Any]) -> None:
        self.done += 1
        self.counts["error" if "error" in line else line["verdict"]] += 1

    @property
    def rate(self) -> float:
        """Photos per second so far."""
        return self.done / max(time.monotonic() - self.started_s, 1e-9)

    def words(self) -> str:
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.counts.items())


class _Plain(_Counts):
    def __init__(self, total: int) -> None:
        super().__init__(total)
        self._said_s = self.started_s

    def add(self, line: dict[str, Any]) -> None:
        super().add(line)
        now = time.monotonic()
        if now - self._said_s >= EVERY_SECONDS or self.done == self.total:
            self._said_s = now
            left = (self.total - self.done) / self.rate
            sys.stderr.write(
                f"{self.done}/{self.total}, {self.rate:.1f}/s, {left:.0f} s left: {self.words()}\n"
            )
            sys.stderr.flush()


class _Json(_Counts):
    def add(self, line: dict[str, Any]) -> None:
        super().add(line)
        event = {
            "done": self.done,
            "total": self.total,
            "path": line["path"],
            "verdict": line.get("verdict"),
            "error": line["error"]["code"] if "error" in line else None,
            "rate_per_s": round(self.rate, 2),
        }
        sys.stderr.write(json.dumps(event) + "\n")
        sys.stderr.flush()


class _Bar(_Counts):
    def __init__(self, total: int) -> None:
        super().__init__(total)
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[words]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task("", total=total, rate="", words="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def add(self, line: dict[str, Any]) -> None:
        super().add(line)
        self._bar.update(self._task, advance=1, rate=f"{self.rate:.1f}/s", words=self.words())


def reporter(style: Style, total: int) -> _Counts:
    """Return the display of the progress of ``total`` photos in a style.

    ``auto`` is a bar on a terminal and plain lines elsewhere.
    """
    if style == "auto":
        style = "bar" if sys.stderr.isatty() else "plain"
    kinds: dict[str, type[_Counts]] = {"bar": _Bar, "plain": _Plain, "json": _Json}
    return kinds.get(style, _Counts)(total)
