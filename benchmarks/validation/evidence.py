"""Stored results of the benchmarks in ``benchmarks/results``, for the validation report."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.resampling import Bools, Floats, Ints

Record = dict[str, Any]
RESULTS: Final = Path(__file__).parents[1] / "results"
JOINTS: Final = ("thigh", "knee")
ANGLES: Final = ("thigh", "knee", "shank")
OURS: Final = "ours"
SETS: Final = {
    "dev": RESULTS,
    "fresh": RESULTS / "fresh",
    "harder": RESULTS / "harder",
}
"""Evaluation sets by the name that the report gives them."""
TRAINING: Final = "training"
CONFIRMATION: Final = RESULTS / "confirm"
"""Photos that were measured after all decisions; never pooled with others."""
GRAVITY_ALLOWS_DEG: Final = -3.0
"""A passive shank hangs plumb at most; the foot's mass draws it back by about three degrees."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All data of the report; records as written by the benchmarks.

    Attributes
    ----------
    records : tuple of dict
        Of all sets, each with its ``set``.
    confirmation : tuple of dict
        Of the photos that nothing was settled by.
    residuals : tuple of dict
        Cross-validated errors on the training photos.
    repeatability, level : tuple of dict
        Of the dev set.
    real : dict
    makes : dict
        Errors by what was left out, makes of bodies or persons, as ``benchmarks.makes`` sums up.
    strangers : tuple of dict
        Readings by what was left out, photo by photo, of ``benchmarks.strangers``.
    verdicts, pairs : tuple of dict
        Readings of ``benchmarks.verdicts``.
    positions, phones, reliability, hand_set : dict
        Of ``benchmarks.positions``, ``gravity``, ``reliability`` and ``hand_set``.
    """

    records: tuple[Record, ...]
    confirmation: tuple[Record, ...]
    residuals: tuple[Record, ...]
    repeatability: tuple[Record, ...]
    level: tuple[Record, ...]
    real: Record
    makes: Record
    strangers: tuple[Record, ...]
    verdicts: tuple[Record, ...]
    pairs: tuple[Record, ...]
    positions: Record
    phones: Record
    reliability: Record
    hand_set: Record


def read_evidence() -> Evidence:
    records, real = [], None
    for name, folder in SETS.items():
        data = _read(folder / "accuracy.json")
        records += [record | {"set": name} for record in data["synthetic"]]
        real = data["real"] or real
    assert real is not None, "the dev set is measured with --real"
    judged = _read(RESULTS / "verdicts.json")
    return Evidence(
        records=tuple(records),
        confirmation=tuple(_read(CONFIRMATION / "accuracy.json")["synthetic"]),
        residuals=tuple(_read(RESULTS / "residuals.json")),
        repeatability=tuple(_read(RESULTS / "repeatability.json")),
        level=tuple(_read(RESULTS / "level.json")),
        real=real,
        makes=_read(RESULTS / "makes.json"),
        strangers=tuple(_read(RESULTS / "strangers.json")),
        verdicts=tuple(judged["photos"]),
        pairs=tuple(judged["pairs"]),
        positions=_read(RESULTS / "positions.json"),
        phones=_read(RESULTS / "gravity.json"),
        reliability=_read(RESULTS / "reliability.json"),
        hand_set=_read(RESULTS / "hand_set.json"),
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def measured(records: Sequence[Record]) -> list[Record]:
    """Return those that were given numbers."""
    return [record for record in records if record["measurable"]]


def errors(records: Sequence[Record], method: str = OURS, truth: str = "truth") -> Floats:
    """Signed errors, degrees, shape (N, 2): thigh and knee; of records that have the method."""
    away = [
        record["error"]
        if "error" in record
        else np.subtract(record["methods"][method], record[truth])
        for record in records
    ]
    return np.asarray((np.array(away).reshape(-1, 2) + 180) % 360 - 180, np.float64)


def half_widths(records: Sequence[Record]) -> Floats:
    """Of the 95 % intervals, degrees, shape (N, 2)."""
    return np.array([[(high - low) / 2 for low, high in r["intervals"]] for r in records])


def set_numbers(records: Sequence[Record]) -> Ints:
    """Return the set of each record as a number; the training photos come last."""
    order = [*SETS, TRAINING]
    return np.array([order.index(record.get("set", TRAINING)) for record in records])


def members(records: Sequence[Record], belongs: Any) -> Bools:
    return np.array([bool(belongs(record)) for record in records])


def true_angles(records: Sequence[Record]) -> Floats:
    """True thigh, knee flexion and shank from plumb, degrees, shape (N, 3)."""
    thigh, knee = np.array([record["truth"] for record in records], np.float64).T
    return np.column_stack((thigh, knee, 90 + thigh - knee))


def readings(records: Sequence[Record], key: str = "reading") -> tuple[Floats, Floats]:
    """Signed errors and standard errors of thigh, knee and shank, degrees, each (N, 3)."""
    read = np.array([record[key] for record in records], np.float64)
    error = (read[..., 0] - true_angles(records) + 180) % 360 - 180
    return error, read[..., 1]


def hanging(records: Sequence[Record]) -> list[Record]:
    """Return the records of legs that gravity allows: the shank not pulled back past plumb."""
    shank = true_angles(records)[:, 2]
    return [one for one, away in zip(records, shank, strict=True) if away >= GRAVITY_ALLOWS_DEG]
