"""The last guard: angles and points that no hanging leg can have are not published at any door.

It looks at the result alone, however it came about: read by the pose model, set by a person's
hand, or sent as figures.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.angles import Angle, Reading
from vision.flags import FLAG_KINDS, Flag

KNEE_DEG: Final = (-10.0, 160.0)
"""Flexion that a knee can have, degrees: the lax extend to about -10, calf meets thigh before 160
(anatomy; the limits are wider than any published norm)."""
THIGH_DEG: Final = (-65.0, 75.0)
"""Thigh of a leg that hangs from a table's edge, degrees from horizontal: a hip extends by 45 at
the most, on a trunk propped up by 20; one raised by more is held to the chest."""
MAX_LIMB_RATIO: Final = 3.0
"""Thigh to shank, or shank to thigh, in the picture: they are alike within 1.5 and foreshortened
together (training photos: 1.45 at most)."""


def impossible(reading: Reading, chain_px: NDArray[np.float64] | None = None) -> tuple[Flag, ...]:
    """Return a blocking flag for each part of a result that cannot be.

    Parameters
    ----------
    reading : Reading
        An angle is impossible if its whole 95 % interval is.
    chain_px : ndarray, shape (3, 2), optional
        Hip, knee and ankle, pixels; without them lengths are not looked at.
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
