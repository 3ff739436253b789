"""Features see the body, not where in the photo it lies, how large, or which way round."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drawn_body import SIZE, coverage, mirrored, photographed
from stick_figure import StickFigure, pose_of
from vision.calibration_input import CalibrationInput, calibration_input
from vision.features import (
    DEPTHS,
    EDGES_PX,
    HEAD,
    MAX_HALF_WIDTH,
    ORIENTATIONS,
    SHANK_STATIONS,
    THIGH_STATIONS,
    canonical_points,
    edge_features,
    hip_offset,
    landmark_features,
    shank_midline,
    silhouette_features,
)
from vision.level import Level, given_level
from vision.photo import Photo, photo_from_array
from vision.pose import Landmark, Person
from vision.sides import Side
from vision.view import Body, View, read_view

FLAT = given_level(0.0)
FIGURES = [
    StickFigure(hip_gap=0.1, shoulder_gap=0.05),
    StickFigure(thigh_deg=12, knee_deg=60, near=False, hip_gap=0.1, trunk_deg=4),
    StickFigure(thigh_deg=-25, knee_deg=100, roll_deg=5, held_deg=140),
]
HALF_WIDTHS = len(THIGH_STATIONS), len(SHANK_STATIONS)
CELLS = (EDGES_PX[1] // 16, EDGES_PX[0] // 16, ORIENTATIONS)
ONE_PX = 0.015
"""A little over two pixels of a 150-pixel thigh: outlines are not read finer than that."""
EDGE_TOLERANCE = 0.03
"""Mean difference between two edge histograms of the same picture, of at most 0.6."""


def described(photo: Photo, view: View, level: Level = FLAT) -> CalibrationInput:
    found = calibration_input(photo, view, level)
    assert found is not None
    return found


def assert_same(one: CalibrationInput, two: CalibrationInput) -> None:
    np.testing.assert_allclose(two.landmarks, one.landmarks, atol=1e-6)
    np.testing.assert_allclose(two.camera, one.camera, atol=1e-9)
    np.testing.assert_allclose(two.spread_deg, one.spread_deg, atol=1e-6)
    np.testing.assert_allclose(two.levelled_deg, one.levelled_deg, atol=1e-6)
    np.testing.assert_allclose(two.perspective_deg, one.perspective_deg, atol=1e-6)
    np.testing.assert_allclose(two.silhouette, one.silhouette, atol=ONE_PX)
    assert float(np.abs(two.edges - one.edges).mean()) < EDGE_TOLERANCE
    assert float(np.corrcoef(two.edges, one.edges)[0, 1]) > 0.97
    assert two.near_vote == one.near_vote


# --- what must not matter -----------------------------------------------------------------------


@pytest.mark.parametrize("figure", FIGURES, ids=["near", "far", "rolled"])
def test_a_mirrored_photo_has_the_same_features(figure: StickFigure) -> None:
    photo, view = photographed(figure, sigma=0.01)
    level = Level(figure.roll_deg, 0.5, "scene", pitch_deg=-4.0, yaw_deg=7.0)
    twin = replace(level, roll_deg=-level.roll_deg, yaw_deg=-7.0)
    one, two = described(photo, view, level), described(*mirrored(photo, view), twin)
    assert_same(one, two)
    assert one.spread_deg.min() > 0
    np.testing.assert_allclose(one.camera, [-0.4, 0.7])
    assert np.abs(one.perspective_deg).min() > 0.1
    assert one.near_vote == float(figure.near)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (-80.0, 30.0), (55.5, -24.25)], ids=str)
def test_where_the_body_lies_does_not_matter(shift: tuple[float, float]) -> None:
    figure = FIGURES[0]
    moved = replace(figure, hip_px=(figure.hip_px[0] + shift[0], figure.hip_px[1] + shift[1]))
    assert_same(described(*photographed(figure)), described(*photographed(moved)))


@pytest.mark.parametrize("factor", [0.6, 2.0])
def test_the_size_of_the_photo_does_not_matter(factor: float) -> None:
    figure = FIGURES[0]
    size = (round(SIZE[0] * factor), round(SIZE[1] * factor))
    hip = (figure.hip_px[0] * factor, figure.hip_px[1] * factor)
    scaled = replace(figure, thigh_px=figure.thigh_px * factor, hip_px=hip)
    assert_same(described(*photographed(figure)), described(*photographed(scaled, size)))


@given(
    roll=st.floats(-10, 10),
    thigh=st.floats(-40, 40),
    knee=st.floats(5, 120),
    head=st.sampled_from(["left", "right"]),
    near=st.booleans(),
)
def test_a_known_roll_is_taken_out_of_the_landmarks(
    roll: float, thigh: float, knee: float, head: Side, near: bool
) -> None:
    upright = StickFigure(thigh, knee, head_towards=head, near=near, hip_gap=0.1)
    flat, rolled = (
        landmark_features(seen(replace(upright, roll_deg=deg)), head, given_level(deg))
        for deg in (0.0, roll)
    )
    np.testing.assert_allclose(rolled, flat, atol=1e-6)
    np.testing.assert_allclose(flat[:2] * 10, [thigh, knee], atol=1e-6)
    assert np.isfinite(flat).all()


def seen(figure: StickFigure) -> Body:
    body = read_view(pose_of([figure.person()])).body
    assert body is not None
    return body


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("head", ["left", "right"])
def test_the_tested_leg_takes_the_left_indices(head: Side, near: bool) -> None:
    figure = StickFigure(head_towards=head, near=near)
    at = canonical_points(seen(figure), head)
    thigh = at[Landmark.LEFT_KNEE] - at[Landmark.LEFT_HIP]
    assert np.degrees(np.arctan2(thigh[1], thigh[0])) == pytest.approx(figure.thigh_deg)
    nearer = at[Landmark.LEFT_KNEE, 2] < at[Landmark.RIGHT_KNEE, 2]
    assert nearer == near  # smaller depth is nearer


# --- silhouette ---------------------------------------------------------------------------------


def outline(mask: NDArray[np.float32], figure: StickFigure) -> NDArray[np.float64]:
    """Distances up and down per station, shape (N, 2), in limb lengths."""
    person = replace(figure.person(), silhouette=mask)
    body = read_view(pose_of([person])).body
    assert body is not None
    photo = photo_from_array(np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    found = silhouette_features(photo, body, figure.head_towards)
    assert found is not None
    return found.reshape(-1, 2)


def band(above: float, below: float) -> NDArray[np.float32]:
    """A horizontal band through the default hips, heights in pixels."""
    rows = np.arange(SIZE[1]) + 0.5
    inside = np.minimum(rows - (350 - above), 350 + below - rows)
    column = np.clip(inside + 0.5, 0, 1).astype(np.float32)
    return np.repeat(column[:, None], SIZE[0], axis=1)


@pytest.mark.parametrize("head", ["left", "right"])
@pytest.mark.parametrize(("above", "below"), [(0.2, 0.2), (0.3, 0.1), (0.05, 0.4)])
def test_the_outline_of_a_rectangle_is_read_up_and_down(
    above: float, below: float, head: Side
) -> None:
    figure = StickFigure(thigh_deg=0, knee_deg=0, head_towards=head)
    found = outline(band(above * figure.thigh_px, below * figure.thigh_px), figure)
    assert found.shape == (sum(HALF_WIDTHS), 2)
    thigh, shank = np.split(found, [HALF_WIDTHS[0]])
    np.testing.assert_allclose(thigh, np.tile([above, below], (len(thigh), 1)), atol=ONE_PX)
    expected = np.minimum(np.array([above, below]) / 0.95, MAX_HALF_WIDTH)  # of a shorter limb
    np.testing.assert_allclose(shank, np.tile(expected, (len(shank), 1)), atol=ONE_PX)


@pytest.mark.parametrize("figure", FIGURES, ids=["near", "far", "rolled"])
@pytest.mark.parametrize("radius", [0.06, 0.12, 0.3])
def test_the_outline_of_a_capsule_is_read_along_any_limb(
    radius: float, figure: StickFigure
) -> None:
    body = seen(figure)
    knee, ankle = body.tested_px[0, 1:]
    length = float(np.linalg.norm(ankle - knee))
    found = outline(coverage(SIZE, knee, ankle, radius * length), figure)
    shank = found[HALF_WIDTHS[0] :]
    np.testing.assert_allclose(shank, np.full(shank.shape, radius), atol=ONE_PX)


def test_a_taper_is_read_station_by_station() -> None:
    figure = StickFigure(thigh_deg=0, knee_deg=0)
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    along = (x - figure.hip_px[0]) / figure.thigh_px
    half = (0.3 - 0.15 * along) * figure.thigh_px
    mask = np.clip(half - np.abs(y - figure.hip_px[1]) + 0.5, 0, 1).astype(np.float32)
    thigh = outline(mask, figure)[: HALF_WIDTHS[0]]
    expected = 0.3 - 0.15 * np.array(THIGH_STATIONS)
    np.testing.assert_allclose(thigh, np.column_stack((expected, expected)), atol=ONE_PX)


def test_the_outline_is_looked_for_only_so_far() -> None:
    everywhere = np.ones((SIZE[1], SIZE[0]), np.float32)
    np.testing.assert_allclose(outline(everywhere, StickFigure()), MAX_HALF_WIDTH, atol=1e-9)
    np.testing.assert_array_equal(outline(np.zeros_like(everywhere), StickFigure()), 0.0)


def test_a_coarse_silhouette_covers_the_whole_photo_all_the_same() -> None:
    figure = StickFigure(thigh_deg=0, knee_deg=0)
    fine = band(30, 45)
    coarse = fine.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(outline(coarse, figure), outline(fine, figure), atol=2 * ONE_PX)


def test_without_a_silhouette_there_is_nothing_to_learn_from() -> None:
    photo, view = photographed(FIGURES[0])
    assert view.body is not None
    bare = [[Person(one.points_px, one.depth_px)] for one in view.body.people]
    blind = read_view(pose_of(*bare))
    assert blind.body is not None
    assert silhouette_features(photo, blind.body, "left") is None
    assert calibration_input(photo, blind, FLAT) is None
    assert calibration_input(photo, read_view(pose_of([])), FLAT) is None


# --- edges --------------------------------------------------------------------------------------


def edges_of(pixels: NDArray[np.uint8], figure: StickFigure) -> NDArray[np.float64]:
    found = edge_features(photo_from_array(pixels), seen(figure), figure.head_towards)
    assert found.shape == (np.prod(CELLS),)
    assert (found >= 0).all()
    assert (found <= 0.6).all()
    return found.reshape(CELLS)


def test_a_flat_picture_has_no_edges() -> None:
    flat = np.full((SIZE[1], SIZE[0], 3), 140, np.uint8)
    np.testing.assert_array_equal(edges_of(flat, StickFigure()), 0.0)


@pytest.mark.parametrize("head", ["left", "right"])
@pytest.mark.parametrize("thigh_deg", [0.0, -20.0, 15.0])
def test_an_edge_along_the_thigh_is_found_where_it_is(thigh_deg: float, head: Side) -> None:
    figure = StickFigure(thigh_deg=thigh_deg, head_towards=head)
    hip, knee = seen(figure).tested_px[0, :2]
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    limb = (knee - hip) / np.linalg.norm(knee - hip)
    across = (x - hip[0]) * -limb[1] + (y - hip[1]) * limb[0]
    step = np.rint(110 + 60 * np.clip(across, -0.5, 0.5)).astype(np.uint8)
    cells = edges_of(np.repeat(step[..., None], 3, axis=2), figure)
    # The gradient stands across the limb, at 90° of 180°: halfway between two of nine bins.
    share = cells.sum(axis=(0, 1)) / cells.sum()
    assert share[4] + share[5] > 0.9
    axis_row = 1.24 / 2.24 * CELLS[0]
    rows = cells.sum(axis=(1, 2))
    assert rows[int(axis_row) - 1 : int(axis_row) + 2].sum() > 0.95 * rows.sum()


@pytest.mark.parametrize("figure", FIGURES, ids=["near", "far", "rolled"])
@pytest.mark.parametrize("factor", [0.7, 1.25])
def test_brightness_hardly_matters(factor: float, figure: StickFigure) -> None:
    photo, _ = photographed(figure)
    shaded = np.clip(np.rint(photo.pixels * factor), 0, 255).astype(np.uint8)
    one, two = edges_of(photo.pixels, figure), edges_of(shaded, figure)
    assert float(np.abs(one - two).mean()) < EDGE_TOLERANCE / 3
    assert float(np.corrcoef(one.ravel(), two.ravel())[0, 1]) > 0.98


def test_edges_tell_which_thigh_is_in_front() -> None:
    photo, view = photographed(FIGURES[0])
    behind = photo.pixels.copy()
    assert view.body is not None
    hip, knee = view.body.held_px[0, :2]
    cover = coverage(SIZE, hip, knee, 0.18 * FIGURES[0].thigh_px)[..., None]
    front = np.rint(behind + cover * (np.array([150, 120, 105]) - behind)).astype(np.uint8)
    difference = edges_of(front, FIGURES[0]) - edges_of(photo.pixels, FIGURES[0])
    assert float(np.abs(difference).max()) > 0.2


# --- what carries over to other bodies ----------------------------------------------------------


def outline_of(offset: float, slope: float, half: float) -> NDArray[np.float64]:
    """Thigh and shank as ``silhouette_features`` gives them: a shank of that middle and width."""
    middle = offset + slope * (np.array(SHANK_STATIONS) - np.mean(SHANK_STATIONS[2:9]))
    shank = np.column_stack((half + middle, half - middle)).ravel()
    return np.concatenate((np.zeros(2 * len(THIGH_STATIONS)), shank))


@given(
    offset=st.floats(-0.05, 0.05),
    slope=st.floats(-0.1, 0.1),
    half=st.floats(0.06, 0.12),
)
def test_the_middle_of_a_shank_is_found_whatever_its_width(
    offset: float, slope: float, half: float
) -> None:
    assert shank_midline(outline_of(offset, slope, half)) == pytest.approx(
        [offset, slope], abs=1e-9
    )


def test_what_is_no_shank_hardly_moves_its_middle() -> None:
    """A shoe, a knee, and somewhere a table that melts into the outline."""
    spoiled = outline_of(0.0, 0.0, 0.08)
    knee, table, shoe = -20, -11, -1
    spoiled[[knee, shoe]] = MAX_HALF_WIDTH
    assert shank_midline(spoiled) == pytest.approx([0.0, 0.0])
    spoiled[table] = MAX_HALF_WIDTH
    assert abs(shank_midline(spoiled)[0]) < 0.02


def test_places_in_the_landmark_features_are_what_they_are_called() -> None:
    figure = StickFigure(thigh_deg=12, knee_deg=80, hip_gap=0.2, shoulder_gap=0.05)
    photo, view = photographed(figure, sigma=0.0)
    assert photo.width_px > 0
    assert view.body is not None
    head = figure.head_towards
    plain = landmark_features(view.body, head, FLAT)
    (person, *_), (label, *_) = view.body.people, view.body.labels
    knees = person.depth_px[[25, 26]] if label == "left" else person.depth_px[[26, 25]]
    assert plain[DEPTHS][0] * (knees[1] - knees[0]) >= 0
    assert len(plain[DEPTHS]) == 2
    assert len(plain[HEAD]) == 4
    middle = person.points_px[[23, 24]].mean(axis=0)
    knee = np.median(view.body.tested_px, axis=0)[1]
    to_feet = 1.0 if head == "left" else -1.0
    delta = knee - middle
    from_middle = np.degrees(np.arctan2(-delta[1], delta[0] * to_feet))
    assert hip_offset(plain) * 10 == pytest.approx(from_middle - 12, abs=1.0)
