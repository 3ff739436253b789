"""Plain geometry of the leg: signs, the closed form, and what must not matter."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.errors import DegenerateLimb
from vision.geometry import (
    FOCAL_LENGTH,
    MAX_LIMB_PX,
    MIN_LIMB_PX,
    knee_flexion_angle,
    robust_spread,
    seen_from_the_side,
    thigh_angle,
    wrap_deg,
)
from vision.sides import Side

Points = NDArray[np.float64]

heads = st.sampled_from(["left", "right"])


def is_long_enough(leg: Points) -> bool:
    return bool((np.linalg.norm(np.diff(leg, axis=0), axis=1) > 20).all())


coordinates = st.floats(-500, 500)
points = st.tuples(coordinates, coordinates).map(np.array)
legs = st.tuples(points, points, points).map(np.array).filter(is_long_enough)
"""Hip, knee and ankle anywhere, shape (3, 2)."""


def at(degrees: float, length: float = 100.0) -> Points:
    """A step of that direction on screen, counter-clockwise from the right."""
    return length * np.array([math.cos(math.radians(degrees)), -math.sin(math.radians(degrees))])


def chain(*steps: Points) -> Points:
    """A leg from a hip somewhere along its limbs."""
    return np.cumsum([(400.0, 300.0), *steps], axis=0)


def turned(leg: Points, degrees: float) -> Points:
    """The leg turned counter-clockwise on screen about the origin."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.column_stack((leg[:, 0] * cos + leg[:, 1] * sin, leg[:, 1] * cos - leg[:, 0] * sin))


def apart(one: float, two: float) -> float:
    """How far two directions are apart, degrees."""
    return abs((one - two + 180) % 360 - 180)


def thigh(leg: Points, head: Side, roll_deg: float = 0.0) -> float:
    return float(thigh_angle(leg[0], leg[1], head_towards=head, roll_deg=roll_deg))


def knee(leg: Points, head: Side) -> float:
    return float(knee_flexion_angle(leg[0], leg[1], leg[2], head_towards=head))


# --- closed form ------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", range(-180, 180, 15))
def test_thigh_of_every_direction(degrees: int) -> None:
    assert apart(thigh(chain(at(degrees)), "left"), degrees) < 1e-9
    assert apart(thigh(chain(at(180 - degrees)), "right"), degrees) < 1e-9


@pytest.mark.parametrize("thigh_deg", range(-180, 180, 45))
@pytest.mark.parametrize("flexion_deg", [0, 30, 90, 135, -10])
def test_knee_of_every_direction(thigh_deg: int, flexion_deg: int) -> None:
    leg = chain(at(thigh_deg), at(thigh_deg - flexion_deg))
    assert apart(knee(leg, "left"), flexion_deg) < 1e-9
    mirrored = chain(at(180 - thigh_deg), at(180 - thigh_deg + flexion_deg))
    assert apart(knee(mirrored, "right"), flexion_deg) < 1e-9


@pytest.mark.parametrize(("head", "to_feet"), [("left", 1.0), ("right", -1.0)])
def test_signs_in_words(head: Side, to_feet: float) -> None:
    towards_feet, down = np.array([100.0 * to_feet, 0.0]), np.array([0.0, 30.0])
    assert thigh(chain(towards_feet - down), head) > 0  # the knee higher on screen: above
    assert thigh(chain(towards_feet + down), head) < 0
    assert knee(chain(towards_feet, down), head) == pytest.approx(90)
    assert knee(chain(towards_feet, towards_feet), head) == pytest.approx(0)


@pytest.mark.parametrize(("head", "sign"), [("left", -1), ("right", 1)])
def test_roll_is_taken_off_with_feet_right_and_added_with_feet_left(head: Side, sign: int) -> None:
    leg = chain(at(10 if head == "left" else 170))
    assert thigh(leg, head, roll_deg=3) == pytest.approx(10 + sign * 3, abs=1e-9)


def test_angles_are_continuous_and_wrapped() -> None:
    turns = np.array([-540.0, -180.0, -179.0, 0.0, 179.0, 180.0, 181.0, 720.0])
    np.testing.assert_allclose(wrap_deg(turns), [-180, -180, -179, 0, 179, -180, -179, 0])


# --- invariances ------------------------------------------------------------------------------


@given(leg=legs, shift=points, scale=st.floats(0.1, 10), head=heads)
def test_shift_and_scale_change_nothing(
    leg: Points, shift: Points, scale: float, head: Side
) -> None:
    moved = shift + scale * leg
    assert apart(thigh(moved, head), thigh(leg, head)) < 1e-6
    assert apart(knee(moved, head), knee(leg, head)) < 1e-6


@given(leg=legs, theta=st.floats(-180, 180), head=heads)
def test_turning_the_photo_turns_the_thigh_and_leaves_the_knee(
    leg: Points, theta: float, head: Side
) -> None:
    after = turned(leg, theta)
    gained = theta if head == "left" else -theta  # feet right: counter-clockwise lifts the knee
    assert apart(thigh(after, head), thigh(leg, head) + gained) < 1e-6
    assert apart(knee(after, head), knee(leg, head)) < 1e-6
    # and a level that knows of the turn takes it back
    assert apart(thigh(after, head, roll_deg=theta), thigh(leg, head)) < 1e-6


@given(leg=legs, roll=st.floats(-45, 45))
def test_the_mirrored_photo_reads_the_same(leg: Points, roll: float) -> None:
    mirrored = leg * [-1.0, 1.0]
    assert apart(thigh(mirrored, "right", -roll), thigh(leg, "left", roll)) < 1e-6
    assert apart(knee(mirrored, "right"), knee(leg, "left")) < 1e-6


def test_many_points_at_once_read_like_one_by_one(rng: np.random.Generator) -> None:
    many = rng.uniform(0, 500, (6, 3, 2))
    together = thigh_angle(many[:, 0], many[:, 1], head_towards="right", roll_deg=2)
    np.testing.assert_allclose(together, [thigh(leg, "right", 2) for leg in many])


def test_joints_that_coincide_have_no_angle() -> None:
    here, step = np.zeros(2), np.array([50.0, 0.0])
    with pytest.raises(DegenerateLimb, match=r"^The thigh is 0\.00 px long"):
        thigh(chain(here), "left")
    for limb, leg in (("thigh", chain(here, step)), ("shank", chain(step, here))):
        said = rf"^The {limb} is 0\.00 px long, so it has no direction\.$"
        with pytest.raises(DegenerateLimb, match=said):
            knee(leg, "left")
        with pytest.raises(DegenerateLimb, match=said):
            seen_from_the_side(
                leg, (900, 700), head_towards="left", roll_deg=0, pitch_deg=0, yaw_deg=0
            )


def test_one_leg_without_direction_among_many_is_found() -> None:
    hips, knees = np.zeros((5, 2)), np.full((5, 2), 300.0)
    knees[3] = 0.5
    with pytest.raises(DegenerateLimb, match=r"0\.71 px"):
        thigh_angle(hips, knees, head_towards="left")


@pytest.mark.parametrize("length", [MIN_LIMB_PX, MAX_LIMB_PX])
def test_the_shortest_and_the_longest_limb_have_an_angle(length: float) -> None:
    hip = np.zeros(2)
    assert thigh(np.array([hip, [length, 0.0]]), "left") == 0.0
    over = length * (0.999 if length == MIN_LIMB_PX else 1.001)
    with pytest.raises(
        DegenerateLimb, match=r"^The thigh is (1\.00|1e\+\d+) px long, so it has no"
    ):
        thigh(np.array([hip, [over, 0.0]]), "left")


ANY_NUMBER = st.floats() | st.sampled_from([0.0, math.nan, math.inf, -math.inf, 1e200, 5e-324])
ANY_CHAIN = st.lists(st.tuples(ANY_NUMBER, ANY_NUMBER), min_size=3, max_size=3)


@given(chain=ANY_CHAIN, pitch=st.floats(-50, 50), yaw=st.floats(-40, 40))
def test_whatever_the_joints_there_is_an_angle_or_none(
    chain: list[tuple[float, float]], pitch: float, yaw: float
) -> None:
    """A joint that is no number, or outside every photo, must not read as an angle."""
    joints = np.array(chain)
    readings: tuple[Callable[[], object], ...] = (
        lambda: thigh_angle(joints[0], joints[1], head_towards="left"),
        lambda: knee_flexion_angle(*joints, head_towards="left"),
        lambda: seen_from_the_side(
            joints, (900, 700), head_towards="left", roll_deg=1.0, pitch_deg=pitch, yaw_deg=yaw
        ),
    )
    for reading, used in zip(readings, (joints[:2], joints, joints), strict=True):
        try:
            angle = np.asarray(reading())
        except DegenerateLimb:
            continue
        assert np.isfinite(used).all()
        assert ((angle >= -180) & (angle < 180)).all()


def test_spread_is_a_standard_deviation_that_ignores_outliers(rng: np.random.Generator) -> None:
    directions = 180 + rng.normal(0, 4.0, 2000)
    directions[:100] = 0  # some passes saw something else
    wrapped = wrap_deg(directions)  # half of them beyond the jump to −180
    assert robust_spread(wrapped, np.array(180.0)) == pytest.approx(4.0, rel=0.1)
    assert robust_spread(np.full(8, 12.0), np.array(12.0)) == 0


# --- a camera that does not look squarely from the side ---------------------------------------


def photographed(
    world: Points, size: tuple[int, int], roll: float, pitch: float, yaw: float
) -> Points:
    """Pixels of points (N, 3) by a pinhole: x right along the table, y up, z away from us."""
    cp, sp = math.cos(math.radians(pitch)), math.sin(math.radians(pitch))
    cy, sy = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
    right, up = np.array([cy, 0, -sy]), np.array([-sy * sp, cp, -cy * sp])
    ahead = np.array([sy * cp, sp, cy * cp])  # looks up, and towards the table's right end
    flat = np.column_stack((world @ right, world @ up)) / (world @ ahead)[:, None]
    c, s = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    turned = np.column_stack((c * flat[:, 0] - s * flat[:, 1], s * flat[:, 0] + c * flat[:, 1]))
    return turned * [1, -1] * FOCAL_LENGTH * max(size) + np.array(size) / 2


def test_the_assumed_lens_is_a_45_mm_on_film() -> None:
    assert FOCAL_LENGTH * 36 == 45  # millimetres of a film frame's long side


@given(
    thigh=st.floats(-40, 40),
    knee=st.floats(0, 120),
    head=heads,
    roll=st.floats(-8, 8),
    pitch=st.floats(-15, 15),
    yaw=st.floats(-30, 30),
    size=st.sampled_from([(900, 700), (700, 900)]),
)
def test_a_leg_in_the_sagittal_plane_is_squared_exactly(
    thigh: float, knee: float, head: Side, roll: float, pitch: float, yaw: float,
    size: tuple[int, int],
) -> None:  # fmt: skip
    to_feet = 1.0 if head == "left" else -1.0
    steps = [(-0.1, 0.05)]
    for degrees, length in ((thigh, 0.4), (thigh - knee, 0.38)):
        step = math.radians(degrees)
        steps.append((to_feet * length * math.cos(step), length * math.sin(step)))
    flat = np.cumsum(steps, axis=0)
    leg = photographed(np.column_stack((flat, np.full(3, 2.5))), size, roll, pitch, yaw)
    square = seen_from_the_side(
        leg, size, head_towards=head, roll_deg=roll, pitch_deg=pitch, yaw_deg=yaw
    )
    np.testing.assert_allclose(wrap_deg(square - [thigh, knee]), 0, atol=1e-6)


@given(leg=legs, head=heads, roll=st.floats(-30, 30))
def test_a_camera_that_is_square_changes_nothing(leg: Points, head: Side, roll: float) -> None:
    square = seen_from_the_side(
        leg, (900, 700), head_towards=head, roll_deg=roll, pitch_deg=0.0, yaw_deg=0.0
    )
    thigh = thigh_angle(leg[0], leg[1], head_towards=head, roll_deg=roll)
    knee = knee_flexion_angle(*leg, head_towards=head)
    np.testing.assert_allclose(wrap_deg(square - np.array([thigh, knee])), 0, atol=1e-6)
