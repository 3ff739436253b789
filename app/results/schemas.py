"""The JSON schemas, shared by command line, API and Python: measurement, examination, error.

Field names are a contract: fields are added, never renamed. A missing number is null, with a
blocking flag that states the reason; it is never 0 or NaN.
"""

from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.json_schema import models_json_schema

from vision.comparison import Quantity
from vision.criteria import Criterion
from vision.findings import Grade, Verdict
from vision.interpretation import OtherMuscle
from vision.observations import (
    MAX_HOLD_S,
    MAX_NOTES,
    AbductedRetest,
    BackFlat,
    Rotation,
    Safety,
    YesNo,
)
from vision.patterns import Drop, Pattern
from vision.sentences import Sentence
from vision.sides import Side
from vision.status import Item, Status

SCHEMA_VERSION: Final = "2"
"""Raised when a field changes its meaning; results of version 1 can still be read."""
NOTICE: Final = Sentence("For education and research; not a medical device and not a diagnosis.")
"""Shown once wherever people read results."""


def _sentence(value: object, check: ValidatorFunctionWrapHandler) -> object:
    return value if isinstance(value, Sentence) else check(value)


Text = Annotated[str, WrapValidator(_sentence)]
"""A text for people: what was a :class:`~vision.sentences.Sentence` stays one."""
Interval = Annotated[
    tuple[float, float],
    Field(description="95 % interval, degrees.", json_schema_extra={"items": {"type": "number"}}),
]
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
    near_camera: bool | None = Field(description="Null if no photo shows it.")


class LevelOut(_Model):
    """Camera roll."""

    roll_deg: float = Field(
        description="+ when the right end of the true horizontal looks higher in the photo."
    )
    interval: Interval
    source: Literal["given", "phone", "phone+scene", "scene", "assumed"]
    pitch_deg: float | None = Field(
        default=None, description="+ when the camera looks up; null if unknown."
    )


class CriteriaOut(_Model):
    """The rule-set that judged."""

    id: str
    version: str


class FindingOut(_Model):
    """One judged criterion."""

    criterion: Criterion
    verdict: Verdict
    cutoff_deg: float | None = Field(description="Null if no angle is judged.")
    text: Text
    shortage_deg: float | None = Field(
        default=None, description="Shortage of the two-joint muscles, if the rule-set defines it."
    )
    grade: Grade | None = Field(default=None, description="Grade of a thigh that passes.")


class FlagOut(_Model):
    """A caveat (advisory) or the reason why there is no number (blocking)."""

    code: str
    blocking: bool
    text: Text
    advice: Text


class CueOut(_Model):
    """One of the cues by which the position is judged."""

    cue: str
    value: float | None = Field(
        description="Median over the passes; null if it does not apply to this posture."
    )
    limit: float = Field(description="Ordinary up to this value.")
    unit: Literal["degrees", "trunk lengths", "ratio"]
    ok: bool | None = Field(description="Null if there is no value.")


class ObservationsOut(_Model):
    """Answers of the examiner; null if a question was not answered."""

    safety: Safety | None = Field(
        default=None, description="Whether there is a reason not to do the test."
    )
    hip_pain: YesNo | None = None
    knee_pain: YesNo | None = None
    back_or_nerve: YesNo | None = None
    lower_back_flat: BackFlat | None = None
    rotation: Rotation | None = None
    abducted: YesNo | None = None
    abducted_retest: AbductedRetest | None = Field(
        default=None, description="What a raised thigh does when it is abducted."
    )
    feels_tight: YesNo | None = None
    hold_s: int | None = Field(
        default=None, ge=0, le=MAX_HOLD_S, description="Seconds in the position."
    )
    notes: str = Field(default="", max_length=MAX_NOTES)


class DifferenceOut(_Model):
    """Comparison of two readings of one angle."""

    quantity: Quantity
    difference_deg: float = Field(description="Second minus first.")
    detectable_deg: float = Field(description="Smallest difference beyond measurement error.")
    detectable: bool
    photo_only_deg: float | None = Field(
        default=None, description="The same for two photos of one set-up."
    )


class RetestOut(_Model):
    """The thigh in the second photo, with the knee passively extended."""

    thigh_deg: AngleOut
    knee_flexion_deg: AngleOut
    change: DifferenceOut
    knee_extended: bool
    thigh_verdict: Verdict
    drop: Drop | None = Field(
        default=None, description="Whether the thigh dropped; null if the knee was not extended."
    )
    text: Text = ""
    one_joint_deg: float | None = Field(
        default=None, description="Shortage of the thigh with the knee extended (Kendall)."
    )
    two_joint_deg: float | None = Field(
        default=None, description="Shortage of the knee in the first photo (Kendall)."
    )


class JudgedOut(_Model):
    """Criteria of the rule-set, and the condition that the lower back is flat."""

    done: tuple[Item, ...] = ()
    open: tuple[Item, ...] = ()


class SpreadOut(_Model):
    """One angle over the photos of one set-up."""

    values: tuple[float, ...] = Field(description="One per photo, degrees.")
    mean: float
    sd: float = Field(description="Standard deviation of the values.")
    sem: float = Field(description="Standard error of the mean, from the values alone: sd / √n.")
    random_sigma: float = Field(description="Random part of the error of the mean, 1 SD.")
    body_sigma: float = Field(description="Systematic part, which more photos do not reduce.")


class RepeatsOut(_Model):
    """Photos of one set-up, combined into one reading."""

    n: int
    thigh_deg: SpreadOut
    knee_flexion_deg: SpreadOut
    shank_from_plumb_deg: SpreadOut
    photo_sha256: tuple[str, ...] = Field(default=(), description="Hashes of the combined photos.")
    left_out_sha256: tuple[str, ...] = Field(
        default=(), description="Hashes of photos that contradict the others."
    )


class NextStepOut(_Model):
    """A next step, with its reason."""

    id: str
    title: Text
    text: Text
    reason: Text
    guide: Text = Field(description="Part of the psoas-release guide that it comes from.")


class ImagePlaneOut(_Model):
    """Angles that a protractor shows in the levelled photo, along the points given here.

    The main angles are also corrected for the camera position.
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


class AutomaticOut(_Model):
    """The automatic values, kept beside a person's corrections."""

    thigh_deg: AngleOut | None
    knee_flexion_deg: AngleOut | None
    shank_from_plumb_deg: AngleOut | None = None
    image_plane: ImagePlaneOut | None
    level: LevelOut | None
    points: PointsOut | None


class GravityOut(_Model):
    """Reading of a phone's accelerometer, as it was used."""

    roll_deg: float
    pitch_deg: float | None
    sigma_deg: float
    origin: str = Field(description='"sent" if sent with the photo, or the maker of the camera.')


class ProvenanceOut(_Model):
    """Everything needed to reproduce the numbers."""

    package: str
    model: str = Field(description='"none" if a person set the points or the angles.')
    model_sha256: str | None
    calibration: str
    photo_sha256: str | None
    width_px: int | None
    height_px: int | None
    passes: int
    elapsed_ms: float | None
    measured_at: str | None = Field(
        default=None,
        description="Date and time of the measurement, ISO 8601 with the offset from UTC; not read "
        "from the photo. Null in older results, and where no photo was measured.",
    )
    turn_deg: Literal[0, 90, 180, 270] = Field(
        default=0,
        description="How far clockwise the photo was turned on request; points refer to the turned photo.",
    )
    gravity: GravityOut | None = Field(
        default=None, description="Null if only the scene could show the tilt."
    )
    focal_35mm_mm: float | None = Field(
        default=None, description="From the file; null if unknown or cropped."
    )


class ChangeOut(_Model):
    """One leg now, compared with an earlier examination."""

    side: Side
    thigh: DifferenceOut
    knee_flexion: DifferenceOut
    text: Text


class MeasurementOut(_Model):
    """One photo, measured or refused."""

    schema_version: str = SCHEMA_VERSION
    subject: str = Field(default="", description="Person, as sent; never read from the photo.")
    session: str = Field(default="", description="Occasion, as sent.")
    measurable: bool
    verdict: Verdict
    status: Status = Field(
        default="provisional", description="Final only if nothing in judged is open."
    )
    headline: Text = Field(default="", description="Verdict and status in one line.")
    judged: JudgedOut = JudgedOut()
    tested_leg: LegOut | None
    head_towards: Side | None
    thigh_deg: AngleOut | None = Field(
        description="Thigh against the true horizontal: + above, − below."
    )
    knee_flexion_deg: AngleOut | None = Field(description="0 = straight.")
    shank_from_plumb_deg: AngleOut | None = Field(
        default=None,
        description="90 + thigh − knee: 0 = plumb, + foot forward, − foot pulled back.",
    )
    hugged_thigh_deg: AngleOut | None
    image_plane: ImagePlaneOut | None
    level: LevelOut | None
    criteria: CriteriaOut
    findings: tuple[FindingOut, ...]
    pattern: Pattern
    pattern_text: Text
    also: tuple[OtherMuscle, ...] = Field(
        default=(), description="Further muscles that rotation or abduction of the thigh suggest."
    )
    suggested_turn_deg: Literal[90, 180, 270] | None = Field(
        default=None,
        description="How far clockwise a refused photo probably has to be turned.",
    )
    position: tuple[CueOut, ...] = Field(
        default=(),
        description="Cues by which the position was judged; empty if nobody was found.",
    )
    also_texts: tuple[Text, ...] = ()
    provisional: Text | None = Field(default=None, description="Why the verdict is not final.")
    retest: RetestOut | None = None
    repeats: RepeatsOut | None = None
    observations: ObservationsOut = ObservationsOut()
    flags: tuple[FlagOut, ...]
    next_steps: tuple[NextStepOut, ...] = ()
    points: PointsOut | None
    automatic: AutomaticOut | None = Field(
        default=None, description="The automatic values, if a person corrected them."
    )
    faces_hidden: bool | None = Field(
        default=None,
        description="Whether a face is pixelated in the pictures of this photo; null in older "
        "results, and where no photo was measured.",
    )
    changes: tuple[ChangeOut, ...] = Field(
        default=(), description="Against an earlier result; empty inside an examination."
    )
    previous_session: str | None = None
    warnings: tuple[Text, ...] = Field(default=(), description="About the comparison.")
    provenance: ProvenanceOut
    notice: str = str(NOTICE)


class SuggestedOut(_Model):
    """Suggested answers about rotation and abduction; null if the photo leaves it open."""

    rotation: Rotation | None
    abducted: YesNo | None


class AboveOut(_Model):
    """A photo from above the feet, measured or refused."""

    measurable: bool
    abduction_deg: AngleOut | None = Field(
        description="Thigh against the trunk's midline: + outward."
    )
    rotation_deg: AngleOut | None = Field(
        description="Rotation of the hip: + internal (the foot swings outward), − external."
    )
    suggested: SuggestedOut | None = Field(
        default=None, description="Answers that the angles suggest; the examiner decides."
    )
    flags: tuple[FlagOut, ...]
    faces_hidden: bool | None = Field(
        default=None,
        description="Whether a face is pixelated in the pictures of this photo; null in older "
        "results, and where no photo was measured.",
    )


class LegExaminationOut(_Model):
    """One leg: its first photo, judged together with its other photos."""

    side: Side
    measurement: MeasurementOut
    retest_photo: MeasurementOut | None = None
    above: AboveOut | None = None


class AsymmetryOut(_Model):
    """Right minus left."""

    thigh: DifferenceOut
    knee_flexion: DifferenceOut
    text: Text


class ExaminationOut(_Model):
    """One person's examination: one or both legs."""

    schema_version: str = SCHEMA_VERSION
    subject: str = ""
    session: str = ""
    criteria: CriteriaOut
    left: LegExaminationOut | None
    right: LegExaminationOut | None
    asymmetry: AsymmetryOut | None
    changes: tuple[ChangeOut, ...] = ()
    previous_session: str | None = None
    warnings: tuple[Text, ...] = ()
    notice: str = str(NOTICE)


class ErrorOut(_Model):
    """A file that could not be read, or an invalid option."""

    code: str
    message: Text
    advice: Text


class Problem(_Model):
    """RFC 9457 problem details, ``application/problem+json``."""

    type: str = Field(description="Stable name of the type of problem, a relative reference.")
    title: Text
    status: int
    detail: Text
    code: str
    advice: Text


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a measurement and of an examination."""
    _, schema = models_json_schema(
        [(MeasurementOut, "serialization"), (ExaminationOut, "serialization")],
        title=f"Thomas Test results, version {SCHEMA_VERSION}",
        ref_template="#/$defs/{model}",
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
