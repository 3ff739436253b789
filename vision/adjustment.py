"""Angles from points or values that a person set, with their uncertainty.

Points are the joint centres of hip, knee and ankle. Readers differ: one of them repeats the knee
angle of a photo with a standard error of 1.0° (Peeler & Leiter 2013), but who set the points is not
known, and several readers have one of 2.6° (Guadagnin et al. 2025). The effect of the camera
position is either taken from the automatic measurement or included in the uncertainty.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.angles import Angle, Reading, shank_from_plumb_deg
from vision.geometry import knee_flexion_angle, thigh_angle, wrap_deg
from vision.sides import Side

READING_SIGMA_DEG: Final = (1.9, 2.7, 1.5)
"""Standard error of angles along points that any reader sets: thigh, knee and shank, degrees.

The points of simulated readers on 173 training photos, with the spread that gives the knee the
published 2.6° (the largest of three raters who drew hip, knee and ankle angles of the same videos
twice; Guadagnin et al. 2025, doi:10.20338/bjmb.v19i1.468): ``benchmarks/results/hand_set.md``."""
CAMERA_SIGMA_DEG: Final = (2.1, 2.6, 2.6)
"""Error that the camera position causes even with perfect points: standard deviation for thigh,
knee and shank, degrees (60 synthetic photos, for the shank 480 others; yaw within ±25°)."""
CARRIED_CAMERA_SIGMA_DEG: Final = (1.2, 2.0, 2.0)
"""The same, if the camera correction of the automatic measurement is applied."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Angles read from points.

    Attributes
    ----------
    reading : Reading
        Estimates of the 3-D angles, as a measurement reports them.
    image_thigh_deg, image_knee_flexion_deg : float
        Angles that a protractor shows along the points in the levelled photo, degrees.
    """

    reading: Reading
    image_thigh_deg: float
    image_knee_flexion_deg: float


def read_points(
    chain_px: NDArray[np.float64],
    *,
    head_towards: Side,
    roll_deg: float = 0.0,
    roll_sigma_deg: float = 0.0,
    camera_offset_deg: tuple[float, float] | None = None,
) -> Adjusted:
    """Measure both angles along points that a person set.

    Parameters
    ----------
    chain_px : ndarray, shape (3, 2)
        Hip, knee and ankle, pixels of the upright photo, x right, y down.
    head_towards : {"left", "right"}
        Where in the photo the head lies.
    roll_deg, roll_sigma_deg : float
        Camera roll and its standard uncertainty, degrees, signed as in :mod:`vision.level`.
    camera_offset_deg : tuple of float, optional
        Reported minus image-plane angle of the automatic measurement, thigh and knee.

    Raises
    ------
    DegenerateLimb
        If two neighbouring points coincide.
    """
    hip, knee, ankle = chain_px
    image = (
        float(thigh_angle(hip, knee, head_towards=head_towards, roll_deg=roll_deg)),
        float(knee_flexion_angle(hip, knee, ankle, head_towards=head_towards)),
    )
    offset = camera_offset_deg or (0.0, 0.0)
    camera = CAMERA_SIGMA_DEG if camera_offset_deg is None else CARRIED_CAMERA_SIGMA_DEG
    level = (roll_sigma_deg, 0.0, roll_sigma_deg)  # the knee angle is immune to roll
    values = [float(wrap_deg(np.asarray(image[i] + offset[i]))) for i in range(2)]
    thigh, flexion, shank = (
        Angle(value, math.hypot(READING_SIGMA_DEG[i], camera[i], level[i]), 0.0)
        for i, value in enumerate((*values, shank_from_plumb_deg(*values)))
    )
    return Adjusted(Reading(thigh, flexion, shank), *image)
