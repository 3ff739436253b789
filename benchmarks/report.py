"""Tables and plots of the accuracy benchmark."""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from app.agreement.statistics import MIN_PAIRS, Icc, agree, kappa
from benchmarks.curves import risk_lines, time_lines, write_curves

mpl.use("Agg")
from matplotlib import pyplot as plt

Record = dict[str, Any]
Floats = NDArray[np.float64]
OURS: Final = "ours"
JOINTS: Final = ("thigh", "knee")
CUTOFFS: Final = (
    ("thigh 0° (guide, Kendall, Magee, EXECP)", 0, 0.0),
    ("thigh −9.69° (Ferber 2010)", 0, -9.69),
    ("knee 80° (guide, Kendall)", 1, 80.0),
    ("knee 67° (EXECP 2021)", 1, 67.0),
    ("knee 90° (Magee)", 1, 90.0),
)
"""Published cut-offs: name, column, degrees."""


def errors(records: Iterable[Record], method: str, truth: str) -> Floats:
    """Signed errors, shape (N, 2): thigh and knee, degrees, photos with a number only."""
    rows = [
        np.subtract(record["methods"][method], record[truth])
        for record in records
        if method in record["methods"] and (not method.startswith("ours") or record["measurable"])
    ]
    wrapped = (np.array(rows).reshape(-1, 2) + 180) % 360 - 180
    return np.asarray(wrapped, np.float64)


def stats(error: Floats) -> str:
    """Bias, mean absolute error, RMSE, 95 % limits of agreement and worst, as table cells."""
    if len(error) < MIN_PAIRS:
        return "– | – | – | – | –"
    found = agree(np.zeros_like(error), error)  # of these figures only differences count
    lower, upper = found.limits_deg
    return (
        f"{found.bias_deg:+.2f} | **{found.mae_deg:.2f}** | {np.sqrt((error**2).mean()):.2f} | "
        f"{lower:+.1f} … {upper:+.1f} | {np.abs(error).max():.1f}"
    )


def agreement_table(records: Sequence[Record]) -> list[str]:
    """Our readings against the truth as studies report agreement.

    The truth has no error of its own, so all of the difference is ours: the standard error of
    measurement is the RMSE, not the share of it that `agree` gives each of two raters.
    """
    found = [record for record in records if record["measurable"]]
    lines = [
        "| angle | n | bias (95 % interval) | ICC(2,1) (95 % interval) | SEM | MDC95 |",
        "|---|---|---|---|---|---|",
    ]
    for column, joint in enumerate(JOINTS if len(found) >= MIN_PAIRS else ()):
        true = [record["truth"][column] for record in found]
        ours = [record["methods"][OURS][column] for record in found]
        one = agree(true, ours)
        low, high = one.bias_interval_deg
        cells = f"{one.bias_deg:+.2f}° ({low:+.2f} to {high:+.2f}) | {_icc(one.icc)}"
        sem, mdc = (math.sqrt(2) * shared for shared in (one.sem_deg, one.mdc95_deg))
        lines.append(f"| {joint} | {one.n} | {cells} | {sem:.2f}° | {mdc:.1f}° |")
    return lines


def _icc(found: Icc) -> str:
    if found.value is None or found.interval is None:
        return found.reason or "–"
    return f"{found.value:.3f} ({found.interval[0]:.3f} to {found.interval[1]:.3f})"


def method_table(records: Sequence[Record], truth: str, methods: Sequence[str]) -> list[str]:
    lines = [
        "| method | n | angle | bias | MAE | RMSE | 95 % limits | worst |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for method in methods:
        found = errors(records, method, truth)
        for column, joint in enumerate(JOINTS):
            lines.append(f"| {method} | {len(found)} | {joint} | {stats(found[:, column])} |")
    return lines


def verdict_lines(records: Sequence[Record]) -> list[str]:
    found = [record for record in records if record["measurable"]]
    ours = np.array([record["methods"][OURS] for record in found])
    true = np.array([record["truth"] for record in found])
    lines = ["| cut-off | accuracy | Cohen's kappa |", "|---|---|---|"]
    for name, column, cut in CUTOFFS:
        a, b = ours[:, column] > cut, true[:, column] > cut
        both = kappa(b.tolist(), a.tolist())
        value = "–" if both.kappa is None else f"{both.kappa:.2f}"
        lines.append(f"| {name} | {both.agreement:.1%} | {value} |")
    sharp = [
        (record["verdict"], "pass" if t[0] <= 0 and t[1] >= 80 else "fail")
        for record, t in zip(found, true, strict=True)
    ]
    wrong = sum(ours in ("pass", "fail") and ours != true for ours, true in sharp)
    open_ = sum(ours == "borderline" for ours, _ in sharp)
    lines += [
        "",
        f"Under `guide`: {len(sharp) - wrong - open_} verdicts right, {wrong} wrong, "
        f"{open_} borderline.",
    ]
    return lines


def coverage_lines(records: Sequence[Record]) -> list[str]:
    found = [record for record in records if record["measurable"]]
    lines = ["| angle | n | inside the 95 % interval | median half-width |", "|---|---|---|---|"]
    for column, joint in enumerate(JOINTS):
        interval = np.array([record["intervals"][column] for record in found])
        true = np.array([record["truth"][column] for record in found])
        inside = (interval[:, 0] <= true) & (true <= interval[:, 1])
        half = (interval[:, 1] - interval[:, 0]) / 2
        low, high = np.quantile(true, (1 / 3, 2 / 3))
        for name, part in (
            (joint, np.ones(len(true), bool)),
            (f"{joint} under {low:.0f}°", true < low),
            (f"{joint} between", (true >= low) & (true <= high)),
            (f"{joint} over {high:.0f}°", true > high),
        ):
            if not part.any():
                continue
            middle = float(np.median(half[part]))
            cells = f"{int(part.sum())} | {inside[part].mean():.1%} | {middle:.1f}°"
            lines.append(f"| {name} | {cells} |")
    return lines


SPLITS: Final[tuple[tuple[str, Callable[[Record], bool]], ...]] = (
    ("within the protocol", lambda r: r["within_protocol"]),
    ("outside the protocol", lambda r: not r["within_protocol"]),
    ("near leg", lambda r: r["near"]),
    ("far leg", lambda r: not r["near"]),
    ("yaw up to 10°", lambda r: abs(r["yaw"]) <= 10),
    ("yaw beyond 10°", lambda r: abs(r["yaw"]) > 10),
    ("roll up to 3°", lambda r: abs(r["roll"]) <= 3),
    ("roll beyond 3°", lambda r: abs(r["roll"]) > 3),
    ("tight clothing", lambda r: r["tight"]),
    ("loose clothing", lambda r: not r["tight"]),
    ("BMI below 22", lambda r: r["bmi"] < 22),
    ("BMI 22 and more", lambda r: r["bmi"] >= 22),
    ("female", lambda r: r["sex"] == "female"),
    ("male", lambda r: r["sex"] == "male"),
    ("lighter skin (tones 0–3)", lambda r: r["skin"] <= 3),
    ("darker skin (tones 4–6)", lambda r: r["skin"] > 3),
)


def split_table(records: Sequence[Record]) -> list[str]:
    lines = [
        "| photos | n | thigh bias | thigh MAE | knee bias | knee MAE |",
        "|---|---|---|---|---|---|",
    ]
    for name, belongs in SPLITS:
        found = errors([record for record in records if belongs(record)], OURS, "truth")
        if len(found):
            bias, mae = found.mean(axis=0), np.abs(found).mean(axis=0)
            cells = f"{bias[0]:+.2f} | {mae[0]:.2f} | {bias[1]:+.2f} | {mae[1]:.2f}"
            lines.append(f"| {name} | {len(found)} | {cells} |")
    return lines


def summary_lines(records: Sequence[Record]) -> list[str]:
    found = [record for record in records if record["measurable"]]
    refused = [record for record in records if not record["measurable"]]
    reasons = ", ".join(f"{record['name']}: {record['flags'][0]}" for record in refused) or "none"
    level = np.array([record["level"][0] - record["roll"] for record in found])
    return [
        f"- photos: {len(records)}, refused: {len(refused)} ({reasons})",
        f"- tested leg wrong among the accepted: {sum(not r['leg_right'] for r in found)}, "
        f"near and far confused: {sum(not r['near_right'] for r in found)}",
        f"- level: mean |error| {np.abs(level).mean():.2f}°, worst {np.abs(level).max():.1f}°",
    ]


def real_lines(real: dict[str, Any]) -> list[str]:
    rows = [row for row in real["rows"] if row["position"]]
    done = [row for row in rows if "ours" in row and row["refusal"] is None]
    error = np.array([np.subtract(row["ours"], row["truth"]) for row in done]).reshape(-1, 2)
    plain = np.array(
        [np.subtract(row["plain"], row["truth"]) for row in real["rows"] if row["plain"]]
    )
    accepted = [what for what, refusal in real["negatives"] if refusal is None]
    return [
        f"- test position: {len(rows)} photos, measured {len(done)}, side as labelled in "
        f"{sum(row['leg_right'] for row in done)}",
        "",
        "| against one rater's labels (±4–6°) | n | bias | MAE | RMSE | 95 % limits | worst |",
        "|---|---|---|---|---|---|---|",
        f"| thigh, ours | {len(error)} | {stats(error[:, 0])} |",
        f"| knee, ours | {len(error)} | {stats(error[:, 1])} |",
        f"| thigh, all rows, labelled leg, median of passes | {len(plain)} | {stats(plain[:, 0])} |",
        f"| knee, all rows, labelled leg, median of passes | {len(plain)} | {stats(plain[:, 1])} |",
        "",
        f"- rows labelled “not a Thomas Test”: {sum(not r['position'] for r in real['rows'])}, "
        f"refused {sum(not r['position'] and r['refusal'] is not None for r in real['rows'])}",
        f"- negatives: {len(real['negatives'])}, given a verdict: {len(accepted)} "
        f"({', '.join(accepted) or 'none'})",
    ]


def plots(records: Sequence[Record], out: Path) -> None:
    """Bland–Altman plots and error against the camera's position."""
    found = [record for record in records if record["measurable"]]
    ours = np.array([record["methods"][OURS] for record in found])
    true = np.array([record["truth"] for record in found])
    near = np.array([record["near"] for record in found])
    figure, axes = plt.subplots(2, 3, figsize=(12, 6.5), layout="constrained")
    camera = {"camera yaw": "yaw", "camera pitch": "pitch"}
    for row, joint in enumerate(JOINTS):
        error = ours[:, row] - true[:, row]
        abscissae = {f"mean {joint} angle": (ours[:, row] + true[:, row]) / 2}
        abscissae |= {
            label: np.array([record[key] for record in found]) for label, key in camera.items()
        }
        for axis, (label, values) in zip(axes[row], abscissae.items(), strict=True):
            for group, mark, name in ((near, "o", "near leg"), (~near, "^", "far leg")):
                axis.plot(values[group], error[group], mark, ms=4, label=name)
            for height in (error.mean(), *(error.mean() + np.array([-1.96, 1.96]) * error.std())):
                axis.axhline(height, lw=0.8, color="grey")
            axis.set(xlabel=f"{label} / °", ylabel=f"{joint}: ours − true / °")
    axes[0, 0].legend()
    figure.savefig(out / "agreement.png", dpi=110)
    plt.close(figure)


def write_report(records: Sequence[Record], real: dict[str, Any] | None, out: Path) -> str:
    """Write accuracy.md and agreement.png; return the text."""
    ablations = [
        OURS,
        "without calibration",
        "without calibration and level",
        "fast",
        "single pass, heavy",
        "single pass, full",
        "unsigned shoulder-hip-knee",
    ]
    protocol = [record for record in records if record["within_protocol"]]
    parts = [
        (
            "Accuracy",
            [
                "Regenerate with `python -m benchmarks.accuracy DATASET [--real FOLDER]`.",
                "",
                *summary_lines(records),
            ],
        ),
        (
            "Against the 3-D truth (sagittal plane, against gravity), degrees",
            method_table(records, "truth", ablations),
        ),
        (
            "The same within the protocol (|yaw| ≤ 10°, |pitch| ≤ 8°)",
            method_table(protocol, "truth", ablations),
        ),
        (
            "Against the levelled image plane (what a perfect reader finds in the picture)",
            method_table(records, "truth_image", ["ours, image plane", *ablations[1:]]),
        ),
        ("As a study would report it (3-D truth)", agreement_table(records)),
        ("Intervals", coverage_lines(records)),
        ("Verdicts", verdict_lines(records)),
        ("Error against the share of photos kept (narrowest intervals first)", risk_lines(records)),
        ("Error against time", time_lines(records)),
        ("By condition (3-D truth)", split_table(records)),
        (
            "Plots",
            [
                "![Agreement with the truth](agreement.png)",
                "![Trade-offs](curves.png)",
                "![The worst photos](worst.jpg)",
            ],
        ),
    ]
    if real is not None:
        parts.append(("Real photographs (private, not in the project)", real_lines(real)))
    text = "\n\n".join(
        f"{'#' if index == 0 else '##'} {title}\n\n" + "\n".join(lines)
        for index, (title, lines) in enumerate(parts)
    )
    plots(records, out)
    write_curves(records, out)
    (out / "accuracy.md").write_text(text + "\n", "utf-8")
    return text
