"""What the examiner says: only the answers that exist, carried through unchanged."""

from typing import Any

import pytest

from vision.errors import InvalidOption
from vision.observations import (
    MAX_NOTES,
    NOT_WITHOUT_A_CLINICIAN,
    NOTHING_OBSERVED,
    OBSERVED,
    QUESTIONS,
    Observations,
    answers_of,
    observations,
    observations_by_side,
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_every_answer_to_every_question_is_kept(question: Any) -> None:
    assert question.text.endswith(("?", ")"))
    for answer in question.answers:
        said = observations({question.name: answer})
        assert getattr(said, question.name) == answer
        assert answers_of(said) == {question.name: answer}


def test_nothing_said_is_not_a_no() -> None:
    assert observations({}) == NOTHING_OBSERVED
    assert observations({"hip_pain": "", "notes": "", "rotation": None}) == NOTHING_OBSERVED
    assert not NOTHING_OBSERVED.painful
    assert answers_of(NOTHING_OBSERVED) == {}


@pytest.mark.parametrize(("given", "seconds"), [(0, 0), ("30", 30), (" 600 ", 600), (45, 45)])
def test_the_time_in_the_position_is_a_whole_number_of_seconds(given: Any, seconds: int) -> None:
    said = observations({"hold_s": given})
    assert said.hold_s == seconds
    assert answers_of(said) == {"hold_s": seconds}


@pytest.mark.parametrize("given", [601, "-1", "3.5", 3.5, "half a minute", True, "9" * 30, "٣"])
def test_other_times_are_refused(given: Any) -> None:
    with pytest.raises(InvalidOption, match=r"hold_s is .*whole number of seconds, 0 to 600"):
        observations({"hold_s": given})


def test_everything_that_can_be_said_has_a_name() -> None:
    assert set(OBSERVED) == set(Observations.__dataclass_fields__)
    assert len(NOT_WITHOUT_A_CLINICIAN) == 7


@pytest.mark.parametrize(
    ("answers", "stops"),
    [
        ({}, False),
        ({"safety": "none", "hip_pain": "no", "back_or_nerve": "no"}, False),
        ({"safety": "present"}, True),
        ({"back_or_nerve": "yes"}, True),
        ({"knee_pain": "yes"}, True),
        ({"feels_tight": "yes", "lower_back_flat": "unsure"}, False),
    ],
)
def test_what_calls_for_a_clinician(answers: dict[str, str], stops: bool) -> None:
    assert observations(answers).clinician_first == stops


@pytest.mark.parametrize(
    ("answers", "known"),
    [
        ({"hip_pain": "yes"}, True),
        ({"hip_pain": "no"}, False),
        ({"knee_pain": "no"}, False),
        ({"hip_pain": "no", "knee_pain": "no"}, True),
        ({}, False),
    ],
)
def test_pain_is_known_from_one_yes_or_two_noes(answers: dict[str, str], known: bool) -> None:
    assert observations(answers).pain_answered == known


@pytest.mark.parametrize(
    ("answers", "painful"),
    [
        ({"hip_pain": "yes"}, True),
        ({"knee_pain": "yes", "hip_pain": "no"}, True),
        ({"knee_pain": "no", "hip_pain": "no"}, False),
    ],
)
def test_pain_in_either_joint(answers: dict[str, str], painful: bool) -> None:
    assert observations(answers).painful == painful


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"hip_pain": "maybe"}, "hip_pain is 'maybe'; it must be one of: yes, no"),
        ({"lower_back_flat": "Yes"}, "yes, no, unsure"),
        ({"rotation": "left"}, "none, outward, inward"),
        ({"mood": "good"}, "Unknown observation 'mood'.*hip_pain.*notes"),
        ({"notes": 7}, "notes must be text"),
        ({"notes": "x" * (MAX_NOTES + 1)}, str(MAX_NOTES)),
        ({"hip_pain": True}, "hip_pain is 'True'"),
    ],
)
def test_wrong_answers_are_refused_with_the_right_ones(answers: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        observations(answers)


def test_notes_are_carried_through() -> None:
    assert observations({"notes": "  as it is\n"}).notes == "  as it is\n"
    assert len(observations({"notes": "x" * MAX_NOTES}).notes) == MAX_NOTES


def test_common_answers_hold_for_both_legs_and_own_ones_win() -> None:
    sides = observations_by_side(
        {"lower_back_flat": "yes", "hip_pain": "no", "left": {"hip_pain": "yes"}}
    )
    assert sides["left"] == Observations(lower_back_flat="yes", hip_pain="yes")
    assert sides["right"] == Observations(lower_back_flat="yes", hip_pain="no")
    assert observations_by_side({}) == {"left": NOTHING_OBSERVED, "right": NOTHING_OBSERVED}


@pytest.mark.parametrize("answers", [{"left": "yes"}, {"right": ["yes"]}, {"left": {"mood": "x"}}])
def test_wrong_answers_of_one_leg_are_refused(answers: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        observations_by_side(answers)
