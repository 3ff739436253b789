"""The guided camera, with a fake camera and injected readings of the accelerometer."""

import json
import math
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.server import create_app
from app.service.settings import Settings
from browser_support import assert_accessible, chromium
from http_support import NobodyEstimator, picture, running, wait_ready
from test_start_page import choose, held, put
from vision.metadata import gravity_from_vector

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


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with running(create_app(NobodyEstimator())) as address:
        wait_ready(address)
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*FAKE) as one:
        yield one


@contextmanager
def another(browser: Browser, *arguments: str) -> Iterator[Browser]:
    """A browser of other arguments beside the first one."""
    path = shutil.which("chromium")
    one = browser.browser_type.launch(executable_path=path, args=["--no-sandbox", *arguments])
    yield one
    one.close()


def phone(browser: Browser, width: int = 740, height: int = 360) -> BrowserContext:
    return browser.new_context(viewport={"width": width, "height": height}, has_touch=True)


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    """A phone held sideways that must not complain in its console."""
    context, complaints = phone(browser), list[str]()
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(service)
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


# --- the photo ----------------------------------------------------------------------------------


def test_the_photo_takes_gravity_with_it_and_another_photo_does_not(page: Page) -> None:
    page.evaluate(SHARES, reported(2, 1))
    view = open_camera(page)
    expect(view.locator(".camera-hint")).to_have_text("Tilt left 2°")
    shoot(view)
    expect(view.get_by_role("status")).to_have_text("The phone’s tilt is sent with the photo.")
    view.get_by_role("button", name="Again").click()
    shoot(view)
    view.get_by_role("button", name="Use it").click()
    assert held(page) == {"file": "camera photo.jpg"}
    x, y, z = map(float, gravities(page)[0].split(","))
    found = gravity_from_vector((x, y, z), portrait=False, origin="sent")
    assert found is not None
    assert (found.roll_deg, found.pitch_deg) == pytest.approx((2, 1), abs=0.01)
    choose(page, photos="several")
    choose(page, photos="one")  # it went to the left leg and came back, and gravity with it
    assert [bool(one) for one in gravities(page)] == [True, False, False]
    put(page, "file", picture(), "other.jpg")
    assert gravities(page) == ["", "", ""]


def test_a_moving_phone_sends_no_gravity(page: Page) -> None:
    page.evaluate(MOVES)
    view = open_camera(page)
    expect(view.locator(".camera-hint")).not_to_contain_text("No level")
    shoot(view)
    expect(view.get_by_role("status")).to_contain_text("The phone moved")
    view.get_by_role("button", name="Use it").click()
    assert list(held(page)) == ["file"]
    assert gravities(page) == ["", "", ""]


def test_after_the_left_leg_the_right_one_offers_itself(page: Page) -> None:
    choose(page, photos="several")
    page.evaluate(SHARES, reported(0, 0))
    view = open_camera(page, "Camera: Left leg, hanging")
    expect(view.get_by_role("heading")).to_have_text("Left leg near the camera")
    expect(view.locator(".camera-hint")).to_have_text("Level")
    shoot(view)
    view.get_by_role("button", name="Use it").click()
    expect(view.get_by_role("heading")).to_have_text("Now the right leg")
    expect(view.locator(".camera-ghost.mirrored")).to_have_count(0)
    page.evaluate(SHARES, reported(5, 0))
    expect(view.locator(".camera-hint")).to_have_text("Tilt left 5°")
    shoot(view)
    view.get_by_role("button", name="Use it").click()
    assert held(page) == {"left": "camera left.jpg", "right": "camera right.jpg"}
    before = gravities(page)
    page.locator(".slot:has(#left) select").select_option("right")
    assert gravities(page) == [before[0], before[2], before[1]]  # it moves with its photo
    assert len({*before}) == 3


def test_the_timer_counts_aloud_and_can_be_stopped(page: Page) -> None:
    view = open_camera(page)
    timer = view.get_by_role("button", name="In 5 seconds")
    timer.click()
    expect(view.locator(".camera-count")).to_have_text("5")
    timer.click()
    expect(view.locator(".camera-count")).to_be_hidden()
    timer.click()
    for left in "54321":
        expect(view.locator(".camera-count")).to_have_text(left)
        expect(view.get_by_role("status")).to_have_text(left)
    expect(view.get_by_role("button", name="Use it")).to_be_focused()


def test_the_count_is_spoken_by_a_voice_of_this_device_only(page: Page) -> None:
    page.evaluate(
        """() => {
          window.spoken = [];
          window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
          const voices = [{lang: "en-GB", localService: false, name: "far"},
            {lang: "es-ES", localService: true, name: "es"}, {lang: "en-US", localService: true, name: "near"}];
          Object.defineProperty(window, "speechSynthesis", {value: {
            getVoices: () => voices, cancel: () => {},
            speak: (said) => window.spoken.push([said.voice.name, said.text])}});
        }"""
    )
    view = open_camera(page)
    view.get_by_role("button", name="In 5 seconds").click()
    expect(view.locator(".camera-count")).to_have_text("4")
    page.keyboard.press("Escape")
    assert page.evaluate("window.spoken")[:2] == [["near", "5"], ["near", "4"]]


@pytest.mark.parametrize("why", ["front camera", "upright screen"])
def test_gravity_of_another_direction_is_not_sent(page: Page, why: str) -> None:
    """The front camera looks the other way; a picture of another shape than the screen was turned."""
    if why == "front camera":
        page.evaluate("MediaStreamTrack.prototype.getSettings = () => ({facingMode: 'user'})")
    else:
        page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(SHARES, reported(0, 0))
    view = open_camera(page)
    expect(view.locator(".camera-hint")).to_have_text("Level")
    shoot(view)
    view.get_by_role("button", name="Use it").click()
    assert list(held(page)) == ["file"]
    assert gravities(page) == ["", "", ""]


# --- without ------------------------------------------------------------------------------------


def test_the_sensor_is_asked_for_again_after_a_tap(page: Page) -> None:
    """As iOS does: it asks, and may have been told no before."""
    page.evaluate(
        """() => {
          window.answers = ["denied", "granted"];
          DeviceMotionEvent.requestPermission = async () => window.answers.shift();
        }"""
    )
    page.evaluate(SHARES, reported(3, 0))
    view = open_camera(page)
    expect(view.locator(".camera-hint")).to_contain_text("No level")
    view.get_by_role("button", name="Show the level").click()
    expect(view.locator(".camera-hint")).to_have_text("Tilt left 3°")
    expect(view.get_by_role("button", name="Show the level")).to_be_hidden()


def test_back_closes_the_camera(page: Page) -> None:
    page.evaluate("history.pushState({view: 1}, '')")
    open_camera(page)
    page.evaluate(
        "window.eye = document.querySelector('#camera-view video').srcObject.getTracks()[0]"
    )
    page.evaluate("window.dispatchEvent(new PopStateEvent('popstate', {state: {view: 0}}))")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("window.eye.readyState") == "ended"


def test_where_the_camera_is_refused_the_phones_own_is_offered(
    browser: Browser, service: str
) -> None:
    with another(browser, FAKE[0], "--deny-permission-prompts") as refusing:
        page = phone(refusing).new_page()
        page.goto(service)
        page.locator("label.camera").first.click()
        view = page.get_by_role("dialog")
        expect(view.get_by_text("not allowed to use the camera").last).to_be_visible()
        with page.expect_file_chooser() as chosen:
            view.get_by_role("button", name="Use the phone’s own camera").click()
        chosen.value.set_files({"name": "own.jpg", "mimeType": "image/jpeg", "buffer": picture()})
        assert held(page) == {"file": "own.jpg"}


def test_an_insecure_place_keeps_the_file_input(browser: Browser) -> None:
    named = Settings(allowed_hosts=("clinic.test",), without_keys=True)
    with (
        running(create_app(NobodyEstimator(), named)) as address,
        another(browser, *FAKE, "--host-resolver-rules=MAP clinic.test 127.0.0.1") as elsewhere,
    ):
        page = phone(elsewhere).new_page()
        page.goto(f"http://clinic.test:{address.rpartition(':')[2]}")
        assert page.evaluate("isSecureContext") is False
        with page.expect_file_chooser():
            page.locator("label.camera").first.click()


def test_axe_finds_nothing(page: Page) -> None:
    page.evaluate(SHARES, reported(0, 0))
    view = open_camera(page)
    expect(view.locator(".camera-hint")).to_have_text("Level")
    assert_accessible(page)
    shoot(view)
    assert_accessible(page)


# --- the whole way ------------------------------------------------------------------------------


def test_from_camera_to_verdict_by_the_phones_level(
    browser: Browser, tmp_path: Path, sample_images: Path, samples: list[dict[str, Any]]
) -> None:
    """A sample photo before the lens, its true roll felt by the phone."""
    row = next(one for one in samples if one["file"] == "right-near-1.jpg")
    film = tmp_path / "film.mjpeg"
    film.write_bytes((sample_images / row["file"]).read_bytes())
    with (
        running(create_app()) as address,
        another(browser, *FAKE, f"--use-file-for-fake-video-capture={film}") as filming,
    ):
        wait_ready(address)
        page = phone(filming, 1280, 800).new_page()
        page.goto(address)
        page.evaluate(SHARES, reported(row["true_roll_deg"], 0))
        view = open_camera(page)
        expect(view.locator(".camera-hint")).to_have_text("Tilt right 4°")
        shoot(view)
        view.get_by_role("button", name="Use it").click()
        page.set_default_timeout(60_000)  # on a busy machine
        page.get_by_role("button", name="Measure", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("fail", ignore_case=True)
        page.locator("details", has_text="Camera tilt").first.locator("summary").first.click()
        expect(
            page.get_by_text(re.compile(r"−(3\.[5-9]|4\.[0-3])° \(by the phone"))
        ).to_be_visible()
