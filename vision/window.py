"""Find the window in which to search the camera, by a coarse vote over every roll and pitch.

Angles are degrees unless a name says otherwise; image coordinates as in :mod:`vision.edges`.
In ordinary photos, the camera is searched around level; in a tilted one, around the tilt for which
its edges vote; in a steep one, around its pitch.
"""

import math
from typing import Final, NamedTuple

import numpy as np

from vision.edges import Floats, Segments

# Priors.
TAIL_SHARE: Final = 0.3  # share of photos held carelessly, whose roll has an SD ...
TAIL_RATIO: Final = 3.0  # ... this many times that of the others
TILTED_SHARE: Final = 0.01  # share of photos held askew on purpose or by mistake, with ...
TILTED_SD_DEG: Final = (
    12.0  # ... any roll of a hand-held phone: together 1.92 RMS, as in ordinary photos
)
PITCH_MEAN_DEG: Final = -3.0  # cameras look slightly down on the table
PITCH_SD_DEG: Final = 7.0
TEMPER: Final = 0.6  # votes per segment: the two sides of one edge are not independent
# The vote.
COARSE_ROLL_DEG: Final = (45.0, 1.5)  # half width and step
COARSE_Q: Final = (1.05, 0.15)
COARSE_MOST: Final = 60  # segments, the longest
COARSE_OWN: Final = (0.4, 0.4)  # shares of the straight ones: plumb, along the table
COARSE_SIGMA_DEG: Final = (1.5, 4.0)  # blur: the grid's step; table lines tilt with the yaw
NEAR_LEVEL_DEG: Final = 7.5  # coarse rolls up to here are read in the window around level
NEAR_LEVEL_Q: Final = 0.3
WINDOW_HALF_DEG: Final = 15.0  # of roll
MAX_FAR_MASS: Final = 0.05  # mass of the coarse vote outside the window: another solution
MAX_LEVEL_NATS: Final = 2.0  # edges that fit a tilted camera better than a level one by 7 : 1


class Window(NamedTuple):
    """Position of the fine grid, and further results of the coarse vote."""

    roll_deg: float  # centre
    q: float  # centre
    away_deg: float  # RMS distance of other plausible solutions; 0 if there are none
    tilt_deg: float  # RMS roll from the edges alone, if they contradict a level camera; otherwise 0


def find_window(segments: Segments, prior_sd_deg: float) -> Window:
    """Vote coarsely over every roll and pitch, the yaw left open.

    Plumb lines vote, and with less weight lines perpendicular to them. A photo near level keeps the
    window around level, so that its resolution is unchanged.
    """
    roll, q = grid(COARSE_ROLL_DEG), grid(COARSE_Q)
    index = np.argsort(-segments.length)[:COARSE_MOST]
    found = Segments(*(part[index] for part in segments))
    turn = np.radians(roll)[:, None]
    # A plumb line at (x, y) runs along (sin roll + q x, cos roll + q y): (N, R, Q).
    x = (np.sin(turn) + q * found.mid[:, 0, None, None]).astype(np.float32)
    y = (np.cos(turn) + q * found.mid[:, 1, None, None]).astype(np.float32)
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
    score += log_normal(np.degrees(np.arctan(q)) - PITCH_MEAN_DEG, PITCH_SD_DEG)
    return _window(roll, q, score, prior_sd_deg)


def _window(roll: Floats, q: Floats, score: Floats, prior_sd_deg: float) -> Window:
    """Window around the best of a coarse vote: log likelihood `score` (R, Q)."""
    weight = _normalised(score + log_roll_prior(roll, prior_sd_deg)[:, None])
    by_roll, by_q = weight.sum(axis=1), weight.sum(axis=0)
    best_roll, best_q = float(roll[np.argmax(by_roll)]), float(q[np.argmax(by_q)])
    centre = best_roll if abs(best_roll) > NEAR_LEVEL_DEG else 0.0
    far = by_roll * (np.abs(roll - centre) > WINDOW_HALF_DEG)
    away = math.sqrt(float(far @ (roll - centre) ** 2)) if far.sum() > MAX_FAR_MASS else 0.0
    edges = _normalised(score).sum(axis=1)
    level = np.abs(roll) <= 2 * prior_sd_deg
    contradicted = math.log(edges.max() / edges[level].max()) > MAX_LEVEL_NATS
    tilt = math.sqrt(float(edges @ roll**2)) if contradicted else 0.0
    return Window(centre, best_q if abs(best_q) > NEAR_LEVEL_Q else 0.0, away, tilt)


def grid(extent: tuple[float, float]) -> Floats:
    """Evenly spaced values around 0, by half width and step."""
    half, step = extent
    return np.linspace(-half, half, 2 * round(half / step) + 1)


def _normalised(log_weight: Floats) -> Floats:
    weight = np.exp(log_weight - log_weight.max())
    shares: Floats = weight / weight.sum()
    return shares


def log_normal(x: Floats, sd: float) -> Floats:
    """Log density of a centred normal, up to a constant."""
    return -0.5 * (x / sd) ** 2 - math.log(sd)


def log_roll_prior(roll: Floats, sd: float) -> Floats:
    """Log prior of the roll (deg) with standard deviation `sd`: mostly careful, not always.

    One photo in a hundred is held askew; without these, the SD is that of the others.
    """
    rest = math.sqrt(max(sd**2 - TILTED_SHARE * TILTED_SD_DEG**2, 0.25 * sd**2))
    careful_sd = rest / math.sqrt(1 + TAIL_SHARE * (TAIL_RATIO**2 - 1))
    shares = (
        ((1 - TAIL_SHARE) * (1 - TILTED_SHARE), careful_sd),
        (TAIL_SHARE * (1 - TILTED_SHARE), TAIL_RATIO * careful_sd),
        (TILTED_SHARE, TILTED_SD_DEG),
    )
    terms = [math.log(share) + log_normal(roll, wide) for share, wide in shares]
    prior: Floats = np.logaddexp.reduce(terms, axis=0)
    return prior
