"""Posterior over the camera's roll, pitch and yaw, given the straight edges of a room.

Angles are degrees unless a name says otherwise; image coordinates as in :mod:`vision.edges`.
The camera is a pinhole whose axis meets the centre of the photo: uncropped, no lens distortion.

Edges of a room come in three bundles, each with a vanishing point that roll, pitch, yaw and focal
length fix: plumb lines, lines along the table and the wall behind it, lines in depth. Every
segment votes through a mixture of the bundles and an outlier share, so slanted objects have little
influence. The spread of the votes over a grid of cameras is the uncertainty. Plumb lines alone
determine roll and pitch / focal length. Lines along the table also tilt with the yaw, and are never
used without it.

:mod:`vision.window` determines the position of the grid: around level, or around the tilt, after
the edges were rotated back by it.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision.edges import Floats, Kind, Segments, Votes
from vision.window import (
    PITCH_MEAN_DEG,
    PITCH_SD_DEG,
    TEMPER,
    WINDOW_HALF_DEG,
    Window,
    grid,
    log_normal,
    log_roll_prior,
)

# Priors; for roll and pitch, see vision.window.
YAW_SD_DEG: Final = 14.0  # what people consider "from the side"
FOCALS: Final = (0.68, 0.85, 1.05, 1.3, 1.6, 1.95)  # long sides: 24 to 70 mm equivalent
FINE_FOCALS: Final = 25  # number of values in the same range if the pitch is known
# Segments, by their angle from the vertical once the window's roll is taken off.
STEEP: Final = Kind(0.0, 25.0, 32, 0.75, 0.10)
FLAT: Final = Kind(55.0, 90.0, 26, 0.80, 0.15)
OTHER: Final = Kind(25.0, 55.0, 8, 0.0, 0.30)
# The window's grids: half width and step.
ROLL_GRID_DEG: Final = (WINDOW_HALF_DEG, 0.5)
Q_GRID: Final = (0.6, 0.03)  # q = tan(pitch) / focal length in long sides: 22 deg at 24 mm
YAW_GRID_DEG: Final = (40.0, 10 / 3)
PRUNE_NATS: Final = 9.0  # cells whose bound is this far below the best are skipped
MAX_CELLS: Final = 2000  # bounds the run time
MAX_EDGE_MASS: Final = 0.02  # mass in the outermost cells of roll or q: the window is too small


class Moments(NamedTuple):
    """Estimate of an angle, degrees."""

    mean: float
    sd: float


class Known(NamedTuple):
    """Prior knowledge of the camera, apart from the edges; degrees."""

    roll: float
    roll_sd: float
    pitch: float | None
    pitch_sd: float


class _Grid(NamedTuple):
    """Grid of candidate cameras; degrees."""

    centre_deg: float
    roll: Floats  # (R,), around the centre
    q: Floats  # (Q,)
    log_prior: Floats  # (R,), of the roll


class Reading(NamedTuple):
    """Estimate of the camera from the edges."""

    roll: Moments
    pitch: Moments
    yaw: Moments
    support: float  # segments that fit a bundle at the best camera, weighted by their fit
    plumb: float  # of these, segments that may be plumb lines
    contained: bool  # whether the grid contains the camera; otherwise the moments are meaningless


class _Bundle(NamedTuple):
    """Vanishing points (x, y) / z of parallel lines, for many cameras; shapes broadcast."""

    x: Votes
    y: Votes
    z: Votes

    @classmethod
    def of(cls, x: Floats, y: Floats, z: Floats) -> "_Bundle":
        """Convert to single precision, which is twice as fast."""
        return cls(x.astype(np.float32), y.astype(np.float32), z.astype(np.float32))

    @classmethod
    def seen(cls, roll: Floats, pitch: Floats, focal: Floats, heading: Floats) -> "_Bundle":
        """See lines at `heading` (Y,) from the photo's right; camera (C, 1); rad, long sides."""
        side, ahead = np.cos(heading), np.sin(heading)
        down = np.sin(pitch) * ahead
        x = focal * (np.cos(roll) * side + np.sin(roll) * down)
        y = focal * (np.cos(roll) * down - np.sin(roll) * side)
        return cls.of(x, y, np.cos(pitch) * ahead)

    def at(self, camera: np.intp, yaw: np.intp) -> "_Bundle":
        """Return the vanishing point of one camera (C) and yaw (Y)."""
        shape = np.broadcast_shapes(self.x.shape, self.y.shape, self.z.shape)
        picked = (min(int(camera), shape[0] - 1), min(int(yaw), shape[1] - 1))
        return _Bundle(*(np.broadcast_to(part, shape)[picked] for part in self))

    def density(self, segments: Segments, n: int) -> Votes:
        """Density (per deg) of the direction of segment `n`, for each camera."""
        (mid_x, mid_y), (along_x, along_y) = segments.mid[n], segments.along[n]
        x, y = self.x - self.z * mid_x, self.y - self.z * mid_y
        cross = along_x * y - along_y * x
        square = cross * cross / (x * x + y * y + np.float32(1e-12))
        weight = np.float32(-0.5 / math.radians(segments.sigma[n]) ** 2)
        found: Votes = segments.peak(n) * np.exp(square * weight)
        return found


def read_camera(segments: Segments, focals: Floats, prior_sd_deg: float, window: Window) -> Reading:
    """Roll, pitch and yaw given the segments, from a grid in the window."""
    roll, q = grid(ROLL_GRID_DEG), grid(Q_GRID) + window.q
    prior = log_roll_prior(roll + window.roll_deg, prior_sd_deg)
    return _read_grid(segments, focals, _Grid(window.roll_deg, roll, q, prior))


def read_pinned(segments: Segments, focals: Floats, known: Known, window: Window) -> Reading:
    """Pitch and yaw given the segments, for a camera whose roll, at least, is known."""
    roll = grid((3 * known.roll_sd, known.roll_sd / 2))
    q = grid(Q_GRID) + window.q
    if known.pitch is not None:
        if len(focals) > 1:  # with a known pitch, the edges also determine the focal length
            focals = np.geomspace(focals.min(), focals.max(), FINE_FOCALS)
        reach = math.radians(3 * known.pitch_sd)
        ends = np.tan(math.radians(known.pitch) + np.array([[-reach], [reach]])) / focals
        q = np.linspace(ends.min(), ends.max(), len(q))
    prior = log_normal(roll, known.roll_sd)
    return _read_grid(segments, focals, _Grid(known.roll, roll, q, prior), known)


def _read_grid(
    segments: Segments, focals: Floats, tried: _Grid, known: Known | None = None
) -> Reading:
    segments = segments.turned(-tried.centre_deg)
    roll, q, yaw = tried.roll, tried.q, grid(YAW_GRID_DEG)
    slope = q[:, None] * focals
    pitch = np.degrees(np.arctan(slope))
    # Steps of q are not equally wide in pitch: the last term is log(d pitch / d q).
    prior = log_normal(pitch - PITCH_MEAN_DEG, PITCH_SD_DEG) + np.log(focals / (1 + slope**2))
    if known is not None and known.pitch is not None:
        prior += log_normal(pitch - known.pitch, known.pitch_sd)
    prior = tried.log_prior[:, None, None] + prior
    # A plumb line at (x, y) runs along (sin roll + q x, cos roll + q y): no focal length in it.
    turn = np.radians(roll)[:, None]
    plumb = _Bundle.of(np.sin(turn), np.cos(turn), -q)
    kinds = [(segments.pick(kind), kind) for kind in (STEEP, FLAT, OTHER)]
    r, k, f = _promising(_votes(*kinds[0], plumb, None)[..., None] + prior)
    camera = (turn[r], np.arctan(slope[k, f])[:, None], focals[f, None])
    depth = _Bundle.seen(*camera, np.radians(yaw + 90))
    table = _Bundle.seen(*camera, np.radians(yaw))
    own = (_Bundle(plumb.x[r], plumb.y[r], plumb.z[k, None]), table, table)
    joint = prior[r, k, f][:, None] + log_normal(yaw, YAW_SD_DEG)
    for (picked, kind), bundle in zip(kinds, own, strict=True):
        joint += _votes(picked, kind, bundle, depth)
    weight = np.exp(joint - joint.max())
    cell = weight.sum(axis=1)
    best = np.unravel_index(int(np.argmax(weight)), weight.shape)
    at_edge = (np.abs(roll[r]) > roll[-2]) | (k < 1) | (k > len(q) - 2)
    fits = [
        _support(picked, kind, bundle.at(*best), depth.at(*best))
        for (picked, kind), bundle in zip(kinds, own, strict=True)
    ]
    return Reading(
        _moments(roll[r] + tried.centre_deg, cell),
        _moments(pitch[k, f], cell),
        _moments(yaw, weight.sum(axis=0)),
        sum(fits),
        fits[0],
        float(cell[at_edge].sum()) <= MAX_EDGE_MASS * float(cell.sum()),
    )


def _promising(score: Floats) -> tuple[NDArray[np.intp], ...]:
    """Find the cells of `score` (R, Q, F), an upper bound, worth trying with every yaw."""
    best = np.sort(score, axis=None)[::-1]
    return np.nonzero(score >= max(best[0] - PRUNE_NATS, best[min(MAX_CELLS, best.size) - 1]))


def _votes(segments: Segments, kind: Kind, own: _Bundle, depth: _Bundle | None) -> Floats:
    """Log likelihood of segments whose main bundle is `own`, for each camera.

    Without `depth`, an upper bound, as if each segment could lie exactly in depth.
    """
    total = np.zeros(1)
    for n, inlier in enumerate(segments.inlier):
        deep = segments.peak(n) if depth is None else depth.density(segments, n)
        bundled = kind.own * own.density(segments, n) + kind.depth * deep
        total = total + np.log(inlier * bundled + _stray(kind, inlier))
    return TEMPER * total


def _stray(kind: Kind, inlier: np.float32) -> np.float32:
    """Density (per deg) of a segment of that kind that belongs to no bundle."""
    return (1 - (kind.own + kind.depth) * inlier) / np.float32(2 * (kind.high - kind.low))


def _support(segments: Segments, kind: Kind, own: _Bundle, depth: _Bundle) -> float:
    """Count the segments expected in a bundle, for one camera."""
    total = 0.0
    for n, inlier in enumerate(segments.inlier):
        bundled = kind.own * own.density(segments, n) + kind.depth * depth.density(segments, n)
        total += float(inlier * bundled / (inlier * bundled + _stray(kind, inlier)))
    return total


def _moments(angle: Floats, weight: Floats) -> Moments:
    """Moments of `angle` (N,) under `weight` (N,), of any scale."""
    mean = float(np.average(angle, weights=weight))
    return Moments(mean, math.sqrt(float(np.average((angle - mean) ** 2, weights=weight))))
