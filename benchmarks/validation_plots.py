"""Plots of the validation report, in colours for colour-blind readers."""

from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from PIL import Image

from benchmarks.evidence import JOINTS, SETS, Evidence, Record, errors, half_widths, measured
from benchmarks.evidence import set_numbers as sets_of
from benchmarks.group_tables import MARGIN_DEG, MIN_GROUP, Contrast, sets_with_both
from benchmarks.groups import FACTORS
from benchmarks.resampling import mean_interval, share_interval
from vision.angles import Z95

mpl.use("Agg")
from matplotlib import pyplot as plt

COLOURS: Final = dict(zip(SETS, ("#0072B2", "#E69F00", "#D55E00"), strict=True))
"""Of Okabe and Ito's palette; each set has a mark of its own as well."""
MARKS: Final = dict(zip(SETS, ("o", "s", "^"), strict=True))
DPI: Final = 120
NOMINAL: Final = np.linspace(0.5, 0.99, 50)
GALLERY_PX: Final = (840, 700)


def write_plots(evidence: Evidence, found: Sequence[Contrast], folder: Path) -> None:
    """Write every picture of the report into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    agreement(measured(evidence.records), folder / "agreement.png")
    groups(measured(evidence.records), folder / "groups.png")
    differences(found, folder / "differences.png")
    trust(evidence.records, folder / "trust.png")
    galleries(folder)


def _save(figure: Any, path: Path) -> None:
    # Without the version of matplotlib inside, the same data give the same file for longer.
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def agreement(found: Sequence[Record], path: Path) -> None:
    """Error against the true angle; the truth has no error, so it is the abscissa."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    error = errors(found)
    for column, (axis, joint) in enumerate(zip(axes, JOINTS, strict=True)):
        one = error[:, column]
        for name in SETS:
            part = np.array([record["set"] == name for record in found])
            true = np.array([record["truth"][column] for record in found])[part]
            axis.plot(
                true, one[part], MARKS[name], color=COLOURS[name], ms=4.5, alpha=0.8, label=name
            )
        for height in (one.mean(), *(one.mean() + np.array([-Z95, Z95]) * one.std(ddof=1))):
            axis.axhline(height, lw=0.9, color="black", ls="-" if height == one.mean() else "--")
        axis.set(xlabel=f"true {joint} / °", ylabel=f"{joint}: measured − true / °", ylim=(-17, 17))
    axes[0].legend(title="photos", framealpha=1)
    _save(figure, path)


def groups(found: Sequence[Record], path: Path) -> None:
    """Mean absolute error of every group with its interval; all sets together."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 10.5), sharey=True, layout="constrained")
    labels: list[str] = []
    for number, factor in enumerate(FACTORS):
        shade = ("#0072B2", "#000000")[number % 2]
        for name, belongs in factor.groups.items():
            mine = [record for record in sets_with_both(found, factor) if belongs(record)]
            away, sets = np.abs(errors(mine)), sets_of(mine)
            place = len(labels)
            labels.append(f"{factor.name.split(' (')[0]}: {name}  ({len(mine)})")
            for column, axis in enumerate(axes if len(mine) >= MIN_GROUP else ()):
                ends = mean_interval(away[:, column], sets)
                axis.plot(ends, (place, place), "-", color=shade, lw=1.6)
                axis.plot(away[:, column].mean(), place, "o", color=shade, ms=5)
    middle = np.abs(errors(found)).mean(axis=0)
    for column, (axis, joint) in enumerate(zip(axes, JOINTS, strict=True)):
        axis.axvline(middle[column], color="grey", lw=0.9, ls="--")
        axis.set(xlabel=f"{joint}: mean |error| / °", xlim=(0, 6.5))
        axis.grid(axis="x", lw=0.3)
    axes[0].set_yticks(range(len(labels)), labels, fontsize=8.5)
    axes[0].set_ylim(len(labels) - 0.3, -0.7)
    _save(figure, path)


def differences(found: Sequence[Contrast], path: Path) -> None:
    """Every question's answer: difference of the errors with its interval."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 5), sharey=True, layout="constrained")
    for axis, joint in zip(axes, JOINTS, strict=True):
        mine = [one for one in found if one.joint == joint]
        axis.axvspan(-MARGIN_DEG, MARGIN_DEG, color="#56B4E9", alpha=0.25, lw=0)
        axis.axvline(0, color="black", lw=0.8)
        for place, one in enumerate(mine):
            sure = one.answer in ("worse", "better")
            colour = "#D55E00" if sure else "black"
            axis.plot(one.interval_deg, (place, place), "-", color=colour, lw=1.6)
            axis.plot(one.difference_deg, place, "D" if sure else "o", color=colour, ms=5)
        axis.set(xlabel=f"{joint}: their mean |error| minus all others' / °", xlim=(-3, 5))
        axis.set_yticks(range(len(mine)), [one.factor.asked for one in mine])
    axes[0].invert_yaxis()
    _save(figure, path)


def trust(records: Sequence[Record], path: Path) -> None:
    """What intervals are worth: coverage at every level, and error against photos kept."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    found = measured(records)
    scores = np.abs(errors(found)) / (half_widths(found) / Z95)
    wide = np.array([NormalDist().inv_cdf((1 + level) / 2) for level in NOMINAL])
    for column, (axis, joint) in enumerate(zip(axes, JOINTS, strict=False)):
        counts = [int((scores[:, column] <= width).sum()) for width in wide]
        ends = np.array([share_interval(count, len(found)) for count in counts])
        axis.fill_between(NOMINAL, *ends.T, color="#0072B2", alpha=0.2, lw=0)
        axis.plot(NOMINAL, np.array(counts) / len(found), color="#0072B2", label="all three sets")
        for name in SETS:
            own = scores[np.array([record["set"] == name for record in found]), column]
            share = [(own <= width).mean() for width in wide]
            axis.plot(NOMINAL, share, color=COLOURS[name], lw=1, ls=":", label=name)
        axis.plot((0.5, 1), (0.5, 1), color="black", lw=0.8)
        axis.set(xlabel="level of the interval", ylabel=f"{joint}: share that holds the truth")
    axes[0].legend(fontsize=8)
    _risk(axes[2], records)
    _save(figure, path)


def _risk(axis: Any, records: Sequence[Record]) -> None:
    found = measured(records)
    away, half = np.abs(errors(found)), half_widths(found)
    kept = np.arange(1, len(found) + 1)
    for column, (joint, style) in enumerate(zip(JOINTS, ("-", "--"), strict=True)):
        ordered = away[np.argsort(half[:, column], kind="stable"), column]
        running = np.cumsum(ordered) / kept
        enough = kept >= MIN_GROUP
        axis.plot(kept[enough] / len(records), running[enough], style, color="#0072B2", label=joint)
    axis.set(xlabel="share of all photos kept, narrowest interval first", ylim=0)
    axis.set(ylabel="mean |error| / °")
    axis.legend()


def galleries(folder: Path) -> None:
    """Small copies of the sheets of the worst photos; these are rendered bodies."""
    for name, results in SETS.items():
        with Image.open(results / "worst.jpg") as sheet:
            sheet.thumbnail(GALLERY_PX)
            sheet.save(folder / f"worst-{name}.jpg", quality=70, optimize=True)
