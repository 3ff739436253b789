"""Small fitted models, applied with numpy alone: linear maps, boosted trees, likeness.

They are fitted by ``benchmarks/calibrate.py`` and stored as plain arrays. Where a name has
several models, one per *make* of training bodies, the make is the arrays' first axis; trees have
one model more, of all makes.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Arrays = Mapping[str, Floats]

CLIP_SIGMAS: Final = 4.0
"""Inputs of linear maps and of the likeness are clipped to this many training standard
deviations, so that an oddity cannot outweigh everything else."""


def standardised(value: Floats, mean: Floats, scale: Floats) -> Floats:
    """Return inputs in training standard deviations, clipped; any shape (..., N)."""
    return np.asarray(np.clip((value - mean) / scale, -CLIP_SIGMAS, CLIP_SIGMAS), np.float64)


def linear(value: Floats, mean: Floats, scale: Floats, weights: Floats) -> float:
    """Apply a linear map of standardised inputs.

    Parameters
    ----------
    value, mean, scale : ndarray, shape (N,)
    weights : ndarray, shape (N + 1,)
        The last one is the intercept.
    """
    return float(standardised(value, mean, scale) @ weights[:-1] + weights[-1])


def trees(arrays: Arrays, target: str, make: int, value: Floats) -> float:
    """Sum the leaves that a feature vector falls into; all trees step down at once.

    Gradient boosting (Friedman 2001). Trees do not extrapolate: no photo gets more than
    training photos needed.

    Parameters
    ----------
    arrays : mapping
        ``{target}_feature``, ``_threshold`` and ``_value`` of shape (M, T, K), ``_children`` of
        shape (M, T, K, 2), ``_base`` of shape (M,), ``_depth`` of shape (); a leaf is its own
        child.
    target : str
    make : int
    value : ndarray, shape (N,)
    """
    feature = arrays[f"{target}_feature"][make].astype(np.intp)
    threshold, children = arrays[f"{target}_threshold"][make], arrays[f"{target}_children"][make]
    tree = np.arange(len(feature))
    node = np.zeros(len(feature), np.intp)
    for _ in range(int(arrays[f"{target}_depth"])):
        goes_right = value[feature[tree, node]] > threshold[tree, node]
        node = children[tree, node, goes_right.astype(np.intp)].astype(np.intp)
    leaves = arrays[f"{target}_value"][make][tree, node]
    return float(arrays[f"{target}_base"][make] + leaves.sum())


def likeness(arrays: Arrays, value: Floats) -> tuple[int, float]:
    """Return which make of training bodies is the most like this one, and how much.

    The measure is Mahalanobis' distance (1936) to each make's photos, with the covariance shrunk
    as by Ledoit & Wolf (2004), per input.

    Parameters
    ----------
    arrays : mapping
        ``likeness_mean`` and ``_scale`` of shape (M, N), ``_precision`` of shape (M, N, N),
        ``_fade`` of shape (M, 2): the distances up to which a body counts as of the make, and
        from which it does not at all.
    value : ndarray, shape (N,)

    Returns
    -------
    make : int
    share : float
        0 = like none of them, 1 = like most of that make.
    """
    z = standardised(value, arrays["likeness_mean"], arrays["likeness_scale"])
    distances = np.einsum("mi,mij,mj->m", z, arrays["likeness_precision"], z) / len(value)
    near, far = arrays["likeness_fade"].T
    make = int((distances / near).argmin())
    share = (far[make] - distances[make]) / (far[make] - near[make])
    return make, float(np.clip(share, 0.0, 1.0))
