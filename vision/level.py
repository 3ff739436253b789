"""Estimate the camera roll of a side-view photo from all available sources.

Angles are degrees. There are three sources: the user, the phone's accelerometer, and the straight
edges of the room. :mod:`vision.edges` finds the edges, and :mod:`vision.room` the cameras that are
compatible with them. This module decides whether that is an answer, and combines all answers by
their variances. Without any, the prior is used: a camera held about level. Pitch and yaw are
estimated from the edges for the resulting roll.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.bars import photo_within
from vision.edges import Floats, Segments, detect_segments
from vision.errors import InvalidOption
from vision.metadata import Gravity
from vision.room import FOCALS, Known, Reading, read_camera, read_pinned
from vision.sentences import Sentence, number
from vision.window import Window, find_window

Source: TypeAlias = Literal["given", "phone", "phone+scene", "scene", "assumed"]

MAX_ROLL_DEG: Final = 45.0  # beyond it a photo is sideways, whatever the user enters
MAX_TILT_DEG: Final = 30.0
"""Largest roll at which photos are measured; pose model and corrections were not tested beyond."""
GIVEN_SIGMA_DEG: Final = 0.3  # accuracy of a user who levels a photo by an edge
ASSUMED_SIGMA_DEG: Final = 1.92  # RMS roll of 258 ordinary phone photos, by their accelerometer
SIGMA_FLOOR_DEG: Final = 0.25  # step of the grid (0.14), and door frames are no plumb lines
MAX_SCENE_RATIO: Final = (
    0.65  # sigma / (RMS roll if assumed level): above it, the scene gives no answer
)
MIN_SUPPORT: Final = 12.0
"""Smallest number of edges that must fit the camera estimated from them. In training renders
cropped to 40 % and 60 %, the 95 % interval holds in 94 % with more edges, and in 78 % with
fewer."""
ENOUGH_PLUMB: Final = 6.0
NO_PLUMB_SIGMA_DEG: Final = 1.6
"""Without plumb lines, roll and pitch come from lines along the table, which tilt with the yaw.
With fewer plumb lines than this, the uncertainty grows, up to the second value. In training renders
tilted downward by 15° and 20°, the 95 % interval held in 72 % with fewer than six, and always with
more."""
MAX_PITCH_SIGMA_DEG: Final = 4.0  # less certain than this: not reported
MAX_YAW_SIGMA_DEG: Final = 6.0
CONFLICT_SIGMAS: Final = 3.0
"""Two answers that differ by more than this many standard errors contradict each other."""


@dataclass(frozen=True, slots=True)
class Level:
    """Direction of the true horizontal in the photo.

    Attributes
    ----------
    roll_deg : float
        Degrees; > 0: the true horizontal is turned counter-clockwise in the photo, its right
        end looks higher (`level.roll_deg` of the contract). -45..45; measured up to
        `MAX_TILT_DEG`.
    sigma_deg : float
        Standard deviation of the error of `roll_deg`, degrees, > 0.
    source : {"given", "phone", "phone+scene", "scene", "assumed"}
        The user, the phone's accelerometer, the room's edges, both of these, or none (then
        `roll_deg` is 0).
    pitch_deg, yaw_deg : float or None
        Degrees; None if unknown. Pitch -50..50; > 0: the camera looks up. Yaw -40..40; > 0: the
        optical axis is turned from the perpendicular of the table towards its end on the right of
        the photo.
    conflict_deg : float or None
        Degrees; difference to another source that contradicts this one, in which case `sigma_deg`
        covers both.
    """

    roll_deg: float
    sigma_deg: float
    source: Source
    pitch_deg: float | None = None
    yaw_deg: float | None = None
    conflict_deg: float | None = None


def given_level(roll_deg: float) -> Level:
    """Return the level given by the user, degrees, signed as in `Level`.

    Raises
    ------
    InvalidOption
        If it is not a number within ±45°.
    """
    if not math.isfinite(roll_deg) or abs(roll_deg) > MAX_ROLL_DEG:
        raise InvalidOption(
            Sentence(
                "The level is {level}°; it must be within ±{limit}°.",
                level=roll_deg,
                limit=number(MAX_ROLL_DEG, ".0f"),
            )
        )
    return Level(float(roll_deg), GIVEN_SIGMA_DEG, "given")


def assumed_level() -> Level:
    """Return the level of a photo whose horizontal is taken as the true one."""
    return Level(0.0, ASSUMED_SIGMA_DEG, "assumed")


def phone_level(gravity: Gravity) -> Level:
    """Return the level from the phone's roll and pitch."""
    return Level(gravity.roll_deg, gravity.sigma_deg, "phone", gravity.pitch_deg)


def known_level(given: Level | None, gravity: Gravity | None) -> Level:
    """Return the level of a photo whose edges are not used."""
    phone = None if gravity is None else phone_level(gravity)
    return _fused(assumed_level(), given, phone)


def estimate_level(
    pixels: NDArray[np.uint8],
    *,
    body_px: Floats | None = None,
    body_radius_px: float = 0.0,
    focal_px: float | None = None,
    prior_sd_deg: float = ASSUMED_SIGMA_DEG,
    given: Level | None = None,
    gravity: Gravity | None = None,
) -> Level:
    """Estimate the level from the scene, and combine it with the other sources.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        RGB, upright, uncropped; bars as in a screenshot are left out.
    body_px : ndarray, shape (N, 2), optional
        Joints in pixels, along each limb in turn; a row of NaN starts a new limb.
    body_radius_px : float
        Pixels, >= 0; edges closer than this to a limb are ignored. Tuned with 5 % of the long side.
    focal_px : float, optional
        Focal length in pixels of this photo: EXIF 35 mm equivalent x diagonal / 43.27 mm.
    prior_sd_deg : float
        Degrees; spread of the roll of such photos, and the uncertainty without any source.
    given : Level, optional
        From the user: its roll is kept, and pitch and yaw are estimated for it.
    gravity : Gravity, optional
        From the phone.

    Returns
    -------
    Level
        If "assumed", `sigma_deg` exceeds `prior_sd_deg` when the edges contradict a level camera.
    """
    down, across = photo_within(pixels)
    pixels = np.ascontiguousarray(pixels[down, across])  # no copy if it is the whole photo
    if body_px is not None:
        body_px = body_px - np.array([across.start, down.start])
    seen = _look(pixels, body_px, body_radius_px, focal_px, prior_sd_deg)
    scene, edges_fit = _scene_level(seen, prior_sd_deg)
    if given is None and gravity is None:
        return scene
    level = _fused(scene, given, None if gravity is None else phone_level(gravity))
    if not edges_fit or level.conflict_deg is not None:
        return level
    pitch = None if gravity is None else gravity.pitch_deg
    pitch_sd = 0.0 if gravity is None else gravity.sigma_deg
    known = Known(level.roll_deg, level.sigma_deg, pitch, pitch_sd)
    return _with_direction(level, seen.pinned(known))


class _Seen(NamedTuple):
    """Edges of a photo, and the window in which to search the camera."""

    edges: Segments
    focals: Floats
    window: Window

    def read(self, prior_sd_deg: float) -> Reading:
        return read_camera(self.edges, self.focals, prior_sd_deg, self.window)

    def pinned(self, known: Known) -> Reading:
        return read_pinned(self.edges, self.focals, known, self.window)


def _look(
    pixels: NDArray[np.uint8],
    body_px: Floats | None,
    body_radius_px: float,
    focal_px: float | None,
    prior_sd_deg: float,
) -> _Seen:
    focals = np.array(FOCALS if focal_px is None else (focal_px / max(pixels.shape[:2]),))
    edges = detect_segments(pixels, body_px, body_radius_px)
    return _Seen(edges, focals, find_window(edges, prior_sd_deg))


def _scene_level(seen: _Seen, prior_sd_deg: float) -> tuple[Level, bool]:
    """Return the estimate from the edges, and whether they fit it."""
    read = seen.read(prior_sd_deg)
    roll_deg = read.roll.mean
    spread_deg = math.hypot(read.roll.sd, SIGMA_FLOOR_DEG, seen.window.away_deg)
    if_level = max(prior_sd_deg, math.hypot(roll_deg, spread_deg))
    lacking = max(0.0, 1 - read.plumb / ENOUGH_PLUMB)
    sigma_deg = math.hypot(spread_deg, NO_PLUMB_SIGMA_DEG * lacking)
    fit = read.contained and read.support >= MIN_SUPPORT
    if not fit or sigma_deg > min(prior_sd_deg, MAX_SCENE_RATIO * if_level):
        return Level(0.0, max(if_level, seen.window.tilt_deg), "assumed"), fit
    return _with_direction(Level(roll_deg, sigma_deg, "scene"), read), fit


def _with_direction(level: Level, read: Reading) -> Level:
    """Add pitch and yaw; without an estimate from the edges, they stay unchanged."""
    pitch = read.pitch.mean if read.pitch.sd <= MAX_PITCH_SIGMA_DEG else level.pitch_deg
    yaw = read.yaw.mean if read.yaw.sd <= MAX_YAW_SIGMA_DEG else None
    return replace(level, pitch_deg=pitch, yaw_deg=yaw)


def _fused(scene: Level, given: Level | None, phone: Level | None) -> Level:
    """Combine the rolls by their variances; a roll given by the user is kept.

    If two contradict each other, the uncertainty covers both: half their difference is added in
    quadrature.
    """
    told = None if scene.source == "assumed" else scene
    if given is not None:
        pitch_deg = None if phone is None else phone.pitch_deg
        gaps = [_gap(given, other) for other in (told, phone) if other is not None]
        gap = max(gaps, key=abs, default=0.0)
        sigma_deg = math.hypot(given.sigma_deg, gap / 2)
        return replace(given, sigma_deg=sigma_deg, pitch_deg=pitch_deg, conflict_deg=gap or None)
    if phone is None or told is None:
        return phone or scene
    gap = _gap(phone, told)
    weight = phone.sigma_deg**2 / (phone.sigma_deg**2 + told.sigma_deg**2) if not gap else 0.5
    roll_deg = (1 - weight) * phone.roll_deg + weight * told.roll_deg
    sigma_deg = math.hypot((1 - weight) * phone.sigma_deg, weight * told.sigma_deg, gap / 2)
    return Level(roll_deg, sigma_deg, "phone+scene", phone.pitch_deg, None, gap or None)


def _gap(one: Level, other: Level) -> float:
    """Difference of two rolls that contradict each other, degrees; 0 if they do not."""
    gap = other.roll_deg - one.roll_deg
    limit = CONFLICT_SIGMAS * math.hypot(one.sigma_deg, other.sigma_deg)
    return gap if abs(gap) > limit else 0.0
