"""The report on points set by hand, and what the stated uncertainty should be."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.hand_photos import Photo
from benchmarks.hand_points import READERS, Floats
from benchmarks.hand_tables import (
    ANGLES,
    COUNT,
    THIGH_M,
    Spread,
    Stored,
    agreement_sentence,
    automatic_errors,
    editor_rows,
    errors_of,
    part_rows,
    reader_rows,
    spreads,
)
from benchmarks.markdown import number, table
from vision.adjustment import READING_SIGMA_DEG
from vision.angles import Z95

BEFORE_DEG: Final = 1.0
"""Standard error of reading that was stated before version 0.2.0 (Peeler & Leiter 2013)."""
CLASSES_DEG: Final = ((0.0, 2.0), (2.0, 5.0), (5.0, math.inf))
"""Of the automatic error; 5° is the error that is called acceptable."""
READER_HEAD: Final = (
    "points set by", "angle", "mean absolute error", "bias", "SD", "95 % limits", "interval",
    "truths inside", "by reader",
)  # fmt: skip
ANY: Final = READERS[-1]


def own_sigmas(train: Sequence[Photo], drawn: dict[str, Spread]) -> list[float]:
    """Return what any reader's points alone do to thigh, knee and shank, degrees.

    Standard deviations on training photos, rounded up to tenths: the evidence for
    ``READING_SIGMA_DEG``.
    """
    errors = errors_of(ANY, drawn[ANY.name], train, carried=False)[0]
    errors = errors - errors_of(READERS[0], drawn[READERS[0].name], train, carried=False)[0][:1]
    return [math.ceil(10 * float(np.sqrt((errors[..., n] ** 2).mean()))) / 10 for n in range(3)]


def with_sem(sigmas: Floats, sems: Sequence[float]) -> Floats:
    """Return the uncertainties as if reading had other standard errors, degrees."""
    changed: Floats = np.sqrt(sigmas**2 - np.square(READING_SIGMA_DEG) + np.square(sems))
    return changed


def coverage_rows(
    sets: dict[str, list[Photo]], drawn: dict[str, Spread], sems: Sequence[float]
) -> list[list[str]]:
    """Share of truths inside their intervals, as stated and with other standard errors."""
    rows = []
    for name, photos in sets.items():
        for carried in (True, False):
            used = [one for one in photos if one.offset_deg] if carried else photos
            for reader in READERS[1:]:
                errors, sigmas = errors_of(reader, drawn[reader.name], used, carried=carried)
                row = [name, "corrected" if carried else "set anew", reader.name]
                for one in (sigmas, with_sem(sigmas, sems)):
                    row += [_shares(errors, one), _halves(one)]
                rows.append(row)
    return rows


def _shares(errors: Floats, sigmas: Floats) -> str:
    inside = (np.abs(errors) <= Z95 * sigmas).mean(axis=(0, 1))
    return " / ".join(f"{100 * one:.0f}" for one in inside) + " %"


def _halves(sigmas: Floats) -> str:
    return " / ".join(f"±{number(float(Z95 * one))}" for one in sigmas.mean(axis=(0, 1)))


def mending_rows(photos: Sequence[Photo], drawn: dict[str, Spread]) -> list[list[str]]:
    """Mean absolute error before and after correcting, by how far the automatic value is off."""
    used = [one for one in photos if one.offset_deg]
    before = np.abs(automatic_errors(used)[0])
    after = {one.name: np.abs(errors_of(one, drawn[one.name], used)[0]) for one in READERS}
    rows = []
    for n, name in enumerate(ANGLES):
        for low, high in CLASSES_DEG:
            own = (before[:, n] >= low) & (before[:, n] < high)
            if not own.any():
                continue
            closer = (after[ANY.name][:, own, n] < before[own, n]).mean()
            rows.append(
                [
                    name,
                    f"{low:.0f}–{high:.0f}°" if math.isfinite(high) else f"over {low:.0f}°",
                    str(int(own.sum())),
                    number(float(before[own, n].mean())),
                    *(number(float(after[one.name][:, own, n].mean())) for one in READERS),
                    f"{100 * closer:.0f} %",
                ]
            )
    return rows


def report(kept: Stored) -> str:
    """Write the results as Markdown."""
    drawn = spreads(kept.train)
    made = kept.machine
    parts = [
        "# Points set by hand",
        "`python -m benchmarks.hand_set`",
        *_what(drawn),
        *_editor(kept),
        *_readers(kept, drawn),
        *_stated(kept, drawn),
        "## What correcting mends",
        "Mean absolute error by how far the automatic value is off; last column: how often any"
        " reader comes closer than the automatic value.",
        table(
            ("angle", "off by", "photos", "automatic", *(one.name for one in READERS), "closer"),
            mending_rows(kept.evaluation, drawn),
        ),
        f"Machine: {made['cpu']}, {made['cores']} cores, commit {made['commit']}.",
    ]
    return "\n\n".join(parts) + "\n"


def _readers(kept: Stored, drawn: dict[str, Spread]) -> list[str]:
    measured = sum(one.offset_deg is not None for one in kept.evaluation)
    return [
        "## Readers",
        f"All evaluation photos with an automatic measurement ({measured}): the points are"
        " corrected, what the measurement made of the camera is kept. “By reader”: the middle"
        f" 95 % of {COUNT} readers.",
        table(READER_HEAD, reader_rows(kept.evaluation, drawn, carried=True)),
        f"The same where nothing was measured, on all {len(kept.evaluation)} photos:",
        table(READER_HEAD, reader_rows(kept.evaluation, drawn, carried=False)),
        "## Parts of the error",
        "Root mean squares on the evaluation photos, and what is stated, degrees.",
        table(
            ("part", *ANGLES, *(f"stated, {name}" for name in ANGLES)),
            part_rows(kept.evaluation, drawn),
        ),
    ]


def _stated(kept: Stored, drawn: dict[str, Spread]) -> list[str]:
    sems = own_sigmas(kept.train, drawn)
    sets = {
        name: [one for one in kept.evaluation if one.dataset == name]
        for name in dict.fromkeys(one.dataset for one in kept.evaluation)
    }
    return [
        "## What is stated",
        f"Reading is stated with standard errors of {' / '.join(map(number, READING_SIGMA_DEG))}°"
        f" (thigh / knee / shank): on the {len(kept.train)} training photos, any reader's points"
        f" alone give {' / '.join(map(number, sems))}°. Before version 0.2.0 it was"
        f" {number(BEFORE_DEG)}° for each, what one reader repeats. Truths inside the interval, and"
        " half of it:",
        table(
            ("photos", "points", "reader", "as stated", "", "as before", ""),
            coverage_rows({"training": kept.train, **sets}, drawn, (BEFORE_DEG,) * 3),
        ),
    ]


def _what(drawn: dict[str, Spread]) -> list[str]:
    rows = [
        [
            one.name,
            number(one.within_deg),
            number(one.between_deg),
            number(one.total_deg),
            _millimetres(drawn[one.name]),
            one.source,
        ]
        for one in READERS
    ]
    return [
        "Simulated readers set hip, knee and ankle. The published figures are those of the knee"
        " angle; the points get an isotropic spread that gives it on the training photos. An"
        " offset stays with the reader, scatter is new for each photo.",
        table(
            (
                "reader",
                "again",
                "between readers",
                "together, degrees",
                f"points, mm on a thigh of {THIGH_M:.2f} m: scatter, offset",
                "from",
            ),
            rows,
        ),
    ]


def _millimetres(spread: Spread) -> str:
    return ", ".join(number(1000 * THIGH_M * one) for one in (spread.within, spread.between))


def _editor(kept: Stored) -> list[str]:
    names = {(one["dataset"], one["name"]) for one in kept.page}
    times = [one["machine_s"] for one in kept.page]
    return [
        "## The editor",
        f"{len(names)} photos through the page in Chromium, by somebody who knows exactly where"
        " the points belong: difference of the angles along the points from those along the"
        " targets, degrees, mean and (largest). The pointer moves by whole CSS pixels: a finger"
        " that slips by more is not in it. Actions are medians for all three points, with opening"
        " and saving.",
        table(
            ("way", "photos", "thigh shown, CSS px", *ANGLES, "actions"),
            editor_rows(kept.page, kept.evaluation),
        ),
        f"{agreement_sentence(kept.page)} The page itself took a median of"
        f" {number(float(np.median(times)))} s from opening the editor to the new verdict, gestures"
        " included.",
    ]
