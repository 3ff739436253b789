"""A photo that is refused, at every door: the reason, the way to turn it, what it was judged by."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.results.convert import measurement_out
from app.results.schemas import FlagOut, MeasurementOut
from app.web.result_page import result_page
from app.web.svg_overlay import Shown
from browser_support import assert_accessible, watched
from http_support import (
    assert_problem,
    client,
    measurable_sample,
    picture,
    send,
)
from stick_figure import StickFigure, measure_figure
from test_cli import lines, thomas
from vision.criteria import RULE_SETS
from vision.cues import CUES
from vision.flags import FLAG_KINDS
from vision.photo import load_photo

GUIDE = RULE_SETS["guide"]
STANDING = StickFigure(thigh_deg=-85, knee_deg=0, held_deg=-85, trunk_deg=-85)


@pytest.fixture(scope="module")
def upside_down() -> bytes:
    """A sample photo that was stored upside down."""
    pixels = load_photo(measurable_sample()).pixels[::-1, ::-1]
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "JPEG", quality=95)
    return stream.getvalue()


@pytest.fixture(scope="module")
def service(measuring: str) -> str:
    return measuring


@pytest.fixture(scope="module")
def http(service: str) -> Iterator[httpx.Client]:
    with client(service) as one:
        yield one


# --- HTTP and JSON ----------------------------------------------------------------------------


def test_the_api_turns_a_photo_when_asked(http: httpx.Client, upside_down: bytes) -> None:
    refused = send(http, upside_down, {}).json()
    assert (refused["measurable"], refused["suggested_turn_deg"]) == (False, 180)
    assert refused["flags"][0]["code"] == "upside_down"
    turned = send(http, upside_down, {}, turn="180").json()
    assert turned["measurable"]
    assert turned["provenance"]["turn_deg"] == 180
    assert turned["suggested_turn_deg"] is None


@pytest.mark.parametrize("turn", ["45", "-90", "180.0", "upside"])
def test_the_api_refuses_other_turns(http: httpx.Client, upside_down: bytes, turn: str) -> None:
    assert_problem(send(http, upside_down, {}, turn=turn), 422, "invalid_option")


def test_every_result_lists_its_cues(http: httpx.Client, upside_down: bytes) -> None:
    for out in (send(http, upside_down, {}).json(), send(http, upside_down, {}, turn="180").json()):
        by_name = {cue["cue"]: cue for cue in out["position"]}
        assert list(by_name) == [kind.name for kind in CUES]
        for kind in CUES:
            cue = by_name[kind.name]
            assert (cue["limit"], cue["unit"]) == (kind.limit, kind.unit)
            assert (cue["ok"] is None) == (cue["value"] is None)
    assert all(cue["ok"] is not False for cue in out["position"])


def test_a_cue_that_was_not_asked_is_not_passed() -> None:
    out = measurement_out(measure_figure(StickFigure(thigh_deg=0.0, knee_deg=40.0)))
    foot = next(cue for cue in out.position if cue.cue == "foot_free")
    assert (foot.value, foot.ok) == (None, None)


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture
def stored(upside_down: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "stored.jpg"
    path.write_bytes(upside_down)
    return path


def test_the_command_line_says_how_to_turn_it_and_turns_it(stored: Path) -> None:
    refused = thomas("measure", stored, COLUMNS="200")
    assert refused.returncode == 3
    assert "upside_down (--turn 180)" in refused.stdout
    turned = thomas("measure", stored, "--turn", "180", "--json")
    assert turned.returncode == 0
    (line,) = lines(turned)
    assert line["measurable"]
    wrong = thomas("measure", stored, "--turn", "45")
    assert wrong.returncode == 2
    assert "must be 90, 180 or 270" in " ".join(wrong.stderr.split())


def test_explain_lists_every_cue_with_its_limit(stored: Path) -> None:
    told = thomas("measure", stored, "--explain", COLUMNS="200").stdout
    for kind in CUES:
        (row,) = re.findall(rf"^ *{kind.name} .*$", told, re.MULTILINE)
        assert kind.asks in row
    odd = [row.split()[0] for row in told.splitlines() if row.rstrip().endswith("odd")]
    assert {"face_up", "knee_bends_forward"} <= set(odd)
    assert "−0°" not in told


def test_a_batch_turns_all_its_photos(stored: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    stored.rename(folder / stored.name)
    run = thomas("batch", folder, tmp_path / "out", "--turn", "180", "--jobs", "1", "--quiet")
    assert run.returncode == 0, run.stderr
    line = json.loads((tmp_path / "out" / "results.jsonl").read_text("utf-8"))
    assert line["measurable"]
    assert line["provenance"]["turn_deg"] == 180


# --- the page -------------------------------------------------------------------------------------


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched(browser) as one:
        yield one


def test_the_page_turns_a_photo_and_keeps_the_answers(
    page: Page, service: str, upside_down: bytes
) -> None:
    photo: Any = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": upside_down}
    page.goto(service)
    page.locator("#file").set_input_files(photo)
    page.get_by_text("What a photo cannot show").click()
    page.locator("label:has([name=hip_pain][value=no])").click()
    page.locator("#send").click()
    expect(page.locator(".answer")).to_contain_text("upside down")
    assert page.locator("[data-correct]").count() == 0  # no points mend it
    expect(page.locator(".refusal .shot")).to_be_visible()
    page.locator(".refusal summary").click()
    assert page.locator(".cues tbody tr").count() == len(CUES)
    assert page.locator(".cues .odd").count() >= 3
    assert_accessible(page)
    page.get_by_role("button", name="Turn it over and measure").click()
    expect(page.locator(".tile .number").first).to_be_visible()
    assert "upside down" not in page.locator(".answer").inner_text()
    assert page.locator("[data-turn]").count() == 0
    data = json.loads(page.locator("#result-data").inner_text())["result"]
    assert data["observations"]["hip_pain"] == "no"
    assert data["provenance"]["turn_deg"] == 180


def test_without_javascript_the_same_photo_is_chosen_again(
    browser: Browser, service: str, upside_down: bytes
) -> None:
    photo: Any = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": upside_down}
    with watched(browser, scripts=False) as page:
        page.goto(service)
        page.locator("#file").set_input_files(photo)
        page.get_by_text("What a photo cannot show").click()
        page.locator("label:has([name=hip_pain][value=no])").click()
        page.locator("#send").click()
        expect(page.locator(".answer")).to_contain_text("upside down")
        page.locator("#turned-file").set_input_files(photo)
        page.locator(".turn-again button").click()
        expect(page.locator(".tile .number").first).to_be_visible()
        assert page.locator("input[name=turn]").count() == 0
        expect(page.locator(".answered")).to_contain_text("Hip pain: No")


SHOWN = Shown(picture(), None)
DRAWN = {
    code: kind for code, kind in FLAG_KINDS.items() if kind.blocking and code in {
        "standing", "sitting", "prone", "upside_down", "sideways", "pelvis_lifted", "body_twisted",
        "both_legs_down", "both_knees_up", "held_leg_not_folded", "knee_not_held",
        "foot_on_support", "several_people", "not_thomas_test", "joint_out_of_frame",
    }
}  # fmt: skip


def refused_for(code: str) -> MeasurementOut:
    kind = FLAG_KINDS[code]
    flag = FlagOut(code=code, blocking=True, text=kind.text, advice=kind.advice)
    return measurement_out(measure_figure(STANDING)).model_copy(update={"flags": (flag,)})


def test_every_refusal_for_a_posture_has_a_drawing_of_its_own() -> None:
    postures = {kind.refusal for kind in CUES} - {"impossible_knee"}
    assert postures <= set(DRAWN)
    drawings = set()
    for code in DRAWN:
        html = result_page(refused_for(code), GUIDE, shown={"photo": SHOWN})
        (drawing,) = re.findall(r'<svg class="shot".*?</svg>', html, re.DOTALL)
        assert "&lt;" not in drawing
        assert FLAG_KINDS[code].text.replace("'", "&#39;") in html
        drawings.add(drawing)
    assert len(drawings) == len(DRAWN)


def test_a_refusal_without_a_drawing_leads_to_how_to_take_the_photo() -> None:
    html = result_page(refused_for("passes_disagree"), GUIDE)
    assert 'class="shot"' not in html
    assert 'href="help#howto"' in html
