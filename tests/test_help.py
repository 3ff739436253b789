"""The help is where people look for it, and the head of each page says what devices ask for."""

import io
import re
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from app.results.schemas import NOTICE
from app.web.static_files import FOLDER
from browser_support import assert_accessible, watched
from deploy.icons import ICONS, rendered
from http_support import client
from vision.observations import NOT_WITHOUT_A_CLINICIAN


@pytest.fixture
def http(service: str) -> Iterator[httpx.Client]:
    with client(service) as one:
        yield one


@pytest.mark.parametrize("scripts", [True, False])
def test_help_is_one_click_away_and_leads_to_the_api(
    service: str, browser: Browser, scripts: bool
) -> None:
    with watched(browser, scripts=scripts) as page:
        page.goto(service)
        page.get_by_role("navigation").get_by_role("link", name="Help").click()
        for title in (
            "How to take the photo",
            "What the numbers mean",
            "Privacy",
            "Not a medical device",
        ):
            expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.locator("main")).to_contain_text(str(NOTICE))
        for reason in NOT_WITHOUT_A_CLINICIAN:
            expect(page.locator("main")).to_contain_text(str(reason))
        page.get_by_role("link", name="Description of the API").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("API")


def test_help_is_accessible(service: str, browser: Browser) -> None:
    with watched(browser) as page:
        page.goto(f"{service}/help")
        assert_accessible(page)


@pytest.mark.parametrize("path", ["/", "/help", "/docs", "/nothing"])
def test_each_page_names_its_colours_description_and_icons(http: httpx.Client, path: str) -> None:
    html = http.get(path, headers={"Accept": "text/html"}).text
    sheet = (FOLDER / "page.css").read_text("utf-8")
    grounds = re.findall(r"--ground: (#\w+)", sheet)
    themes = re.findall(
        r'<meta name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)">', html
    )
    assert themes == [(grounds[0], "light"), (grounds[1], "dark")]
    assert re.search(r'<meta name="description" content="[^"]{50,160}">', html)
    icons = re.findall(r'<link rel="(icon|apple-touch-icon)" href="([^"]+)"', html)
    kinds = {(rel, http.get(f"/{href}").headers["content-type"]) for rel, href in icons}
    assert kinds == {
        ("icon", "image/svg+xml"),
        ("icon", "image/png"),
        ("apple-touch-icon", "image/png"),
    }


@pytest.mark.parametrize("name", ICONS)
def test_icons_are_those_of_the_drawing(browser: Browser, name: str) -> None:
    size_px, rounded, share = ICONS[name]
    kept = Image.open(FOLDER / "icons" / f"{name}.png")
    assert kept.size == (size_px, size_px)
    page = browser.new_page()
    drawn = Image.open(io.BytesIO(rendered(page, size_px, share, rounded=rounded)))
    page.close()
    pixels = (np.asarray(one.convert("RGBA"), np.int16) for one in (kept, drawn))
    # Browsers smooth edges a little differently.
    assert np.abs(np.subtract(*pixels)).mean() < 1
    corner = kept.convert("RGBA").getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert corner[3] == (0 if rounded else 255)
