"""The page of an examination in a real browser, measured by the real model."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from playwright.sync_api import Browser, Page, expect

from app.reports.scales import readings
from app.results.answer import headline_of, tiles_of
from app.results.schemas import NOTICE, ExaminationOut, LegExaminationOut
from app.results.wording import detail_of
from browser_support import assert_accessible, watched
from test_start_page import choose, put

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
MORE = "Person, rule, camera tilt, notes"
BOTH = {
    "left": "rectus-femoris-both-left",
    "right": "rectus-femoris-both-right",
    "left_retest": "rectus-femoris-both-left-retest",
}


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


def fill(page: Page, address: str, photos: dict[str, str], **answers: str) -> None:
    page.goto(address)
    choose(page, photos="several", **answers)
    for name, photo in photos.items():
        page.locator(f"#{name}").set_input_files(EXAMPLES / f"{photo}.jpg")


def send(page: Page) -> None:
    page.set_default_timeout(60_000)  # three photos, on a busy machine
    page.get_by_role("button", name="Measure", exact=True).click()
    page.set_default_timeout(10_000)


@pytest.fixture(scope="module")
def page(browser: Browser, service: str) -> Iterator[Page]:
    """An examination, made without JavaScript."""
    with watched(browser, scripts=False) as page:
        fill(page, service, BOTH, lower_back_flat="yes", hip_pain="no", knee_pain="no")
        page.get_by_text(MORE).click()
        page.get_by_label("Person").fill("Anna <b>B.</b>")
        page.get_by_label("Session").fill("before / treatment")
        send(page)
        yield page


def carried(page: Page, title: str) -> bytes:
    """What a download link holds."""
    href = page.get_by_role("link", name=title).get_attribute("href") or ""
    return base64.b64decode(href.partition("base64,")[2], validate=True)


def examined(page: Page) -> ExaminationOut:
    return ExaminationOut.model_validate_json(carried(page, "JSON"))


def legs_of(out: ExaminationOut) -> list[tuple[str, LegExaminationOut]]:
    assert out.left is not None
    assert out.right is not None
    return [("Left leg", out.left), ("Right leg", out.right)]


def test_each_leg_says_what_was_measured(page: Page) -> None:
    out = examined(page)
    answers = [headline_of(leg.measurement) for _, leg in legs_of(out)]
    heading = page.get_by_role("heading", level=1)
    expect(heading.locator(".line > span")).to_contain_text(answers)
    for title, leg in legs_of(out):
        region = page.get_by_role("region", name=title)
        measured = leg.measurement
        expect(region.get_by_role("heading", level=2)).to_have_text(title)
        expect(region.locator(".headline svg")).to_be_visible()
        expect(region.locator(".detail")).to_have_text(detail_of(measured))
        expect(region.locator(".pattern")).to_have_text(measured.pattern_text)
        for tile in tiles_of(measured):
            words = f"{tile.number} {tile.error}"
            expect(region.locator(".tile .number").filter(has_text=words)).to_have_count(1)
            expect(heading).to_contain_text(words)
        for reading in readings(measured)[:2]:
            shown = region.locator(f".reading.{reading.angle}")
            expect(shown.locator(".value")).to_have_text(reading.words)
            expect(shown.locator(".interval").first).to_contain_text(reading.interval)
            label = shown.get_by_role("img").get_attribute("aria-label") or ""
            assert reading.words in label
            expect(shown.locator(".finding")).to_contain_text(reading.finding.text)  # type: ignore[union-attr]
        image = region.get_by_role("img", name="the photo with the tested thigh")
        assert image.evaluate("one => one.complete && one.naturalWidth > 300")
        for flag in measured.flags:
            expect(region.get_by_text(flag.advice)).to_be_visible()
        for said in ("Lower back flat: Yes", "Hip pain: No", "Knee pain: No"):
            expect(region.get_by_role("listitem").filter(has_text=said)).to_be_visible()


def test_legs_are_compared_and_the_second_photo_is_read(page: Page) -> None:
    out = examined(page)
    assert out.asymmetry is not None
    expect(page.get_by_role("region", name="Comparison")).to_contain_text(out.asymmetry.text)
    left = page.get_by_role("region", name="Left leg")
    expect(left.get_by_role("heading", name="With the knee extended")).to_be_visible()
    second = left.get_by_role("img", name="With the knee extended")
    assert second.evaluate("one => one.complete && one.naturalWidth > 300")
    expect(left.get_by_text("The thigh dropped by")).to_be_visible()
    expect(page.get_by_role("heading", name="With the knee extended")).to_have_count(1)
    titles = {step.title for _, leg in legs_of(out) for step in leg.measurement.next_steps}
    shown = page.get_by_role("region", name="What to do next").locator("summary")
    expect(shown).to_have_count(len(titles))
    expect(page.get_by_text(NOTICE)).to_have_count(1)


def test_it_says_who_and_by_which_rule(page: Page) -> None:
    expect(page.get_by_text("Anna <b>B.</b> · before / treatment")).to_be_visible()
    expect(page.get_by_role("region", name="Judged by")).to_contain_text("Psoas-release guide")
    assert "Anna" not in page.title()


def test_side_by_side_or_below_each_other(page: Page) -> None:
    def places() -> Any:
        return [
            page.get_by_role("region", name=f"{side} leg").bounding_box()
            for side in ("Left", "Right")
        ]

    page.set_viewport_size({"width": 1280, "height": 900})
    left, right = places()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    page.set_viewport_size({"width": 360, "height": 740})
    left, right = places()
    assert left["x"] == right["x"]
    assert left["y"] + left["height"] < right["y"]


def test_downloads_hold_the_same_examination(page: Page) -> None:
    out = examined(page)
    Bundle.model_validate_json(carried(page, "FHIR"))
    report = carried(page, "Report").decode()
    assert out.left is not None
    assert out.left.measurement.pattern_text in report
    assert report.count("data:image/jpeg") == 3
    with page.expect_download() as saved:
        page.get_by_role("link", name="Report").click()
    name = r"thomas-test-both-legs-before-treatment-\d{4}-\d\d-\d\d-\d{6}\.html"
    assert re.fullmatch(name, saved.value.suggested_filename)
    assert saved.value.path().read_text("utf-8") == report


def test_axe_finds_nothing_and_print_leaves_the_buttons_out(browser: Browser, page: Page) -> None:
    with watched(browser) as copy:  # axe needs JavaScript
        copy.route(
            "**/examined",
            lambda route: route.fulfill(body=page.content(), content_type="text/html"),
        )
        copy.goto(page.url + "examined")
        assert_accessible(copy)
        copy.emulate_media(media="print")
        for name in (".downloads", "nav"):
            expect(copy.locator(name)).to_be_hidden()
        expect(copy.get_by_role("region", name="Right leg")).to_be_visible()


def test_the_wrong_leg_is_named_and_an_earlier_examination_is_compared(
    browser: Browser, service: str, page: Page, tmp_path: Path
) -> None:
    """Also with JavaScript: one page, whatever was sent before."""
    earlier = tmp_path / "earlier.json"
    earlier.write_bytes(carried(page, "JSON"))
    with watched(browser) as again:
        fill(again, service, {"right": "healthy-left"})  # whose leg is certain
        send(again)
        alert = again.get_by_role("alert")
        expect(alert).to_contain_text(
            "Right leg, hanging: The photo given for the right leg shows the left leg hanging."
        )
        expect(alert).to_be_focused()
        again.locator("#right").set_input_files(EXAMPLES / "healthy-right.jpg")
        again.get_by_text(MORE).click()
        again.get_by_label("Compare with an earlier result").set_input_files(earlier)
        send(again)
        expect(again.get_by_role("heading", level=1)).to_have_text("Right leg: passes so far")
        compared = again.get_by_role("region", name="Comparison")
        expect(compared).to_contain_text("With “before / treatment”")
        expect(compared).to_contain_text("than before")
        expect(compared).to_contain_text("Only one of the two examinations names a person.")


def test_refused_photos_say_why_and_long_answers_fit(browser: Browser, nobody: str) -> None:
    with watched(browser) as page:
        page.goto(nobody)
        choose(page, photos="several", rotation="outward")
        for name in ("left", "left_retest", "left_above"):
            put(page, name)
        page.get_by_text(MORE).click()
        page.get_by_label("Person").fill("y" * 200)
        page.get_by_label("Notes").fill("x" * 2000)
        send(page)
        leg = page.get_by_role("region", name="Left leg")
        expect(leg.get_by_role("heading", level=1)).to_have_text("Left leg: not measured")
        expect(leg.locator(".answer")).to_contain_text("Nobody was found")
        expect(leg.get_by_role("heading", name="From above the feet")).to_be_visible()
        expect(leg.get_by_text("This photo could not be measured.")).to_have_count(2)
        expect(page.locator(".value")).to_have_count(0)
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
