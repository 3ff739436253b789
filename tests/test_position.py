"""The cues of the test position: each has a near miss, and each alone can refuse."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stick_figure import TRUNK, StickFigure, measure_figure, measure_people, pose_of, relabelled
from vision.cues import CUES, Cue, Refusal
from vision.figure import Sighting, figure_of
from vision.position import is_clear, leg_supported, posture, read_cues, refused_for, strain
from vision.sides import Side
from vision.view import read_view

LYING = StickFigure()
KINDS = {kind.name: kind for kind in CUES}


def cues_of(figure: StickFigure, roll_deg: float | None = None) -> dict[str, Cue]:
    roll = figure.roll_deg if roll_deg is None else roll_deg
    return {cue.kind.name: cue for cue in read_cues([Sighting(figure.person())], roll)}


def refusal_of(figure: StickFigure) -> Refusal | None:
    return refused_for(tuple(cues_of(figure).values()))


def at(name: str, excess: float) -> float:
    """The value of a cue that counts so much."""
    kind = KINDS[name]
    return kind.limit + excess * (kind.impossible - kind.limit)


def straining(name: str, excess: float) -> StickFigure:
    """Somebody whose only oddity is this cue, by so much."""
    value = at(name, excess)
    figures = {
        "trunk_level": lambda: replace(
            LYING, trunk_deg=-value, thigh_deg=-10 - value, held_deg=125 - value
        ),
        "face_up": lambda: replace(LYING, nose_up=value),
        "pelvis_down": lambda: replace(LYING, trunk_deg=value, held_deg=125 + value),
        "held_thigh_folded": lambda: replace(LYING, held_deg=value),
        "tested_thigh_down": lambda: replace(LYING, thigh_deg=value, knee_deg=value + 50),
        "tested_thigh_carried": lambda: replace(LYING, thigh_deg=value, knee_deg=30.0),
        "thighs_apart": lambda: replace(
            LYING, trunk_deg=0.0, thigh_deg=44.0, knee_deg=90.0, held_deg=44.0 + value
        ),
        "held_thigh_at_chest": lambda: replace(LYING, held_deg=value),
        "held_knee_bent": lambda: replace(LYING, held_knee_deg=value),
        "knee_held": lambda: replace(LYING, hand_gap=value),
        "chest_square": lambda: replace(LYING, chest_turn=value, pelvis_turn=value),
        "trunk_straight": lambda: replace(LYING, chest_turn=value / 2, pelvis_turn=-value / 2),
        "shank_hangs": lambda: replace(LYING, thigh_deg=40.0, knee_deg=40.0 - value),
        "foot_free": lambda: replace(
            LYING, thigh_deg=30.0, knee_deg=95.0, shank=(0.5 + value * TRUNK) / _sine(65.0)
        ),
        "knee_bends_forward": lambda: replace(LYING, thigh_deg=-30.0, knee_deg=value),
        "limbs_match": lambda: replace(LYING, shank=value),
    }
    return figures[name]()


def _sine(degrees: float) -> float:
    return math.sin(math.radians(degrees))


# `thighs_apart` and `held_thigh_folded` cannot be told apart by one figure: a held thigh that is
# folded enough is far from a tested one that hangs.
ALONE = [name for name in KINDS if name != "thighs_apart"]


SETTLED = {
    "trunk_level": (18, 40, "sitting"),
    "face_up": (0, -0.1, "prone"),
    "pelvis_down": (12, 20, "pelvis_lifted"),
    "held_thigh_folded": (95, 60, "both_legs_down"),
    "tested_thigh_down": (45, 60, "both_knees_up"),
    "tested_thigh_carried": (-45, -65, "not_thomas_test"),
    "thighs_apart": (45, 30, "not_thomas_test"),
    "held_thigh_at_chest": (185, 210, "held_leg_not_folded"),
    "held_knee_bent": (60, 25, "held_leg_not_folded"),
    "knee_held": (0.35, 1.1, "knee_not_held"),
    "chest_square": (0.42, 0.65, "body_twisted"),
    "trunk_straight": (0.32, 0.5, "body_twisted"),
    "shank_hangs": (0, 25, "not_thomas_test"),
    "foot_free": (0.33, 0.15, "foot_on_support"),
    "knee_bends_forward": (0, -20, "impossible_knee"),
    "limbs_match": (1.7, 2.6, "not_thomas_test"),
}
"""Limit, impossible and refusal of each cue; why, stands in its ``because``."""


def test_limits_are_what_the_evidence_was_gathered_with() -> None:
    """A changed limit wants `benchmarks.positions` run again."""
    assert {kind.name: (kind.limit, kind.impossible, kind.refusal) for kind in CUES} == SETTLED
    assert all(kind.because for kind in CUES)


def test_late_cues_need_gravity_or_a_joint_that_is_often_hidden() -> None:
    late = {"trunk_level", "pelvis_down", "held_knee_bent", "shank_hangs", "foot_free"}
    assert {kind.name for kind in CUES if kind.late} == late
    assert {kind.name: kind.quantile for kind in CUES if kind.quantile != 0.5} == {
        "held_knee_bent": 0.75
    }


def test_the_nose_is_seen_from_the_ears_wherever_the_head_lies() -> None:
    person = LYING.person()
    on_a_pillow = person.points_px - [[0.0, 40.0]] * (np.arange(33) < 11)[:, None]
    face_up = [kind.name for kind in CUES].index("face_up")
    flat, raised = (
        read_cues([Sighting(one)])[face_up].value
        for one in (person, replace(person, points_px=on_a_pillow))
    )
    assert raised == pytest.approx(flat)
    assert flat == pytest.approx(LYING.nose_up)


def test_an_ordinary_test_position_strains_no_cue() -> None:
    cues = cues_of(LYING)
    assert [name for name, cue in cues.items() if not cue.ok] == []
    assert set(cues) == set(KINDS)


@pytest.mark.parametrize("name", ALONE)
def test_a_cue_within_its_limit_counts_nothing(name: str) -> None:
    cues = cues_of(straining(name, -0.05))
    assert [other for other, cue in cues.items() if not cue.ok] == []


@pytest.mark.parametrize("name", ALONE)
def test_a_cue_reads_what_the_body_does(name: str) -> None:
    cue = cues_of(straining(name, 0.4))[name]
    assert cue.value == pytest.approx(at(name, 0.4), abs=0.02 * max(1.0, abs(cue.value or 0)))
    assert cue.excess == pytest.approx(0.4, abs=0.12)
    assert not cue.ok


@pytest.mark.parametrize("name", ALONE)
def test_a_cue_beyond_its_limit_flags_the_photo_and_does_not_refuse_it(name: str) -> None:
    result = measure_figure(straining(name, 0.5))
    codes = [flag.kind.code for flag in result.quality.flags]
    assert "position_doubtful" in codes
    assert KINDS[name].refusal not in codes
    assert result.view.body is not None


@pytest.mark.parametrize("name", ALONE)
def test_a_cue_that_is_impossible_refuses_by_its_own_name(name: str) -> None:
    figure = straining(name, 1.6)
    result = measure_figure(figure)
    assert result.reading is None
    assert result.quality.flags[0].kind.code in {KINDS[name].refusal, "standing"}
    assert refusal_of(straining(name, 1.3)) == KINDS[name].refusal


def test_thighs_alike_are_refused() -> None:
    assert cues_of(straining("thighs_apart", 1.1))["thighs_apart"].excess > 1.0
    assert cues_of(straining("thighs_apart", -0.1))["thighs_apart"].ok


def test_oddities_add_up() -> None:
    odd = replace(LYING, hand_gap=at("knee_held", 0.6))
    assert refusal_of(odd) is None
    odder = replace(odd, nose_up=at("face_up", 0.5))
    assert strain(tuple(cues_of(odder).values())) == pytest.approx(1.1, abs=0.05)
    assert refusal_of(odder) == "knee_not_held"
    assert measure_figure(odder).reading is None


def test_what_lies_how_is_named_before_what_the_legs_do() -> None:
    bridge = replace(LYING, trunk_deg=at("pelvis_down", 1.2), held_deg=at("held_thigh_folded", 2.0))
    assert refusal_of(bridge) == "pelvis_lifted"


def test_the_hands_may_be_somebody_elses() -> None:
    alone = replace(LYING, hand_gap=at("knee_held", 1.5))
    assert measure_figure(alone).quality.flags[0].kind.code == "knee_not_held"
    helper = StickFigure(thigh_deg=-85, knee_deg=0, held_deg=-85, trunk_deg=-85, thigh_px=160)
    knee = LYING.person().points_px[25 if LYING.tested_side == "right" else 26]
    person = helper.person()
    hands = person.points_px.copy()
    hands[[15, 16, 19, 20]] = knee
    result = measure_people([alone.person(), replace(person, points_px=hands)])
    assert result.measurable
    assert result.position[[kind.name for kind in CUES].index("knee_held")].ok


# --- invariance -----------------------------------------------------------------------------------

FIGURES = st.builds(
    StickFigure,
    thigh_deg=st.floats(-40, 40),
    knee_deg=st.floats(-15, 130),
    held_deg=st.floats(60, 200),
    trunk_deg=st.floats(-25, 25),
    near=st.booleans(),
    hand_gap=st.floats(0, 1),
    chest_turn=st.floats(-0.6, 0.6),
    pelvis_turn=st.floats(-0.3, 0.3),
)


@given(figure=FIGURES, roll=st.floats(-30, 30), scale=st.floats(0.3, 3), head=st.booleans())
def test_cues_do_not_depend_on_tilt_size_side_or_labels(
    figure: StickFigure, roll: float, scale: float, head: bool
) -> None:
    plain = cues_of(figure)
    towards: Side = "left" if head else "right"
    moved = replace(
        figure,
        roll_deg=roll,
        thigh_px=figure.thigh_px * scale,
        hip_px=(120.0, 90.0),
        head_towards=towards,
    )
    for name, cue in cues_of(moved).items():
        before = plain[name].value
        assert (cue.value is None) == (before is None)
        if cue.value is not None and before is not None:
            assert cue.value == pytest.approx(before, abs=1e-6)
    swapped = read_cues([Sighting(relabelled(moved.person()))], roll)
    assert [cue.value for cue in swapped] == pytest.approx(
        [cue.value for cue in cues_of(moved).values()]
    )


@given(figure=FIGURES)
def test_four_quarter_turns_change_nothing_and_two_turn_it_over(figure: StickFigure) -> None:
    sighting = Sighting(figure.person())
    once = sighting.turned(90)
    np.testing.assert_allclose(
        once.turned(270).person.points_px, sighting.person.points_px, atol=1e-9
    )
    np.testing.assert_allclose(
        once.turned(90).person.points_px, sighting.turned(180).person.points_px, atol=1e-9
    )


def test_a_quarter_turn_runs_clockwise_on_screen() -> None:
    person = LYING.person()
    x, y = person.points_px[0]
    assert Sighting(person).turned(90).person.points_px[0] == pytest.approx((-y, x))


# --- upside down and sideways ---------------------------------------------------------------------


@pytest.mark.parametrize("head", ["left", "right"])
@pytest.mark.parametrize(
    ("clockwise", "code"), [(90, "sideways"), (180, "upside_down"), (270, "sideways")]
)
def test_a_turned_photo_is_refused_as_turned(head: Side, clockwise: int, code: str) -> None:
    person = Sighting(replace(LYING, head_towards=head).person()).turned(clockwise).person
    view = read_view(pose_of([person]))
    assert (view.refusal, view.turn_deg) == (code, (360 - clockwise) % 360)


@pytest.mark.parametrize(
    "figure",
    [
        replace(LYING, held_deg=90.0),  # kneels on one knee, once turned
        replace(LYING, thigh_deg=0.0, knee_deg=10.0),  # stands and hugs a knee, once turned
        replace(LYING, hand_gap=0.6),
    ],
    ids=["kneeling", "standing", "hands elsewhere"],
)
@pytest.mark.parametrize("clockwise", [90, 270])
def test_who_kneels_or_stands_is_not_called_sideways(figure: StickFigure, clockwise: int) -> None:
    person = Sighting(figure.person()).turned(clockwise).person
    view = read_view(pose_of([person]))
    assert view.refusal in {"standing", "sitting"}
    assert view.turn_deg is None


def test_only_a_plain_position_is_clear() -> None:
    straight = Sighting(replace(LYING, thigh_deg=-20, knee_deg=5).person())
    for turned in (90, 180, 270):
        assert is_clear(Sighting(LYING.person()), turned)
        assert not is_clear(Sighting(replace(LYING, hand_gap=0.5).person()), turned)
        assert is_clear(straight, turned) is (turned == 180)
    assert posture(figure_of(Sighting(replace(LYING, hand_gap=0.5).person()))) is None


# --- a leg that lies ------------------------------------------------------------------------------


def supported(figure: StickFigure) -> bool:
    return leg_supported([Sighting(figure.person())], figure.roll_deg)


@pytest.mark.parametrize("roll", [-12.0, 0.0, 12.0])
@pytest.mark.parametrize(
    ("thigh", "knee", "lies"),
    [
        (0.0, 5.0, True),
        (-5.0, 2.0, True),
        (6.0, 15.0, True),
        (0.0, 25.0, False),  # bent
        (-20.0, 5.0, False),  # drops
        (25.0, 15.0, False),  # raised
        (-10.0, 83.0, False),
    ],
)
def test_a_straight_leg_in_line_with_the_table_lies_on_it(
    thigh: float, knee: float, lies: bool, roll: float
) -> None:
    assert supported(StickFigure(thigh, knee, roll_deg=roll)) is lies


@pytest.mark.parametrize(("toes", "lies"), [(100.0, True), (60.0, False)])
def test_a_leg_on_its_heel_lies_and_one_whose_foot_droops_hangs(toes: float, lies: bool) -> None:
    assert supported(StickFigure(19.0, 50.0, toes_deg=toes)) is lies
    assert not supported(StickFigure(0.0, 60.0, toes_deg=toes))  # the foot is far below the back


def test_a_leg_that_lies_is_measured_and_flagged() -> None:
    result = measure_figure(StickFigure(0.0, 5.0))
    assert "leg_supported" in [flag.kind.code for flag in result.quality.flags]
    assert result.measurable


def test_the_tested_leg_is_the_less_folded_one_of_the_models_two() -> None:
    for near in (True, False):
        figure = replace(LYING, near=near)
        label = ("left", "right")[figure_of(Sighting(figure.person())).tested]
        assert label == figure.tested_side
