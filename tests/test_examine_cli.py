"""``thomas-test examine`` and the documents that the command line writes."""

import json
from pathlib import Path

import pytest
from fhir.resources.R4B.bundle import Bundle

from test_cli import Run, thomas

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
LEFT, RIGHT = EXAMPLES / "healthy-left.jpg", EXAMPLES / "healthy-right.jpg"
OWN = """
id = "clinic"
version = "2"
title = "Our clinic"
thigh_max_deg = -40
citation = "Agreed on in our clinic."
"""


def usage_error(run: Run, said: str) -> None:
    assert run.returncode == 2, run.stderr
    assert run.stdout == ""
    flat = " ".join(run.stderr.split())
    assert said in flat, flat
    assert "Traceback" not in run.stderr


def test_text_for_people(tmp_path: Path) -> None:
    said = tmp_path / "said.toml"
    said.write_text('lower_back_flat = "yes"\n[left]\nhip_pain = "yes"\n')
    run = thomas("examine", "--left", LEFT, "--right", RIGHT, "--observations", said)
    assert run.returncode == 0, run.stderr
    left, _, right = run.stdout.partition("Right: ")
    assert left.startswith("Left: Pain during the test: See a clinician before anything else")
    assert "shank from plumb" in left
    assert "Next: See a clinician first." in left
    assert right.startswith("Passes so far: 2 of 4 criteria judged")
    assert "Open: Pain not asked about." in right
    assert "Open: Lower back not confirmed flat." not in right
    assert "within the error of measurement and set-up" in right
    assert "Before the test: not without a clinician if one of these applies" in run.stderr
    assert "not a medical device" in run.stderr


def test_several_photos_of_one_set_up(tmp_path: Path) -> None:
    other = EXAMPLES / "iliopsoas-right-left.jpg"
    run = thomas("examine", "--left", LEFT, "--left", other, "--left", LEFT)
    assert run.returncode == 0, run.stderr
    assert "Mean of 2 photos of one set-up." in run.stdout
    assert "photo_repeated: The same photo was given twice; it counts once." in run.stdout
    assert "from the body, which more photos do not reduce." in run.stdout
    out = json.loads(thomas("examine", "--left", LEFT, "--left", other, "--json").stdout)
    assert out["left"]["measurement"]["repeats"]["n"] == 2
    usage_error(
        thomas("examine", *(part for _ in range(6) for part in ("--left", LEFT))),
        "at most 5 can be combined",
    )


def test_before_and_after_and_a_report(tmp_path: Path) -> None:
    first = thomas("examine", "--left", LEFT, "--session", "May", "--json")
    before = tmp_path / "before.json"
    before.write_text(first.stdout)
    report, fhir = tmp_path / "report.html", tmp_path / "fhir.json"
    run = thomas(
        *("examine", "--left", LEFT, "--previous", before, "--criteria", "magee", "--json"),
        *("--report", report, "--fhir", fhir),
    )
    assert run.returncode == 0, run.stderr
    out = json.loads(run.stdout)
    assert out["previous_session"] == "May"
    assert out["changes"][0]["thigh"]["difference_deg"] == 0
    assert "magee" in out["warnings"][0]
    assert "May" in report.read_text("utf-8")
    Bundle.model_validate_json(fhir.read_text("utf-8"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "needs a photo"),
        (["--left-retest", LEFT], "no first one"),
        (["--left", "nowhere.jpg"], "nowhere.jpg"),
        (["--left", LEFT, "--criteria", "nordic"], "guide"),
        (["--left", LEFT, "--criteria", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--left", LEFT, "--level", "80"], "within"),
        (["--left", LEFT, "--observations", "nowhere.toml"], "nowhere.toml"),
        (["--left", LEFT, "--observations", LEFT], "not valid TOML"),
        (["--left", LEFT, "--previous", LEFT], "earlier result"),
    ],
)
def test_wrong_usage(arguments: list[str | Path], said: str) -> None:
    usage_error(thomas("examine", *arguments), said)


def test_the_other_leg_is_named(tmp_path: Path) -> None:
    run = thomas("examine", "--right", LEFT)
    assert run.returncode == 3
    assert "right leg shows the left leg" in run.stderr
    junk = tmp_path / "junk.jpg"
    junk.write_bytes(b"junk")
    run = thomas("examine", "--left", junk)
    assert run.returncode == 3
    assert "JPEG" in run.stderr


def test_documents_of_one_photo(tmp_path: Path) -> None:
    report, fhir = tmp_path / "report.html", tmp_path / "fhir.json"
    options = ("--hip-pain", "no", "--knee-pain", "no", "--rotation", "outward", "--notes", "<b>")
    run = thomas("measure", LEFT, "--report", report, "--fhir", fhir, *options, "--json")
    assert run.returncode == 0, run.stderr
    out = json.loads(run.stdout)
    assert out["observations"]["rotation"] == "outward"
    assert out["also"] == ["tfl", "sartorius"]
    assert "&lt;b&gt;" in report.read_text("utf-8")
    Bundle.model_validate_json(fhir.read_text("utf-8"))
    usage_error(thomas("measure", LEFT, RIGHT, "--report", report), "take one photo")
    lost = thomas("measure", LEFT, "--report", tmp_path / "nowhere" / "report.html")
    assert lost.returncode == 1
    assert "could not be written" in lost.stderr


def test_own_rules_at_the_command_line(tmp_path: Path) -> None:
    own = tmp_path / "clinic.toml"
    own.write_text(OWN)
    run = thomas("measure", LEFT, "--criteria", own, "--json")
    out = json.loads(run.stdout)
    assert out["criteria"] == {"id": "clinic", "version": "2"}
    assert out["verdict"] == "fail"
    shown = thomas("criteria", "--file", own)
    assert "thigh ≤ −40°" in shown.stdout
    own.write_text(OWN.replace("-40", "'low'"))
    usage_error(thomas("measure", LEFT, "--criteria", own), "thigh_max_deg is 'low'")


def test_criteria_are_listed_with_norms() -> None:
    listed = thomas("criteria").stdout
    for words in (
        "ferber-2010 (version 2)",
        "thigh ≤ −9.69°",
        "117 athletes",
        "Athletes' knees hang",
    ):
        assert words in listed
