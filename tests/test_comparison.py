"""A difference counts when it is more than measurement error, and only then."""

import math

import pytest

from vision.angles import Z95, Angle, Reading
from vision.comparison import (
    NEW_SETUP_DEG,
    SAME_SETUP_DEG,
    Quantity,
    compare,
    compare_readings,
)


def angle(value: float, half: float) -> Angle:
    return Angle(value, half / Z95, 0.0)


@pytest.mark.parametrize("floor", [SAME_SETUP_DEG, NEW_SETUP_DEG])
@pytest.mark.parametrize("quantity", ["thigh", "knee_flexion"])
def test_certain_readings_are_held_to_what_people_repeat(
    quantity: Quantity, floor: dict[Quantity, float]
) -> None:
    limit = floor[quantity]
    for sign in (-1, 1):
        just = compare(angle(5, 0), angle(5 + sign * (limit + 1e-9), 0), quantity, floor)
        under = compare(angle(5, 0), angle(5 + sign * (limit - 1e-6), 0), quantity, floor)
        assert just.detectable
        assert not under.detectable
        assert just.detectable_deg == limit


def test_uncertain_readings_need_more() -> None:
    found = compare(angle(0, 6), angle(9.9, 8), "thigh", NEW_SETUP_DEG)
    assert found.detectable_deg == pytest.approx(math.hypot(6, 8))
    assert not found.detectable
    assert compare(angle(0, 6), angle(10.1, 8), "thigh", NEW_SETUP_DEG).detectable


def test_the_difference_is_second_minus_first() -> None:
    thigh, knee = compare_readings(
        Reading(angle(-10, 1), angle(90, 1)), Reading(angle(5, 1), angle(70, 1)), NEW_SETUP_DEG
    )
    assert (thigh.quantity, knee.quantity) == ("thigh", "knee_flexion")
    assert thigh.difference_deg == pytest.approx(15)
    assert knee.difference_deg == pytest.approx(-20)


def test_another_set_up_is_never_surer_than_the_same() -> None:
    assert all(NEW_SETUP_DEG[one] >= SAME_SETUP_DEG[one] for one in SAME_SETUP_DEG)
