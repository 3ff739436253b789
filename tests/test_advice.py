"""Next steps: each is reached by the finding it belongs to, and by no other.

The table below lists combinations of findings with the steps that must and must not appear.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any, NamedTuple, get_args

import pytest

from vision.advice import FollowUp, advice, next_steps, tags_of
from vision.angles import Z95, Angle, Reading, shank_from_plumb_deg
from vision.criteria import RULE_SETS
from vision.interpretation import Interpretation, interpret
from vision.observations import Observations
from vision.patterns import Pattern

ALL = {
    "hip_pain": "no", "knee_pain": "no", "lower_back_flat": "yes", "rotation": "none",
    "abducted": "no",
}  # fmt: skip
PSOAS = {"stretch_psoas", "kneeling_stretch", "manual_therapy", "activate_antagonists"}
RECTUS = {"stretch_rectus", "activate_antagonists"}
ACTIVE = PSOAS | RECTUS | {"release_tfl", "release_sartorius", "other_flexors"}
"""Steps that ask the person to do something with the hip."""
EVERY = {entry.id for entry in advice()}


class Row(NamedTuple):
    """A combination of findings, all steps that it must bring; every other one must not appear."""

    name: str
    steps: set[str]
    thigh: float | None = -10.0
    knee: float = 82.0
    said: dict[str, Any] = ALL
    rules: str = "guide"
    retest: tuple[float, float] | None = None
    supported: bool = False
    follow_up: FollowUp | None = None
    half: float = 1.0


def more(**answers: Any) -> dict[str, Any]:
    return {**ALL, **answers}


HIGH, SHORT, PLUMB = 20.0, 40.0, 112.0
"""A raised thigh, a straight knee, and the knee that hangs plumb below that thigh; degrees."""
TABLE = (
    Row("everything passes, not said whether it is tight", {"other_flexors"}),
    Row("passes and feels tight", {"other_flexors"}, said=more(feels_tight="yes")),
    Row("passes and feels well", set(), said=more(feels_tight="no")),
    Row("nothing was answered", {"confirm_back", "complete", "other_flexors"}, said={}),
    Row("only the back was answered", {"complete", "other_flexors"},
        said={"lower_back_flat": "yes"}),
    Row("the back is open", {"confirm_back", "other_flexors"}, said=more(lower_back_flat=None)),
    Row("the back is uncertain", {"confirm_back", "other_flexors"},
        said=more(lower_back_flat="unsure")),
    Row("one joint was not asked about", {"complete", "other_flexors"}, said=more(hip_pain=None)),
    Row("rotation is open", {"complete", "other_flexors"}, said=more(rotation=None)),
    Row("rotation is open, and the rule does not judge it", {"other_flexors"},
        said=more(rotation=None), rules="ferber-2010", thigh=-20.0, knee=72.0),
    Row("tight psoas", PSOAS, HIGH, PLUMB),
    Row("tight psoas, back not checked", PSOAS | {"confirm_back"}, HIGH, PLUMB,
        said=more(lower_back_flat=None)),
    Row("tight rectus femoris", RECTUS, -10.0, SHORT),
    Row("both fail, one photo", PSOAS | RECTUS | {"knee_extended_photo"}, HIGH, SHORT),
    Row("both fail, the thigh dropped to where it should be", RECTUS, HIGH, SHORT,
        retest=(-15.0, 5.0)),
    Row("dropped to where it should be, and turned outward",
        PSOAS | RECTUS | {"release_sartorius"}, HIGH, SHORT, said=more(rotation="outward"),
        rules="kendall", retest=(-15.0, 5.0)),
    Row("both fail, the thigh stayed", PSOAS | {"abduct"}, HIGH, SHORT, retest=(HIGH, 5.0)),
    Row("both fail, the thigh dropped a part", PSOAS | RECTUS | {"abduct"}, HIGH, SHORT,
        retest=(10.0, 5.0)),
    Row("both fail, the thigh rose", {"repeat_both"}, HIGH, SHORT, retest=(30.0, 5.0)),
    Row("both fail, the knee was not extended", PSOAS | RECTUS | {"knee_extended_photo"},
        HIGH, SHORT, retest=(HIGH, 35.0)),
    Row("raised, the knee bends far enough, turned outward",
        PSOAS | {"release_sartorius"}, HIGH, PLUMB, said=more(rotation="outward"),
        rules="kendall"),
    Row("both fail, the drop is not decided", PSOAS | RECTUS | {"knee_extended_photo"},
        HIGH, SHORT, retest=(HIGH - 4.5, 5.0), half=5.0),
    Row("stayed, and led outward it drops", PSOAS | {"release_tfl"}, HIGH, SHORT,
        said=more(abducted_retest="drops"), retest=(HIGH, 5.0)),
    Row("stayed, and led outward it stays", PSOAS, HIGH, SHORT,
        said=more(abducted_retest="stays"), retest=(HIGH, 5.0)),
    Row("the thigh is too close", {"repeat"}, 0.0, 90.0),
    Row("the knee is too close", {"repeat"}, -10.0, 70.0),
    Row("the thigh fails, the knee is too close", PSOAS | {"repeat", "knee_extended_photo"},
        HIGH, 80.0),
    Row("the knee fails, the thigh is too close", RECTUS | {"repeat"}, 0.0, SHORT),
    Row("drifts outward", {"release_tfl"}, said=more(abducted="yes")),
    Row("turns inward", {"release_tfl"}, said=more(rotation="inward")),
    Row("turns outward, by the guide", {"release_tfl", "release_sartorius"},
        said=more(rotation="outward")),
    Row("turns outward, by anatomy", {"release_sartorius"}, said=more(rotation="outward"),
        rules="kendall"),
    Row("raised and turned outward", PSOAS | {"release_sartorius", "release_tfl"}, HIGH, PLUMB,
        said=more(rotation="outward")),
    Row("too close to call, and turned outward", {"repeat", "release_sartorius", "release_tfl"},
        0.0, 90.0, said=more(rotation="outward")),
    Row("hangs lower than most", {"confirm_back"}, -28.0, 65.0),
    Row("hangs lower than most, and the knee is straight",
        {"confirm_back", "activate_antagonists"}, -28.0, 20.0),
    Row("the leg is carried", {"table_edge", "other_flexors"}, supported=True),
    Row("the leg is carried, and the thigh is raised", PSOAS | {"table_edge", "knee_extended_photo"},
        HIGH, PLUMB, supported=True),
    Row("the lower leg is pulled back", {"let_hang", "other_flexors"}, -10.0, 105.0),
    Row("thigh-only rule, raised", PSOAS | {"knee_extended_photo"}, HIGH, PLUMB,
        rules="ferber-2010"),
    Row("thigh-only rule, passed", {"other_flexors"}, -20.0, SHORT, rules="ferber-2010"),
    Row("hip pain", {"see_clinician"}, said=more(hip_pain="yes")),
    Row("knee pain, and everything fails", {"see_clinician"}, HIGH, SHORT,
        said=more(knee_pain="yes", rotation="outward", abducted="yes")),
    Row("pain under a rule without pain", {"see_clinician"}, said=more(hip_pain="yes"),
        rules="ferber-2010", thigh=-20.0, knee=72.0),
    Row("pain, and the back was not flat for certain", {"see_clinician"},
        said=more(hip_pain="yes", lower_back_flat="unsure")),
    Row("pain, and the photo cannot be measured", {"see_clinician"}, None,
        said=more(hip_pain="yes")),
    Row("a reason not to do the test", {"see_clinician"}, HIGH, SHORT, said=more(safety="present")),
    Row("no reason not to do it", {"other_flexors"}, said=more(safety="none")),
    Row("the leg tingled", {"see_clinician"}, HIGH, PLUMB, said=more(back_or_nerve="yes")),
    Row("the photo cannot be measured", {"retake"}, None),
    Row("follow-up without a change", PSOAS | {"persists"}, HIGH, PLUMB, follow_up="unchanged"),
    Row("follow-up with a change", PSOAS | {"keep_going"}, HIGH, PLUMB, follow_up="changed"),
    Row("follow-up, passes as before", {"other_flexors"}, follow_up="unchanged"),
    Row("follow-up, passes now", {"other_flexors", "keep_going"}, follow_up="changed"),
    Row("follow-up with pain", {"see_clinician"}, HIGH, PLUMB, said=more(hip_pain="yes"),
        follow_up="unchanged"),
)  # fmt: skip


def a_reading(thigh: float, knee: float, half: float) -> Reading:
    values = (thigh, knee, shank_from_plumb_deg(thigh, knee))
    return Reading(*(Angle(value, half / Z95, 0.0) for value in values))


def judged(row: Row) -> tuple[Interpretation, Observations]:
    said = Observations(**row.said)
    reading = None if row.thigh is None else a_reading(row.thigh, row.knee, row.half)
    extended = None if row.retest is None else a_reading(*row.retest, row.half)
    rules = RULE_SETS[row.rules]
    found = interpret(reading, rules, said, extended=extended, supported=row.supported)
    return found, said


def steps(row: Row) -> list[str]:
    return [step.id for step in next_steps(*judged(row), row.follow_up)]


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 40
    assert len({row.name for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_steps_of_a_combination(row: Row) -> None:
    found = steps(row)
    assert set(found) == row.steps
    assert len(set(found)) == len(found)


def test_a_step_is_the_files_own() -> None:
    entries = {entry.id: entry for entry in advice()}
    for row in TABLE:
        for step in next_steps(*judged(row), row.follow_up):
            entry = entries[step.id]
            assert (step.title, step.text, step.guide) == (entry.title, entry.text, entry.guide)
            assert step.reason in entry.when.values()


def test_every_step_is_reached() -> None:
    assert set().union(*(row.steps for row in TABLE)) == EVERY


def test_steps_come_in_the_order_of_the_file_with_the_position_first() -> None:
    order = [entry.id for entry in advice()]
    for row in TABLE:
        assert steps(row) == sorted(steps(row), key=order.index)
    first = {"see_clinician", "retake", "repeat_both", "table_edge", "let_hang", "confirm_back"}
    assert set(order[:6]) == first


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"hip_pain": "yes"}, "Pain was reported during the test."),
        ({"safety": "present"}, "There is a reason not to do this test without a clinician."),
        (
            {"back_or_nerve": "yes"},
            "The lower back hurt, or the leg tingled or went numb, during the test.",
        ),
        ({"feels_tight": "yes"}, "Everything judged here passed, and the front of the hip feels"),
        ({}, "Everything judged here passed."),
    ],
)
def test_the_reason_is_the_readings_own(said: dict[str, Any], reason: str) -> None:
    found, observed = judged(Row("", set(), said=more(**said)))
    assert next_steps(found, observed)[0].reason.startswith(reason)


@pytest.mark.parametrize(("thigh", "knee"), list(product((-20.0, 0.0, 20.0, None), (30.0, 120.0))))
@pytest.mark.parametrize("rules", RULE_SETS)
def test_pain_leaves_the_clinician_alone(thigh: float | None, knee: float, rules: str) -> None:
    everything = {"rotation": "outward", "abducted": "yes", "lower_back_flat": "unsure"}
    for where in ({"hip_pain": "yes"}, {"knee_pain": "yes"}):
        row = Row("", set(), thigh, knee, {**everything, **where}, rules, retest=(30.0, 5.0))
        assert steps(row) == ["see_clinician"]


# --- the file ------------------------------------------------------------------------------


def test_every_step_is_complete() -> None:
    ids = [entry.id for entry in advice()]
    assert len(set(ids)) == len(ids)
    for entry in advice():
        assert entry.when, entry.id
        for text in (entry.text, *entry.when.values()):
            assert text[0].isupper(), text
            assert text.endswith("."), text
        assert entry.title[-1] != "."
        assert entry.guide


def test_no_step_diagnoses() -> None:
    words = " ".join(f"{one.text} {' '.join(one.when.values())}" for one in advice()).lower()
    for word in ("diagnos", "you have", "cure"):
        assert word not in words


def occurring() -> Iterable[str]:
    for row in TABLE:
        yield from tags_of(*judged(row), row.follow_up)


def test_every_tag_occurs_and_every_tag_of_the_file_can() -> None:
    used = {tag for entry in advice() for tag in (*entry.when, *entry.unless)}
    assert used == set(occurring()), "iliopsoas comes from the pattern and from rotation alike"


@pytest.mark.parametrize("pattern", get_args(Pattern))
def test_every_pattern_has_its_muscles(pattern: Pattern) -> None:
    from vision.advice import _MUSCLES

    used = {tag for entry in advice() for tag in entry.when}
    assert set(_MUSCLES[pattern]) <= used
    assert ("iliopsoas" in _MUSCLES[pattern]) == (pattern in ("iliopsoas", "both", "both_possible"))


def test_a_first_visit_and_a_follow_up_differ() -> None:
    first = Row("", set(), HIGH, PLUMB)
    assert not {"persists", "keep_going"} & set(steps(first))
    assert "persists" in steps(first._replace(follow_up="unchanged"))
