"""Recognise files by their first bytes, and repair two kinds before they are decoded.

Pillow rejects intact pictures in two cases: a PNG with more than a megabyte of text, and a JPEG
that lacks only its last bytes. Here the text is removed, and the end is added.
"""

import io
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vision.errors import FormatNotInstalled, PhotoError, RawPhoto, UnsupportedFormat, VideoFile
from vision.heic import READS_HEIC
from vision.sentences import Sentence

_OTHER_IMAGES: Final = {
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"8BPS": "PSD",
    b"\0\0\1\0": "ICO",
    b"\0\0\0\x0cjP  ": "JPEG2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
}
"""First bytes of picture formats that people send but that are not supported; for the message
only."""
_RAW_FILES: Final = {
    b"II*\0\x10\0\0\0CR": "CR2",
    b"IIRO": "ORF",
    b"IIRS": "ORF",
    b"IIU\0": "RW2",
    b"FUJIFILMCCD-RAW": "RAF",
}
_VIDEO_BRANDS: Final = (b"isom", b"iso2", b"mp41", b"mp42", b"M4V ", b"avc1", b"3gp4", b"3gp5")
_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
_HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_VIDEO_BOXES: Final = (b"moov", b"mdat", b"wide")
_SUBFILE, _SUB_IFDS, _DNG_VERSION = 254, 330, 50706  # TIFF tags
_MAX_TIFF_ENTRIES: Final = 256
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_REMARKS: Final = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
_PNG_PROFILE: Final = b"Raw profile type exif"  # ImageMagick's EXIF, with the orientation
_JPEG_SCAN: Final = b"\xff\xda"
_JPEG_END: Final = b"\xff\xd9"
_NOISE: Final = bytes(range(1, 255)) * 8
"""Replaces missing JPEG data; not 255, which would start a marker."""
_MAX_PADDING: Final = 16  # equal bytes at the end; more is padding
_TAIL_ROWS: Final = 16
"""Rows at the bottom that a JPEG may lack and still be accepted: one of its blocks."""


def refusal(data: bytes) -> PhotoError | None:
    """Return the error that names the type of a file, if that type is not supported."""
    image = _starts(data, _OTHER_IMAGES) or ("DICOM" if data[128:132] == b"DICM" else None)
    raw = _starts(data, _RAW_FILES) or _raw_tiff(data)
    video = _video(data)
    box, brand = data[4:8], data[8:12]
    if box == b"ftyp" and brand == b"crx ":
        raw = "CR3"
    elif box == b"ftyp" and not _brands(data).isdisjoint((b"avif", b"avis")):
        image = "AVIF"
    elif box == b"ftyp" and not READS_HEIC and not _brands(data).isdisjoint(_HEIC_BRANDS):
        return FormatNotInstalled(
            Sentence("The photo is a HEIC, which this installation cannot read.")
        )
    if video:
        return VideoFile(Sentence("The file is a video ({video}).", video=video))
    if raw:
        return RawPhoto(Sentence("The file is a raw photo ({raw}).", raw=raw))
    if image:
        return UnsupportedFormat(Sentence("The file is a {format} image.", format=image))
    return None


def _video(data: bytes) -> str | None:
    box, brand = data[4:8], data[8:12]
    if data.startswith(_MATROSKA):
        return "WebM" if b"webm" in data[:64] else "MKV"
    if data[:4] == b"RIFF" and brand == b"AVI ":
        return "AVI"
    if box in _VIDEO_BOXES or (box == b"ftyp" and brand == b"qt  "):
        return "MOV"
    return "MP4" if box == b"ftyp" and brand in _VIDEO_BRANDS else None


def _starts(data: bytes, kinds: dict[bytes, str]) -> str | None:
    return next((kind for start, kind in kinds.items() if data.startswith(start)), None)


def _brands(data: bytes) -> set[bytes]:
    """Every brand of an ISO base media file."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def _raw_tiff(data: bytes) -> str | None:
    """Return the raw format of a TIFF: a DNG, or a preview followed by sensor data."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None
    try:
        (at,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, at)
        tags = {}
        for number in range(min(count, _MAX_TIFF_ENTRIES)):
            tag, _, _, value = struct.unpack_from(order + "HHII", data, at + 2 + 12 * number)
            tags[tag] = value
    except struct.error:
        return None
    if _DNG_VERSION in tags:
        return "DNG"
    return "TIFF" if tags.get(_SUBFILE) == 1 and _SUB_IFDS in tags else None


def without_remarks(data: bytes) -> bytes:
    """Remove a PNG's texts and colour profile, of which Pillow accepts at most a megabyte.

    EXIF is kept. Other files, and a PNG that cannot be parsed, are returned unchanged.
    """
    if not data.startswith(_PNG):
        return data
    view, at = memoryview(data), len(_PNG)
    kept = [view[:at]]
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind not in _PNG_REMARKS or data.startswith(_PNG_PROFILE, at + 8):
            kept.append(view[at:end])
        at = end
    kept.append(view[at:])
    return b"".join(kept)


def has_end(jpeg: bytes) -> bool:
    """Whether the last of a JPEG's scans has an end."""
    return jpeg.rfind(_JPEG_END) > jpeg.rfind(_JPEG_SCAN)


def completed(jpeg: bytes) -> bytes:
    """Add the end that a JPEG lacks.

    The file is decoded twice, at an eighth of its size, with zeros and with noise in place of the
    missing data: rows that differ were not in the file. Padding, as from a broken download, is
    removed.

    Raises
    ------
    EOFError
        If more than the end is missing.
    """
    kept = jpeg.rstrip(jpeg[-1:])
    if len(jpeg) - len(kept) <= _MAX_PADDING:
        kept = jpeg
    plain, noisy = _eighth(kept + _JPEG_END), _eighth(kept + _NOISE + _JPEG_END)
    missing = np.flatnonzero((plain != noisy).any(axis=1))
    if missing.size and 8 * (len(plain) - int(missing[0])) > _TAIL_ROWS:
        message = "a part of the JPEG is missing"
        raise EOFError(message)
    return kept + _JPEG_END


def _eighth(jpeg: bytes) -> NDArray[np.uint8]:
    """Grey picture of an eighth of the size."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        image.draft("L", (1, 1))
        return np.asarray(image.convert("L"))
