"""Where people read a number, a minus sign is one (U+2212), never a hyphen."""

import base64
import html
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.results.convert import measurement_out
from app.results.wording import cue_words, signed
from app.web.rejudge import PHOTO
from app.web.result_page import result_page
from app.web.svg_overlay import shown
from stick_figure import StickFigure, measure_figure
from vision.criteria import RULE_SETS
from vision.pen import WHITE, Pen
from vision.sentences import degrees, number

HYPHENED = re.compile(r"(?<![\w‐-―-])-\s?\d")
GOOD = StickFigure(thigh_px=100)
FIGURES = {
    "below": replace(GOOD, thigh_deg=-25.0, roll_deg=-3.0),
    "shank behind": replace(GOOD, thigh_deg=-8.0, knee_deg=95.0),
    "straight": replace(GOOD, thigh_deg=-2.0, knee_deg=0.5),
    "refused": replace(GOOD, held_deg=-5.0, held_knee_deg=10.0),
}


def visible(page: str) -> str:
    """All that a person may read or hear of a page."""
    kept = re.sub(r"<(script|style|code|pre)\b.*?</\1>", " ", page, flags=re.DOTALL)
    heard = " ".join(re.findall(r'(?:alt|aria-label|title|data-[\w-]+)="([^"]*)"', kept))
    return html.unescape(re.sub(r"<[^>]*>", " ", kept) + heard)


@pytest.mark.parametrize("name", FIGURES)
def test_pages_and_reports_write_a_real_minus(name: str) -> None:
    result = measure_figure(FIGURES[name])
    page = result_page(measurement_out(result), RULE_SETS["guide"], shown={PHOTO: shown(result)})
    reports = re.findall(r'"data:text/html;charset=utf-8;base64,([^"]+)"', page)
    assert bool(reports) == result.measurable
    for text in map(visible, [page, *(base64.b64decode(one).decode() for one in reports)]):
        assert not HYPHENED.findall(text)
        assert "−" in text


@given(st.floats(-999, -0.1))
def test_every_formatter_writes_a_real_minus(value: float) -> None:
    for text in (
        number(value, ".1f"),
        number(value, "g"),
        degrees(value),
        signed(value),
        cue_words(value, "degrees") if value <= -1 else "−",
        cue_words(value, "ratio"),
    ):
        assert "-" not in text.replace("e-", "")
        assert text.startswith("−")


def test_the_minus_in_a_picture_is_a_bar_as_wide_as_a_plus() -> None:
    def extent(text: str) -> tuple[int, int]:
        picture = Image.new("RGB", (1600, 1200))
        Pen(picture).label(text, np.array([800.0, 600.0]), WHITE)
        rows, columns = np.nonzero((np.asarray(picture) > 200).all(axis=2))
        return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1

    (plus_height, plus_width), (height, width) = extent("+"), extent("−")
    assert abs(width - plus_width) <= 2
    assert height < plus_height / 3
    whole = extent("−8.5°")[1]
    assert whole > extent("8.5°")[1] + width
