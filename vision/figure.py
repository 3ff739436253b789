"""One body in its own frame of reference, in which its posture is measured.

The frame: x from head to feet along the picture, y up, origin between the hips, the trunk
(middle of the shoulders to middle of the hips) as unit length. Posture is therefore independent of
the orientation of the photo, the size of the person and the direction of the head.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vision.pose import Landmark, Person

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person in one pass, and everybody else seen in it."""

    person: Person
    others: tuple[Person, ...] = ()

    def turned(self, clockwise_deg: int) -> "Sighting":
        """Return the same people in a photo turned clockwise by 90, 180 or 270 degrees."""
        matrix = np.array(_CLOCKWISE[clockwise_deg])
        person, *others = (
            replace(one, points_px=one.points_px @ matrix, silhouette=None)
            for one in (self.person, *self.others)
        )
        return Sighting(person, tuple(others))


_CLOCKWISE: Final = {
    90: [[0.0, 1.0], [-1.0, 0.0]],
    180: [[-1.0, 0.0], [0.0, -1.0]],
    270: [[0.0, -1.0], [1.0, 0.0]],
}
"""Matrices that rotate row vectors of the image frame (y down) clockwise as seen on screen."""


class Figure(NamedTuple):
    """One body in that frame, levelled.

    Lengths are in trunk lengths, angles in degrees. Values of both legs have one entry per leg, the
    tested one first.
    """

    tested: int
    """Which leg is folded less: 0 for the one labelled left by the model, 1 for the right."""
    trunk_deg: float
    """Direction shoulders → hips: 0 = level, + when the hips are higher."""
    fold_deg: tuple[float, float]
    """Thighs relative to the trunk's line, −120..240: 0 = in line with it, 180 = folded onto it."""
    knees_deg: tuple[float, float]
    """Flexion of both knees, −180..180."""
    legs: Points
    """Hip, knee and ankle of both legs, shape (2, 3, 2), from the middle of the hips."""
    foot_deg: float
    """Direction heel → toes of the tested foot: 90 = toes up."""
    nose_up: float
    """Height of the nose above the ears, away from the back."""
    shoulders: Points
    hips: Points
    """Left minus right, along the trunk and perpendicular to it, shape (2,)."""
    hand_gap: float
    """Distance from the held leg below mid-thigh to the nearest hand of anybody."""


def figure_of(sighting: Sighting, roll_deg: float = 0.0) -> Figure:
    """Transform one body to its own frame, the leg that is less folded first."""
    points = sighting.person.points_px
    shoulders, hips = _middle(points, Landmark.LEFT_SHOULDER), _middle(points, Landmark.LEFT_HIP)
    to_feet = 1.0 if shoulders[0] < hips[0] else -1.0
    unit = max(float(np.linalg.norm(hips - shoulders)), 1e-6)
    turn = math.radians(-to_feet * roll_deg)
    c, s = math.cos(turn), math.sin(turn)
    level = np.array([[c, s], [-s, c]])

    def laid_out(person: Person) -> Points:
        offset = (person.points_px - hips) * [to_feet, -1.0] / unit
        return np.asarray(offset @ level)

    body = laid_out(sighting.person)
    trunk = -_middle(body, Landmark.LEFT_SHOULDER)
    trunk_deg = direction(trunk)
    legs = np.array([body[_leg(offset)] for offset in (0, 1)])
    fold = [_wrapped(direction(knee) - trunk_deg, -120.0) for knee in legs[:, 1]]
    # A hip is hidden or swapped more often than a knee, so mid-hip decides which leg hangs.
    tested = 0 if fold[0] < fold[1] else 1
    if tested:
        legs, fold = legs[::-1], fold[::-1]
    axes = np.array([trunk, [-trunk[1], trunk[0]]])  # of unit length: along, and off the back
    ears = _middle(body, Landmark.LEFT_EAR)
    hands = [laid_out(one)[HANDS] for one in sighting.others]
    gaps = _distances(np.concatenate([body[HANDS], *hands]), legs[1])
    return Figure(
        tested=tested,
        trunk_deg=trunk_deg,
        fold_deg=(fold[0], fold[1]),
        knees_deg=(_flexion(legs[0]), _flexion(legs[1])),
        legs=legs,
        foot_deg=direction(body[Landmark.LEFT_FOOT + tested] - body[Landmark.LEFT_HEEL + tested]),
        nose_up=float(axes[1] @ (body[Landmark.NOSE] - ears)),
        shoulders=axes @ (body[Landmark.LEFT_SHOULDER] - body[Landmark.RIGHT_SHOULDER]),
        hips=axes @ (body[Landmark.LEFT_HIP] - body[Landmark.RIGHT_HIP]),
        hand_gap=float(gaps.min()),
    )


HANDS: Final = [
    Landmark.LEFT_WRIST,
    Landmark.RIGHT_WRIST,
    Landmark.LEFT_INDEX,
    Landmark.RIGHT_INDEX,
]


def _middle(points: Points, left: int) -> Points:
    return np.asarray(points[[left, left + 1]].mean(axis=0))


def _leg(offset: int) -> list[int]:
    return [mark + offset for mark in (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)]


def direction(vector: Points) -> float:
    """Return the direction of a vector (2,) of the body's frame, degrees in (-180, 180]."""
    return math.degrees(math.atan2(float(vector[1]), float(vector[0])))


def _wrapped(degrees: float, low: float) -> float:
    return (degrees - low) % 360.0 + low


def _flexion(leg: Points) -> float:
    hip, knee, ankle = leg
    return _wrapped(direction(knee - hip) - direction(ankle - knee), -180.0)


def _distances(points: Points, leg: Points) -> Points:
    """Distance of points (N, 2) from a leg (3, 2) below the middle of its thigh, shape (N,)."""
    hip, knee, ankle = leg
    found = []
    for start, end in (((hip + knee) / 2, knee), (knee, ankle)):
        along = end - start
        share = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
        found.append(np.linalg.norm(points - start - share[:, None] * along, axis=1))
    return np.asarray(np.min(found, axis=0))
