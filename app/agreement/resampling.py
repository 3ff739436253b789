"""Intervals and tests by resampling people, each from a fixed seed.

Photos of one person are not independent: both legs share a body, repeats share a posture. So
people are drawn and shuffled, with all their photos; where nobody occurs twice, a photo is a person.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.angles import Z95

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Interval = tuple[float, float]

SEED: Final = 20260
DRAWS: Final = 5000
_LEVELS: Final = (0.025, 0.975)
_AT_ONCE: Final = 500
"""Draws held in memory at a time."""
_SAME: Final = 1e-9


def numbered(names: Sequence[str]) -> Ints:
    """Return a number for each name, from 0 in the order of first occurrence.

    >>> numbered(["b", "a", "b"]).tolist()
    [0, 1, 0]
    """
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], np.int64)


def mean_interval(values: Floats, people: Ints) -> Interval:
    """Return the 95 % percentile interval of a mean, by the bootstrap over people.

    Efron & Tibshirani, An Introduction to the Bootstrap, 1993.

    Parameters
    ----------
    values : ndarray, shape (N,)
        One value per photo; N at least 1.
    people : ndarray of int, shape (N,)
        Number of the person in each photo, from 0 without gaps.
    """
    sums, counts = np.bincount(people, values), np.bincount(people)
    means = [(drawn @ sums) / (drawn @ counts) for drawn in drawn_people(len(counts))]
    return percentile_interval(np.concatenate(means))


def difference(values: Floats, member: Bools) -> float:
    """Return the mean of the members minus the mean of the others; both occur."""
    return float(values[member].mean() - values[~member].mean())


def difference_interval(values: Floats, member: Bools, people: Ints) -> Interval | None:
    """Return the 95 % interval of :func:`difference`, by the bootstrap over people.

    Returns
    -------
    tuple of float or None
        None if more than 1 in 20 draws lack one of the two groups.
    """
    size = int(people.max()) + 1
    parts = [
        (np.bincount(people[side], values[side], size), np.bincount(people[side], minlength=size))
        for side in (member, ~member)
    ]
    found = []
    for drawn in drawn_people(size):
        (inside, n_inside), (outside, n_outside) = (
            (drawn @ sums, drawn @ counts) for sums, counts in parts
        )
        both = (n_inside > 0) & (n_outside > 0)
        found.append(inside[both] / n_inside[both] - outside[both] / n_outside[both])
    kept = np.concatenate(found)
    return percentile_interval(kept) if len(kept) >= 0.95 * DRAWS else None


def p_value(values: Floats, member: Bools, people: Ints) -> float:
    """Return the share of shuffled groups that differ by as much, two-sided.

    People who are in one group with all their photos exchange places with each other. For people
    with photos in both groups, their own photos are shuffled. Under the hypothesis that the group
    does not matter, each of these orders is equally likely.
    """
    rng = np.random.default_rng(SEED)
    seen = abs(difference(values, member)) - _SAME
    as_far = 0
    for start in range(0, DRAWS, _AT_ONCE):
        shuffled = _shuffled(member, people, min(_AT_ONCE, DRAWS - start), rng)
        inside = shuffled.sum(axis=1)
        usable = (inside > 0) & (inside < len(values))
        total = shuffled[usable] @ values
        inside = inside[usable]
        gap = total / inside - (values.sum() - total) / (len(values) - inside)
        as_far += int((np.abs(gap) >= seen).sum()) + int((~usable).sum())
    return (as_far + 1) / (DRAWS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm, Scand J Stat 1979;6:65-70)."""
    order = np.argsort(p_values)
    scaled = np.array(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(one) for one in corrected]


def share_interval(count: float, n: int) -> Interval:
    """Return Wilson's 95 % interval of a share (J Am Stat Assoc 1927;22:209-212).

    Parameters
    ----------
    count : float
        0 to n; an expected count need not be whole.
    n : int
        At least 1.
    """
    share, z2 = count / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def drawn_people(number: int) -> Iterator[Floats]:
    """Yield how often each person is drawn, shape (draws, number), in portions."""
    rng = np.random.default_rng(SEED)
    even = np.full(number, 1 / number)
    for start in range(0, DRAWS, _AT_ONCE):
        yield rng.multinomial(number, even, min(_AT_ONCE, DRAWS - start)).astype(np.float64)


def _shuffled(member: Bools, people: Ints, draws: int, rng: np.random.Generator) -> Bools:
    found = np.empty((draws, len(member)), bool)
    mine = np.bincount(people, member) / np.bincount(people)
    whole = (mine == 0) | (mine == 1)
    labels = np.tile(mine == 1, (draws, 1))
    labels[:, whole] = rng.permuted(labels[:, whole], axis=1)
    found[:] = labels[:, people]
    for person in np.flatnonzero(~whole):
        where = np.flatnonzero(people == person)
        found[:, where] = rng.permuted(np.tile(member[where], (draws, 1)), axis=1)
    return found


def percentile_interval(drawn: Floats) -> Interval:
    """Return the ends of the middle 95 % of what was drawn."""
    low, high = np.quantile(drawn, _LEVELS)
    return float(low), float(high)
