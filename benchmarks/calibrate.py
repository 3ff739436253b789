"""Fit the learned steps of one pose model and write the data file that ``vision`` reads.

    python -m benchmarks.calibrate DATASET... --model heavy --version 3

A DATASET is a folder of photos with their truth, of one make of bodies or another, or a file
that ``benchmarks.extract`` wrote. Minutes: most of them go into looking at the photos.

Everything is chosen by what it does for persons and for whole makes of bodies that were left
out (``benchmarks/results/calibration.md``); prints that table. scikit-learn is needed here
only; ``vision.calibration`` applies the result with numpy.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.extract import Columns, described, extract
from benchmarks.fitting import (
    CLIP_GENERAL,
    Arrays,
    Floats,
    about_means,
    fit_general,
    fit_likeness,
    fit_log_sigma,
    fit_logit,
    fit_ridge,
    fit_trees,
    log_odds,
    moments,
    needed_ratio,
)
from benchmarks.left_out import SCHEMES, LeftOut, Scheme, folds, predict_left_out
from vision.backends.weights import WEIGHTS_DIR, Variant, verify_weights
from vision.calibration import DATA_DIR, FORMAT, JOINTS, TARGETS

GENERAL_INPUTS: Final = {"thigh": tuple(range(12)), "shank": (0, 1, 4, 5, 11, 12, 13)}
"""Places in ``CalibrationInput.general``. Thigh: camera, perspective, depths, head, the hips'
offset, side; shank: camera, depths, side, the midline of its outline."""
GENERAL_PENALTY: Final = {"thigh": 100.0, "shank": 300.0}
"""Chosen, like the inputs, among 300 combinations by the errors on the make left out."""
RANGE_QUANTILES: Final = (0.005, 0.995)
POSTURE_C: Final = 1.0
EDGE_C: Final = 0.1
"""Inverse regularisation of the two logistic regressions, persons left out."""
BAND_MARGIN: Final = 1.05
"""How much wider than the largest mistake on persons left out the band of uncertainty is."""
MAX_OPEN_SHARE: Final = 0.07
"""Of the training photos, whose side may be left open: with the quick model no mistake at all would
cost a question in every third photo."""
INSIDE: Final = 0.95
"""Share of the true angles that the intervals are made to hold."""
LIKENESS_TERM: Final = 4
"""Place of 1 − likeness in ``CalibrationInput.doubt``."""


def targets(columns: Columns) -> Floats:
    """One column per name in ``TARGETS``."""
    image = columns["truth_image"] - columns["plain"]
    camera = columns["truth_3d"] - columns["truth_image"] - columns["perspective"]
    pairs = [(part[:, 0], part[:, 0] - part[:, 1]) for part in (image, camera)]
    return np.column_stack([column for pair in pairs for column in pair])


def fit_corrections(columns: Columns) -> Arrays:
    """Fit the general and the special corrections, the likeness, and the range of angles."""
    found = [described(columns, row) for row in range(len(columns["plain"]))]
    near = columns["near"] > 0
    both = list(zip(found, near.tolist(), strict=True))
    special = np.array([one.special(near=side) for one, side in both])
    general = np.array([one.general(near=side) for one, side in both])
    appearance = np.array([one.appearance for one in found])
    y, makes = targets(columns), columns["make"]
    groups = [makes == make for make in np.unique(makes)]
    mean, scale = moments(general)
    low, high = mean - CLIP_GENERAL * scale, mean + CLIP_GENERAL * scale
    arrays = fit_likeness([(appearance[one], columns["person"][one]) for one in groups])
    each = [moments(special[one]) for one in groups]
    arrays["special_mean"], arrays["special_scale"] = map(np.array, zip(*each, strict=True))
    weights = []
    for column, target in enumerate(TARGETS):
        alone = [(special[one], y[one, column], np.ones(one.sum())) for one in groups]
        together = (special, *about_means(y[:, column], makes))
        arrays |= fit_trees(target, [*alone, together])
        maps = [fit_ridge(special[one], y[one, column]) for one in groups]
        arrays[f"{target}_weights"] = np.array(maps)
        limb = target.removeprefix("image_").removeprefix("camera_")
        inside, used = np.clip(general, low, high), GENERAL_INPUTS[limb]
        penalty = GENERAL_PENALTY[limb]
        weights.append(fit_general(inside, y[:, column], makes, used, penalty))
    range_low, range_high = np.quantile(columns["levelled"], RANGE_QUANTILES, axis=0)
    return arrays | {
        "general_low": low,
        "general_high": high,
        "general_weights": np.array(weights),
        "range_low": range_low,
        "range_high": range_high,
    }


def fit_sigmas(columns: Columns, by_person: LeftOut, by_make: LeftOut) -> Arrays:
    """Fit the standard errors of the three angles, for known bodies and for strangers.

    Likelihood first, every make left out either way weighing the same; then the conformal step:
    the constant, until the interval holds 95 % of the persons left out of each make, and the
    term of the likeness, until it holds 95 % of each make that was left out whole.
    """
    makes = columns["make"]
    share = np.array([1 / (makes == make).sum() for make in makes])
    terms = np.concatenate((by_person.doubt, by_make.doubt))
    arrays = {}
    for column, joint in enumerate(JOINTS):
        known, strange = by_person.kept[:, column], by_make.kept[:, column]
        b = fit_log_sigma(terms, np.concatenate((known, strange)), np.tile(share, 2))
        for b[LIKENESS_TERM] in np.arange(0.0, 2.0, 0.01):
            b[0] += np.log(needed_ratio(np.exp(by_person.doubt @ b), known, makes, INSIDE))
            if needed_ratio(np.exp(by_make.doubt @ b), strange, makes, INSIDE) <= 1:
                break
        arrays[f"{joint}_log_sigma"] = b
    return arrays


def side_parts(columns: Columns) -> dict[str, tuple[Floats, float]]:
    """Inputs and regularisation of the two logistic regressions."""
    found = [described(columns, row) for row in range(len(columns["plain"]))]
    posture = np.array([one.posture for one in found])
    return {"side": (posture, POSTURE_C), "edge": (columns["edges"], EDGE_C)}


def left_out_sides(columns: Columns, scheme: Scheme = "person") -> Floats:
    """Log odds that the tested leg is the near one, by models that knew none of these, (N,)."""
    near = columns["near"] > 0
    score = np.zeros(len(near))
    for x, strength in side_parts(columns).values():
        for train, test in folds(columns, scheme):
            score[test] += log_odds(x[test], fit_logit(x[train], near[train], strength))
    return score


def fit_sides(columns: Columns) -> tuple[Arrays, list[str]]:
    """Fit both logistic regressions and the band in which the side counts as unknown."""
    near, score = columns["near"] > 0, left_out_sides(columns)
    wrong = (score > 0) != near
    needed = BAND_MARGIN * max(0.5, *np.abs(score[wrong]), 0.0)
    band = min(needed, float(np.quantile(np.abs(score), MAX_OPEN_SHARE)))
    arrays: Arrays = {"side_min_log_odds": np.array(band)}
    for name, (x, strength) in side_parts(columns).items():
        fitted = fit_logit(x, near, strength)
        arrays |= {f"{name}_{key}": value for key, value in fitted.items()}
    lines = []
    for make in np.unique(columns["make"]):
        one = columns["make"] == make
        vote = (columns["near_vote"][one] > 0.5) != near[one]
        unsure = np.abs(score[one]) < band
        lines.append(
            f"- {make}: labels' vote {int(vote.sum())} of {int(one.sum())} wrong; this model "
            f"{int(wrong[one].sum())} before, {int((wrong[one] & ~unsure).sum())} with the band "
            f"±{band:.2f}, in which {unsure.mean():.1%} lie"
        )
    return arrays, lines


def table(columns: Columns, left_out: dict[Scheme, LeftOut]) -> list[str]:
    """Mean absolute error and standard deviation by what was left out, make and method."""
    lines = ["| left out | make | method | thigh | knee | shank |", "|---|---|---|---|---|---|"]
    for scheme, found in left_out.items():
        for make in np.unique(columns["make"]):
            one = columns["make"] == make
            for name in ("plain", "constant", "general", "special", "kept"):
                error = getattr(found, name)[one]
                cells = [f"{np.abs(e).mean():.2f} / {e.std():.2f}" for e in error.T]
                lines.append(f"| {scheme} | {make} | {name} | " + " | ".join(cells) + " |")
    return lines


def read_columns(paths: Sequence[Path], variant: Variant, jobs: int) -> tuple[Columns, str]:
    """Read or extract all datasets; with the sum of what was read."""
    files = [path for path in paths if path.suffix == ".npz"]
    tables = [dict(np.load(path, allow_pickle=False)) for path in files]
    folders = [path for path in paths if path.suffix != ".npz"]
    if folders:
        tables.append(extract(folders, variant, jobs))
    columns = {key: np.concatenate([one[key] for one in tables]) for key in tables[0]}
    order = np.lexsort((columns["name"], columns["make"]))
    columns = {key: array[order] for key, array in columns.items()}
    content = b"".join(np.ascontiguousarray(columns[key]).tobytes() for key in sorted(columns))
    return columns, hashlib.sha256(content).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("datasets", type=Path, nargs="+", metavar="dataset")
    parser.add_argument("--model", choices=("heavy", "full"), default="heavy")
    parser.add_argument("--version", default="3")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    columns, digest = read_columns(options.datasets, options.model, options.jobs)
    left_out = {scheme: predict_left_out(columns, scheme, fit_corrections) for scheme in SCHEMES}
    arrays, side_lines = fit_sides(columns)
    arrays |= fit_corrections(columns)
    arrays |= fit_sigmas(columns, left_out["person"], left_out["make"])
    name = f"pose_landmarker_{options.model}"
    stored: dict[str, Any] = {key: value.astype(np.float32) for key, value in arrays.items()}
    np.savez_compressed(
        DATA_DIR / f"{name}.npz",
        format=np.array(FORMAT),
        version=np.array(f"{options.model}-{options.version}"),
        model_sha256=np.array(verify_weights(WEIGHTS_DIR / f"{name}.task")),
        training_sha256=np.array(digest),
        **stored,
    )
    print(f"{len(columns['plain'])} photos; mean absolute error / standard deviation, degrees\n")
    print("\n".join(table(columns, left_out)), "\n", sep="\n")
    print("\n".join(side_lines))


if __name__ == "__main__":
    main()
