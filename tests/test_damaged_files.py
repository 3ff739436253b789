"""Whatever the bytes, reading them ends in a photo or in one of our own errors."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vision.errors import PhotoError
from vision.photo import read_photo

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "MPO", "pages")
"""Pillow's names; "pages" is a TIFF of three."""


def encoded(image_format: str) -> bytes:
    """Coarse coloured noise, with a camera's remarks, so that every part of a file matters."""
    blocks = np.random.default_rng(0).integers(0, 256, (21, 22, 3), dtype=np.uint8)
    image = Image.fromarray(blocks).resize((220, 210), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    buffer = io.BytesIO()
    if image_format == "pages":
        pages = [image, image]
        image.save(buffer, "TIFF", save_all=True, append_images=pages, compression="tiff_lzw")
    elif image_format == "PNG":  # without EXIF: Pillow reads on to the end to look for it
        image.save(buffer, "PNG")
    else:
        image.save(buffer, image_format, exif=exif.tobytes())
    return buffer.getvalue()


FILES = {name: encoded(name) for name in FORMATS}


def is_read(data: bytes) -> bool:
    """Whether a file is accepted; anything but our own errors goes up and fails the test."""
    try:
        photo = read_photo(data)
    except PhotoError:
        return False
    assert photo.pixels.shape == (photo.height_px, photo.width_px, 3)
    return True


@given(st.binary(max_size=2000))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert not is_read(data)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.binary(max_size=300))
def test_random_bytes_behind_a_real_start_are_refused(name: str, data: bytes) -> None:
    assert not is_read(FILES[name][:40] + data)


@pytest.mark.parametrize("name", FORMATS)
@given(share=st.floats(0, 0.9))
def test_a_file_cut_short_never_surprises(name: str, share: float) -> None:
    whole = FILES[name]
    assert is_read(whole)
    is_read(whole[: int(share * len(whole))])


@pytest.mark.parametrize("name", FORMATS)
@given(flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 7)), min_size=1, max_size=8))
def test_a_file_with_flipped_bits_never_surprises(
    name: str, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(FILES[name])
    for share, bit in flips:
        # Half of the flips hit the headers, where there is most to break.
        place = share * 2 * 700 if share < 0.5 else share * len(damaged)
        damaged[min(int(place), len(damaged) - 1)] ^= 1 << bit
    is_read(bytes(damaged))


@pytest.mark.parametrize("name", FORMATS)
def test_a_photo_with_an_unreadable_orientation_is_read_or_refused(name: str) -> None:
    is_read(FILES[name].replace(b"Camera", b"\xff" * 6))
    assert is_read(FILES[name])
