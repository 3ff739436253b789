"""Answers about rotation and drift of the thigh that a photo from above the feet suggests.

The examiner decides. Nothing is judged by these angles, except where a rule-set has a figure.
"""

from typing import Final

from vision.angles import Angle
from vision.frontal.view import AboveView
from vision.observations import Rotation, YesNo

SUGGEST_BEYOND_DEG: Final = 10.0
"""Rotation or drift beyond this is offered as an answer, degrees. No publication gives a figure
for "excessively rotated"; elite athletes drift outward by 15.6° on average (Harvey 1998)."""


def suggested_answers(view: AboveView) -> tuple[Rotation | None, YesNo | None]:
    """Return the answers about rotation and drift that the measured angles suggest.

    Returns
    -------
    rotation : {"outward", "inward", "none"} or None
    abducted : {"yes", "no"} or None
        None where an angle was not measured or its interval reaches across the limit.
    """
    turn, drift = _side_of_limit(view.rotation), _side_of_limit(view.abduction)
    rotations: dict[int, Rotation] = {1: "inward", -1: "outward", 0: "none"}
    rotation = None if turn is None else rotations[turn]
    if drift is None:
        return rotation, None
    return rotation, "yes" if drift > 0 else "no"


def _side_of_limit(angle: Angle | None) -> int | None:
    """Tell whether a whole interval lies beyond ± the limit (±1) or within (0); None: across."""
    if angle is None:
        return None
    low, high = angle.interval_deg
    if low > SUGGEST_BEYOND_DEG:
        return 1
    if high < -SUGGEST_BEYOND_DEG:
        return -1
    within = low >= -SUGGEST_BEYOND_DEG and high <= SUGGEST_BEYOND_DEG
    return 0 if within else None
