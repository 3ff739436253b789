"""Baselines: a naive single pass, and the hip angle of the nearest peer.

Both trust MediaPipe's labels and assume a level photo, as most scripts do. They are even given the
tested side.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Truth
from vision.geometry import knee_flexion_angle, thigh_angle
from vision.photo import Photo
from vision.pose import PoseEstimator, estimate_pose
from vision.transforms import Transform

LEFT = {"shoulder": 11, "hip": 23, "knee": 25, "ankle": 27}


def single_pass(
    photo: Photo, estimator: PoseEstimator, truth: Truth
) -> dict[str, tuple[float, float]] | None:
    """Thigh and knee, degrees, by one upright pass; None if it found nobody.

    ``naive`` is the signed angle to the photo's horizontal. ``peer`` is the unsigned
    shoulder–hip–knee angle, turned into "degrees above a straight line" in the only way an
    unsigned angle allows.
    """
    people = estimate_pose(photo, estimator, (Transform(),)).passes[0].people
    if not people:
        return None
    offset = 0 if truth.tested_leg == "left" else 1
    joint = {name: people[0].points_px[index + offset] for name, index in LEFT.items()}
    chain = joint["hip"], joint["knee"], joint["ankle"]
    knee = float(knee_flexion_angle(*chain, head_towards=truth.head_towards))
    thigh = float(thigh_angle(chain[0], chain[1], head_towards=truth.head_towards))
    peer = 180 - inner_angle(joint["shoulder"], joint["hip"], joint["knee"])
    return {"naive": (thigh, knee), "peer": (peer, abs(knee))}


def inner_angle(
    first: NDArray[np.float64], vertex: NDArray[np.float64], last: NDArray[np.float64]
) -> float:
    """Unsigned angle at the vertex, degrees in [0, 180]."""
    a, b = first - vertex, last - vertex
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
