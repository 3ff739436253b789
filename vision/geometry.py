"""Plane geometry of the leg, independent of the pose model: points in, signed angles out.

Signs: the thigh is + above and − below the horizontal, 0 points from the hip towards the
feet. The knee is flexion, 0 = straight, + when the shank drops below the line of the thigh.
Angles against the horizontal are corrected for the camera's roll; the knee does not depend on it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.errors import DegenerateLimb
from vision.sentences import Number, Sentence, number
from vision.sides import Side
from vision.view import direction_deg

FOCAL_LENGTH: Final = 1.25
"""Assumed focal length, long sides of the photo (45 mm equivalent: between a phone's 1× and 2×
lens). With the true focal length, angles in the training photos were not more accurate."""
MIN_LIMB_PX: Final = 1.0
"""A limb shorter than this has no direction, pixels."""
MAX_LIMB_PX: Final = 1e6
"""A longer limb cannot be in a photo, pixels; joints that are not finite are rejected as well."""


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
        If hip and knee coincide, or are not finite.
    """
    _check_limb(hip, knee, "thigh")
    # Roll raises the right end of the horizontal: a thigh pointing right measures too high by
    # the roll, a thigh pointing left too low.
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
        If two neighbouring joints coincide, or are not finite.
    """
    _check_limb(hip, knee, "thigh")
    _check_limb(knee, ankle, "shank")
    thigh = direction_deg(hip, knee, head_towards)
    return wrap_deg(thigh - direction_deg(knee, ankle, head_towards))


def seen_from_the_side(
    chain_px: NDArray[np.float64],
    size_px: tuple[int, int],
    *,
    head_towards: Side,
    roll_deg: float,
    pitch_deg: float,
    yaw_deg: float,
    focal_px: float | None = None,
) -> NDArray[np.float64]:
    """Return thigh and knee angles as seen by a camera square to the side.

    The joints are moved along their lines of sight into one plane parallel to the table's long
    axis and to gravity. For a leg abducted or rotated out of that plane, an error remains. The
    model is a pinhole camera with its axis through the centre of the photo.

    Parameters
    ----------
    chain_px : ndarray, shape (3, 2)
        Hip, knee and ankle, pixels.
    size_px : tuple of int
        Width and height of the photo.
    head_towards : {"left", "right"}
        Where in the photo the head lies.
    roll_deg, pitch_deg, yaw_deg : float
        Direction of the camera, signed as in :class:`vision.level.Level`.
    focal_px : float, optional
        Focal length in pixels; by default ``FOCAL_LENGTH`` long sides.

    Returns
    -------
    ndarray, shape (2,)
        Thigh against the horizontal and knee flexion, degrees.

    Raises
    ------
    DegenerateLimb
        If two neighbouring joints coincide, or are not finite.
    """
    hip, knee, ankle = chain_px
    _check_limb(hip, knee, "thigh")
    _check_limb(knee, ankle, "shank")
    size = np.array(size_px, np.float64)
    x, y = ((chain_px - size / 2) * np.array([1.0, -1.0])).T
    roll, pitch, yaw = np.radians([roll_deg, pitch_deg, yaw_deg])
    x, y = np.cos(roll) * x + np.sin(roll) * y, np.cos(roll) * y - np.sin(roll) * x
    forward = np.full_like(x, focal_px or FOCAL_LENGTH * size.max())
    y, forward = (
        y * np.cos(pitch) + forward * np.sin(pitch),
        forward * np.cos(pitch) - y * np.sin(pitch),
    )
    x, forward = x * np.cos(yaw) + forward * np.sin(yaw), forward * np.cos(yaw) - x * np.sin(yaw)
    flat = np.column_stack((x, -y)) / forward[:, None] * size.max()
    return np.array(
        [
            thigh_angle(flat[0], flat[1], head_towards=head_towards),
            knee_flexion_angle(*flat, head_towards=head_towards),
        ]
    )


def robust_spread(passes_deg: NDArray[np.float64], value_deg: NDArray[np.float64]) -> float:
    """Return a robust standard deviation of directions around a value, degrees.

    1.4826 × the median absolute deviation, which estimates a normal standard deviation.
    """
    return 1.4826 * float(np.median(np.abs(wrap_deg(passes_deg - value_deg))))


def _check_limb(start: NDArray[np.float64], end: NDArray[np.float64], name: str) -> None:
    with np.errstate(invalid="ignore", over="ignore"):
        length = np.linalg.norm(end - start, axis=-1)
    shortest, longest = float(np.min(length)), float(np.max(length))
    if shortest < MIN_LIMB_PX:
        raise DegenerateLimb(_no_direction(name, number(shortest, ".2f")))
    if not longest <= MAX_LIMB_PX:  # also true for NaN
        raise DegenerateLimb(_no_direction(name, number(longest, ".3g")))


def _no_direction(name: str, length: Number) -> Sentence:
    if name == "thigh":
        return Sentence("The thigh is {length} px long, so it has no direction.", length=length)
    return Sentence("The shank is {length} px long, so it has no direction.", length=length)
