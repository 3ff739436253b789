"""Interpret landmarks: whether this is a Thomas Test, the direction of the head, and the legs.

Geometry decides in each pass; then the passes vote. The model's left and right labels never
determine which leg hangs: the tested thigh is the one that is far less flexed, and the held thigh
points back at the chest.

Body frame of angles: 0° is the image direction from head to feet, + rotates the distal end
upwards (towards the ceiling), range (−180, 180].
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from vision.cues import Refusal
from vision.figure import Sighting
from vision.pose import Landmark, Person, Pose
from vision.position import is_clear
from vision.sides import Side
from vision.testees import (
    Candidate,
    candidates_of,
    in_two_places,
    largest_in_position,
    nearest,
    two_are_tested,
)

Points = NDArray[np.float64]

MAX_OUTLIER: Final = 0.35
"""A pass whose hip, knee or ankle is further than this from the median of all passes, in thigh
lengths, saw something else and is left out."""
MIN_AGREEMENT: Final = 0.5
"""Share of all passes that must agree on the same body before anything is measured."""

MIN_PASSES: Final = 3
"""Smallest number of agreeing passes: two can be wrong together."""
SOME_PASSES: Final = 0.25
"""If at least this share of the passes, but too few, saw a Thomas Test, the passes disagree."""
BAD_FIT: Final = 0.9
"""Strain of the cues, in half of the passes, from which on turning the photo is considered: in an
upside-down photo, the model can find a matching person in the shadows."""
SETTLED_DEVIATION: Final = 0.08
"""If no pass puts hip, knee or ankle further than this from the median, in thigh lengths, more
passes change little (480 training photos: four in five are settled after four passes)."""


@dataclass(frozen=True, slots=True)
class TestedLeg:
    """The leg that hangs.

    Attributes
    ----------
    side : {"left", "right"}
        Anatomical, the person's own.
    source : {"inferred", "given"}
        Whether the photo or the user determined it.
    near_camera : bool
        Whether it is the leg in front.
    inferred_side : {"left", "right"}
        Side inferred from the photo alone, even if the user gave another one.
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
    held_px : ndarray, shape (P, 3, 2)
        The same for the other leg.
    trunk_px : ndarray, shape (P, 2, 2)
        Midpoints of the shoulders and of the hips.
    shoulders_px : ndarray, shape (P, 2, 2)
        Left and right shoulder by the model's labels.
    people : tuple of Person, length P
        All landmarks.
    labels : tuple of {"left", "right"}, length P
        Label of the tested leg in each pass; hip, knee and ankle are those with that label.
    """

    tested_px: Points
    held_px: Points
    trunk_px: Points
    shoulders_px: Points
    people: tuple[Person, ...]
    labels: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the photo shows; ``refusal`` is the reason if there is no ``body``.

    Attributes
    ----------
    refusal : str or None
        Code of the blocking flag, or None for a Thomas Test.
    head_towards : {"left", "right"} or None
        Where in the photo the head lies.
    leg : TestedLeg or None
        None until :mod:`vision.tested_leg` has decided it.
    body : Body or None
    passes_agreeing, passes_total : int
        Number of passes that saw this body, and number of all passes.
    people : int
        Largest number of people in one pass.
    subject : tuple of Sighting
        The person concerned, once per pass, also in a refused photo: the one nearest to the test
        position. Empty if nobody was found.
    turn_deg : {90, 180, 270} or None
        How far clockwise a refused photo has to be turned to show the test position, degrees;
        None if that would not help.
    """

    refusal: Refusal | None
    head_towards: Side | None
    leg: TestedLeg | None
    body: Body | None
    passes_agreeing: int
    passes_total: int
    people: int
    subject: tuple[Sighting, ...] = ()
    turn_deg: Literal[90, 180, 270] | None = None


def read_view(pose: Pose) -> View:
    """Decide what the photo shows.

    Parameters
    ----------
    pose : Pose
        All passes over the photo.

    Returns
    -------
    View
        With a refusal, or with head direction and body; ``vision.tested_leg`` decides the leg.
    """
    total = len(pose.passes)
    most = max((len(one.people) for one in pose.passes), default=0)
    passes = [candidates_of(one.people) for one in pose.passes]
    subject = tuple(nearest(one).sighting for one in passes if one)
    refused = View(None, None, None, None, 0, total, most, subject)
    fitting = [found for one in passes if (found := largest_in_position(one)) is not None]
    refusal = _common_refusal(passes, fitting)
    turn_deg = _turn(passes) if _may_be_turned(refusal, fitting) else None
    if turn_deg is not None:
        refusal = "upside_down" if turn_deg == 180 else "sideways"
    if refusal is not None:
        return replace(refused, refusal=refusal, turn_deg=turn_deg)
    kept = _agreeing(fitting)
    if len(kept) < max(MIN_PASSES, MIN_AGREEMENT * total):
        return replace(refused, refusal="passes_disagree", passes_agreeing=len(kept))
    return replace(
        refused,
        head_towards=kept[0].head_towards,
        body=_collect(kept),
        passes_agreeing=len(kept),
        subject=tuple(one.sighting for one in kept),
    )


def is_settled(view: View) -> bool:
    """Whether more passes over the photo would hardly change the result."""
    if view.passes_agreeing < view.passes_total:
        # Finding nobody is an answer too; a contradiction is not.
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
    """Hip, knee and ankle with that label, shape (3, 2)."""
    left = (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)
    offset = 0 if label == "left" else 1  # BlazePose puts each right landmark after its left
    return person.points_px[[index + offset for index in left]]


def other(side: Side) -> Side:
    """Return the opposite side."""
    return "right" if side == "left" else "left"


def _common_refusal(
    passes: Sequence[Sequence[Candidate]], fitting: Sequence[Candidate]
) -> Refusal | None:
    total, seen = len(passes), [one for one in passes if one]
    if len(seen) < MIN_AGREEMENT * total:
        return "no_person"
    if two_are_tested(passes):
        return "several_people"
    if len(fitting) >= MIN_AGREEMENT * total:
        return None
    if len(fitting) >= SOME_PASSES * total:
        # Of two photos pasted into one, passes often see one or the other, and neither of them well.
        several = in_two_places([nearest(one) for one in seen], total)
        return "several_people" if several else "passes_disagree"
    reasons = Counter(one.refusal for one in map(nearest, seen) if one.refusal is not None)
    return reasons.most_common(1)[0][0] if reasons else "passes_disagree"


def _may_be_turned(refusal: Refusal | None, fitting: Sequence[Candidate]) -> bool:
    """Whether turning is worth a try: nothing fits upright, or fits only badly."""
    if refusal is None:
        return float(np.median([one.doubt for one in fitting])) >= BAD_FIT
    return refusal not in ("no_person", "several_people")


def _turn(passes: Sequence[Sequence[Candidate]]) -> Literal[90, 180, 270] | None:
    """Return how far clockwise the photo has to be turned to show the test position, degrees."""
    turns: tuple[Literal[90, 180, 270], ...] = (180, 90, 270)
    for turn_deg in turns:
        clear = [
            any(is_clear(one.sighting.turned(turn_deg), turn_deg) for one in people)
            for people in passes
        ]
        if sum(clear) >= max(MIN_PASSES, MIN_AGREEMENT * len(passes)):
            return turn_deg
    return None


def _agreeing(fitting: Sequence[Candidate]) -> list[Candidate]:
    """Leave out passes whose head direction or leg differs from the majority."""
    votes = Counter(one.head_towards for one in fitting)
    head = votes.most_common(1)[0][0]
    same_way = [one for one in fitting if one.head_towards == head]
    legs = np.array([leg_of(one.person, one.tested_label) for one in same_way])
    away = _deviations(legs)
    return [one for one, distance in zip(same_way, away, strict=True) if distance <= MAX_OUTLIER]


def _deviations(legs: Points) -> Points:
    """Largest distance of each pass's leg, (P, 3, 2), from the median, in thigh lengths."""
    middle = np.median(legs, axis=0)
    thigh_px = max(float(np.linalg.norm(middle[1] - middle[0])), 1.0)
    return np.asarray(np.linalg.norm(legs - middle, axis=2).max(axis=1) / thigh_px)


def _collect(kept: Sequence[Candidate]) -> Body:
    people = tuple(one.person for one in kept)
    shoulders = (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER)
    return Body(
        tested_px=np.array([leg_of(one.person, one.tested_label) for one in kept]),
        held_px=np.array([leg_of(one.person, other(one.tested_label)) for one in kept]),
        trunk_px=np.array([one.trunk_px for one in kept]),
        shoulders_px=np.array([person.points_px[list(shoulders)] for person in people]),
        people=people,
        labels=tuple(one.tested_label for one in kept),
    )
