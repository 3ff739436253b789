"""The real model on photos as they go wrong: turned, pasted in pairs, people beside the test."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stick_figure import FakeEstimator, StickFigure, marked_picture, settled_view
from vision.company import another_is_tested, areas_beside
from vision.errors import InvalidOption
from vision.measurement import measure
from vision.photo import TURNS_DEG, load_photo, photo_from_array, turned_photo
from vision.pose import Person

Pixels = NDArray[np.uint8]
TURNED = ("left-near-1.jpg", "right-far-3.jpg", "right-near-2.jpg")
PAIRS = (("left-near-1.jpg", "right-near-3.jpg"), ("right-far-3.jpg", "left-far-1.jpg"))
SAME_DEG = 1.5
"""A photo that was saved turned, and is turned back, reads the same but for its compression."""


def saved(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95)
    return stream.getvalue()


@pytest.mark.parametrize("name", TURNED)
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_says_so_and_reads_the_same_once_turned(
    sample_images: Path, name: str, quarters: int
) -> None:
    upright = measure(sample_images / name)
    stored = saved(np.ascontiguousarray(np.rot90(upright.photo.pixels, quarters)))
    refused = measure(stored)
    assert not refused.measurable
    assert refused.view.refusal == ("upside_down" if quarters == 2 else "sideways")
    assert refused.view.turn_deg == 90 * quarters
    again = measure(stored, turn_deg=90 * quarters)
    assert again.reading is not None
    assert upright.reading is not None
    assert again.provenance.turn_deg == 90 * quarters
    for angle in ("thigh", "knee_flexion", "shank_from_plumb"):
        one, other = getattr(again.reading, angle), getattr(upright.reading, angle)
        assert one.value_deg == pytest.approx(other.value_deg, abs=SAME_DEG)
    assert again.view.leg == upright.view.leg


def side_by_side(one: Pixels, other: Pixels) -> Pixels:
    height = max(one.shape[0], other.shape[0])
    return np.hstack([_as_high(one, height), _as_high(other, height)])


def stacked(one: Pixels, other: Pixels) -> Pixels:
    upright = side_by_side(np.rot90(one), np.rot90(other))
    return np.ascontiguousarray(np.rot90(upright, -1))


def mirrored(one: Pixels, _: Pixels) -> Pixels:
    return side_by_side(one, one[:, ::-1])


def _as_high(pixels: Pixels, height: int) -> Pixels:
    width = round(pixels.shape[1] * height / pixels.shape[0])
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (width, height)), np.uint8)


@pytest.mark.parametrize("paste", [side_by_side, stacked, mirrored])
@pytest.mark.parametrize("names", PAIRS)
def test_two_photos_in_one_picture_are_several_people(
    sample_images: Path, names: tuple[str, str], paste: Callable[[Pixels, Pixels], Pixels]
) -> None:
    one, other = (load_photo(sample_images / name).pixels for name in names)
    result = measure(np.ascontiguousarray(paste(one, other)))
    assert [flag.kind.code for flag in result.quality.flags] == ["several_people"]
    assert result.interpretation.verdict == "not_measurable"
    assert result.view.leg is None


# --- turning ----------------------------------------------------------------------------------


def test_a_photo_turns_clockwise_as_seen_on_screen() -> None:
    photo = photo_from_array(marked_picture(900, 700))
    once = turned_photo(photo, 90)
    assert (once.width_px, once.height_px, once.sha256) == (700, 900, photo.sha256)
    # The red corner was at the top left, and goes to the top right.
    np.testing.assert_array_equal(once.pixels[3, -4], photo.pixels[3, 3])
    four = photo
    for _ in range(4):
        four = turned_photo(four, 90)
    np.testing.assert_array_equal(four.pixels, photo.pixels)
    twice = turned_photo(photo, 180).pixels
    np.testing.assert_array_equal(twice, turned_photo(once, 90).pixels)
    np.testing.assert_array_equal(turned_photo(photo, 270).pixels, turned_photo(once, 180).pixels)
    assert not once.pixels.flags.writeable


@pytest.mark.parametrize("turn_deg", [-90, 1, 45, 360])
def test_other_turns_do_not_exist(turn_deg: int) -> None:
    assert turn_deg not in TURNS_DEG
    with pytest.raises(InvalidOption, match="90, 180 or 270"):
        measure(marked_picture(), turn_deg=turn_deg, estimator=FakeEstimator((900, 700), []))


# --- somebody beside the body ----------------------------------------------------------------------

FIGURE = StickFigure(hip_px=(240.0, 240.0), thigh_px=100.0)


class Beside:
    """A pose model that sees these people, given in pixels of the part that it is shown."""

    def __init__(self, *passes: list[Person]) -> None:
        self.passes = passes
        self.model = FakeEstimator((1, 1), []).model
        self.calls = 0

    def detect(self, pixels: Pixels) -> tuple[Person, ...]:
        height, width = pixels.shape[:2]
        people = self.passes[min(self.calls, len(self.passes) - 1)]
        self.calls += 1
        # The part is shown turned; what stands in it is asked for as if it were not.
        return tuple(_shown(person, self.calls, width, height) for person in people)


def _shown(person: Person, call: int, width: int, height: int) -> Person:
    """Undo what the instrument undoes: quarter turns counter-clockwise, and mirroring."""
    x, y = person.points_px.T
    turns, mirror = ((1, False), (1, True), (3, False), (3, True))[call - 1]
    if mirror:
        x = height - x
    points = np.column_stack((y, height - x) if turns == 1 else (width - y, x))
    return Person(points, person.depth_px)


def test_areas_beside_a_body_are_those_where_another_would_fit() -> None:
    view = settled_view([FIGURE.person()])
    assert view.body is not None
    narrow = photo_from_array(marked_picture(400, 420))
    assert areas_beside(narrow, view.body) == []
    wide = photo_from_array(marked_picture(900, 420))
    (area,) = areas_beside(wide, view.body)
    assert area[1:] == (0, 900, 420)
    assert area[0] >= view.body.people[0].points_px[:, 0].max()


@pytest.mark.parametrize(
    ("rooms", "sides"),
    [
        ((180, 200, 220, 160), ["right", "top"]),
        ((220, 160, 180, 200), ["left", "bottom"]),
        ((160, 160, 170, 160), ["right"]),
    ],
)
def test_the_areas_are_the_rest_of_the_photo_the_roomiest_first(
    rooms: tuple[int, int, int, int], sides: list[str]
) -> None:
    """Room to the left, above, to the right and below; the body is 276 pixels wide and high."""
    view = settled_view([FIGURE.person()])
    assert view.body is not None
    person = view.body.people[0]
    low, high = np.floor(person.points_px.min(axis=0)), np.ceil(person.points_px.max(axis=0))
    assert (high - low).tolist() == [276, 276]
    shift = np.array(rooms[:2]) - low
    body = replace(view.body, people=(replace(person, points_px=person.points_px + shift),))
    width, height = rooms[0] + 276 + rooms[2], rooms[1] + 276 + rooms[3]
    areas = {
        "left": (0, 0, rooms[0], height),
        "top": (0, 0, width, rooms[1]),
        "right": (rooms[0] + 276, 0, width, height),
        "bottom": (0, rooms[1] + 276, width, height),
    }
    found = areas_beside(photo_from_array(marked_picture(width, height)), body)
    assert found == [areas[side] for side in sides]


@pytest.mark.parametrize(
    ("size_px", "hand_gap", "passes", "tested"),
    [
        (100.0, 0.0, 4, True),
        (100.0, 0.0, 2, True),
        (100.0, 0.0, 1, False),  # too few of the four looks
        (35.0, 0.0, 4, True),  # another photo, pasted beside it in a smaller size
        (25.0, 0.0, 4, False),  # somebody in the background
        (100.0, 1.6, 4, False),  # does something else
    ],
)
def test_somebody_beside_the_body_counts_only_if_tested_too(
    size_px: float, hand_gap: float, passes: int, tested: bool
) -> None:
    view = settled_view([FIGURE.person()])
    assert view.body is not None
    photo = photo_from_array(marked_picture(900, 420))
    other = StickFigure(hip_px=(250.0, 220.0), thigh_px=size_px, hand_gap=hand_gap).person()
    seen = [[other]] * passes + [[]] * (4 - passes)
    assert another_is_tested(photo, view.body, Beside(*seen)) is tested


def test_an_empty_strip_costs_one_look() -> None:
    view = settled_view([FIGURE.person()])
    assert view.body is not None
    nobody = Beside([])
    assert not another_is_tested(photo_from_array(marked_picture(900, 420)), view.body, nobody)
    assert nobody.calls == 1
