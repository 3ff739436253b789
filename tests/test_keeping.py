"""What the browser keeps of a result: report, picture, data, notes, and plain words."""

import base64
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fhir.resources.R4B.bundle import Bundle
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect

from app.results.answer import note_of
from app.results.schemas import ExaminationOut, MeasurementOut
from app.server import create_app
from browser_support import assert_accessible
from flow_support import SIZE, Scenes, answer, data_of, measure, more, phone, photo, put
from http_support import running, wait_ready

LINE_PX = 40
"""Height of a line of text below a saved picture that is 960 pixels wide."""

WHO = "Anna Müller"
NAME = r"thomas-test-right-week-3-\d{4}-\d\d-\d\d-\d{6}"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running(create_app(Scenes())) as address:
        wait_ready(address)
        yield address


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    with phone(browser, permissions=["clipboard-read", "clipboard-write"]) as one:
        one.goto(service)
        yield one


def say_who(page: Page) -> None:
    """Name the person and the session beside the result."""
    for name, words in (("subject", WHO), ("session", "week 3")):
        page.locator(f"[data-who={name}]").fill(words)
        page.locator(f"[data-who={name}]").press("Tab")
        expect(page.locator(".who")).to_contain_text(words)


def saved(page: Page, what: str) -> Download:
    if what != "Save report":
        page.locator(".more-menu summary").click()
    with page.expect_download() as one:
        page.get_by_role("button", name=what, exact=True).click()
    return one.value


def drawn_on(jpeg: bytes, out: Any) -> bool:
    """Whether a picture of a stick figure's grey photo has a line along the thigh."""
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.width == SIZE[0]
        pixels = np.asarray(image.convert("RGB"), float)
    hip, knee = (
        [out["points"][name][axis] for axis in ("x_px", "y_px")] for name in ("hip", "knee")
    )
    x, y = (np.array(hip) + 0.4 * (np.array(knee) - np.array(hip))).round().astype(int)
    near = pixels[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3)
    return bool(np.abs(near - 128).max() > 60)


def test_the_report_holds_the_annotated_photo_once_and_says_who(page: Page) -> None:
    measure(page, photo("right"))
    say_who(page)
    file = saved(page, "Save report")
    assert re.fullmatch(NAME + r"\.html", file.suggested_filename)
    report = file.path().read_text("utf-8")
    (picture,) = re.findall(r'"data:image/jpeg;base64,([\w+/=]+)"', report)
    assert drawn_on(base64.b64decode(picture), data_of(page)["result"])
    assert "picture:" not in report
    for words in (WHO, "week 3", "−20.0°"):
        assert words in report
    plain = page.locator("img[data-picture]").get_attribute("src") or ""
    assert not drawn_on(base64.b64decode(plain.partition(",")[2]), data_of(page)["result"])


def test_data_and_picture_are_those_of_the_page(page: Page) -> None:
    measure(page, photo("right"))
    say_who(page)
    shown = data_of(page)["result"]
    file = saved(page, "Data (JSON)")
    assert re.fullmatch(NAME + r"\.json", file.suggested_filename)
    out = MeasurementOut.model_validate_json(file.path().read_bytes())
    assert json.loads(file.path().read_bytes()) == shown
    assert (out.subject, out.session) == (WHO, "week 3")
    file = saved(page, "Data for clinical systems (FHIR)")
    assert re.fullmatch(NAME + r"\.fhir\.json", file.suggested_filename)
    data = file.path().read_text("utf-8")
    Bundle.model_validate_json(data)
    assert WHO in data
    file = saved(page, "Picture")
    assert re.fullmatch(NAME + r"\.jpg", file.suggested_filename)
    assert drawn_on(file.path().read_bytes(), shown)


def test_files_of_both_legs(page: Page) -> None:
    measure(page, photo("left"))
    more(page, "Now the right leg")
    put(page, photo("right, short"))
    page.locator("#send").click()
    expect(page.locator(".two")).to_be_visible()
    file = saved(page, "Save report")
    assert file.suggested_filename.startswith("thomas-test-both-legs-")
    assert file.path().read_text("utf-8").count('"data:image/jpeg;base64,') == 2
    out = ExaminationOut.model_validate_json(saved(page, "Data (JSON)").path().read_bytes())
    assert out.left is not None
    assert out.right is not None
    assert out.asymmetry is not None
    Bundle.model_validate_json(saved(page, "Data for clinical systems (FHIR)").path().read_bytes())
    with Image.open(saved(page, "Picture").path()) as image:
        assert image.size == (SIZE[0], 2 * SIZE[1] + 3 * LINE_PX)
    page.locator(".more-menu summary").click()
    page.get_by_role("button", name="Copy for the notes").click()
    expect(page.locator("#result-status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert [line[:14] for line in copied.splitlines()] == ["Mod. Thomas L:", "Mod. Thomas R:"]


def test_one_line_for_the_notes(page: Page) -> None:
    measure(page, photo("right"))
    answer(page, "lower_back_flat", "yes")
    more(page, "Copy for the notes")
    expect(page.locator("#result-status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == note_of(MeasurementOut.model_validate(data_of(page)["result"]))
    assert re.fullmatch(
        r"Mod\. Thomas R: thigh −20\.0° ± 5\.2°, knee 70\.0° ± 7\.3°, plumb [+−]?\d+°, .*"
        r"guide.*, back flat: Yes, \d{4}-\d\d-\d\d",
        copied,
    )


def test_plain_words_for_the_patient(page: Page) -> None:
    measure(page, photo("right, short"))
    more(page, "For the patient")
    told = page.get_by_role("dialog", name="Your Thomas Test, in plain words")
    expect(told).to_contain_text("Your thigh stays higher than the rule asks")
    expect(told).to_contain_text("“Short” is not “bad”")
    expect(told).to_contain_text("a first impression")
    words = told.inner_text()
    assert not re.search(r"\d+(\.\d+)?°|±|flexion|iliopsoas|rectus|verdict|criteri", words)
    assert_accessible(page)
    told.get_by_role("button", name="Close").click()
    expect(told).to_be_hidden()
