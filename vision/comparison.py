"""Two readings of one angle, compared in degrees against what can be detected at all.

Never per cent: the thigh angle is signed and near zero. Errors add in quadrature: the smallest
detectable difference is 1.96 · √(σ₁² + σ₂² + 2 · s²), with the instrument's standard errors of
both readings and the standard deviation s of setting a person up.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Z95, Angle, Reading

Quantity = Literal["thigh", "knee_flexion", "shank_from_plumb"]
RETEST_MDC95_DEG: Final = 6.9
"""Smallest detectable change of the modified Thomas test when the person is set up again, degrees
(Cejudo 2015; 3.7° there is passive hip extension, another test)."""
SETUP_SIGMA_DEG: Final = RETEST_MDC95_DEG / (Z95 * math.sqrt(2))
"""Standard deviation of one set-up of the person, degrees: 2.5. It holds reading the inclinometer
as well, so it errs on the wide side."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first reading of one angle.

    Attributes
    ----------
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
    difference_deg : float
        Second minus first, degrees.
    detectable_deg : float
        Smallest difference that is more than error (95 %), degrees: that of the photos and, for
        two set-ups, of setting up.
    photo_only_deg : float
        The same of the photos alone, degrees: what one set-up, photographed twice, could show.
    """

    quantity: Quantity
    difference_deg: float
    detectable_deg: float
    photo_only_deg: float

    @property
    def detectable(self) -> bool:
        """Whether it is more than measurement error."""
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
