"""What a person set by hand, beside what was measured: points, leg, head, level."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.results.convert import level_out
from app.results.rescore_input import PointIn, PointsIn, ScoreIn
from app.results.schemas import (
    AutomaticOut,
    LegOut,
    LevelOut,
    MeasurementOut,
    PointOut,
    PointsOut,
    ProvenanceOut,
)
from vision.angles import Z95
from vision.errors import InvalidOption
from vision.level import assumed_level, given_level
from vision.measurement import package_version
from vision.sentences import Sentence
from vision.sides import Side

BY_HAND: Final = "none"
"""Model and calibration reported for angles that no model measured."""
_JOINTS: Final = ("hip", "knee", "ankle")
_MOVED_PX: Final = 0.05
"""A point counts as moved if it differs by more than the rounding of its coordinates."""


def head_of(wanted: ScoreIn) -> Side | None:
    """Return where in the photo the head lies, as set or as measured."""
    return wanted.head_towards or (wanted.measurement.head_towards if wanted.measurement else None)


def level_of(wanted: ScoreIn) -> tuple[LevelOut, float, float]:
    """Return the level as it is reported, its roll, and the roll's standard deviation, degrees."""
    measured = None if wanted.measurement is None else wanted.measurement.level
    if measured is not None and wanted.level_deg is None:
        low, high = measured.interval
        return measured, measured.roll_deg, (high - low) / 2 / Z95
    level = assumed_level() if wanted.level_deg is None else given_level(wanted.level_deg)
    return level_out(level), level.roll_deg, level.sigma_deg


def automatic_values(measured: MeasurementOut | None) -> AutomaticOut | None:
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


def camera_offset_deg(own: AutomaticOut | None) -> tuple[float, float] | None:
    """Return the measurement's correction for the camera position, thigh and knee, degrees."""
    if own is None or not (own.thigh_deg and own.knee_flexion_deg and own.image_plane):
        return None
    return (
        own.thigh_deg.value - own.image_plane.thigh_deg,
        own.knee_flexion_deg.value - own.image_plane.knee_flexion_deg,
    )


def points_of(measured: MeasurementOut | None) -> PointsIn:
    """Return the measured points as if they had been set.

    Raises
    ------
    InvalidOption
        If there are none.
    """
    if measured is None or measured.points is None:
        raise InvalidOption(Sentence("Nothing to score: send points or angles."))
    places = measured.points.model_dump(exclude={joint: {"source"} for joint in _JOINTS})
    return PointsIn.model_validate(places)


def any_moved(points: PointsIn, own: AutomaticOut | None) -> bool:
    """Whether any point lies elsewhere than the automatic one."""
    found = marked(points, own)
    return any(getattr(found, joint).source == "adjusted" for joint in _JOINTS)


def marked(points: PointsIn, own: AutomaticOut | None) -> PointsOut:
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


def chain_px(points: PointsOut | PointsIn) -> NDArray[np.float64]:
    """Hip, knee and ankle, shape (3, 2), pixels."""
    joints = (getattr(points, joint) for joint in _JOINTS)
    return np.array([[joint.x_px, joint.y_px] for joint in joints])


def leg_of(wanted: ScoreIn) -> LegOut | None:
    """Return the tested leg, as set or as measured."""
    if wanted.leg is None:
        return wanted.measurement.tested_leg if wanted.measurement else None
    head = head_of(wanted)
    # A person on the back with the head on the photo's left shows the right side.
    near = None if head is None else wanted.leg != head
    return LegOut(side=wanted.leg, source="given", near_camera=near)


def made_by_hand() -> ProvenanceOut:
    """Return the provenance of angles without a photo."""
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
