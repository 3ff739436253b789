"""Several photos of one set-up: their mean, their spread, and an error that has a floor."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.angles import Angle, Reading, shank_from_plumb_deg
from vision.errors import InvalidOption
from vision.repeats import (
    MAX_REPEATS,
    QUANTITIES,
    RANDOM_SHARE,
    SETUP_SHARE,
    join_angles,
    join_readings,
    random_part,
)

SIGMA = 2.0
VALUES = st.lists(st.floats(-40, 40), min_size=2, max_size=MAX_REPEATS)


def angles(*values: float, sigma: float = SIGMA) -> list[Angle]:
    return [Angle(value, sigma, 0.3) for value in values]


def a_reading(thigh: float, knee: float) -> Reading:
    shank = shank_from_plumb_deg(thigh, knee)
    return Reading(*angles(thigh, knee), *angles(shank, sigma=1.5))


def test_every_share_is_a_part() -> None:
    assert set(SETUP_SHARE) == set(QUANTITIES)
    assert all(0 < share < 1 for share in SETUP_SHARE.values())


@given(VALUES)
def test_mean_spread_and_standard_error_are_the_values(values: list[float]) -> None:
    found = join_angles(angles(*values), "thigh")
    assert found.values_deg == tuple(values)
    assert found.mean_deg == pytest.approx(statistics.fmean(values))
    assert found.sd_deg == pytest.approx(statistics.stdev(values))
    assert found.sem_deg == pytest.approx(found.sd_deg / math.sqrt(len(values)))
    assert found.angle.value_deg == found.mean_deg
    assert found.angle.spread_deg == found.sd_deg
    assert found.angle.sigma_deg == pytest.approx(
        math.hypot(found.random_sigma_deg, found.body_sigma_deg)
    )


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_photos_that_agree_average_out_all_but_the_bodys_part(quantity: str) -> None:
    share = SETUP_SHARE[quantity]  # type: ignore[index]
    sigmas = []
    for n in range(2, MAX_REPEATS + 1):
        found = join_angles(angles(*[7.0] * n), quantity)  # type: ignore[arg-type]
        assert found.random_sigma_deg == pytest.approx(SIGMA * math.sqrt(share / n))
        assert found.body_sigma_deg == pytest.approx(SIGMA * math.sqrt(1 - share))
        sigmas.append(found.angle.sigma_deg)
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[0] < SIGMA
    assert sigmas[-1] > SIGMA * math.sqrt(1 - share), "the body's part stays"


@given(VALUES)
def test_photos_that_scatter_widen_the_interval(values: list[float]) -> None:
    found = join_angles(angles(*values), "knee_flexion")
    assert found.random_sigma_deg >= found.sem_deg
    assert found.angle.sigma_deg >= found.body_sigma_deg
    wild = join_angles(angles(-20.0, 20.0), "thigh")
    assert wild.angle.sigma_deg > SIGMA


def test_photos_of_unlike_certainty_share_their_mean_variance() -> None:
    found = join_angles([Angle(5.0, 1.0, 0.0), Angle(5.0, 3.0, 0.0)], "thigh")
    assert found.body_sigma_deg == pytest.approx(math.sqrt((1 - SETUP_SHARE["thigh"]) * 5.0))
    assert found.random_sigma_deg == pytest.approx(math.sqrt(SETUP_SHARE["thigh"] * 5.0 / 2))


def test_a_joined_reading_is_one_reading() -> None:
    joined = join_readings([a_reading(-10, 80), a_reading(-12, 81), a_reading(-11, 76)])
    assert joined.n == 3
    assert joined.reading.thigh.value_deg == pytest.approx(-11)
    assert joined.reading.knee_flexion.value_deg == pytest.approx(79)
    assert joined.reading.shank_from_plumb.value_deg == pytest.approx(0)
    assert [one.quantity for one in joined.spreads] == list(QUANTITIES)
    assert joined.shank_from_plumb.values_deg == (0.0, -3.0, 3.0)
    assert joined.reading.shank_from_plumb == joined.shank_from_plumb.angle


@pytest.mark.parametrize("n", [0, 1, MAX_REPEATS + 1])
def test_how_many_can_be_joined(n: int) -> None:
    with pytest.raises(InvalidOption, match=f"^There are {n} photos of one set-up; 2 to 5"):
        join_readings([a_reading(0, 90)] * n)
    assert join_readings([a_reading(0, 90)] * MAX_REPEATS).n == MAX_REPEATS
    assert join_readings([a_reading(0, 90)] * 2).n == 2


def test_two_photos_of_one_body_differ_by_the_random_part_alone() -> None:
    part = random_part(Angle(3.0, SIGMA, 0.4), "thigh")
    assert (part.value_deg, part.spread_deg) == (3.0, 0.4)
    assert part.sigma_deg == pytest.approx(SIGMA * math.sqrt(RANDOM_SHARE["thigh"]))
