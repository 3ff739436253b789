"""Clips on the start page: their frames are proposed, chosen and sent; the clips are made here."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, Page, expect

from browser_support import assert_accessible, watched
from test_start_page import choose, held, put
from vision.clips import MAX_STEP
from vision.repeats import MAX_REPEATS

HOLD_S: Final = (1.5, 4.0)
"""When the camera of the clip below is held still, seconds."""
FPS: Final = 10


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(service)
        yield page


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that pans over a sample photo, rests for 2.5 s, and pans on."""
    path = tmp_path_factory.mktemp("clip") / "squat.webm"
    scene = cv2.imread(str(Path(__file__).parents[1] / "sample_images" / "right-near-2.jpg"))
    assert scene is not None
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), FPS, (640, 480))
    assert film.isOpened()
    start, end = (round(FPS * at_s) for at_s in HOLD_S)
    for frame in range(round(FPS * 5.5)):
        away = max(start - frame, frame - end, 0)
        left = 150 - 8 * away
        film.write(np.ascontiguousarray(scene[120:600, left : left + 640]))
    film.release()
    return path


def opened(page: Page, clip: Path, place: str = "file") -> Locator:
    page.locator(f"[name={place}]").set_input_files(clip)
    view = page.get_by_role("dialog", name="Choose frames of the clip")
    expect(view.get_by_role("button", name="Use the chosen frames")).to_be_focused(timeout=60_000)
    return view


def chosen_s(view: Locator) -> list[float]:
    frames = view.locator(".clip-chosen img")
    return [float(one.split()[2]) for one in frames.evaluate_all("all => all.map(one => one.alt)")]


def held_more(page: Page, leg: str) -> list[str]:
    found: list[str] = page.locator(f"[name={leg}_more]").evaluate(
        "input => [...input.files].map(one => one.name)"
    )
    return found


def from_clip(page: Page) -> dict[str, str]:
    return {leg: page.locator(f"[name={leg}_from_clip]").input_value() for leg in ("left", "right")}


# --- a clip -------------------------------------------------------------------------------------


def test_the_stillest_frames_are_proposed_and_the_choice_is_changed(page: Page, clip: Path) -> None:
    view = opened(page, clip)
    expect(view.get_by_role("status")).to_have_text("Proposed: the 3 stillest frames.")
    proposed = chosen_s(view)
    assert len(proposed) == 3
    assert all(HOLD_S[0] <= at_s <= HOLD_S[1] for at_s in proposed)
    assert min(np.diff(proposed)) >= 0.5
    moment = view.get_by_role("slider", name="Moment")
    assert "still" in (moment.get_attribute("aria-valuetext") or "")
    moment.fill("0.3")
    expect(view.locator(".clip-now")).to_have_text("0.3 s, moving")
    view.get_by_role("button", name="Add this frame").click()
    expect(view.locator(".clip-chosen li")).to_have_count(4)
    view.get_by_role("button", name=f"Remove the frame at {proposed[1]:.1f} s").click()
    assert chosen_s(view) == [0.3, proposed[0], proposed[2]]
    view.get_by_role("button", name="Use the chosen frames").click()
    ask = page.get_by_role("dialog", name="Which leg hangs in the clip?")
    ask.get_by_role("button", name="Right leg").click()
    expect(page.locator("#status")).to_have_text("squat 0.30 s.jpg: Right leg, hanging.")
    assert held(page) == {"right": "squat 0.30 s.jpg"}
    assert len(held_more(page, "right")) == 2
    assert from_clip(page) == {"left": "", "right": "yes"}
    size = page.locator("#right").evaluate(
        "async (input) => { const one = await createImageBitmap(input.files[0]);"
        " return [one.width, one.height, input.files[0].type]; }"
    )
    assert size == [640, 480, "image/jpeg"]


def test_no_more_frames_than_are_combined(page: Page, clip: Path) -> None:
    view = opened(page, clip)
    moment = view.get_by_role("slider", name="Moment")
    for at_s in ("0.3", "0.7"):
        moment.fill(at_s)
        view.get_by_role("button", name="Add this frame").click()
        expect(view.get_by_alt_text(f"Frame at {at_s} s")).to_be_visible()
    moment.fill("5.1")
    view.get_by_role("button", name="Add this frame").click()
    expect(view.get_by_role("status")).to_have_text("At most 5 frames: remove one first.")
    assert len(chosen_s(view)) == MAX_REPEATS


def test_only_frames_are_sent_and_they_are_marked_as_such(page: Page, clip: Path) -> None:
    page.get_by_text("What a photo cannot show").click()
    choose(page, leg="left")
    view = opened(page, clip)
    view.get_by_role("button", name="Use the chosen frames").click()
    expect(page.locator("#status")).to_contain_text("Left leg, hanging.")  # the leg was known
    assert from_clip(page) == {"left": "yes", "right": ""}
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("not measur", ignore_case=True)
    body = b"".join(sent)
    film = clip.read_bytes()
    assert film[1000:1100] not in body
    assert b"video/" not in body


def test_another_photo_ends_the_clip(page: Page, clip: Path) -> None:
    choose(page, photos="several")
    view = opened(page, clip, "left")
    view.get_by_role("button", name="Use the chosen frames").click()
    expect(page.locator("#status")).to_contain_text("Left leg, hanging.")
    put(page, "left")
    assert from_clip(page)["left"] == "yes", "two frames are left beside the photo"
    page.locator("[name=left_more]").set_input_files([])
    assert from_clip(page)["left"] == ""


def test_one_frame_is_a_photo_like_any_other(page: Page, clip: Path) -> None:
    view = opened(page, clip)
    for at_s in chosen_s(view)[1:]:
        view.get_by_role("button", name=f"Remove the frame at {at_s} s").click()
    view.get_by_role("button", name="Use the chosen frames").click()
    expect(page.get_by_alt_text("The photo you chose")).to_be_visible()
    assert list(held(page)) == ["file"]


def test_a_clip_without_rest_says_so(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "pan.webm"
    rng = np.random.default_rng(4)
    wide = cv2.GaussianBlur(rng.integers(0, 255, (240, 1400, 3), np.uint8), (0, 0), 5)
    wide = cv2.normalize(wide, wide, 0, 255, cv2.NORM_MINMAX)
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), FPS, (320, 240))
    for frame in range(30):
        film.write(np.ascontiguousarray(wide[:, 20 * frame : 20 * frame + 320]))
    film.release()
    view = opened(page, path)
    expect(view.get_by_role("status")).to_contain_text("There is no moment without movement.")
    assert len(chosen_s(view)) == 1


def test_a_clip_that_the_browser_recorded_has_no_length_until_its_end(page: Page) -> None:
    page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 240});
          const draw = canvas.getContext("2d");
          const recorder = new MediaRecorder(canvas.captureStream(20), {mimeType: "video/webm"});
          const parts = [];
          recorder.ondataavailable = (event) => parts.push(event.data);
          recorder.start();
          for (let n = 0; n < 20; n += 1) {
            draw.fillStyle = `rgb(${n}, 120, 60)`;
            draw.fillRect(0, 0, 320, 240);
            draw.fillStyle = "white";
            draw.fillRect(100, 80, 60, 90);
            await new Promise((done) => setTimeout(done, 60));
          }
          await new Promise((done) => { recorder.onstop = done; recorder.stop(); });
          const files = new DataTransfer();
          files.items.add(new File(parts, "recorded.webm", {type: "video/webm"}));
          window.dispatchEvent(new DragEvent("drop", {dataTransfer: files, cancelable: true}));
        }"""
    )
    view = page.get_by_role("dialog", name="Choose frames of the clip")
    expect(view.get_by_role("button", name="Use the chosen frames")).to_be_focused(timeout=60_000)
    length_s = float(view.get_by_role("slider").get_attribute("max") or 0)
    assert 0.5 < length_s < 10


def test_a_clip_that_cannot_be_read(page: Page) -> None:
    put(page, "file", b"no clip" * 100, "broken.mp4", "video/mp4")
    view = page.get_by_role("dialog", name="Choose frames of the clip")
    expect(view.get_by_role("status")).to_contain_text("This browser cannot read the clip.")
    expect(view.get_by_role("button", name="Use the chosen frames")).to_be_hidden()
    view.get_by_role("button", name="Cancel").click()
    assert held(page) == {}


def test_axe_finds_nothing(page: Page, clip: Path) -> None:
    view = opened(page, clip)
    assert_accessible(page)
    view.get_by_role("button", name="Use the chosen frames").click()
    expect(page.get_by_role("dialog", name="Which leg hangs in the clip?")).to_be_visible()
    assert_accessible(page)


# --- how still it is ----------------------------------------------------------------------------


def smooth(rng: np.random.Generator) -> np.ndarray:
    noise = rng.normal(120, 60, (130, 180)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 4) * 6


def shift_of(page: Page, one: np.ndarray, two: np.ndarray) -> float:
    code = """async ([one, two, width, height]) => {
      const {shift} = await import("./static/clip/steady.js");
      return shift({grey: one, width, height}, {grey: two, width, height});
    }"""
    height, width = one.shape
    given = [one.ravel().tolist(), two.ravel().tolist(), width, height]
    found: float = page.evaluate(code, given)
    return found


@pytest.mark.parametrize("pixels", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_the_shift_is_measured_whatever_the_contrast(
    page: Page, rng: np.random.Generator, pixels: float
) -> None:
    scene = smooth(rng)
    right = np.array([[1, 0, pixels], [0, 1, 0]], np.float32)
    moved = cv2.warpAffine(scene, right, (scene.shape[1], scene.shape[0]))
    one, two = scene[5:125, 10:170], moved[5:125, 10:170]
    # Along one axis, a shift changes the picture by its gradient along that axis only: 2 / pi.
    expected = pixels / 160 * 2 / np.pi
    for contrast, light in ((1.0, 0.0), (0.3, 25.0)):
        found = shift_of(page, one, contrast * two + light if contrast == 1 else two)
        assert found == pytest.approx(expected, rel=0.15, abs=2e-4)
    assert (shift_of(page, one, two) <= MAX_STEP) == (pixels <= 0.5)


@given(
    gaps=st.lists(st.floats(0.05, 1.0), min_size=1, max_size=40),
    moved=st.lists(st.floats(0, 0.01), min_size=40, max_size=40),
    most=st.integers(1, 5),
)
def test_stillest_is_still_apart_and_first_choice(
    steady: Page, gaps: list[float], moved: list[float], most: int
) -> None:
    at_s = np.cumsum(gaps).tolist()
    moved = moved[: len(at_s)]
    places: list[int] = steady.evaluate(
        "([atS, moved, most]) => window.steady.stillest(atS, moved, most, 0.5)", [at_s, moved, most]
    )
    assert places == sorted(places)
    assert 1 <= len(places) <= most
    assert int(np.argmin(moved)) in places
    assert all(at_s[b] - at_s[a] >= 0.5 - 1e-9 for a, b in itertools.pairwise(places))
    assert sum(moved[one] > MAX_STEP for one in places) == (min(moved) > MAX_STEP)


@pytest.fixture(scope="module")
def steady(browser: Browser, service: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(service)
        page.evaluate("async () => { window.steady = await import('./static/clip/steady.js'); }")
        yield page


# --- the whole way ------------------------------------------------------------------------------


def test_from_clip_to_the_mean_of_its_frames(browser: Browser, measuring: str, clip: Path) -> None:
    """By the real model: the frames are measured as one set-up, and their spread is shown."""
    with watched(browser) as page:
        page.goto(measuring)
        view = opened(page, clip)
        view.get_by_role("button", name="Use the chosen frames").click()
        page.get_by_role("button", name="Right leg", exact=True).click()
        expect(page.locator("#status")).to_contain_text("Right leg, hanging.")
        page.get_by_role("button", name="Measure", exact=True).click()
        combined = page.get_by_text("Mean of 3 photos of one set-up.")
        expect(combined).to_be_visible(timeout=60_000)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Right leg: ")
