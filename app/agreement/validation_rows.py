"""The measures of a validation as text, the same for the terminal and the report."""

from typing import Final

from app.agreement.angle_error import AngleError, Share
from app.agreement.wording import degrees, ratio, share_words

ANSWERS: Final = {
    "yes": "Yes: both limits, with their intervals, lie within it.",
    "no": "No: a limit, with its whole interval, lies outside it.",
    "cannot tell": "Cannot tell: the interval of a limit reaches across it; more people are needed.",
}
"""Answers to the question whether the error is acceptable."""
MEASURES: Final = (
    ("Photos / people", "Photos with a reading and a reference, and the people in them"),
    ("Bias", "Mean error, with its 95 % interval; + means that the tool reads more"),
    ("Lower limit", "Lower 95 % limit of agreement, with its 95 % interval"),
    ("Upper limit", "Upper 95 % limit of agreement, with its 95 % interval"),
    ("MAE", "Mean absolute error, with its 95 % interval"),
    ("RMSE", "Root mean square error, bias included"),
    ("19 of 20 within", "95th percentile of the absolute errors"),
    ("Worst", "Largest absolute error"),
    ("Slope", "Change of the error per degree of the angle, with its 95 % interval"),
    ("ICC(2,1)", "Absolute agreement; depends on how far the people differ"),
    ("MDC95, at most", "Upper bound of the smallest detectable change, from the RMSE"),
    ("Within ±{acceptable}", "Errors of at most the acceptable error"),
    ("Limits within ±{acceptable}?", "Whether the limits of agreement lie within it"),
    (
        "In the 95 % interval",
        "References inside the interval that the tool gave; 95 % are promised",
    ),
    ("Near a cut-off", "The same where the reference is within 5° of the cut-off"),
    ("Half-width", "Median half-width of these intervals"),
)
"""Measures of each angle, and their meaning."""


def labels(acceptable_deg: float) -> list[tuple[str, str]]:
    """Return the measures' names and meanings for an acceptable error, degrees."""
    size = f"{acceptable_deg:g}°"
    return [(name.format(acceptable=size), meaning) for name, meaning in MEASURES]


def cells(found: AngleError | None) -> list[str]:
    """Format every measure of an angle, in the order of :data:`MEASURES`."""
    if found is None:
        return ["–"] * len(MEASURES)
    limits, coverage = found.limits, found.coverage
    slope = "–" if found.slope is None else ratio(found.slope, found.slope_interval)
    return [
        f"{found.n} / {found.people}",
        degrees(limits.bias_deg, limits.bias_interval_deg),
        degrees(limits.limits_deg[0], limits.lower_limit_interval_deg),
        degrees(limits.limits_deg[1], limits.upper_limit_interval_deg),
        degrees(found.mae_deg, found.mae_interval_deg),
        degrees(found.rmse_deg),
        degrees(found.p95_deg),
        degrees(found.worst_deg),
        slope,
        ratio(found.icc.value, found.icc.interval),
        degrees(found.mdc95_bound_deg),
        share(found.within_acceptable),
        found.acceptable,
        "–" if coverage is None else share(coverage.inside),
        "–" if coverage is None else share(coverage.near_cutoff),
        "–" if coverage is None else degrees(coverage.half_width_deg),
    ]


def share(found: Share | None) -> str:
    """Format a share; a dash if there is none."""
    return "–" if found is None else share_words(found.count, found.n, found.interval)
