"""Verdicts of rule-sets on the tool's readings against verdicts on the reference."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from app.agreement.matching import Pair
from app.agreement.rater_tables import ANGLES, VERDICTS
from app.agreement.resampling import (
    DRAWS,
    Floats,
    Interval,
    Ints,
    drawn_people,
    numbered,
    percentile_interval,
)
from app.agreement.scored import SHANK
from app.agreement.statistics import MIN_PAIRS, Kappa, kappa
from vision.angles import Angle, Reading, shank_from_plumb_deg
from vision.criteria import RuleSet
from vision.findings import find, worst
from vision.observations import NOTHING_OBSERVED

NONE: Final = "not_measurable"
COLUMNS: Final = (*VERDICTS, NONE)
"""Verdicts of the tool, in the order of the counts."""


@dataclass(frozen=True, slots=True)
class RuleVerdicts:
    """One rule-set's verdicts.

    Attributes
    ----------
    rules, version : str
        The rule-set.
    source : {"angles", "table"}
        Whether the reference's verdicts follow from its angles or stand in its table.
    counts : dict
        By the reference's verdict: number of each verdict of the tool, as in :data:`COLUMNS`.
    wrong : int
        Passes that should fail, and fails that should pass; borderline is not wrong.
    borderline : int
    judged : int
        Photos with a verdict of both.
    kappa : Kappa or None
        Of the verdicts on the angles alone, without a borderline; None with fewer than three.
    weighted_kappa : float or None
        Of the tool's verdicts, pass, borderline and fail, with linear weights (Cohen, Psychol Bull
        1968;70:213-220); None if there is only one verdict.
    weighted_kappa_interval : tuple of float or None
        By drawing people.
    """

    rules: str
    version: str
    source: Literal["angles", "table"]
    counts: dict[str, tuple[int, ...]]
    wrong: int
    borderline: int
    judged: int
    kappa: Kappa | None
    weighted_kappa: float | None
    weighted_kappa_interval: Interval | None


def rule_verdicts(
    pairs: Sequence[Pair], books: Sequence[RuleSet], own: str
) -> tuple[RuleVerdicts, ...]:
    """Judge all pairs by each rule-set.

    Parameters
    ----------
    pairs : sequence of Pair
    books : sequence of RuleSet
    own : str
        Id of the rule-set by which the verdicts in the reference's table were made.
    """
    found = [_judged(pairs, rules) for rules in books]
    stated = [one for one in pairs if one.reference.verdict]
    if stated:
        rules = next(one for one in books if one.id == own)
        found.insert(0, _judged(stated, rules, stated=True))
    return tuple(one for one in found if one.counts)


def weighted_kappa(
    first: Ints, second: Ints, people: Ints
) -> tuple[float, Interval | None] | tuple[None, None]:
    """Return Cohen's weighted kappa of two sets of verdicts, with linear weights.

    Parameters
    ----------
    first, second : ndarray of int, shape (N,)
        Places of the verdicts in :data:`VERDICTS`.
    people : ndarray of int, shape (N,)
        From 0 without gaps.

    Returns
    -------
    tuple
        Kappa, and its interval by drawing people, None if more than 1 in 20 draws have only one
        verdict; (None, None) if there is only one verdict.
    """
    size = len(VERDICTS)
    counts = np.zeros((int(people.max()) + 1, size * size))
    np.add.at(counts, (people, first * size + second), 1)
    found = _weighted(counts.sum(axis=0)[None])
    if not len(found):
        return None, None
    drawn = np.concatenate([_weighted(times @ counts) for times in drawn_people(len(counts))])
    return float(found[0]), percentile_interval(drawn) if len(drawn) >= 0.95 * DRAWS else None


def _weighted(counts: Floats) -> Floats:
    """Weighted kappa of each row of counts, shape (draws, 9); rows of one verdict drop out."""
    size = len(VERDICTS)
    tables = counts.reshape(-1, size, size)
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    seen = (tables * apart).sum(axis=(1, 2))
    margins = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :]
    chance = (margins * apart).sum(axis=(1, 2)) / tables.sum(axis=(1, 2))
    usable = chance > 0
    return np.asarray(1 - seen[usable] / chance[usable], np.float64)


@dataclass(frozen=True, slots=True)
class _Judged:
    person: str
    true: str
    ours: str
    plain: str


def _judged(pairs: Sequence[Pair], rules: RuleSet, *, stated: bool = False) -> RuleVerdicts:
    found = [
        _Judged(one.reference.subject, true, *_verdicts_of(one, rules))
        for one in pairs
        if (true := one.reference.verdict if stated else _true_verdict(one, rules)) is not None
    ]
    counted = Counter((one.true, one.ours) for one in found)
    both = [one for one in found if one.ours != NONE]
    plain = [one.true for one in both], [one.plain for one in both]
    weighted, interval = _kappa_of(both)
    return RuleVerdicts(
        rules=rules.id,
        version=rules.version,
        source="table" if stated else "angles",
        counts={
            true: tuple(counted[true, ours] for ours in COLUMNS)
            for true in VERDICTS
            if any(counted[true, ours] for ours in COLUMNS)
        },
        wrong=sum({one.true, one.ours} == {"pass", "fail"} for one in both),
        borderline=sum(one.ours == "borderline" for one in both),
        judged=len(both),
        kappa=kappa(*plain, VERDICTS) if len(both) >= MIN_PAIRS else None,
        weighted_kappa=weighted,
        weighted_kappa_interval=interval,
    )


def _kappa_of(both: Sequence[_Judged]) -> tuple[float, Interval | None] | tuple[None, None]:
    if len(both) < MIN_PAIRS:
        return None, None
    places = [[VERDICTS.index(one.true), VERDICTS.index(one.ours)] for one in both]
    true, ours = np.array(places, np.int64).T
    return weighted_kappa(true, ours, numbered([one.person for one in both]))


def _verdicts_of(one: Pair, rules: RuleSet) -> tuple[str, str]:
    """Return the tool's verdict, and that of its angles without their errors."""
    reading = _reading(one.scored.angles)
    if reading is None:
        return NONE, NONE
    supported = one.scored.supported
    readings = (reading, _without_error(reading))
    ours, plain = (_verdict(given, rules, supported=supported) for given in readings)
    return ours, plain


def _true_verdict(one: Pair, rules: RuleSet) -> str | None:
    values = [one.reference.angles[angle] for angle in ANGLES]
    exact = [Angle(value, 0.0, 0.0) for value in values if value is not None]
    reading = _reading(dict(zip(ANGLES, exact, strict=True)) if len(exact) == len(values) else {})
    return None if reading is None else _verdict(reading, rules)


def _reading(angles: dict[str, Angle | None] | dict[str, Angle]) -> Reading | None:
    """Return what the rules judge; None unless both thigh and knee are known."""
    thigh, knee = (angles.get(angle) for angle in ANGLES)
    if thigh is None or knee is None:
        return None
    shank = angles.get(SHANK)
    if shank is None:
        sigma = (thigh.sigma_deg**2 + knee.sigma_deg**2) ** 0.5
        shank = Angle(shank_from_plumb_deg(thigh.value_deg, knee.value_deg), sigma, 0.0)
    return Reading(thigh, knee, shank)


def _without_error(reading: Reading) -> Reading:
    angles = (reading.thigh, reading.knee_flexion, reading.shank_from_plumb)
    return Reading(*(replace(angle, sigma_deg=0.0) for angle in angles))


def _verdict(reading: Reading, rules: RuleSet, *, supported: bool = False) -> str:
    return worst(find(reading, rules, NOTHING_OBSERVED, supported=supported))
