"""Questions on the result: what a photo cannot show, asked one after the other."""

from dataclasses import dataclass
from typing import Final

from app.results.schemas import MeasurementOut
from app.results.wording import ANSWER_WORDS
from vision.observations import QUESTIONS, Question
from vision.sentences import Sentence

IN_TURN: Final = ("lower_back_flat", "hip_pain", "knee_pain", "rotation", "abducted")
"""The questions on which the verdict hangs, the condition of every number first."""
SIDE_FLAG: Final = "side_uncertain"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer as a button."""

    value: str
    words: Sentence
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chips:
    """One question with its answers."""

    name: str
    title: str
    text: str
    choices: tuple[Choice, ...]

    @property
    def answer(self) -> Sentence | None:
        """The chosen answer in words."""
        return next((one.words for one in self.choices if one.chosen), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one leg: the first open one, and all of them."""

    open: Chips | None
    every: tuple[Chips, ...]


def asked_of(out: MeasurementOut) -> Asked:
    """Return the questions of a leg, and the first without an answer."""
    answers = out.observations.model_dump()
    every = tuple(_chips(one, answers[one.name]) for one in QUESTIONS)
    by_name = {one.name: one for one in every}
    unanswered = (by_name[name] for name in IN_TURN if by_name[name].answer is None)
    return Asked(next(unanswered, None) if out.measurable else None, every)


def side_is_asked(out: MeasurementOut) -> bool:
    """Whether nothing but the question of the leg prevents a reading, so that a person may say."""
    return [flag.code for flag in out.flags if flag.blocking] == [SIDE_FLAG]


def _chips(question: Question, given: str | None) -> Chips:
    choices = tuple(
        Choice(answer, ANSWER_WORDS[answer], answer == given) for answer in question.answers
    )
    return Chips(question.name, question.title, question.text, choices)
