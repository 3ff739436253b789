"""Convert stored pixels to upright RGB: orientation, bit depth, transparency."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from PIL import Image

_ORIENTATION: Final = 0x0112
_TRANSPOSED: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Operation that turns a picture of each EXIF orientation upright (EXIF 2.3, tag 274)."""
MIRRORED: Final = (2, 4, 5, 7)
_GREY_WHITES: Final = (1023.0, 4095.0, 16383.0, 65535.0)
"""White at 10, 12, 14 and 16 bits; scanners and X-ray viewers store fewer bits in 16."""


def orientation_of(exif: Mapping[int, Any]) -> int:
    """Return the EXIF orientation; 1 if missing or invalid."""
    value = exif.get(_ORIENTATION)
    return value if isinstance(value, int) and value in _TRANSPOSED else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Rotate or mirror a picture by its orientation; for a TIFF, Pillow has already done so."""
    if orientation == 1 or image.format == "TIFF":
        return image
    return image.transpose(_TRANSPOSED[orientation])


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any Pillow mode to RGB: 16-bit grey is scaled, transparency is blended with white."""
    if image.mode.startswith(("I", "F")):
        grey = np.array(image, dtype=np.float32)
        # 16-bit files come as I;16 or I; a float image has no defined white, so its maximum is used.
        most = float(grey.max())
        white = next((white for white in _GREY_WHITES if most <= white), _GREY_WHITES[-1])
        if image.mode.startswith("F"):
            white = max(most, 1.0)
        # In place: at 60 MP, each step would take another 240 MB.
        grey /= white
        grey *= 255.0
        np.clip(grey, 0, 255, out=grey)
        image = Image.fromarray(grey.astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        background = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(background, layer)
    return image.convert("RGB")
