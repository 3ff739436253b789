"""A refused photo gets its advice and one drawing: nothing to keep, and nothing that judges."""

import pytest
from playwright.sync_api import Browser, expect

from browser_support import watched
from http_support import refused_sample

VAIN = ("JSON", "FHIR", "Picture", "Save report", "Follow the advice beside each remark")


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.mark.parametrize("scripts", [True, False])
def test_only_the_advice_and_the_drawing_that_matters(
    service: str, browser: Browser, scripts: bool
) -> None:
    with watched(browser, scripts=scripts) as page:
        page.goto(service)
        page.locator("[name=file]").set_input_files(refused_sample())
        page.locator("#send").click()
        expect(page.locator("#outcome")).to_be_visible(timeout=60_000)
        main = page.locator("main")
        expect(main.locator("svg.shot")).to_have_count(1)
        expect(main.locator(".advice").first).to_be_visible()
        expect(main.locator("[download]")).to_have_count(0)
        expect(main.locator(".steps")).to_have_count(0)
        text = page.locator("body").inner_text()
        assert [words for words in VAIN if words in text] == []
        # Who wants to know more is one tap away from it.
        expect(main.get_by_role("link", name="How to take the photo")).to_be_visible()
