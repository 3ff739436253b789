"""Status of a verdict: criteria judged, criteria open, and the wording.

A verdict is final only if every criterion of the rule-set was judged, the lower back is known to
have been flat, and pain was asked about. What was not asked is not passed.
"""

from dataclasses import dataclass
from typing import Final, Literal

from vision.criteria import RuleSet
from vision.findings import Finding, Verdict
from vision.observations import Observations
from vision.sentences import Sentence

Status = Literal["final", "provisional"]
Item = Literal["thigh", "knee", "pain", "rotation", "lower_back_flat"]
"""A criterion, or the condition under which the numbers are meaningful."""

TITLES: Final[dict[Status, dict[Verdict, str]]] = {
    "final": {
        "pass": Sentence("Pass"),
        "borderline": Sentence("Borderline"),
        "fail": Sentence("Fail"),
        "not_measurable": Sentence("Not measurable"),
    },
    "provisional": {
        "pass": Sentence("Passes so far"),
        "borderline": Sentence("Borderline so far"),
        "fail": Sentence("Fails so far"),
        "not_measurable": Sentence("Not measurable"),
    },
}
"""Names of the verdicts; the plain word is used only if the verdict is final."""
PAIN_TITLE: Final = Sentence("Pain during the test")
CLINICIAN_TITLE: Final = Sentence("A clinician first")
"""Replaces the name of the verdict if something else matters more than the angles."""
PROVISIONAL_TEXT: Final = Sentence("Provisional: it is not certain that the lower back lay flat.")
PROVISIONAL_TEXTS: Final[dict[Item, str]] = {
    "lower_back_flat": Sentence("Provisional: the lower back was not checked."),
    "pain": Sentence("Provisional: pain in hip or knee was not asked about."),
    "rotation": Sentence("Provisional: rotation and drift of the thigh were not judged."),
    "knee": Sentence("Provisional: the knee was not judged, because the leg is supported."),
}
PAST_PLUMB_TEXT: Final = Sentence(
    "Provisional: the lower leg seems to be held or pulled back past plumb."
)
BACK_DETAILS: Final[dict[str | None, Sentence]] = {
    None: Sentence("the lower back was not checked"),
    "unsure": Sentence("it is not certain that the lower back lay flat"),
}
PAST_PLUMB_DETAIL: Final = Sentence("the lower leg seems to be held back")
CLINICIAN_DETAIL: Final = Sentence("See a clinician before anything else is done.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Status of a verdict.

    Attributes
    ----------
    status : {"final", "provisional"}
    done, open : tuple of str
        Criteria, and the condition ``lower_back_flat``, that were judged or answered, and the
        others.
    title : str
        The verdict in a few words; "Pass" alone is final.
    detail : str
        One sentence: how many criteria were judged, and the main open condition.
    provisional : str
        The main reason why the verdict is not final; empty if it is.
    """

    status: Status
    done: tuple[Item, ...]
    open: tuple[Item, ...]
    title: str
    detail: str
    provisional: str

    @property
    def headline(self) -> Sentence:
        """Title and detail as one line."""
        return Sentence("{title}: {detail}", title=self.title, detail=self.detail)


def refused(rules: RuleSet) -> Standing:
    """Return the status of a photo without a reading."""
    title = TITLES["provisional"]["not_measurable"]
    items: tuple[Item, ...] = (*rules.criteria, "lower_back_flat")
    return Standing("provisional", (), items, title, _count(0, len(rules.criteria)), "")


def standing(
    verdict: Verdict,
    findings: tuple[Finding, ...],
    rules: RuleSet,
    observed: Observations,
    *,
    past_plumb: bool,
) -> Standing:
    """Return the status of the verdict on a reading.

    Parameters
    ----------
    verdict : str
    findings : tuple of Finding
    rules : RuleSet
    observed : Observations
    past_plumb : bool
        Whether the shank is clearly behind the plumb line, so that the leg does not hang freely.
    """
    judged = {finding.criterion for finding in findings}
    if observed.pain_answered:
        judged.add("pain")
    done: list[Item] = [one for one in rules.criteria if one in judged]
    open_: list[Item] = [one for one in rules.criteria if one not in judged]
    count = len(done)
    (done if observed.lower_back_flat == "yes" else open_).append("lower_back_flat")
    status: Status = "provisional" if open_ or past_plumb else "final"
    doubt = BACK_DETAILS.get(observed.lower_back_flat) or (
        PAST_PLUMB_DETAIL if past_plumb else None
    )
    title, sentence = TITLES[status][verdict], _count(count, len(rules.criteria), doubt)
    if observed.clinician_first:
        title = PAIN_TITLE if observed.painful else CLINICIAN_TITLE
        sentence = CLINICIAN_DETAIL
    why = _provisional(observed, open_, past_plumb)
    return Standing(status, tuple(done), tuple(open_), title, sentence, why)


def _count(done: int, total: int, doubt: Sentence | None = None) -> Sentence:
    if doubt is None:
        return Sentence("{done} of {total} criteria judged.", done=done, total=total)
    return Sentence(
        "{done} of {total} criteria judged; {doubt}.", done=done, total=total, doubt=doubt
    )


def _provisional(observed: Observations, open_: list[Item], past_plumb: bool) -> str:
    if observed.lower_back_flat == "unsure":
        return PROVISIONAL_TEXT
    for item, text in PROVISIONAL_TEXTS.items():
        if item in open_:
            return text
    return PAST_PLUMB_TEXT if past_plumb else ""
