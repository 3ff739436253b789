"""A calibration small enough to be worked out by hand, and inputs for it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.calibration import Calibration
from vision.calibration_input import CalibrationInput

Floats = NDArray[np.float64]

BASES = {"image_thigh": 0.5, "image_shank": 1.5, "camera_thigh": 0.25, "camera_shank": 0.125}
"""Of the first make's trees; the second make's are by 100 more."""
LOW, HIGH = (-30.0, 100.0, 20.0), (15.0, 170.0, 110.0)
"""The angles of imaginary training photos: tested thigh, hugged thigh, knee."""
GENERAL = (3.0, -2.0, 0.5, 0.25)
"""What the general correction adds in the middle of the training photos, by target."""
LANDMARKS, OUTLINE = 31, 42
APPEARANCE = LANDMARKS + OUTLINE
SPECIAL = APPEARANCE + 7
POSTURE = APPEARANCE + 5
GENERAL_INPUTS = 14
SECOND_MAKE_AT = 10.0
"""Where the second make's bodies lie by their first landmark; the first make's lie at 0."""
FADE = (1.0, 2.0)
"""Distance to a make, in its standard deviations and per input, at which likeness begins to fade,
and ends."""


def trees(base: float, general: float) -> dict[str, Floats]:
    """Two makes with two trees each, over the first landmark, the first outline and the side.

    The first tree: landmark ≤ 1 → +10, else outline ≤ 0 → −3, else +5. The second: side ≤ 0 → −1,
    else +1; its last two nodes are never reached. The trees of all makes say what the general
    map says in the middle of the training photos, to everybody.
    """
    itself = [[node, node] for node in range(5)]
    children = [[[1, 2], itself[1], [3, 4], *itself[3:]], [[1, 2], *itself[1:]]]
    outline, side = LANDMARKS, SPECIAL - 1
    one = {
        "feature": np.array([[0.0, 0, outline, 0, 0], [side, 0, 0, 0, 0]]),
        "threshold": np.array([[1.0, np.inf, 0, np.inf, np.inf], [0, *[np.inf] * 4]]),
        "children": np.array(children, np.float64),
        "value": np.array([[0.0, 10, 0, -3, 5], [0, -1, 1, 99, 99]]),
    }
    three = {name: np.array([array, array, array]) for name, array in one.items()}
    three["value"][2] = 0.0
    bases = np.array([base, base + 100.0, general])
    return three | {"base": bases, "depth": np.array(2.0)}


def likeness() -> dict[str, Floats]:
    """Only the first landmark tells the makes apart; a deviation of 1 is a distance of 1."""
    precision = np.zeros((APPEARANCE, APPEARANCE))
    precision[0, 0] = APPEARANCE
    mean = np.zeros((2, APPEARANCE))
    mean[1, 0] = SECOND_MAKE_AT
    return {
        "likeness_mean": mean,
        "likeness_scale": np.ones((2, APPEARANCE)),
        "likeness_precision": np.array([precision, precision]),
        "likeness_fade": np.array([FADE, FADE]),
    }


def log_sigma(constant: float, **terms: float) -> Floats:
    """Weights of a standard error's logarithm, by what it depends on."""
    order = ("near", "thigh_spread", "knee_spread", "strange", "bent", "yaw", "unknown_camera")
    return np.array([np.log(constant), *(terms.get(name, 0.0) for name in order)])


def tiny(**changed: Any) -> Calibration:
    """The calibration, with some of its arrays replaced."""
    arrays = {
        f"{target}_{part}": array
        for (target, base), general in zip(BASES.items(), GENERAL, strict=True)
        for part, array in trees(base, general).items()
    }
    arrays |= {f"{target}_weights": np.zeros((2, SPECIAL + 1)) for target in BASES}
    mapped = np.zeros((4, GENERAL_INPUTS + 1))
    mapped[:, -1] = GENERAL
    arrays |= likeness() | {
        "special_mean": np.zeros((2, SPECIAL)),
        "special_scale": np.ones((2, SPECIAL)),
        "general_low": np.full(GENERAL_INPUTS, -3.0),
        "general_high": np.full(GENERAL_INPUTS, 3.0),
        "general_weights": mapped,
        "range_low": np.array(LOW),
        "range_high": np.array(HIGH),
        "side_mean": np.array([1.0, *[0.0] * (POSTURE - 1)]),
        "side_scale": np.array([2.0, *[1.0] * (POSTURE - 2), 4.0]),
        "side_weights": np.array([1.0, *[0.0] * (POSTURE - 2), 0.5, -0.25]),  # and intercept
        "edge_mean": np.zeros(3),
        "edge_scale": np.ones(3),
        "edge_weights": np.array([0.0, 0.0, 1.0, 0.0]),
        "side_min_log_odds": np.array(1.0),
        "thigh_log_sigma": log_sigma(1.0, near=np.log(0.5), thigh_spread=0.1, strange=np.log(3)),
        "knee_log_sigma": log_sigma(2.0, knee_spread=0.2, bent=0.5),
        "shank_log_sigma": log_sigma(1.5, yaw=0.4, unknown_camera=np.log(2)),
    }
    return Calibration("tiny-1", arrays | changed)


def landmarks(first: float = 0.0) -> Floats:
    """Landmarks, all 0 but the first."""
    return np.array([first, *[0.0] * (LANDMARKS - 1)])


def outline(first: float = 0.0) -> Floats:
    """An outline, all 0 but the first."""
    return np.array([first, *[0.0] * (OUTLINE - 1)])


FOUND = CalibrationInput(
    landmarks=landmarks(),
    silhouette=outline(),
    edges=np.zeros(3),
    camera=np.zeros(2),
    spread_deg=np.zeros(2),
    near_vote=1.0,
    thigh_deg=-10.0,
    knee_flexion_deg=50.0,
    perspective_deg=np.full(2, 1e-9),
    levelled_deg=np.array([-10.0, 130.0, 50.0]),
)
"""A photo in the middle of the first make's training photos, its camera known and square."""


def found(**changed: Any) -> CalibrationInput:
    """That photo, with something else about it."""
    return replace(FOUND, **changed)


def outside(degrees: float) -> CalibrationInput:
    """A photo whose thigh hangs that much lower than in any training photo."""
    return found(levelled_deg=np.array([LOW[0] - degrees, 130.0, 50.0]))
