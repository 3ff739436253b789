"""Which cameras the straight edges of a room allow: a posterior over roll, pitch and yaw.

Angles are degrees unless a name says otherwise; image coordinates as in :mod:`vision.edges`.
The camera is a pinhole whose axis meets the centre of the photo: uncropped, no lens distortion.

Edges of a room come in three bundles, each with a vanishing point that roll, pitch, yaw and focal
length fix: plumb lines, lines along the table and the wall behind it, lines in depth. Every
segment votes through a mixture of the bundles and an outlier share, so leaning things cost
little. The spread of the votes over a grid of cameras is the uncertainty. Plumb lines alone fix
roll and pitch / focal length; lines along the table tilt with the yaw too: never read without it.

A coarse vote over all rolls comes first and says where the grid's window lies: ordinary photos
are read around level, a tilted one after its edges were turned back by the tilt.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision.edges import Floats, Kind, Segments, Votes

# What is known before looking.
TAIL_SHARE: Final = 0.3  # share of photos held carelessly, whose roll has an SD ...
TAIL_RATIO: Final = 3.0  # ... this many times that of the others
TILTED_SHARE: Final = 0.01  # share of photos held askew on purpose or by mistake, with ...
TILTED_SD_DEG: Final = 12.0  # ... any roll a hand gives: together 1.92 RMS, as ordinary photos
PITCH_MEAN_DEG: Final = -3.0  # cameras look slightly down on the table
PITCH_SD_DEG: Final = 7.0
YAW_SD_DEG: Final = 14.0  # what people take for "from the side"
FOCALS: Final = (0.68, 0.85, 1.05, 1.3, 1.6, 1.95)  # long sides: 24 to 70 mm equivalent
# Segments, by their angle from the vertical once the window's roll is taken off.
STEEP: Final = Kind(0.0, 25.0, 32, 0.75, 0.10)
FLAT: Final = Kind(55.0, 90.0, 26, 0.80, 0.15)
OTHER: Final = Kind(25.0, 55.0, 8, 0.0, 0.30)
TEMPER: Final = 0.6  # votes per segment: the two sides of one edge are not independent
# The coarse vote.
COARSE_ROLL_DEG: Final = (45.0, 1.5)  # half width and step
COARSE_Q: Final = (1.05, 0.15)
COARSE_MOST: Final = 60  # segments, the longest
COARSE_OWN: Final = (0.4, 0.4)  # shares of the straight ones: plumb, along the table
COARSE_SIGMA_DEG: Final = (1.5, 4.0)  # blur: the grid's step; table lines tilt with the yaw
NEAR_LEVEL_DEG: Final = 7.5  # coarse rolls up to here are read in the window around level
NEAR_LEVEL_Q: Final = 0.3
# The window's grids: half width and step.
ROLL_GRID_DEG: Final = (15.0, 0.5)
Q_GRID: Final = (0.6, 0.03)  # q = tan(pitch) / focal length in long sides: 22 deg at 24 mm
YAW_GRID_DEG: Final = (40.0, 10 / 3)
PRUNE_NATS: Final = 9.0  # cells whose bound is this far below the best are not looked at
MAX_CELLS: Final = 2000  # bounds the run time
MAX_EDGE_MASS: Final = 0.02  # mass in the outermost cells of roll or q: the window is too small
MAX_FAR_MASS: Final = 0.05  # mass of the coarse vote outside the window: another reading
MAX_LEVEL_NATS: Final = 2.0  # edges that fit a tilted camera better than a level one by 7 : 1


class Moments(NamedTuple):
    """Estimate of an angle, degrees."""

    mean: float
    sd: float


class Window(NamedTuple):
    """Where the fine grid lies, and what the coarse vote knows besides."""

    roll_deg: float  # centre
    q: float  # centre
    away_deg: float  # RMS distance of other readings worth their weight; 0: there are none
    tilt_deg: float  # RMS roll by the edges alone, if they contradict a level camera; or else 0

    @property
    def mirrored(self) -> "Window":
        """The same for the mirrored photo."""
        return self._replace(roll_deg=-self.roll_deg)


class Reading(NamedTuple):
    """What the edges say of the camera."""

    roll: Moments
    pitch: Moments
    yaw: Moments
    support: float  # segments that fit a bundle at the best camera, weighed by how well
    contained: bool  # whether the grid holds the camera; otherwise the moments mean little


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


def find_window(segments: Segments, prior_sd_deg: float) -> Window:
    """Vote coarsely over every roll and pitch, the yaw left open.

    Plumb lines and, less exactly, lines square to them vote; a photo near level keeps the window
    around level, so that it is read as finely as ever.
    """
    roll, q = _grid(COARSE_ROLL_DEG), _grid(COARSE_Q)
    index = np.argsort(-segments.length)[:COARSE_MOST]
    found = Segments(*(part[index] for part in segments))
    turn = np.radians(roll)[:, None]
    plumb = _Bundle.of(np.sin(turn), np.cos(turn), -q)
    x = plumb.x - plumb.z * found.mid[:, 0, None, None]  # (N, R, Q)
    y = plumb.y - plumb.z * found.mid[:, 1, None, None]
    along_x, along_y = found.along[:, 0, None, None], found.along[:, 1, None, None]
    sine = (along_x * y - along_y * x) / np.sqrt(x * x + y * y)
    stray = np.float32(1 / 180)
    odds = np.full(sine.shape, 1 - sum(COARSE_OWN), np.float32) * stray
    for share, blur, square in (
        (COARSE_OWN[0], COARSE_SIGMA_DEG[0], sine * sine),
        (COARSE_OWN[1], COARSE_SIGMA_DEG[1], 1 - sine * sine),
    ):
        sigma = np.hypot(found.sigma, np.float32(blur))[:, None, None]
        peak = np.float32(share / math.sqrt(2 * math.pi)) / sigma
        odds += peak * np.exp(square * (-0.5 / np.radians(sigma) ** 2))
    inlier = found.inlier[:, None, None]
    score = TEMPER * np.log(inlier * odds + (1 - inlier) * stray).sum(axis=0, dtype=np.float64)
    score += _log_normal(np.degrees(np.arctan(q)) - PITCH_MEAN_DEG, PITCH_SD_DEG)
    return _window(roll, q, score, prior_sd_deg)


def _window(roll: Floats, q: Floats, score: Floats, prior_sd_deg: float) -> Window:
    """Window around the best of a coarse vote: log likelihood `score` (R, Q)."""
    weight = _normalised(score + log_roll_prior(roll, prior_sd_deg)[:, None])
    by_roll, by_q = weight.sum(axis=1), weight.sum(axis=0)
    best_roll, best_q = float(roll[np.argmax(by_roll)]), float(q[np.argmax(by_q)])
    centre = best_roll if abs(best_roll) > NEAR_LEVEL_DEG else 0.0
    far = by_roll * (np.abs(roll - centre) > ROLL_GRID_DEG[0])
    away = math.sqrt(float(far @ (roll - centre) ** 2)) if far.sum() > MAX_FAR_MASS else 0.0
    edges = _normalised(score).sum(axis=1)
    level = np.abs(roll) <= 2 * prior_sd_deg
    contradicted = math.log(edges.max() / edges[level].max()) > MAX_LEVEL_NATS
    tilt = math.sqrt(float(edges @ roll**2)) if contradicted else 0.0
    return Window(centre, best_q if abs(best_q) > NEAR_LEVEL_Q else 0.0, away, tilt)


def read_camera(segments: Segments, focals: Floats, prior_sd_deg: float, window: Window) -> Reading:
    """Roll, pitch and yaw given the segments, from a grid in the window."""
    segments = segments.turned(-window.roll_deg)
    roll, q, yaw = _grid(ROLL_GRID_DEG), _grid(Q_GRID) + window.q, _grid(YAW_GRID_DEG)
    slope = q[:, None] * focals
    pitch = np.degrees(np.arctan(slope))
    # Steps of q are not equally wide in pitch: the last term is log(d pitch / d q).
    prior = _log_normal(pitch - PITCH_MEAN_DEG, PITCH_SD_DEG) + np.log(focals / (1 + slope**2))
    prior = log_roll_prior(roll + window.roll_deg, prior_sd_deg)[:, None, None] + prior
    # A plumb line at (x, y) runs along (sin roll + q x, cos roll + q y): no focal length in it.
    turn = np.radians(roll)[:, None]
    plumb = _Bundle.of(np.sin(turn), np.cos(turn), -q)
    kinds = [(segments.pick(kind), kind) for kind in (STEEP, FLAT, OTHER)]
    r, k, f = _promising(_votes(*kinds[0], plumb, None)[..., None] + prior)
    plumb = _Bundle(plumb.x[r], plumb.y[r], plumb.z[k, None])
    camera = (turn[r], np.arctan(slope[k, f])[:, None], focals[f, None])
    table = _Bundle.seen(*camera, np.radians(yaw))
    depth = _Bundle.seen(*camera, np.radians(yaw + 90))
    joint = prior[r, k, f][:, None] + _log_normal(yaw, YAW_SD_DEG)
    for (picked, kind), own in zip(kinds, (plumb, table, table), strict=True):
        joint += _votes(picked, kind, own, depth)
    weight = np.exp(joint - joint.max())
    cell = weight.sum(axis=1)
    best = np.unravel_index(int(np.argmax(weight)), weight.shape)
    at_edge = (np.abs(roll[r]) > roll[-2]) | (k < 1) | (k > len(q) - 2)
    return Reading(
        _moments(roll[r] + window.roll_deg, cell),
        _moments(pitch[k, f], cell),
        _moments(yaw, weight.sum(axis=0)),
        sum(
            _support(picked, kind, own.at(*best), depth.at(*best))
            for (picked, kind), own in zip(kinds, (plumb, table, table), strict=True)
        ),
        float(cell[at_edge].sum()) <= MAX_EDGE_MASS * float(cell.sum()),
    )


def _grid(extent: tuple[float, float]) -> Floats:
    """Evenly spaced values around 0, by half width and step."""
    half, step = extent
    return np.linspace(-half, half, 2 * round(half / step) + 1)


def _normalised(log_weight: Floats) -> Floats:
    weight = np.exp(log_weight - log_weight.max())
    shares: Floats = weight / weight.sum()
    return shares


def _promising(score: Floats) -> tuple[NDArray[np.intp], ...]:
    """Find the cells of `score` (R, Q, F), an upper bound, worth trying with every yaw."""
    best = np.sort(score, axis=None)[::-1]
    return np.nonzero(score >= max(best[0] - PRUNE_NATS, best[min(MAX_CELLS, best.size) - 1]))


def _votes(segments: Segments, kind: Kind, own: _Bundle, depth: _Bundle | None) -> Floats:
    """Log likelihood of segments whose main bundle is `own`, for each camera.

    Without `depth` an upper bound: as if each could lie exactly in depth.
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


def _log_normal(x: Floats, sd: float) -> Floats:
    """Log density of a centred normal, up to a constant."""
    return -0.5 * (x / sd) ** 2 - math.log(sd)


def log_roll_prior(roll: Floats, sd: float) -> Floats:
    """Log prior of the roll (deg) with standard deviation `sd`: mostly careful, not always.

    A hundredth of photos is held askew; without them the SD is that of the rest.
    """
    rest = math.sqrt(max(sd**2 - TILTED_SHARE * TILTED_SD_DEG**2, 0.25 * sd**2))
    careful_sd = rest / math.sqrt(1 + TAIL_SHARE * (TAIL_RATIO**2 - 1))
    shares = (
        ((1 - TAIL_SHARE) * (1 - TILTED_SHARE), careful_sd),
        (TAIL_SHARE * (1 - TILTED_SHARE), TAIL_RATIO * careful_sd),
        (TILTED_SHARE, TILTED_SD_DEG),
    )
    terms = [math.log(share) + _log_normal(roll, wide) for share, wide in shares]
    prior: Floats = np.logaddexp.reduce(terms, axis=0)
    return prior
