"""Fit the small models that ``vision.learned`` applies, and give them as plain arrays.

scikit-learn and SciPy are needed here only.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold

from vision.learned import standardised

Floats = NDArray[np.float64]
Arrays = dict[str, Floats]

RIDGE: Final = 60.0
"""Penalty of the linear map of a special correction (standardised inputs)."""
CLIP_GENERAL: Final = 3.0
"""Inputs of the general correction are held within so many standard deviations."""
LIKENESS_FOLDS: Final = 8
FADE_QUANTILES: Final = (0.50, 0.95)
"""A body counts as of a make up to the distance that this share of its own photos keeps, each seen
from the others; from the second on not at all. Of (40, 80), (40, 90), (50, 90), (50, 95), (60, 95),
(70, 95) and (80, 99) per cent the one with the least error on makes left out."""


def _trees() -> GradientBoostingRegressor:
    return GradientBoostingRegressor(
        loss="huber",
        alpha=0.95,
        n_estimators=300,
        learning_rate=0.04,
        max_depth=3,
        min_samples_leaf=8,
        subsample=0.6,
        max_features=0.3,
        random_state=0,
    )


def about_means(y: Floats, makes: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """Outputs (N,) with every make's mean moved to the mean of the makes, and weights (N,).

    The weights give each make the same say, however many photos it has.
    """
    kinds, index, counts = np.unique(makes, return_inverse=True, return_counts=True)
    means = np.array([y[makes == kind].mean() for kind in kinds])
    return y - means[index] + means.mean(), (len(y) / len(kinds) / counts)[index]


def fit_trees(target: str, groups: Sequence[tuple[Floats, Floats, Floats]]) -> Arrays:
    """Boosted trees, one model per group of inputs (N, I), outputs (N,) and weights (N,).

    Node arrays are padded to the largest tree; leaves point to themselves.
    """
    models = [_trees().fit(x, y, sample_weight=weights) for x, y, weights in groups]
    found = [[one[0].tree_ for one in model.estimators_] for model in models]
    nodes = max(tree.node_count for trees in found for tree in trees)
    shape = (len(found), len(found[0]), nodes)
    feature, value = np.zeros(shape), np.zeros(shape)
    threshold = np.full(shape, np.inf)
    children = np.tile(np.arange(nodes, dtype=float)[:, None], (*shape[:2], 1, 2))
    for make, trees in enumerate(found):
        for index, tree in enumerate(trees):
            at, inner = (make, index), np.flatnonzero(tree.children_left >= 0)
            feature[*at, inner] = tree.feature[inner]
            threshold[*at, inner] = tree.threshold[inner]
            children[*at, inner, 0] = tree.children_left[inner]
            children[*at, inner, 1] = tree.children_right[inner]
            value[*at, : tree.node_count] = tree.value[:, 0, 0] * models[make].learning_rate
    return {
        f"{target}_feature": feature,
        f"{target}_threshold": threshold,
        f"{target}_children": children,
        f"{target}_value": value,
        f"{target}_base": np.array([float(model.init_.constant_.ravel()[0]) for model in models]),
        f"{target}_depth": np.array(float(max(t.max_depth for trees in found for t in trees))),
    }


def moments(x: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the columns, 1 where they are constant."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    return mean, np.where(scale == 0, 1.0, scale)


def fit_ridge(x: Floats, y: Floats) -> Floats:
    """Weights (I + 1,) of a linear map of standardised inputs, the intercept last."""
    model = Ridge(RIDGE).fit(standardised(x, *moments(x)), y)
    return np.append(model.coef_, model.intercept_)


def fit_general(
    x: Floats, y: Floats, makes: NDArray[np.str_], used: Sequence[int], penalty: float
) -> Floats:
    """Fit a linear map whose slopes hold within each make; weights (I + 1,), 0 if not used.

    Every make is centred first, so that what tells the makes apart, such as the zero of their
    truth, cannot become a slope. The intercept is the mean of the makes' intercepts: a new make
    is as likely to be like one as like another.
    """
    kinds = np.unique(makes)
    middle = np.array([x[makes == kind].mean(axis=0) for kind in kinds])
    level = np.array([y[makes == kind].mean() for kind in kinds])
    index = np.searchsorted(kinds, makes)
    inner, rest = (x - middle[index])[:, used], y - level[index]
    scale = moments(inner)[1]
    z = inner / scale
    slopes = np.linalg.solve(z.T @ z + penalty * np.eye(len(used)), z.T @ rest) / scale
    weights = np.zeros(x.shape[1] + 1)
    weights[list(used)] = slopes
    weights[-1] = (level - middle[:, used] @ slopes).mean()
    return weights


def fit_likeness(groups: Sequence[tuple[Floats, NDArray[np.str_]]]) -> Arrays:
    """Distance to each make; groups of appearances (N, F) and persons (N,)."""
    parts: dict[str, list[Floats]] = {"mean": [], "scale": [], "precision": [], "fade": []}
    for x, persons in groups:
        left_out = np.zeros(len(x))
        folds = GroupKFold(min(LIKENESS_FOLDS, len(np.unique(persons))))
        for train, test in folds.split(x, groups=persons):
            left_out[test] = _distances(x[test], *_distribution(x[train]))
        distribution = _distribution(x)
        for name, array in zip(("mean", "scale", "precision"), distribution, strict=True):
            parts[name].append(array)
        parts["fade"].append(np.quantile(left_out, FADE_QUANTILES))
    return {f"likeness_{name}": np.array(arrays) for name, arrays in parts.items()}


def _distribution(x: Floats) -> tuple[Floats, Floats, Floats]:
    mean, scale = moments(x)
    fitted = LedoitWolf(assume_centered=True).fit(standardised(x, mean, scale))
    return mean, scale, fitted.precision_


def _distances(x: Floats, mean: Floats, scale: Floats, precision: Floats) -> Floats:
    z = standardised(x, mean, scale)
    return np.asarray(((z @ precision) * z).sum(axis=1) / x.shape[1])


def fit_logit(x: Floats, near: NDArray[np.bool_], strength: float) -> dict[str, Floats]:
    """Logistic regression of standardised inputs."""
    mean, scale = moments(x)
    model = LogisticRegression(C=strength, max_iter=5000).fit(standardised(x, mean, scale), near)
    return {"mean": mean, "scale": scale, "weights": np.append(model.coef_[0], model.intercept_)}


def log_odds(x: Floats, fitted: dict[str, Floats]) -> Floats:
    """What :func:`fit_logit`'s result says, shape (N,)."""
    z = standardised(x, fitted["mean"], fitted["scale"])
    return np.asarray(z @ fitted["weights"][:-1] + fitted["weights"][-1])


def fit_log_sigma(terms: Floats, residual: Floats, weights: Floats) -> Floats:
    """Log-linear standard error by maximum likelihood, shape (T,); residuals about zero."""

    def cost(parameters: Floats) -> float:
        log_sigma = terms @ parameters
        each = log_sigma + 0.5 * (residual / np.exp(log_sigma)) ** 2
        return float(np.average(each, weights=weights))

    start = np.zeros(terms.shape[1])
    start[0] = np.log(np.sqrt(np.mean(residual**2)))
    return np.asarray(minimize(cost, start).x)


def needed_ratio(sigma: Floats, residual: Floats, groups: Any, inside: float) -> float:
    """By how much standard errors must grow so that ±1.96 of them hold that share of every group.

    The conformal step (Vovk 2005; Romano & al. 2019): a quantile of the residuals in units of
    their standard errors, the largest of the groups'.
    """
    ratios = np.abs(residual) / sigma / 1.959964
    return max(float(np.quantile(ratios[groups == one], inside)) for one in np.unique(groups))
