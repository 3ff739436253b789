"""What a validation finds in tables whose answers are known."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.agreement.contrasts import Contrast, answer_of
from app.agreement.validation_values import as_values
from benchmarks.validation.evidence import (
    OURS,
    RESULTS,
    Record,
    errors,
    half_widths,
    measured,
    read_evidence,
)
from benchmarks.verdicts import RECORDS, verdict_rows
from validation_support import REFERENCE, RESULT, Row, clinic, refused, result, simple, validated
from vision.angles import Z95
from vision.criteria import RULE_SETS

GROUPED = (*REFERENCE, "sex")


def test_known_answers(tmp_path: Path) -> None:
    reference = [[f"p{i}", "", "", "", "", 10.0 * i, 60.0 + i] for i in range(4)]
    shifts = (1.0, 3.0, -2.0, 6.0)
    results = [result(f"p{i}", "", 10.0 * i + shift, 60.0 + i) for i, shift in enumerate(shifts)]
    found = validated(tmp_path, reference, results)
    thigh, knee = found.angles["thigh"], found.angles["knee_flexion"]
    assert thigh is not None
    assert knee is not None
    assert thigh.limits.bias_deg == pytest.approx(2.0)
    assert (thigh.mae_deg, thigh.worst_deg) == pytest.approx((3.0, 6.0))
    assert thigh.rmse_deg == pytest.approx(math.sqrt(50 / 4))
    assert thigh.mdc95_bound_deg == pytest.approx(Z95 * math.sqrt(2) * thigh.rmse_deg)
    assert (thigh.within_acceptable.count, thigh.within_acceptable.n) == (3, 4)
    assert thigh.worst[0] == ("p3", 6.0)
    assert thigh.coverage is not None
    assert thigh.coverage.inside.count == 3
    assert knee.acceptable == "yes"
    assert thigh.acceptable == "cannot tell", "four people decide nothing"
    assert found.first_photos == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.floats(-15, 15))
def test_a_shift_of_the_reference_shifts_the_bias_alone(tmp_path: Path, by: float) -> None:
    reference, results = clinic(6)
    moved = [[*row[:5], row[5] + by, row[6]] for row in reference]
    was, now = (validated(tmp_path, rows, results).angles["thigh"] for rows in (reference, moved))
    assert was is not None
    assert now is not None
    assert now.limits.bias_deg == pytest.approx(was.limits.bias_deg - by)
    assert now.limits.sd_deg == pytest.approx(was.limits.sd_deg)
    assert np.array(now.limits.upper_limit_interval_deg) + by == pytest.approx(
        np.array(was.limits.upper_limit_interval_deg)
    )


def test_the_same_numbers_every_time(tmp_path: Path) -> None:
    tables = clinic(8)
    assert as_values(validated(tmp_path, *tables), None) == as_values(
        validated(tmp_path, *tables), None
    )


def test_photos_of_one_person_do_not_pass_for_people(tmp_path: Path) -> None:
    reference, results = clinic(12)
    without = [[*row[:2], "", *row[3:]] for row in reference]
    known, unknown = (
        validated(tmp_path, rows, results).angles["thigh"] for rows in (reference, without)
    )
    assert known is not None
    assert unknown is not None
    assert (known.n, known.people, unknown.people) == (96, 12, 96)
    for ends in ("bias_interval_deg", "lower_limit_interval_deg"):
        assert np.diff(getattr(known.limits, ends)) > 1.5 * np.diff(getattr(unknown.limits, ends))
    assert np.diff(known.mae_interval_deg) > 1.2 * np.diff(unknown.mae_interval_deg)


def test_the_first_photo_of_each_person_is_not_replaced(tmp_path: Path) -> None:
    reference, results = clinic(8)
    results = [refused(row[0]) if row[0] == "day 1/03la.jpg" else row for row in results]
    found = validated(tmp_path, reference, results)
    first = found.first_photos["thigh"]
    assert first is not None
    assert (first.n, first.people) == (7, 7)


def test_repeats_and_raters(tmp_path: Path) -> None:
    found = validated(tmp_path, *clinic(40))
    repeats, raters = found.repeats["thigh"], found.raters["thigh"]
    assert repeats is not None
    assert repeats.same_setup is not None
    assert repeats.new_setup is not None
    assert (repeats.same_setup.units, repeats.same_setup.photos) == (160, 320)
    assert (repeats.new_setup.units, repeats.new_setup.photos) == (80, 160)
    assert repeats.same_setup.sem_deg == pytest.approx(1, abs=0.15)
    assert repeats.new_setup.sem_deg == pytest.approx(math.sqrt(1 + 1.5**2), abs=0.3)
    assert repeats.error_sd_deg["person"] == pytest.approx(2, abs=0.5)
    assert repeats.error_sd_deg["rest"] == pytest.approx(1, abs=0.15)
    assert raters is not None
    assert (raters.raters, raters.photos) == (2, 160)  # one photo of each set-up
    assert raters.sem_deg == pytest.approx(1, abs=0.15)


def test_no_subject_no_repeats(tmp_path: Path) -> None:
    head = [name for name in REFERENCE if name not in ("subject", "occasion")]
    rows = [[*row[:2], *row[4:]] for row in clinic(8)[0]]
    found = validated(tmp_path, rows, clinic(8)[1], head)
    assert found.repeats == {"thigh": None, "knee_flexion": None}
    assert any(note.startswith("No subject is given for 64 of 64 photos") for note in found.notes)


def test_photos_without_a_setup_are_set_ups_of_their_own(tmp_path: Path) -> None:
    reference = [[*row[:3], "", *row[4:]] for row in clinic(8)[0]]
    repeats = validated(tmp_path, reference, clinic(8)[1]).repeats["thigh"]
    assert repeats is not None
    assert repeats.same_setup is None
    assert repeats.new_setup is not None
    assert repeats.new_setup.photos == 64


def test_few_people_and_missing_angles_are_told(tmp_path: Path) -> None:
    reference, results = simple(6)
    reference[0][5] = reference[1][6] = ""
    found = validated(tmp_path, reference, results)
    thigh = found.angles["thigh"]
    assert thigh is not None
    assert thigh.n == 5
    assert "thigh_deg: 1 of 6 photos have no reference." in found.notes
    assert "Only 6 people: the intervals are wide, and rare failures are not seen." in found.notes


def test_two_people_are_not_judged(tmp_path: Path) -> None:
    reference, results = simple(2)
    found = validated(tmp_path, reference, results)
    assert not found.measurable
    assert found.angles == {"thigh": None, "knee_flexion": None}
    assert found.refused is not None
    assert "thigh_deg: at least 3 measured people are needed." in found.notes
    again = [[*row[:2], "P0", *row[3:]] for row in simple(9)[0]]
    assert not validated(tmp_path, again, simple(9)[1]).measurable


def test_results_without_intervals_have_no_coverage(tmp_path: Path) -> None:
    reference, results = simple()
    bare = [[*row[:3], "", "", row[5], "", "", row[8], "", "", *row[11:]] for row in results]
    found = validated(tmp_path, reference, bare).angles["thigh"]
    assert found is not None
    assert found.coverage is None


def test_refusals_are_counted_with_their_reasons(tmp_path: Path) -> None:
    reference, results = simple()
    results[0] = refused("p00.jpg", "side_uncertain passes_disagree")
    results[1] = refused("p01.jpg", "side_uncertain")
    found = validated(tmp_path, reference, results)
    assert found.refused is not None
    assert (found.refused.count, found.refused.n) == (2, 12)
    assert found.reasons == {"side_uncertain": 2, "passes_disagree": 1}
    assert not found.complete


# --- verdicts -----------------------------------------------------------------------------------


def test_verdicts_of_the_table_stand_beside_those_of_the_angles(tmp_path: Path) -> None:
    # guide: thigh at most 0°, knee at least 80°, or the shank plumb below the horizontal
    angles = [(-15, 75), (-12, 90), (12, 85), (14, 95)]
    stated = ["pass", "fail", "fail", "fail"]
    reference = [
        [f"p{i}", "", "", "", "", *pair, verdict]
        for i, (pair, verdict) in enumerate(zip(angles, stated, strict=True))
    ]
    results = [result(f"p{i}", "", *pair, half=2.0) for i, pair in enumerate(angles)]
    table, guide = validated(tmp_path, reference, results, (*REFERENCE, "verdict")).verdicts[:2]
    assert (table.source, guide.source) == ("table", "angles")
    assert table.counts == {"pass": (1, 0, 0, 0), "fail": (1, 0, 2, 0)}
    assert guide.counts == {"pass": (2, 0, 0, 0), "fail": (0, 0, 2, 0)}
    assert (table.wrong, guide.wrong, guide.judged) == (1, 0, 4)
    assert guide.weighted_kappa == pytest.approx(1)


def test_a_borderline_is_open_and_not_wrong(tmp_path: Path) -> None:
    reference = [[f"p{i}", "", "", "", "", -3, 88] for i in range(4)]
    halves = (1.0, 9.0, 9.0, 1.0)
    results = [result(f"p{i}", "", -3, 88, half=half) for i, half in enumerate(halves)]
    results[3] = result("p3", "", 4, 88, half=1.0)
    guide = validated(tmp_path, reference, results).verdicts[0]
    assert guide.counts == {"pass": (1, 2, 1, 0)}
    assert (guide.wrong, guide.borderline, guide.judged) == (1, 2, 4)


def test_the_knee_of_a_supported_leg_is_not_judged_as_in_the_result(tmp_path: Path) -> None:
    reference = [[f"p{i}", "", "", "", "", -15, 40] for i in range(3)]
    results = [result(f"p{i}", "", -15, 40, half=2.0) for i in range(3)]
    results[0][RESULT.index("flags")] = "leg_supported"
    guide = validated(tmp_path, reference, results).verdicts[0]
    assert guide.counts == {"fail": (1, 0, 2, 0)}


def test_verdicts_are_those_of_the_benchmark_on_the_same_readings(tmp_path: Path) -> None:
    import json

    records = json.loads((RESULTS / RECORDS).read_text("utf-8"))["photos"]
    reference = [[r["name"], "", "", "", "", *r["truth"]] for r in records]
    results = [
        refused(r["name"], " ".join(r["flags"])) if r["reading"] is None else _read(r)
        for r in records
    ]
    found = {one.rules: one for one in validated(tmp_path, reference, results).verdicts}
    for rules in RULE_SETS.values():
        expected = {row[0]: tuple(map(int, row[1:])) for row in verdict_rows(records, rules)}
        assert found[rules.id].counts == expected, rules.id


def _read(record: dict[str, list[list[float]]]) -> Row:
    cells = [v + d * Z95 * s for v, s in record["reading"] for d in (0, -1, 1)]
    return [record["name"], "", *cells, "", "", "", "", ""]


# --- groups -------------------------------------------------------------------------------------


def grouped(folder: Path, extra_deg: float, people: int = 40) -> tuple[Contrast, ...]:
    reference, results = simple(people, bias=0, noise=1)
    for place in range(0, people, 2):
        results[place] = result(
            results[place][0], "left", reference[place][5] + extra_deg, reference[place][6] + 1
        )
    rows = [[*row, "mf"[place % 2]] for place, row in enumerate(reference)]
    return validated(folder, rows, results, GROUPED, ("sex",)).contrasts


def test_a_group_that_is_served_worse_is_found(tmp_path: Path) -> None:
    found = {one.measure: one for one in grouped(tmp_path, 8.0)}
    assert {one.value for one in found.values()} == {"f"}, "of two groups, one question"
    assert found["thigh"].answer == "better"
    assert found["thigh"].difference == pytest.approx(-7.2, abs=0.5)
    assert found["thigh_missed"].answer == "better"
    assert found["knee_flexion"].answer in ("alike", "cannot tell")
    assert found["refused"].answer == "cannot tell", "no refusal is not shown to be alike"


def test_small_groups_are_not_judged(tmp_path: Path) -> None:
    assert {one.answer for one in grouped(tmp_path, 8.0, people=18)} == {"cannot tell"}


def test_the_smaller_group_decides_whether_to_judge(tmp_path: Path) -> None:
    reference, results = simple(40, bias=0, noise=1)
    for place in range(9):
        results[place] = result(results[place][0], "left", reference[place][5] + 9, 70)
    rows = [[*row, "f" if place < 9 else "m"] for place, row in enumerate(reference)]
    found = validated(tmp_path, rows, results, GROUPED, ("sex",)).contrasts
    assert {one.answer for one in found} == {"cannot tell"}


def contrast(difference: float, low: float, high: float, p: float) -> Contrast:
    return Contrast("sex", "f", "thigh", 20, 20, difference, (low, high), p, p, "cannot tell")


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (contrast(2, 1, 3, 0.01), "worse"),
        (contrast(-2, -3, -1, 0.01), "better"),
        (contrast(2, 0.1, 3, 0.06), "perhaps worse"),
        (contrast(-2, -3, -0.1, 0.06), "perhaps better"),
        (contrast(0.1, -0.9, 0.9, 0.5), "alike"),
        (contrast(0.1, -1.1, 0.9, 0.5), "cannot tell"),
    ],
)
def test_answers(one: Contrast, answer: str) -> None:
    assert answer_of(one) == answer


def test_groups_without_a_value_are_shown_and_not_compared(tmp_path: Path) -> None:
    reference, results = simple(24)
    rows = [[*row, ("m", "f", "")[place % 3]] for place, row in enumerate(reference)]
    found = validated(tmp_path, rows, results, GROUPED, ("sex",))
    assert [(one.value, one.people) for one in found.groups] == [("f", 8), ("m", 8), ("", 8)]
    assert all(one.angles["thigh"] is None for one in found.groups)
    assert {(one.inside, one.outside) for one in found.contrasts} == {(8, 8)}


# --- the renders as if they were a clinic's -----------------------------------------------------


def test_stored_readings_of_the_renders_give_the_figures_of_the_accuracy_page(
    tmp_path: Path,
) -> None:
    records = [one for one in read_evidence().records if one["set"] == "dev"]
    reference = [[r["name"], "", "", "", "", *r["truth"]] for r in records]
    results = [_stored(r) if r["measurable"] else refused(r["name"]) for r in records]
    found = validated(tmp_path, reference, results)
    kept = measured(records)
    inside = (np.abs(errors(kept)) <= half_widths(kept)).sum(axis=0)
    assert found.refused is not None
    assert found.refused.count == len(records) - len(kept)
    for column, one in enumerate(found.angles.values()):
        error = errors(kept)[:, column]
        assert one is not None
        assert one.limits.bias_deg == pytest.approx(error.mean())
        assert one.mae_deg == pytest.approx(np.abs(error).mean())
        assert one.rmse_deg == pytest.approx(np.sqrt((error**2).mean()))
        assert one.limits.limits_deg[0] == pytest.approx(error.mean() - Z95 * error.std(ddof=1))
        assert one.worst_deg == pytest.approx(np.abs(error).max())
        assert one.coverage is not None
        assert one.coverage.inside.count == inside[column]


def _stored(record: Record) -> Row:
    row = result(str(record["name"]), "", 0, 0)
    read, ends = record["methods"][OURS], record["intervals"]
    for place in (0, 1):
        row[2 + 3 * place : 5 + 3 * place] = [read[place], *ends[place]]
    row[8:11] = ["", "", ""]
    return row


assert len(RESULT) == len(result("", "", 0, 0)) == len(refused(""))
