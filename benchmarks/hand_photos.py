"""Photos on which points are set by hand: their truth, and what the measurement hands on."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Truth
from vision.angles import Z95
from vision.geometry import knee_flexion_angle
from vision.sides import Side

Points = NDArray[np.float64]

FIELDS: Final = ("thigh_deg", "knee_flexion_deg", "shank_from_plumb_deg")
"""The angles in a result of the service."""
JOINTS: Final = ("hip", "knee", "ankle")
LANDMARKS: Final = ("greater_trochanter", "lateral_epicondyle", "lateral_malleolus")
"""What a goniometer follows; known for bodies of the own generator."""


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One photo: its truth, and what the automatic measurement hands to the points.

    Attributes
    ----------
    dataset, name, make : str
    near : bool
        Whether the tested leg is the near one.
    square : bool
        Whether the camera was placed as asked for: |yaw| ≤ 10°, |pitch| ≤ 8°.
    head_towards : {"left", "right"}
    roll_deg, roll_sigma_deg : float
        The measurement's level.
    true_roll_deg : float
    offset_deg : tuple of float or None
        Reported minus image-plane angle of the measurement, thigh and knee; None where refused.
    automatic : list of (value, half interval) or None
        Thigh, knee and shank as measured, degrees; None where refused.
    truth_deg : tuple of float
        Thigh, knee and shank in 3-D, degrees.
    chain_px : ndarray, shape (3, 2)
        See :func:`true_chain`.
    landmarks_px : ndarray, shape (3, 2), or None
        Trochanter, epicondyle and malleolus, where known.
    """

    dataset: str
    name: str
    make: str
    near: bool
    square: bool
    head_towards: Side
    roll_deg: float
    roll_sigma_deg: float
    true_roll_deg: float
    offset_deg: tuple[float, float] | None
    automatic: tuple[tuple[float, float], ...] | None
    truth_deg: tuple[float, float, float]
    chain_px: Points
    landmarks_px: Points | None


def true_chain(truth: Truth) -> Points:
    """Return the points at which a perfect reader of the picture finds the true image angles.

    They are the projected joint centres. Where the truth of the knee comes from another recipe
    than that of the thigh (VALID avatars, see ``benchmarks.dataset``), the ankle is turned about
    the knee, by up to two degrees, until the chain has the true angle.

    Returns
    -------
    ndarray, shape (3, 2)
        Pixels of the photo, x right, y down.
    """
    details = truth.details
    if "points" in details:
        return _named(details, truth.tested_leg, JOINTS)
    chain = np.array(details.get("test_leg_anat38", details["test_leg"])["uv"], dtype=float)
    hip, knee, ankle = chain
    now = float(knee_flexion_angle(hip, knee, ankle, head_towards=truth.head_towards))
    more = math.radians(truth.image_knee_flexion_deg - now)
    turn = more if truth.head_towards == "left" else -more
    c, s = math.cos(turn), math.sin(turn)  # as seen on screen, y down: clockwise
    return np.array([hip, knee, knee + np.array([[c, -s], [s, c]]) @ (ankle - knee)])


def true_landmarks(truth: Truth) -> Points | None:
    """Return what a goniometer follows, shape (3, 2), pixels; None where it is not known."""
    if "points" not in truth.details:
        return None
    return _named(truth.details, truth.tested_leg, LANDMARKS)


def _named(details: dict[str, Any], side: str, names: Sequence[str]) -> Points:
    return np.array([details["points"][f"{side}_{name}"]["uv_px"] for name in names], dtype=float)


def with_true_level(photo: Photo) -> Photo:
    """Return the photo as if its level were known exactly."""
    return replace(photo, roll_deg=photo.true_roll_deg, roll_sigma_deg=0.0)


def photo_of(dataset: str, truth: Truth, measured: dict[str, Any]) -> Photo:
    """Return a photo from its truth and from its measurement as the service reports it."""
    low, high = measured["level"]["interval"]
    plane = measured["image_plane"]
    found = [measured[name] for name in FIELDS] if plane else []
    return Photo(
        dataset=dataset,
        name=truth.path.stem,
        make=truth.make,
        near=truth.near_camera,
        square=truth.within_protocol,
        head_towards=measured["head_towards"] or truth.head_towards,
        roll_deg=measured["level"]["roll_deg"],
        roll_sigma_deg=(high - low) / 2 / Z95,
        true_roll_deg=truth.roll_deg,
        offset_deg=(found[0]["value"] - plane["thigh_deg"], found[1]["value"] - plane[FIELDS[1]])
        if plane
        else None,
        automatic=tuple((one["value"], _half(one["interval"])) for one in found) or None,
        truth_deg=(truth.thigh_deg, truth.knee_flexion_deg, truth.shank_from_plumb_deg),
        chain_px=true_chain(truth),
        landmarks_px=true_landmarks(truth),
    )


def _half(interval: tuple[float, float]) -> float:
    return (interval[1] - interval[0]) / 2


def stored(photo: Photo) -> dict[str, Any]:
    """Return a photo as JSON, rounded: pixels to thousandths, degrees to ten-thousandths."""
    kept = asdict(photo)
    for name in ("chain_px", "landmarks_px"):
        kept[name] = None if kept[name] is None else kept[name].round(3).tolist()
    for name in ("truth_deg", "offset_deg", "automatic"):
        kept[name] = None if kept[name] is None else np.round(kept[name], 4).tolist()
    for name in ("roll_sigma_deg", "true_roll_deg"):
        kept[name] = round(kept[name], 4)
    return kept


def restored(kept: dict[str, Any]) -> Photo:
    """Return a photo from its JSON."""
    arrays = {
        name: None if kept[name] is None else np.array(kept[name])
        for name in ("chain_px", "landmarks_px")
    }
    return Photo(**{**kept, **arrays})
