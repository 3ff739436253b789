"""The answer at the top of a result: one line, two tiles, and one line for the notes.

Every text follows from the findings; nothing is judged here.
"""

from dataclasses import dataclass
from typing import Final

from app.results.schemas import AngleOut, CriteriaOut, FindingOut, MeasurementOut
from app.results.wording import ANSWER_WORDS, LEG_TITLES, signed, title_of
from vision.findings import Verdict
from vision.observations import Observations
from vision.sentences import Number, Sentence, degrees, joined
from vision.sides import Side

_ANGLES: Final = ("thigh", "knee")
_BOTH: Final[dict[Verdict, Sentence]] = {
    "borderline": Sentence("thigh and knee too close to call"),
    "fail": Sentence("thigh and knee fail"),
}
_ONE: Final[dict[tuple[str, Verdict], Sentence]] = {
    ("thigh", "pass"): Sentence("thigh passes"),
    ("thigh", "borderline"): Sentence("thigh too close to call"),
    ("thigh", "fail"): Sentence("thigh fails"),
    ("knee", "pass"): Sentence("knee passes"),
    ("knee", "borderline"): Sentence("knee too close to call"),
    ("knee", "fail"): Sentence("knee fails"),
}
_PASSES: Final = {
    "final": Sentence("passes"),
    "back": Sentence("passes, if the back was flat"),
    "open": Sentence("passes so far"),
}
_ROTATED: Final = Sentence("thigh does not hang straight")
_PAIN: Final = Sentence("pain during the test")
_CLINICIAN: Final = Sentence("a clinician first")
_REFUSED: Final = Sentence("not measured")
_SHORT_LEGS: Final[dict[Side, Sentence]] = {"left": Sentence("L"), "right": Sentence("R")}


@dataclass(frozen=True, slots=True)
class Tile:
    """One angle as shown in a tile.

    Attributes
    ----------
    angle : {"thigh", "knee"}
    name, number, error, meaning : str
        The number carries its sign; the error is half of the 95 % interval.
    verdict : Verdict or None
        None if the rule-set does not judge the angle.
    judged : str
        The verdict in words, with the cut-off where it explains the verdict.
    adjusted : bool
        Whether a person set the angle or its points.
    """

    angle: str
    name: str
    number: Number
    error: Number
    meaning: str
    verdict: Verdict | None
    judged: str
    adjusted: bool


def answer_of(out: MeasurementOut) -> Sentence:
    """Return the answer as a phrase: "thigh passes, knee too close to call"."""
    if not out.measurable:
        return _REFUSED
    observed = Observations(**out.observations.model_dump())
    if observed.clinician_first:
        return _PAIN if observed.painful else _CLINICIAN
    found = {one.criterion: one.verdict for one in out.findings}
    angles = [(name, found[name]) for name in _ANGLES if name in found]
    rotated = found.get("rotation", "pass") != "pass"
    verdicts = {verdict for _, verdict in angles}
    if verdicts == {"pass"} and not rotated:
        return _passes(out)
    if len(angles) == len(_ANGLES) and len(verdicts) == 1 and verdicts != {"pass"}:
        phrases = [_BOTH[angles[0][1]]]
    else:
        phrases = [_ONE[one] for one in angles]
    return joined(", ", [*phrases, *([_ROTATED] if rotated else [])])


def headline_of(out: MeasurementOut, side: Side | None = None) -> Sentence:
    """Return the answer with its leg; `side` where the result itself does not state it."""
    leg = out.tested_leg.side if out.tested_leg else side
    title = LEG_TITLES[leg] if leg else Sentence("This photo")
    return Sentence("{leg}: {answer}", leg=title, answer=answer_of(out))


def tiles_of(out: MeasurementOut) -> tuple[Tile, ...]:
    """Return thigh and knee as tiles; none for a refused photo."""
    if out.thigh_deg is None or out.knee_flexion_deg is None:
        return ()
    found = {one.criterion: one for one in out.findings}
    supported = any(flag.code == "leg_supported" for flag in out.flags)
    above = out.thigh_deg.value
    thigh = (
        Sentence("level with horizontal")
        if above == 0
        else Sentence("above horizontal")
        if above > 0
        else Sentence("below horizontal")
    )
    unjudged = Sentence("not judged: the leg is supported") if supported else _NOT_JUDGED
    return (
        _tile("thigh", Sentence("Thigh"), out.thigh_deg, thigh, found.get("thigh"), _NOT_JUDGED),
        _tile("knee", Sentence("Knee bent"), out.knee_flexion_deg, "", found.get("knee"), unjudged),
    )


_NOT_JUDGED: Final = Sentence("not judged by this rule")


def note_of(out: MeasurementOut, side: Side | None = None) -> Sentence:
    """Return one line for a patient's notes: leg, angles, rule, back, date."""
    leg = out.tested_leg.side if out.tested_leg else side
    parts: list[str] = []
    if out.thigh_deg and out.knee_flexion_deg:
        parts.append(_noted(Sentence("thigh {angle} ± {error}"), out.thigh_deg))
        parts.append(_noted(Sentence("knee {angle} ± {error}"), out.knee_flexion_deg))
        if out.shank_from_plumb_deg:
            hangs = round(out.shank_from_plumb_deg.value)
            sign = "+" if hangs > 0 else ""
            parts.append(Sentence("plumb {angle}", angle=Number(sign + signed(hangs, 0))))
    parts.append(title_of(out))
    parts.append(_rule(out.criteria))
    back = out.observations.lower_back_flat
    known = ANSWER_WORDS[back] if back else Sentence("not asked")
    parts.append(Sentence("back flat: {answer}", answer=known))
    day = (out.provenance.measured_at or "").partition("T")[0]
    name = Sentence("Mod. Thomas {leg}", leg=_SHORT_LEGS[leg]) if leg else Sentence("Mod. Thomas")
    return Sentence(
        "{name}: {parts}", name=name, parts=joined(", ", [*parts, *([day] * bool(day))])
    )


def _rule(judged: CriteriaOut) -> str:
    return f"{judged.id} v{judged.version}"


def _noted(template: Sentence, angle: AngleOut) -> Sentence:
    return Sentence(template.template, angle=signed(angle.value), error=_error(angle))


def _passes(out: MeasurementOut) -> Sentence:
    if out.status == "final":
        return _PASSES["final"]
    return _PASSES["back" if out.judged.open == ("lower_back_flat",) else "open"]


def _error(angle: AngleOut) -> Number:
    low, high = angle.interval
    return signed((high - low) / 2)


def _tile(
    angle: str, name: str, value: AngleOut, meaning: str, found: FindingOut | None, unjudged: str
) -> Tile:
    return Tile(
        angle=angle,
        name=name,
        number=signed(value.value),
        error=Number(f"± {_error(value)}"),
        meaning=meaning,
        verdict=None if found is None else found.verdict,
        judged=unjudged if found is None else _judged(angle, value, found),
        adjusted=value.source == "adjusted",
    )


def _judged(angle: str, value: AngleOut, found: FindingOut) -> Sentence:
    """Name the cut-off where it alone explains the verdict: gravity and the shank count too."""
    low, high = value.interval
    cutoff = found.cutoff_deg
    plain = {
        "pass": Sentence("passes"),
        "borderline": Sentence("too close to call"),
        "fail": Sentence("fails"),
    }[found.verdict]
    if cutoff is None:
        return plain
    limit = Number(degrees(cutoff))
    good_below = angle == "thigh"
    if found.verdict == "borderline" and low <= cutoff <= high:
        return Sentence("limit {limit} lies inside ±", limit=limit)
    if found.verdict == "pass" and (high <= cutoff if good_below else low >= cutoff):
        at_or_below = Sentence("at or below {limit}", limit=limit)
        return at_or_below if good_below else Sentence("at least {limit}", limit=limit)
    if found.verdict == "fail" and (low > cutoff if good_below else high < cutoff):
        above = Sentence("above {limit}", limit=limit)
        return above if good_below else Sentence("less than {limit}", limit=limit)
    return plain
