"""Chromium, watched: a page that complains, or that axe finds fault with, fails its test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect

if os.environ.get("THOMAS_TEST_SKIP_BROWSER") == "1":
    pytest.skip("THOMAS_TEST_SKIP_BROWSER is set", allow_module_level=True)

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong

SIZES = [(360, 740), (1280, 900)]


@contextmanager
def chromium(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, (
        "chromium is needed (apt-get install chromium libatomic1); "
        "THOMAS_TEST_SKIP_BROWSER=1 leaves these tests out"
    )
    browser = playwright.chromium.launch(
        executable_path=path, args=["--no-sandbox", "--disable-gpu", *arguments]
    )
    yield browser
    browser.close()


@contextmanager
def watched(browser: Browser, *, scripts: bool = True, touch: bool = False) -> Iterator[Page]:
    """A page that must not complain in its console."""
    size: ViewportSize = {"width": 360, "height": 740}
    context = browser.new_context(java_script_enabled=scripts, viewport=size, has_touch=touch)
    page, complaints = context.new_page(), list[str]()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    own = [one for one in complaints if "responded with a status of 4" not in one]
    assert not own, "\n".join(own)


def assert_accessible(page: Page) -> None:
    """No violation that axe knows of, and no sideways scrolling, small and large, light and dark."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            # All that differs in the dark is the colours.
            rules = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
            options = {"resultTypes": ["violations"], **rules}
            found = Axe().run(page, options=options).response["violations"]
            told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
            assert told == [], (width, scheme, told)
