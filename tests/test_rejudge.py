"""Stored results judged by today's rules, without their photos; also those of schema version 1."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.commands.rejudge import rejudged
from app.results.convert import measurement_out
from app.results.schemas import MeasurementOut
from stick_figure import StickFigure, measure_figure, measure_people
from test_cli import thomas
from vision.angles import SHANK_RESIDUAL_DEG, Z95
from vision.criteria import RULE_SETS

GUIDE = RULE_SETS["guide"]
ROOT = Path(__file__).parents[1]


def of_version_1() -> dict[str, Any]:
    """A measurement as version 1 wrote it: the thigh 12.1° below horizontal, the knee 78.4°."""
    examined = json.loads((ROOT / "tests" / "examination_v1.json").read_text("utf-8"))
    old: dict[str, Any] = examined["left"]["measurement"]
    old["thigh_deg"]["value"], old["knee_flexion_deg"]["value"] = -12.1, 78.4
    return {"path": "old/left.jpg", "subject": "P1", **old}


def test_a_result_of_version_1_is_judged_by_gravity() -> None:
    old = of_version_1()
    assert "shank_from_plumb_deg" not in old
    new = rejudged(old, GUIDE)
    assert (new["path"], new["subject"]) == ("old/left.jpg", "P1")
    assert (new["schema_version"], new["criteria"]) == ("2", {"id": "guide", "version": "2"})
    assert new["thigh_deg"] == old["thigh_deg"]
    shank = new["shank_from_plumb_deg"]
    assert shank["value"] == pytest.approx(-0.5)
    half = (shank["interval"][1] - shank["interval"][0]) / 2
    level = (old["level"]["interval"][1] - old["level"]["interval"][0]) / 2
    assert half == pytest.approx(((Z95 * SHANK_RESIDUAL_DEG[True]) ** 2 + level**2) ** 0.5, abs=0.1)
    assert {one["criterion"]: one["verdict"] for one in new["findings"]}["knee"] == "pass"
    assert new["judged"]["done"] == ["thigh", "knee", "pain", "rotation", "lower_back_flat"]
    assert (new["status"], new["headline"]) == ("final", "Pass: 4 of 4 criteria judged.")
    MeasurementOut.model_validate({k: v for k, v in new.items() if k not in ("path", "subject")})


def test_a_result_of_today_comes_out_as_it_is() -> None:
    for figure in (StickFigure(), StickFigure(thigh_deg=20, knee_deg=40)):
        now = measurement_out(measure_figure(figure)).model_dump(mode="json")
        assert rejudged(now, GUIDE) == now
        other = rejudged(now, RULE_SETS["kendall"])
        assert other["criteria"]["id"] == "kendall"
        assert other["shank_from_plumb_deg"] == now["shank_from_plumb_deg"]


def test_what_has_no_number_gets_none() -> None:
    refused = measurement_out(measure_people([])).model_dump(mode="json")
    again = rejudged({**refused, "schema_version": "1", "path": "x.jpg"}, GUIDE)
    assert (again["measurable"], again["verdict"]) == (False, "not_measurable")
    assert again["shank_from_plumb_deg"] is None
    assert (again["schema_version"], again["status"]) == ("2", "provisional")
    failed = {"path": "bad.jpg", "error": {"code": "file_not_readable"}}
    assert rejudged(failed, GUIDE) == failed
    wrong: tuple[Any, ...] = ([], "x", {"path": "a"})
    for nonsense in wrong:
        with pytest.raises(ValueError, match=r".+"):
            rejudged(nonsense, GUIDE)


def test_the_photo_with_the_knee_extended_still_counts() -> None:
    stored = json.loads((ROOT / "docs/examples/rectus-femoris-both.json").read_text("utf-8"))
    left = stored["left"]["measurement"]
    again = rejudged(left, GUIDE)
    assert again["pattern"] == left["pattern"] == "rectus_femoris"
    assert again["retest"]["drop"] == "found"


def test_the_command(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    lines = [json.dumps(of_version_1()), "", '{"path": "cut off', "[1]"]
    results.write_text("\n".join(lines), "utf-8")
    run = thomas("rejudge", results, "--criteria", "ferber-2010")
    assert run.returncode == 1, run.stderr
    (line,) = run.stdout.splitlines()
    assert json.loads(line)["criteria"] == {"id": "ferber-2010", "version": "2"}
    assert "Line 3 is no result" in run.stderr
    assert "Line 4 is no result" in run.stderr
    assert "1 results judged by ferber-2010 (version 2); 2 left out." in run.stderr
    results.write_text(lines[0], "utf-8")
    assert thomas("rejudge", results).returncode == 0
    results.write_text("", "utf-8")
    assert thomas("rejudge", results).returncode == 3
    assert thomas("rejudge", tmp_path / "nowhere").returncode == 2
    assert thomas("rejudge", results, "--criteria", "none").returncode == 2
