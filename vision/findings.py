"""Judge the criteria one by one: an interval against a cut-off, or the examiner's answer.

Each angle carries a 95 % interval. A criterion passes if the whole interval is on the good side
of its cut-off, fails if the whole interval is on the bad side, and is borderline otherwise. A knee
fails only if the shank, too, is clearly short of plumb: gravity bends it no further.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from vision.angles import PLUMB_WITHIN_DEG, Angle, Reading
from vision.criteria import Criterion, RuleSet
from vision.observations import Observations, Rotation
from vision.sentences import Number, Sentence, number

Verdict = Literal["pass", "borderline", "fail", "not_measurable"]
Grade = Literal["optimal", "excessive"]
SEVERITY: Final[tuple[Verdict, ...]] = ("pass", "borderline", "fail", "not_measurable")
"""From best to worst; the overall verdict is the worst."""
OPTIMAL_WITHIN_DEG: Final = 5.0
"""How far from a rule's optimum a thigh is still called optimal, degrees ("about 10° below")."""
EXCESSIVE_DEG: Final = -20.0
"""A thigh whose whole interval is below this hangs lower than most, degrees. In Ferber's 392 limbs
that a clinician passed, two standard deviations around the mean span −27 to −4°."""

LEVEL_TEXTS: Final[dict[Verdict, Sentence]] = {
    "pass": Sentence("The thigh rests at or below horizontal."),
    "fail": Sentence("The thigh stays above horizontal."),
    "borderline": Sentence("The thigh is too close to horizontal to call."),
}
LIE_TEXTS: Final[dict[tuple[Rotation | None, bool], Sentence]] = {
    ("outward", False): Sentence("The thigh rotates outward."),
    ("inward", False): Sentence("The thigh rotates inward."),
    ("outward", True): Sentence("The thigh rotates outward and drifts outward."),
    ("inward", True): Sentence("The thigh rotates inward and drifts outward."),
    (None, True): Sentence("The thigh drifts outward."),
}
"""Descriptions of a thigh that does not hang straight, by rotation and abduction."""
PAIN_TEXTS: Final = {
    (True, False): Sentence("Pain in the hip during the test: rule out a joint condition."),
    (False, True): Sentence("Pain in the knee during the test: rule out a joint condition."),
    (True, True): Sentence(
        "Pain in the hip and the knee during the test: rule out a joint condition."
    ),
}
"""By pain in hip and knee."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judged criterion.

    Attributes
    ----------
    criterion : {"thigh", "knee", "rotation", "pain"}
    verdict : str
        See :data:`Verdict`.
    cutoff_deg : float or None
        Degrees, with the sign convention of the criterion's angle; None if no angle is judged.
    text : str
        One sentence for people.
    shortage_deg : float or None
        By how many degrees the two-joint muscles are short (Kendall & McCreary: hip flexion
        + 80 − knee flexion, not below 0; extrapolated below the horizontal); None if the rule
        does not define it.
    grade : {"optimal", "excessive"} or None
        Grade of a thigh that passes.
    """

    criterion: Criterion
    verdict: Verdict
    cutoff_deg: float | None
    text: str
    shortage_deg: float | None = None
    grade: Grade | None = None


def find(
    reading: Reading,
    rules: RuleSet,
    observed: Observations,
    abduction: Angle | None = None,
    *,
    supported: bool = False,
) -> tuple[Finding, ...]:
    """Judge every criterion of the rule-set for which there is an angle or an answer.

    Parameters
    ----------
    reading : Reading
    rules : RuleSet
    observed : Observations
    abduction : Angle, optional
        Abduction of the thigh from the trunk's midline, + outward.
    supported : bool
        Whether table or floor supports the leg. The thigh cannot drop below the support, so it is
        never optimal, and the knee is not judged.
    """
    found = (
        _supported_thigh(reading.thigh, rules) if supported else _thigh(reading.thigh, rules),
        None if supported else _knee(reading, rules),
        _rotation(observed, abduction, rules),
        _pain(observed, rules),
    )
    return tuple(finding for finding in found if finding is not None)


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """Return the overall verdict."""
    return max((finding.verdict for finding in findings), key=SEVERITY.index)


def judge(interval_deg: tuple[float, float], cutoff_deg: float, *, good_below: bool) -> Verdict:
    """Compare an interval with a cut-off; the cut-off itself is on the good side.

    Parameters
    ----------
    interval_deg : tuple of float
        Lower and upper end, degrees.
    cutoff_deg : float
    good_below : bool
        Whether smaller angles are better.
    """
    low, high = interval_deg if good_below else (-interval_deg[1], -interval_deg[0])
    cutoff = cutoff_deg if good_below else -cutoff_deg
    if high <= cutoff:
        return "pass"
    return "fail" if low > cutoff else "borderline"


def drifts_outward(observed: Observations, abduction: Angle | None, rules: RuleSet) -> bool:
    """Whether the thigh is abducted, by observation or by measurement."""
    measured = _abduction_verdict(abduction, rules)
    return observed.abducted == "yes" or measured == "fail"


def _thigh(angle: Angle, rules: RuleSet) -> Finding:
    cutoff = rules.thigh_max_deg
    verdict = judge(angle.interval_deg, cutoff, good_below=True)
    grade = _grade(angle, rules) if verdict == "pass" else None
    return Finding("thigh", verdict, cutoff, _thigh_text(verdict, grade, rules), grade=grade)


def _thigh_text(verdict: Verdict, grade: Grade | None, rules: RuleSet) -> Sentence:
    if grade == "excessive":
        return Sentence(
            "The thigh hangs lower than most: check that the lower back stayed down; nothing here "
            "needs stretching."
        )
    if grade == "optimal":
        side, deg = _against_horizontal(rules.thigh_optimal_deg or 0.0)
        return {
            "level": Sentence("The thigh rests near horizontal: optimal."),
            "below": Sentence("The thigh rests near {deg}° below horizontal: optimal.", deg=deg),
            "above": Sentence("The thigh rests near {deg}° above horizontal: optimal.", deg=deg),
        }[side]
    side, deg = _against_horizontal(rules.thigh_max_deg)
    if side == "level":
        return LEVEL_TEXTS[verdict]
    if side == "below":
        return {
            "pass": Sentence("The thigh rests at or below {deg}° below horizontal.", deg=deg),
            "fail": Sentence("The thigh stays above {deg}° below horizontal.", deg=deg),
            "borderline": Sentence(
                "The thigh is too close to {deg}° below horizontal to call.", deg=deg
            ),
        }[verdict]
    return {
        "pass": Sentence("The thigh rests at or below {deg}° above horizontal.", deg=deg),
        "fail": Sentence("The thigh stays above {deg}° above horizontal.", deg=deg),
        "borderline": Sentence(
            "The thigh is too close to {deg}° above horizontal to call.", deg=deg
        ),
    }[verdict]


def _grade(angle: Angle, rules: RuleSet) -> Grade | None:
    """Grade a thigh that passes; None if neither grade applies."""
    if angle.interval_deg[1] < EXCESSIVE_DEG:
        return "excessive"
    optimum = rules.thigh_optimal_deg
    near = optimum is not None and abs(angle.value_deg - optimum) <= OPTIMAL_WITHIN_DEG
    return "optimal" if near else None


def _supported_thigh(angle: Angle, rules: RuleSet) -> Finding:
    """Judge a supported thigh, as in the classic test, which cannot measure below the support."""
    found = _thigh(angle, rules)
    if found.verdict != "pass":
        return replace(found, grade=None)
    text = Sentence(
        "The thigh rests on its support, at or below its cut-off; it could not drop further."
    )
    return replace(found, text=text, grade=None)


def _against_horizontal(angle_deg: float) -> tuple[str, Number]:
    side = "level" if angle_deg == 0 else "below" if angle_deg < 0 else "above"
    return side, number(abs(angle_deg), "g")


def _knee(reading: Reading, rules: RuleSet) -> Finding | None:
    cutoff = rules.knee_cutoff_deg(reading.thigh.value_deg)
    if cutoff is None:
        return None
    shortage = None
    if rules.knee_follows_thigh == "both":
        shortage = max(0.0, cutoff - reading.knee_flexion.value_deg)
    verdict = _knee_verdict(reading, rules)
    deg = number(cutoff, ".0f")
    if verdict == "fail" and reading.shank_from_plumb.interval_deg[0] <= PLUMB_WITHIN_DEG:
        text = Sentence(
            "The knee is straighter than {deg}°, but the shank may hang plumb: gravity bends it no "
            "further.",
            deg=deg,
        )
        return Finding("knee", "borderline", cutoff, text, shortage)
    texts = {
        "pass": Sentence("The knee hangs bent by at least {deg}°.", deg=deg),
        "fail": Sentence("The knee hangs straighter than {deg}° of flexion.", deg=deg),
        "borderline": Sentence("The knee is too close to {deg}° of flexion to call.", deg=deg),
    }
    return Finding("knee", verdict, cutoff, texts[verdict], shortage)


def _knee_verdict(reading: Reading, rules: RuleSet) -> Verdict:
    """Judge the flexion, the shank's angle from plumb, or the better of the two.

    A cut-off of ``min(80, 80 + thigh)`` is met if the knee is bent by 80° or the shank is within
    10° of plumb. Judging both by their own intervals avoids a jump between the two; and the error
    of the shank is not the sum of those of thigh and knee.
    """
    assert rules.knee_min_deg is not None
    flexion = judge(reading.knee_flexion.interval_deg, rules.knee_min_deg, good_below=False)
    if rules.shank_max_deg is None:
        return flexion
    shank = judge(reading.shank_from_plumb.interval_deg, rules.shank_max_deg, good_below=True)
    return shank if rules.knee_follows_thigh == "both" else min(flexion, shank, key=SEVERITY.index)


def _rotation(observed: Observations, abduction: Angle | None, rules: RuleSet) -> Finding | None:
    """Judge rotation and abduction of the thigh by observation and, with a cut-off, by angle.

    Passing requires both answers, failing requires one.
    """
    if not rules.judges_rotation:
        return None
    cutoff, measured = rules.abduction_max_deg, _abduction_verdict(abduction, rules)
    rotated, drifts = observed.rotation in ("outward", "inward"), observed.abducted == "yes"
    if rotated or drifts:
        rotation = observed.rotation if rotated else None
        return Finding("rotation", "fail", None, LIE_TEXTS[rotation, drifts])
    if measured is not None and cutoff is not None and measured != "pass":
        deg = number(cutoff, "g")
        text = Sentence("The thigh may drift outward by more than {deg}°.", deg=deg)
        if measured == "fail":
            text = Sentence("The thigh drifts outward by more than {deg}°.", deg=deg)
        return Finding("rotation", measured, cutoff, text)
    if observed.rotation is None or (observed.abducted is None and measured is None):
        return None
    if measured == "pass" and cutoff is not None:
        text = Sentence(
            "The thigh does not rotate, nor drift outward by more than {deg}°.",
            deg=number(cutoff, "g"),
        )
        return Finding("rotation", "pass", cutoff, text)
    text = Sentence("The thigh neither rotates nor drifts outward.")
    return Finding("rotation", "pass", None, text)


def _abduction_verdict(abduction: Angle | None, rules: RuleSet) -> Verdict | None:
    if abduction is None or rules.abduction_max_deg is None:
        return None
    return judge(abduction.interval_deg, rules.abduction_max_deg, good_below=True)


def _pain(observed: Observations, rules: RuleSet) -> Finding | None:
    """Judge pain, which fails under every rule-set, even one that does not mention it."""
    hurts = observed.hip_pain == "yes", observed.knee_pain == "yes"
    if any(hurts):
        return Finding("pain", "fail", None, PAIN_TEXTS[hurts])
    if rules.judges_pain and observed.pain_answered:
        return Finding("pain", "pass", None, Sentence("No pain in hip or knee."))
    return None
