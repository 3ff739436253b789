"""Raise the flags of a photo: which caveats apply, and which of them prevent a verdict."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.angles import PLUMB_WITHIN_DEG, Angles, Reading
from vision.cues import Cue
from vision.flags import FLAG_KINDS, Flag, Quality
from vision.level import MAX_TILT_DEG, Level
from vision.observations import NOTHING_OBSERVED, Observations
from vision.photo import Photo
from vision.plausibility import impossible
from vision.position import leg_supported, refused_for, strain
from vision.view import View

MIN_THIGH_PX: Final = 45.0
"""Shortest thigh that is measured, pixels. Down to this length the error hardly grows (training
photos: 1.6° and 2.6° for 45–60 px, 1.5° and 2.3° above); shorter ones were not tested."""
FRAME_MARGIN: Final = 0.01
"""A joint nearer than this share of the photo's side to its border counts as cut off."""
MAX_THIGH_SPREAD_DEG: Final = 6.0
MAX_KNEE_SPREAD_DEG: Final = 8.0
"""Robust standard deviation over the passes above which they disagree, degrees."""
MAX_TURN_DEG: Final = 20.0
"""Largest camera yaw before the view counts as oblique, degrees; see :func:`turn_deg`."""
YAW_PER_SEPARATION_DEG: Final = 108.0
YAW_OFFSET_DEG: Final = 4.0
"""Least-squares line of camera yaw on shoulder separation along the trunk (in trunk lengths), 480
synthetic training photos, residual SD 7°. Used only if the room's edges do not give the yaw."""
MIN_HELD_DEG: Final = 100.0
"""A held thigh raised by less than this is not at the chest, degrees above the horizontal."""

OBSERVED_FLAGS: Final = {
    "lower_back_not_flat": ("lower_back_flat", "no"),
    "lower_back_unsure": ("lower_back_flat", "unsure"),
    "safety_present": ("safety", "present"),
    "back_or_nerve": ("back_or_nerve", "yes"),
    "hip_pain": ("hip_pain", "yes"),
    "knee_pain": ("knee_pain", "yes"),
}
"""Flags raised by answers: flag, question, answer."""


def assess(
    photo: Photo,
    view: View,
    level: Level,
    angles: Angles | None,
    observed: Observations = NOTHING_OBSERVED,
    position: Sequence[Cue] = (),
) -> Quality:
    """Collect the flags of one photo.

    Parameters
    ----------
    photo : Photo
    view : View
    level : Level
    angles : Angles or None
        None exactly when the view was refused.
    observed : Observations
        Answers of the examiner; a lower back that was not flat prevents a verdict.
    position : sequence of Cue
        Cues by which the position was judged, corrected for the direction of gravity.
    """
    said = observed_flags(observed)
    if view.refusal is not None or angles is None or view.body is None:
        return Quality((Flag(FLAG_KINDS[view.refusal or "no_person"]), *said))
    found = (
        *_position(view, level, position),
        *reading_flags(angles.reading, angles.chain_px),
        _out_of_frame(photo, angles),
        _too_small(angles),
        _disagreement(angles),
        *_side(view),
        _flag_if("level_assumed", level.source == "assumed"),
        _tilted(level),
        _conflict(level),
        _flag_if("wide_lens", photo.metadata.wide),
        _flag_if("panorama", photo.metadata.panorama),
        _oblique(view, level),
        _not_at_chest(angles),
        *said,
    )
    return Quality(tuple(flag for flag in found if flag is not None))


def observed_flags(observed: Observations) -> tuple[Flag, ...]:
    """Return the flags raised by the examiner's answers."""
    return tuple(
        Flag(FLAG_KINDS[code])
        for code, (question, answer) in OBSERVED_FLAGS.items()
        if getattr(observed, question) == answer
    )


def reading_flags(
    reading: Reading, chain_px: NDArray[np.float64] | None = None
) -> tuple[Flag, ...]:
    """Return the flags raised by angles and points alone, measured or set by hand.

    Parameters
    ----------
    reading : Reading
    chain_px : ndarray, shape (3, 2), optional
        Hip, knee and ankle, pixels.
    """
    flag = _past_plumb(reading)
    return (*impossible(reading, chain_px), *(() if flag is None else (flag,)))


def turn_deg(view: View, level: Level) -> float | None:
    """Estimate the camera's yaw from square, + towards the feet, degrees.

    The estimate comes from the room's edges if they determine it, otherwise from the separation
    of the shoulders (rough: residual SD 7°). None without a body.
    """
    if view.body is None or view.head_towards is None:
        return None
    to_feet = 1.0 if view.head_towards == "left" else -1.0
    if level.yaw_deg is not None:
        return to_feet * level.yaw_deg
    near = 0 if view.head_towards == "right" else 1
    shoulders = np.median(view.body.shoulders_px, axis=0)
    trunk = np.median(view.body.trunk_px, axis=0)
    length = max(float(np.linalg.norm(trunk[1] - trunk[0])), 1.0)
    separation = float(shoulders[near, 0] - shoulders[1 - near, 0]) * to_feet / length
    return YAW_PER_SEPARATION_DEG * separation + YAW_OFFSET_DEG


def _flag_if(code: str, up: bool) -> Flag | None:
    return Flag(FLAG_KINDS[code]) if up else None


def _position(view: View, level: Level, position: Sequence[Cue]) -> tuple[Flag | None, ...]:
    refusal, total = refused_for(position), strain(position)
    return (
        None if refusal is None else Flag(FLAG_KINDS[refusal], total, 1.0, "strain"),
        _flag_if("position_doubtful", refusal is None and total > 0),
        _flag_if("leg_supported", leg_supported(view.subject, level.roll_deg)),
    )


def _out_of_frame(photo: Photo, angles: Angles) -> Flag | None:
    size = np.array([photo.width_px, photo.height_px], np.float64)
    share: NDArray[np.float64] = angles.chain_px / size
    inset = float(np.minimum(share, 1 - share).min())
    if inset >= FRAME_MARGIN:
        return None
    return Flag(FLAG_KINDS["joint_out_of_frame"], inset, FRAME_MARGIN, "share")


def _too_small(angles: Angles) -> Flag | None:
    thigh_px = float(np.linalg.norm(angles.chain_px[1] - angles.chain_px[0]))
    if thigh_px >= MIN_THIGH_PX:
        return None
    return Flag(FLAG_KINDS["person_too_small"], thigh_px, MIN_THIGH_PX, "px")


def _disagreement(angles: Angles) -> Flag | None:
    for angle, limit in (
        (angles.thigh, MAX_THIGH_SPREAD_DEG),
        (angles.knee_flexion, MAX_KNEE_SPREAD_DEG),
    ):
        if angle.spread_deg > limit:
            return Flag(FLAG_KINDS["passes_disagree"], angle.spread_deg, limit, "degrees")
    return None


def _side(view: View) -> tuple[Flag | None, ...]:
    leg = view.leg
    if leg is None:
        return ()
    if leg.source == "given":
        return (_flag_if("leg_override_disagrees", leg.side != leg.inferred_side),)
    return (_flag_if("side_uncertain", not leg.certain),)


def _tilted(level: Level) -> Flag | None:
    if abs(level.roll_deg) <= MAX_TILT_DEG:
        return None
    return Flag(FLAG_KINDS["tilt_too_large"], level.roll_deg, MAX_TILT_DEG, "degrees")


def _conflict(level: Level) -> Flag | None:
    if level.conflict_deg is None:
        return None
    return Flag(FLAG_KINDS["level_conflict"], level.conflict_deg, None, "degrees")


def _oblique(view: View, level: Level) -> Flag | None:
    turn = turn_deg(view, level)
    # The limit is a point of the grid of yaws: rounding errors must not decide there.
    if turn is None or round(abs(turn), 1) <= MAX_TURN_DEG:
        return None
    return Flag(FLAG_KINDS["oblique_view"], turn, MAX_TURN_DEG, "degrees")


def _past_plumb(reading: Reading) -> Flag | None:
    if not reading.past_plumb:
        return None
    shank_deg = reading.shank_from_plumb.value_deg
    return Flag(FLAG_KINDS["shank_past_plumb"], shank_deg, -PLUMB_WITHIN_DEG, "degrees")


def _not_at_chest(angles: Angles) -> Flag | None:
    hugged = (
        angles.held_thigh.value_deg % 360.0
    )  # a thigh folded past the chest measures more than 180°
    if hugged >= MIN_HELD_DEG:
        return None
    return Flag(FLAG_KINDS["hugged_knee_not_at_chest"], hugged, MIN_HELD_DEG, "degrees")
