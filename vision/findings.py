"""Criteria, one by one: an interval against a cut-off, or what the examiner said.

Each angle carries a 95 % interval. A criterion passes when the whole interval is on the
good side of its cut-off, fails when the whole interval is on the bad side, and is
borderline otherwise.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Z95, Angle, Reading
from vision.criteria import RuleSet
from vision.observations import Observations

Verdict = Literal["pass", "borderline", "fail", "not_measurable"]
Criterion = Literal["thigh", "knee", "rotation", "pain"]
SEVERITY: Final[tuple[Verdict, ...]] = ("pass", "borderline", "fail", "not_measurable")
"""From good to bad: the overall verdict is the worst."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion, judged.

    Attributes
    ----------
    criterion : {"thigh", "knee", "rotation", "pain"}
    verdict : str
        See :data:`Verdict`.
    cutoff_deg : float or None
        Degrees, in the sign of the criterion's angle; None where no angle is judged.
    text : str
        One sentence for people.
    shortage_deg : float or None
        By how many degrees the two-joint muscles are short (Kendall & McCreary: hip flexion
        + 80 − knee flexion, not below 0); None where the rule does not define it.
    """

    criterion: Criterion
    verdict: Verdict
    cutoff_deg: float | None
    text: str
    shortage_deg: float | None = None


def find(
    reading: Reading, rules: RuleSet, observed: Observations, abduction: Angle | None = None
) -> tuple[Finding, ...]:
    """Judge every criterion of the rule-set for which there is something to judge.

    Parameters
    ----------
    reading : Reading
    rules : RuleSet
    observed : Observations
    abduction : Angle, optional
        Of the thigh against the trunk's midline, + outward.
    """
    found = (
        _thigh(reading.thigh, rules),
        _knee(reading, rules),
        _rotation(observed, abduction, rules),
        _pain(observed, rules),
    )
    return tuple(finding for finding in found if finding is not None)


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """Return the overall verdict."""
    return max((finding.verdict for finding in findings), key=SEVERITY.index)


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


def drifts_outward(observed: Observations, abduction: Angle | None, rules: RuleSet) -> bool:
    """Whether the thigh is abducted, by what was seen or measured."""
    measured = _abduction_verdict(abduction, rules)
    return observed.abducted == "yes" or measured == "fail"


def _thigh(angle: Angle, rules: RuleSet) -> Finding:
    cutoff = rules.thigh_max_deg
    verdict = judge(angle.interval_deg, cutoff, good_below=True)
    limit = "horizontal" if cutoff == 0 else _against_horizontal(cutoff)
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


def _against_horizontal(angle_deg: float) -> str:
    return f"{abs(angle_deg):g}° {'below' if angle_deg < 0 else 'above'} horizontal"


def _knee(reading: Reading, rules: RuleSet) -> Finding | None:
    cutoff = rules.knee_min_deg
    if cutoff is None:
        return None
    angle, shortage = reading.knee_flexion, None
    half = Z95 * angle.sigma_deg
    raised = reading.thigh.value_deg
    if rules.knee_follows_thigh and raised > 0:
        # The knee may be bent as much further as the hip is flexed; both errors count.
        shortage = max(0.0, raised + cutoff - angle.value_deg)
        cutoff += raised
        half = Z95 * math.hypot(angle.sigma_deg, reading.thigh.sigma_deg)
    interval = (angle.value_deg - half, angle.value_deg + half)
    verdict = judge(interval, cutoff, good_below=False)
    texts = {
        "pass": f"The knee hangs bent by at least {cutoff:.0f}°.",
        "fail": f"The knee hangs straighter than {cutoff:.0f}° of flexion.",
        "borderline": f"The knee is too close to {cutoff:.0f}° of flexion to call.",
    }
    return Finding("knee", verdict, cutoff, texts[verdict], shortage)


def _rotation(observed: Observations, abduction: Angle | None, rules: RuleSet) -> Finding | None:
    """Judge how the thigh lies, by what was seen and, where the rule has a figure, measured."""
    if not rules.judges_rotation:
        return None
    cutoff, measured = rules.abduction_max_deg, _abduction_verdict(abduction, rules)
    rotated, drifts = observed.rotation in ("outward", "inward"), observed.abducted == "yes"
    if rotated or drifts:
        seen = [f"rotates {observed.rotation}"] * rotated + ["drifts outward"] * drifts
        return Finding("rotation", "fail", None, f"The thigh {' and '.join(seen)}.")
    if measured is not None and cutoff is not None:
        words = {"pass": "does not drift", "fail": "drifts"}
        text = f"The thigh {words.get(measured, 'may drift')} outward by more than {cutoff:g}°."
        return Finding("rotation", measured, cutoff, text)
    if observed.rotation is None and observed.abducted is None:
        return None
    neither = observed.rotation == "none" and observed.abducted == "no"
    text = (
        "neither rotates nor drifts outward"
        if neither
        else ("does not rotate" if observed.rotation == "none" else "does not drift outward")
    )
    return Finding("rotation", "pass", None, f"The thigh {text}.")


def _abduction_verdict(abduction: Angle | None, rules: RuleSet) -> Verdict | None:
    if abduction is None or rules.abduction_max_deg is None:
        return None
    return judge(abduction.interval_deg, rules.abduction_max_deg, good_below=True)


def _pain(observed: Observations, rules: RuleSet) -> Finding | None:
    if not rules.judges_pain:
        return None
    where = [
        joint
        for joint, answer in (("hip", observed.hip_pain), ("knee", observed.knee_pain))
        if answer == "yes"
    ]
    if where:
        text = f"Pain in the {' and the '.join(where)} during the test: rule out a joint condition."
        return Finding("pain", "fail", None, text)
    if (observed.hip_pain, observed.knee_pain) == ("no", "no"):
        return Finding("pain", "pass", None, "No pain in hip or knee.")
    return None
