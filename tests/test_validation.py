"""The validation report: its arithmetic on small numbers, and that what is committed is current."""

import json
import re
from typing import Any

import numpy as np
import pytest

from benchmarks.conditions import conditions, designs, matches
from benchmarks.markdown import number, share, span
from benchmarks.resampling import (
    difference,
    difference_interval,
    holm,
    mean_interval,
    p_value,
    share_interval,
)
from benchmarks.validation import decisions, judged, pages, pictures, unseen
from benchmarks.validation.evidence import RESULTS, Evidence, measured, read_evidence
from benchmarks.validation.group_tables import Contrast, contrasts
from benchmarks.validation.groups import FACTORS
from benchmarks.validation.tables import expected_borderline
from vision.criteria import RULE_SETS
from vision.geometry import thigh_angle
from vision.sides import Side

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
    for page, text in pages.pages(evidence, asked).items():
        assert page.read_text("utf-8") == text, page


def test_every_picture_is_shown_with_words_for_those_who_cannot_see_it() -> None:
    both = (pages.PAGE, pages.GROUPS_PAGE)
    shown = [one for page in both for one in SHOWN.findall(page.read_text("utf-8"))]
    files = {path.relative_to(pages.DOCS).as_posix() for path in pages.PICTURES.iterdir()}
    assert {path for _, path in shown} == files
    assert all(len(alt) > 40 for alt, _ in shown)


def test_nothing_private_and_no_machine_is_in_report_or_results() -> None:
    for path in (pages.PAGE, pages.GROUPS_PAGE, *RESULTS.rglob("*.json"), *RESULTS.rglob("*.md")):
        assert not MACHINE.search(path.read_text("utf-8")), path
    # Photos of the private benchmark are told by numbers only, those shown are rendered.
    real = read_evidence().real
    allowed = {
        "row",
        "position",
        "kind",
        "truth",
        "refusal",
        "plain",
        "leg_right",
        "ours",
        "leg_given",
    }
    assert {key for row in real["rows"] for key in row} <= allowed | {"image", "level"}
    photos = {path.name for path in pages.PICTURES.glob("*.jpg")}
    assert photos == {"worst-dev.jpg", "worst-fresh.jpg", "worst-harder.jpg"}


def test_no_picture_carries_a_comment_or_a_place() -> None:
    image = pytest.importorskip("PIL.Image")
    for path in pages.PICTURES.iterdir():
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


# --- bodies left out, verdicts and what they cost -------------------------------------------------


def stranger(thigh: float, knee: float, *read: float, **more: Any) -> dict[str, Any]:
    """A record as ``benchmarks.strangers`` writes it; ``read``: thigh, knee and the sigma of all."""
    seen_thigh, seen_knee, sigma = read
    angles = (seen_thigh, seen_knee, 90 + seen_thigh - seen_knee)
    reading = [[angle, sigma] for angle in angles]
    start = {"make": "own", "person": "a", "near": True, "groups": [], "truth": [thigh, knee]}
    return start | {"make_left_out": reading, "reading": reading} | more


def test_photos_of_one_body_count_as_one(rng: np.random.Generator) -> None:
    """Ten copies of each photo tell no more than one: the interval stays as wide."""
    values = rng.normal(2, 1, 60)
    alone = unseen.mean_interval(values, [np.array([row]) for row in range(60)])
    copied = unseen.mean_interval(
        np.repeat(values, 10), [np.arange(10 * row, 10 * row + 10) for row in range(60)]
    )
    assert copied == pytest.approx(alone)
    independent = unseen.mean_interval(
        np.repeat(values, 10), [np.array([row]) for row in range(600)]
    )
    assert np.diff(independent) < 0.5 * np.diff(alone)


def test_a_group_that_is_read_worse_is_found_within_the_makes(rng: np.random.Generator) -> None:
    """Far legs are 2° worse in both makes; that one make is harder for all makes no difference."""
    records = []
    for row in range(240):
        make = ("own", "valid")[row % 2]
        far = row % 4 < 2 if make == "own" else row % 8 < 2
        size = abs(rng.normal(2, 0.5)) + 2 * far + 5 * (make == "valid")
        found = stranger(0, 80, size, 80 + 2 * size, 1.0, make=make, person=str(row))
        records.append(found | {"groups": ["far leg"] * far + ["darker skin"] * (row % 3 == 0)})
    asked = {(one.asked, one.angle): one for one in unseen.differences(records)}
    far_leg = asked["far leg", "thigh"]
    assert far_leg.difference_deg == pytest.approx(2, abs=0.3)
    assert far_leg.interval_deg[0] > 1.5
    assert far_leg.p_corrected < 0.001
    assert asked["darker skin", "thigh"].p_corrected > 0.05


def test_distances_from_the_cut_offs_of_the_guide() -> None:
    records = [stranger(*angles, 0, 90, 1) for angles in ((5, 80), (-10, 75), (-10, 65))]
    distances = judged.cut_off_distances(records, RULE_SETS["guide"])
    # 10° below the horizontal the guide wants 70° of flexion.
    assert distances == pytest.approx(np.array([[5, 0], [-10, -5], [-10, 5]]))


def test_verdicts_are_counted_by_the_truth() -> None:
    records = [
        stranger(-10, 85, -10, 85, 0.5),  # passes, and is seen to
        stranger(-10, 85, 1, 85, 2.0),  # passes, and cannot be told
        stranger(15, 85, 15, 85, 0.5),  # fails, and is seen to
        stranger(15, 85, -10, 85, 0.5),  # fails, and is passed
        stranger(15, 85, 0, 0, 1) | {"reading": None},
    ]
    counts = judged.confusion(records, RULE_SETS["guide"])
    assert counts["pass"] == {"pass": 1, "borderline": 1, "fail": 0, "not_measurable": 0}
    assert counts["fail"] == {"pass": 1, "borderline": 0, "fail": 1, "not_measurable": 1}
    assert "1 of 3, 33 %" in judged.confusion_table(counts)


def test_coverage_is_told_by_the_distance_from_the_cut_off() -> None:
    near = [stranger(1, 100, 2, 100, 1.0)] * 3 + [stranger(1, 100, 9, 100, 1.0)]
    far = [stranger(20, 100, 20, 100, 1.0)] * 5
    lines = judged.near_cut_offs({"all": ([*near, *far], "reading")}, RULE_SETS["guide"])
    rows = [line for line in lines.split("\n") if "all" in line]
    assert "3 of 4, 75 %" in rows[0]  # within 2.5°
    assert "| – |" in rows[1]  # nobody between 2.5° and 5°
    assert "5 of 5, 100 %" in rows[3]


def test_groups_are_told_near_the_cut_off_only() -> None:
    close = stranger(1, 100, 9, 100, 1.0, groups=["far leg"])  # missed, but near
    records = [close, *[stranger(20, 100, 20, 100, 1.0, groups=["far leg"])] * 5]
    lines = judged.close_groups(records, RULE_SETS["guide"], "reading").split("\n")
    far = next(line for line in lines if line.startswith("| far leg"))
    assert far.startswith("| far leg | 0 of 1, 0 % (")
    assert far.endswith("| – | – |")


@pytest.mark.parametrize(("prevalence", "threshold"), [(0.2, 0.1), (0.6, 0.5), (0.3, 0.3)])
def test_net_benefit_by_hand(prevalence: float, threshold: float) -> None:
    odds = threshold / (1 - threshold)
    everybody = decisions.Strategy("everybody", 1.0, 0.0).net_benefit(prevalence, threshold)
    assert everybody == pytest.approx(prevalence - (1 - prevalence) * odds)
    assert (everybody > 0) == (threshold < prevalence) or everybody == pytest.approx(0, abs=1e-12)
    assert decisions.Strategy("nobody", 0.0, 1.0).net_benefit(prevalence, threshold) == 0
    # Of 100, half of the short found, one in ten of the others in vain.
    test = decisions.Strategy("test", 0.5, 0.9).net_benefit(prevalence, threshold)
    assert test == pytest.approx(0.5 * prevalence - 0.1 * (1 - prevalence) * odds)


def test_acting_on_borderline_finds_more_and_wastes_more() -> None:
    good, bad = (-12, 85), (12, 85)
    legs = [
        *[stranger(*good, *good, 0.5)] * 5,  # pass
        *[stranger(*good, 0, 85, 3.0)] * 4,  # borderline
        stranger(*good, *bad, 0.5),  # fail
        *[stranger(*bad, 0, 85, 3.0)] * 5,
        *[stranger(*bad, *bad, 0.5)] * 15,
    ]
    found = decisions.strategies(legs, RULE_SETS["guide"], key="reading")
    by_name = {one.name: one for one in found}
    assert (by_name["everybody"].sensitivity, by_name["everybody"].specificity) == (1, 0)
    sure, open_ = by_name["the instrument's “fail”"], by_name["“fail” and “borderline”"]
    assert [sure.sensitivity, sure.specificity] == pytest.approx([0.75, 0.9])
    assert [open_.sensitivity, open_.specificity] == pytest.approx([1.0, 0.5])
    again = by_name["“fail”, and the inclinometer where borderline"]
    assert [again.sensitivity, again.specificity] == pytest.approx([1.0, 0.9], abs=0.01)
    eye, inclinometer = (
        next(one for name, one in by_name.items() if kind in name)
        for kind in ("goniometer", "an inclinometer")
    )
    assert 0.85 < eye.sensitivity < inclinometer.sensitivity == 1.0


def test_a_refused_picture_is_told_by_what_refused_it() -> None:
    records: list[dict[str, Any]] = [
        {"verdict": None, "flags": ["leg_supported", "standing"]},
        {"verdict": None, "flags": ["standing"]},
        {"verdict": "fail", "flags": []},
    ]
    number, given, passed, why = pictures._judged(records)
    assert (number, passed, why) == ("3", "0", "`standing` 2")
    assert given.startswith("1: 33 %")


@pytest.mark.parametrize("head", ["left", "right"])
def test_a_level_read_wrongly_moves_thigh_and_shank_but_not_the_knee(head: Side) -> None:
    from types import SimpleNamespace

    level, wrong = (
        float(thigh_angle(np.zeros(2), np.array([9.0, 4.0]), head_towards=head, roll_deg=roll))
        for roll in (1.0, 3.0)
    )

    strangers = pytest.importorskip("benchmarks.strangers")
    columns = {"level_error": np.array([2.0]), "level_sigma": np.array([4.0])}
    shown = [SimpleNamespace(head_towards=head)]
    error, sigma = strangers.with_level(columns, shown, np.zeros((1, 3)), np.full((1, 3), 3.0))
    assert error[0] == pytest.approx([wrong - level, 0.0, wrong - level])
    assert sigma.tolist() == [[5.0, 3.0, 5.0]]
