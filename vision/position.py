"""Is this the test position? The cues of one body, added up and put into words.

What each cue asks and where it ends stands in :mod:`vision.cues`. Here they are read in every
pass, the median counts, and the sum of what speaks against a Thomas Test decides.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from vision.cues import CUES, Cue, CueKind, Refusal
from vision.figure import Figure, Sighting, direction, figure_of

UPRIGHT_TRUNK_DEG: Final = 55.0
"""A trunk steeper than this in the picture sits or stands, whatever the camera's tilt, degrees."""
SITTING_THIGH_DEG: Final = 50.0
"""An upright person with a thigh closer than this to horizontal is sitting, degrees."""
STANDING_DROP: Final = 0.9
"""Both ankles lower than this under the hips, trunk lengths, with straight knees: the person
stands, bent over or not (a hanging leg drops by 1.3 at most, but never both)."""
STRAIGHT_KNEE_DEG: Final = 45.0
PASS_STRAIN: Final = 1.5
"""Strain from which on a single pass did not see a Thomas Test."""
CLEAR_FOLD_DEG: Final = 105.0
CLEAR_KNEE_DEG: Final = 30.0
"""Held thigh and tested knee from which on a turned photo is plainly a Thomas Test, degrees."""
SUPPORTED_KNEE_DEG: Final = 20.0
SUPPORTED_LINE_DEG: Final = 12.0
"""A leg straighter than the first, whose line from hip to ankle is closer than the second to level
or to the line of the trunk, lies on what the body lies on, degrees. A shank that hangs points down
steeply (at least 10 in renders that obey gravity), so that a knee straighter than 20 goes with a
thigh well below the horizontal."""
HEEL_KNEE_DEG: Final = 60.0
HEEL_TOES_DEG: Final = 62.0
HEEL_DROP: Final = (0.0, 0.33)
"""A leg bent up to the first, whose ankle lies at the level of the back's underside (trunk lengths
below the hip), rests on its heel when its toes point up by the second: a foot that hangs droops
(at most 60 in such renders)."""


def read_cues(sightings: Sequence[Sighting], roll_deg: float = 0.0) -> tuple[Cue, ...]:
    """Read every cue off one person as all passes saw them.

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
    """Return how much speaks against a Thomas Test, >= 0; from 1 on it is none."""
    return sum(cue.excess for cue in cues)


def refused_for(cues: Sequence[Cue], most: float = 1.0) -> Refusal | None:
    """Name what the cues refuse a photo for, or None when their strain is below ``most``."""
    if strain(cues) < most:
        return None
    impossible = (cue for cue in cues if cue.excess >= 1.0)
    return next(impossible, max(cues, key=lambda cue: cue.excess)).kind.refusal


def posture(sighting: Sighting) -> Refusal | None:
    """Say what one person does who is not in the test position, as a person would name it.

    Late cues may name the reason but do not refuse here.
    One pass errs more than the median of all, which decides in the end, so it may strain the
    cues by ``PASS_STRAIN``.
    """
    figure = figure_of(sighting)
    standing = _upright(figure)
    if standing is not None:
        return standing
    cues = [Cue(kind, kind.read(figure)) for kind in CUES]
    if refused_for([cue for cue in cues if not cue.kind.late], PASS_STRAIN) is None:
        return None
    return refused_for(cues)


def doubt(sighting: Sighting) -> float:
    """Return how far one person is from the test position, for telling people apart."""
    figure = figure_of(sighting)
    steep = max(0.0, abs(figure.trunk_deg) - UPRIGHT_TRUNK_DEG)
    return steep + sum(kind.excess(kind.read(figure)) for kind in CUES)


def is_clear(sighting: Sighting, turned_deg: int) -> bool:
    """Say whether this can be nothing but a Thomas Test, as a photo must be that is turned.

    Someone who kneels on one knee, or stands and hugs the other, is a Thomas Test turned by a
    quarter in all but this: the thigh is folded less, or the tested knee is straight.

    Parameters
    ----------
    sighting : Sighting
        In the turned photo.
    turned_deg : int
        How far it was turned: nobody can be mistaken for somebody upside down.
    """
    figure = figure_of(sighting)
    folded = figure.fold_deg[1] >= CLEAR_FOLD_DEG
    bent = figure.knees_deg[0] >= CLEAR_KNEE_DEG or turned_deg == 180
    return folded and bent and posture(sighting) is None and doubt(sighting) == 0.0


def leg_supported(sightings: Sequence[Sighting], roll_deg: float) -> bool:
    """Say whether the tested leg lies on what the body lies on, instead of hanging."""
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
    """Name an upright or bent-over person; None for one who may lie."""
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
    return Cue(kind, float(np.quantile(values, kind.quantile)) if known else None)
