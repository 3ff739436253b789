"""How the learned correction does for makes of bodies that it has never seen.

    python -m benchmarks.makes DATASET... [--features FILE.npz] [--untouched FOLDER]

Each make of bodies is left out whole, everything is fitted on the others, and its photos are read:
by the bare landmarks, with a constant, by the general correction, by a special one, and as
``vision.calibration`` puts them together. Standard errors are fitted on the other makes' photos
alone. FILE spares looking at the photos again; FOLDER holds photos of bodies, of any make, that
nothing was fitted or chosen by, and is measured by the whole instrument. Writes results/makes.md, and makes.json for the validation
report.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibrate import (
    fit_corrections,
    fit_sides,
    fit_sigmas,
    left_out_sides,
    read_columns,
)
from benchmarks.dataset import OWN, Truth, read_dataset
from benchmarks.extract import Columns
from benchmarks.left_out import LeftOut, Scheme, predict_left_out, rows_of
from benchmarks.markdown import number, table
from vision.angles import Z95
from vision.calibration import JOINTS
from vision.measurement import measure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
OUT: Final = Path(__file__).parent / "results" / "makes.md"
SUMMARY: Final = OUT.with_suffix(".json")
METHODS: Final = {
    "plain": "bare landmarks",
    "constant": "a constant",
    "general": "general correction alone",
    "special": "special corrections alone",
    "kept": "both, by likeness",
}
WORDS: Final = {"own": "own generator", "valid": "VALID avatars"}
LEFT_OUT: Final[dict[Scheme, str]] = {
    "make": "the make left out whole: bodies never seen",
    "person": "the person left out, the make known",
}
DARKER_TONE: Final = 4
"""Of the own generator's tones, 0 to 6; of the VALID avatars those called Black."""


def is_dark(truth: Truth) -> bool:
    if truth.make == OWN:
        return int(truth.details["params"]["look"]["fitz"]) >= DARKER_TONE
    return "Black" in truth.person


def wears_trousers(truth: Truth) -> bool:
    """Whether cloth reaches below the knee; the VALID avatars' own shorts do not."""
    if truth.make == OWN:
        return str(truth.details["params"]["clothes"]["bottom"]) in ("long", "leggings")
    return str(truth.details["outfit"]) != "Default"


GROUPS: Final[dict[str, Callable[[Truth], bool]]] = {
    "near leg": lambda truth: truth.near_camera,
    "far leg": lambda truth: not truth.near_camera,
    "bare knees": lambda truth: not wears_trousers(truth),
    "trousers or leggings": wears_trousers,
    "lighter skin": lambda truth: not is_dark(truth),
    "darker skin": is_dark,
    "camera within 10° of square": lambda truth: abs(truth.yaw_deg) <= 10,
    "camera turned further": lambda truth: abs(truth.yaw_deg) > 10,
    "knee bent beyond 79°": lambda truth: truth.knee_flexion_deg > 79,
}


def summary(error: Floats) -> str:
    """Mean absolute error, bias, standard deviation and worst of one angle."""
    return " / ".join(
        (
            number(np.abs(error).mean(), 2),
            number(error.mean(), 1, sign=True),
            number(error.std(), 2),
            number(np.abs(error).max(), 1),
        )
    )


def inside(error: Floats, doubt: Floats, arrays: dict[str, Floats]) -> Bools:
    """Whether the truth lies in the 95 % interval, shape (N, 3)."""
    sigmas = [np.exp(doubt @ arrays[f"{joint}_log_sigma"]) for joint in JOINTS]
    return np.abs(error) <= Z95 * np.column_stack(sigmas)


def covered(columns: Columns, left_out: dict[Scheme, LeftOut], scheme: Scheme) -> Bools:
    """Coverage with standard errors that were fitted on the other makes alone."""
    makes, found = columns["make"], left_out[scheme]
    result = np.zeros((len(makes), 3), bool)
    for make in np.unique(makes):
        known = np.flatnonzero(makes != make if scheme == "make" else makes != "")
        part = {key: _rows(one, known) for key, one in left_out.items()}
        arrays = fit_sigmas(rows_of(columns, known), part["person"], part["make"])
        one = makes == make
        result[one] = inside(found.kept[one], found.doubt[one], arrays)
    return result


def _rows(found: LeftOut, rows: NDArray[np.intp]) -> LeftOut:
    return LeftOut(*(getattr(found, name)[rows] for name in LeftOut.__dataclass_fields__))


def methods_table(columns: Columns, left_out: dict[Scheme, LeftOut], scheme: Scheme) -> str:
    rows = []
    share = covered(columns, left_out, scheme)
    for make in np.unique(columns["make"]):
        one = columns["make"] == make
        for name, words in METHODS.items():
            errors = getattr(left_out[scheme], name)[one]
            cells = [summary(error) for error in errors.T]
            held = " / ".join(f"{100 * s:.0f}" for s in share[one].mean(axis=0))
            rows.append([WORDS[make], words, *cells, held if name == "kept" else ""])
    head = ["make", "read by", *JOINTS, "truths inside 95 %: thigh / knee / shank, %"]
    return table(head, rows)


def groups_table(
    columns: Columns, left_out: dict[Scheme, LeftOut], scheme: Scheme, truths: dict[str, Truth]
) -> str:
    share, error = covered(columns, left_out, scheme), left_out[scheme].kept
    rows = []
    for make in np.unique(columns["make"]):
        for words, belongs in GROUPS.items():
            member = np.array([belongs(truths[str(name)]) for name in columns["name"]])
            one = member & (columns["make"] == make)
            cells = [number(np.abs(part).mean(), 2) for part in error[one].T]
            held = [f"{100 * part:.0f}" for part in share[one].mean(axis=0)]
            rows.append([WORDS[make], words, str(int(one.sum())), *cells, *held])
    head = ["make", "photos with", "n", *(f"{joint}, MAE" for joint in JOINTS)]
    return table([*head, *(f"{joint}, inside %" for joint in JOINTS)], rows)


def sides_lines(columns: Columns, truths: Sequence[Truth]) -> list[str]:
    """Refusals and wrong legs by make."""
    band = float(fit_sides(columns)[0]["side_min_log_odds"])
    score, near = left_out_sides(columns), columns["near"] > 0
    strange = left_out_sides(columns, "make")
    lines = []
    for make in np.unique(columns["make"]):
        one, all_of = columns["make"] == make, sum(truth.make == make for truth in truths)
        counts = []
        for odds in (score[one], strange[one]):
            unsure, wrong = np.abs(odds) < band, (odds > 0) != near[one]
            counts += [int(unsure.sum()), int((wrong & ~unsure).sum())]
        lines.append(
            f"- {WORDS[make]}: {all_of} photos, {all_of - int(one.sum())} refused; persons left "
            f"out: the leg asked for in {counts[0]}, wrong in {counts[1]}; the make left out: "
            f"asked for in {counts[2]}, wrong in {counts[3]}"
        )
    return lines


@dataclass(frozen=True, slots=True)
class Reading:
    """One photo that was measured by the whole instrument."""

    make: str
    errors: tuple[float, float, float] | None
    held: tuple[bool, bool, bool] | None
    wrong_leg: bool


def read_whole(truth: Truth) -> Reading:
    result = measure(truth.path)
    if not result.measurable or result.angles is None or result.view.leg is None:
        return Reading(truth.make, None, None, wrong_leg=False)
    wrong = result.view.leg.side != truth.tested_leg
    angles = result.angles.thigh, result.angles.knee_flexion, result.angles.shank_from_plumb
    true = truth.thigh_deg, truth.knee_flexion_deg, truth.shank_from_plumb_deg
    errors = [(a.value_deg - t + 180) % 360 - 180 for a, t in zip(angles, true, strict=True)]
    held = [abs(e) <= Z95 * a.sigma_deg for a, e in zip(angles, errors, strict=True)]
    return Reading(truth.make, tuple(errors), tuple(held), wrong)  # type: ignore[arg-type]


def untouched_table(folders: Sequence[Path], jobs: int) -> str:
    truths = [truth for folder in folders for truth in read_dataset(folder)]
    with ProcessPoolExecutor(jobs) as pool:
        readings = list(pool.map(read_whole, truths, chunksize=2))
    rows = []
    for make in sorted({truth.make for truth in truths}):
        one = [reading for reading in readings if reading.make == make]
        errors = np.array([reading.errors for reading in one if reading.errors is not None])
        held = np.array([reading.held for reading in one if reading.held is not None])
        cells = [summary(error) for error in errors.T]
        share = " / ".join(f"{100 * s:.0f}" for s in held.mean(axis=0))
        wrong = sum(reading.wrong_leg for reading in one)
        rows.append([WORDS[make], f"{len(errors)} of {len(one)}", str(wrong), *cells, share])
    head = ["make", "measured", "wrong leg", *JOINTS, "truths inside 95 %: thigh / knee / shank, %"]
    return table(head, rows)


def in_short(columns: Columns, left_out: dict[Scheme, LeftOut]) -> dict[str, Any]:
    """Mean absolute errors and coverage by what was left out and make."""
    found: dict[str, Any] = {}
    for scheme, one in left_out.items():
        share = covered(columns, left_out, scheme)
        found[scheme] = {
            str(make): {
                "n": int((columns["make"] == make).sum()),
                "mae": np.abs(one.kept[columns["make"] == make]).mean(axis=0).round(4).tolist(),
                "plain": np.abs(one.plain[columns["make"] == make]).mean(axis=0).round(4).tolist(),
                "inside": share[columns["make"] == make].mean(axis=0).round(4).tolist(),
            }
            for make in np.unique(columns["make"])
        }
    return found


def report(
    columns: Columns,
    truths: Sequence[Truth],
    left_out: dict[Scheme, LeftOut],
    untouched: str | None,
) -> str:
    by_name = {truth.path.name: truth for truth in truths}
    parts = [
        "# Bodies it has never seen",
        "Made by `python -m benchmarks.makes`; degrees. The level is known here, but in the last "
        "table. A cell: mean absolute error / bias / standard deviation / worst. Shank: 90 + thigh "
        "− knee flexion, from plumb.",
    ]
    for scheme in left_out:
        parts += [
            f"## {LEFT_OUT[scheme].capitalize()}",
            methods_table(columns, left_out, scheme),
            groups_table(columns, left_out, scheme, by_name),
        ]
    parts += ["## Refusals and wrong legs", "\n".join(sides_lines(columns, truths))]
    if untouched:
        parts += ["## Untouched photos, the whole instrument", untouched]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("datasets", type=Path, nargs="+", metavar="dataset")
    parser.add_argument("--features", type=Path, nargs="+")
    parser.add_argument("--untouched", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    truths: list[Truth] = [truth for folder in options.datasets for truth in read_dataset(folder)]
    columns, _ = read_columns(options.features or options.datasets, "heavy", options.jobs)
    untouched: Any = options.untouched and untouched_table(options.untouched, options.jobs)
    schemes: tuple[Scheme, ...] = ("make", "person")
    left_out = {one: predict_left_out(columns, one, fit_corrections) for one in schemes}
    OUT.write_text(report(columns, truths, left_out, untouched), "utf-8")
    SUMMARY.write_text(json.dumps(in_short(columns, left_out), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
