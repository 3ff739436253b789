"""A drawn room with all three directions of edges: roll, pitch and yaw of the camera come back."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from test_geometry import photographed
from vision.edges import detect_segments
from vision.geometry import FOCAL_LENGTH
from vision.level import ASSUMED_SIGMA_DEG, estimate_level, given_level
from vision.metadata import SIGMA_DEG, Gravity
from vision.room import FOCALS, Known, read_camera, read_pinned
from vision.window import find_window, log_roll_prior

FOCAL_PX = FOCAL_LENGTH * 960
TOLERANCE_DEG = 1.6
"""Half a step of the grid of yaws."""


def furnished(roll_deg: float, pitch_deg: float, yaw_deg: float) -> NDArray[np.uint8]:
    """A wall with posts and shelves, and boards that run towards it, by a pinhole camera."""
    wall, floor = 5.0, -1.2
    posts = [[(x, floor, wall), (x, 1.6, wall)] for x in np.arange(-4, 4.1, 0.5)]
    shelves = [[(-4, y, wall), (4, y, wall)] for y in np.arange(-0.9, 1.2, 0.5)]
    boards = [[(x, floor, 2.5), (x, floor, wall)] for x in np.arange(-2, 2.1, 0.5)]
    picture = np.full((720, 960, 3), 190, np.uint8)
    for ends in (*posts, *shelves, *boards):
        start, end = photographed(np.array(ends), (960, 720), roll_deg, pitch_deg, yaw_deg)
        cv2.line(picture, _pixel(start), _pixel(end), (60, 50, 40), 3)
    return picture


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


CAMERAS = [(0.0, 0.0, 0.0), (4.0, -8.0, 10.0), (-3.0, 2.0, -20.0), (2.0, -6.0, 25.0)]


@pytest.mark.parametrize("camera", CAMERAS, ids=str)
@pytest.mark.parametrize("focal_px", [None, FOCAL_PX])
def test_the_cameras_direction_is_read_off_a_room(
    camera: tuple[float, float, float], focal_px: float | None
) -> None:
    level = estimate_level(furnished(*camera), focal_px=focal_px)
    assert level.source == "scene"
    assert (level.roll_deg, level.pitch_deg, level.yaw_deg) == pytest.approx(
        camera, abs=TOLERANCE_DEG
    )
    assert level.sigma_deg < 0.5


@pytest.mark.parametrize("camera", CAMERAS, ids=str)
def test_the_yaw_is_read_for_the_roll_that_is_known(camera: tuple[float, float, float]) -> None:
    roll_deg, pitch_deg, yaw_deg = camera
    given = estimate_level(furnished(*camera), given=given_level(roll_deg))
    assert (given.roll_deg, given.source) == (roll_deg, "given")
    assert (given.pitch_deg, given.yaw_deg) == pytest.approx(
        (pitch_deg, yaw_deg), abs=TOLERANCE_DEG
    )
    felt = estimate_level(
        furnished(*camera), gravity=Gravity(roll_deg, pitch_deg, SIGMA_DEG, "sent")
    )
    assert felt.source == "phone+scene"
    assert (felt.pitch_deg, felt.yaw_deg) == pytest.approx((pitch_deg, yaw_deg), abs=TOLERANCE_DEG)


def test_a_photo_and_its_mirror_image_have_the_same_edges() -> None:
    """OpenCV's detector alone is not mirror symmetric."""
    picture = furnished(4.0, -8.0, 10.0)
    one, two = (
        detect_segments(np.ascontiguousarray(pixels), None, 0.0)
        for pixels in (picture, picture[:, ::-1])
    )
    assert len(one.tilt) > 20
    np.testing.assert_allclose(np.sort(one.tilt), np.sort(-two.tilt), atol=1e-4)
    np.testing.assert_allclose(np.sort(one.mid[:, 0]), np.sort(-two.mid[:, 0]), atol=1e-5)


# --- what is known without edges ----------------------------------------------------------------

BLANK = np.full((720, 960, 3), 128, np.uint8)
NO_EDGES = detect_segments(BLANK, None, 0.0)
FOCALS_TRIED = np.array(FOCALS)


def test_without_edges_the_camera_is_the_one_that_people_hold() -> None:
    """About level, a little downward, about square: roll 1.92°, pitch −3 ± 7°, yaw ± 14°."""
    window = find_window(NO_EDGES, ASSUMED_SIGMA_DEG)
    assert (window.roll_deg, window.q, window.away_deg, window.tilt_deg) == (0.0, 0.0, 0.0, 0.0)
    read = read_camera(NO_EDGES, FOCALS_TRIED, ASSUMED_SIGMA_DEG, window)
    assert read.roll == pytest.approx((0.0, 1.4), abs=0.1)  # of 1.92°, the likeliest cells
    assert read.pitch == pytest.approx((-3.0, 7.0), abs=0.5)
    assert read.yaw == pytest.approx((0.0, 13.7), abs=0.4)  # of ±14°, the grid holds ±40°
    assert (read.support, read.plumb) == (0.0, 0.0)


@pytest.mark.parametrize("sd_deg", [0.6, 2.0])
def test_without_edges_what_is_known_stands(sd_deg: float) -> None:
    window = find_window(NO_EDGES, ASSUMED_SIGMA_DEG)
    known = Known(2.0, sd_deg, -12.0, sd_deg)
    read = read_pinned(NO_EDGES, FOCALS_TRIED, known, window)
    assert read.roll == pytest.approx((2.0, sd_deg), abs=0.2 * sd_deg)
    # The prior of the pitch draws a little: its share is sd² / (sd² + 7²) of 9°.
    drawn = 9.0 * sd_deg**2 / (sd_deg**2 + 49)
    assert read.pitch == pytest.approx((-12.0 + drawn, sd_deg), abs=0.2 * sd_deg)
    assert read.yaw == pytest.approx((0.0, 13.7), abs=0.4)


def test_careful_and_careless_hands_together_have_the_spread_of_ordinary_photos() -> None:
    roll = np.linspace(-60, 60, 4801)
    weight = np.exp(log_roll_prior(roll, ASSUMED_SIGMA_DEG))
    assert np.sqrt(np.average(roll**2, weights=weight)) == pytest.approx(
        ASSUMED_SIGMA_DEG, abs=0.02
    )
    beyond = weight[np.abs(roll) > 10].sum() / weight.sum()
    assert 0.002 < beyond < 0.02  # one photo in a hundred is held askew
