"""Observations of the examiner: safety, pain, the lower back, rotation.

The photo cannot show them. Every question is a row of :data:`QUESTIONS`; the command line, the
table columns, the form, the API and their documentation iterate over it. An unanswered question is
None and never counts as a no.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from vision.errors import InvalidOption
from vision.sentences import Sentence
from vision.sides import LEG_WORDS, SIDES, Side

YesNo = Literal["yes", "no"]
BackFlat = Literal["yes", "no", "unsure"]
Rotation = Literal["none", "outward", "inward"]
Safety = Literal["none", "present"]
AbductedRetest = Literal["drops", "stays"]
MAX_NOTES: Final = 2000
"""Longest note, characters."""
MAX_HOLD_S: Final = 600
"""Longest accepted time in the position, seconds."""
NOT_WITHOUT_A_CLINICIAN: Final = (
    Sentence(
        "A hip or knee replacement, or surgery that is not released for this: the held hip is "
        "bent to its end, the hanging one is stretched under load"
    ),
    Sentence("A recent fracture or a major accident"),
    Sentence("Fever, pain at night, or weight loss without a reason"),
    Sentence("Numbness or weakness in the leg or the saddle area, or loss of bladder control"),
    Sentence("Osteoporosis that has led to a fracture"),
    Sentence("Late pregnancy: pressure on the belly, lying flat"),
    Sentence("A known aneurysm"),
)
"""Reasons not to do the test unless a clinician agrees, shown before the first photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What the examiner saw and heard; None if a question was not answered.

    Attributes
    ----------
    safety : {"none", "present"}, optional
        Whether any of :data:`NOT_WITHOUT_A_CLINICIAN` applies.
    hip_pain, knee_pain : {"yes", "no"}, optional
        Pain in the joint during the test; a stretch in the thigh is not pain.
    back_or_nerve : {"yes", "no"}, optional
        Whether the lower back hurt, or the leg tingled or went numb, during the test.
    lower_back_flat : {"yes", "no", "unsure"}, optional
        Whether the lower back was flat on the table.
    rotation : {"none", "outward", "inward"}, optional
        How the hanging thigh is rotated about its own axis.
    abducted : {"yes", "no"}, optional
        Whether the hanging thigh drifts away from the midline.
    abducted_retest : {"drops", "stays"}, optional
        What a raised thigh does when it is abducted by hand.
    feels_tight : {"yes", "no"}, optional
        Whether the front of the hip feels tight, independent of the angles.
    hold_s : int, optional
        How long the leg had been hanging when the photo was taken, seconds, 0 to 600.
    notes : str
        Free text; shown in the result, never judged.
    """

    safety: Safety | None = None
    hip_pain: YesNo | None = None
    knee_pain: YesNo | None = None
    back_or_nerve: YesNo | None = None
    lower_back_flat: BackFlat | None = None
    rotation: Rotation | None = None
    abducted: YesNo | None = None
    abducted_retest: AbductedRetest | None = None
    feels_tight: YesNo | None = None
    hold_s: int | None = None
    notes: str = ""

    @property
    def painful(self) -> bool:
        """Whether hip or knee hurt."""
        return "yes" in (self.hip_pain, self.knee_pain)

    @property
    def pain_answered(self) -> bool:
        """Whether pain is known to be present, or absent in both joints."""
        return self.painful or (self.hip_pain, self.knee_pain) == ("no", "no")

    @property
    def clinician_first(self) -> bool:
        """Whether a clinician should be seen before anything else is done."""
        return self.painful or self.safety == "present" or self.back_or_nerve == "yes"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: a field of :class:`Observations`, its wording, and its answers."""

    name: str
    title: str
    text: str
    answers: tuple[str, ...]


QUESTIONS: Final = (
    Question(
        "safety",
        Sentence("Reason not to test"),
        Sentence("Is there a reason not to do the test?"),
        get_args(Safety),
    ),
    Question(
        "hip_pain",
        Sentence("Hip pain"),
        Sentence("Did the hip hurt? (a stretch is not pain)"),
        get_args(YesNo),
    ),
    Question("knee_pain", Sentence("Knee pain"), Sentence("Did the knee hurt?"), get_args(YesNo)),
    Question(
        "back_or_nerve",
        Sentence("Back pain or tingling"),
        Sentence("Did the back hurt, or the leg tingle?"),
        get_args(YesNo),
    ),
    Question(
        "lower_back_flat",
        Sentence("Lower back flat"),
        Sentence("Did the lower back lie flat on the table?"),
        get_args(BackFlat),
    ),
    Question(
        "rotation",
        Sentence("Rotation"),
        Sentence("Was the hanging thigh rotated?"),
        get_args(Rotation),
    ),
    Question(
        "abducted",
        Sentence("Drift outward"),
        Sentence("Did the hanging thigh drift outward?"),
        get_args(YesNo),
    ),
    Question(
        "abducted_retest",
        Sentence("Led outward"),
        Sentence("What does a raised thigh do when it is led outward?"),
        get_args(AbductedRetest),
    ),
    Question(
        "feels_tight",
        Sentence("Feels tight"),
        Sentence("Does the front of the hip feel tight?"),
        get_args(YesNo),
    ),
)
"""All questions with a choice of answers, in the order in which they are asked. Notes are free
text, and the time in the position is a number."""
OBSERVED: Final = (*(question.name for question in QUESTIONS), "hold_s", "notes")
"""Names of all observations, as used for columns and fields."""
HOLD_QUESTION: Final = Sentence("How many seconds had the leg been hanging?")
NOTHING_OBSERVED: Final = Observations()


def observations(answers: Mapping[str, Any]) -> Observations:
    """Validate answers and combine them.

    Parameters
    ----------
    answers : mapping of str to str
        By name of the question, ``hold_s`` and ``notes``; empty or None means not answered.

    Raises
    ------
    InvalidOption
        If a question or an answer does not exist, the time is not a whole number of seconds from
        0 to 600, or the notes are too long.
    """
    given = {name: answer for name, answer in answers.items() if answer not in (None, "")}
    known = {question.name: question.answers for question in QUESTIONS}
    for name, answer in given.items():
        if name == "notes":
            _check_notes(answer)
        elif name == "hold_s":
            given[name] = _seconds(answer)
        elif name not in known:
            names = ", ".join((*known, "hold_s", "notes"))
            raise InvalidOption(
                Sentence(
                    "Unknown observation {name}. Available: {names}.",
                    name=repr(name[:40]),
                    names=names,
                )
            )
        elif answer not in known[name]:
            choices = ", ".join(known[name])
            raise InvalidOption(
                Sentence(
                    "{name} is {answer}; it must be one of: {choices}.",
                    name=name,
                    answer=repr(str(answer)[:40]),
                    choices=choices,
                )
            )
    return Observations(**given)


def observations_by_side(answers: Mapping[str, Any]) -> dict[Side, Observations]:
    """Validate the answers of an examination: common ones, and those for each leg.

    Parameters
    ----------
    answers : mapping
        Answers as accepted by :func:`observations` apply to both legs. The keys ``left`` and
        ``right`` contain further mappings, which take precedence.

    Raises
    ------
    InvalidOption
        As :func:`observations`.
    """
    common = {name: answer for name, answer in answers.items() if name not in SIDES}
    sides: dict[Side, Observations] = {}
    for side in SIDES:
        own = answers.get(side) or {}
        if not isinstance(own, Mapping):
            raise InvalidOption(
                Sentence(
                    "The observations of the {leg} must be names and answers.", leg=LEG_WORDS[side]
                )
            )
        sides[side] = observations({**common, **own})
    return sides


def answers_of(observed: Observations) -> dict[str, Any]:
    """Return the answers by name; the inverse of :func:`observations`."""
    return {name: answer for name, answer in asdict(observed).items() if answer not in (None, "")}


def _check_notes(notes: object) -> None:
    if not isinstance(notes, str):
        raise InvalidOption(Sentence("The notes must be text."))
    if len(notes) > MAX_NOTES:
        raise InvalidOption(
            Sentence(
                "The notes have {count} characters; at most {limit}.",
                count=len(notes),
                limit=MAX_NOTES,
            )
        )


def _seconds(answer: object) -> int:
    """Parse a time in the position; forms and tables provide it as text."""
    text = str(answer).strip()
    whole = text.isascii() and text.isdigit() and not isinstance(answer, bool)
    if not whole or len(text) > len(str(MAX_HOLD_S)) or int(text) > MAX_HOLD_S:
        raise InvalidOption(
            Sentence(
                "hold_s is {text}; it must be a whole number of seconds, 0 to {limit}.",
                text=repr(text[:40]),
                limit=MAX_HOLD_S,
            )
        )
    return int(text)
