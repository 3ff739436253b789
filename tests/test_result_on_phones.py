"""A result on a small phone: nothing is cut off the cropped photo, and the patient's text begins at its start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from browser_support import watched

SAMPLES: Final = Path(__file__).parents[1] / "sample_images"
CUT: Final = """() => {
  const frame = document.querySelector(".window").getBoundingClientRect();
  const inside = (one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return left >= frame.left - 0.5 && right <= frame.right + 0.5
      && top >= frame.top - 0.5 && bottom <= frame.bottom + 0.5;
  };
  const drawn = '.label, [data-line="thigh"].line, [data-line="shank"].line';
  return [...document.querySelectorAll(drawn)].filter((one) => !inside(one))
    .map((one) => one.textContent || one.dataset.line);
}"""
"""The limbs and angles that reach out of the frame."""
FRAME: Final = """() => {
  const { width, height } = document.querySelector(".window").getBoundingClientRect();
  const photo = document.querySelector(".window img").getBoundingClientRect();
  return [width / height, photo.width / photo.height, photo.width / width];
}"""


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser) as page:
        yield page


def measure(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.locator("#file").set_input_files(SAMPLES / f"{name}.jpg")
    page.locator("#send").click()
    page.wait_for_selector("#outcome")


@pytest.mark.parametrize("name", ["left-near-1", "left-near-3", "right-near-2", "right-far-2"])
def test_leg_and_angles_are_inside_the_frame(page: Page, service: str, name: str) -> None:
    measure(page, service, name)
    assert page.locator(".label").count() == 2
    assert page.evaluate(CUT) == []
    frame, photo, zoom = page.evaluate(FRAME)
    assert frame == pytest.approx(photo, rel=0.02)
    assert zoom > 1.2
    page.locator(".photo").click()
    frame, photo, zoom = page.evaluate(FRAME)
    assert frame == pytest.approx(photo, rel=0.02)
    assert zoom == pytest.approx(1)


def test_the_text_for_the_patient_is_read_from_its_start(page: Page, service: str) -> None:
    measure(page, service, "left-near-3")
    page.locator(".more-menu summary").click()
    page.get_by_role("button", name="For the patient").click()
    text = page.locator("#patient")
    expect(text.get_by_role("heading").first).to_be_in_viewport()
    assert text.evaluate("one => [one.scrollTop, one.scrollHeight > one.clientHeight]") == [0, True]


def test_the_client_list_leaves_the_result_as_it_looks(page: Page, service: str) -> None:
    measure(page, service, "left-near-3")
    look = "all => all.map((one) => [one.getBoundingClientRect().height, getComputedStyle(one).border])"
    tiles = page.locator(".tile, .tile .name")
    before = tiles.evaluate_all(look)
    page.locator(".more-menu summary").click()
    page.get_by_role("button", name="Keep in a client’s list").click()
    expect(page.locator("#clients-dialog")).to_have_css(
        "border-radius", "14px"
    )  # its styles are there
    assert tiles.evaluate_all(look) == before
