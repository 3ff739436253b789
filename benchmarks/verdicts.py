"""Results of the rules on legs that obey gravity: verdicts, patterns, and the knee-extended photo.

    python -m benchmarks.verdicts VERDICTS PAIRS   measures, and writes results/verdicts.{json,md}
    python -m benchmarks.verdicts                  writes the tables from the stored readings

VERDICTS is a folder of photos with a ``truth`` beside each (thigh, knee, shank; degrees), thighs
distributed like Ferber's athletes and like a stiff group. PAIRS holds photos of one leg, ``…_a``
hanging and ``…_b`` with the knee passively extended, and whether a two-joint muscle was short.
Nothing is chosen by them. The truth is the verdict of a rule-set on the true angles.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.markdown import share, table
from vision.angles import PLUMB_WITHIN_DEG, Angle, Reading, shank_from_plumb_deg
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import Verdict
from vision.interpretation import interpret
from vision.measurement import Measurement, measure

OUT: Final = Path(__file__).parent / "results"
RECORDS: Final = "verdicts.json"
PAGE: Final = "verdicts.md"
VERDICTS: Final[tuple[Verdict, ...]] = ("pass", "borderline", "fail", "not_measurable")

Record = dict[str, Any]


def read_photo_record(path: Path) -> Record:
    """Measure one photo and keep its reading beside the truth; angles and errors in degrees."""
    truth = json.loads(path.read_text("utf-8"))
    result = measure(path.with_suffix(".jpg"), leg=truth["test_side"])
    return {
        "name": path.stem,
        "make": truth["make"],
        "group": truth.get("group", ""),
        "near": truth["test_leg_is_near"],
        "two_joint": truth.get("two_joint"),
        "truth": [truth["truth"][f"{one}_deg"] for one in ("thigh", "knee_flexion")],
        "reading": _kept(result),
        "flags": [flag.kind.code for flag in result.quality.flags],
        "calibration": result.provenance.calibration,
    }


def _kept(result: Measurement) -> list[list[float]] | None:
    reading = result.reading
    if reading is None:
        return None
    angles = (reading.thigh, reading.knee_flexion, reading.shank_from_plumb)
    return [[round(one.value_deg, 3), round(one.sigma_deg, 3)] for one in angles]


def reading_of(record: Record) -> Reading | None:
    """Return what was read."""
    if record["reading"] is None:
        return None
    return Reading(*(Angle(value, sigma, 0.0) for value, sigma in record["reading"]))


def truth_of(record: Record) -> Reading:
    """Return what is true, without any error."""
    thigh, knee = record["truth"]
    values = (thigh, knee, shank_from_plumb_deg(thigh, knee))
    return Reading(*(Angle(value, 0.0, 0.0) for value in values))


def verdict_rows(records: Sequence[Record], rules: RuleSet) -> list[list[str]]:
    """Count verdicts by what the rule-set makes of the true angles."""
    counted: Counter[tuple[str, str]] = Counter()
    for record in records:
        true = interpret(truth_of(record), rules).verdict
        counted[true, interpret(reading_of(record), rules).verdict] += 1
    return [
        [true, *(str(counted[true, verdict]) for verdict in VERDICTS)]
        for true in VERDICTS
        if any(counted[true, verdict] for verdict in VERDICTS)
    ]


def pattern_counts(records: Sequence[Record], rules: RuleSet) -> Counter[str]:
    """Count patterns: right, right as far as they go, wrong, undetermined."""
    counted: Counter[str] = Counter()
    for record in records:
        reading = reading_of(record)
        if reading is None:
            continue
        true, found = (interpret(one, rules).pattern for one in (truth_of(record), reading))
        partly = true == "both_possible" and found in ("iliopsoas", "rectus_femoris")
        if found == "undetermined":
            counted["undetermined"] += 1
        else:
            counted["right" if found == true else "partly" if partly else "wrong"] += 1
    return counted


def plumb_fails(records: Sequence[Record], rules: RuleSet) -> int:
    """Count knees that fail although the shank truly hangs plumb."""
    failed = 0
    for record in records:
        reading = reading_of(record)
        if reading is None:
            continue
        hangs = abs(truth_of(record).shank_from_plumb.value_deg) <= PLUMB_WITHIN_DEG
        verdicts = {one.criterion: one.verdict for one in interpret(reading, rules).findings}
        failed += hangs and verdicts.get("knee") == "fail"
    return failed


def pair_counts(records: Sequence[Record], rules: RuleSet) -> Counter[tuple[bool, str]]:
    """Count findings of the knee-extended photo, by whether a two-joint muscle is short."""
    by_name = {record["name"]: record for record in records}
    counted: Counter[tuple[bool, str]] = Counter()
    for name, second in by_name.items():
        if not name.endswith("_b") or (first := by_name.get(f"{name[:-2]}_a")) is None:
            continue
        hanging, extended = reading_of(first), reading_of(second)
        shown = "not measured"
        if hanging is not None and extended is not None:
            retest = interpret(hanging, rules, extended=extended).retest
            assert retest is not None
            shown = retest.drop or "not extended"
        counted[bool(first["two_joint"]), shown] += 1
    return counted


def page(photos: Sequence[Record], pairs: Sequence[Record]) -> str:
    """Write the report."""
    guide = RULE_SETS["guide"]
    made = Counter(record["make"] for record in photos)
    calibration = ", ".join(sorted({record["calibration"] for record in photos}))
    parts = [
        "# Verdicts on legs that obey gravity",
        f"{len(photos)} photos ({', '.join(f'{n} {make}' for make, n in made.items())}), "
        f"calibration {calibration}; made by `python -m benchmarks.verdicts`. Rows: what the "
        "rule-set makes of the true angles. Columns: what it makes of the measured ones, with their "
        "95 % intervals. Pain, rotation and the lower back are left out.",
    ]
    for rules in RULE_SETS.values():
        parts += [f"## `{rules.id}`, version {rules.version}", _verdict_table(photos, rules)]
    parts += ["## Muscle pattern (`guide`)", _pattern_table(photos, guide)]
    parts += ["## The photo with the knee extended", _pair_table(pairs, guide)]
    return "\n\n".join(parts) + "\n"


def _verdict_table(photos: Sequence[Record], rules: RuleSet) -> str:
    rows = verdict_rows(photos, rules)
    counts = {row[0]: dict(zip(VERDICTS, map(int, row[1:]), strict=True)) for row in rows}
    good, bad = counts.get("pass", {}), counts.get("fail", {})
    said = (
        f"Of legs that truly pass {share(good.get('pass', 0), sum(good.values()))} pass and "
        f"{good.get('fail', 0)} fail; false passes: {bad.get('pass', 0)}; knees failed although "
        f"the shank hangs within {PLUMB_WITHIN_DEG:g}° of plumb: {plumb_fails(photos, rules)}."
    )
    words = [verdict.replace("_", " ") for verdict in VERDICTS]
    return f"{table(['true', *words], rows)}\n\n{said}"


def _pattern_table(photos: Sequence[Record], rules: RuleSet) -> str:
    counts = pattern_counts(photos, rules)
    total = counts.total()
    names = {
        "right": "as from the true angles",
        "partly": "one of two muscles named, “at least”",
        "wrong": "another",
        "undetermined": "undetermined",
    }
    rows = [[words, share(counts[key], total)] for key, words in names.items()]
    return table(["pattern", "photos"], rows)


def _pair_table(pairs: Sequence[Record], rules: RuleSet) -> str:
    counts = pair_counts(pairs, rules)
    shown = ("found", "undecided", "none", "rose", "not extended", "not measured")
    rows = [
        [words, *(str(counts[short, one]) for one in shown)]
        for short, words in ((True, "two-joint muscle short"), (False, "not short"))
    ]
    short = sum(counts[True, one] for one in shown)
    free = sum(counts[False, one] for one in shown)
    said = (
        f"Sensitivity of “a two-joint muscle limits the thigh”: {share(counts[True, 'found'], short)}; "
        f"specificity: {share(free - counts[False, 'found'], free)}; “no drop” said of a short "
        f"muscle: {counts[True, 'none']}."
    )
    return f"{table(['truth', *shown], rows)}\n\n{said}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("verdicts", type=Path, nargs="?")
    parser.add_argument("pairs", type=Path, nargs="?")
    options = parser.parse_args()
    if options.verdicts and options.pairs:
        photos, pairs = (
            [read_photo_record(path) for path in sorted(folder.glob("*.json"))]
            for folder in (options.verdicts, options.pairs)
        )
        text = json.dumps({"photos": photos, "pairs": pairs}, indent=None)
        (OUT / RECORDS).write_text(re.sub(r'\{"name"', '\n{"name"', text) + "\n", "utf-8")
    stored = json.loads((OUT / RECORDS).read_text("utf-8"))
    text = page(stored["photos"], stored["pairs"])
    (OUT / PAGE).write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
