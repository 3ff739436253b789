"""A run from beginning to end: what is left to do, done, written, and summed up."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

from app.batch.dask import measure_on_cluster
from app.batch.jobs import Job, content_of
from app.batch.ledger import Ledger, open_ledger
from app.batch.storage import Bucket, Folder
from app.batch.tables import write_csv, write_parquet, write_summary
from app.batch.workers import Line, Options, measure_jobs, settings_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run shall do besides measuring.

    Attributes
    ----------
    resume, mix : bool
        See :func:`app.batch.ledger.open_ledger`.
    workers : int
        Processes of this machine.
    dask : str, optional
        Address of a cluster to measure on; see :func:`app.batch.dask.measure_on_cluster`.
    parquet : bool
    report : bool
        Write the contact sheet.
    """

    resume: bool = False
    mix: bool = False
    workers: int = 1
    dask: str | None = None
    parquet: bool = False
    report: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its summary, photos passed over as done, and whether it was stopped."""

    summary: dict[str, Any]
    already_done: int
    stopped: bool


class Reporter(Protocol):
    """Shows each result as it arrives; a context manager."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End."""

    def add(self, line: Line) -> None:
        """Count one result."""


def run(
    jobs: Iterable[Job],
    out: Folder | Bucket,
    options: Options,
    wanted: Wanted,
    progress: Callable[[int], Reporter],
) -> Outcome:
    """Measure photos into a folder or bucket.

    Parameters
    ----------
    jobs : iterable of Job
    out : Folder or Bucket
        Where the results go.
    options : Options
    wanted : Wanted
    progress : callable
        Returns what shows the progress of a number of photos.

    Raises
    ------
    InvalidOption
        If the place holds other results or is in use, or the cluster cannot be used.
    OSError
        If results cannot be written; what was written stays.
    """
    found = list(_unique(jobs))  # before anything is written: there may be no such folder
    settings = settings_of(options)
    with open_ledger(out, settings, resume=wanted.resume, mix=wanted.mix) as ledger:
        todo = [job for job in found if not _is_done(job, ledger)]
        already_done = len(ledger.done)
        stopped = False
        with progress(len(todo)) as show:
            results = _measured(iter(todo), options, wanted)
            try:
                for line in results:
                    ledger.add(line)
                    show.add(line)
            except KeyboardInterrupt:
                stopped = True
            finally:
                results.close()
        ledger.complete()
        write_csv(out)
        if wanted.parquet:
            write_parquet(out)
        if wanted.report:
            from app.batch.sheet import write_sheet

            write_sheet(out, options.rules)
        return Outcome(write_summary(out), already_done, stopped)


def _measured(todo: Iterator[Job], options: Options, wanted: Wanted) -> Generator[Line, None, None]:
    if wanted.dask is not None:
        return measure_on_cluster(todo, options, wanted.dask, wanted.workers)
    return measure_jobs(todo, options, wanted.workers)


def _is_done(job: Job, ledger: Ledger) -> bool:
    key = ledger.done.get(job.id)
    return key is not None and key == job.key(content_of(job))


def _unique(jobs: Iterable[Job]) -> Iterator[Job]:
    """Yield each id once; a name that occurs twice in a list is one photo."""
    seen: set[str] = set()
    for job in jobs:
        if job.id not in seen:
            seen.add(job.id)
            yield job
