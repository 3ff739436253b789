"""BlazePose GHUM through MediaPipe's PoseLandmarker; the only module that imports mediapipe.

mediapipe itself is imported when the first photo is measured.
"""

import contextlib
import sys
import threading
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vision.backends.silence import silenced_stderr
from vision.backends.weights import (
    MAX_PEOPLE,
    MIN_CONFIDENCE,
    WEIGHTS_DIR,
    Variant,
    verify_weights,
)
from vision.pose import ModelInfo, Person


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
