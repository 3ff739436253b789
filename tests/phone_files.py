"""Files as phones and cameras write them, built byte by byte."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAKE, ORIENTATION, EXIF_IFD = 0x010F, 0x0112, 0x8769
LENS_MODEL, FOCAL_35MM, CUSTOM_RENDERED = 0xA434, 0xA405, 0xA401
WIDTH, HEIGHT, MAKER_NOTE = 0xA002, 0xA003, 0x927C
BACK = "iPhone 12 Pro back triple camera 4.2mm f/1.6"
FRONT = "iPhone 12 Pro front camera 2.71mm f/2.2"


def apple_note(
    x: float, y: float, z: float, *, kind: int = 10, count: int = 3, over: int = 65_536
) -> bytes:
    """An iPhone's maker note: a version, and the acceleration vector as signed fractions."""
    values = struct.pack(
        ">6i", *(part for value in (x, y, z) for part in (round(value * over), over))
    )
    entries = struct.pack(">HHII", 1, 9, 1, 14) + struct.pack(
        ">HHII", 8, kind, count, 14 + 2 + 24 + 4
    )
    return b"Apple iOS\0\0\1MM" + struct.pack(">H", 2) + entries + bytes(4) + values


def panasonic_note(roll_tenths: int, pitch_tenths: int) -> bytes:
    entries = b"".join(
        struct.pack("<HHIhH", tag, 3, 1, value, 0)
        for tag, value in ((0x90, roll_tenths), (0x91, pitch_tenths))
    )
    return b"Panasonic\0\0\0" + struct.pack("<H", 2) + entries + bytes(4)


def olympus_note(roll_tenths: int, pitch_tenths: int, *, on: int = 1) -> bytes:
    settings_at = 12 + 2 + 12 + 4
    main = struct.pack("<HHHII", 1, 0x2020, 13, 1, settings_at) + bytes(4)
    entries = b"".join(
        struct.pack("<HHIhh", tag, 8, 2, value, on)
        for tag, value in ((0x903, roll_tenths), (0x904, pitch_tenths))
    )
    return b"OLYMPUS\0II\x03\0" + main + struct.pack("<H", 2) + entries + bytes(4)


def pentax_note(roll_halves: int, pitch_halves: int) -> bytes:
    at = 10 + 2 + 12 + 4
    entry = struct.pack(">HHHII", 1, 0x22B, 7, 7, at) + bytes(4)
    return b"PENTAX \0MM" + entry + struct.pack("3b", 1, roll_halves, pitch_halves) + bytes(4)


def scene(width: int = 400, height: int = 300, seed: int = 0) -> NDArray[np.uint8]:
    """Coarse coloured noise, so that every row of a file matters."""
    blocks = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    size = (width, height)
    return np.asarray(Image.fromarray(blocks).resize(size, Image.Resampling.BICUBIC), np.uint8)


def encode(pixels: NDArray[Any], image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format, **options)
    return buffer.getvalue()


def exif_of(tags: dict[int, Any], details: dict[int, Any]) -> bytes:
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[tag] = value
    exif.get_ifd(EXIF_IFD).update(details)
    return exif.tobytes()


def iphone_photo(
    vector: tuple[float, float, float] | None = (-0.9, 0.0, 0.436),
    *,
    pixels: NDArray[np.uint8] | None = None,
    image_format: str = "JPEG",
    size: tuple[int, int] | None = (4032, 3024),
    lens: str = BACK,
    orientation: int = 1,
    focal: int = 26,
    note: bytes | None = None,
    make: str = "Apple",
    more: dict[int, Any] | None = None,
    **options: Any,
) -> bytes:
    """A photo with an iPhone's EXIF: reduced, as if it had been 4032 by 3024 pixels."""
    details: dict[int, Any] = {LENS_MODEL: lens, FOCAL_35MM: focal, **(more or {})}
    if note is not None or vector is not None:
        details[MAKER_NOTE] = note if note is not None else apple_note(*(vector or (0, 0, 0)))
    if size is not None:
        details[WIDTH], details[HEIGHT] = size
    exif = exif_of({MAKE: make, ORIENTATION: orientation}, details)
    return encode(scene() if pixels is None else pixels, image_format, exif=exif, **options)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes, pixels: NDArray[np.uint8] | None = None) -> bytes:
    """A PNG with further chunks after its header."""
    plain = encode(scene() if pixels is None else pixels, "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]
