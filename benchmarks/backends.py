"""The same pose model on LiteRT and in MediaPipe: agreement and speed.

    python -m benchmarks.backends DATASET [--photos sample_images] [--out benchmarks/results]

Both run every pass of a photo, one after the other, warm and on one core. Then each makes complete
measurements with its own choice of passes. For comparison, the effect of random noise of ±1 grey
level on MediaPipe's own landmarks is shown. Writes backends.md.
"""

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.processes import use_one_core
from benchmarks.dataset import read_dataset
from benchmarks.machine import machine
from benchmarks.speed import VARIANTS, Recorder, photo_files, table
from vision.backends.litert import LiteRTEstimator
from vision.backends.mediapipe import MediaPipeEstimator
from vision.measurement import Measurement, measure
from vision.photo import read_photo
from vision.pose import Person, PoseEstimator, estimate_pose
from vision.transforms import ALL_PASSES

WARM_UP: Final = 3
"""Photos that are not timed."""
Line = dict[str, Any]
Backends = dict[str, PoseEstimator]


class Clock(Recorder):
    """Times each call of a pose model."""

    def __init__(self, estimator: PoseEstimator) -> None:
        super().__init__(estimator)
        self.spent_s: list[float] = []

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        begin = time.perf_counter()
        found = super().detect(pixels)
        self.spent_s.append(time.perf_counter() - begin)
        return found


def apart(
    one: Sequence[Person], other: Sequence[Person]
) -> list[tuple[NDArray[np.float64], float, float]]:
    """Landmarks' distances, pixels, depth's and silhouette's mean difference, by person.

    Persons are matched in their order, the highest score first.
    """
    found = []
    for a, b in zip(one, other, strict=False):
        assert a.silhouette is not None
        assert b.silhouette is not None
        away = np.linalg.norm(a.points_px - b.points_px, axis=1)
        depth = float(np.abs(a.depth_px - b.depth_px).mean())
        found.append((away, depth, float(np.abs(a.silhouette - b.silhouette).mean())))
    return found


def pass_by_pass(photos: Sequence[Path], backends: Backends, chance: np.random.Generator) -> Line:
    """Compare all passes of all photos; landmarks in pixels of the photo as it was shown."""
    usual, other = (Clock(one) for one in backends.values())
    differences, noise, other_count = [], [], 0
    for path in photos:
        photo = read_photo(path.read_bytes())
        estimate_pose(photo, recorder := Recorder(backends["MediaPipe"]), ALL_PASSES)
        for picture in recorder.pictures:
            theirs, ours = usual.detect(picture), other.detect(picture)
            other_count += len(theirs) != len(ours)
            differences += apart(theirs, ours)
        grey = picture.astype(np.int16) + chance.integers(-1, 2, picture.shape)
        noisy = backends["MediaPipe"].detect(np.clip(grey, 0, 255).astype(np.uint8))
        noise += apart(theirs, noisy)
    n_passes = len(ALL_PASSES)
    timed = [one.spent_s[WARM_UP * n_passes :] for one in (usual, other)]
    return {
        "passes": len(photos) * n_passes,
        "people": len(differences),
        "other number of people": other_count,
        "points": np.concatenate([away for away, _, _ in differences]),
        "depth": np.array([depth for _, depth, _ in differences]),
        "silhouette": np.array([mask for _, _, mask in differences]),
        "noise": np.concatenate([away for away, _, _ in noise]),
        "ms": [1000 * float(np.mean(spent)) for spent in timed],
    }


def angles(result: Measurement) -> NDArray[np.float64] | None:
    if not result.measurable or result.angles is None:
        return None
    return np.array([result.angles.thigh.value_deg, result.angles.knee_flexion.value_deg])


def whole(photos: Sequence[Path], backends: Backends, *, fast: bool) -> Line:
    """Compare measurements of all photos; the warm-up's are read but not timed."""
    readings, spent = defaultdict(list), defaultdict(list)
    same_leg = same_verdict = 0
    for path in photos:
        results = {}
        for name, estimator in backends.items():
            begin = time.perf_counter()
            results[name] = measure(path, fast=fast, estimator=estimator)
            spent[name].append(time.perf_counter() - begin)
            readings[name].append(angles(results[name]))
        one, other = results.values()
        same_leg += one.view.leg == other.view.leg
        same_verdict += one.interpretation.verdict == other.interpretation.verdict
    pairs = list(zip(*readings.values(), strict=True))
    both = [a - b for a, b in pairs if a is not None and b is not None]
    return {
        "photos": len(photos),
        "refused": [sum(one is None for one in kind) for kind in readings.values()],
        "refused by one": sum((a is None) != (b is None) for a, b in pairs),
        "angles": np.abs(both),
        "same leg": same_leg,
        "same verdict": same_verdict,
        "s": [float(np.mean(kind[WARM_UP:])) for kind in spent.values()],
    }


def spread(values: NDArray[np.float64], digits: int = 3) -> list[str]:
    """Median, 95th percentile and maximum."""
    return [f"{float(value):.{digits}f}" for value in np.percentile(values, [50, 95, 100])]


def section(mode: str, passes: Line, results: Line) -> list[str]:
    """Report on one model."""
    n, points = results["photos"], passes["points"]
    rows = [
        ("landmarks, px", *spread(points)),
        ("the same, MediaPipe against itself under noise", *spread(passes["noise"])),
        ("depth, px", *spread(passes["depth"])),
        ("silhouette, chance 0–1", *spread(passes["silhouette"], 5)),
        ("thigh, °", *spread(results["angles"][:, 0])),
        ("knee, °", *spread(results["angles"][:, 1])),
    ]
    speed = [("one pass, ms", passes["ms"], 1), ("whole measurement, s", results["s"], 3)]
    return [
        f"## {mode}",
        "",
        f"{passes['passes']} passes over {n} photos, {passes['people']} people compared, another "
        f"number of people in {passes['other number of people']} passes; {(points < 0.5).mean():.1%}"
        " of landmarks within 0.5 px.",
        "",
        *table(("difference", "median", "95 %", "greatest"), rows),
        f"Not measurable: {results['refused'][0]} in MediaPipe, {results['refused'][1]} on LiteRT; "
        f"by one only: {results['refused by one']}. Same leg {results['same leg']} of {n}, same "
        f"verdict {results['same verdict']} of {n}.",
        "",
        *table(
            ("mean time on one core", "MediaPipe", "LiteRT", "LiteRT takes"),
            [
                (name, f"{a:.{digits}f}", f"{b:.{digits}f}", f"{b / a:.0%}")
                for name, (a, b), digits in speed
            ],
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--photos", type=Path, default=Path("sample_images"))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    use_one_core()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    about = machine()
    photos = photo_files(options.photos)
    photos += [truth.path for truth in read_dataset(options.dataset)]
    lines = [
        "# The same pose model in MediaPipe and on LiteRT",
        "",
        "Regenerate with `python -m benchmarks.backends DATASET`; the photos are those of",
        f"`{options.photos.name}` and of the dataset `{options.dataset.name}`. mediapipe "
        f"{version('mediapipe')}, ai-edge-litert {version('ai-edge-litert')}, "
        f"{about['cpu']}, one core, Python {about['python']}, commit {about['commit']}.",
        "",
        "Landmarks are compared in pixels of the picture that the model was shown (at most 960 "
        "wide or high), both models asked the same passes; angles as whole measurements give "
        "them. “Under noise”: ±1 grey level at random, one pass per photo. What shared searches change on "
        "LiteRT, in `--fast` only: [before_after.md](before_after.md).",
        "",
    ]
    for mode, variant in VARIANTS.items():
        with MediaPipeEstimator(variant) as usual, LiteRTEstimator(variant) as other:
            backends: Backends = {"MediaPipe": usual, "LiteRT": other}
            passes = pass_by_pass(photos, backends, np.random.default_rng(1))
            results = whole(photos, backends, fast=mode == "--fast")
        lines += section(mode, passes, results)
        print("\n".join(lines[-20:]), flush=True)
    (options.out / "backends.md").write_text("\n".join(lines).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
