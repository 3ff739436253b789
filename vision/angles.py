"""Body and level to angles: plain 2-D geometry, each angle with its uncertainty.

Signs: the thigh is + above and − below the horizontal, 0 points from the hip towards the
feet. The knee is flexion, 0 = straight, + when the shank drops below the thigh's line.
Angles against the horizontal are corrected by the camera's roll; the knee is immune to it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.errors import DegenerateLimb
from vision.level import Level
from vision.view import Body, Side, View, direction_deg

Z95: Final = 1.959964
"""Normal quantile of a two-sided 95 % interval."""
MIN_LIMB_PX: Final = 1.0
"""A limb shorter than this has no direction, pixels."""

THIGH_RESIDUAL_DEG: Final = {True: 2.6, False: 4.6}
"""Standard error of the thigh angle that the passes agree on, near and far leg, degrees."""
KNEE_RESIDUAL_DEG: Final = {True: 3.3, False: 4.7}
"""The same for the knee."""
HUGGED_RESIDUAL_DEG: Final = 6.0
TRUNK_RESIDUAL_DEG: Final = 5.0
"""Rougher figures for the two angles that only serve as checks, degrees."""


@dataclass(frozen=True, slots=True)
class Angle:
    """One angle with its uncertainty.

    Attributes
    ----------
    value_deg : float
        Degrees, signed as the module says.
    sigma_deg : float
        Standard uncertainty: spread of the passes, residual error, level; degrees.
    spread_deg : float
        Robust standard deviation over the passes alone, degrees.
    """

    value_deg: float
    sigma_deg: float
    spread_deg: float

    @property
    def interval_deg(self) -> tuple[float, float]:
        """95 % interval, degrees."""
        half = Z95 * self.sigma_deg
        return self.value_deg - half, self.value_deg + half


@dataclass(frozen=True, slots=True, eq=False)
class Angles:
    """The measured angles and the points they were read from.

    Attributes
    ----------
    thigh, knee_flexion : Angle
        The two that matter.
    hugged_thigh, trunk : Angle
        Checks of the position; the trunk is + when the hips are higher than the shoulders.
    chain_px : ndarray, shape (3, 2)
        Hip, knee and ankle of the tested leg, pixels of the upright photo.
    hugged_px : ndarray, shape (3, 2)
        The same of the other leg.
    """

    thigh: Angle
    knee_flexion: Angle
    hugged_thigh: Angle
    trunk: Angle
    chain_px: NDArray[np.float64]
    hugged_px: NDArray[np.float64]


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


def measure_angles(view: View, level: Level) -> Angles:
    """Read all angles off a view that was not refused.

    Parameters
    ----------
    view : View
        With leg and body.
    level : Level

    Raises
    ------
    ValueError
        If the view was refused: there is no leg to measure.
    DegenerateLimb
        If joints coincide.
    """
    if view.body is None or view.leg is None or view.head_towards is None:
        message = f"the view was refused ({view.refusal}): there is no leg to measure"
        raise ValueError(message)
    body, head, near = view.body, view.head_towards, view.leg.near_camera
    roll = level.roll_deg
    chain, hugged = np.median(body.tested_px, axis=0), np.median(body.hugged_px, axis=0)
    trunk = np.median(body.trunk_px, axis=0)
    return Angles(
        thigh=_angle(
            thigh_angle(chain[0], chain[1], head_towards=head, roll_deg=roll),
            thigh_angle(*_columns(body, 2), head_towards=head, roll_deg=roll),
            THIGH_RESIDUAL_DEG[near],
            level.sigma_deg,
        ),
        knee_flexion=_angle(
            knee_flexion_angle(*chain, head_towards=head),
            knee_flexion_angle(*_columns(body, 3), head_towards=head),
            KNEE_RESIDUAL_DEG[near],
        ),
        hugged_thigh=_angle(
            thigh_angle(hugged[0], hugged[1], head_towards=head, roll_deg=roll),
            thigh_angle(
                body.hugged_px[:, 0], body.hugged_px[:, 1], head_towards=head, roll_deg=roll
            ),
            HUGGED_RESIDUAL_DEG,
            level.sigma_deg,
        ),
        trunk=_angle(
            thigh_angle(trunk[0], trunk[1], head_towards=head, roll_deg=roll),
            thigh_angle(body.trunk_px[:, 0], body.trunk_px[:, 1], head_towards=head, roll_deg=roll),
            TRUNK_RESIDUAL_DEG,
            level.sigma_deg,
        ),
        chain_px=chain,
        hugged_px=hugged,
    )


def _columns(body: Body, joints: int) -> tuple[NDArray[np.float64], ...]:
    return tuple(body.tested_px[:, joint] for joint in range(joints))


def _angle(
    value: NDArray[np.float64], passes: NDArray[np.float64], residual_deg: float, level_deg: float = 0
) -> Angle:
    """Combine the consensus value, its spread and the other uncertainties (independent)."""
    deviations = wrap_deg(passes - value)
    # 1.4826 × median absolute deviation estimates a normal standard deviation.
    spread = 1.4826 * float(np.median(np.abs(deviations)))
    return Angle(float(value), math.hypot(spread, residual_deg, level_deg), spread)


def _check_limb(start: NDArray[np.float64], end: NDArray[np.float64], name: str) -> None:
    shortest = float(np.min(np.linalg.norm(end - start, axis=-1)))
    if shortest < MIN_LIMB_PX:
        raise DegenerateLimb(f"The {name} is {shortest:.2f} px long, so it has no direction.")
