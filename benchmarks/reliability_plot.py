"""Plot of the reliability study: errors of each body's photos, one column a body."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np

from benchmarks.reliability_design import ACCEPTABLE_DEG
from benchmarks.reliability_figures import PLACE, Record, study

mpl.use("Agg")
from matplotlib import pyplot as plt

LOOKS: Final = {
    "base": ("o", "#000000", "base"),
    "repeat": ("o", "#999999", "held again"),
    "camera": ("s", "#0072B2", "camera"),
    "light": ("^", "#E69F00", "light"),
    "clothes": ("D", "#CC79A7", "clothes"),
    "setup1": ("P", "#009E73", "new set-up"),
    "setup2": ("P", "#009E73", None),
    "other": ("X", "#56B4E9", "other leg"),
    "far": ("x", "#D55E00", "far side"),
}
"""Mark, colour (Okabe and Ito) and name of each facet."""
NAMES: Final = ("thigh", "knee", "shank from plumb")


def plot(records: Sequence[Record], path: Path) -> None:
    """Write the plot; bodies in the order of the design, makes apart."""
    all_of = study(records)
    figure, axes = plt.subplots(3, 1, figsize=(9, 8), sharex=True, layout="constrained")
    places = np.arange(all_of.errors.shape[1])
    for axis, errors, name in zip(axes, all_of.errors, NAMES, strict=True):
        axis.axhspan(-ACCEPTABLE_DEG, ACCEPTABLE_DEG, color="#F2F2F2")
        axis.axhline(0, color="black", lw=0.8)
        for facet, (mark, colour, label) in LOOKS.items():
            aside = 0.06 * (PLACE[facet] - 4)
            axis.plot(
                places + aside, errors[:, PLACE[facet]], mark, color=colour, ms=4.5, label=label
            )
        for border in [at for at in places[1:] if all_of.makes[at] != all_of.makes[at - 1]]:
            axis.axvline(border - 0.5, color="#999999", lw=0.8, ls=":")
        axis.set_ylabel(f"{name}: read − true / °")
    bodies = sorted({record["body"] for record in records})
    axes[-1].set_xticks(places, [str(body) for body in bodies])
    for make in dict.fromkeys(all_of.makes):
        middle = np.mean([place for place in places if all_of.makes[place] == make])
        axes[-1].text(middle, -0.17, make, transform=axes[-1].get_xaxis_transform(), ha="center")
    axes[0].legend(
        ncols=8, loc="upper center", bbox_to_anchor=(0.5, 1.22), frameon=False, fontsize=8
    )
    figure.savefig(path, dpi=80, metadata={"Software": None})
    plt.close(figure)
