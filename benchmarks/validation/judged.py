"""Verdicts and muscle patterns by the rule-sets' own code: on readings, and on the truth."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.agreement.statistics import kappa
from benchmarks.markdown import number, share, table
from benchmarks.validation.evidence import Record, readings, true_angles
from benchmarks.validation.unseen import MAKES
from benchmarks.verdicts import VERDICTS, pair_counts, pattern_counts, truth_of
from benchmarks.verdicts import reading_of as stored_reading
from vision.angles import Z95, Angle, Reading
from vision.criteria import RULE_SETS, RuleSet
from vision.interpretation import interpret

Counts = dict[str, dict[str, int]]
BANDS_DEG = ((0.0, 2.5), (2.5, 5.0), (5.0, 10.0), (10.0, 180.0))
"""Distances of the true angle from a cut-off."""
CLOSE_DEG = 5.0
GROUPS = (
    "near leg",
    "far leg",
    "bare knees",
    "trousers or leggings",
    "lighter skin",
    "darker skin",
    "camera within 10° of square",
    "camera turned further",
)
"""Kinds of photo near a cut-off; of ``benchmarks.make_groups``."""


def reading_of(record: Record, key: str = "reading") -> Reading | None:
    """Return what was read; None if the photo was refused."""
    return stored_reading(record | {"reading": record[key]})


def confusion(records: Sequence[Record], rules: RuleSet, key: str = "reading") -> Counts:
    """Count verdicts on readings, by the verdict on the true angles."""
    counted: Counts = {one: dict.fromkeys(VERDICTS, 0) for one in ("pass", "borderline", "fail")}
    for record in records:
        true = interpret(truth_of(record), rules).verdict
        counted[true][interpret(reading_of(record, key), rules).verdict] += 1
    return counted


def confusion_table(counts: Counts) -> str:
    """A 2 × 3 table of one rule-set, and the refused."""
    rows = [
        [
            f"truly {true}",
            *(share(counts[true][one], sum(counts[true].values())) for one in VERDICTS),
        ]
        for true in ("pass", "fail")
    ]
    return table(["", *(one.replace("_", " ") for one in VERDICTS)], rows)


def rules_table(groups: dict[str, tuple[Sequence[Record], str]]) -> str:
    """Every rule-set on every group of photos, in counts: pass / borderline / fail."""
    rows = []
    for rules in RULE_SETS.values():
        for name, (records, key) in groups.items():
            counts = confusion(records, rules, key)
            cells = [" / ".join(str(counts[t][v]) for v in VERDICTS[:3]) for t in ("pass", "fail")]
            rows.append([f"`{rules.id}`", name, *cells, _forced(records, rules, key)])
    head = ["rule-set", "photos", "truly pass: pass / borderline / fail", "truly fail: the same"]
    return table([*head, "without a borderline: agree, κ"], rows)


def _forced(records: Sequence[Record], rules: RuleSet, key: str) -> str:
    """Agreement of point estimates alone, forced to pass or fail."""
    ours, true = [], []
    for record in records:
        reading = reading_of(record, key)
        if reading is None:
            continue
        bare = Reading(
            *(
                Angle(one.value_deg, 0.0, 0.0)
                for one in (reading.thigh, reading.knee_flexion, reading.shank_from_plumb)
            )
        )
        ours.append(interpret(bare, rules).verdict)
        true.append(interpret(truth_of(record), rules).verdict)
    both = kappa(true, ours)
    if both.kappa is None or both.interval is None:
        return f"{100 * both.agreement:.0f} %"
    low, high = (number(end, 2) for end in both.interval)
    return f"{100 * both.agreement:.0f} %, {number(both.kappa, 2)} ({low}–{high})"


def cut_off_distances(records: Sequence[Record], rules: RuleSet) -> np.ndarray:
    """Signed distance of the true thigh and knee from the cut-offs, degrees, shape (N, 2).

    Positive is on the failing side: a thigh too high, a knee too straight.
    """
    angles = true_angles(records)
    cut = [rules.knee_cutoff_deg(float(thigh)) for thigh in angles[:, 0]]
    return np.column_stack((angles[:, 0] - rules.thigh_max_deg, np.array(cut) - angles[:, 1]))


def near_cut_offs(groups: dict[str, tuple[Sequence[Record], str]], rules: RuleSet) -> str:
    """Coverage, error and borderline share by distance from the cut-off, thigh and knee."""
    rows = []
    for name, (records, key) in groups.items():
        read = [one for one in records if one[key] is not None]
        error, sigma = readings(read, key)
        away, distance = np.abs(error), cut_off_distances(read, rules)
        open_ = _borderline(read, rules, key)
        for low, high in BANDS_DEG:
            cells = [name, f"{low:g}–{high:g}°" if high < 180 else f"over {low:g}°"]
            for column in range(2):
                band = (np.abs(distance[:, column]) >= low) & (np.abs(distance[:, column]) < high)
                inside = int((away <= Z95 * sigma)[band, column].sum())
                cells += [
                    share(inside, int(band.sum())),
                    number(away[band, column].mean()) if band.any() else "–",
                    f"{100 * open_[band, column].mean():.0f} %" if band.any() else "–",
                ]
            rows.append(cells)
    head = ["photos", "from the cut-off"]
    for joint in ("thigh", "knee"):
        head += [f"{joint}: truth inside 95 %", "MAE", "borderline"]
    return table(head, rows)


def close_groups(records: Sequence[Record], rules: RuleSet, key: str) -> str:
    """Coverage and borderline share of angles within 5° of the cut-off, by make and kind of photo."""
    error, sigma = readings(records, key)
    inside, open_ = np.abs(error) <= Z95 * sigma, _borderline(records, rules, key)
    close = np.abs(cut_off_distances(records, rules)) < CLOSE_DEG
    groups = {words: [one["make"] == make for one in records] for make, words in MAKES.items()}
    groups |= {name: [name in one["groups"] for one in records] for name in GROUPS}
    rows = []
    for name, member in groups.items():
        cells = [name]
        for column in range(2):
            chosen = np.array(member) & close[:, column]
            count, n = int(inside[chosen, column].sum()), int(chosen.sum())
            cells += [share(count, n), f"{100 * open_[chosen, column].mean():.0f} %" if n else "–"]
        rows.append(cells)
    head = ["makes left out"]
    for joint in ("thigh", "knee"):
        head += [f"{joint}: truth inside 95 %", "borderline"]
    return table(head, rows)


def _borderline(records: Sequence[Record], rules: RuleSet, key: str) -> np.ndarray:
    """Whether the criterion is borderline, shape (N, 2)."""
    found = []
    for record in records:
        by_name = {
            one.criterion: one.verdict for one in interpret(reading_of(record, key), rules).findings
        }
        found.append([by_name.get(name) == "borderline" for name in ("thigh", "knee")])
    return np.array(found)


def pattern_table(groups: dict[str, tuple[Sequence[Record], str]], rules: RuleSet) -> str:
    """Muscle patterns against those of the true angles."""
    names = {
        "right": "as from the true angles",
        "partly": "one of two muscles, “at least”",
        "undetermined": "undetermined",
        "wrong": "another",
    }
    rows = []
    for name, (records, key) in groups.items():
        counts: Counter[str] = pattern_counts([r | {"reading": r[key]} for r in records], rules)
        rows.append([name, *(share(counts[one], counts.total()) for one in names)])
    return table(["photos", *names.values()], rows)


def wrong_patterns(records: Sequence[Record], rules: RuleSet, key: str) -> int:
    """Count readings that suggest another muscle than the true angles do."""
    return pattern_counts([one | {"reading": one[key]} for one in records], rules)["wrong"]


def pair_figures(pairs: Sequence[Record], rules: RuleSet) -> dict[str, Any]:
    """What the photo with the knee extended gives: found, undecided and none, by the truth."""
    counts = pair_counts(pairs, rules)
    short, free = (
        {shown: counts[truth, shown] for shown in ("found", "undecided", "none")}
        for truth in (True, False)
    )
    n = {True: 0, False: 0}
    for (truth, _), count in counts.items():
        n[truth] += count
    return {
        "short": share(short["found"], n[True]),
        "free": share(n[False] - free["found"], n[False]),
        "cleared": share(free["none"], n[False]),
        "undecided": short["undecided"] + free["undecided"],
        "missed": short["none"],
        "pairs": n[True] + n[False],
    }
