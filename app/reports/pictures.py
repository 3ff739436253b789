"""Draw the pictures of an examination: one per photo, with faces hidden."""

from typing import Any, Final

from vision.examination import Examination, LegExamination
from vision.measurement import Measurement
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
    first: dict[str, bytes] = {leg.side: picture_of(leg.measurement) for leg in result.legs}
    return {**first, **further_pictures_of(result)}


def further_pictures_of(result: Examination) -> dict[str, bytes]:
    """Draw the same without the first photo of each leg."""
    return {
        f"{leg.side}{name}": encode_picture(pixels, "jpeg")
        for leg in result.legs
        for name, pixels in _further(leg)
    }


def picture_of(result: Measurement) -> bytes:
    """Draw one photo with its reading, JPEG."""
    return encode_picture(draw_overlay(result), "jpeg")


def _further(leg: LegExamination) -> list[tuple[str, Any]]:
    drawn = []
    if leg.retest is not None:
        drawn.append((NAMES[1], draw_overlay(leg.retest)))
    if leg.above is not None:
        drawn.append((NAMES[2], draw_above(leg.above)))
    return drawn
