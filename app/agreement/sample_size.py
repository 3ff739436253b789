"""How many people a validation study needs: each function returns the smallest sufficient number.

People, not photos: a second photo or the other leg of a person adds less than a new person.
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Final

from app.agreement.resampling import share_interval
from app.agreement.statistics import MIN_PAIRS, t_quantile
from vision.angles import Z95
from vision.errors import InvalidOption

_MOST: Final = 100_000


def for_limits(half_width_sd: float) -> int:
    """Return the pairs for a precise limit of agreement.

    Its 95 % interval is ± t · s · √(3 / n) (Bland & Altman, Lancet 1986;327:307-310), as
    :func:`app.agreement.statistics.agree` computes it.

    Parameters
    ----------
    half_width_sd : float
        Half of the interval's width, in standard deviations of the differences; above 0.

    Raises
    ------
    InvalidOption
        If that is out of range or more than 100 000 pairs would be needed.

    Examples
    --------
    >>> for_limits(0.34)
    103
    """
    _check(half_width_sd > 0, "The half-width must be above 0.")

    def enough(n: int) -> bool:
        return t_quantile(0.975, n - 1) * math.sqrt(3 / n) <= half_width_sd

    return _smallest(enough)


def for_acceptable_error(
    acceptable_deg: float, bias_deg: float, sd_deg: float, power: float = 0.8
) -> int:
    """Return the pairs with which limits of agreement and their intervals lie within ± a limit.

    Normal approximation to the question of Lu et al., Int J Biostat 2016;12(2). The outer ends of
    the two intervals are bias ± c s, c = 1.96 + t √(3 / n), each with the variance
    s² (1 / n + c² / 2(n − 1)). Both lie within the acceptable error with a probability of at
    least p₁ + p₂ − 1.

    Parameters
    ----------
    acceptable_deg : float
        Largest acceptable error, degrees.
    bias_deg, sd_deg : float
        Expected mean and standard deviation of the differences, degrees.
    power : float
        Between 0 and 1.

    Raises
    ------
    InvalidOption
        If a number is out of range, or no number of pairs suffices because the true limits of
        agreement do not lie within the acceptable error.

    Examples
    --------
    >>> for_acceptable_error(5.0, 0.5, 1.8)
    89
    """
    _check(sd_deg > 0 and 0 < power < 1, "SD must be above 0 and power between 0 and 1.")
    normal = NormalDist()

    def enough(n: int) -> bool:
        factor = Z95 + t_quantile(0.975, n - 1) * math.sqrt(3 / n)
        spread = math.sqrt(1 / n + factor**2 / (2 * (n - 1)))
        rooms = ((acceptable_deg + sign * bias_deg) / sd_deg - factor for sign in (-1, 1))
        return sum(normal.cdf(room / spread) for room in rooms) - 1 >= power

    return _smallest(enough)


def for_icc(icc: float, width: float, raters: int = 2) -> int:
    """Return the photos for an ICC whose 95 % interval has a given width.

    Bonett, Stat Med 2002;21:1331-1335: 8 z² (1 − ρ)² (1 + (k − 1) ρ)² / (k (k − 1) w²) + 1; with
    two raters and ρ of at least 0.7, 5 ρ more.

    Parameters
    ----------
    icc : float
        Expected, 0 to below 1.
    width : float
        From the lower to the upper end of the interval, above 0.
    raters : int
        At least 2.

    Raises
    ------
    InvalidOption
        If a number is out of range.

    Examples
    --------
    >>> for_icc(0.8, 0.2)  # 51 by the formula, and 4 more
    55
    """
    _check(0 <= icc < 1, "The expected ICC must be from 0 to below 1.")
    _check(width > 0 and raters >= 2, "The width must be above 0, and raters at least 2.")
    squared = (Z95 * (1 - icc) * (1 + (raters - 1) * icc)) ** 2
    n = 8 * squared / (raters * (raters - 1) * width**2) + 1
    if raters == 2 and icc >= 0.7:
        n = math.ceil(n) + 5 * icc
    return max(math.ceil(n), MIN_PAIRS)


def for_group_difference(half_width_deg: float, sd_deg: float) -> int:
    """Return the people in each of two groups for a precise difference of their mean absolute errors.

    The absolute value of a normal error without bias has the standard deviation √(1 − 2 / π) s, so
    that the 95 % interval of the difference is ± z √(1 − 2 / π) s √(2 / n).

    Parameters
    ----------
    half_width_deg : float
        Half of the interval's width, degrees; above 0.
    sd_deg : float
        Expected standard deviation of the errors, degrees; above 0.

    Raises
    ------
    InvalidOption
        If a number is out of range.

    Examples
    --------
    >>> for_group_difference(1.0, 3.0)
    26
    """
    _check(half_width_deg > 0 and sd_deg > 0, "The half-width and the SD must be above 0.")
    spread = Z95 * math.sqrt(1 - 2 / math.pi) * sd_deg
    return max(math.ceil(2 * (spread / half_width_deg) ** 2), MIN_PAIRS)


def for_share(share: float, half_width: float) -> int:
    """Return the photos for a share whose Wilson interval has a given half-width.

    Parameters
    ----------
    share : float
        Expected share, 0 to 1: sensitivity, photos measured, true angles inside their intervals.
    half_width : float
        Half of the interval's width, above 0.

    Raises
    ------
    InvalidOption
        If a number is out of range or more than 100 000 photos would be needed.

    Examples
    --------
    >>> for_share(0.95, 0.05)
    83
    """
    _check(0 <= share <= 1 and half_width > 0, "The share must be from 0 to 1, the width above 0.")

    def enough(n: int) -> bool:
        low, high = share_interval(share * n, n)
        return high - low <= 2 * half_width

    return _smallest(enough)


def with_losses(n: int, lost_share: float) -> int:
    """Return the number to recruit if a share is lost: refused photos, people who drop out.

    >>> with_losses(100, 0.1)
    112
    """
    _check(0 <= lost_share < 1, "The share that is lost must be from 0 to below 1.")
    return math.ceil(round(n / (1 - lost_share), 9))


def _smallest(enough: Callable[[int], bool]) -> int:
    """Return the smallest number from which on ``enough`` holds, by doubling and halving."""
    high = MIN_PAIRS
    while not enough(high):
        high *= 2
        if high > _MOST:
            raise InvalidOption("No number of people up to 100 000 suffices for this.")
    low = max(high // 2, MIN_PAIRS - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidOption(message)
