"""Next steps: chosen by the reading, each with a reason; pain comes first and forbids stretching."""

from itertools import product
from typing import get_args

import pytest

from vision.advice import TAGS, advice, next_steps, tags_of
from vision.angles import Z95, Angle, Reading
from vision.criteria import RULE_SETS
from vision.interpretation import Pattern, interpret
from vision.observations import NOTHING_OBSERVED, Observations

GUIDE = RULE_SETS["guide"]
HURTS = Observations(hip_pain="yes")
ACTIVE = {
    "stretch_psoas",
    "stretch_rectus",
    "release_tfl",
    "release_sartorius",
    "manual_therapy",
    "activate_antagonists",
    "other_flexors",
    "persists",
    "repeat",
}
"""Steps that ask the patient to do something with the painful hip."""


def reading(thigh: float, knee: float) -> Reading:
    return Reading(Angle(thigh, 1 / Z95, 0), Angle(knee, 1 / Z95, 0))


def steps(
    thigh: float | None,
    knee: float = 120.0,
    said: Observations = NOTHING_OBSERVED,
    extended: Reading | None = None,
) -> list[str]:
    found = None if thigh is None else reading(thigh, knee)
    return [step.id for step in next_steps(interpret(found, GUIDE, said, extended=extended), said)]


@pytest.mark.parametrize(
    ("thigh", "knee", "expected"),
    [
        (-20.0, 120.0, ["other_flexors"]),
        (20.0, 120.0, ["stretch_psoas", "manual_therapy", "activate_antagonists", "persists"]),
        (-20.0, 50.0, ["stretch_rectus", "activate_antagonists", "persists"]),
        (0.0, 120.0, ["repeat"]),
        (None, 0.0, ["retake"]),
    ],
)
def test_steps_of_a_reading(thigh: float | None, knee: float, expected: list[str]) -> None:
    assert steps(thigh, knee) == expected


def test_two_failures_ask_for_the_second_photo_first() -> None:
    assert steps(20.0, 50.0)[0] == "knee_extended_photo"
    told = steps(20.0, 50.0, extended=reading(20.0, 20.0))
    assert "knee_extended_photo" not in told
    assert "stretch_psoas" in told
    assert "stretch_rectus" not in told
    dropped = steps(20.0, 50.0, extended=reading(-20.0, 20.0))
    assert "stretch_rectus" in dropped
    assert "stretch_psoas" not in dropped


@pytest.mark.parametrize(("thigh", "knee"), list(product((-20.0, 0.0, 20.0, None), (50.0, 120.0))))
@pytest.mark.parametrize("where", ["hip_pain", "knee_pain"])
def test_pain_comes_first_and_forbids_stretching(
    thigh: float | None, knee: float, where: str
) -> None:
    everything = Observations(
        **{where: "yes"},  # type: ignore[arg-type]
        rotation="outward",
        abducted="yes",
        lower_back_flat="unsure",
    )
    found = steps(thigh, knee, everything)
    assert found[0] == "see_clinician"
    assert not ACTIVE & set(found)
    assert "see_clinician" not in steps(thigh, knee)


def test_one_clear_failure_is_acted_on_although_the_other_is_close() -> None:
    found = steps(20.0, 80.0)
    assert {"repeat", "stretch_psoas"} <= set(found)
    assert "stretch_rectus" not in found
    assert {"repeat", "stretch_rectus"} <= set(steps(0.0, 50.0))


def test_observations_bring_their_own_steps() -> None:
    said = Observations(rotation="outward", abducted="yes", lower_back_flat="unsure")
    found = steps(20.0, 120.0, said)
    assert {"confirm_back", "release_tfl", "release_sartorius"} <= set(found)
    assert found.index("confirm_back") < found.index("stretch_psoas")


def test_a_pass_with_a_failed_criterion_beside_it_is_no_pass() -> None:
    assert "other_flexors" not in steps(-20.0, 120.0, Observations(rotation="inward"))


# --- the file ------------------------------------------------------------------------------


def test_every_step_is_complete_and_every_tag_is_known() -> None:
    ids = [entry.id for entry in advice()]
    assert len(set(ids)) == len(ids)
    for entry in advice():
        assert entry.when, entry.id
        assert {*entry.when, *entry.unless} <= set(TAGS)
        for text in (entry.text, *entry.when.values()):
            assert text[0].isupper(), text
            assert text.endswith("."), text
        assert entry.title[-1] != "."
        assert entry.guide


def test_no_step_diagnoses() -> None:
    words = " ".join(f"{one.text} {' '.join(one.when.values())}" for one in advice()).lower()
    for word in ("diagnos", "you have", "cure"):
        assert word not in words


def test_every_tag_can_occur_and_is_used() -> None:
    used = {tag for entry in advice() for tag in (*entry.when, *entry.unless)}
    assert used == set(TAGS)
    said = Observations(
        rotation="outward", abducted="yes", lower_back_flat="unsure", hip_pain="yes"
    )
    occurring: set[str] = set()
    for thigh, knee, observed in product(
        (-20.0, 0.0, 20.0), (50.0, 120.0), (said, NOTHING_OBSERVED)
    ):
        occurring.update(tags_of(interpret(reading(thigh, knee), GUIDE, observed), observed))
    occurring.update(tags_of(interpret(None, GUIDE), NOTHING_OBSERVED))
    assert occurring == set(TAGS)


@pytest.mark.parametrize("pattern", get_args(Pattern))
def test_every_pattern_has_its_muscles(pattern: Pattern) -> None:
    from vision.advice import _MUSCLES

    assert set(_MUSCLES[pattern]) <= set(TAGS)
    assert ("iliopsoas" in _MUSCLES[pattern]) == (pattern in ("iliopsoas", "both", "both_possible"))
