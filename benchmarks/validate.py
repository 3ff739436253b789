"""``thomas-test validate`` on renders as if they were a clinic's, beside what the benchmark found.

    python -m benchmarks.validate DATASET [--readings FILE.csv] [--out benchmarks/results]

DATASET is the folder of the ``dev`` photos with their truth. A reference table is written from the
truth, the command runs on folder and table as a user would run it, and its figures are set beside
those of ``benchmarks.accuracy``, which measured the same photos in another way. ``--readings``
analyses readings that the command kept, without the photos. Writes validate.json and validate.md.
"""

import argparse
import csv
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.dataset import Truth, read_dataset
from benchmarks.markdown import number, span, table
from benchmarks.validation.evidence import RESULTS, errors, half_widths, measured, read_evidence
from vision.angles import Z95

COLUMNS: Final = ("path", "leg", "thigh_deg", "knee_flexion_deg", "sex", "leg_seen")
ANGLES: Final = {"thigh": "thigh_deg", "knee": "knee_flexion_deg"}


def write_reference(path: Path, truths: Sequence[Truth]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in truths:
            seen = "near" if one.near_camera else "far"
            sex = one.details["body"]["sex"]
            angles = (one.thigh_deg, one.knee_flexion_deg)
            writer.writerow([one.path.name, one.tested_leg, *angles, sex, seen])


def run(dataset: Path, readings: Path | None) -> tuple[dict[str, Any], int]:
    """Run the command; return its JSON and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        reference, out = Path(folder, "reference.csv"), Path(folder, "out.json")
        write_reference(reference, read_dataset(dataset))
        options = ["--group", "sex", "--group", "leg_seen", "--json", str(out), "--jobs", "1"]
        done = subprocess.run(
            ["thomas-test", "validate", readings or dataset, "--reference", reference, *options],
            check=False,
        )
        return json.loads(out.read_text("utf-8")), done.returncode


def expected() -> dict[str, list[float]]:
    """The benchmark's figures of the same photos: each by angle, thigh and knee."""
    records = [one for one in read_evidence().records if one["set"] == "dev"]
    found = measured(records)
    error = errors(found)
    sd = error.std(axis=0, ddof=1)
    rows = {
        "photos measured": np.full(2, len(found)),
        "bias": error.mean(axis=0),
        "MAE": np.abs(error).mean(axis=0),
        "RMSE": np.sqrt((error**2).mean(axis=0)),
        "lower limit": error.mean(axis=0) - Z95 * sd,
        "upper limit": error.mean(axis=0) + Z95 * sd,
        "worst": np.abs(error).max(axis=0),
        "in the 95 % interval": (np.abs(error) <= half_widths(found)).sum(axis=0),
    }
    return {name: [float(one) for one in row] for name, row in rows.items()}


def found_in(values: dict[str, Any]) -> dict[str, list[float]]:
    """The command's figures under the same names."""
    angles = [values[column] for column in ANGLES.values()]
    return {
        "photos measured": [one["n"] for one in angles],
        "bias": [one["limits"]["bias_deg"] for one in angles],
        "MAE": [one["mae_deg"] for one in angles],
        "RMSE": [one["rmse_deg"] for one in angles],
        "lower limit": [one["limits"]["limits_deg"][0] for one in angles],
        "upper limit": [one["limits"]["limits_deg"][1] for one in angles],
        "worst": [one["worst_deg"] for one in angles],
        "in the 95 % interval": [one["coverage"]["inside"]["count"] for one in angles],
    }


def page(values: dict[str, Any], exit_code: int) -> str:
    ours, theirs = found_in(values), expected()
    rows = []
    for name in ours:
        digits = 0 if name in ("photos measured", "in the 95 % interval") else 2
        both = zip(ours[name], theirs[name], strict=True)
        rows.append([name, *(number(one, digits) for pair in both for one in pair)])
    thigh, knee = (values[column] for column in ANGLES.values())
    ends = [
        [name, *(span(one["limits"][key], sign=True) for one in (thigh, knee))]
        for name, key in (
            ("bias", "bias_interval_deg"),
            ("lower limit", "lower_limit_interval_deg"),
            ("upper limit", "upper_limit_interval_deg"),
        )
    ]
    ends.append(["MAE", *(span(one["mae_interval_deg"]) for one in (thigh, knee))])
    head = [f"{angle}, {who}" for angle in ANGLES for who in ("command", "benchmark")]
    refused = values["refused"]
    reasons = ", ".join(f"`{code}` {count}" for code, count in refused["reasons"].items())
    parts = [
        "# `thomas-test validate` on renders as if they were a clinic’s",
        f"{values['reference']['photos']} photos (`dev`), {values['made_by'][0]}, exit code "
        f"{exit_code}; made by `python -m benchmarks.validate`. Degrees; the command reads results "
        "rounded to 0.01°, the benchmark unrounded ones.",
        table(["", *head], rows),
        "The command’s 95 % intervals:",
        table(["", *ANGLES], ends),
        f"Refused: {refused['count']} of {refused['n']} ({reasons}). Limits of agreement within "
        f"±{values['acceptable_deg']:g}°: thigh {thigh['acceptable']}, knee {knee['acceptable']}.",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--readings", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    values, exit_code = run(options.dataset, options.readings)
    text = json.dumps(values, indent=1, ensure_ascii=False)
    (options.out / "validate.json").write_text(f"{text}\n", "utf-8")
    (options.out / "validate.md").write_text(page(values, exit_code), "utf-8")


if __name__ == "__main__":
    main()
