"""What measures for the service: worker processes, or threads around a model of one's own.

Processes, because a damaged file may crash or hang the library that decodes it, and because
each has its own pose model and its own core. Threads, for a model that was handed in.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TypeVar

import numpy as np
from anyio import to_thread

from app.pool import Pool
from app.processes import start_service_worker
from app.service.errors import TimedOut, WorkerCrashed
from app.worker import START_SECONDS, TookTooLong, WorkerDied
from vision.measurement import default_estimator
from vision.pose import PoseEstimator

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
        self._count = count
        self._pool = Pool(count, partial(start_service_worker, memory_bytes), _log_death)

    async def start(self) -> None:
        """Start all processes, and let the model look at an empty picture in each."""
        started = map(asyncio.wrap_future, self._pool.start())
        await asyncio.gather(*started, return_exceptions=True)  # looking tells what went wrong
        looking = (self.run(_look_once, START_SECONDS) for _ in range(self._count))
        await asyncio.gather(*looking)

    async def run(self, work: Work[Result], seconds: float) -> Result:
        """Do one piece of work; if its process dies, once more in another."""
        future = self._pool.submit(partial(_at_worker, work), seconds)
        try:
            found: Result = await asyncio.wrap_future(future)
        except TookTooLong:
            raise TimedOut from None
        except WorkerDied:
            raise WorkerCrashed from None
        return found

    async def stop(self) -> None:
        """End the processes."""
        await to_thread.run_sync(self._pool.stop)


def _log_death(exitcode: int | None) -> None:
    _logger.warning("A worker process died (exit code %s).", exitcode)


def _look_once(estimator: PoseEstimator) -> None:
    estimator.detect(np.zeros(_WARM_UP_SHAPE, np.uint8))


def _at_worker(work: Work[Result]) -> Result:
    return work(default_estimator("heavy"))
