"""What repeated photos of the same people show: measurement error and its sources.

The error of a photo consists of parts that recur: with the person, with the leg, with the set-up
(table, posture, position of the camera); the rest changes from photo to photo.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.agreement.clusters import chi2_quantile, one_way
from app.agreement.resampling import Floats, Interval, Ints, numbered
from vision.angles import Z95

REST: Final = "rest"


@dataclass(frozen=True, slots=True)
class Repeatability:
    """Repeated readings of the same units.

    Attributes
    ----------
    units, photos : int
        Legs, or set-ups of a leg, with at least two photos, and these photos.
    sem_deg : float
        Standard error of measurement: root of the mean square within (Bland & Altman, BMJ
        1996;313:744), degrees.
    sem_interval_deg : tuple of float
        95 %, from χ².
    mdc95_deg : float
        Smallest change between two photos that is more than this error, 1.96 · √2 · SEM.
    """

    units: int
    photos: int
    sem_deg: float
    sem_interval_deg: Interval
    mdc95_deg: float


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeatability of the readings of one angle, and the sources of its errors.

    Attributes
    ----------
    same_setup : Repeatability or None
        Photos of one set-up; None if the table does not name set-ups twice.
    new_setup : Repeatability or None
        Photos of different set-ups, the first one of each; without a column ``occasion``, each
        photo counts as another set-up.
    icc : float or None
        Share of the variance of the readings that lies between people and legs: ICC for absolute
        agreement of single photos.
    error_sd_deg : dict
        Standard deviation of each part of the error (reading minus reference), degrees: ``person``,
        ``leg``, ``setup``, ``rest``. Parts that the photos cannot tell apart are left out.
    """

    same_setup: Repeatability | None
    new_setup: Repeatability | None
    icc: float | None
    error_sd_deg: dict[str, float]


def repeatability(reading_deg: Floats, units: Sequence[str]) -> Repeatability | None:
    """Return how far readings of one unit repeat; None with fewer than two units read twice.

    Parameters
    ----------
    reading_deg : ndarray, shape (N,)
    units : sequence of str
        The leg, or the set-up of the leg, in each photo.
    """
    codes = numbered(units)
    often = np.isin(codes, np.flatnonzero(np.bincount(codes, minlength=1) > 1))
    _, own = np.unique(codes[often], return_inverse=True)
    if not len(own) or own.max() < 1:
        return None
    number, photos = int(own.max()) + 1, len(own)
    sem, df = math.sqrt(one_way(reading_deg[often], own)[0]), photos - number
    low, high = (sem * math.sqrt(df / chi2_quantile(p, df)) for p in (0.975, 0.025))
    return Repeatability(number, photos, sem, (low, high), Z95 * math.sqrt(2) * sem)


def components(values: Floats, levels: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return variance components of nested levels (Henderson, Biometrics 1953;9:226-252, method 1).

    The sum of squares T = Σ n ȳ² over the groups of a level has the expectation
    N μ² + Σₖ cₖ σₖ² + (number of groups) σ², with cₖ = Σ over groups of Σ n² / n; the differences
    between levels are solved for the variances. Negative ones are set to 0.

    Parameters
    ----------
    values : ndarray, shape (N,)
    levels : mapping of str to sequence of str
        Group of each value at each level, from the coarsest to the finest; each group of a level
        lies in one group of the level before.

    Returns
    -------
    dict
        Variance by level, and ``rest``. A level whose groups are those of the one before, or one
        photo each, is left out.
    """
    codes = {name: numbered(groups) for name, groups in levels.items()}
    sizes = {name: int(one.max()) + 1 for name, one in codes.items()}
    kept: list[str] = []
    for name in codes:
        if (sizes[kept[-1]] if kept else 1) < sizes[name] < len(values):
            kept.append(name)
    everything = np.zeros(len(values), np.int64)
    tiers = [everything, *(codes[name] for name in kept), np.arange(len(values))]
    squares, expected = [], []
    for tier in tiers:
        counts = np.bincount(tier)
        squares.append(float((np.square(np.bincount(tier, values)) / counts).sum()))
        shares = [_coefficient(tier, codes[name]) for name in kept]
        expected.append([*shares, float(len(counts))])
    found = np.linalg.solve(np.diff(expected, axis=0), np.diff(squares))
    return dict(zip([*kept, REST], np.maximum(found, 0.0).tolist(), strict=True))


def repeats(
    reading_deg: Floats, error_deg: Floats, levels: Mapping[str, Sequence[str]]
) -> Repeats | None:
    """Return what repeated photos show; None if no leg has two.

    Parameters
    ----------
    reading_deg, error_deg : ndarray, shape (N,)
        What the tool read, and reading minus reference.
    levels : mapping of str to sequence of str
        ``person`` and ``leg``, and ``setup`` if the table names set-ups: as of :func:`components`.
    """
    legs, setups = levels["leg"], levels.get("setup")
    first = _first(numbered(setups or [str(place) for place in range(len(legs))]))
    new = repeatability(reading_deg[first], [legs[place] for place in first])
    same = None if setups is None else repeatability(reading_deg, setups)
    if new is None and same is None:
        return None
    of_readings = components(reading_deg, levels)
    total = sum(of_readings.values())
    between = sum(of_readings.get(name, 0.0) for name in ("person", "leg"))
    of_errors = components(error_deg, levels)
    return Repeats(
        same_setup=same,
        new_setup=new,
        icc=between / total if total > 0 else None,
        error_sd_deg={name: math.sqrt(variance) for name, variance in of_errors.items()},
    )


def _coefficient(tier: Ints, level: Ints) -> float:
    """Return the coefficient of a level's variance in the expectation of a tier's T."""
    counts, sizes = np.bincount(tier), np.bincount(level)
    if len(counts) > len(sizes):  # each group of the tier lies in one of the level
        return float(len(tier))
    squares = np.bincount(tier[_first(level)], sizes**2)
    return float((squares / counts).sum())


def _first(codes: Ints) -> Ints:
    """Return the place of the first value of each group, by its number."""
    return np.unique(codes, return_index=True)[1].astype(np.int64)
