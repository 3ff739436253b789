"""Where a running service takes requests in: a few places for photos, a queue, and an engine."""

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
    """The one place of a running service that has photos measured; made when it starts.

    Parameters
    ----------
    estimator : PoseEstimator, optional
        A pose model of your own, used in threads; by default BlazePose in processes.
    settings : Settings

    Attributes
    ----------
    settings : Settings
    rules : dict of str to RuleSet
        By id: the built-in ones, and those that the settings name.
    ready : bool
        Whether the warm-up inference is done.
    trouble : ThomasTestError, RequestProblem or None
        Why there will be none.
    pending : int
        Photos held in memory now, waiting ones included.
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
            Processes(count, memory_bytes) if estimator is None else Threads(estimator)
        )
        self._free = asyncio.Semaphore(count)
        self._at_work: set[asyncio.Task[Answer]] = set()

    async def warm_up(self) -> None:
        """Start the engine; whatever goes wrong is told by ``/readyz``."""
        try:
            await self._engine.start()
            self.ready = True
        except ThomasTestError as error:
            self.trouble = error
        except Exception:  # whatever a model's libraries raise: the service says so, and stays
            _logger.exception("The pose model could not be started.")
            self.trouble = NotReady(Sentence("The pose model could not be started; see the log."))

    async def close(self) -> None:
        """Give up what is still being measured, and end the engine."""
        for task in self._at_work:
            task.cancel()
        await self._engine.stop()

    @asynccontextmanager
    async def place(self, photos: int = 1) -> AsyncIterator[None]:
        """Take so many of the places for photos in memory.

        Raises
        ------
        Busy
            If there are not enough left.
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
        """Have an answer made as soon as the engine is free, while the client waits for it.

        Parameters
        ----------
        request : Request
            Read to its end.
        make : callable
            Slow; of :mod:`app.service.tasks`.
        photos : int
            How many it measures.

        Raises
        ------
        Busy
            If the engine was not free in time.
        ClientDisconnect
            If the client hung up: nothing more is begun for it.
        ThomasTestError, RequestProblem, AtField
            What ``make`` raises, and what stops it.
        """
        making = asyncio.create_task(self._make(make, photos))
        hanging_up = asyncio.create_task(_hung_up(request))
        try:
            await asyncio.wait({making, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            if not making.done():
                raise ClientDisconnect
            return making.result()
        except Unforeseen as bug:
            # Not exception(): it would add nothing but the way through this process.
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
        # When the client hangs up now, the worker is not free before it has finished.
        return await asyncio.shield(task)

    def _made(self, task: asyncio.Task[Answer]) -> None:
        self._at_work.discard(task)
        self._free.release()
        if not task.cancelled():
            task.exception()  # seen, also where nobody waits for it any more

    def rule_set(self, rules_id: str) -> RuleSet:
        """Return a rule-set of this service.

        Raises
        ------
        InvalidOption
            If it has none of that id.
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
