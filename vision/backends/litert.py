"""BlazePose GHUM on LiteRT: the networks of :mod:`vision.backends.mediapipe`, without MediaPipe.

Detector and landmark network come from the same ``.task`` files; :mod:`vision.backends.networks`
runs them. MediaPipe's pre- and postprocessing is reimplemented here and in
:mod:`vision.backends.regions`. It follows the published settings of MediaPipe's graph
(``tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc``), so that landmarks agree;
``benchmarks/results/backends.md`` shows how closely.

MediaPipe has to search the person in each transformed copy of a photo. Here, two of four searches
suffice, and no copy is made: the networks' inputs are cut out of the upright picture.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.backends.networks import DETECTOR, LANDMARKER, OUTLINE, SEEN, Network, load_networks
from vision.backends.regions import (
    DETECTOR_CELLS,
    Region,
    body_region,
    decode,
    logistic,
    merge,
    same_person,
)
from vision.backends.weights import (
    MAX_PEOPLE,
    MIN_CONFIDENCE,
    WEIGHTS_DIR,
    Variant,
    verify_weights,
)
from vision.pose import LANDMARKS, ModelInfo, Person
from vision.transforms import Transform

CELLS: Final = 256
"""Side of the landmark network's input and of its silhouette."""
VALUES: Final = 5
"""Values per landmark: x, y, depth, visibility, presence; cells and logits."""
REFINED_WITHIN: Final = 3
"""Radius in heatmap cells within which a landmark is moved to the centroid of its heatmap."""
MIN_HEAT: Final = 0.5
"""If no value of the heatmap in that area reaches this, the landmark is not moved."""

SEARCHES: Final = 2
"""Copies that are searched if the search is shared: the first ones, a picture and its mirror
image."""

Matrix = NDArray[np.float64]
"""2 × 3, of an affine map."""
Regions = tuple[Region, ...]


class _Copy(NamedTuple):
    """A transformed copy of a picture, without making it."""

    pixels: NDArray[np.uint8]
    transform: Transform

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the copy, pixels."""
        height, width = self.pixels.shape[:2]
        return (height, width) if self.transform.quarter_turns % 2 else (width, height)

    @property
    def to_picture(self) -> Matrix:
        """From coordinates in the copy to those in the picture."""
        height, width = self.pixels.shape[:2]
        return self.transform.to_original(width, height)

    def pixels_of(self, region: Region, cells: int) -> Matrix:
        """From cells of a region of the copy to columns and rows of the picture."""
        height, width = self.pixels.shape[:2]
        to_picture = self.transform.to_original(width - 1, height - 1)
        return after(to_picture, region.to_picture(cells))


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
        self._networks: dict[str, Network] = {}

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
        (people,) = self.detect_turned(pixels, (Transform(),))
        return people

    def detect_turned(
        self,
        pixels: NDArray[np.uint8],
        transforms: Sequence[Transform],
        *,
        share_search: bool = False,
        silhouettes: bool = True,
    ) -> tuple[tuple[Person, ...], ...]:
        """Find up to three people in each transformed copy; see :class:`TurningEstimator`.

        A shared search takes place in the first two copies. The others use their regions, and
        draw no silhouettes. If the two searches do not agree on the person, each copy is searched
        by itself.

        Raises
        ------
        InvalidOption
            If ``ai-edge-litert`` is not installed.
        """
        copies = [_Copy(pixels, one) for one in transforms]
        with self._lock:
            if not self._networks:
                self._networks = load_networks(self._path)
            regions = [self._search(copy) for copy in copies[:SEARCHES]]
            lent = lend(copies, regions) if share_search else ()
            regions += lent or [self._search(copy) for copy in copies[SEARCHES:]]
            return tuple(
                self._people(copy, found, silhouettes=silhouettes and not (lent and i >= SEARCHES))
                for i, (copy, found) in enumerate(zip(copies, regions, strict=True))
            )

    def _people(self, copy: _Copy, regions: Regions, *, silhouettes: bool) -> tuple[Person, ...]:
        seen = (self._look(copy, region, silhouette=silhouettes) for region in regions)
        return tuple(person for person in seen if person is not None)

    def _search(self, copy: _Copy) -> Regions:
        """Find the regions of up to three people in a copy."""
        shown = Region.around(*copy.size)
        matrix = copy.pixels_of(shown, DETECTOR_CELLS)
        picture = cut_out(copy.pixels, matrix, DETECTOR_CELLS, border=cv2.BORDER_CONSTANT)
        network = self._networks[DETECTOR]
        network.run(picture / np.float32(127.5) - 1)
        raw, logits = network.outputs(0, 2)
        boxes = merge(*decode(raw, logits.ravel(), MIN_CONFIDENCE))[:MAX_PEOPLE]
        return tuple(body_region(box, shown) for box in boxes)

    def _look(self, copy: _Copy, region: Region, *, silhouette: bool) -> Person | None:
        """Find the landmarks of the person in a region; None if it contains nobody."""
        matrix = copy.pixels_of(region, CELLS)
        picture = cut_out(copy.pixels, matrix, CELLS, border=cv2.BORDER_REPLICATE)
        network = self._networks[LANDMARKER]
        network.run(picture / np.float32(255))
        marks, presence, heat = network.outputs(0, len(SEEN))
        if presence.item() <= MIN_CONFIDENCE:
            return None
        cells = marks.reshape(-1, VALUES)[:LANDMARKS, :3].astype(np.float64)
        cells[:, :2] = refined(cells[:, :2], heat)
        to_picture = after(copy.to_picture, region.to_picture(CELLS))
        points = cells[:, :2] @ to_picture[:, :2].T + to_picture[:, 2]
        depth = cells[:, 2] * region.side_px / CELLS
        if not silhouette:
            return Person(points, depth)
        outline_network = self._networks[OUTLINE]
        outline_network.run(*network.outputs(len(SEEN)))
        (outline,) = outline_network.outputs()
        drawn = cv2.warpAffine(
            logistic(outline[:, :, 0]), matrix, copy.pixels.shape[1::-1], flags=cv2.INTER_LINEAR
        )
        return Person(points, depth, np.asarray(drawn, np.float32))

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


def lend(copies: Sequence[_Copy], regions: Sequence[Regions]) -> list[Regions]:
    """Return the regions of copies that were not searched, from two that were.

    Each uses the regions found in the other mirror image. Its own would show the network the same
    pixels again.

    Returns
    -------
    list of tuple of Region
        One for each copy after the first two; empty if these do not agree on the person.
    """
    own, mirrored = (
        tuple(one.moved(copy.to_picture) for one in found)
        for copy, found in zip(copies, regions, strict=False)
    )
    if not same_person(own, mirrored):
        return []
    by_side = {copies[0].transform.mirrored: mirrored, copies[1].transform.mirrored: own}
    return [
        tuple(one.moved(inverse(copy.to_picture)) for one in by_side[copy.transform.mirrored])
        for copy in copies[SEARCHES:]
    ]


def after(second: Matrix, first: Matrix) -> Matrix:
    """Return the map that applies one 2 × 3 matrix, and then another."""
    turned = second[:, :2] @ first
    turned[:, 2] += second[:, 2]
    return turned


def inverse(matrix: Matrix) -> Matrix:
    """Return the map that undoes a 2 × 3 matrix."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.column_stack((turn, -turn @ matrix[:, 2]))


def cut_out(
    pixels: NDArray[np.uint8], matrix: Matrix, cells: int, *, border: int
) -> NDArray[np.float32]:
    """Resample part of a picture to a square with that many cells per side, 0–255.

    ``matrix`` maps columns and rows of the square to those of the picture. Sampling and reading of
    the networks' output follow MediaPipe: a cell represents its upper left corner, not its centre,
    and coordinates are rounded to 1/32 pixel. The latter is the behaviour of OpenCV up to
    version 4; without it, landmarks differ by half a pixel.
    """
    (xx, xy, x0), (yx, yy, y0) = matrix
    step = np.arange(cells)
    x = np.add.outer(xy * step + x0, xx * step).astype(np.float32)
    y = np.add.outer(yy * step + y0, yx * step).astype(np.float32)
    whole, thirty_seconds = cv2.convertMaps(x, y, cv2.CV_16SC2)
    part = cv2.remap(pixels, whole, thirty_seconds, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(part, np.float32)


def refined(points: NDArray[np.float64], heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Move points to the centroid of their heatmaps nearby.

    Parameters
    ----------
    points : ndarray, shape (N, 2)
        In cells of the network's input.
    heat : ndarray, shape (h, w, ≥ N)
        Logits of the position of each point.

    Returns
    -------
    ndarray, shape (N, 2)
        Points outside the heatmap, or where it is unsure, are unchanged.
    """
    height, width = heat.shape[:2]
    size, reach = np.array([width, height]), np.arange(-REFINED_WITHIN, REFINED_WITHIN + 1)
    middle = np.trunc(points / CELLS * size).astype(int)
    column, row = (middle[:, axis, None] + reach for axis in (0, 1))
    # Cells around each point, (N, 7, 7); those beyond the heatmap have no weight.
    inside = ((row >= 0) & (row < height))[:, :, None] & ((column >= 0) & (column < width))[:, None]
    near = heat[
        np.clip(row, 0, height - 1)[:, :, None],
        np.clip(column, 0, width - 1)[:, None],
        np.arange(len(points))[:, None, None],
    ]
    weights = logistic(near.astype(np.float64)) * inside
    total = np.maximum(weights.sum(axis=(1, 2)), np.finfo(float).tiny)
    centre = np.column_stack(
        ((weights.sum(axis=1) * column).sum(axis=1), (weights.sum(axis=2) * row).sum(axis=1))
    )
    sure = (weights.max(axis=(1, 2)) >= MIN_HEAT) & ((middle >= 0) & (middle < size)).all(axis=1)
    return np.where(sure[:, None], centre / total[:, None] / size * CELLS, points)
