"""What a file says of the camera: gravity, lens, panorama; and what must not be believed."""

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import phone_files
from phone_files import (
    CUSTOM_RENDERED,
    FRONT,
    apple_note,
    encode,
    iphone_photo,
    olympus_note,
    panasonic_note,
    pentax_note,
    scene,
)
from vision.errors import InvalidOption
from vision.maker_notes import read_note
from vision.metadata import (
    MAX_PITCH_DEG,
    MOVING_SIGMA_DEG,
    NO_METADATA,
    SIGMA_DEG,
    Gravity,
    Metadata,
    gravity_from_vector,
    sent_gravity,
    vector_from_text,
)
from vision.photo import read_photo, turned_photo

PORTRAIT = np.ascontiguousarray(np.rot90(scene()))


def metadata(**options: Any) -> Metadata:
    return read_photo(iphone_photo(**options)).metadata


def landscape(roll_deg: float, pitch_deg: float, g: float = 1.0) -> tuple[float, float, float]:
    """What a phone held across feels: its right side up, so that gravity pulls towards -x."""
    roll, pitch = math.radians(roll_deg), math.radians(pitch_deg)
    flat = g * math.cos(pitch)
    return -flat * math.cos(roll), -flat * math.sin(roll), g * math.sin(pitch)


def upright(roll_deg: float, pitch_deg: float) -> tuple[float, float, float]:
    """What a phone held upright feels; turned clockwise, gravity pulls towards its right."""
    roll, pitch = math.radians(roll_deg), math.radians(pitch_deg)
    return math.cos(pitch) * math.sin(roll), -math.cos(pitch) * math.cos(roll), math.sin(pitch)


@given(roll_deg=st.floats(-44, 44), pitch_deg=st.floats(-49, 49))
def test_roll_and_pitch_come_back_from_the_vector(roll_deg: float, pitch_deg: float) -> None:
    for vector, portrait in ((landscape, False), (upright, True)):
        found = gravity_from_vector(vector(roll_deg, pitch_deg), portrait=portrait, origin="x")
        assert found is not None
        assert found.roll_deg == pytest.approx(roll_deg, abs=1e-6)
        assert found.pitch_deg == pytest.approx(pitch_deg, abs=1e-6)


@pytest.mark.parametrize("image_format", ["JPEG", "HEIF", "PNG", "WEBP", "TIFF", "MPO"])
def test_the_vector_of_an_iphone_is_found_in_every_format(image_format: str) -> None:
    gravity = metadata(vector=landscape(3.0, -8.0), image_format=image_format).gravity
    assert gravity is not None
    assert gravity.roll_deg == pytest.approx(3.0, abs=0.01)
    assert gravity.pitch_deg == pytest.approx(-8.0, abs=0.01)
    assert (gravity.sigma_deg, gravity.origin) == (SIGMA_DEG, "Apple")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_roll_holds_for_every_way_the_picture_is_stored(orientation: int) -> None:
    """The sensor lies across: stored upright it is turned by EXIF, and the phone was upright."""
    vector = landscape(-5.0, 2.0) if orientation in (1, 3) else upright(-5.0, 2.0)
    gravity = metadata(vector=vector, orientation=orientation).gravity
    assert gravity is not None
    assert gravity.roll_deg == pytest.approx(-5.0, abs=0.01)


def test_turning_the_photo_keeps_what_the_phone_felt() -> None:
    photo = read_photo(iphone_photo(landscape(4.0, 0.0)))
    assert turned_photo(photo, 90).metadata == photo.metadata


def test_a_vector_that_moved_a_little_is_less_certain() -> None:
    gravity = metadata(vector=landscape(1.0, 0.0, g=1.025)).gravity
    assert gravity is not None
    assert gravity.sigma_deg == MOVING_SIGMA_DEG


NOT_BELIEVED: dict[str, dict[str, Any]] = {
    "front camera": {"lens": FRONT},
    "no lens named": {"lens": ""},
    "mirrored": {"orientation": 2},
    "moving": {"vector": landscape(0, 0, g=1.04)},
    "falling": {"vector": (0.0, 0.0, 0.0)},
    "steep": {"vector": landscape(0, MAX_PITCH_DEG + 1)},
    "held upright, the picture across": {"vector": upright(0, 0)},
    "cropped": {"size": (3000, 2250)},
    "cropped to another shape": {"pixels": scene(400, 250)},
    "no size stated": {"size": None},
    "square": {"pixels": scene(300, 300), "size": (3024, 3024)},
    "panorama": {"more": {CUSTOM_RENDERED: 6}},
    "no note": {"vector": None},
    "note of another type": {"note": apple_note(-1, 0, 0, kind=5)},
    "note of two numbers": {"note": apple_note(-1, 0, 0, count=2)},
    "note cut short": {"note": apple_note(-1, 0, 0)[:-1]},
    "nothing but a header": {"note": b"Apple iOS\0\0\1MM"},
    "division by zero": {"note": apple_note(-1, 0, 0)[:-24] + bytes(24)},
}


@pytest.mark.parametrize("name", NOT_BELIEVED)
def test_a_vector_that_may_not_fit_the_picture_is_left_out(name: str) -> None:
    believed = {"vector": landscape(1.0, 1.0)}
    assert metadata(**believed).gravity is not None
    assert metadata(**{**believed, **NOT_BELIEVED[name]}).gravity is None


@pytest.mark.parametrize(
    ("note", "roll_deg", "pitch_deg"),
    [
        (panasonic_note(35, 62), 3.5, -6.2),
        (olympus_note(35, 62), -3.5, 6.2),
        (b"OM SYSTEM\0\0\0II\x04\0" + olympus_note(35, 62)[12:], -3.5, 6.2),
        (pentax_note(7, 12), -3.5, -6.0),
    ],
)
def test_other_makers_spirit_levels_are_read(
    note: bytes, roll_deg: float, pitch_deg: float
) -> None:
    if note.startswith(b"OM SYSTEM"):  # offsets count from the note's start: four bytes further
        at = note.index(struct.pack("<HHI", 0x2020, 13, 1)) + 8
        note = note[:at] + struct.pack("<I", 34) + note[at + 4 :]
    gravity = metadata(note=note, make="Camera Works", size=(4000, 3000)).gravity
    assert gravity is not None
    assert (gravity.roll_deg, gravity.pitch_deg) == (roll_deg, pitch_deg)
    assert gravity.origin == "Camera Works"
    assert gravity.sigma_deg > SIGMA_DEG


def test_a_spirit_level_that_was_off_says_nothing() -> None:
    assert read_note(olympus_note(35, 62, on=0)) is None


def test_a_drones_gimbal_is_read() -> None:
    xmp = b'<x drone-dji:GimbalRollDegree="+1.50" drone-dji:GimbalPitchDegree="-12.00"/>'
    gravity = metadata(note=b"", make="DJI", xmp=xmp).gravity
    assert gravity is not None
    assert (gravity.roll_deg, gravity.pitch_deg, gravity.origin) == (1.5, -12.0, "DJI")


@given(st.binary(max_size=400))
@example(b"Apple iOS\0\0\1MM\xff\xff")
def test_no_note_is_a_surprise(data: bytes) -> None:
    read_note(data)
    for start in (b"Apple iOS\0\0\1MM", b"OLYMPUS\0II\3\0", b"PENTAX \0II", b"Panasonic\0\0\0"):
        read_note(start + data)


# --- the lens -----------------------------------------------------------------------------------


def test_focal_length_goes_by_the_diagonal() -> None:
    found = metadata(focal=26)
    assert found.focal_35mm_mm == 26.0
    # 4:3 at 26 mm: the frame's 43.27 mm lie along the diagonal of 5000 pixels.
    assert found.focal_px(4000, 3000) == pytest.approx(26 * 5000 / 43.27)
    assert not found.wide


@pytest.mark.parametrize(("focal", "wide"), [(13, True), (19, True), (20, False), (52, False)])
def test_an_ultra_wide_lens_is_told(focal: int, *, wide: bool) -> None:
    assert metadata(focal=focal).wide == wide


@pytest.mark.parametrize(
    "options",
    [
        {"size": (3000, 2250)},
        {"pixels": scene(400, 260)},
        {"pixels": scene(400, 260), "size": (4000, 2600), "make": "Other"},
        {"focal": 0},
        {"focal": 9999},
    ],
)
def test_the_lens_of_a_cropped_picture_is_not_known(options: dict[str, Any]) -> None:
    assert metadata(**options).focal_35mm_mm is None


def test_another_phones_lens_is_known_by_shape_and_stated_size() -> None:
    assert metadata(make="Other", size=(4080, 3060)).focal_35mm_mm == 26.0


@pytest.mark.parametrize(
    "options",
    [{"more": {CUSTOM_RENDERED: 6}}, {"xmp": b'<x GPano:ProjectionType="equirectangular"/>'}],
)
def test_a_panorama_is_told(options: dict[str, Any]) -> None:
    assert metadata(**options) == Metadata(panorama=True)


def test_stripped_files_say_nothing() -> None:
    """Messengers take the metadata out."""
    assert read_photo(encode(scene(), "JPEG")).metadata == NO_METADATA


# --- sent with the photo ------------------------------------------------------------------------


def test_what_is_sent_is_taken() -> None:
    sent = sent_gravity(landscape(2.0, -3.0), None, None, (400, 300))
    assert sent is not None
    assert sent.roll_deg == pytest.approx(2.0)
    assert sent.pitch_deg == pytest.approx(-3.0)
    assert (sent.sigma_deg, sent.origin) == (SIGMA_DEG, "sent")
    assert sent_gravity(None, 2.0, None, (400, 300)) == Gravity(2.0, None, SIGMA_DEG, "sent")
    assert sent_gravity(None, 45, -3, (300, 400)) == Gravity(45.0, -3.0, SIGMA_DEG, "sent")
    assert sent_gravity(None, None, None, (400, 300)) is None


@pytest.mark.parametrize(
    ("vector", "roll_deg", "pitch_deg"),
    [
        ((0.0, 0.0, 0.0), None, None),
        ((math.nan, 0.0, 0.0), None, None),
        ((-9.81, 0.0, 0.0), None, None),
        (upright(0, 0), None, None),
        (landscape(0, 0), 1.0, None),
        (None, None, 1.0),
        (None, 45.1, None),
        (None, math.nan, None),
        (None, 0.0, 50.0),
        (None, 0.0, math.nan),
    ],
)
def test_what_cannot_be_is_refused(
    vector: tuple[float, float, float] | None, roll_deg: float | None, pitch_deg: float | None
) -> None:
    with pytest.raises(InvalidOption):
        sent_gravity(vector, roll_deg, pitch_deg, (400, 300))


@pytest.mark.parametrize("text", ["-1,0,0.02", " [-1, 0, 0.02] "])
def test_a_vector_is_read_from_text(text: str) -> None:
    assert vector_from_text(text) == (-1.0, 0.0, 0.02)


@pytest.mark.parametrize("text", ["", "1,2", "1,2,3,4", "a,b,c", "1;2;3"])
def test_other_texts_are_no_vector(text: str) -> None:
    with pytest.raises(InvalidOption, match="three numbers"):
        vector_from_text(text)


def test_nothing_private_is_taken() -> None:
    """Place, time and remarks are in the file and not in what is kept of it."""
    from PIL import Image

    exif = Image.Exif()
    exif[phone_files.MAKE], exif[0x010E], exif[0x0132] = "Apple", "Mrs Smith", "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    photo = read_photo(encode(scene(), "JPEG", exif=exif.tobytes()))
    told = repr(photo.metadata)
    assert "Smith" not in told
    assert "2026" not in told
    assert "52" not in told
