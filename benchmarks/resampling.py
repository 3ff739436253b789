"""How sure a mean is: intervals and tests by resampling, each from a fixed seed.

Photos are independent, each shows another body. Everything is drawn within the sets, so that a
group which is commoner in the harder set is not taken for the cause of its larger errors.
"""

import math
from collections.abc import Sequence
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


def mean_interval(values: Floats, sets: Ints) -> Interval:
    """Return the 95 % interval of a mean: percentile bootstrap, drawn within each set."""
    total = np.zeros(DRAWS)
    rng = np.random.default_rng(SEED)
    for one in np.unique(sets):
        own = values[sets == one]
        total += own[rng.integers(0, len(own), (DRAWS, len(own)))].sum(axis=1)
    low, high = np.quantile(total / len(values), _LEVELS)
    return float(low), float(high)


def difference(values: Floats, member: Bools, sets: Ints) -> float:
    """Return the mean of the members minus that of the others, compared within the sets.

    The sets' differences are weighted by n₁n₂ / (n₁ + n₂), their precision at equal spread; a set
    with members only, or with none, does not count.
    """
    return float(_difference(values[None], member[None], sets)[0])


def difference_interval(values: Floats, member: Bools, sets: Ints) -> Interval:
    """Return the 95 % interval of :func:`difference`: bootstrap within set and group."""
    rng = np.random.default_rng(SEED)
    drawn = np.empty((DRAWS, len(values)))
    for one in np.unique(sets):
        for side in (True, False):
            where = np.flatnonzero((sets == one) & (member == side))
            if len(where):
                drawn[:, where] = values[where[rng.integers(0, len(where), (DRAWS, len(where)))]]
    found = _difference(drawn, np.broadcast_to(member, drawn.shape), sets)
    low, high = np.quantile(found, _LEVELS)
    return float(low), float(high)


def p_value(values: Floats, member: Bools, sets: Ints) -> float:
    """Return how often shuffled groups differ by as much: two-sided, shuffled within the sets."""
    rng = np.random.default_rng(SEED)
    shuffled = np.empty((DRAWS, len(values)), bool)
    for one in np.unique(sets):
        where = np.flatnonzero(sets == one)
        shuffled[:, where] = rng.permuted(np.tile(member[where], (DRAWS, 1)), axis=1)
    chance = _difference(np.broadcast_to(values, shuffled.shape), shuffled, sets)
    seen = abs(difference(values, member, sets)) - 1e-9
    return float(((np.abs(chance) >= seen).sum() + 1) / (DRAWS + 1))


def _difference(values: Floats, member: Bools, sets: Ints) -> Floats:
    """Row by row, shapes (D, N), (D, N) and (N,)."""
    summed, weights = np.zeros(len(values)), 0.0
    for one in np.unique(sets):
        own, mine = values[:, sets == one], member[:, sets == one]
        inside = int(mine[0].sum())
        outside = mine.shape[1] - inside
        if inside and outside:
            weight = inside * outside / (inside + outside)
            gap = (own * mine).sum(axis=1) / inside - (own * ~mine).sum(axis=1) / outside
            summed, weights = summed + weight * gap, weights + weight
    return summed / weights


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm, Scand J Stat 1979;6:65-70)."""
    order = np.argsort(p_values)
    scaled = np.array(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(one) for one in corrected]


def share_interval(count: int, n: int) -> Interval:
    """Return Wilson's 95 % interval of a share (J Am Stat Assoc 1927;22:209-212)."""
    share, z2 = count / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)
