"""Tables of the validation report: records in, Markdown out."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np

from app.agreement.statistics import agree, kappa
from benchmarks.evidence import (
    JOINTS,
    OURS,
    SETS,
    Record,
    errors,
    half_widths,
    measured,
    set_numbers,
)
from benchmarks.markdown import number, share, span, table
from benchmarks.resampling import Bools, Floats, Ints, mean_interval
from vision.angles import (
    SHANK_RESIDUAL_DEG,
    Z95,
    Angle,
    Reading,
    shank_from_plumb_deg,
)
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import find, worst
from vision.observations import NOTHING_OBSERVED

SHARES_KEPT: Final = (1.0, 0.9, 0.75, 0.5)
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


def study(records: Sequence[Record]) -> str:
    """ICC, and the standard error and smallest detectable change of the instrument alone.

    The truth has no error, so that all of it is the instrument's: the standard error is the root
    mean square, not its half as between two raters.
    """
    rows = []
    for name, part in by_set(records).items():
        found = measured(part)
        for column, joint in enumerate(JOINTS):
            true = [record["truth"][column] for record in found]
            one = agree(true, [record["methods"][OURS][column] for record in found])
            assert one.icc.value is not None, "the photos' angles differ"
            assert one.icc.interval is not None, "so there is an interval"
            icc = f"{one.icc.value:.3f} ({one.icc.interval[0]:.3f}–{one.icc.interval[1]:.3f})"
            sem = math.sqrt(float((errors(found)[:, column] ** 2).mean()))
            rows.append([name, joint, icc, number(sem), number(Z95 * math.sqrt(2) * sem)])
    return table(["photos", "angle", "ICC(2,1)", "SEM", "MDC95"], rows)


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


def coverage(records: Sequence[Record]) -> str:
    """How often the 95 % interval holds the truth: by set, then by the size of the angle."""
    found = measured(records)
    parts = {
        name: np.array([name in ("all three", r["set"]) for r in found]) for name in by_set(found)
    }
    parts |= {
        "lighter skin (tones 0–3)": np.array([r["skin"] < 4 for r in found]),
        "darker skin (tones 4–6)": np.array([r["skin"] >= 4 for r in found]),
    }
    inside = np.abs(errors(found)) <= half_widths(found)
    half = np.median(half_widths(found), axis=0)
    rows = [
        [name, *(share(int(inside[part, c].sum()), int(part.sum())) for c in (0, 1))]
        for name, part in parts.items()
    ]
    head = [
        "photos",
        *(f"{joint} (half-width {number(half[c])}°)" for c, joint in enumerate(JOINTS)),
    ]
    return table(head, rows)


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


def risk(records: Sequence[Record]) -> str:
    """Error of the photos with the narrowest intervals, by the share of all photos kept."""
    found = measured(records)
    away, half = np.abs(errors(found)), half_widths(found)
    rows = []
    for kept in SHARES_KEPT:
        count = min(round(kept * len(records)), len(found))
        cells = [f"{count / len(records):.0%}".replace("%", " %")]
        for column in range(2):
            one = away[np.argsort(half[:, column], kind="stable")[:count], column]
            cells += [number(one.mean()), number(np.percentile(one, 95)), number(one.max())]
        rows.append(cells)
    head = ["kept of all photos"]
    for joint in JOINTS:
        head += [f"{joint} MAE", "95th percentile", "worst"]
    return table(head, rows)


PASSES_DEG: Final = 0.8
"""Median spread of the shank over the passes, degrees; the records do not hold each photo's own."""


def _verdict(values: Sequence[float], sigmas: Sequence[float], rules: RuleSet) -> str:
    shank = shank_from_plumb_deg(*values)
    angles = zip((*values, shank), sigmas, strict=True)
    reading = Reading(*(Angle(value, sigma, 0.0) for value, sigma in angles))
    return worst(find(reading, rules, NOTHING_OBSERVED))


def _shank_sigma_deg(record: Record) -> float:
    """Standard error of the shank, as a measurement of this photo has it."""
    return math.hypot(SHANK_RESIDUAL_DEG[bool(record["near"])], PASSES_DEG, record["level"][1])


def judged(records: Sequence[Record], rules: RuleSet) -> tuple[list[str], list[str]]:
    """Return a rule-set's verdicts on our readings, with their intervals, and on the truth."""
    half = half_widths(records)
    ours = [
        _verdict(record["methods"][OURS], (*widths / Z95, _shank_sigma_deg(record)), rules)
        for record, widths in zip(records, half, strict=True)
    ]
    return ours, [_verdict(record["truth"], (0, 0, 0), rules) for record in records]


def wrong_and_open(ours: Sequence[str], true: Sequence[str]) -> tuple[int, int]:
    """Count wrong and borderline verdicts."""
    open_ = sum(one == "borderline" for one in ours)
    pairs = zip(ours, true, strict=True)
    return sum(one not in (two, "borderline") for one, two in pairs), open_


def verdicts(records: Sequence[Record]) -> str:
    """Each rule-set's verdicts on our readings against those on the true angles."""
    found = measured(records)
    rows = []
    for rules in RULE_SETS.values():
        ours, true = judged(found, rules)
        wrong, open_ = wrong_and_open(ours, true)
        both = kappa(
            true, [_verdict(record["methods"][OURS], (0, 0, 0), rules) for record in found]
        )
        assert both.kappa is not None, "some pass and some fail"
        assert both.interval is not None, "so there is an interval"
        counts = true.count("fail"), len(ours) - wrong - open_, wrong, open_
        agreed = f"{100 * both.agreement:.0f} %"
        value = f"{both.kappa:.2f} ({both.interval[0]:.2f}–{both.interval[1]:.2f})"
        rows.append([f"`{rules.id}`", *map(str, counts), agreed, value])
    head = ["rule-set", "truly fail", "right", "wrong", "borderline"]
    return table([*head, "without a borderline: agree", "κ"], rows)


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
