"""``thomas-test agree``: the files it reads, how it pairs them, and what it writes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner, Result

from app.agreement.statistics import agree
from app.commands.agree import agree_readings
from app.results.schemas import NOTICE
from page_reader import PageReader
from test_report import LOADING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COMMAND = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
COMMAND.command("agree")(agree_readings)
OURS = """id,thigh_deg,knee_flexion_deg,verdict
p0,-12.0,80.0,pass
p1,-4.5,71.5,pass
p2,0.0,66.0,borderline
p3,3.25,59.0,fail
p4,10.0,90.0,fail
"""
RATER = """id,thigh_deg,knee_flexion_deg,verdict
p0,-11.0,78.0,pass
p1,-2.5,69.5,borderline
p2,1.0,64.0,borderline
p3,5.25,57.0,fail
p4,11.0,88.0,fail
"""
EVIL = "</title></style><script>alert(1)</script><img src=//evil.test/x onerror=a()>"


def run(folder: Path, ours: str | bytes, rater: str | bytes, *options: str) -> Result:
    for name, text in (("a.csv", ours), ("b.csv", rater)):
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    arguments = [str(folder / "a.csv"), str(folder / "b.csv"), *options]
    return CliRunner(env={"COLUMNS": "120"}).invoke(COMMAND, arguments)


def compared(folder: Path, ours: str | bytes, rater: str | bytes, *options: str) -> dict[str, Any]:
    done = run(folder, ours, rater, "--json", *options)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout, parse_constant=pytest.fail)
    return found


def refused(folder: Path, ours: str | bytes, rater: str | bytes, *options: str) -> str:
    done = run(folder, ours, rater, *options)
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    return " ".join(done.stderr.split()).partition("Error: Invalid value: ")[2]


# --- results ------------------------------------------------------------------------------------


def test_json_is_what_the_kit_computes(tmp_path: Path) -> None:
    found = compared(tmp_path, OURS, RATER)
    expected = agree([-12, -4.5, 0, 3.25, 10], [-11, -2.5, 1, 5.25, 11])
    assert found["pairs"] == found["thigh_deg"]["n"] == 5
    assert found["thigh_deg"]["bias_deg"] == expected.bias_deg == pytest.approx(1.4)
    assert found["thigh_deg"]["limits_deg"] == list(expected.limits_deg)
    assert found["thigh_deg"]["icc"]["interval"] == list(expected.icc.interval or ())
    assert found["knee_flexion_deg"]["bias_deg"] == -2
    assert found["verdict"]["counts"] == [[1, 1, 0], [0, 1, 0], [0, 0, 2]]
    assert found["verdict"]["categories"] == ["pass", "borderline", "fail"]
    assert found["first"] == {"name": "a", "file": "a.csv", "readings": 5}
    assert found["notes"] == []


def test_text_for_people(tmp_path: Path) -> None:
    done = run(tmp_path, OURS, RATER, "--names", "Us, Rater")
    assert done.exit_code == 0, done.output
    assert "5 pairs. Differences are Rater minus Us." in done.stdout
    assert "−2.0° (−2.0° to −2.0°)" in done.stdout
    assert "Verdicts: 80\N{NO-BREAK SPACE}% of 5 the same, Cohen’s kappa 0.71" in done.stdout
    assert NOTICE in done.stderr


def test_without_numbers_in_both(tmp_path: Path) -> None:
    gappy = RATER.replace("p1,-2.5,69.5", "p1,,n/a").replace("p2,1.0", "p2,NaN")
    found = compared(tmp_path, OURS, gappy + "p9,1,2,fail\n")
    assert (found["thigh_deg"]["n"], found["knee_flexion_deg"]["n"]) == (3, 4)
    assert found["notes"] == [
        "b.csv: 1 of 6 readings have no partner.",
        "thigh_deg: 2 of 5 pairs left out, it is missing in one or both.",
        "knee_flexion_deg: 1 of 5 pairs left out, it is missing in one or both.",
    ]


def test_only_the_thigh_was_read(tmp_path: Path) -> None:
    found = compared(tmp_path, OURS, "ID,Thigh_deg\np0,-10\np1,-4\np2,1\n")
    assert found["thigh_deg"]["n"] == 3
    assert found["knee_flexion_deg"] is None
    assert found["verdict"] is None
    assert "knee_flexion_deg: no such column in b.csv." in found["notes"]
    assert "verdict: no such column in b.csv." in found["notes"]


def test_readings_that_never_differ(tmp_path: Path) -> None:
    same = "id,thigh_deg,knee_flexion_deg,verdict\n" + "".join(f"p{i},5,60,pass\n" for i in "abc")
    found = compared(tmp_path, same, same)
    assert found["thigh_deg"]["icc"]["value"] is found["verdict"]["kappa"] is None
    assert "thigh_deg: All readings are the same." in found["notes"]
    assert "verdict: There is only one verdict." in found["notes"]
    assert "–" in run(tmp_path, same, same).stdout


# --- dialects -----------------------------------------------------------------------------------


def german(text: str) -> str:
    return text.replace(",", ";").replace(".", ",")


@pytest.mark.parametrize(
    "text",
    [
        german(RATER),
        german(RATER).replace("\n", "\r\n"),
        "\ufeff" + german(RATER),
        RATER.replace(",", "\t"),
        RATER.replace("thigh_deg", " Thigh_Deg ").replace("fail", "FAIL"),
        RATER.replace("-", "−").replace("\np0", "\n\n,,,\n p0 "),
        "".join(f'"{line.replace(",", chr(34) + "," + chr(34))}"\n' for line in RATER.split()),
        RATER.replace("11.0,", "1.1e+01,"),
        RATER.replace("11.0,", "11.0°,"),
        RATER.replace("\n", ",,\n"),
        RATER.encode("utf-16"),
        RATER.encode("utf-16-le"),
        RATER.encode("utf-16-be"),
        "sep=;\n" + german(RATER),
        "sep=;\r\n" + german(RATER).replace("\n", "\r\n"),
        RATER.replace("thigh_deg", "Thigh Deg").replace("knee_flexion_deg", "knee-flexion deg"),
        "".join(f"{number},{row}\n" for number, row in enumerate(RATER.split())).replace(
            "0", "", 1
        ),
    ],
    ids=[
        "semicolons",
        "crlf",
        "bom",
        "tabs",
        "case",
        "gaps",
        "quotes",
        "exponent",
        "°",
        "ragged",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "excel",
        "excel crlf",
        "spaces",
        "pandas",
    ],
)
def test_dialects(text: str | bytes, tmp_path: Path) -> None:
    found, plain = compared(tmp_path, OURS, text), compared(tmp_path, OURS, RATER)
    assert {**found, "second": None} == {**plain, "second": None}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "b.csv needs a column id or path; it has none."),
        (b"\xff\xd8\xff\xe0junk", "b.csv is not in UTF-8; save it as CSV UTF-8."),
        ("id,thigh_deg\np0,1".encode("utf-16")[:-1], "b.csv is not in UTF-8"),
        ("name,thigh_deg\n", "b.csv needs a column id or path; it has 'name', 'thigh_deg'."),
        ("id,thigh_deg,thigh_deg\n", "b.csv names a column twice: 'thigh_deg'."),
        ('id,thigh_deg\n"p0,1\n', "b.csv is not valid CSV: unexpected end of data in line 2."),
        ("id,thigh_deg\np0,steep\n", "b.csv, row 2, column thigh_deg: 'steep' is not a number"),
        ("id,thigh_deg\n\np0,1.2.3\n", "b.csv, row 3, column thigh_deg: '1.2.3' is not a number"),
        ("id,thigh_deg\np0,inf\n", "'inf' is not a number"),
        ("id,thigh_deg\np0,1e+99\n", "b.csv, row 2, column thigh_deg: '1e+99' is not within ±180°"),
        ("id,thigh_deg\np0,=1+1\n", "'=1+1' is not a number"),
        ("id,thigh_deg\n,1\n", "b.csv, row 2, column id: it is empty."),
        ("thigh_deg,id\n1\n", "b.csv, row 2, column id: it is empty."),
        ("id,thigh_deg\np0,1,5\n", "row 2: 3 cells, the header has 2. Decimal commas need"),
        ("id,thigh_deg,verdict\np0,1,good\n", "row 2, column verdict: 'good' is none of pass, "),
        ("id,thigh_deg\np0,1\np0,2\n", "b.csv, row 3: 'p0' stands in row 2 already."),
        ("id,thigh_deg\n", "No photo occurs in both: a.csv has 'p0' and b.csv has no readings."),
        ("id,thigh_deg\nx,1\n", "No photo occurs in both: a.csv has 'p0' and b.csv has 'x'."),
        ("id,thigh_deg\np0,1\np1,2\n", "at least 3 pairs are needed; here are 2."),
        ("id,remarks\np0,-\np1,-\np2,-\n", "thigh_deg: no such column in b.csv."),
        (b"id,thigh_deg\np0," + b"1" * 200_000 + b"\n", "not valid CSV: field larger than"),
        (b"id,thigh_deg\n" + b"\n" * 10_000_000, "b.csv has more than 10 MB."),
    ],
)
def test_hostile_files(text: str | bytes, said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, OURS, text)


def test_wrong_usage(tmp_path: Path) -> None:
    for names in ("Us", "Us,Us", "Us,", "a,b,c", f"Us,{'x' * 41}"):
        said = refused(tmp_path, OURS, RATER, "--names", names)
        assert "--names takes two different names" in said
    assert "Neither file has a column 'Photo'" in refused(tmp_path, OURS, RATER, "--id", "Photo")
    one = str(tmp_path / "a.csv")
    assert "Second minus First" in CliRunner().invoke(COMMAND, [one, one]).stdout
    missing = CliRunner().invoke(COMMAND, [str(tmp_path / "nowhere.csv"), str(tmp_path / "b.csv")])
    assert missing.exit_code == 2
    assert "No such file" in " ".join(missing.stderr.split())


# --- pairing ------------------------------------------------------------------------------------


def column(*ids: str, name: str = "id", thigh: float = 0) -> str:
    rows = "".join(f'"{one}",{thigh + i}\n' for i, one in enumerate(ids))
    return f"{name},thigh_deg\n{rows}"


def test_paths_pair_by_file_name(tmp_path: Path) -> None:
    ours = column("day 1/a.jpg", "day 1/b.jpg", "c.jpg", name="path")
    rater = column("a.jpg", r"C:\photos\b.jpg", "c.jpg")
    found = compared(tmp_path, ours, rater)
    assert (found["pairs"], found["thigh_deg"]["bias_deg"]) == (3, 0)


def test_the_table_of_a_batch(tmp_path: Path) -> None:
    batch = (
        "path,measurable,verdict,leg,thigh_deg,thigh_low_deg,knee_flexion_deg,error\n"
        "in/p0,True,pass,left,-12.0,-15.0,80.0,\nin/p1,True,fail,right,-4.0,-7.0,71.0,\n"
        "in/p2,True,fail,left,1.0,-2.0,66.0,\nin/p3,False,not_measurable,,,,,\n"
        "in/p4,,,,,,,not_an_image\n"
    )
    found = compared(tmp_path, batch, RATER)
    assert (found["pairs"], found["thigh_deg"]["n"], found["verdict"]["n"]) == (5, 3, 3)


def test_a_file_name_that_is_not_the_only_one_pairs_with_nothing(tmp_path: Path) -> None:
    ours = column("1/a.jpg", "2/a.jpg", "b.jpg", "c.jpg", "d.jpg", name="path")
    found = compared(tmp_path, ours, column("a.jpg", "b.jpg", "c.jpg", "d.jpg"))
    assert found["pairs"] == 3
    assert found["notes"][:2] == [
        "a.csv: 2 of 5 readings have no partner.",
        "b.csv: 1 of 4 readings have no partner.",
    ]


def test_exact_ids_come_first(tmp_path: Path) -> None:
    ours = column("1/a.jpg", "a.jpg", "b.jpg", name="path")  # 0, 1, 2
    found = compared(tmp_path, ours, column("a.jpg", "b.jpg", "1/a.jpg", name="path", thigh=10))
    assert found["pairs"] == 3
    assert found["thigh_deg"]["limits_deg"] != [10, 10]
    assert found["thigh_deg"]["bias_deg"] == 10


def test_the_leg_tells_rows_of_one_person_apart(tmp_path: Path) -> None:
    ours = "id,leg,thigh_deg\nann,left,1\nann,right,2\nbob,left,3\n"
    rater = "id,leg,thigh_deg\nbob,L,3\nann,R,2\nann,L,1\n"
    found = compared(tmp_path, ours, rater)
    assert (found["pairs"], found["thigh_deg"]["mae_deg"]) == (3, 0)
    without = "id,thigh_deg\nann,1\nbob,2\n"
    assert "a.csv, row 3: 'ann' stands in row 2 already." in refused(tmp_path, ours, without)


def test_different_legs_of_one_photo_are_told(tmp_path: Path) -> None:
    ours = "id,leg,thigh_deg\na,left,1\nb,right,2\nc,left,3\n"
    found = compared(tmp_path, ours, ours.replace("right", "left"))
    assert found["notes"][0] == "1 of 3 pairs name different legs."


def test_a_column_of_ones_own(tmp_path: Path) -> None:
    head, *rows = RATER.splitlines()
    numbered = [f"{number},{row}" for number, row in enumerate(rows, 1)]
    rater = "\n".join([head.replace("id,", "id,Photo,"), *numbered])
    assert "No photo occurs in both" in refused(tmp_path, OURS, rater)
    assert compared(tmp_path, OURS, rater, "--id", "photo")["pairs"] == 5


# --- report -------------------------------------------------------------------------------------


def written(folder: Path, ours: str, rater: str, *options: str) -> str:
    report = folder / "report.html"
    assert run(folder, ours, rater, "--report", str(report), *options).exit_code == 0
    return report.read_text("utf-8")


def test_the_report_says_everything_and_loads_nothing(tmp_path: Path) -> None:
    page = written(tmp_path, OURS, RATER, "--names", "Us,Rater")
    read = PageReader(page)
    assert set(read.tags).isdisjoint({"script", "iframe", "object", "embed", "base", "form"})
    assert [v for name, v in read.attributes if name in LOADING and not v.startswith("data:")] == []
    assert not any(name.startswith("on") for name, _ in read.attributes)
    assert "http-equiv" in dict(read.attributes)
    for text in (
        "On average Rater reads it 1.4° higher than Us",
        "On average Rater reads it 2.0° less bent than Us for every photo.",
        "Difference, Rater − Us",
        "Bland JM, Altman DG",
        "p1: −4.5° and −2.5°",
        NOTICE,
    ):
        assert text in read.text, text
    assert page.count("<circle") == 4 * 5
    assert page.count('class="same"') == 3


def test_the_report_escapes_what_the_files_say(tmp_path: Path) -> None:
    evil = OURS.replace("p0", f'"{EVIL}"')
    page = written(tmp_path, evil, evil, "--names", "<b>,&amp;")
    assert "<script" not in page
    assert "<img" not in page
    read = PageReader(page)
    assert EVIL in read.text
    assert "Differences &amp; minus <b>" in read.text


def test_the_report_of_readings_that_never_differ(tmp_path: Path) -> None:
    same = "id,thigh_deg,verdict\n" + "".join(f"p{i},5,pass\n" for i in "abc")
    read = PageReader(written(tmp_path, same, same, "--names", "Us,Rater"))
    assert "On average Rater reads it as Us does for every photo." in read.text
    assert "Knee" in read.text
    assert "no such column" in read.text


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    done = run(tmp_path, OURS, RATER, "--report", str(tmp_path / "nowhere" / "report.html"))
    assert done.exit_code == 1
    assert "could not be written" in done.stderr


def test_a_browser_shows_it_without_a_word(browser: "Browser", tmp_path: Path) -> None:
    written(tmp_path, OURS, RATER, "--names", "Us,Rater")
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "report.html").as_uri())
    for width in (360, 1100):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
