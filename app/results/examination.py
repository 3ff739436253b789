"""Convert an examination to its JSON model, and compare it with an earlier one."""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from app.results.convert import (
    above_out,
    difference_out,
    measurement_out,
    reading_of,
)
from app.results.schemas import (
    SCHEMA_VERSION,
    AboveOut,
    AsymmetryOut,
    ChangeOut,
    CriteriaOut,
    DifferenceOut,
    ExaminationOut,
    LegExaminationOut,
)
from app.results.wording import signed
from vision.advice import FollowUp
from vision.angles import Reading
from vision.comparison import Difference, compare_readings
from vision.criteria import RuleSet
from vision.errors import InvalidOption
from vision.examination import Examination, LegExamination
from vision.sentences import Number, Sentence
from vision.sides import SIDES, Side

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
    compared = _compared(readings, previous)
    legs = {leg.side: _leg(leg, _follow_up(compared.get(leg.side))) for leg in result.legs}
    now = ExaminationOut(
        subject=subject,
        session=session,
        criteria=CriteriaOut(id=result.rules.id, version=result.rules.version),
        left=legs.get("left"),
        right=legs.get("right"),
        asymmetry=_asymmetry(result.asymmetry),
    )
    return _beside(now, compared, previous)


def examination_again(
    examined: ExaminationOut,
    legs: Mapping[Side, LegExaminationOut],
    rules: RuleSet,
    previous: ExaminationOut | None = None,
) -> ExaminationOut:
    """Combine legs that were judged again, and compare them anew.

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
    return _beside(now, _compared(readings, previous), previous)


def _beside(
    now: ExaminationOut,
    compared: Mapping[Side, tuple[Difference, Difference]],
    previous: ExaminationOut | None,
) -> ExaminationOut:
    """Add the comparison with an earlier examination."""
    if previous is None:
        return now
    return now.model_copy(
        update={
            "changes": tuple(_change(side, *both) for side, both in compared.items()),
            "previous_session": previous.session,
            "warnings": tuple(_warnings(now, previous)),
        }
    )


def read_examination(text: str | bytes) -> ExaminationOut:
    """Parse the JSON of an examination.

    Raises
    ------
    InvalidOption
        If it is not an examination.
    """
    try:
        return ExaminationOut.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise InvalidOption(
            Sentence(
                "The earlier examination is not the JSON file of an examination ({where}: {what}).",
                where=where,
                what=first["msg"],
            )
        ) from error


def leg_of(examined: ExaminationOut, side: Side) -> LegExaminationOut | None:
    """Return one leg of an examination."""
    return examined.left if side == "left" else examined.right


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
    higher = Sentence("The right thigh rests {size} higher than the left", size=_size(thigh))
    lower = Sentence("The right thigh rests {size} lower than the left", size=_size(thigh))
    bent = Sentence("the right knee hangs {size} more bent than the left", size=_size(knee))
    straight = Sentence("the right knee hangs {size} straighter than the left", size=_size(knee))
    text = Sentence(
        "{thigh}; {knee}. {caution}",
        thigh=_weighed(thigh, higher, Sentence("The right thigh rests as the left"), lower),
        knee=_weighed(knee, bent, Sentence("the right knee hangs as the left"), straight),
        caution=ASYMMETRY_CAUTION,
    )
    return AsymmetryOut(thigh=thigh, knee_flexion=knee, text=text)


def _compared(
    now: Mapping[Side, Reading | None], before: ExaminationOut | None
) -> dict[Side, tuple[Difference, Difference]]:
    """Compare every leg that was measured both times, now minus before."""
    found: dict[Side, tuple[Difference, Difference]] = {}
    for side, reading in now.items():
        earlier = None if before is None else leg_of(before, side)
        was = None if earlier is None else reading_of(earlier.measurement)
        if was is not None and reading is not None:
            found[side] = compare_readings(was, reading)
    return found


def _follow_up(both: tuple[Difference, Difference] | None) -> FollowUp | None:
    if both is None:
        return None
    return "changed" if any(one.detectable for one in both) else "unchanged"


def _change(side: Side, thigh: Difference, knee: Difference) -> ChangeOut:
    thigh_out, knee_out = difference_out(thigh), difference_out(knee)
    higher, same, lower = _thigh_changes(side, _size(thigh_out))
    bent = Sentence("its knee hangs {size} more bent than before", size=_size(knee_out))
    straight = Sentence("its knee hangs {size} straighter than before", size=_size(knee_out))
    text = Sentence(
        "{thigh}; {knee}.",
        thigh=_weighed(thigh_out, higher, same, lower),
        knee=_weighed(knee_out, bent, Sentence("its knee hangs as before"), straight),
    )
    return ChangeOut(side=side, thigh=thigh_out, knee_flexion=knee_out, text=text)


def _thigh_changes(side: Side, size: Number) -> tuple[Sentence, Sentence, Sentence]:
    if side == "left":
        return (
            Sentence("The left thigh rests {size} higher than before", size=size),
            Sentence("The left thigh rests as before"),
            Sentence("The left thigh rests {size} lower than before", size=size),
        )
    return (
        Sentence("The right thigh rests {size} higher than before", size=size),
        Sentence("The right thigh rests as before"),
        Sentence("The right thigh rests {size} lower than before", size=size),
    )


def _size(difference: DifferenceOut) -> Number:
    return signed(abs(difference.difference_deg))


def _weighed(difference: DifferenceOut, more: Sentence, same: Sentence, less: Sentence) -> Sentence:
    """Describe the direction of a difference, and whether it exceeds the error."""
    value = difference.difference_deg
    said = same if value == 0 else less if value < 0 else more
    limit = signed(difference.detectable_deg)
    photos = signed(difference.photo_only_deg or 0.0)
    if difference.detectable:
        return Sentence(
            "{difference}, which is more than the error of measurement and set-up ({limit}; "
            "{photos} from the photos alone)",
            difference=said,
            limit=limit,
            photos=photos,
        )
    return Sentence(
        "{difference}, which is within the error of measurement and set-up ({limit}; {photos} "
        "from the photos alone)",
        difference=said,
        limit=limit,
        photos=photos,
    )


def _warnings(now: ExaminationOut, before: ExaminationOut) -> list[Sentence]:
    found = []
    if now.schema_version != before.schema_version or before.schema_version != SCHEMA_VERSION:
        found.append(Sentence("The earlier examination is in another version of the format."))
    if now.criteria != before.criteria:
        found.append(
            Sentence(
                "The earlier examination was judged by {earlier} (version {earlier_version}), "
                "this one by {now} (version {now_version}): compare the angles, not the verdicts.",
                earlier=before.criteria.id,
                earlier_version=before.criteria.version,
                now=now.criteria.id,
                now_version=now.criteria.version,
            )
        )
    if bool(now.subject) != bool(before.subject):
        found.append(Sentence("Only one of the two examinations names a person."))
    elif now.subject != before.subject:
        found.append(Sentence("The two examinations name different people."))
    models = [_models(examined) for examined in (before, now)]
    if models[0] and models[1] and models[0] != models[1]:
        found.append(
            Sentence(
                "The two examinations were measured with different models or calibrations: "
                "part of the change may come from that."
            )
        )
    return found


def _models(examined: ExaminationOut) -> set[tuple[str | None, str]]:
    legs = (leg_of(examined, side) for side in SIDES)
    return {
        (leg.measurement.provenance.model_sha256, leg.measurement.provenance.calibration)
        for leg in legs
        if leg is not None
    }
