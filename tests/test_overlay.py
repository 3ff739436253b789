"""The picture shows the reading where the joints are, hides the face, and spares the photo."""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stick_figure import StickFigure, marked_picture, measure_people
from vision.measurement import Measurement
from vision.overlay import MAX_SIDE_PX, draw_overlay, encode_picture
from vision.sides import Side

Pixels = NDArray[np.uint8]
FIGURE = StickFigure(hip_px=(430, 320), thigh_px=130)
STANDING = StickFigure(
    thigh_deg=-85, knee_deg=0, held_deg=-85, trunk_deg=-85, hip_px=(430, 330), thigh_px=120
)


def textured(width: int = 900, height: int = 700) -> Pixels:
    """A marked picture with fine chequers between its corners: blurring them shows."""
    picture = marked_picture(width, height)
    rows, columns = np.indices((height, width))
    chequers = np.where((rows // 2 + columns // 2) % 2, 90, 170).astype(np.uint8)
    plain = (picture == 128).all(axis=2)
    picture[plain] = chequers[plain, None]
    return picture


def measured(figure: StickFigure = FIGURE, *, level_deg: float = 0.0) -> Measurement:
    return measure_people([figure.person()], picture=textured(), level_deg=level_deg)


def around(pixels: Pixels, point: NDArray[np.float64], radius: int) -> Pixels:
    x, y = (int(value) for value in point)
    return pixels[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1]


def changed(result: Measurement, point: NDArray[np.float64], *, show_face: bool = True) -> float:
    """Share of the pixels near a point that the overlay changes."""
    before = around(result.photo.pixels, point, 6)
    after = around(draw_overlay(result, show_face=show_face), point, 6)
    return float((before != after).any(axis=2).mean())


def rough(pixels: Pixels) -> float:
    """How much neighbouring pixels differ: chequers a lot, coarse blocks hardly."""
    return float(np.abs(np.diff(pixels.astype(int), axis=1)).mean())


# --- the photo is spared ------------------------------------------------------------------------


def test_photo_is_untouched_and_the_picture_is_new() -> None:
    result = measured()
    picture = draw_overlay(result)
    np.testing.assert_array_equal(result.photo.pixels, textured())
    assert not np.shares_memory(picture, result.photo.pixels)
    assert picture.flags.writeable


def test_small_photos_keep_their_size() -> None:
    picture = draw_overlay(measured())
    assert picture.shape == (700, 900, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("size", [(2400, 1800), (1800, 2400)], ids=str)
def test_large_photos_are_reduced(size: tuple[int, int]) -> None:
    figure = StickFigure(hip_px=(900, 900), thigh_px=300)
    result = measure_people([figure.person()], picture=marked_picture(*size))
    picture = draw_overlay(result)
    assert max(picture.shape) == MAX_SIDE_PX
    assert picture.shape[1] / picture.shape[0] == pytest.approx(size[0] / size[1], abs=0.01)
    assert result.angles is not None
    small = np.asarray(Image.fromarray(result.photo.pixels).resize(picture.shape[1::-1]), np.uint8)
    for joint in result.angles.chain_px * MAX_SIDE_PX / 2400:
        assert (around(picture, joint, 4) != around(small, joint, 4)).mean() > 0.5


@pytest.mark.parametrize("size", [(200, 200), (3000, 200), (200, 3000)], ids=str)
def test_tiny_and_narrow_photos_are_drawn(size: tuple[int, int]) -> None:
    figure = StickFigure(hip_px=(size[0] / 2, size[1] / 2), thigh_px=62)
    result = measure_people([figure.person()], picture=marked_picture(*size))
    picture = draw_overlay(result)
    assert picture.shape[2] == 3
    assert picture.shape[0] / picture.shape[1] == pytest.approx(size[1] / size[0], rel=0.02)
    assert (picture != marked_picture(*picture.shape[1::-1])).any()


# --- the reading is where the joints are ------------------------------------------------------


@pytest.mark.parametrize("head", ["left", "right"])
@pytest.mark.parametrize("near", [True, False])
def test_strokes_are_at_the_joints(head: Side, near: bool) -> None:
    result = measured(replace(FIGURE, head_towards=head, near=near))
    assert result.angles is not None
    hip, knee, ankle = result.angles.chain_px
    for point in (hip, knee, ankle, (hip + knee) / 2, (knee + ankle) / 2):
        assert changed(result, point) > 0.2


def test_far_from_the_leg_nothing_is_drawn() -> None:
    result = measured()
    untouched = [(60, 60), (60, 400), (850, 60), (850, 500), (300, 150)]
    for corner in untouched:
        assert changed(result, np.array(corner, float)) == 0


def test_dashes_follow_the_true_horizontal() -> None:
    hanging = replace(FIGURE, thigh_deg=-60)  # the label lies over the horizontal, short of its end
    hip, reach = np.array(FIGURE.hip_px), 1.1 * FIGURE.thigh_px
    little, much = (
        measured(replace(hanging, roll_deg=roll), level_deg=roll) for roll in (-20.0, 20.0)
    )

    def strokes(result: Measurement, degrees: float) -> float:
        turn = np.radians(degrees)
        along = np.array([np.cos(turn), -np.sin(turn)])  # counter-clockwise: right end higher
        shares = [
            changed(result, hip + along * reach * part) for part in np.linspace(0.97, 1.03, 8)
        ]
        return float(np.mean(shares))

    assert strokes(little, -20) > 0.15 > strokes(little, 20)
    assert strokes(much, 20) > 0.15 > strokes(much, -20)


def test_verdict_changes_the_caption() -> None:
    passed, failed = (
        measured(replace(FIGURE, thigh_deg=-25)),
        measured(replace(FIGURE, knee_deg=20)),
    )
    assert passed.interpretation.verdict != failed.interpretation.verdict
    one, two = (draw_overlay(result)[-24:] for result in (passed, failed))
    assert (one != two).any()


# --- faces --------------------------------------------------------------------------------------


def head_of(figure: StickFigure) -> NDArray[np.float64]:
    face: NDArray[np.float64] = figure.person().points_px[:11].mean(axis=0)
    return face


@pytest.mark.parametrize("figure", [FIGURE, replace(FIGURE, head_towards="right"), STANDING])
def test_face_is_pixelated_unless_asked_otherwise(figure: StickFigure) -> None:
    result = measured(figure)
    face = head_of(figure)
    before = rough(around(result.photo.pixels, face, 12))
    hidden = rough(around(draw_overlay(result), face, 12))
    assert hidden < before / 4
    shown = around(draw_overlay(result, show_face=True), face, 12)
    np.testing.assert_array_equal(shown, around(result.photo.pixels, face, 12))


def test_every_face_that_any_pass_saw_is_pixelated() -> None:
    therapist = replace(STANDING, hip_px=(700, 330), thigh_px=120, head_towards="right")
    patient = FIGURE.person()
    passes = [[patient, therapist.person()], *[[patient]] * 7]
    result = measure_people(*passes, picture=textured())
    face = head_of(therapist)
    assert rough(around(draw_overlay(result), face, 10)) < rough(textured()) / 4


def test_a_face_outside_the_photo_is_no_trouble() -> None:
    result = measured(replace(FIGURE, hip_px=(100, 320)))
    assert result.measurable
    assert draw_overlay(result).shape == (700, 900, 3)


# --- refusals -----------------------------------------------------------------------------------


def test_a_refused_photo_shows_a_caption_and_no_angles() -> None:
    empty = measure_people([], picture=textured())
    picture = draw_overlay(empty)
    assert (picture[-20:] != textured()[-20:]).any()
    np.testing.assert_array_equal(picture[:-60], textured()[:-60])


def test_a_leg_that_is_not_reported_is_drawn_in_grey() -> None:
    small = measured(replace(FIGURE, thigh_px=40.0))
    assert not small.measurable
    assert small.angles is not None
    knee = small.angles.chain_px[1]
    picture = draw_overlay(small, show_face=True)
    assert changed(small, knee) > 0.1
    colourful = np.ptp(around(picture, knee, 6).astype(int), axis=2).max()
    assert colourful < 20  # greys and dark rims only; a reading is drawn in yellow and blue
    good = around(draw_overlay(measured()), measured().angles.chain_px[1], 6)  # type: ignore[union-attr]
    assert np.ptp(good.astype(int), axis=2).max() > 100


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("image_format", "tolerance"), [("png", 0.0), ("jpeg", 6.0)])
def test_encoded_picture_is_the_picture_without_metadata(
    image_format: str, tolerance: float
) -> None:
    picture = draw_overlay(measure_people([FIGURE.person()]))
    data = encode_picture(picture, "png" if image_format == "png" else "jpeg")
    with Image.open(io.BytesIO(data)) as image:
        assert str(image.format).lower() == image_format
        assert dict(image.getexif()) == {}
        decoded = np.asarray(image.convert("RGB"))
    difference = np.abs(decoded.astype(int) - picture.astype(int)).mean()
    assert difference <= tolerance
