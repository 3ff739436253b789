"""Measuring on a Dask cluster: the same lines as from processes of one machine.

Photos are named to the workers, not sent: their paths must mean the same on every machine, or
be URLs. Dask hands the photos of a worker that died to others; each worker keeps one warm
model, and ends itself when a photo hangs.
"""

import ctypes
import errno
import faulthandler
import logging
import math
import os
import signal
import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, Final

from app.batch.job import Job
from app.batch.line import Line
from app.batch.remote import is_url
from app.batch.storage import Folder
from app.batch.workers import (
    AHEAD,
    PHOTO_SECONDS,
    Options,
    failed_line,
    measure_job,
    settings_of,
)
from app.processes import use_one_core
from app.worker import TRIES, ignored_by_children
from vision.errors import InvalidOption

LOCAL: Final = "local"
"""In place of an address: a cluster of this machine, for trying it out."""
MIN_AHEAD: Final = 32
"""Photos handed out at least, so that a cluster that grows with its work sees some."""
CONNECT_SECONDS: Final = 30
COUNT_SECONDS: Final = 2.0
"""Between looks at how many workers there are."""
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_NO_SPILL: Final = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
}
"""Results may hold small pictures: a worker short of memory must not put them on its disk."""


def measure_on_cluster(
    jobs: Iterator[Job], options: Options, address: str, workers: int
) -> Generator[Line, None, None]:
    """Measure photos on a cluster and yield each result as soon as it is there.

    Closing the iterator hands out no more photos.

    Parameters
    ----------
    jobs : iterator of Job
    options : Options
    address : str
        Of Dask's scheduler, or :data:`LOCAL`.
    workers : int
        Processes of a local cluster.

    Raises
    ------
    InvalidOption
        If the scheduler cannot be reached, a worker does not see the photos, has more than one
        thread, or would give other results than this machine.
    ConnectionError
        If the scheduler is lost on the way; what was yielded stands.
    """
    options = replace(options, overlays=_everywhere(options.overlays))
    with _connected(address, workers) as client:
        first = next(jobs, None)
        if first is None:
            return
        _check_sight(client, first, options)
        yield from _measured(client, _chain(first, jobs), options)


def measure_here(job: Job, options: Options, settings: dict[str, Any]) -> Line:
    """Measure one photo; runs in a cluster's worker.

    Raises
    ------
    InvalidOption
        If this worker's software differs from the settings.
    """
    _prepare()
    own = settings_of(options)
    if own != settings:
        other = ", ".join(name for name in settings if own.get(name) != settings[name])
        raise InvalidOption(f"A worker of the cluster has another {other}: install the same there.")
    # Works also when native code hangs; the worker's keeper starts it again.
    faulthandler.dump_traceback_later(PHOTO_SECONDS, exit=True)
    try:
        return measure_job(job, options)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _measured(client: Any, jobs: Iterator[Job], options: Options) -> Generator[Line, None, None]:
    from distributed import as_completed

    settings = settings_of(options)
    pending: dict[str, tuple[Job, int]] = {}
    finished = as_completed()

    def hand_out(job: Job, tries: int) -> None:
        future = client.submit(measure_here, job, options, settings, pure=False)
        pending[future.key] = job, tries
        finished.add(future)

    room, counted_s = 0, -math.inf
    while True:
        # Workers come and go; but to ask for their number takes a while.
        if time.monotonic() - counted_s > COUNT_SECONDS:
            room, counted_s = _room(client), time.monotonic()
        while len(pending) < room and (job := next(jobs, None)) is not None:
            hand_out(_absolute(job), 1)
        if not pending:
            return
        future = next(finished)
        job, tries = pending.pop(future.key)
        line = _result(future, job, final=tries >= TRIES)
        if line is None:
            hand_out(job, tries + 1)
        else:
            yield line


def _room(client: Any) -> int:
    """Return how many photos may be handed out.

    Raises
    ------
    InvalidOption
        If a worker has several threads: ending itself when a photo hangs, it would end them all,
        and the clock of one photo would be another's.
    """
    threads: dict[str, int] = client.nthreads()
    if several := [number for number in threads.values() if number > 1]:
        raise InvalidOption(
            f"{len(several)} of {len(threads)} workers have more than one thread: start them with "
            "“dask worker --nthreads 1 --nworkers N”, a process per core."
        )
    return max(AHEAD * len(threads), MIN_AHEAD)


def _result(future: Any, job: Job, *, final: bool) -> Line | None:
    """Return a photo's line; None if workers died with it and it deserves another try."""
    from distributed import KilledWorker

    try:
        line: Line = future.result()
    except KilledWorker:  # after several of them: this photo's fault, or only beside one
        return (
            failed_line(job, "worker_crashed", "Several workers died with it.") if final else None
        )
    except CancelledError as error:
        raise ConnectionError(
            errno.ECONNABORTED, "The cluster's scheduler was lost; go on with --resume"
        ) from error
    except InvalidOption:
        raise
    except Exception as error:  # noqa: BLE001 - one bad photo never stops the others
        return failed_line(job, "internal_error", f"{type(error).__name__}: {error}")
    return line


@contextmanager
def _connected(address: str, workers: int) -> Iterator[Any]:
    """Connect to a cluster; a local one is started, and ends with it."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InvalidOption("--dask needs Dask: pip install 'thomas-test[cluster]'.") from error
    # What happens to workers is reported in the lines of their photos.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        if address == LOCAL:
            # Dask leaves its folder for spilling behind: nothing of a run may stay in a shared one.
            scratch = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
            with dask.config.set(_NO_SPILL | {"temporary-directory": scratch}), _without_ctrl_c():
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    local_directory=scratch,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
            address = stack.enter_context(cluster).scheduler_address
        try:
            client = Client(address, timeout=CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise InvalidOption(f"There is no Dask scheduler at {address}: {error}") from error
        yield stack.enter_context(client)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let processes that start meanwhile ignore Ctrl-C: it is for this one, which stops them."""
    if sys.platform == "win32":
        with ignored_by_children():
            yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _check_sight(client: Any, first: Job, options: Options) -> None:
    """Refuse at once what would fail for each photo: folders that only this machine has."""
    folders = [] if is_url(first.path) else [os.path.dirname(os.path.abspath(first.path))]  # noqa: PTH100, PTH120
    if isinstance(options.overlays, Folder):
        folders.append(str(options.overlays.path))
    for folder in folders:
        seen = client.run(os.path.isdir, folder)
        blind = [worker for worker, sees in seen.items() if not sees]
        if blind:
            raise InvalidOption(
                f"{len(blind)} of {len(seen)} workers do not see {folder}: use storage that all "
                "machines share, or a URL such as s3://…"
            )


def _everywhere(place: Any) -> Any:
    return Folder(place.path.absolute()) if isinstance(place, Folder) else place


def _absolute(job: Job) -> Job:
    return job if is_url(job.path) else replace(job, path=os.path.abspath(job.path))  # noqa: PTH100


def _chain(first: Job, others: Iterator[Job]) -> Iterator[Job]:
    yield first
    yield from others


@cache
def _prepare() -> None:
    _keep_freed_memory()
    use_one_core()


def _keep_freed_memory() -> None:
    """Undo what Dask sets for its workers: giving every freed page back costs a third of the time."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # glibc
        mallopt(_M_TRIM_THRESHOLD, 256 << 20)
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
