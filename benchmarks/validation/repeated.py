"""The same body again: what changes the error, and the acceptable error; a person who sets points.

The figures are those of ``benchmarks.reliability`` and ``benchmarks.hand_set``.
"""

from typing import Any

from benchmarks.hand_photos import restored
from benchmarks.hand_report import READER_HEAD, mending_rows
from benchmarks.hand_tables import Stored, editor_rows, reader_rows, spreads
from benchmarks.markdown import number, share, span, table
from benchmarks.reliability_design import ACCEPTABLE_DEG
from benchmarks.reliability_page import FACET_NAMES, PART_NAMES, acceptable_rows
from benchmarks.reliability_sections import ANGLES
from benchmarks.validation.evidence import Record


def _with_interval(value: list[float], *, sign: bool = False) -> str:
    middle, low, high = value
    return f"{number(middle, sign=sign)} ({span((low, high), sign=sign)})"


def change_table(found: Record) -> str:
    """SEM and MDC95 of photos that differ in one thing, and the systematic part."""
    rows = []
    for facet, words in FACET_NAMES.items():
        parts = [found[quantity]["facets"][facet] for quantity in ANGLES]
        rows.append(
            [
                words,
                *(_with_interval(one["sem"]) for one in parts),
                *(_with_interval(one["mdc95"]) for one in parts[:2]),
                " / ".join(number(one["systematic"][0], sign=True) for one in parts),
            ]
        )
    head = ["what changed", *(f"SEM, {name}" for name in ANGLES.values())]
    return table([*head, "MDC95, thigh", "MDC95, knee", "systematic"], rows)


def part_table(found: Record) -> str:
    """Standard deviations of the parts of one photo's error."""
    rows = [
        [words, *(_with_interval(found[quantity]["parts"][part]) for quantity in ANGLES)]
        for part, words in PART_NAMES.items()
    ]
    return table(["part of the error", *ANGLES.values()], rows)


def truth_table(found: Record) -> str:
    """Distance from the truth beside distance from the next reading of the same body."""
    rows = []
    for quantity, name in ANGLES.items():
        one = found[quantity]
        ends = [_with_interval(one["setups"][end], sign=True) for end in ("lower", "upper")]
        rows.append(
            [
                name,
                _with_interval(one["truth"]["bias"], sign=True),
                _with_interval(one["truth"]["rmse"]),
                _with_interval(one["facets"]["setup"]["sem"]),
                *ends,
            ]
        )
    head = ["angle", "bias", "RMSE against the truth", "SEM, new set-up"]
    return table([*head, "lower limit of agreement", "upper limit"], rows)


def acceptable_table(found: Record) -> str:
    """The three questions that were stated beforehand."""
    head = ["angle", "95th percentile of the error", "farther limit of two set-ups"]
    head += ["SEM of a new set-up", f"readings within {ACCEPTABLE_DEG:.0f}°", "worst"]
    return table(head, acceptable_rows(found, _with_interval))


def reliability_figures(stored: Record) -> dict[str, Any]:
    """Counts and figures that the text names."""
    photos, found = stored["photos"], stored["found"]
    thigh, knee = (found[quantity] for quantity in list(ANGLES)[:2])
    return {
        "n": len(photos),
        "bodies": len({one["body"] for one in photos}),
        "measured": sum(one["reading"] is not None for one in photos),
        "far": [one["facets"]["far"]["systematic"][0] for one in (thigh, knee)],
        "printed": [one["printed"]["photos_deg"] for one in (thigh, knee)],
        "with_setup": [one["printed"]["with_setup_deg"] for one in (thigh, knee)],
        "mdc": [one["facets"]["setup"]["mdc95"][0] for one in (thigh, knee)],
        "inside": share(thigh["truth"]["inside_95"], thigh["truth"]["n"]),
    }


def hand_tables(stored: Record) -> dict[str, str]:
    """Tables of points set by hand: the editor's own error, readers, what correcting mends."""
    train, evaluation = (
        [restored(one) for one in stored[name]] for name in ("train", "evaluation")
    )
    kept = Stored(
        machine=stored["machine"], page=stored["page"], train=train, evaluation=evaluation
    )
    drawn = spreads(kept.train)
    head = ["way", "photos", "thigh shown, CSS px", *(f"{name}" for name in ANGLES.values())]
    mended = [
        "angle",
        "off by",
        "photos",
        "automatic",
        "perfect points",
        "one reader",
        "any reader",
    ]
    return {
        "editor": table([*head, "actions"], editor_rows(kept.page, kept.evaluation)),
        "readers": table(READER_HEAD, reader_rows(kept.evaluation, drawn, carried=True)),
        "mended": table([*mended, "any reader closer"], mending_rows(kept.evaluation, drawn)),
    }
