"""The squad's file is the batch's, and its order is that of doubt; once with the real model."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from app.batch.storage import Folder
from app.batch.tables import csv_table
from app.csv_tables import CsvStyle, read_table
from app.results.convert import measurement_out
from app.server import create_app
from app.service.keys import new_key
from app.service.settings import Settings
from browser_support import watched
from http_support import (
    measurable_sample,
    refused_sample,
    running,
    wait_ready,
)
from test_squad_page import judged, refused
from vision.measurement import measure

STYLES: Final = {
    "plain": CsvStyle(),
    "spreadsheet": CsvStyle(delimiter=";", decimal=",", byte_order_mark=True),
}


# --- the file -----------------------------------------------------------------------------------


def written_by_python(lines: list[dict[str, Any]], style: CsvStyle, folder: Path) -> bytes:
    with csv_table(Folder(folder), style) as add:
        for line in lines:
            add(line)
    return (folder / "results.csv").read_bytes()


def written_by_script(page: Page, lines: list[dict[str, Any]], style: str) -> bytes:
    code = """async (text) => {
      const {lines, style} = JSON.parse(text);
      const {STYLES, csv} = await import("./static/squad/csv.js");
      const {columns} = JSON.parse(document.getElementById("squad-data").textContent);
      return csv(lines, columns, STYLES[style]);
    }"""
    text: str = page.evaluate(code, json.dumps({"lines": lines, "style": style}))
    return text.encode()


TEXTS: Final = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r") | st.sampled_from("=+-@'\";,\t\n")
)
"""Without carriage returns: before Python 3.13, ``csv`` writes one without quotes."""


@pytest.fixture(scope="module")
def writer(browser: Browser, service: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(f"{service}/squad")
        yield page


@pytest.mark.parametrize("style", list(STYLES))
@given(
    path=TEXTS,
    subject=st.none() | TEXTS,
    deg=st.floats(-180, 180).map(lambda one: round(one, 2) + 0.0),
)
def test_the_same_file_as_the_batch_writes(
    writer: Page,
    tmp_path_factory: pytest.TempPathFactory,
    style: str,
    path: str,
    subject: str | None,
    deg: float,
) -> None:
    angle = {"value": deg, "interval": [deg - 4, deg + 4], "source": "automatic"}
    lines: list[dict[str, Any]] = [
        {**judged("pass", -9), "path": path, "subject": subject, "thigh_deg": angle},
        {**refused("no_person", "side_uncertain"), "path": path, "leg": "left"},
        {"path": path, "subject": subject, "error": {"code": "truncated_image", "detail": path}},
    ]
    expected = written_by_python(lines, STYLES[style], tmp_path_factory.mktemp("csv"))
    assert written_by_script(writer, lines, style) == expected


# --- the order ----------------------------------------------------------------------------------


def test_any_rows_are_sorted_by_doubt(writer: Page) -> None:
    """Every arrangement of one row of each kind comes out in the same order."""
    kinds: list[dict[str, Any]] = [
        {"state": "failed", "result": None},
        {"state": "done", "result": refused("no_person")},
        {"state": "done", "result": judged("borderline", -0.5)},
        {"state": "done", "result": judged("fail", 9, "provisional")},
        {"state": "done", "result": judged("fail", 9)},
        {"state": "done", "result": judged("pass", -9)},
        {"state": "waiting", "result": None},
    ]
    rows = [{"id": n, **one} for n, one in enumerate(kinds)]
    code = """async (text) => {
      const {sorted} = await import("./static/squad/rows.js");
      return JSON.parse(text).map((rows) => sorted(rows).map((one) => one.id));
    }"""
    arrangements = [list(one) for one in itertools.permutations(rows)][::97]
    found = writer.evaluate(code, json.dumps(arrangements))
    assert found == [list(range(len(kinds)))] * len(arrangements)


# --- the whole way ------------------------------------------------------------------------------


def test_real_photos_behind_a_key(browser: Browser, tmp_path: Path) -> None:
    """The browser's password goes with each photo; the file holds what Python measures."""
    secret, key = new_key("coach")
    with running(create_app(settings=Settings(keys=(str(key),)))) as address:
        wait_ready(address)
        context = browser.new_context(http_credentials={"username": "a", "password": secret})
        page = context.new_page()
        page.goto(f"{address}/squad")
        sample, bad = measurable_sample(), refused_sample()
        page.locator("#squad-files").set_input_files([sample, bad])
        expect(page.locator(".squad-status")).to_contain_text(
            "2 of 2 photos measured", timeout=60_000
        )
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV (commas").click()
        download.value.save_as(tmp_path / "squad.csv")
        context.close()
    table = read_table((tmp_path / "squad.csv").read_bytes(), "squad.csv")
    rows = [dict(zip(table.columns, cells, strict=True)) for _, cells in table.rows]
    assert [one["path"] for one in rows] == [bad.name, sample.name]
    out = measurement_out(measure(sample))
    assert out.thigh_deg is not None
    assert float(rows[1]["thigh_deg"]) == out.thigh_deg.value
    assert rows[1]["verdict"] == out.verdict
    assert rows[0]["measurable"] == "False"
