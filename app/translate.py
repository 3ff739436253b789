"""Values of the instrument to the JSON shapes of :mod:`app.schemas`, rounded for people."""

from dataclasses import asdict
from typing import TypedDict

from app.schemas import (
    AboveOut,
    AngleOut,
    CriteriaOut,
    CueOut,
    DifferenceOut,
    ErrorOut,
    FindingOut,
    FlagOut,
    ImagePlaneOut,
    LegOut,
    LevelOut,
    MeasurementOut,
    NextStepOut,
    ObservationsOut,
    PointOut,
    PointsOut,
    ProvenanceOut,
    RetestOut,
)
from vision.above import AboveView
from vision.advice import next_steps
from vision.angles import Z95, Angle, Reading
from vision.comparison import Difference
from vision.cues import Cue
from vision.errors import ThomasTestError
from vision.findings import Finding, Verdict
from vision.flags import Flag
from vision.interpretation import Interpretation, OtherMuscle, Pattern, Retest
from vision.measurement import Measurement
from vision.observations import Observations


def measurement_out(result: Measurement) -> MeasurementOut:
    """Translate a measurement to its JSON shape; an unmeasurable one has null angles."""
    view, angles = result.view, result.angles if result.measurable else None
    return MeasurementOut(
        measurable=result.measurable,
        tested_leg=LegOut(
            side=view.leg.side, source=view.leg.source, near_camera=view.leg.near_camera
        )
        if view.leg is not None and angles is not None
        else None,
        head_towards=view.head_towards,
        thigh_deg=angle_out(angles.thigh) if angles else None,
        knee_flexion_deg=angle_out(angles.knee_flexion) if angles else None,
        hugged_thigh_deg=angle_out(angles.hugged_thigh) if angles else None,
        image_plane=ImagePlaneOut(
            thigh_deg=rounded(angles.image_thigh_deg),
            knee_flexion_deg=rounded(angles.image_knee_flexion_deg),
        )
        if angles
        else None,
        level=level_out(result.level.roll_deg, result.level.sigma_deg, result.level.source),
        suggested_turn_deg=view.turn_deg,
        position=tuple(map(_cue, result.position)),
        flags=tuple(flag_out(flag) for flag in result.quality.flags),
        points=PointsOut(
            **dict(zip(("hip", "knee", "ankle"), map(_point, angles.chain_px), strict=True))
        )
        if angles
        else None,
        provenance=ProvenanceOut(**asdict(result.provenance)),
        **judged(result.interpretation, result.observed),
    )


class Judged(TypedDict):
    """The fields of a measurement that the interpretation fills."""

    verdict: Verdict
    criteria: CriteriaOut
    findings: tuple[FindingOut, ...]
    pattern: Pattern
    pattern_text: str
    also: tuple[OtherMuscle, ...]
    provisional: str | None
    retest: RetestOut | None
    observations: ObservationsOut
    next_steps: tuple[NextStepOut, ...]


def judged(reading: Interpretation, observed: Observations) -> Judged:
    """Translate what the rule-set made of the angles and of what the examiner said."""
    return {
        "verdict": reading.verdict,
        "criteria": CriteriaOut(id=reading.rules.id, version=reading.rules.version),
        "findings": tuple(map(_finding, reading.findings)),
        "pattern": reading.pattern,
        "pattern_text": reading.pattern_text,
        "also": reading.also,
        "provisional": reading.provisional or None,
        "retest": None if reading.retest is None else _retest(reading.retest),
        "observations": ObservationsOut(**asdict(observed)),
        "next_steps": tuple(NextStepOut(**asdict(step)) for step in next_steps(reading, observed)),
    }


def reading_of(measured: MeasurementOut) -> Reading | None:
    """Return the two angles of a result, or None when there are none."""
    if measured.thigh_deg is None or measured.knee_flexion_deg is None:
        return None
    return Reading(_angle(measured.thigh_deg), _angle(measured.knee_flexion_deg))


def flag_out(flag: Flag) -> FlagOut:
    """Translate one flag."""
    kind = flag.kind
    return FlagOut(code=kind.code, blocking=kind.blocking, text=kind.text, advice=kind.advice)


def error_out(error: ThomasTestError) -> ErrorOut:
    """Translate an error."""
    return ErrorOut(code=error.code, message=error.message, advice=error.advice)


def difference_out(difference: Difference) -> DifferenceOut:
    """Translate one comparison."""
    return DifferenceOut(
        quantity=difference.quantity,
        difference_deg=rounded(difference.difference_deg),
        detectable_deg=rounded(difference.detectable_deg),
        detectable=difference.detectable,
    )


def above_out(view: AboveView) -> AboveOut:
    """Translate a photo from above the feet."""
    return AboveOut(
        measurable=view.measurable,
        abduction_deg=None if view.abduction is None else angle_out(view.abduction),
        rotation_deg=None if view.rotation is None else angle_out(view.rotation),
        flags=tuple(map(flag_out, view.flags)),
    )


def angle_out(angle: Angle, *, adjusted: bool = False) -> AngleOut:
    """Translate one angle."""
    low, high = angle.interval_deg
    return AngleOut(
        value=rounded(angle.value_deg),
        interval=(rounded(low), rounded(high)),
        source="adjusted" if adjusted else "automatic",
    )


def level_out(roll_deg: float, sigma_deg: float, source: str) -> LevelOut:
    """Translate the camera's roll."""
    half = Z95 * sigma_deg
    return LevelOut.model_validate(
        {
            "roll_deg": rounded(roll_deg),
            "interval": (rounded(roll_deg - half), rounded(roll_deg + half)),
            "source": source,
        }
    )


def rounded(value: float) -> float:
    """One decimal, and never −0.0: more would claim a precision that is not there."""
    return round(float(value), 1) + 0.0


def _finding(finding: Finding) -> FindingOut:
    cutoff, shortage = finding.cutoff_deg, finding.shortage_deg
    return FindingOut(
        criterion=finding.criterion,
        verdict=finding.verdict,
        cutoff_deg=None if cutoff is None else round(cutoff, 2) + 0.0,
        text=finding.text,
        shortage_deg=None if shortage is None else rounded(shortage),
    )


def _cue(cue: Cue) -> CueOut:
    kind, value = cue.kind, cue.value
    return CueOut(
        cue=kind.name,
        value=None if value is None else round(value, 2) + 0.0,
        limit=kind.limit,
        unit=kind.unit,
        ok=None if value is None else cue.ok,
    )


def _angle(shown: AngleOut) -> Angle:
    low, high = shown.interval
    return Angle(shown.value, (high - low) / 2 / Z95, 0.0)


def _retest(retest: Retest) -> RetestOut:
    return RetestOut(
        thigh_deg=angle_out(retest.reading.thigh),
        knee_flexion_deg=angle_out(retest.reading.knee_flexion),
        change=difference_out(retest.change),
        knee_extended=retest.knee_extended,
        thigh_verdict=retest.thigh_verdict,
    )


def _point(xy: "list[float]") -> PointOut:
    return PointOut(x_px=rounded(xy[0]), y_px=rounded(xy[1]))
