"""Everything known so far to flags: one table, each flag blocking or advisory.

A blocking flag means there is no verdict (and no number); an advisory one is a caveat
beside the number. Every flag carries one sentence on what to do about it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.angles import Angles
from vision.level import Level
from vision.photo import Photo
from vision.view import View

MIN_THIGH_PX: Final = 60.0
"""Shortest thigh that is measured, pixels: below it one pixel is more than 1°."""
FRAME_MARGIN: Final = 0.01
"""A joint nearer than this share of the photo's side to its border counts as cut off."""
MAX_THIGH_SPREAD_DEG: Final = 6.0
MAX_KNEE_SPREAD_DEG: Final = 8.0
"""Robust standard deviation over the passes above which they disagree, degrees."""
MAX_TURN_DEG: Final = 20.0
"""Camera yaw, as the shoulders' separation suggests it, above which the view is oblique."""
YAW_PER_SEPARATION_DEG: Final = 108.0
YAW_OFFSET_DEG: Final = 4.0
"""Least-squares line of camera yaw on shoulder separation along the trunk (in trunk lengths),
480 synthetic training photos, residual SD 7°."""
MIN_HUGGED_DEG: Final = 100.0
"""A hugged thigh raised less than this is not at the chest, degrees above the horizontal."""


@dataclass(frozen=True, slots=True)
class FlagKind:
    """What a flag means: a row of the table.

    Attributes
    ----------
    code : str
        Stable identifier.
    blocking : bool
        Whether it forbids a verdict.
    text : str
        What was seen.
    advice : str
        What to do about it, one sentence.
    """

    code: str
    blocking: bool
    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag that is up; ``value`` and ``limit`` say by how much, where that has a meaning.

    Both are in ``unit`` (degrees, px, share).
    """

    kind: FlagKind
    value: float | None = None
    limit: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """All flags of one photo."""

    flags: tuple[Flag, ...]

    @property
    def usable(self) -> bool:
        """Whether no blocking flag is up."""
        return not any(flag.kind.blocking for flag in self.flags)


_RETAKE = "Take the photo from the side, with one knee held to the chest and the other leg hanging"
FLAG_KINDS: Final = {
    kind.code: kind
    for kind in (
        FlagKind(
            "no_person",
            True,
            "Nobody was found in the photo.",
            "Have the whole person, head to foot, in the picture and in good light.",
        ),
        FlagKind(
            "several_people",
            True,
            "More than one person seems to be in the test position.",
            "Take the photo again with only the person tested on the table.",
        ),
        FlagKind(
            "standing",
            True,
            "The person seems to stand, or the photo is turned sideways.",
            f"{_RETAKE}, and turn the photo upright.",
        ),
        FlagKind(
            "sitting",
            True,
            "The person seems to sit, or the photo is turned sideways.",
            f"{_RETAKE}: lying on the back, the photo upright.",
        ),
        FlagKind(
            "prone",
            True,
            "The person seems to lie face down.",
            f"{_RETAKE}: lying on the back.",
        ),
        FlagKind(
            "both_legs_down",
            True,
            "No knee is held to the chest.",
            "Hold one knee to the chest, let the other leg hang, and take the photo again.",
        ),
        FlagKind(
            "both_knees_up",
            True,
            "Both thighs are raised.",
            "Let the leg that is tested hang freely over the edge and take the photo again.",
        ),
        FlagKind(
            "not_thomas_test",
            True,
            "The position is not that of a Thomas Test.",
            f"{_RETAKE} over the edge of the table.",
        ),
        FlagKind(
            "passes_disagree",
            True,
            "Repeated readings of this photo contradict each other.",
            "Take the photo again: square from the side, good light, tight clothing, "
            "nobody else in the picture.",
        ),
        FlagKind(
            "joint_out_of_frame",
            True,
            "The hip, knee or ankle of the tested leg is outside the picture.",
            "Step back until the person is in the picture from head to foot.",
        ),
        FlagKind(
            "person_too_small",
            True,
            "The person is too small in the photo.",
            "Step closer or send the original photo: the body should fill most of the width.",
        ),
        FlagKind(
            "side_uncertain",
            True,
            "It cannot be told from this photo whether the left or the right leg hangs.",
            "Say which leg is tested (option “leg”: left or right).",
        ),
        FlagKind(
            "leg_override_disagrees",
            False,
            "The photo suggests the other leg than the one given.",
            "Check that the leg given is the one that hangs.",
        ),
        FlagKind(
            "level_assumed",
            False,
            "The camera's tilt is not known; the photo is taken to be level.",
            "Hold the phone level (grid or spirit level), or give the tilt in degrees.",
        ),
        FlagKind(
            "oblique_view",
            False,
            "The camera seems not to be square to the table.",
            "Stand so that the lens looks straight across the table at the hip.",
        ),
        FlagKind(
            "hugged_knee_not_at_chest",
            False,
            "The held knee is not close to the chest, so the lower back may not be flat.",
            "Pull the held knee in until the lower back is flat on the table, then retake.",
        ),
    )
}
"""Every flag there is, by code."""


def assess(photo: Photo, view: View, level: Level, angles: Angles | None) -> Quality:
    """Collect the flags of one photo.

    Parameters
    ----------
    photo : Photo
    view : View
    level : Level
    angles : Angles or None
        None exactly when the view was refused.
    """
    if view.refusal is not None or angles is None or view.body is None:
        return Quality((Flag(FLAG_KINDS[view.refusal or "no_person"]),))
    found = (
        _out_of_frame(photo, angles),
        _too_small(angles),
        _disagreement(angles),
        *_side(view),
        _flag_if("level_assumed", level.source == "assumed"),
        _oblique(view, level),
        _not_at_chest(angles),
    )
    return Quality(tuple(flag for flag in found if flag is not None))


def turn_deg(view: View, level: Level) -> float | None:
    """Estimate how far the lens is turned from square towards the feet, degrees.

    From the room's edges where they tell, otherwise from the shoulders (rough: residual
    SD 7°). None without a body.
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


def _oblique(view: View, level: Level) -> Flag | None:
    turn = turn_deg(view, level)
    if turn is None or abs(turn) <= MAX_TURN_DEG:
        return None
    return Flag(FLAG_KINDS["oblique_view"], turn, MAX_TURN_DEG, "degrees")


def _not_at_chest(angles: Angles) -> Flag | None:
    hugged = angles.hugged_thigh.value_deg % 360.0  # folded past the chest reads beyond 180°
    if hugged >= MIN_HUGGED_DEG:
        return None
    return Flag(FLAG_KINDS["hugged_knee_not_at_chest"], hugged, MIN_HUGGED_DEG, "degrees")
