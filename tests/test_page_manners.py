"""A page is small and quick, and keeps the language that was chosen."""

import re

import pytest
from playwright.sync_api import Browser, expect

from browser_support import watched
from http_support import SAMPLES

MAX_BYTES = {"start": 90_000, "result": 220_000}
"""Compressed; the result is a page with one photo of a sample, and includes the start page."""
BUSY_S = {"start": 0.4, "result": 0.9}
"""Processor time of the page's thread, which other work on the machine does not lengthen."""


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.mark.parametrize("state", ["start", "result"])
def test_page_stays_within_its_budget(service: str, browser: Browser, state: str) -> None:
    with watched(browser) as page:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(service, wait_until="networkidle")
        if state == "result":
            page.locator("[name=file]").set_input_files(SAMPLES / "left-near-1.jpg")
            page.locator("#send").click()
            page.locator("#outcome").wait_for()
            page.wait_for_load_state("networkidle")
        sizes = page.evaluate(
            "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
            ".map((one) => one.encodedBodySize)"
        )
        assert sum(sizes) < MAX_BYTES[state], sizes
        assert len(sizes) > 2
        metrics = session.send("Performance.getMetrics")["metrics"]
        busy_s = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
        assert 0 < busy_s < BUSY_S[state]


def test_the_language_switch_holds_also_while_correcting(service: str, browser: Browser) -> None:
    with watched(browser) as page:
        page.goto(service)
        page.get_by_role("button", name="Español").click()
        expect(page.locator("html")).to_have_attribute("lang", "es")
        page.locator("[name=file]").set_input_files(SAMPLES / "left-near-1.jpg")
        page.locator("#send").click()
        page.get_by_role("button", name="Corregir los puntos").click()
        hip = page.get_by_role("slider").first
        hip.press("Shift+ArrowDown")
        live = page.locator("main").inner_text()
        assert "ajustado" in live
        assert re.search(r"\d,\d° por (debajo|encima) de la horizontal", live)
        assert not re.search(r"\d\.\d°", live)
