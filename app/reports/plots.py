"""Axes of plots: round numbers along them, and places of values on them."""

import math
from collections.abc import Sequence


def round_numbers(values: Sequence[float]) -> list[float]:
    """Return about five evenly spaced round numbers that span the values."""
    low, high = min(values), max(values)
    steps = (digit * 10.0**power for power in range(9) for digit in (1, 2, 5))
    step = next(one for one in steps if high - low <= 6 * one)
    start, end = math.floor(low / step), math.ceil(high / step)
    return [step * index for index in range(start, max(end, start + 1) + 1)]


def on_axis(value: float, ticks: Sequence[float], start_px: float, end_px: float) -> float:
    """Return the position of a value on an axis from its first tick to its last."""
    along = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return round(start_px + (end_px - start_px) * along, 1)
