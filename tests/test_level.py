"""The camera's roll: given, or assumed, each with its own uncertainty."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stick_figure import StickFigure, measure_people
from vision.errors import InvalidOption
from vision.level import (
    CONFLICT_SIGMAS,
    MAX_ROLL_DEG,
    assumed_level,
    estimate_level,
    given_level,
    known_level,
)
from vision.metadata import SIGMA_DEG, Gravity


def test_given_level_is_taken_as_it_is() -> None:
    level = given_level(-3.25)
    assert (level.roll_deg, level.source) == (-3.25, "given")


def test_a_given_level_is_more_certain_than_an_assumed_one() -> None:
    assert 0 < given_level(0).sigma_deg < assumed_level().sigma_deg
    assert (assumed_level().roll_deg, assumed_level().source) == (0.0, "assumed")


@pytest.mark.parametrize("roll_deg", [-MAX_ROLL_DEG, 0, MAX_ROLL_DEG])
def test_rolls_up_to_the_limit_are_possible(roll_deg: float) -> None:
    assert given_level(roll_deg).roll_deg == roll_deg


@pytest.mark.parametrize("roll_deg", [-45.01, 45.01, math.inf, -math.inf, math.nan])
def test_impossible_rolls_are_refused(roll_deg: float) -> None:
    with pytest.raises(InvalidOption, match="±45°"):
        given_level(roll_deg)


def test_uncertain_level_widens_the_thigh_and_not_the_knee() -> None:
    people = [StickFigure().person()]
    given = measure_people(people, level_deg=0.0).angles
    assumed = measure_people(people, level_deg=None).angles
    assert given is not None
    assert assumed is not None
    assert assumed.thigh.sigma_deg > given.thigh.sigma_deg
    assert assumed.knee_flexion.sigma_deg == given.knee_flexion.sigma_deg


# --- read from the scene ----------------------------------------------------------------------


def room(
    roll_deg: float, width: int = 960, height: int = 720, panel: int = 65
) -> NDArray[np.uint8]:
    """A wall of panels, seen squarely by a camera turned so that the scene turns by the roll."""
    panels = np.full((1600, 1600, 3), 190, np.uint8)
    for number, left in enumerate(range(0, 1600, panel)):
        shade = 150 + 60 * (number % 2)
        cv2.rectangle(panels, (left, 0), (left + panel - 1, 1600), (shade, shade, shade), -1)
    cv2.rectangle(panels, (0, 900), (1600, 1600), (90, 80, 70), -1)
    turn = cv2.getRotationMatrix2D((800, 800), roll_deg, 1.0)  # counter-clockwise on screen
    turned = np.asarray(cv2.warpAffine(panels, turn, (1600, 1600)), np.uint8)
    top, left = (1600 - height) // 2, (1600 - width) // 2
    return turned[top : top + height, left : left + width].copy()


@pytest.mark.parametrize("roll_deg", [-36.0, -29.0, -15.0, -6.0, -2.0, 0.0, 3.0, 7.0, 12.0, 22.0])
def test_roll_is_read_off_the_edges_of_a_room(roll_deg: float) -> None:
    level = estimate_level(room(roll_deg))
    assert level.source == "scene"
    assert level.roll_deg == pytest.approx(roll_deg, abs=1.0)
    assert 0 < level.sigma_deg < assumed_level().sigma_deg


@given(roll_deg=st.floats(-29, 29))
@settings(max_examples=12)
def test_a_tilted_room_is_read_right_or_not_at_all(roll_deg: float) -> None:
    level = estimate_level(room(roll_deg))
    assert abs(level.roll_deg - roll_deg) <= 2.5 * level.sigma_deg


def test_mirrored_room_has_the_opposite_roll() -> None:
    picture = room(4.0)
    one, two = estimate_level(picture), estimate_level(picture[:, ::-1].copy())
    assert two.roll_deg == pytest.approx(-one.roll_deg, abs=0.3)


def test_a_few_edges_are_no_room() -> None:
    """A lone panel leans as it likes: the level stays assumed, and allows for the lean."""
    few = np.full((720, 960, 3), 190, np.uint8)
    cv2.fillPoly(few, [np.array([[400, 100], [520, 100], [580, 620], [460, 620]])], (90, 80, 70))
    level = estimate_level(few)
    assert (level.source, level.roll_deg) == ("assumed", 0.0)
    assert level.sigma_deg > 3.0  # the panel leans by 6.6 degrees


def fan(meeting_px: float, roll_deg: float = 0.0) -> NDArray[np.uint8]:
    """Plumb lines seen by a camera that looks down: they meet so far below the middle."""
    picture = np.full((720, 960, 3), 190, np.uint8)
    turn = math.radians(roll_deg)
    meeting = np.array([480 + meeting_px * math.sin(turn), 360 + meeting_px * math.cos(turn)])
    for degrees in range(-80, 81, 4):
        away = math.radians(degrees) + turn
        end = meeting - 3000 * np.array([math.sin(away), math.cos(away)])
        cv2.line(picture, tuple(meeting.astype(int)), tuple(end.astype(int)), (60, 50, 40), 3)
    return picture


@pytest.mark.parametrize("roll_deg", [0.0, 5.0])
@pytest.mark.parametrize("meeting_px", [700, 1000])
def test_the_roll_of_a_steep_view_is_read(meeting_px: float, roll_deg: float) -> None:
    level = estimate_level(fan(meeting_px, roll_deg))
    assert level.source == "scene"
    assert level.roll_deg == pytest.approx(roll_deg, abs=1.0)


def test_a_camera_beyond_the_grid_is_not_believed() -> None:
    """Plumb lines that meet in the photo itself: no cell of the grid is that steep."""
    level = estimate_level(fan(300))
    assert (level.source, level.pitch_deg) == ("assumed", None)


def test_edges_that_contradict_a_level_camera_widen_the_assumption() -> None:
    """Too few edges to be read, all of them tilted: what is assumed must not exclude the tilt."""
    level = estimate_level(room(20.0, panel=160))
    assert level.source == "assumed"
    assert level.sigma_deg > 10.0


@pytest.mark.parametrize("texture", ["plain", "noise"])
def test_a_picture_without_edges_says_nothing(texture: str, rng: np.random.Generator) -> None:
    noise = rng.integers(100, 156, (480, 640, 3), dtype=np.uint8)
    picture = noise if texture == "noise" else np.full((480, 640, 3), 128, np.uint8)
    level = estimate_level(picture)
    assert (level.source, level.roll_deg) == ("assumed", 0.0)
    assert level.sigma_deg >= assumed_level().sigma_deg
    assert (level.pitch_deg, level.yaw_deg) == (None, None)


def test_edges_of_the_body_are_not_the_rooms() -> None:
    picture = np.full((720, 960, 3), 190, np.uint8)
    limb = np.array([[300.0, 100.0], [360.0, 620.0]])  # as straight as a door frame, leaning
    cv2.line(picture, (300, 100), (360, 620), (60, 50, 40), 24)
    seen = estimate_level(picture)
    spared = estimate_level(picture, body_px=limb, body_radius_px=48.0)
    assert seen.source == "scene" or seen.sigma_deg > assumed_level().sigma_deg
    assert (spared.source, spared.sigma_deg) == ("assumed", assumed_level().sigma_deg)


# --- joined with what else is known -------------------------------------------------------------


def phone(roll_deg: float, pitch_deg: float | None = None) -> Gravity:
    return Gravity(roll_deg, pitch_deg, SIGMA_DEG, "sent")


def test_without_edges_the_phones_word_stands() -> None:
    blank = np.full((480, 640, 3), 128, np.uint8)
    level = estimate_level(blank, gravity=phone(3.0, -12.0))
    assert (level.roll_deg, level.sigma_deg, level.source) == (3.0, SIGMA_DEG, "phone")
    assert (level.pitch_deg, level.yaw_deg) == (-12.0, None)
    assert known_level(None, phone(3.0, -12.0)) == level


def test_phone_and_scene_are_weighed_and_narrow_each_other() -> None:
    scene = estimate_level(room(4.0))
    level = estimate_level(room(4.0), gravity=phone(scene.roll_deg + 1.0))
    assert level.source == "phone+scene"
    assert scene.roll_deg < level.roll_deg < scene.roll_deg + 0.5  # the scene is more certain
    assert level.sigma_deg < min(scene.sigma_deg, SIGMA_DEG)
    weight = scene.sigma_deg**-2 / (scene.sigma_deg**-2 + SIGMA_DEG**-2)
    assert level.roll_deg == pytest.approx(scene.roll_deg + 1 - weight)
    assert level.conflict_deg is None


@pytest.mark.parametrize("off_deg", [-6.0, 6.0])
def test_a_contradiction_is_told_and_the_interval_covers_both(off_deg: float) -> None:
    scene = estimate_level(room(2.0))
    level = estimate_level(room(2.0), gravity=phone(scene.roll_deg + off_deg, 1.0))
    assert level.conflict_deg == pytest.approx(-off_deg)
    assert level.source == "phone+scene"
    half = 1.96 * level.sigma_deg
    assert level.roll_deg - half < min(scene.roll_deg, scene.roll_deg + off_deg)
    assert level.roll_deg + half > max(scene.roll_deg, scene.roll_deg + off_deg)


def test_just_within_three_sigmas_nothing_contradicts() -> None:
    scene = estimate_level(room(2.0))
    limit = CONFLICT_SIGMAS * math.hypot(scene.sigma_deg, SIGMA_DEG)
    near, far = (
        estimate_level(room(2.0), gravity=phone(scene.roll_deg + share * limit)).conflict_deg
        for share in (0.99, 1.01)
    )
    assert near is None
    assert far == pytest.approx(-1.01 * limit)


def test_a_given_roll_stays_and_keeps_pitch_and_yaw_of_the_scene() -> None:
    """The same roll by hand as by the scene gives the same camera: the angles do not move."""
    scene = estimate_level(fan(1000, 3.0))
    level = estimate_level(fan(1000, 3.0), given=given_level(round(scene.roll_deg, 1)))
    assert (level.source, level.conflict_deg) == ("given", None)
    assert level.roll_deg == round(scene.roll_deg, 1)
    assert level.sigma_deg == given_level(0).sigma_deg
    assert scene.pitch_deg is not None
    assert level.pitch_deg == pytest.approx(scene.pitch_deg, abs=1.0)


def test_a_given_roll_that_the_scene_contradicts_stays_with_a_wider_interval() -> None:
    level = estimate_level(room(0.0), given=given_level(8.0))
    assert (level.roll_deg, level.source) == (8.0, "given")
    assert level.conflict_deg == pytest.approx(-8.0, abs=0.5)
    assert 8.0 - 1.96 * level.sigma_deg < 0.5


def test_given_and_phone_can_contradict_each_other_too() -> None:
    assert known_level(given_level(0.0), phone(1.9)).conflict_deg is None
    level = known_level(given_level(0.0), phone(4.0, -7.0))
    assert (level.roll_deg, level.pitch_deg, level.conflict_deg) == (0.0, -7.0, 4.0)


def test_the_phones_pitch_is_fused_with_the_edges() -> None:
    scene = estimate_level(fan(1000))
    assert scene.pitch_deg is not None
    told = scene.pitch_deg - 4.0  # the focal length is not known: the phone settles it
    level = estimate_level(fan(1000), gravity=phone(0.0, told))
    assert level.pitch_deg == pytest.approx(told, abs=1.0)


@given(roll_deg=st.floats(-20, 20), off_deg=st.floats(-1.5, 1.5), pitch_deg=st.floats(-10, 10))
@settings(max_examples=10)
def test_a_mirrored_photo_has_the_mirrored_level(
    roll_deg: float, off_deg: float, pitch_deg: float
) -> None:
    picture = room(roll_deg)
    one = estimate_level(picture, gravity=phone(roll_deg + off_deg, pitch_deg))
    two = estimate_level(picture[:, ::-1].copy(), gravity=phone(-roll_deg - off_deg, pitch_deg))
    assert one.source == two.source
    assert two.roll_deg == pytest.approx(-one.roll_deg, abs=0.3)


def test_a_known_focal_length_scales_the_pitch() -> None:
    picture = fan(1000)  # plumb lines meet 1000 px below: tan(pitch) = -f / 1000
    for focal_px in (700.0, 1400.0):
        pitch_deg = estimate_level(picture, focal_px=focal_px).pitch_deg
        expected = -math.degrees(math.atan(focal_px / 1000))
        assert pitch_deg == pytest.approx(expected, abs=2.0)
