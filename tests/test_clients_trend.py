"""Trend, comparison and alignment of kept results: the browser's numbers against the server's."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from app.results.convert import difference_out, reading_of
from app.results.schemas import MeasurementOut
from app.web.clients import CONSTANTS
from browser_support import assert_accessible, watched
from clients_support import add_client, create_list, keep, measurement, run, show_client
from vision.comparison import compare_readings

CASES = 300


@pytest.fixture(scope="module")
def page(browser: Browser, service: str) -> Iterator[Page]:
    with watched(browser) as one:
        one.goto(f"{service}/clients")
        yield one


@pytest.fixture
def listed(browser: Browser, service: str) -> Iterator[Page]:
    with watched(browser) as one:
        create_list(one, service)
        add_client(one)
        yield one


def test_differences_are_those_of_the_server(page: Page, rng: np.random.Generator) -> None:
    pairs = [
        [
            measurement(*(round(float(one), 1) for one in rng.uniform((-40, 20, 1), (40, 130, 9))))
            for _ in range(2)
        ]
        for _ in range(CASES)
    ]
    code = """given.pairs.map(([first, last]) => it.ANGLES.map((name) =>
        it.compare(first[name], last[name], given.constants)))"""
    found = run(page, "results", code, {"pairs": pairs, "constants": CONSTANTS})
    for pair, ours in zip(pairs, found, strict=True):
        first, last = (reading_of(MeasurementOut.model_validate(one)) for one in pair)
        assert first is not None
        assert last is not None
        for mine, own in zip(ours, compare_readings(first, last), strict=True):
            assert mine["difference_deg"] == pytest.approx(own.difference_deg, abs=1e-9)
            assert mine["detectable_deg"] == pytest.approx(own.detectable_deg, abs=1e-9)
            assert mine["detectable"] is own.detectable


def rows(page: Page, title: str) -> list[list[str]]:
    table = page.locator(".trend", has_text=title).locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in table.all()]


def test_trend_of_a_leg(listed: Page) -> None:
    other = {**measurement()["provenance"], "calibration": "another"}
    kept = [
        ("2026-03-14", measurement(12.0, 60.0, 2.0)),
        ("2026-01-02", measurement(10.0, 60.0, 4.0)),
        ("2026-06-30", measurement(-4.0, 66.0, 3.0, provenance=other)),
    ]
    for on, result in kept:
        keep(listed, result, on)
    keep(listed, measurement(tested_leg=None), "2026-07-01")
    show_client(listed)
    expect(listed.locator(".trend svg")).to_have_count(2)
    first, *later = (MeasurementOut.model_validate(kept[at][1]) for at in (1, 0, 2))
    was = reading_of(first)
    assert was is not None
    for at, one in enumerate(later, 1):
        now = reading_of(one)
        assert now is not None
        for title, change in zip(("Thigh", "Knee"), compare_readings(was, now), strict=True):
            out = difference_out(change)
            told = "real" if out.detectable else "within the error"
            value = f"{abs(out.difference_deg):.1f}°"
            sign = "+" if out.difference_deg > 0 else "−" if out.difference_deg < 0 else ""
            cells = rows(listed, f"Left leg, {title}")[at]
            assert cells[3:] == [f"{sign}{value}: {told}", f"{out.detectable_deg:.1f}°"]
    thigh = rows(listed, "Left leg, Thigh")
    assert [row[0] for row in thigh] == [
        "Jan 2, 2026", "Mar 14, 2026",
        "Jun 30, 2026\n(measured with another model or calibration)",
    ]  # fmt: skip
    assert thigh[2][1:3] == ["−4.0°", "−7.0° … −1.0°"]
    expect(listed.locator(".trend", has_text="Right leg")).to_have_count(0)
    chart = listed.get_by_role("img", name="Left leg, Thigh: 3 measurements from Jan 2, 2026")
    expect(chart).to_be_visible()


def test_a_point_is_drawn_outside_the_band_when_and_only_when_the_change_is_real(
    listed: Page,
) -> None:
    for at, thigh in enumerate((5.0, 9.0, -1.0, 12.1, -14.0, 12.4)):
        keep(listed, measurement(thigh, 90.0, 1.0 + at % 3), f"2026-0{at + 1}-01")
    show_client(listed)
    chart = listed.locator(".trend", has_text="Left leg, Thigh").locator("svg")
    expect(chart).to_be_visible()
    corners = [
        (float(x), float(y))
        for x, y in re.findall(
            r"([\d.]+) ([\d.]+)", chart.locator(".band").get_attribute("d") or ""
        )
    ]
    half = len(corners) // 2
    above, below = dict(corners[1 : half - 1]), dict(corners[half + 1 : -1])
    dots = chart.locator(".dot").all()
    assert len(dots) == 6
    told = [row[3] for row in rows(listed, "Left leg, Thigh")]
    for dot, words in zip(dots, told, strict=True):
        x, y = (float(dot.get_attribute(name) or "nan") for name in ("cx", "cy"))
        inside = above[x] < y < below[x]
        assert inside is ("real" not in words), words
        assert ("real" in (dot.get_attribute("class") or "")) is ("real" in words)
    assert {"real" in words for words in told} == {True, False}


def test_measurements_of_one_day_do_not_hide_each_other(listed: Page) -> None:
    for thigh in (1.0, 2.0, 3.0):
        keep(listed, measurement(thigh), "2026-03-14")
    keep(listed, measurement(4.0), "2027-03-14")
    show_client(listed)
    dots = listed.locator(".trend", has_text="Left leg, Thigh").locator(".dot")
    expect(dots).to_have_count(4)
    across = [float(one.get_attribute("cx") or "nan") for one in dots.all()]
    assert min(np.diff(across)) >= 10


def similar(
    points: NDArray[np.float64], *, turn_deg: float, scale: float, shift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn counter-clockwise as seen (y runs down), scale and shift."""
    turn = np.radians(turn_deg)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    moved: NDArray[np.float64] = scale * points @ matrix.T + shift
    return moved


def test_photos_of_one_leg_come_to_lie_on_each_other(page: Page, rng: np.random.Generator) -> None:
    """However a photo is turned, enlarged and shifted, hip, knee and ankle land in one place."""
    cases, truths = [], []
    for _ in range(CASES):
        chain = rng.uniform(0, 1000, (3, 2))
        head = str(rng.choice(["left", "right"]))
        shots = []
        for mirrored in (False, bool(rng.random() < 0.3)):
            roll = float(rng.uniform(-20, 20))
            own = chain * ((-1, 1) if mirrored else (1, 1))
            seen = similar(
                own,
                turn_deg=roll,
                scale=float(rng.uniform(0.2, 5)),
                shift=rng.uniform(-500, 500, 2),
            )
            names = ("hip", "knee", "ankle")
            shots.append(
                {
                    "points": {
                        name: {"x_px": float(x), "y_px": float(y)}
                        for name, (x, y) in zip(names, seen, strict=True)
                    },
                    "level": {"roll_deg": roll},
                    "head_towards": {"left": "right", "right": "left"}[head] if mirrored else head,
                }
            )
        cases.append(
            {"shots": shots, "frame": {"hip": {"x": 250, "y": 180}, "leg_px": 400, "head": head}}
        )
        limbs = chain - chain[0]
        length = sum(np.linalg.norm(np.diff(chain, axis=0), axis=1))
        truths.append(limbs * 400 / length + (250, 180))
    code = """given.map(({ shots, frame }) => shots.map((shot) =>
        ["hip", "knee", "ankle"].map((name) => it.moved(it.placed(shot, frame), shot.points[name]))))"""
    for both, truth in zip(run(page, "align", code, cases), truths, strict=True):
        for placed in both:
            xy = np.array([[one["x"], one["y"]] for one in placed])
            assert np.allclose(xy, truth, atol=1e-6)


@pytest.mark.parametrize("missing", ["points", "level", "head_towards"])
def test_nothing_is_laid_on_each_other_without_points_and_level(page: Page, missing: str) -> None:
    shot = {**measurement(), missing: None}
    frame = {"hip": {"x": 0, "y": 0}, "leg_px": 400, "head": "left"}
    assert run(page, "align", "it.placed(given[0], given[1])", [shot, frame]) is None


def coloured(page: Page, colour: str) -> dict[str, Any]:
    """A picture of one colour, as large as the photo of the example, at half its size."""
    made = measurement()["provenance"]
    script = """([colour, width, height]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width / 2, height / 2];
      const context = canvas.getContext("2d");
      context.fillStyle = colour;
      context.fillRect(0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/jpeg");
    }"""
    jpeg = page.evaluate(script, [colour, made["width_px"], made["height_px"]])
    return {"left": {"jpeg": jpeg, "scale": 0.5}}


COLOURS = """(canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  const near = (at, [r, g, b]) =>
    Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 40;
  const share = (colour) => {
    let n = 0;
    for (let at = 0; at < data.length; at += 4) n += near(at, colour);
    return n / (width * height);
  };
  return { red: share([255, 0, 0]), blue: share([0, 0, 255]) };
}"""


def test_the_slider_wipes_from_the_earlier_to_the_later_photo(listed: Page) -> None:
    keep(listed, measurement(12.0), "2026-01-02", coloured(listed, "#ff0000"))
    keep(listed, measurement(-0.5), "2026-06-30", coloured(listed, "#0000ff"))
    show_client(listed)
    change = (
        "Thigh 12.5° lower: a real change (error 8.9°); knee unchanged: within the error (8.9°)."
    )
    expect(listed.locator("[data-change]")).to_have_text(change)
    canvas = listed.get_by_role("img", name=f"Left leg, Jan 2, 2026 and Jun 30, 2026: {change}")
    expect(canvas).to_be_visible()
    slider = listed.get_by_role("slider", name="Earlier photo on the left")
    slider.press("Home")
    assert canvas.evaluate(COLOURS)["red"] < 0.01
    assert canvas.evaluate(COLOURS)["blue"] > 0.3
    slider.press("End")
    assert canvas.evaluate(COLOURS)["blue"] < 0.01
    assert canvas.evaluate(COLOURS)["red"] > 0.3
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "99 % of the earlier photo")
    listed.locator("#compare-first").select_option(label="Jun 30, 2026")
    expect(listed.locator("[data-change]")).to_contain_text("Thigh unchanged")
    assert_accessible(listed)


def test_one_photo_alone_offers_no_comparison(listed: Page) -> None:
    keep(listed, measurement(12.0), "2026-01-02", coloured(listed, "#ff0000"))
    keep(listed, measurement(12.0), "2026-02-02")
    show_client(listed)
    expect(listed.locator(".trend svg")).to_have_count(2)
    expect(listed.locator("[data-compare]")).to_be_hidden()


def test_the_constants_are_those_of_the_comparison(page: Page) -> None:
    sent = json.loads(page.locator("#clients-constants").text_content() or "")
    assert sent == CONSTANTS
