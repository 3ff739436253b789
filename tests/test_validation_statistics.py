"""Statistics for several photos per person: known answers, invariances, and simulated studies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agreement.angle_error import acceptable, limits_of, slope_of
from app.agreement.clusters import (
    Limits,
    chi2_quantile,
    clustered_limits,
    one_way,
    rater_reliability,
)
from app.agreement.repeatability import components, repeatability, repeats
from app.agreement.resampling import (
    Floats,
    Ints,
    difference_interval,
    holm,
    mean_interval,
    numbered,
    p_value,
    share_interval,
)
from app.agreement.rule_verdicts import weighted_kappa
from app.agreement.statistics import agree
from vision.angles import Z95

values = st.lists(st.floats(-90, 90, width=32), min_size=6, max_size=30)


def study(people: int, each: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Differences with a part that recurs with the person: SD 1.5 and 2, mean 0.5."""
    who = np.repeat(np.arange(people), rng.integers(1, each + 1, people))
    return 0.5 + rng.normal(0, 1.5, people)[who] + rng.normal(0, 2, len(who)), who


# --- limits of agreement ------------------------------------------------------------------------


def test_chi2_quantiles_of_a_table() -> None:
    for p, df, expected in (
        (0.975, 10, 20.483),
        (0.025, 3, 0.2158),
        (0.975, 200, 241.058),
        (0.5, 1, 0.4549),
    ):
        assert chi2_quantile(p, df) == pytest.approx(expected, rel=2e-4)


def test_mean_squares_of_a_worked_example() -> None:
    # 1, 3 | 5, 7, 9: means 2 and 7, mean of all 5.
    within, between, each = one_way(np.array([1.0, 3, 5, 7, 9]), np.array([0, 0, 1, 1, 1]))
    assert (within, between, each) == pytest.approx((10 / 3, 30.0, 5 - 13 / 5))


def test_single_photos_give_the_limits_of_bland_and_altman() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(0, 9, 25)
    read = true + rng.normal(1, 2, 25)
    found, plain = limits_of(true, read, np.arange(25)), agree(true, read)
    assert found.limits_deg == plain.limits_deg
    assert found.upper_limit_interval_deg == plain.upper_limit_interval_deg


def test_intervals_hold_the_true_limits_as_often_as_they_promise() -> None:
    rng, held, studies = np.random.default_rng(2), np.zeros(3), 300
    for _ in range(studies):
        found = clustered_limits(*study(20, 4, rng))
        for place, (ends, true) in enumerate(
            (
                (found.bias_interval_deg, 0.5),
                (found.lower_limit_interval_deg, 0.5 - Z95 * 2.5),
                (found.upper_limit_interval_deg, 0.5 + Z95 * 2.5),
            )
        ):
            held[place] += ends[0] <= true <= ends[1]
    assert np.all(held / studies > 0.91)
    assert np.all(held / studies < 0.985)


def test_photos_of_one_person_count_less_than_people() -> None:
    difference, who = study(15, 4, np.random.default_rng(3))
    alone = limits_of(np.zeros(len(difference)), difference, np.arange(len(difference)))
    clustered = clustered_limits(difference, who)
    for name in ("bias_interval_deg", "lower_limit_interval_deg", "upper_limit_interval_deg"):
        assert np.diff(getattr(clustered, name)) > np.diff(getattr(alone, name)), name


def numbers(found: Limits) -> Floats:
    return np.array(
        [
            found.bias_deg,
            *found.bias_interval_deg,
            *found.limits_deg,
            *found.lower_limit_interval_deg,
            *found.upper_limit_interval_deg,
        ]
    )


@given(values, st.floats(-20, 20), st.sampled_from([0.5, 3.0]))
def test_limits_shift_and_scale_with_the_differences(
    given_deg: list[float], by: float, factor: float
) -> None:
    difference = np.array(given_deg)
    who = np.arange(len(difference)) // 2
    was = numbers(clustered_limits(difference, who))
    np.testing.assert_allclose(
        numbers(clustered_limits(difference + by, who)), was + by, rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(
        numbers(clustered_limits(factor * difference, who)), factor * was, rtol=1e-6, atol=1e-6
    )
    swapped = numbers(clustered_limits(-difference, who))
    np.testing.assert_allclose(sorted(swapped), sorted(-was), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("lower", "upper", "answer"),
    [
        ((-4.9, -3), (3, 4.9), "yes"),
        ((-5, -3), (3, 5), "yes"),
        ((-5.1, -3), (3, 4), "cannot tell"),
        ((-3, -1), (4.8, 5.2), "cannot tell"),
        ((-9, -5.1), (3, 4), "no"),
        ((-3, -1), (5.1, 9), "no"),
    ],
)
def test_the_acceptable_error(
    lower: tuple[float, float], upper: tuple[float, float], answer: str
) -> None:
    found = Limits(0, (0, 0), 1, (-2, 2), lower, upper)
    assert acceptable(found, 5.0) == answer


def test_a_slope_that_is_there_is_found_and_its_interval_is_wider_for_fewer_people() -> None:
    rng = np.random.default_rng(4)
    true = rng.uniform(-20, 20, 60)
    read = 1.1 * true + rng.normal(0, 1, 60)
    slope, alone = slope_of(true, read, np.arange(60))
    _, few = slope_of(true, read, np.arange(60) // 6)
    assert slope == pytest.approx(0.1 / 1.05, abs=0.02)
    assert slope is not None
    assert alone is not None
    assert few is not None
    assert alone[0] > 0.05
    assert few[0] < slope < few[1]
    assert slope_of(np.zeros(6), np.zeros(6), np.arange(6)) == (None, None)


def test_an_error_of_the_reference_is_no_slope() -> None:
    rng = np.random.default_rng(14)
    true = rng.normal(0, 9, 2000)
    reference, read = (true + rng.normal(0, 3, 2000) for _ in range(2))
    slope, _ = slope_of(reference, read, np.arange(2000))
    assert slope is not None
    assert abs(slope) < 0.03, "on the reference it would be -0.1"


# --- repeats and raters -------------------------------------------------------------------------


def nested(rng: np.random.Generator, *, unequal: bool) -> tuple[Floats, dict[str, list[str]]]:
    """Person SD 3, leg 2, set-up 1.5, rest 1."""
    read: list[float] = []
    levels: dict[str, list[str]] = {"person": [], "leg": [], "setup": []}
    for person in range(25):
        own = rng.normal(0, 3)
        for leg in "lr":
            side = rng.normal(0, 2)
            for setup in range(int(rng.integers(1, 4)) if unequal else 2):
                place = rng.normal(0, 1.5)
                for _ in range(int(rng.integers(1, 3)) if unequal else 2):
                    read.append(own + side + place + rng.normal())
                    levels["person"].append(f"{person}")
                    levels["leg"].append(f"{person}{leg}")
                    levels["setup"].append(f"{person}{leg}{setup}")
    return np.array(read), levels


@pytest.mark.parametrize("unequal", [False, True])
def test_components_are_found_again(unequal: bool) -> None:
    rng = np.random.default_rng(5)
    found = [list(components(*nested(rng, unequal=unequal)).values()) for _ in range(80)]
    np.testing.assert_allclose(np.mean(found, axis=0), [9, 4, 2.25, 1], rtol=0.12)


def test_components_of_equal_groups_are_those_of_the_analysis_of_variance() -> None:
    read = np.array([1.0, 3, 5, 7, 2, 8])
    within, between, each = one_way(read, np.array([0, 0, 1, 1, 2, 2]))
    found = components(read, {"person": list("aabbcc")})
    assert found == pytest.approx({"person": max((between - within) / each, 0), "rest": within})


def test_levels_that_photos_cannot_tell_apart_are_left_out() -> None:
    read = np.array([1.0, 3, 5, 7])
    alike = components(read, {"person": list("aabb"), "leg": ["al", "al", "bl", "bl"]})
    assert set(alike) == {"person", "rest"}
    assert set(components(read, {"person": list("abcd")})) == {"rest"}


def test_sem_of_a_worked_example_and_without_repeats() -> None:
    found = repeatability(np.array([1.0, 3, 5, 7, 9]), list("aabbc"))
    assert found is not None
    assert (found.units, found.photos) == (2, 4)
    assert found.sem_deg == pytest.approx(math.sqrt(2))
    assert found.mdc95_deg == pytest.approx(Z95 * 2)
    assert found.sem_interval_deg[0] < found.sem_deg < found.sem_interval_deg[1]
    assert repeatability(np.array([1.0, 3, 5]), list("aab")) is None


def test_a_new_setup_repeats_worse_than_the_same() -> None:
    read, levels = nested(np.random.default_rng(6), unequal=False)
    found = repeats(read, read, levels)
    assert found is not None
    assert found.same_setup is not None
    assert found.new_setup is not None
    assert found.same_setup.sem_deg == pytest.approx(1, abs=0.15)
    assert found.new_setup.sem_deg == pytest.approx(math.sqrt(1.5**2 + 1), abs=0.35)
    assert found.icc == pytest.approx(13 / 16.25, abs=0.15)
    alone = repeats(read, read, {name: levels[name] for name in ("person", "leg")})
    assert alone is not None
    assert alone.same_setup is None


def test_two_raters_are_those_of_the_agreement_kit() -> None:
    rng = np.random.default_rng(8)
    first = rng.normal(0, 9, 12)
    second = first + rng.normal(1, 2, 12)
    found, kit = rater_reliability(np.column_stack((first, second))), agree(first, second)
    assert found.sem_deg == pytest.approx(kit.sem_deg)
    assert found.icc == kit.icc
    assert found.mean_sem_deg == pytest.approx(kit.sem_deg / math.sqrt(2))


# --- resampling ---------------------------------------------------------------------------------


def test_one_photo_per_person_gives_the_interval_of_the_mean() -> None:
    sample = np.random.default_rng(9).normal(3, 2, 200)
    low, high = mean_interval(sample, np.arange(200))
    half = Z95 * sample.std(ddof=1) / math.sqrt(200)
    assert (low, high) == pytest.approx((sample.mean() - half, sample.mean() + half), abs=0.03)


def test_copies_of_a_photo_add_nothing() -> None:
    sample = np.random.default_rng(10).normal(3, 2, 40)
    once = mean_interval(sample, np.arange(40))
    assert mean_interval(np.repeat(sample, 5), np.repeat(np.arange(40), 5)) == pytest.approx(once)


@given(values, st.floats(-20, 20))
def test_intervals_of_means_shift_with_the_values(sample: list[float], by: float) -> None:
    who = np.arange(len(sample)) // 2
    was, now = (mean_interval(np.array(sample) + shift, who) for shift in (0, by))
    assert now == pytest.approx(np.array(was) + by, abs=1e-6)
    assert was[0] <= was[1]


def test_a_difference_between_people_needs_people() -> None:
    """Two people with 20 photos each are two, however far apart their photos lie."""
    away = np.r_[np.full(20, 3.0), np.full(20, 1.0)]
    member = np.arange(40) < 20
    assert p_value(away, member, np.arange(40)) < 0.001
    assert p_value(away, member, np.repeat([0, 1], 20)) > 0.9


def test_people_with_photos_in_both_groups_are_compared_with_themselves() -> None:
    rng = np.random.default_rng(12)
    own = rng.normal(0, 30, 20)
    away = np.repeat(own, 2) + np.tile([0.0, 1.0], 20) + rng.normal(0, 0.3, 40)
    second, who = np.tile([False, True], 20), np.repeat(np.arange(20), 2)
    assert p_value(away, second, who) < 0.01
    assert p_value(away, second, np.arange(40)) > 0.5
    found = difference_interval(away, second, who)
    assert found is not None
    assert 0.7 < found[0] < 1 < found[1] < 1.3


def test_chance_is_found_as_often_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.agreement.resampling.DRAWS", 200)
    rng, low = np.random.default_rng(13), 0
    for _ in range(200):
        away, who = np.repeat(rng.normal(size=16), 2), np.repeat(np.arange(16), 2)
        low += p_value(away, np.repeat(rng.permuted(np.arange(16) < 8), 2), who) < 0.1
    assert 8 <= low <= 34  # 20 expected; binomial 99.9 % interval


def test_a_group_of_one_person_has_no_interval() -> None:
    member = np.arange(12) == 0
    assert difference_interval(np.arange(12.0), member, np.arange(12)) is None


def test_numbered_shares_and_holm() -> None:
    assert numbered(["b", "a", "b"]).tolist() == [0, 1, 0]
    assert share_interval(57, 60) == pytest.approx((0.863, 0.983), abs=0.001)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


# --- weighted kappa -----------------------------------------------------------------------------


def kappa_of(table: list[list[int]]) -> tuple[float | None, tuple[float, float] | None]:
    pairs = [
        (row, column)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    first, second = np.array(pairs, np.int64).T
    return weighted_kappa(first, second, np.arange(len(pairs)))


def test_weighted_kappa_of_a_table_worked_out_by_hand() -> None:
    # Rows 15, 10, 15; columns 12, 11, 17; 40 in all.
    found, interval = kappa_of([[10, 3, 2], [2, 6, 2], [0, 2, 13]])
    seen = 3 + 2 * 2 + 2 + 2 + 2
    expected = (15 * 11 + 2 * 15 * 17 + 10 * 12 + 10 * 17 + 2 * 15 * 12 + 15 * 11) / 40
    assert found == pytest.approx(1 - seen / expected)
    assert found is not None
    assert interval is not None
    assert interval[0] < found < interval[1] <= 1


def test_weighted_kappa_at_its_ends() -> None:
    assert kappa_of([[5, 0, 0], [0, 5, 0], [0, 0, 5]])[0] == pytest.approx(1)
    assert kappa_of([[4, 0, 4], [0, 0, 0], [4, 0, 4]])[0] == pytest.approx(0)
    assert kappa_of([[9, 0, 0], [0, 0, 0], [0, 0, 0]]) == (None, None)
