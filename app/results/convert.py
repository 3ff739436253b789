"""Convert values of :mod:`vision` to the JSON models of :mod:`app.results.schemas`, rounded."""

import math
from dataclasses import asdict
from typing import TypedDict

from app.results.schemas import (
    AboveOut,
    AngleOut,
    CriteriaOut,
    CueOut,
    DifferenceOut,
    ErrorOut,
    FindingOut,
    FlagOut,
    ImagePlaneOut,
    JudgedOut,
    LegOut,
    LevelOut,
    MeasurementOut,
    NextStepOut,
    ObservationsOut,
    PointOut,
    PointsOut,
    ProvenanceOut,
    RepeatsOut,
    RetestOut,
    SpreadOut,
    SuggestedOut,
)
from vision.advice import FollowUp, next_steps
from vision.angles import (
    PLAIN_SHANK_RESIDUAL_DEG,
    SHANK_RESIDUAL_DEG,
    Z95,
    Angle,
    Reading,
    reading_by_hand,
    shank_from_plumb_deg,
)
from vision.comparison import Difference
from vision.cues import Cue
from vision.errors import ThomasTestError
from vision.findings import Finding, Verdict
from vision.flags import Flag
from vision.frontal.view import AboveView
from vision.interpretation import Interpretation, OtherMuscle
from vision.level import Level
from vision.measurement import UNCALIBRATED, Measurement
from vision.observations import Observations
from vision.overlay import hidden_faces
from vision.patterns import Pattern, Retest
from vision.repeats import Repeats, Spread
from vision.status import Status
from vision.suggestions import suggested_answers


def measurement_out(
    result: Measurement,
    follow_up: FollowUp | None = None,
    *,
    subject: str = "",
    session: str = "",
) -> MeasurementOut:
    """Convert a measurement to its JSON model; one without a number has null angles.

    Parameters
    ----------
    result : Measurement
    follow_up : {"changed", "unchanged"}, optional
        Whether the leg has changed since an earlier examination.
    subject, session : str
        Person and occasion, as entered by the user.
    """
    view, angles = result.view, result.angles if result.measurable else None
    reading = result.reading
    return MeasurementOut(
        subject=subject,
        session=session,
        measurable=result.measurable,
        tested_leg=LegOut(
            side=view.leg.side, source=view.leg.source, near_camera=view.leg.near_camera
        )
        if view.leg is not None and angles is not None
        else None,
        head_towards=view.head_towards,
        thigh_deg=angle_out(reading.thigh) if reading else None,
        knee_flexion_deg=angle_out(reading.knee_flexion) if reading else None,
        shank_from_plumb_deg=angle_out(reading.shank_from_plumb) if reading else None,
        hugged_thigh_deg=angle_out(angles.held_thigh) if angles else None,
        image_plane=ImagePlaneOut(
            thigh_deg=rounded(angles.image_thigh_deg),
            knee_flexion_deg=rounded(angles.image_knee_flexion_deg),
        )
        if angles
        else None,
        level=level_out(result.level),
        suggested_turn_deg=view.turn_deg,
        position=tuple(map(_cue, result.position)),
        flags=tuple(flag_out(flag) for flag in result.quality.flags),
        points=PointsOut(
            **dict(zip(("hip", "knee", "ankle"), map(_point, angles.chain_px), strict=True))
        )
        if angles
        else None,
        repeats=None if result.repeats is None else _repeats(result.repeats),
        faces_hidden=bool(hidden_faces(result)),
        provenance=ProvenanceOut(**asdict(result.provenance)),
        **judged(result.interpretation, result.observed, follow_up),
    )


class Judged(TypedDict):
    """Fields of a measurement that come from the interpretation."""

    verdict: Verdict
    status: Status
    headline: str
    judged: JudgedOut
    criteria: CriteriaOut
    findings: tuple[FindingOut, ...]
    pattern: Pattern
    pattern_text: str
    also: tuple[OtherMuscle, ...]
    also_texts: tuple[str, ...]
    provisional: str | None
    retest: RetestOut | None
    observations: ObservationsOut
    next_steps: tuple[NextStepOut, ...]


def judged(
    reading: Interpretation, observed: Observations, follow_up: FollowUp | None = None
) -> Judged:
    """Convert the interpretation of angles and answers."""
    how = reading.standing
    steps = next_steps(reading, observed, follow_up)
    return {
        "verdict": reading.verdict,
        "status": how.status,
        "headline": how.headline,
        "judged": JudgedOut(done=how.done, open=how.open),
        "criteria": CriteriaOut(id=reading.rules.id, version=reading.rules.version),
        "findings": tuple(map(_finding, reading.findings)),
        "pattern": reading.pattern,
        "pattern_text": reading.pattern_text,
        "also": reading.also,
        "also_texts": reading.also_texts,
        "provisional": how.provisional or None,
        "retest": None if reading.retest is None else _retest(reading.retest),
        "observations": ObservationsOut(**asdict(observed)),
        "next_steps": tuple(NextStepOut(**asdict(step)) for step in steps),
    }


def reading_of(measured: MeasurementOut) -> Reading | None:
    """Return the angles of a result, or None if there are none.

    A result of schema version 1 has no shank: it is derived from thigh and knee, with the standard
    error of the shank for that leg.
    """
    if measured.thigh_deg is None or measured.knee_flexion_deg is None:
        return None
    thigh, knee = _angle(measured.thigh_deg), _angle(measured.knee_flexion_deg)
    if measured.shank_from_plumb_deg is not None:
        return Reading(thigh, knee, _angle(measured.shank_from_plumb_deg))
    if measured.thigh_deg.source == "adjusted" or measured.tested_leg is None:
        return reading_by_hand(thigh, knee)
    calibrated = measured.provenance.calibration != UNCALIBRATED
    residuals = SHANK_RESIDUAL_DEG if calibrated else PLAIN_SHANK_RESIDUAL_DEG
    residual_deg = residuals[bool(measured.tested_leg.near_camera)]
    level = (0.0, 0.0) if measured.level is None else measured.level.interval
    sigma = math.hypot(residual_deg, (level[1] - level[0]) / 2 / Z95)
    value = shank_from_plumb_deg(thigh.value_deg, knee.value_deg)
    return Reading(thigh, knee, Angle(value, sigma, 0.0))


def extended_of(measured: MeasurementOut) -> Reading | None:
    """Return the angles of a result with the knee extended, or None."""
    if measured.retest is None:
        return None
    return reading_by_hand(
        _angle(measured.retest.thigh_deg), _angle(measured.retest.knee_flexion_deg)
    )


def flag_out(flag: Flag) -> FlagOut:
    """Convert one flag."""
    kind = flag.kind
    return FlagOut(code=kind.code, blocking=kind.blocking, text=kind.text, advice=kind.advice)


def error_out(error: ThomasTestError) -> ErrorOut:
    """Convert an error."""
    return ErrorOut(code=error.code, message=error.message, advice=error.advice)


def difference_out(difference: Difference) -> DifferenceOut:
    """Convert one comparison."""
    return DifferenceOut(
        quantity=difference.quantity,
        difference_deg=rounded(difference.difference_deg),
        detectable_deg=rounded(difference.detectable_deg),
        detectable=difference.detectable,
        photo_only_deg=rounded(difference.photo_only_deg),
    )


def above_out(view: AboveView) -> AboveOut:
    """Convert a photo from above the feet."""
    return AboveOut(
        measurable=view.measurable,
        abduction_deg=None if view.abduction is None else angle_out(view.abduction),
        rotation_deg=None if view.rotation is None else angle_out(view.rotation),
        suggested=_suggested(view) if view.measurable else None,
        flags=tuple(map(flag_out, view.flags)),
        faces_hidden=bool(hidden_faces(view)),
    )


def angle_out(angle: Angle, *, adjusted: bool = False) -> AngleOut:
    """Convert one angle."""
    low, high = angle.interval_deg
    return AngleOut(
        value=rounded(angle.value_deg),
        interval=(rounded(low), rounded(high)),
        source="adjusted" if adjusted else "automatic",
    )


def level_out(level: Level) -> LevelOut:
    """Convert the direction of the camera."""
    half = Z95 * level.sigma_deg
    return LevelOut(
        roll_deg=rounded(level.roll_deg),
        interval=(rounded(level.roll_deg - half), rounded(level.roll_deg + half)),
        source=level.source,
        pitch_deg=None if level.pitch_deg is None else rounded(level.pitch_deg),
    )


def rounded(value: float) -> float:
    """Round to one decimal, never −0.0; more decimals would suggest a false precision."""
    return round(float(value), 1) + 0.0


def _finding(finding: Finding) -> FindingOut:
    cutoff, shortage = finding.cutoff_deg, finding.shortage_deg
    return FindingOut(
        criterion=finding.criterion,
        verdict=finding.verdict,
        # A knee cut-off may follow the thigh, and is rounded like the thigh.
        cutoff_deg=None
        if cutoff is None
        else round(cutoff, 1 if finding.criterion == "knee" else 2) + 0.0,
        text=finding.text,
        shortage_deg=None if shortage is None else rounded(shortage),
        grade=finding.grade,
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
        drop=retest.drop,
        text=retest.text,
        one_joint_deg=rounded(retest.one_joint_deg),
        two_joint_deg=rounded(retest.two_joint_deg),
    )


def _repeats(repeats: Repeats) -> RepeatsOut:
    thigh, knee, shank = map(_spread, repeats.spreads)
    return RepeatsOut(
        n=repeats.n,
        thigh_deg=thigh,
        knee_flexion_deg=knee,
        shank_from_plumb_deg=shank,
        photo_sha256=repeats.photo_sha256,
        left_out_sha256=repeats.left_out_sha256,
    )


def _spread(spread: Spread) -> SpreadOut:
    return SpreadOut(
        values=tuple(map(rounded, spread.values_deg)),
        mean=rounded(spread.mean_deg),
        sd=rounded(spread.sd_deg),
        sem=rounded(spread.sem_deg),
        random_sigma=rounded(spread.random_sigma_deg),
        body_sigma=rounded(spread.body_sigma_deg),
    )


def _suggested(view: AboveView) -> SuggestedOut:
    rotation, abducted = suggested_answers(view)
    return SuggestedOut(rotation=rotation, abducted=abducted)


def _point(xy: "list[float]") -> PointOut:
    return PointOut(x_px=rounded(xy[0]), y_px=rounded(xy[1]))
