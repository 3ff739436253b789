"""Trade-offs: error against the share of photos accepted, and against time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("Agg")
from matplotlib import pyplot as plt

Record = dict[str, Any]
SHARES: Final = (1.0, 0.95, 0.9, 0.8, 0.5)


def _accepted(records: Sequence[Record]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Absolute errors and interval widths of the measured photos, shape (N, 2) each."""
    found = [record for record in records if record["measurable"]]
    error = np.abs([np.subtract(one["methods"]["ours"], one["truth"]) for one in found])
    width = np.array([[high - low for low, high in one["intervals"]] for one in found])
    return error, width


def risk_lines(records: Sequence[Record]) -> list[str]:
    """Mean and worst error when only the photos with the narrowest intervals are kept."""
    error, width = _accepted(records)
    lines = [
        "| share kept | thigh MAE | thigh worst | knee MAE | knee worst |",
        "|---|---|---|---|---|",
    ]
    for share in SHARES:
        count = max(1, round(share * len(error)))
        cells = []
        for column in range(2):
            kept = error[np.argsort(width[:, column])[:count], column]
            cells += [f"{kept.mean():.2f}", f"{kept.max():.1f}"]
        lines.append(f"| {share:.0%} | " + " | ".join(cells) + " |")
    return lines


def time_lines(records: Sequence[Record]) -> list[str]:
    """Error and time of each ensemble."""
    lines = ["| passes | measured | thigh MAE | knee MAE | median time |", "|---|---|---|---|---|"]
    for name in records[0]["ensembles"]:
        pairs = [
            (one["ensembles"][name], one["truth"]) for one in records if one["ensembles"][name]
        ]
        found, truth = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
        mae = np.abs(found[:, :2] - truth).mean(axis=0)
        time_ms = np.median(found[:, 2])
        lines.append(
            f"| {name} | {len(pairs)} of {len(records)} | {mae[0]:.2f} | {mae[1]:.2f} | {time_ms:.0f} ms |"
        )
    return lines


def write_curves(records: Sequence[Record], out: Path) -> None:
    """Write curves.png: both trade-offs as plots."""
    figure, (risk, time) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    error, width = _accepted(records)
    share = np.arange(1, len(error) + 1) / len(error)
    for column, joint in enumerate(("thigh", "knee")):
        ordered = error[np.argsort(width[:, column]), column]
        risk.plot(share, np.cumsum(ordered) / np.arange(1, len(ordered) + 1), label=joint)
    risk.set(xlabel="share of photos kept, narrowest interval first", ylabel="mean |error| / °")
    risk.legend()
    for name in records[0]["ensembles"]:
        pairs = [
            (one["ensembles"][name], one["truth"]) for one in records if one["ensembles"][name]
        ]
        found, truth = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
        time.plot(np.median(found[:, 2]), np.abs(found[:, 0] - truth[:, 0]).mean(), "o", label=name)
    time.set(xlabel="median time / ms", ylabel="thigh: mean |error| / °", xlim=0, ylim=0)
    time.legend(fontsize=8)
    figure.savefig(out / "curves.png", dpi=110)
    plt.close(figure)
