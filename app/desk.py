"""Where a running service measures: one model, a few places for photos, worker threads."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import numpy as np
from anyio import CapacityLimiter, to_thread

from app.problems import Busy, NotReady, RequestProblem
from app.rulebook import rulebook
from app.settings import Settings
from app.upload import ExaminationUpload, Upload
from vision.blazepose import MediaPipeEstimator
from vision.criteria import RuleSet
from vision.errors import InvalidOption, ThomasTestError
from vision.examination import Examination, examine
from vision.measurement import Measurement, default_estimator, measure
from vision.pose import PoseEstimator

_WARM_UP_SHAPE: Final = (240, 320, 3)
_logger = logging.getLogger("thomas_test")
Result = TypeVar("Result")


class Desk:
    """The one place of a running service that measures; made when the service starts.

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

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do something slow in a worker thread: the loop stays free."""
        return await to_thread.run_sync(work, limiter=self._workers)

    def measure(self, upload: Upload) -> Measurement:
        """Measure one photo; slow."""
        return measure(
            upload.photo,
            leg=upload.leg,
            level_deg=upload.level_deg,
            criteria=self.rule_set(upload.criteria),
            observed=upload.observed,
            estimator=self._model(),
        )

    def examine(self, upload: ExaminationUpload) -> Examination:
        """Measure the photos of an examination; slow."""
        return examine(
            upload.left,
            upload.right,
            criteria=self.rule_set(upload.criteria),
            level_deg=upload.level_deg,
            estimator=self._model(),
        )

    def rule_set(self, rules_id: str) -> RuleSet:
        """Return a rule-set of this service.

        Raises
        ------
        InvalidOption
            If it has none of that id.
        """
        if rules_id not in self.rules:
            raise InvalidOption(
                f"Unknown rule-set {rules_id[:40]!r}; there is: {', '.join(self.rules)}."
            )
        return self.rules[rules_id]
