"""Agreement where people have several photos, or photos several raters: arrays in, numbers out."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.agreement.resampling import Floats, Interval, Ints
from app.agreement.statistics import Icc, f_quantile, icc_agreement, t_quantile
from vision.angles import Z95

_MANY: Final = 1e6
"""Degrees of freedom at which F is χ² per degree of freedom to five digits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bias and 95 % limits of agreement; differences are reading minus reference, degrees.

    Attributes
    ----------
    bias_deg, sd_deg : float
        Mean of the people's mean differences; standard deviation of a single difference.
    bias_interval_deg, limits_deg : tuple of float
    lower_limit_interval_deg, upper_limit_interval_deg : tuple of float
    """

    bias_deg: float
    bias_interval_deg: Interval
    sd_deg: float
    limits_deg: Interval
    lower_limit_interval_deg: Interval
    upper_limit_interval_deg: Interval


@dataclass(frozen=True, slots=True)
class RaterReliability:
    """How far the raters of the reference agree on one angle.

    Attributes
    ----------
    raters, photos : int
        Raters, and the photos that all of them read.
    icc : Icc
    sem_deg : float
        Standard error of one rater's reading, differences between raters included, degrees.
    mean_sem_deg : float
        Of the mean of all raters, if their errors are independent: SEM / √raters, degrees.
    """

    raters: int
    photos: int
    icc: Icc
    sem_deg: float
    mean_sem_deg: float


def chi2_quantile(p: float, df: float) -> float:
    """Return the quantile of the χ² distribution, from F with very many degrees of freedom.

    >>> round(chi2_quantile(0.975, 10), 2)
    20.48
    """
    return df * f_quantile(p, df, _MANY)


def one_way(values: Floats, people: Ints) -> tuple[float, float, float]:
    """Return the mean square within, the one between, and the photos per person n₀.

    n₀ = (N − Σ mᵢ² / N) / (n − 1) for unequal numbers mᵢ of photos (Snedecor & Cochran).

    Parameters
    ----------
    values : ndarray, shape (N,)
    people : ndarray of int, shape (N,)
        From 0 without gaps; at least two people, and at least one with two photos.
    """
    counts = np.bincount(people)
    means = np.bincount(people, values) / counts
    n, total = len(counts), len(values)
    within = float(np.square(values - means[people]).sum()) / (total - n)
    between = float((counts * np.square(means - values.mean())).sum()) / (n - 1)
    return within, between, (total - float(np.square(counts).sum()) / total) / (n - 1)


def clustered_limits(difference_deg: Floats, people: Ints) -> Limits:
    """Return limits of agreement for several pairs per person whose true angle may vary.

    Total variance: that of the people's means, plus (1 − 1/m) of the variance within people, m
    the harmonic mean of their numbers of photos; intervals by MOVER (Zou, Stat Methods Med Res
    2013;22:630-642; the problem is that of Bland & Altman, Stat Methods Med Res 1999;8:135-160).
    The interval of the mean uses Student's t in place of the normal quantile.

    Parameters
    ----------
    difference_deg : ndarray, shape (N,)
    people : ndarray of int, shape (N,)
        From 0 without gaps; at least three people, and at least one with two photos.
    """
    counts = np.bincount(people)
    means = np.bincount(people, difference_deg) / counts
    n, total = len(counts), len(difference_deg)
    within = one_way(difference_deg, people)[0] * (1 - float((1 / counts).mean()))
    between = float(means.var(ddof=1))
    variance, bias = between + within, float(means.mean())
    sd = math.sqrt(variance)
    ends = []
    for p in (0.975, 0.025):  # lower and upper end of the variance
        parts = ((between, n - 1), (within, total - n))
        moved = [part * (1 - df / chi2_quantile(p, df)) for part, df in parts]
        ends.append(math.sqrt(max(variance - math.copysign(math.hypot(*moved), p - 0.5), 0.0)))
    error = t_quantile(0.975, n - 1) * math.sqrt(between / n)
    outer, inner = math.hypot(error, Z95 * (ends[1] - sd)), math.hypot(error, Z95 * (sd - ends[0]))
    lower, upper = bias - Z95 * sd, bias + Z95 * sd
    return Limits(
        bias_deg=bias,
        bias_interval_deg=(bias - error, bias + error),
        sd_deg=sd,
        limits_deg=(lower, upper),
        lower_limit_interval_deg=(lower - outer, lower + inner),
        upper_limit_interval_deg=(upper - inner, upper + outer),
    )


def rater_reliability(readings: Floats) -> RaterReliability:
    """Return the agreement of the reference's own raters.

    ICC(2,1); SEM = SD · √(1 − ICC), the root of the rater variance plus the residual one (Weir,
    J Strength Cond Res 2005;19:231-240).

    Parameters
    ----------
    readings : ndarray, shape (N, K)
        N photos read by all K raters, degrees; N at least 3, K at least 2.
    """
    photos, raters = readings.shape
    deviation = readings - readings.mean(axis=1)[:, None]
    by_rater = deviation.mean(axis=0)
    rest = float(np.square(deviation - by_rater).sum()) / ((photos - 1) * (raters - 1))
    columns = photos * float(np.square(by_rater).sum()) / (raters - 1)
    sem = math.sqrt((columns + (photos - 1) * rest) / photos)
    icc = icc_agreement(readings)
    return RaterReliability(raters, photos, icc, sem, sem / math.sqrt(raters))
