"""What measures for the service: worker processes, or threads around a model of one's own.

Processes, because a damaged file may crash or hang the library that decodes it, and because
each has its own pose model and its own core. Threads, for a model that was handed in.
"""

import asyncio
import logging
import multiprocessing
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Final, Protocol, TypeVar

import numpy as np
from anyio import to_thread
from pebble import ProcessExpired, ProcessPool

from app.processes import PHOTOS_PER_WORKER, TRIES, start_service_worker
from app.service.errors import TimedOut, WorkerCrashed
from vision.measurement import default_estimator
from vision.pose import PoseEstimator

START_SECONDS: Final = 120.0
"""A worker that has not started after so long is replaced."""

_WARM_UP_SHAPE: Final = (240, 320, 3)
_logger = logging.getLogger("thomas_test")
Result = TypeVar("Result")
Work = Callable[[PoseEstimator], Result]
"""Something slow to do with a pose model; for processes it must be possible to pickle it."""


class Engine(Protocol):
    """Does at most so many pieces of work at a time as it has places."""

    async def start(self) -> None:
        """Load what there is to load; raises whatever keeps it from that."""

    async def run(self, work: Work[Result], seconds: float) -> Result:
        """Do one piece of work.

        Raises
        ------
        TimedOut, WorkerCrashed
            If it takes longer than that, or takes its process down with it.
        """

    async def stop(self) -> None:
        """End at once; what is still being done is lost."""


class Threads:
    """Works in threads of this process, which share one pose model; knows no time limit."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator

    async def start(self) -> None:
        """Let the model look at an empty picture once."""
        await to_thread.run_sync(_look_once, self._estimator)

    async def run(self, work: Work[Result], seconds: float) -> Result:  # noqa: ARG002
        """Do one piece of work; a thread cannot be stopped, so it takes as long as it takes."""
        return await to_thread.run_sync(work, self._estimator)

    async def stop(self) -> None:
        """Do nothing: the model belongs to whoever handed it in."""


class Processes:
    """Works in processes, each with a warm model and a ceiling of memory.

    Parameters
    ----------
    count : int
    memory_bytes : int
        What each may allocate.
    """

    def __init__(self, count: int, memory_bytes: int) -> None:
        start = partial(start_service_worker, memory_bytes)
        self._all = [_Worker(start) for _ in range(count)]
        self._idle = list(self._all)

    async def start(self) -> None:
        """Start all processes and let each look at an empty picture once."""
        await asyncio.gather(*(worker.run(_look_once, START_SECONDS) for worker in self._all))

    async def run(self, work: Work[Result], seconds: float) -> Result:
        """Do one piece of work; if its process dies, once more in another."""
        worker = self._idle.pop()
        try:
            return await worker.run(work, seconds)
        finally:
            self._idle.append(worker)

    async def stop(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.stop() for worker in self._all))


class _Worker:
    """One process at a time, in a pool of its own, which replaces it when it is gone.

    Not one pool for all of them: pebble's workers share a pipe and its locks, and a pool
    whose last idle worker is killed from outside is broken for good.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start = start
        self._pool: ProcessPool | None = None

    async def run(self, work: Work[Result], seconds: float) -> Result:
        for _ in range(TRIES):
            try:
                return await self._try(work, seconds)
            except TimeoutError:
                raise TimedOut from None
            except ProcessExpired as error:
                _logger.warning("A worker process died (exit code %s).", error.exitcode)
            except BrokenProcessPool:
                _logger.warning("A worker process was gone; another one is started.")
                await self.stop()
        raise WorkerCrashed

    async def _try(self, work: Work[Result], seconds: float) -> Result:
        try:
            future = self._started().schedule(_at_worker, (work,), timeout=seconds)
        except RuntimeError as error:  # all that pebble says of a pool that broke meanwhile
            raise BrokenProcessPool from error
        answer = asyncio.wrap_future(future)
        # The pool counts from when the process has taken the work; this ends the rest.
        done, _ = await asyncio.wait({answer}, timeout=START_SECONDS + seconds)
        if not done:
            answer.cancel()
            raise BrokenProcessPool
        found: Result = answer.result()
        return found

    def _started(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self._pool = ProcessPool(
                max_workers=1,
                max_tasks=PHOTOS_PER_WORKER,
                initializer=self._start,
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool

    async def stop(self) -> None:
        """End the process."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            await to_thread.run_sync(pool.join)


def _look_once(estimator: PoseEstimator) -> None:
    estimator.detect(np.zeros(_WARM_UP_SHAPE, np.uint8))


def _at_worker(work: Work[Result]) -> Result:
    return work(default_estimator("heavy"))
