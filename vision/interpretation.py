"""Judge angles and observations: verdict, reasons, and the muscles that they suggest.

The overall verdict is that of the worst criterion. The texts name the rule-set, and suggest; they
never diagnose.
"""

from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Angle, Reading
from vision.criteria import RuleSet
from vision.findings import Finding, Verdict, drifts_outward, find, worst
from vision.observations import NOTHING_OBSERVED, Observations
from vision.patterns import ABDUCTION_TEXTS, Pattern, Retest, pattern_of, retest_of, with_retest
from vision.sentences import Sentence
from vision.status import Standing, refused, standing

OtherMuscle = Literal["tfl", "sartorius", "iliopsoas"]


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A judged reading.

    Attributes
    ----------
    verdict : str
        Verdict of the worst finding.
    findings : tuple of Finding
    pattern, pattern_text : str
        Muscle group that the reading suggests.
    also : tuple of str
        Further muscles that rotation or abduction of the thigh suggest.
    also_texts : tuple of str
        The same as sentences, with the result of abducting the thigh.
    standing : Standing
        Whether the verdict is final, the criteria judged, and the wording.
    rules : RuleSet
    retest : Retest or None
    past_plumb : bool
        Whether the shank is clearly behind the plumb line: the leg does not hang freely.
    supported : bool
        Whether table or floor supports the leg.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    pattern: Pattern
    pattern_text: str
    also: tuple[OtherMuscle, ...]
    also_texts: tuple[str, ...]
    standing: Standing
    rules: RuleSet
    retest: Retest | None = None
    past_plumb: bool = False
    supported: bool = False


NOT_MEASURABLE_TEXT: Final = Sentence("Not measurable, so nothing is suggested.")
OTHER_TEXTS: Final = {
    "drifts": Sentence(
        "Outward drift of the thigh suggests the tensor fasciae latae or the iliotibial band."
    ),
    "inward": Sentence("Inward rotation of the thigh suggests the tensor fasciae latae."),
    "inward, raised, guide": Sentence(
        "Inward rotation of a raised thigh suggests the tensor fasciae latae; the guide adds "
        "the psoas."
    ),
    "outward": Sentence("Outward rotation of the thigh suggests the sartorius."),
    "outward, raised": Sentence(
        "Outward rotation of a thigh that is not clearly down suggests the sartorius or the "
        "iliopsoas."
    ),
    "outward, guide": Sentence(
        "Outward rotation of the thigh suggests the sartorius; the guide reads it as the "
        "tensor fasciae latae."
    ),
    "outward, raised, guide": Sentence(
        "Outward rotation of a thigh that is not clearly down suggests the sartorius or the "
        "iliopsoas; the guide reads it as the tensor fasciae latae, with the psoas."
    ),
}
"""Muscles suggested by rotation and abduction of the thigh. Anatomy: the tensor fasciae latae
rotates inward, iliopsoas and sartorius outward; the guide names the first for either direction."""


def interpret(
    reading: Reading | None,
    rules: RuleSet,
    observed: Observations = NOTHING_OBSERVED,
    *,
    extended: Reading | None = None,
    abduction: Angle | None = None,
    supported: bool = False,
) -> Interpretation:
    """Judge angles and observations by a rule-set.

    Parameters
    ----------
    reading : Reading or None
        None if there is no number to judge.
    rules : RuleSet
    observed : Observations
        Answers of the examiner.
    extended : Reading, optional
        The same leg photographed again with the knee passively extended.
    abduction : Angle, optional
        Abduction of the thigh from the trunk's midline, + outward, from a photo from above the
        feet.
    supported : bool
        Whether table or floor supports the leg (flag ``leg_supported``).
    """
    if reading is None:
        return Interpretation(
            "not_measurable", (), "undetermined", NOT_MEASURABLE_TEXT, (), (), refused(rules), rules
        )
    findings = find(reading, rules, observed, abduction, supported=supported)
    verdicts = {finding.criterion: finding.verdict for finding in findings}
    thigh, knee = verdicts["thigh"], verdicts.get("knee")
    retest = None if extended is None else retest_of(reading, extended, rules)
    pattern, text = pattern_of(thigh, knee, supported=supported)
    if retest is not None:
        pattern, text = with_retest(pattern, text, thigh, knee, retest)
    also = _also(thigh, observed, rules, drifts=drifts_outward(observed, abduction, rules))
    past_plumb = reading.past_plumb and not supported
    return Interpretation(
        verdict=(verdict := worst(findings)),
        findings=findings,
        pattern=pattern,
        pattern_text=text,
        also=tuple(also),
        also_texts=tuple(dict.fromkeys(text for texts in also.values() for text in texts)),
        standing=standing(verdict, findings, rules, observed, past_plumb=past_plumb),
        rules=rules,
        retest=retest,
        past_plumb=past_plumb,
        supported=supported,
    )


def _also(
    thigh: Verdict, observed: Observations, rules: RuleSet, *, drifts: bool
) -> dict[OtherMuscle, list[str]]:
    """Return further muscles, each with the sentences that name it."""
    found: dict[OtherMuscle, list[str]] = {}
    raised, by_guide = thigh != "pass", rules.id == "guide"

    def suggest(text: str, *muscles: OtherMuscle) -> None:
        for muscle in muscles:
            found.setdefault(muscle, []).append(text)

    if drifts:
        suggest(OTHER_TEXTS["drifts"], "tfl")
    if observed.rotation == "inward":
        psoas: tuple[OtherMuscle, ...] = ("iliopsoas",) if thigh == "fail" and by_guide else ()
        suggest(OTHER_TEXTS["inward, raised, guide" if psoas else "inward"], "tfl", *psoas)
    if observed.rotation == "outward":
        key = f"outward{', raised' * raised}{', guide' * by_guide}"
        tfl: tuple[OtherMuscle, ...] = ("tfl",) if by_guide else ()
        flexor: tuple[OtherMuscle, ...] = ("iliopsoas",) if raised else ()
        suggest(OTHER_TEXTS[key], *tfl, "sartorius", *flexor)
    if raised and observed.abducted_retest is not None:
        held: OtherMuscle = "tfl" if observed.abducted_retest == "drops" else "iliopsoas"
        suggest(ABDUCTION_TEXTS[observed.abducted_retest], held)
    return found
