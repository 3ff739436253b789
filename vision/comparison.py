"""Two readings of one angle, compared in degrees against what can be detected at all.

Never per cent: the thigh angle is signed and near zero. The smallest detectable difference
is 1.96 · √(σ₁² + σ₂²) of the two readings, and never less than what people repeat
themselves to; a part of both errors is shared, so it errs on the wide side.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from vision.angles import Z95, Angle, Reading

Quantity = Literal["thigh", "knee_flexion"]
SAME_SETUP_DEG: Final[dict[Quantity, float]] = {"thigh": 3.0, "knee_flexion": 3.0}
"""Floor for two photos of one set-up, degrees: SEM 1.0° for reading the same photo again
(Peeler & Leiter 2013) is a smallest detectable change of 2.8°, rounded up."""
NEW_SETUP_DEG: Final[dict[Quantity, float]] = {"thigh": 4.0, "knee_flexion": 4.2}
"""Floor for two set-ups (the other leg, another day), degrees: intra-rater MDC95 of hip
extension 3.7 to 3.9° (Cejudo 2015; J Bodyw Mov Ther 2024), of the knee in the modified Thomas
test 2.4 to 4.2° (Kim & Ha 2015, the larger one, without stabilisation)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first reading of one angle.

    Attributes
    ----------
    quantity : {"thigh", "knee_flexion"}
    difference_deg : float
        Second minus first, degrees.
    detectable_deg : float
        Smallest difference that is more than measurement error (95 %), degrees.
    """

    quantity: Quantity
    difference_deg: float
    detectable_deg: float

    @property
    def detectable(self) -> bool:
        """Whether it is more than measurement error."""
        return abs(self.difference_deg) >= self.detectable_deg


def compare(
    first: Angle, second: Angle, quantity: Quantity, floor_deg: dict[Quantity, float]
) -> Difference:
    """Compare two readings of one angle.

    Parameters
    ----------
    first, second : Angle
    quantity : {"thigh", "knee_flexion"}
    floor_deg : dict
        :data:`SAME_SETUP_DEG` or :data:`NEW_SETUP_DEG`.
    """
    own = Z95 * math.hypot(first.sigma_deg, second.sigma_deg)
    return Difference(quantity, second.value_deg - first.value_deg, max(own, floor_deg[quantity]))


def compare_readings(
    first: Reading, second: Reading, floor_deg: dict[Quantity, float]
) -> tuple[Difference, Difference]:
    """Compare thigh and knee of two readings, second minus first."""
    return (
        compare(first.thigh, second.thigh, "thigh", floor_deg),
        compare(first.knee_flexion, second.knee_flexion, "knee_flexion", floor_deg),
    )
