"""How sure a mean is: intervals and tests by resampling, each from a fixed seed.

Photos are independent, each shows another body. Everything is drawn within the sets, so that a
group which is commoner in the harder set is not taken for the cause of its larger errors.
"""

from typing import Final

import numpy as np

from app.agreement.resampling import (
    DRAWS,
    SEED,
    Bools,
    Floats,
    Interval,
    Ints,
    holm,
    share_interval,
)

__all__ = [
    "DRAWS",
    "SEED",
    "Bools",
    "Floats",
    "Interval",
    "Ints",
    "difference",
    "difference_interval",
    "holm",
    "mean_interval",
    "p_value",
    "share_interval",
]

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
