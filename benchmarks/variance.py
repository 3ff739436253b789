"""Variance components of errors of the same bodies, photographed again: arrays in, arrays out.

Errors are stacked as (..., bodies, photos), degrees; NaN stands for a photo without a reading. Each
function works on the two last axes, so that thousands of resamples are one call. Estimates are by
the method of moments (analysis of variance); they may be negative, and stay so here: cut off at
zero they would be biased, so whoever prints one does that (:func:`sd`).
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from app.agreement.statistics import t_quantile
from benchmarks.resampling import DRAWS, SEED, Interval

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From errors (..., bodies, photos) to one number each (...)."""
_PAIR: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Parts of an error's variance, degrees², shape (...); negative if the estimate is.

    Attributes
    ----------
    within : ndarray
        What differs between the photos of one body.
    between : ndarray
        What is a body's own in all its photos.
    """

    within: Floats
    between: Floats

    @property
    def random_share(self) -> Floats:
        """Share of the variance that averages out over photos of one body, 0 to 1."""
        between = np.maximum(self.between, 0.0)
        return np.asarray(self.within / (self.within + between))


def one_way(errors: Floats) -> Parts:
    """Split a variance by one-way random-effects analysis of variance, bodies being the groups.

    For unequal numbers of photos, n₀ = (N - Σ nᵢ² / N) / (a - 1) takes the place of their number
    (Searle, Casella & McCulloch, Variance Components, 1992, section 3.6). Bodies without a reading
    do not count.

    Parameters
    ----------
    errors : ndarray, shape (..., B, P)
        Degrees; at least two bodies and one with two readings.
    """
    there = np.isfinite(errors)
    counts = there.sum(axis=-1)
    total, bodies = counts.sum(axis=-1), (counts > 0).sum(axis=-1)
    filled = np.where(there, errors, 0.0)
    own = filled.sum(axis=-1) / np.maximum(counts, 1)
    grand = filled.sum(axis=(-2, -1)) / total
    inner = np.square(np.where(there, errors - own[..., None], 0.0)).sum(axis=(-2, -1))
    outer = (counts * np.square(own - grand[..., None])).sum(axis=-1)
    within = inner / (total - bodies)
    typical = (total - np.square(counts).sum(axis=-1) / total) / (bodies - 1)
    return Parts(within, (outer / (bodies - 1) - within) / typical)


def shift(errors: Floats) -> Floats:
    """Mean difference of two photos of each body, second minus first: the systematic part.

    Parameters
    ----------
    errors : ndarray, shape (..., B, 2)
        Degrees. Bodies with one reading do not count.
    """
    return np.asarray(np.nanmean(_differences(errors), axis=-1))


def random_variance(errors: Floats) -> Floats:
    """Variance of one photo's error about the systematic part, degrees²: half that of differences.

    Parameters
    ----------
    errors : ndarray, shape (..., B, 2)
    """
    return np.asarray(np.nanvar(_differences(errors), axis=-1, ddof=1) / 2)


def dahlberg(errors: Floats) -> Floats:
    """Standard error of measurement from pairs, √(Σd² / 2n), degrees (Dahlberg 1940).

    It holds the systematic part too, as the agreement kit's does (``app.agreement.statistics``).

    Parameters
    ----------
    errors : ndarray, shape (..., B, 2)
    """
    return np.asarray(np.sqrt(np.nanmean(np.square(_differences(errors)), axis=-1) / 2))


def within_sd(errors: Floats) -> Floats:
    """Standard error of measurement from any number of photos a body, degrees."""
    return np.sqrt(one_way(errors).within)


def mean_error(errors: Floats) -> Floats:
    """Bias, degrees."""
    return np.asarray(np.nanmean(errors, axis=(-2, -1)))


def rmse(errors: Floats) -> Floats:
    """Root mean square error against the truth, degrees."""
    return np.asarray(np.sqrt(np.nanmean(np.square(errors), axis=(-2, -1))))


def worst_of_20(errors: Floats) -> Floats:
    """95th percentile of the absolute error, degrees."""
    flat = np.abs(errors).reshape(*errors.shape[:-2], -1)
    return np.asarray(np.nanquantile(flat, 0.95, axis=-1))


def share_within(errors: Floats, limit_deg: float) -> Floats:
    """Share of readings whose absolute error is at most a limit, 0 to 1."""
    good = (np.abs(errors) <= limit_deg).sum(axis=(-2, -1))
    return np.asarray(good / np.isfinite(errors).sum(axis=(-2, -1)))


def sd(variance: Floats) -> Floats:
    """Standard deviation of an estimated variance; a negative estimate counts as zero."""
    return np.sqrt(np.maximum(variance, 0.0))


def interval(errors: Floats, statistic: Statistic) -> Interval:
    """Return the 95 % interval of a statistic: BCa bootstrap over bodies, from a fixed seed.

    Bodies, not photos, are drawn, because photos of one body err alike. BCa (Efron, J Am Stat Assoc
    1987;82:171-185) corrects the percentile interval's bias and skewness; where it is not defined
    (all bodies alike) the percentile interval is returned.

    Parameters
    ----------
    errors : ndarray, shape (B, P)
    statistic : callable
        Works on (..., B, P).
    """

    def of_bodies(bodies: Floats, axis: int) -> Floats:
        assert axis in {-1, bodies.ndim - 1}
        return statistic(errors[bodies.astype(int)])

    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = bootstrap(
                (np.arange(len(errors)),),
                of_bodies,
                n_resamples=DRAWS,
                confidence_level=_level(len(errors)),
                vectorized=True,
                method=method,
                rng=np.random.default_rng(SEED),
            ).confidence_interval
        if math.isfinite(found.low) and math.isfinite(found.high):
            break
    return float(found.low), float(found.high)


def _level(bodies: int) -> float:
    """Return the level that makes up for few bodies."""
    reach = math.sqrt(bodies / (bodies - 1)) * t_quantile(0.975, bodies - 1)
    return 2 * NormalDist().cdf(reach) - 1


def _differences(errors: Floats) -> Floats:
    assert errors.shape[-1] == _PAIR
    return errors[..., 1] - errors[..., 0]
