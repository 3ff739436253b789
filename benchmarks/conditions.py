"""Conditions of rendered photos besides angles: clothing, light, distance, pelvis, definitions.

    python -m benchmarks.conditions GENERATOR [--photos DATASET]

Adds the conditions to results that were measured before conditions were recorded. Nothing is
rendered or measured: the generator draws its parameters again from the seed, without Blender, and a
record is only touched if sex, skin, fit of the clothes and both true angles come out as they were
recorded. DATASET, if the photos of the first set still exist, adds what only a rendered body
provides: the true distance, and the thigh by other definitions of the hip.
"""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from benchmarks import render

Params = dict[str, Any]
RESULTS: Final = Path(__file__).parent / "results"
SETS: Final = {
    "": ("plain", 1, 60),
    "fresh": ("plain", 7001, 60),
    "harder": ("harder", 7100, 160),
}
"""Folder of the results: kind, seed and number of designs, as in ``benchmarks/render.py``."""


def conditions(params: Params) -> dict[str, Any]:
    """Return the conditions that the generator's parameters tell.

    Lengths of trouser legs run from 0 (hip) over about 1 (knee) to 2 (ankle); brightness is the
    mean grey level asked of the finished picture, 0 to 255; the distance is in metres, from the
    middle of the body, as asked for.
    """
    how = params["camera"].get("harder", {})
    return {
        "leg_length": params["clothes"]["leg_len"],
        "brightness": params["light"]["target_mean"] * how.get("darkness", 1.0),
        "blurred": how.get("blur_px", 0.0) > 0 or how.get("shake_px", 0.0) > 0,
        "resized_to": how.get("resized_to", 1.0),
        "hands": how.get("hands", False),
        "cropped": how.get("cropped", "no"),
        "pelvis": how.get("pelvis", "flat"),
        "abduction_deg": params["test_leg"]["abduction"],
        "distance_m": params["camera"]["dist"],
    }


def rendered(details: dict[str, Any]) -> dict[str, Any]:
    """Return all that the file beside a rendered photo tells.

    ``trochanter_deg`` is how much higher the thigh reads between the points that a goniometer
    follows, ``trochanter_knee_deg`` how much more the knee is flexed there, and ``rig_hip_deg`` how
    much higher the thigh reads from the uncorrected hip of the body model, degrees.
    """
    leg = details["test_leg"]
    true = leg["thigh_sagittal_deg"]
    return conditions(details["params"]) | {
        "distance_m": details["camera"]["distance_m"],
        "trochanter_deg": leg["landmark_thigh_sagittal_deg"] - true,
        "trochanter_knee_deg": leg["knee_interior_3d_deg"] - leg["landmark_knee_interior_3d_deg"],
        "rig_hip_deg": leg["rig_hip_thigh_sagittal_deg"] - true,
    }


def designs(generator: render.Generator, seed: int, n: int) -> list[Params]:
    """Draw angles, camera and sides of every photo, in the generator's own order."""
    rng = np.random.default_rng(seed)
    ranges = {"theta": (-25, 35), "knee": (70, 170), "yaw": (-25, 25), "roll": (-6, 6)}
    drawn = {name: generator.strat(rng, n, *ends) for name, ends in ranges.items()}
    sides = [(test, camera) for test in ("left", "right") for camera in (-1, 1)] * (n // 4 + 1)
    order = rng.permutation(n)
    return [
        {name: values[i] for name, values in drawn.items()}
        | {"test_side": sides[order[i]][0], "camera_side": sides[order[i]][1]}
        for i in range(n)
    ]


def drawn_again(folder: Path, kind: str, seed: int, n: int) -> Iterator[Params]:
    """Yield the parameters of photo 0, 1, 2 …, each from its own seed."""
    sys.path.insert(0, os.fspath(folder))
    # Materials are all that the room wants of Blender, and drawing parameters makes none.
    blender = ModuleType("thomas_synth.scene")
    vars(blender).update(NT=None, rgb=None)
    sys.modules.setdefault(blender.__name__, blender)
    vars(importlib.import_module("thomas_synth")).setdefault("scene", blender)
    # Reloaded for each kind, which patches it.
    generator: render.Generator = importlib.reload(importlib.import_module("generate"))
    render.KINDS[kind](generator)
    for index, design in enumerate(designs(generator, seed, n)):
        yield generator.sample_params(np.random.default_rng([seed, index, 0]), design)


def matches(record: dict[str, Any], params: Params) -> bool:
    """Whether a record was measured on the photo of these parameters."""
    leg = params["test_leg"]
    return bool(
        record["sex"] == ("male" if params["male"] else "female")
        and record["skin"] == params["look"]["fitz"]
        and record["tight"] == params["clothes"]["tight"]
        and np.allclose(record["truth"], (leg["theta"], 180 - leg["knee"]), atol=1e-6)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("generator", type=Path)
    parser.add_argument("--photos", type=Path)
    options = parser.parse_args()
    for folder, how in SETS.items():
        path = RESULTS / folder / "accuracy.json"
        data = json.loads(path.read_text("utf-8"))
        drawn = list(drawn_again(options.generator, *how))
        for record in data["synthetic"]:
            params = drawn[int(record["name"][-4:])]
            if not matches(record, params):
                raise SystemExit(f"{record['name']} is another photo than the generator draws now")
            record["conditions"] = conditions(params)
            beside = options.photos and (options.photos / record["name"]).with_suffix(".json")
            if beside and beside.is_file():
                record["conditions"] = rendered(json.loads(beside.read_text("utf-8")))
        path.write_text(json.dumps(data, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
