"""Run the pose model in as many passes as are needed for them to agree."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.company import another_is_tested
from vision.photo import Photo
from vision.pose import Landmark, Pose, PoseEstimator, estimate_pose
from vision.transforms import SIDEWAYS_PASSES, UPRIGHT_PASSES
from vision.view import Body, View, is_settled, read_view

BODY_RADIUS_TRUNKS: Final = 0.25
"""Edges closer than this to a limb belong to the person, not to the room, trunk lengths."""
LIMBS: Final = (
    (Landmark.NOSE, Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP),
    (Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE, Landmark.LEFT_FOOT),
    (Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE, Landmark.RIGHT_FOOT),
    (Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
)
"""Chains of landmarks along the body."""


def run_passes(
    photo: Photo, estimator: PoseEstimator, *, thorough: bool = True
) -> tuple[Pose, View]:
    """Run the pose model in as many passes as are needed for them to agree.

    Parameters
    ----------
    photo : Photo
    estimator : PoseEstimator
    thorough : bool
        Search the person in each pass, and add the upright passes if the sideways passes do not
        determine what the photo shows. Otherwise, the estimator may share its searches: that moves
        the angles about 1.5 times as far as noise of ±1 grey level does
        (``benchmarks/results/before_after.md``), and the calibration was fitted without it.
    """
    pose = estimate_pose(photo, estimator, SIDEWAYS_PASSES, share_search=not thorough)
    view = read_view(pose)
    if thorough and not is_settled(view):
        more = estimate_pose(photo, estimator, UPRIGHT_PASSES)
        pose = replace(pose, passes=pose.passes + more.passes)
        view = read_view(pose)
    if view.body is not None and another_is_tested(photo, view.body, estimator):
        view = replace(view, refusal="several_people", head_towards=None, body=None)
    return pose, view


def body_outline(body: Body) -> tuple[NDArray[np.float64], float]:
    """Return the area that hides the room: joints along each limb, NaN between limbs, and a radius.

    Returns
    -------
    joints_px : ndarray, shape (N, 2)
    radius_px : float
    """
    gap = np.full((1, 2), np.nan)
    chains = [gap]
    for person in body.people:
        chains += [part for limb in LIMBS for part in (person.points_px[list(limb)], gap)]
    joints = np.concatenate(chains)
    trunk = np.median(body.trunk_px, axis=0)
    return joints, BODY_RADIUS_TRUNKS * float(np.linalg.norm(trunk[1] - trunk[0]))
