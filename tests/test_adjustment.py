"""Points that a person set: the same geometry as a measurement, and an honest uncertainty."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.adjustment import (
    CAMERA_SIGMA_DEG,
    CARRIED_CAMERA_SIGMA_DEG,
    READING_SIGMA_DEG,
    read_points,
)
from vision.errors import DegenerateLimb


def chain(thigh: float, knee: float, roll: float = 0.0, *, mirrored: bool = False) -> np.ndarray:
    """Hip, knee, ankle with those angles, the head to the left, or mirrored to the right."""
    hip = np.array([400.0, 300.0])
    along = math.radians(thigh + roll)
    down = math.radians(thigh + roll - knee)
    knee_px = hip + 150 * np.array([math.cos(along), -math.sin(along)])
    ankle_px = knee_px + 140 * np.array([math.cos(down), -math.sin(down)])
    points = np.array([hip, knee_px, ankle_px])
    if mirrored:
        points[:, 0] = 900 - points[:, 0]
    return points


@given(thigh=st.floats(-60, 60), knee=st.floats(0, 150), roll=st.floats(-20, 20))
def test_angles_are_the_drawn_ones(thigh: float, knee: float, roll: float) -> None:
    found = read_points(chain(thigh, knee, roll), head_towards="left", roll_deg=roll)
    assert found.reading.thigh.value_deg == pytest.approx(thigh, abs=1e-9)
    assert found.reading.knee_flexion.value_deg == pytest.approx(knee, abs=1e-9)
    assert found.image_thigh_deg == pytest.approx(thigh, abs=1e-9)
    mirrored = read_points(
        chain(thigh, knee, roll, mirrored=True), head_towards="right", roll_deg=-roll
    )
    assert mirrored.reading.thigh.value_deg == pytest.approx(thigh, abs=1e-9)
    assert mirrored.reading.knee_flexion.value_deg == pytest.approx(knee, abs=1e-9)


def test_the_allowance_for_the_camera_is_carried_over() -> None:
    found = read_points(chain(-5, 80), head_towards="left", camera_offset_deg=(1.5, -2.0))
    assert found.reading.thigh.value_deg == pytest.approx(-3.5)
    assert found.reading.knee_flexion.value_deg == pytest.approx(78.0)
    assert found.image_thigh_deg == pytest.approx(-5.0)
    assert found.image_knee_flexion_deg == pytest.approx(80.0)


def test_uncertainty_holds_the_reader_the_camera_and_the_level() -> None:
    plain = read_points(chain(0, 90), head_towards="left", roll_sigma_deg=3.0).reading
    assert plain.thigh.sigma_deg == pytest.approx(
        math.sqrt(READING_SIGMA_DEG[0] ** 2 + CAMERA_SIGMA_DEG[0] ** 2 + 9.0)
    )
    assert plain.knee_flexion.sigma_deg == pytest.approx(
        math.hypot(READING_SIGMA_DEG[1], CAMERA_SIGMA_DEG[1])  # immune to roll
    )
    carried = read_points(chain(0, 90), head_towards="left", camera_offset_deg=(0.0, 0.0)).reading
    assert carried.thigh.sigma_deg == pytest.approx(
        math.hypot(READING_SIGMA_DEG[0], CARRIED_CAMERA_SIGMA_DEG[0])
    )
    assert carried.thigh.sigma_deg < plain.thigh.sigma_deg


def test_the_shank_follows_both_angles_and_depends_on_the_level() -> None:
    plain = read_points(chain(-5, 80), head_towards="left", roll_sigma_deg=3.0).reading
    assert plain.shank_from_plumb.value_deg == pytest.approx(90 - 5 - 80)
    assert plain.shank_from_plumb.sigma_deg == pytest.approx(
        math.sqrt(READING_SIGMA_DEG[2] ** 2 + CAMERA_SIGMA_DEG[2] ** 2 + 9.0)
    )
    carried = read_points(chain(-5, 80), head_towards="left", camera_offset_deg=(1.5, -2.0)).reading
    assert carried.shank_from_plumb.value_deg == pytest.approx(90 - 3.5 - 78)
    assert carried.shank_from_plumb.sigma_deg == pytest.approx(
        math.hypot(READING_SIGMA_DEG[2], CARRIED_CAMERA_SIGMA_DEG[2])
    )
    for reading in (plain, carried):  # one reader, one look: there are no passes to differ
        assert reading.thigh.spread_deg == reading.shank_from_plumb.spread_deg == 0.0


def test_by_default_the_photo_is_level() -> None:
    assert read_points(chain(7, 60), head_towards="left").reading.thigh.value_deg == pytest.approx(
        7
    )


def test_points_that_coincide_have_no_angle() -> None:
    points = chain(0, 90)
    points[1] = points[0]
    with pytest.raises(DegenerateLimb):
        read_points(points, head_towards="left")
