"""Muscle groups that a reading suggests, and the contribution of a second photo.

Only what is certain is named. If one criterion is too close to call, the other still counts ("at
least"). A rule without a knee criterion says nothing about the rectus femoris. A drop that was not
found is not a drop that was excluded.
"""

from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Reading
from vision.comparison import Difference, compare
from vision.criteria import RuleSet
from vision.findings import Verdict, judge
from vision.observations import AbductedRetest
from vision.repeats import random_part
from vision.sentences import Sentence

Pattern = Literal[
    "none",
    "iliopsoas",
    "rectus_femoris",
    "both_possible",
    "both",
    "rectus_femoris_at_least",
    "thigh_only",
    "undetermined",
]
"""Muscle group that the reading suggests; ``thigh_only`` if the knee was not judged,
``undetermined`` if nothing is certain."""
Drop = Literal["found", "none", "undecided", "rose"]

MIN_EXTENSION_DEG: Final = 15.0
"""The knee counts as extended in the second photo if it is straighter by this much, degrees."""
KENDALL_SHANK_DEG: Final = 10.0
"""Angle from plumb of a shank with Kendall & McCreary's 80° of flexion and a level thigh,
degrees."""
RELEVANT_DROP_DEG: Final = 5.0
"""Smallest relevant drop of the thigh, degrees; "no drop" is reported only if it is excluded."""

_CAPSULE = Sentence("A tight joint capsule or hip osteoarthritis can hold the thigh up too.")
PATTERN_TEXTS: Final[dict[Pattern, str]] = {
    "none": Sentence("No sign that the iliopsoas or the rectus femoris is short in this photo."),
    "iliopsoas": Sentence(
        "Suggests that the one-joint hip flexors (iliopsoas) are short. {capsule}", capsule=_CAPSULE
    ),
    "rectus_femoris": Sentence("Suggests that the rectus femoris is short."),
    "both_possible": Sentence(
        "Both the one-joint hip flexors (iliopsoas) and the rectus femoris may be short: a "
        "second photo with the knee passively extended tells them apart."
    ),
    "both": Sentence(
        "Suggests that both the one-joint hip flexors (iliopsoas) and a two-joint muscle, the "
        "rectus femoris above all, are short: with the knee extended the thigh dropped, but "
        "not all the way."
    ),
    "rectus_femoris_at_least": Sentence(
        "Suggests that a two-joint muscle, the rectus femoris above all, limits the thigh, "
        "which dropped with the knee extended; whether the iliopsoas is also short is too "
        "close to call."
    ),
    "thigh_only": Sentence("This rule does not judge the knee, so its muscles are not assessed."),
    "undetermined": Sentence("Too close to a cut-off to name a muscle group."),
}
"""Meaning of each pattern, as shown to people."""
AT_LEAST_TEXTS: Final[dict[Pattern, str]] = {
    "iliopsoas": Sentence(
        "Suggests that at least the one-joint hip flexors (iliopsoas) are short; whether the "
        "rectus femoris is also short is too close to call. {capsule}",
        capsule=_CAPSULE,
    ),
    "rectus_femoris": Sentence(
        "Suggests that at least the rectus femoris is short; whether the iliopsoas is also "
        "short is too close to call."
    ),
}
"""The same if the other criterion is too close to its cut-off."""
CLOSE_TEXTS: Final[dict[tuple[Verdict, Verdict], str]] = {
    ("borderline", "pass"): Sentence(
        "Whether the one-joint hip flexors (iliopsoas) are short is too close to call; the "
        "knee gives no sign of a short rectus femoris."
    ),
    ("pass", "borderline"): Sentence(
        "Whether the rectus femoris is short is too close to call; the thigh gives no sign of "
        "short one-joint hip flexors."
    ),
}
"""Open questions, by thigh and knee verdict, if no muscle can be named."""
THIGH_ONLY_TEXTS: Final[dict[Verdict, str]] = {
    "pass": Sentence("The thigh gives no sign of short one-joint hip flexors"),
    "borderline": Sentence("Too close to the thigh's cut-off to say more"),
    "fail": Sentence("Suggests short hip flexors, but not which ones"),
}
RETEST_TEXTS: Final[dict[Pattern, str]] = {
    "iliopsoas": Sentence(
        "Suggests that the one-joint hip flexors (iliopsoas) are short: extending the knee did "
        "not lower the thigh. The knee finding stands on its own. {capsule}",
        capsule=_CAPSULE,
    ),
    "rectus_femoris": Sentence(
        "Suggests that a two-joint muscle, the rectus femoris above all, is short: with the "
        "knee extended the thigh dropped to where it should be."
    ),
    "both_possible": Sentence(
        "Both the one-joint hip flexors (iliopsoas) and the rectus femoris may be short: "
        "whether the thigh dropped with the knee extended is not decided."
    ),
}
"""The same if a second photo was taken."""
NOT_EXTENDED_TEXT: Final = Sentence(
    "The knee was not extended in the second photo, so it cannot tell the iliopsoas from the "
    "rectus femoris: take it again with the knee held straighter."
)
DROP_TEXTS: Final[dict[Drop, str]] = {
    "found": Sentence(
        "Extending the knee lowered the thigh by more than measurement error: a two-joint "
        "muscle limits it."
    ),
    "none": Sentence("Extending the knee did not lower the thigh: a drop of 5° is excluded."),
    "undecided": Sentence(
        "Whether extending the knee lowered the thigh is not decided: a drop of 5° is neither "
        "shown nor excluded."
    ),
    "rose": Sentence(
        "The thigh rose when the knee was extended, which does not fit: repeat both photos."
    ),
}
"""Findings of the second photo."""
ABDUCTION_TEXTS: Final[dict[AbductedRetest, str]] = {
    "drops": Sentence(
        "Led outward, the raised thigh drops: the tensor fasciae latae or the iliotibial band "
        "holds it up."
    ),
    "stays": Sentence(
        "Led outward, the raised thigh stays: the iliopsoas or the joint capsule holds it up."
    ),
}


@dataclass(frozen=True, slots=True)
class Retest:
    """Second photo of the same leg, with the knee passively extended.

    Attributes
    ----------
    reading : Reading
        Reading of the second photo.
    change : Difference
        Change of the thigh, second minus first photo; negative if it dropped. Its error is the
        random part of both photos' errors; the systematic part cancels.
    knee_extended : bool
        Whether the knee is straighter than in the first photo by ``MIN_EXTENSION_DEG``.
    thigh_verdict : str
        Verdict on the thigh in the second photo.
    drop : {"found", "none", "undecided", "rose"} or None
        See :func:`drop_of`; None if the knee was not extended.
    one_joint_deg, two_joint_deg : float
        Kendall & McCreary's arithmetic, degrees, not below 0: shortage of the thigh with the knee
        extended, and shortage of the knee with the thigh as in the first photo.
    """

    reading: Reading
    change: Difference
    knee_extended: bool
    thigh_verdict: Verdict
    drop: Drop | None
    one_joint_deg: float
    two_joint_deg: float

    @property
    def text(self) -> str:
        """The finding in one sentence."""
        return NOT_EXTENDED_TEXT if self.drop is None else DROP_TEXTS[self.drop]


def retest_of(first: Reading, second: Reading, rules: RuleSet) -> Retest:
    """Compare a photo with the knee extended with the first one."""
    straighter = first.knee_flexion.value_deg - second.knee_flexion.value_deg
    change = compare(
        random_part(first.thigh, "thigh"),
        random_part(second.thigh, "thigh"),
        "thigh",
        setup_sigma_deg=0.0,
    )
    extended = straighter >= MIN_EXTENSION_DEG
    return Retest(
        reading=second,
        change=change,
        knee_extended=extended,
        thigh_verdict=judge(second.thigh.interval_deg, rules.thigh_max_deg, good_below=True),
        drop=drop_of(change) if extended else None,
        one_joint_deg=max(0.0, second.thigh.value_deg),
        two_joint_deg=max(0.0, first.shank_from_plumb.value_deg - KENDALL_SHANK_DEG),
    )


def drop_of(change: Difference) -> Drop:
    """Decide whether the thigh dropped, by the whole 95 % interval of the drop.

    A drop is found if the whole interval is a drop; none is found if a relevant drop is excluded;
    otherwise it is undecided.
    """
    drop, half = -change.difference_deg, change.detectable_deg
    if drop <= -half and drop < 0:
        return "rose"
    if drop + half < RELEVANT_DROP_DEG:
        return "none"
    return "found" if drop >= half else "undecided"


def pattern_of(
    thigh: Verdict, knee: Verdict | None, *, supported: bool = False
) -> tuple[Pattern, str]:
    """Return the muscle group that thigh and knee suggest, with its text; no knee: not judged."""
    if knee is None:
        said = THIGH_ONLY_TEXTS[thigh]
        if supported:
            why = Sentence(
                "{thigh}; the knee was not judged, because the leg is supported.", thigh=said
            )
            return "thigh_only", why
        return "thigh_only", Sentence("{thigh}; this rule does not judge the knee.", thigh=said)
    if (thigh, knee) in CLOSE_TEXTS:
        return "undetermined", CLOSE_TEXTS[thigh, knee]
    names: dict[tuple[Verdict, Verdict], Pattern] = {
        ("pass", "pass"): "none",
        ("fail", "pass"): "iliopsoas",
        ("fail", "borderline"): "iliopsoas",
        ("pass", "fail"): "rectus_femoris",
        ("borderline", "fail"): "rectus_femoris",
        ("fail", "fail"): "both_possible",
        ("borderline", "borderline"): "undetermined",
    }
    pattern = names[thigh, knee]
    texts = AT_LEAST_TEXTS if "borderline" in (thigh, knee) else PATTERN_TEXTS
    return pattern, texts.get(pattern, PATTERN_TEXTS[pattern])


def with_retest(
    pattern: Pattern, text: str, thigh: Verdict, knee: Verdict | None, retest: Retest
) -> tuple[Pattern, str]:
    """Refine the pattern with the photo with the knee extended.

    Parameters
    ----------
    pattern, text : str
        Of the first photo.
    thigh, knee : str or None
        Verdicts on the first photo.
    retest : Retest
    """
    if retest.drop == "rose":
        return "undetermined", DROP_TEXTS["rose"]
    if retest.drop is None:
        return pattern, NOT_EXTENDED_TEXT if pattern == "both_possible" else text
    if retest.drop == "undecided":
        return pattern, RETEST_TEXTS[pattern] if pattern == "both_possible" else text
    if knee is None or thigh == "pass":
        return pattern, text
    if retest.drop == "none":
        decided = pattern == "both_possible"
        return ("iliopsoas", RETEST_TEXTS["iliopsoas"]) if decided else (pattern, text)
    return _dropped(thigh, retest)


def _dropped(thigh: Verdict, retest: Retest) -> tuple[Pattern, str]:
    """Return what was holding up a thigh that dropped when the knee was extended."""
    if thigh == "borderline" or retest.thigh_verdict == "borderline":
        return "rectus_femoris_at_least", PATTERN_TEXTS["rectus_femoris_at_least"]
    if retest.thigh_verdict == "pass":
        return "rectus_femoris", RETEST_TEXTS["rectus_femoris"]
    return "both", PATTERN_TEXTS["both"]
