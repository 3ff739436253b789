"""A run from beginning to end: what is left to do, done, written, and summed up."""

import json
import posixpath
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol, Self

from app.batch.dask import measure_on_cluster
from app.batch.job import Identity, Job, content_of
from app.batch.ledger import DAMAGED, Ledger, open_ledger
from app.batch.line import Line
from app.batch.retry import Retry, is_tried_again
from app.batch.storage import Bucket, Folder, write
from app.batch.stored import Kept
from app.batch.tables import Sink, Summary, csv_table, parquet_table
from app.batch.workers import Options, measure_jobs, overlay_name, settings_of
from app.csv_tables import PLAIN, CsvStyle
from vision.errors import InvalidOption


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run shall do besides measuring.

    Attributes
    ----------
    resume, mix : bool
        See :func:`app.batch.ledger.open_ledger`.
    retry : {"all", "transient", "none"}
        Which photos that failed are measured again on resuming.
    workers : int
        Processes of this machine.
    dask : str, optional
        Address of a cluster to measure on; see :func:`app.batch.dask.measure_on_cluster`.
    csv : CsvStyle
        Of ``results.csv``.
    parquet : bool
    report : bool
        Write the contact sheet.
    """

    resume: bool = False
    mix: bool = False
    retry: Retry = "transient"
    workers: int = 1
    dask: str | None = None
    csv: CsvStyle = PLAIN
    parquet: bool = False
    report: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    summary : dict
    already_done : int
        Photos passed over as done.
    tried_again : int
        Photos that had failed before and were to be measured again.
    stopped : bool
    notes : tuple of str
        Further remarks for the user, a sentence each.
    """

    summary: dict[str, Any]
    already_done: int
    tried_again: int
    stopped: bool
    notes: tuple[str, ...]


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
    found = list(_unique(jobs, options))  # before anything is written: there may be no such folder
    settings = settings_of(options)
    with open_ledger(out, settings, resume=wanted.resume, mix=wanted.mix) as ledger:
        before = ledger.survey.kept
        _forget_opened_folders(found, before)
        todo = [job for job in found if not _is_done(job, ledger, options, wanted)]
        failed = [job for job in todo if job.identity in before and before[job.identity].trouble]
        tried_again, damaged = len(failed), ledger.survey.damaged
        stopped = False
        with progress(len(todo)) as show:
            results = _measured(iter(todo), options, wanted, len(todo))
            try:
                for line in results:
                    ledger.add(line)
                    show.add(line)
            except KeyboardInterrupt:
                stopped = True
            finally:
                results.close()
        summary = _written(ledger, out, options, wanted)
        notes = (*ledger.notes, *_notes(summary, damaged, out))
    return Outcome(summary, len(found) - len(todo), tried_again, stopped, notes)


def _measured(
    todo: Iterator[Job], options: Options, wanted: Wanted, number: int
) -> Generator[Line, None, None]:
    if wanted.dask is not None:
        return measure_on_cluster(todo, options, wanted.dask, wanted.workers)
    return measure_jobs(todo, options, max(1, min(wanted.workers, number)))


def _written(
    ledger: Ledger, out: Folder | Bucket, options: Options, wanted: Wanted
) -> dict[str, Any]:
    """Write everything that is made from the results, in one pass over them; return the summary."""
    summary = Summary()
    with ExitStack() as stack:
        sinks: list[Sink] = [summary.add, *map(stack.enter_context, _tables(out, options, wanted))]
        for line in ledger.passed_once():
            for add in sinks:
                add(line)
    values = summary.values()
    write(out, "summary.json", json.dumps(values, indent=1) + "\n")
    return values


def _tables(
    out: Folder | Bucket, options: Options, wanted: Wanted
) -> Iterator[AbstractContextManager[Sink]]:
    yield csv_table(out, wanted.csv)
    if wanted.parquet:
        yield parquet_table(out)
    if wanted.report:
        from app.batch.sheet import report_sheet

        yield report_sheet(out, options.rules)


def _is_done(job: Job, ledger: Ledger, options: Options, wanted: Wanted) -> bool:
    kept = ledger.survey.kept.get(job.identity)
    overlays = options.overlays is not None
    if kept is None or is_tried_again(kept.trouble, wanted.retry, overlays=overlays):
        return False
    return kept.key == job.key(content_of(job))


def _notes(summary: dict[str, Any], damaged: int, out: Folder | Bucket) -> Iterator[str]:
    if damaged:
        lines = "1 damaged line" if damaged == 1 else f"{damaged} damaged lines"
        kept = f" (kept in {DAMAGED})" if isinstance(out, Folder) else ""
        yield f"{lines} left out{kept}; photos that were found were measured again."
    if missing := summary["overlays_not_written"]:
        pictures = "1 overlay" if missing == 1 else f"{missing} overlays"
        yield f"{pictures} could not be written: overlay_error in results.jsonl gives the reason."


def _forget_opened_folders(found: list[Job], kept: dict[Identity, Kept]) -> None:
    """Take out the failures of folders that could not be read before: their photos are found now."""
    closed = [one for one, line in kept.items() if line.trouble == "file_not_readable"]
    folders: set[str] = set()
    for folder in {posixpath.dirname(job.id) for job in found} if closed else ():
        folders |= {str(part) for part in (PurePosixPath(folder), *PurePosixPath(folder).parents)}
    for identity in closed:
        if identity[0] in folders:
            del kept[identity]


def _unique(jobs: Iterable[Job], options: Options) -> Iterator[Job]:
    """Yield each photo once.

    Raises
    ------
    InvalidOption
        If two photos would have the same name in the results, or their overlays.
    """
    seen: dict[object, str] = {}
    for job in jobs:
        name = job.identity if options.overlays is None else overlay_name(*job.identity)
        path = seen.get(name)
        if path is None:
            seen[name] = job.path
            yield job
        elif path != job.path:
            raise InvalidOption(f"Two photos are called {job.id!r}: {path} and {job.path}.")
