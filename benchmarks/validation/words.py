"""Whether the figures still say what the sentences of the report say."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.validation.evidence import (
    Evidence,
    errors,
    half_widths,
    hanging,
    measured,
    readings,
)
from benchmarks.validation.group_tables import Contrast
from benchmarks.validation.groups import SKIN
from benchmarks.validation.pictures import NOT_A_TEST
from benchmarks.validation.unseen import MAKE_OUT, by_make
from benchmarks.verdicts import pattern_counts
from vision.criteria import DEFAULT_RULES, RULE_SETS

GUIDE: Final = RULE_SETS[DEFAULT_RULES]


def check_words(evidence: Evidence, asked: Sequence[Contrast]) -> None:
    """Reject statements of the templates that the figures no longer support.

    Raises
    ------
    ValueError
        The message names the sentence to revise.
    """
    holds = _known_bodies(evidence, asked) | _strangers(evidence) | _pictures(evidence)
    wrong = [words for words, true in holds.items() if not true]
    if wrong:
        raise ValueError(f"the report's words no longer hold: {'; '.join(wrong)}")


def _known_bodies(evidence: Evidence, asked: Sequence[Contrast]) -> dict[str, bool]:
    found = measured(evidence.records)
    away, half = np.abs(errors(found)), half_widths(found)
    worst = int(away[:, 0].argmax())
    perhaps = [(one.factor.asked, one.joint) for one in asked if one.answer == "perhaps worse"]
    narrow = np.argsort(half[:, 0], kind="stable")[: len(found) // 2]
    return {
        "the error bar of the worst thigh did not warn": half[worst, 0]
        < 1.2 * np.median(half[:, 0]),
        "keeping the narrower half leaves the worst photo out": worst not in narrow,
        "it improves the mean only slightly": away[:, 0].mean() - away[narrow, 0].mean() < 0.5,
        "darker skin is perhaps read worse, at the thigh": (SKIN.asked, "thigh") in perhaps,
        "no wrong leg": all(one["leg_right"] for one in found),
    }


def _strangers(evidence: Evidence) -> dict[str, bool]:
    legs = evidence.makes["legs"]["make"]
    biases = [
        readings(part, MAKE_OUT)[0].mean(axis=0)[0] for part in by_make(evidence.strangers).values()
    ]
    shares = [
        pattern_counts([one | {"reading": one[MAKE_OUT]} for one in hanging(part)], GUIDE)
        for part in by_make(evidence.strangers).values()
    ]
    right = [round(100 * one["right"] / one.total()) for one in shares]
    return {
        "patterns as from the true angles in 59–74 %": (min(right), max(right)) == (59, 74),
        "biases of the thigh from −1.1° to +1.2°": (round(min(biases), 1), round(max(biases), 1))
        == (-1.1, 1.2),
        "wrong legs only where the own generator was left out": legs["own"]["wrong"] > 0
        and not legs["valid"]["wrong"]
        and not legs["rocketbox"]["wrong"],
    }


def _pictures(evidence: Evidence) -> dict[str, bool]:
    not_a_test = [one for one in evidence.positions["public"] if one["what"] == NOT_A_TEST]
    rows = [one for one in evidence.real["rows"] if one["position"]]
    return {
        "no public picture gets a verdict": all(one["verdict"] is None for one in not_a_test),
        "no negative gets a verdict": all(
            one["verdict"] is None for one in evidence.positions["negatives"]
        ),
        "no wrong leg in the measured real positions": all(
            row["leg_right"] for row in rows if row["refusal"] is None
        ),
    }
