"""Plane geometry of the leg, free of any model: directions in, signed angles out.

Signs: the thigh is + above and − below the horizontal, 0 points from the hip towards the
feet. The knee is flexion, 0 = straight, + when the shank drops below the thigh's line.
Angles against the horizontal are corrected by the camera's roll; the knee is immune to it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.errors import DegenerateLimb
from vision.view import Side, direction_deg

MIN_LIMB_PX: Final = 1.0
"""A limb shorter than this has no direction, pixels."""


def wrap_deg(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the same direction in [−180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0


def thigh_angle(
    hip: NDArray[np.float64],
    knee: NDArray[np.float64],
    *,
    head_towards: Side,
    roll_deg: float = 0.0,
) -> NDArray[np.float64]:
    """Return the angle of the thigh against the true horizontal.

    Parameters
    ----------
    hip, knee : ndarray, shape (..., 2)
        Pixels of the upright photo, x right, y down.
    head_towards : {"left", "right"}
        Where in the photo the head lies.
    roll_deg : float
        Camera roll, signed as in :mod:`vision.level`.

    Returns
    -------
    ndarray, shape (...)
        Degrees in [−180, 180); + above the horizontal.

    Raises
    ------
    DegenerateLimb
        If hip and knee coincide.
    """
    _check_limb(hip, knee, "thigh")
    # The horizontal's right end is raised by the roll: a thigh towards the right reads
    # that much too high, one towards the left that much too low.
    to_feet = 1.0 if head_towards == "left" else -1.0
    return wrap_deg(direction_deg(hip, knee, head_towards) - to_feet * roll_deg)


def knee_flexion_angle(
    hip: NDArray[np.float64],
    knee: NDArray[np.float64],
    ankle: NDArray[np.float64],
    *,
    head_towards: Side,
) -> NDArray[np.float64]:
    """Return the knee flexion: direction of the thigh minus that of the shank.

    Parameters
    ----------
    hip, knee, ankle : ndarray, shape (..., 2)
        Pixels of the upright photo, x right, y down.
    head_towards : {"left", "right"}
        Where in the photo the head lies.

    Returns
    -------
    ndarray, shape (...)
        Degrees in [−180, 180); 0 = straight, + when the shank drops.

    Raises
    ------
    DegenerateLimb
        If two neighbouring joints coincide.
    """
    _check_limb(hip, knee, "thigh")
    _check_limb(knee, ankle, "shank")
    thigh = direction_deg(hip, knee, head_towards)
    return wrap_deg(thigh - direction_deg(knee, ankle, head_towards))


def robust_spread(passes_deg: NDArray[np.float64], value_deg: NDArray[np.float64]) -> float:
    """Return a robust standard deviation of directions around a value, degrees.

    1.4826 × the median absolute deviation, which estimates a normal standard deviation.
    """
    return 1.4826 * float(np.median(np.abs(wrap_deg(passes_deg - value_deg))))


def _check_limb(start: NDArray[np.float64], end: NDArray[np.float64], name: str) -> None:
    shortest = float(np.min(np.linalg.norm(end - start, axis=-1)))
    if shortest < MIN_LIMB_PX:
        raise DegenerateLimb(f"The {name} is {shortest:.2f} px long, so it has no direction.")
