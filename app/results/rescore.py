"""Scoring without a photo: points that a person moved, or angles read by hand.

The result has the form of a measurement; the automatic values are kept beside it.
"""

from collections.abc import Mapping
from typing import Final

from app.results.by_hand import (
    any_moved,
    automatic_values,
    camera_offset_deg,
    chain_px,
    head_of,
    leg_of,
    level_of,
    made_by_hand,
    marked,
    points_of,
)
from app.results.convert import (
    angle_out,
    extended_of,
    flag_out,
    judged,
    reading_of,
    rounded,
)
from app.results.rescore_input import AnglesIn, PointsIn, ScoreIn
from app.results.schemas import (
    SCHEMA_VERSION,
    AutomaticOut,
    FlagOut,
    ImagePlaneOut,
    LevelOut,
    MeasurementOut,
    ObservationsOut,
    PointsOut,
)
from vision.adjustment import read_points
from vision.advice import FollowUp
from vision.angles import Z95, Angle, Reading, reading_by_hand
from vision.criteria import RuleSet
from vision.cues import CUES
from vision.errors import InvalidOption
from vision.flags import FLAG_KINDS, Flag
from vision.interpretation import interpret
from vision.observations import Observations
from vision.quality import OBSERVED_FLAGS, observed_flags, reading_flags
from vision.sentences import Sentence

_ANGLES: Final = ("thigh_deg", "knee_flexion_deg", "shank_from_plumb_deg")
TURNED: Final = frozenset({"upside_down", "sideways"})
"""Refusals that points cannot resolve: in such a photo, angles would be measured the wrong way
round."""
POSTURES: Final = frozenset(kind.refusal for kind in CUES) | {"standing"}
"""Refusals because of the person's position."""


def score(wanted: ScoreIn, rules: RuleSet) -> MeasurementOut:
    """Judge points or angles; a measurement alone is judged again, with unchanged angles.

    Parameters
    ----------
    wanted : ScoreIn
    rules : RuleSet
        The rule-set to apply, named in ``wanted``.

    Raises
    ------
    InvalidOption
        If there are neither points nor angles nor a measured photo, both points and angles, or no
        direction of the head.
    DegenerateLimb
        If points coincide.
    """
    if wanted.points is not None and wanted.angles is not None:
        raise InvalidOption(Sentence("Send points or angles, not both."))
    if wanted.angles is not None:
        return _from_angles(wanted, rules, wanted.angles)
    measured = wanted.measurement
    moved = wanted.points is not None and any_moved(wanted.points, automatic_values(measured))
    if moved or wanted.level_deg is not None:
        return _from_points(wanted, rules, wanted.points or points_of(measured))
    if measured is not None and wanted.points is not None:
        measured = _restored(measured)
    if measured is None or (reading := reading_of(measured)) is None:
        raise InvalidOption(Sentence("Nothing to score: send points or angles."))
    return _judged_by(measured, rules, _observed(wanted), reading)


def judged_anew(measured: MeasurementOut, rules: RuleSet) -> MeasurementOut:
    """Judge a stored result by other rules; also one without a number, or of version 1."""
    observed = Observations(**measured.observations.model_dump())
    reading = reading_of(measured)
    if reading is not None:
        return _judged_by(measured, rules, observed, reading)
    return _changed(measured, judged(interpret(None, rules, observed), observed))


def followed_up(measured: MeasurementOut, rules: RuleSet, change: FollowUp) -> MeasurementOut:
    """Judge a result again, knowing whether the leg has changed since an earlier one."""
    reading = reading_of(measured)
    if reading is None:
        return measured
    observed = Observations(**measured.observations.model_dump())
    return _judged_by(measured, rules, observed, reading, change)


def _judged_by(
    measured: MeasurementOut,
    rules: RuleSet,
    observed: Observations,
    reading: Reading,
    follow_up: FollowUp | None = None,
) -> MeasurementOut:
    flags = _flags(measured, observed, reading, measured.points, by_hand=False)
    usable = not any(flag.blocking for flag in flags)
    supported = any(flag.code == "leg_supported" for flag in flags)
    judgement = interpret(
        reading if usable else None,
        rules,
        observed,
        extended=extended_of(measured),
        supported=supported,
    )
    changes = {
        "measurable": usable,
        "flags": flags,
        "shank_from_plumb_deg": measured.shank_from_plumb_deg
        or angle_out(reading.shank_from_plumb),
        **judged(judgement, observed, follow_up),
    }
    if not usable:
        changes |= dict.fromkeys((*_ANGLES, "image_plane", "points"))
    return _changed(measured, changes)


def _restored(measured: MeasurementOut) -> MeasurementOut:
    """Undo every correction: all points are back at their automatic positions."""
    if measured.automatic is None:
        return measured
    own = {name: getattr(measured.automatic, name) for name in AutomaticOut.model_fields}
    flags = tuple(flag for flag in measured.flags if flag.code != "set_by_hand")
    return _changed(measured, {**own, "flags": flags, "automatic": None})


def _changed(measured: MeasurementOut, changes: Mapping[str, object]) -> MeasurementOut:
    """Return a result with some fields changed, validated and in the current version."""
    # The earlier result is not at hand: what was compared may not hold any longer.
    alone = {"changes": (), "previous_session": None, "warnings": ()}
    return MeasurementOut.model_validate(
        {**dict(measured), **changes, **alone, "schema_version": SCHEMA_VERSION}
    )


def _from_angles(wanted: ScoreIn, rules: RuleSet, angles: AnglesIn) -> MeasurementOut:
    sigma = angles.uncertainty_deg / Z95
    reading = reading_by_hand(
        Angle(angles.thigh_deg, sigma, 0.0), Angle(angles.knee_flexion_deg, sigma, 0.0)
    )
    return _result(wanted, rules, reading, image_plane=None, points=None, level=None)


def _from_points(wanted: ScoreIn, rules: RuleSet, points: PointsIn) -> MeasurementOut:
    own = automatic_values(wanted.measurement)
    head = head_of(wanted)
    if head is None:
        raise InvalidOption(
            Sentence("Set head_towards to left or right: where in the photo the head lies.")
        )
    level, roll_deg, roll_sigma_deg = level_of(wanted)
    adjusted = read_points(
        chain_px(points),
        head_towards=head,
        roll_deg=roll_deg,
        roll_sigma_deg=roll_sigma_deg,
        camera_offset_deg=camera_offset_deg(own),
    )
    return _result(
        wanted,
        rules,
        adjusted.reading,
        image_plane=ImagePlaneOut(
            thigh_deg=rounded(adjusted.image_thigh_deg),
            knee_flexion_deg=rounded(adjusted.image_knee_flexion_deg),
        ),
        points=marked(points, own),
        level=level,
    )


def _result(
    wanted: ScoreIn,
    rules: RuleSet,
    reading: Reading,
    *,
    image_plane: ImagePlaneOut | None,
    points: PointsOut | None,
    level: LevelOut | None,
) -> MeasurementOut:
    measured = wanted.measurement
    observed = _observed(wanted)
    flags = _flags(measured, observed, reading, points, by_hand=True)
    usable = not any(flag.blocking for flag in flags)
    supported = any(flag.code == "leg_supported" for flag in flags)
    judgement = interpret(reading if usable else None, rules, observed, supported=supported)
    return MeasurementOut(
        subject=measured.subject if measured else "",
        session=measured.session if measured else "",
        measurable=usable,
        tested_leg=leg_of(wanted),
        head_towards=head_of(wanted),
        thigh_deg=angle_out(reading.thigh, adjusted=True) if usable else None,
        knee_flexion_deg=angle_out(reading.knee_flexion, adjusted=True) if usable else None,
        shank_from_plumb_deg=angle_out(reading.shank_from_plumb, adjusted=True) if usable else None,
        hugged_thigh_deg=measured.hugged_thigh_deg if measured else None,
        image_plane=image_plane if usable else None,
        level=level,
        flags=flags,
        points=points if usable else None,
        automatic=automatic_values(measured),
        faces_hidden=measured.faces_hidden if measured else None,
        provenance=measured.provenance if measured else made_by_hand(),
        **judged(judgement, observed),
    )


def _observed(wanted: ScoreIn) -> Observations:
    before = wanted.measurement.observations if wanted.measurement else ObservationsOut()
    return Observations(**(wanted.observations or before).model_dump())


def _flags(
    measured: MeasurementOut | None,
    observed: Observations,
    reading: Reading,
    points: PointsOut | None,
    *,
    by_hand: bool,
) -> tuple[FlagOut, ...]:
    """Return the flags that apply after a correction.

    Points set by a person replace what the pose model did not find. A photo that has to be turned
    still has to be turned, and a refused position stays doubtful.
    """
    before = measured.flags if measured else ()
    kept = [flag for flag in before if not flag.blocking or flag.code in TURNED]
    doubtful = any(flag.blocking and flag.code in POSTURES for flag in before)
    raised = [
        *([Flag(FLAG_KINDS["set_by_hand"])] if by_hand else []),
        *([Flag(FLAG_KINDS["position_doubtful"])] if doubtful else []),
        *reading_flags(reading, None if points is None else chain_px(points)),
        *observed_flags(observed),
    ]
    new = [flag_out(flag) for flag in raised]
    replaced = {*OBSERVED_FLAGS, "shank_past_plumb", *(flag.code for flag in new)}
    return (*(flag for flag in kept if flag.code not in replaced), *new)
