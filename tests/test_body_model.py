"""The camera and the body above the feet, as far as they are known before anything is seen."""

import math

import numpy as np
import pytest

from vision.angles import Angle
from vision.frontal.body_model import (
    ASKEW_SD_DEG,
    INDEX,
    RETAKE_SD_DEG,
    Gauss,
    Lines,
    find_camera,
    prior_of,
)

PRIOR = {
    "log_focal": (0.1, 0.3),
    "pitch": (57.0, 9.0),
    "roll": (0.0, 5.0),
    "yaw": (0.0, 8.0),
}
"""Mean and standard deviation: focal length 24 to 70 mm on film, held above the feet."""
NO_LINES = Lines(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), np.zeros(0))


def test_without_edges_the_camera_is_the_one_that_people_hold() -> None:
    found = find_camera(NO_LINES)
    for place, (mean, sd) in enumerate(PRIOR.values()):
        assert found.mean[place] == pytest.approx(mean, abs=0.1 * sd)
        assert math.sqrt(found.covariance[place, place]) == pytest.approx(sd, rel=0.1)


def test_the_same_photo_has_the_same_camera() -> None:
    one, two = find_camera(NO_LINES), find_camera(NO_LINES)
    np.testing.assert_array_equal(one.mean, two.mean)
    np.testing.assert_array_equal(one.covariance, two.covariance)


def test_the_angles_from_the_side_come_with_the_movement_between_the_photos() -> None:
    camera = Gauss(np.array([0.2, 50.0, 1.0, 4.0]), np.diag([0.01, 4.0, 1.0, 9.0]))
    blind = prior_of(camera, None, None)
    told = prior_of(camera, Angle(-5.0, 2.0, 0.5), Angle(80.0, 4.0, 0.5))
    for prior in (blind, told):
        np.testing.assert_array_equal(prior.mean[:4], camera.mean)
        yaw = INDEX["yaw"]
        assert prior.covariance[yaw, yaw] == pytest.approx(9.0 + ASKEW_SD_DEG**2)
        assert prior.covariance[1, 1] == pytest.approx(4.0)
    for name, (mean, sd), (value, sigma) in (
        ("elevation", (0.0, 13.0), (-5.0, 2.0)),
        ("flexion", (72.0, 20.0), (80.0, 4.0)),
    ):
        at = INDEX[name]
        assert (blind.mean[at], blind.covariance[at, at]) == pytest.approx((mean, sd**2))
        assert told.mean[at] == value
        assert told.covariance[at, at] == pytest.approx(sigma**2 + RETAKE_SD_DEG**2)
