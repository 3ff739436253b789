"""Screenshots: the photo between bars, whose edges are level whatever the camera did."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from phone_files import encode, scene
from test_level import room
from vision.bars import MIN_SHARE, photo_within
from vision.level import estimate_level
from vision.photo import read_photo

Pixels = NDArray[np.uint8]


def screenshot(photo: Pixels, top: int = 120, bottom: int = 200, shade: int = 0) -> Pixels:
    """A photo on a phone's screen: a clock above it, three buttons below."""
    width = photo.shape[1]
    bars = [np.full((height, width, 3), shade, np.uint8) for height in (top, bottom)]
    ink = (255 - shade,) * 3
    cv2.putText(bars[0], "21:47", (30, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.0, ink, 2)
    for x in (100, 400, 700):
        cv2.circle(bars[1], (x, bottom - 50), 18, ink, 3)
    return np.vstack((bars[0], photo, bars[1]))


@pytest.mark.parametrize("shade", [0, 255])
@pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
def test_bars_are_found_through_compression(shade: int, image_format: str) -> None:
    shown = screenshot(scene(960, 720), shade=shade)
    down, across = photo_within(read_photo(encode(shown, image_format)).pixels)
    assert down.start == pytest.approx(120, abs=2)
    assert down.stop == pytest.approx(840, abs=2)
    assert (across.start, across.stop) == (0, 960)


def test_bars_beside_an_upright_photo_are_found() -> None:
    photo = scene(400, 720)
    beside = np.zeros((720, 280, 3), np.uint8)
    down, across = photo_within(np.hstack((beside, photo, beside)))
    assert (down, across) == (slice(0, 720), slice(280, 680))


def test_what_is_no_bar_stays() -> None:
    whole = slice(0, 720), slice(0, 960)
    photo = scene(960, 720)
    assert photo_within(photo) == whole
    assert photo_within(np.full((720, 960, 3), 200, np.uint8)) == whole
    wall = photo.copy()
    wall[:200] = 180  # a plain wall above, and no bar below
    assert photo_within(wall) == whole
    thin = photo.copy()
    edge = int(MIN_SHARE * 720) - 1
    thin[:edge], thin[-edge:] = 0, 0
    assert photo_within(thin) == whole


@pytest.mark.parametrize("roll_deg", [-9.0, 5.0])
def test_the_level_of_a_screenshot_is_the_photos(roll_deg: float) -> None:
    photo = room(roll_deg)
    shown = screenshot(photo)
    body = np.array([[300.0, 100.0], [360.0, 620.0]])
    alone = estimate_level(photo, body_px=body, body_radius_px=40.0)
    level = estimate_level(shown, body_px=body + np.array([0, 120]), body_radius_px=40.0)
    assert level == alone
    assert level.roll_deg == pytest.approx(roll_deg, abs=1.0)
