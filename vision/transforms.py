"""Transformed copies of a photo on which the pose model runs: mirrored and turned by quarters."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

_TURNS: Final = (None, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)


def _turned(picture: NDArray[Any], quarter_turns: int) -> NDArray[Any]:
    """Rotate counter-clockwise; OpenCV equals numpy's views, but with contiguous rows."""
    code = _TURNS[quarter_turns % 4]
    return picture if code is None else cv2.rotate(picture, code)


@dataclass(frozen=True, slots=True)
class Transform:
    """Transform of the photo before the model runs: mirrored left–right first, then turned.

    Attributes
    ----------
    quarter_turns : int
        Counter-clockwise turns by 90°, 0–3.
    mirrored : bool
        Whether the photo was mirrored left–right before turning.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a transformed, contiguous picture of shape (H, W, 3)."""
        shown = cv2.flip(pixels, 1) if self.mirrored else pixels
        return np.array(_turned(shown, self.quarter_turns), np.uint8)  # never the picture itself

    def undo(self, points: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
        """Map points, shape (N, 2), of the transformed picture back to the original one.

        ``width`` and ``height`` are those of the original, in the unit of the points.
        """
        x, y = points[:, 0], points[:, 1]
        x, y = (
            (x, y),
            (width - y, x),
            (width - x, height - y),
            (y, height - x),
        )[self.quarter_turns % 4]
        return np.column_stack((width - x if self.mirrored else x, y))

    def to_original(self, width: float, height: float) -> NDArray[np.float64]:
        """Return :meth:`undo` as a 2 × 3 matrix."""
        origin, right, down = self.undo(np.array([[0.0, 0], [1, 0], [0, 1]]), width, height)
        return np.column_stack((right - origin, down - origin, origin))

    def undo_picture(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rotate a picture of shape (h, w) back to the original's orientation."""
        upright = _turned(picture, -self.quarter_turns)
        return np.asarray(cv2.flip(upright, 1) if self.mirrored else upright, np.float32)


SIDEWAYS_PASSES: Final = tuple(
    Transform(turns, mirror) for turns in (1, 3) for mirror in (False, True)
)
"""Quarter turns in both directions × mirror: a lying person is upright in half of them. If these
agree, the rest changes little. Closed under mirroring: a mirrored photo mirrors the result."""
UPRIGHT_PASSES: Final = tuple(
    Transform(turns, mirror) for turns in (0, 2) for mirror in (False, True)
)
"""Passes added if the first ones disagree; closed under mirroring as well."""
ALL_PASSES: Final = SIDEWAYS_PASSES + UPRIGHT_PASSES
"""All quarter turns × mirror."""
