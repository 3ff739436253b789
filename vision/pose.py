"""Photo to body landmarks: one estimator, asked several times about transformed copies.

A single BlazePose pass is not an instrument: it is trained on upright people and its
error changes when the picture is turned or mirrored. So the photo is shown to the model
rotated by quarter turns and mirrored, the answers are mapped back to the upright photo,
and the spread between them is the best confidence signal there is. (The model's own
``visibility`` reads 0.99 on hidden joints and is not used to judge quality.)

Only this module touches mediapipe, and only when a model is really loaded.
"""

import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.errors import WeightsCorrupt, WeightsMissing
from vision.photo import Photo

WEIGHTS_DIR: Final = Path(__file__).parent / "weights"
WORK_SIDE_PX: Final = 960
"""Longer side that larger photos are reduced to before they are shown to the model, pixels.

The model looks at a 256-pixel crop of the person; reducing with area averaging first
avoids the aliasing of its own bilinear crop and makes big phone photos no slower.
"""
ALIGN_PX: Final = 16
"""Pictures are padded to a multiple of this before they are shown to the model, pixels."""
MAX_PEOPLE: Final = 3
"""People looked for in each pass: the person tested, a therapist, one more."""
MIN_CONFIDENCE: Final = 0.3
"""Detection and presence threshold handed to the model, 0–1. Low: the passes vote later."""


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


@dataclass(frozen=True, slots=True)
class Transform:
    """How the photo was shown to the model: mirrored left–right first, then turned.

    Attributes
    ----------
    quarter_turns : int
        Counter-clockwise turns by 90°, 0–3.
    mirrored : bool
        Whether the photo was mirrored left–right before turning.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a transformed, contiguous copy of a picture of shape (H, W, 3)."""
        shown = pixels[:, ::-1] if self.mirrored else pixels
        return np.array(np.rot90(shown, self.quarter_turns), order="C")

    def undo(self, points: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
        """Map points, shape (N, 2), of the transformed picture back to the original one.

        ``width`` and ``height`` are those of the original, in the unit of the points.
        """
        x, y = points[:, 0], points[:, 1]
        x, y = (
            (x, y),
            (width - y, x),
            (width - x, height - y),
            (y, height - x),
        )[self.quarter_turns % 4]
        return np.column_stack((width - x if self.mirrored else x, y))

    def undo_picture(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn a picture of shape (h, w) back to the original's orientation."""
        upright = np.rot90(picture, -self.quarter_turns)
        return np.ascontiguousarray(upright[:, ::-1] if self.mirrored else upright)


FULL_ENSEMBLE: Final = tuple(
    Transform(turns, mirror) for turns in range(4) for mirror in (False, True)
)
"""All quarter turns × mirror. Closed under mirroring: a mirrored photo mirrors the result."""
FAST_ENSEMBLE: Final = FULL_ENSEMBLE[:4]
"""Upright and a quarter turn, both also mirrored."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person as one pass saw them, in pixels of the upright photo.

    Attributes
    ----------
    points_px : ndarray of float64, shape (33, 2)
        BlazePose landmarks, x right, y down; may lie outside the photo.
    depth_px : ndarray of float64, shape (33,)
        The model's relative depth, smaller is nearer the camera; a hint only.
    silhouette : ndarray of float32, shape (h, w), or None
        Chance 0–1 that a pixel belongs to the person. It covers the whole upright photo,
        usually at a lower resolution. None if the estimator offers none.
    """

    points_px: NDArray[np.float64]
    depth_px: NDArray[np.float64]
    silhouette: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class PosePass:
    """What the model saw in one transformed copy: nobody, one person or several."""

    transform: Transform
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Name and SHA-256 of the model that produced the landmarks."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pose:
    """All passes over one photo, and the model behind them."""

    passes: tuple[PosePass, ...]
    model: ModelInfo


class PoseEstimator(Protocol):
    """What a pose model must offer; the ensemble, the geometry and the rest are ours."""

    @property
    def model(self) -> ModelInfo:
        """Name and sum of the model, for provenance."""

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        """Find people in an RGB picture of shape (H, W, 3), in that picture's pixels."""


def estimate_pose(
    photo: Photo, estimator: PoseEstimator, transforms: Sequence[Transform] = FULL_ENSEMBLE
) -> Pose:
    """Show the photo to the estimator once per transform and map the answers back.

    Parameters
    ----------
    photo : Photo
        Upright photo of any accepted size; it is reduced, never enlarged, for the model.
    estimator : PoseEstimator
    transforms : sequence of Transform
    """
    work = _working_copy(photo)
    scale = max(photo.width_px, photo.height_px) / max(work.shape[:2])
    padded = _padded(work)
    passes = []
    for transform in transforms:
        found = estimator.detect(transform.apply(padded))
        people = tuple(_map_back(person, transform, padded, work, scale) for person in found)
        passes.append(PosePass(transform, people))
    return Pose(tuple(passes), estimator.model)


def _working_copy(photo: Photo) -> NDArray[np.uint8]:
    factor = WORK_SIDE_PX / max(photo.width_px, photo.height_px)
    if factor >= 1:
        return photo.pixels
    size = (round(photo.width_px * factor), round(photo.height_px * factor))
    return np.asarray(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _padded(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the last row and column up to a multiple of 16 pixels.

    MediaPipe aborts the whole process when a silhouette's rows are not 16-byte aligned.
    """
    height, width = pixels.shape[:2]
    extra = ((0, -height % ALIGN_PX), (0, -width % ALIGN_PX), (0, 0))
    return np.pad(pixels, extra, mode="edge")


def _map_back(
    person: Person,
    transform: Transform,
    shown: NDArray[np.uint8],
    work: NDArray[np.uint8],
    scale: float,
) -> Person:
    height, width = shown.shape[:2]
    points = transform.undo(person.points_px, width, height) * scale
    depth = person.depth_px * scale
    if transform.mirrored:  # in a mirrored picture the model calls the left hip the right one
        points, depth = points[MIRRORED_ORDER], depth[MIRRORED_ORDER]
    silhouette = person.silhouette
    if silhouette is not None:
        silhouette = transform.undo_picture(silhouette)[: work.shape[0], : work.shape[1]]
    return Person(points, depth, silhouette)


Variant = Literal["heavy", "full"]


class MediaPipeEstimator:
    """BlazePose GHUM through MediaPipe's PoseLandmarker, loaded on first use.

    Thread-safe: calls are serialised by a lock. Creating a landmarker keeps about 1 MB
    each time, so make one and reuse it. Close it, or use it as a context manager: an
    open landmarker prints a traceback when the interpreter ends.
    """

    def __init__(self, variant: Variant = "heavy", weights_dir: Path = WEIGHTS_DIR) -> None:
        name = f"pose_landmarker_{variant}"
        self._path = weights_dir / f"{name}.task"
        self._model = ModelInfo(name, verify_weights(self._path))
        self._lock = threading.Lock()
        self._landmarker: Any = None
        self._spoken = False

    @property
    def model(self) -> ModelInfo:
        """Name and sum of the weights, checked when the estimator was made."""
        return self._model

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        """Find up to three people in an RGB picture; see :class:`PoseEstimator`."""
        with self._lock:
            # The C++ side writes its start-up remarks to file descriptor 2 until the
            # first person was found; after that it is silent.
            with contextlib.nullcontext() if self._spoken else _silenced_stderr():
                found = self._detect(pixels)
            self._spoken = self._spoken or bool(found)
        return found

    def _detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        mp = _import_mediapipe()
        if self._landmarker is None:
            self._landmarker = _create_landmarker(self._path)
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(pixels))
        result = self._landmarker.detect(image)
        height, width = pixels.shape[:2]
        size = np.array([width, height, width], np.float64)  # depth is in units of the width
        people = []
        masks = result.segmentation_masks or ()  # None when nobody was found
        for landmarks, mask in zip(result.pose_landmarks, masks, strict=True):
            xyz = np.array([(mark.x, mark.y, mark.z) for mark in landmarks]) * size
            silhouette = np.array(mask.numpy_view(), np.float32).reshape(height, width)
            people.append(Person(xyz[:, :2], xyz[:, 2], silhouette))
        return tuple(people)

    def close(self) -> None:
        """Free the model; a later call loads it again."""
        with self._lock:
            landmarker, self._landmarker = self._landmarker, None
            if landmarker is not None:
                with contextlib.suppress(RuntimeError):  # its thread pool may be gone at exit
                    landmarker.close()

    def __enter__(self) -> Self:
        """Return the estimator itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the model."""
        self.close()


def _import_mediapipe() -> Any:
    """Import mediapipe, which is slow, without the sound library it does not need here.

    ``sounddevice`` searches for PortAudio at import by running the compiler, which writes
    temporary files; mediapipe goes without it when its import fails.
    """
    if "mediapipe" not in sys.modules and "sounddevice" not in sys.modules:
        sys.modules["sounddevice"] = None  # type: ignore[assignment]  # makes its import fail
        try:
            import mediapipe
        finally:
            del sys.modules["sounddevice"]
    else:
        import mediapipe
    return mediapipe


def _create_landmarker(path: Path) -> Any:
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions, RunningMode

    return PoseLandmarker.create_from_options(
        PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(path)),
            running_mode=RunningMode.IMAGE,
            num_poses=MAX_PEOPLE,
            min_pose_detection_confidence=MIN_CONFIDENCE,
            min_pose_presence_confidence=MIN_CONFIDENCE,
            output_segmentation_masks=True,
        )
    )


@contextlib.contextmanager
def _silenced_stderr() -> Iterator[None]:
    """Point file descriptor 2 at nothing; MediaPipe offers no other way to be quiet."""
    sys.stderr.flush()
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@cache
def verify_weights(path: Path) -> str:
    """Return the SHA-256 of a model file after comparing it with ``SHA256SUMS`` beside it.

    Raises
    ------
    WeightsMissing
        If the file or its line in ``SHA256SUMS`` is not there.
    WeightsCorrupt
        If the sums differ.
    """
    sums = path.parent / "SHA256SUMS"
    if not path.is_file() or not sums.is_file():
        raise WeightsMissing(f"{path.name} or its SHA256SUMS is not in the installed package.")
    lines = (line.split() for line in sums.read_text("ascii").splitlines() if line.strip())
    expected = {name: digest for digest, name in lines}.get(path.name)
    if expected is None:
        raise WeightsMissing(f"SHA256SUMS has no line for {path.name}.")
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != expected:
        raise WeightsCorrupt(f"{path.name} has SHA-256 {actual[:12]}…, expected {expected[:12]}….")
    return actual
