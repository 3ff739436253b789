"""Every kind of file that phones and clinics send: read, or told truly what it is."""

import io
import struct
import threading
import warnings
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from phone_files import (
    ORIENTATION,
    encode,
    exif_of,
    iphone_photo,
    png_chunk,
    png_with,
    scene,
)
from vision.errors import (
    AnimatedImage,
    NotAnImage,
    PhotoError,
    RawPhoto,
    TruncatedImage,
    UnsupportedFormat,
    VideoFile,
)
from vision.photo import read_photo
from vision.quiet import no_warnings

MEGABYTES = 1_600_000


def long_text(kind: bytes) -> bytes:
    """A PNG chunk of text, longer than Pillow takes."""
    if kind == b"iTXt":
        return png_chunk(kind, b"XML:com.adobe.xmp\0\0\0\0\0" + b"<x/>" * (MEGABYTES // 4))
    if kind == b"zTXt":
        return png_chunk(kind, b"Comment\0\0" + zlib.compress(b"a" * MEGABYTES))
    return png_chunk(kind, b"profile\0\0" + zlib.compress(b"a" * MEGABYTES))


@pytest.mark.parametrize("kind", [b"iTXt", b"zTXt", b"iCCP"])
def test_a_png_with_long_remarks_is_read(kind: bytes) -> None:
    """1.6 MB of XMP or of a colour profile: more than Pillow takes, and no damage."""
    np.testing.assert_array_equal(read_photo(png_with(long_text(kind))).pixels, scene())


def test_a_png_keeps_its_orientation_beside_long_remarks() -> None:
    exif = exif_of({ORIENTATION: 3}, {}).removeprefix(b"Exif\0\0")
    photo = read_photo(png_with(long_text(b"iTXt"), png_chunk(b"eXIf", exif)))
    np.testing.assert_array_equal(photo.pixels, scene()[::-1, ::-1])


def test_a_png_cut_short_is_still_damaged() -> None:
    data = png_with(long_text(b"iTXt"))
    with pytest.raises(TruncatedImage):
        read_photo(data[: len(data) // 2 + MEGABYTES // 2])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_is_read(missing: int, options: dict[str, Any]) -> None:
    data = encode(scene(), "JPEG", quality=90, **options)
    whole = read_photo(data)
    photo = read_photo(data[:-missing])
    np.testing.assert_array_equal(photo.pixels, whole.pixels)
    assert photo.sha256 != whole.sha256  # of the bytes as they came


@pytest.mark.parametrize("tail", [b"", bytes(3000), b"\xff" * 3000])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_a_jpeg_without_its_lower_part_is_damaged(share: float, tail: bytes) -> None:
    data = encode(scene(), "JPEG", quality=90)
    with pytest.raises(TruncatedImage):
        read_photo(data[: int(share * len(data))] + tail)


def test_orientation_in_xmp_does_not_turn_a_photo() -> None:
    """Viewers go by EXIF: a picture turned by an editor keeps its old XMP."""
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    lossless = {"lossless": True, "exact": True}
    np.testing.assert_array_equal(
        read_photo(encode(scene(), "WEBP", xmp=xmp, **lossless)).pixels, scene()
    )
    assert read_photo(encode(scene(), "JPEG", xmp=xmp)).width_px == scene().shape[1]
    turned = encode(scene(), "JPEG", xmp=xmp, exif=exif_of({ORIENTATION: 8}, {}))
    assert read_photo(turned).width_px == scene().shape[0]
    upright = encode(scene(), "JPEG", xmp=xmp, exif=exif_of({ORIENTATION: 1}, {}))
    assert read_photo(upright).width_px == scene().shape[1]


def test_unreadable_exif_does_not_make_a_photo_damaged() -> None:
    data = encode(scene(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40)
    assert read_photo(data).pixels.shape == scene().shape


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_grey_of_fewer_bits_in_sixteen_is_not_black(bits: int) -> None:
    """X-ray viewers and scanners store 12 bits in 16."""
    grey = np.tile(np.arange(256, dtype=np.uint16), (210, 1))
    stored = (grey.astype(np.float64) * (2**bits - 1) / 255).round().astype(np.uint16)
    for image_format in ("PNG", "TIFF"):
        pixels = read_photo(encode(stored, image_format)).pixels
        np.testing.assert_allclose(pixels[:, :, 0], grey, atol=1)


def avif(brand: bytes = b"avif") -> bytes:
    data = encode(scene(), "AVIF")
    return data.replace(b"ftypavif", b"ftyp" + brand, 1)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (avif(), "AVIF"),
        (avif(b"mif1"), "AVIF"),
        (encode(scene(), "GIF"), "GIF"),
        (encode(scene(), "BMP"), "BMP"),
        (bytes(128) + b"DICM" + bytes(300), "DICOM"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(200), "JPEG XL"),
    ],
)
def test_pictures_that_are_not_read_are_named(data: bytes, name: str) -> None:
    """By their bytes: a messenger's AVIF is often called .jpg."""
    with pytest.raises(UnsupportedFormat, match=name):
        read_photo(data)


def dng(order: str = "<") -> bytes:
    """A DNG's beginning: a TIFF whose first directory has a version of its own."""
    entries = struct.pack(order + "HHII", 254, 4, 1, 1)
    entries += struct.pack(order + "HHI4B", 50706, 1, 4, 1, 4, 0, 0)
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return start + struct.pack(order + "H", 2) + entries + bytes(500)


def nikon() -> bytes:
    """A preview in front, and the sensor's data in a directory behind it."""
    entries = struct.pack(">HHII", 254, 4, 1, 1) + struct.pack(">HHII", 330, 4, 1, 300)
    return b"MM\0*" + struct.pack(">IH", 8, 2) + entries + bytes(500)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (dng("<"), "DNG"),
        (dng(">"), "DNG"),
        (nikon(), "TIFF"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(300), "CR2"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(300), "CR3"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(300), "RAF"),
        (b"IIU\0\x18\0\0\0" + bytes(300), "RW2"),
        (b"IIRO\x08\0\0\0" + bytes(300), "ORF"),
    ],
)
def test_raw_photos_are_told_as_such(data: bytes, name: str) -> None:
    with pytest.raises(RawPhoto, match=name):
        read_photo(data)


def test_an_ordinary_tiff_is_no_raw_photo() -> None:
    np.testing.assert_array_equal(read_photo(encode(scene(), "TIFF")).pixels, scene())


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\0\x08wide" + bytes(300), "MOV"),
        (b"\0\0\0\x08wide\0\0\x10\0mdat" + bytes(300), "MOV"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(300), "MP4"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(300), "MP4"),
        (b"RIFF\0\1\0\0AVI LIST" + bytes(300), "AVI"),
    ],
)
def test_videos_are_told_as_such(data: bytes, name: str) -> None:
    """Also the moving half of a Live Photo."""
    with pytest.raises(VideoFile, match=name):
        read_photo(data)


def test_a_live_photos_picture_is_read() -> None:
    """A HEIC with Apple's note; its video is another file."""
    photo = read_photo(iphone_photo((-1.0, 0.0, 0.0), image_format="HEIF", quality=95))
    assert photo.pixels.shape == scene().shape
    assert photo.metadata.gravity is not None


def test_a_heic_with_further_pictures_gives_the_main_one() -> None:
    """Portrait shots and bursts hold depth, gain map or neighbours beside the photo."""
    other = np.full((240, 320, 3), 60, np.uint8)
    heif = pillow_heif.from_pillow(Image.fromarray(other))
    heif.add_from_pillow(Image.fromarray(scene()))
    buffer = io.BytesIO()
    heif.save(buffer, quality=95, primary_index=1)
    assert read_photo(buffer.getvalue()).pixels.shape == scene().shape


def test_a_jpeg_with_a_gain_map_gives_the_photo() -> None:
    """Ultra HDR and iPhone JPEGs: a second, smaller picture behind the first."""
    gain = Image.fromarray(scene(200, 150)).convert("L")
    data = encode(scene(), "MPO", save_all=True, append_images=[gain], quality=95)
    assert read_photo(data).pixels.shape == scene().shape
    behind = encode(scene(), "JPEG", quality=95) + encode(scene(200, 150), "JPEG")
    assert read_photo(behind).pixels.shape == scene().shape


def test_a_motion_photo_gives_the_photo() -> None:
    """Android appends the video to the JPEG."""
    video = b"\0\0\0\x18ftypmp42" + b"\xff\xda" + bytes(5000)  # bytes that look like a scan
    photo = read_photo(encode(scene(), "JPEG", quality=95) + video)
    np.testing.assert_array_equal(
        photo.pixels, read_photo(encode(scene(), "JPEG", quality=95)).pixels
    )


def test_a_burst_is_animated_only_where_it_is() -> None:
    frames = [Image.fromarray(scene(seed=seed)) for seed in (1, 2)]
    data = encode(scene(), "WEBP", save_all=True, append_images=frames)
    with pytest.raises(AnimatedImage, match="3 frames"):
        read_photo(data)


def test_a_document_is_no_picture() -> None:
    with pytest.raises(NotAnImage):
        read_photo(b"%PDF-1.7\n" + bytes(300))


@pytest.mark.parametrize("lie", [b"\0\0\0\x18ftyp", b"II*\0\xff\xff\xff\xff", b"BM", b"MM\0*"])
def test_a_beginning_alone_is_no_surprise(lie: bytes) -> None:
    with pytest.raises(PhotoError):
        read_photo(lie)


# --- warnings -----------------------------------------------------------------------------------


def test_a_readers_warnings_are_ignored_and_another_threads_are_not() -> None:
    """Two threads, interleaved: one reads a photo, the other warns meanwhile."""
    reading, warned = threading.Event(), threading.Event()

    def read() -> None:
        with no_warnings():
            reading.set()
            assert warned.wait(10)
            warnings.warn("from the decoder", UserWarning, stacklevel=1)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=read)
        with no_warnings():
            pass  # the filter is in place
        thread.start()
        assert reading.wait(10)
        warnings.warn("from the host", UserWarning, stacklevel=1)
        warned.set()
        thread.join()
    assert [str(one.message) for one in caught] == ["from the host"]


def test_reading_leaves_the_hosts_filters_alone() -> None:
    read_photo(encode(scene(), "JPEG"))
    with pytest.raises(UserWarning, match="still an error"):
        warnings.warn("still an error", UserWarning, stacklevel=1)
