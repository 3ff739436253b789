"""Change of a reading if the same photo arrives in another form.

    python -m benchmarks.repeatability DATASET [--out benchmarks/results]

The forms: mirrored, rotated by 3° with that level given, saved at JPEG quality 70, reduced to 60 %,
cropped closer to the body. The difference from the reading of the original counts; the truth only
gives the position of the body and the tilt. Writes repeatability.md and .json.
"""

import argparse
import io
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.dataset import Truth, read_dataset, write_records
from vision.measurement import Measurement, measure
from vision.photo import read_photo

Pixels = NDArray[np.uint8]
TURN_DEG: Final = 3.0
CUT: Final = 0.6
"""Share of the free margin around the body that is cut off on each side."""


def mirrored(pixels: Pixels, _: Truth) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def turned(pixels: Pixels, _: Truth) -> Pixels:
    """Turn counter-clockwise, so that the horizontal's right end rises."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), TURN_DEG, 1.0)
    shown = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(shown, np.uint8)


def resaved(pixels: Pixels, _: Truth) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=70)
    return np.asarray(Image.open(buffer).convert("RGB"))


def reduced(pixels: Pixels, _: Truth) -> Pixels:
    shown = cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    return np.asarray(shown, np.uint8)


def cropped(pixels: Pixels, truth: Truth) -> Pixels:
    """Cut most of the margin off, by another amount on each side: the optical centre moves."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = truth.details["bbox_px"]
    columns = slice(round(CUT * left), width - round(CUT * (width - right)))
    rows = slice(round(CUT * top), height - round(CUT * (height - bottom)))
    return np.ascontiguousarray(pixels[rows, columns])


FORMS: Final[dict[str, Callable[[Pixels, Truth], Pixels]]] = {
    "mirrored": mirrored,
    "turned 3°, level given": turned,
    "JPEG quality 70": resaved,
    "reduced to 60 %": reduced,
    "cropped": cropped,
}


def _angles(result: Measurement) -> NDArray[np.float64] | None:
    if not result.measurable or result.angles is None:
        return None
    return np.array([result.angles.thigh.value_deg, result.angles.knee_flexion.value_deg])


def changes(truth: Truth) -> dict[str, NDArray[np.float64] | None]:
    """Difference from the original for each form, thigh and knee, degrees; None if refused.

    The turned form is compared with the original at its own true roll, given: both readings
    then rest on a level that was told.
    """
    pixels = read_photo(truth.path.read_bytes()).pixels
    original = _angles(measure(truth.path))
    levelled = _angles(measure(truth.path, level_deg=truth.roll_deg))
    found: dict[str, NDArray[np.float64] | None] = {}
    for name, form in FORMS.items():
        tilt = truth.roll_deg + TURN_DEG if form is turned else None
        value = _angles(measure(form(pixels, truth), level_deg=tilt))
        base = levelled if form is turned else original
        found[name] = None if value is None or base is None else value - base
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    truths = read_dataset(options.dataset)
    with ProcessPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(changes, truths, chunksize=2))
    records = [
        {"name": truth.path.stem}
        | {name: None if row[name] is None else np.array(row[name]).tolist() for name in FORMS}
        for truth, row in zip(truths, rows, strict=True)
    ]
    write_records(options.out / "repeatability.json", records)
    lines = [
        "# Repeatability",
        "",
        "Absolute change of the reading, degrees: median, 95th percentile, worst. Regenerate with",
        "`python -m benchmarks.repeatability DATASET`.",
        "",
        "| photo | n | thigh | knee |",
        "|---|---|---|---|",
    ]
    for name in FORMS:
        kept = [value for row in rows if (value := row[name]) is not None]
        away = np.abs(np.array(kept))
        cells = [f"{np.median(c):.2f} / {np.percentile(c, 95):.2f} / {c.max():.2f}" for c in away.T]
        lines.append(f"| {name} | {len(kept)} | {cells[0]} | {cells[1]} |")
    text = "\n".join(lines) + "\n"
    (options.out / "repeatability.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
