"""What a worker does in the chaos tests: what the photo says, instead of measuring it."""

import os
import signal
import time
from pathlib import Path

from app.answers import Answer
from app.upload import ExaminationUpload, Upload
from app.workers import harden
from vision.criteria import RuleSet
from vision.pose import PoseEstimator

SECRET = "row 17 of the patient list"


def start(memory_bytes: int) -> None:
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
    if what == "die" or (what == "die-once" and not Path(how).exists()):
        if how:
            Path(how).touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "sleep":
        time.sleep(float(how))
    if what == "note-and-sleep":
        with Path(how).open("a") as notes:
            notes.write(f"{os.getpid()}\n")
        time.sleep(0.8)
    if what == "allocate":
        bytearray(int(how))
    if what == "fail":
        raise KeyError(SECRET)
    return Answer(str(os.getpid()).encode(), "text/plain")
