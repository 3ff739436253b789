"""``thomas-test validate`` as a clinic meets it: real photos, streams, files, exit codes, the report."""

import json
import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from typer.testing import CliRunner

from app.cli import cli
from app.results.schemas import NOTICE
from page_reader import PageReader
from test_cli import SCRIPT, no_constant
from test_report import LOADING
from validation_support import REFERENCE, RESULT, clinic, refused, result, simple, table
from vision.flags import FLAG_KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Run = subprocess.CompletedProcess[str]
PHOTOS = ("left-near-3", "left-near-6", "right-near-2", "right-near-3")
REFUSED = "refused/cropped-above-knee.jpg"
NOISE_DEG = (0.4, -0.6, 0.3, -0.2, 0.5)


def validate(*arguments: str | Path, cwd: Path, **environment: str) -> Run:
    return subprocess.run(
        [SCRIPT, "validate", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def values(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"), parse_constant=no_constant)
    return found


def stored(folder: Path, reference: list[Any], results: list[Any], head: Any = REFERENCE) -> None:
    (folder / "table.csv").write_text(table(head, reference), "utf-8")
    (folder / "results.csv").write_text(table(RESULT, results), "utf-8")


def squeezed(text: str) -> str:
    return " ".join(text.split())


# --- photos -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clinic_run(
    sample_images: Path, samples: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Run]:
    """Renders as if they were a clinic's: truth and noise as the reference of two raters."""
    folder = tmp_path_factory.mktemp("clinic")
    photos = folder / "photos" / "monday"
    photos.mkdir(parents=True)
    truth = {row["file"]: row for row in samples}
    lines = ["Photo;Leg;Subject;Rater;Thigh deg;Knee flexion deg;Make"]
    for place, name in enumerate((*(f"{one}.jpg" for one in PHOTOS), REFUSED)):
        shutil.copy(sample_images / name, photos)
        row = truth[name]
        for rater, sign in (("Kim", 1), ("Lee", -1)):
            noise = sign * NOISE_DEG[place]
            angles = (row["true_thigh_deg"] + noise, row["true_knee_flexion_deg"] - noise)
            cells = (f"{one:.2f}".replace(".", ",") for one in angles)
            lines.append(
                ";".join(
                    [Path(name).stem, row["tested_leg"], f"P{place}", rater, *cells, row["make"]]
                )
            )
    lines.append("left-near-99;left;P9;Kim;1;70;own")
    (photos / "unlisted.jpg").write_bytes(b"never opened")
    (photos / "notes.txt").write_text("not a photo")
    (folder / "table.csv").write_text("\n".join(lines), "utf-8")
    done = validate(
        "photos", "--reference", "table.csv", "--id", "Photo", "--group", "make", "--jobs", "1",
        "--fast", "--report", "report.html", "--json", "results.json", "--readings", "readings.csv",
        cwd=folder,
    )  # fmt: skip
    return folder, done


def test_photos_are_measured_and_compared(clinic_run: tuple[Path, Run]) -> None:
    folder, done = clinic_run
    assert done.returncode == 1, done.stderr
    found = values(folder / "results.json")
    assert found["photos"]["found"] == 5
    assert found["photos"]["measured"] == found["thigh_deg"]["n"] == 4
    assert found["photos"]["missing"] == ["left-near-99"]
    assert found["photos"]["not_in_table"] == ["monday/unlisted.jpg"]
    (one,) = found["photos"]["refused"]
    assert one["id"] == "cropped-above-knee"
    assert one["reasons"]
    assert all(FLAG_KINDS[code].blocking for code in one["reasons"])
    assert found["thigh_deg"]["mae_deg"] < 4
    assert found["knee_flexion_deg"]["mae_deg"] < 6
    assert found["raters"]["thigh_deg"]["photos"] == 5
    assert found["raters"]["thigh_deg"]["sem_deg"] < 1
    assert found["engine"]
    (made,) = found["made_by"]
    assert version("thomas-test") in made
    assert found["notice"] == NOTICE


def test_the_terminal_says_it_in_short(clinic_run: tuple[Path, Run]) -> None:
    _, done = clinic_run
    text = squeezed(done.stdout)
    for said in (
        "Photos / people 4 / 4",
        "Refused: 1 of 5, 20 % (4–62)",
        "Refused photos (1): cropped-above-knee.",
        "In the table, but not among the photos (1): left-near-99.",
        "Photos that the table does not name (1): monday/unlisted.jpg.",
        "Verdicts by guide on the reference’s angles: 0 of 4 wrong",
        "the reference’s own 2 raters",
        "Only 5 people",
    ):
        assert said in text, said
    assert NOTICE in done.stderr
    assert "medical device" not in done.stdout
    assert "Traceback" not in done.stderr


def test_only_what_was_asked_for_is_written(clinic_run: tuple[Path, Run]) -> None:
    folder, _ = clinic_run
    written = {"report.html", "results.json", "readings.csv"}
    assert {path.name for path in folder.iterdir()} == {"photos", "table.csv", *written}
    assert len(list((folder / "photos" / "monday").iterdir())) == 7


def test_no_photo_and_few_names_are_in_the_report(clinic_run: tuple[Path, Run]) -> None:
    folder, _ = clinic_run
    page = (folder / "report.html").read_text("utf-8")
    read = PageReader(page)
    assert set(read.tags).isdisjoint({"img", "image", "script", "iframe", "object", "form"})
    assert [v for name, v in read.attributes if name in LOADING and not v.startswith("data:")] == []
    assert "base64" not in page
    assert read.text.count("not a medical device") == 1
    for said in (
        "Validation against a reference",
        "Errors of at most 5°: ",
        "4 of 5 photos",
        "cropped-above-knee (",
        "left-near-99",
        "monday/unlisted.jpg",
        "Only 5 people",
        "make: own",
        "seed 20260",
        "engine",
    ):
        assert said in read.text, said


def test_stored_readings_give_the_same_numbers_without_the_photos(
    clinic_run: tuple[Path, Run], tmp_path: Path
) -> None:
    folder, _ = clinic_run
    for name in ("table.csv", "readings.csv"):
        shutil.copy(folder / name, tmp_path)
    done = validate(
        "readings.csv", "--reference", "table.csv", "--id", "Photo", "--group", "make",
        "--json", "again.json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    first, again = values(folder / "results.json"), values(tmp_path / "again.json")
    assert again["engine"] is None, "nobody measured now"
    assert again["photos"]["not_in_table"] == [], "it was not measured then"
    first["engine"], first["photos"]["not_in_table"] = None, []
    assert again == first


def test_a_table_without_rows_is_named(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("path,thigh_deg,knee_flexion_deg\n")
    done = CliRunner().invoke(cli, ["validate", str(tmp_path), "--reference", str(table)])
    assert done.exit_code == 2
    assert "table.csv has a header, but no rows." in done.stderr


def test_a_single_person_is_too_few_and_nothing_else_is_said_of_the_number(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("path,thigh_deg,knee_flexion_deg\nmissing.jpg,1,80\n")
    paths = [str(tmp_path), "--reference", str(tmp_path / "table.csv")]
    done = CliRunner().invoke(cli, ["validate", *paths])
    assert done.exit_code == 3
    assert "thigh_deg: at least 3 measured people are needed." in done.stdout
    assert "No subject is given for 1 of 1 photos" in done.stdout
    assert "Only" not in done.stdout


def test_a_stop_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.batch.referenced.measure_jobs", stopped)
    (tmp_path / "p.jpg").write_bytes(b"")
    stored(tmp_path, simple()[0], [])
    paths = [str(tmp_path), "--reference", str(tmp_path / "table.csv")]
    done = CliRunner().invoke(cli, ["validate", *paths, "--report", str(tmp_path / "r.html")])
    assert done.exit_code == 130
    assert "Stopped. Nothing was written." in done.stderr
    assert not (tmp_path / "r.html").exists()


# --- stored readings ----------------------------------------------------------------------------


def test_all_measured_is_exit_code_0(tmp_path: Path) -> None:
    stored(tmp_path, *simple())
    done = validate("results.csv", "--reference", "table.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Limits within ±5°?" in done.stdout
    other = validate(
        "results.csv", "--reference", "table.csv", "--acceptable-deg", "12", cwd=tmp_path
    )
    assert "Limits within ±12°? yes yes" in squeezed(other.stdout)


@pytest.mark.parametrize("missing", [False, True], ids=["refused", "missing"])
def test_some_not_measured_is_exit_code_1(tmp_path: Path, missing: bool) -> None:
    reference, results = simple()
    results[0] = refused("p00.jpg")
    stored(tmp_path, reference, results[1:] if missing else results)
    assert validate("results.csv", "--reference", "table.csv", cwd=tmp_path).returncode == 1


def test_fewer_than_three_is_exit_code_3_and_says_why(tmp_path: Path) -> None:
    reference, results = simple(4)
    stored(tmp_path, reference, [*results[:2], *(refused(row[0]) for row in results[2:])])
    done = validate(
        "results.csv", "--reference", "table.csv", "--json", "r.json", "--report", "r.html",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "thigh_deg: at least 3 measured people are needed." in done.stdout
    assert "Refused: 2 of 4" in done.stdout
    found = values(tmp_path / "r.json")
    assert found["thigh_deg"] is None
    assert found["verdicts"] == []
    assert "Nothing to compare" in PageReader((tmp_path / "r.html").read_text("utf-8")).text


def test_no_row_has_a_photo(tmp_path: Path) -> None:
    stored(tmp_path, simple()[0], [result("other.jpg", "left", 0, 70)])
    done = validate("results.csv", "--reference", "table.csv", cwd=tmp_path)
    assert done.returncode == 3
    assert "In the table, but not among the photos (12)" in done.stdout
    assert "and 2 more" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("results.csv",), "Missing option '--reference'"),
        (("nowhere", "--reference", "table.csv"), "nowhere: No such file"),
        (("results.csv", "--reference", "nowhere.csv"), "nowhere.csv: No such file"),
        (("results.csv", "--reference", "table.csv", "--group", "sex"), "no column 'sex'"),
        (("results.csv", "--reference", "table.csv", "--criteria", "nobody"), "nobody"),
        (("results.csv", "--reference", "table.csv", "--acceptable-deg", "0"), "0.1"),
        (
            ("results.csv", "--reference", "table.csv", "--acceptable-deg", "nan"),
            "--acceptable-deg",
        ),
        (("results.csv", "--reference", "table.csv", "--fast"), "--fast needs a folder of photos"),
        (("results.csv", "--reference", "table.csv", "--give-leg"), "--give-leg needs a folder"),
        (("results.csv", "--reference", "table.csv", "--readings", "x"), "--readings needs"),
        (
            ("results.csv", "--reference", "results.csv", "--id", "photo"),
            "no column 'photo' for --id",
        ),
    ],
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    stored(tmp_path, *simple())
    done = validate(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert said in squeezed(done.stderr)
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"table.csv", "results.csv"}


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    stored(tmp_path, *simple())
    done = validate(
        "results.csv", "--reference", "table.csv", "--report", "nowhere/r.html", cwd=tmp_path
    )
    assert done.returncode == 1
    assert "nowhere/r.html could not be written" in done.stderr
    assert "Bias" in done.stdout


def test_another_rule_set_judges_as_well(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'id = "own"\nversion = "1"\ntitle = "Ours"\nthigh_max_deg = -5.0\ncitation = "none"\n'
    )
    stored(tmp_path, *simple())
    done = validate(
        "results.csv", "--reference", "table.csv", "--criteria", "own.toml", "--json", "r.json",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = values(tmp_path / "r.json")
    assert found["criteria"] == {"id": "own", "version": "1"}
    assert "own" in [one["rules"] for one in found["verdicts"]]
    assert "Verdicts by own" in done.stdout


# --- the report ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic with everything: repeats, raters, groups, refusals."""
    folder = tmp_path_factory.mktemp("report")
    reference, results = clinic(24)
    results[0] = refused(results[0][0], "side_uncertain")
    rows = [[*row, "female" if int(row[2][1:]) % 2 else "male"] for row in reference]
    stored(folder, rows, results, (*REFERENCE, "sex"))
    done = validate(
        "results.csv", "--reference", "table.csv", "--group", "sex", "--report", "report.html",
        cwd=folder,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    return folder / "report.html"


def test_the_report_has_every_part(report: Path) -> None:
    page = report.read_text("utf-8")
    read = PageReader(page)
    for said in (
        "The same person again",
        "Thigh, new set-up",
        "standard deviation of the error by what it recurs with: person",
        "The reference’s own error",
        "Is any group served worse?",
        "The first photo of each person in the table",
        "This photo does not show clearly whether the left or the right leg hangs.",
        "magee, version",
        "weighted",
    ):
        assert said in read.text, said
    assert page.count('<svg class="plot"') == 6
    assert page.count("<circle") == 2 * (191 + 7) + 4, "each photo, each nominal share, each group"


def test_the_report_escapes_what_the_tables_say(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    reference, results = simple()
    reference[0][0], results[0] = evil, refused(evil, "x<b>")
    stored(tmp_path, [[*row, "<i>m"] for row in reference], results, (*REFERENCE, "<u>sex"))
    done = validate(
        "results.csv", "--reference", "table.csv", "--group", "<u>sex", "--report", "r.html",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    page = (tmp_path / "r.html").read_text("utf-8")
    assert all(tag not in page for tag in ("<script", "<b>", "<i>", "<u>"))
    assert evil in PageReader(page).text


@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_the_report_to_everybody(
    browser: "Browser", report: Path, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    violations = Axe().run(page).response["violations"]
    assert [one["id"] for one in violations] == []
    context.close()
