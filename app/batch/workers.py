"""Measuring in worker processes: one warm model each, and a crash costs one photo only."""

import base64
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final

from app.batch.job import Job, content_of
from app.batch.line import Line
from app.batch.photo_files import FILE_ERRORS, OVERLAY_SUFFIX, measure_file
from app.batch.remote import is_url, read_remote
from app.batch.storage import Bucket, Folder, write
from app.pool import Pool
from app.processes import start_worker
from app.results.schemas import SCHEMA_VERSION, ErrorOut
from app.worker import StartFailed, TookTooLong, WorkerDied
from vision.backends.engines import chosen_engine, model_info
from vision.backends.weights import Variant
from vision.calibration import calibration_for
from vision.criteria import RuleSet
from vision.errors import InvalidOption
from vision.measurement import UNCALIBRATED, package_version

PHOTO_SECONDS: Final = 120.0
"""A photo that takes longer is aborted, and its worker replaced, seconds."""
AHEAD: Final = 2
"""Photos handed out per worker: one at work and one waiting, so that memory stays bounded."""
THUMBNAIL_PX: Final = 240
OVERLAYS: Final = "overlays"
_NOT_ON_WINDOWS: Final = str.maketrans(dict.fromkeys('<>:"|?*\\', "_"))
"""Characters that no name of a file has there."""


@dataclass(frozen=True, slots=True)
class Options:
    """How all photos of a run are measured.

    Attributes
    ----------
    rules : RuleSet
    fast : bool
    backend : {"auto", "mediapipe", "litert"}, optional
        As for :func:`~vision.measurement.measure`.
    level_deg : float, optional
        Where a photo has none of its own.
    turn_deg : {0, 90, 180, 270}
        How far every photo is turned clockwise first.
    overlays : Folder or Bucket, optional
        Where annotated pictures go, below ``overlays``, in the tree of the ids.
    show_face : bool
    thumbnails : bool
        Return a small picture with each result.
    """

    rules: RuleSet
    fast: bool = False
    backend: str | None = None
    level_deg: float | None = None
    turn_deg: int = 0
    overlays: Folder | Bucket | None = None
    show_face: bool = False
    thumbnails: bool = False

    @property
    def variant(self) -> Variant:
        """Size of the pose model."""
        return "full" if self.fast else "heavy"


def settings_of(options: Options) -> dict[str, Any]:
    """Return what all results of one place must have in common, as this machine would give them."""
    model = model_info(options.variant, options.backend)
    calibration = calibration_for(model)
    return {
        "schema_version": SCHEMA_VERSION,
        "package": package_version(),
        "model_sha256": model.sha256,
        "engine": chosen_engine(options.backend),
        "calibration": UNCALIBRATED if calibration is None else calibration.version,
        "fast": options.fast,
        "level_deg": options.level_deg,
        "turn_deg": options.turn_deg,
        "rules": asdict(options.rules),
    }


def measure_jobs(
    jobs: Iterator[Job], options: Options, workers: int
) -> Generator[Line, None, None]:
    """Measure photos in processes and yield each result as soon as it is there.

    Closing the iterator hands out no more photos and stops the workers.

    Raises
    ------
    InvalidOption
        If no worker can start.
    """
    first = next(jobs, None)
    if first is None:
        return
    pool = Pool(workers, partial(start_worker, options.variant, options.backend))
    pending: dict[Future[Line], Job] = {}
    waiting = chain((first,), jobs)
    try:
        pool.start()
        while True:
            while len(pending) < AHEAD * workers and (job := next(waiting, None)) is not None:
                pending[pool.submit(partial(measure_job, job, options), PHOTO_SECONDS)] = job
            if not pending:
                return
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                yield _result(future, pending.pop(future))
    finally:
        pool.stop()


def measure_job(job: Job, options: Options) -> Line:
    """Measure one photo; runs in a worker and never raises because of the photo."""
    content = content_of(job)
    found = measure_file(
        job.path,
        {
            "leg": job.leg,
            "level_deg": options.level_deg if job.level_deg is None else job.level_deg,
            "turn_deg": options.turn_deg,
            "criteria": options.rules,
            "observed": job.observed,
            "fast": options.fast,
            "backend": options.backend,
        },
        read_remote if is_url(job.path) else None,
    )
    line = line_of(job, content)
    if isinstance(found, ErrorOut):
        return {**line, "error": found.model_dump(mode="json")}
    measurement, out = found
    line |= out.model_dump(mode="json")
    if options.overlays is not None or options.thumbnails:
        line |= _pictures(job, measurement, options)
    return line


def _pictures(job: Job, measurement: Any, options: Options) -> Line:
    from PIL import Image

    from vision.overlay import draw_overlay, encode_picture

    drawn = draw_overlay(measurement, show_face=options.show_face)
    extra: Line = {}
    if options.overlays is not None:
        try:
            write(options.overlays, overlay_name(*job.identity), encode_picture(drawn, "jpeg"))
        except OSError as error:
            extra["overlay_error"] = error.strerror or str(error)
    if options.thumbnails:
        import numpy as np

        small = Image.fromarray(drawn)
        small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        data = encode_picture(np.asarray(small), "jpeg")
        extra["thumbnail"] = base64.b64encode(data).decode("ascii")
    return extra


def overlay_name(photo_id: str, leg: str = "") -> str:
    """Return where the picture of a photo goes: always below the results, whatever the id is.

    Parameters
    ----------
    photo_id : str
    leg : str
        Where each leg of the photo is measured: which one it is.
    """
    if sys.platform == "win32":  # there, a backslash or a drive would lead out of the folder
        photo_id = photo_id.translate(_NOT_ON_WINDOWS)
    parts = ("__" if part == ".." else part for part in PurePosixPath(photo_id.lstrip("/")).parts)
    return f"{OVERLAYS}/{'/'.join(parts)}{leg and f'.{leg}'}{OVERLAY_SUFFIX}"


def line_of(job: Job, content: str) -> Line:
    """Return what the line of a photo begins with; ``content`` as of :func:`content_of`."""
    line: Line = {"path": job.id, "key": job.key(content)}
    if job.subject:
        line["subject"] = job.subject
    if job.session:
        line["session"] = job.session
    if job.each_leg and job.leg is not None:
        line["leg"] = job.leg
    return line


def _result(future: Future[Line], job: Job) -> Line:
    """Return a photo's line, whatever came of it.

    Raises
    ------
    InvalidOption
        If no worker can start: that is no photo's fault.
    """
    try:
        return future.result()
    except TookTooLong:
        code, message = "timed_out", f"Measuring took more than {PHOTO_SECONDS:.0f} seconds."
    except WorkerDied as error:
        code, message = "worker_crashed", f"The worker process died (exit code {error.exitcode})."
    except StartFailed as error:
        why = error.__cause__
        raise InvalidOption(f"The pose model cannot start: {type(why).__name__}: {why}") from why
    except Exception as error:  # noqa: BLE001 - one bad photo never stops the others
        code, message = "internal_error", f"{type(error).__name__}: {error}"
    return failed_line(job, code, message)


def failed_line(job: Job, code: str, message: str) -> Line:
    """Return the line of a photo that could not be measured; the code is one of files.py."""
    failed = ErrorOut(code=code, message=message, advice=FILE_ERRORS[code])
    return {**line_of(job, content_of(job)), "error": failed.model_dump(mode="json")}
