"""Bytes in, upright RGB pixels out, whatever phone or camera wrote them."""

import hashlib
import io
import warnings
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vision import photo as photo_module
from vision.errors import NotAnImage, TooFewPixels, TooManyPixels, UnsupportedFormat
from vision.photo import MIN_SIDE_PX, photo_from_array, read_photo

EXIF_ORIENTATION = 0x0112
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "TIFF": {},
    "WEBP": {"lossless": True, "exact": True},
}
LOSSY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "HEIF": {"quality": 95},
    "MPO": {"quality": 95, "subsampling": 0},
}
RED, GREEN, BLUE, WHITE = (220, 40, 40), (40, 200, 60), (50, 60, 220), (245, 245, 245)


def scene(width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """Four quarters of different colours: any turn or mirroring shows."""
    pixels = np.empty((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:] = RED, GREEN
    pixels[top:, :left], pixels[top:, left:] = BLUE, WHITE
    return pixels


def encode(pixels: NDArray[np.uint8] | Image.Image, image_format: str, **options: Any) -> bytes:
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def mean_difference(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - two.astype(int)).mean())


# --- what is not read -----------------------------------------------------------------------


@pytest.mark.parametrize("image_format", ["AVIF", "BMP", "GIF", "ICO", "JPEG2000"])
def test_other_pictures_are_refused_by_name(image_format: str) -> None:
    data = encode(scene(), image_format)
    with pytest.raises(UnsupportedFormat, match=f"a {image_format} image"):
        read_photo(data)


@pytest.mark.parametrize("image_format", ["EPS", "PPM", "TGA"])
def test_other_decoders_never_see_a_file(
    image_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode(scene(), image_format)

    def seen(*_: Any) -> Any:
        pytest.fail(f"Pillow's decoder of {image_format} was asked")

    monkeypatch.setitem(Image.OPEN, image_format, (seen, seen))
    with pytest.raises(NotAnImage):
        read_photo(data)


def test_pages_of_a_tiff_are_not_even_counted() -> None:
    data = bytearray(encode(scene(), "TIFF"))
    first = int.from_bytes(data[4:8], "little")
    after = first + 2 + 12 * int.from_bytes(data[first : first + 2], "little")
    data[after : after + 4] = data[4:8]  # the next page is the first one, without end
    np.testing.assert_array_equal(read_photo(bytes(data)).pixels, scene())


# --- what is read ---------------------------------------------------------------------------


@pytest.mark.parametrize("image_format", LOSSLESS)
def test_lossless_formats_keep_every_pixel(image_format: str) -> None:
    photo = read_photo(encode(scene(), image_format, **LOSSLESS[image_format]))
    np.testing.assert_array_equal(photo.pixels, scene())
    assert photo.image_format == image_format


@pytest.mark.parametrize("image_format", LOSSY)
def test_lossy_formats_keep_the_picture(image_format: str) -> None:
    extra = {"save_all": True, "append_images": [Image.fromarray(scene())]}
    options = LOSSY[image_format] | (extra if image_format == "MPO" else {})
    photo = read_photo(encode(scene(), image_format, **options))
    assert photo.image_format == image_format
    assert photo.pixels.shape == scene().shape
    assert mean_difference(photo.pixels, scene()) < 3


def test_photo_says_what_it_is() -> None:
    data = encode(scene(320, 240), "PNG")
    photo = read_photo(data)
    assert (photo.width_px, photo.height_px) == (320, 240)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.pixels.dtype == np.uint8


def test_first_page_of_a_tiff_counts() -> None:
    pages = [Image.new("RGB", (300, 240), colour) for colour in (GREEN, BLUE)]
    data = encode(scene(), "TIFF", save_all=True, append_images=pages)
    np.testing.assert_array_equal(read_photo(data).pixels, scene())


def test_first_frame_of_a_phone_pair_counts() -> None:
    data = encode(
        Image.new("RGB", (320, 240), RED),
        "MPO",
        save_all=True,
        append_images=[Image.new("RGB", (320, 240), BLUE)],
    )
    assert mean_difference(read_photo(data).pixels, np.full((240, 320, 3), RED, np.uint8)) < 3


def test_primary_picture_of_a_heic_collection_counts() -> None:
    heif = pillow_heif.from_pillow(Image.fromarray(scene()))
    heif.add_from_pillow(Image.new("RGB", (320, 240), BLUE))
    buffer = io.BytesIO()
    heif.save(buffer, quality=95)
    assert mean_difference(read_photo(buffer.getvalue()).pixels, scene()) < 3


# --- which way is up ------------------------------------------------------------------------

# How a camera with that orientation stores an upright scene.
STORED_AS: dict[int, Image.Transpose | None] = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(orientation: int, image_format: str, **options: Any) -> bytes:
    """The scene as a camera held that way writes it."""
    turn = STORED_AS[orientation]
    image = Image.fromarray(scene())
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    kept = image if turn is None else image.transpose(turn)
    return encode(kept, image_format, exif=exif.tobytes(), **options)


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("image_format", LOSSLESS)
def test_every_exif_orientation_gives_the_same_pixels(image_format: str, orientation: int) -> None:
    photo = read_photo(stored(orientation, image_format, **LOSSLESS[image_format]))
    np.testing.assert_array_equal(photo.pixels, scene())
    assert (photo.width_px, photo.height_px) == (320, 240)


@pytest.mark.parametrize("orientation", STORED_AS)
def test_every_exif_orientation_of_a_jpeg_is_upright(orientation: int) -> None:
    photo = read_photo(stored(orientation, "JPEG", quality=95, subsampling=0))
    assert mean_difference(photo.pixels, scene()) < 3


@pytest.mark.parametrize("orientation", STORED_AS)
def test_every_orientation_of_a_heic_is_upright(orientation: int) -> None:
    data = stored(orientation, "HEIF", quality=95)  # turned by HEIF's own boxes, not by EXIF
    assert (b"irot" in data or b"imir" in data) == (orientation != 1)
    photo = read_photo(data)
    assert photo.pixels.shape == scene().shape
    assert mean_difference(photo.pixels, scene()) < 3


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    np.testing.assert_array_equal(read_photo(encode(scene(), "PNG", exif=exif)).pixels, scene())


def test_orientation_table_agrees_with_pillow() -> None:
    for orientation in STORED_AS:
        with Image.open(io.BytesIO(stored(orientation, "PNG"))) as image:
            np.testing.assert_array_equal(np.asarray(ImageOps.exif_transpose(image)), scene())


# --- colours --------------------------------------------------------------------------------


def ramp() -> NDArray[np.uint8]:
    return np.tile(np.arange(256, dtype=np.uint8), (210, 1))


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    data = encode(Image.fromarray(ramp().astype(np.uint16) * 257), "PNG")
    np.testing.assert_allclose(read_photo(data).pixels[:, :, 0], ramp(), atol=1)


def test_float_grey_is_scaled_to_its_maximum() -> None:
    data = encode(Image.fromarray(ramp().astype(np.float32) * 4), "TIFF")
    np.testing.assert_allclose(read_photo(data).pixels[:, :, 1], ramp(), atol=1)


def test_float_pixels_without_a_value_are_read_as_black() -> None:
    grey = ramp().astype(np.float32)
    grey[0, 0] = np.nan
    assert read_photo(encode(Image.fromarray(grey), "TIFF")).pixels[0, 0].max() == 0


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "YCbCr", "P"])
def test_other_modes_become_rgb(mode: str) -> None:
    image = Image.fromarray(scene()).convert(mode)
    image_format = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"
    expected = np.asarray(image.convert("RGB"))
    photo = read_photo(encode(image, image_format))
    assert photo.pixels.shape == scene().shape
    assert mean_difference(photo.pixels, expected) < 3


def test_cmyk_jpeg_keeps_its_colours() -> None:
    data = encode(Image.fromarray(scene()).convert("CMYK"), "JPEG", quality=95)
    assert mean_difference(read_photo(data).pixels, scene()) < 4


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    image = Image.new("RGBA", (220, 220), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 110, 220))
    data = encode(image.quantize(4) if mode == "P" else image.convert(mode), "PNG")
    pixels = read_photo(data).pixels
    assert pixels[:, :110].min() == 255
    assert pixels[:, 110:].max() == 0


# --- arrays ---------------------------------------------------------------------------------


def test_array_is_copied_and_left_alone() -> None:
    mine = scene()
    photo = photo_from_array(mine)
    mine[:] = 0
    np.testing.assert_array_equal(photo.pixels, scene())
    assert mine.flags.writeable
    assert photo.image_format == "array"


def test_array_need_not_be_contiguous() -> None:
    photo = photo_from_array(scene()[:, ::-1])
    np.testing.assert_array_equal(photo.pixels, scene()[:, ::-1])


def test_sum_of_an_array_tells_pixels_and_shape_apart() -> None:
    blank = np.zeros((240, 320, 3), np.uint8)
    sums = {
        photo_from_array(pixels).sha256
        for pixels in (scene(), blank, blank.reshape(320, 240, 3), scene()[:, ::-1])
    }
    assert len(sums) == 4
    assert photo_from_array(scene()).sha256 == photo_from_array(scene()).sha256


@pytest.mark.parametrize("data", [scene(), encode(scene(), "PNG")], ids=["array", "file"])
def test_pixels_are_read_only(data: NDArray[np.uint8] | bytes) -> None:
    photo = read_photo(data) if isinstance(data, bytes) else photo_from_array(data)
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0, 0] = 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((240, 320), np.uint8),
        np.zeros((240, 320, 4), np.uint8),
        np.zeros((240, 320, 3), np.float64),
        np.zeros((1, 240, 320, 3), np.uint8),
    ],
    ids=["grey", "alpha", "float", "batch"],
)
def test_an_array_of_another_kind_is_refused(pixels: Any) -> None:
    with pytest.raises(NotAnImage, match=r"\(H, W, 3\)"):
        photo_from_array(pixels)


def test_limits_hold_for_arrays_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooFewPixels):
        photo_from_array(scene(320, MIN_SIDE_PX - 1))
    assert photo_from_array(scene(320, MIN_SIDE_PX)).height_px == MIN_SIDE_PX
    monkeypatch.setattr(photo_module, "MAX_PIXELS", 320 * 240)
    assert photo_from_array(scene(320, 240)).width_px == 320
    with pytest.raises(TooManyPixels):
        photo_from_array(scene(321, 240))


def test_many_photos_add_one_filter_of_warnings() -> None:
    """Each test starts with filters of its own; a service reads photos for weeks."""
    data = encode(scene(), "PNG")
    before = len(warnings.filters)
    for _ in range(3):
        read_photo(data)
    assert len(warnings.filters) == before + 1
