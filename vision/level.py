"""Which way is down: the roll of the camera, which enters the thigh angle one to one.

Sign: ``roll_deg`` is how far the true horizontal is turned counter-clockwise in the photo,
so that its right end looks higher; that is the camera turned clockwise.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from vision.errors import InvalidOption

ASSUMED_SIGMA_DEG: Final = 1.5
"""Standard uncertainty of a phone held level by eye, degrees."""
GIVEN_SIGMA_DEG: Final = 0.3
"""Standard uncertainty of a roll that the user measured or set, degrees."""
MAX_ROLL_DEG: Final = 45.0
"""Largest roll that can be given; beyond it the photo is sideways, degrees."""


@dataclass(frozen=True, slots=True)
class Level:
    """Camera roll, degrees, with its standard uncertainty and where it comes from."""

    roll_deg: float
    sigma_deg: float
    source: Literal["given", "scene", "assumed"]


def given_level(roll_deg: float) -> Level:
    """Take the roll from the user.

    Raises
    ------
    InvalidOption
        If it is not a number within ±45°.
    """
    if not math.isfinite(roll_deg) or abs(roll_deg) > MAX_ROLL_DEG:
        raise InvalidOption(f"The level is {roll_deg}°; it must be within ±{MAX_ROLL_DEG:.0f}°.")
    return Level(float(roll_deg), GIVEN_SIGMA_DEG, "given")


def assumed_level() -> Level:
    """Assume that the photo's own horizontal is the true one."""
    return Level(0.0, ASSUMED_SIGMA_DEG, "assumed")
