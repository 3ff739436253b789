"""Correcting with fingers on a phone: zoom, nothing out of sight, a way out."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from app.server import create_app
from flow_support import Scenes, measure, phone, photo
from http_support import running, wait_ready


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running(create_app(Scenes())) as address:
        wait_ready(address)
        yield address


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    """The editor of a leg, opened on a phone."""
    with phone(browser) as one:
        one.goto(service)
        measure(one, photo("right"))
        one.locator("[data-correct]").click()
        expect(one.get_by_role("slider", name="Knee")).to_be_visible()
        yield one


@pytest.fixture
def fingers(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def touch(fingers: CDPSession, kind: str, *places: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
    fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def box(one: Locator) -> dict[str, Any]:
    found = one.bounding_box()
    assert found is not None
    return {**found}


def middle(page: Page) -> tuple[float, float]:
    window = box(page.locator(".photo .window"))
    return window["x"] + window["width"] / 2, window["y"] + window["height"] / 2


def in_view(page: Page, one: Locator) -> bool:
    place, size = box(one), page.viewport_size
    assert size is not None
    return bool(place["y"] >= 0 and place["y"] + place["height"] <= size["height"] + 0.5)


def width(page: Page) -> float:
    return float(box(page.locator(".photo .sheet"))["width"])


def test_two_fingers_zoom_and_one_moves_the_photo(page: Page, fingers: CDPSession) -> None:
    (x, y), before = middle(page), width(page)
    y -= 60  # beside the points
    touch(fingers, "touchStart", (x - 20, y), (x + 20, y))
    for apart in (30, 40, 60):
        touch(fingers, "touchMove", (x - apart, y), (x + apart, y))
    touch(fingers, "touchEnd")
    assert width(page) == pytest.approx(3 * before, rel=0.1)
    left = box(page.locator(".photo .sheet"))["x"]
    touch(fingers, "touchStart", (x, y))
    touch(fingers, "touchMove", (x + 15, y))
    touch(fingers, "touchMove", (x + 30, y))
    touch(fingers, "touchEnd")
    assert box(page.locator(".photo .sheet"))["x"] == pytest.approx(left + 30, abs=2)
    # A point follows the finger by as many pixels of the photo as it passes.
    hip = page.get_by_role("slider", name="Hip")  # the knee lies outside the frame now
    if not in_view(page, hip):
        hip.scroll_into_view_if_needed()
    at = box(hip)
    page.mouse.move(at["x"] + 22, at["y"] + 22)
    page.mouse.down()
    page.mouse.move(at["x"] + 32, at["y"] + 22)
    page.mouse.up()
    assert box(hip)["x"] == pytest.approx(at["x"] + 10, abs=1)


def test_a_double_tap_zooms_in_and_out(page: Page) -> None:
    (x, y), before = middle(page), width(page)
    page.mouse.dblclick(x, y + 60)
    assert width(page) == pytest.approx(2.5 * before, rel=0.02)
    page.mouse.dblclick(x, y + 60)
    assert width(page) == pytest.approx(before, rel=0.02)


def test_save_is_in_sight_and_place_keeps_the_photo_there(page: Page) -> None:
    save, window = (
        page.get_by_role("button", name="Save correction"),
        page.locator(".photo .window"),
    )
    assert in_view(page, save)
    for name in ("hip", "ankle"):
        page.get_by_role("button", name=f"Place {name}").click()
        assert in_view(page, window)
        assert in_view(page, save)
        x, y = middle(page)
        page.touchscreen.tap(x + 12, y + 40)
        expect(page.locator(f"[data-point={name}] .moved")).to_contain_text("moved")
    expect(page.locator(".for-fingers")).to_be_visible()
    expect(page.locator(".for-keys")).to_be_hidden()


def test_the_photo_leaves_room_for_the_tools(page: Page) -> None:
    """However tall the photo is: it stays in sight, and what lies below must be reached."""
    page.set_viewport_size({"width": 640, "height": 480})
    assert box(page.locator(".photo .window"))["height"] <= 0.45 * 480 + 1


def test_escape_drops_the_point_first_and_then_closes(page: Page) -> None:
    place = page.locator("[data-point=knee] .place")
    start = place.inner_text()
    page.get_by_role("slider", name="Knee").press("Shift+ArrowDown")
    assert place.inner_text() != start
    page.get_by_role("button", name="Place hip").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Place hip")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".editor")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".editor")).to_be_hidden()
    expect(page.locator("[data-correct]")).to_be_focused()
    expect(page.locator(".tile .mark")).to_have_count(0)
    page.locator("[data-correct]").click()
    assert place.inner_text() == start
