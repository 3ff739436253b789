"""Scoring without a photo: points that a person moved, or angles read by hand.

The result has the form of a measurement; the automatic values are kept beside it.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.results.convert import (
    angle_out,
    extended_of,
    flag_out,
    judged,
    level_out,
    reading_of,
    rounded,
)
from app.results.rescore_input import AnglesIn, PointIn, PointsIn, ScoreIn
from app.results.schemas import (
    SCHEMA_VERSION,
    AutomaticOut,
    FlagOut,
    ImagePlaneOut,
    LegOut,
    LevelOut,
    MeasurementOut,
    ObservationsOut,
    PointOut,
    PointsOut,
    ProvenanceOut,
)
from vision.adjustment import read_points
from vision.advice import FollowUp
from vision.angles import Z95, Angle, Reading, reading_by_hand
from vision.criteria import RuleSet
from vision.cues import CUES
from vision.errors import InvalidOption
from vision.flags import FLAG_KINDS, Flag
from vision.interpretation import interpret
from vision.level import assumed_level, given_level
from vision.measurement import package_version
from vision.observations import Observations
from vision.quality import OBSERVED_FLAGS, observed_flags, reading_flags
from vision.sentences import Sentence
from vision.sides import Side

_ANGLES: Final = ("thigh_deg", "knee_flexion_deg", "shank_from_plumb_deg")
_JOINTS: Final = ("hip", "knee", "ankle")
TURNED: Final = frozenset({"upside_down", "sideways"})
"""Refusals that points cannot resolve: in such a photo, angles would be measured the wrong way
round."""
POSTURES: Final = frozenset(kind.refusal for kind in CUES) | {"standing"}
"""Refusals because of the person's position."""
BY_HAND: Final = "none"
"""Model and calibration reported for angles that no model measured."""
_MOVED_PX: Final = 0.05
"""A point counts as moved if it differs by more than the rounding of its coordinates."""


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
    moved = wanted.points is not None and _any_moved(wanted.points, _original(measured))
    if moved or wanted.level_deg is not None:
        return _from_points(wanted, rules, wanted.points or _points_of(measured))
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
    own = _original(wanted.measurement)
    head = _head(wanted)
    if head is None:
        raise InvalidOption(
            Sentence("Set head_towards to left or right: where in the photo the head lies.")
        )
    level, roll_deg, roll_sigma_deg = _level(wanted)
    adjusted = read_points(
        _chain_px(points),
        head_towards=head,
        roll_deg=roll_deg,
        roll_sigma_deg=roll_sigma_deg,
        camera_offset_deg=_camera_offset(own),
    )
    return _result(
        wanted,
        rules,
        adjusted.reading,
        image_plane=ImagePlaneOut(
            thigh_deg=rounded(adjusted.image_thigh_deg),
            knee_flexion_deg=rounded(adjusted.image_knee_flexion_deg),
        ),
        points=_marked(points, own),
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
        tested_leg=_leg(wanted),
        head_towards=_head(wanted),
        thigh_deg=angle_out(reading.thigh, adjusted=True) if usable else None,
        knee_flexion_deg=angle_out(reading.knee_flexion, adjusted=True) if usable else None,
        shank_from_plumb_deg=angle_out(reading.shank_from_plumb, adjusted=True) if usable else None,
        hugged_thigh_deg=measured.hugged_thigh_deg if measured else None,
        image_plane=image_plane if usable else None,
        level=level,
        flags=flags,
        points=points if usable else None,
        automatic=_original(measured),
        faces_hidden=measured.faces_hidden if measured else None,
        provenance=measured.provenance if measured else _by_hand(),
        **judged(judgement, observed),
    )


def _head(wanted: ScoreIn) -> Side | None:
    return wanted.head_towards or (wanted.measurement.head_towards if wanted.measurement else None)


def _level(wanted: ScoreIn) -> tuple[LevelOut, float, float]:
    """Return the level as it is reported, its roll, and the roll's standard deviation, degrees."""
    measured = None if wanted.measurement is None else wanted.measurement.level
    if measured is not None and wanted.level_deg is None:
        low, high = measured.interval
        return measured, measured.roll_deg, (high - low) / 2 / Z95
    level = assumed_level() if wanted.level_deg is None else given_level(wanted.level_deg)
    return level_out(level), level.roll_deg, level.sigma_deg


def _original(measured: MeasurementOut | None) -> AutomaticOut | None:
    """Return the automatic values, even if the result was corrected before."""
    if measured is None:
        return None
    return measured.automatic or AutomaticOut(
        thigh_deg=measured.thigh_deg,
        knee_flexion_deg=measured.knee_flexion_deg,
        shank_from_plumb_deg=measured.shank_from_plumb_deg,
        image_plane=measured.image_plane,
        level=measured.level,
        points=measured.points,
    )


def _camera_offset(own: AutomaticOut | None) -> tuple[float, float] | None:
    """Return the measurement's correction for the camera position, thigh and knee, degrees."""
    if own is None or not (own.thigh_deg and own.knee_flexion_deg and own.image_plane):
        return None
    return (
        own.thigh_deg.value - own.image_plane.thigh_deg,
        own.knee_flexion_deg.value - own.image_plane.knee_flexion_deg,
    )


def _points_of(measured: MeasurementOut | None) -> PointsIn:
    if measured is None or measured.points is None:
        raise InvalidOption(Sentence("Nothing to score: send points or angles."))
    places = measured.points.model_dump(exclude={joint: {"source"} for joint in _JOINTS})
    return PointsIn.model_validate(places)


def _any_moved(points: PointsIn, own: AutomaticOut | None) -> bool:
    marked = _marked(points, own)
    return any(getattr(marked, joint).source == "adjusted" for joint in _JOINTS)


def _marked(points: PointsIn, own: AutomaticOut | None) -> PointsOut:
    """Return for each point whether it is automatic or was moved."""
    before = own.points if own is not None else None

    def mark(now: PointIn, old: PointOut | None) -> PointOut:
        kept = old is not None and (
            max(abs(now.x_px - old.x_px), abs(now.y_px - old.y_px)) <= _MOVED_PX
        )
        return PointOut(x_px=now.x_px, y_px=now.y_px, source="automatic" if kept else "adjusted")

    return PointsOut(
        hip=mark(points.hip, before.hip if before else None),
        knee=mark(points.knee, before.knee if before else None),
        ankle=mark(points.ankle, before.ankle if before else None),
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
        *reading_flags(reading, None if points is None else _chain_px(points)),
        *observed_flags(observed),
    ]
    new = [flag_out(flag) for flag in raised]
    replaced = {*OBSERVED_FLAGS, "shank_past_plumb", *(flag.code for flag in new)}
    return (*(flag for flag in kept if flag.code not in replaced), *new)


def _chain_px(points: PointsOut | PointsIn) -> NDArray[np.float64]:
    joints = (getattr(points, joint) for joint in _JOINTS)
    return np.array([[joint.x_px, joint.y_px] for joint in joints])


def _leg(wanted: ScoreIn) -> LegOut | None:
    if wanted.leg is None:
        return wanted.measurement.tested_leg if wanted.measurement else None
    head = _head(wanted)
    # A person on the back with the head on the photo's left shows the right side.
    near = None if head is None else wanted.leg != head
    return LegOut(side=wanted.leg, source="given", near_camera=near)


def _by_hand() -> ProvenanceOut:
    return ProvenanceOut(
        package=package_version(),
        model=BY_HAND,
        model_sha256=None,
        calibration=BY_HAND,
        photo_sha256=None,
        width_px=None,
        height_px=None,
        passes=0,
        elapsed_ms=None,
    )
