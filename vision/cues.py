"""Physical cues of a Thomas Test, each evaluated on one body in one pass.

A pose model finds a body in any picture of a person. Whether that body is in the test position
is checked cue by cue: does it lie on its back, is one thigh folded to the chest, is that knee
held, does the other leg hang, can a knee bend that way. Every cue has a value, a limit up to which
it is ordinary, and a point from which on it cannot be a Thomas Test. In between, it counts in part.
The parts of all cues add up, and at 1 the photo is refused for the cue that contributes most. One
odd cue flags a photo; two or three refuse it.

Limits were set from anatomy and from rendered training photos (`../benchmarks/positions.py`
prints the values of the cues there); none was fitted. Lengths are in trunk lengths (middle of the
shoulders to middle of the hips), so neither the size of the person nor the lens matters.
Limb angles are relative to the trunk, so a tilted camera does not matter either; where gravity
matters, they are corrected for the camera's roll.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from vision.figure import Figure, direction
from vision.sentences import Sentence

Refusal = Literal[
    "no_person",
    "several_people",
    "standing",
    "sitting",
    "prone",
    "sideways",
    "upside_down",
    "pelvis_lifted",
    "body_twisted",
    "both_legs_down",
    "both_knees_up",
    "held_leg_not_folded",
    "knee_not_held",
    "foot_on_support",
    "impossible_knee",
    "not_thomas_test",
    "passes_disagree",
]
"""Reasons why there is nothing to measure; each is the code of a blocking flag."""

STEEP_SHANK_DEG: Final = 55.0
"""Angle of the shank to the horizontal above which the foot would be flat on the ground,
degrees."""


@dataclass(frozen=True, slots=True)
class CueKind:
    """One row of the table of cues.

    Attributes
    ----------
    name : str
        Stable identifier.
    asks : str
        The question that it answers, for people.
    unit : {"degrees", "trunk lengths", "ratio"}
    limit : float
        The cue is ordinary up to this value.
    impossible : float
        Not a Thomas Test from this value on; above ``limit`` if more is worse, else below it.
    refusal : str
        Code of the refusal if this cue contributes most.
    because : str
        Source of limit and impossible. "Renders" are the 480 + 278 training photos; their extremes
        are listed in `benchmarks/results/positions.md`.
    read : callable
        Function from a figure to the value, or to None if the cue does not apply.
    late : bool
        Whether the cue is evaluated only on the median of all passes, because it needs the
        camera's roll, or a joint that is often hidden and unreliable in single passes.
    quantile : float
        Quantile of the passes' values that counts, 0–1: the median, or, for a joint that is often
        hidden, the better quartile, since passes that lose the joint see a leg bent the wrong way.
    """

    name: str
    asks: str
    unit: Literal["degrees", "trunk lengths", "ratio"]
    limit: float
    impossible: float
    refusal: Refusal
    because: str
    read: Callable[[Figure], float | None]
    late: bool = False
    quantile: float = 0.5

    def excess(self, value: float | None) -> float:
        """Return 0 up to ``limit`` and 1 at ``impossible``, linear between and beyond."""
        if value is None:
            return 0.0
        return max(0.0, (value - self.limit) / (self.impossible - self.limit))


@dataclass(frozen=True, slots=True)
class Cue:
    """Value of a cue over all passes; None if it does not apply."""

    kind: CueKind
    value: float | None

    @property
    def ok(self) -> bool:
        """Whether the value is within the limit."""
        return self.excess == 0.0

    @property
    def excess(self) -> float:
        """Weight against a Thomas Test; 1 alone refuses the photo."""
        return self.kind.excess(self.value)


def _chest(figure: Figure) -> float:
    return float(np.linalg.norm(figure.shoulders))


def _twist(figure: Figure) -> float:
    return float(np.linalg.norm(figure.shoulders - figure.hips))


def _foot_drop(figure: Figure) -> float | None:
    hip, knee, ankle = figure.legs[0]
    steep = -direction(ankle - knee) >= STEEP_SHANK_DEG
    return float(hip[1] - ankle[1]) if steep else None


def _shank_rise(figure: Figure) -> float:
    return direction(figure.legs[0, 2] - figure.legs[0, 1])


def _limb_ratio(figure: Figure) -> float:
    thigh, shank = np.linalg.norm(np.diff(figure.legs[0], axis=0), axis=1)
    return float(max(thigh, shank) / max(min(thigh, shank), 1e-6))


CUES: Final = (
    CueKind(
        "trunk_level",
        Sentence("How much higher do the shoulders lie than the hips?"),
        "degrees",
        18.0,
        40.0,
        "sitting",
        "A trunk propped up by more has the hip flexed before the test begins; all but 1 % of the renders: 14.",
        lambda body: -body.trunk_deg,
        late=True,
    ),
    CueKind(
        "face_up",
        Sentence("How far is the nose above the ears?"),
        "trunk lengths",
        0.0,
        -0.1,
        "prone",
        "0 when the face is turned to the camera, -0.15 face down; renders: at least 0.02.",
        lambda body: body.nose_up,
    ),
    CueKind(
        "pelvis_down",
        Sentence("How much higher do the hips lie than the shoulders?"),
        "degrees",
        12.0,
        20.0,
        "pelvis_lifted",
        "A bridge starts at 20; renders: 9.",
        lambda body: body.trunk_deg,
        late=True,
    ),
    CueKind(
        "held_thigh_folded",
        Sentence("How far is the held thigh folded towards the chest?"),
        "degrees",
        95.0,
        60.0,
        "both_legs_down",
        "A thigh that points straight up is at 90; renders: at least 90, most 120 and more.",
        lambda body: body.fold_deg[1],
    ),
    CueKind(
        "tested_thigh_down",
        Sentence("How far is the tested thigh raised from the line of the trunk?"),
        "degrees",
        45.0,
        60.0,
        "both_knees_up",
        "A contracture beyond 45 is rare and seldom tested this way; renders: 48.",
        lambda body: body.fold_deg[0],
    ),
    CueKind(
        "tested_thigh_carried",
        Sentence("How far is the tested thigh below the line of the trunk?"),
        "degrees",
        -45.0,
        -65.0,
        "not_thomas_test",
        "Passive extension of a hip ends near 30, of the lax near 45; renders: -37.",
        lambda body: body.fold_deg[0],
    ),
    CueKind(
        "thighs_apart",
        Sentence("How much more is the held thigh folded than the tested one?"),
        "degrees",
        45.0,
        30.0,
        "not_thomas_test",
        "Two thighs alike are both up or both down; renders: at least 75.",
        lambda body: body.fold_deg[1] - body.fold_deg[0],
    ),
    CueKind(
        "held_thigh_at_chest",
        Sentence("Is the held thigh folded no further than onto the chest?"),
        "degrees",
        185.0,
        210.0,
        "held_leg_not_folded",
        "180 lies flat on the chest; a thigh that points down and headward reads 220 "
        "and more; renders: 165.",
        lambda body: body.fold_deg[1],
    ),
    CueKind(
        "held_knee_bent",
        Sentence("How far is the held knee bent?"),
        "degrees",
        60.0,
        25.0,
        "held_leg_not_folded",
        "A straight leg held up is a hamstring stretch; renders: at least 68.",
        lambda body: body.knees_deg[1],
        late=True,
        quantile=0.75,
    ),
    CueKind(
        "knee_held",
        Sentence("How far is the nearest hand, of anybody, from the held knee or shin?"),
        "trunk lengths",
        0.35,
        1.1,
        "knee_not_held",
        "Hands beside the body or behind the head are at 0.6 and more; renders: 0.20.",
        lambda body: body.hand_gap,
    ),
    CueKind(
        "chest_square",
        Sentence("How far apart do the shoulders look?"),
        "trunk lengths",
        0.42,
        0.65,
        "body_twisted",
        "From the side one hides the other; from the front they are 0.8 apart; renders: 0.49.",
        _chest,
    ),
    CueKind(
        "trunk_straight",
        Sentence("How far is the chest turned against the pelvis?"),
        "trunk lengths",
        0.32,
        0.5,
        "body_twisted",
        "Difference of the lines through shoulders and hips; renders: 0.33.",
        _twist,
    ),
    CueKind(
        "shank_hangs",
        Sentence("How far does the tested shank point above the horizontal?"),
        "degrees",
        0.0,
        25.0,
        "not_thomas_test",
        "A shank that hangs points down; those that gravity allows: -10, older renders: 17.",
        _shank_rise,
        late=True,
    ),
    CueKind(
        "foot_free",
        Sentence("How far below the hip does the tested foot hang, where the shank is steep?"),
        "trunk lengths",
        0.33,
        0.15,
        "foot_on_support",
        "A foot put down beside the pelvis stands 0.1 to 0.25 below the hip; "
        "renders: at least 0.19, all but 1 % above 0.34.",
        _foot_drop,
        late=True,
    ),
    CueKind(
        "knee_bends_forward",
        Sentence("Which way does the tested knee bend?"),
        "degrees",
        0.0,
        -20.0,
        "impossible_knee",
        "A knee extends to 0, the lax to -10; readings err by 3; renders: at least 5.",
        lambda body: body.knees_deg[0],
    ),
    CueKind(
        "limbs_match",
        Sentence("How different in length do thigh and shank look?"),
        "ratio",
        1.7,
        2.6,
        "not_thomas_test",
        "Thigh and shank are alike in length, and are both seen from the side; renders: 1.43.",
        _limb_ratio,
    ),
)
"""All cues, the most obvious fault first."""
