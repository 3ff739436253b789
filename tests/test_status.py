"""What was not asked is not passed: status, what is open, and the words for both."""

from itertools import product
from typing import Any

import pytest

from vision.angles import Z95, Angle, Reading, shank_from_plumb_deg
from vision.criteria import RULE_SETS
from vision.findings import SEVERITY
from vision.interpretation import Interpretation, interpret
from vision.observations import Observations
from vision.status import PAST_PLUMB_TEXT, PROVISIONAL_TEXT, PROVISIONAL_TEXTS, TITLES

ALL: dict[str, Any] = {
    "hip_pain": "no", "knee_pain": "no", "lower_back_flat": "yes",
    "rotation": "none", "abducted": "no",
}  # fmt: skip


def judged(
    said: dict[str, Any], rules: str = "guide", thigh: float = -10.0, knee: float = 80.0
) -> Interpretation:
    values = (thigh, knee, shank_from_plumb_deg(thigh, knee))
    found = Reading(*(Angle(value, 1 / Z95, 0.0) for value in values))
    return interpret(found, RULE_SETS[rules], Observations(**said))


def passing(rules: str) -> dict[str, float]:
    """A leg that hangs freely and passes; under magee only a thigh near the horizontal can."""
    thigh, knee = (-2.0, 91.5) if rules == "magee" else (-11.0, 82.0)
    return {"thigh": thigh, "knee": knee}


def without(*names: str) -> dict[str, Any]:
    return {name: answer for name, answer in ALL.items() if name not in names}


@pytest.mark.parametrize("rules", RULE_SETS)
def test_everything_answered_is_final_and_may_be_called_a_pass(rules: str) -> None:
    standing = judged(ALL, rules, **passing(rules)).standing
    assert (standing.status, standing.open, standing.provisional) == ("final", (), "")
    assert standing.title == "Pass"
    assert standing.done == (*RULE_SETS[rules].criteria, "lower_back_flat")
    count = len(RULE_SETS[rules].criteria)
    assert standing.headline == f"Pass: {count} of {count} criteria judged."


@pytest.mark.parametrize("rules", RULE_SETS)
@pytest.mark.parametrize(
    ("missing", "open_"),
    [
        (("lower_back_flat",), ("lower_back_flat",)),
        (("hip_pain",), ("pain",)),
        (("knee_pain",), ("pain",)),
        (("rotation",), ("rotation",)),
        (("abducted",), ("rotation",)),
        (tuple(ALL), ("pain", "rotation", "lower_back_flat")),
    ],
)
def test_whatever_is_missing_is_open(
    rules: str, missing: tuple[str, ...], open_: tuple[str, ...]
) -> None:
    asked = (*RULE_SETS[rules].criteria, "lower_back_flat")
    expected = tuple(one for one in open_ if one in asked)
    result = judged(without(*missing), rules, **passing(rules))
    assert result.verdict == "pass"
    standing = result.standing
    assert standing.open == expected
    assert set(standing.done) | set(standing.open) == set(asked)
    assert not set(standing.done) & set(standing.open)
    assert standing.status == ("provisional" if expected else "final")
    assert standing.title == ("Passes so far" if expected else "Pass")
    first = next((one for one in PROVISIONAL_TEXTS if one in expected), None)
    assert standing.provisional == ("" if first is None else PROVISIONAL_TEXTS[first])


def test_the_headline_counts_and_names_the_back() -> None:
    assert judged({}).standing.headline == (
        "Passes so far: 2 of 4 criteria judged; the lower back was not checked."
    )
    assert judged(without("rotation")).standing.headline == (
        "Passes so far: 3 of 4 criteria judged."
    )
    unsure = judged({**ALL, "lower_back_flat": "unsure"}).standing
    assert unsure.headline == (
        "Passes so far: 4 of 4 criteria judged; it is not certain that the lower back lay flat."
    )
    assert unsure.provisional == PROVISIONAL_TEXT
    assert unsure.open == ("lower_back_flat",)
    only_thigh = judged({}, "ferber-2010", thigh=-20.0).standing
    assert only_thigh.headline == (
        "Passes so far: 1 of 2 criteria judged; the lower back was not checked."
    )


@pytest.mark.parametrize(
    ("thigh", "title", "so_far"),
    [
        (-10.0, "Pass", "Passes so far"),
        (0.0, "Borderline", "Borderline so far"),
        (20.0, "Fail", "Fails so far"),
    ],
)
def test_the_bare_word_is_final(thigh: float, title: str, so_far: str) -> None:
    assert judged(ALL, thigh=thigh, knee=90 + thigh).standing.title == title
    assert judged({}, thigh=thigh, knee=90 + thigh).standing.title == so_far


def test_a_leg_that_is_held_back_is_provisional_although_all_was_answered() -> None:
    standing = judged(ALL, knee=100.0).standing
    assert (standing.status, standing.open) == ("provisional", ())
    assert standing.headline == (
        "Passes so far: 4 of 4 criteria judged; the lower leg seems to be held back."
    )
    assert standing.provisional == PAST_PLUMB_TEXT


@pytest.mark.parametrize("rules", RULE_SETS)
@pytest.mark.parametrize(
    ("said", "title"),
    [
        ({"hip_pain": "yes"}, "Pain during the test"),
        ({"knee_pain": "yes", "hip_pain": "no"}, "Pain during the test"),
        ({"safety": "present"}, "A clinician first"),
        ({"back_or_nerve": "yes"}, "A clinician first"),
        ({"safety": "present", "hip_pain": "yes"}, "Pain during the test"),
    ],
)
def test_pain_and_warnings_are_the_headline(rules: str, said: dict[str, Any], title: str) -> None:
    for answers in ({**ALL, **said}, said):
        standing = judged(answers, rules, thigh=-20.0, knee=92.0).standing
        assert standing.title == title
        assert standing.detail == "See a clinician before anything else is done."
    clear = {"safety": "none", "back_or_nerve": "no"}
    assert judged({**ALL, **clear}, rules, **passing(rules)).standing.title == "Pass"


def test_one_painful_joint_is_an_answer_one_painless_joint_is_not() -> None:
    assert "pain" in judged({"hip_pain": "yes"}).standing.done
    assert "pain" in judged({"hip_pain": "no"}).standing.open


def test_every_verdict_has_a_word_for_both_kinds() -> None:
    for status, verdict in product(TITLES, SEVERITY):
        assert TITLES[status][verdict]
    assert "Pass" not in TITLES["provisional"].values()


@pytest.mark.parametrize("rules", RULE_SETS)
def test_a_photo_without_a_reading_leaves_everything_open(rules: str) -> None:
    result = interpret(None, RULE_SETS[rules], Observations(**ALL))
    count = len(RULE_SETS[rules].criteria)
    assert result.standing.open == (*RULE_SETS[rules].criteria, "lower_back_flat")
    assert (result.standing.status, result.standing.done) == ("provisional", ())
    assert result.standing.headline == f"Not measurable: 0 of {count} criteria judged."
