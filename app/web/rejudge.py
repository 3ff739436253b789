"""Judge a result of the page again: moved points, answers, the rule, the person, a second leg.

The browser keeps the result and sends it back; the service keeps nothing. Photos are not sent.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from app.results.convert import reading_of
from app.results.earlier import compared_with, follow_up_of, measurement_again
from app.results.examination import examination_again
from app.results.rescore import followed_up, judged_anew, score
from app.results.rescore_input import MAX_PX, Input, PointsIn, ScoreIn, read_input
from app.results.schemas import ExaminationOut, LegExaminationOut, MeasurementOut, ObservationsOut
from app.service.form_fields import MAX_NAME
from app.web.svg_overlay import Chain
from vision.criteria import RuleSet
from vision.errors import InvalidOption
from vision.sentences import Sentence
from vision.sides import Side

Key = Literal["left", "right", "photo"]
"""Leg of an examination, or the only photo."""
PHOTO: Final = "photo"


class LegChange(Input):
    """What a person changed about one leg; anything absent stays as it is."""

    points: PointsIn | None = None
    head_towards: Side | None = None
    leg: Side | None = None
    level_deg: float | None = None
    observations: ObservationsOut | None = None


class RejudgeIn(Input):
    """A result, and the changes to it."""

    result: MeasurementOut | ExaminationOut
    previous: ExaminationOut | None = None
    found: dict[str, Chain] = Field(
        default_factory=dict, description="Hip, knee and ankle of legs found in refused photos."
    )
    changes: dict[Key, LegChange] = Field(default_factory=dict)
    criteria: str | None = None
    subject: str | None = Field(default=None, max_length=MAX_NAME)
    session: str | None = Field(default=None, max_length=MAX_NAME)

    @property
    def rules_id(self) -> str:
        """Id of the rule-set to apply."""
        return self.criteria or self.result.criteria.id


def read_rejudge(body: bytes) -> RejudgeIn:
    """Parse a request of the page.

    Raises
    ------
    InvalidOption
        If it is not JSON as described by :class:`RejudgeIn`.
    """
    wanted = read_input(RejudgeIn, body)
    if isinstance(wanted.result, ExaminationOut):
        legs = _legs(wanted.result)
        if not legs or any(leg.side != side for side, leg in legs.items()):
            raise InvalidOption(Sentence("The result holds no leg, or one in the other's place."))
    for chain in wanted.found.values():
        if any(abs(value) > MAX_PX for point in chain for value in point):
            raise InvalidOption(Sentence("A point lies too far from the photo."))
    return wanted


def rejudge(wanted: RejudgeIn, rules: RuleSet) -> MeasurementOut | ExaminationOut:
    """Judge a result again.

    Parameters
    ----------
    wanted : RejudgeIn
    rules : RuleSet
        The rule-set to apply, named in ``wanted``.

    Raises
    ------
    InvalidOption
        If a change names a leg that is not part of the result, or cannot be applied.
    DegenerateLimb
        If points coincide.
    """
    result = wanted.result
    keys = {PHOTO} if isinstance(result, MeasurementOut) else set(_legs(result))
    if unknown := set(wanted.changes) - keys:
        raise InvalidOption(Sentence("The result has no leg {name}.", name=min(unknown)))
    who = {"subject": wanted.subject, "session": wanted.session}
    said = {name: text.strip() for name, text in who.items() if text is not None}
    if isinstance(result, MeasurementOut):
        judged = _judged(result, "photo", rules, wanted)
        return measurement_again(judged.model_copy(update=said), wanted.previous)
    legs = {
        side: leg.model_copy(update={"measurement": _judged(leg.measurement, side, rules, wanted)})
        for side, leg in _legs(result).items()
    }
    return examination_again(result.model_copy(update=said), legs, rules, wanted.previous)


def _legs(result: ExaminationOut) -> Mapping[Side, LegExaminationOut]:
    given: dict[Side, LegExaminationOut | None] = {"left": result.left, "right": result.right}
    return {side: leg for side, leg in given.items() if leg is not None}


def _judged(
    measured: MeasurementOut, key: Key, rules: RuleSet, wanted: RejudgeIn
) -> MeasurementOut:
    """Judge one leg, also an unchanged one: texts that were read from JSON stay English."""
    change = wanted.changes.get(key, LegChange())
    if not measured.measurable and change.points is None:
        # Answers and rules do not make a refused photo readable, but they are kept with it.
        observed = change.observations or measured.observations
        return judged_anew(measured.model_copy(update={"observations": observed}), rules)
    said = {name: getattr(change, name) for name in LegChange.model_fields}
    out = score(ScoreIn(measurement=measured, criteria=wanted.criteria, **said), rules)
    side = out.tested_leg.side if key == PHOTO and out.tested_leg else key
    if side == PHOTO:
        return out
    change_since = follow_up_of(compared_with({side: reading_of(out)}, wanted.previous).get(side))
    return out if change_since is None else followed_up(out, rules, change_since)
