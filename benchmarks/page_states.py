"""The states of the pages, and how a user reaches each: for screenshots and for the page's figures.

Photos are the samples and the worked examples; the pose model is the real one.
"""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from PIL import Image, ImageFilter
from playwright.sync_api import Page

from app.server import create_app

ROOT: Final = Path(__file__).parents[1]
SAMPLES: Final = ROOT / "sample_images"
EXAMPLES: Final = ROOT / "docs" / "examples"
ANSWERS: Final = {
    "lower_back_flat": "yes",
    "hip_pain": "no",
    "knee_pain": "no",
    "rotation": "none",
    "abducted": "no",
}
"""Answers that leave nothing open."""


@contextmanager
def service() -> Iterator[str]:
    """Run the service on a free port until it has warmed up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(), log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def start(page: Page, address: str) -> None:
    page.goto(address, wait_until="networkidle")


def measured(page: Page, address: str, photo: Path | dict[str, Any]) -> None:
    """Measure one photo."""
    start(page, address)
    page.locator("#file").set_input_files(photo)  # type: ignore[arg-type]
    page.locator("#send").click()
    shown(page)


def shown(page: Page) -> None:
    """Wait for a result, with its photos."""
    page.locator("#outcome").wait_for()
    for image in page.locator(".photo img").all():
        image.evaluate("(image) => image.decode()")


def answer(page: Page, **answers: str) -> None:
    """Answer the open question, then the next."""
    for name, value in answers.items():
        page.locator(f'.ask-now [data-question="{name}"][value="{value}"]').click()
        given = f'.questions [data-question="{name}"][value="{value}"][aria-pressed="true"]'
        page.locator(given).first.wait_for(state="attached")


def judged(page: Page, address: str, photo: Path) -> None:
    """Measure one photo, and answer everything so that the verdict is final."""
    measured(page, address, photo)
    answer(page, **ANSWERS)


def painful(page: Page, address: str) -> None:
    measured(page, address, SAMPLES / "right-near-2.jpg")
    answer(page, lower_back_flat="yes", hip_pain="yes")


def side_unknown(page: Page, address: str) -> None:
    """A blurred photo, on which the two legs cannot be told apart."""
    out = io.BytesIO()
    with Image.open(SAMPLES / "left-near-6.jpg") as photo:
        photo.filter(ImageFilter.GaussianBlur(6)).save(out, "JPEG", quality=92)
    measured(
        page, address, {"name": "blurred.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )


def both_legs(page: Page, address: str) -> None:
    """The left leg, then "now the right leg"."""
    measured(page, address, EXAMPLES / "iliopsoas-right-left.jpg")
    page.locator(".more-menu summary").click()
    page.locator('[data-do="other-leg"]').click()
    page.locator("#file").set_input_files(EXAMPLES / "iliopsoas-right-right.jpg")
    page.locator("#send").click()
    page.locator(".outcome.two").wait_for()
    shown(page)


def correcting(page: Page, address: str) -> None:
    measured(page, address, EXAMPLES / "iliopsoas-right-right.jpg")
    page.locator("[data-correct]").click()


def before_and_after(page: Page, address: str) -> None:
    """Keep one result for a client, then compare another with it."""
    measured(page, address, SAMPLES / "left-near-1.jpg")
    dialog = page.locator("#clients-dialog")
    page.locator(".more-menu summary").click()
    page.locator("[data-keep-client]").click()
    for field in ("#dialog-new", "#dialog-again"):
        dialog.locator(field).fill("correct horse battery staple")
    dialog.locator("form:has(#dialog-new) button[type=submit]").click()
    dialog.locator("#keep-name").fill("Anna B.")
    dialog.locator("#keep-on").fill("2026-01-02")
    dialog.locator("[data-do=keep] button[type=submit]").click()
    dialog.locator("[data-said]").filter(has_text="Anna B.").wait_for()
    dialog.locator("[value=close]").click()
    page.locator('[data-do="next"]').click()
    page.locator("#file").set_input_files(SAMPLES / "left-near-3.jpg")
    page.locator("#send").click()
    shown(page)
    page.locator(".more-menu summary").click()
    page.locator("[data-compare-client]").click()
    dialog.locator("[data-choices] button").first.click()
    dialog.get_by_role("slider").wait_for()


STATES: Final[dict[str, Any]] = {
    "start": start,
    "pass": lambda page, address: judged(page, address, SAMPLES / "right-near-2.jpg"),
    "fail": lambda page, address: judged(page, address, EXAMPLES / "iliopsoas-right-right.jpg"),
    "borderline": lambda page, address: judged(page, address, SAMPLES / "right-far-1.jpg"),
    "provisional": lambda page, address: measured(page, address, SAMPLES / "right-near-2.jpg"),
    "pain": painful,
    "refused": lambda page, address: measured(
        page, address, SAMPLES / "refused" / "cropped-above-knee.jpg"
    ),
    "side-unknown": side_unknown,
    "both-legs": both_legs,
    "before-after": before_and_after,
    "correcting": correcting,
}
"""How to reach each state, from the address of the service."""
