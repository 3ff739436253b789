"""Convert the output of BlazePose's person detector to the rotated squares for its landmark model.

Needed only if the two networks run without MediaPipe (:mod:`vision.backends.litert`). The rules are
those with which the networks were trained, published as MediaPipe's graph settings
(github.com/google-ai-edge/mediapipe: ``tasks/cc/vision/pose_detector/pose_detector_graph.cc``
and the calculators it names) and in Bazarevsky et al., BlazePose, arXiv:2006.10204, section 2.2.

Frame: pixels of the picture shown, x right, y down. Inside a region, cells, likewise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

DETECTOR_CELLS: Final = 224
"""Side of the detector's input."""
STRIDES: Final = ((8, 2), (16, 2), (32, 6))
"""Cells per anchor, and boxes at each: three layers share the coarsest grid."""
MIN_OVERLAP: Final = 0.5
"""Boxes with a larger overlap (intersection over union) belong to the same person."""
MARGIN: Final = 1.25
"""Side of the region, in diameters of the circle that contains the whole person."""
MAX_APART: Final = 0.1
"""Two searches agree on a person if the centres of their regions are at most this far apart, in
sides of the larger one; if the larger is at most ..."""
MAX_LARGER: Final = 1.35
"""... this many times as large; and if they are turned by at most ..."""
MAX_TURNED: Final = math.radians(20)
"""... this much against each other, radians. With these limits, 118 of 120
training renders share their search; of two searches, 95 % differ by less than 0.04 sides, a factor
of 1.15 and 7°."""
HIPS, WHOLE_BODY = slice(4, 6), slice(6, 8)
"""Indices in the values of a box: midpoint of the hips; a point on the circle around the person,
above the head if the body is upright."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rotated square of a picture; may extend beyond it.

    Attributes
    ----------
    centre_px : tuple of float
    side_px : float
    turn : float
        Radians, clockwise on screen, from the picture's upright to the region's.
    """

    centre_px: tuple[float, float]
    side_px: float
    turn: float = 0.0

    @classmethod
    def around(cls, width_px: int, height_px: int) -> Self:
        """Return the smallest square around a whole picture."""
        return cls((width_px / 2, height_px / 2), float(max(width_px, height_px)))

    def to_picture(self, cells: int) -> NDArray[np.float64]:
        """Return the 2 × 3 matrix from the cells of the region to picture pixels."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        step = np.array([[cos, -sin], [sin, cos]]) * self.side_px / cells
        corner = np.array(self.centre_px) - step @ np.full(2, cells / 2)
        return np.column_stack((step, corner))

    def moved(self, matrix: NDArray[np.float64]) -> Self:
        """Return the region after a turn, with or without a mirroring, by a 2 × 3 matrix.

        Its content is shown mirrored if the matrix mirrors: a region itself cannot be mirrored.
        """
        up = matrix[:, :2] @ [math.sin(self.turn), -math.cos(self.turn)]
        x, y = matrix[:, :2] @ self.centre_px + matrix[:, 2]
        turn = math.atan2(up[0], -up[1])
        return type(self)((float(x), float(y)), self.side_px, turn)

    def agrees(self, other: Self) -> bool:
        """Whether both can be the region of the same person."""
        small, large = sorted((self.side_px, other.side_px))
        turned = math.remainder(self.turn - other.turn, math.tau)
        return (
            math.dist(self.centre_px, other.centre_px) <= MAX_APART * large
            and large <= MAX_LARGER * small
            and abs(turned) <= MAX_TURNED
        )


def same_person(one: Sequence[Region], other: Sequence[Region]) -> bool:
    """Whether two searches agree on the person whom each is most certain of."""
    return bool(one) and bool(other) and one[0].agrees(other[0])


@cache
def anchors() -> NDArray[np.float64]:
    """Return the anchor points of the boxes, shape (2254, 2); unit: side of the input."""
    grids = []
    for stride, boxes in STRIDES:
        centres = (np.arange(DETECTOR_CELLS // stride) + 0.5) * stride / DETECTOR_CELLS
        y, x = np.meshgrid(centres, centres, indexing="ij")
        grids.append(np.repeat(np.column_stack((x.ravel(), y.ravel())), boxes, axis=0))
    return np.concatenate(grids)


def decode(
    raw: NDArray[np.float32], logits: NDArray[np.float32], min_score: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Decode the detector's output to boxes, best first.

    Parameters
    ----------
    raw : ndarray, shape (2254, 12)
        Centre, size and four points of each box in cells, all but the size from its anchor.
    logits : ndarray, shape (2254,)
        Before the logistic function.
    min_score : float
        Boxes below are dropped, 0–1.

    Returns
    -------
    boxes : ndarray, shape (N, 12)
        The same order of values; unit: the input's side.
    scores : ndarray, shape (N,)
    """
    scores = logistic(logits.astype(np.float64))
    boxes = raw.astype(np.float64) / DETECTOR_CELLS
    boxes[:, :2] += anchors()
    boxes[:, 4:] += np.tile(anchors(), 4)
    kept = np.flatnonzero((scores >= min_score) & (boxes[:, 2:4] >= 0).all(axis=1))
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    return boxes[kept], scores[kept]


def logistic(logits: NDArray[Any]) -> NDArray[Any]:
    """Return probabilities, 0–1, by the hyperbolic tangent, which cannot overflow."""
    return np.asarray((1 + np.tanh(logits / 2)) / 2)


def merge(boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one box per person, best first: the weighted mean of all that overlap the best."""
    merged = []
    while len(boxes):
        same = overlap(boxes, boxes[0]) > MIN_OVERLAP
        same[0] = True  # a box without area overlaps nothing, itself included
        merged.append(np.average(boxes[same], axis=0, weights=scores[same]))
        boxes, scores = boxes[~same], scores[~same]
    return np.array(merged).reshape(-1, 12)


def overlap(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union of boxes (N, ≥ 4: centre, size) with one."""
    low = np.maximum(boxes[:, :2] - boxes[:, 2:4] / 2, box[:2] - box[2:4] / 2)
    high = np.minimum(boxes[:, :2] + boxes[:, 2:4] / 2, box[:2] + box[2:4] / 2)
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    union = np.prod(boxes[:, 2:4], axis=1) + np.prod(box[2:4]) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def body_region(box: NDArray[np.float64], shown: Region) -> Region:
    """Return the square around one person, rotated so that the body is upright in it.

    Parameters
    ----------
    box : ndarray, shape (12,)
        As returned by :func:`merge`.
    shown : Region
        Region on which the detector ran.
    """
    matrix = shown.to_picture(1)
    hips, edge = (matrix[:, :2] @ box[point] + matrix[:, 2] for point in (HIPS, WHOLE_BODY))
    right, down = edge - hips
    turn = math.atan2(right, -down)  # 0 if the point on the circle is straight above
    return Region((float(hips[0]), float(hips[1])), 2 * MARGIN * math.hypot(right, down), turn)
