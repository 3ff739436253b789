"""Photos made smaller before they are sent: what the camera says, and the angles, stay the same."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from http_support import SAMPLES
from phone_files import iphone_photo, scene
from test_metadata import landscape, upright
from vision.measurement import measure
from vision.photo import read_photo

LONGEST_PX = 2000
SIDE_PX = 4096
"""The longer side of a photo of twelve megapixels."""
MOST_DEG = 1.0
"""How far an angle may move. Of all samples, the largest differences are 0.6° (thigh) and 0.7°
(knee), the means 0.2°; to write the same photo once more, not smaller, moves angles by up to 0.8°."""
GRAIN = np.random.default_rng(5).integers(0, 30, (1800, 2400, 3), np.uint8)
"""So that the file is large."""
SHRINK = """async ([data, type]) => {
  const main = document.querySelector("script[type=module]").src;
  const { shrink } = await import(new URL("shrink.js", main).href);
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const small = new Uint8Array(await (await shrink(new File([bytes], "a", {type}))).arrayBuffer());
  let text = "";
  for (let at = 0; at < small.length; at += 32768) {
    text += String.fromCharCode(...small.subarray(at, at + 32768));
  }
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, service: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(service)
    yield page
    page.close()


def shrunk(page: Page, data: bytes, kind: str = "image/jpeg") -> bytes:
    """What the page sends instead of a file."""
    sent: str = page.evaluate(SHRINK, [base64.b64encode(data).decode(), kind])
    return base64.b64decode(sent)


def large(**options: Any) -> bytes:
    """A phone's photo of 2400 by 1800 pixels, above the size that is sent as it is."""
    pixels = np.clip(scene(2400, 1800) // 2 + GRAIN, 0, 255).astype(np.uint8)
    data = iphone_photo(pixels=pixels, quality=90, **options)
    assert len(data) > 600_000
    return data


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_what_the_phone_felt_and_saw_stays(page: Page, orientation: int) -> None:
    vector = landscape(-5.0, 2.0) if orientation in (1, 3) else upright(-5.0, 2.0)
    data = large(vector=vector, orientation=orientation)
    before, small = read_photo(data), shrunk(page, data)
    after = read_photo(small)
    assert len(small) < 0.6 * len(data)
    assert after.metadata == before.metadata
    assert after.metadata.gravity is not None
    assert after.metadata.focal_35mm_mm == 26
    height, width = before.pixels.shape[:2]
    assert after.pixels.shape[:2] == (
        round(height * LONGEST_PX / 2400),
        round(width * LONGEST_PX / 2400),
    )
    # The same picture, the same way up.
    size = (40, 40)
    looks = [
        np.asarray(Image.fromarray(one.pixels).resize(size, Image.Resampling.BOX), float)
        for one in (before, after)
    ]
    assert np.abs(looks[0] - looks[1]).mean() < 2
    assert np.abs(looks[0] - looks[1][::-1, ::-1]).mean() > 10


@pytest.mark.parametrize("orientation", [2, 4, 5, 7])
def test_a_mirrored_photo_is_sent_as_it_is(page: Page, orientation: int) -> None:
    data = large(orientation=orientation)
    assert shrunk(page, data) == data


@pytest.mark.parametrize(("image_format", "kind"), [("PNG", "image/png"), ("WEBP", "image/webp")])
def test_no_other_format_loses_what_the_phone_felt(
    page: Page, image_format: str, kind: str
) -> None:
    data = large(vector=landscape(3.0, -8.0), image_format=image_format)
    before = read_photo(data).metadata
    assert before.gravity is not None
    assert read_photo(shrunk(page, data, kind)).metadata == before


def test_what_is_small_or_no_picture_is_sent_as_it_is(page: Page) -> None:
    small = iphone_photo(pixels=scene(2400, 1800))
    for data in (small, bytes(700_000), large()[:500_000] + bytes(200_000)):
        assert shrunk(page, data) == data


def phone_size(name: str) -> bytes:
    """A sample as a phone would have taken it: twelve megapixels."""
    with Image.open(SAMPLES / name) as image:
        scale = SIDE_PX / max(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        stream = io.BytesIO()
        image.resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG", quality=98)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["left-near-1", "left-far-1", "right-near-1", "right-far-1"])
def test_the_angles_stay(page: Page, name: str) -> None:
    data = phone_size(f"{name}.jpg")
    small = shrunk(page, data)
    assert len(small) < len(data)
    before, after = measure(data), measure(small)
    assert before.reading is not None
    assert after.reading is not None
    pairs = [
        (before.reading.thigh, after.reading.thigh),
        (before.reading.knee_flexion, after.reading.knee_flexion),
    ]
    found = [abs(one.value_deg - other.value_deg) for one, other in pairs]
    assert max(found) <= MOST_DEG, found
