"""Everything about a photo that the learned steps look at, put into numbers."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.features import (
    DEPTHS,
    HEAD,
    edge_features,
    hip_offset,
    landmark_features,
    shank_midline,
    silhouette_features,
)
from vision.geometry import (
    knee_flexion_angle,
    robust_spread,
    seen_from_the_side,
    thigh_angle,
    wrap_deg,
)
from vision.level import Level
from vision.photo import Photo
from vision.sides import Side
from vision.view import View, other

Floats = NDArray[np.float64]

MAX_SPREAD_DEG: Final = 10.0
BENT_FROM_DEG: Final = 60.0
BENT_STEP_DEG: Final = 20.0
MAX_BENT: Final = 2.0
MAX_YAW: Final = 2.5
"""Bounds of what the standard errors depend on: more is not believed (degrees; knee flexion
beyond 60 in steps of 20; yaw in degrees / 10)."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationInput:
    """Everything the learned steps look at.

    Attributes
    ----------
    landmarks, silhouette, edges : ndarray, shape (N,)
        See :mod:`vision.features`.
    camera : ndarray, shape (2,)
        Pitch and yaw in degrees / 10, yaw + towards the feet; 0 where unknown.
    spread_deg : ndarray, shape (2,)
        Robust standard deviation of thigh and knee over the passes, degrees.
    near_vote : float
        Share of the passes that call the tested leg the near one.
    thigh_deg, knee_flexion_deg : float
        Plain geometry; the thigh against the photo's own horizontal, degrees.
    perspective_deg : ndarray, shape (2,)
        What thigh and knee gain when seen squarely from the side; 0 where the direction of
        the camera is unknown.
    levelled_deg : ndarray, shape (3,)
        Thigh and held thigh against the true horizontal, and knee flexion, degrees: they
        tell how much a photo is like the training photos.
    """

    landmarks: Floats
    silhouette: Floats
    edges: Floats
    camera: Floats
    spread_deg: Floats
    near_vote: float
    thigh_deg: float
    knee_flexion_deg: float
    perspective_deg: Floats
    levelled_deg: Floats

    @property
    def appearance(self) -> Floats:
        """By which a photo is compared with the training photos."""
        return np.concatenate((self.landmarks, self.silhouette))

    @property
    def posture(self) -> Floats:
        """Input of the first logistic regression, which tells the near leg from the far one."""
        vote = [4 * self.near_vote]
        return np.concatenate((self.appearance, self.camera, self.perspective_deg, vote))

    def special(self, *, near: bool) -> Floats:
        """Input of the corrections that belong to one make of bodies."""
        side = 1.0 if near else -1.0
        parts = (self.appearance, self.camera, self.perspective_deg, self.spread_deg, [side])
        return np.concatenate(parts)

    def general(self, *, near: bool) -> Floats:
        """Input of the correction that holds for any body."""
        side = 1.0 if near else -1.0
        offset = hip_offset(self.landmarks)
        return np.concatenate(
            (
                self.camera,
                self.perspective_deg,
                self.landmarks[DEPTHS],
                self.landmarks[HEAD],
                [offset, side],
                shank_midline(self.silhouette),
            )
        )

    def doubt(self, *, near: bool, likeness: float) -> Floats:
        """Return what the standard errors depend on, shape (8,); the first is constant."""
        bent = (float(self.levelled_deg[2]) - BENT_FROM_DEG) / BENT_STEP_DEG
        return np.array(
            [
                1.0,
                float(near),
                *np.minimum(self.spread_deg, MAX_SPREAD_DEG),
                1.0 - likeness,
                min(max(bent, 0.0), MAX_BENT),
                min(abs(float(self.camera[1])), MAX_YAW),
                float(not self.perspective_deg.any()),
            ]
        )


def calibration_input(photo: Photo, view: View, level: Level) -> CalibrationInput | None:
    """Describe a supine body for the learned steps; None if there is no body or silhouette."""
    body, head = view.body, view.head_towards
    if body is None or head is None:
        return None
    silhouette = silhouette_features(photo, body, head)
    if silhouette is None:
        return None
    chain = np.median(body.tested_px, axis=0)
    passes = [body.tested_px[:, joint] for joint in range(3)]
    thigh = thigh_angle(chain[0], chain[1], head_towards=head)
    knee = knee_flexion_angle(*chain, head_towards=head)
    held_hip, held_knee = np.median(body.held_px, axis=0)[:2]
    hugged = thigh_angle(held_hip, held_knee, head_towards=head) % 360.0
    to_feet = 1.0 if head == "left" else -1.0
    near_label = other(head)
    levelled = np.array([thigh - to_feet * level.roll_deg, knee])
    return CalibrationInput(
        landmarks=landmark_features(body, head, level),
        silhouette=silhouette,
        edges=edge_features(photo, body, head),
        camera=np.array([(level.pitch_deg or 0.0) / 10, to_feet * (level.yaw_deg or 0.0) / 10]),
        spread_deg=np.array(
            [
                robust_spread(thigh_angle(passes[0], passes[1], head_towards=head), thigh),
                robust_spread(knee_flexion_angle(*passes, head_towards=head), knee),
            ]
        ),
        near_vote=body.labels.count(near_label) / len(body.labels),
        thigh_deg=float(thigh),
        knee_flexion_deg=float(knee),
        perspective_deg=_perspective(photo, chain, head, level, levelled),
        levelled_deg=np.array([levelled[0], hugged - to_feet * level.roll_deg, knee]),
    )


def _perspective(
    photo: Photo, chain_px: Floats, head: Side, level: Level, levelled_deg: Floats
) -> Floats:
    """Return what thigh and knee gain when seen squarely from the side; 0 where unknown."""
    if level.pitch_deg is None or level.yaw_deg is None:
        return np.zeros(2)
    square = seen_from_the_side(
        chain_px,
        (photo.width_px, photo.height_px),
        head_towards=head,
        roll_deg=level.roll_deg,
        pitch_deg=level.pitch_deg,
        yaw_deg=level.yaw_deg,
        focal_px=photo.metadata.focal_px(photo.width_px, photo.height_px),
    )
    return wrap_deg(square - levelled_deg)
