"""The validation report: its arithmetic on small numbers, and that what is committed is current."""

import json
import re
from typing import Any

import numpy as np
import pytest

from benchmarks import validation
from benchmarks.conditions import conditions, designs, matches
from benchmarks.evidence import RESULTS, Evidence, measured, read_evidence
from benchmarks.group_tables import Contrast, contrasts
from benchmarks.groups import FACTORS
from benchmarks.markdown import number, share, span
from benchmarks.resampling import (
    difference,
    difference_interval,
    holm,
    mean_interval,
    p_value,
    share_interval,
)
from benchmarks.validation_tables import expected_borderline

SHOWN = re.compile(r"!\[([^\]]+)\]\((accuracy/[^)]+)\)")
MACHINE = re.compile(
    r"(?<![\w.])/(work|home|tmp|root|mnt|media|Users)/|[A-Z]:\\\\|file://|labels\.csv"
)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return read_evidence()


# --- what is committed --------------------------------------------------------------------------


def test_the_committed_report_is_what_the_command_writes(evidence: Evidence) -> None:
    asked = contrasts(measured(evidence.records))
    assert validation.PAGE.read_text("utf-8") == validation.page(evidence, asked)


def test_every_picture_is_shown_with_words_for_those_who_cannot_see_it() -> None:
    shown = SHOWN.findall(validation.PAGE.read_text("utf-8"))
    files = {path.relative_to(validation.DOCS).as_posix() for path in validation.PICTURES.iterdir()}
    assert {path for _, path in shown} == files
    assert all(len(alt) > 40 for alt, _ in shown)


def test_nothing_private_and_no_machine_is_in_report_or_results() -> None:
    for path in (validation.PAGE, *RESULTS.rglob("*.json"), *RESULTS.rglob("*.md")):
        assert not MACHINE.search(path.read_text("utf-8")), path
    # Photos of the private benchmark are told by numbers only, those shown are rendered.
    real = read_evidence().real
    allowed = {"row", "position", "kind", "truth", "refusal", "plain", "leg_right", "ours"}
    assert {key for row in real["rows"] for key in row} <= allowed | {"image", "level"}
    photos = {path.name for path in validation.PICTURES.glob("*.jpg")}
    assert photos == {"worst-dev.jpg", "worst-fresh.jpg", "worst-harder.jpg"}


def test_no_picture_carries_a_comment_or_a_place() -> None:
    image = pytest.importorskip("PIL.Image")
    for path in validation.PICTURES.iterdir():
        with image.open(path) as picture:
            told = {key for key in picture.info if not key.startswith(("jfif", "dpi"))}
            assert told == set(), path
            assert not picture.getexif(), path


def test_every_photo_belongs_to_one_group_of_each_factor(evidence: Evidence) -> None:
    for factor in FACTORS:
        for record in (*evidence.records, *evidence.residuals):
            belongs = [name for name, test in factor.groups.items() if test(record)]
            assert len(belongs) == 1, (factor.name, record["name"], belongs)


# --- resampling ---------------------------------------------------------------------------------


def test_groups_are_compared_within_the_sets() -> None:
    # The second set is harder for everyone and holds most members: they are no worse.
    values = np.array([1.0, 1, 1, 1, 5, 5, 5, 5])
    member = np.array([True, False, False, False, True, True, True, False])
    sets = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert difference(values, member, sets) == 0
    assert difference(values, member, np.zeros(8, int)) == pytest.approx(4 - 2)
    assert difference_interval(values, member, sets) == (0, 0)
    assert p_value(values, member, sets) == 1


def test_sets_count_by_their_precision() -> None:
    # Gaps 2 (weight 1·1/2) and 5 (weight 2·1/3); the third set has nobody to compare with.
    values = np.array([3.0, 1, 6, 6, 1, 100])
    member = np.array([True, False, True, True, False, True])
    sets = np.array([0, 0, 1, 1, 1, 2])
    expected = (2 / 2 + 5 * 2 / 3) / (1 / 2 + 2 / 3)
    assert difference(values, member, sets) == pytest.approx(expected)


def test_a_difference_is_found_and_none_is_not(rng: np.random.Generator) -> None:
    values = np.abs(rng.normal(0, 2, 200))
    member, sets = np.arange(200) % 2 == 0, np.repeat([0, 1], 100)
    low, high = difference_interval(values, member, sets)
    assert low < difference(values, member, sets) < high
    assert p_value(values, member, sets) > 0.05
    assert p_value(values + 1.5 * member, member, sets) < 0.001
    assert difference_interval(values + 1.5 * member, member, sets)[0] > 0.5


def test_the_interval_of_a_mean_is_as_wide_as_theory_says(rng: np.random.Generator) -> None:
    values = rng.normal(10, 3, 400)
    low, high = mean_interval(values, np.zeros(400, int))
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)
    assert (low + high) / 2 == pytest.approx(values.mean(), abs=0.02)
    # Sets that differ add nothing: each is drawn by itself.
    apart = np.repeat([0, 1], 200)
    assert mean_interval(values + 100.0 * apart, apart) == pytest.approx(
        (low + 50, high + 50), abs=0.05
    )


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("count", "n", "interval"),
    [(0, 10, (0, 0.2775)), (81, 263, (0.2553, 0.3662)), (10, 10, (0.7225, 1))],
)  # Newcombe, Stat Med 1998;17:857, Table I; and the closed form at the ends
def test_share_intervals(count: int, n: int, interval: tuple[float, float]) -> None:
    assert share_interval(count, n) == pytest.approx(interval, abs=1e-4)


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "found", "interval", "p", "answer"),
    [
        (40, 1.2, (0.4, 2.0), 0.01, "worse"),
        (40, -1.2, (-2.0, -0.4), 0.01, "better"),
        (40, 1.2, (0.4, 2.0), 0.2, "perhaps worse"),
        (40, -1.2, (-2.0, -0.4), 0.2, "perhaps better"),
        (40, 0.1, (-0.8, 0.9), 0.9, "alike"),
        (40, 0.1, (-0.8, 1.1), 0.9, "cannot tell"),
        (9, 3.0, (2.0, 4.0), 0.001, "cannot tell"),
    ],
)
def test_an_absent_proof_is_no_proof_of_absence(
    inside: int, found: float, interval: tuple[float, float], p: float, answer: str
) -> None:
    one = Contrast(FACTORS[0], "thigh", inside, 100, found, interval, p, p)
    assert one.answer == answer


def test_numbers_as_they_are_printed() -> None:
    assert number(-1.25, 2) == "−1.25"
    assert number(-0.01) == "0.0"
    assert number(-0.01, sign=True) == "+0.0"
    assert span((-1.0, 2.0), sign=True) == "−1.0 to +2.0"
    assert share(1, 4).startswith("1 of 4, 25 % (")
    assert expected_borderline(1.96, 0, 1, 0) == pytest.approx(0.95, abs=1e-4)


# --- conditions ---------------------------------------------------------------------------------


def params(**camera: Any) -> dict[str, Any]:
    return {
        "male": True,
        "look": {"fitz": 3},
        "clothes": {"leg_len": 1.5, "tight": False},
        "light": {"target_mean": 120.0},
        "test_leg": {"theta": -5.0, "knee": 100.0, "abduction": 7.0},
        "camera": {"dist": 3.0, **camera},
    }


def test_conditions_of_plain_and_of_harder_photos() -> None:
    plain = conditions(params())
    assert (plain["brightness"], plain["blurred"], plain["pelvis"]) == (120.0, False, "flat")
    how = {"darkness": 0.5, "blur_px": 0.0, "shake_px": 3.0, "pelvis": "hollow"}
    harder = conditions(params(harder=how))
    assert (harder["brightness"], harder["blurred"], harder["pelvis"]) == (60.0, True, "hollow")


def test_a_record_of_another_photo_is_not_taken() -> None:
    record = {"sex": "male", "skin": 3, "tight": False, "truth": [-5.0, 80.0]}
    assert matches(record, params())
    for other in ({"skin": 4}, {"sex": "female"}, {"tight": True}, {"truth": [-5.0, 80.1]}):
        assert not matches(record | other, params())


def test_the_results_name_the_photos_that_they_are_of() -> None:
    for path in RESULTS.rglob("accuracy.json"):
        records = json.loads(path.read_text("utf-8"))["synthetic"]
        assert len({record["name"] for record in records}) == len(records) == 60, path


def test_designs_are_balanced() -> None:
    class Generator:
        @staticmethod
        def strat(rng: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
            return rng.permutation(low + (high - low) * (np.arange(n) + 0.5) / n)

    drawn = designs(Generator, 1, 8)
    sides = [(one["test_side"], one["camera_side"]) for one in drawn]
    assert {sides.count(pair) for pair in sides} == {2}
    assert {round(one["yaw"]) for one in drawn} == {-22, -16, -9, -3, 3, 9, 16, 22}
