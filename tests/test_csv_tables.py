"""Tables of spreadsheets: every cell arrives below its own column, or the row is named."""

import csv
import io
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agreement.rater_tables import read_readings
from app.batch.storage import Folder
from app.batch.tables import csv_table
from app.csv_tables import PLAIN, CsvStyle, degrees, read_cell, read_table, write_cell
from app.service.openapi import EXAMPLE
from vision.errors import InvalidOption

FORMULA = ("=", "+", "-", "@", "\t", "\r")
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text("'=+-@\t\ra", max_size=5)


@given(TEXTS)
def test_no_cell_is_taken_for_a_formula_and_each_is_read_as_it_was(text: str) -> None:
    cell = write_cell(text)
    assert not cell.startswith(FORMULA)
    assert cell.endswith(text)
    assert read_cell(cell) == text


@pytest.mark.parametrize("number", [-12.5, 0, None, True])
def test_numbers_stay_numbers(number: object) -> None:
    assert write_cell(number) is number


@given(
    st.lists(st.lists(st.text("a ,;\t\"'\n=-é", min_size=1), min_size=3, max_size=3), min_size=1),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_whatever_a_spreadsheet_writes_is_read(
    rows: list[list[str]], delimiter: str, encoding: str, end: str, excel: bool
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
    writer.writerow(["Path", "Thigh deg", "LEG"])
    writer.writerows([map(write_cell, row) for row in rows])
    text = f"sep={delimiter}{end}" * excel + file.getvalue()
    table = read_table(text.encode(encoding), "t.csv")
    assert table.columns == ("path", "thigh_deg", "leg")
    stripped = [tuple(read_cell(write_cell(cell).strip()) for cell in row) for row in rows]
    assert [cells for _, cells in table.rows] == [row for row in stripped if any(row)]


def test_rows_are_numbered_as_the_spreadsheet_numbers_them() -> None:
    table = read_table(b'sep=;\n\npath;leg\n"a\nb";L\n;\nc;R;\n', "t.csv")
    assert table.rows == ((4, ("a\nb", "L")), (6, ("c", "R")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,level_deg,leg\na,-3,9,left\n", "t.csv, row 2: 4 cells, the header has 3. Decimal"),
        ("path,leg\na,left\nb,,x\n", "t.csv, row 3: 3 cells"),
        ("path,Path\n", "names a column twice: 'path'"),
        ('path\n"a\n', "not valid CSV: unexpected end of data in line 2"),
    ],
)
def test_what_cannot_be_told_is_refused_by_row(text: str, said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        read_table(text.encode(), "t.csv")


@pytest.mark.parametrize(
    ("text", "value"),
    [("-3,9", -3.9), ("−3.9°", -3.9), ("+1e+01", 10), ("n/a", None), (" ", None), ("–", None)],
)
def test_degrees(text: str, value: float | None) -> None:
    assert degrees(text) == value


@pytest.mark.parametrize("text", ["1_0", "inf", "0x1", "1.2.3", "1,234,5", "٣", "=1", "3 4"])
def test_what_is_no_number_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        degrees(text)


STYLES: Final = {
    "plain": PLAIN,
    "excel": CsvStyle(";", ",", byte_order_mark=True),
    "decimal points": CsvStyle(";", ".", byte_order_mark=True),
    "decimal commas": CsvStyle(",", ","),
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_results_in_every_style_are_read_back(style: CsvStyle, tmp_path: Path) -> None:
    thigh = {"value": -3.9, "interval": [-7.2, -0.6], "source": "automatic"}
    knee = {"value": 84.0, "interval": [79.1, 88.9], "source": "automatic"}
    line = {**EXAMPLE, "path": "-1.jpg", "thigh_deg": thigh, "knee_flexion_deg": knee}
    refused = {**EXAMPLE, "path": "ä.jpg", "thigh_deg": None, "knee_flexion_deg": None}
    with csv_table(Folder(tmp_path), style) as add:
        add(line)
        add(refused)
    data = (tmp_path / "results.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") == style.byte_order_mark
    first, second = read_readings(tmp_path / "results.csv", "tool").rows
    assert (first.id, *first.angles.values()) == ("-1.jpg", -3.9, 84.0)
    assert (second.id, *second.angles.values()) == ("ä.jpg", None, None)
