"""Camera data from a file's metadata: direction of gravity, and focal length.

EXIF is read with Pillow, the makers' notes with ``struct``. Nothing else is read: neither place,
nor time, nor comments. Unreadable metadata are ignored; they are never an error.

Angles are degrees, signed as in :class:`vision.level.Level`: roll + when the right end of the true
horizontal looks higher (the camera turned clockwise), pitch + when the camera looks up. Makers
record the roll of the camera body, which differs by a quarter turn between portrait and landscape.
It is wrapped into -45..45, which no quarter turn of the picture changes.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from vision.errors import InvalidOption
from vision.maker_notes import Tilt, Vector, read_note
from vision.sentences import Sentence

SIGMA_DEG: Final = 0.6
"""Standard error of a phone's roll and pitch: 258 iPhone photos against the lines of the scene."""
MOVING_SIGMA_DEG: Final = 1.5
"""The same if the length of the vector deviates from 1 g: the phone moved."""
OTHER_SIGMA_DEG: Final = 1.2
"""The same for cameras with a built-in spirit level; not measured, so twice a phone's."""
MOVING_G: Final = 0.02
MAX_OFF_G: Final = 0.03
"""Deviations of the vector's length from 1 g above which the phone moves, and moves too much."""
MAX_ROLL_DEG: Final = 45.0
MAX_PITCH_DEG: Final = 50.0
"""Pitch above which roll is hardly defined, degrees."""
FULL_FRAMES: Final = frozenset(
    {(4032, 3024), (3264, 2448), (2592, 1936), (5712, 4284), (8064, 6048), (4032, 2268)}
)
"""Sizes of uncropped iPhone photos, pixels. A crop or a straightened edit keeps the vector."""
ASPECTS: Final = (4 / 3, 3 / 2, 16 / 9)
"""Aspect ratios of sensors, long over short side; any other means that the picture was cropped."""
ASPECT_TOLERANCE: Final = 0.006
FULL_FRAME_DIAGONAL_MM: Final = 43.27
"""Equivalent focal lengths go by the diagonal (CIPA DCG-001)."""
FOCAL_RANGE_MM: Final = (8.0, 400.0)
WIDE_MM: Final = 20.0
"""Phones' ultra-wide lenses have 13 to 18 mm, their main lenses 22 to 28."""

MAX_MAKER: Final = 40  # characters
MAKE: Final = 0x010F
EXIF_IFD: Final = 0x8769
MAKER_NOTE: Final = 0x927C
WIDTH, HEIGHT = 0xA002, 0xA003
CUSTOM_RENDERED: Final = 0xA401
PANORAMA: Final = 6  # of CustomRendered, as iPhones write it
FOCAL_35MM: Final = 0xA405
LENS_MODEL: Final = 0xA434
_DJI = re.compile(rb'drone-dji:Gimbal(Roll|Pitch)Degree(?:="|>)([+-]?\d{1,3}(?:\.\d{1,4})?)["<]')


@dataclass(frozen=True, slots=True)
class Gravity:
    """Direction of gravity, measured by a phone or camera.

    Attributes
    ----------
    roll_deg : float
        Degrees, -45..45.
    pitch_deg : float or None
        Degrees, -50..50; None if only the roll was sent.
    sigma_deg : float
        Standard error of either, degrees.
    origin : str
        "sent" if sent with the photo, or the maker whose note recorded it.
    """

    roll_deg: float
    pitch_deg: float | None
    sigma_deg: float
    origin: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of a file that are used.

    Attributes
    ----------
    gravity : Gravity or None
    focal_35mm_mm : float or None
        Equivalent focal length; None if unknown, or if the picture was cropped.
    panorama : bool
        Whether the picture was stitched from a sweep.
    """

    gravity: Gravity | None = None
    focal_35mm_mm: float | None = None
    panorama: bool = False

    def focal_px(self, width_px: int, height_px: int) -> float | None:
        """Focal length in pixels of a picture of that size: f35 x diagonal / 43.27 mm."""
        if self.focal_35mm_mm is None:
            return None
        return self.focal_35mm_mm * math.hypot(width_px, height_px) / FULL_FRAME_DIAGONAL_MM

    @property
    def wide(self) -> bool:
        """Whether the lens was an ultra-wide one."""
        return self.focal_35mm_mm is not None and self.focal_35mm_mm < WIDE_MM


NO_METADATA: Final = Metadata()


class _Size(NamedTuple):
    width_px: float
    height_px: float

    @property
    def aspect(self) -> float:
        return max(self) / max(min(self), 1)

    def resembles(self, aspect: float) -> bool:
        return abs(self.aspect / aspect - 1) <= ASPECT_TOLERANCE


def read_metadata(
    exif: Mapping[int, Any],
    details: Mapping[int, Any],
    xmp: bytes,
    upright_px: tuple[int, int],
    *,
    mirrored: bool,
) -> Metadata:
    """Extract the used values from a file's metadata.

    Parameters
    ----------
    exif, details : mapping of int to value
        EXIF's first directory and the one at tag 0x8769.
    xmp : bytes
    upright_px : tuple of int
        Width and height of the upright picture.
    mirrored : bool
        Whether the orientation mirrors the picture, as with some front cameras.
    """
    size, stated = _Size(*upright_px), _stated_size(details)
    full = size.resembles(stated.aspect) if stated else _is_full_frame(size)
    panorama = details.get(CUSTOM_RENDERED) == PANORAMA or b"GPano:" in xmp
    if panorama or not full:
        return Metadata(panorama=panorama)
    apple = str(exif.get(MAKE, "")).strip("\0 ") == "Apple"
    if apple and not _is_full_frame(stated or size):
        return NO_METADATA
    gravity = None
    if not mirrored and size.width_px != size.height_px:
        gravity = _from_note(exif, details, size) or _from_gimbal(xmp, size)
    return Metadata(gravity, _focal_mm(details, size))


def gravity_from_vector(
    vector: tuple[float, float, float], *, portrait: bool | None, origin: str
) -> Gravity | None:
    """Convert a phone's acceleration vector to roll and pitch.

    roll = atan2(ax, -ay), wrapped; pitch = asin(az / abs(a)).

    Parameters
    ----------
    vector : tuple of float
        Along gravity, in g: x to the right of the upright phone, y up, z out of its screen.
    portrait : bool or None
        Whether the upright picture is taller than wide; None for a square one.
    origin : str

    Returns
    -------
    Gravity or None
        None if the phone moved, pointed steeply up or down, or was held in another orientation
        than the picture.
    """
    x, y, z = vector
    length = math.sqrt(x * x + y * y + z * z)
    if not abs(length - 1) <= MAX_OFF_G:  # also true for NaN
        return None
    sigma = MOVING_SIGMA_DEG if abs(length - 1) > MOVING_G else SIGMA_DEG
    tilt = Tilt(math.degrees(math.atan2(x, -y)), math.degrees(math.asin(z / length)))
    return _gravity(tilt, sigma, origin, upright=portrait)


def vector_from_text(text: str) -> tuple[float, float, float]:
    """Parse three numbers separated by commas, optionally in brackets as in JSON.

    Raises
    ------
    InvalidOption
        If the text has another form.
    """
    try:
        x, y, z = (float(part) for part in text.strip().strip("[]").split(","))
    except ValueError as error:
        raise InvalidOption(
            Sentence("Gravity is {text}; it must be three numbers: x,y,z.", text=repr(text[:60]))
        ) from error
    return x, y, z


def sent_gravity(
    vector: tuple[float, float, float] | None,
    roll_deg: float | None,
    pitch_deg: float | None,
    size_px: tuple[int, int],
) -> Gravity | None:
    """Validate values sent with a photo: a vector as above, or roll and pitch; None without any.

    Raises
    ------
    InvalidOption
        If both were sent, a pitch without a roll, or impossible values.
    """
    if vector is not None:
        width_px, height_px = size_px
        portrait = None if width_px == height_px else height_px > width_px
        found = gravity_from_vector(vector, portrait=portrait, origin="sent")
        if found is None or roll_deg is not None or pitch_deg is not None:
            raise InvalidOption(
                Sentence(
                    "The gravity vector is {vector}; it must be 1 g long, belong to a photo of "
                    "that shape, and come without roll and pitch.",
                    vector=", ".join(f"{part:g}" for part in vector),
                )
            )
        return found
    if roll_deg is None and pitch_deg is None:
        return None
    if roll_deg is None or not abs(roll_deg) <= MAX_ROLL_DEG:
        raise InvalidOption(
            Sentence("The phone's roll is {roll}; it must be within ±45°.", roll=roll_deg)
        )
    if pitch_deg is not None and not abs(pitch_deg) < MAX_PITCH_DEG:
        raise InvalidOption(
            Sentence("The phone's pitch is {pitch}; it must be within ±50°.", pitch=pitch_deg)
        )
    pitch = None if pitch_deg is None else float(pitch_deg)
    return Gravity(float(roll_deg), pitch, SIGMA_DEG, "sent")


def _gravity(tilt: Tilt, sigma_deg: float, origin: str, *, upright: bool | None) -> Gravity | None:
    """Wrap a roll; None if it does not fit the picture (`upright`: no quarter turn)."""
    if not math.isfinite(tilt.roll_deg):
        return None
    quarters = round(tilt.roll_deg / 90)
    if upright not in (None, quarters % 2 == 0) or not abs(tilt.pitch_deg) < MAX_PITCH_DEG:
        return None
    return Gravity(tilt.roll_deg - 90 * quarters, tilt.pitch_deg, sigma_deg, origin)


def _from_note(exif: Mapping[int, Any], details: Mapping[int, Any], size: _Size) -> Gravity | None:
    """Gravity from a maker note.

    A phone's note counts only for the back camera: a front camera flips signs, and may mirror.
    """
    note = details.get(MAKER_NOTE)
    found = read_note(note) if isinstance(note, bytes) else None
    if isinstance(found, Vector):
        back = re.search(r"\bback\b", str(details.get(LENS_MODEL, "")))
        portrait = size.height_px > size.width_px
        return gravity_from_vector(found, portrait=portrait, origin="Apple") if back else None
    if found is None:
        return None
    maker = str(exif.get(MAKE, "")).strip("\0 ")[:MAX_MAKER] or "unknown"
    return _gravity(found, OTHER_SIGMA_DEG, maker, upright=size.width_px > size.height_px)


def _from_gimbal(xmp: bytes, size: _Size) -> Gravity | None:
    """Gravity from the gimbal of a drone: roll to the right, pitch upward."""
    gimbal = {key: float(value) for key, value in _DJI.findall(xmp)}
    if set(gimbal) != {b"Roll", b"Pitch"}:
        return None
    tilt = Tilt(gimbal[b"Roll"], gimbal[b"Pitch"])
    return _gravity(tilt, OTHER_SIGMA_DEG, "DJI", upright=size.width_px > size.height_px)


def _stated_size(details: Mapping[int, Any]) -> _Size | None:
    width, height = details.get(WIDTH), details.get(HEIGHT)
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        return None
    return _Size(width, height)


def _is_full_frame(size: _Size) -> bool:
    return (max(size), min(size)) in FULL_FRAMES


def _focal_mm(details: Mapping[int, Any], size: _Size) -> float | None:
    focal = details.get(FOCAL_35MM)
    if not isinstance(focal, int) or not any(map(size.resembles, ASPECTS)):
        return None
    low, high = FOCAL_RANGE_MM
    return float(focal) if low <= focal <= high else None
