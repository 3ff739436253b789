"""Plots of the validation report, in colours for colour-blind readers."""

from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from PIL import Image

from app.agreement.contrasts import MARGIN_DEG, MIN_GROUP
from benchmarks.resampling import mean_interval, share_interval
from benchmarks.validation.decisions import PREVALENCES, Strategy
from benchmarks.validation.evidence import (
    ANGLES,
    JOINTS,
    SETS,
    Evidence,
    Record,
    errors,
    half_widths,
    measured,
    readings,
)
from benchmarks.validation.evidence import set_numbers as sets_of
from benchmarks.validation.group_tables import Contrast, sets_with_both
from benchmarks.validation.groups import FACTORS
from benchmarks.validation.intervals import kept_groups
from benchmarks.validation.pages import default_strategies
from benchmarks.validation.unseen import MAKE_OUT, MAKES, by_make
from vision.angles import Z95

mpl.use("Agg")
from matplotlib import pyplot as plt

COLOURS: Final = dict(zip(SETS, ("#0072B2", "#E69F00", "#D55E00"), strict=True))
"""Of Okabe and Ito's palette; each set has a mark of its own as well."""
MARKS: Final = dict(zip(SETS, ("o", "s", "^"), strict=True))
MAKE_COLOURS: Final = dict(zip(MAKES, ("#0072B2", "#009E73", "#D55E00"), strict=True))
DPI: Final = 120
NOMINAL: Final = np.linspace(0.5, 0.99, 50)
GALLERY_PX: Final = (840, 700)


def write_plots(evidence: Evidence, found: Sequence[Contrast], folder: Path) -> None:
    """Write every picture of the report into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    agreement(measured(evidence.records), folder / "agreement.png")
    groups(measured(evidence.records), folder / "groups.png")
    differences(found, folder / "differences.png")
    trust(evidence, folder / "trust.png")
    risk(evidence, folder / "risk.png")
    decisions(default_strategies(evidence), folder / "decisions.png")
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


def trust(evidence: Evidence, path: Path) -> None:
    """Calibration of the intervals: coverage at every level, makes left out and known sets."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    wide = np.array([NormalDist().inv_cdf((1 + level) / 2) for level in NOMINAL])
    for make, part in by_make(evidence.strangers).items():
        error, sigma = readings(part, MAKE_OUT)
        for axis, scores in zip(axes, (np.abs(error) / sigma).T, strict=True):
            counts = [int((scores <= width).sum()) for width in wide]
            ends = np.array([share_interval(count, len(part)) for count in counts])
            colour, label = MAKE_COLOURS[make], f"{MAKES[make]}, left out"
            axis.fill_between(NOMINAL, *ends.T, color=colour, alpha=0.15, lw=0)
            axis.plot(NOMINAL, np.array(counts) / len(part), color=colour, label=label)
    found = measured(evidence.records)
    known = np.abs(errors(found)) / (half_widths(found) / Z95)
    for axis, scores in zip(axes, known.T, strict=False):
        share = [(scores <= width).mean() for width in wide]
        axis.plot(NOMINAL, share, color="black", lw=1, ls=":", label="own generator, known")
    for axis, angle in zip(axes, ANGLES, strict=True):
        axis.plot((0.5, 1), (0.5, 1), color="black", lw=0.8)
        axis.set(xlabel="level of the interval", ylabel=f"{angle}: share that holds the truth")
    axes[0].legend(fontsize=8)
    _save(figure, path)


def risk(evidence: Evidence, path: Path) -> None:
    """Error against the share of photos kept, with the flagged photos and without."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    for axis, (name, one) in zip(axes, kept_groups(evidence).items(), strict=True):
        for column, (joint, colour) in enumerate(zip(JOINTS, ("#0072B2", "#D55E00"), strict=True)):
            for last, style, words in ((False, "-", "by width"), (True, "--", "flagged last")):
                order = np.lexsort((one.half_deg[:, column], one.flagged & last))
                kept = np.arange(1, len(order) + 1)
                running = np.cumsum(one.away_deg[order, column]) / kept
                enough = kept >= MIN_GROUP
                label = f"{joint}, {words}"
                axis.plot(
                    kept[enough] / one.total, running[enough], style, color=colour, label=label
                )
        axis.set(xlabel="share of all photos kept", title=name, ylim=0)
    axes[0].set(ylabel="mean |error| / °")
    axes[0].legend(fontsize=8)
    _save(figure, path)


def decisions(found: Sequence[Strategy], path: Path) -> None:
    """Decision curves: net benefit against the threshold, one panel per prevalence."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 4.6), sharey=True, layout="constrained")
    thresholds = np.linspace(0.01, 0.6, 60)
    styles = ("-", "-", "-", "-", "-", ":", ":")
    colours = ("grey", "black", "#0072B2", "#D55E00", "#56B4E9", "#009E73", "#CC79A7")
    for axis, prevalence in zip(axes, PREVALENCES, strict=True):
        for one, style, colour in zip(found, styles, colours, strict=True):
            curve = [100 * one.net_benefit(prevalence, float(t)) for t in thresholds]
            axis.plot(100 * thresholds, curve, style, color=colour, label=one.name)
        axis.set(xlabel="acting is worth it from / %", ylim=(-5, 62))
        axis.set_title(f"{100 * prevalence:.0f} % short")
    axes[0].set(ylabel="net benefit per 100 people")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    _save(figure, path)


def galleries(folder: Path) -> None:
    """Small copies of the sheets of the worst photos; these are rendered bodies."""
    for name, results in SETS.items():
        with Image.open(results / "worst.jpg") as sheet:
            sheet.thumbnail(GALLERY_PX)
            sheet.save(folder / f"worst-{name}.jpg", quality=70, optimize=True)
