"""What workers do in the tests of batches: what the photo's name says, instead of measuring it."""

import json
import os
import signal
import threading
from functools import cache
from pathlib import Path
from typing import Any

from app.batch.job import Job, content_of
from app.batch.line import Line
from app.batch.workers import Options, line_of, overlay_name

TROUBLE = "trouble"
"""While a file of this name lies beside the photos, those whose name is an error code fail."""
NO_PHOTO = {"not_an_image": "not_an_image"}
"""Error code of each name that is no photo, whether there is trouble or not."""
EXAMPLE = Path(__file__).parents[1] / "app/service/example.json"


def no_model(variant: str, backend: str | None) -> None:
    """Start a worker without a pose model."""


@cache
def example() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text("utf-8"))
    return found


def measured(job: Job, options: Options) -> Line:
    """Return the example for every photo, or what its name says."""
    name, troubled = Path(job.path).stem, (Path(job.path).parent / TROUBLE).exists()
    if troubled and name == "worker_crashed":
        os.kill(os.getpid(), signal.SIGKILL)
    if troubled and name == "timed_out":
        threading.Event().wait()
    if troubled and name == "internal_error":
        message = "unexpected"
        raise RuntimeError(message)
    if name in NO_PHOTO or (troubled and name == "file_not_readable"):
        error = {"code": NO_PHOTO.get(name, name), "message": "", "advice": ""}
        return {**line_of(job, content_of(job)), "error": error}
    line = {**line_of(job, content_of(job)), **example()}
    if options.overlays is not None and name == "no_overlay" and troubled:
        line["overlay_error"] = os.strerror(28)
    if options.overlays is not None and name == "long_overlay":
        line["overlay_error"] = os.strerror(36)
    if options.overlays is not None:
        line["picture"] = overlay_name(*job.identity)
    return line
