"""The client list on a small phone: trend and values of a client fit it, in any language."""

from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app.web.i18n.catalogue import LANGUAGES
from clients_support import NAME, PASSPHRASE, keep, measurement

WIDTH: Final = 360
SPILLED: Final = """() => [...document.querySelectorAll(".clients :is(table, td, th, button)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
  .map((one) => one.textContent.trim())"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_client_with_long_numbers_fits(browser: Browser, service: str, language: str) -> None:
    context = browser.new_context(locale=language, viewport={"width": WIDTH, "height": 640})
    page = context.new_page()
    page.goto(f"{service}/clients")
    assert page.locator("html").get_attribute("lang") == language
    page.locator("#page-new").fill(PASSPHRASE)
    page.locator("#page-again").fill(PASSPHRASE)
    page.locator("form", has=page.locator("#page-again")).locator("[type=submit]").click()
    page.locator("#new-name").fill(NAME)
    page.locator("[data-do=add] [type=submit]").click()
    expect(page.get_by_role("heading", name=NAME)).to_be_focused()
    for day, thigh_deg, knee_deg in (("10", -19.4, 101.3), ("20", -16.1, 128.6)):
        keep(page, measurement(thigh_deg, knee_deg, 12.5), f"2026-12-{day}")
    page.locator(".name", has_text=NAME).click()
    expect(page.locator(".trend table")).to_have_count(2)
    assert page.evaluate(SPILLED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    context.close()
