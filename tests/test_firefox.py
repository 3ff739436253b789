"""The page in Firefox: what Chromium's tests prove in detail works here as well."""

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server import create_app
from clients_support import DUMP, NAME, PASSPHRASE
from firefox_support import DOWN, SHIFT, Firefox, firefox
from http_support import SAMPLES, running, wait_ready
from phone_files import iphone_photo
from vision.photo import read_photo

LEFT, RIGHT = SAMPLES / "left-near-1.jpg", SAMPLES / "right-near-1.jpg"
NUMBER = re.compile(r"−?\d+(\.\d)?°")


class Overheard:
    """A service, and the bodies of what was sent to it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.bodies: list[bytearray] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def heard() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        if scope["type"] == "http" and scope["method"] == "POST":
            self.bodies.append(body)
            await self.app(scope, heard, send)
        else:
            await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def overheard() -> Overheard:
    return Overheard(create_app())


@pytest.fixture(scope="module")
def service(overheard: Overheard) -> Iterator[str]:
    with running(overheard) as address:
        wait_ready(address)
        yield address


@pytest.fixture(scope="module")
def window(service: str) -> Iterator[Firefox]:
    """Firefox; not in each test anew, as it takes seconds to start."""
    with firefox() as one:
        yield one


@pytest.fixture
def page(window: Firefox, service: str) -> Iterator[Firefox]:
    """The form, in a browser that must not complain."""
    window.open(service)
    yield window
    window.open("about:blank")
    assert window.complaints(service) == []


def measure(page: Firefox, path: Path) -> None:
    page.choose("#file", path)
    page.click("#send")
    page.find("#result-data")


def result(page: Firefox) -> Any:
    """What the page carries for its scripts."""
    return json.loads(page.evaluate("return document.querySelector('#result-data').textContent"))[
        "result"
    ]


def assert_both_numbers(page: Firefox) -> None:
    tiles = page.evaluate(
        "return [...document.querySelectorAll('.tile .number')].map((one) => one.innerText)"
    )
    assert len(tiles) == 2
    assert all(NUMBER.search(one) and "±" in one for one in tiles), tiles


def more(page: Firefox, what: str) -> None:
    page.click(".more-menu summary")
    page.click(f"[data-do={what}]")


def test_a_photo_is_measured_answered_corrected_and_saved_as_a_report(page: Firefox) -> None:
    measure(page, RIGHT)
    page.expect("h1", "Right leg")
    assert_both_numbers(page)
    before = result(page)

    page.click(".ask-now [data-question=lower_back_flat][value=yes]")
    page.find("details [data-question=lower_back_flat][value=yes][aria-pressed=true]")
    assert before["observations"]["lower_back_flat"] is None
    assert result(page)["observations"]["lower_back_flat"] == "yes"

    page.click("[data-correct]")
    page.press("[role=slider][aria-label^=Knee]", SHIFT + DOWN * 3)
    page.click("button", "Save correction")
    page.find(".tile .mark")
    after = result(page)
    knees = [one["points"]["knee"] for one in (before, after)]
    assert knees[1]["source"] == "adjusted"
    assert knees[1]["y_px"] > knees[0]["y_px"]
    assert after["automatic"]["points"] == before["points"]

    page.click("[data-do=report]")
    page.expect("#result-status", "Saved: thomas-test-right-")
    report = page.saved(".html").read_text("utf-8")
    assert report.rstrip().endswith("</html>")
    (photo,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', report)
    assert "picture:" not in report
    width = page.evaluate("return document.querySelector('img[data-picture]').naturalWidth")
    with Image.open(io.BytesIO(base64.b64decode(photo))) as image:
        assert image.width == width


def test_the_other_leg_joins_the_first(page: Firefox) -> None:
    measure(page, LEFT)
    page.expect("h1", "Left leg")
    more(page, "other-leg")
    page.expect("#other-leg", "Now the right leg")
    page.choose("#file", RIGHT)
    page.click("#send")
    page.expect(".two h1", "Left leg")
    page.expect(".two h1", "Right leg")
    loaded = page.evaluate(
        "return [...document.querySelectorAll('.two img[data-picture]')]"
        ".map((one) => [one.dataset.picture, one.naturalWidth > 400])"
    )
    assert loaded == [["left", True], ["right", True]]
    page.find("#comparison")


def test_back_and_forward_lose_nothing(page: Firefox) -> None:
    measure(page, RIGHT)
    page.click(".ask-now [data-question=lower_back_flat][value=yes]")
    page.find("details [data-question=lower_back_flat][value=yes][aria-pressed=true]")
    before = result(page)
    page.ask("Back")
    page.expect(".held-name", RIGHT.name)
    page.ask("Forward")
    page.find("#result-data")
    assert result(page) == before
    assert page.evaluate("return document.querySelector('img[data-picture]').naturalWidth") > 400
    page.click("[data-do=next]")
    page.find("#send")
    assert page.evaluate("return document.querySelectorAll('.held-name').length") == 0
    assert page.evaluate("return document.querySelector('#file').files.length") == 0


def twelve_megapixels() -> bytes:
    """A sample as a phone would have taken it, with what the phone felt and saw."""
    with Image.open(RIGHT) as image:
        pixels = np.asarray(image.resize((4032, 3024), Image.Resampling.BICUBIC))
    grain = np.random.default_rng(5).integers(0, 12, (756, 1008, 1), np.uint8)
    noisy = np.clip(pixels + np.kron(grain, np.ones((4, 4, 1), np.uint8)).astype(int), 0, 255)
    return iphone_photo((-1.0, 0.0, 0.0), pixels=noisy.astype(np.uint8), quality=90)


def test_a_large_photo_is_shrunk_and_keeps_what_the_phone_felt(
    page: Firefox, overheard: Overheard, tmp_path: Path
) -> None:
    data = twelve_megapixels()
    path = tmp_path / "IMG_1.jpg"
    path.write_bytes(data)
    overheard.bodies.clear()
    measure(page, path)
    assert_both_numbers(page)
    body = bytes(overheard.bodies[0])
    sent = body[body.index(b"\xff\xd8\xff") : body.rindex(b"\xff\xd9") + 2]
    assert len(sent) < 0.5 * len(data)
    before, after = read_photo(data), read_photo(sent)
    assert max(after.pixels.shape) == 2000
    assert after.metadata == before.metadata
    assert after.metadata.gravity is not None
    assert after.metadata.focal_35mm_mm == 26


def test_a_result_is_kept_encrypted_locked_and_opened_again(page: Firefox, service: str) -> None:
    page.open(f"{service}/clients")
    page.press("#page-new", PASSPHRASE)
    page.press("#page-again", PASSPHRASE)
    page.click("button", "Create the list")
    page.press("#new-name", NAME)
    page.click("button", "Add")
    page.expect("#client-name", NAME)

    page.open(service)
    measure(page, LEFT)
    page.click(".more-menu summary")
    page.click("[data-keep-client]")
    page.press("#dialog-passphrase", PASSPHRASE)
    page.click("#clients-dialog [data-do=unlock] button")
    page.click("#keep-client option:not([value=''])")
    page.click("#clients-dialog [data-do=keep] button")
    page.expect("[data-said]", f"Kept for {NAME}.")
    stored = page.evaluate(f"return ({DUMP})()")
    assert len(json.loads(stored)["records"]) == 3, "settings, client, result"
    assert not any(word in stored for word in ("Erika", "thigh", "jpeg"))

    page.open(f"{service}/clients")
    for _ in range(2):  # locked by leaving, and by its button
        page.find("[data-do=unlock]:not([hidden])")
        assert NAME not in page.evaluate("return document.body.innerHTML")
        page.press("#page-passphrase", PASSPHRASE)
        page.click("[data-do=unlock] button")
        page.expect(".name", f"{NAME} 1 result")
        page.click("[data-do=lock]")
    page.find("[data-do=unlock]:not([hidden])")


def test_without_javascript_the_form_gives_the_result(service: str) -> None:
    with firefox(**{"javascript.enabled": False}) as page:
        page.open(service)
        page.choose("#file", RIGHT)
        page.click("#send")
        page.expect("h1", "Right leg")
        for place in (1, 2):
            number = page.text(f".tile:nth-child({place}) .number")
            assert NUMBER.search(number)
            assert "±" in number
        page.find("ul.downloads")  # a page of its own, which no script has fetched
        assert page.complaints(service) == []
