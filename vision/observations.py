"""What the photo cannot show and the examiner has to say: pain, the lower back, rotation.

Every question is a row of :data:`QUESTIONS`; the command line, the table columns, the form,
the API and their documentation iterate over it. Not answered is None and never taken for a no.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from vision.errors import InvalidOption
from vision.figure import Side

YesNo = Literal["yes", "no"]
BackFlat = Literal["yes", "no", "unsure"]
Rotation = Literal["none", "outward", "inward"]
MAX_NOTES: Final = 2000
"""Longest note, characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What the examiner saw and heard; None where nothing was said.

    Attributes
    ----------
    hip_pain, knee_pain : {"yes", "no"}, optional
        Pain in the joint during the test; a stretch in the thigh is not pain.
    lower_back_flat : {"yes", "no", "unsure"}, optional
        Whether the lower back lay flat on the table.
    rotation : {"none", "outward", "inward"}, optional
        How the hanging thigh is rotated about its own axis.
    abducted : {"yes", "no"}, optional
        Whether the hanging thigh drifts away from the midline.
    notes : str
        Free text, carried through and shown, never judged.
    """

    hip_pain: YesNo | None = None
    knee_pain: YesNo | None = None
    lower_back_flat: BackFlat | None = None
    rotation: Rotation | None = None
    abducted: YesNo | None = None
    notes: str = ""

    @property
    def painful(self) -> bool:
        """Whether hip or knee hurt."""
        return "yes" in (self.hip_pain, self.knee_pain)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask: a field of :class:`Observations`, in words, with its answers."""

    name: str
    text: str
    answers: tuple[str, ...]


QUESTIONS: Final = (
    Question("hip_pain", "Did the hip hurt? (a stretch is not pain)", get_args(YesNo)),
    Question("knee_pain", "Did the knee hurt?", get_args(YesNo)),
    Question("lower_back_flat", "Did the lower back lie flat on the table?", get_args(BackFlat)),
    Question("rotation", "Was the hanging thigh rotated?", get_args(Rotation)),
    Question("abducted", "Did the hanging thigh drift outward?", get_args(YesNo)),
)
"""Everything that is asked, in the order in which it is asked; notes are free text."""
NOTHING_OBSERVED: Final = Observations()


def observations(answers: Mapping[str, Any]) -> Observations:
    """Check answers and put them together.

    Parameters
    ----------
    answers : mapping of str to str
        By the name of the question, and ``notes``; empty or None: not answered.

    Raises
    ------
    InvalidOption
        If a question or an answer does not exist, or the notes are too long.
    """
    given = {name: answer for name, answer in answers.items() if answer not in (None, "")}
    known = {question.name: question.answers for question in QUESTIONS}
    for name, answer in given.items():
        if name == "notes":
            _check_notes(answer)
        elif name not in known:
            names = ", ".join((*known, "notes"))
            raise InvalidOption(f"There is no observation {name[:40]!r}; there is: {names}.")
        elif answer not in known[name]:
            choices = ", ".join(known[name])
            raise InvalidOption(f"{name} is {str(answer)[:40]!r}; it must be one of: {choices}.")
    return Observations(**given)


def observations_by_side(answers: Mapping[str, Any]) -> dict[Side, Observations]:
    """Check the answers about an examination: common ones, and those of each leg.

    Parameters
    ----------
    answers : mapping
        Answers as :func:`observations` takes them hold for both legs; under ``left`` and
        ``right`` stand further mappings, which win.

    Raises
    ------
    InvalidOption
        As :func:`observations`.
    """
    common = {name: answer for name, answer in answers.items() if name not in get_args(Side)}
    sides: dict[Side, Observations] = {}
    for side in get_args(Side):
        own = answers.get(side) or {}
        if not isinstance(own, Mapping):
            raise InvalidOption(f"The observations of the {side} leg must be names and answers.")
        sides[side] = observations({**common, **own})
    return sides


def answers_of(observed: Observations) -> dict[str, str]:
    """Return what was answered, by name; the opposite of :func:`observations`."""
    return {name: answer for name, answer in asdict(observed).items() if answer}


def _check_notes(notes: object) -> None:
    if not isinstance(notes, str):
        raise InvalidOption("The notes must be text.")
    if len(notes) > MAX_NOTES:
        raise InvalidOption(f"The notes have {len(notes)} characters; at most {MAX_NOTES}.")
