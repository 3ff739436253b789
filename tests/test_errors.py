"""Every error code has a file or option that raises it, and a near miss that does not."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from stick_figure import FakeEstimator, StickFigure, marked_picture
from vision import containers
from vision.backends.mediapipe import MediaPipeEstimator
from vision.backends.weights import verify_weights
from vision.clips import steady_frames
from vision.criteria import RULE_SETS, rule_set
from vision.errors import (
    PhotoError,
    ThomasTestError,
    TruncatedImage,
    WeightsCorrupt,
    WeightsMissing,
    all_errors,
)
from vision.examination import LegPhotos, examine
from vision.geometry import MIN_LIMB_PX, knee_flexion_angle
from vision.level import MAX_ROLL_DEG, given_level
from vision.photo import (
    MAX_BYTES,
    MAX_PIXELS,
    MIN_SIDE_PX,
    Photo,
    check_turn,
    photo_from_array,
    read_photo,
)

ERRORS = {error.code: error for error in all_errors() if error.__module__ == "vision.errors"}


def picture(width: int = 220, height: int = 210, seed: int = 0) -> Image.Image:
    """Coarse coloured noise, so that every part of a file matters."""
    blocks = np.random.default_rng(seed).integers(0, 256, (21, 22, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image_format: str, image: Image.Image | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, image_format, **options)
    return buffer.getvalue()


def animated(image_format: str, frames: int) -> bytes:
    extra = [picture(seed=seed) for seed in range(1, frames)]
    return encoded(image_format, save_all=True, append_images=extra, duration=100)


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds no pixels: nothing to decode, nothing to fear."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def weights(folder: Path, content: bytes, sums: str) -> Path:
    """A tiny stand-in for a model file, in a folder of its own."""
    place = folder / f"weights-{len(list(folder.iterdir()))}"
    place.mkdir()
    (place / "SHA256SUMS").write_text(sums, "ascii")
    model = place / "pose_landmarker_heavy.task"
    model.write_bytes(content)
    return model


# sha256 of b"model", by sha256sum
MODEL_LINE = (
    "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4  pose_landmarker_heavy.task\n"
)
OTHER_LINE = MODEL_LINE.replace("heavy", "lite")


def a_file(path: Path) -> Path:
    path.write_bytes(bytes(300))
    return path


def limb(length_px: float) -> NDArray[np.float64]:
    hip, knee = np.zeros(2), np.array([100.0, 0.0])
    return knee_flexion_angle(hip, knee, knee + np.array([0.0, length_px]), head_towards="left")


def _truncated(data: bytes) -> TruncatedImage:
    with pytest.raises(TruncatedImage) as caught:
        read_photo(data)
    return caught.value


def _without_sums(model: Path) -> None:
    (model.parent / "SHA256SUMS").unlink()
    verify_weights(model)


def _without_heic(data: bytes) -> Photo:
    """Read a photo as where the extra is missing; tests/test_heic.py really leaves it out."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(containers, "READS_HEIC", False)
        return read_photo(data)


def _half_of(image_format: str, _: Path) -> None:
    data = encoded(image_format)
    read_photo(data[: len(data) // 2])


JPEG = encoded("JPEG")


@dataclass(frozen=True)
class Case:
    """What raises a code, by name, and what nearly does; each gets an empty folder."""

    raises: dict[str, Callable[[Path], object]]
    near_misses: dict[str, Callable[[Path], object]]


SEEN: dict[str, Any] = {
    "level_deg": 0.0,
    "estimator": FakeEstimator((900, 700), [StickFigure().person()]),
}
"""A model that sees a right leg hanging."""
CASES: dict[str, Case] = {
    "empty_file": Case(
        {"zero bytes": lambda _: read_photo(b"")},
        {"a photo": lambda _: read_photo(JPEG)},
    ),
    "file_too_large": Case(
        {"one byte over": lambda _: read_photo(JPEG + bytes(MAX_BYTES + 1 - len(JPEG)))},
        {"exactly the limit": lambda _: read_photo(JPEG + bytes(MAX_BYTES - len(JPEG)))},
    ),
    "not_an_image": Case(
        {
            "one byte": lambda _: read_photo(b"\0"),
            "text": lambda _: read_photo(b"Dear doctor, please find attached my photo.\n" * 99),
            "pdf": lambda _: read_photo(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(500)),
            "svg": lambda _: read_photo(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "jpeg without its start": lambda _: read_photo(JPEG[2:]),
        },
        {"jpeg with a tail of text": lambda _: read_photo(JPEG + b"Dear doctor")},
    ),
    "unsupported_format": Case(
        {
            "gif": lambda _: read_photo(encoded("GIF")),
            "animated gif": lambda _: read_photo(animated("GIF", 3)),
            "bmp": lambda _: read_photo(encoded("BMP")),
            "icon": lambda _: read_photo(encoded("ICO", sizes=[(210, 210)])),
        },
        {
            "tiff": lambda _: read_photo(encoded("TIFF")),
            "webp": lambda _: read_photo(encoded("WEBP")),
        },
    ),
    "raw_photo": Case(
        {"raw": lambda _: read_photo(b"II*\0\x10\0\0\0CR\2\0" + bytes(300))},
        {"tiff": lambda _: read_photo(encoded("TIFF"))},
    ),
    "format_not_installed": Case(
        {"heic, not installed": lambda _: _without_heic(encoded("HEIF"))},
        {"jpeg": lambda _: _without_heic(JPEG), "heic": lambda _: read_photo(encoded("HEIF"))},
    ),
    "video_file": Case(
        {"mov": lambda _: read_photo(b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(300))},
        {"heic": lambda _: read_photo(encoded("HEIF"))},
    ),
    "unusable_clip": Case(
        {"no clip": lambda folder: steady_frames(a_file(folder / "clip.mp4"))},
        {"a photo of that name": lambda _: read_photo(JPEG)},
    ),
    "animated_image": Case(
        {
            "animated webp": lambda _: read_photo(animated("WEBP", 3)),
            "animated png": lambda _: read_photo(animated("PNG", 2)),
        },
        {
            "webp of one frame": lambda _: read_photo(animated("WEBP", 1)),
            "png of one frame": lambda _: read_photo(animated("PNG", 1)),
            "tiff of three pages": lambda _: read_photo(animated("TIFF", 3)),
            "mpo of two frames": lambda _: read_photo(animated("MPO", 2)),
        },
    ),
    "truncated_image": Case(
        {
            f"half a {name}": partial(_half_of, name)
            for name in ("JPEG", "PNG", "WEBP", "HEIF", "TIFF", "MPO")
        },
        {"jpeg without its last byte of padding": lambda _: read_photo((JPEG + b"\0")[:-1])},
    ),
    "too_many_pixels": Case(
        {
            "one row over": lambda _: read_photo(png_header(MAX_PIXELS // 6000, 6001)),
            "a bomb": lambda _: read_photo(png_header(60_000, 60_000)),
        },
        # At the limit the size is accepted, and then the missing pixels are noticed.
        {"exactly the limit": lambda _: _truncated(png_header(MAX_PIXELS // 6000, 6000))},
    ),
    "too_few_pixels": Case(
        {
            "low": lambda _: read_photo(encoded("PNG", picture(900, MIN_SIDE_PX - 1))),
            "narrow": lambda _: read_photo(encoded("PNG", picture(MIN_SIDE_PX - 1, 900))),
        },
        {"just enough": lambda _: read_photo(encoded("PNG", picture(MIN_SIDE_PX, MIN_SIDE_PX)))},
    ),
    "invalid_option": Case(
        {
            "unknown rules": lambda _: rule_set("no such rules"),
            "too much roll": lambda _: given_level(MAX_ROLL_DEG + 0.1),
            "roll that is no number": lambda _: given_level(float("nan")),
        },
        {"known rules": lambda _: rule_set("guide"), "roll": lambda _: given_level(-MAX_ROLL_DEG)},
    ),
    "mismatched_photos": Case(
        {"the right leg as the left": lambda _: examine(left=LegPhotos(marked_picture()), **SEEN)},
        {"the right leg": lambda _: examine(right=LegPhotos(marked_picture()), **SEEN)},
    ),
    "weights_missing": Case(
        {
            "no folder": lambda folder: MediaPipeEstimator(weights_dir=folder / "nowhere"),
            "no sums": lambda folder: _without_sums(weights(folder, b"model", MODEL_LINE)),
            "no line": lambda folder: verify_weights(weights(folder, b"model", OTHER_LINE)),
        },
        {"all there": lambda folder: verify_weights(weights(folder, b"model", MODEL_LINE))},
    ),
    "weights_corrupt": Case(
        {"one letter": lambda folder: verify_weights(weights(folder, b"modem", MODEL_LINE))},
        {
            "other line wrong": lambda folder: verify_weights(
                weights(folder, b"model", f"{'0' * 64}  other.task\n\n{MODEL_LINE}")
            )
        },
    ),
    "degenerate_limb": Case(
        {"no shank": lambda _: limb(0.0), "too short": lambda _: limb(MIN_LIMB_PX * 0.99)},
        {"just long enough": lambda _: limb(MIN_LIMB_PX)},
    ),
}


def _flat(kind: str) -> list[Any]:
    return [
        pytest.param(code, call, id=f"{code}: {name}")
        for code, case in CASES.items()
        for name, call in getattr(case, kind).items()
    ]


def test_every_error_has_its_cases() -> None:
    assert set(CASES) == set(ERRORS)


@pytest.mark.parametrize(("code", "call"), _flat("raises"))
def test_error_is_raised(code: str, call: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(ERRORS[code]) as caught:
        call(tmp_path)
    assert caught.value.code == code
    assert str(caught.value) == caught.value.message


@pytest.mark.parametrize(("code", "call"), _flat("near_misses"))
def test_near_miss_raises_nothing(
    code: str, call: Callable[[Path], object], tmp_path: Path
) -> None:
    assert call(tmp_path) is not None, code


# --- what an error says ---------------------------------------------------------------------


def test_codes_are_stable_names_without_twins() -> None:
    codes = [error.code for error in all_errors()]
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_advice_is_one_sentence_of_its_own(error: type[ThomasTestError]) -> None:
    assert re.fullmatch(r"[A-Z][^\n]+\.", error.advice)
    assert "bug" not in error.advice
    assert error.__doc__


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: read_photo(b""), "The file has 0 bytes."),
        (lambda: read_photo(bytes(MAX_BYTES + 1)), "The file has 25.0 MB; the limit is 25 MB."),
        (lambda: _half_of("PNG", Path()), "The file ends early or is damaged."),
        (
            lambda: read_photo(png_header(12_000, 9_000)),
            "The picture has 12000 × 9000 = 108 MP; the limit is 60 MP.",
        ),
        (lambda: read_photo(png_header(60_000, 60_000)), "The picture is larger than 60 MP."),
        (
            lambda: read_photo(encoded("PNG", picture(300, 150))),
            "The picture has 300 × 150 pixels; the shortest side must have 200.",
        ),
        (lambda: read_photo(encoded("GIF")), "The file is a GIF image."),
        (lambda: read_photo(animated("PNG", 2)), "The file holds 2 frames."),
        (
            lambda: photo_from_array(np.zeros((300, 300), np.uint8)),
            "Expected uint8 RGB of shape (H, W, 3), got uint8 of shape (300, 300).",
        ),
        (lambda: check_turn(45), "The turn is 45; it must be 90, 180 or 270 degrees."),
        (lambda: given_level(90), "The level is 90°; it must be within ±45°."),
        (lambda: limb(0.25), "The shank is 0.25 px long, so it has no direction."),
        (
            lambda: rule_set("nordic"),
            f"Unknown rule-set 'nordic'. Available: {', '.join(RULE_SETS)}.",
        ),
    ],
)
def test_message_holds_the_actual_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ThomasTestError) as caught:
        call()
    assert caught.value.message == message


def test_advice_names_the_real_limits() -> None:
    assert f"{MAX_BYTES / 1e6:.0f} MB" in ERRORS["file_too_large"].advice
    assert f"{MAX_PIXELS / 1e6:.0f} megapixels" in ERRORS["too_many_pixels"].advice
    assert f"{MIN_SIDE_PX} pixels" in ERRORS["too_few_pixels"].advice


def test_one_class_catches_every_unreadable_photo() -> None:
    codes = {code for code, error in ERRORS.items() if issubclass(error, PhotoError)}
    assert codes == set(list(CASES)[:12])
    assert not issubclass(WeightsMissing, PhotoError)
    assert not issubclass(WeightsCorrupt, PhotoError)
