"""What workers do in the tests of the pool; loads nothing that takes time."""

import os
import signal
import threading
import time
from pathlib import Path


def nothing() -> None:
    """Prepare nothing."""


def kill_own() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_own_once(mark: Path) -> int:
    if not mark.exists():
        mark.touch()
        kill_own()
    return os.getpid()


def wait_for(mark: Path, told: Path) -> int:
    """Say that it is at work, and go on when it is told to."""
    told.with_name(f"{told.name}-{os.getpid()}").touch()
    while not mark.exists():
        time.sleep(0.02)
    return os.getpid()


def refuse() -> None:
    message = "no weights"
    raise OSError(message)


class Unpicklable(Exception):
    """Holds what cannot be sent."""

    def __init__(self) -> None:
        super().__init__("told")
        self.lock = threading.Lock()


class Unreadable(Exception):
    """Can be pickled, but not be made again."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one)


def fail(kind: str) -> None:
    raise {"ValueError": ValueError("bad"), "lock": Unpicklable(), "two": Unreadable("a", "b")}[
        kind
    ]


class Noticed:
    """Work that notices when nobody holds it any more."""

    alive = 0

    def __init__(self) -> None:
        type(self).alive += 1

    def __setstate__(self, _: object) -> None:
        type(self).alive += 1

    def __getstate__(self) -> dict[str, object]:
        return {"photo": b"x"}

    def __del__(self) -> None:
        type(self).alive -= 1

    def __call__(self) -> None:
        """Do nothing."""


def alive() -> int:
    return Noticed.alive
