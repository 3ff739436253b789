"""Several photos of one set-up: what is asked, where they go, what the service makes of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser_support import watched
from http_support import client, picture
from test_clip_frames import from_clip, held_more
from test_examination import repeated
from test_start_page import bring, choose, held


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(service)
        yield page


# --- several photos -----------------------------------------------------------------------------


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name="What do these photos show?")


def test_several_photos_without_names_are_asked_about(page: Page) -> None:
    bring(page, "drop", "a.jpg", "b.jpg", "c.jpg")
    assert held(page) == {}
    question(page).get_by_role("button", name="One set-up: the left leg").click()
    expect(page.locator("#status")).to_have_text("a.jpg: Left leg, hanging.")
    assert held(page) == {"left": "a.jpg"}
    assert held_more(page, "left") == ["b.jpg", "c.jpg"]
    assert from_clip(page) == {"left": "", "right": ""}
    expect(page.get_by_role("radio", name="Several photos")).to_be_checked()


def test_both_legs_are_an_answer_and_so_is_none(page: Page) -> None:
    bring(page, "drop", "a.jpg", "b.jpg")
    question(page).get_by_role("button", name="Cancel").click()
    assert held(page) == {}
    bring(page, "drop", "a.jpg", "b.jpg")
    question(page).get_by_role("button", name="Different photos").click()
    expect(page.locator("#status")).to_have_text("b.jpg: Right leg, hanging.")
    assert held(page) == {"left": "a.jpg", "right": "b.jpg"}


def test_several_files_can_be_chosen_in_one_place(page: Page) -> None:
    files: Any = [
        {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture()} for name in "ab"
    ]
    page.get_by_text("What a photo cannot show").click()
    choose(page, leg="right")
    page.locator("#file").set_input_files(files)
    assert question(page).get_by_role("button").all_inner_texts() == [
        "One set-up: the right leg", "Different photos: both legs, or other views", "Cancel",
    ]  # fmt: skip
    question(page).get_by_role("button", name="the right leg").click()
    expect(page.locator("#status")).to_have_text("a.jpg: Right leg, hanging.")
    assert held(page) == {"right": "a.jpg"}
    assert held_more(page, "right") == ["b.jpg"]
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("not measur", ignore_case=True)


# --- what the service makes of it ---------------------------------------------------------------


def test_frames_of_a_clip_average_out_less_than_photos_taken_anew() -> None:
    from test_examination import LEFT

    anew, frames = (repeated(LEFT, LEFT, LEFT, from_clip=one) for one in (False, True))
    for name in ("thigh", "knee_flexion", "shank_from_plumb"):
        one, other = (getattr(found.legs[0].measurement.reading, name) for found in (anew, frames))
        alone = getattr(anew.legs[0].photos[0].reading, name)
        assert one.sigma_deg < other.sigma_deg < alone.sigma_deg


def test_what_the_service_accepts(service: str) -> None:
    files = {"left": ("a.jpg", picture())}
    with client(service) as http:
        for said, code in (("yes", 200), ("", 200), ("maybe", 422)):
            answer = http.post("/v1/examinations", files=files, data={"left_from_clip": said})
            assert answer.status_code == code
        for said, code in (("-1,0,0.1", 200), ("0,0,0", 422), ("up", 422)):
            answer = http.post("/v1/examinations", files=files, data={"left_gravity": said})
            assert answer.status_code == code, answer.text
