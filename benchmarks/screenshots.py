"""Take screenshots of the first screen of every state of the pages, for docs/screenshots.

    python -m benchmarks.screenshots [--browser /usr/bin/chromium] [--out docs/screenshots]

Uses the real pose model, and Chromium through Playwright.
"""

import argparse
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.page_states import ROOT, STATES, service, start

OUT: Final = ROOT / "docs" / "screenshots"
PHONE: Final = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
DESKTOP: Final = {"viewport": {"width": 1280, "height": 800}}
COLOURS: Final = 96
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "desktop": {**DESKTOP, "color_scheme": "light", "locale": "en-GB"},
    "desktop-dark": {**DESKTOP, "color_scheme": "dark", "locale": "en-GB"},
    "phone": {**PHONE, "color_scheme": "light", "locale": "en-GB"},
    "phone-dark": {**PHONE, "color_scheme": "dark", "locale": "en-GB"},
}


def shoot(page: Page, path: Path) -> None:
    """Save the first screen in few colours."""
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
        for look, settings in LOOKS.items():
            for state, reach in STATES.items():
                page = browser.new_page(**settings)
                reach(page, address)
                shoot(page, options.out / f"{state}-{look}.png")
                page.close()
        page = browser.new_page(**{**LOOKS["desktop"], "locale": "es-ES"})
        start(page, address)
        shoot(page, options.out / "start-spanish.png")
        browser.close()


if __name__ == "__main__":
    main()
