"""Where a running service measures: one model, a few places for photos, worker threads."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import numpy as np
from anyio import CapacityLimiter, to_thread
from fastapi import Response
from starlette.datastructures import FormData

from app.problems import Busy, NotReady, RequestProblem
from app.settings import Settings
from app.upload import Upload, read_upload
from vision.blazepose import MediaPipeEstimator
from vision.errors import ThomasTestError
from vision.measurement import Measurement, default_estimator, measure
from vision.pose import PoseEstimator

_WARM_UP_SHAPE: Final = (240, 320, 3)
_logger = logging.getLogger("thomas_test")
Render = Callable[[Measurement], Response]
"""Turns a measurement into an answer; runs in a worker thread."""


class Desk:
    """The one place of a running service that measures; made when the service starts.

    Attributes
    ----------
    settings : Settings
    ready : bool
        Whether the warm-up inference is done.
    trouble : ThomasTestError, RequestProblem or None
        Why there will be none.
    pending : int
        Photos held in memory now, waiting ones included.
    """

    def __init__(self, estimator: PoseEstimator | None, settings: Settings) -> None:
        self.settings = settings
        self.ready = False
        self.trouble: ThomasTestError | RequestProblem | None = None
        self._estimator = estimator
        self._own: MediaPipeEstimator | None = None
        self.pending = 0
        self._workers = CapacityLimiter(settings.parallel)
        self._loading = threading.Lock()

    async def warm_up(self) -> None:
        """Load the model and let it look at an empty picture once."""
        try:
            await to_thread.run_sync(self._look_once)
            self.ready = True
        except ThomasTestError as error:
            self.trouble = error
        except Exception:  # whatever a model's libraries raise: the service says so, and stays
            _logger.exception("The pose model could not be started.")
            self.trouble = NotReady("The pose model could not be started; the log says why.")

    def _look_once(self) -> None:
        self._model().detect(np.zeros(_WARM_UP_SHAPE, np.uint8))

    def _model(self) -> PoseEstimator:
        if self._estimator is not None:
            return self._estimator
        with self._loading:  # warm-up and first photo must not load a model each
            self._own = self._own or default_estimator("heavy")
            return self._own

    def close(self) -> None:
        """Free the model, unless it came from outside."""
        if self._own is not None:
            self._own.close()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Take one of the places for photos in memory.

        Raises
        ------
        Busy
            If all are taken.
        """
        if self.pending >= self.settings.max_pending:
            raise Busy
        self.pending += 1
        try:
            yield
        finally:
            self.pending -= 1

    async def answer(self, form: FormData, render: Render) -> Response:
        """Measure what a form holds and render it, in a worker thread: the loop stays free."""
        upload = await read_upload(form, self.settings.max_upload_bytes)
        return await to_thread.run_sync(
            lambda: render(self._measure(upload)), limiter=self._workers
        )

    def _measure(self, upload: Upload) -> Measurement:
        return measure(
            upload.photo,
            leg=upload.leg,
            level_deg=upload.level_deg,
            criteria=upload.criteria,
            estimator=self._model(),
        )
