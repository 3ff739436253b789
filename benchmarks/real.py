"""Accuracy on hand-labelled real photographs, which stay private.

One rater, one pass: the labels have an error of ±4–6° in the thigh and ±3–5° in the knee, so
smaller errors are not evidence either way. File names do not appear in the results.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from vision.errors import PhotoError
from vision.geometry import knee_flexion_angle, thigh_angle
from vision.measurement import Measurement, measure
from vision.sides import Side
from vision.view import leg_of

TEST_POSITION = "one leg hugged or raised, the other down"


def evaluate_real(folder: Path) -> dict[str, Any]:
    """Errors on labelled photos, and which negatives were refused."""
    labels = list(csv.DictReader((folder / "labels.csv").open(encoding="utf-8")))
    negatives = list(csv.DictReader((folder / "negatives.csv").open(encoding="utf-8")))
    rows = [_labelled(folder, row, number) for number, row in enumerate(labels, start=1)]
    refused = [(row["what"], _refused(folder / row["file"])) for row in negatives]
    return {"rows": rows, "negatives": refused}


def _refused(path: Path) -> str | None:
    try:
        return _refusal(measure(path))
    except PhotoError as error:
        return error.code


def _refusal(result: Measurement) -> str | None:
    if result.measurable:
        return None
    return next(flag.kind.code for flag in result.quality.flags if flag.kind.blocking)


def _labelled(folder: Path, row: dict[str, str], number: int) -> dict[str, Any]:
    result = measure(folder / row["file"])
    position = row["position"] == TEST_POSITION
    record: dict[str, Any] = {
        "row": number,
        "position": position,
        "kind": row["kind"],
        "truth": [float(row["thigh_deg"]), float(row["knee_flexion_deg"])],
        "refusal": _refusal(result),
        "plain": _by_label(result, row),
        "leg_given": _with_leg(folder / row["file"], _side(row)) if position else None,
    }
    angles, leg = result.angles, result.view.leg
    if angles is not None and leg is not None:
        record["leg_right"] = leg.side == row["tested_leg"]
        record["ours"] = [angles.thigh.value_deg, angles.knee_flexion.value_deg]
        record["image"] = [angles.image_thigh_deg, angles.image_knee_flexion_deg]
        record["level"] = [result.level.roll_deg, result.level.sigma_deg, result.level.source]
    return record


def _side(row: dict[str, str]) -> Side:
    return "left" if row["tested_leg"] == "left" else "right"


def _with_leg(path: Path, leg: Side) -> list[float] | str:
    """Thigh and knee once the tested leg is named, degrees; or the reason of the refusal."""
    result = measure(path, leg=leg)
    if result.angles is None or not result.measurable:
        return str(_refusal(result))
    return [result.angles.thigh.value_deg, result.angles.knee_flexion.value_deg]


def _by_label(result: Measurement, row: dict[str, str]) -> list[float] | None:
    """Median over all passes of the leg that the model labels like the rater."""
    side = _side(row)
    head: Side = "left" if row["head_towards"] == "left" else "right"
    chains = [leg_of(one.people[0], side) for one in result.pose.passes if one.people]
    if not chains:
        return None
    chain = np.median(chains, axis=0)
    thigh = thigh_angle(chain[0], chain[1], head_towards=head)
    return [float(thigh), float(knee_flexion_angle(*chain, head_towards=head))]
