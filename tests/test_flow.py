"""From the photo to the answer in a real browser: sent at once, asked after it, nothing lost."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app.server import create_app
from browser_support import assert_accessible
from flow_support import (
    Gate,
    Scenes,
    answer,
    data_of,
    gate,
    headline,
    measure,
    more,
    phone,
    photo,
    put,
)
from http_support import running, wait_ready
from test_start_page import choose

LATER = re.compile("service did not answer")
HEIC = {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": bytes(12_000_000)}
"""Sent as it is: no browser here can read it, and the service says so."""


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return Scenes()


@pytest.fixture(scope="module")
def service(scenes: Scenes) -> Iterator[str]:
    with running(create_app(scenes)) as address:
        wait_ready(address)
        yield address


@pytest.fixture(scope="module")
def way(service: str) -> Iterator[Gate]:
    with gate(service) as one:
        yield one


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    with phone(browser) as one:
        one.goto(service)
        yield one


@pytest.fixture
def far(browser: Browser, way: Gate) -> Iterator[Page]:
    """A page behind a gate."""
    with phone(browser, lost=True) as one:
        one.goto(way.address, wait_until="networkidle")
        yield one
        way.free()


def status(page: Page) -> Any:
    return page.locator("#status")


# --- sending ------------------------------------------------------------------------------------


def test_a_chosen_photo_is_sent_at_once_and_measure_is_instant(
    page: Page, scenes: Scenes, service: str
) -> None:
    before, posts = scenes.calls, list[str]()
    page.on("request", lambda request: posts.append(request.method + request.url))
    put(page, photo("right"))
    expect(status(page)).to_have_text("Ready.")
    assert scenes.calls > before  # measured while the person still looks at the form
    expect(page.locator("#progress")).to_be_hidden()
    after = scenes.calls
    page.locator("#send").click()
    expect(headline(page)).to_have_text("Right leg: passes so far")
    expect(headline(page)).to_be_focused()
    assert (scenes.calls, posts.count(f"POST{service}/fetched")) == (after, 1)
    assert "?" not in page.url


def test_what_was_answered_meanwhile_is_sent_with_the_photo(page: Page) -> None:
    put(page, photo("right"))
    expect(status(page)).to_have_text("Ready.")
    choose(page, hip_pain="yes")
    page.locator("#send").click()
    expect(headline(page)).to_have_text("Right leg: pain during the test")


def test_progress_tells_what_was_sent_and_can_be_stopped(
    far: Page, way: Gate, scenes: Scenes
) -> None:
    before = scenes.calls
    far.evaluate(
        "window.said = []; new MutationObserver(() => said.push(document.getElementById("
        "'status').textContent)).observe(document.getElementById('status'), {childList: true})"
    )
    way.let_through(6_000_000)
    put(far, HEIC)
    far.locator("#send").click()
    # Half has passed the gate; a few megabytes may wait in the buffers of browser and system.
    expect(status(far)).to_have_text(re.compile(r"^Sending (5|6|7|8)\d\s%$"))
    shown = far.locator("#progress").evaluate("one => one.value")
    assert 0.5 <= shown < 0.9
    said = [one for one in far.evaluate("said") if one]
    shares = [int(found[1]) for one in said if (found := re.match(r"Sending (\d+)", one))]
    assert shares == sorted(shares)
    assert "Reading the photo" not in said
    expect(far.get_by_role("button", name="Measuring…")).to_be_visible()
    far.get_by_role("button", name="Cancel").click()
    expect(status(far)).to_have_text("Stopped. Nothing was measured.")
    expect(far.locator("#progress")).to_be_hidden()
    expect(far.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(far.locator(".held-name")).to_have_text("IMG_1.HEIC")
    way.free()
    assert scenes.calls == before
    put(far, photo("right"))
    expect(status(far)).to_have_text("Ready.")
    assert far.evaluate("said").index("Reading the photo") < far.evaluate("said").index("Ready.")


# --- questions ----------------------------------------------------------------------------------


def test_answers_judge_at_once_and_can_be_taken_back(page: Page) -> None:
    measure(page, photo("right"))
    expect(headline(page)).to_have_text("Right leg: passes so far")
    answer(page, "lower_back_flat", "yes")
    expect(headline(page)).to_have_text("Right leg: passes so far")
    for question in ("hip_pain", "knee_pain"):
        answer(page, question, "no")
    answer(page, "rotation", "none")
    answer(page, "abducted", "no")
    expect(headline(page)).to_have_text("Right leg: passes")
    expect(page.locator(".ask-now")).to_have_count(0)
    assert data_of(page)["result"]["status"] == "final"
    page.locator("details.questions summary").click()
    given = page.locator(".questions [data-question=hip_pain][value=no]")
    given.click()
    expect(given).to_have_attribute("aria-pressed", "false")
    expect(given).to_be_focused()  # the list stays open
    expect(headline(page)).to_have_text("Right leg: passes so far")
    expect(page.locator(".ask-now")).to_contain_text("hip")
    assert data_of(page)["result"]["observations"]["hip_pain"] is None


def test_pain_has_its_own_headline_above_the_numbers(page: Page) -> None:
    measure(page, photo("right"))
    answer(page, "lower_back_flat", "yes")
    answer(page, "hip_pain", "yes")
    expect(headline(page)).to_have_text("Right leg: pain during the test")
    expect(page.locator(".detail")).to_have_text("See a clinician before anything else is done.")
    above, numbers = (page.locator(one).bounding_box() for one in (".detail", ".tiles"))
    assert above
    assert numbers
    assert above["y"] + above["height"] <= numbers["y"]
    more(page, "For the patient")
    expect(page.get_by_role("dialog")).to_contain_text("please speak with a doctor")


def test_another_rule_judges_at_once(page: Page) -> None:
    measure(page, photo("right, short"))
    expect(headline(page)).to_contain_text("thigh fails")
    page.locator("#choose-rule").select_option("kendall")
    expect(page.get_by_text("(rule-set “kendall”")).to_be_visible()
    expect(page.locator("#choose-rule")).to_be_focused()
    assert data_of(page)["result"]["criteria"]["id"] == "kendall"


def test_which_leg_is_asked_if_the_photo_does_not_say(page: Page) -> None:
    measure(page, photo("either"))
    asked = page.get_by_role("group", name="Which leg hangs?").first
    expect(asked.get_by_role("button")).to_have_text(["Left", "Right"])
    asked.get_by_role("button", name="Left").click()
    expect(headline(page)).to_have_text("Left leg: passes so far")
    leg = data_of(page)["result"]["tested_leg"]
    assert (leg["side"], leg["source"]) == ("left", "given")


def test_a_photo_that_stands_on_its_head_is_turned(page: Page) -> None:
    measure(page, photo("right", turned=2))
    expect(page.locator(".answer")).to_contain_text("upside down")
    page.get_by_role("button", name="Turn it over and measure").click()
    expect(headline(page)).to_have_text("Right leg: passes so far")
    assert data_of(page)["result"]["provenance"]["turn_deg"] == 180


# --- both legs ----------------------------------------------------------------------------------


def both(page: Page) -> None:
    """The left leg, and then the right one."""
    measure(page, photo("left"))
    page.locator("[data-who=subject]").fill("Anna B.")
    page.locator("[data-who=subject]").press("Tab")
    expect(page.locator(".who")).to_contain_text("Anna B.")
    more(page, "Now the right leg")
    expect(page.get_by_text("Now the right leg: take or choose its photo.")).to_be_visible()
    put(page, photo("right, short"))
    page.locator("#send").click()
    expect(page.locator(".two")).to_be_visible()


def test_the_other_leg_joins_the_first_on_one_page(page: Page) -> None:
    both(page)
    expect(headline(page).locator(".line")).to_have_count(2)
    expect(headline(page)).to_contain_text("Left leg: passes so far")
    expect(headline(page)).to_contain_text("Right leg: thigh fails")
    expect(page.locator(".who")).to_contain_text("Anna B.")
    photos = page.locator("img[data-picture]").evaluate_all(
        "all => all.map(one => [one.dataset.picture, one.src.length > 1000 && one.naturalWidth])"
    )
    assert photos == [["left", 960], ["right", 960]]
    comparison = page.get_by_role("region", name="Comparison")
    before = comparison.inner_text()
    assert "higher" in before or "lower" in before
    for side in ("Left leg", "Right leg"):
        leg = page.get_by_role("region", name=side)
        leg.get_by_role("button", name="Correct the points").click()
        leg.get_by_role("slider", name="Knee").press("Shift+ArrowDown")
        leg.get_by_role("button", name="Save correction").click()
        expect(leg.locator(".tile .mark")).to_have_count(2)
        after = comparison.inner_text()
        assert after != before
        before = after
    out = data_of(page)["result"]
    assert {out[side]["measurement"]["points"]["knee"]["source"] for side in ("left", "right")} == {
        "adjusted"
    }
    answer(page, "lower_back_flat", "yes", leg="left")
    expect(headline(page)).to_contain_text("Left leg: passes so far")
    assert (
        data_of(page)["result"]["right"]["measurement"]["observations"]["lower_back_flat"] is None
    )  # asked of each leg


def test_both_legs_are_accessible(page: Page) -> None:
    both(page)
    assert_accessible(page)


def test_the_same_leg_twice_is_told(page: Page) -> None:
    measure(page, photo("right"))
    more(page, "Now the left leg")
    measure_again = page.locator("#send")
    put(page, photo("right, short"))
    measure_again.click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("the same leg again")
    expect(page.locator(".held-name")).to_have_text("right, short.jpg")
    put(page, photo("left"))
    measure_again.click()
    expect(page.locator(".two")).to_be_visible()
    expect(headline(page)).to_contain_text("Right leg: passes")  # the first one, not the second


# --- back and forward ---------------------------------------------------------------------------


def test_back_and_forward_lose_nothing(page: Page) -> None:
    measure(page, photo("right"))
    answer(page, "lower_back_flat", "yes")
    page.locator("[data-correct]").click()
    page.get_by_role("slider", name="Hip").press("Shift+ArrowUp")
    page.get_by_role("button", name="Save correction").click()
    expect(page.locator(".tile .mark")).to_have_count(2)
    corrected = data_of(page)["result"]
    page.go_back()
    expect(page.locator(".held-name")).to_have_text("right.jpg")
    expect(page.get_by_alt_text("The photo you chose: Side-view photo")).to_be_visible()
    page.go_forward()
    expect(page.locator(".tile .mark")).to_have_count(2)
    assert data_of(page)["result"] == corrected
    assert page.locator("img[data-picture]").evaluate("one => one.naturalWidth") == 960
    page.get_by_role("button", name="Next photo").click()
    expect(page.locator(".held-name")).to_have_count(0)
    assert page.locator("#file").evaluate("one => one.files.length") == 0
    expect(page.locator("[data-who]")).to_have_count(0)
    page.go_back()
    assert data_of(page)["result"] == corrected


def test_another_photo_after_back_is_the_one_that_is_measured(page: Page) -> None:
    measure(page, photo("right"))
    page.go_back()
    expect(status(page)).to_be_empty()
    page.locator("#send").click()  # the same one again
    expect(headline(page)).to_contain_text("Right leg")
    page.go_back()
    put(page, photo("left"))
    expect(page.locator(".held-name")).to_have_text("left.jpg")
    page.locator("#send").click()
    expect(headline(page)).to_contain_text("Left leg")


def asked_to_stay(page: Page) -> bool:
    """Whether the browser asks before the page is left."""
    asked = list[str]()

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    page.goto(page.url)
    page.remove_listener("dialog", stay)
    return asked == ["beforeunload"]


def test_leaving_is_asked_about_only_while_something_is_unsaved(page: Page) -> None:
    assert not asked_to_stay(page)
    measure(page, photo("right"))
    assert asked_to_stay(page)
    measure(page, photo("right"))
    with page.expect_download():
        page.get_by_role("button", name="Save report").click()
    expect(page.locator("#result-status")).to_contain_text("Saved: thomas-test-right-")
    answer(page, "lower_back_flat", "yes")  # not in what was saved
    assert asked_to_stay(page)
    measure(page, photo("right"))
    with page.expect_download():
        page.get_by_role("button", name="Save report").click()
    expect(page.locator("#result-status")).to_contain_text("Saved: ")
    assert not asked_to_stay(page)


# --- trouble ------------------------------------------------------------------------------------


def test_photos_in_each_others_places_are_swapped(page: Page) -> None:
    choose(page, photos="several")
    put(page, photo("right"), "left")
    put(page, photo("left"), "right")
    page.locator("#send").click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).not_to_contain_text("choose")  # they are still here
    alert.get_by_role("button", name="Swap left and right").click()
    expect(alert).to_have_count(0)
    names = page.locator(".only-several .held-name").all_inner_texts()
    assert names == ["left.jpg", "right.jpg"]
    page.locator("#send").click()
    expect(page.locator(".two")).to_be_visible()


def test_a_service_that_is_gone_loses_nothing(far: Page, way: Gate) -> None:
    choose(far, hip_pain="no")
    way.let_through(1_000)
    put(far, photo("right"))
    far.locator("#send").click()
    expect(far.get_by_role("button", name="Measuring…")).to_be_visible()
    way.cut()
    alert = far.get_by_role("alert")
    expect(alert).to_contain_text(LATER)
    expect(far.locator(".held-name")).to_have_text("right.jpg")
    expect(far.locator("[name=hip_pain][value=no]")).to_be_checked()
    way.free()
    alert.get_by_role("button", name="Try again").click()
    expect(headline(far)).to_contain_text("Right leg")
    expect(far.locator("details.questions summary")).to_contain_text("Hip pain No")
    # Nor does one that goes while it judges again.
    way.let_through(0)
    far.locator(".ask-now [data-question=lower_back_flat][value=yes]").click()
    way.cut()
    expect(far.locator("#result-status")).to_contain_text(LATER)
    way.free()
    answer(far, "lower_back_flat", "yes")
    expect(headline(far)).to_have_text("Right leg: passes so far")
