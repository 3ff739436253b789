"""Benefit of several photos of one set-up, or of a clip.

    python -m benchmarks.repeats PLACES [--out benchmarks/results]

PLACES holds renders of bodies in one unchanged posture, seen from several places: NAME_p0r0 to
NAME_p0r3 are repeats from one place, NAME_p1 to NAME_p3 other places, each with a JSON that gives
the true angles. The error of a photo is split by a one-way analysis of variance: the part that is
the same for a body remains, the rest averages out. A clip is a pan over a render that comes to
rest. Writes repeats.md.
"""

import argparse
import itertools
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np

from benchmarks.machine import machine
from benchmarks.markdown import number, table
from benchmarks.variance import one_way, sd
from vision.angles import Z95
from vision.errors import UnusableClip
from vision.examination import joined
from vision.measurement import Measurement, measure
from vision.photo import read_photo
from vision.together import measure_together

MOST: Final = 4
FPS: Final = 15
NAME: Final = re.compile(r"(?P<body>.+)_p(?P<place>\d)(?:r(?P<repeat>\d))?")


class Shot(NamedTuple):
    """A measured render of a body; truth in degrees: thigh, knee."""

    path: Path
    body: str
    place: str
    truth: tuple[float, float]
    measurement: Measurement

    @property
    def errors(self) -> tuple[float, float]:
        return errors_of(self.measurement, self.truth)


def errors_of(measurement: Measurement, truth: tuple[float, float]) -> tuple[float, float]:
    reading = measurement.reading
    assert reading is not None
    return reading.thigh.value_deg - truth[0], reading.knee_flexion.value_deg - truth[1]


def inside(measurement: Measurement, truth: tuple[float, float]) -> tuple[bool, bool]:
    """Whether the intervals contain the truth."""
    reading = measurement.reading
    assert reading is not None
    thigh, knee = errors_of(measurement, truth)
    return (
        abs(thigh) <= Z95 * reading.thigh.sigma_deg,
        abs(knee) <= Z95 * reading.knee_flexion.sigma_deg,
    )


def read_shots(folder: Path) -> list[Shot]:
    """Measure every render that can be measured."""
    shots = []
    for path in sorted(folder.glob("*.jpg")):
        name = NAME.fullmatch(path.stem)
        details = path.with_suffix(".json")
        if name is None or not details.is_file():
            continue
        truth = json.loads(details.read_text("utf-8"))["truth"]
        measurement = measure(path)
        if measurement.measurable:
            angles = (truth["thigh_deg"], truth["knee_flexion_deg"])
            shots.append(Shot(path, name["body"], name["place"], angles, measurement))
    return shots


def parts(shots: Sequence[Shot]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random and body part (SD) of thigh and knee error, and the random share of the variance."""
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for shot in shots:
        groups[shot.body].append(shot.errors)
    several = [errors for errors in groups.values() if len(errors) > 1]
    grid = np.full((2, len(several), max(len(errors) for errors in several)), np.nan)
    for body, errors in enumerate(several):
        grid[:, body, : len(errors)] = np.transpose(errors)
    found = one_way(grid)
    return np.sqrt(found.within), sd(found.between), found.random_share


def averaged(shots: Sequence[Shot], label: str) -> list[list[str]]:
    """Error of a number of combined photos, over all selections."""
    rows = []
    bodies: dict[str, list[Shot]] = defaultdict(list)
    for shot in shots:
        bodies[shot.body].append(shot)
    for n in range(1, MOST + 1):
        errors, held, sigmas = [], [], []
        for own in bodies.values():
            for chosen in itertools.combinations(own, n):
                result = joined([shot.measurement for shot in chosen])
                assert result.reading is not None
                errors.append(errors_of(result, chosen[0].truth))
                held.append(inside(result, chosen[0].truth))
                sigmas.append(
                    (result.reading.thigh.sigma_deg, result.reading.knee_flexion.sigma_deg)
                )
        if errors:
            rows.append(_row(f"{label}, {n}", errors, held, sigmas))
    return rows


def _row(
    name: str,
    errors: Sequence[tuple[float, float]],
    held: Sequence[tuple[bool, bool]],
    sigmas: Sequence[tuple[float, float]],
) -> list[str]:
    rms = np.sqrt((np.array(errors) ** 2).mean(axis=0))
    share, sigma = np.mean(held, axis=0), np.mean(sigmas, axis=0)
    return [
        name,
        str(len(errors)),
        *(f"{number(float(value), 2)}" for value in (*rms, *sigma)),
        *(f"{value:.0%}" for value in share),
    ]


def pan(path: Path, target: Path, rng: np.random.Generator, *, rest: bool = True) -> None:
    """Film a render: a pan towards the middle of the picture, then a hold by hand."""
    pixels = cv2.cvtColor(read_photo(path.read_bytes()).pixels, cv2.COLOR_RGB2BGR)
    height, width = pixels.shape[:2]
    moving = np.linspace(0.1 * width, 0.0, FPS)
    still = rng.normal(0, 0.3, 3 * FPS if rest else 0)
    offsets = np.concatenate((moving, still) if rest else (moving, moving[::-1], moving))
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (width, height))
    for offset in offsets:
        turn = np.array([[1.0, 0.0, offset], [0.0, 1.0, 0.0]])
        shown = cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        noisy = np.asarray(shown, np.float64) + rng.normal(0, 3, shown.shape)
        writer.write(np.clip(noisy, 0, 255).astype(np.uint8))
    writer.release()


def clips(shots: Sequence[Shot]) -> tuple[list[list[str]], int, int]:
    """Rows of clips beside the renders they show; clips without a hold, and refused ones."""
    rng = np.random.default_rng(0)
    errors, held, sigmas, refused, asked = [], [], [], 0, 0
    single = []
    for shot in {one.body: one for one in reversed(shots) if one.place == "0"}.values():
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "clip.mp4"
            pan(shot.path, target, rng)
            result = measure_together([target])
            if result.reading is None:
                continue
            errors.append(errors_of(result, shot.truth))
            held.append(inside(result, shot.truth))
            sigmas.append((result.reading.thigh.sigma_deg, result.reading.knee_flexion.sigma_deg))
            single.append(shot)
            asked += 1
            pan(shot.path, target, rng, rest=False)
            try:
                measure_together([target])
            except UnusableClip:
                refused += 1
    alone = [shot.measurement.reading for shot in single]
    rows = [
        _row(
            "the render itself",
            [shot.errors for shot in single],
            [inside(shot.measurement, shot.truth) for shot in single],
            [(one.thigh.sigma_deg, one.knee_flexion.sigma_deg) for one in alone if one],
        ),
        _row("a clip of it", errors, held, sigmas),
    ]
    return rows, asked, refused


HEAD: Final = (
    "joined", "readings", "thigh RMS", "knee RMS", "thigh σ", "knee σ", "thigh in 95 %", "knee in 95 %",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("places", type=Path)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    shots = read_shots(options.places)
    same = [shot for shot in shots if shot.place == "0"]
    apart = list({(shot.body, shot.place): shot for shot in reversed(shots)}.values())
    split = [
        [name, *(number(float(value), 2) for value in np.column_stack(parts(group)).ravel())]
        for name, group in (("one place, by hand", same), ("several places", apart))
    ]
    rows, asked, refused = clips(shots)
    head = [
        "photos from",
        *(f"{a} {b}" for a in ("thigh", "knee") for b in ("random SD", "body SD", "random share")),
    ]
    text = "\n".join(
        [
            "# Several photos of one set-up, and clips",
            "",
            f"{len(shots)} renders of {len({shot.body for shot in shots})} bodies, each in one posture, errors in "
            f"degrees. Regenerate with `python -m benchmarks.repeats PLACES`. Commit {machine()['commit']}.",
            "",
            "## What averages out",
            "",
            table(head, split),
            "",
            "## Error against the number of photos",
            "",
            table(HEAD, averaged(same, "one place") + averaged(apart, "several places")),
            "",
            "## Clips",
            "",
            f"A pan over a render that comes to rest for 3 s, with noise of SD 3. Pans without rest: {refused} of "
            f"{asked} refused.",
            "",
            table(HEAD, rows),
            "",
        ]
    )
    (options.out / "repeats.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
