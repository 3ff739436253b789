"""Reliability of one reading, of two photos of one set-up, of a new set-up and of the other leg.

    python -m benchmarks.reliability FOLDER    measures, and writes results/reliability.{json,md,png}
    python -m benchmarks.reliability           writes page and plot from the stored readings

FOLDER holds the renders of ``benchmarks.reliability_design``, where design, criterion and analysis
stand as they were written down before anything was measured; each JSON carries its design under
``reliability``. Every photo is measured by the whole instrument; two more errors of it have the
level given, by the shipped calibration and by one that was fitted without the photo's make.
Nothing is chosen by these photos.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.calibrate import fit_corrections
from benchmarks.dataset import Truth, read_dataset
from benchmarks.extract import Columns, described, extract
from benchmarks.left_out import rows_of, three, with_shank
from benchmarks.machine import machine
from benchmarks.reliability_figures import Found, Record, analyse
from benchmarks.reliability_page import page
from benchmarks.reliability_plot import plot
from vision.backends.mediapipe import MediaPipeEstimator
from vision.calibration import Calibration, calibration_for
from vision.measurement import Measurement, measure

OUT: Final = Path(__file__).parent / "results"
ASKED: Final = "side_uncertain"
"""Flag of a photo on which the tool asks which leg was tested."""
TRAINING: Final = Path(__file__).parent / "training" / "heavy.npz"


def read_record(truth: Truth) -> Record:
    """Measure a photo; angles in degrees, rounded to 0.001.

    If nothing but the tested leg is in doubt, the tool asks for it, and is told here, as by a user.
    """
    result = measure(truth.path)
    asked = [flag.kind.code for flag in result.quality.flags if flag.kind.blocking] == [ASKED]
    if asked:
        result = measure(truth.path, leg=truth.tested_leg)
    design, leg = truth.details["reliability"], result.view.leg
    true = (truth.thigh_deg, truth.knee_flexion_deg, truth.shank_from_plumb_deg)
    return {
        "name": truth.path.stem,
        "make": truth.make,
        "body": design["body"],
        "facet": design["facet"],
        "truth": [round(one, 3) for one in true],
        "reading": _kept(result),
        "leg_asked": asked,
        "wrong_leg": leg is not None and leg.side != truth.tested_leg,
        "refused": [flag.kind.code for flag in result.quality.flags if flag.kind.blocking],
        "calibration": result.provenance.calibration,
    }


def _kept(result: Measurement) -> list[list[float]] | None:
    reading = result.reading
    if reading is None:
        return None
    angles = (reading.thigh, reading.knee_flexion, reading.shank_from_plumb)
    return [[round(one.value_deg, 3), round(one.sigma_deg, 3)] for one in angles]


def level_given(photos: Columns, calibration: Calibration) -> dict[str, list[float]]:
    """Errors (thigh, knee, shank) with the true level, by the photo's name without ending."""
    found = {}
    for row, name in enumerate(photos["name"]):
        near = bool(photos["near"][row] > 0)
        added, _ = calibration.additions(described(photos, row), near=near)
        plain = with_shank(photos["plain"][[row]]) - with_shank(photos["truth_3d"][[row]])
        error = (plain + three(added[None, 2:]))[0]
        found[Path(str(name)).stem] = [round(float(one), 3) for one in error]
    return found


def by_strangers(photos: Columns, training: Columns) -> dict[str, list[float]]:
    """The same by calibrations that were fitted without the photo's make."""
    found: dict[str, list[float]] = {}
    for make in np.unique(photos["make"]):
        known = np.flatnonzero(training["make"] != make)
        calibration = Calibration("left out", fit_corrections(rows_of(training, known)))
        own = rows_of(photos, np.flatnonzero(photos["make"] == make))
        found |= level_given(own, calibration)
    return found


def measured(folder: Path, jobs: int) -> list[Record]:
    """Measure every photo of the design."""
    truths = read_dataset(folder)
    with ProcessPoolExecutor(jobs) as pool:
        records = list(pool.map(read_record, truths))
    photos = extract([folder], "heavy", jobs)
    shipped = calibration_for(MediaPipeEstimator().model)
    assert shipped is not None
    told, strange = level_given(photos, shipped), by_strangers(photos, dict(np.load(TRAINING)))
    return [
        record
        | {
            "level_told_error": told.get(record["name"]),
            "stranger_error": strange.get(record["name"]),
        }
        for record in records
    ]


def write(path: Path, records: Sequence[Record], found: Found) -> None:
    """Write one photo a line, so that changes can be read."""
    lines = ",\n".join(json.dumps(record) for record in records)
    head = json.dumps({"machine": machine(), "found": found})[:-1]
    path.write_text(f'{head},\n"photos": [\n{lines}\n]}}\n', "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    path = options.out / "reliability.json"
    if options.folder:
        records = measured(options.folder, options.jobs)
    else:
        records = json.loads(path.read_text("utf-8"))["photos"]
    found = analyse(records)
    text = page(records, found)  # before anything is written, or the commit named would be "dirty"
    write(path, records, found)
    (options.out / "reliability.md").write_text(text, "utf-8")
    plot(records, options.out / "reliability.png")


if __name__ == "__main__":
    main()
