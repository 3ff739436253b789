"""Fit the learned steps of one pose model and write the data file that ``vision`` reads.

    python -m benchmarks.extract DATASET features.npz
    python -m benchmarks.calibrate features.npz --model heavy --version 1

Prints a table of cross-validated errors (ten folds; every training photo shows another
body) for plain geometry, ridge regression and boosted trees, and for each group of inputs.
scikit-learn is needed here only; ``vision.calibration`` applies the result with numpy.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from vision.blazepose import WEIGHTS_DIR, verify_weights
from vision.calibration import CLIP_SIGMAS, DATA_DIR, FORMAT, TARGETS

Floats = NDArray[np.float64]
FOLDS: Final = KFold(10, shuffle=True, random_state=0)
LANDMARK_C: Final = 1.0
EDGE_C: Final = 0.03
"""Inverse regularisation of the two logistic regressions, chosen among 0.003…1 by CV."""
MAX_WRONG_SHARE: Final = 0.005
"""Share of the training photos whose side may be wrong and yet count as certain (CV)."""
BAND_MARGIN: Final = 1.3
"""How much wider than the largest mistake beyond those the band of uncertainty is."""


def trees() -> GradientBoostingRegressor:
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


def ridge() -> Any:
    return make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 4, 15)))


def targets(data: dict[str, Floats]) -> Floats:
    """One column per name in ``TARGETS``."""
    image = data["truth_image"] - data["plain"]
    camera = data["truth_3d"] - data["truth_image"] - data["perspective"]
    return np.column_stack((image, camera))


def inputs(data: dict[str, Floats], groups: tuple[str, ...]) -> Floats:
    """Columns in the order of ``CalibrationInput.correction``."""
    side = np.where(data["near"] > 0, 1.0, -1.0)[:, None]
    return np.column_stack([*(data[group] for group in groups), side])


def cross_validated(x: Floats, y: Floats, make: Any) -> Floats:
    predicted = np.zeros_like(y)
    for train, test in FOLDS.split(x):
        for column in range(y.shape[1]):
            model = make().fit(x[train], y[train, column])
            predicted[test, column] = model.predict(x[test])
    return predicted


def error_row(name: str, residual: Floats) -> str:
    """Errors in the image plane and, after both steps, in 3-D."""
    residual = np.column_stack((residual[:, :2], residual[:, :2] + residual[:, 2:]))
    cells = [
        f"{np.abs(column).mean():.2f} / {np.percentile(np.abs(column), 95):.1f}"
        for column in residual.T
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


ALL_GROUPS: Final = ("landmarks", "silhouette", "camera", "perspective", "spread")


def compare(data: dict[str, Floats]) -> tuple[list[str], Floats]:
    """Table rows for every variant, and the residuals of the one that is kept."""
    y = targets(data)
    unseen = np.column_stack((y[:, :2], y[:, 2:] + data["perspective"]))
    rows = [error_row("plain geometry", unseen), error_row("the same, perspective undone", y)]
    for groups in (("landmarks", "spread"), ("landmarks", "silhouette", "spread"), ALL_GROUPS):
        x = inputs(data, groups)
        for name, make in (("ridge", ridge), ("trees", trees)):
            residual = y - cross_validated(x, y, make)
            rows.append(error_row(f"{name}: {', '.join(groups)}", residual))
    return rows, residual


def export_trees(model: GradientBoostingRegressor, name: str) -> dict[str, Floats]:
    """Node arrays, padded to the largest tree; leaves point to themselves."""
    found = [one[0].tree_ for one in model.estimators_]
    nodes = max(tree.node_count for tree in found)
    feature = np.zeros((len(found), nodes))
    threshold = np.full((len(found), nodes), np.inf)
    children = np.tile(np.arange(nodes, dtype=float)[None, :, None], (len(found), 1, 2))
    value = np.zeros((len(found), nodes))
    for index, tree in enumerate(found):
        count = tree.node_count
        inner = np.flatnonzero(tree.children_left >= 0)
        feature[index, inner] = tree.feature[inner]
        threshold[index, inner] = tree.threshold[inner]
        children[index, inner, 0] = tree.children_left[inner]
        children[index, inner, 1] = tree.children_right[inner]
        value[index, :count] = tree.value[:, 0, 0] * model.learning_rate
    return {
        f"{name}_feature": feature,
        f"{name}_threshold": threshold,
        f"{name}_children": children,
        f"{name}_value": value,
        f"{name}_base": np.array(float(model.init_.constant_.ravel()[0])),
        f"{name}_depth": np.array(float(max(tree.max_depth for tree in found))),
    }


def sigma_terms(data: dict[str, Floats]) -> Floats:
    near = (data["near"] > 0).astype(float)
    return np.column_stack((np.ones(len(near)), near, np.minimum(data["spread"], 10.0)))


def fit_log_sigma(terms: Floats, residual: Floats) -> Floats:
    """Log-linear standard error by maximum likelihood, then scaled to hold 95 % of residuals."""

    def cost(weights: Floats) -> float:
        log_sigma = terms @ weights
        return float((log_sigma + 0.5 * (residual / np.exp(log_sigma)) ** 2).mean())

    start = np.zeros(terms.shape[1])
    start[0] = np.log(residual.std())
    weights = np.asarray(minimize(cost, start).x)
    ratio = np.quantile(np.abs(residual) / np.exp(terms @ weights), 0.95) / 1.96
    weights[0] += np.log(ratio)
    return weights


def fit_logit(x: Floats, near: NDArray[np.bool_], strength: float) -> dict[str, Floats]:
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale == 0] = 1.0
    standard = np.clip((x - mean) / scale, -CLIP_SIGMAS, CLIP_SIGMAS)
    model = LogisticRegression(C=strength, max_iter=5000).fit(standard, near)
    return {"mean": mean, "scale": scale, "weights": np.append(model.coef_[0], model.intercept_)}


def log_odds(x: Floats, fitted: dict[str, Floats]) -> Floats:
    standard = np.clip((x - fitted["mean"]) / fitted["scale"], -CLIP_SIGMAS, CLIP_SIGMAS)
    return np.asarray(standard @ fitted["weights"][:-1] + fitted["weights"][-1])


def fit_side(data: dict[str, Floats]) -> tuple[dict[str, Floats], list[str]]:
    """Fit both logistic regressions and the band in which the side counts as unknown."""
    near = data["near"] > 0
    parts = {
        "side": (np.column_stack((data["landmarks"], 4 * data["near_vote"])), LANDMARK_C),
        "edge": (data["edges"], EDGE_C),
    }
    score = np.zeros(len(near))
    for x, strength in parts.values():
        for train, test in FOLDS.split(x):
            score[test] += log_odds(x[test], fit_logit(x[train], near[train], strength))
    wrong = (score > 0) != near
    mistakes = np.sort(np.abs(score[wrong]))
    allowed = int(MAX_WRONG_SHARE * len(near))
    band = BAND_MARGIN * max(0.5, *mistakes[: len(mistakes) - allowed])
    vote = data["near_vote"] > 0.5
    rows = [
        f"- labels' vote: {int((vote != near).sum())} of {len(near)} wrong",
        f"- this model: {int(wrong.sum())} wrong before, {int((mistakes >= band).sum())} wrong "
        f"and {(np.abs(score) < band).mean():.1%} open with the band ±{band:.2f}",
    ]
    arrays = {"side_min_log_odds": np.array(band)}
    for name, (x, strength) in parts.items():
        fitted = fit_logit(x, near, strength)
        arrays |= {f"{name}_{key}": value for key, value in fitted.items()}
    return arrays, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("--model", choices=("heavy", "full"), default="heavy")
    parser.add_argument("--version", default="1")
    options = parser.parse_args()
    with np.load(options.features, allow_pickle=False) as stored:
        data = {key: stored[key] for key in stored.files}
    rows, residual = compare(data)
    arrays, side_rows = fit_side(data)
    x, y = inputs(data, ALL_GROUPS), targets(data)
    for column, name in enumerate(TARGETS):
        arrays |= export_trees(trees().fit(x, y[:, column]), name)
    for column, joint in ((2, "thigh"), (3, "knee")):
        after = residual[:, column - 2] + residual[:, column]
        before = (data["truth_3d"] - data["plain"])[:, column - 2]
        arrays[f"{joint}_log_sigma"] = fit_log_sigma(sigma_terms(data), after)
        arrays[f"plain_{joint}_log_sigma"] = fit_log_sigma(sigma_terms(data), before)
    arrays["range_low"], arrays["range_high"] = np.quantile(data["levelled"], (0.005, 0.995), 0)
    name = f"pose_landmarker_{options.model}"
    digest = hashlib.sha256(options.features.read_bytes()).hexdigest()
    stored_arrays: dict[str, Any] = {key: value.astype(np.float32) for key, value in arrays.items()}
    np.savez_compressed(
        DATA_DIR / f"{name}.npz",
        format=np.array(FORMAT),
        version=np.array(f"{options.model}-{options.version}"),
        model_sha256=np.array(verify_weights(WEIGHTS_DIR / f"{name}.task")),
        training_sha256=np.array(digest),
        **stored_arrays,
    )
    print(f"{len(y)} photos; mean / 95th percentile of the absolute error, degrees\n")
    print("| model | image thigh | image knee | 3-D thigh | 3-D knee |\n|---|---|---|---|---|")
    print("\n".join(rows), "\n", sep="\n")
    print("\n".join(side_rows))


if __name__ == "__main__":
    main()
