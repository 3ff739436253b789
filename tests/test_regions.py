"""Boxes of the person detector and the squares made of them, on numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.backends.regions import (
    MARGIN,
    Region,
    anchors,
    body_region,
    decode,
    logistic,
    merge,
    overlap,
)

BOXES = 2254


def box(x: float, y: float, width: float, height: float, *points: float) -> NDArray[np.float64]:
    return np.array([x, y, width, height, *points, *[0.0] * (8 - len(points))])


# --- anchors --------------------------------------------------------------------------------


def test_anchors_are_the_middles_of_three_grids() -> None:
    found = anchors()
    assert found.shape == (BOXES, 2)
    # 28 × 28 with two boxes each, then 14 × 14 with two, then 7 × 7 with six; row by row
    np.testing.assert_allclose(found[[0, 1]], [[0.5 / 28, 0.5 / 28]] * 2)
    np.testing.assert_allclose(found[2], [1.5 / 28, 0.5 / 28])
    np.testing.assert_allclose(found[2 * 28], [0.5 / 28, 1.5 / 28])
    np.testing.assert_allclose(found[2 * 28**2], [0.5 / 14, 0.5 / 14])
    np.testing.assert_allclose(found[2 * 28**2 + 2 * 14**2 + 6], [1.5 / 7, 0.5 / 7])
    np.testing.assert_allclose(found[-1], [6.5 / 7, 6.5 / 7])
    np.testing.assert_allclose(found.mean(axis=0), 0.5)


# --- decoding -------------------------------------------------------------------------------


def raw_output() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.ones((BOXES, 12), np.float32), np.full(BOXES, -9, np.float32)


def test_a_box_is_given_from_its_anchor_and_its_size_is_not() -> None:
    raw, logits = raw_output()
    raw[2] = [22.4, -11.2, 112, 56, 44.8, 0, 0, 44.8, 0, 0, 2.24, 2.24]
    logits[2] = math.log(3)
    (found,), (score,) = decode(raw, logits, 0.3)
    x, y = 1.5 / 28, 0.5 / 28
    expected = [x + 0.1, y - 0.05, 0.5, 0.25, x + 0.2, y, x, y + 0.2, x, y, x + 0.01, y + 0.01]
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert score == pytest.approx(0.75)


def test_boxes_come_best_first_and_weak_or_impossible_ones_not_at_all() -> None:
    raw, logits = raw_output()
    logits[[5, 50, 500, 1500]] = [0.1, 2.0, math.log(0.3 / 0.7) - 1e-3, 5.0]
    raw[1500, 3] = -1  # a negative height
    boxes, scores = decode(raw, logits, 0.3)
    np.testing.assert_allclose(scores, 1 / (1 + np.exp([-2.0, -0.1])), rtol=1e-6)
    np.testing.assert_allclose(boxes[:, :2] - 1 / 224, anchors()[[50, 5]])


@given(st.floats(width=32, allow_nan=False))
def test_no_logit_overflows(logit: float) -> None:
    assert 0 <= float(logistic(np.array(logit, np.float32))) <= 1
    assert float(logistic(np.array(math.log(3)))) == pytest.approx(0.75)


# --- one box per person ---------------------------------------------------------------------


def test_overlap_is_intersection_over_union() -> None:
    square = box(0.5, 0.5, 0.2, 0.2)
    others = np.array(
        [
            square,
            box(0.6, 0.5, 0.2, 0.2),  # half of it shared
            box(0.5, 0.5, 0.1, 0.1),  # inside
            box(0.7, 0.5, 0.2, 0.2),  # side by side
            box(0.7, 0.7, 0.1, 0.1),  # apart in both directions
            box(0.5, 0.5, 0.0, 0.0),
        ]
    )
    np.testing.assert_allclose(overlap(others, square), [1, 1 / 3, 1 / 4, 0, 0, 0], atol=1e-12)


def test_boxes_of_one_person_are_averaged_by_their_scores() -> None:
    one, same = box(0.50, 0.5, 0.2, 0.2, 0.1, 0.2), box(0.52, 0.5, 0.2, 0.2, 0.3, 0.2)
    other = box(0.8, 0.5, 0.2, 0.2)
    merged = merge(np.array([one, other, same]), np.array([0.9, 0.8, 0.3]))
    np.testing.assert_allclose(merged, [0.75 * one + 0.25 * same, other])


def test_half_an_overlap_is_not_enough() -> None:
    one = box(0.5, 0.5, 0.5, 0.5)
    for height, people in ((0.25, 2), (0.26, 1)):
        part = box(0.5, 0.5, 0.5, height)
        assert len(merge(np.array([one, part]), np.array([0.9, 0.8]))) == people


def test_nobody_and_a_box_without_area_are_no_trouble() -> None:
    assert merge(np.empty((0, 12)), np.empty(0)).shape == (0, 12)
    empty = box(0.5, 0.5, 0, 0)
    np.testing.assert_allclose(merge(np.array([empty]), np.array([0.9])), [empty])


# --- squares --------------------------------------------------------------------------------

turns = st.floats(-math.pi, math.pi)


def at(region: Region, cells: int, x: float, y: float) -> NDArray[np.float64]:
    """Where a point of the region lies in the picture."""
    return region.to_picture(cells) @ [x, y, 1]


def test_a_whole_picture_lies_in_the_middle_of_its_square() -> None:
    region = Region.around(640, 480)
    np.testing.assert_allclose(at(region, 64, 0, 0), [0, -80])
    np.testing.assert_allclose(at(region, 64, 64, 64), [640, 560])


def test_a_square_turned_by_a_right_angle() -> None:
    region = Region((100, 50), 20, math.pi / 2)  # its top is at the picture's right
    np.testing.assert_allclose(at(region, 10, 5, 5), [100, 50])
    np.testing.assert_allclose(at(region, 10, 5, 0), [110, 50], atol=1e-12)
    np.testing.assert_allclose(at(region, 10, 0, 5), [100, 40], atol=1e-12)


@pytest.mark.parametrize(
    ("towards", "turn_deg"),
    [((0, -1), 0), ((1, 0), 90), ((0, 1), 180), ((-1, 0), -90), ((1, -1), 45)],
    ids=str,
)
def test_the_body_stands_upright_in_its_square(towards: tuple[int, int], turn_deg: int) -> None:
    shown = Region.around(800, 400)
    hips = np.array([0.5, 0.6])
    edge = hips + 0.1 * np.array(towards)
    region = body_region(box(0.5, 0.5, 0.2, 0.2, *hips, *edge), shown)
    np.testing.assert_allclose(region.centre_px, [400, 280])  # 0.6 · 800 − 200 of padding
    assert region.side_px == pytest.approx(2 * MARGIN * 80 * math.hypot(*towards))
    assert math.degrees(region.turn) == pytest.approx(turn_deg)


@given(turn=turns, side=st.floats(10, 2000), x=st.floats(0, 900), y=st.floats(0, 900))
def test_the_point_on_the_circle_is_straight_above_in_the_square(
    turn: float, side: float, x: float, y: float
) -> None:
    edge = np.array([x + side * math.sin(turn), y - side * math.cos(turn)])
    person = box(0, 0, 0, 0, x / 900, y / 900, edge[0] / 900, edge[1] / 900)
    region = body_region(person, Region.around(900, 900))
    top = 0.5 - 1 / (2 * MARGIN)
    np.testing.assert_allclose(at(region, 1, 0.5, top), edge, atol=1e-6)
