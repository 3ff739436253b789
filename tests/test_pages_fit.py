"""Every page fits a small phone in every language, with everything on it unfolded and shown.

Scripts are off: they would hide again what is shown here.
"""

from functools import partial
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Route

from app.web.i18n.catalogue import LANGUAGES
from browser_support import watched
from http_support import client
from test_pages_in_languages import pages_in

WIDTH: Final = 360
UNFOLD: Final = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const one of document.querySelectorAll("main [hidden]")) one.hidden = false;
}"""
SPILLED: Final = """() => [...document.querySelectorAll("h1, h2, button, .button, .tool, .pill span, .name")]
  .filter((one) => !one.closest(".unseen") && one.getClientRects().length)
  .filter((one) => getComputedStyle(one).display !== "inline")
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim())"""
"""Titles, buttons and names with a word that is wider than their box."""
TABLES: Final = """() => [...document.querySelectorAll("main table")]
  .filter((one) => one.getClientRects().length && one.offsetWidth > one.parentElement.clientWidth)
  .filter((one) => getComputedStyle(one.parentElement).overflowX === "visible")
  .map((one) => `a table: ${one.offsetWidth} of ${one.parentElement.clientWidth} px`)"""
"""Tables that reach out of their card."""


def too_wide(page: Page) -> list[str]:
    """What does not fit the page: itself, or texts in it."""
    page.wait_for_load_state("load")
    page.evaluate(UNFOLD)
    width = page.evaluate("document.documentElement.scrollWidth")
    spilled: list[str] = page.evaluate(SPILLED)
    wide: list[str] = page.evaluate(TABLES)
    return [*([f"the page: {width} px"] if width > WIDTH else []), *spilled, *wide]


def test_what_is_too_wide_is_found(service: str, browser: Browser) -> None:
    with watched(browser, scripts=False) as page:
        page.set_viewport_size({"width": WIDTH, "height": 640})
        page.goto(service)
        assert too_wide(page) == []
        button = page.locator("button[name=language]").first
        button.evaluate("one => { one.textContent = 'Oberschenkel'.repeat(9); }")
        button.evaluate("one => { one.style.overflowWrap = 'normal'; }")
        assert "the page" in too_wide(page)[0]
        button.evaluate("one => { one.style.width = '9rem'; }")
        assert "Oberschenkel" in too_wide(page)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_fits_a_small_phone(service: str, browser: Browser, language: str) -> None:
    headers = {"Accept-Language": language}
    with client(service) as http:
        own = {place: http.get(place, headers=headers) for place in ("/clients", "/help", "/squad")}
        answers = pages_in(http, language) | own
    with watched(browser, scripts=False) as page:
        page.set_viewport_size({"width": WIDTH, "height": 640})
        for number, (name, answer) in enumerate(answers.items()):
            place, kind = f"{service}/shown-{number}", answer.headers["content-type"]
            page.route(place, partial(Route.fulfill, body=answer.text, content_type=kind))
            page.goto(place)
            assert page.locator("html").get_attribute("lang") == language
            assert too_wide(page) == [], name
