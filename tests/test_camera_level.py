"""Where down is, by the guided camera: the vector, and what is said of it."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from browser_support import chromium
from camera_support import (
    FAKE,
    SHARES,
    open_camera,
    phone_page,
    reported,
)
from test_start_page import choose, held
from vision.metadata import gravity_from_vector


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, *FAKE) as one:
        yield one


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    with phone_page(browser, service) as page:
        yield page


# --- where down is ------------------------------------------------------------------------------


def sent(page: Page, given: dict[str, Any]) -> Any:
    code = """async (text) => {
      const given = JSON.parse(text);
      const it = await import("./static/camera/sensor.js");
      const [x, y, z] = given.reported;
      const along = it.alongGravity({x, y, z}, given.apple);
      const screen = it.onScreen(along, given.angle);
      return [it.tiltOf(screen), it.forPicture(screen, given.picture)];
    }"""
    return page.evaluate(code, json.dumps(given))


@pytest.mark.parametrize("apple", [False, True], ids=["specification", "iOS"])
@pytest.mark.parametrize(("turned", "upright"), [(0, True), (90, False), (180, True), (270, False)])
def test_the_service_reads_the_tilt_that_was_shown(
    page: Page, rng: np.random.Generator, apple: bool, turned: int, upright: bool
) -> None:
    """Whatever the browser's sign and the screen's turn: the same roll and pitch as on the phone."""
    picture_size = {"width": 900, "height": 1600} if upright else {"width": 1600, "height": 900}
    for roll, pitch in rng.uniform((-44, -49), (44, 49), (20, 2)):
        reading = reported(roll, pitch, turned)
        given = {
            "reported": [-part for part in reading] if apple else reading,
            "apple": apple,
            "angle": turned,
            "picture": picture_size,
        }
        tilt, vector = sent(page, given)
        assert (tilt["rollDeg"], tilt["pitchDeg"]) == pytest.approx((roll, pitch), abs=1e-6)
        found = gravity_from_vector(tuple(vector), portrait=upright, origin="sent")
        assert found is not None
        assert (found.roll_deg, found.pitch_deg) == pytest.approx((roll, pitch), abs=0.002)


@pytest.mark.parametrize(
    "change",
    [
        {"apple": True},  # the sign of the other kind of browser: up would be down
        {"angle": 90},  # the screen is locked, and stands otherwise than the phone
        {"reported": reported(0, 55)},  # roll is hardly defined
        {"reported": [1.04 * part for part in reported(3, 2)]},  # the phone is being moved
        {"reported": [0, 0, 0]},
    ],
    ids=str,
)
def test_a_vector_that_cannot_be_right_is_not_sent(page: Page, change: dict[str, Any]) -> None:
    sound = {"reported": reported(3, 2), "apple": False, "angle": 0}
    size = {"picture": {"width": 900, "height": 1600}}
    assert sent(page, {**sound, **size})[1] is not None
    assert sent(page, {**sound, **size, **change})[1] is None


# --- what it shows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roll", "pitch", "said"),
    [
        (0.9, -4.8, "Level"),
        (1.6, 0, "Tilt left 2°"),
        (-3.2, 8, "Tilt right 3°"),
        (0, 7, "Tip the top away from you 7°"),
        (0.5, -5.4, "Tip the top towards you 5°"),
        (0, 60, "Hold the phone upright, as the screen stands"),
    ],
)
def test_it_says_how_to_hold_the_phone(page: Page, roll: float, pitch: float, said: str) -> None:
    view = open_camera(page)
    expect(view.get_by_role("status")).to_contain_text("No level")
    page.evaluate(SHARES, reported(roll, pitch))
    expect(view.locator(".camera-hint")).to_have_text(said)
    expect(view.get_by_role("status")).to_have_text(said)
    level = "level" in (view.get_attribute("class") or "").split()
    assert level == (said == "Level")
    line = view.locator(".camera-true")
    if pitch < 50:
        expect(line).to_have_attribute("transform", f"rotate({-roll:g})")


def test_announcements_wait_for_a_pause(page: Page) -> None:
    code = """async () => {
      const {Announcer} = await import("./static/camera/hints.js");
      const [region, heard] = [document.createElement("p"), []];
      new MutationObserver(() => heard.push(region.textContent)).observe(region, {childList: true});
      const one = new Announcer(region);
      for (const text of ["a", "b", "c", "d"]) { one.offer(text); await null; }
      await new Promise((resolve) => setTimeout(resolve));
      const before = [...heard];
      await new Promise((resolve) => { one.speak = ((own) => () => { own(); resolve(); })(one.speak.bind(one)); });
      await new Promise((resolve) => setTimeout(resolve));
      return [before, heard];
    }"""
    assert page.evaluate(code) == [["a"], ["a", "d"]]


def test_the_outline_lies_as_the_person_will(page: Page) -> None:
    """On the back with the head to the left, the right leg is near the camera."""
    page.get_by_text("What a photo cannot show").click()
    for leg, mirrored in (("right", False), ("left", True), ("", False)):
        choose(page, leg=leg)
        view = open_camera(page)
        ghost = view.locator(".camera-ghost.mirrored")
        expect(ghost).to_have_count(int(mirrored))
        switch = view.get_by_role("button", name="Head on the right")
        expect(switch).to_have_attribute("aria-pressed", str(mirrored).lower())
        switch.click()
        expect(ghost).to_have_count(int(not mirrored))
        page.keyboard.press("Escape")
        expect(view).to_be_hidden()
    assert held(page) == {}
