"""Sample sizes: against worked examples, against simulated studies, and in the documentation."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agreement.resampling import share_interval
from app.agreement.sample_size import (
    for_acceptable_error,
    for_group_difference,
    for_icc,
    for_limits,
    for_share,
    with_losses,
)
from app.agreement.statistics import agree, t_quantile
from vision.angles import Z95
from vision.errors import InvalidOption

PAGE = Path(__file__).parents[1] / "docs" / "validate.md"


def test_limits_are_as_precise_as_planned() -> None:
    n = for_limits(0.34)
    assert n == 103
    for size, enough in ((n, True), (n - 1, False)):
        sample = np.linspace(-1, 1, size)
        found = agree(np.zeros(size), sample / sample.std(ddof=1))
        low, high = found.upper_limit_interval_deg
        assert ((high - low) / 2 <= 0.34) == enough


@pytest.mark.parametrize(("bias", "sd"), [(0.5, 1.8), (0.0, 2.0), (-0.5, 2.0)])
def test_as_many_studies_succeed_as_planned(bias: float, sd: float) -> None:
    n, rng = for_acceptable_error(5.0, bias, sd, power=0.8), np.random.default_rng(1)
    sample = rng.normal(bias, sd, (20_000, n))
    factor = Z95 + t_quantile(0.975, n - 1) * np.sqrt(3 / n)
    mean, ends = sample.mean(axis=1), factor * sample.std(axis=1, ddof=1)
    assert 0.79 < ((mean + ends <= 5) & (mean - ends >= -5)).mean() < 0.85


def test_icc_by_the_published_example() -> None:
    assert for_icc(0.8, 0.2) == 55  # Bonett 2002: 51, and 5 · 0.8 more
    assert for_icc(0.6, 0.2) == 159
    assert for_icc(0.8, 0.2, raters=3) < for_icc(0.8, 0.2)


def test_groups() -> None:
    assert for_group_difference(1.0, 3.0) == 26
    rng = np.random.default_rng(2)
    away = np.abs(rng.normal(0, 3, (20_000, 2, 26))).mean(axis=2)
    assert 0.95 < Z95 * np.diff(away, axis=1).std() <= 1


@given(st.floats(0, 1), st.sampled_from([0.03, 0.05, 0.1, 0.2]))
def test_a_share_is_as_precise_as_planned_and_not_with_one_less(share: float, half: float) -> None:
    n = for_share(share, half)
    low, high = share_interval(share * n, n)
    assert high - low <= 2 * half
    if n > 3:
        low, high = share_interval(share * (n - 1), n - 1)
        assert high - low > 2 * half


@given(st.floats(0.05, 1))
def test_more_precision_takes_more_people(half: float) -> None:
    assert for_limits(half / 2) > for_limits(half)


def test_losses() -> None:
    assert with_losses(100, 0.1) == 112
    assert with_losses(90, 0.1) == 100
    assert with_losses(64, 0) == 64


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: for_limits(0), "half-width must be above 0"),
        (lambda: for_limits(1e-4), "No number of people"),
        (lambda: for_acceptable_error(5, 0, 2.6), "No number of people"),
        (lambda: for_acceptable_error(5, 5.1, 0.1), "No number of people"),
        (lambda: for_acceptable_error(5, 0, 0), "SD must be above 0"),
        (lambda: for_acceptable_error(5, 0, 1, power=1), "power between 0 and 1"),
        (lambda: for_icc(1, 0.1), "expected ICC must be"),
        (lambda: for_icc(0.8, 0), "width must be above 0"),
        (lambda: for_icc(0.8, 0.1, raters=1), "raters at least 2"),
        (lambda: for_group_difference(0, 3), "must be above 0"),
        (lambda: for_share(1.1, 0.1), "share must be from 0 to 1"),
        (lambda: with_losses(9, 1), "must be from 0 to below 1"),
    ],
)
def test_what_cannot_be_planned(call: Callable[[], int], said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        call()


SHOWN = {
    "±0.5 SD": for_limits(0.5),
    "±0.375 SD": for_limits(0.375),
    "±0.34 SD": for_limits(0.34),
    "SD 1.5°, no bias": for_acceptable_error(5, 0, 1.5),
    "SD 1.8°, bias 0.5°": for_acceptable_error(5, 0.5, 1.8),
    "SD 2°, no bias": for_acceptable_error(5, 0, 2),
    "ICC 0.80, 0.2 wide": for_icc(0.8, 0.2),
    "ICC 0.90, 0.11 wide": for_icc(0.9, 0.11),
    "95 % inside, ±5 %": for_share(0.95, 0.05),
    "10 % refused, ±8 %": for_share(0.1, 0.08),
    "SD 3°, ±1°": for_group_difference(1, 3),
}


def test_the_table_of_the_documentation_is_computed() -> None:
    rows = re.findall(
        r"^\| [^|]+ \| ([^|]+) \| (\d+)(?: per group)? \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert {assumed: int(n) for assumed, n in rows} == SHOWN
