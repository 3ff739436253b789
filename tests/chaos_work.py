"""What a worker does in the chaos tests: what the photo says, instead of measuring it."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from hashlib import pbkdf2_hmac
from pathlib import Path
from typing import Final

from app.processes import harden
from app.service.tasks import Answer
from app.service.uploads import ExaminationUpload, Upload
from vision.criteria import RuleSet
from vision.pose import PoseEstimator

PR_GET_DUMPABLE = 3
SECRET = "row 17 of the patient list"


def start(memory_bytes: int, _: str) -> None:
    """Start a worker as the service does, but for the pose model."""
    harden(memory_bytes)


def look_once(estimator: PoseEstimator) -> None:
    """Have nothing to warm up."""


def act(
    upload: Upload | ExaminationUpload, rules: RuleSet, kind: str, estimator: PoseEstimator
) -> Answer:
    """Die, hang, and so on: the photo's first word says what, the rest how."""
    assert isinstance(upload, Upload)
    what, _, how = upload.photo.decode().partition(" ")
    said = ACTIONS[what](how)
    return Answer(str(os.getpid() if said is None else said).encode(), "text/plain")


def die(_: str) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def die_once(mark: str) -> None:
    if not Path(mark).exists():
        Path(mark).touch()
        die("")


def hang(_: str) -> None:
    """Compute for minutes in C, deaf to signals, as a decoder does."""
    pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


def note_and_wait(notes: str) -> None:
    """Say that it is at work, and go on when the test says so; a limit of time may end it."""
    with Path(notes).open("a") as file:
        file.write(f"{os.getpid()}\n")
    while not Path(f"{notes}.go").exists():
        time.sleep(0.02)


def fail(_: str) -> None:
    raise KeyError(SECRET)


ACTIONS: Final[dict[str, Callable[[str], object]]] = {
    "ok": lambda _: None,
    "die": die,
    "die-once": die_once,
    "hang": hang,
    "note-and-wait": note_and_wait,
    "allocate": lambda size: len(bytearray(int(size))),
    "fail": fail,
    "dumpable": lambda _: ctypes.CDLL(None).prctl(PR_GET_DUMPABLE),
}
