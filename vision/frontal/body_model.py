"""Fit a camera and an articulated body to six joints seen from above the feet.

Straight edges near the body vote for the direction of the camera, as in :mod:`vision.level`:
along the table, across it, plumb. A body of average proportions, lying along the table, is then
fitted to the joints through that camera; the posterior gives the angles and their uncertainty.

Image coordinates run right and down from the photo's centre, in long sides; the body's run
x to the feet, y to the tested side, z up, in metres, from between the hips.
"""

import math
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.angles import Angle
from vision.photo import Photo
from vision.pose import Landmark

Floats = NDArray[np.float64]

WORK_LONG_PX: Final = 800  # larger photos are reduced to this long side
LIMB_RADIUS: Final = 0.22  # trunk lengths hidden on either side of a limb's axis
NEAR_BODY: Final = 1.0  # trunk lengths; edges farther away belong to the room, not the table
MIN_LENGTH: Final = 0.025  # long sides
HALF_INLIER_LENGTH: Final = 0.06  # long sides; so long, half of them are edges of the table
MOST_LINES: Final = 80
LINE_SIGMA_DEG: Final = 0.6
ENDPOINT_SIGMA_DEG_PX: Final = 25.0  # direction error x length, as in vision.level
BUNDLES: Final = (0.45, 0.25, 0.15)  # share of straight edges along, across, plumb
TEMPER: Final = 0.6  # votes per edge: the two sides of one edge are not independent
TEMPERS: Final = (0.15, 0.4, 1.0, 1.0)  # from round to round the votes count fully
CAMERAS: Final = 1500  # tried in each round
MAX_STEPS: Final = 40  # of the fit
MIN_GAIN: Final = 1e-4  # change of its chi-square in one step: the fit has converged
ASKEW_SD_DEG: Final = 3.0
"""Deviation of people from the direction of the table, standard deviation (estimated by
judgement)."""
RETAKE_SD_DEG: Final = 3.0
"""Movement of the leg between the photo from the side and this one (estimated by judgement)."""


_PRIOR: Final = {
    # Camera: logarithm of the focal length in long sides (24 to 70 mm equivalent), degrees
    "log_focal": (0.1, 0.3),
    "pitch": (57.0, 9.0),  # below the horizontal
    "roll": (0.0, 5.0),
    "yaw": (0.0, 8.0),  # of the trunk, seen from above
    # Place of the hips' middle, set from the picture: log distance in metres, long sides
    "log_distance": (0.0, 0.4),
    "right": (0.0, 1.0),
    "down": (0.0, 1.0),
    # Joint centres of an adult of 1.7 m: Drillis & Contini's segments in Winter 2009, fig. 4.1
    # (thigh 0.245, shank 0.246, shoulder to hip 0.288 of the stature), widths between centres
    "hip": (0.09, 0.008),
    "shoulder": (0.175, 0.016),
    "trunk": (0.50, 0.035),
    "lift": (0.0, 0.03),  # of the shoulders above the hips
    "thigh": (0.42, 0.035),
    "elevation": (0.0, 13.0),  # of the thigh, in the sagittal plane
    "abduction": (10.0, 20.0),
    "shank": (0.41, 0.035),
    "flexion": (72.0, 20.0),
    "rotation": (0.0, 15.0),
}
INDEX: Final = {name: index for index, name in enumerate(_PRIOR)}
_MEAN, _SD = (np.array(column) for column in zip(*_PRIOR.values(), strict=True))
_NOISE: Final = np.array(
    [
        # along the trunk, to the tested side: bias; standard deviation
        [[0.0, 0.0], [0.12, 0.3]],  # shoulders: often drawn to the foot that hides the face
        [[0.0, 0.0], [0.12, 0.3]],
        [[-0.05, -0.01], [0.045, 0.03]],  # hips: tested, other
        [[-0.125, 0.075], [0.11, 0.11]],
        [[-0.04, -0.01], [0.05, 0.023]],  # knee
        [[0.0, 0.013], [0.045, 0.023]],  # ankle
    ]
)
"""Error of the model's joints in thigh lengths of the picture, 60 development photos; the standard
deviations of the legs were set so that about 95 % of the intervals contain the truth there."""
_LIMBS: Final = (
    (Landmark.NOSE, Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.NOSE, Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP, Landmark.RIGHT_HIP, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE, Landmark.LEFT_FOOT),
    (Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE, Landmark.RIGHT_FOOT),
)


class Lines(NamedTuple):
    """Straight edges near the body."""

    middle: Floats  # (N, 2), long sides from the photo's centre
    along: Floats  # (N, 2), unit
    sigma_deg: Floats  # (N,)
    inlier: Floats  # (N,), probability of being an edge of the table, 0..1


class Gauss(NamedTuple):
    """A normal distribution of the camera's direction, or of all parameters named in ``_PRIOR``."""

    mean: Floats  # (D,)
    covariance: Floats  # (D, D)


class Fit(NamedTuple):
    """Posterior of all parameters named in ``_PRIOR``, and its misfit to the joints."""

    value: Floats  # (17,)
    sigma: Floats  # (17,)
    misfit: float  # chi-square of the joints


def find_lines(photo: Photo, points_px: Floats, *, mirrored: bool) -> Lines:
    """Detect straight edges around the body, but not along it, in the mirrored picture."""
    scale = min(1.0, WORK_LONG_PX / max(photo.width_px, photo.height_px))
    grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.ascontiguousarray(grey[:, ::-1]) if mirrored else grey
    points = points_px * scale
    trunk = points[[11, 12]].mean(axis=0) - points[[23, 24]].mean(axis=0)
    hidden = np.zeros(grey.shape, np.uint8)
    thick = max(1, round(2 * LIMB_RADIUS * float(np.linalg.norm(trunk))))
    for limb in _LIMBS:
        cv2.polylines(hidden, [points[list(limb)].round().astype(np.int32)], False, 255, thick)
    reach = 2 * round(NEAR_BODY * float(np.linalg.norm(trunk))) + 1
    near = cv2.dilate(hidden, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    # OpenCV returns None if there is no line at all, contrary to its type stub.
    found: Any = cv2.createLineSegmentDetector().detect(grey)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    middle, vector = (ends[:, :2] + ends[:, 2:]) / 2, ends[:, 2:] - ends[:, :2]
    length = np.hypot(vector[:, 0], vector[:, 1])
    size = np.array(grey.shape[::-1], np.float64)
    x, y = np.clip(middle.round().astype(np.intp), 0, size.astype(np.intp) - 1).T
    use = (hidden[y, x] == 0) & (near[y, x] > 0) & (length > MIN_LENGTH * size.max())
    use = np.flatnonzero(use)[np.argsort(-length[use], kind="stable")][:MOST_LINES]
    length = length[use]
    return Lines(
        (middle[use] - size / 2) / size.max(),
        vector[use] / length[:, None],
        np.hypot(LINE_SIGMA_DEG, ENDPOINT_SIGMA_DEG_PX / length),
        length / (length + HALF_INLIER_LENGTH * size.max()),
    )


def _axes(pitch_deg: Any, roll_deg: Any, yaw_deg: Any) -> Floats:
    """Camera's right, down and ahead in the body's frame, shape (..., 3, 3); degrees in."""
    angles = np.radians(np.broadcast_arrays(pitch_deg, roll_deg, yaw_deg))
    (cp, cr, cy), (sp, sr, sy) = np.cos(angles), np.sin(angles)
    right = np.stack([sy, cy, np.zeros_like(cy)], -1)
    down = np.stack([sp * cy, -sp * sy, -cp], -1)
    ahead = np.stack([-cp * cy, cp * sy, -sp], -1)
    cr, sr = cr[..., None], sr[..., None]
    return np.stack([cr * right - sr * down, sr * right + cr * down, ahead], -2)


def _votes(lines: Lines, cameras: Floats) -> Floats:
    """Log likelihood of the edges for each camera, shape (N, 4): a mixture of three bundles."""
    focal, axes = np.exp(cameras[:, :1]), _axes(*cameras[:, 1:].T)
    bundled = np.zeros(1)
    for share, to in zip(BUNDLES, np.moveaxis(axes, 2, 0), strict=True):
        x = focal * to[:, :1] - to[:, 2:] * lines.middle[:, 0]  # towards the vanishing point
        y = focal * to[:, 1:2] - to[:, 2:] * lines.middle[:, 1]
        sine = (lines.along[:, 0] * y - lines.along[:, 1] * x) / (np.hypot(x, y) + 1e-12)
        off = np.degrees(np.arcsin(np.clip(sine, -1, 1))) / lines.sigma_deg
        bundled = bundled + share * np.exp(-(off**2) / 2) / (
            lines.sigma_deg * math.sqrt(2 * math.pi)
        )
    stray = (1 - sum(BUNDLES) * lines.inlier) / 180
    return TEMPER * np.asarray(np.log(lines.inlier * bundled + stray).sum(axis=1))


def find_camera(lines: Lines) -> Gauss:
    """Posterior of log focal length, pitch, roll and yaw, by importance sampling in rounds."""
    rng = np.random.default_rng(0)  # the same photo gives the same numbers
    prior_mean, prior_sd = _MEAN[:4], _SD[:4]
    mean, covariance, widen = prior_mean, np.diag(prior_sd**2), 1.0
    floor = np.diag([1e-4, 0.04, 0.04, 0.04])
    for temper in TEMPERS:
        normal = rng.standard_normal((CAMERAS, 4))
        cameras = mean + widen * normal @ np.linalg.cholesky(covariance).T
        prior = -0.5 * (((cameras - prior_mean) / prior_sd) ** 2).sum(axis=1)
        log_weight = temper * (_votes(lines, cameras) + prior + 0.5 * (normal**2).sum(axis=1))
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        mean, widen = weight @ cameras, 1.5
        covariance = (cameras - mean).T @ ((cameras - mean) * weight[:, None]) + floor
    return Gauss(mean, covariance)


def prior_of(camera: Gauss, thigh: Angle | None, knee_flexion: Angle | None) -> Gauss:
    """Return the prior, before the joints are used."""
    mean, covariance = _MEAN.copy(), np.diag(_SD**2)
    mean[:4], covariance[:4, :4] = camera
    covariance[INDEX["yaw"], INDEX["yaw"]] += ASKEW_SD_DEG**2
    for name, angle in (("elevation", thigh), ("flexion", knee_flexion)):
        if angle is not None:
            index = INDEX[name]
            mean[index] = angle.value_deg
            covariance[index, index] = angle.sigma_deg**2 + RETAKE_SD_DEG**2
    return Gauss(mean, covariance)


def _project(q: Floats) -> Floats:
    """Where the camera sees the six joints, (..., 6, 2); ``q`` (..., 17) as in ``_PRIOR``."""
    log_focal, *direction, log_distance, right, down = np.moveaxis(q[..., :7], -1, 0)
    hip, shoulder, trunk, lift, thigh, elevation, abduction, shank, flexion, rotation = np.moveaxis(
        q[..., 7:], -1, 0
    )
    nought, one = np.zeros_like(hip), np.ones_like(hip)
    along = _unit(one, np.tan(np.radians(abduction)), np.tan(np.radians(elevation)))
    # Without hip rotation, the knee's hinge is as close to the lateral axis as possible.
    x, y, z = np.moveaxis(along, -1, 0)
    hinge = _turned(_unit(-x * y, 1 - y * y, -y * z), along, rotation)
    knee = np.stack([nought, hip, nought], -1) + thigh[..., None] * along
    ankle = knee + shank[..., None] * _turned(along, hinge, flexion)
    across, back = np.stack([nought, one, nought], -1), np.stack([-trunk, nought, lift], -1)
    to_shoulder, to_hip = shoulder[..., None] * across, hip[..., None] * across
    joints = np.stack([back + to_shoulder, back - to_shoulder, to_hip, -to_hip, knee, ankle], -2)
    focal = np.exp(log_focal)
    place = np.exp(log_distance)[..., None] * _unit(right, down, focal)
    seen = joints @ np.swapaxes(_axes(*direction), -1, -2) + place[..., None, :]
    return np.asarray(focal[..., None, None] * seen[..., :2] / seen[..., 2:])


def _unit(x: Floats, y: Floats, z: Floats) -> Floats:
    """Scale vectors to length 1, shape (..., 3)."""
    vector = np.stack([x, y, z], -1)
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def _turned(vector: Floats, axis: Floats, degrees: Floats) -> Floats:
    """Rotate vectors about perpendicular unit axes, right-handed; shapes (..., 3) and (...)."""
    angle = np.radians(degrees)[..., None]
    return np.asarray(np.cos(angle) * vector + np.sin(angle) * np.cross(axis, vector))


def fit_body(joints: Floats, prior: Gauss) -> Fit:
    """Maximise the posterior, Levenberg–Marquardt; ``joints`` (6, 2) in long sides."""
    shoulders, hips = joints[:2].mean(axis=0), joints[2:4].mean(axis=0)
    trunk = float(np.linalg.norm(hips - shoulders))
    down = (hips - shoulders) / trunk
    frame = np.array([down, [down[1], -down[0]]])
    thigh = float(np.linalg.norm(joints[4] - joints[2]))
    seen, noise = joints - thigh * _NOISE[:, 0] @ frame, thigh * _NOISE[:, 1]
    mean = prior.mean.copy()
    start = INDEX["log_distance"]
    mean[start + 1 : start + 3] = hips
    foreshortened = mean[INDEX["trunk"]] * math.sin(math.radians(mean[INDEX["pitch"]]))
    mean[start] = math.log(math.exp(mean[0]) * foreshortened / trunk)
    whiten = np.linalg.inv(np.linalg.cholesky(prior.covariance))

    def residual(q: Floats) -> Floats:
        off = (_project(q) - seen) @ frame.T / noise
        return np.concatenate([off.reshape(*q.shape[:-1], 12), (q - mean) @ whiten.T], -1)

    step = 1e-4 * np.sqrt(np.diag(prior.covariance))
    q, now, damping = mean, residual(mean), 1e-2
    for _ in range(MAX_STEPS):
        slope = ((residual(q + np.diag(step)) - now) / step[:, None]).T
        square = slope.T @ slope
        move = np.linalg.solve(square + damping * np.diag(np.diag(square)), slope.T @ now)
        tried = residual(q - move)
        if better := tried @ tried < now @ now:
            gain = now @ now - tried @ tried
            q, now = q - move, tried
        damping = damping / 4 if better else damping * 4
        if better and gain < MIN_GAIN:
            break
    covariance = np.linalg.inv(slope.T @ slope)
    return Fit(q, np.sqrt(np.diag(covariance)), float(now[:12] @ now[:12]))
