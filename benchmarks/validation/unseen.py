"""Bodies that the correction was not fitted on: errors, by make, and by group within the makes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from benchmarks.markdown import number, p_words, share, span, table
from benchmarks.resampling import DRAWS, SEED, Bools, Floats, Interval, holm
from benchmarks.validation.evidence import ANGLES, Evidence, Record, readings
from vision.angles import Z95

MAKES: Final = {
    "valid": "VALID avatars",
    "rocketbox": "Rocketbox avatars",
    "own": "own generator",
}
MAKE_OUT: Final = "make_left_out"
PERSON_OUT: Final = "person_left_out"
ASKED: Final = (
    "darker skin",
    "far leg",
    "trousers or leggings",
    "dark thigh on dark",
    "camera turned further",
    "knee bent beyond 79°",
)
"""Kinds of photo about which a question is asked; of ``benchmarks.make_groups``."""
_LEVELS: Final = (0.025, 0.975)


def persons(records: Sequence[Record]) -> list[np.ndarray]:
    """Rows of each person, since photos of one body are not independent."""
    names = np.array([f"{one['make']} {one['person']}" for one in records])
    return [np.flatnonzero(names == name) for name in np.unique(names)]


def mean_interval(values: Floats, clusters: Sequence[np.ndarray]) -> Interval:
    """Return the 95 % interval of a mean: percentile bootstrap of whole persons."""
    rng = np.random.default_rng(SEED)
    sums = np.array([values[rows].sum() for rows in clusters])
    counts = np.array([len(rows) for rows in clusters])
    drawn = rng.integers(0, len(clusters), (DRAWS, len(clusters)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), _LEVELS)
    return float(low), float(high)


def by_make(records: Sequence[Record]) -> dict[str, list[Record]]:
    return {make: [one for one in records if one["make"] == make] for make in MAKES}


def error_table(evidence: Evidence) -> str:
    """Errors and coverage of each make by what was left out, and wrong legs."""
    rows = []
    for scheme, key, words in (
        ("make", MAKE_OUT, "**{}, whole**"),
        ("person", PERSON_OUT, "{}, persons one by one"),
    ):
        for make, part in by_make(evidence.strangers).items():
            error, sigma = readings(part, key)
            away, clusters = np.abs(error), persons(part)
            cells = [
                f"{number(one.mean())} ({span(mean_interval(one, clusters))})" for one in away.T
            ]
            bias = " / ".join(number(one.mean(), sign=True) for one in error.T)
            held = " / ".join(f"{100 * one.mean():.0f}" for one in (away <= Z95 * sigma).T)
            legs = evidence.makes["legs"][scheme][make]
            rows.append(
                [
                    words.format(MAKES[make]),
                    f"{len(part)} of {len(clusters)}",
                    *cells,
                    bias,
                    f"{held} %",
                    f"{legs['asked']} / {legs['wrong']}",
                ]
            )
    head = ["left out", "photos of bodies", *(f"{one}: MAE" for one in ANGLES), "bias"]
    return table([*head, "truths inside 95 %", "leg asked for / wrong"], rows)


def untouched_table(evidence: Evidence) -> str:
    """The whole instrument on photos that nothing was fitted or chosen by, by make."""
    rows = []
    for make, one in evidence.makes["untouched"].items():
        error, held = np.array(one["errors"]), np.array(one["inside"])
        maes = [
            f"{number(np.abs(part).mean())} ({number(part.mean(), sign=True)}; "
            f"{number(np.abs(part).max())})"
            for part in error.T
        ]
        inside = " / ".join(share(int(part.sum()), len(part)).split(",")[0] for part in held.T)
        measured = share(len(error), one["n"])
        rows.append([MAKES[make], measured, str(one["wrong_leg"]), *maes, inside])
    head = ["make", "measured", "wrong leg", *(f"{a}: MAE (bias; worst)" for a in ANGLES)]
    return table([*head, "truths inside 95 %"], rows)


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean absolute error of a kind of photo minus that of all others, within the makes."""

    asked: str
    angle: str
    inside: int
    outside: int
    difference_deg: float
    interval_deg: Interval
    p: float
    p_corrected: float


def differences(records: Sequence[Record]) -> list[Difference]:
    """Ask about each kind of photo and angle; the make left out, whole persons resampled.

    p is that of the normal deviate difference / bootstrap standard deviation, two-sided.
    """
    away = np.abs(readings(records, MAKE_OUT)[0])
    makes = np.array([one["make"] for one in records])
    found = []
    for asked in ASKED:
        member = np.array([asked in one["groups"] for one in records])
        if not 0 < member.sum() < len(member):
            continue
        for column, angle in enumerate(ANGLES):
            value = _within_makes(away[:, column], member, makes)
            drawn = _drawn(records, away[:, column], member, makes)
            p = 2 * (1 - NormalDist().cdf(abs(value) / float(drawn.std(ddof=1))))
            low, high = np.quantile(drawn, _LEVELS)
            n = int(member.sum())
            found.append(Difference(asked, angle, n, len(records) - n, value, (low, high), p, p))
    corrected = holm([one.p for one in found])
    return [replace(one, p_corrected=p) for one, p in zip(found, corrected, strict=True)]


def _within_makes(values: Floats, member: Bools, makes: np.ndarray) -> float:
    """Difference of means, the makes weighted by n₁n₂ / (n₁ + n₂)."""
    total, weights = 0.0, 0.0
    for make in np.unique(makes):
        mine, others = values[(makes == make) & member], values[(makes == make) & ~member]
        if len(mine) and len(others):
            weight = len(mine) * len(others) / (len(mine) + len(others))
            total, weights = total + weight * (mine.mean() - others.mean()), weights + weight
    return total / weights


def _drawn(
    records: Sequence[Record], values: Floats, member: Bools, makes: np.ndarray, draws: int = 1000
) -> Floats:
    """Bootstrap of :func:`_within_makes`: whole persons, drawn within each make."""
    rng = np.random.default_rng(SEED)
    sums = {}
    for make in np.unique(makes):
        rows = [one for one in persons(records) if makes[one[0]] == make]
        parts = np.array(
            [
                [values[one][member[one]].sum(), member[one].sum(),
                 values[one][~member[one]].sum(), (~member[one]).sum()]
                for one in rows
            ],
            np.float64,
        )  # fmt: skip
        chosen = rng.integers(0, len(rows), (draws, len(rows)))
        sums[make] = parts[chosen].sum(axis=1)
    total, weights = np.zeros(draws), np.zeros(draws)
    for mine, n, others, m in (part.T for part in sums.values()):
        both = (n > 0) & (m > 0)
        weight = np.where(both, n * m / np.maximum(n + m, 1), 0)
        gap = mine / np.maximum(n, 1) - others / np.maximum(m, 1)
        total, weights = total + weight * gap, weights + weight
    return np.asarray(total / weights, np.float64)


def difference_table(found: Sequence[Difference]) -> str:
    """One row per question, the angles side by side; bold: survives the correction."""
    rows = []
    for start in range(0, len(found), len(ANGLES)):
        part = found[start : start + len(ANGLES)]
        cells = [part[0].asked, f"{part[0].inside} / {part[0].outside}"]
        for one in part:
            mark = "**" if one.p_corrected < 0.05 else ""
            value = number(one.difference_deg, sign=True)
            cells.append(
                f"{mark}{value}{mark} ({span(one.interval_deg, sign=True)}), {p_words(one.p)}"
            )
        rows.append(cells)
    return table(["asked, against all others", "photos", *ANGLES], rows)
