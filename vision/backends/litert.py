"""BlazePose GHUM on LiteRT: the networks of :mod:`vision.backends.mediapipe`, without MediaPipe.

Detector and landmark network come from the same ``.task`` files, and run on ``ai-edge-litert``
(extra ``[litert]``), which only this module imports. MediaPipe's pre- and postprocessing is
reimplemented here and in :mod:`vision.backends.regions`. It follows the published settings of
MediaPipe's graph (``tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc``), so
that landmarks agree; ``benchmarks/results/backends.md`` shows how closely.

Not the default. Pass it to :func:`vision.measure` as ``estimator``.
"""

import threading
import zipfile
from pathlib import Path
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.backends.mediapipe import (
    MAX_PEOPLE,
    MIN_CONFIDENCE,
    WEIGHTS_DIR,
    Variant,
    silenced_stderr,
    verify_weights,
)
from vision.backends.regions import DETECTOR_CELLS, Region, body_region, decode, logistic, merge
from vision.errors import InvalidOption
from vision.pose import LANDMARKS, ModelInfo, Person

DETECTOR: Final = "pose_detector.tflite"
LANDMARKER: Final = "pose_landmarks_detector.tflite"
CELLS: Final = 256
"""Side of the landmark network's input and of its silhouette."""
VALUES: Final = 5
"""Values per landmark: x, y, depth, visibility, presence; cells and logits."""
REFINED_WITHIN: Final = 3
"""Radius in heatmap cells within which a landmark is moved to the centroid of its heatmap."""
MIN_HEAT: Final = 0.5
"""If no value of the heatmap in that area reaches this, the landmark is not moved."""


class LiteRTEstimator:
    """BlazePose GHUM on LiteRT, loaded on first use; one thread per call.

    Thread-safe: calls are serialised by a lock. ``model`` contains the hash of the weights, by
    which the calibration is found, and a name that distinguishes it from MediaPipe.
    """

    def __init__(self, variant: Variant = "heavy", weights_dir: Path = WEIGHTS_DIR) -> None:
        name = f"pose_landmarker_{variant}"
        self._path = weights_dir / f"{name}.task"
        self._model = ModelInfo(f"{name}@litert", verify_weights(self._path))
        self._lock = threading.Lock()
        self._networks: dict[str, Any] = {}

    @property
    def model(self) -> ModelInfo:
        """Name and hash of the weights, verified when the estimator was created."""
        return self._model

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        """Find up to three people in an RGB picture; see :class:`PoseEstimator`.

        Raises
        ------
        InvalidOption
            If ``ai-edge-litert`` is not installed.
        """
        height, width = pixels.shape[:2]
        shown = Region.around(width, height)
        with self._lock:
            if not self._networks:
                self._networks = _load(self._path)
            picture = cut_out(pixels, shown, DETECTOR_CELLS, border=cv2.BORDER_CONSTANT)
            raw, logits = self._run(DETECTOR, picture / np.float32(127.5) - 1)[:2]
            boxes = merge(*decode(raw, logits.ravel(), MIN_CONFIDENCE))[:MAX_PEOPLE]
            seen = [self._look(pixels, body_region(box, shown)) for box in boxes]
        return tuple(person for person in seen if person is not None)

    def _look(self, pixels: NDArray[np.uint8], region: Region) -> Person | None:
        """Find the landmarks of the person in a region; None if it contains nobody."""
        picture = cut_out(pixels, region, CELLS, border=cv2.BORDER_REPLICATE)
        marks, presence, outline, heat, _ = self._run(LANDMARKER, picture / np.float32(255))
        if presence.item() <= MIN_CONFIDENCE:
            return None
        cells = marks.reshape(-1, VALUES)[:, :3].astype(np.float64)
        cells[:, :2] = refined(cells[:, :2], heat)
        matrix = region.to_picture(CELLS)
        points = cells[:LANDMARKS, :2] @ matrix[:, :2].T + matrix[:, 2]
        silhouette = cv2.warpAffine(
            logistic(outline[:, :, 0]), matrix, pixels.shape[1::-1], flags=cv2.INTER_LINEAR
        )
        depth = cells[:LANDMARKS, 2] * region.side_px / CELLS
        return Person(points, depth, np.asarray(silhouette, np.float32))

    def _run(self, name: str, picture: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        network = self._networks[name]
        network.set_tensor(network.get_input_details()[0]["index"], picture[None])
        network.invoke()
        outputs = network.get_output_details()
        return [network.get_tensor(one["index"])[0] for one in outputs]

    def close(self) -> None:
        """Free the networks; a later call loads them again."""
        with self._lock:
            self._networks = {}

    def __enter__(self) -> Self:
        """Return the estimator itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the networks."""
        self.close()


def cut_out(
    pixels: NDArray[np.uint8], region: Region, cells: int, *, border: int
) -> NDArray[np.float32]:
    """Resample a region to a square picture with that many cells per side, 0–255.

    Sampling and reading of the networks' output follow MediaPipe: a cell represents its upper left
    corner, not its centre, and coordinates are rounded to 1/32 pixel. The latter is the behaviour
    of OpenCV up to version 4; without it, landmarks differ by half a pixel.
    """
    column, row = np.meshgrid(np.arange(cells), np.arange(cells))
    (xx, xy, x0), (yx, yy, y0) = region.to_picture(cells)
    x = (xx * column + xy * row + x0).astype(np.float32)
    y = (yx * column + yy * row + y0).astype(np.float32)
    whole, thirty_seconds = cv2.convertMaps(x, y, cv2.CV_16SC2)
    part = cv2.remap(pixels, whole, thirty_seconds, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(part, np.float32)


def refined(points: NDArray[np.float64], heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Move points to the centroid of their heatmaps nearby.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
        In cells of the network's input.
    heat : ndarray, shape (h, w, N)
        Logits of the position of each point.

    Returns
    -------
    ndarray, shape (N, 2)
        Points outside the heatmap, or where it is unsure, are unchanged.
    """
    moved = points.copy()
    height, width = heat.shape[:2]
    size = np.array([width, height])
    for number, (column, row) in enumerate(np.trunc(points / CELLS * size).astype(int)):
        if not (0 <= column < width and 0 <= row < height):
            continue
        left, top = max(0, column - REFINED_WITHIN), max(0, row - REFINED_WITHIN)
        near = heat[top : row + REFINED_WITHIN + 1, left : column + REFINED_WITHIN + 1, number]
        weights = logistic(near)
        if weights.max() < MIN_HEAT:
            continue
        middle = (
            weights.sum(axis=0) @ np.arange(weights.shape[1]),
            weights.sum(axis=1) @ np.arange(weights.shape[0]),
        )
        moved[number] = (np.array(middle) / weights.sum() + [left, top]) / size * CELLS
    return moved


def _load(path: Path) -> dict[str, Any]:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError as error:
        raise InvalidOption(
            "LiteRT is not installed: pip install 'thomas-test[litert]'."
        ) from error
    networks = {}
    with zipfile.ZipFile(path) as bundle, silenced_stderr():  # it announces its CPU delegate
        for name in (DETECTOR, LANDMARKER):
            networks[name] = Interpreter(model_content=bundle.read(name), num_threads=1)
            networks[name].allocate_tensors()
    return networks
