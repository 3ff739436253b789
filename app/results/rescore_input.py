"""Input for scoring: points that a person moved, or angles read by hand."""

from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.results.schemas import MeasurementOut, ObservationsOut, Source
from vision.adjustment import READING_SIGMA_DEG
from vision.angles import Z95
from vision.criteria import DEFAULT_RULES
from vision.errors import InvalidOption
from vision.sentences import Sentence
from vision.sides import Side

MAX_PX: Final = 100_000
"""Largest distance of a point from the photo's corner, pixels."""


_Model = TypeVar("_Model", bound=BaseModel)


class Input(BaseModel):
    """A request whose fields are all known, and whose numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PointIn(Input):
    """A joint centre, in pixels of the upright photo: x right, y down."""

    x_px: float = Field(ge=-MAX_PX, le=MAX_PX)
    y_px: float = Field(ge=-MAX_PX, le=MAX_PX)
    source: Source | None = Field(
        default=None, description="As in a result; whether a point was moved is found out anew."
    )


class PointsIn(Input):
    """Hip, knee and ankle of the tested leg."""

    hip: PointIn
    knee: PointIn
    ankle: PointIn


class AnglesIn(Input):
    """Angles that were read by hand."""

    thigh_deg: float = Field(gt=-180, le=180, description="+ above, − below horizontal.")
    knee_flexion_deg: float = Field(gt=-180, le=180, description="0 = straight.")
    uncertainty_deg: float = Field(
        default=round(Z95 * max(READING_SIGMA_DEG), 1),
        ge=0,
        le=45,
        description="Half of the 95 % interval of both; by default that of any reader's knee.",
    )


class ScoreIn(Input):
    """Points or angles to judge, with further data."""

    points: PointsIn | None = None
    angles: AnglesIn | None = None
    measurement: MeasurementOut | None = Field(
        default=None, description="The result to correct, as returned by /v1/measure."
    )
    leg: Side | None = None
    head_towards: Side | None = None
    level_deg: float | None = None
    criteria: str | None = Field(
        default=None,
        description="Id of the rule-set; by default the one that judged the measurement, "
        f"or {DEFAULT_RULES}.",
    )
    observations: ObservationsOut | None = None

    @property
    def rules_id(self) -> str:
        """Id of the rule-set to apply."""
        judged = DEFAULT_RULES if self.measurement is None else self.measurement.criteria.id
        return self.criteria or judged


def read_score(body: bytes) -> ScoreIn:
    """Parse a request for scoring.

    Raises
    ------
    InvalidOption
        If it is not JSON as described by :class:`ScoreIn`.
    """
    return read_input(ScoreIn, body)


def read_input(model: type[_Model], body: bytes) -> _Model:
    """Parse a request as a model.

    Raises
    ------
    InvalidOption
        If it is not JSON as described by the model; the first fault is named.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise InvalidOption(
            Sentence("Invalid request at {where}: {what}.", where=where, what=first["msg"])
        ) from error
