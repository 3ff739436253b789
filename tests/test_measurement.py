"""measure() takes a path, bytes or pixels through every stage, and says what it did."""

import atexit
import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import vision
from stick_figure import FakeEstimator, StickFigure, marked_picture, measure_figure, measure_people
from vision.backends import engines
from vision.backends.engines import default_estimator
from vision.criteria import DEFAULT_RULES
from vision.errors import EmptyFile, FileTooLarge, InvalidOption
from vision.measurement import UNCALIBRATED, Measurement, measure, package_version
from vision.passes import run_passes
from vision.photo import MAX_BYTES, photo_from_array
from vision.transforms import ALL_PASSES, SIDEWAYS_PASSES

FIGURE = StickFigure()


def fake() -> FakeEstimator:
    return FakeEstimator((900, 700), [FIGURE.person()])


@pytest.fixture
def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(marked_picture()).save(buffer, "PNG")
    return buffer.getvalue()


def angles_of(result: Measurement) -> tuple[float, float]:
    assert result.angles is not None
    return result.angles.thigh.value_deg, result.angles.knee_flexion.value_deg


# --- the doors --------------------------------------------------------------------------------


def test_path_bytes_and_pixels_measure_the_same(png: bytes, tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(png)
    sources: list[Any] = [file, str(file), png, marked_picture()]
    results = [measure(source, level_deg=0.0, estimator=fake()) for source in sources]
    assert {angles_of(result) for result in results} == {angles_of(results[0])}
    assert angles_of(results[0]) == pytest.approx((FIGURE.thigh_deg, FIGURE.knee_deg))
    sums = [result.photo.sha256 for result in results]
    assert sums[0] == sums[1] == sums[2] != sums[3]


def test_nothing_is_written_beside_the_photo(png: bytes, tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(png)
    measure(file, estimator=fake())
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == png


def test_callers_pixels_are_left_alone() -> None:
    mine = marked_picture()
    measure(mine, estimator=fake())
    np.testing.assert_array_equal(mine, marked_picture())
    assert mine.flags.writeable


def test_measuring_again_gives_the_same_numbers() -> None:
    one, two = (measure_figure(FIGURE) for _ in range(2))
    assert angles_of(one) == angles_of(two)
    assert one.interpretation == two.interpretation
    assert one.quality == two.quality


def test_missing_file_and_folder_raise_what_python_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        measure(tmp_path / "nowhere.jpg", estimator=fake())
    with pytest.raises(IsADirectoryError):
        measure(tmp_path, estimator=fake())


def test_a_file_that_is_too_large_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Path, "read_bytes")
    file = tmp_path / "huge.jpg"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(FileTooLarge, match=r"25\.0 MB"):
        measure(file, estimator=fake())


# --- options ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"leg": "both"},
        {"leg": "Left"},
        {"leg": ""},
        {"criteria": "no such rules"},
        {"level_deg": 46.0},
        {"level_deg": float("nan")},
    ],
    ids=str,
)
def test_impossible_options_are_refused_before_anything_is_looked_at(
    options: dict[str, Any],
) -> None:
    estimator = fake()
    with pytest.raises(InvalidOption):
        measure(b"", estimator=estimator, **options)
    assert estimator.calls == 0


def test_a_leg_that_nobody_has_is_named() -> None:
    with pytest.raises(InvalidOption, match=r"^The leg is 'both'; it must be 'left' or 'right'\.$"):
        measure(b"", leg="both", estimator=fake())  # type: ignore[arg-type]


def test_unreadable_photo_is_never_shown_to_the_model() -> None:
    estimator = fake()
    with pytest.raises(EmptyFile):
        measure(b"", estimator=estimator)
    assert estimator.calls == 0


@pytest.mark.parametrize(
    ("fast", "agreeing", "ensemble"),
    [
        (True, True, SIDEWAYS_PASSES),
        (True, False, SIDEWAYS_PASSES),
        (False, True, SIDEWAYS_PASSES),
        (False, False, ALL_PASSES),
    ],
)
def test_more_passes_are_taken_only_until_they_agree(
    fast: bool, agreeing: bool, ensemble: tuple[object, ...]
) -> None:
    person = FIGURE.person()
    passes = [[person]] if agreeing else [[person], [person], [person], [], [person]]
    result = measure_people(*passes, fast=fast)
    assert [one.transform for one in result.pose.passes] == list(ensemble)
    assert result.provenance.passes == result.view.passes_total == len(ensemble)
    assert angles_of(result) == pytest.approx((FIGURE.thigh_deg, FIGURE.knee_deg))


def test_a_second_look_can_overrule_the_first() -> None:
    photo = photo_from_array(marked_picture())
    others = dataclasses.replace(FIGURE, thigh_deg=20.0).person()
    sightings = [[FIGURE.person()]] * 3 + [[others]] + [[FIGURE.person()]] * 4
    estimator = FakeEstimator((900, 700), *sightings)
    pose, view = run_passes(photo, estimator)
    assert (len(pose.passes), estimator.calls) == (8, 8)
    assert (view.passes_agreeing, view.passes_total) == (7, 8)
    quick, hasty = run_passes(photo, FakeEstimator((900, 700), *sightings), thorough=False)
    assert (len(quick.passes), hasty.passes_agreeing) == (4, 3)


def test_an_empty_photo_is_not_looked_at_again() -> None:
    estimator = FakeEstimator((900, 700), [])
    _, view = run_passes(photo_from_array(marked_picture()), estimator)
    assert (view.refusal, estimator.calls) == ("no_person", len(SIDEWAYS_PASSES))


def test_given_level_moves_the_thigh_one_to_one_and_not_the_knee() -> None:
    flat, tilted = (measure_people([FIGURE.person()], level_deg=deg) for deg in (0.0, 2.5))
    assert angles_of(flat)[0] - angles_of(tilted)[0] == pytest.approx(2.5)
    assert angles_of(flat)[1] == pytest.approx(angles_of(tilted)[1])
    assert tilted.level.source == "given"


def test_leg_can_be_said() -> None:
    right = measure_people([FIGURE.person()], leg="right")
    assert right.view.leg is not None
    assert (right.view.leg.side, right.view.leg.source) == ("right", "given")
    assert [flag.kind.code for flag in right.quality.flags] == []
    left = measure_people([FIGURE.person()], leg="left")
    assert [flag.kind.code for flag in left.quality.flags] == ["leg_override_disagrees"]


# --- what a result holds ------------------------------------------------------------------------


def test_provenance_says_how_the_numbers_were_made() -> None:
    result = measure_figure(FIGURE)
    made = result.provenance
    assert made.package == package_version() != "unknown"
    assert (made.model, made.model_sha256) == ("fake", "0" * 64)
    assert made.calibration == UNCALIBRATED  # nobody has calibrated the fake model
    assert made.photo_sha256 == result.photo.sha256
    assert (made.width_px, made.height_px) == (900, 700)
    assert made.elapsed_ms > 0
    assert list(result.stages_ms) == ["decode", "pose", "level", "angles", "judge"]
    assert sum(result.stages_ms.values()) == pytest.approx(made.elapsed_ms, abs=1.0)
    assert result.interpretation.rules.id == DEFAULT_RULES


def test_measurable_means_angles_and_no_blocking_flag() -> None:
    good = measure_figure(FIGURE)
    assert good.measurable
    assert good.angles is not None
    refused = measure_people([])
    assert not refused.measurable
    assert refused.angles is None
    small = measure_figure(dataclasses.replace(FIGURE, thigh_px=30.0))
    assert not small.measurable
    assert small.angles is not None  # kept for the picture, never reported
    assert small.interpretation.verdict == "not_measurable"


@pytest.mark.parametrize("stage", ["photo", "view", "level", "angles", "quality", "provenance"])
def test_results_are_frozen(stage: str) -> None:
    result = measure_figure(FIGURE)
    for value in (result, getattr(result, stage)):
        first = dataclasses.fields(value)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, first, None)


def test_package_offers_measure_and_nothing_by_accident() -> None:
    assert vision.measure is measure
    assert vision.Measurement is Measurement
    with pytest.raises(AttributeError, match="measur"):
        vision.measur  # noqa: B018


def test_the_real_model_is_made_once_per_process() -> None:
    assert default_estimator("full") is default_estimator("full")
    assert default_estimator("full") is not default_estimator("heavy")
    assert default_estimator("heavy").model.name == "pose_landmarker_heavy"


def test_the_real_model_is_closed_when_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []
    monkeypatch.setattr(atexit, "register", registered.append)
    estimator = engines._estimator.__wrapped__("full", "mediapipe")
    assert registered == [estimator.close]
