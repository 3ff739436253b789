"""A figure of known angles comes out of the whole pipe, with an honest uncertainty."""

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stick_figure import (
    StickFigure,
    jittered,
    marked_picture,
    measure_figure,
    measure_people,
    relabelled,
    settled_view,
)
from vision.angles import Z95, Angle, measure_angles, reading_by_hand
from vision.calibration import Correction
from vision.geometry import knee_flexion_angle, thigh_angle
from vision.level import Level, given_level
from vision.sides import Side

Points = NDArray[np.float64]
SIDES: tuple[Side, Side] = ("left", "right")


def thigh(leg: Points, head: Side, roll_deg: float) -> float:
    return float(thigh_angle(leg[0], leg[1], head_towards=head, roll_deg=roll_deg))


def knee(leg: Points, head: Side) -> float:
    return float(knee_flexion_angle(leg[0], leg[1], leg[2], head_towards=head))


# --- the figure through the whole pipe --------------------------------------------------------

figures = st.builds(
    StickFigure,
    thigh_deg=st.floats(-45, 45),
    knee_deg=st.floats(0, 130),
    held_deg=st.floats(100, 160),
    trunk_deg=st.floats(-10, 10),
    head_towards=st.sampled_from(SIDES),
    near=st.booleans(),
    roll_deg=st.floats(-8, 8),
    thigh_px=st.floats(70, 170),
    hip_px=st.tuples(st.floats(400, 500), st.floats(300, 400)),
    hip_gap=st.floats(-0.1, 0.1),
)


@settings(max_examples=40)
@given(figure=figures)
def test_known_angles_come_out_of_the_whole_pipe(figure: StickFigure) -> None:
    result = measure_figure(figure)
    assert result.angles is not None
    assert result.view.leg is not None
    assert result.view.leg.side == figure.tested_side
    assert result.angles.thigh.value_deg == pytest.approx(figure.thigh_deg, abs=1e-6)
    assert result.angles.knee_flexion.value_deg == pytest.approx(figure.knee_deg, abs=1e-6)
    assert result.angles.held_thigh.value_deg == pytest.approx(figure.held_deg, abs=1e-6)
    assert result.angles.trunk.value_deg == pytest.approx(figure.trunk_deg, abs=1e-6)
    assert result.angles.thigh.spread_deg == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("size", [(2000, 1500), (1500, 2001)], ids=str)
@pytest.mark.parametrize("head", SIDES)
def test_known_angles_come_out_of_a_reduced_photo(size: tuple[int, int], head: Side) -> None:
    figure = StickFigure(7, 65, head_towards=head, roll_deg=4, hip_px=(800, 700), thigh_px=300)
    result = measure_people([figure.person()], picture=marked_picture(*size), level_deg=4)
    assert result.angles is not None
    assert result.angles.thigh.value_deg == pytest.approx(7, abs=1e-6)
    assert result.angles.knee_flexion.value_deg == pytest.approx(65, abs=1e-6)


def test_chain_is_the_tested_legs_and_not_the_hugged_ones() -> None:
    figure = StickFigure(hip_gap=0.1)
    result = measure_figure(figure)
    assert result.angles is not None
    person = figure.person().points_px  # tested: the right leg
    np.testing.assert_allclose(result.angles.chain_px, person[[24, 26, 28]], atol=1e-6)
    np.testing.assert_allclose(result.angles.held_px, person[[23, 25, 27]], atol=1e-6)


@pytest.mark.parametrize("parts", [("knee", "ankle"), ()], ids=["legs", "everything"])
def test_swapped_labels_in_some_passes_cost_nothing(parts: tuple[str, ...]) -> None:
    figure = StickFigure(-4, 77, near=False, hip_gap=0.02)
    person = figure.person()
    swapped = relabelled(person, *parts)
    result = measure_people([swapped], [person], [person], [person])
    assert result.angles is not None
    assert result.angles.thigh.value_deg == pytest.approx(-4, abs=1e-6)
    assert result.angles.knee_flexion.value_deg == pytest.approx(77, abs=1e-6)


def test_a_refused_view_has_no_angles() -> None:
    refused = settled_view([])
    with pytest.raises(ValueError, match="no_person"):
        measure_angles(refused, given_level(0))
    assert measure_people([]).angles is None


# --- a learned correction ---------------------------------------------------------------------

CORRECTION = Correction(
    image_thigh_deg=3.0,
    image_knee_deg=-4.0,
    thigh_deg=2.0,
    knee_deg=-5.0,
    thigh_sigma_deg=1.5,
    knee_sigma_deg=2.5,
    shank_sigma_deg=4.8,
)


@pytest.mark.parametrize("head", SIDES)
def test_correction_is_added_and_brings_its_own_uncertainty(head: Side) -> None:
    view = settled_view([StickFigure(-10, 90, head_towards=head).person()])
    level = Level(0.0, 2.0, "given")
    plain, better = (measure_angles(view, level, one) for one in (None, CORRECTION))
    assert better.thigh.value_deg == pytest.approx(plain.thigh.value_deg + 2)
    assert better.knee_flexion.value_deg == pytest.approx(plain.knee_flexion.value_deg - 5)
    assert better.thigh.sigma_deg == pytest.approx(2.5)  # hypot of 1.5 and the level's 2.0
    assert better.knee_flexion.sigma_deg == pytest.approx(2.5)
    # The shank follows both, and its error is no sum of theirs: hypot of 4.8 and the level's 2.0.
    assert better.shank_from_plumb.value_deg == pytest.approx(plain.shank_from_plumb.value_deg + 7)
    assert better.shank_from_plumb.sigma_deg == pytest.approx(5.2)
    assert better.shank_from_plumb.spread_deg == plain.shank_from_plumb.spread_deg
    assert better.held_thigh == plain.held_thigh


@pytest.mark.parametrize("head", SIDES)
@pytest.mark.parametrize("roll_deg", [0.0, 5.0])
def test_drawn_chain_reads_the_image_angles(head: Side, roll_deg: float) -> None:
    figure = StickFigure(-10, 90, head_towards=head, roll_deg=roll_deg)
    result = measure_angles(settled_view([figure.person()]), given_level(roll_deg), CORRECTION)
    assert result.image_thigh_deg == pytest.approx(-10 + 3)
    assert result.image_knee_flexion_deg == pytest.approx(90 - 4)
    assert thigh(result.chain_px, head, roll_deg) == pytest.approx(-10 + 3)
    assert knee(result.chain_px, head) == pytest.approx(90 - 4)
    side = 23 if figure.tested_side == "left" else 24
    before = figure.person().points_px[[side, side + 2, side + 4]]
    np.testing.assert_allclose(result.chain_px[1], before[1])  # turned about the knee
    lengths = [np.linalg.norm(np.diff(leg, axis=0), axis=1) for leg in (result.chain_px, before)]
    np.testing.assert_allclose(*lengths)


# --- uncertainty ------------------------------------------------------------------------------


def test_interval_is_symmetric_and_covers_two_sigmas() -> None:
    low, high = Angle(10.0, 2.0, 1.0).interval_deg
    assert (low + high) / 2 == pytest.approx(10)
    assert high - low == pytest.approx(2 * Z95 * 2.0)
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=5e-7) == Z95


def test_reported_spread_agrees_with_the_jitter_of_the_landmarks(rng: np.random.Generator) -> None:
    figure, sigma_px = StickFigure(thigh_px=200), 3.0
    thighs, knees = [], []
    for _ in range(150):
        people = [[jittered(figure.person(), sigma_px, rng)] for _ in range(8)]
        result = measure_angles(settled_view(*people), given_level(0))
        thighs.append(result.thigh.spread_deg)
        knees.append(result.knee_flexion.spread_deg)
    expected_thigh = math.degrees(math.sqrt(2) * sigma_px / 200)
    # The knee moves both limbs at once: errors along the thigh's and the shank's normals.
    shank = 0.95 * 200
    from_knee = np.linalg.norm([1 / 200, 1 / shank])  # at 90° of flexion, on different axes
    from_ends = np.linalg.norm([1 / 200, 1 / shank])
    expected_knee = math.degrees(sigma_px * float(np.hypot(from_knee, from_ends)))
    assert 0.7 < np.mean(thighs) / expected_thigh < 1.4
    assert 0.7 < np.mean(knees) / expected_knee < 1.4


def test_angles_read_apart_add_their_errors_for_the_shank() -> None:
    read = reading_by_hand(Angle(-10.0, 3.0, 0.5), Angle(75.0, 4.0, 0.7))
    assert (read.thigh, read.knee_flexion) == (Angle(-10.0, 3.0, 0.5), Angle(75.0, 4.0, 0.7))
    assert read.shank_from_plumb == Angle(5.0, 5.0, 0.0)


def test_uncertainties_add_up() -> None:
    view = settled_view([StickFigure().person()])
    sure, unsure = (measure_angles(view, Level(0.0, sigma, "given")) for sigma in (0.0, 4.0))
    assert unsure.thigh.sigma_deg == pytest.approx(math.hypot(sure.thigh.sigma_deg, 4.0))
    assert unsure.knee_flexion.sigma_deg == sure.knee_flexion.sigma_deg
    assert unsure.held_thigh.sigma_deg > sure.held_thigh.sigma_deg


def test_a_leg_behind_the_body_is_less_certain() -> None:
    near, far = (measure_figure(replace(StickFigure(), near=near)).angles for near in (True, False))
    assert near is not None
    assert far is not None
    assert far.thigh.sigma_deg > near.thigh.sigma_deg > 0
    assert far.knee_flexion.sigma_deg > near.knee_flexion.sigma_deg > 0


def test_scattered_passes_are_less_certain(rng: np.random.Generator) -> None:
    person = StickFigure().person()
    calm = measure_people([person]).angles
    wild = measure_people(*[[jittered(person, 6.0, rng)] for _ in range(8)]).angles
    assert calm is not None
    assert wild is not None
    assert wild.thigh.spread_deg > calm.thigh.spread_deg
    assert wild.shank_from_plumb.spread_deg > calm.shank_from_plumb.spread_deg
    assert wild.thigh.sigma_deg > calm.thigh.sigma_deg
    assert wild.knee_flexion.sigma_deg > calm.knee_flexion.sigma_deg
