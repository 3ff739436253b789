"""Body landmarks to *who lies how*: is this a Thomas Test, which way round, which leg.

Everything is decided by geometry in each pass and then voted on across the passes. The
model's left and right labels never choose which leg hangs: the tested thigh is the one far
less flexed, the hugged thigh points back at the chest.

Body frame of angles: 0° is the image direction from head to feet, + turns the distal end
upwards (towards the ceiling), range (−180, 180].
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vision.pose import Landmark, Person, Pose

Side = Literal["left", "right"]
Points = NDArray[np.float64]

MAX_TRUNK_DEG: Final = 40.0
"""A trunk steeper than this is sitting or standing, degrees from the image horizontal."""
SITTING_THIGH_DEG: Final = 50.0
"""An upright person with a thigh closer than this to horizontal is sitting, degrees."""
MIN_HUGGED_DEG: Final = 60.0
"""A thigh raised less than this is not held up, degrees."""
MAX_TESTED_DEG: Final = 55.0
"""A thigh raised more than this is not hanging, degrees."""
MIN_TESTED_DEG: Final = -60.0
"""A thigh dropped more than this hangs from something that is not a table, degrees."""
MIN_LEG_CONTRAST_DEG: Final = 35.0
"""The hugged thigh is raised at least this much more than the tested one, degrees."""
MIN_FACE_UP: Final = -0.03
"""Height of the nose above the ears, in trunk lengths, under which a person lies prone."""
MAX_OUTLIER: Final = 0.35
"""A pass whose hip, knee or ankle lies further than this from the median of all passes, in
thigh lengths, saw something else and is left out."""
MIN_AGREEMENT: Final = 0.5
"""Share of all passes that must agree on the same body before anything is measured."""

MIN_PASSES: Final = 3
"""Passes that must agree, whatever their share: two can be wrong together."""
SOME_PASSES: Final = 0.25
"""When at least this share of the passes, yet too few, saw a Thomas Test, they disagree."""
SETTLED_DEVIATION: Final = 0.08
"""When no pass puts hip, knee or ankle further than this from the median, in thigh lengths,
more passes change little (480 training photos: four in five settle after four passes)."""

Refusal = Literal[
    "no_person",
    "several_people",
    "standing",
    "sitting",
    "prone",
    "both_legs_down",
    "both_knees_up",
    "not_thomas_test",
    "passes_disagree",
]
"""Why there is nothing to measure; each is the code of a blocking flag."""


@dataclass(frozen=True, slots=True)
class TestedLeg:
    """The leg that hangs.

    Attributes
    ----------
    side : {"left", "right"}
        Anatomical, the person's own.
    source : {"inferred", "given"}
        Whether the photo or the user said so.
    near_camera : bool
        Whether it is the leg in front.
    inferred_side : {"left", "right"}
        What the photo alone says, also when the user said otherwise.
    certain : bool
        Whether the evidence for ``inferred_side`` is strong enough to rely on it.
    """

    side: Side
    source: Literal["inferred", "given"]
    near_camera: bool
    inferred_side: Side
    certain: bool


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The supine person, pass by pass; every array has one row per agreeing pass.

    Attributes
    ----------
    tested_px : ndarray, shape (P, 3, 2)
        Hip, knee and ankle of the tested leg, pixels of the upright photo.
    hugged_px : ndarray, shape (P, 3, 2)
        The same of the other leg.
    trunk_px : ndarray, shape (P, 2, 2)
        Midpoints of the shoulders and of the hips.
    shoulders_px : ndarray, shape (P, 2, 2)
        Left and right shoulder by the model's labels.
    people : tuple of Person, length P
        All landmarks.
    labels : tuple of {"left", "right"}, length P
        What the model called the tested leg; hip, knee and ankle are those of that label.
    """

    tested_px: Points
    hugged_px: Points
    trunk_px: Points
    shoulders_px: Points
    people: tuple[Person, ...]
    labels: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the photo shows; ``refusal`` says why there is no ``body``.

    Attributes
    ----------
    refusal : str or None
        Code of the blocking flag, or None for a Thomas Test.
    head_towards : {"left", "right"} or None
        Where in the photo the head lies.
    leg : TestedLeg or None
        None until :mod:`vision.side` has settled it.
    body : Body or None
    passes_agreeing, passes_total : int
        How many passes saw this body, of how many tried.
    people : int
        Most people seen in one pass.
    """

    refusal: Refusal | None
    head_towards: Side | None
    leg: TestedLeg | None
    body: Body | None
    passes_agreeing: int
    passes_total: int
    people: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """One person in one pass: a Thomas Test, or the reason why not."""

    person: Person
    refusal: Refusal | None
    head_towards: Side
    tested_label: Side
    trunk_length_px: float


def read_view(pose: Pose) -> View:
    """Decide what the photo shows.

    Parameters
    ----------
    pose : Pose
        All passes over the photo.

    Returns
    -------
    View
        With a refusal, or with head direction and body; ``vision.side`` settles the leg.
    """
    total = len(pose.passes)
    people = max((len(one.people) for one in pose.passes), default=0)
    readings = [[_read_person(person) for person in one.people] for one in pose.passes]
    candidates = [found for one in readings if (found := _candidate(one)) is not None]
    refusal = _common_refusal(readings, candidates, total)
    if refusal is not None:
        return View(refusal, None, None, None, 0, total, people)
    kept = _agreeing(candidates)
    if len(kept) < max(MIN_PASSES, MIN_AGREEMENT * total):
        return View("passes_disagree", None, None, None, len(kept), total, people)
    head = kept[0].head_towards
    return View(None, head, None, _collect(kept), len(kept), total, people)


def is_settled(view: View) -> bool:
    """Whether more passes over the photo would hardly change what it shows."""
    if view.passes_agreeing < view.passes_total:
        # Nobody at all is an answer too; a contradiction is not.
        return view.refusal == "no_person" and view.people == 0
    if view.body is None:
        return False
    return bool(_deviations(view.body.tested_px).max() <= SETTLED_DEVIATION)


def direction_deg(start: Points, end: Points, head_towards: Side) -> NDArray[np.float64]:
    """Return the angle of ``start → end`` in the body frame of this module.

    Parameters
    ----------
    start, end : ndarray, shape (..., 2)
        Pixels, x right, y down.
    head_towards : {"left", "right"}
        Where in the photo the head lies.

    Returns
    -------
    ndarray, shape (...)
        Degrees in (−180, 180]; 0 points from head to feet, + turns up.
    """
    to_feet = 1.0 if head_towards == "left" else -1.0
    delta = end - start
    return np.asarray(np.degrees(np.arctan2(0.0 - delta[..., 1], delta[..., 0] * to_feet)))


def leg_of(person: Person, label: Side) -> Points:
    """Hip, knee and ankle that the model labels so, shape (3, 2)."""
    left = (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)
    offset = 0 if label == "left" else 1  # BlazePose puts each right landmark after its left
    return person.points_px[[index + offset for index in left]]


def other(side: Side) -> Side:
    """Return the opposite side."""
    return "right" if side == "left" else "left"


def _midpoint(person: Person, left: Landmark) -> Points:
    return np.asarray(person.points_px[[left, left + 1]].mean(axis=0))


def _read_person(person: Person) -> _Reading:
    hips, shoulders = (
        _midpoint(person, Landmark.LEFT_HIP),
        _midpoint(person, Landmark.LEFT_SHOULDER),
    )
    head: Side = "left" if shoulders[0] < hips[0] else "right"
    # From the middle of the hips: a swapped or hidden hip cannot change which leg hangs.
    thighs: dict[Side, float] = {
        label: float(direction_deg(hips, leg_of(person, label)[1], head))
        for label in ("left", "right")
    }
    # A thigh folded past the chest reads beyond 180°: count it as raised, not as dropped.
    raised = {label: deg + 360 if deg < -120 else deg for label, deg in thighs.items()}
    tested: Side = "left" if raised["left"] < raised["right"] else "right"
    trunk_deg = float(direction_deg(shoulders, hips, head))
    trunk_px = float(np.linalg.norm(hips - shoulders))
    refusal = _posture(person, trunk_deg, trunk_px, raised[tested], raised[other(tested)])
    return _Reading(person, refusal, head, tested, trunk_px)


def _posture(
    person: Person, trunk_deg: float, trunk_px: float, tested_deg: float, hugged_deg: float
) -> Refusal | None:
    """Name what a person does who is not in the test position; None for the test position."""
    if abs(trunk_deg) > MAX_TRUNK_DEG:
        level = min(abs(tested_deg), abs(180 - abs(tested_deg)))
        return "sitting" if level < SITTING_THIGH_DEG else "standing"
    ears = _midpoint(person, Landmark.LEFT_EAR)
    nose_up = float(ears[1] - person.points_px[Landmark.NOSE, 1]) / max(trunk_px, 1.0)
    if nose_up < MIN_FACE_UP and hugged_deg < MIN_HUGGED_DEG:
        return "prone"
    if hugged_deg < MIN_HUGGED_DEG:
        return "both_legs_down"
    if tested_deg > MAX_TESTED_DEG:
        return "both_knees_up"
    if tested_deg < MIN_TESTED_DEG or hugged_deg - tested_deg < MIN_LEG_CONTRAST_DEG:
        return "not_thomas_test"
    return None


def _candidate(people: Sequence[_Reading]) -> _Reading | None:
    """Return the largest person of one pass who is in the test position."""
    fitting = [one for one in people if one.refusal is None]
    return max(fitting, key=lambda one: one.trunk_length_px, default=None)


def _common_refusal(
    readings: Sequence[Sequence[_Reading]], candidates: Sequence[_Reading], total: int
) -> Refusal | None:
    seen = [one for one in readings if one]
    if len(seen) < MIN_AGREEMENT * total:
        return "no_person"
    several = sum(_testees(one) > 1 for one in readings)
    if several >= MIN_AGREEMENT * total:
        return "several_people"
    if len(candidates) >= MIN_AGREEMENT * total:
        return None
    if len(candidates) >= SOME_PASSES * total:
        return "passes_disagree"
    largest = [max(one, key=lambda person: person.trunk_length_px) for one in seen]
    reasons = Counter(one.refusal for one in largest if one.refusal is not None)
    return reasons.most_common(1)[0][0] if reasons else "passes_disagree"


def _testees(people: Sequence[_Reading]) -> int:
    """How many people in the test position, not counting the same body found twice."""
    centres: list[Points] = []
    for one in people:
        centre = leg_of(one.person, one.tested_label).mean(axis=0)
        apart = all(np.linalg.norm(centre - known) > one.trunk_length_px / 2 for known in centres)
        if one.refusal is None and apart:
            centres.append(centre)
    return len(centres)


def _agreeing(candidates: Sequence[_Reading]) -> list[_Reading]:
    """Leave out passes that saw another head direction or another leg than most."""
    votes = Counter(one.head_towards for one in candidates)
    head = votes.most_common(1)[0][0]
    same_way = [one for one in candidates if one.head_towards == head]
    legs = np.array([leg_of(one.person, one.tested_label) for one in same_way])
    away = _deviations(legs)
    return [one for one, distance in zip(same_way, away, strict=True) if distance <= MAX_OUTLIER]


def _deviations(legs: Points) -> Points:
    """Farthest that each pass's leg, (P, 3, 2), strays from their median, in thigh lengths."""
    middle = np.median(legs, axis=0)
    thigh_px = max(float(np.linalg.norm(middle[1] - middle[0])), 1.0)
    return np.asarray(np.linalg.norm(legs - middle, axis=2).max(axis=1) / thigh_px)


def _collect(kept: Sequence[_Reading]) -> Body:
    people = tuple(one.person for one in kept)
    trunk = [
        [_midpoint(person, Landmark.LEFT_SHOULDER), _midpoint(person, Landmark.LEFT_HIP)]
        for person in people
    ]
    shoulders = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)
    return Body(
        tested_px=np.array([leg_of(one.person, one.tested_label) for one in kept]),
        hugged_px=np.array([leg_of(one.person, other(one.tested_label)) for one in kept]),
        trunk_px=np.array(trunk),
        shoulders_px=np.array([person.points_px[list(shoulders)] for person in people]),
        people=people,
        labels=tuple(one.tested_label for one in kept),
    )
