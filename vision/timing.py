"""How long each stage of a measurement takes."""

import time
from datetime import datetime
from typing import Final

STAGES: Final = ("decode", "pose", "level", "angles", "judge")
"""The stages of a measurement, in order."""


class StageClock:
    """Measures the duration of consecutive stages; starts when it is created.

    Attributes
    ----------
    stages_ms : dict of str to float
        Duration of each completed stage, milliseconds.
    started_at : str
        Local date and time with the offset from UTC, ISO 8601, to the second.
    """

    def __init__(self) -> None:
        self.started_at = datetime.now().astimezone().isoformat(timespec="seconds")
        self._started_s = self._since_s = time.perf_counter()
        self.stages_ms: dict[str, float] = {}

    def finish(self, stage: str) -> None:
        """End a stage; the next one begins now."""
        now_s = time.perf_counter()
        self.stages_ms[stage] = round(1000 * (now_s - self._since_s), 1)
        self._since_s = now_s

    @property
    def elapsed_ms(self) -> float:
        """Time since the clock was created, milliseconds."""
        return round(1000 * (time.perf_counter() - self._started_s), 1)
