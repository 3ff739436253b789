"""Accuracy of the camera's direction where the truth is known: from a phone, or from rendering.

    python -m benchmarks.gravity DATASET [--real FOLDER] [--out benchmarks/results]

FOLDER, if available, contains phone photos and index.csv (file, scene, focal35, roll_deg,
pitch_deg): the accelerometer is hidden from the estimate by the scene, which is compared with it. A
phone cannot test itself, so the combination is tested on rendered photos with a simulated phone:
truth plus a normal error. Writes gravity.md, and gravity.json with what the phones' photos gave.
"""

import argparse
import csv
import json
import math
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Truth, read_dataset
from benchmarks.level import RADIUS, body_px
from benchmarks.machine import machine
from benchmarks.markdown import number, table
from vision.angles import Z95
from vision.level import Level, estimate_level
from vision.metadata import FULL_FRAME_DIAGONAL_MM, SIGMA_DEG, Gravity
from vision.photo import read_photo

Floats = NDArray[np.float64]
TAIL_SIGMAS: Final = 3.0
STEEP_DEG: Final = (-10.0, -15.0, -20.0, -25.0)
"""How far rendered cameras are tilted further, degrees."""
HEAD: Final = (
    "set", "n", "read", "mean", "median", "p95", "worst", "in its 95 %", "beyond 3 σ", "pitch",
)  # fmt: skip


class Case(NamedTuple):
    """One reading beside the truth; degrees."""

    level: Level
    roll_deg: float
    pitch_deg: float
    group: str = ""


def figures(cases: Sequence[Case], reference_sigma_deg: float = 0.0) -> dict[str, Any]:
    """Sum up errors of roll and pitch, degrees; the reference's own is added to each interval."""
    error = np.array([abs(case.level.roll_deg - case.roll_deg) for case in cases])
    sigma = np.array([math.hypot(case.level.sigma_deg, reference_sigma_deg) for case in cases])
    known = [case for case in cases if case.level.pitch_deg is not None]
    pitch = [abs((case.level.pitch_deg or 0.0) - case.pitch_deg) for case in known]
    return {
        "n": len(cases),
        "read": sum(case.level.source != "assumed" for case in cases),
        "mean_deg": float(error.mean()),
        "median_deg": float(np.median(error)),
        "p95_deg": float(np.percentile(error, 95)),
        "worst_deg": float(error.max()),
        "inside": int((error <= Z95 * sigma).sum()),
        "far": int((error > TAIL_SIGMAS * sigma).sum()),
        "pitch_n": len(pitch),
        "pitch_deg": float(np.mean(pitch)) if pitch else None,
    }


def row(name: str, cases: Sequence[Case], reference_sigma_deg: float = 0.0) -> list[str]:
    """Summarise as a row of the page's tables."""
    one = figures(cases, reference_sigma_deg)
    pitch = one["pitch_deg"]
    return [
        name,
        str(one["n"]),
        f"{one['read'] / one['n']:.0%}",
        *(number(one[f"{key}_deg"], 2) for key in ("mean", "median", "p95", "worst")),
        f"{one['inside'] / one['n']:.1%}",
        f"{one['far'] / one['n']:.1%}",
        "–" if pitch is None else f"{number(pitch, 2)} ({one['pitch_n']})",
    ]


def real(folder: Path, *, focal: bool) -> list[Case]:
    """Read the scene of each photo, with or without the lens that its file names."""
    cases = []
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            photo = read_photo((folder / line["file"]).read_bytes())
            diagonal = math.hypot(photo.width_px, photo.height_px)
            focal_px = float(line["focal35"]) * diagonal / FULL_FRAME_DIAGONAL_MM
            level = estimate_level(photo.pixels, focal_px=focal_px if focal else None)
            cases.append(
                Case(level, float(line["roll_deg"]), float(line["pitch_deg"]), line["scene"])
            )
    return cases


def tilted(pixels: NDArray[np.uint8], body: Floats, truth: Truth, down_deg: float) -> Case:
    """Read a rendered photo as if its camera had looked further up by an angle.

    A turn about the camera's centre maps the picture by a homography, without any parallax.
    """
    height, width = pixels.shape[:2]
    camera = truth.details["camera"]
    lens = np.array([[camera["f_px"], 0, width / 2], [0, camera["f_px"], height / 2], [0, 0, 1.0]])
    roll, turn = math.radians(truth.roll_deg), math.radians(down_deg)
    # About the true horizontal of the picture, which is turned by the roll.
    axis = np.array([math.cos(roll), -math.sin(roll), 0.0]) * turn
    rotation = cv2.Rodrigues(axis)[0]
    homography = lens @ rotation.T @ np.linalg.inv(lens)
    seen = np.asarray(cv2.warpPerspective(pixels, homography, (width, height)), np.uint8)
    corners = [[0, 0], [width, 0], [width, height], [0, height], [0, 0]]
    # The picture's own border is no edge of the room: it is masked like a limb.
    outline = np.concatenate((body, np.array(corners, np.float64)))
    moved = cv2.perspectiveTransform(outline[None], homography)[0]
    radius_px = RADIUS * max(width, height)
    level = estimate_level(seen, body_px=moved, body_radius_px=radius_px)
    return Case(level, truth.roll_deg, truth.pitch_deg + down_deg)


def rendered(truths: Iterable[Truth], seed: int = 0) -> dict[str, list[Case]]:
    """Read rendered photos by the scene, by a simulated phone, and by both; and steep views."""
    rng = np.random.default_rng(seed)
    cases: dict[str, list[Case]] = {}
    for truth in truths:
        photo = read_photo(truth.path.read_bytes())
        body = body_px(truth)
        radius_px = RADIUS * max(photo.width_px, photo.height_px)
        see = partial(estimate_level, photo.pixels, body_px=body, body_radius_px=radius_px)
        roll_deg, pitch_deg = (
            float(value + rng.normal(0, SIGMA_DEG)) for value in (truth.roll_deg, truth.pitch_deg)
        )
        gravity = Gravity(roll_deg, pitch_deg, SIGMA_DEG, "sent")
        focal_px = truth.details["camera"]["f_px"]
        blank = np.full((240, 320, 3), 128, np.uint8)
        readings = {
            "scene": see(),
            "scene, lens known": see(focal_px=focal_px),
            "phone": estimate_level(blank, gravity=gravity),
            "phone + scene": see(gravity=gravity),
            "phone + scene, lens known": see(gravity=gravity, focal_px=focal_px),
        }
        for name, level in readings.items():
            cases.setdefault(name, []).append(Case(level, truth.roll_deg, truth.pitch_deg))
        for steep in STEEP_DEG:
            name = f"tilted further by {number(steep, 0)}°"
            cases.setdefault(name, []).append(tilted(photo.pixels, body, truth, steep))
    return cases


def page(real_cases: dict[str, list[Case]], cases: dict[str, list[Case]], command: str) -> str:
    """Write both tables as Markdown."""
    lines = [
        "# The camera's direction: phone, scene, and both",
        "",
        f"Errors of the roll in degrees, and the mean error of the pitch where it is read (with the "
        f"number of those). Regenerate with `{command}`. Commit {machine()['commit']}.",
        "",
    ]
    if real_cases:
        rows = [row(name, group, SIGMA_DEG) for name, group in real_cases.items()]
        lines += [
            "## Photos of phones, the scene against the accelerometer",
            "",
            f"Nothing was chosen on these photos. The accelerometer's own {SIGMA_DEG}° are added to "
            "each interval. People are not masked.",
            "",
            table(HEAD, rows),
            "",
        ]
    lines += [
        "## Rendered photos, a simulated phone",
        "",
        "The rolls are uniform within ±6°, so 1.92° for what is assumed are too few here: they are the "
        "roll of ordinary photos. What is read is judged apart.",
        "",
        table(HEAD, [row(name, group) for name, group in cases.items()]),
        "",
        "### Those that were read",
        "",
        table(HEAD, [row(name, group) for name, group in read_of(cases).items()]),
        "",
    ]
    return "\n".join(lines)


def read_of(cases: dict[str, list[Case]]) -> dict[str, list[Case]]:
    """Leave out what was assumed."""
    read = {
        name: [case for case in group if case.level.source != "assumed"]
        for name, group in cases.items()
    }
    return {name: group for name, group in read.items() if group}


def groups(cases: Sequence[Case], suffix: str) -> dict[str, list[Case]]:
    """All photos, by kind of scene, and those nearly level."""
    found = {f"all{suffix}": list(cases)}
    for kind in sorted({case.group for case in cases}):
        found[f"{kind}{suffix}"] = [case for case in cases if case.group == kind]
    found[f"pitch within ±8°{suffix}"] = [case for case in cases if abs(case.pitch_deg) < 8]
    found[f"pitch beyond ±15°{suffix}"] = [case for case in cases if abs(case.pitch_deg) > 15]
    return {name: group for name, group in found.items() if group}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    real_cases: dict[str, list[Case]] = {}
    if options.real is not None:
        for focal in (False, True):
            suffix = ", lens known" if focal else ""
            real_cases.update(groups(real(options.real, focal=focal), suffix))
    cases = rendered(read_dataset(options.dataset))
    text = page(real_cases, cases, "python -m benchmarks.gravity DATASET --real FOLDER")
    (options.out / "gravity.md").write_text(text, "utf-8")
    if real_cases:
        found = {name: figures(group, SIGMA_DEG) for name, group in real_cases.items()}
        (options.out / "gravity.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
