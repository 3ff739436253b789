"""Suggest answers about rotation and abduction of the thigh from a photo from above the feet.

The examiner decides. These angles are not judged, unless a rule-set has a cut-off for them.
"""

from typing import Final

from vision.angles import Angle
from vision.frontal.view import AboveView
from vision.observations import Rotation, YesNo

SUGGEST_BEYOND_DEG: Final = 10.0
"""Rotation or abduction beyond this is suggested as an answer, degrees. No publication gives a
figure for "excessively rotated"; in elite athletes, abduction averages 15.6° (Harvey 1998)."""


def suggested_answers(view: AboveView) -> tuple[Rotation | None, YesNo | None]:
    """Return the answers about rotation and abduction that the measured angles suggest.

    Returns
    -------
    rotation : {"outward", "inward", "none"} or None
    abducted : {"yes", "no"} or None
        None if an angle was not measured, or its interval contains the limit.
    """
    turn, drift = _side_of_limit(view.rotation), _side_of_limit(view.abduction)
    rotations: dict[int, Rotation] = {1: "inward", -1: "outward", 0: "none"}
    rotation = None if turn is None else rotations[turn]
    if drift is None:
        return rotation, None
    return rotation, "yes" if drift > 0 else "no"


def _side_of_limit(angle: Angle | None) -> int | None:
    """Return ±1 if the whole interval lies beyond ± the limit, 0 if within, None otherwise."""
    if angle is None:
        return None
    low, high = angle.interval_deg
    if low > SUGGEST_BEYOND_DEG:
        return 1
    if high < -SUGGEST_BEYOND_DEG:
        return -1
    within = low >= -SUGGEST_BEYOND_DEG and high <= SUGGEST_BEYOND_DEG
    return 0 if within else None
