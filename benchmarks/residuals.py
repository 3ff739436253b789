"""Errors of the learned steps on photos of the training set that they were not fitted on.

    python -m benchmarks.extract DATASET... features.npz
    python -m benchmarks.residuals DATASET features.npz

Ten folds, as in ``benchmarks.calibrate``: of all makes in the file, told of those photos that lie
in DATASET, a folder of the first generator's. The camera's true tilt is given, so these are not the
errors of the whole instrument; but they are of eight times as many bodies as one evaluation set,
enough to test whether errors are larger for some people than for others. Writes
results/residuals.json.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from benchmarks.calibrate import fit_corrections, read_columns
from benchmarks.conditions import rendered
from benchmarks.dataset import Truth, read_dataset, write_records
from benchmarks.fitting import Floats
from benchmarks.left_out import predict_left_out

OUT: Final = Path(__file__).parent / "results" / "residuals.json"


def describe(truth: Truth, error: Floats, plain: Floats) -> dict[str, Any]:
    """One photo as the accuracy benchmark describes it, with its errors."""
    body, clothes = truth.details["body"], truth.details["params"]["clothes"]
    return {
        "name": truth.path.stem,
        "truth": [truth.thigh_deg, truth.knee_flexion_deg],
        "near": truth.near_camera,
        "yaw": truth.yaw_deg,
        "pitch": truth.pitch_deg,
        "roll": truth.roll_deg,
        "bmi": body["bmi"],
        "sex": body["sex"],
        "skin": body["skin_index"],
        "tight": clothes["tight"],
        "conditions": rendered(truth.details),
        "error": error.tolist(),
        "plain_error": plain.tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("features", type=Path)
    options = parser.parse_args()
    truths = {truth.path.name: truth for truth in read_dataset(options.dataset)}
    data, _ = read_columns([options.features], "heavy", jobs=1)
    found = predict_left_out(data, "person", fit_corrections)
    records = [
        describe(truths[str(name)], *errors)
        for name, *errors in zip(data["name"], found.kept[:, :2], found.plain[:, :2], strict=True)
        if str(name) in truths
    ]
    write_records(OUT, records)
    print(f"{len(records)} photos")


if __name__ == "__main__":
    main()
