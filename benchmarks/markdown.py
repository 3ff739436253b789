"""Numbers, shares and tables as Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.resampling import Interval, share_interval


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float, digits: int = 1, *, sign: bool = False) -> str:
    """Format a number with a true minus sign, and without a minus before zero."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.replace("-", "+")
        text = text if sign else text.lstrip("+")
    return text.replace("-", "−")


def span(interval: Interval, digits: int = 1, *, sign: bool = False) -> str:
    low, high = (number(end, digits, sign=sign) for end in interval)
    return f"{low} to {high}" if sign else f"{low}–{high}"


def p_words(p: float) -> str:
    """Format a p-value as in journals."""
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def share(count: int, n: int) -> str:
    """Format a share with its count and Wilson's interval."""
    if n == 0:
        return "–"
    low, high = share_interval(count, n)
    return f"{count} of {n}, {100 * count / n:.0f} % ({100 * low:.0f}–{100 * high:.0f})"
