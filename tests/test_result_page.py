"""The result page in a real browser: see, correct, keep; one real model behind all of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Route, expect

import browser_support  # noqa: F401  # how long is waited for a photo
from app.reports.scales import readings
from app.results.answer import headline_of, tiles_of
from app.results.schemas import MeasurementOut
from app.web.editor import TEXTS
from app.web.rejudge import read_rejudge, rejudge
from app.web.svg_overlay import layer
from http_support import (
    measurable_sample,
    picture,
    refused_sample,
)
from vision.criteria import RULE_SETS

GUIDE = RULE_SETS["guide"]
Look = tuple[int, int, Literal["light", "dark"]]
SMALL, LARGE = (360, 740), (1280, 900)
LOOKS: list[Look] = [(*SMALL, "dark"), (*LARGE, "light"), (*SMALL, "light"), (*LARGE, "dark")]
"""Width and height of the window, pixels, and the colours that its owner likes."""


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, as its marks say with or without JavaScript, that must not complain."""
    scripts = request.node.get_closest_marker("usefixtures") is None
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": 360, "height": 740}, has_touch=True
    )
    page, complaints = context.new_page(), list[str]()
    page.on("dialog", lambda dialog: dialog.accept())  # leaving with an unsaved result
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [one for one in complaints if "a status of 4" not in one] == []


@pytest.fixture
def plain() -> None:
    """Asks for a page without JavaScript."""


def measure(page: Page, address: str, photo: Path) -> None:
    page.goto(address)
    page.locator("#file").set_input_files(photo)
    page.locator("#send").click()
    page.wait_for_selector("#outcome")


def data_of(page: Page) -> Any:
    return json.loads(page.locator("#result-data").text_content() or "")


def embedded(page: Page) -> MeasurementOut:
    """The result that the page carries for its scripts."""
    return MeasurementOut.model_validate(data_of(page)["result"])


def carried(page: Page, label: str) -> tuple[str, bytes]:
    """Name and content of a file that is part of its link."""
    with page.expect_download() as one:
        page.get_by_role("link", name=label, exact=True).click()
    return one.value.suggested_filename, one.value.path().read_bytes()


def saved(page: Page, what: str) -> bytes:
    """What a button of the bar saves."""
    if what != "Save report":
        page.locator(".more-menu summary").click()
    with page.expect_download() as one:
        page.get_by_role("button", name=what, exact=True).click()
    return one.value.path().read_bytes()


def handle(page: Page, name: str) -> Any:
    return page.get_by_role("slider", name=name)


def correct(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Correct|Set the points")).click()


def assert_shown(page: Page, out: MeasurementOut) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(headline_of(out))
    for tile, shown in zip(tiles_of(out), page.locator(".tile").all(), strict=True):
        expect(shown.locator(".number")).to_have_text(f"{tile.number} {tile.error}")
        expect(shown.locator(".judged")).to_have_text(tile.judged)
    for reading, shown in zip(readings(out), page.locator(".reading").all(), strict=True):
        expect(shown.locator(".value")).to_have_text(reading.words)
        interval = shown.locator(".interval").first
        expect(interval).to_have_text(f"95\xa0% interval: {reading.interval}")
    for flag in out.flags:
        expect(page.get_by_text(flag.advice)).to_be_visible()


@pytest.mark.usefixtures("plain")
def test_photo_lines_and_files_need_no_javascript(page: Page, service: str) -> None:
    measure(page, service, measurable_sample())
    name, data = carried(page, "JSON")
    out = MeasurementOut.model_validate_json(data)
    day, _, clock = (out.provenance.measured_at or "").partition("T")
    stem = f"thomas-test-left-{day}-{clock[:8].replace(':', '')}"
    assert name == f"{stem}.json"
    assert_shown(page, out)
    drawn = layer(out, None)
    assert drawn is not None
    assert all(drawn.lines.values())
    for line, path in drawn.lines.items():
        assert page.locator(f".line[data-line={line}]").get_attribute("d") == path
    assert "Elite athletes" in (page.locator(".norms svg").nth(0).get_attribute("aria-label") or "")
    # Nothing that only scripts could make work: neither questions, nor editor, nor bar.
    for dead in ("[data-correct]", ".editor", "#result-bar", ".chip", "#choose-rule"):
        expect(page.locator(dead)).to_have_count(0)
    name, report = carried(page, "Report")
    assert name == f"{stem}.html"
    assert readings(out)[0].number in report.decode()
    name, bundle = carried(page, "FHIR")
    assert (name, json.loads(bundle)["resourceType"]) == (f"{stem}.fhir.json", "Bundle")
    name, jpeg = carried(page, "Picture")
    assert (name, jpeg[:3], b"Exif" in jpeg) == (f"{stem}.jpg", b"\xff\xd8\xff", False)
    expect(page.get_by_role("link", name="Measure another photo")).to_be_visible()


def test_correct_by_keyboard_save_and_keep(page: Page, service: str) -> None:
    measure(page, service, measurable_sample())
    out = embedded(page)
    correct(page)
    expect(page.get_by_role("heading", name="Correct the points")).to_be_focused()
    live, values = page.locator(".editor-status"), page.locator(".live-value")
    before = values.all_inner_texts()
    knee = handle(page, "Knee")
    knee.focus()
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "ArrowRight"):
        knee.press(key)
    moved = values.all_inner_texts()
    assert moved != before
    expect(live).to_contain_text(moved[0])
    expect(page.get_by_text(f"Automatic: {before[0]}")).to_be_visible()
    expect(page.locator("[data-live=thigh] .mark")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Control+z")
    assert values.all_inner_texts() == before
    for _ in range(4):
        page.keyboard.press("Control+Shift+Z")
    assert values.all_inner_texts() == moved
    handle(page, "Level").press("Shift+ArrowUp")
    page.get_by_role("button", name="Reset level").click()
    assert values.all_inner_texts() == moved
    handle(page, "Level").press("Shift+ArrowDown")

    with page.expect_request("**/adjusted") as sent:
        page.get_by_role("button", name="Save correction").click()
    body = sent.value.post_data or ""
    assert "data:image" not in body
    answer = rejudge(read_rejudge(body.encode()), GUIDE)
    assert isinstance(answer, MeasurementOut)
    assert answer.level is not None
    assert out.level is not None
    assert answer.level.roll_deg == pytest.approx(out.level.roll_deg - 1.0)
    assert answer.automatic is not None
    assert answer.automatic.points == out.points
    expect(page.locator(".reading .mark")).to_have_text(["adjusted"] * 3)
    expect(page.locator(".tile .mark")).to_have_text(["adjusted"] * 2)
    assert_shown(page, answer)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    own = readings(out)[0]
    expect(page.get_by_text(f"Automatic: {own.words} ({own.interval})")).to_be_visible()
    assert MeasurementOut.model_validate_json(saved(page, "Data (JSON)")) == answer
    assert handle(page, "Knee").count() == 0

    page.get_by_role("button", name="Correct again").click()
    page.get_by_role("button", name="Reset all").click()
    page.get_by_role("button", name="Save correction").click()
    expect(page.locator(".reading .mark")).to_have_count(0)
    assert_shown(page, out)


def test_drag_with_mouse_and_finger(page: Page, service: str) -> None:
    measure(page, service, measurable_sample())
    correct(page)
    place, loupe = page.locator("[data-point=hip] .place"), page.locator(".loupe")
    start, hip = place.inner_text(), handle(page, "Hip")
    assert hip.evaluate("one => getComputedStyle(one).touchAction") == "none"
    box = hip.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    x, y = box["x"] + 25, box["y"] + 20  # not its middle: the point must not jump
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 0.01)
    assert place.inner_text() == start
    page.mouse.move(x + 20, y - 10, steps=3)
    expect(loupe).to_be_visible()
    page.mouse.up()
    expect(loupe).to_be_hidden()
    assert place.inner_text() != start
    page.get_by_role("button", name="Undo").click()
    assert place.inner_text() == start

    touch = page.context.new_cdp_session(page)

    def finger(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    level = page.locator("[data-point=level] .place")
    handle(page, "Level").scroll_into_view_if_needed()
    box = handle(page, "Level").bounding_box()
    x, y, was = box["x"] + 22, box["y"] + 22, level.inner_text()
    finger("touchStart", x, y)
    finger("touchMove", x, y + 12)
    expect(loupe).to_be_visible()
    finger("touchEnd")
    assert level.inner_text() != was
    page.get_by_role("button", name="Place ankle").click()
    page.locator(".photo img").click(position={"x": 60, "y": 190})
    expect(page.locator("[data-point=ankle] .moved")).to_contain_text("moved")
    page.get_by_role("button", name="Cancel").click()
    assert page.locator("[data-correct]").is_visible()
    correct(page)
    assert (place.inner_text(), level.inner_text()) == (start, was)


def test_a_photo_of_nobody_is_measured_by_hand(page: Page, nobody: str, tmp_path: Path) -> None:
    photo = tmp_path / "empty.jpg"
    photo.write_bytes(picture(1600, 1200, noise=True))
    measure(page, nobody, photo)
    expect(page.locator(".answer")).to_contain_text("Nobody was found")
    for useless in ("Save report", "⋯"):  # of nothing
        expect(page.get_by_role("button", name=useless)).to_have_count(0)
    correct(page)
    expect(page.locator(".editor-status")).to_have_text(TEXTS["where_head"])
    save = page.get_by_role("button", name="Save correction")
    expect(save).to_have_attribute("aria-disabled", "true")
    assert handle(page, "Hip").count() == 0
    page.get_by_role("group", name="head").get_by_label("Right").check()
    page.get_by_role("group", name="leg").get_by_label("Left").check()
    handle(page, "Knee").press("Shift+ArrowUp")
    with page.expect_request("**/adjusted") as sent:
        save.click()
    answer = rejudge(read_rejudge((sent.value.post_data or "").encode()), GUIDE)
    assert isinstance(answer, MeasurementOut)
    assert answer.measurable
    assert answer.tested_leg is not None
    assert (answer.tested_leg.side, answer.head_towards) == ("left", "right")
    expect(page.locator(".value")).to_have_count(3)
    assert_shown(page, answer)
    expect(page.locator(".legend.lines")).to_be_visible()
    assert len(saved(page, "Save report")) > 1_500_000  # browsers limit long addresses


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {[node['html'][:90] for node in one['nodes']]}" for one in found]


def test_axe_finds_nothing(page: Page, service: str) -> None:
    def look(state: str, looks: list[Look] = LOOKS) -> None:
        for width, height, scheme in looks:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], (state, width, scheme)
            page.wait_for_load_state("load")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, state

    measure(page, service, measurable_sample())
    look("measured")
    correct(page)
    handle(page, "Ankle").press("Shift+ArrowLeft")
    look("correcting", LOOKS[:2])
    page.get_by_role("button", name="Save correction").click()
    expect(page.locator(".reading .mark")).to_have_count(3)
    page.locator("details.questions summary").click()
    page.locator(".more-menu summary").click()
    look("adjusted")
    page.emulate_media(media="print")
    for name in ("[data-correct]", ".keep .field", "header.site", ".result-bar", ".ask-now"):
        expect(page.locator(name).first).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="For the patient").click()
    look("for the patient", LOOKS[:2])
    measure(page, service, refused_sample())
    assert page.locator(".layer.refused .line.thigh").get_attribute("d")
    look("refused")
    correct(page)
    look("set by hand", LOOKS[:2])


def test_a_correction_in_spanish(browser: Browser, service: str) -> None:
    def spoil(route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        route.continue_(post_data=json.dumps({**body, "criteria": "nobody"}))

    context = browser.new_context(locale="es-MX", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    measure(page, service, measurable_sample())
    page.get_by_role("button", name="Corregir los puntos").click()
    handle(page, "Rodilla").press("Shift+ArrowDown")
    expect(page.locator("[data-point=knee] .moved")).to_have_text("movido 10 px")
    expect(page.locator("[data-live=thigh] .live-automatic")).to_contain_text("Automático: ")
    values = page.locator("[data-live=thigh] .live-value, [data-live=thigh] .live-interval")
    for value in values.all_inner_texts():
        assert re.search(r"\d,\d°", value)
        assert not re.search(r"\d\.\d", value)
    page.route("**/adjusted", spoil)
    page.get_by_role("button", name="Guardar la corrección").click()
    expect(page.locator(".editor .alert p")).to_have_text(
        re.compile("Conjunto de criterios desconocido: 'nobody'.* Corregir la opción")
    )
    context.close()
