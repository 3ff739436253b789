"""From a measured photo to the client list and back into the form; one real model behind all of it."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, expect

from browser_support import assert_accessible, watched
from clients_support import (
    NAME,
    PASSPHRASE,
    add_client,
    create_list,
    keep,
    measurement,
    run,
    show_client,
    stored,
    unlock,
)
from http_support import SAMPLES

LEFT, RIGHT = SAMPLES / "left-near-1.jpg", SAMPLES / "right-near-1.jpg"


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser) as one:
        yield one


def measure(page: Page, address: str, **photos: Any) -> None:
    page.goto(address)
    if "file" not in photos:
        page.locator("#several").check(force=True)
    for name, path in photos.items():
        page.locator(f"#{name}").set_input_files(path)
    page.locator("#send").click()
    page.wait_for_selector("#result-data", state="attached")


def open_menu(page: Page, name: str) -> None:
    page.locator(".more-menu summary").click()
    page.get_by_role("button", name=name).click()


def create_in_dialog(page: Page) -> None:
    dialog = page.locator("#clients-dialog")
    expect(dialog.get_by_text("Nobody can recover it")).to_be_visible()
    dialog.locator("#dialog-new").fill(PASSPHRASE)
    dialog.locator("#dialog-again").fill(PASSPHRASE)
    dialog.get_by_role("button", name="Create the list").click()


def result_of(page: Page) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(page.locator("#result-data").text_content() or "")
    found: dict[str, Any] = data["result"]
    return found


def test_a_result_is_kept_with_its_photo_and_compared_next_time(page: Page, service: str) -> None:
    sent: list[Request] = []
    page.context.on("request", lambda one: sent.append(one))
    measure(page, service, file=LEFT)
    result = result_of(page)
    asked = len(sent)
    open_menu(page, "Keep in a client’s list")
    create_in_dialog(page)
    dialog = page.locator("#clients-dialog")
    dialog.get_by_role("textbox", name="Name of the new client").fill(NAME)
    expect(dialog.locator("[name=on]")).to_have_value(result["provenance"]["measured_at"][:10])
    dialog.locator("[name=on]").fill("2026-01-02")
    assert_accessible(page)
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog.get_by_text(f"Kept for {NAME}.")).to_be_visible()
    (kept,) = run(page, "list", "it.resultsOf(it.clients()[0].id)")
    assert (kept["on"], kept["result"], kept["pictured"]) == ("2026-01-02", result, ["left"])
    pictures = run(page, "list", "it.picturesOf(given)", kept["id"])
    assert_same_picture(page, pictures["left"]["jpeg"])
    assert not any(word in json.dumps(stored(page)) for word in ("Erika", "2026-01-02", "jpeg"))
    assert {one.method for one in sent[asked:]} <= {"GET"}, "nothing of it is sent"
    dialog.get_by_role("button", name="Close").click()

    open_menu(page, "Before and after")
    dialog.get_by_role("button", name="Jan 2, 2026 · Left leg").click()
    expect(dialog.locator("[data-change]")).to_contain_text("Thigh unchanged: within the error")
    expect(dialog.get_by_role("slider")).to_be_visible()
    assert_accessible(page)


def assert_same_picture(page: Page, data: str) -> None:
    """The kept picture is that of the page, on which the service has hidden the face."""
    script = """async () => {
      const image = document.querySelector('#main .photo img[data-picture="photo"]');
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL("image/png");
    }"""

    def small(uri: str) -> Image.Image:
        content = base64.b64decode(uri.partition(",")[2])
        return Image.open(io.BytesIO(content)).convert("RGB").resize((64, 48))

    shown, kept = small(page.evaluate(script)), small(data)
    pairs = zip(shown.tobytes(), kept.tobytes(), strict=True)
    assert max(abs(one - other) for one, other in pairs) < 24


def test_both_legs_are_kept_and_a_client_is_chosen_in_the_form(page: Page, service: str) -> None:
    measure(page, service, left=LEFT, right=RIGHT)
    before = result_of(page)
    open_menu(page, "Keep in a client’s list")
    create_in_dialog(page)
    dialog = page.locator("#clients-dialog")
    dialog.get_by_role("textbox", name="Name of the new client").fill(NAME)
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog.get_by_text(f"Kept for {NAME}.")).to_be_visible()
    (kept,) = run(page, "list", "it.resultsOf(it.clients()[0].id)")
    assert kept["result"] == before
    assert sorted(kept["pictured"]) == ["left", "right"]

    page.goto(service)
    page.get_by_text("Person, rule, camera tilt, notes").click()
    page.get_by_role("button", name="Choose from the clients on this device").click()
    unlock(page)
    dialog.get_by_role("button", name="Left leg · Right leg").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#previous")).to_be_focused()
    chosen = page.locator("#previous").evaluate("(input) => input.files[0].text()")
    assert json.loads(chosen) == before
    name = page.locator("#previous").evaluate("(input) => input.files[0].name")
    assert name == f"result-{kept['on']}.json", "names nobody: it is sent"
    page.locator("#file").set_input_files(LEFT)
    page.locator("#send").click()
    page.wait_for_selector("#result-data", state="attached")
    (change,) = result_of(page)["changes"]
    assert change["side"] == "left"
    assert abs(change["thigh"]["difference_deg"]) < 0.3
    expect(page.locator("#comparison")).to_contain_text(change["text"])


def test_kept_for_a_client_who_is_there(page: Page, service: str) -> None:
    create_list(page, service)
    add_client(page)
    keep(page, measurement(15.0), "2026-01-02")
    measure(page, service, file=LEFT)
    open_menu(page, "Keep in a client’s list")
    dialog = page.locator("#clients-dialog")
    unlock(page, "not the passphrase")
    expect(dialog.get_by_text("Wrong passphrase.")).to_be_visible()
    unlock(page)
    expect(dialog.locator("#keep-client option:checked")).to_have_text(NAME)
    expect(dialog.get_by_role("textbox", name="Name of the new client")).to_be_hidden()
    dialog.get_by_label("Keep the photo too").uncheck()
    dialog.get_by_role("button", name="Keep", exact=True).click()
    expect(dialog.get_by_text(f"Kept for {NAME}.")).to_be_visible()
    assert stored(page)["pictures"] == []
    page.goto(f"{service}/clients")
    unlock(page)
    show_client(page)
    expect(page.locator(".trend svg")).to_have_count(2)
    expect(page.locator(".results li")).to_have_count(2)


def test_a_corrected_result_is_kept_as_it_is_shown(page: Page, service: str) -> None:
    measure(page, service, file=LEFT)
    page.locator("#who-subject").fill("Given later")
    page.locator("#who-subject").blur()
    data = "document.getElementById('result-data').textContent"
    page.wait_for_function(f"() => {data}.includes('Given later')")
    assert result_of(page)["subject"] == "Given later"
    open_menu(page, "Keep in a client’s list")
    create_in_dialog(page)
    page.locator("#keep-name").fill(NAME)
    page.locator("#clients-dialog").get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text(f"Kept for {NAME}.")).to_be_visible()
    (kept,) = run(page, "list", "it.resultsOf(it.clients()[0].id)")
    assert kept["result"]["subject"] == "Given later"
