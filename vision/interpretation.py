"""Angles and observations to a verdict, with the reason and the muscles it suggests.

The overall verdict is the worst of the criteria. Words suggest, name the rule-set, and
never diagnose.
"""

from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Angle, Reading
from vision.comparison import SAME_SETUP_DEG, Difference, compare
from vision.criteria import RuleSet
from vision.findings import Finding, Verdict, drifts_outward, find, judge, worst
from vision.observations import NOTHING_OBSERVED, Observations

Pattern = Literal[
    "none",
    "iliopsoas",
    "rectus_femoris",
    "both_possible",
    "both",
    "rectus_femoris_at_least",
    "undetermined",
]
"""Muscle group that the reading suggests; ``undetermined`` when a criterion is borderline."""
OtherMuscle = Literal["tfl", "sartorius"]

MIN_EXTENSION_DEG: Final = 15.0
"""The knee counts as extended in the second photo when it is this much straighter, degrees."""


@dataclass(frozen=True, slots=True)
class Retest:
    """The same leg once more, with the knee passively extended.

    Attributes
    ----------
    reading : Reading
        Of the second photo.
    change : Difference
        Of the thigh, second minus first photo: negative when it dropped.
    knee_extended : bool
        Whether the knee is straighter than in the first photo by ``MIN_EXTENSION_DEG``.
    thigh_verdict : str
        Verdict on the second photo's thigh.
    """

    reading: Reading
    change: Difference
    knee_extended: bool
    thigh_verdict: Verdict


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The reading, judged.

    Attributes
    ----------
    verdict : str
        The worst of the findings.
    findings : tuple of Finding
    pattern, pattern_text : str
        Muscle group that the reading suggests.
    also : tuple of str
        Further muscles that rotation or abduction of the thigh suggest.
    provisional : str
        Why the verdict is not final; empty when it is.
    rules : RuleSet
    retest : Retest or None
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    pattern: Pattern
    pattern_text: str
    also: tuple[OtherMuscle, ...]
    provisional: str
    rules: RuleSet
    retest: Retest | None = None


NOT_MEASURABLE_TEXT: Final = "Not measurable, so nothing is suggested."
PROVISIONAL_TEXT: Final = "Provisional: it is not certain that the lower back lay flat."
PATTERN_TEXTS: Final[dict[Pattern, str]] = {
    "none": "No sign of short hip flexors in this photo.",
    "iliopsoas": "Suggests that the one-joint hip flexors (iliopsoas) are short.",
    "rectus_femoris": "Suggests that the rectus femoris is short.",
    "both_possible": (
        "Both the one-joint hip flexors (iliopsoas) and the rectus femoris may be short: "
        "a second photo with the knee passively extended tells them apart."
    ),
    "both": (
        "Suggests that both the one-joint hip flexors (iliopsoas) and the rectus femoris are "
        "short: with the knee extended the thigh dropped, but not all the way."
    ),
    "rectus_femoris_at_least": (
        "Suggests that the rectus femoris limits the thigh, which dropped with the knee "
        "extended; whether the iliopsoas is short too is too close to call."
    ),
    "undetermined": "Too close to a cut-off to name a muscle group.",
}
"""What each pattern means, for people."""
RETEST_TEXTS: Final[dict[Pattern, str]] = {
    "iliopsoas": (
        "Suggests that the one-joint hip flexors (iliopsoas) are short: extending the knee did "
        "not lower the thigh. The knee finding stands on its own."
    ),
    "rectus_femoris": (
        "Suggests that the rectus femoris is short: with the knee extended the thigh dropped "
        "to where it should be."
    ),
}
"""The same where the second photo has told the two apart."""
OTHER_TEXTS: Final[dict[OtherMuscle, str]] = {
    "tfl": "Rotation or outward drift of the thigh also suggests the tensor fasciae latae.",
    "sartorius": "A thigh that is raised, drifts outward and turns outward suggests the sartorius.",
}


def interpret(
    reading: Reading | None,
    rules: RuleSet,
    observed: Observations = NOTHING_OBSERVED,
    *,
    extended: Reading | None = None,
    abduction: Angle | None = None,
) -> Interpretation:
    """Judge angles and observations by a rule-set.

    Parameters
    ----------
    reading : Reading or None
        None when there is no number to judge.
    rules : RuleSet
    observed : Observations
        What the examiner said.
    extended : Reading, optional
        The same leg photographed again with the knee passively extended.
    abduction : Angle, optional
        Of the thigh against the trunk's midline, + outward, from a view from above the feet.
    """
    if reading is None:
        return Interpretation(
            "not_measurable", (), "undetermined", NOT_MEASURABLE_TEXT, (), "", rules
        )
    findings = find(reading, rules, observed, abduction)
    verdicts = {finding.criterion: finding.verdict for finding in findings}
    retest = None if extended is None else _retest(reading, extended, rules)
    pattern = _pattern(verdicts["thigh"], verdicts.get("knee", "pass"))
    text = PATTERN_TEXTS[pattern]
    if pattern == "both_possible" and retest is not None:
        pattern, text = _told_apart(retest)
    return Interpretation(
        verdict=worst(findings),
        findings=findings,
        pattern=pattern,
        pattern_text=text,
        also=_also(verdicts["thigh"], observed, drifts_outward(observed, abduction, rules)),
        provisional=PROVISIONAL_TEXT if observed.lower_back_flat == "unsure" else "",
        rules=rules,
        retest=retest,
    )


def _retest(first: Reading, second: Reading, rules: RuleSet) -> Retest:
    straighter = first.knee_flexion.value_deg - second.knee_flexion.value_deg
    return Retest(
        reading=second,
        change=compare(first.thigh, second.thigh, "thigh", SAME_SETUP_DEG),
        knee_extended=straighter >= MIN_EXTENSION_DEG,
        thigh_verdict=judge(second.thigh.interval_deg, rules.thigh_max_deg, good_below=True),
    )


def _told_apart(retest: Retest) -> tuple[Pattern, str]:
    """Decide between rectus femoris and one-joint flexors by the thigh's drop."""
    if not retest.knee_extended:
        text = (
            "The knee was not extended in the second photo, so it cannot tell the iliopsoas "
            "from the rectus femoris: take it again with the knee held straighter."
        )
        return "both_possible", text
    change = retest.change
    if not change.detectable:
        return "iliopsoas", RETEST_TEXTS["iliopsoas"]
    if change.difference_deg > 0:
        text = "The thigh rose when the knee was extended, which does not fit: repeat both photos."
        return "undetermined", text
    if retest.thigh_verdict == "pass":
        return "rectus_femoris", RETEST_TEXTS["rectus_femoris"]
    pattern: Pattern = "both" if retest.thigh_verdict == "fail" else "rectus_femoris_at_least"
    return pattern, PATTERN_TEXTS[pattern]


def _pattern(thigh: Verdict, knee: Verdict) -> Pattern:
    if "borderline" in (thigh, knee):
        return "undetermined"
    names: dict[tuple[Verdict, Verdict], Pattern] = {
        ("pass", "pass"): "none",
        ("fail", "pass"): "iliopsoas",
        ("pass", "fail"): "rectus_femoris",
        ("fail", "fail"): "both_possible",
    }
    return names[thigh, knee]


def _also(thigh: Verdict, observed: Observations, drifts: bool) -> tuple[OtherMuscle, ...]:
    also: list[OtherMuscle] = []
    if drifts or observed.rotation in ("outward", "inward"):
        also.append("tfl")
    if thigh == "fail" and drifts and observed.rotation == "outward":
        also.append("sartorius")
    return tuple(also)
