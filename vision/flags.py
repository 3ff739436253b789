"""Flags: the caveats a result can carry, one table, each blocking or advisory.

A blocking flag means there is no verdict (and no number); an advisory one is a caveat
beside the number. Every flag carries one sentence on what to do about it.
"""

from dataclasses import dataclass
from typing import Final


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

    def raised(self, code: str) -> bool:
        """Whether a flag of that code is up."""
        return any(flag.kind.code == code for flag in self.flags)


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
            "The person seems to stand, or the photo is turned sideways or taken from above.",
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
            "upside_down",
            True,
            "The photo seems to be upside down.",
            "Turn the photo by 180 degrees and measure it again.",
        ),
        FlagKind(
            "sideways",
            True,
            "The photo seems to be turned sideways.",
            "Turn the photo by a quarter turn, so that the table lies level, and measure it again.",
        ),
        FlagKind(
            "pelvis_lifted",
            True,
            "The hips are lifted higher than the shoulders, as in a bridge.",
            f"{_RETAKE}, the back and the pelvis down on the table.",
        ),
        FlagKind(
            "body_twisted",
            True,
            "The body is twisted or turned on its side.",
            f"{_RETAKE}: flat on the back, both shoulders on the table.",
        ),
        FlagKind(
            "held_leg_not_folded",
            True,
            "The raised leg is straight or lies across the body instead of being folded to the "
            "chest.",
            "Lie flat on the back, bend one knee and hold it to the chest, let the other leg hang, "
            "and take the photo again.",
        ),
        FlagKind(
            "knee_not_held",
            True,
            "Nobody's hands hold the raised knee.",
            "Hold one knee to the chest with both hands, let the other leg hang, and take the "
            "photo again.",
        ),
        FlagKind(
            "foot_on_support",
            True,
            "The foot of the leg that should hang stands on the table or on the floor.",
            "Lie at the very edge of the table, so that the tested leg hangs freely, and take the "
            "photo again.",
        ),
        FlagKind(
            "impossible_knee",
            True,
            "The knee would bend the wrong way or further than a knee can.",
            "Check that hip, knee and ankle are marked in this order and where the head lies, or "
            "take the photo again from the side.",
        ),
        FlagKind(
            "impossible_thigh",
            True,
            "The thigh points where a leg that hangs from a table's edge cannot point.",
            "Check that hip and knee are those of the hanging leg and where the head lies, or "
            "take the photo again from the side.",
        ),
        FlagKind(
            "impossible_leg",
            True,
            "Thigh and shank differ too much in length to be those of one leg.",
            "Check that hip, knee and ankle belong to the same leg, or take the photo again "
            "square from the side.",
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
            "tilt_too_large",
            True,
            "The photo is tilted by more than can be measured.",
            "Hold the phone level, or turn the picture upright, and try again.",
        ),
        FlagKind(
            "level_conflict",
            False,
            "Two sources of the camera's tilt contradict each other.",
            "Leave out a tilt given by hand, and send the photo as it was taken: neither cropped "
            "nor straightened.",
        ),
        FlagKind(
            "wide_lens",
            False,
            "The photo was taken with an ultra-wide lens, which distorts what is near its edges.",
            "Take the photo with the normal lens (1× or 2×).",
        ),
        FlagKind(
            "panorama",
            False,
            "The photo is a panorama: its straight lines are bent.",
            "Take an ordinary photo, without moving the camera.",
        ),
        FlagKind(
            "photo_left_out",
            False,
            "A photo contradicts the others of its set-up and was left out.",
            "Look at it by itself: another leg, position or camera? Or take a further photo.",
        ),
        FlagKind(
            "oblique_view",
            False,
            "The camera seems not to be square to the table.",
            "Stand so that the lens looks straight across the table at the hip.",
        ),
        FlagKind(
            "position_doubtful",
            False,
            "Part of the position is unusual for a Thomas Test.",
            "Compare the photo with the drawing of the test, and take it again if it differs.",
        ),
        FlagKind(
            "lower_back_not_flat",
            True,
            "The lower back did not lie flat on the table, so the angles mean nothing.",
            "Pull the held knee in until the lower back is flat, then take the photo again.",
        ),
        FlagKind(
            "lower_back_unsure",
            False,
            "It is not certain that the lower back lay flat, so the verdict is provisional.",
            "Feel with a hand under the lower back: there should be no room for it.",
        ),
        FlagKind(
            "leg_supported",
            False,
            "The table or the floor seems to carry the tested leg, so the knee is not judged.",
            "Move to the very edge of a higher table, so that the whole leg hangs free.",
        ),
        FlagKind(
            "shank_past_plumb",
            False,
            "The lower leg is behind the plumb line: it is held or pulled back, or it touches "
            "something.",
            "Let the lower leg hang loose, clear of table and floor, and take the photo again.",
        ),
        FlagKind(
            "safety_present",
            False,
            "There is a reason not to do this test without a clinician.",
            "Stop here and have a clinician decide.",
        ),
        FlagKind(
            "back_or_nerve",
            False,
            "The lower back hurt, or the leg tingled or went numb, during the test.",
            "See a clinician before stretching: the back or a nerve may be involved.",
        ),
        FlagKind(
            "hip_pain",
            False,
            "The hip hurt during the test.",
            "See a clinician before stretching; pain may also have kept the thigh from dropping.",
        ),
        FlagKind(
            "knee_pain",
            False,
            "The knee hurt during the test.",
            "See a clinician before stretching; pain may also have kept the knee from bending.",
        ),
        FlagKind(
            "set_by_hand",
            False,
            "Points or angles were set by a person.",
            "Place the points on the joint centres: hip, knee and ankle.",
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
