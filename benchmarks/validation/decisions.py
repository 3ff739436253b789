"""What verdicts are worth to those who act on them: net benefit and decision curves.

Net benefit (Vickers & Elkin, Med Decis Making 2006;26:565-574) counts what a strategy finds against
what it does in vain: prevalence · sensitivity − (1 − prevalence) · (1 − specificity) · odds of the
threshold. The threshold is the probability of a short muscle from which acting is worth its cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.markdown import number, table
from benchmarks.resampling import SEED, Floats
from benchmarks.validation.evidence import Record
from benchmarks.validation.judged import reading_of
from benchmarks.verdicts import truth_of
from vision.angles import Angle, Reading, shank_from_plumb_deg
from vision.criteria import RuleSet
from vision.interpretation import interpret

PREVALENCES: Final = (0.2, 0.4, 0.6)
THRESHOLDS: Final = (0.1, 0.2, 0.3, 0.5)
READERS: Final = {
    "an inclinometer, set up anew (SEM 2.5°)": 2.5,
    "a goniometer by eye (SEM 7°)": 7.0,
}
"""Readers without bias and with a published standard error of measurement, degrees: Cejudo 2015
(MDC95 6.9° / 2.77), Peeler & Anderson 2008."""
READER_DRAWS: Final = 5


@dataclass(frozen=True, slots=True)
class Strategy:
    """Whom a strategy acts on.

    Attributes
    ----------
    name : str
    sensitivity : float
        Share acted on of those who truly fail, 0 to 1.
    specificity : float
        Share left alone of those who truly pass, 0 to 1.
    """

    name: str
    sensitivity: float
    specificity: float

    def net_benefit(self, prevalence: float, threshold: float) -> float:
        """True positives less false positives at the threshold's odds, per person."""
        odds = threshold / (1 - threshold)
        return prevalence * self.sensitivity - (1 - prevalence) * (1 - self.specificity) * odds


def strategies(photos: Sequence[Record], rules: RuleSet, *, key: str) -> list[Strategy]:
    """Everybody, nobody, the instrument read in three ways, and readers with a published error.

    Of the photos, those count that truly pass or fail by the rule-set; refused ones are left alone.
    """
    true = [interpret(truth_of(one), rules).verdict for one in photos]
    clear = [(one, fails == "fail") for one, fails in zip(photos, true, strict=True)
             if fails in ("pass", "fail")]  # fmt: skip
    failing = np.array([fails for _, fails in clear])
    said = np.array([interpret(reading_of(one, key), rules).verdict for one, _ in clear])
    readers = {name: _acts(sem, [one for one, _ in clear], rules) for name, sem in READERS.items()}
    inclinometer = next(iter(readers.values()))
    acts = {
        "everybody": np.ones(len(clear)),
        "nobody": np.zeros(len(clear)),
        "the instrument's “fail”": (said == "fail").astype(float),
        "“fail” and “borderline”": np.isin(said, ("fail", "borderline")).astype(float),
        "“fail”, and the inclinometer where borderline": np.where(
            said == "borderline", inclinometer, said == "fail"
        ),
    } | readers
    return [
        Strategy(name, float(one[failing].mean()), 1 - float(one[~failing].mean()))
        for name, one in acts.items()
    ]


def _acts(sem_deg: float, photos: Sequence[Record], rules: RuleSet) -> Floats:
    """How often a reader would act on each leg: truth plus a normal error, no interval."""
    rng = np.random.default_rng(SEED)
    shares = []
    for record in photos:
        fails = 0
        for thigh_deg, knee_deg in np.array(record["truth"]) + rng.normal(
            0, sem_deg, (READER_DRAWS, 2)
        ):
            values = (thigh_deg, knee_deg, shank_from_plumb_deg(thigh_deg, knee_deg))
            read = Reading(*(Angle(float(value), 0.0, 0.0) for value in values))
            fails += interpret(read, rules).verdict == "fail"
        shares.append(fails / READER_DRAWS)
    return np.array(shares)


def benefit_table(found: Sequence[Strategy]) -> str:
    """Net benefit per 100 people by prevalence and threshold."""
    head = ["acting on", "sensitivity", "specificity"]
    head += [f"{100 * p:.0f} % short, worth it from {100 * t:.0f} %" for p, t in _cells()]
    rows = [
        [
            one.name,
            f"{100 * one.sensitivity:.0f} %",
            f"{100 * one.specificity:.0f} %",
            *(number(100 * one.net_benefit(p, t), 0) for p, t in _cells()),
        ]
        for one in found
    ]
    return table(head, rows)


def _cells() -> list[tuple[float, float]]:
    return [(p, t) for p in (PREVALENCES[0], PREVALENCES[-1]) for t in (0.1, 0.3)]
