"""Points set by hand on photos whose truth is known, by readers of a published spread.

A reader is simulated by where the points end up: an offset for each joint that stays the same
from photo to photo (what this reader takes for the joint), and a scatter that is new each time.
Both are isotropic, in lengths of the thigh, along and across the limb, and large enough for the
knee angle to have the published standard deviation. The angles are read from the points by
:func:`vision.adjustment.read_points`, as the page and the service do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.hand_photos import Photo, Points
from vision.adjustment import read_points
from vision.angles import Angle, Reading
from vision.geometry import knee_flexion_angle

Floats = NDArray[np.float64]

UNIT_SPREAD: Final = 0.01
"""Spread with which the calibration is run, thigh lengths: small enough to be linear."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A kind of reader, by published standard deviations of the knee angle.

    Attributes
    ----------
    name : str
    within_deg : float
        One reader, the same picture again: standard error of measurement, degrees.
    total_deg : float
        Any reader: within and between readers together, degrees; not below ``within_deg``.
    source : str
    """

    name: str
    within_deg: float
    total_deg: float
    source: str

    @property
    def between_deg(self) -> float:
        """Standard deviation of what one reader always does differently, degrees."""
        return math.sqrt(self.total_deg**2 - self.within_deg**2)


READERS: Final = (
    Reader("perfect", 0.0, 0.0, "points where the truth is"),
    Reader(
        "one reader, again",
        1.0,
        1.0,
        "Peeler & Leiter 2013, doi:10.3109/09593985.2012.731140: photos of the modified Thomas "
        "test, knee, scored twice",
    ),
    Reader(
        "any reader",
        1.6,
        2.6,
        "Guadagnin et al. 2025, doi:10.20338/bjmb.v19i1.468: videos from the side, hip, knee and "
        "ankle angles drawn by three raters, twice; the largest of their standard errors",
    ),
)


def read(photo: Photo, chain_px: Points, *, carried: bool = True) -> Reading:
    """Read points as the service does.

    Parameters
    ----------
    photo : Photo
    chain_px : ndarray, shape (3, 2)
    carried : bool
        Whether the camera's part of the automatic measurement is applied, where there is one.
    """
    return read_points(
        chain_px,
        head_towards=photo.head_towards,
        roll_deg=photo.roll_deg,
        roll_sigma_deg=photo.roll_sigma_deg,
        camera_offset_deg=photo.offset_deg if carried else None,
    ).reading


def values_of(reading: Reading) -> tuple[Angle, Angle, Angle]:
    """Return thigh, knee and shank."""
    return reading.thigh, reading.knee_flexion, reading.shank_from_plumb


def leg_frames(photo: Photo) -> NDArray[np.float64]:
    """Return for each joint a matrix from (along, across) in thigh lengths to pixels.

    Along points from hip to knee, at the ankle from knee to ankle; across to the same side of
    the leg, wherever the head lies.

    Returns
    -------
    ndarray, shape (3, 2, 2)
    """
    hip, knee, ankle = photo.chain_px
    length = float(np.linalg.norm(knee - hip))
    side = 1.0 if photo.head_towards == "left" else -1.0

    def frame(vector: Points) -> Points:
        x, y = vector / np.linalg.norm(vector)
        return length * np.array([[x, side * y], [y, -side * x]])

    thigh = frame(knee - hip)
    return np.array([thigh, thigh, frame(ankle - knee)])


def drawn_chains(
    photos: Sequence[Photo], readers: int, within: float, between: float, seed: int
) -> Floats:
    """Return where simulated readers put the points.

    Parameters
    ----------
    photos : sequence of Photo
    readers : int
        Even: for each there is one with the opposite offset, so that readers as a whole are not
        biased by chance.
    within, between : float
        Standard deviations of scatter and offset along each axis, thigh lengths.
    seed : int

    Returns
    -------
    ndarray, shape (readers, photos, 3, 2)
        Pixels.
    """
    rng = np.random.default_rng(seed)
    half = between * rng.standard_normal((readers // 2, 1, 3, 2))
    offsets = np.concatenate([half, -half])
    scatter = within * rng.standard_normal((readers, len(photos), 3, 2))
    frames = np.array([leg_frames(photo) for photo in photos])
    moved = np.einsum("njab,rnjb->rnja", frames, offsets + scatter)
    chains: Floats = np.array([photo.chain_px for photo in photos]) + moved
    return chains


def spread_for(photos: Sequence[Photo], knee_deg: float, *, readers: int = 200) -> float:
    """Return the spread of each point at which the knee has a standard deviation, thigh lengths.

    Parameters
    ----------
    photos : sequence of Photo
        Training photos.
    knee_deg : float
        Standard deviation of the knee angle, degrees.
    """
    chains = drawn_chains(photos, readers, UNIT_SPREAD, 0.0, seed=1)
    read_deg = np.array(
        [
            knee_flexion_angle(
                chains[:, n, 0], chains[:, n, 1], chains[:, n, 2], head_towards=photo.head_towards
            )
            for n, photo in enumerate(photos)
        ]
    )
    return UNIT_SPREAD * knee_deg / float(read_deg.std(axis=1).mean())


def readings(
    photos: Sequence[Photo], chains: Floats, *, carried: bool = True
) -> tuple[Floats, Floats]:
    """Read simulated points: errors against the 3-D truth, and standard uncertainties.

    Returns
    -------
    errors, sigmas : ndarray, shape (readers, photos, 3)
        Thigh, knee and shank, degrees.
    """
    found = np.array(
        [
            [
                [
                    (one.value_deg, one.sigma_deg)
                    for one in values_of(read(photo, chain, carried=carried))
                ]
                for photo, chain in zip(photos, row, strict=True)
            ]
            for row in chains
        ]
    )
    truth = np.array([photo.truth_deg for photo in photos])
    return found[..., 0] - truth, found[..., 1]
