"""The worst photos on one sheet, refused ones first."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vision.measurement import measure
from vision.overlay import draw_overlay

CELL_PX: Final = (420, 320)
CAPTION_PX: Final = 22
COLUMNS: Final = 3
SHOWN: Final = 9


def write_gallery(records: Sequence[dict[str, Any]], dataset: Path, out: Path) -> None:
    """Write worst.jpg: refused photos, then those with the largest error of either angle."""
    ranked = sorted(records, key=_badness, reverse=True)[:SHOWN]
    width, height = CELL_PX
    rows = -(-len(ranked) // COLUMNS)
    sheet = Image.new("RGB", (width * COLUMNS, (height + CAPTION_PX) * rows), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, record in enumerate(ranked):
        picture = Image.fromarray(draw_overlay(measure(dataset / f"{record['name']}.jpg")))
        picture.thumbnail(CELL_PX)
        x, y = number % COLUMNS * width, number // COLUMNS * (height + CAPTION_PX)
        sheet.paste(picture, (x, y))
        pen.text((x + 4, y + height + 3), _caption(record), fill="black", font=font)
    sheet.save(out / "worst.jpg", quality=85)


def _errors(record: dict[str, Any]) -> list[float]:
    return list(np.subtract(record["methods"]["ours"], record["truth"]))


def _badness(record: dict[str, Any]) -> float:
    return float(np.abs(_errors(record)).max()) if record["measurable"] else float("inf")


def _caption(record: dict[str, Any]) -> str:
    if not record["measurable"]:
        return f"{record['name']}: refused"
    thigh, knee = _errors(record)
    return f"{record['name']}: thigh {thigh:+.1f}, knee {knee:+.1f} degrees off"
