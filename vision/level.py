"""Camera roll of a side-view photo: given, read from the straight edges of the room, or assumed.

Angles are degrees. :mod:`vision.edges` finds the edges and :mod:`vision.room` the cameras that
they allow; here it is decided whether that is an answer, and how certain.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.edges import Floats, detect_segments
from vision.errors import InvalidOption
from vision.room import FOCALS, Moments, Reading, Window, find_window, read_camera

MAX_ROLL_DEG: Final = 45.0  # beyond it a photo is sideways, whatever the user says
MAX_TILT_DEG: Final = 30.0
"""Roll up to which photos are measured; pose model and corrections were not tried beyond."""
GIVEN_SIGMA_DEG: Final = 0.3  # how well a user levels a photo against an edge
ASSUMED_SIGMA_DEG: Final = 1.92  # RMS roll of 258 ordinary phone photos, by their accelerometer
SIGMA_FLOOR_DEG: Final = 0.25  # step of the grid (0.14), and door frames are no plumb lines
MAX_SCENE_RATIO: Final = 0.65  # sigma / (RMS roll if called level): above it the scene is mute
MIN_SUPPORT: Final = 12.0
"""Edges that must fit the camera read from them. Training renders cropped to 40 % and 60 %: with
more the 95 % interval holds in 94 %, with fewer in 78 %."""
MAX_PITCH_SIGMA_DEG: Final = 4.0  # less certain than this: not reported
MAX_YAW_SIGMA_DEG: Final = 6.0


@dataclass(frozen=True, slots=True)
class Level:
    """How the true horizontal lies in the photo.

    Attributes
    ----------
    roll_deg : float
        Degrees; > 0: the true horizontal is turned counter-clockwise in the photo, its right
        end looks higher (`level.roll_deg` of the contract). -45..45; measured up to
        `MAX_TILT_DEG`.
    sigma_deg : float
        Standard deviation of the error of `roll_deg`, degrees, > 0.
    source : {"given", "scene", "assumed"}
        By the user, from the room's edges, or neither (then `roll_deg` is 0).
    pitch_deg, yaw_deg : float or None
        Degrees; None where the scene does not tell. Pitch -50..50; > 0: the camera looks up.
        Yaw -40..40; > 0: the optical axis is turned from the perpendicular of the table towards
        its end on the right of the photo.
    """

    roll_deg: float
    sigma_deg: float
    source: Literal["given", "scene", "assumed"]
    pitch_deg: float | None = None
    yaw_deg: float | None = None


def given_level(roll_deg: float) -> Level:
    """Take the roll from the user, degrees, signed as in `Level`.

    Raises
    ------
    InvalidOption
        If it is not a number within ±45°.
    """
    if not math.isfinite(roll_deg) or abs(roll_deg) > MAX_ROLL_DEG:
        raise InvalidOption(f"The level is {roll_deg}°; it must be within ±{MAX_ROLL_DEG:.0f}°.")
    return Level(float(roll_deg), GIVEN_SIGMA_DEG, "given")


def assumed_level() -> Level:
    """Take the photo's own horizontal for the true one."""
    return Level(0.0, ASSUMED_SIGMA_DEG, "assumed")


def estimate_level(
    pixels: NDArray[np.uint8],
    *,
    body_px: Floats | None = None,
    body_radius_px: float = 0.0,
    focal_px: float | None = None,
    prior_sd_deg: float = ASSUMED_SIGMA_DEG,
) -> Level:
    """Read the level from the scene, or assume that the camera was held level.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        RGB, upright, uncropped.
    body_px : ndarray, shape (N, 2), optional
        Joints in pixels, along each limb in turn; a row of NaN starts a new limb.
    body_radius_px : float
        Pixels, >= 0; edges so close to a limb are ignored. Tuned with 5 % of the long side.
    focal_px : float, optional
        Focal length in pixels of this photo: EXIF 35 mm equivalent / 36 x long side.
    prior_sd_deg : float
        Degrees; spread of the roll of such photos, and the uncertainty where the scene is mute.

    Returns
    -------
    Level
        Where "assumed", `sigma_deg` exceeds `prior_sd_deg` if the edges speak against level.
    """
    focals = np.array(FOCALS if focal_px is None else (focal_px / max(pixels.shape[:2]),))
    mirrored_body = None
    if body_px is not None:
        mirrored_body = body_px * np.array([-1.0, 1.0]) + np.array([pixels.shape[1], 0.0])
    mirrored = np.asarray(cv2.flip(pixels, 1), np.uint8)
    seen = detect_segments(pixels, body_px, body_radius_px)
    seen_mirrored = detect_segments(mirrored, mirrored_body, body_radius_px)
    window = find_window(seen, prior_sd_deg)
    one = read_camera(seen, focals, prior_sd_deg, window)
    two = read_camera(seen_mirrored, focals, prior_sd_deg, window.mirrored)
    return _joined(one, two, prior_sd_deg, window)


def _joined(one: Reading, two: Reading, prior_sd_deg: float, window: Window) -> Level:
    """Join the readings of a photo and of its mirror image.

    OpenCV's line detector is not mirror symmetric: both make the answer so, and their
    difference is part of its uncertainty.
    """
    roll_deg = (one.roll.mean - two.roll.mean) / 2
    sigma_deg = math.hypot(
        (one.roll.sd + two.roll.sd) / 2,
        (one.roll.mean + two.roll.mean) / 2,
        SIGMA_FLOOR_DEG,
        window.away_deg,
    )
    if_level = max(prior_sd_deg, math.hypot(roll_deg, sigma_deg))
    told = (
        one.contained
        and two.contained
        and min(one.support, two.support) >= MIN_SUPPORT
        and sigma_deg <= min(prior_sd_deg, MAX_SCENE_RATIO * if_level)
    )
    if not told:
        return Level(0.0, max(if_level, window.tilt_deg), "assumed")
    return Level(
        roll_deg,
        sigma_deg,
        "scene",
        _mean(one.pitch, two.pitch, 1.0, MAX_PITCH_SIGMA_DEG),
        _mean(one.yaw, two.yaw, -1.0, MAX_YAW_SIGMA_DEG),
    )


def _mean(one: Moments, two: Moments, sign: float, max_sd_deg: float) -> float | None:
    """Mean of an angle and of its mirrored twin; None where either is too uncertain."""
    return None if max(one.sd, two.sd) > max_sd_deg else (one.mean + sign * two.mean) / 2
