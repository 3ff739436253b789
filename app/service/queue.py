"""The queue of a running service: a limited number of photo slots, and the workers behind them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.results.rule_files import rulebook
from app.service.errors import Busy, InternalError, NotReady, RequestProblem
from app.service.settings import Settings
from app.service.tasks import Answer, Unforeseen, attempt
from app.service.worker_pool import Engine, Processes, Threads
from vision.criteria import RuleSet
from vision.errors import InvalidOption, ThomasTestError
from vision.pose import PoseEstimator
from vision.sentences import Sentence

_logger = logging.getLogger("thomas_test")


class Desk:
    """Queue of a running service, through which all photos are measured; created at startup.

    Parameters
    ----------
    estimator : PoseEstimator, optional
        A custom pose model, used in threads; by default BlazePose in processes.
    settings : Settings

    Attributes
    ----------
    settings : Settings
    rules : dict of str to RuleSet
        Rule-sets by id: the built-in ones, and those named in the settings.
    ready : bool
        Whether the warm-up inference has finished.
    trouble : ThomasTestError, RequestProblem or None
        Reason why it failed.
    pending : int
        Photos held in memory now, including waiting ones.
    """

    def __init__(self, estimator: PoseEstimator | None, settings: Settings) -> None:
        self.settings = settings
        self.rules = rulebook(settings.rules)
        self.ready = False
        self.trouble: ThomasTestError | RequestProblem | None = None
        self.pending = 0
        count = settings.worker_count
        memory_bytes = settings.worker_memory_mb * 1_000_000
        self._engine: Engine = (
            Processes(count, memory_bytes, settings.backend)
            if estimator is None
            else Threads(estimator)
        )
        self._free = asyncio.Semaphore(count)
        self._at_work: set[asyncio.Task[Answer]] = set()

    async def warm_up(self) -> None:
        """Start the workers; ``/readyz`` reports failures."""
        try:
            await self._engine.start()
            self.ready = True
        except ThomasTestError as error:
            self.trouble = error
        except (
            Exception
        ):  # whatever a model's libraries raise, the service reports it and keeps running
            _logger.exception("The pose model could not be started.")
            self.trouble = NotReady(Sentence("The pose model could not be started; see the log."))

    async def close(self) -> None:
        """Abort running measurements, and stop the workers."""
        for task in self._at_work:
            task.cancel()
        await self._engine.stop()

    @asynccontextmanager
    async def place(self, photos: int = 1) -> AsyncIterator[None]:
        """Reserve photo slots.

        Raises
        ------
        Busy
            If there are not enough free slots.
        """
        if self.pending + photos > self.settings.max_pending:
            raise Busy
        self.pending += photos
        try:
            yield
        finally:
            self.pending -= photos

    async def answer(
        self, request: Request, make: Callable[[PoseEstimator], Answer], *, photos: int = 1
    ) -> Answer:
        """Run a task as soon as a worker is free, while the client waits for the response.

        Parameters
        ----------
        request : Request
            Read to its end.
        make : callable
            Slow function, from :mod:`app.service.tasks`.
        photos : int
            Number of photos that it measures.

        Raises
        ------
        Busy
            If no worker was free in time.
        ClientDisconnect
            If the client disconnected: nothing more is started for it.
        ThomasTestError, RequestProblem, AtField
            Errors raised by ``make``, or by stopping it.
        """
        making = asyncio.create_task(self._make(make, photos))
        hanging_up = asyncio.create_task(_hung_up(request))
        try:
            await asyncio.wait({making, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            if not making.done():
                raise ClientDisconnect
            return making.result()
        except Unforeseen as bug:
            # Not exception(): it would only add the call stack of this process.
            _logger.error("The service failed on a request.\n%s", bug.trace)  # noqa: TRY400
            raise InternalError from None
        finally:
            making.cancel()
            hanging_up.cancel()

    async def _make(self, make: Callable[[PoseEstimator], Answer], photos: int) -> Answer:
        try:
            async with asyncio.timeout(self.settings.wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Busy from None
        seconds = photos * self.settings.photo_seconds
        task = asyncio.create_task(self._engine.run(partial(attempt, make), seconds))
        self._at_work.add(task)
        task.add_done_callback(self._made)
        # If the client disconnects now, the worker is not free before it has finished.
        return await asyncio.shield(task)

    def _made(self, task: asyncio.Task[Answer]) -> None:
        self._at_work.discard(task)
        self._free.release()
        if not task.cancelled():
            task.exception()  # retrieved, even if nobody waits for it any more

    def rule_set(self, rules_id: str) -> RuleSet:
        """Return a rule-set of this service.

        Raises
        ------
        InvalidOption
            If there is none with that id.
        """
        if rules_id not in self.rules:
            raise InvalidOption(
                Sentence(
                    "Unknown rule-set {id}. Available: {ids}.",
                    id=repr(rules_id[:40]),
                    ids=", ".join(self.rules),
                )
            )
        return self.rules[rules_id]


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
