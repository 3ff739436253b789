"""The JSON of a result: strict, complete, and empty-handed where there is no number."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.results.convert import error_out, flag_out, measurement_out
from app.results.schemas import (
    NOTICE,
    SCHEMA_VERSION,
    AngleOut,
    MeasurementOut,
    PointOut,
)
from stick_figure import StickFigure, measure_figure, measure_people
from vision.errors import all_errors
from vision.flags import FLAG_KINDS, Flag
from vision.measurement import Measurement

FIELDS = {
    "schema_version": (),
    "measurable": (),
    "verdict": (),
    "tested_leg": ("side", "source", "near_camera"),
    "head_towards": (),
    "thigh_deg": ("value", "interval", "source"),
    "knee_flexion_deg": ("value", "interval", "source"),
    "hugged_thigh_deg": ("value", "interval", "source"),
    "level": ("roll_deg", "interval", "source"),
    "criteria": ("id", "version"),
    "findings": (),
    "pattern": (),
    "flags": (),
    "next_steps": (),
    "points": ("hip", "knee", "ankle"),
    "provenance": (
        "package",
        "model",
        "model_sha256",
        "calibration",
        "photo_sha256",
        "width_px",
        "height_px",
        "passes",
        "elapsed_ms",
    ),
}
"""The promise at every door: these names stay; others may be added."""


def as_json(result: Measurement) -> dict[str, Any]:
    text = measurement_out(result).model_dump_json()
    loaded: dict[str, Any] = json.loads(text)
    # Strict: no NaN, no infinity, and nothing that JSON would not give back.
    assert json.loads(json.dumps(loaded, allow_nan=False)) == loaded
    return loaded


def numbers(value: Any) -> Iterator[float]:
    """Every float anywhere in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, float):
        yield value


GOOD = StickFigure()
EXAMPLES = {
    "measured": lambda: measure_figure(GOOD),
    "assumed level": lambda: measure_people([GOOD.person()], level_deg=None),
    "leg given": lambda: measure_people([GOOD.person()], leg="left"),
    "nobody": lambda: measure_people([]),
    "too small": lambda: measure_figure(replace(GOOD, thigh_px=30)),
    "side uncertain": lambda: measure_people([GOOD.person()], [replace(GOOD, near=False).person()]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_promised_fields_are_there(name: str) -> None:
    out = as_json(EXAMPLES[name]())
    assert out.keys() >= FIELDS.keys()
    for field, inner in FIELDS.items():
        if out[field] is not None and inner:
            assert out[field].keys() >= set(inner)
    assert out["schema_version"] == SCHEMA_VERSION
    assert out["notice"] == NOTICE


@pytest.mark.parametrize("name", EXAMPLES)
def test_json_reads_back_as_the_same_measurement(name: str) -> None:
    out = measurement_out(EXAMPLES[name]())
    assert MeasurementOut.model_validate_json(out.model_dump_json()) == out


@pytest.mark.parametrize("name", ["nobody", "too small", "side uncertain"])
def test_without_a_measurement_there_is_no_number(name: str) -> None:
    out = as_json(EXAMPLES[name]())
    assert out["measurable"] is False
    assert out["verdict"] == "not_measurable"
    angles = ("thigh_deg", "knee_flexion_deg", "hugged_thigh_deg")
    assert [out[field] for field in (*angles, "points", "tested_leg")] == [None] * 5
    assert out["findings"] == []
    blocking = [flag for flag in out["flags"] if flag["blocking"]]
    assert blocking
    assert all(flag["advice"] for flag in blocking)


def test_numbers_are_the_measured_ones() -> None:
    result = measure_figure(replace(GOOD, thigh_deg=-12.34, knee_deg=77.77, roll_deg=1.5))
    out = as_json(result)
    assert result.angles is not None
    assert result.interpretation.verdict == out["verdict"]
    assert out["measurable"] is True
    assert (out["thigh_deg"]["value"], out["knee_flexion_deg"]["value"]) == (-12.3, 77.8)
    assert out["hugged_thigh_deg"]["value"] == GOOD.held_deg
    assert out["thigh_deg"]["interval"] == [
        round(end, 1) for end in result.angles.thigh.interval_deg
    ]
    assert out["thigh_deg"]["source"] == "automatic"
    low, high = out["level"]["interval"]
    assert (out["level"]["roll_deg"], out["level"]["source"]) == (1.5, "given")
    assert low < 1.5 < high
    assert out["tested_leg"] == {"side": "right", "source": "inferred", "near_camera": True}
    assert out["head_towards"] == "left"


def test_points_are_the_tested_legs_joints() -> None:
    out = as_json(measure_figure(GOOD))
    person = GOOD.person().points_px
    for name, joint in (("hip", 24), ("knee", 26), ("ankle", 28)):
        point = out["points"][name]
        assert (point["x_px"], point["y_px"]) == pytest.approx(tuple(person[joint]), abs=0.051)
        assert point["source"] == "automatic"


def test_findings_and_flags_are_listed() -> None:
    result = measure_people([GOOD.person()], level_deg=None)
    out = as_json(result)
    assert [finding["criterion"] for finding in out["findings"]] == ["thigh", "knee"]
    assert [finding["cutoff_deg"] for finding in out["findings"]] == [0.0, 70.0]
    assert all(finding["text"] for finding in out["findings"])
    assert [flag["code"] for flag in out["flags"]] == [
        flag.kind.code for flag in result.quality.flags
    ]
    assert out["criteria"] == {"id": "guide", "version": result.interpretation.rules.version}


@settings(max_examples=25)
@given(
    thigh=st.sampled_from([-0.04, -0.0, 0.0, 0.04, -5.0]),
    knee=st.sampled_from([0.0, -0.03, 0.04, 90.0]),
    roll=st.sampled_from([-0.04, -0.0, 0.0, 2.0]),
)
def test_zero_has_no_sign(thigh: float, knee: float, roll: float) -> None:
    out = as_json(measure_figure(replace(GOOD, thigh_deg=thigh, knee_deg=knee, roll_deg=roll)))
    assert [number for number in numbers(out) if number == 0 and math.copysign(1, number) < 0] == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_cannot_be_put_in(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        PointOut(x_px=bad, y_px=0.0)
    with pytest.raises(ValueError, match="finite"):
        AngleOut(value=0.0, interval=(0.0, bad))


@pytest.mark.parametrize("code", FLAG_KINDS)
def test_every_flag_translates(code: str) -> None:
    kind = FLAG_KINDS[code]
    out = flag_out(Flag(kind, 1.0, 2.0, "px"))
    assert (out.code, out.blocking, out.text, out.advice) == (
        kind.code,
        kind.blocking,
        kind.text,
        kind.advice,
    )


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.code)
def test_every_error_translates(error: Any) -> None:
    out = error_out(error("It is 7 pixels wide."))
    assert (out.code, out.message, out.advice) == (
        error.code,
        "It is 7 pixels wide.",
        error.advice,
    )
