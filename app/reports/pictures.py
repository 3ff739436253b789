"""Draw the pictures of an examination: one per photo, with faces hidden."""

from typing import Any, Final

from vision.examination import Examination, LegExamination
from vision.overlay import draw_above, draw_overlay, encode_picture

NAMES: Final = ("", "_retest", "_above")
"""Suffixes after the side in the name of a picture."""


def pictures_of(result: Examination) -> dict[str, bytes]:
    """Draw every photo of an examination.

    Returns
    -------
    dict of str to bytes
        JPEG files by name: ``left``, ``left_retest``, ``left_above``, and the same for the right.
    """
    return {
        f"{leg.side}{name}": encode_picture(pixels, "jpeg")
        for leg in result.legs
        for name, pixels in _drawn(leg)
    }


def _drawn(leg: LegExamination) -> list[tuple[str, Any]]:
    drawn = [(NAMES[0], draw_overlay(leg.measurement))]
    if leg.retest is not None:
        drawn.append((NAMES[1], draw_overlay(leg.retest)))
    if leg.above is not None:
        drawn.append((NAMES[2], draw_above(leg.above)))
    return drawn
