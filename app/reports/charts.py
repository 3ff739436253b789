"""Charts of many readings: distribution of each angle, and one leg against the other.

Counts and degrees are converted to positions in per cent of the chart's width or height; the
templates only place them. The axes are those of :mod:`app.reports.scales`, so that sheets can be
compared; values beyond an end are drawn at the end.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.reports.scales import DrawnAngle, NormMark, norm_marks, place
from app.results.wording import signed
from vision.criteria import RuleSet

BIN_DEG: Final[dict[DrawnAngle, float]] = {"thigh": 2.5, "knee": 5.0}
"""Width of a histogram's bin, degrees."""
ENDS_DEG: Final[dict[DrawnAngle, tuple[float, float]]] = {
    "thigh": (-40.0, 40.0),
    "knee": (0.0, 140.0),
}
"""Ends of each axis, degrees, as in :func:`app.reports.scales.place`."""
_TICK_DEG: Final = 20
_MOST_LINES: Final = 4
"""Largest number of grid lines in a histogram."""

Tick = tuple[float, str]
"""Position and label."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: position and size in per cent, and its label."""

    left: float
    width: float
    height: float
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Distribution of one angle; positions are in per cent.

    Attributes
    ----------
    angle : {"thigh", "knee"}
    bars : tuple of Bar
        Those that are not empty.
    ticks, lines : tuple of (float, str)
        Along the angle, and along the counts.
    cutoff : (float, str) or None
        Position and label of the cut-off; None if the rule does not judge the angle.
    good : tuple of float
        Start and length of the good side.
    norms : tuple of NormMark
    beyond : int
        Number of readings beyond the ends of the axis, counted in the outermost bars.
    """

    angle: DrawnAngle
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    lines: tuple[Tick, ...]
    cutoff: Tick | None
    good: tuple[float, float]
    norms: tuple[NormMark, ...]
    beyond: int


@dataclass(frozen=True, slots=True)
class Scatter:
    """Right against left legs; positions are in per cent from the lower left corner.

    Attributes
    ----------
    angle : {"thigh", "knee"}
    within, beyond : tuple of (float, float)
        Pairs within and beyond measurement error; each position once.
    n, n_beyond : int
        All pairs, and those that differ.
    ticks : tuple of (float, str)
        Along both axes.
    band : float
        Half the height of the band around the line of equal legs.
    band_deg : float
        The same in degrees.
    """

    angle: DrawnAngle
    within: tuple[tuple[float, float], ...]
    beyond: tuple[tuple[float, float], ...]
    n: int
    n_beyond: int
    ticks: tuple[Tick, ...]
    band: float
    band_deg: float


def bin_counts(angle: DrawnAngle, values: Iterable[float]) -> list[int]:
    """Count readings by bin; a bin includes its lower edge, and the outermost all values beyond."""
    (start, end), width = ENDS_DEG[angle], BIN_DEG[angle]
    counts = [0] * round((end - start) / width)
    for value in values:
        counts[min(max(math.floor((value - start) / width), 0), len(counts) - 1)] += 1
    return counts


def histogram(angle: DrawnAngle, values: Sequence[float], rules: RuleSet) -> Histogram:
    """Draw the distribution of an angle with the rule's cut-off and the published means.

    Parameters
    ----------
    angle : {"thigh", "knee"}
    values : sequence of float
        Degrees, at least one.
    rules : RuleSet
    """
    counts = bin_counts(angle, values)
    step, top = _count_axis(max(counts))
    start, end = ENDS_DEG[angle]
    cutoff = _cutoff(angle, rules)
    return Histogram(
        angle=angle,
        bars=tuple(_bar(angle, index, count, top) for index, count in enumerate(counts) if count),
        ticks=_ticks(angle),
        lines=tuple((100 * count / top, f"{count:,}") for count in range(step, top + 1, step)),
        cutoff=cutoff,
        good=_good(angle, cutoff),
        norms=norm_marks(angle),
        beyond=sum(not start <= value <= end for value in values),
    )


def scatter(
    angle: DrawnAngle, pairs: Iterable[tuple[float, float, bool]], band_deg: float
) -> Scatter:
    """Draw pairs of legs.

    Parameters
    ----------
    angle : {"thigh", "knee"}
    pairs : iterable of (float, float, bool)
        Left and right, degrees, and whether they differ by more than measurement error.
    band_deg : float
        Smallest detectable difference, degrees.
    """
    places: dict[bool, dict[tuple[float, float], None]] = {False: {}, True: {}}
    numbers = {False: 0, True: 0}
    for left, right, differs in pairs:
        numbers[differs] += 1
        places[differs][round(place(angle, left), 1), round(place(angle, right), 1)] = None
    start, end = ENDS_DEG[angle]
    return Scatter(
        angle=angle,
        within=tuple(places[False]),
        beyond=tuple(places[True]),
        n=sum(numbers.values()),
        n_beyond=numbers[True],
        ticks=_ticks(angle),
        band=round(100 * band_deg / (end - start), 2),
        band_deg=band_deg,
    )


def _bar(angle: DrawnAngle, index: int, count: int, top: int) -> Bar:
    low = ENDS_DEG[angle][0] + index * BIN_DEG[angle]
    high = low + BIN_DEG[angle]
    words = f"{signed(low)} to {signed(high)}: {count:,} photo{'s' * (count != 1)}"
    left = place(angle, low)
    return Bar(left, place(angle, high) - left, round(100 * count / top, 2), count, words)


def _count_axis(most: int) -> tuple[int, int]:
    """Return the step between the grid lines of a histogram and its top, in round numbers."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * _MOST_LINES >= most:
                return step, step * math.ceil(most / step)
        size *= 10


def _ticks(angle: DrawnAngle) -> tuple[Tick, ...]:
    start, end = ENDS_DEG[angle]
    marks = range(int(start), int(end) + 1, _TICK_DEG)
    return tuple((place(angle, deg), signed(deg, 0)) for deg in marks)


def _cutoff(angle: DrawnAngle, rules: RuleSet) -> Tick | None:
    deg = rules.thigh_max_deg if angle == "thigh" else rules.knee_min_deg
    if deg is None:
        return None
    words = {"never": "", "below": ", less below horizontal", "both": ", moving with the thigh"}
    follows = words[rules.knee_follows_thigh] if angle == "knee" else ""
    size = f"{deg:g}°".replace("-", "−")
    label = f"cut-off {size}{follows}"
    return place(angle, deg), label


def _good(angle: DrawnAngle, cutoff: Tick | None) -> tuple[float, float]:
    if cutoff is None:
        return 0.0, 0.0
    at = cutoff[0]
    return (0.0, at) if angle == "thigh" else (at, round(100 - at, 2))
