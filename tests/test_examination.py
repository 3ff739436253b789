"""Both legs as one result: who belongs to whom, what differs, what changed."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.results.earlier import read_earlier
from app.results.examination import examination_out
from app.results.schemas import ExaminationOut
from stick_figure import FakeEstimator, Pixels, StickFigure, marked_picture, pose_of
from vision.angles import Angle
from vision.criteria import RULE_SETS
from vision.errors import InvalidOption, MismatchedPhotos
from vision.examination import Examination, LegPhotos, examine
from vision.frontal.view import AboveView
from vision.observations import Observations
from vision.photo import photo_from_array
from vision.pose import ModelInfo, Person
from vision.sentences import Sentence

RIGHT = StickFigure(thigh_deg=-12, knee_deg=95)
"""The head to the photo's left: the near leg, which hangs, is the right one."""
LEFT = replace(RIGHT, head_towards="right")


class OneEach:
    """A pose model that sees another figure in each photo, told by the grey in its middle."""

    model = ModelInfo("fake", "f" * 64)

    def __init__(self, *figures: StickFigure | None) -> None:
        self._each = [
            FakeEstimator((900, 700), [] if one is None else [one.person()]) for one in figures
        ]

    def detect(self, pixels: Pixels) -> tuple[Person, ...]:
        height, width = pixels.shape[:2]
        number = int(pixels[height // 2, width // 2, 0]) // STEP
        # Its middle tells which photo it is; a part of one has another middle, and nobody in it.
        return self._each[number].detect(pixels) if number < len(self._each) else ()


STEP = 20


def photo(number: int) -> Pixels:
    """A picture for the model's ``number``-th figure."""
    picture = marked_picture().copy()
    picture[330:370, 430:470] = STEP * number + STEP // 2
    return picture


def examined(
    left: StickFigure | None = LEFT,
    right: StickFigure | None = RIGHT,
    *,
    left_retest: StickFigure | None = None,
    observed: Observations | None = None,
    rules: str = "guide",
) -> Examination:
    said = observed or Observations()
    return examine(
        None
        if left is None
        else LegPhotos(photo(0), photo(2) if left_retest else None, observed=said),
        None if right is None else LegPhotos(photo(1), observed=said),
        criteria=rules,
        level_deg=0.0,
        estimator=OneEach(left, right, left_retest),
    )


def as_json(result: Examination, **more: Any) -> ExaminationOut:
    out = examination_out(result, **more)
    assert json.loads(json.dumps(out.model_dump(mode="json"), allow_nan=False))
    return out


# --- both legs ----------------------------------------------------------------------------


def test_each_leg_is_measured_by_itself() -> None:
    result = examined(replace(LEFT, thigh_deg=20, knee_deg=100), RIGHT)
    out = as_json(result, subject="A. B.", session="2026-11-23")
    assert (out.subject, out.session) == ("A. B.", "2026-11-23")
    assert out.left is not None
    assert out.right is not None
    assert (out.left.measurement.verdict, out.left.measurement.pattern) == ("fail", "iliopsoas")
    assert (out.right.measurement.verdict, out.right.measurement.pattern) == ("pass", "none")
    for leg in (out.left, out.right):
        assert leg.measurement.tested_leg is not None
        assert leg.measurement.tested_leg.side == leg.side


@pytest.mark.parametrize("side", ["left", "right"])
def test_one_leg_alone_has_no_asymmetry(side: str) -> None:
    result = examined(LEFT if side == "left" else None, RIGHT if side == "right" else None)
    assert [leg.side for leg in result.legs] == [side]
    assert result.asymmetry == ()
    assert as_json(result).asymmetry is None


@pytest.mark.parametrize(
    ("lift", "detectable", "words"),
    [(30.0, True, "30.0° higher"), (-30.0, True, "30.0° lower"), (2.0, False, "2.0° higher")],
)
def test_asymmetry_is_right_minus_left_in_degrees(
    lift: float, detectable: bool, words: str
) -> None:
    lifted = replace(RIGHT, thigh_deg=RIGHT.thigh_deg + lift, knee_deg=RIGHT.knee_deg)
    out = as_json(examined(LEFT, lifted))
    assert out.asymmetry is not None
    assert out.asymmetry.thigh.difference_deg == pytest.approx(lift, abs=0.1)
    assert out.asymmetry.thigh.detectable == detectable
    assert not out.asymmetry.knee_flexion.detectable
    assert words in out.asymmetry.text
    assert ("within the error of measurement" in out.asymmetry.text.split(";")[0]) != detectable
    assert out.asymmetry.text.endswith(
        "The difference includes how the pelvis lay and how each leg was set up."
    )
    apart = out.asymmetry.thigh
    assert apart.photo_only_deg is not None
    assert apart.detectable_deg == pytest.approx(math.hypot(apart.photo_only_deg, 6.9), abs=0.06)
    assert f"({apart.detectable_deg:.1f}°; {apart.photo_only_deg:.1f}° from the photos alone)" in (
        out.asymmetry.text
    )


def test_a_refused_leg_leaves_the_other_one_standing() -> None:
    out = as_json(examined(None, RIGHT))
    assert out.left is None
    seated = examined(replace(LEFT, thigh_deg=0, held_deg=3, trunk_deg=-80), RIGHT)
    out = as_json(seated)
    assert out.left is not None
    assert not out.left.measurement.measurable
    assert out.right is not None
    assert out.right.measurement.measurable
    assert out.asymmetry is None


# --- second photos ----------------------------------------------------------------------


def test_the_retest_decides_between_the_muscles() -> None:
    short = replace(LEFT, thigh_deg=25, knee_deg=40)
    alone = examined(short, None)
    assert alone.legs[0].measurement.interpretation.pattern == "both_possible"
    dropped = examined(short, None, left_retest=replace(LEFT, thigh_deg=-20, knee_deg=12))
    assert dropped.legs[0].measurement.interpretation.pattern == "rectus_femoris"
    out = as_json(dropped)
    assert out.left is not None
    assert out.left.measurement.retest is not None
    assert out.left.measurement.retest.change.difference_deg == pytest.approx(-45, abs=0.1)
    assert out.left.retest_photo is not None
    assert "knee_extended_photo" not in [step.id for step in out.left.measurement.next_steps]
    rises = replace(LEFT, thigh_deg=27.5, knee_deg=12)  # not beyond error: a drop is excluded
    stayed = examined(short, None, left_retest=rises)
    assert stayed.legs[0].measurement.interpretation.pattern == "iliopsoas"
    open_ = examined(short, None, left_retest=replace(LEFT, thigh_deg=25, knee_deg=12))
    assert open_.legs[0].measurement.interpretation.pattern == "both_possible"
    told = as_json(open_).left
    assert told is not None
    assert told.measurement.retest is not None
    assert told.measurement.retest.drop == "undecided"
    assert "not decided" in told.measurement.retest.text
    assert told.measurement.retest.one_joint_deg == pytest.approx(25.0, abs=0.1)


def test_a_refused_retest_changes_nothing_and_says_why() -> None:
    short = replace(LEFT, thigh_deg=25, knee_deg=40)
    prone = StickFigure(0, 0, 0, face_up=False)
    result = examined(short, None, left_retest=prone)
    assert result.legs[0].measurement.interpretation.pattern == "both_possible"
    out = as_json(result)
    assert out.left is not None
    assert out.left.measurement.retest is None
    assert out.left.retest_photo is not None
    assert any(flag.blocking for flag in out.left.retest_photo.flags)


def test_a_side_view_given_as_view_from_above_is_refused_with_advice() -> None:
    result = examine(LegPhotos(photo(0), above=photo(0)), level_deg=0.0, estimator=OneEach(LEFT))
    out = as_json(result)
    assert out.left is not None
    assert out.left.above is not None
    assert not out.left.above.measurable
    assert out.left.above.abduction_deg is None
    assert [flag.code for flag in out.left.above.flags] == ["not_from_above"]
    assert out.left.above.flags[0].advice
    assert out.left.measurement.measurable


# --- mistakes -----------------------------------------------------------------------------


def test_a_photo_of_the_other_leg_is_an_error() -> None:
    with pytest.raises(
        MismatchedPhotos, match="photo given for the left leg shows the right"
    ) as at:
        examined(RIGHT, None)
    assert at.value.photo == "left"
    with pytest.raises(
        MismatchedPhotos, match="photo given for the right leg shows the left"
    ) as at:
        examined(LEFT, LEFT)
    assert at.value.photo == "right"
    with pytest.raises(MismatchedPhotos, match="knee extended given for the left leg") as at:
        examined(LEFT, None, left_retest=RIGHT)
    assert at.value.photo == "left_retest"


def test_the_photo_from_above_is_read_with_the_angles_from_the_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: dict[str, Any] = {}

    def look(source: object, **options: Any) -> None:
        told.update(options)
        raise InvalidOption(Sentence("Looked at."))

    monkeypatch.setattr("vision.examination.measure_above", look)
    photos = LegPhotos(photo(0), above=photo(1), repeats=(photo(2),))
    with pytest.raises(InvalidOption, match="Looked at") as at:
        examine(photos, level_deg=0.0, estimator=OneEach(LEFT, None, LEFT))
    assert at.value.photo == "left_above"
    assert told["leg"] == "left"
    assert told["thigh"].value_deg == pytest.approx(LEFT.thigh_deg)
    assert told["knee_flexion"].value_deg == pytest.approx(LEFT.knee_deg)
    assert told["thigh"].sigma_deg < examined().legs[0].measurement.reading.thigh.sigma_deg  # type: ignore[union-attr]
    with pytest.raises(InvalidOption, match="Looked at"):
        examine(photos, level_deg=0.0, estimator=OneEach(None, None))
    assert (told["thigh"], told["knee_flexion"]) == (None, None)


@pytest.mark.parametrize(("abduction", "verdict"), [(-9.0, "pass"), (9.0, "fail")])
def test_an_abduction_measured_from_above_is_judged(
    abduction: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = AboveView(
        photo_from_array(photo(1)),
        "left",
        Angle(abduction, 1.0, 0.2),
        *(None, None, None),
        flags=(),
        passes_agreeing=4,
        pose=pose_of([]),
    )
    monkeypatch.setattr("vision.examination.measure_above", lambda *_, **__: view)
    photos = LegPhotos(photo(0), above=photo(1), observed=Observations(rotation="none"))
    result = examine(photos, criteria="execp-2021", level_deg=0.0, estimator=OneEach(LEFT))
    (leg,) = result.legs
    assert leg.above is view
    found = {one.criterion: one.verdict for one in leg.measurement.interpretation.findings}
    assert found["rotation"] == verdict


def test_gravity_belongs_to_the_first_photo_alone() -> None:
    vector = (-1.0, 0.0, 0.0)  # the phone held across, level
    photos = LegPhotos(photo(0), retest=photo(1), repeats=(photo(0),), gravity=vector)
    straighter = replace(LEFT, knee_deg=30)
    leg = examine(photos, estimator=OneEach(LEFT, straighter)).legs[0]
    assert leg.retest is not None
    assert [one.level.source for one in leg.photos] == ["phone", "assumed"]
    assert leg.retest.level.source == "assumed"


def test_no_photo_at_all_is_an_error() -> None:
    with pytest.raises(InvalidOption, match="left or of the right"):
        examine()


def test_observations_reach_each_leg() -> None:
    result = examined(observed=Observations(lower_back_flat="no"))
    assert [leg.measurement.measurable for leg in result.legs] == [False, False]
    assert all(leg.measurement.reading is None for leg in result.legs)
    hurts = as_json(examined(observed=Observations(knee_pain="yes")))
    assert hurts.left is not None
    assert hurts.left.measurement.next_steps[0].id == "see_clinician"


# --- before and after ----------------------------------------------------------------------


def test_change_against_an_earlier_examination() -> None:
    before = as_json(examined(replace(LEFT, thigh_deg=20), RIGHT), session="2026-05-01")
    again = read_earlier(before.model_dump_json())
    assert again == before
    after = as_json(examined(LEFT, RIGHT), session="2026-11-23", previous=again)
    assert after.previous_session == "2026-05-01"
    left, right = after.changes
    assert (left.side, right.side) == ("left", "right")
    assert left.thigh.difference_deg == pytest.approx(-32, abs=0.1)
    assert left.thigh.detectable
    assert "32.0° lower than before" in left.text
    assert before.left is not None
    assert after.left is not None
    assert after.right is not None
    asked = {
        side: [step.id for step in leg.measurement.next_steps]
        for side, leg in (("before", before.left), ("left", after.left), ("right", after.right))
    }
    assert "keep_going" in asked["left"]
    assert not {"keep_going", "persists"} & {*asked["before"], *asked["right"]}
    assert right.thigh.difference_deg == pytest.approx(0, abs=0.1)
    assert "within the error of measurement and set-up" in right.text
    assert after.warnings == ()


def test_a_short_leg_that_has_not_changed_is_told_so() -> None:
    short = replace(LEFT, thigh_deg=25, knee_deg=100)
    before = as_json(examined(short, None))
    after = as_json(examined(short, None), previous=before)
    assert after.left is not None
    assert "persists" in [step.id for step in after.left.measurement.next_steps]


# --- several photos of one set-up ----------------------------------------------------------


def repeated(
    *figures: StickFigure, observed: Observations | None = None, from_clip: bool = False
) -> Examination:
    first, *more = (photo(number) for number in range(len(figures)))
    said = observed or Observations()
    return examine(
        LegPhotos(first, observed=said, repeats=tuple(more), from_clip=from_clip),
        level_deg=0.0,
        estimator=OneEach(*figures),
    )


def test_photos_of_one_set_up_become_one_reading() -> None:
    thighs = (-10.0, -11.0, -12.0)
    result = repeated(*(replace(LEFT, thigh_deg=thigh, knee_deg=80) for thigh in thighs))
    leg = result.legs[0]
    alone, reading = leg.photos[0].reading, leg.measurement.reading
    assert reading is not None
    assert alone is not None
    assert reading.thigh.value_deg == pytest.approx(-11.0, abs=0.01)
    assert reading.thigh.sigma_deg < alone.thigh.sigma_deg
    out = as_json(result).left
    assert out is not None
    told = out.measurement
    assert told.thigh_deg is not None
    assert told.thigh_deg.value == -11.0
    assert told.repeats is not None
    assert (told.repeats.n, told.repeats.thigh_deg.values) == (3, thighs)
    assert told.repeats.thigh_deg.sd == pytest.approx(1.0, abs=0.05)
    assert told.repeats.thigh_deg.sem == pytest.approx(0.6, abs=0.05)
    assert told.repeats.thigh_deg.random_sigma > 0
    assert told.repeats.thigh_deg.body_sigma > 0
    assert len(set(told.repeats.photo_sha256)) == 3
    assert told.shank_from_plumb_deg is not None
    assert told.shank_from_plumb_deg.value == pytest.approx(-1.0, abs=0.05)


def test_more_photos_can_decide_what_one_cannot() -> None:
    close = replace(LEFT, thigh_deg=-4.8, knee_deg=88)
    one, three = repeated(close), repeated(close, close, close)
    assert one.legs[0].measurement.interpretation.verdict == "borderline"
    assert three.legs[0].measurement.interpretation.verdict == "pass"
    assert as_json(one).left is not None
    assert one.legs[0].measurement.repeats is None


def test_a_photo_that_was_refused_is_not_joined() -> None:
    prone = StickFigure(0, 0, 0, face_up=False)
    result = repeated(prone, LEFT, replace(LEFT, thigh_deg=-14))
    leg = result.legs[0]
    assert [one.measurable for one in leg.photos] == [False, True, True]
    assert leg.measurement.repeats is not None
    assert leg.measurement.repeats.n == 2
    alone = repeated(prone, LEFT).legs[0].measurement
    assert alone.measurable
    assert alone.repeats is None
    assert not repeated(prone, prone).legs[0].measurement.measurable


def test_six_photos_of_one_set_up_are_too_many() -> None:
    with pytest.raises(InvalidOption, match="There are 6 photos of one set-up; at most 5"):
        repeated(*[LEFT] * 6)


# --- results of version 1 --------------------------------------------------------------------


def test_an_examination_of_version_1_is_still_an_earlier_examination() -> None:
    text = (Path(__file__).parent / "examination_v1.json").read_text("utf-8")
    before = read_earlier(text)
    assert before.schema_version == "1"
    after = as_json(examined(LEFT, RIGHT), previous=before)
    assert [change.side for change in after.changes] == ["left", "right"]
    assert "The earlier examination is in another version of the format." in after.warnings


def test_no_change_is_called_none() -> None:
    before = as_json(examined(LEFT, RIGHT))
    same = as_json(examined(LEFT, RIGHT), previous=before).changes[0]
    assert same.text.startswith("The left thigh rests as before, which is within the error")
    assert "its knee hangs as before" in same.text


def test_only_legs_measured_both_times_are_compared() -> None:
    before = as_json(examined(LEFT, None))
    after = as_json(examined(LEFT, RIGHT), previous=before)
    assert [change.side for change in after.changes] == ["left"]


def test_what_makes_two_examinations_hard_to_compare_is_said() -> None:
    before = as_json(examined(), subject="A")
    other_rules = as_json(examined(rules="magee"), subject="A", previous=before)
    assert "magee" in other_rules.warnings[0]
    assert "compare the angles" in other_rules.warnings[0]
    other_name = as_json(examined(), subject="B", previous=before)
    assert other_name.warnings == ("The two examinations name different people.",)
    nobody = as_json(examined(), previous=before)
    assert nobody.warnings == ("Only one of the two examinations names a person.",)
    same_nobody = as_json(examined(), previous=as_json(examined()))
    assert same_nobody.warnings == ()
    assert before.left is not None
    provenance = before.left.measurement.provenance
    older = provenance.model_copy(update={"calibration": "older"})
    changed = before.model_copy(
        update={
            "right": None,
            "left": before.left.model_copy(
                update={
                    "measurement": before.left.measurement.model_copy(update={"provenance": older})
                }
            ),
        }
    )
    found = as_json(examined(), subject="A", previous=changed).warnings
    assert len(found) == 1
    assert "different models" in found[0]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"left": 1}', "not json", '{"criteria": null}'])
def test_a_file_that_is_no_examination(text: str) -> None:
    with pytest.raises(InvalidOption, match="earlier result"):
        read_earlier(text)


def test_the_rule_set_that_judged_is_stored() -> None:
    out = as_json(examined(rules="kendall"))
    assert (out.criteria.id, out.criteria.version) == ("kendall", RULE_SETS["kendall"].version)
