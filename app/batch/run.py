"""A run from beginning to end: what is left to do, done, written, and summed up."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.batch.jobs import Job, content_sha256
from app.batch.ledger import Ledger
from app.batch.progress import Style, reporter
from app.batch.tables import write_csv, write_parquet, write_summary
from app.batch.workers import Options, measure_jobs
from app.schemas import SCHEMA_VERSION
from vision.blazepose import model_info
from vision.calibration import calibration_for
from vision.measurement import UNCALIBRATED, package_version


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run shall do besides measuring.

    Attributes
    ----------
    resume, mix : bool
        See :class:`app.batch.ledger.Ledger`.
    workers : int
    progress : str
        See :func:`app.batch.progress.reporter`.
    parquet : bool
    report : bool
        Write the contact sheet.
    """

    resume: bool = False
    mix: bool = False
    workers: int = 1
    progress: Style = "auto"
    parquet: bool = False
    report: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its summary, photos passed over as done, and whether it was stopped."""

    summary: dict[str, Any]
    already_done: int
    stopped: bool


def settings_of(options: Options) -> dict[str, Any]:
    """Return what all results of one folder must have in common."""
    model = model_info("full" if options.fast else "heavy")
    calibration = calibration_for(model)
    return {
        "schema_version": SCHEMA_VERSION,
        "package": package_version(),
        "model_sha256": model.sha256,
        "calibration": UNCALIBRATED if calibration is None else calibration.version,
        "fast": options.fast,
        "level_deg": options.level_deg,
        "rules": asdict(options.rules),
    }


def run(jobs: Iterable[Job], out: Path, options: Options, wanted: Wanted) -> Outcome:
    """Measure photos into a folder.

    Parameters
    ----------
    jobs : iterable of Job
    out : Path
        Folder for the results.
    options : Options
    wanted : Wanted

    Raises
    ------
    InvalidOption
        If the folder holds other results or is in use.
    OSError
        If results cannot be written; what was written stays.
    """
    found = list(_unique(jobs))  # before anything is written: there may be no such folder
    with Ledger(out, settings_of(options), resume=wanted.resume, mix=wanted.mix) as ledger:
        todo = [job for job in found if not _is_done(job, ledger)]
        already_done = len(ledger.done)
        stopped = False
        with reporter(wanted.progress, len(todo)) as show:
            results = measure_jobs(iter(todo), options, wanted.workers)
            try:
                for line in results:
                    ledger.add(line)
                    show.add(line)
            except KeyboardInterrupt:
                stopped = True
            finally:
                results.close()
        write_csv(out)
        if wanted.parquet:
            write_parquet(out)
        if wanted.report:
            from app.batch.sheet import write_sheet

            write_sheet(out, options.rules)
        return Outcome(write_summary(out), already_done, stopped)


def default_workers() -> int:
    """Return how many processes this machine can keep busy."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_done(job: Job, ledger: Ledger) -> bool:
    key = ledger.done.get(job.id)
    return key is not None and key == job.key(content_sha256(job.path))


def _unique(jobs: Iterable[Job]) -> Iterator[Job]:
    """Yield each id once; a name that occurs twice in a list is one photo."""
    seen: set[str] = set()
    for job in jobs:
        if job.id not in seen:
            seen.add(job.id)
            yield job
