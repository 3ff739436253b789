"""Bars around the photo in a screenshot: of one colour, except for a clock or buttons.

Their edges are level whatever the camera's roll, and they shift the centre of the photo, where the
optical axis was. The level is therefore estimated within them.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAME: Final = 8  # grey levels; compression changes a uniform colour by this much
MOSTLY: Final = 0.6  # share of a row in the bar's colour, beside writing
PLAIN: Final = 0.98  # of most of the bar's rows
OTHER: Final = 0.3  # of the row behind it at most
BLUR: Final = 16  # rows between, at most: what compression smears
MIN_SHARE: Final = 0.03  # of the side; thinner ones are frames
SAMPLES: Final = 64  # pixels sampled along each row


def photo_within(pixels: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return rows and columns of the photo without bars at its sides.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
    """
    height, width = pixels.shape[:2]
    rows = pixels[:, :: max(1, width // SAMPLES)]
    columns = pixels[:: max(1, height // SAMPLES)].swapaxes(0, 1)
    top, bottom, left, right = map(_bar, (rows, rows[::-1], columns, columns[::-1]))
    # Both sides, or none: a plain wall or floor at one side is part of the photo.
    down = slice(top, height - bottom) if top and bottom else slice(0, height)
    across = slice(left, width - right) if left and right else slice(0, width)
    return down, across


def _bar(rows: NDArray[np.uint8]) -> int:
    """Height of the bar that begins with the first row; 0 without one."""
    colour = np.median(rows[0], axis=0)
    if not (_share(rows[: math.ceil(MIN_SHARE * len(rows))], colour) >= MOSTLY).all():
        return 0  # most photos have none: the rest need not be compared
    reach = len(rows) // 2
    share = _share(rows[:reach], colour)
    within = share >= MOSTLY
    height = reach if within.all() else int(np.argmin(within))
    behind = np.flatnonzero(share[height : height + BLUR] <= OTHER)
    if not MIN_SHARE * len(rows) <= height < reach or not behind.size:
        return 0
    return height + int(behind[0]) if np.median(share[:height]) >= PLAIN else 0


def _share(rows: NDArray[np.uint8], colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each row that has a colour."""
    return np.asarray((np.abs(rows - colour) <= SAME).all(axis=2).mean(axis=1))
