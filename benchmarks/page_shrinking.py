"""How much smaller the browser makes a photo, and by how much that moves the angles.

The samples are enlarged to 12 megapixels. Beside the browser's copy, the same photo is only written
again by Pillow, at its full size: that moves the angles as well, because the pose model reads other
noise.
"""

import base64
import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

from benchmarks.page_states import SAMPLES
from vision.measurement import measure

LONG_SIDE_PX: Final = 4032
SHRINK: Final = """async ([module, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const { shrink } = await import(module);
  const small = await shrink(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
  const view = new Uint8Array(await small.arrayBuffer());
  let text = "";
  for (let at = 0; at < view.length; at += 8192) {
    text += String.fromCharCode(...view.subarray(at, at + 8192));
  }
  return btoa(text);
}"""


def compared(page: Page) -> list[tuple[str, str]]:
    """Return rows for the report: sizes, and differences of thigh and knee, degrees.

    Parameters
    ----------
    page : Page
        A start page that is open.
    """
    module = page.locator("script[type=module][src]").first.evaluate(
        "(one) => new URL('shrink.js', one.src).href"
    )
    sizes_kb, shrunk, written = [], [], []
    for path in sorted(SAMPLES.glob("*.jpg")):
        photo = enlarged(path, 98)
        sent: str = page.evaluate(SHRINK, [module, base64.b64encode(photo).decode()])
        small = base64.b64decode(sent)
        own = angles_deg(photo)
        sizes_kb.append((len(photo) / 1000, len(small) / 1000))
        shrunk.append(np.abs(angles_deg(small) - own))
        written.append(np.abs(angles_deg(enlarged(path, 90)) - own))
    before, after = np.mean(sizes_kb, axis=0)
    return [
        (f"size of {len(sizes_kb)} samples, enlarged to 12 megapixels", f"{before:.0f} → {after:.0f} kB, mean"),
        ("thigh / knee by the smaller copy, against the original", moved(shrunk)),
        ("thigh / knee by the original written again at quality 90", moved(written)),
    ]  # fmt: skip


def moved(differences: list[NDArray[np.float64]]) -> str:
    mean, most = np.mean(differences, axis=0), np.max(differences, axis=0)
    return f"mean {mean[0]:.2f}° / {mean[1]:.2f}°, largest {most[0]:.2f}° / {most[1]:.2f}°"


def enlarged(path: Any, quality: int) -> bytes:
    """Return a sample at the size of a phone's photo."""
    out = io.BytesIO()
    with Image.open(path) as photo:
        scale = LONG_SIDE_PX / max(photo.size)
        size = round(photo.width * scale), round(photo.height * scale)
        photo.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(
            out, "JPEG", quality=quality
        )
    return out.getvalue()


def angles_deg(photo: bytes) -> NDArray[np.float64]:
    """Return thigh and knee as read from a photo that can be measured."""
    reading = measure(photo).reading
    if reading is None:
        return np.array([np.nan, np.nan])
    return np.array([reading.thigh.value_deg, reading.knee_flexion.value_deg])
