"""Any earlier result is compared with: one photo or both legs, also of an older version."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.reports.leg_report import measurement_report_html
from app.results.convert import measurement_out
from app.results.earlier import FROM_ACROSS, measurement_again, measurement_beside, read_earlier
from app.results.examination import examination_again
from app.results.rescore import score
from app.results.rescore_input import PointsIn, ScoreIn
from app.results.schemas import ExaminationOut, LegExaminationOut, MeasurementOut
from app.service.openapi import EXAMPLE
from app.web.rejudge import LegChange, RejudgeIn, rejudge
from http_support import client, picture
from stick_figure import measure_figure
from test_cli import thomas
from test_examination import LEFT, RIGHT, as_json, examined
from vision.criteria import RULE_SETS
from vision.errors import InvalidOption
from vision.sides import Side

GUIDE = RULE_SETS["guide"]
SAMPLES = Path(__file__).parents[1] / "sample_images"
LOWER = replace(LEFT, thigh_deg=-25)


def old_measurement() -> dict[str, Any]:
    """A result of one photo, as version 1 wrote it."""
    text = (Path(__file__).parent / "examination_v1.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)["left"]["measurement"]
    return found


def of_one(figure: Any, **said: Any) -> MeasurementOut:
    return measurement_out(measure_figure(figure), **said)


def test_one_photo_counts_as_an_examination_of_its_leg() -> None:
    one = of_one(LEFT, subject="A", session="May")
    before = read_earlier(one.model_dump_json())
    assert (before.subject, before.session, before.right) == ("A", "May", None)
    assert before.left is not None
    assert before.left.measurement == one
    assert before.criteria == one.criteria


def test_one_photo_of_version_1_is_read() -> None:
    before = read_earlier(json.dumps(old_measurement()))
    assert before.schema_version == "1"
    after = measurement_beside(measure_figure(LEFT), previous=before)
    assert [change.side for change in after.changes] == ["left"]
    assert any("another version of the format" in text for text in after.warnings)


def test_lines_of_a_batch_are_read_with_their_path() -> None:
    line = {"path": "a.jpg", **of_one(LEFT).model_dump(mode="json")}
    assert read_earlier(json.dumps(line)).left is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tested_leg": None}, "which leg it shows"),
        ({"thigh_deg": None, "tested_leg": None}, "no angles to compare"),
        ({"thigh_deg": "steep"}, "thigh_deg"),
    ],
)
def test_a_photo_that_cannot_be_compared_is_refused_with_the_reason(
    changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidOption, match=said):
        read_earlier(json.dumps({**EXAMPLE, **changed}))


@pytest.mark.parametrize("earlier", ["photo", "examination"])
@pytest.mark.parametrize("later", ["photo", "examination"])
def test_the_change_is_the_same_whatever_is_compared(earlier: str, later: str) -> None:
    """One photo or both legs, before or now: the left leg has changed by so much."""
    both = as_json(examined(LEFT, RIGHT), session="May")
    assert both.left is not None
    alone = both.left.measurement.model_copy(update={"session": "May"})
    text = (both if earlier == "examination" else alone).model_dump_json()
    before = read_earlier(text)
    expected = as_json(examined(LOWER, None), previous=both).changes[0]
    now = examined(LOWER, None)
    after: ExaminationOut | MeasurementOut
    if later == "examination":
        after = as_json(now, previous=before)
    else:
        after = measurement_beside(now.legs[0].measurement, previous=before)
    assert after.changes == (expected,)
    assert after.previous_session == "May"
    assert after.warnings == ()
    assert expected.thigh.difference_deg == pytest.approx(-13, abs=0.2)


def test_next_steps_know_that_the_leg_has_changed() -> None:
    short = replace(LEFT, thigh_deg=25, knee_deg=100)
    before = read_earlier(of_one(short).model_dump_json())
    measured = measure_figure(short)
    same = measurement_beside(measured, previous=before)
    assert "persists" in [step.id for step in same.next_steps]
    alone = measurement_beside(measured)
    assert "persists" not in [step.id for step in alone.next_steps]
    assert alone == measurement_out(measured)


def test_other_legs_are_not_compared_and_that_is_said() -> None:
    before = read_earlier(of_one(RIGHT).model_dump_json())
    after = measurement_beside(measure_figure(LEFT), previous=before)
    assert after.changes == ()
    assert any("nothing can be compared" in text for text in after.warnings)
    both = as_json(examined(LEFT, None), previous=before)
    assert any("nothing can be compared" in text for text in both.warnings)


def test_the_page_compares_anew_after_a_correction() -> None:
    before = read_earlier(of_one(LEFT).model_dump_json())
    now = measurement_beside(measure_figure(LOWER), previous=before)
    assert now.points is not None
    places = now.points.model_dump(exclude={name: {"source"} for name in ("hip", "knee", "ankle")})
    places["knee"]["y_px"] += 20
    change = LegChange(points=PointsIn.model_validate(places))
    wanted = RejudgeIn(result=now, previous=before, changes={"photo": change})
    again = rejudge(wanted, GUIDE)
    assert isinstance(again, MeasurementOut)
    assert again.thigh_deg is not None
    assert again.thigh_deg.source == "adjusted"
    assert again == measurement_again(again, before)
    assert again.changes[0].thigh.difference_deg < now.changes[0].thigh.difference_deg
    # The API does not know the earlier result: no change is better than one that no longer holds.
    for points in (change.points, None):
        alone = score(ScoreIn(measurement=now, points=points), GUIDE)
        assert (alone.changes, alone.previous_session, alone.warnings) == ((), None, ())


def test_the_report_of_one_photo_shows_the_change() -> None:
    before = read_earlier(of_one(LEFT, session="May").model_dump_json())
    after = measurement_beside(measure_figure(LOWER), previous=before)
    report = measurement_report_html(after, None)
    assert "With “May”" in report
    assert str(after.changes[0].text) in report
    assert "Compared" not in measurement_report_html(of_one(LEFT), None)


def test_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(json.dumps(EXAMPLE), "utf-8")
    photo = SAMPLES / "left-near-1.jpg"
    run = thomas("examine", "--left", photo, "--previous", path, "--json")
    out = json.loads(run.stdout)
    assert [change["side"] for change in out["changes"]] == ["left"]
    assert abs(out["changes"][0]["thigh"]["difference_deg"]) < 0.2, "the example is of this photo"


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("/", ("file",)),
        ("/", ("left",)),
        ("/v1/measure", ("file",)),
        ("/v1/examinations", ("left",)),
    ],
)
def test_every_form_refuses_what_cannot_be_compared(
    nobody: str, path: str, files: tuple[str, ...]
) -> None:
    sent = {name: ("a.jpg", picture()) for name in files}
    unknown = json.dumps({**EXAMPLE, "tested_leg": None})
    with client(nobody) as http:
        answer = http.post(path, files={**sent, "previous": ("a.json", unknown)})
        assert answer.status_code == 422
        assert "which leg it shows" in answer.text
        assert ('href="#previous"' in answer.text) is (path == "/")
        good = http.post(path, files={**sent, "previous": ("a.json", json.dumps(EXAMPLE))})
        assert good.status_code == 200
        assert "nothing can be compared" in good.text, "nobody is in the photo"


# --- from which side of the table ----------------------------------------------------------------


def seen(leg: str, *, from_its_side: bool | None) -> MeasurementOut:
    """One leg as it would be read, and where the camera stood."""
    one = of_one(LEFT if leg == "left" else RIGHT)
    assert one.tested_leg is not None
    where = one.tested_leg.model_copy(update={"near_camera": from_its_side})
    return one.model_copy(update={"tested_leg": where})


def both(left: bool | None, right: bool | None) -> ExaminationOut:
    start = as_json(examined(LEFT, RIGHT))
    legs: dict[Side, LegExaminationOut] = {
        "left": LegExaminationOut(side="left", measurement=seen("left", from_its_side=left)),
        "right": LegExaminationOut(side="right", measurement=seen("right", from_its_side=right)),
    }
    return examination_again(start, legs, GUIDE)


@pytest.mark.parametrize(
    ("left", "right", "warned"),
    [(True, True, False), (False, False, False), (True, False, True), (False, True, True),
     (True, None, False)],
)  # fmt: skip
def test_legs_seen_from_different_sides_are_compared_with_a_warning(
    left: bool | None, right: bool | None, warned: bool
) -> None:
    assert both(left, right).warnings == ((FROM_ACROSS,) if warned else ())


def test_a_visit_seen_from_the_other_side_is_compared_with_a_warning() -> None:
    before = read_earlier(seen("left", from_its_side=True).model_dump_json())
    now = measurement_again(seen("left", from_its_side=False), before)
    assert now.changes
    assert now.warnings == (FROM_ACROSS,)
    same = measurement_again(seen("left", from_its_side=True), before)
    assert same.warnings == ()
