"""Accuracy against ground truth, including known failures.

    python -m benchmarks.accuracy DATASET [--real FOLDER] [--out benchmarks/results]

DATASET is a folder of the synthetic generator. FOLDER, if available, contains hand-labelled
real photographs: labels.csv (file, position, tested_leg, hip/knee/ankle pixels, thigh_deg,
knee_flexion_deg) and negatives.csv (file, what). Writes accuracy.md, accuracy.json and plots.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.baselines import single_pass
from benchmarks.conditions import rendered
from benchmarks.dataset import Truth, read_dataset
from benchmarks.gallery import write_gallery
from benchmarks.real import evaluate_real
from benchmarks.report import write_report
from vision.angles import measure_angles
from vision.backends.engines import default_estimator
from vision.backends.weights import Variant
from vision.level import assumed_level
from vision.measurement import Measurement, finish_measurement, measure
from vision.photo import Photo
from vision.pose import estimate_pose
from vision.timing import StageClock
from vision.transforms import ALL_PASSES, SIDEWAYS_PASSES, Transform
from vision.view import read_view

Record = dict[str, Any]


def evaluate(truth: Truth) -> Record:
    """Measure one photo with every compared method; angles in degrees, None if refused."""
    result = measure(truth.path)
    details = truth.details
    record: Record = {
        "name": truth.path.stem,
        "truth": [truth.thigh_deg, truth.knee_flexion_deg],
        "truth_image": [truth.image_thigh_deg, truth.image_knee_flexion_deg],
        "near": truth.near_camera,
        "within_protocol": truth.within_protocol,
        "yaw": truth.yaw_deg,
        "pitch": truth.pitch_deg,
        "roll": truth.roll_deg,
        "bmi": details["body"]["bmi"],
        "sex": details["body"]["sex"],
        "skin": details["body"]["skin_index"],
        "tight": details["params"]["clothes"]["tight"],
        "conditions": rendered(details),
        "flags": [
            flag.kind.code
            for flag in sorted(result.quality.flags, key=lambda flag: not flag.kind.blocking)
        ],
        "measurable": result.measurable,
        "elapsed_ms": result.provenance.elapsed_ms,
        "level": [result.level.roll_deg, result.level.sigma_deg, result.level.source],
        "methods": {},
    }
    angles, leg = result.angles, result.view.leg
    if angles is not None and leg is not None:
        plain = measure_angles(result.view, result.level)
        unlevelled = measure_angles(result.view, assumed_level())
        record["leg_right"] = leg.side == truth.tested_leg
        record["near_right"] = leg.near_camera == truth.near_camera
        record["intervals"] = [angles.thigh.interval_deg, angles.knee_flexion.interval_deg]
        record["verdict"] = result.interpretation.verdict
        record["methods"] = {
            "ours": [angles.thigh.value_deg, angles.knee_flexion.value_deg],
            "ours, image plane": [angles.image_thigh_deg, angles.image_knee_flexion_deg],
            "without calibration": [plain.thigh.value_deg, plain.knee_flexion.value_deg],
            "without calibration and level": [
                unlevelled.thigh.value_deg,
                unlevelled.knee_flexion.value_deg,
            ],
        }
    record["passes"] = result.provenance.passes
    record["ensembles"] = {
        "heavy, 4 passes": _forced(result.photo, SIDEWAYS_PASSES),
        "heavy, 4 or 8 (default)": _outcome(result),
        "heavy, 8 passes": _forced(result.photo, ALL_PASSES),
    }
    fast = measure(truth.path, fast=True)
    record["ensembles"]["full, 4 passes (fast)"] = _outcome(fast)
    record["fast_ms"] = fast.provenance.elapsed_ms
    record["fast_measurable"] = fast.measurable
    if fast.measurable and fast.angles is not None:
        record["methods"]["fast"] = [
            fast.angles.thigh.value_deg,
            fast.angles.knee_flexion.value_deg,
        ]
    variants: tuple[Variant, ...] = ("heavy", "full")
    for variant in variants:
        found = single_pass(result.photo, default_estimator(variant), truth)
        if found is not None:
            record["methods"][f"single pass, {variant}"] = found["naive"]
            if variant == "heavy":
                record["methods"]["unsigned shoulder-hip-knee"] = found["peer"]
    return record


def _outcome(result: Measurement) -> list[float] | None:
    """Thigh, knee and time in ms; None if refused."""
    if not result.measurable or result.angles is None:
        return None
    angles = result.angles
    elapsed_ms = result.provenance.elapsed_ms
    return [angles.thigh.value_deg, angles.knee_flexion.value_deg, elapsed_ms]


def _forced(photo: Photo, ensemble: Sequence[Transform]) -> list[float] | None:
    clock = StageClock()
    pose = estimate_pose(photo, default_estimator("heavy"), ensemble)
    return _outcome(finish_measurement(photo, pose, read_view(pose), clock=clock))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    truths = read_dataset(options.dataset)
    with ProcessPoolExecutor(options.jobs) as pool:
        records = list(pool.map(evaluate, truths, chunksize=2))
    real = evaluate_real(options.real) if options.real else None
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "accuracy.json").write_text(
        json.dumps({"synthetic": records, "real": real}, indent=1) + "\n", "utf-8"
    )
    print(write_report(records, real, options.out))
    write_gallery(records, options.dataset, options.out)


if __name__ == "__main__":
    main()
