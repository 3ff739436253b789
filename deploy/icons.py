"""Render the icons from icon.svg: ``python -m deploy.icons``, with Chromium installed.

Phones round the corners of an icon themselves, and some cut a circle out of it. The touch icon is
therefore a full square, and ``maskable`` keeps the drawing inside the safe zone, the middle 80 %
(W3C, Web Application Manifest, "Icon masks and safe zone").
"""

import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from app.web.static_files import FOLDER

ROUNDED: Final = ' rx="7"'
"""Corners of the drawing, which a square icon lacks."""
ICONS: Final = {
    "180": (180, False, 1.0),
    "192": (192, True, 1.0),
    "512": (512, True, 1.0),
    "maskable-512": (512, False, 0.8),
}
"""Size in pixels, whether its corners are round, and the drawing's share of the width."""


def rendered(page: Page, size_px: int, share: float, *, rounded: bool) -> bytes:
    """Return a PNG of the icon.

    Parameters
    ----------
    page : Page
    size_px : int
        Width and height, pixels.
    share : float
        Width of the drawing, relative to the icon, 0..1.
    rounded : bool
        Whether corners are transparent.
    """
    drawing = (FOLDER / "icon.svg").read_text("utf-8")
    if not rounded:
        drawing = drawing.replace(ROUNDED, "")
    side = share * size_px
    drawing = drawing.replace("<svg ", f'<svg width="{side}" height="{side}" ', 1)
    ground = "transparent" if rounded else "#0b5a63"
    page.set_viewport_size({"width": size_px, "height": size_px})
    page.set_content(
        f'<html style="background:{ground}"><body style="margin:0;height:100vh;display:grid;place-items:center">'
        f"{drawing}"
    )
    return page.screenshot(omit_background=True)


def main(folder: Path = FOLDER / "icons") -> None:
    """Write all icons."""
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        for name, (size_px, rounded, share) in ICONS.items():
            path = folder / f"{name}.png"
            path.write_bytes(rendered(page, size_px, share, rounded=rounded))
        browser.close()


if __name__ == "__main__":
    main()
