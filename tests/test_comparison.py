"""A difference counts when it is more than measurement and set-up error, and only then."""

import math

import pytest

from vision.angles import Z95, Angle, Reading
from vision.comparison import SETUP_SIGMA_DEG, compare, compare_readings

SETUP_DEG = 6.9
"""Smallest detectable change of the test when it is set up again (Cejudo 2015), degrees."""


def angle(value: float, half: float) -> Angle:
    return Angle(value, half / Z95, 0.0)


def test_certain_readings_are_held_to_what_setting_up_repeats() -> None:
    assert round(SETUP_SIGMA_DEG, 2) == 2.49
    for sign in (-1, 1):
        just = compare(angle(5, 0), angle(5 + sign * (SETUP_DEG + 1e-9), 0), "thigh")
        under = compare(angle(5, 0), angle(5 + sign * (SETUP_DEG - 1e-6), 0), "thigh")
        assert just.detectable
        assert not under.detectable
        assert just.detectable_deg == pytest.approx(SETUP_DEG)
        assert just.photo_only_deg == 0.0


def test_errors_add_in_quadrature_not_the_larger_one_alone() -> None:
    found = compare(angle(0, 6), angle(9.9, 8), "thigh")
    assert found.photo_only_deg == pytest.approx(10.0)
    assert found.detectable_deg == pytest.approx(math.hypot(10.0, SETUP_DEG))
    assert not found.detectable
    assert compare(angle(0, 6), angle(12.2, 8), "thigh").detectable


def test_two_photos_of_one_set_up_owe_nothing_to_setting_up() -> None:
    found = compare(angle(0, 6), angle(10.1, 8), "thigh", setup_sigma_deg=0.0)
    assert found.detectable_deg == found.photo_only_deg == pytest.approx(10.0)
    assert found.detectable


def test_the_difference_is_second_minus_first() -> None:
    first = Reading(angle(-10, 1), angle(90, 1), angle(-10, 1))
    second = Reading(angle(5, 1), angle(70, 1), angle(25, 1))
    thigh, knee = compare_readings(first, second)
    assert (thigh.quantity, knee.quantity) == ("thigh", "knee_flexion")
    assert thigh.difference_deg == pytest.approx(15)
    assert knee.difference_deg == pytest.approx(-20)
    assert thigh.detectable_deg == pytest.approx(math.hypot(math.sqrt(2), SETUP_DEG))
