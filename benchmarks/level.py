"""Accuracy of the camera's roll, pitch and yaw, estimated from the room.

    python -m benchmarks.level DATASET [--json FILE]

The body is masked by the true joints, so that only the estimate from the room is tested. True and
estimated angles of each photo are written to FILE.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Truth, read_dataset, write_records
from vision.angles import Z95
from vision.level import Level, estimate_level
from vision.photo import read_photo

LIMBS = (("shoulder", "elbow", "wrist"), ("shoulder", "hip", "knee", "ankle", "foot_index"))
RADIUS = 0.05
"""Of the mask around each limb, long sides of the photo."""


def body_px(truth: Truth) -> NDArray[np.float64]:
    """True joints along each limb, a row of NaN between limbs; pixels."""
    chains = []
    for side in ("left", "right"):
        for limb in LIMBS:
            chains += [truth.details["points"][f"{side}_{joint}"]["uv_px"] for joint in limb]
            chains.append([np.nan, np.nan])
    return np.array(chains, np.float64)


def read_level(truth: Truth) -> Level:
    photo = read_photo(truth.path.read_bytes())
    radius_px = RADIUS * max(photo.width_px, photo.height_px)
    return estimate_level(photo.pixels, body_px=body_px(truth), body_radius_px=radius_px)


def _yaw_deg(truth: Truth) -> float:
    """Counted as the level does, towards the photo's right end; the truth's is to the feet."""
    return truth.yaw_deg if truth.head_towards == "left" else -truth.yaw_deg


def _record(truth: Truth, level: Level) -> dict[str, Any]:
    """True and read angle of each kind, degrees; None where the room does not say."""
    return {
        "name": truth.path.stem,
        "roll": [truth.roll_deg, level.roll_deg],
        "roll_sigma": level.sigma_deg,
        "pitch": [truth.pitch_deg, level.pitch_deg],
        "yaw": [_yaw_deg(truth), level.yaw_deg],
        "source": level.source,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    truths = read_dataset(options.dataset)
    with ProcessPoolExecutor(options.jobs) as pool:
        levels = list(pool.map(read_level, truths, chunksize=4))
    if options.json is not None:
        records = [_record(truth, level) for truth, level in zip(truths, levels, strict=True)]
        write_records(options.json, records)
    error = np.array([one.roll_deg - t.roll_deg for one, t in zip(levels, truths, strict=True)])
    sigma = np.array([one.sigma_deg for one in levels])
    away = np.abs(error)
    print("| photos | mean | median | p95 | worst | inside 95 % interval | read off the scene |")
    print("|---|---|---|---|---|---|---|")
    scene = np.mean([one.source == "scene" for one in levels])
    print(
        f"| {len(away)} | {away.mean():.2f} | {np.median(away):.2f} | "
        f"{np.percentile(away, 95):.2f} | {away.max():.1f} | "
        f"{(away <= Z95 * sigma).mean():.1%} | {scene:.1%} |"
    )
    pairs = {
        "pitch": [(one.pitch_deg, t.pitch_deg) for one, t in zip(levels, truths, strict=True)],
        "yaw": [(one.yaw_deg, _yaw_deg(t)) for one, t in zip(levels, truths, strict=True)],
    }
    for name, values in pairs.items():
        known = np.array([(found, true) for found, true in values if found is not None])
        mae = np.abs(known[:, 0] - known[:, 1]).mean()
        print(f"\n{name}: known for {len(known) / len(truths):.0%}, mean |error| {mae:.2f} degrees")


if __name__ == "__main__":
    main()
