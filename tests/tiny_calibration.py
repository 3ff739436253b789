"""A calibration small enough to be worked out by hand, and inputs for it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.calibration import Calibration, CalibrationInput

Floats = NDArray[np.float64]

BASES = {"image_thigh": 0.5, "image_knee": 1.5, "camera_thigh": 0.25, "camera_knee": 0.125}
LOW, HIGH = (-30.0, 100.0, 20.0), (15.0, 170.0, 110.0)
"""The angles of imaginary training photos: tested thigh, hugged thigh, knee."""


def trees(base: float) -> dict[str, Floats]:
    """Two trees over eleven inputs, five nodes each.

    The first: input 0 ≤ 1 → +10, else input 2 ≤ 0 → −3, else +5. The second: input 10, the
    side, ≤ 0 → −1, else +1; its last two nodes are never reached.
    """
    itself = [[node, node] for node in range(5)]
    children = [[[1, 2], itself[1], [3, 4], *itself[3:]], [[1, 2], *itself[1:]]]
    return {
        "feature": np.array([[0.0, 0, 2, 0, 0], [10, 0, 0, 0, 0]]),
        "threshold": np.array([[1.0, np.inf, 0, np.inf, np.inf], [0, *[np.inf] * 4]]),
        "children": np.array(children, np.float64),
        "value": np.array([[0.0, 10, 0, -3, 5], [0, -1, 1, 99, 99]]),
        "base": np.array(base),
        "depth": np.array(2.0),
    }


def tiny(**changed: Any) -> Calibration:
    """The calibration, with some of its arrays replaced."""
    arrays = {
        f"{target}_{part}": array
        for target, base in BASES.items()
        for part, array in trees(base).items()
    }
    arrays |= {
        "range_low": np.array(LOW),
        "range_high": np.array(HIGH),
        "side_mean": np.array([1.0, 0.0, 0.0]),
        "side_scale": np.array([2.0, 1.0, 4.0]),
        "side_weights": np.array([1.0, 0.0, 0.5, -0.25]),  # the last one is the intercept
        "edge_mean": np.zeros(3),
        "edge_scale": np.ones(3),
        "edge_weights": np.array([0.0, 0.0, 1.0, 0.0]),
        "side_min_log_odds": np.array(1.0),
        "thigh_log_sigma": np.array([0.0, np.log(0.5), 0.1, 0.0]),
        "knee_log_sigma": np.array([np.log(2.0), 0.0, 0.0, 0.2]),
        "plain_thigh_log_sigma": np.array([np.log(6.0), np.log(0.5), 0.0, 0.0]),
        "plain_knee_log_sigma": np.array([np.log(8.0), 0.0, 0.0, 0.0]),
    }
    return Calibration("tiny-1", arrays | changed)


FOUND = CalibrationInput(
    landmarks=np.array([0.0, 0.0]),
    silhouette=np.array([0.0, 0.0]),
    edges=np.zeros(3),
    camera=np.zeros(2),
    spread_deg=np.zeros(2),
    near_vote=1.0,
    thigh_deg=-10.0,
    knee_flexion_deg=80.0,
    perspective_deg=np.zeros(2),
    levelled_deg=np.array([-10.0, 130.0, 80.0]),
)
"""A photo in the middle of the training photos."""


def found(**changed: Any) -> CalibrationInput:
    """That photo, with something else about it."""
    return replace(FOUND, **changed)


def outside(degrees: float) -> CalibrationInput:
    """A photo whose knee is bent that much more than in any training photo."""
    return found(levelled_deg=np.array([-10.0, 130.0, HIGH[2] + degrees]))
