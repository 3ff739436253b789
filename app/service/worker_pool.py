"""Workers of the service: processes, or threads around a custom model.

Processes are used because a damaged file may crash or hang its decoder, and because each process
has its own pose model and core. Threads are used for a model passed in by the caller.
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
from vision.backends.engines import default_estimator
from vision.pose import PoseEstimator

_WARM_UP_SHAPE: Final = (240, 320, 3)
_logger = logging.getLogger("thomas_test")
Result = TypeVar("Result")
Work = Callable[[PoseEstimator], Result]
"""A slow task that uses a pose model; for processes, it must be picklable."""


class Engine(Protocol):
    """Runs at most as many tasks at a time as it has workers."""

    async def start(self) -> None:
        """Load the model; errors of loading are raised."""

    async def run(self, work: Work[Result], seconds: float) -> Result:
        """Run one task.

        Raises
        ------
        TimedOut, WorkerCrashed
            If the task exceeds the time limit, or crashes its process.
        """

    async def stop(self) -> None:
        """Stop at once; running tasks are lost."""


class Threads:
    """Runs tasks in threads of this process, which share one pose model; without a time limit."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator

    async def start(self) -> None:
        """Run the model once on an empty picture."""
        await to_thread.run_sync(_look_once, self._estimator)

    async def run(self, work: Work[Result], seconds: float) -> Result:  # noqa: ARG002
        """Run one task; a thread cannot be stopped, so there is no time limit."""
        return await to_thread.run_sync(work, self._estimator)

    async def stop(self) -> None:
        """Do nothing: the model belongs to the caller."""


class Processes:
    """Runs tasks in processes, each with a loaded model and a memory limit.

    Parameters
    ----------
    count : int
    memory_bytes : int
        Memory limit of each process.
    backend : {"auto", "mediapipe", "litert"}
        Engine of the pose model.
    """

    def __init__(self, count: int, memory_bytes: int, backend: str = "auto") -> None:
        self._count, self._backend = count, backend
        self._pool = Pool(count, partial(start_service_worker, memory_bytes, backend), _log_death)

    async def start(self) -> None:
        """Start all processes, and run the model on an empty picture in each."""
        started = map(asyncio.wrap_future, self._pool.start())
        await asyncio.gather(*started, return_exceptions=True)  # the run below reports errors
        looking = (self.run(_look_once, START_SECONDS) for _ in range(self._count))
        await asyncio.gather(*looking)

    async def run(self, work: Work[Result], seconds: float) -> Result:
        """Run one task; if its process dies, retry once in another."""
        future = self._pool.submit(partial(_at_worker, work, self._backend), seconds)
        try:
            found: Result = await asyncio.wrap_future(future)
        except TookTooLong:
            raise TimedOut from None
        except WorkerDied:
            raise WorkerCrashed from None
        return found

    async def stop(self) -> None:
        """Stop the processes."""
        await to_thread.run_sync(self._pool.stop)


def _log_death(exitcode: int | None) -> None:
    _logger.warning("A worker process died (exit code %s).", exitcode)


def _look_once(estimator: PoseEstimator) -> None:
    estimator.detect(np.zeros(_WARM_UP_SHAPE, np.uint8))


def _at_worker(work: Work[Result], backend: str) -> Result:
    return work(default_estimator("heavy", backend))
