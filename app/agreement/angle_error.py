"""Error of one angle against the reference; differences are the tool's reading minus the reference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal

import numpy as np

from app.agreement.clusters import Limits, clustered_limits
from app.agreement.matching import Pair
from app.agreement.resampling import (
    Floats,
    Interval,
    Ints,
    drawn_people,
    mean_interval,
    numbered,
    percentile_interval,
    share_interval,
)
from app.agreement.statistics import MIN_PAIRS, Icc, agree
from vision.angles import Z95
from vision.criteria import RuleSet

LEVELS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Nominal shares at which the intervals are checked."""
NEAR_DEG: Final = 5.0
"""Distance from a cut-off within which the intervals are checked once more, degrees."""
WORST: Final = 5
"""Photos with the largest errors that are named."""
_ROUND_OFF: Final = 1e-9

Answer = Literal["yes", "no", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with Wilson's 95 % interval."""

    count: int
    n: int
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the tool's intervals hold the reference.

    Attributes
    ----------
    inside : Share
        Of the 95 % intervals.
    near_cutoff : Share or None
        The same where the reference lies within 5° of the rule-set's cut-off; None if none does.
    half_width_deg : float
        Median half-width.
    curve : tuple of (float, float)
        Nominal and observed share, for narrower and wider intervals.
    """

    inside: Share
    near_cutoff: Share | None
    half_width_deg: float
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class AngleError:
    """Error of one angle, degrees.

    Attributes
    ----------
    n, people : int
        Photos with both numbers, and the people in them.
    limits : Limits
        Bias and limits of agreement.
    mae_deg, rmse_deg, p95_deg, worst_deg : float
        Mean absolute error, root mean square error, 95th percentile and maximum of the absolute
        errors.
    mae_interval_deg : tuple of float
    slope : float or None
        Change of the error per degree of the mean of both; None if that does not differ.
    slope_interval : tuple of float or None
    icc : Icc
        ICC(2,1) of tool and reference.
    mdc95_bound_deg : float
        1.96 · √2 · RMSE: upper bound of the smallest detectable change.
    within_acceptable : Share
        Errors of at most the acceptable error.
    acceptable : {"yes", "no", "cannot tell"}
        Whether the limits of agreement lie within the acceptable error, intervals included.
    coverage : Coverage or None
        None if the results have no intervals.
    worst : tuple of (str, float)
        Photos with the largest errors, signed.
    points : tuple of (float, float)
        Reference and reading of each pair; for plots.
    """

    n: int
    people: int
    limits: Limits
    mae_deg: float
    mae_interval_deg: Interval
    rmse_deg: float
    p95_deg: float
    worst_deg: float
    slope: float | None
    slope_interval: Interval | None
    icc: Icc
    mdc95_bound_deg: float
    within_acceptable: Share
    acceptable: Answer
    coverage: Coverage | None
    worst: tuple[tuple[str, float], ...]
    points: tuple[tuple[float, float], ...]


def share_of(count: int, n: int) -> Share:
    """Return a share; ``n`` is at least 1."""
    return Share(count, n, count / n, share_interval(count, n))


def acceptable(limits: Limits, acceptable_deg: float) -> Answer:
    """Return whether limits of agreement lie within ± the acceptable error.

    "yes" if the intervals of both limits do, "no" if the interval of a limit lies outside
    altogether, "cannot tell" otherwise.
    """
    low, high = limits.lower_limit_interval_deg, limits.upper_limit_interval_deg
    if low[0] >= -acceptable_deg and high[1] <= acceptable_deg:
        return "yes"
    if low[1] < -acceptable_deg or high[0] > acceptable_deg:
        return "no"
    return "cannot tell"


def limits_of(reference_deg: Floats, reading_deg: Floats, people: Ints) -> Limits:
    """Return limits of agreement: Bland & Altman's, or Zou's if people have several photos.

    Parameters
    ----------
    reference_deg, reading_deg : ndarray, shape (N,)
    people : ndarray of int, shape (N,)
        From 0 without gaps; at least three people.
    """
    if len(people) > int(people.max()) + 1:
        return clustered_limits(reading_deg - reference_deg, people)
    found = agree(reference_deg, reading_deg)
    return Limits(
        bias_deg=found.bias_deg,
        bias_interval_deg=found.bias_interval_deg,
        sd_deg=found.sd_deg,
        limits_deg=found.limits_deg,
        lower_limit_interval_deg=found.lower_limit_interval_deg,
        upper_limit_interval_deg=found.upper_limit_interval_deg,
    )


def slope_of(
    reference_deg: Floats, reading_deg: Floats, people: Ints
) -> tuple[float, Interval] | tuple[None, None]:
    """Return the slope of the error on the mean of both, and its interval by drawing people.

    On the mean, not on the reference: the reference's own error would make a slope of its own
    (Bland & Altman, Lancet 1995;346:1085-1087).
    """
    error, middle = reading_deg - reference_deg, (reading_deg + reference_deg) / 2
    x = middle - middle.mean()
    if float(np.ptp(x)) < _ROUND_OFF:
        return None, None
    sums = np.column_stack(
        [np.bincount(people, part) for part in (x * error, x * x, x, error, np.ones_like(x))]
    )
    slopes = np.concatenate([_slopes(drawn @ sums) for drawn in drawn_people(len(sums))])
    return float(_slopes(sums.sum(axis=0)[None])[0]), percentile_interval(slopes)


def _slopes(sums: Floats) -> Floats:
    """Least squares from Σxy, Σx², Σx, Σy and n, shape (draws, 5); draws without spread drop out."""
    products, squares, xs, ys, n = sums.T
    spread = squares - xs**2 / n
    usable = spread > _ROUND_OFF * max(float(squares.max()), 1.0)
    return np.asarray((products - xs * ys / n)[usable] / spread[usable], np.float64)


def both_read(pairs: Sequence[Pair], angle: str) -> list[tuple[Pair, float, float]]:
    """Return the pairs with a reference and a reading of an angle, and both numbers, degrees."""
    found = ((one, one.reference.angles[angle], one.scored.angles[angle]) for one in pairs)
    return [(one, a, b.value_deg) for one, a, b in found if a is not None and b is not None]


def angle_error(
    pairs: Sequence[Pair], angle: str, acceptable_deg: float, rules: RuleSet
) -> AngleError | None:
    """Return the error of an angle; None with fewer than three people."""
    both = both_read(pairs, angle)
    people = numbered([one.reference.subject for one, _, _ in both])
    if len(np.unique(people)) < MIN_PAIRS:
        return None
    true, read = (np.array([row[place] for row in both]) for place in (1, 2))
    error = read - true
    away = np.abs(error)
    limits = limits_of(true, read, people)
    slope, slope_interval = slope_of(true, read, people)
    rmse = math.sqrt(float((error**2).mean()))
    order = np.argsort(-away, kind="stable")[:WORST]
    return AngleError(
        n=len(both),
        people=int(people.max()) + 1,
        limits=limits,
        mae_deg=float(away.mean()),
        mae_interval_deg=mean_interval(away, people),
        rmse_deg=rmse,
        p95_deg=float(np.percentile(away, 95)),
        worst_deg=float(away.max()),
        slope=slope,
        slope_interval=slope_interval,
        icc=agree(true, read).icc,
        mdc95_bound_deg=Z95 * math.sqrt(2) * rmse,
        within_acceptable=share_of(int((away <= acceptable_deg).sum()), len(both)),
        acceptable=acceptable(limits, acceptable_deg),
        coverage=_coverage([one for one, _, _ in both], angle, away, rules),
        worst=tuple((both[place][0].reference.id, float(error[place])) for place in order),
        points=tuple((a, b) for _, a, b in both),
    )


def inside_interval(one: Pair, angle: str) -> bool | None:
    """Return whether the tool's 95 % interval holds the reference; None without either."""
    read, true = one.scored.angles[angle], one.reference.angles[angle]
    if read is None or true is None or not read.sigma_deg:
        return None
    return abs(read.value_deg - true) <= Z95 * read.sigma_deg + _ROUND_OFF


def _coverage(pairs: Sequence[Pair], angle: str, away: Floats, rules: RuleSet) -> Coverage | None:
    """Count errors within intervals of several nominal shares, taking the errors to be normal."""
    held = [inside_interval(one, angle) for one in pairs]
    if None in held:
        return None
    reads = [one.scored.angles[angle] for one in pairs]
    sigmas = np.array([read.sigma_deg for read in reads if read is not None])
    near = [inside for inside, one in zip(held, pairs, strict=True) if _is_near(one, angle, rules)]
    curve = [
        (level, float((away <= NormalDist().inv_cdf((1 + level) / 2) * sigmas).mean()))
        for level in LEVELS
    ]
    return Coverage(
        inside=share_of(held.count(True), len(held)),
        near_cutoff=share_of(near.count(True), len(near)) if near else None,
        half_width_deg=Z95 * float(np.median(sigmas)),
        curve=tuple(curve),
    )


def _is_near(one: Pair, angle: str, rules: RuleSet) -> bool:
    """Return whether the reference lies near the rule-set's cut-off for the angle."""
    true, thigh = one.reference.angles[angle], one.reference.angles["thigh"]
    if angle == "thigh":
        cutoff: float | None = rules.thigh_max_deg
    else:
        cutoff = None if thigh is None else rules.knee_cutoff_deg(thigh)
    return true is not None and cutoff is not None and abs(true - cutoff) <= NEAR_DEG
