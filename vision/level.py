"""Camera roll of a side-view photo, read from the straight edges of the room.

Angles are degrees unless a name says otherwise; inside this module image coordinates run right
and down from the photo's centre in long sides of the photo. The camera is a pinhole whose axis
meets the centre of the photo: uncropped, no lens distortion.

Edges of a room come in three bundles, each with a vanishing point that roll, pitch, yaw and focal
length fix: plumb lines, lines along the table and the wall behind it, lines in depth. Every
segment votes through a mixture of the bundles and an outlier share, so leaning things cost
little. The spread of the votes over a grid of cameras is the uncertainty. Plumb lines alone fix
roll and pitch / focal length; lines along the table tilt with the yaw too: never read without it.
"""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.errors import InvalidOption

Floats: TypeAlias = NDArray[np.float64]
Votes: TypeAlias = NDArray[np.float32]


class _Kind(NamedTuple):
    """Segments by their angle from the photo's vertical."""

    low: float  # deg
    high: float  # deg
    most: int  # only so many are used, the longest
    own: float  # share of the straight ones in the main bundle: plumb if steep, else table
    depth: float  # share of the straight ones in depth


# What is known before looking.
MAX_ROLL_DEG: Final = 45.0  # beyond it a photo is sideways, whatever the user says
GIVEN_SIGMA_DEG: Final = 0.3  # how well a user levels a photo against an edge
ASSUMED_SIGMA_DEG: Final = (
    1.5  # SD of the roll of a photo meant to be level (benchmarks/results/level.md)
)
TAIL_SHARE: Final = 0.3  # share of photos held carelessly, whose roll has an SD ...
TAIL_RATIO: Final = 3.0  # ... this many times that of the others
PITCH_MEAN_DEG: Final = -3.0  # cameras look slightly down on the table
PITCH_SD_DEG: Final = 7.0
YAW_SD_DEG: Final = 14.0  # what people take for "from the side"
FOCALS: Final = (0.68, 0.85, 1.05, 1.3, 1.6, 1.95)  # long sides: 24 to 70 mm equivalent
# Segments.
WORK_LONG_PX: Final = 800  # larger photos are reduced to this long side
MIN_LENGTH: Final = 0.025  # long sides; shorter segments point anywhere
HALF_INLIER_LENGTH: Final = 0.06  # long sides; so long, half of them are edges of the room
MODEL_SIGMA_DEG: Final = 0.4  # edges not quite plumb or parallel, lens distortion
ENDPOINT_SIGMA_DEG_PX: Final = 25.0  # direction error x length: endpoints good to 0.3 px
STEEP: Final = _Kind(0.0, 25.0, 32, 0.75, 0.10)
FLAT: Final = _Kind(55.0, 90.0, 26, 0.80, 0.15)
OTHER: Final = _Kind(25.0, 55.0, 8, 0.0, 0.30)
TEMPER: Final = 0.6  # votes per segment: the two sides of one edge are not independent
ROLL_GRID_DEG: Final = (15.0, 0.5)  # grids: half width and step
Q_GRID: Final = (0.6, 0.03)  # q = tan(pitch) / focal length in long sides: 22 deg at 24 mm
YAW_GRID_DEG: Final = (40.0, 10 / 3)
PRUNE_NATS: Final = 9.0  # cells whose bound is this far below the best are not looked at
MAX_CELLS: Final = 2000  # bounds the run time
# Answer.
SIGMA_FLOOR_DEG: Final = 0.25  # step of the grid (0.14), and door frames are no plumb lines
MAX_SCENE_RATIO: Final = 0.65  # sigma / (RMS roll if called level): above it the scene is mute
MAX_PITCH_SIGMA_DEG: Final = 4.0  # less certain than this: not reported
MAX_YAW_SIGMA_DEG: Final = 6.0


@dataclass(frozen=True, slots=True)
class Level:
    """How the true horizontal lies in the photo.

    Attributes
    ----------
    roll_deg : float
        Degrees; > 0: the true horizontal is turned counter-clockwise in the photo, its right
        end looks higher (`level.roll_deg` of the contract). From the scene -15..15.
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


class _Moments(NamedTuple):
    """Estimate of an angle, degrees."""

    mean: float
    sd: float


class _Segments(NamedTuple):
    """Straight edges."""

    mid: Votes  # (N, 2)
    along: Votes  # (N, 2), unit
    tilt: Votes  # (N,) deg from the photo's vertical, -90..90
    length: Votes  # (N,) long sides
    sigma: Votes  # (N,) deg, error of the direction
    inlier: Votes  # (N,) chance to be an edge of the room, 0..1

    def pick(self, kind: _Kind) -> "_Segments":
        """Keep the longest segments of a kind."""
        lean = np.abs(self.tilt)
        index = np.flatnonzero((lean >= kind.low) & (lean < kind.high))
        index = index[np.argsort(-self.length[index])][: kind.most]
        return _Segments(*(part[index] for part in self))

    def peak(self, n: int) -> Votes:
        """Density (per deg) of the direction of segment `n` where it is as expected."""
        return np.array(1 / (self.sigma[n] * math.sqrt(2 * math.pi)), np.float32)


class _Bundle(NamedTuple):
    """Vanishing points (x, y) / z of parallel lines, for many cameras; shapes broadcast."""

    x: Votes
    y: Votes
    z: Votes

    @classmethod
    def of(cls, x: Floats, y: Floats, z: Floats) -> "_Bundle":
        """Reduce to single precision: twice as fast."""
        return cls(x.astype(np.float32), y.astype(np.float32), z.astype(np.float32))

    @classmethod
    def seen(cls, roll: Floats, pitch: Floats, focal: Floats, heading: Floats) -> "_Bundle":
        """See lines at `heading` (Y,) from the photo's right; camera (C, 1); rad, long sides."""
        side, ahead = np.cos(heading), np.sin(heading)
        down = np.sin(pitch) * ahead
        x = focal * (np.cos(roll) * side + np.sin(roll) * down)
        y = focal * (np.cos(roll) * down - np.sin(roll) * side)
        return cls.of(x, y, np.cos(pitch) * ahead)

    def density(self, segments: _Segments, n: int) -> Votes:
        """Density (per deg) of the direction of segment `n`, for each camera."""
        (mid_x, mid_y), (along_x, along_y) = segments.mid[n], segments.along[n]
        x, y = self.x - self.z * mid_x, self.y - self.z * mid_y
        cross = along_x * y - along_y * x
        square = cross * cross / (x * x + y * y + np.float32(1e-12))
        weight = np.float32(-0.5 / math.radians(segments.sigma[n]) ** 2)
        found: Votes = segments.peak(n) * np.exp(square * weight)
        return found


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
    focals = FOCALS if focal_px is None else (focal_px / max(pixels.shape[:2]),)
    mirrored_body = None
    if body_px is not None:
        mirrored_body = body_px * np.array([-1.0, 1.0]) + np.array([pixels.shape[1], 0.0])
    mirrored = np.asarray(cv2.flip(pixels, 1), np.uint8)
    one, two = (
        _read(picture, body, body_radius_px, np.array(focals), prior_sd_deg)
        for picture, body in ((pixels, body_px), (mirrored, mirrored_body))
    )
    # OpenCV's line detector is not mirror symmetric: both readings make the answer so.
    if "assumed" in (one.source, two.source):
        return Level(0.0, max(one.sigma_deg, two.sigma_deg), "assumed")
    return Level(
        (one.roll_deg - two.roll_deg) / 2,
        math.hypot((one.sigma_deg + two.sigma_deg) / 2, (one.roll_deg + two.roll_deg) / 2),
        "scene",
        _mean(one.pitch_deg, two.pitch_deg, 1.0),
        _mean(one.yaw_deg, two.yaw_deg, -1.0),
    )


def _mean(one: float | None, two: float | None, sign: float) -> float | None:
    return None if one is None or two is None else (one + sign * two) / 2


def _read(
    pixels: NDArray[np.uint8],
    body_px: Floats | None,
    body_radius_px: float,
    focals: Floats,
    prior_sd_deg: float,
) -> Level:
    segments = _detect(pixels, body_px, body_radius_px)
    roll, pitch, yaw = _posterior(segments, focals, prior_sd_deg)
    sigma = math.hypot(roll.sd, SIGMA_FLOOR_DEG)
    if_level = max(prior_sd_deg, math.hypot(roll.mean, sigma))
    if sigma > MAX_SCENE_RATIO * if_level:
        return Level(0.0, if_level, "assumed")
    pitch_deg = pitch.mean if pitch.sd <= MAX_PITCH_SIGMA_DEG else None
    yaw_deg = yaw.mean if yaw.sd <= MAX_YAW_SIGMA_DEG else None
    return Level(roll.mean, sigma, "scene", pitch_deg, yaw_deg)


def _detect(pixels: NDArray[np.uint8], body_px: Floats | None, radius_px: float) -> _Segments:
    """Straight edges of a photo (H, W, 3), without those along the body."""
    height, width = pixels.shape[:2]
    long_side = max(height, width)
    scale = min(1.0, WORK_LONG_PX / long_side)
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # OpenCV returns None when there is no line at all, whatever its type stub says.
    found: Any = cv2.createLineSegmentDetector().detect(gray)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4) / (scale * long_side)
    vector, mid = ends[:, 2:] - ends[:, :2], (ends[:, :2] + ends[:, 2:]) / 2
    length = np.hypot(vector[:, 0], vector[:, 1])
    keep = length > MIN_LENGTH
    if body_px is not None and radius_px > 0:
        keep &= ~_near_body(mid, body_px / long_side, radius_px / long_side)
    mid = mid[keep] - np.array([width, height]) / (2 * long_side)
    vector, length = vector[keep], length[keep]
    tilt = (np.degrees(np.arctan2(vector[:, 0], vector[:, 1])) + 90) % 180 - 90
    sigma = np.hypot(MODEL_SIGMA_DEG, ENDPOINT_SIGMA_DEG_PX / (length * scale * long_side))
    inlier = length / (length + HALF_INLIER_LENGTH)
    parts = (mid, vector / length[:, None], tilt, length, sigma, inlier)
    return _Segments(*(part.astype(np.float32) for part in parts))


def _near_body(points: Floats, joints: Floats, radius: float) -> NDArray[np.bool_]:
    """Which of `points` (N, 2) lie within `radius` of a limb of `joints` (M, 2), NaN = gap."""
    bone = np.isfinite(np.diff(joints, axis=0)).all(axis=1)
    start, step = joints[:-1][bone], np.diff(joints, axis=0)[bone]
    offset = points[:, None] - start
    share = np.clip((offset * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-12), 0, 1)
    gap = offset - share[..., None] * step
    near: NDArray[np.bool_] = (np.hypot(gap[..., 0], gap[..., 1]) < radius).any(axis=1)
    return near


def _posterior(segments: _Segments, focals: Floats, prior_sd_deg: float) -> tuple[_Moments, ...]:
    """Roll, pitch and yaw given the segments."""
    roll, q, yaw = (
        np.linspace(-half, half, 2 * round(half / step) + 1)
        for half, step in (ROLL_GRID_DEG, Q_GRID, YAW_GRID_DEG)
    )
    slope = q[:, None] * focals
    pitch = np.degrees(np.arctan(slope))
    # Steps of q are not equally wide in pitch: the last term is log(d pitch / d q).
    prior = _log_normal(pitch - PITCH_MEAN_DEG, PITCH_SD_DEG) + np.log(focals / (1 + slope**2))
    prior = _log_roll_prior(roll, prior_sd_deg)[:, None, None] + prior
    # A plumb line at (x, y) runs along (sin roll + q x, cos roll + q y): no focal length in it.
    turn = np.radians(roll)[:, None]
    plumb = _Bundle.of(np.sin(turn), np.cos(turn), -q)
    steep = segments.pick(STEEP)
    r, k, f = _promising(_votes(steep, STEEP, plumb, None)[..., None] + prior)
    plumb = _Bundle(plumb.x[r], plumb.y[r], plumb.z[k, None])
    camera = (turn[r], np.arctan(slope[k, f])[:, None], focals[f, None])
    table = _Bundle.seen(*camera, np.radians(yaw))
    depth = _Bundle.seen(*camera, np.radians(yaw + 90))
    joint = prior[r, k, f][:, None] + _log_normal(yaw, YAW_SD_DEG)
    joint += _votes(steep, STEEP, plumb, depth)
    for kind in (FLAT, OTHER):
        joint += _votes(segments.pick(kind), kind, table, depth)
    weight = np.exp(joint - joint.max())
    cell = weight.sum(axis=1)
    return _moments(roll[r], cell), _moments(pitch[k, f], cell), _moments(yaw, weight.sum(axis=0))


def _promising(score: Floats) -> tuple[NDArray[np.intp], ...]:
    """Find the cells of `score` (R, Q, F), an upper bound, worth trying with every yaw."""
    best = np.sort(score, axis=None)[::-1]
    return np.nonzero(score >= max(best[0] - PRUNE_NATS, best[min(MAX_CELLS, best.size) - 1]))


def _votes(segments: _Segments, kind: _Kind, own: _Bundle, depth: _Bundle | None) -> Floats:
    """Log likelihood of segments whose main bundle is `own`, for each camera.

    Without `depth` an upper bound: as if each could lie exactly in depth.
    """
    total = np.zeros(1)
    for n, inlier in enumerate(segments.inlier):
        deep = segments.peak(n) if depth is None else depth.density(segments, n)
        stray = (1 - (kind.own + kind.depth) * inlier) / np.float32(2 * (kind.high - kind.low))
        bundled = kind.own * own.density(segments, n) + kind.depth * deep
        total = total + np.log(inlier * bundled + stray)
    return TEMPER * total


def _moments(angle: Floats, weight: Floats) -> _Moments:
    """Moments of `angle` (N,) under `weight` (N,), of any scale."""
    mean = float(np.average(angle, weights=weight))
    return _Moments(mean, math.sqrt(float(np.average((angle - mean) ** 2, weights=weight))))


def _log_normal(x: Floats, sd: float) -> Floats:
    """Log density of a centred normal, up to a constant."""
    return -0.5 * (x / sd) ** 2 - math.log(sd)


def _log_roll_prior(roll: Floats, sd: float) -> Floats:
    """Log prior of the roll (deg) with standard deviation `sd`: mostly careful, not always."""
    careful_sd = sd / math.sqrt(1 + TAIL_SHARE * (TAIL_RATIO**2 - 1))
    shares = ((1 - TAIL_SHARE, careful_sd), (TAIL_SHARE, TAIL_RATIO * careful_sd))
    prior: Floats = np.logaddexp(*(math.log(p) + _log_normal(roll, wide) for p, wide in shares))
    return prior
