"""Convert an examination to its JSON model, and compare left with right."""

from collections.abc import Mapping
from typing import Final

from app.results.convert import (
    above_out,
    difference_out,
    measurement_out,
    reading_of,
)
from app.results.earlier import beside, compared_with, follow_up_of, size_of, weighed
from app.results.schemas import (
    AboveOut,
    AsymmetryOut,
    CriteriaOut,
    ExaminationOut,
    LegExaminationOut,
)
from vision.advice import FollowUp
from vision.comparison import Difference, compare_readings
from vision.criteria import RuleSet
from vision.examination import Examination, LegExamination
from vision.sentences import Sentence
from vision.sides import Side

ASYMMETRY_CAUTION: Final = Sentence(
    "The difference includes how the pelvis lay and how each leg was set up."
)
"""Shown wherever left and right are compared."""


def examination_out(
    result: Examination,
    *,
    subject: str = "",
    session: str = "",
    previous: ExaminationOut | None = None,
) -> ExaminationOut:
    """Convert an examination.

    Parameters
    ----------
    result : Examination
    subject, session : str
        Person and time, as entered by the user.
    previous : ExaminationOut, optional
        An earlier examination to compare with.
    """
    readings = {leg.side: leg.measurement.reading for leg in result.legs}
    compared = compared_with(readings, previous)
    legs = {leg.side: _leg(leg, follow_up_of(compared.get(leg.side))) for leg in result.legs}
    now = ExaminationOut(
        subject=subject,
        session=session,
        criteria=CriteriaOut(id=result.rules.id, version=result.rules.version),
        left=legs.get("left"),
        right=legs.get("right"),
        asymmetry=_asymmetry(result.asymmetry),
    )
    return now.model_copy(update=beside(now, compared, previous))


def examination_again(
    examined: ExaminationOut,
    legs: Mapping[Side, LegExaminationOut],
    rules: RuleSet,
    previous: ExaminationOut | None = None,
) -> ExaminationOut:
    """Combine legs that were judged again, and compare them.

    Parameters
    ----------
    examined : ExaminationOut
        Subject and session.
    legs : mapping of str to LegExaminationOut
        By side; their angles are compared as reported, in tenths of a degree.
    rules : RuleSet
        The rule-set that judged.
    previous : ExaminationOut, optional
        An earlier examination to compare with.
    """
    readings = {side: reading_of(leg.measurement) for side, leg in legs.items()}
    left, right = readings.get("left"), readings.get("right")
    asymmetry = () if left is None or right is None else compare_readings(left, right)
    now = ExaminationOut(
        subject=examined.subject,
        session=examined.session,
        criteria=CriteriaOut(id=rules.id, version=rules.version),
        left=legs.get("left"),
        right=legs.get("right"),
        asymmetry=_asymmetry(asymmetry),
    )
    compared = compared_with(readings, previous)
    return now.model_copy(update=beside(now, compared, previous))


def _leg(leg: LegExamination, follow_up: FollowUp | None) -> LegExaminationOut:
    above: AboveOut | None = None if leg.above is None else above_out(leg.above)
    return LegExaminationOut(
        side=leg.side,
        measurement=measurement_out(leg.measurement, follow_up),
        retest_photo=None if leg.retest is None else measurement_out(leg.retest),
        above=above,
    )


def _asymmetry(both: tuple[Difference, ...]) -> AsymmetryOut | None:
    if not both:
        return None
    thigh, knee = map(difference_out, both)
    higher = Sentence("The right thigh rests {size} higher than the left", size=size_of(thigh))
    lower = Sentence("The right thigh rests {size} lower than the left", size=size_of(thigh))
    bent = Sentence("the right knee hangs {size} more bent than the left", size=size_of(knee))
    straight = Sentence("the right knee hangs {size} straighter than the left", size=size_of(knee))
    text = Sentence(
        "{thigh}; {knee}. {caution}",
        thigh=weighed(thigh, higher, Sentence("The right thigh rests as the left"), lower),
        knee=weighed(knee, bent, Sentence("the right knee hangs as the left"), straight),
        caution=ASYMMETRY_CAUTION,
    )
    return AsymmetryOut(thigh=thigh, knee_flexion=knee, text=text)
