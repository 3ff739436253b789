"""Agreement of two sets of readings of the same photos: arrays in, numbers out, no files.

Differences are second minus first: with the reference first, the bias is the error of the other.
All intervals are 95 % intervals and assume independent photos. Photos of both legs of one person
are not fully independent, which makes the intervals slightly too narrow.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vision.angles import Z95
from vision.errors import InvalidOption

Floats = NDArray[np.float64]
Interval = tuple[float, float]

MIN_PAIRS: Final = 3
"""Smallest number of pairs that are compared."""
_SAME: Final = 1e-9
"""Readings that differ by less than this count as equal."""
_HUGE: Final = 1e9
_ROUND_OFF: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Icc:
    """Intraclass correlation, two-way random effects, absolute agreement, one reading.

    Attributes
    ----------
    value : float or None
        1 is perfect; None if the readings do not differ at all.
    interval : tuple of float or None
        None if the means of the photos do not differ.
    reason : str or None
        Reason why either is missing.
    """

    value: float | None
    interval: Interval | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of two readings of one angle; differences are second minus first.

    Attributes
    ----------
    n : int
        Pairs.
    bias_deg, sd_deg : float
        Mean and standard deviation of the differences.
    bias_interval_deg : tuple of float
    limits_deg : tuple of float
        95 % limits of agreement: bias ∓ 1.96 standard deviations.
    lower_limit_interval_deg, upper_limit_interval_deg : tuple of float
    mae_deg : float
        Mean absolute difference.
    icc : Icc
    sem_deg : float
        Standard error of measurement of one reading, including the bias between the two.
    mdc95_deg : float
        Smallest detectable change between two readings, 1.96 · √2 · SEM.
    """

    n: int
    bias_deg: float
    bias_interval_deg: Interval
    sd_deg: float
    limits_deg: Interval
    lower_limit_interval_deg: Interval
    upper_limit_interval_deg: Interval
    mae_deg: float
    icc: Icc
    sem_deg: float
    mdc95_deg: float


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement of two sets of verdicts beyond chance.

    Attributes
    ----------
    n : int
        Pairs.
    agreement : float
        Share of pairs with the same verdict, 0 to 1.
    kappa : float or None
        1 is perfect, 0 is chance; None if there is only one verdict.
    interval : tuple of float or None
    reason : str or None
        Reason why kappa is missing.
    counts : tuple of tuples of int
        Pairs by the first's category (row) and the second's (column).
    """

    n: int
    agreement: float
    kappa: float | None
    interval: Interval | None
    reason: str | None
    counts: tuple[tuple[int, ...], ...]


def agree(first_deg: ArrayLike, second_deg: ArrayLike) -> Agreement:
    """Compare two readings of the same angles.

    Bias, limits and their intervals: Bland & Altman, Lancet 1986;327:307-310; the limits'
    standard error is √(3 s² / n) as there. SEM: SD · √(1 − ICC(2,1)) (Weir, J Strength Cond
    Res 2005;19:231-240), which for two readings is the root of Σd² / 2n (Dahlberg 1940).

    Parameters
    ----------
    first_deg, second_deg : array_like, shape (N,)
        Finite numbers, pair by pair, degrees.

    Raises
    ------
    InvalidOption
        If there are fewer than three pairs, or a number is not finite.
    """
    readings = _checked(first_deg, second_deg)
    n = len(readings)
    difference = readings[:, 1] - readings[:, 0]
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    error = t_quantile(0.975, n - 1) * sd / math.sqrt(n)
    lower, upper = bias - Z95 * sd, bias + Z95 * sd
    sem = math.sqrt(float((difference**2).mean()) / 2)
    return Agreement(
        n=n,
        bias_deg=bias,
        bias_interval_deg=_around(bias, error),
        sd_deg=sd,
        limits_deg=(lower, upper),
        lower_limit_interval_deg=_around(lower, math.sqrt(3) * error),
        upper_limit_interval_deg=_around(upper, math.sqrt(3) * error),
        mae_deg=float(np.abs(difference).mean()),
        icc=icc_agreement(readings),
        sem_deg=sem,
        mdc95_deg=Z95 * math.sqrt(2) * sem,
    )


def icc_agreement(readings: Floats) -> Icc:
    """Return ICC(2,1) of Shrout & Fleiss, Psychol Bull 1979;86:420-428.

    The interval is that of ICC(A,1) in McGraw & Wong, Psychol Methods 1996;1:30-46, table 7,
    with its a and b put in, so that its degrees of freedom v need no division by 1 − ICC. There,
    a negative ICC counts as 0: with it, v falls below 1 and the interval misses the ICC itself.

    Parameters
    ----------
    readings : ndarray, shape (N, K)
        N photos read by K raters; N and K at least 2.
    """
    if float(np.ptp(readings)) < _SAME:
        return Icc(None, None, "All readings are the same.")
    n, k = readings.shape
    rows, columns, rest = _mean_squares(readings)
    error = columns + (n - 1) * rest  # n times the variance of a single reading's error
    value = n * (rows - rest) / (n * rows - n * rest + k * error)
    if error <= _ROUND_OFF * rows:
        return Icc(value, (1.0, 1.0), None)
    if rows <= _ROUND_OFF * error:
        return Icc(value, None, "The photos do not differ from each other.")
    total = max(rows, rest)
    between = (total - rest) / error * columns
    v = total**2 / (between**2 / (k - 1) + (total - between) ** 2 / ((n - 1) * (k - 1)))
    noise = k * columns + (k * n - k - n) * rest
    # 1 / F(1 − p; n − 1, v) is F(p; v, n − 1): both ends are the same expression.
    scaled = [n * rows * f_quantile(p, v, n - 1) for p in (0.025, 0.975)]
    low, high = ((one - n * rest) / (noise + one) for one in scaled)
    return Icc(value, (low, high), None)


def kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    categories: Sequence[Hashable] | None = None,
) -> Kappa:
    """Return Cohen's kappa (Educ Psychol Meas 1960;20:37-46), all disagreements equal.

    The interval is from the large-sample standard error of Fleiss, Cohen & Everitt,
    Psychol Bull 1969;72:323-327.

    Parameters
    ----------
    first, second : sequence
        Verdicts, pair by pair.
    categories : sequence, optional
        All verdicts, in the order of the counts; by default, in order of occurrence.

    Raises
    ------
    InvalidOption
        If there are fewer than three pairs, or the lengths differ.
    """
    n = len(first)
    _check_pairs(n, len(second))
    order = list(dict.fromkeys((*first, *second)) if categories is None else categories)
    counts = np.zeros((len(order), len(order)), int)
    for one, other in zip(first, second, strict=True):
        counts[order.index(one), order.index(other)] += 1
    share = counts / n
    by_first, by_second = share.sum(axis=1), share.sum(axis=0)
    agreed, chance = float(share.trace()), float(by_first @ by_second)
    table = tuple(tuple(int(cell) for cell in row) for row in counts)
    if chance > 1 - _ROUND_OFF:
        return Kappa(n, agreed, None, None, "There is only one verdict.", table)
    value = (agreed - chance) / (1 - chance)
    short = 1 - value
    weight = np.square((by_second[:, None] + by_first[None, :]) * short)
    np.fill_diagonal(weight, np.square(1 - (by_first + by_second) * short))
    variance = float((share * weight).sum()) - (value - chance * short) ** 2
    error = Z95 * math.sqrt(max(variance, 0.0) / n) / (1 - chance)
    interval = (max(value - error, -1.0), min(value + error, 1.0))
    return Kappa(n, agreed, value, interval, None, table)


def t_quantile(p: float, df: float) -> float:
    """Return the quantile of Student's t, ``p`` from 0.5: t² is F with 1 and df."""
    return math.sqrt(f_quantile(2 * p - 1, 1, df))


def f_quantile(p: float, df1: float, df2: float) -> float:
    """Return the quantile of the F distribution, by bisection of :func:`beta_cdf`."""
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if beta_cdf(middle, df1 / 2, df2 / 2) < p:
            low = middle
        else:
            high = middle
    return df2 * low / (df1 * (1 - low))


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), NIST DLMF 8.17."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log_front += a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _continued_fraction(x, a, b))


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Evaluate 1 + d₁/(1 + d₂/(1 + …)) of DLMF 8.17.22 by Lentz's method, as modified (1976)."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, 10_000):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + term * d) or 1e-300)
        c = (1 + term / c) or 1e-300
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def _mean_squares(readings: Floats) -> tuple[float, float, float]:
    """Return the mean squares of rows, columns and residual of a two-way analysis of variance."""
    n, k = readings.shape
    centred = readings - readings.mean()
    by_row, by_column = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - by_row[:, None] - by_column[None, :]
    rows, columns, left = (float(np.square(part).sum()) for part in (by_row, by_column, rest))
    return k * rows / (n - 1), n * columns / (k - 1), left / ((n - 1) * (k - 1))


def _checked(first: ArrayLike, second: ArrayLike) -> Floats:
    one, other = (np.asarray(part, np.float64).reshape(-1) for part in (first, second))
    _check_pairs(len(one), len(other))
    readings = np.column_stack((one, other))
    if not bool(np.all(np.abs(readings) < _HUGE)):
        raise InvalidOption("Every reading must be a finite number.")
    return readings


def _check_pairs(first: int, second: int) -> None:
    if first != second:
        raise InvalidOption(f"Pairs are needed; here are {first} and {second} readings.")
    if first < MIN_PAIRS:
        raise InvalidOption(f"At least {MIN_PAIRS} pairs are needed; here are {first}.")


def _around(middle: float, half: float) -> Interval:
    return middle - half, middle + half
