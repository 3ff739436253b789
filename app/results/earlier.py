"""Earlier results: read them, and compare a result with one of them.

An earlier result is the JSON of an examination or of one photo, which counts as an examination of
that leg. Results of schema version 1 are read, too.
"""

from collections.abc import Mapping
from typing import Final, TypedDict

from pydantic import ValidationError
from pydantic_core import from_json

from app.results.convert import difference_out, measurement_out, reading_of
from app.results.schemas import (
    SCHEMA_VERSION,
    ChangeOut,
    DifferenceOut,
    ExaminationOut,
    LegExaminationOut,
    MeasurementOut,
)
from app.results.wording import signed
from vision.advice import FollowUp
from vision.angles import Reading
from vision.comparison import Difference, compare_readings
from vision.errors import InvalidOption
from vision.measurement import Measurement
from vision.sentences import Number, Sentence
from vision.sides import SIDES, Side

Compared = Mapping[Side, tuple[Difference, Difference]]
"""Thigh and knee of every leg that was measured both times, now minus before."""
FROM_ACROSS: Final = Sentence(
    "One of the photos shows the leg from across the table, the other from the leg's own side: "
    "from across, thighs are read about 2° higher. To compare, take both from the leg's own side."
)
"""The systematic difference between the two views: ``benchmarks/results/reliability.md``."""


class Beside(TypedDict):
    """Fields of a result that come from the comparison with an earlier one."""

    changes: tuple[ChangeOut, ...]
    previous_session: str | None
    warnings: tuple[Sentence, ...]


def read_earlier(text: str | bytes) -> ExaminationOut:
    """Parse the JSON of an earlier result: an examination, or one photo as an examination.

    Raises
    ------
    InvalidOption
        If it is neither, or a photo without angles or without a known leg.
    """
    try:
        if _is_of_one_photo(text):
            return as_examination(MeasurementOut.model_validate_json(text))
        return ExaminationOut.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise InvalidOption(
            Sentence(
                "The earlier result is not the JSON file of a photo or an examination "
                "({where}: {what}).",
                where=where,
                what=first["msg"],
            )
        ) from error


def _is_of_one_photo(text: str | bytes) -> bool:
    try:
        value = from_json(text)
    except ValueError:
        return False  # its fault is reported by the model
    return isinstance(value, dict) and "measurable" in value


def as_examination(measured: MeasurementOut) -> ExaminationOut:
    """Return the result of one photo as an examination of that leg.

    Raises
    ------
    InvalidOption
        If there are no angles, or the leg is not known.
    """
    if reading_of(measured) is None:
        raise InvalidOption(Sentence("The earlier result has no angles to compare with."))
    if measured.tested_leg is None:
        raise InvalidOption(
            Sentence("The earlier result does not say which leg it shows: it cannot be compared.")
        )
    return _alone(measured, measured.tested_leg.side)


def measurement_beside(
    result: Measurement,
    *,
    subject: str = "",
    session: str = "",
    previous: ExaminationOut | None = None,
) -> MeasurementOut:
    """Convert the measurement of one photo, and compare it with an earlier result.

    Parameters
    ----------
    result : Measurement
    subject, session : str
        Person and occasion, as entered by the user.
    previous : ExaminationOut, optional
    """
    leg = result.view.leg
    readings = {} if leg is None else {leg.side: result.reading}
    compared = compared_with(readings, previous)
    follow_up = None if leg is None else follow_up_of(compared.get(leg.side))
    out = measurement_out(result, follow_up, subject=subject, session=session)
    return _with_changes(out, compared, previous)


def measurement_again(out: MeasurementOut, previous: ExaminationOut | None) -> MeasurementOut:
    """Compare a result that was judged again; its angles count as reported, in tenths of a degree."""
    readings = {} if out.tested_leg is None else {out.tested_leg.side: reading_of(out)}
    return _with_changes(out, compared_with(readings, previous), previous)


def _with_changes(
    out: MeasurementOut, compared: Compared, previous: ExaminationOut | None
) -> MeasurementOut:
    side = out.tested_leg.side if out.tested_leg else None
    return out.model_copy(update=beside(_alone(out, side), compared, previous))


def _alone(out: MeasurementOut, side: Side | None) -> ExaminationOut:
    legs = {side: LegExaminationOut(side=side, measurement=out)} if side else {}
    return ExaminationOut(
        schema_version=out.schema_version,
        subject=out.subject,
        session=out.session,
        criteria=out.criteria,
        left=legs.get("left"),
        right=legs.get("right"),
        asymmetry=None,
    )


def beside(now: ExaminationOut, compared: Compared, previous: ExaminationOut | None) -> Beside:
    """Return what the comparison of legs and with an earlier result adds."""
    across = (FROM_ACROSS,) if _from_across(now, previous) else ()
    if previous is None:
        return {"changes": (), "previous_session": None, "warnings": across}
    return {
        "changes": tuple(_change(side, *both) for side, both in compared.items()),
        "previous_session": previous.session,
        "warnings": (*_warnings(now, previous, compared), *across),
    }


def compared_with(now: Mapping[Side, Reading | None], before: ExaminationOut | None) -> Compared:
    """Compare every leg that was measured both times, now minus before."""
    found: dict[Side, tuple[Difference, Difference]] = {}
    for side, reading in now.items():
        earlier = None if before is None else leg_of(before, side)
        was = None if earlier is None else reading_of(earlier.measurement)
        if was is not None and reading is not None:
            found[side] = compare_readings(was, reading)
    return found


def follow_up_of(both: tuple[Difference, Difference] | None) -> FollowUp | None:
    """Return whether a leg has changed; None if it was not compared."""
    if both is None:
        return None
    return "changed" if any(one.detectable for one in both) else "unchanged"


def _change(side: Side, thigh: Difference, knee: Difference) -> ChangeOut:
    thigh_out, knee_out = difference_out(thigh), difference_out(knee)
    higher, same, lower = _thigh_changes(side, size_of(thigh_out))
    bent = Sentence("its knee hangs {size} more bent than before", size=size_of(knee_out))
    straight = Sentence("its knee hangs {size} straighter than before", size=size_of(knee_out))
    text = Sentence(
        "{thigh}; {knee}.",
        thigh=weighed(thigh_out, higher, same, lower),
        knee=weighed(knee_out, bent, Sentence("its knee hangs as before"), straight),
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


def size_of(difference: DifferenceOut) -> Number:
    """Return the size of a difference without its sign."""
    return signed(abs(difference.difference_deg))


def weighed(difference: DifferenceOut, more: Sentence, same: Sentence, less: Sentence) -> Sentence:
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


def _warnings(now: ExaminationOut, before: ExaminationOut, compared: Compared) -> list[Sentence]:
    found = []
    if not compared:
        found.append(Sentence("No leg was measured both times: nothing can be compared."))
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


def _from_across(now: ExaminationOut, before: ExaminationOut | None) -> bool:
    """Whether two readings that are compared come from different sides of the table."""
    pairs = [(now.left, now.right)]
    if before is not None:
        pairs += [(leg_of(before, side), leg_of(now, side)) for side in SIDES]
    return any({_near(one), _near(other)} == {True, False} for one, other in pairs)


def _near(leg: LegExaminationOut | None) -> bool | None:
    """Whether the leg was measured, and from its own side."""
    if leg is None or not leg.measurement.measurable or leg.measurement.tested_leg is None:
        return None
    return leg.measurement.tested_leg.near_camera


def _models(examined: ExaminationOut) -> set[tuple[str | None, str]]:
    legs = (leg_of(examined, side) for side in SIDES)
    return {
        (leg.measurement.provenance.model_sha256, leg.measurement.provenance.calibration)
        for leg in legs
        if leg is not None
    }


def leg_of(examined: ExaminationOut, side: Side) -> LegExaminationOut | None:
    """Return one leg of an examination."""
    return examined.left if side == "left" else examined.right
