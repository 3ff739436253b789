"""The JSON of a measurement, the same at every door, and the one shape of an error.

Field names are a contract: they are added to, never renamed. A missing number is null
with a blocking flag that says why; never 0 or NaN.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from vision.angles import Z95, Angle
from vision.errors import ThomasTestError
from vision.interpretation import Pattern, Verdict
from vision.measurement import Measurement
from vision.quality import Flag
from vision.view import Side

SCHEMA_VERSION: Final = "1"
NOTICE: Final = "For education and research; not a medical device and not a diagnosis."
"""Said once wherever people read results."""

Interval = Annotated[tuple[float, float], Field(description="95 % interval, degrees.")]
Source = Literal["automatic", "adjusted"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class AngleOut(_Model):
    """One angle."""

    value: float = Field(description="Degrees.")
    interval: Interval
    source: Source = "automatic"


class LegOut(_Model):
    """The tested leg."""

    side: Side = Field(description="The person's own left or right.")
    source: Literal["inferred", "given"]
    near_camera: bool


class LevelOut(_Model):
    """Camera roll."""

    roll_deg: float = Field(
        description="+ when the right end of the true horizontal looks higher in the photo."
    )
    interval: Interval
    source: Literal["given", "scene", "assumed"]


class CriteriaOut(_Model):
    """The rule-set that judged."""

    id: str
    version: str


class FindingOut(_Model):
    """One criterion, judged."""

    criterion: Literal["thigh", "knee"]
    verdict: Verdict
    cutoff_deg: float
    text: str


class FlagOut(_Model):
    """A caveat (advisory) or the reason why there is no number (blocking)."""

    code: str
    blocking: bool
    text: str
    advice: str


class ImagePlaneOut(_Model):
    """What a protractor reads on the levelled photo, along the points given here.

    The angles reported first also allow for the camera's position.
    """

    thigh_deg: float
    knee_flexion_deg: float


class PointOut(_Model):
    """A joint, in pixels of the upright photo: x right, y down."""

    x_px: float
    y_px: float
    source: Source = "automatic"


class PointsOut(_Model):
    """Hip, knee and ankle of the tested leg."""

    hip: PointOut
    knee: PointOut
    ankle: PointOut


class ProvenanceOut(_Model):
    """What it takes to reproduce the numbers."""

    package: str
    model: str
    model_sha256: str
    calibration: str
    photo_sha256: str
    width_px: int
    height_px: int
    passes: int
    elapsed_ms: float


class MeasurementOut(_Model):
    """One photo, measured or refused."""

    schema_version: str = SCHEMA_VERSION
    measurable: bool
    verdict: Verdict
    tested_leg: LegOut | None
    head_towards: Side | None
    thigh_deg: AngleOut | None = Field(
        description="Thigh against the true horizontal: + above, − below."
    )
    knee_flexion_deg: AngleOut | None = Field(description="0 = straight.")
    hugged_thigh_deg: AngleOut | None
    image_plane: ImagePlaneOut | None
    level: LevelOut | None
    criteria: CriteriaOut
    findings: tuple[FindingOut, ...]
    pattern: Pattern
    pattern_text: str
    flags: tuple[FlagOut, ...]
    next_steps: tuple[str, ...] = ()
    points: PointsOut | None
    provenance: ProvenanceOut
    notice: str = NOTICE


class ErrorOut(_Model):
    """A file that could not be read or an option that does not exist."""

    code: str
    message: str
    advice: str


class Problem(_Model):
    """RFC 9457 problem details, ``application/problem+json``."""

    type: str = Field(description="Stable name of the kind of problem, a relative reference.")
    title: str
    status: int
    detail: str
    code: str
    advice: str


def measurement_out(result: Measurement) -> MeasurementOut:
    """Translate a measurement to its JSON shape; an unmeasurable one has null angles."""
    view, angles = result.view, result.angles if result.measurable else None
    provenance = result.provenance
    reading = result.interpretation
    level = result.level
    half = Z95 * level.sigma_deg
    return MeasurementOut(
        measurable=result.measurable,
        verdict=reading.verdict,
        tested_leg=LegOut(
            side=view.leg.side, source=view.leg.source, near_camera=view.leg.near_camera
        )
        if view.leg is not None and angles is not None
        else None,
        head_towards=view.head_towards,
        thigh_deg=_angle(angles.thigh) if angles else None,
        knee_flexion_deg=_angle(angles.knee_flexion) if angles else None,
        hugged_thigh_deg=_angle(angles.hugged_thigh) if angles else None,
        image_plane=ImagePlaneOut(
            thigh_deg=_round(angles.image_thigh_deg),
            knee_flexion_deg=_round(angles.image_knee_flexion_deg),
        )
        if angles
        else None,
        level=LevelOut(
            roll_deg=_round(level.roll_deg),
            interval=(_round(level.roll_deg - half), _round(level.roll_deg + half)),
            source=level.source,
        ),
        criteria=CriteriaOut(id=reading.rules.id, version=reading.rules.version),
        findings=tuple(
            FindingOut(
                criterion=finding.criterion,
                verdict=finding.verdict,
                cutoff_deg=finding.cutoff_deg,
                text=finding.text,
            )
            for finding in reading.findings
        ),
        pattern=reading.pattern,
        pattern_text=reading.pattern_text,
        flags=tuple(flag_out(flag) for flag in result.quality.flags),
        points=PointsOut(
            **dict(zip(("hip", "knee", "ankle"), map(_point, angles.chain_px), strict=True))
        )
        if angles
        else None,
        provenance=ProvenanceOut(
            package=provenance.package,
            model=provenance.model,
            model_sha256=provenance.model_sha256,
            calibration=provenance.calibration,
            photo_sha256=provenance.photo_sha256,
            width_px=provenance.width_px,
            height_px=provenance.height_px,
            passes=provenance.passes,
            elapsed_ms=provenance.elapsed_ms,
        ),
    )


def flag_out(flag: Flag) -> FlagOut:
    """Translate one flag."""
    kind = flag.kind
    return FlagOut(code=kind.code, blocking=kind.blocking, text=kind.text, advice=kind.advice)


def error_out(error: ThomasTestError) -> ErrorOut:
    """Translate an error."""
    return ErrorOut(code=error.code, message=error.message, advice=error.advice)


def _angle(angle: Angle) -> AngleOut:
    low, high = angle.interval_deg
    return AngleOut(value=_round(angle.value_deg), interval=(_round(low), _round(high)))


def _point(xy: "list[float]") -> PointOut:
    return PointOut(x_px=_round(xy[0]), y_px=_round(xy[1]))


def _round(value: float) -> float:
    """One decimal, and never −0.0: more would claim a precision that is not there."""
    return round(float(value), 1) + 0.0
