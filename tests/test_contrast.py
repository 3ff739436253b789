"""Drawings and choices can be told apart: 3 : 1 (WCAG 2.2, success criterion 1.4.11), in both schemes."""

import re
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.web.static_files import FOLDER
from browser_support import watched

LEAST = 3.0
SCHEMES = ("light", "dark")
SHEET = (FOLDER / "page.css").read_text("utf-8")
COLOURS = dict(
    zip(
        SCHEMES,
        (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", one)) for one in SHEET.split("@media")[:2]),
        strict=True,
    )
)
GROUNDS = ("card", "ground", "quiet")
"""Of the panels of the drawings, of a place for a photo, and of one under the pointer."""


def luminance(red: float, green: float, blue: float) -> float:
    """Relative luminance of an sRGB colour, 0..255 each (WCAG 2.2)."""
    parts = [one / 255 for one in (red, green, blue)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    """Contrast of two colours, written #rrggbb or rgb(…)."""
    low, high = sorted(luminance(*rgb(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def rgb(colour: str) -> tuple[float, float, float]:
    if colour.startswith("#"):
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", colour))
    assert alpha in ([], [1.0]), colour
    return red, green, blue


def test_the_formula_is_that_of_the_guidelines() -> None:
    assert ratio("#ffffff", "#000000") == pytest.approx(21)
    assert ratio("#777777", "rgb(255, 255, 255)") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_legs_stand_out_from_their_ground_and_from_each_other(scheme: str) -> None:
    colours = COLOURS[scheme]
    legs = ("skin", "skin-far")
    pairs = [(leg, ground) for leg in legs for ground in GROUNDS] + list(combinations(legs, 2))
    ratios = {pair: ratio(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: round(one, 2) for pair, one in ratios.items() if one < LEAST} == {}


def test_the_drawings_have_these_colours(service: str, browser: Browser) -> None:
    colours = COLOURS["light"]
    with watched(browser) as page:
        page.goto(f"{service}/help")
        for selector, name in ((".limb:not(.far)", "skin"), (".limb.far", "skin-far")):
            strokes = page.locator(selector).evaluate_all(
                "all => [...new Set(all.map(one => getComputedStyle(one).stroke))]"
            )
            assert [rgb(one) for one in strokes] == [rgb(colours[name])]
        panel = page.locator(".panel").first.evaluate("one => getComputedStyle(one).fill")
        assert rgb(panel) == rgb(colours["card"])


CHOICES = """() => [...document.querySelectorAll(".pill")].map(pill => {
  const [input, face] = pill.children;
  input.checked = true;
  const style = getComputedStyle(face);
  return {
    name: `${input.name}=${input.value}`,
    ground: getComputedStyle(pill.parentElement).backgroundColor,
    marks: [style.backgroundColor, style.borderTopColor, style.boxShadow],
    border: parseFloat(style.borderTopWidth),
  };
})"""


def marks(choice: dict[str, Any]) -> list[str]:
    """What a selected choice has and others lack: its surface, and a line of 2 pixels around it."""
    surface, border, shadow = choice["marks"]
    found = [surface, *([border] if choice["border"] >= 2 else [])]
    line = re.match(r"(rgba?\([^)]*\)) 0px 0px 0px (\d+)px inset$", shadow)
    return [*found, *([line[1]] if line and int(line[2]) >= 2 else [])]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_selected_choice_stands_out_from_those_beside_it(
    service: str, browser: Browser, scheme: str
) -> None:
    with watched(browser) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(service)
        still(page)
        choices = page.evaluate(CHOICES)
    assert choices
    weak = {
        one["name"]: best
        for one in choices
        if (best := max(ratio(mark, one["ground"]) for mark in marks(one))) < LEAST
    }
    assert weak == {}


def still(page: Page) -> None:
    """Show the end of each transition at once."""
    page.emulate_media(reduced_motion="reduce")
