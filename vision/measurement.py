"""measure(): runs the stages in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.advice import NextStep, next_steps
from vision.angles import Angles, Reading, measure_angles
from vision.backends.engines import default_estimator
from vision.calibration import calibration_for
from vision.calibration_input import calibration_input
from vision.criteria import DEFAULT_RULES, RULE_SETS, RuleSet, rule_set
from vision.cues import Cue
from vision.errors import InvalidOption
from vision.flags import Quality
from vision.interpretation import Interpretation, interpret
from vision.level import Level, estimate_level, given_level, known_level
from vision.metadata import Gravity, sent_gravity
from vision.observations import NOTHING_OBSERVED, Observations
from vision.passes import body_outline, run_passes
from vision.photo import Photo, check_turn, load_photo, turned_photo
from vision.pose import (
    Pose,
    PoseEstimator,
)
from vision.position import read_cues
from vision.quality import assess
from vision.repeats import Repeats
from vision.sentences import Sentence
from vision.sides import SIDES, Side
from vision.tested_leg import decide_tested_leg
from vision.timing import StageClock
from vision.view import View

UNCALIBRATED: Final = "none"
"""Version reported if no calibration belongs to the pose model, or none was requested."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to reproduce the numbers.

    Attributes
    ----------
    package : str
        Version of this package.
    model, model_sha256 : str
        Pose model.
    calibration : str
        Version of the learned correction.
    photo_sha256 : str
    width_px, height_px : int
        Size of the upright photo.
    passes : int
        Number of transformed copies on which the pose model ran.
    elapsed_ms : float
        Time from the call to the result; the first call of a process includes loading the model.
    measured_at : str
        Date and time of the measurement, by the clock of the machine: ISO 8601 with the offset from
        UTC. Of the photo's own date, nothing is read.
    turn_deg : {0, 90, 180, 270}
        How far clockwise the photo was turned on request before it was measured; size and points
        refer to the turned photo.
    gravity : Gravity or None
        Direction of gravity that was used, from the phone.
    focal_35mm_mm : float or None
        35 mm equivalent focal length that was used.
    """

    package: str
    model: str
    model_sha256: str
    calibration: str
    photo_sha256: str
    width_px: int
    height_px: int
    passes: int
    elapsed_ms: float
    measured_at: str
    turn_deg: int = 0
    gravity: Gravity | None = None
    focal_35mm_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """The result for one photo, stage by stage.

    ``angles`` is None if ``view`` was refused. If ``quality`` has a blocking flag, the
    interpretation is ``not_measurable`` and the angles must not be shown as a result.
    ``position`` contains the cues by which the position was judged; it is empty if nobody was
    found. ``repeats`` are the photos of the same set-up that were combined with this one, if any.
    ``stages_ms`` is the duration of each stage, for the metrics of the service.
    """

    photo: Photo
    pose: Pose
    view: View
    level: Level
    angles: Angles | None
    quality: Quality
    interpretation: Interpretation
    observed: Observations
    provenance: Provenance
    stages_ms: Mapping[str, float]
    position: tuple[Cue, ...] = ()
    repeats: Repeats | None = None

    @property
    def measurable(self) -> bool:
        """Whether there are angles to report."""
        return self.reading is not None

    @property
    def reading(self) -> Reading | None:
        """The angles to judge and to compare, or None if there is no number."""
        own = _reading(self.angles, self.quality)
        return own if own is None or self.repeats is None else self.repeats.reading

    @property
    def next_steps(self) -> tuple[NextStep, ...]:
        """What to do next, most urgent first."""
        return next_steps(self.interpretation, self.observed)


@cache
def package_version() -> str:
    """Return the installed version, or ``"unknown"`` when run from a bare source tree."""
    try:
        return version("thomas-test")
    except PackageNotFoundError:
        return "unknown"


def measure(
    source: str | Path | bytes | NDArray[np.uint8],
    *,
    leg: Side | None = None,
    level_deg: float | None = None,
    gravity: tuple[float, float, float] | None = None,
    roll_deg: float | None = None,
    pitch_deg: float | None = None,
    turn_deg: int = 0,
    criteria: str | RuleSet = DEFAULT_RULES,
    observed: Observations = NOTHING_OBSERVED,
    fast: bool = False,
    backend: str | None = None,
    estimator: PoseEstimator | None = None,
) -> Measurement:
    """Measure one photo of a Thomas Test.

    Parameters
    ----------
    source : path, bytes or ndarray of uint8, shape (H, W, 3)
        A photo file, its bytes, or upright RGB pixels.
    leg : {"left", "right"}, optional
        The tested leg, the person's own; by default determined from the photo.
    level_deg : float, optional
        Camera roll, degrees, + when the right end of the true horizontal looks higher.
    gravity : tuple of float, optional
        Reading of the phone's accelerometer when the photo was taken, in g, along gravity: x to
        the right of the upright phone, y up, z out of the screen. By default from the file.
    roll_deg, pitch_deg : float, optional
        The same as angles, degrees: roll as `level_deg`, pitch + when the camera looks up.
    turn_deg : {0, 90, 180, 270}
        How far to turn the photo clockwise first: for one that was stored sideways or upside down.
    criteria : str or RuleSet
        Id of a rule-set, or a custom one.
    observed : Observations
        Findings that the photo cannot show: pain, the lower back, rotation.
    fast : bool
        Use four passes of the smaller model. This trades accuracy for speed, and the tool asks
        for the side more often.
    backend : {"auto", "mediapipe", "litert"}, optional
        Engine that runs the pose model; by default that of ``THOMAS_BACKEND``, or "auto":
        MediaPipe if it is installed, otherwise LiteRT. The same weights run on both.
    estimator : PoseEstimator, optional
        A custom pose model; by default BlazePose, loaded once per process.

    Returns
    -------
    Measurement
        Returned also for a photo that does not qualify; see :attr:`Measurement.measurable`.

    Raises
    ------
    PhotoError
        If the file cannot be read as a photo.
    InvalidOption
        If leg, level, turn, rule-set or backend is invalid, or the backend is not installed.
    FileNotFoundError, PermissionError, IsADirectoryError
        If a path cannot be read.

    Examples
    --------
    >>> from vision import measure
    >>> result = measure("sample_images/right-near-2.jpg")
    >>> round(result.angles.thigh.value_deg)
    -9
    """
    clock = StageClock()
    if leg is not None and leg not in SIDES:
        raise InvalidOption(
            Sentence("The leg is {leg}; it must be 'left' or 'right'.", leg=repr(leg))
        )
    rules = rule_set(criteria)
    given = None if level_deg is None else given_level(level_deg)
    check_turn(turn_deg)
    photo = turned_photo(load_photo(source), turn_deg)
    sent = sent_gravity(gravity, roll_deg, pitch_deg, (photo.width_px, photo.height_px))
    clock.finish("decode")
    estimator = estimator or default_estimator("full" if fast else "heavy", backend)
    pose, view = run_passes(photo, estimator, thorough=not fast)
    clock.finish("pose")
    return finish_measurement(
        photo,
        pose,
        view,
        leg=leg,
        level=given,
        gravity=sent,
        rules=rules,
        observed=observed,
        turn_deg=turn_deg,
        clock=clock,
    )


def finish_measurement(
    photo: Photo,
    pose: Pose,
    view: View,
    *,
    leg: Side | None = None,
    level: Level | None = None,
    gravity: Gravity | None = None,
    rules: RuleSet = RULE_SETS[DEFAULT_RULES],
    observed: Observations = NOTHING_OBSERVED,
    turn_deg: int = 0,
    clock: StageClock | None = None,
) -> Measurement:
    """Run every stage after the pose model; the usual entry point is :func:`measure`.

    Parameters
    ----------
    photo, pose, view
        As returned by :func:`run_passes`.
    leg : {"left", "right"}, optional
    level : Level, optional
        Given by the user; by default estimated from the phone's sensor and the scene.
    gravity : Gravity, optional
        Sent with the photo; by default read from the file.
    rules : RuleSet
    observed : Observations
    turn_deg : int
        How far the photo was turned, for the provenance.
    clock : StageClock, optional
        Clock started before the photo was read; by default it starts now.
    """
    clock = clock or StageClock()
    gravity = gravity or photo.metadata.gravity
    level = _find_level(photo, view, level, gravity)
    clock.finish("level")
    found, calibration = calibration_input(photo, view, level), calibration_for(pose.model)
    view = decide_tested_leg(view, found, calibration, given=leg)
    correction = None
    if found is not None and calibration is not None and view.leg is not None:
        correction = calibration.correct(found, near=view.leg.near_camera)
    angles = None if view.refusal else measure_angles(view, level, correction)
    clock.finish("angles")
    position = read_cues(view.subject, level.roll_deg)
    quality = assess(photo, view, level, angles, observed, position)
    judged = interpret(
        _reading(angles, quality), rules, observed, supported=quality.raised("leg_supported")
    )
    clock.finish("judge")
    provenance = Provenance(
        package=package_version(),
        model=pose.model.name,
        model_sha256=pose.model.sha256,
        calibration=UNCALIBRATED if calibration is None else calibration.version,
        photo_sha256=photo.sha256,
        width_px=photo.width_px,
        height_px=photo.height_px,
        passes=len(pose.passes),
        elapsed_ms=clock.elapsed_ms,
        measured_at=clock.started_at,
        turn_deg=turn_deg,
        gravity=gravity,
        focal_35mm_mm=photo.metadata.focal_35mm_mm,
    )
    return Measurement(
        photo,
        pose,
        view,
        level,
        angles,
        quality,
        judged,
        observed,
        provenance,
        clock.stages_ms,
        position,
    )


def _reading(angles: Angles | None, quality: Quality) -> Reading | None:
    return angles.reading if angles is not None and quality.usable else None


def _find_level(photo: Photo, view: View, given: Level | None, gravity: Gravity | None) -> Level:
    if view.body is None:
        return known_level(given, gravity)
    joints, radius_px = body_outline(view.body)
    return estimate_level(
        photo.pixels,
        body_px=joints,
        body_radius_px=radius_px,
        focal_px=photo.metadata.focal_px(photo.width_px, photo.height_px),
        given=given,
        gravity=gravity,
    )
