"""Tables of the validation report: records in, Markdown out."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np

from benchmarks.markdown import number, share, span, table
from benchmarks.resampling import Bools, Floats, Ints, mean_interval
from benchmarks.validation.evidence import (
    JOINTS,
    OURS,
    SETS,
    Record,
    errors,
    half_widths,
    measured,
    set_numbers,
)
from vision.angles import Z95

METHODS: Final = {
    OURS: "the instrument",
    "without calibration": "without the learned correction",
    "without calibration and level": "without correction and levelling",
    "single pass, heavy": "one upright pass of the pose model, photo taken as level, leg given",
    "unsigned shoulder-hip-knee": "unsigned shoulder–hip–knee angle of that pass",
}


def mae(error: Floats, sets: Ints) -> str:
    away = np.abs(error)
    return f"{number(away.mean())} ({span(mean_interval(away, sets))})"


def bias(error: Floats, sets: Ints) -> str:
    interval = span(mean_interval(error, sets), sign=True)
    return f"{number(error.mean(), sign=True)} ({interval})"


def by_set(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return all records together, then set by set."""
    return {"all three": list(records)} | {
        name: [record for record in records if record["set"] == name] for name in SETS
    }


def accuracy(records: Sequence[Record]) -> str:
    """Error of both angles, together and by set."""
    head = ["photos", "measured", "angle", "bias", "MAE", "RMSE", "95 % limits", "worst"]
    rows = []
    for name, part in by_set(records).items():
        found = measured(part)
        error, sets = errors(found), set_numbers(found)
        for column, joint in enumerate(JOINTS):
            one = error[:, column]
            limits = one.mean() - Z95 * one.std(ddof=1), one.mean() + Z95 * one.std(ddof=1)
            rows.append(
                [
                    name,
                    f"{len(found)} of {len(part)}",
                    joint,
                    bias(one, sets),
                    f"**{number(np.abs(one).mean())}** ({span(mean_interval(np.abs(one), sets))})",
                    number(float(np.sqrt((one**2).mean()))),
                    span(limits, sign=True),
                    number(float(np.abs(one).max())),
                ]
            )
    return table(head, rows)


def ablation(records: Sequence[Record]) -> str:
    """What each part does, on the same photos: those that the instrument measured."""
    rows = []
    for method, said in METHODS.items():
        cells = [said]
        for part in by_set(records).values():
            away = np.abs(errors(_having(measured(part)), method))
            mean, middle = away.mean(axis=0), np.median(away, axis=0)
            cells.append(
                " / ".join(f"{number(m)} ({number(n)})" for m, n in zip(mean, middle, strict=True))
            )
        rows.append(cells)
    return table(["mean (median) absolute error, thigh / knee", *by_set(records)], rows)


def _having(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if METHODS.keys() <= record["methods"].keys()]


def by_angle(records: Sequence[Record]) -> str:
    """Bias, error and coverage by thirds of the true angle."""
    found = measured(records)
    error, sets = errors(found), set_numbers(found)
    inside = np.abs(error) <= half_widths(found)
    rows = []
    for column, joint in enumerate(JOINTS):
        true = np.array([record["truth"][column] for record in found])
        low, high = np.quantile(true, (1 / 3, 2 / 3))
        thirds: dict[str, Bools] = {
            f"{joint} under {number(low, 0)}°": true < low,
            f"{joint} {number(low, 0)}° to {number(high, 0)}°": (true >= low) & (true <= high),
            f"{joint} over {number(high, 0)}°": true > high,
        }
        for name, part in thirds.items():
            one = error[part, column]
            held = share(int(inside[part, column].sum()), int(part.sum()))
            rows.append([name, bias(one, sets[part]), mae(one, sets[part]), held])
    return table(["true angle", "bias", "MAE", "inside the 95 % interval"], rows)


def expected_borderline(half_deg: float, mean: float, sd: float, cut: float) -> float:
    """Share of thighs within the interval's half-width of a cut-off, if they are normal."""
    people = NormalDist(mean, sd)
    return people.cdf(cut + half_deg) - people.cdf(cut - half_deg)


def repeatability(rows_in: Sequence[Record]) -> str:
    rows = []
    for form in (key for key in rows_in[0] if key != "name"):
        kept = np.array([row[form] for row in rows_in if row[form] is not None])
        away = np.abs(kept)
        cells = [
            f"{number(np.median(c), 2)} / {number(np.percentile(c, 95), 1)} / {number(c.max(), 1)}"
            for c in away.T
        ]
        sem = np.sqrt((kept**2).mean(axis=0) / 2)
        sems = f"{number(sem[0], 2)} / {number(sem[1], 2)}"
        rows.append([form, f"{len(kept)} of {len(rows_in)}", *cells, sems])
    return table(["same photo", "measured", "thigh", "knee", "SEM, thigh / knee"], rows)


def level(records: Sequence[Record]) -> str:
    rows = []
    for kind in ("roll", "pitch", "yaw"):
        # An assumed roll is a number too, but not one that was read.
        read = [r for r in records if r["source"] == "scene" or kind != "roll"]
        pairs = np.array([record[kind] for record in read if record[kind][1] is not None])
        away = np.abs(pairs[:, 1] - pairs[:, 0])
        known = f"{len(pairs)} of {len(records)}"
        cells = number(away.mean(), 2), number(np.percentile(away, 95)), number(away.max())
        rows.append([kind, known, *cells])
    return table(["camera's", "known", "MAE", "95th percentile", "worst"], rows)
