"""BlazePose GHUM through MediaPipe's PoseLandmarker; the only module that imports mediapipe.

The model files are in ``vision/weights`` and are verified by their SHA-256 hashes before they are
loaded. mediapipe itself is imported when the first photo is measured.
"""

import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vision.errors import WeightsCorrupt, WeightsMissing
from vision.pose import ModelInfo, Person
from vision.sentences import Sentence

WEIGHTS_DIR: Final = Path(__file__).parents[1] / "weights"
MAX_PEOPLE: Final = 3
"""Largest number of people searched in each pass: the tested person, a therapist, one more."""
MIN_CONFIDENCE: Final = 0.3
"""Detection and presence threshold of the model, 0–1. It is low because the passes vote later."""


Variant = Literal["heavy", "full"]


class MediaPipeEstimator:
    """BlazePose GHUM through MediaPipe's PoseLandmarker, loaded on first use.

    Thread-safe: calls are serialised by a lock. Each landmarker leaks about 1 MB, so create one and
    reuse it. Close it, or use it as a context manager: an open landmarker prints a traceback when
    the interpreter exits.
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
        """Name and hash of the weights, verified when the estimator was created."""
        return self._model

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        """Find up to three people in an RGB picture; see :class:`PoseEstimator`."""
        with self._lock:
            # The C++ code writes its start-up messages to file descriptor 2 until the
            # first person was found; after that it is silent.
            with contextlib.nullcontext() if self._spoken else silenced_stderr():
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
        masks = result.segmentation_masks or ()  # None if nobody was found
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
                try:
                    landmarker.close()
                except RuntimeError:
                    # At exit its thread pool may already be gone; without this, its
                    # destructor would close it once more and print a traceback.
                    landmarker._handle = None

    def __enter__(self) -> Self:
        """Return the estimator itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the model."""
        self.close()


def model_info(variant: Variant) -> ModelInfo:
    """Return name and hash of a pose model without loading it.

    Raises
    ------
    WeightsMissing, WeightsCorrupt
        If its file is missing or differs from the installed one.
    """
    name = f"pose_landmarker_{variant}"
    return ModelInfo(name, verify_weights(WEIGHTS_DIR / f"{name}.task"))


def _import_mediapipe() -> Any:
    """Import mediapipe, which is slow, without the sound library, which is not needed here.

    On import, ``sounddevice`` searches for PortAudio by running the compiler, which writes
    temporary files. If its import fails, mediapipe continues without it.
    """
    if "mediapipe" not in sys.modules and "sounddevice" not in sys.modules:
        sys.modules["sounddevice"] = None  # type: ignore[assignment]  # makes the import fail
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


class _Silence:
    """Redirects file descriptor 2 to /dev/null while any thread needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._saved = -1

    def start(self) -> None:
        with self._lock:
            self._wanted += 1
            if self._wanted == 1:
                sys.stderr.flush()
                self._saved = os.dup(2)
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, 2)
                os.close(null)

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0:
                os.dup2(self._saved, 2)
                os.close(self._saved)


_SILENCE: Final = _Silence()


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Redirect file descriptor 2 to /dev/null; MediaPipe and LiteRT cannot be silenced otherwise.

    Threads may overlap: the last one to leave restores it.
    """
    _SILENCE.start()
    try:
        yield
    finally:
        _SILENCE.end()


@cache
def verify_weights(path: Path) -> str:
    """Return the SHA-256 of a model file after comparing it with ``SHA256SUMS`` beside it.

    Raises
    ------
    WeightsMissing
        If the file or its line in ``SHA256SUMS`` is missing.
    WeightsCorrupt
        If the hashes differ.
    """
    sums = path.parent / "SHA256SUMS"
    if not path.is_file() or not sums.is_file():
        raise WeightsMissing(
            Sentence("{name} or its SHA256SUMS is not in the installed package.", name=path.name)
        )
    lines = (line.split() for line in sums.read_text("ascii").splitlines() if line.strip())
    expected = {name: digest for digest, name in lines}.get(path.name)
    if expected is None:
        raise WeightsMissing(Sentence("SHA256SUMS has no line for {name}.", name=path.name))
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != expected:
        raise WeightsCorrupt(
            Sentence(
                "{name} has SHA-256 {actual}…, expected {expected}….",
                name=path.name,
                actual=actual[:12],
                expected=expected[:12],
            )
        )
    return actual
