"""View from above the feet: abduction and rotation of the hanging leg.

The camera is about a metre beyond the hips towards the feet and looks down at the supine
person, whose head is at the top of the picture. Six joints and the edges of the table are used:

1. In each pass of the pose model, geometry decides which knee hangs, and on which side.
2. Straight edges near the body vote for the direction of the camera, as in
   :mod:`vision.level`: along the table, across it, plumb.
3. An articulated body of average proportions, lying along the table, is fitted to the six joints
   through that camera; the posterior gives both angles and their uncertainty.

The picture is mirrored first if the tested leg hangs on its left: a mirrored photo gives the
same angles for the other side. Image coordinates run right and down from the photo's centre, in
long sides; the body's run x to the feet, y to the tested side, z up, in metres, from between
the hips.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision.angles import Angle
from vision.backends.engines import default_estimator
from vision.errors import InvalidOption
from vision.flags import FLAG_KINDS, Flag, FlagKind
from vision.frontal.body_model import INDEX, Fit, find_camera, find_lines, fit_body, prior_of
from vision.geometry import robust_spread
from vision.photo import Photo, load_photo
from vision.pose import Landmark, Person, Pose, PoseEstimator, estimate_pose
from vision.sentences import Sentence
from vision.sides import Side
from vision.transforms import SIDEWAYS_PASSES, UPRIGHT_PASSES
from vision.view import MAX_OUTLIER, MIN_AGREEMENT, MIN_PASSES

Floats = NDArray[np.float64]

# Is it this view? Limits in trunk lengths, midpoint of the shoulders to that of the hips.
MAX_TILT_DEG: Final = 35.0  # trunk from the picture's vertical; 60 development photos: 29
MIN_HANGING: Final = 0.3  # how far the hanging knee lies beyond the hips; 0.8 in 19 of 20 passes
MAX_HUGGED: Final = 0.4  # the same for the held knee, which is at the chest; -0.2
MIN_CONTRAST: Final = 0.5  # between the two knees
SHOULDERS: Final = (0.3, 1.15)  # width: less is a profile, more a level camera at the feet; 0.7
MIN_SIDE: Final = 0.15  # how far hip and knee of the hanging leg lie to its side; least 0.30

MAX_MISFIT: Final = 8.0  # chi-square of the joints; 1 in half of 140 photos, at most 6.4
# What is too uncertain: with a normal error of this SD the mean absolute error is 4.8 degrees.
MAX_SIGMA_DEG: Final = 6.0
MIN_SEEN_FLEXION_DEG: Final = 75.0
"""Knee flexion, from this view alone, below which rotation is not measured: a straight shank does
not show it (see ``benchmarks/results/above.md``)."""
ABOVE_FLAG_KINDS: Final = {
    kind.code: kind
    for kind in (
        FlagKind(
            "not_from_above",
            True,
            Sentence("This is not a photo from above the feet of someone in the test position."),
            Sentence(
                "Stand beyond the feet, hold the phone high, look down at the whole body, head "
                "at the top of the picture, one knee held to the chest."
            ),
        ),
        FlagKind(
            "above_leg_disagrees",
            True,
            Sentence("In the photo from above the feet the other leg hangs, not the one given."),
            Sentence("Check which leg the photo belongs to; a selfie camera may have mirrored it."),
        ),
        FlagKind(
            "abduction_not_measurable",
            False,
            Sentence("How far the thigh drifts outward cannot be read from this photo."),
            Sentence("Answer by eye, or take the photo again with the edges of the table in view."),
        ),
        FlagKind(
            "rotation_not_measurable",
            False,
            Sentence("The rotation of the hip cannot be read from this photo."),
            Sentence("Answer by eye: does the foot swing outward or inward?"),
        ),
    )
}
"""Flags that this view adds to :data:`vision.flags.FLAG_KINDS`, by code."""


@dataclass(frozen=True, slots=True, eq=False)
class AboveView:
    """What a photo from above the feet shows.

    Attributes
    ----------
    photo : Photo
    leg : {"left", "right"} or None
        The hanging leg, anatomical; None if refused.
    abduction : Angle or None
        Of the thigh in the frontal plane against the trunk's long axis, degrees, + outward.
    rotation : Angle or None
        Of the hip about the thigh, degrees, + internal: the foot swings outward.
    chain_px : ndarray, shape (3, 2), or None
        Hip, knee and ankle of the hanging leg, pixels of the upright photo.
    trunk_px : ndarray, shape (2, 2), or None
        Midpoints of the shoulders and of the hips.
    flags : tuple of Flag
    passes_agreeing : int
        Number of passes that saw this leg.
    pose : Pose
        All passes, and the pose model.
    """

    photo: Photo
    leg: Side | None
    abduction: Angle | None
    rotation: Angle | None
    chain_px: Floats | None
    trunk_px: Floats | None
    flags: tuple[Flag, ...]
    passes_agreeing: int
    pose: Pose

    @property
    def refusal(self) -> Flag | None:
        """The blocking flag, or None."""
        return next((flag for flag in self.flags if flag.kind.blocking), None)

    @property
    def measurable(self) -> bool:
        """Whether there is an angle to report."""
        return self.abduction is not None or self.rotation is not None


class _Reading(NamedTuple):
    """One person in one pass."""

    points_px: Floats  # (33, 2)
    knee: int  # landmarks of the hanging leg
    ankle: int
    to_right: float  # how far hip and knee lie to the picture's right, trunk lengths


class _Body(NamedTuple):
    """The person in the agreeing passes, mirrored if necessary: the tested leg on the right."""

    points_px: Floats  # (P, 33, 2)
    joints_px: Floats  # (P, 6, 2): shoulders, hips (tested, other each), knee, ankle
    mirrored: bool

    @property
    def side(self) -> Side:
        """The hanging leg, anatomical."""
        return "right" if self.mirrored else "left"


def measure_above(
    source: str | Path | bytes | NDArray[np.uint8],
    *,
    leg: Side | None = None,
    thigh: Angle | None = None,
    knee_flexion: Angle | None = None,
    estimator: PoseEstimator | None = None,
) -> AboveView:
    """Measure abduction and rotation of the hanging leg in a photo from above the feet.

    Parameters
    ----------
    source : path, bytes or ndarray of uint8, shape (H, W, 3)
        A photo file, its bytes, or upright RGB pixels.
    leg : {"left", "right"}, optional
        The hanging leg, anatomical; a photo that shows the other one is refused.
    thigh, knee_flexion : Angle, optional
        Angles of the same leg from the side-view photo; they make both angles more precise.
    estimator : PoseEstimator, optional
        A custom pose model; by default BlazePose, loaded once per process.

    Returns
    -------
    AboveView
        Returned also for a photo that does not qualify; see :attr:`AboveView.refusal`.

    Raises
    ------
    PhotoError
        If the file cannot be read as a photo.
    InvalidOption
        If there is no such leg.
    FileNotFoundError, PermissionError, IsADirectoryError
        If a path cannot be read.
    """
    if leg not in ("left", "right", None):
        raise InvalidOption(
            Sentence("The leg is {leg}; it must be 'left' or 'right'.", leg=repr(leg))
        )
    photo = load_photo(source)
    pose, body = _look(photo, estimator or default_estimator("heavy"))
    if body is None:
        nobody = not any(one.people for one in pose.passes)
        return _refused(photo, pose, "no_person" if nobody else "not_from_above")
    if leg not in (None, body.side):  # one of them is wrong, so the outward direction is unknown
        return _refused(photo, pose, "above_leg_disagrees")
    return _read_body(photo, pose, body, thigh, knee_flexion)


def _read_body(
    photo: Photo, pose: Pose, body: _Body, thigh: Angle | None, knee_flexion: Angle | None
) -> AboveView:
    """Fit an articulated body to the agreeing passes, and return its angles."""
    joints_px = np.median(body.joints_px, axis=0)
    size = np.array([photo.width_px, photo.height_px], np.float64)
    if ((joints_px[[2, 4, 5]] < 0) | (joints_px[[2, 4, 5]] > size)).any():
        return _refused(photo, pose, "joint_out_of_frame")
    prior = prior_of(
        find_camera(find_lines(photo, np.median(body.points_px, axis=0), mirrored=body.mirrored)),
        thigh,
        knee_flexion,
    )
    fit, *passes = (
        fit_body((seen - size / 2) / size.max(), prior) for seen in (joints_px, *body.joints_px)
    )
    if fit.misfit > MAX_MISFIT:
        return _refused(photo, pose, "not_from_above")
    abduction, rotation = (_angle(name, fit, passes) for name in ("abduction", "rotation"))
    if knee_flexion is None and fit.value[INDEX["flexion"]] < MIN_SEEN_FLEXION_DEG:
        rotation = None
    codes = ["abduction_not_measurable"] * (abduction is None)
    codes += ["rotation_not_measurable"] * (rotation is None)
    trunk_px = np.array([joints_px[:2].mean(axis=0), joints_px[2:4].mean(axis=0)])
    return AboveView(
        photo=photo,
        leg=body.side,
        abduction=abduction,
        rotation=rotation,
        chain_px=_mirror(joints_px[[2, 4, 5]], photo, body.mirrored),
        trunk_px=_mirror(trunk_px, photo, body.mirrored),
        flags=tuple(_flag(code) for code in codes),
        passes_agreeing=len(passes),
        pose=pose,
    )


def _look(photo: Photo, estimator: PoseEstimator) -> tuple[Pose, _Body | None]:
    """Run the model on the photo upright and upside down, and also sideways if necessary."""
    pose = estimate_pose(photo, estimator, UPRIGHT_PASSES)
    if (body := _find_body(pose, photo)) is not None:
        return pose, body
    more = estimate_pose(photo, estimator, SIDEWAYS_PASSES)
    pose = replace(pose, passes=pose.passes + more.passes)
    return pose, _find_body(pose, photo)


def _flag(code: str) -> Flag:
    return Flag((FLAG_KINDS | ABOVE_FLAG_KINDS)[code])


def _refused(photo: Photo, pose: Pose, code: str) -> AboveView:
    flags = (_flag(code),)
    return AboveView(photo, None, None, None, None, None, flags, 0, pose)


def _angle(name: str, fit: Fit, passes: Sequence[Fit]) -> Angle | None:
    """Return an angle of the fit, with its spread over the passes; None if too uncertain."""
    index = INDEX[name]
    value = fit.value[index]
    spread = robust_spread(np.array([one.value[index] for one in passes]), value)
    sigma = math.hypot(fit.sigma[index], spread)
    return Angle(float(value), sigma, spread) if sigma <= MAX_SIGMA_DEG else None


def _mirror(points_px: Floats, photo: Photo, mirrored: bool) -> Floats:
    return points_px * [-1.0, 1.0] + [photo.width_px, 0.0] if mirrored else points_px


def _read_person(person: Person) -> _Reading | None:
    """Find the hanging leg of a person seen from above the feet; None for anybody else."""
    points = person.points_px
    shoulders, hips = (
        points[[joint, joint + 1]].mean(axis=0)
        for joint in (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP)
    )
    trunk_px = max(float(np.linalg.norm(hips - shoulders)), 1.0)
    down = (hips - shoulders) / trunk_px
    right = np.array([down[1], -down[0]])
    beyond = (points - hips) @ down / trunk_px
    # The labels only connect hip and knee; the hanging knee and foot are the ones farther away.
    knee, ankle = (
        joint + int(beyond[joint + 1] > beyond[joint])
        for joint in (Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)
    )
    hugged = min(beyond[Landmark.LEFT_KNEE], beyond[Landmark.RIGHT_KNEE])
    wide_px = points[Landmark.LEFT_SHOULDER] - points[Landmark.RIGHT_SHOULDER]
    wide = float(np.linalg.norm(wide_px)) / trunk_px
    fitting = (
        down[1] > math.cos(math.radians(MAX_TILT_DEG))
        and beyond[knee] > MIN_HANGING
        and hugged < min(MAX_HUGGED, beyond[knee] - MIN_CONTRAST)
        and SHOULDERS[0] < wide < SHOULDERS[1]
    )
    other_hip = Landmark.LEFT_HIP if knee == Landmark.RIGHT_KNEE else Landmark.RIGHT_HIP
    hip = Landmark.LEFT_HIP + Landmark.RIGHT_HIP - other_hip
    other_knee = Landmark.LEFT_KNEE + Landmark.RIGHT_KNEE - knee
    aside = (
        points[hip] - points[other_hip] + points[knee] - hips + points[knee] - points[other_knee]
    )
    to_right = aside @ right / trunk_px
    return _Reading(points, knee, ankle, float(to_right)) if fitting else None


def _find_body(pose: Pose, photo: Photo) -> _Body | None:
    """Combine the passes that saw the same leg; None if they are too few."""
    largest = [max(one.people, key=_extent_px) for one in pose.passes if one.people]
    readings = [found for person in largest if (found := _read_person(person)) is not None]
    to_right = float(np.median([one.to_right for one in readings])) if readings else 0.0
    mirrored = to_right < 0
    # A pass that puts the leg on the other side saw another leg.
    readings = [one for one in readings if one.to_right * np.sign(to_right) > MIN_SIDE]
    enough = max(MIN_PASSES, MIN_AGREEMENT * len(pose.passes))
    if len(readings) < enough:
        return None
    people = np.array([_mirror(one.points_px, photo, mirrored) for one in readings])
    joints = np.array([_joints(p, r.knee, r.ankle) for p, r in zip(people, readings, strict=True)])
    middle = np.median(joints, axis=0)
    away = np.linalg.norm((joints - middle)[:, [2, 4, 5]], axis=2).max(axis=1)
    kept = away <= MAX_OUTLIER * np.linalg.norm(middle[4] - middle[2])
    return _Body(people[kept], joints[kept], mirrored) if kept.sum() >= enough else None


def _extent_px(person: Person) -> float:
    return float(np.linalg.norm(np.ptp(person.points_px, axis=0)))


def _joints(points_px: Floats, knee: int, ankle: int) -> Floats:
    """Shoulders, hips, knee and ankle, shape (6, 2): of a pair the tested, right one first."""
    pairs = (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP)
    trunk = [sorted(points_px[[joint, joint + 1]].tolist(), reverse=True) for joint in pairs]
    return np.array([*trunk[0], *trunk[1], points_px[knee], points_px[ankle]])
