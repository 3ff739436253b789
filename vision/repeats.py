"""Combine several photos of one set-up into one reading.

The error of a reading has two parts. The random part (camera, light, scatter of the points)
averages out over photos. The systematic part (this body, in this posture and these clothes) is the
same in each photo. For n photos with variances σ₁² … σₙ² and a random share r, the mean has the
variance

    mean(σᵢ²) · (r / n + 1 − r)

and at least that of n readings with the observed standard deviation s: s² / n + (1 − r) · mean(σᵢ²).
More photos therefore narrow the interval only down to the systematic part, which in one posture is
the larger one. The random share depends on what changes from photo to photo.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vision.angles import Angle, Reading
from vision.comparison import Quantity
from vision.errors import InvalidOption
from vision.sentences import Sentence

MAX_REPEATS: Final = 5
"""Largest number of photos of one set-up that are combined; more would hardly reduce the error."""
RANDOM_SHARE: Final[dict[Quantity, float]] = {
    "thigh": 0.90,
    "knee_flexion": 0.82,
    "shank_from_plumb": 0.77,
}
"""Share of the error's variance that differs from photo to photo of one person: one-way analysis
of variance of the errors of 262 photos of 24 rendered bodies in several postures and clothes. It
applies to two photos of different postures."""
SETUP_SHARE: Final[dict[Quantity, float]] = {
    "thigh": 0.30,
    "knee_flexion": 0.30,
    "shank_from_plumb": 0.30,
}
"""The same between photos of one posture, taken from several places. Measured: 0.17 to 0.41 for the
thigh and 0.32 to 0.34 for the knee, on 70 renders of ten bodies (``benchmarks/results/repeats.md``)
and 156 of 18 (``reliability.md``). With so few bodies, the share is known to a tenth at best."""
FRAME_SHARE: Final[dict[Quantity, float]] = {
    "thigh": 0.10,
    "knee_flexion": 0.05,
    "shank_from_plumb": 0.05,
}
"""The same between frames of a hand-held clip from one place (same source)."""
OUTLIER_SIGMAS: Final = 3.0
MIN_FOR_OUTLIERS: Final = 3
QUANTITIES: Final[tuple[Quantity, ...]] = ("thigh", "knee_flexion", "shank_from_plumb")


@dataclass(frozen=True, slots=True)
class Spread:
    """Agreement of the photos of one set-up on one angle.

    Attributes
    ----------
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
    values_deg : tuple of float
        One per photo, degrees.
    mean_deg : float
    sd_deg : float
        Sample standard deviation of the values, degrees.
    sem_deg : float
        Standard error of the mean from the values themselves, degrees: sd / √n. It does not include
        the systematic part.
    random_sigma_deg, body_sigma_deg : float
        The two parts of the combined angle's standard uncertainty, degrees: the random part of the
        mean, and the systematic part of the body, which remains.
    """

    quantity: Quantity
    values_deg: tuple[float, ...]
    mean_deg: float
    sd_deg: float
    sem_deg: float
    random_sigma_deg: float
    body_sigma_deg: float

    @property
    def angle(self) -> Angle:
        """The combined angle."""
        sigma = math.hypot(self.random_sigma_deg, self.body_sigma_deg)
        return Angle(self.mean_deg, sigma, self.sd_deg)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Photos of one set-up as one reading.

    Attributes
    ----------
    reading : Reading
        Means, with the errors of the means.
    thigh, knee_flexion, shank_from_plumb : Spread
    photo_sha256, left_out_sha256 : tuple of str
        Hashes of the combined photos, and of those left out as outliers.
    """

    reading: Reading
    thigh: Spread
    knee_flexion: Spread
    shank_from_plumb: Spread
    photo_sha256: tuple[str, ...] = ()
    left_out_sha256: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of combined photos."""
        return len(self.thigh.values_deg)

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """All three, in the order of :data:`QUANTITIES`."""
        return self.thigh, self.knee_flexion, self.shank_from_plumb


def join_readings(
    readings: Sequence[Reading], shares: Mapping[Quantity, float] = SETUP_SHARE
) -> Repeats:
    """Combine the readings of one leg in one set-up.

    Parameters
    ----------
    readings : sequence of Reading
        Two to :data:`MAX_REPEATS`.
    shares : mapping of str to float
        Share of the error's variance that differs from photo to photo.

    Raises
    ------
    InvalidOption
        If the number of readings is outside that range.
    """
    if not 2 <= len(readings) <= MAX_REPEATS:
        raise InvalidOption(
            Sentence(
                "There are {count} photos of one set-up; 2 to {limit} can be combined.",
                count=len(readings),
                limit=MAX_REPEATS,
            )
        )
    thigh, knee, shank = (
        join_angles([getattr(one, quantity) for one in readings], quantity, shares[quantity])
        for quantity in QUANTITIES
    )
    return Repeats(Reading(thigh.angle, knee.angle, shank.angle), thigh, knee, shank)


def outliers(readings: Sequence[Reading]) -> tuple[int, ...]:
    """Find photos that do not belong to the set-up of the others.

    A photo is left out if its thigh or knee differs from the median of the others by more than
    :data:`OUTLIER_SIGMAS` standard errors of that difference. Only the random part of the errors
    counts, because the systematic part is the same in each photo. Two photos do not show which of
    them is wrong, so none is left out of fewer than three, and never more than a minority.

    Returns
    -------
    tuple of int
        Indices in the sequence, in order.
    """
    if len(readings) < MIN_FOR_OUTLIERS:
        return ()
    scores = {number: _strangeness(readings, number) for number in range(len(readings))}
    worst_first = sorted(scores, key=lambda number: -scores[number])
    strange = [number for number in worst_first if scores[number] > OUTLIER_SIGMAS]
    return tuple(sorted(strange[: (len(readings) - 1) // 2]))


def _strangeness(readings: Sequence[Reading], number: int) -> float:
    """Distance of a reading from the median of the others, in standard errors."""
    worst = 0.0
    for quantity in ("thigh", "knee_flexion"):
        own: Angle = getattr(readings[number], quantity)
        others: list[Angle] = [
            getattr(one, quantity) for place, one in enumerate(readings) if place != number
        ]
        middle = statistics.median(one.value_deg for one in others)
        # The median of normal errors has a variance of pi / 2n.
        shared = statistics.fmean(one.sigma_deg**2 for one in others) * math.pi / 2 / len(others)
        sigma = math.sqrt(SETUP_SHARE[quantity] * (own.sigma_deg**2 + shared))
        worst = max(worst, abs(own.value_deg - middle) / sigma)
    return worst


def join_angles(angles: Sequence[Angle], quantity: Quantity, share: float | None = None) -> Spread:
    """Combine readings of one angle; for the formula, see the module.

    Parameters
    ----------
    angles : sequence of Angle
        At least two.
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
        Quantity that determines the random share.
    share : float, optional
        Share of the error's variance that differs from photo to photo; by default
        :data:`SETUP_SHARE`.
    """
    values = tuple(one.value_deg for one in angles)
    variance = statistics.fmean(one.sigma_deg**2 for one in angles)
    share, sd = SETUP_SHARE[quantity] if share is None else share, statistics.stdev(values)
    sem = sd / math.sqrt(len(values))
    return Spread(
        quantity=quantity,
        values_deg=values,
        mean_deg=statistics.fmean(values),
        sd_deg=sd,
        sem_deg=sem,
        random_sigma_deg=max(math.sqrt(share * variance / len(values)), sem),
        body_sigma_deg=math.sqrt((1.0 - share) * variance),
    )


def random_part(angle: Angle, quantity: Quantity) -> Angle:
    """Return an angle with only the random part of its error.

    It is used to compare two photos of one body, where the systematic part cancels.
    """
    sigma = math.sqrt(RANDOM_SHARE[quantity]) * angle.sigma_deg
    return Angle(angle.value_deg, sigma, angle.spread_deg)
