"""Kinds of photo by which the errors on makes left out are told: leg, cloth, skin, camera, light."""

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import OWN, ROCKETBOX, Truth
from benchmarks.extract import Columns

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DARKER_TONE: Final = 4
"""Of the own generator's tones, 0 to 6; of the VALID avatars those called Black."""
DARK_GREY: Final = 70.0
"""Limb and what lies beside it both count as dark below this grey level, 0 to 255."""
BESIDE: Final = (0.3, 0.4)
"""How far from its axis the picture beside a thigh is looked at, thigh lengths."""
WIDE_SPREAD_DEG: Final = 2.0
"""Robust standard deviation of the thigh over the passes: a quarter of the photos lie above."""
SMALL_THIGH_PX: Final = 80.0


def is_dark(truth: Truth) -> bool:
    """Whether the skin is of the darker tones, as the generator has it."""
    if truth.make == OWN:
        return int(truth.details["params"]["look"]["fitz"]) >= DARKER_TONE
    if truth.make == ROCKETBOX:
        return bool(truth.details["dark_skin"])
    return "Black" in truth.person


def wears_trousers(truth: Truth) -> bool:
    """Whether cloth reaches below the knee; the VALID avatars' own shorts do not."""
    if truth.make == OWN:
        return str(truth.details["params"]["clothes"]["bottom"]) in ("long", "leggings")
    return str(truth.details["outfit"]) not in ("Default", "shorts")


def thigh_px(truth: Truth) -> Floats:
    """Hip and knee of the tested leg in the picture, shape (2, 2), pixels."""
    if truth.make == OWN:
        points = truth.details["points"]
        return np.array([points[f"{truth.tested_leg}_{end}"]["uv_px"] for end in ("hip", "knee")])
    return np.array(truth.details["test_leg_sect"]["uv"][:2])


def dark_on_dark(truth: Truth) -> bool:
    """Whether the tested thigh and the picture below it are both dark."""
    grey: Any = cv2.imread(str(truth.path), cv2.IMREAD_GRAYSCALE)
    hip, knee = thigh_px(truth)
    along = knee - hip
    down = np.array([-along[1], along[0]]) * np.sign(along[0] or 1.0)
    middle = hip + np.linspace(0.35, 0.9, 12)[:, None] * along
    beside = np.concatenate([middle + share * down for share in np.linspace(*BESIDE, 4)])

    def median(points: Floats) -> float:
        at = np.clip(points.round().astype(int), 0, (grey.shape[1] - 1, grey.shape[0] - 1))
        return float(np.median(grey[at[:, 1], at[:, 0]]))

    return max(median(middle), median(beside)) < DARK_GREY


TRUTH_GROUPS: Final[dict[str, Callable[[Truth], bool]]] = {
    "near leg": lambda truth: truth.near_camera,
    "far leg": lambda truth: not truth.near_camera,
    "bare knees": lambda truth: not wears_trousers(truth),
    "trousers or leggings": wears_trousers,
    "lighter skin": lambda truth: not is_dark(truth),
    "darker skin": is_dark,
    "dark thigh on dark": dark_on_dark,
    "camera within 10° of square": lambda truth: abs(truth.yaw_deg) <= 10,
    "camera turned further": lambda truth: abs(truth.yaw_deg) > 10,
    "knee bent beyond 79°": lambda truth: truth.knee_flexion_deg > 79,
    "thigh under 80 pixels": lambda truth: bool(
        np.linalg.norm(np.diff(thigh_px(truth), axis=0)) < SMALL_THIGH_PX
    ),
}


def members(columns: Columns, truths: dict[str, Truth]) -> dict[str, Bools]:
    """Which rows belong to which group of photos; truths by the photos' names."""
    found = [truths[str(name)] for name in columns["name"]]
    groups = {
        words: np.array([belongs(truth) for truth in found])
        for words, belongs in TRUTH_GROUPS.items()
    }
    return groups | {"passes apart by over 2°": columns["spread"][:, 0] > WIDE_SPREAD_DEG}
