"""A person made of sticks, whose angles are known exactly, and a pose model that sees them.

The figure is laid out in a frame of its own (x from head to feet, y up, thigh length 1) and
drawn into the photo at the end, so none of the code under test is used to make it.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.measurement import Measurement, measure
from vision.observations import NOTHING_OBSERVED, Observations
from vision.pose import ALIGN_PX, WORK_SIDE_PX, ModelInfo, Person, Pose, PosePass
from vision.sides import Side
from vision.tested_leg import decide_tested_leg
from vision.transforms import ALL_PASSES
from vision.view import View, read_view

Points = NDArray[np.float64]
Pixels = NDArray[np.uint8]

_FACE = [
    "nose",
    "left_eye_in",
    "left_eye",
    "left_eye_out",
    "right_eye_in",
    "right_eye",
    "right_eye_out",
]
_PAIRS = [
    "ear",
    "mouth",
    "shoulder",
    "elbow",
    "wrist",
    "pinky",
    "index",
    "thumb",
    "hip",
    "knee",
    "ankle",
    "heel",
    "foot",
]
NAMES = (*_FACE, *(f"{side}_{part}" for part in _PAIRS for side in ("left", "right")))
"""The 33 BlazePose landmarks, in order."""

TRUNK = 1.2
SHANK = 0.95
"""Lengths, in thigh lengths."""


def _unit(degrees: float) -> Points:
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])


@dataclass(frozen=True, slots=True)
class StickFigure:
    """Someone in the test position, by default measured as thigh −10°, knee 90°.

    Attributes
    ----------
    thigh_deg, knee_deg : float
        The truth about the tested leg: thigh against gravity (+ above), knee flexion.
    held_deg, trunk_deg : float
        The other thigh, and the trunk (+ when the hips are higher than the shoulders).
    head_towards : {"left", "right"}
        Where in the photo the head lies.
    near : bool
        Whether the tested leg is the one in front.
    roll_deg : float
        How far the whole scene is turned counter-clockwise in the photo.
    thigh_px : float
        Size of the person.
    hip_px : tuple of float
        Where the middle of the hips lies in the photo.
    hip_gap, shoulder_gap : float
        How far the near joint lies beyond the far one, towards the feet, in thigh and trunk
        lengths: what a camera sees that is not square.
    face_up : bool
        Whether the nose points to the ceiling.
    nose_up : float
        How far the nose is above the ears when the face is up, in trunk lengths.
    hand_gap : float
        How far the hands are from the held knee, towards the ceiling, in trunk lengths.
    held_knee_deg : float
        Flexion of the held knee.
    chest_turn, pelvis_turn : float
        How much higher the near shoulder and hip are than the far ones, in trunk lengths: what
        somebody shows who rolls towards the camera.
    shank : float
        Length of the tested shank, in thigh lengths.
    toes_deg : float
        How far the tested foot's toes are turned up from the shank's line.
    """

    thigh_deg: float = -10.0
    knee_deg: float = 90.0
    held_deg: float = 125.0
    trunk_deg: float = 0.0
    head_towards: Side = "left"
    near: bool = True
    roll_deg: float = 0.0
    thigh_px: float = 150.0
    hip_px: tuple[float, float] = (450.0, 350.0)
    hip_gap: float = 0.0
    shoulder_gap: float = 0.0
    face_up: bool = True
    nose_up: float = 0.2 / TRUNK
    hand_gap: float = 0.0
    held_knee_deg: float = 120.0
    chest_turn: float = 0.0
    pelvis_turn: float = 0.0
    shank: float = SHANK
    toes_deg: float = 70.0

    @property
    def tested_side(self) -> Side:
        # On one's back with the head to the photo's left, the right side faces the camera.
        near_side: Side = "right" if self.head_towards == "left" else "left"
        far_side: Side = "left" if near_side == "right" else "right"
        return near_side if self.near else far_side

    def person(self) -> Person:
        """The figure's landmarks, in pixels of the upright photo."""
        places = self._joints()
        tested, hugged = self.tested_side, "left" if self.tested_side == "right" else "right"
        named = {
            name.replace("tested", tested).replace("hugged", hugged): point
            for name, point in places.items()
        }
        body = np.array([named[name] for name in NAMES])
        if self.head_towards == "right":
            body = body * [-1.0, 1.0]
        turned = body @ np.array([_unit(self.roll_deg), _unit(self.roll_deg + 90)])
        depth = np.array([_nearness(name, self) for name in NAMES]) * -0.2 * self.thigh_px
        return Person(turned * [self.thigh_px, -self.thigh_px] + self.hip_px, depth)

    def _joints(self) -> dict[str, Points]:
        """All 33 joints in the body's own frame."""
        sign = 1.0 if self.near else -1.0
        hip_shift = np.array([sign * self.hip_gap / 2, 0.0])
        off_back = TRUNK / 2 * _unit(self.trunk_deg + 90)
        hip_shift = hip_shift + sign * self.pelvis_turn * off_back
        shoulder_shift = np.array([sign * self.shoulder_gap * TRUNK / 2, 0.0])
        shoulder_shift = shoulder_shift + sign * self.chest_turn * off_back
        shoulders = -TRUNK * _unit(self.trunk_deg)
        up = _unit(self.trunk_deg + 90) * (1.0 if self.face_up else -1.0)
        head = shoulders - 0.4 * _unit(self.trunk_deg)
        joints: dict[str, Points] = {"nose": head + self.nose_up * TRUNK * up}
        for role, side, thigh, knee, shank in (
            ("tested", 1.0, self.thigh_deg, self.knee_deg, self.shank),
            ("hugged", -1.0, self.held_deg, self.held_knee_deg, 0.9),
        ):
            hip = side * hip_shift
            knee_at = hip + _unit(thigh)
            ankle = knee_at + shank * _unit(thigh - knee)
            joints |= {f"{role}_hip": hip, f"{role}_knee": knee_at, f"{role}_ankle": ankle}
            joints[f"{role}_heel"] = ankle + 0.15 * _unit(thigh - knee)
            joints[f"{role}_foot"] = joints[f"{role}_heel"] + 0.4 * _unit(
                thigh - knee + self.toes_deg
            )
            joints[f"{role}_shoulder"] = shoulders + side * shoulder_shift
            joints[f"{role}_elbow"] = shoulders + 0.5 * up + side * shoulder_shift
            for number, part in enumerate(("wrist", "pinky", "index", "thumb")):
                away = self.hand_gap * TRUNK * _unit(self.held_deg)
                joints[f"{role}_{part}"] = (1 + 0.05 * number) * _unit(self.held_deg) + away
            joints[f"{role}_ear"] = head + np.array([0.01 * side, 0.0])
            joints[f"{role}_mouth"] = head + (0.16 + 0.01 * side) * up
            for number, part in enumerate(("eye_in", "eye", "eye_out")):
                joints[f"{role}_{part}"] = head + (0.15 - 0.01 * number + 0.002 * side) * up
        return joints


def _nearness(name: str, figure: StickFigure) -> float:
    """1 for a joint of the side in front, −1 for one of the side behind, 0 between."""
    near_side = "right" if figure.head_towards == "left" else "left"
    return 0.0 if name == "nose" else 1.0 if name.startswith(near_side) else -1.0


def relabelled(person: Person, *parts: str) -> Person:
    """The same body with left and right of some parts (of all, by default) mixed up."""
    order = list(range(len(NAMES)))
    for index, name in enumerate(NAMES):
        side, _, part = name.partition("_")
        if part and (not parts or part in parts):
            twin = f"{'right' if side == 'left' else 'left'}_{part}"
            order[index] = NAMES.index(twin)
    return Person(person.points_px[order], person.depth_px[order])


def jittered(person: Person, sigma_px: float, rng: np.random.Generator) -> Person:
    """The same body, each landmark moved by chance."""
    noise = rng.normal(0.0, sigma_px, person.points_px.shape)
    return replace(person, points_px=person.points_px + noise)


_CORNERS = {"red": (230, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 230)}
_GREY = (128, 128, 128)


def marked_picture(width: int = 900, height: int = 700) -> Pixels:
    """A plain picture whose corners tell how it was turned: red, green, blue, grey."""
    picture = np.full((height, width, 3), _GREY, np.uint8)
    rows, columns = np.indices((height, width))
    size = min(width, height) // 10
    # Triangles: their only edge runs diagonally, so nothing here looks like a wall or a floor.
    picture[rows + columns < size] = _CORNERS["red"]
    picture[rows + (width - 1 - columns) < size] = _CORNERS["green"]
    picture[(height - 1 - rows) + columns < size] = _CORNERS["blue"]
    return picture


class FakeEstimator:
    """A pose model that knows where everybody is in a :func:`marked_picture`.

    From the corner marks of the picture it is shown it works out how that picture was
    turned, mirrored and reduced, moves the people there, and, like the real model, calls a
    mirrored left hip the right one. ``sightings`` are what it sees call after call.
    """

    def __init__(self, size: tuple[int, int], *sightings: Sequence[Person]) -> None:
        self.size = size
        self.sightings = sightings
        self.calls = 0

    @property
    def model(self) -> ModelInfo:
        return ModelInfo("fake", "0" * 64)

    def detect(self, pixels: Pixels) -> tuple[Person, ...]:
        corners = _find_corners(pixels)
        if not _is_whole(pixels, corners):
            return ()  # a part of the photo, where nobody else is
        people = self.sightings[self.calls % len(self.sightings)]
        self.calls += 1
        # All edges may be padded, so the scale comes from the longer side and not from corners.
        scale = min(1.0, WORK_SIDE_PX / max(self.size))
        units = np.array([np.sign(corners[name] - corners["red"]) for name in ("green", "blue")])
        margin = np.array([-round(side * scale) % ALIGN_PX // 2 for side in self.size])
        origin, axes = corners["red"] + margin @ units, units * scale
        mirrored = np.linalg.det(axes) < 0
        seen = [
            Person(origin + person.points_px @ axes, person.depth_px * scale) for person in people
        ]
        return tuple(relabelled(person) if mirrored else person for person in seen)


def _find_corners(pixels: Pixels) -> dict[str, Points]:
    """Where in the shown picture the original's marked corners are now."""
    height, width = pixels.shape[:2]
    places = [(x, y) for x in (0, width) for y in (0, height)]
    seen = {place: pixels[3 if not place[1] else -4, 3 if not place[0] else -4] for place in places}
    return {
        name: np.array(
            min(places, key=lambda at: int(np.abs(seen[at].astype(int) - colour).sum())), float
        )
        for name, colour in _CORNERS.items()
    }


def _is_whole(pixels: Pixels, corners: dict[str, Points]) -> bool:
    """Whether this is the whole picture, with a marked corner where each should be."""
    height, width = pixels.shape[:2]
    for name, (x, y) in corners.items():
        seen = pixels[3 if not y else height - 4, 3 if not x else width - 4].astype(int)
        if np.abs(seen - _CORNERS[name]).max() > 60:
            return False
    return True


def pose_of(*sightings: Sequence[Person]) -> Pose:
    """What the ensemble would hand over: each pass saw its people, repeated up to eight."""
    passes = tuple(
        PosePass(transform, tuple(sightings[number % len(sightings)]))
        for number, transform in enumerate(ALL_PASSES)
    )
    return Pose(passes, ModelInfo("fake", "0" * 64))


def settled_view(*sightings: Sequence[Person], leg: Side | None = None) -> View:
    """What the passes show together, with the leg decided by their labels or by the user."""
    return decide_tested_leg(read_view(pose_of(*sightings)), None, None, given=leg)


def measure_people(
    *sightings: Sequence[Person],
    picture: Pixels | None = None,
    leg: Side | None = None,
    level_deg: float | None = 0.0,
    observed: Observations = NOTHING_OBSERVED,
    fast: bool = False,
) -> Measurement:
    """The whole pipe over a marked picture in which the fake model sees these people.

    Other people make another picture: one pixel tells them apart.
    """
    shown = picture
    if shown is None:
        shown = marked_picture()
        points = b"".join(one.points_px.tobytes() for seen in sightings for one in seen)
        shown[350, 450] = np.frombuffer(hashlib.sha256(points).digest()[:3], np.uint8)
    height, width = shown.shape[:2]
    estimator = FakeEstimator((width, height), *sightings)
    return measure(
        shown, leg=leg, level_deg=level_deg, observed=observed, fast=fast, estimator=estimator
    )


def measure_figure(figure: StickFigure) -> Measurement:
    """The whole pipe over one stick figure, with the camera's roll given as it is."""
    return measure_people([figure.person()], level_deg=figure.roll_deg)
