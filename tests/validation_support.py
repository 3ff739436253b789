"""A clinic that exists only as tables: people, legs, set-ups, photos, raters, and the tool's results."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.agreement.reference import read_reference
from app.agreement.scored import read_scored
from app.agreement.validation import Validation, validate
from vision.criteria import RULE_SETS

RESULT: Final = (
    "path",
    "leg",
    *(
        f"{angle}{end}_deg"
        for angle in ("thigh", "knee_flexion", "shank_from_plumb")
        for end in ("", "_low", "_high")
    ),
    "flags",
    "error",
    "package",
    "model",
    "calibration",
)
REFERENCE: Final = ("path", "leg", "subject", "occasion", "rater", "thigh_deg", "knee_flexion_deg")
MADE_BY: Final = ("0.2.0", "heavy", "heavy-3")
Row = list[Any]


def result(path: str, leg: str, thigh: float, knee: float, half: float = 5.0) -> Row:
    """A measured photo; each interval is ``half`` wide to either side."""
    angles = (thigh, knee, 90 + thigh - knee)
    return [path, leg, *(v + d for v in angles for d in (0, -half, half)), "", "", *MADE_BY]


def refused(path: str, flags: str = "side_uncertain", error: str = "") -> Row:
    return [path, "", *[""] * 9, flags, error, *MADE_BY]


def table(head: Sequence[str], rows: Sequence[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


def simple(n: int = 12, bias: float = 1.0, noise: float = 2.0) -> tuple[list[Row], list[Row]]:
    """One photo per person, one rater: reference and results."""
    rng = np.random.default_rng(7)
    reference, results = [], []
    for place in range(n):
        thigh, knee = rng.normal(-4, 8), rng.normal(78, 9)
        name = f"p{place:02}.jpg"
        reference.append([name, "left", f"P{place}", "1", "", thigh, knee])
        error = bias + noise * rng.normal(size=2)
        results.append(result(name, "left", thigh + error[0], knee + error[1]))
    return reference, results


def clinic(people: int = 20) -> tuple[list[Row], list[Row]]:
    """Both legs, two set-ups, two photos each, two raters; errors recur with the person."""
    rng = np.random.default_rng(11)
    reference, results = [], []
    for person in range(people):
        own = rng.normal(0, 2, 2)
        for leg in ("left", "right"):
            base = np.array([rng.normal(-4, 8), rng.normal(78, 9)])
            for occasion in "12":
                true = base + rng.normal(0, 1.5, 2)
                readings = [true + rng.normal(0, 1, 2) for _ in ("ann", "bob")]
                for photo in "ab":
                    name = f"day {occasion}/{person:02}{leg[0]}{photo}.jpg"
                    for rater, read in zip(("ann", "bob"), readings, strict=True):
                        row = [name, leg, f"P{person}", occasion, rater, *read]
                        reference.append(row)
                    results.append(result(name, leg, *(true + own + rng.normal(0, 1, 2))))
    return reference, results


def validated(
    folder: Path,
    reference: Sequence[Row],
    results: Sequence[Row],
    head: Sequence[str] = REFERENCE,
    groups: Sequence[str] = (),
    **options: Any,
) -> Validation:
    path = folder / "reference.csv"
    path.write_text(table(head, reference), "utf-8")
    scored = read_scored(table(RESULT, results).encode(), "results.csv")
    return validate(read_reference(path, groups), scored, RULE_SETS["guide"], **options)
