"""Features of a supine body, for the two learned steps that follow.

Body frame: origin at the tested knee, x from head to feet, y up, the thigh as unit length,
levelled by the camera's roll. Left and right are replaced by *tested* and *other* leg, so a
photo and its mirror image have the same features.
"""

import math
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.level import Level
from vision.photo import Photo
from vision.pose import MIRRORED_ORDER, Landmark
from vision.sides import Side
from vision.view import Body

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8] | NDArray[np.float32]

PATCH_LEFT: Final = -1.3
PATCH_RIGHT: Final = 1.5
PATCH_BOTTOM: Final = -1.0
PATCH_TOP: Final = 1.24
"""Borders of the patch around a limb, in limb lengths: x along it, y up, origin at its proximal
end."""
SILHOUETTE_PX: Final = (280, 224)
"""Size of a resampled silhouette: 100 pixels per limb length."""
EDGES_PX: Final = (160, 128)
"""Size of the resampled photo for edge histograms."""
CELL_PX: Final = 16
ORIENTATIONS: Final = 9
"""Cells and orientation bins of the edge histograms."""
MAX_HALF_WIDTH: Final = 0.45
"""Largest distance from a limb's axis at which its outline is searched, limb lengths."""
THIGH_STATIONS: Final = tuple(np.linspace(0.0, 1.0, 11))
SHANK_STATIONS: Final = tuple(np.linspace(0.1, 1.0, 10))
"""Stations along a limb at which its outline is sampled, 0 = proximal joint, 1 = distal joint."""
DEPTHS: Final = slice(13, 15)
"""Indices in ``landmark_features``: depth between the knees, and from knee to ankle."""
HEAD: Final = slice(23, 27)
"""Indices of nose and ears."""
MIDLINE_STATIONS: Final = (0.25, 0.9)
"""Stations between which the outline belongs to the shank: neither knee nor shoe."""
MAX_SHANK_HALF_WIDTH: Final = 0.25
"""An outline farther from the axis does not belong to the shank, limb lengths."""


def canonical_points(body: Body, head_towards: Side) -> Floats:
    """Return the median landmarks over the passes, shape (33, 3), pixels.

    x points from head to feet, y up, z is the model's depth. The tested leg always has the indices
    of the left leg.
    """
    to_feet = 1.0 if head_towards == "left" else -1.0
    rows = []
    for person, label in zip(body.people, body.labels, strict=True):
        points = np.column_stack((person.points_px, person.depth_px))
        rows.append(points if label == "left" else points[MIRRORED_ORDER])
    return np.asarray(np.median(rows, axis=0) * np.array([to_feet, -1.0, 1.0]))


def landmark_features(body: Body, head_towards: Side, level: Level) -> Floats:
    """Return posture features from the landmarks, shape (N,), unitless or degrees / 10."""
    points = canonical_points(body, head_towards)
    to_feet = 1.0 if head_towards == "left" else -1.0
    points = _turned(points, -to_feet * level.roll_deg)
    hip, knee, ankle = (
        points[i] for i in (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)
    )
    unit = float(np.linalg.norm((knee - hip)[:2]))
    at = (points - knee) / unit
    mid_hip = (at[Landmark.LEFT_HIP] + at[Landmark.RIGHT_HIP]) / 2
    mid_shoulder = (at[Landmark.LEFT_SHOULDER] + at[Landmark.RIGHT_SHOULDER]) / 2
    trunk = mid_hip - mid_shoulder
    thigh_deg, shank_deg = _direction(knee - hip), _direction(ankle - knee)
    foot = at[Landmark.LEFT_FOOT] - at[Landmark.LEFT_ANKLE]
    heel = at[Landmark.LEFT_HEEL] - at[Landmark.LEFT_ANKLE]
    hugged = at[Landmark.RIGHT_KNEE] - at[Landmark.RIGHT_HIP]
    hips = at[Landmark.RIGHT_HIP] - at[Landmark.LEFT_HIP]
    shoulders = at[Landmark.RIGHT_SHOULDER] - at[Landmark.LEFT_SHOULDER]
    return np.array(
        [
            thigh_deg / 10,
            (thigh_deg - shank_deg) / 10,
            _direction(-mid_hip) / 10,
            *hips,
            *shoulders,
            *trunk[:2],
            float(np.linalg.norm(trunk[:2])),
            float(np.linalg.norm(at[Landmark.LEFT_ANKLE][:2])),
            at[Landmark.RIGHT_KNEE][2] - at[Landmark.LEFT_KNEE][2],
            at[Landmark.LEFT_ANKLE][2],
            *hugged[:2],
            *at[Landmark.RIGHT_ANKLE][:2],
            *foot[:2],
            *heel[:2],
            *(at[Landmark.NOSE] - mid_shoulder)[:2],
            *(at[Landmark.LEFT_EAR] - at[Landmark.RIGHT_EAR])[:2],
            *at[Landmark.LEFT_WRIST][:2],
            *at[Landmark.RIGHT_WRIST][:2],
        ]
    )


def silhouette_features(photo: Photo, body: Body, head_towards: Side) -> Floats | None:
    """Sample the outline of thigh and shank from the mean silhouette, shape (N,).

    For each station along the limb: the distance from the axis up and down to the outline, in
    limb lengths, at most ``MAX_HALF_WIDTH``. None if the estimator gives no silhouettes.
    """
    masks = [person.silhouette for person in body.people if person.silhouette is not None]
    if not masks:
        return None
    height, width = masks[0].shape
    scale = np.array([width / photo.width_px, height / photo.height_px])
    hip, knee, ankle = np.median(body.tested_px, axis=0) * scale
    outlines = []
    for start, end, stations in ((hip, knee, THIGH_STATIONS), (knee, ankle, SHANK_STATIONS)):
        # Only the surroundings of the limb are averaged: a fifth of the time.
        limbs = [_around_limb(one, start, end, head_towards, SILHOUETTE_PX) for one in masks]
        mean = np.asarray(np.mean(limbs, axis=0, dtype=np.float32))
        outlines.append(_outline(mean, stations))
    return np.concatenate(outlines)


def hip_offset(landmarks: Floats) -> float:
    """Return the change of the thigh angle if measured from mid-hip, degrees / 10."""
    return float(landmarks[2] - landmarks[0])


def shank_midline(silhouette: Floats) -> Floats:
    """Fit a line to the centre line of the shank's outline, shape (2,).

    Parameters
    ----------
    silhouette : ndarray
        As returned by :func:`silhouette_features`.

    Returns
    -------
    ndarray, shape (2,)
        Offset from the line knee → ankle at the middle of the stations, + up, limb lengths; slope
        relative to that line, limb lengths per limb length.
    """
    widths = silhouette[-2 * len(SHANK_STATIONS) :].reshape(-1, 2)
    up, down = np.minimum(widths, MAX_SHANK_HALF_WIDTH).T
    stations = np.array(SHANK_STATIONS)
    kept = (stations >= MIDLINE_STATIONS[0]) & (stations <= MIDLINE_STATIONS[1])
    along, middle = stations[kept] - stations[kept].mean(), (up - down)[kept] / 2
    return np.array([middle.mean(), along @ middle / (along @ along)])


def edge_features(photo: Photo, body: Body, head_towards: Side) -> Floats:
    """Return histograms of oriented gradients around the hip, shape (N,).

    Dalal & Triggs 2005, with colour gradients and 3 × 3 block normalisation. They show which thigh
    is in front of the other.
    """
    hip, knee = np.median(body.tested_px, axis=0)[:2]
    # Reduce first, so that the patch is neither aliased nor sharper than the training photos.
    wanted = EDGES_PX[0] / (PATCH_RIGHT - PATCH_LEFT)
    factor = min(1.0, wanted / float(np.linalg.norm(knee - hip)))
    small = cv2.resize(photo.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    scale = np.array([small.shape[1] / photo.width_px, small.shape[0] / photo.height_px])
    patch = _around_limb(
        np.asarray(small, np.uint8), hip * scale, knee * scale, head_towards, EDGES_PX
    )
    return _edge_histograms(np.asarray(patch, np.uint8))


def _turned(points: Floats, degrees: float) -> Floats:
    """Rotate (N, 3) points in the x–y plane, counter-clockwise with y up."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned = points.copy()
    turned[:, 0] = c * points[:, 0] - s * points[:, 1]
    turned[:, 1] = s * points[:, 0] + c * points[:, 1]
    return turned


def _direction(vector: Floats) -> float:
    return math.degrees(math.atan2(float(vector[1]), float(vector[0])))


def _around_limb(
    picture: Picture,
    start: Floats,
    end: Floats,
    head_towards: Side,
    size: tuple[int, int],
) -> Picture:
    """Resample a picture so that the limb runs to the right and the ceiling side is up."""
    limb = end - start
    up = np.array([limb[1], -limb[0]]) * (1.0 if head_towards == "left" else -1.0)
    width, height = size
    step_x = limb * (PATCH_RIGHT - PATCH_LEFT) / width
    step_y = -up * (PATCH_TOP - PATCH_BOTTOM) / height
    # Half steps: the centre of a pixel is at its index plus one half, in both pictures.
    origin = start + limb * PATCH_LEFT + up * PATCH_TOP + (step_x + step_y) / 2 - 0.5
    matrix = np.column_stack((step_x, step_y, origin))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped: Any = cv2.warpAffine(
        picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return cast("Picture", warped)


def _outline(mask: Picture, stations: tuple[float, ...]) -> Floats:
    """Distances from the axis up and down to the silhouette's outline, limb lengths."""
    per_unit = mask.shape[1] / (PATCH_RIGHT - PATCH_LEFT)
    axis_row = round(PATCH_TOP * per_unit - 0.5)
    reach = round(MAX_HALF_WIDTH * per_unit)
    columns = [round((station - PATCH_LEFT) * per_unit - 0.5) for station in stations]
    values = np.asarray(mask, np.float64)[:, columns]
    ups = values[axis_row - reach : axis_row + 1][::-1]
    downs = values[axis_row : axis_row + reach + 1]
    distances = [_first_below_half(side, reach) / per_unit for side in (ups, downs)]
    return np.column_stack(distances).ravel()


def _first_below_half(values: Floats, reach: int) -> Floats:
    """Row, with a linear fraction, at which each column first falls below one half."""
    below = values < 0.5
    row = np.where(below.any(axis=0), below.argmax(axis=0), reach)
    columns = np.arange(values.shape[1])
    here, before = values[row, columns], values[np.maximum(row - 1, 0), columns]
    fraction = np.where(before > here, (before - 0.5) / np.maximum(before - here, 1e-9), 1.0)
    found = below.any(axis=0) & (row > 0)
    return np.where(found, row - 1 + np.clip(fraction, 0, 1), row).astype(np.float64)


def _edge_histograms(patch: NDArray[np.uint8]) -> Floats:
    lab = cv2.cvtColor(patch, cv2.COLOR_RGB2LAB).astype(np.float32)
    along_x, along_y = cv2.Sobel(lab, cv2.CV_32F, 1, 0), cv2.Sobel(lab, cv2.CV_32F, 0, 1)
    strongest = np.hypot(along_x, along_y).argmax(axis=2)[..., None]
    x = np.take_along_axis(along_x, strongest, 2)[..., 0]
    y = np.take_along_axis(along_y, strongest, 2)[..., 0]
    strength = np.hypot(x, y)
    position = (np.degrees(np.arctan2(y, x)) % 180) / 180 * ORIENTATIONS
    lower = np.floor(position)
    share = position - lower
    rows, columns = patch.shape[0] // CELL_PX, patch.shape[1] // CELL_PX
    cell = np.add.outer(
        np.arange(patch.shape[0]) // CELL_PX * columns, np.arange(patch.shape[1]) // CELL_PX
    )
    bins = np.stack((lower, lower + 1)).astype(int) % ORIENTATIONS + cell * ORIENTATIONS
    votes = np.stack((strength * (1 - share), strength * share))
    cells = np.bincount(bins.ravel(), votes.ravel(), rows * columns * ORIENTATIONS)
    cells = cells.reshape(rows, columns, ORIENTATIONS)
    energy = np.sqrt((cells**2).sum(axis=2)).astype(np.float32)
    # The constant prevents noise in flat cells from being amplified to full contrast.
    around = cv2.blur(energy, (3, 3)) + 20.0
    return np.asarray(np.clip(cells / around[..., None], 0.0, 0.6).ravel())
