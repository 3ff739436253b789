"""Numbers of agreement studies as text."""

from app.agreement.resampling import Interval
from app.results.wording import signed


def ratio(value: float | None, interval: Interval | None) -> str:
    """Format an ICC or a kappa with its interval.

    >>> ratio(0.5, (-0.1, 0.8))
    '0.50 (−0.10 to 0.80)'
    """
    texts = ["–" if one is None else f"{one:.2f}" for one in (value, *(interval or ()))]
    text = texts[0] if interval is None else f"{texts[0]} ({texts[1]} to {texts[2]})"
    return text.replace("-", "−")


def percent(share: float) -> str:
    """Format a share in per cent, with a no-break space."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def degrees(value: float, interval: Interval | None = None) -> str:
    """Format degrees, with their interval.

    >>> degrees(-0.34, (-0.7, 0.04))
    '−0.3° (−0.7° to 0.0°)'
    """
    texts = [signed(round(one, 1) + 0.0) for one in (value, *(interval or ()))]
    return str(texts[0]) if interval is None else f"{texts[0]} ({texts[1]} to {texts[2]})"


def share_words(count: int, n: int, interval: Interval) -> str:
    r"""Format a share with its counts and its interval.

    >>> share_words(57, 60, (0.863, 0.983))
    '57 of 60, 95\xa0% (86–98)'
    """
    low, high = (f"{100 * end:.0f}" for end in interval)
    return f"{count} of {n}, {percent(count / n)} ({low}–{high})"


def p_words(p: float) -> str:
    """Format a p-value as in journals.

    >>> p_words(0.0002), p_words(0.0412)
    ('p < 0.001', 'p 0.041')
    """
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def plus(deg: float) -> str:
    """Format degrees with their sign, plus included.

    >>> plus(1.24), plus(-0.04)
    ('+1.2°', '0.0°')
    """
    value = round(deg, 1) + 0.0
    return f"{'+' if value > 0 else ''}{signed(value)}"
