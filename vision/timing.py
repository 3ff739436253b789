"""How long each stage of a measurement takes."""

import time
from typing import Final

STAGES: Final = ("decode", "pose", "level", "angles", "judge")
"""The stages of a measurement, in order."""


class StageClock:
    """Times the stages of one measurement, one after the other; starts when it is made.

    Attributes
    ----------
    stages_ms : dict of str to float
        Time spent in each stage that is over, milliseconds.
    """

    def __init__(self) -> None:
        self._started_s = self._since_s = time.perf_counter()
        self.stages_ms: dict[str, float] = {}

    def finish(self, stage: str) -> None:
        """End a stage; the next one begins now."""
        now_s = time.perf_counter()
        self.stages_ms[stage] = round(1000 * (now_s - self._since_s), 1)
        self._since_s = now_s

    @property
    def elapsed_ms(self) -> float:
        """Time since the clock was made, milliseconds."""
        return round(1000 * (time.perf_counter() - self._started_s), 1)
