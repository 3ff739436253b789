"""Several photos of one set-up, joined to one reading.

The error of a reading has two parts. One is the photo's own (camera, light, where the passes put
the points) and averages out over photos; the other is the same in each of them (how this body in
this posture and these clothes is read). Of n photos with variances σ₁² … σₙ² and a random share
r, the mean has the variance

    mean(σᵢ²) · (r / n + 1 − r)

and never less than n readings of it that scatter by their own standard deviation s: s² / n +
(1 − r) · mean(σᵢ²). So more photos narrow the interval only down to the part they share, which in
one posture is most of it: how much is random depends on what changes from photo to photo.
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
"""Most photos of one set-up that are joined: beyond, hardly anything is gained."""
RANDOM_SHARE: Final[dict[Quantity, float]] = {
    "thigh": 0.90,
    "knee_flexion": 0.82,
    "shank_from_plumb": 0.77,
}
"""Share of the error's variance that differs from photo to photo of one person: one-way analysis
of variance of the errors of 262 photos of 24 rendered bodies in several postures and clothes. It
holds for two photos of different postures."""
SETUP_SHARE: Final[dict[Quantity, float]] = {
    "thigh": 0.30,
    "knee_flexion": 0.30,
    "shank_from_plumb": 0.30,
}
"""The same from photo to photo of one posture, seen from several places: 42 renders of six
bodies, ``benchmarks/results/repeats.md``. So few bodies tell the share to a tenth at best."""
FRAME_SHARE: Final[dict[Quantity, float]] = {
    "thigh": 0.10,
    "knee_flexion": 0.05,
    "shank_from_plumb": 0.05,
}
"""The same from frame to frame of a clip, seen from one place by hand (there, too)."""
OUTLIER_SIGMAS: Final = 3.0
MIN_FOR_OUTLIERS: Final = 3
QUANTITIES: Final[tuple[Quantity, ...]] = ("thigh", "knee_flexion", "shank_from_plumb")


@dataclass(frozen=True, slots=True)
class Spread:
    """How the photos of one set-up agree on one angle.

    Attributes
    ----------
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
    values_deg : tuple of float
        One per photo, degrees.
    mean_deg : float
    sd_deg : float
        Sample standard deviation of the values, degrees.
    sem_deg : float
        Standard error of their mean by the values themselves, degrees: sd / √n. It knows nothing
        of the body's part.
    random_sigma_deg, body_sigma_deg : float
        The two parts of the joined angle's standard uncertainty, degrees: of the photos, averaged
        out, and of the body, which stays.
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
        """The joined angle."""
        sigma = math.hypot(self.random_sigma_deg, self.body_sigma_deg)
        return Angle(self.mean_deg, sigma, self.sd_deg)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Photos of one set-up as one reading.

    Attributes
    ----------
    reading : Reading
        Means, with the errors of means.
    thigh, knee_flexion, shank_from_plumb : Spread
    photo_sha256, left_out_sha256 : tuple of str
        Sums of the photos that were joined, and of those that were left out as outliers.
    """

    reading: Reading
    thigh: Spread
    knee_flexion: Spread
    shank_from_plumb: Spread
    photo_sha256: tuple[str, ...] = ()
    left_out_sha256: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many photos were joined."""
        return len(self.thigh.values_deg)

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """All three, in the order of :data:`QUANTITIES`."""
        return self.thigh, self.knee_flexion, self.shank_from_plumb


def join_readings(
    readings: Sequence[Reading], shares: Mapping[Quantity, float] = SETUP_SHARE
) -> Repeats:
    """Join the readings of one leg in one set-up.

    Parameters
    ----------
    readings : sequence of Reading
        Two to :data:`MAX_REPEATS`.
    shares : mapping of str to float
        Share of the error's variance that differs from photo to photo.

    Raises
    ------
    InvalidOption
        If there are fewer or more.
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

    One is left out if its thigh or its knee lies further from the median of the others than
    :data:`OUTLIER_SIGMAS` standard errors of that difference, by the random part of the errors
    alone: the body's part is the same in each. Two photos cannot tell which of them is wrong, so
    of fewer than three none is left out, and of more never more than a minority.

    Returns
    -------
    tuple of int
        Places in the sequence, in order.
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
    """Join readings of one angle; see the module for the formula.

    Parameters
    ----------
    angles : sequence of Angle
        At least two.
    quantity : {"thigh", "knee_flexion", "shank_from_plumb"}
        Whose share of random error holds.
    share : float, optional
        Of the error's variance, what differs from photo to photo; by default
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
    """Return an angle with the random part of its error alone.

    Two photos of one body are compared by it: what the body adds to both cancels.
    """
    sigma = math.sqrt(RANDOM_SHARE[quantity]) * angle.sigma_deg
    return Angle(angle.value_deg, sigma, angle.spread_deg)
