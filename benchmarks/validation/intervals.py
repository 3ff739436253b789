"""What the error bars are worth: coverage by group, and error against the share of photos kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.markdown import number, share, table
from benchmarks.resampling import Bools, Floats, share_interval
from benchmarks.validation.evidence import ANGLES, Evidence, Record, errors, half_widths, measured
from benchmarks.validation.evidence import readings as read_of
from benchmarks.validation.unseen import MAKE_OUT, MAKES, by_make
from vision.angles import Z95
from vision.flags import FLAG_KINDS

PROMISE: Final = 0.95
SHARES_KEPT: Final = (1.0, 0.75, 0.5)
GROUPS: Final = (
    "lighter skin",
    "darker skin",
    "near leg",
    "far leg",
    "bare knees",
    "trousers or leggings",
    "dark thigh on dark",
    "camera turned further",
    "knee bent beyond 79°",
    "passes apart by over 2°",
)


def coverage_table(evidence: Evidence) -> str:
    """How often the 95 % interval holds the truth: makes left out, then sets that are known."""
    rows = [[name, *(share(*one) for one in held)] for name, held in left_out(evidence).items()]
    judged = [one for one in evidence.verdicts if one["reading"] is not None]
    rows.append(["150 photos of known makes", *(share(*one) for one in _held(judged, "reading"))])
    for name, part in known_sets(evidence.records).items():
        inside = np.abs(errors(part)) <= half_widths(part)
        cells = [share(int(one.sum()), len(part)) for one in inside.T]
        rows.append([f"own generator, `{name}`", *cells, "–"])
    return table(["photos", *ANGLES], rows)


def left_out(evidence: Evidence) -> dict[str, list[tuple[int, int]]]:
    """Truths inside and photos, for each angle: makes that were left out, then kinds of photo."""
    found = {
        f"{MAKES[make]}, left out whole": _held(part, MAKE_OUT)
        for make, part in by_make(evidence.strangers).items()
    }
    for group in GROUPS:
        part = [one for one in evidence.strangers if group in one["groups"]]
        found[f"left out: {group}"] = _held(part, MAKE_OUT)
    return found


def short_of_promise(evidence: Evidence) -> list[str]:
    """Name what holds certainly less than 95 %: "left out: near leg (thigh)"."""
    return [
        f"{name} ({angle})"
        for name, held in left_out(evidence).items()
        for angle, (inside, n) in zip(ANGLES, held, strict=True)
        if share_interval(inside, n)[1] < PROMISE
    ]


def known_sets(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Measured photos by set."""
    found: dict[str, list[Record]] = {}
    for one in measured(records):
        found.setdefault(one["set"], []).append(one)
    return found


def _held(records: Sequence[Record], key: str) -> list[tuple[int, int]]:
    error, sigma = read_of(records, key)
    return [(int(one.sum()), len(one)) for one in (np.abs(error) <= Z95 * sigma).T]


def advisory(record: Record) -> bool:
    """Whether a measured photo carries any flag that warns without refusing."""
    return any(not FLAG_KINDS[code].blocking for code in record["flags"] if code in FLAG_KINDS)


def risk_table(evidence: Evidence) -> str:
    """Error against the share of photos kept: by the interval's width, and by the flags."""
    rows = []
    for name, one in kept_groups(evidence).items():
        for kept in SHARES_KEPT:
            count = min(round(kept * one.total), len(one.away_deg))
            order = [np.argsort(half, kind="stable")[:count] for half in one.half_deg.T]
            words = "all measured" if kept == 1 else f"narrowest {100 * kept:.0f} %"
            rows.append([name, words, _percent(count, one.total), *_cells(one.away_deg, order)])
        for words, chosen in (
            ("no advisory flag", ~one.flagged),
            ("an advisory flag", one.flagged),
        ):
            order = [np.flatnonzero(chosen)] * 2
            count = int(chosen.sum())
            rows.append([name, words, _percent(count, one.total), *_cells(one.away_deg, order)])
    head = ["photos", "kept", "of all"]
    for joint in ("thigh", "knee"):
        head += [f"{joint} MAE", "95th percentile", "worst"]
    return table(head, rows)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Measured photos of one group.

    Attributes
    ----------
    away_deg, half_deg : ndarray, shape (N, 2)
        Absolute errors and half-widths of the intervals of thigh and knee.
    flagged : ndarray of bool, shape (N,)
        Whether the photo carries an advisory flag.
    total : int
        Photos, the refused ones included.
    """

    away_deg: Floats
    half_deg: Floats
    flagged: Bools
    total: int


def kept_groups(evidence: Evidence) -> dict[str, Kept]:
    """Groups whose flags and refusals are known: the known sets, and the photos for verdicts."""
    found = measured(evidence.records)
    hanging = [one for one in evidence.verdicts if one["reading"] is not None]
    error, sigma = read_of(hanging)
    return {
        "own generator, three sets": Kept(
            np.abs(errors(found)), half_widths(found), _flagged(found), len(evidence.records)
        ),
        "150 photos, legs that hang": Kept(
            np.abs(error)[:, :2], Z95 * sigma[:, :2], _flagged(hanging), len(evidence.verdicts)
        ),
    }


def _flagged(records: Sequence[Record]) -> Bools:
    return np.array([advisory(one) for one in records])


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.0f} %"


def _cells(away: np.ndarray, order: Sequence[np.ndarray]) -> list[str]:
    cells = []
    for column, rows in enumerate(order):
        one = away[rows, column]
        if len(one) < 3:
            cells += ["too few", "–", "–"]
            continue
        cells += [number(one.mean()), number(np.percentile(one, 95)), number(one.max())]
    return cells
