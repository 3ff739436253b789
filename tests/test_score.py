"""Scoring without a photo: the measurement's shape, the photo's own values kept beside."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from app.results.by_hand import BY_HAND
from app.results.convert import flag_out, measurement_out, reading_of
from app.results.rescore import score
from app.results.rescore_input import ScoreIn
from app.results.schemas import AngleOut, MeasurementOut, ObservationsOut
from stick_figure import StickFigure, measure_figure, measure_people
from vision.criteria import DEFAULT_RULES, RULE_SETS
from vision.errors import DegenerateLimb, InvalidOption
from vision.flags import FLAG_KINDS, Flag

GUIDE = RULE_SETS["guide"]
FIGURE = StickFigure(thigh_deg=-12, knee_deg=95)
POINTS = {
    "hip": {"x_px": 100, "y_px": 100},
    "knee": {"x_px": 200, "y_px": 100},
    "ankle": {"x_px": 200, "y_px": 200},
}


@pytest.fixture(scope="module")
def measured() -> MeasurementOut:
    return measurement_out(measure_figure(FIGURE))


def scored(rules_id: str = "guide", **wanted: Any) -> MeasurementOut:
    return score(ScoreIn.model_validate({"criteria": rules_id, **wanted}), RULE_SETS[rules_id])


def moved(measured: MeasurementOut, joint: str, dx: float, dy: float) -> dict[str, Any]:
    assert measured.points is not None
    points = measured.points.model_dump(
        exclude={"hip": {"source"}, "knee": {"source"}, "ankle": {"source"}}
    )
    points[joint]["x_px"] += dx
    points[joint]["y_px"] += dy
    return points


# --- correcting a measurement -------------------------------------------------------------


def test_untouched_points_change_nothing(measured: MeasurementOut) -> None:
    again = scored(measurement=measured, points=moved(measured, "hip", 0, 0))
    assert again == measured
    assert scored(measurement=measured) == measured


def test_a_moved_point_is_marked_and_the_old_values_are_kept(measured: MeasurementOut) -> None:
    lower = scored(measurement=measured, points=moved(measured, "knee", 0, 40))
    assert measured.thigh_deg is not None
    assert lower.thigh_deg is not None
    assert lower.thigh_deg.value < measured.thigh_deg.value - 5
    assert (lower.thigh_deg.source, measured.thigh_deg.source) == ("adjusted", "automatic")
    assert lower.points is not None
    assert [lower.points.hip.source, lower.points.knee.source] == ["automatic", "adjusted"]
    assert lower.automatic is not None
    assert lower.automatic.thigh_deg == measured.thigh_deg
    assert lower.automatic.points == measured.points
    assert "set_by_hand" in [flag.code for flag in lower.flags]
    assert lower.provenance == measured.provenance


def test_correcting_twice_keeps_the_photos_own_values(measured: MeasurementOut) -> None:
    once = scored(measurement=measured, points=moved(measured, "knee", 0, 40))
    twice = scored(measurement=once, points=moved(measured, "ankle", 30, 0))
    assert twice.automatic == once.automatic
    assert [flag.code for flag in twice.flags].count("set_by_hand") == 1
    back = scored(measurement=once, points=moved(measured, "hip", 0, 0), level_deg=None)
    assert back.points is not None
    assert back.points.knee.source == "automatic"
    assert back.thigh_deg == measured.thigh_deg


def test_a_small_move_makes_a_small_change(measured: MeasurementOut) -> None:
    nudged = scored(measurement=measured, points=moved(measured, "knee", 0, 0.2))
    assert nudged.thigh_deg is not None
    assert measured.thigh_deg is not None
    assert nudged.thigh_deg.value == pytest.approx(measured.thigh_deg.value, abs=0.3)


def test_the_allowance_for_the_camera_outlasts_a_correction(measured: MeasurementOut) -> None:
    assert measured.thigh_deg is not None
    assert measured.image_plane is not None
    seen = measured.image_plane.model_copy(
        update={"thigh_deg": measured.image_plane.thigh_deg - 3.0}
    )
    oblique = measured.model_copy(update={"image_plane": seen})
    points = moved(oblique, "knee", 0, 40)
    plain = scored(measurement=measured, points=points)
    allowed = scored(measurement=oblique, points=points)
    assert plain.thigh_deg is not None
    assert allowed.thigh_deg is not None
    assert allowed.thigh_deg.value == pytest.approx(plain.thigh_deg.value + 3.0, abs=0.1)
    twice = scored(measurement=allowed, points=moved(oblique, "knee", 0, 41))
    assert twice.thigh_deg is not None
    assert twice.thigh_deg.value == pytest.approx(allowed.thigh_deg.value, abs=1.0)


def test_another_level_turns_the_thigh_and_leaves_the_knee(measured: MeasurementOut) -> None:
    turned = scored(measurement=measured, level_deg=3.0)
    assert turned.level is not None
    assert (turned.level.roll_deg, turned.level.source) == (3.0, "given")
    assert turned.thigh_deg is not None
    assert measured.thigh_deg is not None
    assert turned.thigh_deg.value == pytest.approx(measured.thigh_deg.value - 3.0, abs=0.2)
    assert turned.knee_flexion_deg is not None
    assert measured.knee_flexion_deg is not None
    assert turned.knee_flexion_deg.value == pytest.approx(measured.knee_flexion_deg.value, abs=0.2)


def test_other_rules_judge_the_same_angles(measured: MeasurementOut) -> None:
    other = scored("ferber-2010", measurement=measured)
    assert other.criteria.id == "ferber-2010"
    assert other.thigh_deg == measured.thigh_deg
    assert [one.criterion for one in other.findings] == ["thigh"]


def test_a_result_is_judged_again_by_the_rules_that_judged_it(measured: MeasurementOut) -> None:
    by_kendall = scored("kendall", measurement=measured)
    assert ScoreIn(measurement=by_kendall).rules_id == "kendall"
    assert ScoreIn(measurement=by_kendall, criteria="magee").rules_id == "magee"
    assert ScoreIn().rules_id == DEFAULT_RULES


def test_observations_are_judged_and_replace_older_ones(measured: MeasurementOut) -> None:
    hurts = scored(measurement=measured, observations={"hip_pain": "yes"})
    assert hurts.next_steps[0].id == "see_clinician"
    assert "hip_pain" in [flag.code for flag in hurts.flags]
    healed = scored(measurement=hurts, observations={"hip_pain": "no"})
    assert "hip_pain" not in [flag.code for flag in healed.flags]
    kept = scored(measurement=hurts)
    assert kept.observations == ObservationsOut(hip_pain="yes")


@pytest.mark.parametrize("touch", [True, False])
def test_a_back_that_was_not_flat_leaves_no_number(measured: MeasurementOut, touch: bool) -> None:
    wanted: dict[str, Any] = {"observations": {"lower_back_flat": "no"}}
    if touch:
        wanted["points"] = moved(measured, "knee", 0, 20)
    hollow = scored(measurement=measured, **wanted)
    assert not hollow.measurable
    assert hollow.verdict == "not_measurable"
    assert hollow.thigh_deg is None
    assert hollow.knee_flexion_deg is None
    assert hollow.points is None
    assert any(flag.blocking for flag in hollow.flags)


def test_a_refused_photo_can_be_read_by_hand() -> None:
    refused = measurement_out(measure_people([]))
    assert not refused.measurable
    read = scored(measurement=refused, points=POINTS, head_towards="left", leg="right")
    assert read.measurable
    assert read.knee_flexion_deg is not None
    assert read.knee_flexion_deg.value == pytest.approx(90.0)
    assert read.automatic is not None
    assert read.automatic.thigh_deg is None
    assert read.tested_leg is not None
    assert (read.tested_leg.side, read.tested_leg.near_camera) == ("right", True)
    assert not any(flag.blocking for flag in read.flags)


# --- without a photo -----------------------------------------------------------------------


def test_points_alone() -> None:
    read = scored(points=POINTS, head_towards="left", level_deg=0.0)
    assert read.thigh_deg is not None
    assert read.thigh_deg.value == pytest.approx(0.0)
    assert read.provenance.model == BY_HAND
    assert read.provenance.photo_sha256 is None
    assert read.automatic is None


# --- what cannot be ---------------------------------------------------------------------------------


def blocked(**wanted: Any) -> set[str]:
    out = scored(**wanted)
    assert out.measurable is (not any(flag.blocking for flag in out.flags))
    if not out.measurable:
        assert (out.verdict, out.thigh_deg, out.knee_flexion_deg) == ("not_measurable", None, None)
        assert (out.shank_from_plumb_deg, out.points, out.image_plane) == (None, None, None)
    return {flag.code for flag in out.flags if flag.blocking}


def leg_of(thigh_deg: float, knee_deg: float, shank_px: float = 90.0) -> dict[str, Any]:
    """Points of a leg of 100 pixels' thigh, the feet to the right."""
    joints, at, toward = {}, np.array([300.0, 300.0]), (thigh_deg, thigh_deg - knee_deg)
    for name, length, degrees in zip(
        ("hip", "knee", "ankle"), (0.0, 100.0, shank_px), (0.0, *toward), strict=True
    ):
        turn = math.radians(degrees)
        at = at + length * np.array([math.cos(turn), -math.sin(turn)])
        joints[name] = {"x_px": round(float(at[0]), 3), "y_px": round(float(at[1]), 3)}
    return joints


@pytest.mark.parametrize(
    ("thigh", "knee", "codes"),
    [
        (-10, -25, {"impossible_knee"}),
        (-10, -12, set()),  # its interval reaches what a knee can do
        (-10, 175, {"impossible_knee"}),
        (-10, 158, set()),
        (-80, 20, {"impossible_thigh"}),
        (90, 60, {"impossible_thigh"}),
        (170, 90, {"impossible_thigh"}),  # the head is on the other side
    ],
)
def test_no_door_publishes_what_no_leg_can_do(thigh: float, knee: float, codes: set[str]) -> None:
    assert blocked(points=leg_of(thigh, knee), head_towards="left", level_deg=0.0) == codes
    by_figures = {"thigh_deg": thigh, "knee_flexion_deg": knee, "uncertainty_deg": 4}
    assert blocked(angles=by_figures, leg="left") == codes


@pytest.mark.parametrize(
    ("shank", "codes"),
    [(310, {"impossible_leg"}), (290, set()), (32, {"impossible_leg"}), (35, set())],
)
def test_thigh_and_shank_of_one_leg_are_alike(shank: float, codes: set[str]) -> None:
    assert blocked(points=leg_of(0, 90, shank), head_towards="left", level_deg=0.0) == codes


def refusal_with(code: str) -> MeasurementOut:
    refused = measurement_out(measure_people([]))
    return refused.model_copy(update={"flags": (flag_out(Flag(FLAG_KINDS[code])),)})


@pytest.mark.parametrize("code", ["upside_down", "sideways"])
def test_points_do_not_mend_a_photo_that_has_to_be_turned(code: str) -> None:
    refused = refusal_with(code)
    assert blocked(measurement=refused, points=leg_of(0, 90), head_towards="left") == {code}


@pytest.mark.parametrize("code", ["standing", "prone", "both_legs_down", "knee_not_held"])
def test_points_in_a_position_that_was_refused_leave_a_doubt(code: str) -> None:
    out = scored(measurement=refusal_with(code), points=leg_of(0, 90), head_towards="left")
    assert out.measurable
    assert {"set_by_hand", "position_doubtful"} <= {flag.code for flag in out.flags}


def test_a_result_that_was_tampered_with_is_not_judged_anew(measured: MeasurementOut) -> None:
    odd = measured.model_copy(
        update={"knee_flexion_deg": AngleOut(value=-40.0, interval=(-45.0, -35.0))}
    )
    assert "impossible_knee" in blocked(measurement=odd)


def test_an_unknown_level_widens_the_thigh() -> None:
    known = scored(points=POINTS, head_towards="left", level_deg=0.0)
    unknown = scored(points=POINTS, head_towards="left")
    assert known.thigh_deg is not None
    assert unknown.thigh_deg is not None
    assert unknown.thigh_deg.interval[1] > known.thigh_deg.interval[1]
    assert unknown.knee_flexion_deg == known.knee_flexion_deg
    assert unknown.level is not None
    assert unknown.level.source == "assumed"


def test_angles_alone() -> None:
    read = scored(
        angles={"thigh_deg": -12.0, "knee_flexion_deg": 60, "uncertainty_deg": 3}, leg="left"
    )
    assert read.thigh_deg is not None
    assert read.thigh_deg.interval == (-15.0, -9.0)
    assert read.thigh_deg.source == "adjusted"
    assert (read.verdict, read.pattern) == ("fail", "rectus_femoris")
    assert read.tested_leg is not None
    assert read.tested_leg.near_camera is None
    assert reading_of(read) is not None


# --- what cannot be scored -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "Nothing to score"),
        ({"level_deg": 2.0}, "Nothing to score"),
        ({"points": POINTS}, "head_towards"),
        ({"points": POINTS, "angles": {"thigh_deg": 0, "knee_flexion_deg": 0}}, "not both"),
        ({"points": POINTS, "head_towards": "left", "level_deg": 90}, "within"),
    ],
)
def test_what_is_missing_is_named(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        scored(**wanted)


def test_points_that_coincide() -> None:
    with pytest.raises(DegenerateLimb):
        scored(points={**POINTS, "knee": POINTS["hip"]}, head_towards="left")


@pytest.mark.parametrize(
    "wanted",
    [
        {"angles": {"thigh_deg": float("nan"), "knee_flexion_deg": 0}},
        {"angles": {"thigh_deg": 181, "knee_flexion_deg": 0}},
        {"points": {"hip": POINTS["hip"]}},
        {"points": {**POINTS, "hip": {"x_px": 1e9, "y_px": 0}}},
        {"unknown": 1},
        {"observations": {"hip_pain": "maybe"}},
    ],
)
def test_nonsense_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ScoreIn.model_validate(wanted)


def test_a_result_sent_back_as_json_is_the_same(measured: MeasurementOut, tmp_path: Path) -> None:
    text = measured.model_dump_json()
    assert scored(measurement=MeasurementOut.model_validate_json(text)) == measured
