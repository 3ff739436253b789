"""Angles and flags to a verdict: pass, borderline, fail or not measurable, with the reason.

Each angle carries a 95 % interval. A criterion passes when the whole interval is on the
good side of its cut-off, fails when the whole interval is on the bad side, and is
borderline otherwise. Words suggest, name the rule-set, and never diagnose.
"""

from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Angle, Angles
from vision.criteria import RuleSet
from vision.quality import Quality

Verdict = Literal["pass", "borderline", "fail", "not_measurable"]
Pattern = Literal[
    "none",
    "iliopsoas",
    "rectus_femoris",
    "both_possible",
    "undetermined",
]
"""Muscle group that the reading suggests; ``undetermined`` when a criterion is borderline."""

_SEVERITY: Final[tuple[Verdict, ...]] = ("pass", "borderline", "fail", "not_measurable")


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion, judged.

    Attributes
    ----------
    criterion : {"thigh", "knee"}
    verdict : str
        See :data:`Verdict`.
    cutoff_deg : float
        Degrees, in the sign of the criterion's angle.
    text : str
        One sentence for people.
    """

    criterion: Literal["thigh", "knee"]
    verdict: Verdict
    cutoff_deg: float
    text: str


@dataclass(frozen=True, slots=True)
class Interpretation:
    """The reading: overall verdict (the worst of the findings), findings, pattern, rule-set."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    pattern: Pattern
    pattern_text: str
    rules: RuleSet


PATTERN_TEXTS: Final[dict[Pattern, str]] = {
    "none": "No sign of short hip flexors in this photo.",
    "iliopsoas": "Suggests that the one-joint hip flexors (iliopsoas) are short.",
    "rectus_femoris": "Suggests that the rectus femoris is short.",
    "both_possible": (
        "Both the one-joint hip flexors (iliopsoas) and the rectus femoris may be short: "
        "a second photo with the knee passively extended tells them apart."
    ),
    "undetermined": "Too close to a cut-off to name a muscle group.",
}
"""What each pattern means, for people."""


def interpret(angles: Angles | None, quality: Quality, rules: RuleSet) -> Interpretation:
    """Judge the angles by a rule-set; with a blocking flag there is no verdict.

    Parameters
    ----------
    angles : Angles or None
        None when the photo was refused.
    quality : Quality
    rules : RuleSet
    """
    if angles is None or not quality.usable:
        text = "Not measurable, so nothing is suggested."
        return Interpretation("not_measurable", (), "undetermined", text, rules)
    findings = [_thigh(angles.thigh, rules)]
    if rules.knee_min_deg is not None:
        findings.append(_knee(angles.knee_flexion, rules.knee_min_deg))
    overall = max((finding.verdict for finding in findings), key=_SEVERITY.index)
    pattern = _pattern({finding.criterion: finding.verdict for finding in findings})
    return Interpretation(overall, tuple(findings), pattern, PATTERN_TEXTS[pattern], rules)


def judge(interval_deg: tuple[float, float], cutoff_deg: float, *, good_below: bool) -> Verdict:
    """Compare an interval with a cut-off; the cut-off itself belongs to the good side.

    Parameters
    ----------
    interval_deg : tuple of float
        Lower and upper end, degrees.
    cutoff_deg : float
    good_below : bool
        Whether smaller angles are the good ones.
    """
    low, high = interval_deg if good_below else (-interval_deg[1], -interval_deg[0])
    cutoff = cutoff_deg if good_below else -cutoff_deg
    if high <= cutoff:
        return "pass"
    return "fail" if low > cutoff else "borderline"


def _thigh(angle: Angle, rules: RuleSet) -> Finding:
    cutoff = rules.thigh_max_deg
    verdict = judge(angle.interval_deg, cutoff, good_below=True)
    limit = "horizontal" if cutoff == 0 else f"{cutoff:.0f}° to horizontal"
    optimal = rules.thigh_optimal_deg
    if verdict == "pass" and optimal is not None and angle.value_deg <= optimal:
        text = f"The thigh rests {-optimal:.0f}° or more below horizontal: optimal."
    elif verdict == "pass":
        text = f"The thigh rests at or below {limit}."
    elif verdict == "fail":
        text = f"The thigh stays above {limit}."
    else:
        text = f"The thigh is too close to {limit} to call."
    return Finding("thigh", verdict, cutoff, text)


def _knee(angle: Angle, cutoff: float) -> Finding:
    verdict = judge(angle.interval_deg, cutoff, good_below=False)
    texts = {
        "pass": f"The knee hangs bent by at least {cutoff:.0f}°.",
        "fail": f"The knee hangs straighter than {cutoff:.0f}° of flexion.",
        "borderline": f"The knee is too close to {cutoff:.0f}° of flexion to call.",
    }
    return Finding("knee", verdict, cutoff, texts[verdict])


def _pattern(verdicts: dict[str, Verdict]) -> Pattern:
    thigh, knee = verdicts["thigh"], verdicts.get("knee", "pass")
    if "borderline" in (thigh, knee):
        return "undetermined"
    names: dict[tuple[Verdict, Verdict], Pattern] = {
        ("pass", "pass"): "none",
        ("fail", "pass"): "iliopsoas",
        ("pass", "fail"): "rectus_femoris",
        ("fail", "fail"): "both_possible",
    }
    return names[thigh, knee]
