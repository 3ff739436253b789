"""The benchmark's own arithmetic, on numbers worked out by hand."""

import json
import runpy
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest

from benchmarks.baselines import inner_angle, single_pass
from benchmarks.dataset import Truth, read_dataset
from benchmarks.mutants import QUICK, unwrapped
from stick_figure import FakeEstimator, StickFigure, marked_picture
from vision.backends.mediapipe import MediaPipeEstimator
from vision.photo import photo_from_array


@pytest.fixture
def report() -> ModuleType:
    pytest.importorskip("matplotlib")
    from benchmarks import report

    return report


# --- ground truth -------------------------------------------------------------------------------


def rendered(name: str, *, yaw: float = 3.0, pitch: float = -2.0) -> dict[str, Any]:
    """What the generator writes beside a photo."""
    return {
        "image": f"{name}.jpg",
        "test_side": "left",
        "test_leg_is_near": False,
        "head_direction": "left",
        "test_leg": {
            "thigh_sagittal_deg": -7.5,
            "knee_interior_3d_deg": 95.0,
            "image": {"thigh_vs_true_horizontal_deg": -8.25, "knee_interior_deg": 101.0},
        },
        "camera": {"roll_deg": 1.5, "pitch_deg": pitch, "yaw_optical_axis_deg": yaw},
        "body": {"bmi": 23.0},
    }


def written(folder: Path, *rows: dict[str, Any]) -> list[Truth]:
    for row in rows:
        (folder / row["image"]).with_suffix(".json").write_text(json.dumps(row), "utf-8")
    return read_dataset(folder)


def test_ground_truth_is_read_with_the_signs_of_the_library(tmp_path: Path) -> None:
    one, two = written(tmp_path, rendered("b"), rendered("a", yaw=-30.0))
    assert [one.path, two.path] == [tmp_path / "a.jpg", tmp_path / "b.jpg"]  # sorted by name
    assert (two.tested_leg, two.near_camera, two.head_towards) == ("left", False, "left")
    assert (two.thigh_deg, two.image_thigh_deg) == (-7.5, -8.25)
    assert (two.knee_flexion_deg, two.image_knee_flexion_deg) == (85.0, 79.0)  # 180 − inner
    assert (two.roll_deg, two.pitch_deg, two.yaw_deg) == (1.5, -2.0, 3.0)
    assert two.details["body"]["bmi"] == 23.0
    assert (two.make, two.person, one.person) == ("own", "b", "a")
    assert two.shank_from_plumb_deg == 90 - 7.5 - 85.0


def test_of_another_make_the_anatomical_centres_count_and_not_the_rigs(tmp_path: Path) -> None:
    row = rendered("c") | {"make": "valid", "character": "White_F_3"}
    for key, thigh, knee in (("test_leg_anat38", 3.0, 1.0), ("test_leg_sect", 50.0, 100.0)):
        image = {"thigh_vs_true_horizontal_deg": thigh + 0.5, "knee_interior_deg": knee + 2}
        row[key] = {"thigh_sagittal_deg": thigh, "knee_interior_3d_deg": knee, "image": image}
    (truth,) = written(tmp_path, row)
    assert (truth.thigh_deg, truth.image_thigh_deg) == (3.0, 3.5)
    assert (truth.knee_flexion_deg, truth.image_knee_flexion_deg) == (80.0, 78.0)
    assert (truth.make, truth.person) == ("valid", "White_F_3")


@pytest.mark.parametrize(
    ("yaw", "pitch", "within"),
    [(10.0, 8.0, True), (-10.0, -8.0, True), (10.1, 0.0, False), (0.0, -8.1, False)],
)
def test_the_protocol_ends_at_ten_degrees_of_yaw_and_eight_of_pitch(
    yaw: float, pitch: float, within: bool, tmp_path: Path
) -> None:
    (truth,) = written(tmp_path, rendered("a", yaw=yaw, pitch=pitch))
    assert truth.within_protocol is within


# --- baselines ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "angle"),
    [
        ((1, 0), (0, 1), 90),
        ((1, 0), (0, -1), 90),  # unsigned
        ((1, 0), (5, 0), 0),
        ((1, 0), (-2, 0), 180),
        ((1, 0), (-3, 3), 135),
        ((2, 2), (0, 7), 45),
    ],
)
def test_inner_angle(first: tuple[float, float], last: tuple[float, float], angle: float) -> None:
    vertex = np.array([40.0, -3.0])
    found_deg = inner_angle(vertex + first, vertex, vertex + last)
    assert found_deg == pytest.approx(angle, abs=1e-5)


@pytest.mark.parametrize("thigh_deg", [-10.0, 15.0])
def test_a_peers_unsigned_angle_loses_the_sign(thigh_deg: float, tmp_path: Path) -> None:
    figure = StickFigure(thigh_deg=thigh_deg, knee_deg=80, near=False)  # that is the left leg
    (truth,) = written(tmp_path, rendered("a"))
    photo = photo_from_array(marked_picture())
    for people in ([figure.person()], []):
        estimator = cast("MediaPipeEstimator", FakeEstimator((900, 700), people))
        read = single_pass(photo, estimator, truth)
        assert (read is None) == (not people)
        if read is not None:
            assert read["naive"] == pytest.approx((thigh_deg, 80))
            assert read["peer"] == pytest.approx((abs(thigh_deg), 80))


# --- tables -------------------------------------------------------------------------------------


def test_table_cells(report: ModuleType) -> None:
    # Mean 1, absolute mean 11/5, √(35/5), SD √(30/4) = 2.739.
    cells = report.stats(np.array([1.0, -1.0, 2.0, -2.0, 5.0]))
    assert cells == "+1.00 | **2.20** | 2.65 | -4.4 … +6.4 | 5.0"
    for few in ([], [-3.0], [1.0, 2.0]):
        assert report.stats(np.array(few)) == "– | – | – | – | –"


def record(measurable: bool, truth: tuple[float, float], **methods: Any) -> dict[str, Any]:
    named = {name.replace("_", " "): value for name, value in methods.items()}
    return {"measurable": measurable, "truth": truth, "methods": named}


def test_errors_are_signed_and_only_of_photos_with_a_number(report: ModuleType) -> None:
    records = [
        record(True, (-10, 80), ours=(-8, 79), naive=(170, 85)),
        record(False, (-10, 80), ours=(50, 50), naive=(-12, 80)),  # refused: not counted as ours
        record(True, (175, 0), ours=(-175, 0)),
        record(True, (0, 90)),
    ]
    np.testing.assert_allclose(report.errors(records, "ours", "truth"), [(2, -1), (10, 0)])
    np.testing.assert_allclose(report.errors(records, "naive", "truth"), [(-180, 5), (-2, 0)])
    assert report.errors(records, "nobody", "truth").shape == (0, 2)


def test_coverage_counts_truths_inside_the_interval(report: ModuleType) -> None:
    intervals = [[(-2, 2), (70, 90)], [(-1, 3), (70, 80)], [(1, 5), (60, 70)], [(0, 9), (0, 1)]]
    records = [
        {**record(True, (2, 85)), "intervals": pair} for pair in intervals
    ]  # 2 ≤ 2 and three more; only the first knee interval holds 85
    lines = report.coverage_lines(records)
    assert "| thigh | 4 | 100.0% | 2.0° |" in lines
    assert "| knee | 4 | 25.0% | 5.0° |" in lines


def test_coverage_is_told_at_each_end_of_the_range(report: ModuleType) -> None:
    records = [
        {**record(True, (float(deg), 85)), "intervals": [(0, 20), (80, 90)]}
        for deg in (-10, 5, 15, 30)
    ]
    lines = report.coverage_lines(records)
    assert "| thigh under 5° | 1 | 0.0% | 10.0° |" in lines
    assert "| thigh over 15° | 1 | 0.0% | 10.0° |" in lines
    assert "| thigh between | 2 | 100.0% | 10.0° |" in lines


# --- load ---------------------------------------------------------------------------------------


def test_growth_of_memory_leaves_out_the_warm_up() -> None:
    from benchmarks.load import growth

    assert growth([10.0] * 10 + [100.0] * 45 + [110.0] * 45) == 10.0
    assert growth([10.0] * 10 + [100.0] * 90) == 0.0


def test_load_is_summed_up() -> None:
    from benchmarks.load import Record, summary, table

    record = Record(memory=[(float(second), 90.0, 700.0) for second in range(1, 101)])
    record.statuses.update({"200": 300, "503": 100})
    record.answer_s, record.health_s = [2.0] * 300, [0.001] * 99 + [0.1]
    found = summary(record, 100.0, 2, (4.0, 2.0), 6.0)
    assert found["readings_per_s"] == 3.0
    assert found["share_of_batch_percent"] == 100.0
    assert found["healthz_ms"]["p50"] == 1.0
    assert found["healthz_ms"]["worst"] == 100.0
    assert "300 × 200, 100 × 503" in table(found)


# --- mutants ------------------------------------------------------------------------------------


def test_unwrapped_code_does_the_same_without_decorators(tmp_path: Path) -> None:
    source = '''from contextlib import contextmanager
from functools import cache

class Leg:
    """A leg."""

    def __init__(self) -> None:
        self.deg = 20

    @property
    def bent(self) -> bool:
        """Whether it is bent."""
        return self.deg > 10

    @staticmethod
    def name() -> str:
        return "leg"

@cache
def legs(count: int = 2) -> list[Leg]:
    return [Leg() for _ in range(count)]

@contextmanager
def held():
    yield "held"
'''
    assert all((Path(__file__).parent / f"test_{name}.py").exists() for name in QUICK.split())
    code = unwrapped(source)
    assert [line.strip() for line in code.split("\n") if "@" in line] == ["@staticmethod"]
    (tmp_path / "leg.py").write_text(code, "utf-8")
    names = runpy.run_path(str(tmp_path / "leg.py"))
    (leg, _) = names["legs"]()
    assert leg is names["legs"]()[0]
    assert (leg.bent, leg.name()) == (True, "leg")
    with names["held"]() as hand:
        assert hand == "held"
