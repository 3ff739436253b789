"""Flags: one table of all caveats that a result can carry, each blocking or advisory.

A blocking flag means that there is neither a number nor a verdict; an advisory flag is a caveat
beside the number. Every flag has one sentence of advice.
"""

from dataclasses import dataclass
from typing import Final

from vision.sentences import Sentence


@dataclass(frozen=True, slots=True)
class FlagKind:
    """Definition of a flag: one row of the table.

    Attributes
    ----------
    code : str
        Stable identifier.
    blocking : bool
        Whether it prevents a verdict.
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
    """A raised flag, with the measured ``value`` and the ``limit`` if applicable.

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
        """Whether no blocking flag is raised."""
        return not any(flag.kind.blocking for flag in self.flags)

    def raised(self, code: str) -> bool:
        """Whether the flag with a code is raised."""
        return any(flag.kind.code == code for flag in self.flags)


FLAG_KINDS: Final = {
    kind.code: kind
    for kind in (
        FlagKind(
            "no_person",
            True,
            Sentence("Nobody was found in the photo."),
            Sentence("Get the whole person, head to foot, into the picture, in good light."),
        ),
        FlagKind(
            "several_people",
            True,
            Sentence("More than one person seems to be in the test position."),
            Sentence("Take the photo again with only the person tested on the table."),
        ),
        FlagKind(
            "standing",
            True,
            Sentence(
                "The person seems to be standing, or the photo is turned sideways or taken "
                "from above."
            ),
            Sentence(
                "Take the photo from the side, with one knee held to the chest and the other "
                "leg hanging, and turn the photo upright."
            ),
        ),
        FlagKind(
            "sitting",
            True,
            Sentence("The person seems to be sitting, or the photo is turned sideways."),
            Sentence(
                "Lie on the back with one knee held to the chest and the other leg hanging, and take "
                "the photo upright from the side."
            ),
        ),
        FlagKind(
            "prone",
            True,
            Sentence("The person seems to be lying face down."),
            Sentence(
                "Lie on the back with one knee held to the chest and the other leg hanging, "
                "and take the photo from the side."
            ),
        ),
        FlagKind(
            "upside_down",
            True,
            Sentence("The photo seems to be upside down."),
            Sentence("Turn the photo by 180 degrees and measure it again."),
        ),
        FlagKind(
            "sideways",
            True,
            Sentence("The photo seems to be turned sideways."),
            Sentence(
                "Turn the photo by a quarter turn, so that the table lies level, and measure "
                "it again."
            ),
        ),
        FlagKind(
            "pelvis_lifted",
            True,
            Sentence("The hips are lifted higher than the shoulders, as in a bridge."),
            Sentence(
                "Keep back and pelvis down on the table, one knee held to the chest and the "
                "other leg hanging, and take the photo from the side."
            ),
        ),
        FlagKind(
            "body_twisted",
            True,
            Sentence("The body is twisted or turned on its side."),
            Sentence(
                "Lie flat on the back, both shoulders on the table, one knee held to the chest "
                "and the other leg hanging, and take the photo from the side."
            ),
        ),
        FlagKind(
            "held_leg_not_folded",
            True,
            Sentence(
                "The raised leg is straight or lies across the body instead of being folded to "
                "the chest."
            ),
            Sentence(
                "Lie flat on the back, bend one knee and hold it to the chest, let the other "
                "leg hang, and take the photo again."
            ),
        ),
        FlagKind(
            "knee_not_held",
            True,
            Sentence("Nobody's hands hold the raised knee."),
            Sentence(
                "Hold one knee to the chest with both hands, let the other leg hang, and take "
                "the photo again."
            ),
        ),
        FlagKind(
            "foot_on_support",
            True,
            Sentence("The foot of the leg that should hang stands on the table or on the floor."),
            Sentence(
                "Lie at the very edge of the table, so that the tested leg hangs freely, and "
                "take the photo again."
            ),
        ),
        FlagKind(
            "impossible_knee",
            True,
            Sentence("The knee would bend the wrong way or further than a knee can."),
            Sentence(
                "Check that hip, knee and ankle are marked in this order and where the head "
                "lies, or take the photo again from the side."
            ),
        ),
        FlagKind(
            "impossible_thigh",
            True,
            Sentence("The thigh points where a leg that hangs from a table's edge cannot point."),
            Sentence(
                "Check that hip and knee are those of the hanging leg and where the head lies, "
                "or take the photo again from the side."
            ),
        ),
        FlagKind(
            "impossible_leg",
            True,
            Sentence("Thigh and shank differ too much in length to be those of one leg."),
            Sentence(
                "Check that hip, knee and ankle belong to the same leg, or take the photo "
                "again square from the side."
            ),
        ),
        FlagKind(
            "both_legs_down",
            True,
            Sentence("No knee is held to the chest."),
            Sentence(
                "Hold one knee to the chest, let the other leg hang, and take the photo again."
            ),
        ),
        FlagKind(
            "both_knees_up",
            True,
            Sentence("Both thighs are raised."),
            Sentence(
                "Let the leg that is tested hang freely over the edge and take the photo again."
            ),
        ),
        FlagKind(
            "not_thomas_test",
            True,
            Sentence("The position is not that of a Thomas Test."),
            Sentence(
                "Take the photo from the side, with one knee held to the chest and the other "
                "leg hanging over the edge of the table."
            ),
        ),
        FlagKind(
            "passes_disagree",
            True,
            Sentence("Repeated readings of this photo contradict each other."),
            Sentence(
                "Take the photo again: square from the side, good light, tight clothing, "
                "nobody else in the picture."
            ),
        ),
        FlagKind(
            "joint_out_of_frame",
            True,
            Sentence("The hip, knee or ankle of the tested leg is outside the picture."),
            Sentence("Step back until the person is in the picture from head to foot."),
        ),
        FlagKind(
            "person_too_small",
            True,
            Sentence("The person is too small in the photo."),
            Sentence(
                "Step closer or send the original photo: the body should fill most of the width."
            ),
        ),
        FlagKind(
            "side_uncertain",
            True,
            Sentence("This photo does not show clearly whether the left or the right leg hangs."),
            Sentence("State which leg is tested (option “leg”: left or right)."),
        ),
        FlagKind(
            "leg_override_disagrees",
            False,
            Sentence("The photo suggests that the other leg hangs, not the one given."),
            Sentence("Check that the leg given is the one that hangs."),
        ),
        FlagKind(
            "level_assumed",
            False,
            Sentence("The camera's tilt is unknown; the photo is assumed to be level."),
            Sentence("Hold the phone level (grid or spirit level), or give the tilt in degrees."),
        ),
        FlagKind(
            "tilt_too_large",
            True,
            Sentence("The photo is tilted too far to be measured."),
            Sentence("Hold the phone level, or turn the picture upright, and try again."),
        ),
        FlagKind(
            "level_conflict",
            False,
            Sentence("Two sources of the camera's tilt contradict each other."),
            Sentence(
                "Leave out a tilt given by hand, and send the photo as it was taken: neither "
                "cropped nor straightened."
            ),
        ),
        FlagKind(
            "wide_lens",
            False,
            Sentence(
                "The photo was taken with an ultra-wide lens, which distorts what is near its "
                "edges."
            ),
            Sentence("Take the photo with the normal lens (1× or 2×)."),
        ),
        FlagKind(
            "panorama",
            False,
            Sentence("The photo is a panorama: its straight lines are bent."),
            Sentence("Take an ordinary photo, without moving the camera."),
        ),
        FlagKind(
            "photo_left_out",
            False,
            Sentence("A photo contradicts the others of its set-up and was left out."),
            Sentence(
                "Look at it by itself: another leg, position or camera? Or take a further photo."
            ),
        ),
        FlagKind(
            "photo_repeated",
            False,
            Sentence("The same photo was given twice; it counts once."),
            Sentence("Take another photo: only further photos make the error smaller."),
        ),
        FlagKind(
            "oblique_view",
            False,
            Sentence("The camera does not seem to be square to the table."),
            Sentence("Stand so that the lens looks straight across the table at the hip."),
        ),
        FlagKind(
            "position_doubtful",
            False,
            Sentence("Part of the position is unusual for a Thomas Test."),
            Sentence(
                "Compare the photo with the drawing of the test, and take it again if it differs."
            ),
        ),
        FlagKind(
            "lower_back_not_flat",
            True,
            Sentence("The lower back did not lie flat on the table, so the angles mean nothing."),
            Sentence(
                "Pull the held knee in until the lower back is flat, then take the photo again."
            ),
        ),
        FlagKind(
            "lower_back_unsure",
            False,
            Sentence(
                "It is not certain that the lower back lay flat, so the verdict is provisional."
            ),
            Sentence("Feel with a hand under the lower back: there should be no room for it."),
        ),
        FlagKind(
            "leg_supported",
            False,
            Sentence(
                "The table or the floor seems to support the tested leg, so the knee is not judged."
            ),
            Sentence("Move to the very edge of a higher table, so that the whole leg hangs free."),
        ),
        FlagKind(
            "shank_past_plumb",
            False,
            Sentence(
                "The lower leg is behind the plumb line: it is held or pulled back, or it "
                "touches something."
            ),
            Sentence(
                "Let the lower leg hang loose, clear of table and floor, and take the photo again."
            ),
        ),
        FlagKind(
            "safety_present",
            False,
            Sentence("There is a reason not to do this test without a clinician."),
            Sentence("Stop here and have a clinician decide."),
        ),
        FlagKind(
            "back_or_nerve",
            False,
            Sentence("The lower back hurt, or the leg tingled or went numb, during the test."),
            Sentence("See a clinician before stretching: the back or a nerve may be involved."),
        ),
        FlagKind(
            "hip_pain",
            False,
            Sentence("The hip hurt during the test."),
            Sentence(
                "See a clinician before stretching; pain may also have kept the thigh from "
                "dropping."
            ),
        ),
        FlagKind(
            "knee_pain",
            False,
            Sentence("The knee hurt during the test."),
            Sentence(
                "See a clinician before stretching; pain may also have kept the knee from bending."
            ),
        ),
        FlagKind(
            "set_by_hand",
            False,
            Sentence("Points or angles were set by hand."),
            Sentence("Place the points on the joint centres: hip, knee and ankle."),
        ),
        FlagKind(
            "hugged_knee_not_at_chest",
            False,
            Sentence("The held knee is not close to the chest, so the lower back may not be flat."),
            Sentence(
                "Pull the held knee in until the lower back is flat on the table, then take "
                "the photo again."
            ),
        ),
    )
}
"""All flags, by code."""
