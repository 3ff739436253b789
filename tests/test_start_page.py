"""The start page in a real browser: photos in and out of their places, answers, errors, axe."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.server import create_app
from app.service.settings import Settings
from browser_support import assert_accessible, watched
from http_support import NobodyEstimator, picture, running, wait_ready
from vision.observations import QUESTIONS

PHOTO = picture()
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["js", "no-js"])


def choose(page: Page, **answers: str) -> None:
    """Answer by tapping, as the radio buttons themselves are invisible."""
    for name, value in answers.items():
        folded = page.locator(f"details:not([open]):has([name={name}][value='{value}'])")
        for summary in folded.locator("> summary").all():
            summary.click()
        page.locator(f"label:has([name={name}][value='{value}'])").click()


def put(
    page: Page, name: str, data: bytes = PHOTO, file: str = "a.jpg", kind: str = "image/jpeg"
) -> None:
    page.locator(f"[name={name}]").set_input_files({"name": file, "mimeType": kind, "buffer": data})


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A service whose model finds nobody, with a small limit."""
    settings = Settings(max_upload_mb=0.2)
    with running(create_app(NobodyEstimator(), settings)) as address:
        wait_ready(address)
        yield address


@pytest.fixture
def page(browser: Browser, service: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    values = getattr(request.node, "callspec", None)
    with watched(browser, scripts=values is None or values.params.get("scripts", True)) as page:
        page.goto(service)
        yield page


BRING = """([kind, names, place]) => {
  const files = new DataTransfer();
  const bytes = (name) => new Uint8Array(name.endsWith("large.jpg") ? 300000 : 10);
  const type = (name) => name.endsWith(".jpg") ? "image/jpeg" : name.endsWith(".txt") ? "text/plain" : "";
  for (const name of names) files.items.add(new File([bytes(name)], name, {type: type(name)}));
  const target = place ? document.getElementById(place) : document.body;
  const more = {bubbles: true, cancelable: true};
  target.dispatchEvent(kind === "paste" ? new ClipboardEvent(kind, {clipboardData: files, ...more})
    : new DragEvent(kind, {dataTransfer: files, ...more}));
}"""


def bring(page: Page, kind: str, *names: str, place: str = "") -> None:
    page.evaluate(BRING, [kind, names, place])


def held(page: Page) -> dict[str, str]:
    """What lies in which place."""
    found = page.locator(".slot input[name]").evaluate_all(
        "all => all.map(one => [one.name, one.files[0]?.name])"
    )
    return {place: name for place, name in found if name}


def status(page: Page) -> Locator:
    return page.get_by_role("status")


# --- photos ---------------------------------------------------------------------------------


@SCRIPTS
def test_places_and_answers_make_an_examination(page: Page, scripts: bool) -> None:
    choose(page, photos="several", hip_pain="no", lower_back_flat="yes")
    put(page, "left")
    put(page, "right")
    choose(page, right_hip_pain="yes")
    page.get_by_text("Person, rule, camera tilt, notes").click()
    page.get_by_label("Person").fill("Anna B.")
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile("Left leg: not measured.*Right leg: not measured", re.DOTALL)
    )
    expect(page.get_by_text("Anna B.")).to_be_visible()
    for side, said in (("Left", "No"), ("Right", "Yes")):
        leg = page.get_by_role("region", name=f"{side} leg")
        expect(leg).to_contain_text(re.compile(f"Hip pain:? {said}"))
        expect(leg).to_contain_text(re.compile("Lower back flat:? Yes"))


def test_dropped_and_pasted_photos_find_their_places(page: Page) -> None:
    bring(page, "dragover", "x.jpg")
    expect(page.get_by_text("Drop photos anywhere")).to_be_visible()
    bring(page, "drop", "first.jpg")
    expect(page.get_by_text("Drop photos anywhere")).to_be_hidden()
    assert held(page) == {"file": "first.jpg"}
    bring(page, "drop", "anna-right-above.jpg", "b.jpg")
    after = {"left": "first.jpg", "right_above": "anna-right-above.jpg", "right": "b.jpg"}
    assert held(page) == after
    expect(page.get_by_role("radio", name="Several photos")).to_be_checked()
    bring(page, "paste", "c.heic", place="left_above")
    assert held(page) == {**after, "left_retest": "c.heic"}
    expect(status(page)).to_have_text("c.heic: Left leg, knee extended.")
    bring(page, "drop", "d.jpg", place="left")
    assert held(page)["left"] == "d.jpg"
    bring(page, "paste", "e.jpg", "f.jpg", "g.jpg")
    page.get_by_role("button", name="Different photos").click()
    expect(status(page)).to_have_text("No free place for g.jpg.")
    bring(page, "drop", "letter.txt")
    expect(status(page)).to_have_text("letter.txt is not a picture.")


def test_a_photo_is_moved_and_removed(page: Page) -> None:
    choose(page, photos="several")
    put(page, "left", file="a.jpg")
    put(page, "right", file="b.jpg")
    expect(page.get_by_alt_text("The photo you chose: Left leg, hanging")).to_be_visible()
    page.locator(".slot:has(#left) select").select_option("right")
    assert held(page) == {"left": "b.jpg", "right": "a.jpg"}
    expect(page.locator(".slot:has(#right) select")).to_be_focused()
    page.get_by_role("button", name="Remove Left leg, hanging").click()
    assert held(page) == {"right": "a.jpg"}
    expect(page.locator("#left")).to_be_focused()
    choose(page, photos="one")
    assert held(page) == {"file": "a.jpg"}
    choose(page, leg="right", photos="several")
    assert held(page) == {"right": "a.jpg"}


def test_a_picture_that_cannot_be_shown_keeps_its_name(page: Page) -> None:
    put(page, "file", b"heic", "IMG_1.HEIC", "")
    expect(page.locator(".held-name")).to_have_text("IMG_1.HEIC")
    expect(page.locator(".thumb")).to_have_count(0)


def test_the_camera_is_a_way_of_its_own(browser: Browser, service: str) -> None:
    with watched(browser, touch=True) as page:
        page.goto(service)
        camera = page.get_by_label("Take a photo")
        assert camera.get_attribute("capture") == "environment"
        assert page.locator("#file").get_attribute("capture") is None
        shot = {"name": "now.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
        camera.set_input_files(shot)  # type: ignore[arg-type]
        assert held(page) == {"file": "now.jpg"}
        page.get_by_role("button", name="Measure", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("This photo: not measured")


def test_what_cannot_be_measured_is_not_sent(page: Page) -> None:
    send = page.get_by_role("button", name="Measure", exact=True)
    send.click()
    expect(status(page)).to_have_text("Choose a photo first.")
    expect(page.locator("#file")).to_be_focused()
    put(page, "file")
    expect(status(page)).not_to_contain_text("Choose a photo first.")
    bring(page, "drop", "large.jpg")
    expect(page.get_by_text("Too large: 0.3 MB, at most 0.2 MB.")).to_be_visible()
    send.click()
    expect(page.locator("#file")).to_be_focused()
    expect(page.locator("#file")).to_have_attribute("aria-invalid", "true")


def test_busy_while_measuring(page: Page) -> None:
    choose(page, photos="several")
    put(page, "left")
    put(page, "left_retest")
    page.route("**/fetched", lambda route: None)  # never answered
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("button", name="Measuring…")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(status(page)).to_have_text("Sending 0 %")


@pytest.mark.parametrize(("height", "position"), [(740, "sticky"), (360, "static")])
def test_measure_stays_in_reach_but_never_over_a_low_screen(
    page: Page, height: int, position: str
) -> None:
    """In landscape, or at twice the size, a bar at the bottom would cover the photo's place."""
    bar = page.locator(".send-bar")
    page.set_viewport_size({"width": 740, "height": height})
    expect(bar).to_have_css("position", "static")  # nothing to send yet
    put(page, "file")
    expect(bar).to_have_css("position", position)


# --- errors ---------------------------------------------------------------------------------


def test_back_from_the_result_shows_what_would_be_sent_again(page: Page, tmp_path: Path) -> None:
    """After another page, browsers put the file back late: it must not be sent unseen."""
    (tmp_path / "last patient.jpg").write_bytes(PHOTO)
    page.locator("#file").set_input_files(tmp_path / "last patient.jpg")
    choose(page, hip_pain="yes")
    page.get_by_role("link", name="Help").click()
    page.wait_for_url("**/help")
    page.go_back()
    expect(page.locator(".held-name")).to_have_text("last patient.jpg")
    expect(page.locator("[name=hip_pain][value=yes]")).to_be_checked()
    page.get_by_role("link", name="Start with an empty form").click()
    expect(page.locator(".held-name")).to_have_count(0)
    expect(page.locator("[name=hip_pain][value=yes]")).not_to_be_checked()
    assert page.locator("#file").evaluate("(input) => input.files.length") == 0
    expect(page.locator("#kept")).to_be_hidden()


@SCRIPTS
def test_an_error_names_its_place_and_keeps_the_answers(page: Page, scripts: bool) -> None:
    choose(page, photos="several", knee_pain="no")
    put(page, "right", file="good.jpg")
    put(page, "right_retest", b"no photo", "bad.jpg")
    choose(page, criteria="magee")
    page.get_by_label("Notes").fill("<b>stiff</b>")
    page.get_by_label("Session").fill("before")
    page.get_by_role("button", name="Measure", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Right leg, knee extended: ")
    expect(alert).to_contain_text("Send a photo: JPEG")
    if scripts:  # and the photos are still there
        expect(alert).not_to_contain_text("choose them again")
        assert held(page) == {"right": "good.jpg", "right_retest": "bad.jpg"}
    else:
        expect(alert).to_contain_text("choose them again")
        expect(page.get_by_text("Before: bad.jpg.")).to_be_visible()
    expect(page.get_by_role("radio", name="Several photos")).to_be_checked()
    for name, value in (("knee_pain", "no"), ("criteria", "magee")):
        expect(page.locator(f"[name={name}][value={value}]")).to_be_checked()
    expect(page.get_by_label("Notes")).to_have_value("<b>stiff</b>")
    expect(page.get_by_label("Session")).to_have_value("before")
    place = page.locator("#right_retest")
    expect(place).to_have_attribute("aria-invalid", "true")
    alert.get_by_role("link").click()
    expect(place).to_be_focused()


# --- everybody ------------------------------------------------------------------------------


def test_axe_finds_nothing(page: Page) -> None:
    assert_accessible(page)
    page.goto(page.url)
    choose(page, photos="several")
    put(page, "left")
    expect(page.locator(".thumb")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    assert_accessible(page)
    put(page, "left", b"no photo")
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)


def test_answers_by_keyboard_alone(page: Page) -> None:
    page.get_by_text("What a photo cannot show").click()
    page.locator(f"[name={QUESTIONS[1].name}]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    checked = page.locator(".answers > .ask :checked").evaluate_all(
        "all => all.map(one => one.value)"
    )
    assert checked == ["yes", "no", *[""] * (len(QUESTIONS) - 3)]
