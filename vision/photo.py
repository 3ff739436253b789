"""Decode photo bytes to upright RGB pixels; every limit is checked before pixels are decoded.

Image frame, here and everywhere: pixels, x to the right, y down, origin at the top
left corner of the *upright* photo, that is after the EXIF orientation was applied.
"""

import hashlib
import io
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from vision.containers import completed, has_end, refusal, without_remarks
from vision.errors import (
    AnimatedImage,
    EmptyFile,
    FileTooLarge,
    InvalidOption,
    NotAnImage,
    TooFewPixels,
    TooManyPixels,
    TruncatedImage,
    UnsupportedFormat,
)
from vision.heic import READS_HEIC
from vision.metadata import EXIF_IFD, NO_METADATA, Metadata, read_metadata
from vision.pixels import MIRRORED, orientation_of, to_rgb, upright
from vision.quiet import no_warnings
from vision.sentences import Sentence, number
from vision.strangers import what_it_is

MAX_BYTES: Final = 25_000_000
"""Largest accepted file, bytes."""
MAX_PIXELS: Final = 60_000_000
"""Largest accepted picture, pixels (width × height)."""
MIN_SIDE_PX: Final = 200
"""Smallest accepted shortest side, pixels."""

TURNS_DEG: Final = (0, 90, 180, 270)
"""Angles by which a photo can be turned clockwise before it is measured, degrees."""

FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "HEIF", "TIFF")
"""Pillow's names of the accepted formats. MPO is the JPEG variant that many phones write."""
_STILLS_WITH_EXTRAS: Final = ("MPO", "TIFF", "HEIF")
"""Formats whose further frames are previews or pages, not an animation; the first is used."""

_DECODERS: Final = ("JPEG", "PNG", "WEBP", "TIFF", *(["HEIF"] if READS_HEIC else []))
"""Pillow's decoders that are tried; the other forty never see the file. JPEG's also reads MPO."""
_XMP: Final = ("xmp", "XML:com.adobe.xmp")
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ArithmeticError,
    struct.error,
)
"""Exceptions that Pillow's and libheif's decoders raise for damaged data."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """An upright photo, ready to be measured.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (height_px, width_px, 3)
        RGB, read-only, EXIF orientation already applied.
    width_px, height_px : int
        Size of the upright photo.
    sha256 : str
        Hash of the bytes as received (of the pixels, for a photo created from an array).
    image_format : str
        Pillow's name of the format, or ``"array"``.
    metadata : Metadata
        Camera data from the file.
    """

    pixels: NDArray[np.uint8]
    width_px: int
    height_px: int
    sha256: str
    image_format: str
    metadata: Metadata = NO_METADATA


def load_photo(source: str | Path | bytes | NDArray[np.uint8]) -> Photo:
    """Read a photo file, its bytes, or upright RGB pixels; a file that is too large is not read.

    Raises
    ------
    PhotoError
        If it cannot be read as a photo.
    OSError
        If a path cannot be read.
    """
    if isinstance(source, np.ndarray):
        return photo_from_array(source)
    if isinstance(source, bytes):
        return read_photo(source)
    path = Path(source)
    _check_bytes(path.stat().st_size)  # before it is read into memory
    return read_photo(path.read_bytes())


def read_photo(data: bytes) -> Photo:
    """Decode one photo.

    Parameters
    ----------
    data : bytes
        A JPEG, PNG, WebP, HEIC or TIFF file; the first page of a TIFF is used.

    Raises
    ------
    PhotoError
        One of its subclasses, depending on the fault of the file.
    """
    if not data:
        raise EmptyFile(Sentence("The file has 0 bytes."))
    _check_bytes(len(data))
    refused = refusal(data)
    if refused is not None:
        raise refused
    try:
        # Pillow warns about damaged metadata, and about sizes above its own limit.
        with no_warnings():
            return _read(data)
    except Image.DecompressionBombError as error:
        raise TooManyPixels(
            Sentence(
                "The picture is larger than {limit} MP.", limit=number(MAX_PIXELS / 1e6, ".0f")
            )
        ) from error
    except UnidentifiedImageError as error:
        raise NotAnImage(what_it_is(data)) from error
    except _DAMAGED as error:
        raise TruncatedImage(Sentence("The file ends early or is damaged.")) from error


def _check_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise FileTooLarge(
            Sentence(
                "The file has {size} MB; the limit is {limit} MB.",
                size=number(size / 1e6, ".1f"),
                limit=number(MAX_BYTES / 1e6, ".0f"),
            )
        )


def _read(data: bytes) -> Photo:
    digest = hashlib.sha256(data).hexdigest()
    with _opened(data) as image:
        _check_header(image)
        xmp = _xmp(image)
        # Before loading: Pillow turns a TIFF upright itself, and then drops the tag.
        exif, details = _exif(image) if image.format == "TIFF" else ({}, {})
        image.load()
        if image.format != "TIFF":
            exif, details = _exif(image)
        orientation = orientation_of(exif)
        picture = to_rgb(upright(image, orientation))
        pixels = np.array(picture, dtype=np.uint8, order="C")
        image_format = str(image.format)
    metadata = read_metadata(exif, details, xmp, picture.size, mirrored=orientation in MIRRORED)
    return _freeze(pixels, digest, image_format, metadata)


def _opened(data: bytes) -> ImageFile.ImageFile:
    """Open a picture by its first bytes; file name and media type are ignored.

    Raises
    ------
    EOFError
        If it is a JPEG that lacks more than its end; a decoder would fill the rest with grey.
    """
    image = Image.open(io.BytesIO(without_remarks(data)), formats=_DECODERS)
    if image.format not in ("JPEG", "MPO") or has_end(data):
        return image
    _check_header(image)
    image.close()
    return Image.open(io.BytesIO(completed(data)), formats=_DECODERS)


def _xmp(image: ImageFile.ImageFile) -> bytes:
    """Remove the XMP from a picture, because Pillow would apply its orientation.

    Viewers use the orientation in EXIF, and editors rotate the pixels without updating the XMP.
    """
    found = [image.info.pop(key, None) for key in _XMP]
    return next((one for one in found if isinstance(one, bytes)), b"")


def _exif(image: ImageFile.ImageFile) -> tuple[dict[int, Any], dict[int, Any]]:
    """First EXIF directory and the Exif sub-directory; empty if they cannot be read."""
    try:
        exif = image.getexif()
        return dict(exif), dict(exif.get_ifd(EXIF_IFD))
    except _DAMAGED:
        return {}, {}


def photo_from_array(pixels: NDArray[np.uint8]) -> Photo:
    """Wrap an upright RGB picture of shape (H, W, 3), dtype uint8; the array is copied.

    Raises
    ------
    NotAnImage
        If shape or dtype differ.
    TooFewPixels, TooManyPixels
        As for a file.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise NotAnImage(
            Sentence(
                "Expected uint8 RGB of shape (H, W, 3), got {dtype} of shape {shape}.",
                dtype=pixels.dtype,
                shape=pixels.shape,
            )
        )
    height_px, width_px = pixels.shape[:2]
    _check_size(width_px, height_px)
    copy = np.array(pixels, order="C")
    digest = hashlib.sha256(f"{width_px}x{height_px}".encode() + copy.tobytes()).hexdigest()
    return _freeze(copy, digest, "array")


def check_turn(clockwise_deg: int) -> None:
    """Raise InvalidOption unless a photo can be turned by that many degrees."""
    if clockwise_deg not in TURNS_DEG:
        raise InvalidOption(
            Sentence(
                "The turn is {clockwise_deg}; it must be 90, 180 or 270 degrees.",
                clockwise_deg=clockwise_deg,
            )
        )


def turned_photo(photo: Photo, clockwise_deg: int) -> Photo:
    """Rotate a photo that was stored sideways or upside down.

    Parameters
    ----------
    photo : Photo
    clockwise_deg : {0, 90, 180, 270}
        As seen on screen, degrees.

    Raises
    ------
    InvalidOption
        If it is another number.
    """
    check_turn(clockwise_deg)
    if clockwise_deg == 0:
        return photo
    pixels = np.ascontiguousarray(np.rot90(photo.pixels, -clockwise_deg // 90))
    pixels.setflags(write=False)
    height_px, width_px = pixels.shape[:2]
    return replace(photo, pixels=pixels, width_px=width_px, height_px=height_px)


def _check_header(image: ImageFile.ImageFile) -> None:
    if image.format not in FORMATS:
        raise UnsupportedFormat(Sentence("The file is a {format} image.", format=image.format))
    # Not counted unless it matters: a small TIFF can list a million pages.
    frames = 1 if image.format in _STILLS_WITH_EXTRAS else int(getattr(image, "n_frames", 1))
    if frames > 1:
        raise AnimatedImage(Sentence("The file holds {frames} frames.", frames=frames))
    _check_size(*image.size)


def _check_size(width_px: int, height_px: int) -> None:
    if width_px * height_px > MAX_PIXELS:
        raise TooManyPixels(
            Sentence(
                "The picture has {width_px} × {height_px} = {megapixels} MP; the limit is "
                "{limit} MP.",
                width_px=width_px,
                height_px=height_px,
                megapixels=number(width_px * height_px / 1e6, ".0f"),
                limit=number(MAX_PIXELS / 1e6, ".0f"),
            )
        )
    if min(width_px, height_px) < MIN_SIDE_PX:
        raise TooFewPixels(
            Sentence(
                "The picture has {width_px} × {height_px} pixels; the shortest side must have "
                "{least}.",
                width_px=width_px,
                height_px=height_px,
                least=MIN_SIDE_PX,
            )
        )


def _freeze(
    pixels: NDArray[np.uint8],
    sha256: str,
    image_format: str,
    metadata: Metadata = NO_METADATA,
) -> Photo:
    pixels.setflags(write=False)
    height_px, width_px = pixels.shape[:2]
    return Photo(pixels, width_px, height_px, sha256, image_format, metadata)
