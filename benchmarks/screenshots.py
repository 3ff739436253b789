"""Take screenshots of the pages in all important states, for docs/screenshots.

    python -m benchmarks.screenshots [--browser /usr/bin/chromium]

Uses the worked examples, the real pose model, and Chromium through Playwright.
"""

import argparse
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from app.server import create_app

ROOT: Final = Path(__file__).parents[1]
EXAMPLES: Final = ROOT / "docs" / "examples"
OUT: Final = ROOT / "docs" / "screenshots"
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1280, "height": 900}
MAX_HEIGHT_PX: Final = 2400
COLOURS: Final = 128


@contextmanager
def service() -> Iterator[str]:
    """Run the service on a free port until it has warmed up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(), log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True


def choose(page: Page, name: str, photo: Path) -> None:
    page.locator(f'input[name="{name}"]').set_input_files(photo)


def send(page: Page) -> None:
    page.locator("#send").click()
    page.wait_for_url("**/")
    page.wait_for_load_state("load")


def one_photo(page: Page, address: str, photo: Path) -> None:
    page.goto(address)
    choose(page, "file", photo)
    send(page)


def both_legs(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#several").check()
    for name in ("left", "right", "right_above"):
        choose(page, name, EXAMPLES / f"iliopsoas-right-{name.replace('_', '-')}.jpg")
    send(page)


def correcting(page: Page, address: str) -> None:
    one_photo(page, address, EXAMPLES / "iliopsoas-right-right.jpg")
    page.get_by_role("button", name="Correct the points").click()


STATES: Final[dict[str, Any]] = {
    "start": lambda page, address: page.goto(address),
    "result": lambda page, address: one_photo(
        page, address, EXAMPLES / "iliopsoas-right-right.jpg"
    ),
    "correcting": correcting,
    "refused": lambda page, address: one_photo(
        page, address, ROOT / "sample_images" / "refused" / "cropped-above-knee.jpg"
    ),
    "both-legs": both_legs,
}
"""How to reach each state, from the address of the service."""
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": DESKTOP, "color_scheme": "light", "locale": "en-GB"},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark", "locale": "en-GB"},
}


def shoot(page: Page, path: Path) -> None:
    """Save the whole page, cut where it gets long, in few colours."""
    page.screenshot(path=path, full_page=True)
    with Image.open(path) as picture:
        cut = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, MAX_HEIGHT_PX)))
        cut.quantize(COLOURS).save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
        for look, settings in LOOKS.items():
            for state, reach in STATES.items():
                page = browser.new_page(**settings)
                reach(page, address)
                shoot(page, OUT / f"{state}-{look}.png")
                page.close()
        page = browser.new_page(**{**LOOKS["desktop"], "locale": "es-ES"})
        page.goto(address)
        shoot(page, OUT / "start-spanish.png")
        browser.close()


if __name__ == "__main__":
    main()
