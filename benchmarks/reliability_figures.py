"""Figures of the reliability study, from its stored readings: numbers in, numbers out.

A value with its 95 % interval is a list of three: value, lower and upper end, degrees. Intervals are
those of :func:`benchmarks.variance.interval`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from app.agreement.statistics import agree
from benchmarks import variance
from benchmarks.reliability_design import ACCEPTABLE_DEG, FACETS
from benchmarks.variance import Floats, Statistic
from vision.angles import Z95
from vision.comparison import SETUP_SIGMA_DEG
from vision.repeats import QUANTITIES

MDC: Final = Z95 * math.sqrt(2)
"""From a standard error of measurement to the smallest detectable change."""
PLACE: Final = {facet: number for number, facet in enumerate(FACETS)}
SETUPS: Final = ("base", "setup1", "setup2")
NEAR: Final = tuple(facet for facet in FACETS if facet != "far")
PAIRED: Final = ("repeat", "camera", "light", "clothes", "other", "far")

Record = dict[str, Any]
Found = dict[str, Any]


def stacked(records: Sequence[Record], errors_of: Callable[[Record], Any]) -> Floats:
    """Put values of photos on a grid, shape (angles, bodies, facets); NaN where there is none.

    Bodies are those that there are, in the order of the design.
    """
    rows = {body: row for row, body in enumerate(sorted({record["body"] for record in records}))}
    grid = np.full((len(QUANTITIES), len(rows), len(FACETS)), np.nan)
    for record in records:
        values = errors_of(record)
        if values is not None:
            grid[:, rows[record["body"]], PLACE[record["facet"]]] = values
    return grid


def error(record: Record) -> Floats | None:
    """Reading minus truth, degrees, of an angle each."""
    found = record["reading"]
    return None if found is None else np.array(found)[:, 0] - np.array(record["truth"])


def sigmas(record: Record) -> Floats | None:
    """Standard errors that the tool states, degrees."""
    return None if record["reading"] is None else np.array(record["reading"])[:, 1]


def on(facets: Sequence[str], statistic: Statistic) -> Statistic:
    """Let a statistic see these facets alone."""
    columns = [PLACE[facet] for facet in facets]
    return lambda errors: statistic(errors[..., columns])


def estimate(errors: Floats, statistic: Statistic, factor: float = 1.0) -> list[float]:
    """Return a value with its interval, times a factor, degrees."""
    ends = (float(statistic(errors)), *variance.interval(errors, statistic))
    return [round(factor * one, 4) for one in ends]


def deviation(errors: Floats, of_variance: Statistic) -> list[float]:
    """Return a variance with its interval as standard deviations; negative ones are 0."""
    ends = (float(of_variance(errors)), *variance.interval(errors, of_variance))
    return [round(float(variance.sd(np.array(one))), 4) for one in ends]


def moved(errors: Floats) -> Floats:
    """Mean difference of the later set-ups from the first, degrees, shape (...)."""
    later = np.nanmean(errors[..., 1:], axis=-1)
    return np.asarray(np.nanmean(later - errors[..., 0], axis=-1))


def by_facet(errors: Floats) -> Found:
    """Systematic and random part, standard error and smallest detectable change of each facet."""
    found: Found = {}
    for facet in PAIRED:
        pair = ("base", facet)
        found[facet] = {
            "n": int(np.isfinite(errors[:, [PLACE[one] for one in pair]]).all(axis=1).sum()),
            "systematic": estimate(errors, on(pair, variance.shift)),
            "random": deviation(errors, on(pair, variance.random_variance)),
            "sem": estimate(errors, on(pair, variance.dahlberg)),
            "mdc95": estimate(errors, on(pair, variance.dahlberg), MDC),
        }
    within = on(SETUPS, variance.within_sd)
    found["setup"] = {
        "n": int(np.isfinite(errors[:, [PLACE[one] for one in SETUPS]]).all(axis=1).sum()),
        "systematic": estimate(errors, on(SETUPS, moved)),
        "random": estimate(errors, within),
        "sem": estimate(errors, within),
        "mdc95": estimate(errors, within, MDC),
    }
    return found


def parts(errors: Floats) -> Found:
    """Parts of the error of a photo in a new set-up, as standard deviations."""
    hand = on(("base", "repeat"), variance.random_variance)
    camera = on(("base", "camera"), variance.random_variance)
    light = on(("base", "light"), variance.random_variance)
    setup = on(SETUPS, lambda one: variance.one_way(one).within)
    return {
        "body": deviation(errors, on(SETUPS, lambda one: variance.one_way(one).between)),
        "hand": deviation(errors, hand),
        "camera": deviation(errors, lambda one: camera(one) - hand(one)),
        "light": deviation(errors, light),
        "posture": deviation(errors, lambda one: setup(one) - camera(one) - light(one)),
    }


def against_truth(errors: Floats, stated: Floats) -> Found:
    """Bias, spread and shares of the near leg's readings."""
    near = [PLACE[facet] for facet in NEAR]
    good = np.abs(errors[:, near]) <= ACCEPTABLE_DEG
    inside = np.abs(errors[:, near]) <= Z95 * stated[:, near]
    return {
        "n": int(np.isfinite(errors[:, near]).sum()),
        "bias": estimate(errors, on(NEAR, variance.mean_error)),
        "rmse": estimate(errors, on(NEAR, variance.rmse)),
        "p95": estimate(errors, on(NEAR, variance.worst_of_20)),
        "worst": round(float(np.nanmax(np.abs(errors[:, near]))), 3),
        "acceptable": int(good.sum()),
        "acceptable_share": estimate(
            errors, on(NEAR, lambda one: variance.share_within(one, ACCEPTABLE_DEG))
        ),
        "inside_95": int(inside.sum()),
    }


def two_setups(errors: Floats) -> Found:
    """Bland-Altman limits of the errors of two new set-ups of each body, second minus first."""
    pairs = errors[:, [PLACE["setup1"], PLACE["setup2"]]]
    found = agree(*pairs[np.isfinite(pairs).all(axis=1)].T)
    return {
        "n": found.n,
        "bias": [found.bias_deg, *found.bias_interval_deg],
        "lower": [found.limits_deg[0], *found.lower_limit_interval_deg],
        "upper": [found.limits_deg[1], *found.upper_limit_interval_deg],
    }


def printed(errors: Floats, stated: Floats) -> Found:
    """Smallest detectable differences as the tool states them, and how often errors exceed them.

    For every two set-ups of a body: the photos' part alone, and with that of setting up.
    """
    counted, photos, both, above = 0, [], [], 0
    for first, second in (("base", "setup1"), ("base", "setup2"), ("setup1", "setup2")):
        a, b = PLACE[first], PLACE[second]
        variances = np.square(stated[:, a]) + np.square(stated[:, b])
        known = np.isfinite(variances)
        limit = Z95 * np.sqrt(variances[known])
        photos += limit.tolist()
        both += (Z95 * np.sqrt(variances[known] + 2 * SETUP_SIGMA_DEG**2)).tolist()
        above += int((np.abs(errors[known, b] - errors[known, a]) >= limit).sum())
        counted += int(known.sum())
    return {
        "pairs": counted,
        "photos_deg": float(np.mean(photos)),
        "with_setup_deg": float(np.mean(both)),
        "exceeded": above,
        "sigma_rms": float(np.sqrt(np.nanmean(np.square(stated)))),
    }


def random_shares(errors: Floats) -> Found:
    """Share of the variance that differs between photos, for the three shares of the tool."""

    def share(facets: Sequence[str]) -> list[float]:
        return estimate(errors, on(facets, lambda one: variance.one_way(one).random_share))

    return {
        "hand": share(("base", "repeat")),
        "places": share(("base", "camera")),
        "setups": share(SETUPS),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Errors of all photos, degrees, shape (angles, bodies, facets), and each body's make."""

    errors: Floats
    told: Floats
    unaided: Floats
    strange: Floats
    stated: Floats
    makes: list[str]


def study(records: Sequence[Record]) -> Study:
    makes = {record["body"]: record["make"] for record in records}
    return Study(
        stacked(records, error),
        stacked(records, lambda record: record["level_told_error"]),
        stacked(records, lambda record: None if record["leg_asked"] else error(record)),
        stacked(records, lambda record: record["stranger_error"]),
        stacked(records, sigmas),
        [makes[body] for body in sorted(makes)],
    )


def short(errors: Floats) -> Found:
    """The few figures that are given of every variation of the study."""
    return {
        "bias": estimate(errors, on(NEAR, variance.mean_error)),
        "rmse": estimate(errors, on(NEAR, variance.rmse)),
        "p95": estimate(errors, on(NEAR, variance.worst_of_20)),
        "body": deviation(errors, on(SETUPS, lambda one: variance.one_way(one).between)),
        "sem": estimate(errors, on(SETUPS, variance.within_sd)),
    }


def analyse(records: Sequence[Record]) -> Found:
    """Return everything that is reported, by angle."""
    all_of = study(records)
    found: Found = {}
    for number, quantity in enumerate(QUANTITIES):
        errors, stated = all_of.errors[number], all_of.stated[number]
        makes = np.array(all_of.makes)
        found[quantity] = {
            "truth": against_truth(errors, stated),
            "facets": by_facet(errors),
            "parts": parts(errors),
            "setups": two_setups(errors),
            "printed": printed(errors, stated),
            "shares": random_shares(errors),
            "alone": short(errors),
            "unaided": short(all_of.unaided[number]),
            "level_told": short(all_of.told[number]),
            "strangers": short(all_of.strange[number]),
            "makes": {make: short(errors[makes == make]) for make in np.unique(makes)},
        }
    return found
