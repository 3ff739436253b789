"""A drawn body: capsules around a stick figure's limbs, as silhouette and as photo.

The distance to each limb is computed pixel by pixel, so the outline is known to a fraction of
a pixel and none of the code under test is used to draw it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stick_figure import NAMES, FakeEstimator, StickFigure, jittered, pose_of, relabelled
from vision.photo import Photo, photo_from_array
from vision.pose import ModelInfo, Person
from vision.view import View, read_view

SIZE = (900, 700)
BACKGROUND = np.array([90.0, 120.0, 110.0])
_TRUNK = ("shoulder", "hip")
_THIGH = ("hip", "knee")
_SHANK = ("knee", "ankle")
LIMBS = (
    (_TRUNK, 0.22, (60, 90, 170)),
    (_THIGH, 0.18, (190, 150, 130)),
    (_SHANK, 0.11, (170, 90, 80)),
)
"""Ends, radius in thigh lengths, colour."""


def coverage(
    size: tuple[int, int], start: NDArray[np.float64], end: NDArray[np.float64], radius: float
) -> NDArray[np.float32]:
    """How far each pixel lies inside a capsule, 0–1, with an edge one pixel wide."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    limb = end - start
    along = ((x - start[0]) * limb[0] + (y - start[1]) * limb[1]) / max(float(limb @ limb), 1e-9)
    along = np.clip(along, 0.0, 1.0)
    away = np.hypot(x - start[0] - along * limb[0], y - start[1] - along * limb[1])
    return np.asarray(np.clip(radius - away + 0.5, 0.0, 1.0), np.float32)


def drawn(
    person: Person, figure: StickFigure, size: tuple[int, int] = SIZE
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Photo and silhouette of a person; the tested leg is drawn last, in front."""
    at = dict(zip(NAMES, person.points_px, strict=True))
    tested = figure.tested_side
    picture = np.broadcast_to(BACKGROUND, (size[1], size[0], 3)).copy()
    silhouette = np.zeros((size[1], size[0]), np.float32)
    for side in ("left" if tested == "right" else "right", tested):
        for (start, end), radius, colour in LIMBS:
            ends = at[f"{side}_{start}"], at[f"{side}_{end}"]
            inside = coverage(size, *ends, radius * figure.thigh_px)
            shade = np.array(colour) * (1.0 if side == tested else 0.8)
            picture += inside[..., None] * (shade - picture)
            silhouette = np.maximum(silhouette, inside)
    return np.rint(picture).astype(np.uint8), silhouette


def photographed(
    figure: StickFigure, size: tuple[int, int] = SIZE, *, sigma: float = 0.0
) -> tuple[Photo, View]:
    """A drawn body and what eight passes saw, each a little off: sigma in thigh lengths."""
    person = figure.person()
    picture, silhouette = drawn(person, figure, size)
    rng = np.random.default_rng(7)
    seen = [jittered(person, sigma * figure.thigh_px, rng) for _ in range(8)]
    passes = [[replace(one, silhouette=silhouette)] for one in seen]
    return photo_from_array(picture), read_view(pose_of(*passes))


def mirrored(photo: Photo, view: View) -> tuple[Photo, View]:
    """The same photo and passes, mirrored: left is right, and right is left."""
    assert view.body is not None
    passes = []
    for person in view.body.people:
        twin = relabelled(person)
        points = np.column_stack((photo.width_px - twin.points_px[:, 0], twin.points_px[:, 1]))
        assert person.silhouette is not None
        passes.append([Person(points, twin.depth_px, person.silhouette[:, ::-1].copy())])
    return photo_from_array(photo.pixels[:, ::-1]), read_view(pose_of(*passes))


class DrawnEstimator(FakeEstimator):
    """Sees one figure with its silhouette, and passes for a model of any name."""

    def __init__(self, figure: StickFigure, model: ModelInfo) -> None:
        super().__init__(SIZE, [figure.person()])
        self.figure = figure
        self.named = model

    @property
    def model(self) -> ModelInfo:
        return self.named

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        size = (pixels.shape[1], pixels.shape[0])
        return tuple(
            replace(person, silhouette=drawn(person, self.figure, size)[1])
            for person in super().detect(pixels)
        )
