"""A phone with a fake camera and injected readings of its accelerometer."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

FAKE: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
G: Final = 9.80665
SHARES: Final = """([x, y, z]) => {
  clearInterval(window.readings);
  const share = () => window.dispatchEvent(new DeviceMotionEvent(
    "devicemotion", {accelerationIncludingGravity: {x, y, z}, interval: 16}));
  window.readings = setInterval(share, 16);
}"""
"""A phone whose accelerometer reports this, m/s², again and again."""
MOVES: Final = """() => {
  clearInterval(window.readings);
  let n = 0;
  const share = () => window.dispatchEvent(new DeviceMotionEvent("devicemotion", {
    accelerationIncludingGravity: {x: (n++ % 2 ? 1 : -1), y: 9.75, z: 0}, interval: 16}));
  window.readings = setInterval(share, 16);
}"""
REMEMBERED: Final = """() => {
  const field = (name) => document.querySelector(`[name=${name}]`).value;
  return ["gravity", "left_gravity", "right_gravity"].map(field);
}"""


def phone(browser: Browser, width: int = 740, height: int = 360) -> BrowserContext:
    return browser.new_context(viewport={"width": width, "height": height}, has_touch=True)


@contextmanager
def phone_page(browser: Browser, address: str) -> Iterator[Page]:
    """A phone held sideways that must not complain in its console."""
    context, complaints = phone(browser), list[str]()
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert complaints == []


def reported(roll_deg: float, pitch_deg: float, screen_deg: int = 0) -> list[float]:
    """What the specification has an accelerometer report, m/s²: the reaction to gravity.

    The screen stands upright but for roll and pitch; ``screen_deg`` is how far the device was
    turned anticlockwise before.
    """
    roll, pitch = math.radians(roll_deg), math.radians(pitch_deg)
    right, up, out = math.sin(roll) * math.cos(pitch), -math.cos(roll) * math.cos(pitch), 0.0
    out = math.sin(pitch)
    turn = math.radians(screen_deg)
    x = right * math.cos(turn) + up * math.sin(turn)
    y = -right * math.sin(turn) + up * math.cos(turn)
    return [-G * x, -G * y, -G * out]


def open_camera(page: Page, place: str = "Take a photo") -> Locator:
    page.locator("label.camera").filter(has_text=place).first.click()
    view = page.get_by_role("dialog")
    expect(view.get_by_role("button", name="Take the photo", exact=True)).to_be_focused()
    return view


def shoot(view: Locator) -> None:
    view.get_by_role("button", name="Take the photo", exact=True).click()
    expect(view.get_by_role("button", name="Use it")).to_be_focused()


def gravities(page: Page) -> list[str]:
    found: list[str] = page.evaluate(REMEMBERED)
    return found
