"""Final check: angles and points that no hanging leg can have are never reported.

The check considers only the result, whether it was measured by the pose model, set by hand, or
sent as numbers.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.angles import Angle, Reading
from vision.flags import FLAG_KINDS, Flag

KNEE_DEG: Final = (-10.0, 160.0)
"""Range of knee flexion, degrees: lax knees extend to about −10, and the calf meets the thigh
before 160 (anatomy; the limits are wider than any published norm)."""
THIGH_DEG: Final = (-65.0, 75.0)
"""Range of the thigh of a leg hanging from the table's edge, degrees from horizontal: a hip extends
by at most 45, on a trunk propped up by 20; a thigh raised by more is held to the chest."""
MAX_LIMB_RATIO: Final = 3.0
"""Largest ratio of thigh to shank, or shank to thigh, in the picture: their lengths agree within a
factor of 1.5, and they are foreshortened together (training photos: at most 1.45)."""


def impossible(reading: Reading, chain_px: NDArray[np.float64] | None = None) -> tuple[Flag, ...]:
    """Return a blocking flag for each impossible part of a result.

    Parameters
    ----------
    reading : Reading
        An angle is impossible if its whole 95 % interval is.
    chain_px : ndarray, shape (3, 2), optional
        Hip, knee and ankle, pixels; without them, lengths are not checked.
    """
    found = (
        _outside("impossible_thigh", reading.thigh, THIGH_DEG),
        _outside("impossible_knee", reading.knee_flexion, KNEE_DEG),
        None if chain_px is None else _unequal(chain_px),
    )
    return tuple(flag for flag in found if flag is not None)


def _outside(code: str, angle: Angle, limits_deg: tuple[float, float]) -> Flag | None:
    (low, high), (least, most) = angle.interval_deg, limits_deg
    if high < least:
        return Flag(FLAG_KINDS[code], angle.value_deg, least, "degrees")
    return Flag(FLAG_KINDS[code], angle.value_deg, most, "degrees") if low > most else None


def _unequal(chain_px: NDArray[np.float64]) -> Flag | None:
    thigh, shank = np.linalg.norm(np.diff(chain_px, axis=0), axis=1)
    ratio = float(max(thigh, shank) / max(float(min(thigh, shank)), 1e-9))
    if ratio <= MAX_LIMB_RATIO:
        return None
    return Flag(FLAG_KINDS["impossible_leg"], ratio, MAX_LIMB_RATIO, "ratio")
