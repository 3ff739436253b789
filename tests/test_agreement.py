"""The agreement kit against published worked examples, an independent library, and its laws."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agreement.statistics import (
    Agreement,
    Icc,
    agree,
    beta_cdf,
    f_quantile,
    icc_agreement,
    kappa,
    t_quantile,
)
from vision.errors import InvalidOption

# Bland & Altman 1986, table: first measurement by each meter, l/min.
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
# Shrout & Fleiss 1979, table 2: six targets by four judges.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
VERDICTS = ("pass", "borderline", "fail")

degrees = st.integers(-1800, 1800).map(lambda tenths: tenths / 10)
pairs = st.lists(st.tuples(degrees, degrees), min_size=3, max_size=30)
verdicts = st.lists(st.tuples(*[st.sampled_from(VERDICTS)] * 2), min_size=3, max_size=40)


def of(readings: Sequence[tuple[float, float]], *, shift: float = 0, scale: float = 1) -> Agreement:
    first, second = zip(*readings, strict=True)
    return agree(scale * np.array(first), scale * np.array(second) + shift)


def spelled_out(counts: list[list[int]]) -> tuple[list[int], list[int]]:
    """One verdict per pair, from a table of counts."""
    cells = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in cells], [j for _, j in cells]


# --- published examples -------------------------------------------------------------------------


def test_bland_and_altman_1986() -> None:
    found = agree(MINI, LARGE)  # the paper subtracts the mini meter's
    assert found.n == 17
    assert found.bias_deg == pytest.approx(-2.1, abs=0.05)
    assert found.sd_deg == pytest.approx(38.8, abs=0.05)
    assert found.bias_interval_deg == pytest.approx((-22.0, 17.8), abs=0.1)
    # The paper rounds 1.96 to 2 and goes on with rounded numbers.
    assert found.bias_deg - 2 * found.sd_deg == pytest.approx(-79.7, abs=0.1)
    assert found.bias_deg + 2 * found.sd_deg == pytest.approx(75.5, abs=0.1)
    assert found.limits_deg == pytest.approx((-78.1, 73.9), abs=0.05)
    for limit, interval, published in (
        (found.limits_deg[0], found.lower_limit_interval_deg, (-114.3, -45.1)),
        (found.limits_deg[1], found.upper_limit_interval_deg, (40.9, 110.1)),
    ):
        assert (interval[0] + interval[1]) / 2 == pytest.approx(limit)
        assert interval[1] - interval[0] == pytest.approx(published[1] - published[0], abs=0.2)


def test_shrout_and_fleiss_1979() -> None:
    found = icc_agreement(np.array(JUDGES, float))
    assert found.value == pytest.approx(0.29, abs=0.005)
    # The interval as R's psych package prints it for this table.
    assert found.interval == pytest.approx((0.019, 0.761), abs=0.0005)
    assert found.reason is None


@pytest.mark.parametrize(
    ("counts", "agreement", "value"),
    [
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.70, 0.492),  # Cohen 1960
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.89, 0.676),  # Fleiss 1981, table 13.1
    ],
)
def test_kappa_in_the_textbooks(counts: list[list[int]], agreement: float, value: float) -> None:
    found = kappa(*spelled_out(counts))
    assert found.agreement == pytest.approx(agreement)
    assert found.kappa == pytest.approx(value, abs=0.0005)
    assert found.counts == tuple(map(tuple, counts))


def test_the_interval_of_kappa_as_sas_prints_it() -> None:
    found = kappa(*spelled_out([[0, 4, 1], [0, 8, 0], [0, 1, 5]]))
    assert found.kappa == pytest.approx(0.4842, abs=5e-5)
    assert found.interval == pytest.approx((0.2137, 0.7547), abs=5e-5)


# --- worked out by hand -------------------------------------------------------------------------


def test_four_photos_by_hand() -> None:
    found = agree([0, 10, 20, 30], [1, 13, 19, 31])  # differences 1, 3, −1, 1
    assert found.bias_deg == 1
    assert found.sd_deg == pytest.approx(math.sqrt(8 / 3))
    assert found.mae_deg == 1.5
    assert found.sem_deg == pytest.approx(math.sqrt(12 / 8))
    assert found.mdc95_deg == pytest.approx(1.96 * math.sqrt(3), abs=1e-4)
    assert found.bias_interval_deg[1] - 1 == pytest.approx(3.182446 * math.sqrt(8 / 3) / 2)


def test_sem_is_what_the_icc_leaves() -> None:
    """SD · √(1 − ICC), the SD being that of the analysis of variance."""
    first, second = np.array(MINI, float), np.array(LARGE, float)
    found = agree(first, second)
    n, bias, rest = 17, found.bias_deg, found.sd_deg**2 / 2
    rows = 2 * np.var((first + second) / 2, ddof=1)
    variance = (rows - rest) / 2 + (n * bias**2 / 2 - rest) / n + rest
    assert found.icc.value is not None
    assert found.sem_deg == pytest.approx(math.sqrt(variance * (1 - found.icc.value)))


@pytest.mark.parametrize(
    ("p", "df", "t"),
    [(0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 16, 2.120), (0.975, 1e6, 1.95997)],
)
def test_t_as_tabulated(p: float, df: float, t: float) -> None:
    assert t_quantile(p, df) == pytest.approx(t, abs=5e-4)


@pytest.mark.parametrize("p", [0.025, 0.5, 0.95, 0.975, 0.999])
def test_quantiles_against_scipy(p: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    for df1, df2 in product((0.3, 1, 1.7, 5, 40, 3000), (2, 3.3, 9, 100, 20000)):
        assert f_quantile(p, df1, df2) == pytest.approx(stats.f.ppf(p, df1, df2), rel=1e-9)


def test_the_beta_function_at_its_ends_and_against_scipy(rng: np.random.Generator) -> None:
    special = pytest.importorskip("scipy.special")
    assert (beta_cdf(0, 2, 3), beta_cdf(1, 2, 3)) == (0, 1)
    assert beta_cdf(0.5, 7, 7) == pytest.approx(0.5)
    for x, a, b in zip(rng.random(200), *np.exp(rng.uniform(-3, 7, (2, 200))), strict=True):
        assert beta_cdf(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-9, abs=1e-12)


def test_the_intervals_hold_nineteen_of_twenty(rng: np.random.Generator) -> None:
    """Simulated raters, with a bias that is drawn anew each time."""
    inside = []
    for _ in range(200):
        true = rng.normal(0, 3, 30)
        readings = true[:, None] + rng.normal(0, 0.7, (1, 4)) + rng.normal(0, 1, (30, 4))
        interval = icc_agreement(readings).interval
        assert interval is not None
        inside.append(interval[0] <= 9 / (9 + 0.49 + 1) <= interval[1])
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


# --- laws ---------------------------------------------------------------------------------------


@given(pairs, st.integers(-90, 90))
def test_a_shift_of_both_changes_nothing(readings: list[tuple[float, float]], by: int) -> None:
    was, now = of(readings), of([(a + by, b + by) for a, b in readings])
    for name in ("bias_deg", "sd_deg", "mae_deg", "sem_deg", "limits_deg", "bias_interval_deg"):
        assert getattr(now, name) == pytest.approx(getattr(was, name), abs=1e-9)
    assert now.icc.value == pytest.approx(was.icc.value, abs=1e-6)


@given(pairs, st.integers(-90, 90))
def test_a_shift_of_one_moves_bias_and_limits(readings: list[tuple[float, float]], by: int) -> None:
    was, now = of(readings), of(readings, shift=by)
    assert now.sd_deg == pytest.approx(was.sd_deg, abs=1e-9)
    assert now.bias_deg == pytest.approx(was.bias_deg + by)
    assert now.limits_deg == pytest.approx([limit + by for limit in was.limits_deg])


@given(pairs)
def test_swapping_turns_the_sign(readings: list[tuple[float, float]]) -> None:
    one, other = of(readings), of([(b, a) for a, b in readings])
    assert other.bias_deg == pytest.approx(-one.bias_deg)
    assert other.limits_deg == pytest.approx([-limit for limit in reversed(one.limits_deg)])
    mirrored = [-limit for limit in reversed(one.lower_limit_interval_deg)]
    assert other.upper_limit_interval_deg == pytest.approx(mirrored)
    assert (other.mae_deg, other.sem_deg) == pytest.approx((one.mae_deg, one.sem_deg))
    assert other.icc.value == pytest.approx(one.icc.value)


@given(pairs, st.sampled_from([0.5, 2, 10]))
def test_scale(readings: list[tuple[float, float]], by: float) -> None:
    was, now = of(readings), of(readings, scale=by)
    for name in ("bias_deg", "sd_deg", "mae_deg", "sem_deg", "mdc95_deg", "limits_deg"):
        expected = by * np.array(getattr(was, name))
        np.testing.assert_allclose(getattr(now, name), expected, rtol=1e-9, atol=1e-9)
    assert now.icc.value == pytest.approx(was.icc.value, abs=1e-6)


@given(st.lists(degrees, min_size=3, max_size=30))
def test_identical_readings(values: list[float]) -> None:
    found = agree(values, values)
    for name in ("bias_deg", "sd_deg", "mae_deg", "sem_deg", "limits_deg"):
        assert np.all(np.array(getattr(found, name)) == 0)
    differ = len(set(values)) > 1
    assert found.icc.value == pytest.approx(1 if differ else None)
    assert found.icc.interval == ((1, 1) if differ else None)


@given(pairs)
def test_every_result_is_strict_json_and_in_order(readings: list[tuple[float, float]]) -> None:
    found = of(readings)
    json.dumps(asdict(found), allow_nan=False)
    for low, high in (found.bias_interval_deg, found.limits_deg, found.lower_limit_interval_deg):
        assert low <= high
    assert abs(found.bias_deg) <= found.mae_deg + 1e-9
    if found.icc.interval is not None and found.icc.value is not None:
        assert found.icc.interval[0] - 1e-9 <= found.icc.value <= found.icc.interval[1] + 1e-9
    assert (found.icc.reason is None) == (None not in (found.icc.value, found.icc.interval))


@given(verdicts)
def test_kappa_is_within_its_bounds(judged: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in judged], [b for _, b in judged]
    found, swapped = kappa(first, second, VERDICTS), kappa(second, first)
    json.dumps(asdict(found), allow_nan=False)
    assert found.kappa == pytest.approx(swapped.kappa)
    assert found.interval == pytest.approx(swapped.interval)
    assert np.sum(found.counts) == found.n == len(judged)
    assert (found.kappa is None) == (len({*first, *second}) == 1) == (found.reason is not None)
    if found.kappa is not None and found.interval is not None:
        assert -1 <= found.interval[0] <= found.kappa <= found.interval[1] <= 1
        assert (found.kappa == pytest.approx(1)) == (first == second)


# --- nothing to compute -------------------------------------------------------------------------


def test_readings_that_do_not_differ() -> None:
    same = agree([5, 5, 5], [5, 5, 5])
    assert same.icc == Icc(None, None, "All readings are the same.")
    moved = agree([5, 5, 5], [7, 7, 7])
    assert (moved.bias_deg, moved.sd_deg, moved.icc.value) == (2, 0, 0)
    assert moved.icc.interval is None
    mirrored = agree([1, 2, 3], [3, 2, 1])
    assert mirrored.icc.reason == "The photos do not differ from each other."


def test_less_agreement_than_chance() -> None:
    found = agree([0, 0, 0, 0.3], [0, 0, 0, -0.4]).icc
    assert found.value is not None
    assert found.interval is not None
    assert found.interval[0] < found.value < min(found.interval[1], 0)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([], [], "At least 3 pairs are needed; here are 0."),
        ([1, 2], [1, 2], "At least 3 pairs are needed; here are 2."),
        ([1, 2, 3], [1, 2], "Pairs are needed; here are 3 and 2 readings."),
        ([1, 2, math.nan], [1, 2, 3], "Every reading must be a finite number."),
        ([1, 2, 3], [1, 2, -math.inf], "Every reading must be a finite number."),
        ([1, 2, 3], [1, 2, 1e300], "Every reading must be a finite number."),
    ],
)
def test_what_cannot_be_compared(first: list[float], second: list[float], said: str) -> None:
    with pytest.raises(InvalidOption) as raised:
        agree(first, second)
    assert raised.value.message == said


def test_verdicts_that_cannot_be_compared() -> None:
    with pytest.raises(InvalidOption, match="here are 2"):
        kappa(["pass", "fail"], ["pass", "fail"])
    with pytest.raises(InvalidOption, match="3 and 4 readings"):
        kappa(["pass"] * 3, ["pass"] * 4)
    assert kappa(["pass"] * 3, ["pass"] * 3).reason == "There is only one verdict."
