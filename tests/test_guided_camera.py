"""The guided camera, with a fake camera and injected readings of the accelerometer."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from app.server import create_app
from app.service.settings import Settings
from browser_support import assert_accessible, chromium
from camera_support import (
    FAKE,
    MOVES,
    SHARES,
    another,
    gravities,
    open_camera,
    phone,
    phone_page,
    reported,
    shoot,
)
from http_support import NobodyEstimator, picture, running, wait_ready
from test_start_page import choose, held, put
from vision.metadata import gravity_from_vector


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, *FAKE) as one:
        yield one


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    with phone_page(browser, service) as page:
        yield page


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
