"""The squad table on a small phone: no number reaches into another, in any language."""

from typing import Final

import pytest
from playwright.sync_api import Browser, expect

from app.web.i18n.catalogue import LANGUAGES
from test_squad_page import Service, bring, result

WIDTH: Final = 360
SPILLED: Final = """() => [...document.querySelectorAll(".squad td, .squad button")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.trim())"""


def angle(value: float, half: float) -> dict[str, object]:
    return {"value": value, "interval": [value - half, value + half], "source": "automatic"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_numbers_fit(browser: Browser, service: str, language: str) -> None:
    context = browser.new_context(locale=language, viewport={"width": WIDTH, "height": 640})
    page = context.new_page()
    page.goto(f"{service}/squad")
    answers = Service(page)
    answers.automatic = result(
        thigh_deg=angle(-10.7, 12.4), knee_flexion_deg=angle(101.6, 15.5), measurable=True
    )
    bring(page, "a.jpg", "b.jpg")
    expect(page.locator("tr[data-state=done]")).to_have_count(2)
    assert page.evaluate(SPILLED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    context.close()
