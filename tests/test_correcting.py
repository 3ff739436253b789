"""Behind the result page: what it carries to correct by and to keep, without a browser."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from app.results.rescore import score
from app.results.rescore_input import ScoreIn
from app.results.schemas import MeasurementOut
from app.service.openapi import EXAMPLE
from app.web.downloads import files_of, report_of
from app.web.editor import TEXTS, correction
from app.web.rendering import WEB_DIR
from app.web.result_page import result_page
from app.web.svg_overlay import LINES, Shown, layer, shown
from http_support import client, picture
from stick_figure import StickFigure, measure_figure, measure_people
from vision.criteria import RULE_SETS
from vision.overlay import draw_overlay, plain_picture

GUIDE = RULE_SETS["guide"]
EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
HOSTILE = "</script><img src=x onerror=alert(1)>"
ONE_PLACE = {"x_px": 1, "y_px": 1}
FAR = {"x_px": 2_000_000, "y_px": 1}
SHOWN = Shown(picture(), None)


def example(**changes: object) -> MeasurementOut:
    return MeasurementOut.model_validate({**EXAMPLE, **changes})


def lower_knee() -> dict[str, dict[str, float]]:
    """The points of the example, the knee 20 px lower."""
    points = {name: {**place} for name, place in EXAMPLE["points"].items()}
    for place in points.values():
        place.pop("source", None)
    points["knee"]["y_px"] += 20
    return points


def moved(**changes: Any) -> dict[str, Any]:
    """A request of the page to correct the example."""
    return {"result": EXAMPLE, "changes": {"photo": {"points": lower_knee()}}, **changes}


def data_of(page: str) -> Any:
    """What the page carries for its scripts."""
    block = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert block is not None
    return json.loads(block[1])


def test_plain_picture_hides_faces_as_the_overlay_does_and_draws_nothing() -> None:
    result = measure_figure(StickFigure(thigh_deg=-12, knee_deg=95))
    plain, drawn = plain_picture(result), draw_overlay(result)
    assert plain.shape == drawn.shape
    x, y = result.pose.passes[0].people[0].points_px[0].round().astype(int)
    face = np.s_[max(y - 8, 0) : y + 8, max(x - 8, 0) : x + 8]
    assert np.array_equal(plain[face], drawn[face])
    assert not np.array_equal(plain, drawn)
    open_faced = plain_picture(result, show_face=True)
    assert np.array_equal(open_faced, result.photo.pixels)


def test_what_was_found_in_a_refused_photo_is_drawn_without_angles() -> None:
    refused = measure_figure(StickFigure(thigh_px=30))
    assert not refused.measurable
    found = shown(refused).found_px
    assert found is not None
    out = example(measurable=False, points=None, thigh_deg=None)
    drawn = layer(out, found)
    assert drawn is not None
    assert drawn.refused
    assert [name for name in LINES if drawn.lines[name]] == ["shank", "thigh", "joints"]
    assert shown(measure_people([])).found_px is None
    nobody = layer(out, None)
    assert nobody is not None
    assert not any(nobody.lines.values())


def test_without_the_photos_size_there_is_nothing_to_lay_lines_on() -> None:
    provenance = {**EXAMPLE["provenance"], "width_px": None, "height_px": None}
    assert layer(example(provenance=provenance), None) is None


def test_a_back_that_was_not_flat_cannot_be_corrected_away() -> None:
    out = example(observations={"lower_back_flat": "no"})
    assert correction(out, GUIDE, None) is None
    page = result_page(out, GUIDE, shown={"photo": SHOWN}, compact=True)
    assert 'class="card editor"' not in page
    assert "data-correct" not in page
    assert data_of(page)["legs"]["photo"]["correction"] is None
    assert page.count("data:image/jpeg") == 1


def test_pain_and_rotation_are_judged_beside_the_points() -> None:
    said = {"hip_pain": "yes", "rotation": "none", "abducted": "no"}
    data = correction(example(observations=said), GUIDE, None)
    assert data is not None
    assert sorted(data["others"]) == ["fail", "pass"]


def test_hostile_texts_stay_text() -> None:
    out = example(observations={"notes": HOSTILE}, subject=HOSTILE, session=HOSTILE)
    for compact in (False, True):
        page = result_page(out, GUIDE, shown={"photo": SHOWN}, compact=compact)
        assert HOSTILE not in page
        assert "onerror=alert" not in re.sub(
            r"onerror=alert\(1\)(&gt;|\\u003e|\\u0026gt;)", "", page
        )
    data = data_of(page)
    assert data["result"]["observations"]["notes"] == data["result"]["subject"] == HOSTILE
    assert HOSTILE not in data["files"]["report"]
    assert not re.search(r"[<>=/]", data["files"]["stem"])


def test_files_of_a_result() -> None:
    when = {**EXAMPLE["provenance"], "measured_at": "2026-11-25T10:15:00+01:00"}
    out = example(tested_leg=None, provenance=when)
    names = [one.name for one in files_of(out, report_of(out, GUIDE, {}), {})]
    stem = "thomas-test-2026-11-25-101500"
    assert names == [f"{stem}.html", f"{stem}.json", f"{stem}.fhir.json"]
    pictures = {"photo": picture()}
    out = example(subject="Anna", session="before/after", provenance=when)
    files = files_of(out, report_of(out, GUIDE, pictures), pictures)
    assert [one.label for one in files] == ["Report", "JSON", "FHIR", "Picture"]
    assert files[-1].name == "thomas-test-left-before-after-2026-11-25-101500.jpg"
    assert base64.b64decode(files[-1].href.partition(",")[2]) == picture()
    report = base64.b64decode(files[0].href.partition(",")[2]).decode()
    assert (report.count("data:image/jpeg"), "Anna" in report) == (1, True)


def test_every_text_of_the_editor_is_used_and_exists() -> None:
    scripts = "\n".join(
        path.read_text("utf-8") for path in sorted((WEB_DIR / "static").glob("*.js"))
    )
    used = set(re.findall(r"(?<![\w.])(?:this\.)?(?:data\.)?texts\.(\w+)", scripts))
    destructured = {"tilt", "place"}
    assert used | destructured | {"hip", "knee", "ankle", "level"} == set(TEXTS)


@pytest.fixture(scope="module")
def http(nobody: str) -> Iterator[httpx.Client]:
    with client(nobody) as one:
        yield one


def test_adjusted_page_says_what_the_api_says(http: httpx.Client) -> None:
    page = http.post("/adjusted", json=moved())
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    out = http.post("/v1/score", json={"measurement": EXAMPLE, "points": lower_knee()}).json()
    assert data_of(page.text)["result"] == out
    assert f"{abs(out['thigh_deg']['value']):.1f}°" in page.text
    assert "data:image" not in page.text  # the browser has the photo
    assert "Automatic: " in page.text


@pytest.mark.parametrize("legs", [{"left": None, "right": None}, {"left": "right"}])
def test_an_examination_without_its_legs_is_a_problem(
    http: httpx.Client, legs: dict[str, Any]
) -> None:
    """Neither is sent by the page; both must be told, not crash or be compared with themselves."""
    result = json.loads((EXAMPLES / "healthy.json").read_text("utf-8"))
    changed = {side: legs[side] and result[legs[side]] for side in legs}
    answer = http.post("/adjusted", json={"result": result | changed})
    assert answer.status_code == 422
    assert "no leg" in answer.text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"unknown": 1}, 422, "invalid_option"),
        ({}, 422, "invalid_option"),
        (moved(criteria="nonsense"), 422, "invalid_option"),
        (moved(changes={"left": {"points": lower_knee()}}), 422, "invalid_option"),
        (moved(found={"photo": [[1, 1], [2, 2], [3e6, 3]]}), 422, "invalid_option"),
        (moved(subject="x" * 201), 422, "invalid_option"),
        (
            moved(changes={"photo": {"points": dict.fromkeys(("hip", "knee", "ankle"), FAR)}}),
            422,
            "invalid_option",
        ),
        (
            moved(
                changes={"photo": {"points": dict.fromkeys(("hip", "knee", "ankle"), ONE_PLACE)}}
            ),
            422,
            "degenerate_limb",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_adjusted_is_a_problem(
    http: httpx.Client, body: dict[str, Any], status: int, code: str
) -> None:
    answer = http.post("/adjusted", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_other_sites_cannot_adjust(http: httpx.Client) -> None:
    answer = http.post("/adjusted", json=moved(), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_angles_by_hand_without_a_photo_are_judged_again(http: httpx.Client) -> None:
    angles = {"thigh_deg": -12, "knee_flexion_deg": 85}
    out = score(ScoreIn.model_validate({"angles": angles}), GUIDE)
    page = http.post("/adjusted", json={"result": out.model_dump(mode="json")})
    assert page.status_code == 200
    assert "12.0°" in page.text
    assert "<figure" not in page.text
