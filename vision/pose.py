"""Find body landmarks: run one estimator several times on transformed copies of the photo.

A single BlazePose pass is not accurate enough: the model was trained on upright people, and its
error changes if the picture is turned or mirrored. Therefore the model runs on the photo rotated by
quarter turns and mirrored; the landmarks are mapped back to the upright photo, and the spread
between the passes is the best available measure of confidence. (The model's own ``visibility`` is
0.99 even for hidden joints, and is not used to judge quality.)

``vision.backends.mediapipe`` contains the default model; any other needs only ``detect``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.photo import Photo
from vision.transforms import ALL_PASSES, Transform

WORK_SIDE_PX: Final = 960
"""Length of the longer side to which larger photos are reduced for the model, pixels.

The model uses a 256-pixel crop of the person. Reducing with area averaging first avoids the
aliasing of the model's bilinear crop, and keeps large phone photos fast.
"""
PART_SIDE_PX: Final = 480
"""The same for a part of the photo in which a second person is searched, pixels."""
ALIGN_PX: Final = 16
"""Pictures are padded to a multiple of this for the model, pixels."""


class Landmark(IntEnum):
    """Indices of the BlazePose landmarks used here (left and right as the model labels them)."""

    NOSE = 0
    LEFT_EAR = 7
    RIGHT_EAR = 8
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT = 31
    RIGHT_FOOT = 32


LANDMARKS: Final = 33
"""Number of landmarks per person."""
FACE: Final = tuple(range(11))
"""Indices of nose, eyes, ears and mouth."""


def _mirror_permutation() -> NDArray[np.intp]:
    """Return the index order that swaps every left landmark with its right twin."""
    order = np.arange(LANDMARKS)
    twins = [(1, 4), (2, 5), (3, 6), *((i, i + 1) for i in range(7, LANDMARKS, 2))]
    for left, right in twins:
        order[left], order[right] = right, left
    return order


MIRRORED_ORDER: Final = _mirror_permutation()
"""Index order that swaps every left landmark with its right twin."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person in one pass, in pixels of the upright photo.

    Attributes
    ----------
    points_px : ndarray of float64, shape (33, 2)
        BlazePose landmarks, x right, y down; may lie outside the photo.
    depth_px : ndarray of float64, shape (33,)
        The model's relative depth, smaller is nearer the camera; a hint only.
    silhouette : ndarray of float32, shape (h, w), or None
        Probability 0–1 that a pixel belongs to the person. It covers the whole upright photo,
        usually at a lower resolution. None if the estimator provides none.
    """

    points_px: NDArray[np.float64]
    depth_px: NDArray[np.float64]
    silhouette: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class PosePass:
    """People found in one transformed copy: nobody, one person or several."""

    transform: Transform
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Name and SHA-256 of the model that produced the landmarks.

    Attributes
    ----------
    name : str
        Name of the weights, followed by ``@`` and the runtime if that is not MediaPipe.
    sha256 : str
        Hash of the weights.
    """

    name: str
    sha256: str

    @property
    def weights(self) -> str:
        """Name of the weights alone."""
        return self.name.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Pose:
    """All passes over one photo, and the model behind them."""

    passes: tuple[PosePass, ...]
    model: ModelInfo


class PoseEstimator(Protocol):
    """Protocol of a pose model; ensemble, geometry and everything else are provided."""

    @property
    def model(self) -> ModelInfo:
        """Name and hash of the model, for provenance."""

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        """Find people in an RGB picture of shape (H, W, 3), in that picture's pixels."""


@runtime_checkable
class TurningEstimator(PoseEstimator, Protocol):
    """Protocol of a pose model that transforms the picture itself, which is faster."""

    def detect_turned(
        self,
        pixels: NDArray[np.uint8],
        transforms: Sequence[Transform],
        *,
        share_search: bool = False,
        silhouettes: bool = True,
    ) -> tuple[tuple[Person, ...], ...]:
        """Find the people in transformed copies of a picture.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (H, W, 3)
        transforms : sequence of Transform
        share_search : bool
            Whether copies may use the place where a person was found in other copies.
        silhouettes : bool
            Whether any are needed.

        Returns
        -------
        tuple of tuple of Person
            For each transform, in pixels of the picture itself; left and right as the model
            labels them in the transformed copy.
        """


def estimate_pose(
    photo: Photo,
    estimator: PoseEstimator,
    transforms: Sequence[Transform] = ALL_PASSES,
    *,
    share_search: bool = False,
) -> Pose:
    """Run the estimator once per transform, and map the landmarks back.

    Parameters
    ----------
    photo : Photo
        Upright photo of any accepted size; it is reduced, never enlarged, for the model.
    estimator : PoseEstimator
    transforms : sequence of Transform
    share_search : bool
        As for :meth:`TurningEstimator.detect_turned`; other estimators search in each pass.
    """
    work = _working_copy(photo)
    scale = max(photo.width_px, photo.height_px) / max(work.shape[:2])
    padded = _padded(work)
    found = _look(padded, estimator, transforms, share_search=share_search)
    passes = [
        PosePass(
            transform, tuple(_map_back(person, transform, padded, work, scale) for person in people)
        )
        for transform, people in zip(transforms, found, strict=True)
    ]
    return Pose(tuple(passes), estimator.model)


def people_within(
    photo: Photo,
    estimator: PoseEstimator,
    area_px: tuple[int, int, int, int],
    transform: Transform,
) -> tuple[Person, ...]:
    """Run the model once on a part of the photo, to find anybody whom it missed.

    A pose model trained on one central person often finds only one of two.

    Parameters
    ----------
    photo : Photo
    estimator : PoseEstimator
    area_px : tuple of int
        Left, top, right and bottom of the part, pixels of the upright photo.
    transform : Transform

    Returns
    -------
    tuple of Person
        In pixels of the upright photo, without silhouettes.
    """
    left, top, right, bottom = area_px
    part = photo.pixels[top:bottom, left:right]
    work = _reduced(part, PART_SIDE_PX)
    scale = max(part.shape[:2]) / max(work.shape[:2])
    padded = _padded(work)
    (found,) = _look(padded, estimator, (transform,), silhouettes=False)
    people = (_map_back(person, transform, padded, work, scale) for person in found)
    return tuple(
        Person(person.points_px + np.array([left, top]), person.depth_px) for person in people
    )


def _look(
    padded: NDArray[np.uint8],
    estimator: PoseEstimator,
    transforms: Sequence[Transform],
    *,
    share_search: bool = False,
    silhouettes: bool = True,
) -> tuple[tuple[Person, ...], ...]:
    """Find the people in transformed copies of a picture; see :class:`TurningEstimator`."""
    if isinstance(estimator, TurningEstimator):
        return estimator.detect_turned(
            padded, transforms, share_search=share_search, silhouettes=silhouettes
        )
    height, width = padded.shape[:2]
    return tuple(
        tuple(
            Person(
                one.undo(person.points_px, width, height),
                person.depth_px,
                None if person.silhouette is None else one.undo_picture(person.silhouette),
            )
            for person in estimator.detect(one.apply(padded))
        )
        for one in transforms
    )


def _working_copy(photo: Photo) -> NDArray[np.uint8]:
    return _reduced(photo.pixels, WORK_SIDE_PX)


def _reduced(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = side_px / max(height, width)
    if factor >= 1:
        return pixels
    size = (round(width * factor), round(height * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the outer rows and columns up to a multiple of 16 pixels, evenly on both sides.

    MediaPipe aborts the whole process if the rows of a silhouette are not 16-byte aligned.
    """
    height, width = pixels.shape[:2]
    extra = (-height % ALIGN_PX, -width % ALIGN_PX)
    borders = [(some // 2, some - some // 2) for some in extra]
    return np.pad(pixels, (*borders, (0, 0)), mode="edge")


def _map_back(
    person: Person,
    transform: Transform,
    shown: NDArray[np.uint8],
    work: NDArray[np.uint8],
    scale: float,
) -> Person:
    """Undo padding and reduction, and swap left and right if the pass was mirrored."""
    top, left = ((shown.shape[axis] - work.shape[axis]) // 2 for axis in (0, 1))
    points = (person.points_px - np.array([left, top])) * scale
    depth = person.depth_px * scale
    if transform.mirrored:  # in a mirrored picture, the model labels the left hip as the right one
        points, depth = points[MIRRORED_ORDER], depth[MIRRORED_ORDER]
    silhouette = person.silhouette
    if silhouette is not None:
        silhouette = silhouette[top : top + work.shape[0], left : left + work.shape[1]]
    return Person(points, depth, silhouette)
