"""Compare two readings of one angle with the smallest detectable difference, in degrees.

Percentages are never used: the thigh angle is signed and near zero. Errors add in quadrature: the
smallest detectable difference is 1.96 · √(σ₁² + σ₂² + 2 · s²), with the standard errors σ₁ and σ₂
of both readings and the standard deviation s of one set-up.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Z95, Angle, Reading

Quantity = Literal["thigh", "knee_flexion", "shank_from_plumb"]
RETEST_MDC95_DEG: Final = 6.9
"""Smallest detectable change of the modified Thomas test with a new set-up, degrees (Cejudo 2015;
the 3.7° given there is for passive hip extension, another test)."""
SETUP_SIGMA_DEG: Final = RETEST_MDC95_DEG / (Z95 * math.sqrt(2))
"""Standard deviation of one set-up of the person, degrees: 2.5. It includes the reading of the
inclinometer, so it is conservative."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first reading of one angle.

    Attributes
    ----------
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
    difference_deg : float
        Second minus first, degrees.
    detectable_deg : float
        Smallest difference that exceeds the error (95 %), degrees: the error of the photos and, for
        two set-ups, of setting up.
    photo_only_deg : float
        The same with the error of the photos alone, degrees, as for one set-up photographed twice.
    """

    quantity: Quantity
    difference_deg: float
    detectable_deg: float
    photo_only_deg: float

    @property
    def detectable(self) -> bool:
        """Whether the difference exceeds the measurement error."""
        return abs(self.difference_deg) >= self.detectable_deg


def compare(
    first: Angle, second: Angle, quantity: Quantity, *, setup_sigma_deg: float = SETUP_SIGMA_DEG
) -> Difference:
    """Compare two readings of one angle.

    Parameters
    ----------
    first, second : Angle
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
    setup_sigma_deg : float
        Standard deviation of setting the person up, degrees; 0 for two photos of one set-up.
    """
    photos = math.hypot(first.sigma_deg, second.sigma_deg)
    both = math.hypot(photos, math.sqrt(2) * setup_sigma_deg)
    return Difference(quantity, second.value_deg - first.value_deg, Z95 * both, Z95 * photos)


def compare_readings(first: Reading, second: Reading) -> tuple[Difference, Difference]:
    """Compare thigh and knee of two set-ups (the other leg, another day), second minus first."""
    return (
        compare(first.thigh, second.thigh, "thigh"),
        compare(first.knee_flexion, second.knee_flexion, "knee_flexion"),
    )
