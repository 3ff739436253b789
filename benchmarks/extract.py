"""Run the pipeline up to the learned steps over datasets and keep what they need.

    python -m benchmarks.extract DATASET... OUT.npz [--model heavy|full] [--jobs 2]

Writes one array per feature group, one row per photo that was not refused, with the plain
geometry's angles and the truth beside it. ``benchmarks.calibrate`` does this by itself; the
file spares it the minutes when datasets did not change.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Truth, read_dataset
from vision.backends.mediapipe import MediaPipeEstimator
from vision.backends.weights import Variant
from vision.calibration_input import CalibrationInput, calibration_input
from vision.level import estimate_level
from vision.passes import body_outline, run_passes
from vision.photo import read_photo

Row = dict[str, NDArray[np.float64] | float | str]
Columns = dict[str, NDArray[Any]]


@cache
def _estimator(variant: Variant) -> MediaPipeEstimator:
    return MediaPipeEstimator(variant)


def describe(truth: Truth, variant: Variant) -> Row | None:
    """Features and targets of one photo; None if it was refused."""
    photo = read_photo(truth.path.read_bytes())
    _, view = run_passes(photo, _estimator(variant), thorough=variant == "heavy")
    if view.body is None or view.head_towards is None:
        return None
    outline, radius_px = body_outline(view.body)
    level = estimate_level(photo.pixels, body_px=outline, body_radius_px=radius_px)
    found = calibration_input(photo, view, level)
    assert found is not None, "MediaPipe gives a silhouette with every person"
    # The true level, so that the learned step is not asked to undo errors of the level.
    to_feet = 1.0 if view.head_towards == "left" else -1.0
    return {
        "name": truth.path.name,
        "make": truth.make,
        "person": truth.person,
        "landmarks": found.landmarks,
        "silhouette": found.silhouette,
        "edges": found.edges,
        "camera": found.camera,
        "spread": found.spread_deg,
        "near_vote": found.near_vote,
        "perspective": found.perspective_deg,
        "levelled": np.array(found.levelled_deg),
        "plain": np.array([found.thigh_deg, found.knee_flexion_deg]),
        "near": float(truth.near_camera),
        "truth_image": np.array(
            [truth.image_thigh_deg + to_feet * truth.roll_deg, truth.image_knee_flexion_deg]
        ),
        "truth_3d": np.array([truth.thigh_deg + to_feet * truth.roll_deg, truth.knee_flexion_deg]),
        "yaw": truth.yaw_deg,
        "level_error": level.roll_deg - truth.roll_deg,
        "level_sigma": level.sigma_deg,
    }


def extract(datasets: Sequence[Path], variant: Variant, jobs: int = 2) -> Columns:
    """One array per feature group, one row per photo that was not refused."""
    truths = [truth for dataset in datasets for truth in read_dataset(dataset)]
    with ProcessPoolExecutor(jobs) as pool:
        found = list(pool.map(partial(describe, variant=variant), truths, chunksize=4))
    rows = [row for row in found if row is not None]
    print(f"{len(rows)} of {len(truths)} photos described")
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def described(columns: Columns, row: int) -> CalibrationInput:
    """Put one row back into the form that ``vision.calibration`` reads."""
    thigh, knee = columns["plain"][row]
    return CalibrationInput(
        landmarks=columns["landmarks"][row],
        silhouette=columns["silhouette"][row],
        edges=columns["edges"][row],
        camera=columns["camera"][row],
        spread_deg=columns["spread"][row],
        near_vote=float(columns["near_vote"][row]),
        thigh_deg=float(thigh),
        knee_flexion_deg=float(knee),
        perspective_deg=columns["perspective"][row],
        levelled_deg=columns["levelled"][row],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", type=Path, nargs="+", metavar="dataset")
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", choices=("heavy", "full"), default="heavy")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    np.savez_compressed(options.out, **extract(options.datasets, options.model, options.jobs))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
