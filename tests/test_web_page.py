"""The web page in a real browser: chosen photo to verdict, with and without JavaScript."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, ViewportSize, expect

from app.reports.scales import readings
from app.results.answer import headline_of
from app.results.convert import measurement_out
from app.results.schemas import NOTICE, MeasurementOut
from app.results.wording import VERDICT_WORDS, detail_of, thigh_interval_words, title_of
from app.server import create_app
from app.service.keys import new_key
from app.service.openapi import EXAMPLE
from app.service.settings import Settings
from app.web.rendering import WEB_DIR
from browser_support import chromium
from http_support import (
    FailingLater,
    measurable_sample,
    picture,
    refused_sample,
    running,
    wait_ready,
)
from vision.measurement import measure
from vision.observations import QUESTIONS

ARGUMENTS = [
    "--disable-quic",
    "--disable-background-networking",
    # A name that is neither loopback nor https: browsers treat it as an insecure place.
    "--host-resolver-rules=MAP clinic.test 127.0.0.1",
]
NARROW: ViewportSize = {"width": 360, "height": 740}
PHONE_SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["js", "no-js"])


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, *ARGUMENTS) as one:
        yield one


@pytest.fixture
def page(browser: Browser, scripts: bool) -> Iterator[Page]:
    """A page that must not complain in its console and not call anybody but the service."""
    context = browser.new_context(java_script_enabled=scripts, viewport=NARROW)
    page = context.new_page()
    complaints: list[str] = []
    requests: list[Request] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request))
    yield page
    origins = {urlsplit(one.url)[:2] for one in requests if not one.url.startswith("data:")}
    context.close()
    # Chromium writes the status of an answered form to the console; that is no fault.
    own = [one for one in complaints if "the server responded with a status of 4" not in one]
    assert own == []
    assert len(origins) == 1, origins


@cache
def expected(photo: Path) -> MeasurementOut:
    return measurement_out(measure(photo))


def submit(page: Page, address: str, photo: Path) -> None:
    page.goto(address)
    page.get_by_label("Side-view photo").set_input_files(photo)
    page.get_by_role("button", name="Measure").click()


def assert_fits(page: Page) -> None:
    """No sideways scrolling of the page as a whole, once its styles are there."""
    page.wait_for_load_state("load")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"]


@PHONE_SCRIPTS
def test_from_photo_to_verdict(service: str, page: Page, scripts: bool) -> None:
    photo = measurable_sample()
    out = expected(photo)
    submit(page, service, photo)

    expect(page.get_by_role("heading", level=1)).to_have_text(headline_of(out))
    assert out.thigh_deg is not None
    assert out.knee_flexion_deg is not None
    side = "above" if out.thigh_deg.value > 0 else "below"
    values = page.locator(".value")
    expect(values.nth(0)).to_have_text(f"{abs(out.thigh_deg.value):.1f}° {side} horizontal")
    expect(values.nth(1)).to_have_text(f"bent {out.knee_flexion_deg.value:.1f}°")
    for finding in out.findings:
        expect(page.get_by_text(finding.text)).to_be_visible()
    for flag in out.flags:
        expect(page.get_by_text(flag.advice)).to_be_visible()
    expect(page.get_by_text(out.pattern_text)).to_be_visible()
    expect(page.get_by_role("region", name="Judged by")).to_contain_text("Psoas-release guide")
    expect(page.get_by_text(NOTICE).filter(visible=True)).to_have_count(1)
    image = page.get_by_role("img", name=re.compile("tested thigh"))
    assert (image.get_attribute("src") or "").startswith("data:image/jpeg;base64,")
    assert_fits(page)

    if scripts:
        page.get_by_role("button", name="Next photo").click()
    else:
        page.get_by_role("link", name="Measure another photo").click()
    expect(page.get_by_label("Side-view photo")).to_be_visible()


@PHONE_SCRIPTS
def test_refused_photo_says_why_and_what_to_do(service: str, page: Page) -> None:
    photo = refused_sample()
    flag = next(flag for flag in expected(photo).flags if flag.blocking)
    submit(page, service, photo)
    expect(page.get_by_role("heading", level=1)).to_have_text("This photo: not measured")
    verdict = page.locator(".answer")
    expect(verdict).to_contain_text(flag.text)
    expect(verdict).to_contain_text(flag.advice)
    expect(page.locator(".value")).to_have_count(0)
    expect(page.get_by_text(NOTICE).filter(visible=True)).to_have_count(1)
    assert_fits(page)


@PHONE_SCRIPTS
def test_bad_file_keeps_what_was_entered(service: str, page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a photo")
    page.goto(service)
    assert_fits(page)
    page.get_by_label("Side-view photo").set_input_files(bad)
    page.get_by_text("What a photo cannot show").click()
    page.locator("label:has([name=leg][value=left])").click()
    page.get_by_text("Person, rule, camera tilt, notes").click()
    page.get_by_label("Camera tilt").fill("-1.5")
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_role("alert")).to_contain_text("Send a photo: JPEG, PNG, WebP, HEIC or TIFF")
    expect(page.locator("[name=leg][value=left]")).to_be_checked()
    expect(page.get_by_label("Camera tilt")).to_have_value("-1.5")
    expect(page).to_have_title(re.compile("Not measured"))
    assert_fits(page)


@PHONE_SCRIPTS
def test_description_of_the_api_fits(service: str, page: Page) -> None:
    page.goto(f"{service}/docs")
    for summary in page.locator("summary").all():
        summary.click()
    assert_fits(page)


@pytest.mark.parametrize("scripts", [True])
def test_form_works_where_browsers_send_no_fetch_metadata(page: Page) -> None:
    named = Settings(allowed_hosts=("clinic.test",), without_keys=True)
    with running(create_app(FailingLater(), named)) as address:
        submit(page, address.replace("127.0.0.1", "clinic.test"), refused_sample())
        expect(page.get_by_role("heading", level=1)).to_have_text("This photo: not measured")
        page.wait_for_load_state("networkidle")  # nothing is asked for when the service is gone


def test_form_behind_a_key_that_the_browser_asks_for(browser: Browser) -> None:
    """The key is asked for once; the form, its scripts and its own posts go on with it."""
    secret, key = new_key("reception")
    with running(create_app(FailingLater(), Settings(keys=(str(key),)))) as address:
        known = browser.new_page(http_credentials={"username": "anna", "password": secret})
        submit(known, address, refused_sample())
        expect(known.get_by_role("heading", level=1)).to_have_text("This photo: not measured")
        known.wait_for_load_state("networkidle")
        known.close()


@pytest.mark.parametrize("scripts", [True])
def test_preview_and_measuring_state(page: Page) -> None:
    estimator = FailingLater()
    with running(create_app(estimator)) as address:
        wait_ready(address)
        page.goto(address)
        photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        page.route("**/fetched", lambda route: None)  # never answered
        page.get_by_label("Side-view photo").set_input_files([photo])  # type: ignore[arg-type]
        expect(page.get_by_alt_text("The photo you chose")).to_be_visible()
        page.get_by_role("button", name="Measure").click()
        expect(page.get_by_role("button", name="Measuring…")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Measure", exact=True)).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Stopped")).to_be_visible()


@PHONE_SCRIPTS
def test_form_is_reached_by_keyboard_alone(service: str, page: Page) -> None:
    page.goto(service)
    reached: list[str] = []
    while "send" not in reached and len(reached) < 40:
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        reached.append(focused.evaluate("one => one.name || one.id || one.textContent.trim()"))
        if focused.evaluate("one => one.matches('summary')"):
            page.keyboard.press("Enter")
    assert reached[0] == "Skip to content"
    asked = [question.name for question in QUESTIONS]
    fields = [
        *(asked[0], "photos", "file", "leg", *asked[1:], "hold_s"),
        *("subject", "session", "criteria", "level_deg", "notes", "send"),
    ]
    assert [one for one in reached if one in fields] == fields


# Words and colours, without a browser


def example(**changes: object) -> MeasurementOut:
    return MeasurementOut.model_validate({**EXAMPLE, **changes})


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((-0.2, 11.7), "0.2° below to 11.7° above horizontal"),
        ((2.1, 9.5), "2.1° to 9.5° above horizontal"),
        ((-23.3, -3.9), "3.9° to 23.3° below horizontal"),
        ((0.0, 4.0), "0.0° to 4.0° above horizontal"),
        ((-4.0, 0.0), "0.0° to 4.0° below horizontal"),
    ],
)
def test_thigh_interval_in_words(interval: tuple[float, float], words: str) -> None:
    assert thigh_interval_words(interval) == words


@pytest.mark.parametrize(
    ("value", "number", "after"),
    [
        (5.8, "5.8°", "above horizontal"),
        (-5.8, "5.8°", "below horizontal"),
        (0.0, "0.0°", "level with horizontal"),
    ],
)
def test_thigh_in_words(value: float, number: str, after: str) -> None:
    angle = {"value": value, "interval": [value - 2, value + 2]}
    thigh = readings(example(thigh_deg=angle))[0]
    assert (thigh.number, thigh.after) == (number, after)


def test_readings_stay_on_the_drawn_scale_and_without_a_rule_there_is_no_line() -> None:
    steep = {"value": 88.0, "interval": [60.0, 120.0]}
    thigh, knee, shank = readings(example(thigh_deg=steep, findings=[]))
    assert (thigh.scale.value, thigh.scale.low, thigh.scale.high) == (100, 100, 100)
    assert thigh.scale.cutoff is None
    assert (knee.scale.cutoff, knee.finding) == (None, None)
    assert (shank.scale.cutoff, shank.finding) == (None, None)
    assert readings(example(thigh_deg=None)) == ()
    assert len(readings(example(shank_from_plumb_deg=None))) == 2, "a result of version 1"


@pytest.mark.parametrize(
    ("value", "after", "interval"),
    [
        (4.1, "forward of plumb", "2.1° to 6.1° forward of plumb"),
        (-4.1, "behind plumb", "2.1° to 6.1° behind plumb"),
        (0.0, "plumb", "2.0° behind to 2.0° forward of plumb"),
    ],
)
def test_shank_in_words(value: float, after: str, interval: str) -> None:
    angle = {"value": value, "interval": [round(value - 2, 1), round(value + 2, 1)]}
    shank = readings(example(shank_from_plumb_deg=angle))[2]
    assert (shank.number, shank.after) == (f"{abs(value):.1f}°", after)
    assert shank.interval == interval


def test_a_result_of_version_1_has_the_words_it_had() -> None:
    old = example(headline="", verdict="pass")
    assert (title_of(old), detail_of(old)) == VERDICT_WORDS["pass"]


def colours() -> tuple[dict[str, str], dict[str, str]]:
    sheet = (WEB_DIR / "static" / "page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in blocks)
    return light, {**light, **dark}


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        *((text, back, 4.5) for text in ("ink", "soft") for back in ("ground", "card", "quiet")),
        *((text, back, 4.5) for text in ("accent",) for back in ("ground", "card", "quiet")),
        *((name, f"{name}-tint", 4.5) for name in VERDICT_WORDS),
        *(("ink", f"{name}-tint", 4.5) for name in VERDICT_WORDS),
        *((name, "card", 4.5) for name in VERDICT_WORDS),
        ("on-accent", "accent", 4.5),
        ("field", "card", 3),
        ("focus", "card", 3),
        ("focus", "ground", 3),
    ],
)
def test_contrast(scheme: int, front: str, back: str, least: float) -> None:
    palette = colours()[scheme]
    lighter, darker = sorted((luminance(palette[front]), luminance(palette[back])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= least
