"""How the learned correction does for makes of bodies that it has never seen.

    python -m benchmarks.makes DATASET... [--features FILE.npz] [--untouched FOLDER]

Each make of bodies is left out whole, everything is fitted on the others, and its photos are read:
by the bare landmarks, with a constant, by the general correction, by a special one, and as
``vision.calibration`` puts them together. Standard errors are fitted on the other makes' photos
alone. FILE spares looking at the photos again; FOLDER holds photos of bodies, of any make, that
nothing was fitted or chosen by, and is measured by the whole instrument. Writes results/makes.md,
and makes.json and strangers.json (photo by photo) for the validation report.
"""

import argparse
import json
from collections.abc import Sequence
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
from benchmarks.dataset import Truth, read_dataset
from benchmarks.extract import Columns
from benchmarks.left_out import LeftOut, Scheme, predict_left_out, rows_of
from benchmarks.make_groups import Bools, members
from benchmarks.markdown import number, table
from benchmarks.strangers import write_records
from vision.angles import Z95
from vision.calibration import JOINTS
from vision.measurement import measure

Floats = NDArray[np.float64]
OUT: Final = Path(__file__).parent / "results" / "makes.md"
SUMMARY: Final = OUT.with_suffix(".json")
METHODS: Final = {
    "plain": "bare landmarks",
    "constant": "a constant",
    "general": "general correction alone",
    "special": "special corrections alone",
    "kept": "both, by likeness",
}
WORDS: Final = {
    "own": "own generator",
    "rocketbox": "Rocketbox avatars",
    "valid": "VALID avatars",
}
LEFT_OUT: Final[dict[Scheme, str]] = {
    "make": "the make left out whole: bodies never seen",
    "person": "the person left out, the make known",
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


def standard_errors(doubt: Floats, arrays: dict[str, Floats]) -> Floats:
    """Standard errors of thigh, knee and shank with the level known, degrees, shape (N, 3)."""
    return np.column_stack([np.exp(doubt @ arrays[f"{joint}_log_sigma"]) for joint in JOINTS])


def left_out_sigmas(columns: Columns, left_out: dict[Scheme, LeftOut]) -> dict[Scheme, Floats]:
    """Standard errors that knew no photo of what was left out, degrees, shape (N, 3).

    For a make that was left out whole they are fitted on the others alone, each of these left
    out in its turn; for persons they are the tool's own.
    """
    makes = columns["make"]
    strange = np.zeros((len(makes), 3))
    for make in np.unique(makes):
        one, known = makes == make, np.flatnonzero(makes != make)
        rest = rows_of(columns, known)
        inner = predict_left_out(rest, "make", fit_corrections)
        arrays = fit_sigmas(rest, left_out["person"].rows(known), inner)
        strange[one] = standard_errors(left_out["make"].doubt[one], arrays)
    arrays = fit_sigmas(columns, left_out["person"], left_out["make"])
    return {"make": strange, "person": standard_errors(left_out["person"].doubt, arrays)}


def methods_table(columns: Columns, left_out: LeftOut, share: Bools) -> str:
    """Errors of every method by make, with what share the intervals hold."""
    rows = []
    for make in np.unique(columns["make"]):
        one = columns["make"] == make
        for name, words in METHODS.items():
            errors = getattr(left_out, name)[one]
            cells = [summary(error) for error in errors.T]
            held = " / ".join(f"{100 * s:.0f}" for s in share[one].mean(axis=0))
            rows.append([WORDS[make], words, *cells, held if name == "kept" else ""])
    head = ["make", "read by", *JOINTS, "truths inside 95 %: thigh / knee / shank, %"]
    return table(head, rows)


def groups_table(
    columns: Columns, left_out: LeftOut, share: Bools, groups: dict[str, Bools]
) -> str:
    """Errors and coverage by make and kind of photo."""
    rows = []
    for make in np.unique(columns["make"]):
        for words, member in groups.items():
            one = member & (columns["make"] == make)
            if not one.any():
                continue
            cells = [number(np.abs(part).mean(), 2) for part in left_out.kept[one].T]
            held = [f"{100 * part:.0f}" for part in share[one].mean(axis=0)]
            rows.append([WORDS[make], words, str(int(one.sum())), *cells, *held])
    head = ["make", "photos with", "n", *(f"{joint}, MAE" for joint in JOINTS)]
    return table([*head, *(f"{joint}, inside %" for joint in JOINTS)], rows)


def sides(columns: Columns) -> dict[Scheme, dict[str, dict[str, int]]]:
    """How often the leg would have been asked for, and how often the wrong one taken, by make."""
    band = float(fit_sides(columns)[0]["side_min_log_odds"])
    near, found = columns["near"] > 0, {}
    for scheme in LEFT_OUT:
        odds = left_out_sides(columns, scheme)
        unsure, wrong = np.abs(odds) < band, (odds > 0) != near
        found[scheme] = {
            str(make): {"asked": int(unsure[one].sum()), "wrong": int((wrong & ~unsure)[one].sum())}
            for make in np.unique(columns["make"])
            for one in [columns["make"] == make]
        }
    return found


def sides_lines(
    columns: Columns, truths: Sequence[Truth], counts: dict[Scheme, dict[str, dict[str, int]]]
) -> list[str]:
    """Refusals and wrong legs by make."""
    lines = []
    for make in np.unique(columns["make"]):
        one, all_of = columns["make"] == make, sum(truth.make == make for truth in truths)
        known, strange = counts["person"][make], counts["make"][make]
        lines.append(
            f"- {WORDS[make]}: {all_of} photos, {all_of - int(one.sum())} refused; persons left "
            f"out: the leg asked for in {known['asked']}, wrong in {known['wrong']}; the make left "
            f"out: asked for in {strange['asked']}, wrong in {strange['wrong']}"
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


def untouched(folders: Sequence[Path], jobs: int) -> dict[str, list[Reading]]:
    """Photos of folders by make, each measured by the whole instrument."""
    truths = [truth for folder in folders for truth in read_dataset(folder)]
    with ProcessPoolExecutor(jobs) as pool:
        readings = list(pool.map(read_whole, truths, chunksize=2))
    makes = sorted({truth.make for truth in truths})
    return {make: [one for one in readings if one.make == make] for make in makes}


def untouched_table(by_make: dict[str, list[Reading]]) -> str:
    rows = []
    for make, one in by_make.items():
        errors = np.array([reading.errors for reading in one if reading.errors is not None])
        held = np.array([reading.held for reading in one if reading.held is not None])
        cells = [summary(error) for error in errors.T]
        share = " / ".join(f"{100 * s:.0f}" for s in held.mean(axis=0))
        wrong = sum(reading.wrong_leg for reading in one)
        rows.append([WORDS[make], f"{len(errors)} of {len(one)}", str(wrong), *cells, share])
    head = ["make", "measured", "wrong leg", *JOINTS, "truths inside 95 %: thigh / knee / shank, %"]
    return table(head, rows)


def untouched_in_short(by_make: dict[str, list[Reading]]) -> dict[str, Any]:
    """Errors of each measured photo by make, degrees; how many there were; wrong legs."""
    return {
        make: {
            "n": len(one),
            "errors": [np.round(r.errors, 3).tolist() for r in one if r.errors is not None],
            "inside": [list(r.held) for r in one if r.held is not None],
            "wrong_leg": sum(reading.wrong_leg for reading in one),
        }
        for make, one in by_make.items()
    }


def in_short(
    columns: Columns, left_out: dict[Scheme, LeftOut], shares: dict[Scheme, Bools]
) -> dict[str, Any]:
    """Mean absolute errors and coverage by what was left out and make."""
    found: dict[str, Any] = {}
    for scheme, errors in left_out.items():
        found[scheme] = {}
        for make in np.unique(columns["make"]):
            one = columns["make"] == make
            found[scheme][str(make)] = {
                "n": int(one.sum()),
                "mae": np.abs(errors.kept[one]).mean(axis=0).round(4).tolist(),
                "plain": np.abs(errors.plain[one]).mean(axis=0).round(4).tolist(),
                "inside": shares[scheme][one].mean(axis=0).round(4).tolist(),
            }
    return found


def report(
    columns: Columns,
    truths: Sequence[Truth],
    left_out: dict[Scheme, LeftOut],
    shares: dict[Scheme, Bools],
    legs: dict[Scheme, dict[str, dict[str, int]]],
    whole: dict[str, list[Reading]],
) -> str:
    groups = members(columns, {truth.path.name: truth for truth in truths})
    parts = [
        "# Bodies it has never seen",
        "Made by `python -m benchmarks.makes`; degrees. The level is known here, but in the last "
        "table. A cell: mean absolute error / bias / standard deviation / worst. Shank: 90 + thigh "
        "− knee flexion, from plumb. Where a make was left out, so it was for the standard errors, "
        "which were fitted on the other makes, each left out in its turn.",
    ]
    for scheme, errors in left_out.items():
        parts += [
            f"## {LEFT_OUT[scheme].capitalize()}",
            methods_table(columns, errors, shares[scheme]),
            groups_table(columns, errors, shares[scheme], groups),
        ]
    parts += ["## Refusals and wrong legs", "\n".join(sides_lines(columns, truths, legs))]
    if whole:
        parts += ["## Untouched photos, the whole instrument", untouched_table(whole)]
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
    whole = untouched(options.untouched, options.jobs) if options.untouched else {}
    schemes: tuple[Scheme, ...] = ("make", "person")
    left_out = {one: predict_left_out(columns, one, fit_corrections) for one in schemes}
    sigmas = left_out_sigmas(columns, left_out)
    shares = {one: np.abs(left_out[one].kept) <= Z95 * sigmas[one] for one in schemes}
    legs = sides(columns)
    OUT.write_text(report(columns, truths, left_out, shares, legs, whole), "utf-8")
    short = in_short(columns, left_out, shares)
    short |= {"legs": legs, "untouched": untouched_in_short(whole)}
    SUMMARY.write_text(json.dumps(short, indent=1) + "\n", "utf-8")
    write_records(columns, {truth.path.name: truth for truth in truths}, left_out, sigmas)


if __name__ == "__main__":
    main()
