"""Compute angles from view, level and learned correction, each with its uncertainty.

Two readings of the same leg are distinguished. The *image-plane* angle is what a protractor shows
along the drawn line in the levelled photo. The reported angle also corrects for the camera
position: it estimates the 3-D angle of the joint centres in the sagittal plane, relative to
gravity. Without a calibration they are equal. For signs, see :mod:`vision.geometry`.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.calibration import Correction
from vision.geometry import knee_flexion_angle, robust_spread, thigh_angle, wrap_deg
from vision.level import Level
from vision.sides import Side
from vision.view import Body, View

Z95: Final = 1.959964
"""Normal quantile of a two-sided 95 % interval."""
THIGH_RESIDUAL_DEG: Final = {True: 2.6, False: 3.6}
"""Standard error of the plain thigh angle, near and far leg, degrees (480 training photos)."""
KNEE_RESIDUAL_DEG: Final = {True: 3.7, False: 4.9}
"""The same for the knee."""
SHANK_RESIDUAL_DEG: Final = {True: 2.7, False: 2.9}
"""The same for the shank's angle from plumb with calibrations of version 1, used for results of
that version, which did not include the shank. The errors of thigh and knee are correlated (0.6),
because both depend on the hip; the shank does not. Added as if independent, they would give 3.4°
and 4.2°."""
PLAIN_SHANK_RESIDUAL_DEG: Final = {True: 3.1, False: 3.7}
"""The same for plain geometry."""
PLUMB_WITHIN_DEG: Final = 5.0
"""A shank whose interval overlaps ± this may be plumb, degrees. A passively hanging shank is plumb
at most: the mass of the foot draws it back by about 3° (derived from segment masses); the rest is
margin."""
HELD_RESIDUAL_DEG: Final = 6.0
TRUNK_RESIDUAL_DEG: Final = 5.0
"""Approximate standard errors of the two angles that serve only as checks, degrees."""

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Angle:
    """One angle with its uncertainty.

    Attributes
    ----------
    value_deg : float
        Degrees, signed as in :mod:`vision.geometry`.
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


@dataclass(frozen=True, slots=True)
class Reading:
    """The angles that are judged, whether measured or set by hand.

    Attributes
    ----------
    thigh, knee_flexion : Angle
    shank_from_plumb : Angle
        See :func:`shank_from_plumb_deg`; with its own uncertainty.
    """

    thigh: Angle
    knee_flexion: Angle
    shank_from_plumb: Angle

    @property
    def past_plumb(self) -> bool:
        """Whether the shank is clearly behind the plumb line, so that it does not hang freely."""
        return self.shank_from_plumb.interval_deg[1] < -PLUMB_WITHIN_DEG


def shank_from_plumb_deg(thigh_deg: float, knee_flexion_deg: float) -> float:
    """Return the angle of the shank from plumb, 90 + thigh − knee flexion, degrees.

    0 = plumb; + = the foot forward of the plumb line, the knee straighter than gravity alone
    would leave it; − = the foot pulled back behind it. Kendall & McCreary trade thigh for knee
    one to one in the same way above the horizontal; below it this is an extrapolation.

    Parameters
    ----------
    thigh_deg : float
        + above, − below the true horizontal.
    knee_flexion_deg : float
        0 = straight.

    Returns
    -------
    float
        In [−180, 180).

    Examples
    --------
    >>> shank_from_plumb_deg(-10.0, 80.0)
    0.0
    """
    return float(wrap_deg(np.asarray(90.0 + thigh_deg - knee_flexion_deg)))


def reading_by_hand(thigh: Angle, knee_flexion: Angle) -> Reading:
    """Combine two independently read angles; their errors add in quadrature for the shank."""
    value = shank_from_plumb_deg(thigh.value_deg, knee_flexion.value_deg)
    sigma = math.hypot(thigh.sigma_deg, knee_flexion.sigma_deg)
    return Reading(thigh, knee_flexion, Angle(value, sigma, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Angles:
    """The measured angles, and the points from which they were measured.

    Attributes
    ----------
    thigh, knee_flexion : Angle
        Estimates of the 3-D angles.
    shank_from_plumb : Angle
        See :func:`shank_from_plumb_deg`; does not depend on the hip.
    image_thigh_deg, image_knee_flexion_deg : float
        Angles that a protractor shows along ``chain_px`` in the levelled photo, degrees.
    held_thigh, trunk : Angle
        Checks of the position; the trunk is + when the hips are higher than the shoulders.
    chain_px : ndarray, shape (3, 2)
        Hip, knee and ankle of the tested leg, pixels of the upright photo.
    held_px : ndarray, shape (3, 2)
        The same for the other leg.
    """

    thigh: Angle
    knee_flexion: Angle
    shank_from_plumb: Angle
    image_thigh_deg: float
    image_knee_flexion_deg: float
    held_thigh: Angle
    trunk: Angle
    chain_px: Points
    held_px: Points

    @property
    def reading(self) -> Reading:
        """The angles that are judged, without the points."""
        return Reading(self.thigh, self.knee_flexion, self.shank_from_plumb)


def measure_angles(view: View, level: Level, correction: Correction | None = None) -> Angles:
    """Measure all angles of a view that was not refused.

    Parameters
    ----------
    view : View
        With leg and body.
    level : Level
    correction : Correction, optional
        Correction by the calibration; by default plain geometry.

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
    plain = np.median(body.tested_px, axis=0)
    thigh = _segment(body.tested_px, head, level, THIGH_RESIDUAL_DEG[near])
    knee = _knee(body, plain, head, KNEE_RESIDUAL_DEG[near])
    shank = _from_plumb(
        _segment(body.tested_px[:, 1:], head, level, PLAIN_SHANK_RESIDUAL_DEG[near])
    )
    chain = plain
    if correction is not None:
        chain = _corrected_chain(plain, correction, head)
        thigh_sigma, shank_sigma = (
            math.hypot(sigma, level.sigma_deg)
            for sigma in (correction.thigh_sigma_deg, correction.shank_sigma_deg)
        )
        thigh = _corrected(thigh, correction.thigh_deg, thigh_sigma)
        knee = _corrected(knee, correction.knee_deg, correction.knee_sigma_deg)
        shank = _corrected(shank, correction.thigh_deg - correction.knee_deg, shank_sigma)
    return Angles(
        thigh=thigh,
        knee_flexion=knee,
        shank_from_plumb=shank,
        image_thigh_deg=float(
            thigh_angle(chain[0], chain[1], head_towards=head, roll_deg=level.roll_deg)
        ),
        image_knee_flexion_deg=float(knee_flexion_angle(*chain, head_towards=head)),
        held_thigh=_segment(body.held_px, head, level, HELD_RESIDUAL_DEG),
        trunk=_segment(body.trunk_px, head, level, TRUNK_RESIDUAL_DEG),
        chain_px=chain,
        held_px=np.median(body.held_px, axis=0),
    )


def _segment(passes_px: Points, head: Side, level: Level, residual_deg: float) -> Angle:
    """Angle of the first segment of a chain, shape (P, J, 2), against the true horizontal."""
    roll = level.roll_deg
    start, end = np.median(passes_px, axis=0)[:2]
    value = thigh_angle(start, end, head_towards=head, roll_deg=roll)
    passes = thigh_angle(passes_px[:, 0], passes_px[:, 1], head_towards=head, roll_deg=roll)
    spread = robust_spread(passes, value)
    return Angle(float(value), math.hypot(spread, residual_deg, level.sigma_deg), spread)


def _knee(body: Body, chain: Points, head: Side, residual_deg: float) -> Angle:
    value = knee_flexion_angle(*chain, head_towards=head)
    passes = knee_flexion_angle(*(body.tested_px[:, i] for i in range(3)), head_towards=head)
    spread = robust_spread(passes, value)
    return Angle(float(value), math.hypot(spread, residual_deg), spread)


def _from_plumb(shank: Angle) -> Angle:
    """Convert the direction of the shank, 0 = from head to feet, to its angle from plumb."""
    value = float(wrap_deg(np.asarray(90.0 + shank.value_deg)))
    return Angle(value, shank.sigma_deg, shank.spread_deg)


def _corrected(angle: Angle, delta_deg: float, sigma_deg: float) -> Angle:
    value = float(wrap_deg(np.asarray(angle.value_deg + delta_deg)))
    return Angle(value, sigma_deg, angle.spread_deg)


def _corrected_chain(chain: Points, correction: Correction, head: Side) -> Points:
    """Rotate hip and ankle about the knee until the chain has the corrected image angles."""
    hip, knee, ankle = chain
    to_feet = 1.0 if head == "left" else -1.0
    thigh_turn = to_feet * correction.image_thigh_deg
    shank_turn = to_feet * (correction.image_thigh_deg - correction.image_knee_deg)
    return np.array(
        [knee + _turned(hip - knee, thigh_turn), knee, knee + _turned(ankle - knee, shank_turn)]
    )


def _turned(vector: Points, degrees: float) -> Points:
    """Rotate an image vector (y down) counter-clockwise as seen on screen."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([c * vector[0] + s * vector[1], -s * vector[0] + c * vector[1]])
