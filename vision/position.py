"""Decide whether a body is in the test position, from the sum of its cues.

The cues and their limits are defined in :mod:`vision.cues`. Here they are evaluated in every pass,
the median counts, and the sum of the evidence against a Thomas Test decides.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from vision.cues import CUES, Cue, CueKind, Refusal
from vision.figure import Figure, Sighting, direction, figure_of

UPRIGHT_TRUNK_DEG: Final = 55.0
"""A person whose trunk is steeper than this sits or stands, whatever the camera's tilt, degrees."""
SITTING_THIGH_DEG: Final = 50.0
"""An upright person with a thigh within this angle of horizontal is sitting, degrees."""
STANDING_DROP: Final = 0.9
"""If both ankles are lower than this below the hips, trunk lengths, with straight knees, the person
stands, bent over or not (one hanging leg drops by at most 1.3, but never both)."""
STRAIGHT_KNEE_DEG: Final = 45.0
PASS_STRAIN: Final = 1.5
"""Strain of the cues from which on a single pass does not count as a Thomas Test."""
CLEAR_FOLD_DEG: Final = 105.0
CLEAR_KNEE_DEG: Final = 30.0
"""Angles of held thigh and tested knee from which on a turned photo clearly shows a Thomas Test,
degrees."""
SUPPORTED_KNEE_DEG: Final = 20.0
SUPPORTED_LINE_DEG: Final = 12.0
"""A leg straighter than the first angle, whose line from hip to ankle is within the second angle of
level or of the trunk's line, lies on the same surface as the body, degrees. A hanging shank points
down steeply (at least 10 in renders that obey gravity), so a knee straighter than 20 occurs only
with a thigh well below the horizontal."""
HEEL_KNEE_DEG: Final = 60.0
HEEL_TOES_DEG: Final = 62.0
HEEL_DROP: Final = (0.0, 0.33)
"""A leg bent by up to the first value, whose ankle is at the level of the underside of the back
(trunk lengths below the hip), rests on its heel if its toes point up by the last value: a hanging
foot droops (at most 60 in such renders)."""


def read_cues(sightings: Sequence[Sighting], roll_deg: float = 0.0) -> tuple[Cue, ...]:
    """Evaluate every cue of one person over all passes.

    Parameters
    ----------
    sightings : sequence of Sighting
        The same person, once per pass.
    roll_deg : float
        Camera roll, degrees, signed as in :mod:`vision.level`.

    Returns
    -------
    tuple of Cue
        One per row of ``CUES``, in that order; empty without sightings.
    """
    figures = [figure_of(one, roll_deg) for one in sightings]
    return tuple(_together(kind, figures) for kind in CUES) if figures else ()


def strain(cues: Sequence[Cue]) -> float:
    """Return the strain of the cues, ≥ 0; from 1 on, this is not a Thomas Test."""
    return sum(cue.excess for cue in cues)


def refused_for(cues: Sequence[Cue], most: float = 1.0) -> Refusal | None:
    """Return why the cues refuse a photo; None if their strain is below ``most``."""
    if strain(cues) < most:
        return None
    impossible = (cue for cue in cues if cue.excess >= 1.0)
    return next(impossible, max(cues, key=lambda cue: cue.excess)).kind.refusal


def posture(figure: Figure) -> Refusal | None:
    """Return why a figure is not in the test position, the most obvious reason first.

    Late cues may name the reason, but do not refuse here. A single pass is less accurate than the
    median of all, which decides in the end, so it is allowed a strain of ``PASS_STRAIN``.
    """
    standing = _upright(figure)
    if standing is not None:
        return standing
    cues = [Cue(kind, kind.read(figure)) for kind in CUES]
    if refused_for([cue for cue in cues if not cue.kind.late], PASS_STRAIN) is None:
        return None
    return refused_for(cues)


def doubt(figure: Figure) -> float:
    """Return the distance of a figure from the test position, to tell people apart."""
    steep = max(0.0, abs(figure.trunk_deg) - UPRIGHT_TRUNK_DEG)
    return steep + sum(kind.excess(kind.read(figure)) for kind in CUES)


def is_clear(sighting: Sighting, turned_deg: int) -> bool:
    """Return whether a photo, if turned, clearly shows a Thomas Test.

    Somebody who kneels on one knee, or stands and hugs the other, looks like a Thomas Test turned
    by 90°, except that the thigh is folded less, or the tested knee is straight.

    Parameters
    ----------
    sighting : Sighting
        In the turned photo.
    turned_deg : int
        How far it was turned; an upside-down person cannot be mistaken for anything else.
    """
    figure = figure_of(sighting)
    folded = figure.fold_deg[1] >= CLEAR_FOLD_DEG
    bent = figure.knees_deg[0] >= CLEAR_KNEE_DEG or turned_deg == 180
    return folded and bent and posture(figure) is None and doubt(figure) == 0.0


def leg_supported(sightings: Sequence[Sighting], roll_deg: float) -> bool:
    """Return whether the tested leg lies on the same surface as the body, instead of hanging."""
    figures = [figure_of(one, roll_deg) for one in sightings]
    if not figures:
        return False
    knee = float(np.median([one.knees_deg[0] for one in figures]))
    line = np.array([direction(one.legs[0, 2] - one.legs[0, 0]) for one in figures])
    trunk = np.array([one.trunk_deg for one in figures])
    level = min(abs(float(np.median(line))), abs(float(np.median(line - trunk))))
    if knee <= SUPPORTED_KNEE_DEG and level <= SUPPORTED_LINE_DEG:
        return True
    drop = float(np.median([one.legs[0, 0, 1] - one.legs[0, 2, 1] for one in figures]))
    toes = float(np.median([one.foot_deg for one in figures]))
    on_heel = toes >= HEEL_TOES_DEG and HEEL_DROP[0] <= drop <= HEEL_DROP[1]
    return on_heel and knee <= HEEL_KNEE_DEG


def _upright(figure: Figure) -> Refusal | None:
    """Return the posture of an upright or bent-over person; None for one who may be lying."""
    drop = -figure.legs[:, 2, 1]
    straight = max(abs(knee) for knee in figure.knees_deg) < STRAIGHT_KNEE_DEG
    if abs(figure.trunk_deg) > UPRIGHT_TRUNK_DEG:
        thigh_deg = direction(figure.legs[0, 1])
        level = min(abs(thigh_deg), abs(180 - abs(thigh_deg)))
        return "sitting" if level < SITTING_THIGH_DEG else "standing"
    return "standing" if straight and drop.min() > STANDING_DROP else None


def _together(kind: CueKind, figures: Sequence[Figure]) -> Cue:
    values = [value for one in figures if (value := kind.read(one)) is not None]
    known = 2 * len(values) > len(figures)
    return Cue(kind, _quantile(values, kind.quantile) if known else None)


def _quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile with linear interpolation, as ``np.quantile``, which is slow for few."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
