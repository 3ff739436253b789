"""Straight edges of a photo: position, direction and reliability.

Angles are degrees unless a name says otherwise. Image coordinates run right and down from the
photo's centre in long sides of the photo, so that a camera's roll is a turn about the origin.
"""

import math
import threading
from typing import Any, Final, NamedTuple, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Votes: TypeAlias = NDArray[np.float32]

WORK_LONG_PX: Final = 800  # larger photos are reduced to this long side
MIN_LENGTH: Final = 0.025  # long sides; shorter segments have no reliable direction
HALF_INLIER_LENGTH: Final = (
    0.06  # long sides; half of the segments of this length are edges of the room
)
MODEL_SIGMA_DEG: Final = 0.4  # edges not quite plumb or parallel, lens distortion
ENDPOINT_SIGMA_DEG_PX: Final = 25.0  # direction error x length: endpoints good to 0.3 px

_OWN: Final = threading.local()


class Kind(NamedTuple):
    """Segments by their angle from the vertical."""

    low: float  # deg
    high: float  # deg
    most: int  # only the longest ones are used, up to this number
    own: float  # share of the straight ones in the main bundle: plumb if steep, else table
    depth: float  # share of the straight ones in depth


class Segments(NamedTuple):
    """Straight edges."""

    mid: Votes  # (N, 2)
    along: Votes  # (N, 2), unit
    tilt: Votes  # (N,) deg from the photo's vertical, -90..90
    length: Votes  # (N,) long sides
    sigma: Votes  # (N,) deg, error of the direction
    inlier: Votes  # (N,) probability of being an edge of the room, 0..1

    def pick(self, kind: Kind) -> "Segments":
        """Keep the longest segments of a kind."""
        lean = np.abs(self.tilt)
        index = np.flatnonzero((lean >= kind.low) & (lean < kind.high))
        index = index[np.argsort(-self.length[index])][: kind.most]
        return Segments(*(part[index] for part in self))

    def turned(self, angle_deg: float) -> "Segments":
        """Rotate all about the photo's centre, counter-clockwise as seen, like a roll."""
        cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
        turn = np.array([[cos, -sin], [sin, cos]], np.float32)
        tilt = (self.tilt + np.float32(angle_deg) + 90) % 180 - 90
        return self._replace(mid=self.mid @ turn, along=self.along @ turn, tilt=tilt)

    def peak(self, n: int) -> Votes:
        """Density (per deg) of the direction of segment `n` at its expected value."""
        return np.array(1 / (self.sigma[n] * math.sqrt(2 * math.pi)), np.float32)


def detect_segments(
    pixels: NDArray[np.uint8], body_px: Floats | None, radius_px: float
) -> Segments:
    """Find the straight edges of a photo (H, W, 3), without those along the body.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        RGB, upright.
    body_px : ndarray, shape (N, 2), optional
        Joints in pixels, along each limb in turn; a row of NaN starts a new limb.
    radius_px : float
        Pixels; edges closer than this to a limb are left out.
    """
    height, width = pixels.shape[:2]
    long_side = max(height, width)
    scale = min(1.0, WORK_LONG_PX / long_side)
    ends = _line_ends(pixels, scale) / long_side
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
    return Segments(*(part.astype(np.float32) for part in parts))


def _line_ends(pixels: NDArray[np.uint8], scale: float) -> Floats:
    """Run OpenCV's line detector on a reduced photo; x, y, x, y of each line, (N, 4), pixels.

    The detector is not mirror symmetric. It therefore always sees the mirror image whose right
    half is brighter, so that a photo and its mirror image have the same lines.
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    width = gray.shape[1]
    columns = cv2.reduce(gray, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel().astype(np.int64)
    # Whole numbers, so that the mirror image has exactly the opposite moment.
    mirrored = int(columns @ np.arange(1 - width, width, 2)) < 0
    if mirrored:
        gray = cv2.flip(gray, 1)
    gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # OpenCV returns None if there is no line at all, contrary to its type stub.
    found: Any = _detector().detect(gray)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64) / scale
    return ends * [-1, 1, -1, 1] + [width, 0, width, 0] if mirrored else ends


def _detector() -> cv2.LineSegmentDetector:
    """Return the line detector of this thread; to create one takes a fifth of its run time."""
    if not hasattr(_OWN, "detector"):
        _OWN.detector = cv2.createLineSegmentDetector()
    return cast("cv2.LineSegmentDetector", _OWN.detector)


def _near_body(points: Floats, joints: Floats, radius: float) -> NDArray[np.bool_]:
    """Which of `points` (N, 2) lie within `radius` of a limb of `joints` (M, 2), NaN = gap."""
    bone = np.isfinite(np.diff(joints, axis=0)).all(axis=1)
    start, step = joints[:-1][bone], np.diff(joints, axis=0)[bone]
    offset = points[:, None] - start
    share = np.clip((offset * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-12), 0, 1)
    gap = offset - share[..., None] * step
    near: NDArray[np.bool_] = (np.hypot(gap[..., 0], gap[..., 1]) < radius).any(axis=1)
    return near
