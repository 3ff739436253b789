"""Who lies how: the test position is recognised by geometry, whatever the labels say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stick_figure import StickFigure, pose_of
from vision.cues import Refusal
from vision.pose import Person
from vision.sides import Side
from vision.testees import MIN_SIZE
from vision.view import (
    MAX_OUTLIER,
    SETTLED_DEVIATION,
    View,
    direction_deg,
    is_settled,
    read_view,
)

STANDING = StickFigure(thigh_deg=-85, knee_deg=0, held_deg=-85, trunk_deg=-85)
SITTING = StickFigure(thigh_deg=0, knee_deg=90, held_deg=3, trunk_deg=-80)
LYING = StickFigure()


def view_of(figure: StickFigure) -> View:
    return read_view(pose_of([figure.person()]))


# --- directions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "head_left", "head_right"),
    [
        ((10, 0), 0, 180),
        ((10, -10), 45, 135),
        ((0, -10), 90, 90),
        ((-10, -10), 135, 45),
        ((-10, 10), -135, -45),
        ((0, 10), -90, -90),
        ((10, 10), -45, -135),
    ],
)
def test_directions_count_from_the_feet_upwards(
    step: tuple[float, float], head_left: float, head_right: float
) -> None:
    start = np.array([50.0, 60.0])
    assert direction_deg(start, start + step, "left") == pytest.approx(head_left, abs=1e-9)
    assert direction_deg(start, start + step, "right") % 360 == pytest.approx(head_right % 360)


# --- which way round, which leg hangs -------------------------------------------------------------


@pytest.mark.parametrize("roll_deg", [-8.0, 0.0, 8.0])
@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("head", ["left", "right"])
def test_head_and_hanging_leg_are_read_off_the_body(
    head: Side, near: bool, roll_deg: float
) -> None:
    figure = StickFigure(head_towards=head, near=near, roll_deg=roll_deg)
    view = view_of(figure)
    assert (view.refusal, view.head_towards) == (None, head)
    assert view.body is not None
    assert view.body.labels == (figure.tested_side,) * 8
    assert (view.passes_agreeing, view.passes_total, view.people) == (8, 8, 1)
    assert view.leg is None  # whose leg it is, is settled later


@given(
    thigh=st.floats(-44, 44),
    hugged=st.floats(96, 170),
    knee=st.floats(0, 130),
    head=st.sampled_from(["left", "right"]),
    near=st.booleans(),
    roll=st.floats(-4, 4),
)
def test_every_ordinary_test_position_is_accepted(
    thigh: float, hugged: float, knee: float, head: Side, near: bool, roll: float
) -> None:
    figure = StickFigure(thigh, knee, hugged, head_towards=head, near=near, roll_deg=roll)
    view = view_of(figure)
    assert (view.refusal, view.head_towards) == (None, head)
    assert view.body is not None
    assert set(view.body.labels) == {figure.tested_side}


def test_a_thigh_folded_onto_the_chest_is_held_not_dropped() -> None:
    view = view_of(replace(LYING, held_deg=184))
    assert view.refusal is None
    assert view.body is not None
    assert set(view.body.labels) == {LYING.tested_side}


# --- what is refused, and what nearly is ----------------------------------------------------

REFUSED: dict[Refusal, list[StickFigure]] = {
    "standing": [
        STANDING,
        replace(STANDING, head_towards="right"),
        # bent over, with level trunk and straight legs
        StickFigure(-75, 0, -100, trunk_deg=0, held_knee_deg=0),
    ],
    "sitting": [SITTING, replace(SITTING, head_towards="right"), replace(SITTING, thigh_deg=20)],
    "prone": [
        replace(LYING, thigh_deg=0, knee_deg=0, held_deg=0, face_up=False),
        replace(LYING, face_up=False),
    ],
    "both_legs_down": [replace(LYING, held_deg=5), replace(LYING, held_deg=30)],
    "both_knees_up": [
        replace(LYING, thigh_deg=110, held_deg=120),
        replace(LYING, thigh_deg=80, held_deg=140),
    ],
    "not_thomas_test": [replace(LYING, thigh_deg=-90, knee_deg=0)],
    # The held thigh points down and headward: a leg of someone who stands.
    "held_leg_not_folded": [replace(LYING, held_deg=230)],
    "body_twisted": [replace(LYING, chest_turn=0.8)],
    "knee_not_held": [replace(LYING, hand_gap=1.6)],
}
NEARLY_REFUSED = [
    replace(LYING, trunk_deg=-30, thigh_deg=-35, held_deg=95),
    replace(LYING, trunk_deg=30, thigh_deg=20, held_deg=155),
    replace(LYING, nose_up=-0.08),
    replace(LYING, held_deg=65),
    replace(LYING, thigh_deg=55, knee_deg=100),
    replace(LYING, thigh_deg=-60, knee_deg=20),
    replace(LYING, held_deg=205),
    replace(LYING, chest_turn=0.6, pelvis_turn=0.6),
    replace(LYING, hand_gap=1.0),
]


@pytest.mark.parametrize(
    ("refusal", "figure"), [(name, figure) for name, all_of in REFUSED.items() for figure in all_of]
)
def test_other_positions_are_refused_by_name(refusal: Refusal, figure: StickFigure) -> None:
    view = view_of(figure)
    assert view.refusal == refusal
    assert (view.head_towards, view.leg, view.body) == (None, None, None)


@pytest.mark.parametrize("figure", NEARLY_REFUSED, ids=str)
def test_positions_just_inside_the_limits_are_measured(figure: StickFigure) -> None:
    view = view_of(figure)
    assert view.refusal is None
    assert view.body is not None


def test_nobody_there_is_refused() -> None:
    view = read_view(pose_of([]))
    assert (view.refusal, view.people, view.body, view.leg) == ("no_person", 0, None, None)
    assert (view.passes_agreeing, view.passes_total) == (0, 8)


def test_somebody_in_less_than_half_of_the_passes_is_nobody() -> None:
    person = LYING.person()
    assert read_view(pose_of([person], [person], [person], *[[]] * 5)).refusal == "no_person"
    assert read_view(pose_of([person], [])).refusal is None


# --- several people -------------------------------------------------------------------------

NEIGHBOUR = replace(LYING, hip_px=(450.0, 600.0))


def test_two_people_in_the_test_position_are_refused() -> None:
    view = read_view(pose_of([LYING.person(), NEIGHBOUR.person()]))
    assert (view.refusal, view.people) == ("several_people", 2)


def test_two_people_in_a_minority_of_passes_are_one() -> None:
    alone, both = [LYING.person()], [LYING.person(), NEIGHBOUR.person()]
    assert read_view(pose_of(both, both, *[alone] * 6)).refusal is None
    assert read_view(pose_of(both, both, both, *[alone] * 5)).refusal == "several_people"


@pytest.mark.parametrize("head", ["left", "right"])
def test_two_people_seen_one_a_pass_are_two(head: Side) -> None:
    neighbour = replace(NEIGHBOUR, head_towards=head)
    view = read_view(pose_of([LYING.person()], [neighbour.person()]))
    assert view.refusal == "several_people"


@pytest.mark.parametrize(("share", "several"), [(1.05, True), (0.95, False)])
def test_a_mirror_image_further_back_is_not_tested(share: float, several: bool) -> None:
    image = replace(
        LYING, thigh_px=LYING.thigh_px * MIN_SIZE * share, hip_px=(450, 120), head_towards="right"
    )
    view = read_view(pose_of([LYING.person(), image.person()]))
    assert (view.refusal == "several_people") is several


def test_a_refusal_is_about_the_patient_and_not_about_the_therapist() -> None:
    patient = replace(LYING, held_deg=10.0)
    therapist = replace(STANDING, hip_px=(650.0, 330.0), thigh_px=220.0)
    view = read_view(pose_of([therapist.person(), patient.person()]))
    assert view.refusal == "both_legs_down"
    assert len(view.subject) == 8
    np.testing.assert_allclose(view.subject[0].person.points_px, patient.person().points_px)


def test_the_larger_person_in_the_test_position_is_the_one_measured() -> None:
    doll = replace(NEIGHBOUR, thigh_px=50.0).person()
    view = read_view(pose_of([doll, LYING.person()], *[[LYING.person()]] * 7))
    assert (view.refusal, view.passes_agreeing) == (None, 8)


def test_a_therapist_beside_the_table_does_not_matter() -> None:
    therapist = replace(STANDING, hip_px=(650.0, 330.0), thigh_px=220.0)
    view = read_view(pose_of([therapist.person(), LYING.person()]))
    assert (view.refusal, view.people) == (None, 2)
    assert view.body is not None
    np.testing.assert_allclose(view.body.people[0].points_px, LYING.person().points_px)


def test_the_same_body_found_twice_is_one() -> None:
    twin = replace(LYING, hip_px=(455.0, 352.0))
    assert read_view(pose_of([LYING.person(), twin.person()])).refusal is None


def test_the_larger_of_two_positions_is_named() -> None:
    small_sitter = replace(SITTING, thigh_px=60.0)
    assert read_view(pose_of([small_sitter.person(), STANDING.person()])).refusal == "standing"


# --- passes that saw something else -----------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        replace(LYING, hip_px=(530.0, 280.0)),
        replace(LYING, head_towards="right"),
        replace(LYING, thigh_deg=30.0),
        STANDING,
    ],
    ids=["elsewhere", "other way round", "other thigh", "standing"],
)
def test_a_minority_of_garbage_passes_is_left_out(garbage: StickFigure) -> None:
    good, bad = [LYING.person()], [garbage.person()]
    view = read_view(pose_of(bad, good, bad, good, bad, good, good, good))
    assert view.refusal is None
    assert view.passes_agreeing == 5
    assert view.body is not None
    assert view.body.tested_px.shape == (5, 3, 2)
    assert all(
        np.allclose(person.points_px, LYING.person().points_px) for person in view.body.people
    )


def test_passes_that_all_see_something_else_are_refused(rng: np.random.Generator) -> None:
    places = rng.uniform((350, 250), (550, 450), (8, 2))
    people = [replace(LYING, hip_px=(x, y)).person() for x, y in places]
    view = read_view(pose_of(*[[person] for person in people]))
    assert view.refusal == "passes_disagree"
    assert view.passes_agreeing < 4


@pytest.mark.parametrize(("good", "refusal"), [(1, "standing"), (2, "passes_disagree")])
def test_some_good_passes_among_bad_ones_are_called_a_contradiction(
    good: int, refusal: Refusal
) -> None:
    passes = [[LYING.person()]] * good + [[STANDING.person()]] * (8 - good)
    assert read_view(pose_of(*passes)).refusal == refusal


@pytest.mark.parametrize(
    ("place", "refusal"),
    [(NEIGHBOUR.hip_px, "several_people"), (LYING.hip_px, "passes_disagree")],
)
def test_some_good_passes_in_one_place_and_bad_ones_in_another_are_two_people(
    place: tuple[float, float], refusal: Refusal
) -> None:
    loose = replace(LYING, hand_gap=2.0, hip_px=place)
    passes = [[LYING.person()]] * 3 + [[loose.person()]] * 5
    assert read_view(pose_of(*passes)).refusal == refusal


@pytest.mark.parametrize(("factor", "kept"), [(0.95, 8), (1.05, 7)])
def test_outliers_are_counted_in_thigh_lengths(factor: float, kept: int) -> None:
    away = MAX_OUTLIER * factor * LYING.thigh_px
    moved = replace(LYING, hip_px=(LYING.hip_px[0], LYING.hip_px[1] + away))
    view = read_view(pose_of([moved.person()], *[[LYING.person()]] * 7))
    assert view.passes_agreeing == kept


def test_half_of_the_passes_are_enough_and_less_are_not() -> None:
    good, bad = [LYING.person()], [STANDING.person()]
    assert read_view(pose_of(good, bad)).refusal is None
    assert read_view(pose_of(*[good] * 3, *[bad] * 5)).refusal == "passes_disagree"


@pytest.mark.parametrize(("good", "measured"), [(2, False), (3, True)])
def test_two_passes_alone_are_never_trusted(good: int, measured: bool) -> None:
    sightings = [[LYING.person()]] * good + [[STANDING.person()]] * (4 - good)
    pose = pose_of(*sightings, *sightings)
    view = read_view(replace(pose, passes=pose.passes[:4]))
    assert (view.refusal is None) == measured


# --- whether more passes would change anything ------------------------------------------------


@pytest.mark.parametrize(("factor", "settled"), [(0.0, True), (0.95, True), (1.05, False)])
@pytest.mark.parametrize("thigh_px", [80.0, 150.0])
def test_passes_that_agree_settle_it(thigh_px: float, factor: float, settled: bool) -> None:
    figure = replace(LYING, thigh_px=thigh_px)
    away = SETTLED_DEVIATION * factor * thigh_px
    moved = replace(figure, hip_px=(LYING.hip_px[0] + away, LYING.hip_px[1]))
    view = read_view(pose_of([moved.person()], *[[figure.person()]] * 7))
    assert view.passes_agreeing == view.passes_total == 8
    assert is_settled(view) is settled


@pytest.mark.parametrize("odd_one", [[], [STANDING.person()]], ids=["nobody", "standing"])
def test_one_pass_that_disagrees_leaves_it_open(odd_one: list[Person]) -> None:
    view = read_view(pose_of(odd_one, *[[LYING.person()]] * 7))
    assert view.refusal is None
    assert not is_settled(view)


def test_nobody_in_any_pass_is_an_answer() -> None:
    assert is_settled(read_view(pose_of([])))
    assert not is_settled(read_view(pose_of([LYING.person()], *[[]] * 7)))


@pytest.mark.parametrize(
    "people",
    [[STANDING.person()], [LYING.person(), NEIGHBOUR.person()]],
    ids=["standing", "several_people"],
)
def test_a_refusal_for_what_somebody_does_is_looked_at_twice(people: list[Person]) -> None:
    view = read_view(pose_of(people))
    assert view.refusal is not None
    assert not is_settled(view)
