"""Variance components of errors: what was simulated comes back, and shifts stay shifts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.agreement.statistics import agree, t_quantile
from benchmarks import variance
from benchmarks.variance import Floats

ERRORS = arrays(np.float64, (6, 3), elements=st.floats(-20, 20, width=32))
ANY_STATISTIC = [
    variance.mean_error,
    variance.rmse,
    variance.within_sd,
    variance.worst_of_20,
]


def of_bodies(errors: Floats) -> Floats:
    return variance.one_way(errors).between


def simulated(body: float, photo: float, photos: int = 3, bodies: int = 4000) -> Floats:
    rng = np.random.default_rng(7)
    return 1.5 + body * rng.normal(size=(bodies, 1)) + photo * rng.normal(size=(bodies, photos))


@pytest.mark.parametrize(("body", "photo"), [(2.0, 1.0), (0.5, 1.5), (0.0, 1.0)])
def test_simulated_components_come_back(body: float, photo: float) -> None:
    found = variance.one_way(simulated(body, photo))
    assert found.within == pytest.approx(photo**2, rel=0.05)
    assert found.between == pytest.approx(body**2, rel=0.07, abs=0.05)
    assert found.random_share == pytest.approx(photo**2 / (photo**2 + body**2), abs=0.03)


def test_components_come_back_with_photos_missing_at_random() -> None:
    errors = simulated(2.0, 1.0, photos=5)
    errors[np.random.default_rng(1).random(errors.shape) < 0.4] = np.nan
    found = variance.one_way(errors)
    assert found.within == pytest.approx(1.0, rel=0.05)
    assert found.between == pytest.approx(4.0, rel=0.07)


def test_parts_of_unequal_groups_as_worked_out_by_hand() -> None:
    errors = np.full((4, 3), np.nan)
    errors[0, :2], errors[1], errors[2, 1] = (1, 3), (2, 4, 6), 10
    found = variance.one_way(errors)
    assert found.within == pytest.approx(10 / 3)  # 2 + 8 over 3 degrees of freedom
    assert found.between == pytest.approx(10)  # (130 / 6 - 10 / 3) / (11 / 6)


def test_the_95th_percentile_is_of_sizes() -> None:
    errors = np.arange(1.0, 22.0).reshape(7, 3)
    errors[::2] *= -1
    assert variance.worst_of_20(errors) == pytest.approx(20)


def test_a_systematic_difference_is_told_from_a_random_one() -> None:
    pairs = simulated(3.0, 0.8, photos=2)
    pairs[:, 1] += 2.0
    assert variance.shift(pairs) == pytest.approx(2.0, abs=0.05)
    assert variance.random_variance(pairs) == pytest.approx(0.8**2, rel=0.05)
    assert variance.dahlberg(pairs) == pytest.approx(math.sqrt(0.8**2 + 2.0**2 / 2), rel=0.05)


@given(ERRORS, st.floats(-30, 30))
def test_a_constant_added_to_every_error_moves_only_the_bias(
    errors: Floats, constant: float
) -> None:
    before, after = variance.one_way(errors), variance.one_way(errors + constant)
    assert after.within == pytest.approx(before.within, abs=1e-6)
    assert after.between == pytest.approx(before.between, abs=1e-6)
    assert variance.shift(errors[:, :2] + constant) == pytest.approx(
        variance.shift(errors[:, :2]), abs=1e-6
    )
    moved = variance.mean_error(errors + constant) - variance.mean_error(errors)
    assert moved == pytest.approx(constant, abs=1e-6)


@given(ERRORS, st.lists(st.floats(-30, 30), min_size=6, max_size=6))
def test_what_is_a_bodys_own_cancels_between_its_photos(errors: Floats, own: list[float]) -> None:
    moved = errors + np.array(own)[:, None]
    assert variance.one_way(moved).within == pytest.approx(
        variance.one_way(errors).within, abs=1e-6
    )
    assert variance.dahlberg(moved[:, :2]) == pytest.approx(
        variance.dahlberg(errors[:, :2]), abs=1e-6
    )


@given(ERRORS, st.permutations(range(6)), st.permutations(range(3)))
def test_the_order_of_bodies_and_photos_does_not_matter(
    errors: Floats, bodies: list[int], photos: list[int]
) -> None:
    before, after = variance.one_way(errors), variance.one_way(errors[bodies][:, photos])
    assert after.within == pytest.approx(before.within, abs=1e-6)
    assert after.between == pytest.approx(before.between, abs=1e-6)


@given(ERRORS, st.floats(0.1, 10))
def test_degrees_scale_as_degrees(errors: Floats, factor: float) -> None:
    for statistic in ANY_STATISTIC:
        assert statistic(factor * errors) == pytest.approx(factor * statistic(errors), abs=1e-5)


@given(ERRORS)
def test_many_resamples_at_once_are_the_single_ones(errors: Floats) -> None:
    stack = np.stack([errors, errors[::-1] * 2, errors - 3])
    for statistic in (*ANY_STATISTIC, of_bodies):
        single = [float(statistic(one)) for one in stack]
        assert statistic(stack).tolist() == pytest.approx(single, abs=1e-9)


@given(ERRORS)
def test_the_standard_error_of_pairs_is_that_of_the_agreement_kit(errors: Floats) -> None:
    found = agree(errors[:, 0], errors[:, 1])
    assert variance.dahlberg(errors[:, :2]) == pytest.approx(found.sem_deg, abs=1e-9)
    assert variance.shift(errors[:, :2]) == pytest.approx(found.bias_deg, abs=1e-9)


def test_a_photo_without_a_reading_is_left_out_not_counted_as_zero() -> None:
    errors = np.array([[1.0, 3.0], [np.nan, 40.0], [2.0, 4.0]])
    assert variance.shift(errors) == 2.0
    assert variance.dahlberg(errors) == pytest.approx(math.sqrt(2.0))
    assert variance.share_within(errors, 5.0) == pytest.approx(4 / 5)
    assert variance.one_way(errors).within == pytest.approx(2.0)


def test_a_negative_estimate_is_kept_and_printed_as_zero() -> None:
    errors = np.array([[-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    found = variance.one_way(errors)
    assert found.between < 0
    assert variance.sd(found.between) == 0
    assert found.random_share == 1


def test_most_intervals_hold_the_simulated_value() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(60):
        errors = 2 * rng.normal(size=(18, 1)) + rng.normal(size=(18, 3))
        low, high = variance.interval(errors, variance.within_sd)
        held += low <= 1.0 <= high
    assert held >= 51  # of 57 expected; 4 in 1000 by chance


@settings(max_examples=10, deadline=None)
@given(ERRORS)
def test_an_interval_is_the_same_each_time_and_ordered(errors: Floats) -> None:
    low, high = variance.interval(errors, variance.rmse)
    assert low <= high
    assert (low, high) == variance.interval(errors, variance.rmse)


@pytest.mark.parametrize("bodies", [6, 18])
def test_an_interval_of_a_mean_is_as_wide_as_students(bodies: int) -> None:
    errors = np.linspace(-3, 3, bodies)[:, None]
    low, high = variance.interval(errors, variance.mean_error)
    half = t_quantile(0.975, bodies - 1) * errors.std(ddof=1) / math.sqrt(bodies)
    assert (high - low) / 2 == pytest.approx(half, rel=0.07)


def test_bodies_that_are_all_alike_have_an_interval_without_width() -> None:
    errors = np.tile([1.0, 3.0], (5, 1))
    assert variance.interval(errors, variance.mean_error) == (2.0, 2.0)
