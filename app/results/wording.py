"""Results in words: verdicts, intervals and differences as people read them."""

from typing import Final

from app.results.schemas import AngleOut, CueOut, DifferenceOut, MeasurementOut
from vision.cues import CueKind
from vision.findings import Verdict
from vision.status import Item

VERDICT_WORDS: Final[dict[Verdict, tuple[str, str]]] = {
    "pass": (
        "Pass",
        "Every reading, with its whole error bar, is on the good side of its cut-off.",
    ),
    "borderline": ("Borderline", "Too close to call: an error bar reaches across a cut-off."),
    "fail": (
        "Fail",
        "At least one criterion is not met: an angle with its whole error bar beyond the "
        "cut-off, or what was observed.",
    ),
    "not_measurable": ("Not measurable", "This photo gives no reading."),
}
"""Word and meaning of each verdict on one criterion, and of an overall one that is final."""


OPEN_WORDS: Final[dict[Item, str]] = {
    "thigh": "Thigh not judged",
    "knee": "Knee not judged",
    "pain": "Pain not asked about",
    "rotation": "Rotation and drift not judged",
    "lower_back_flat": "Lower back not known to be flat",
}
"""What is still open, for people."""


def title_of(out: MeasurementOut) -> str:
    """Return the verdict in a few words: a bare "Pass" is final.

    A result of schema version 1 has no headline, and its verdict no status.
    """
    if not out.measurable:
        return VERDICT_WORDS["not_measurable"][0]
    return out.headline.partition(": ")[0] or VERDICT_WORDS[out.verdict][0]


def detail_of(out: MeasurementOut) -> str:
    """Return what the verdict hangs on: how many criteria were judged, and what is open."""
    return out.headline.partition(": ")[2] or VERDICT_WORDS[out.verdict][1]


def open_words(out: MeasurementOut) -> list[str]:
    """Name what has not been judged or answered, for a measured photo."""
    return [OPEN_WORDS[item] for item in out.judged.open] if out.measurable else []


def thigh_interval_words(interval: tuple[float, float]) -> str:
    """Say an interval of thigh angles without signs, the end nearer to horizontal first.

    >>> thigh_interval_words((-0.2, 11.7))
    '0.2° below to 11.7° above horizontal'
    """
    return f"{interval_words(interval, 'above', 'below')} horizontal"


def repeats_words(out: MeasurementOut) -> list[str]:
    """Say how the photos of one set-up agree, and what of the error more photos could reduce."""
    if out.repeats is None:
        return []
    angles = (
        ("thigh", out.repeats.thigh_deg),
        ("knee", out.repeats.knee_flexion_deg),
        ("shank", out.repeats.shank_from_plumb_deg),
    )
    said = [f"Mean of {out.repeats.n} photos of one set-up."]
    for name, spread in angles:
        values = ", ".join(signed(value) for value in spread.values)
        said.append(
            f"{name.capitalize()} {values}: SD {spread.sd:.1f}°, standard error "
            f"{spread.random_sigma:.1f}° of the photos and {spread.body_sigma:.1f}° of the body, "
            "which more photos do not reduce."
        )
    return said


def shank_interval_words(interval: tuple[float, float]) -> str:
    """Say an interval of the shank against the plumb line, the end nearer to plumb first.

    >>> shank_interval_words((-2.0, 3.5))
    '2.0° behind to 3.5° forward of plumb'
    """
    return f"{interval_words(interval, 'forward of', 'behind')} plumb"


def interval_words(interval: tuple[float, float], plus: str, minus: str) -> str:
    """Say an interval without signs, the end nearer to zero first.

    Parameters
    ----------
    interval : tuple of float
        Lower and upper end, degrees.
    plus, minus : str
        What the two signs mean.
    """
    low, high = interval
    if low < 0 < high:
        return f"{-low:.1f}° {minus} to {high:.1f}° {plus}"
    near, far = sorted((abs(low), abs(high)))
    return f"{near:.1f}° to {far:.1f}° {plus if low + high > 0 else minus}"


def sided_words(angle: AngleOut, plus: str, minus: str) -> str:
    """Say an angle and its interval without signs."""
    size, word = abs(angle.value), plus if angle.value >= 0 else minus
    return f"{size:.1f}° {word} (95 % interval: {interval_words(angle.interval, plus, minus)})"


def moved_words(change: DifferenceOut) -> str:
    """Say how the thigh moved from one photo to the next."""
    if change.difference_deg == 0:
        return "The thigh did not move."
    word = "dropped" if change.difference_deg < 0 else "rose"
    size, limit = f"{abs(change.difference_deg):.1f}°", f"{change.detectable_deg:.1f}°"
    beyond = "more than" if change.detectable else "within"
    return f"The thigh {word} by {size}: {beyond} measurement error ({limit})."


def signed(deg: float, decimals: int = 1) -> str:
    """Write degrees with a real minus sign.

    >>> signed(-9.69, 2)
    '−9.69°'
    """
    return f"{'−' if deg < 0 else ''}{abs(deg):.{decimals}f}°"


def short(deg: float) -> str:
    """Write degrees with as many decimals as they have, and a real minus sign.

    >>> short(-2.5), short(80.0)
    ('−2.5°', '80°')
    """
    return f"{deg:g}°".replace("-", "−")


def cue_words(value: float, unit: str) -> str:
    """Write a cue's value: whole degrees, or hundredths of a trunk length or of a ratio."""
    number = f"{round(value) + 0}°" if unit == "degrees" else f"{round(value, 2) + 0.0:.2f}"
    return number.replace("-", "−")


def cue_limit(cue: CueOut, kind: CueKind) -> str:
    """Write up to where a cue is ordinary."""
    return f"{'≤' if kind.impossible > kind.limit else '≥'} {cue_words(cue.limit, cue.unit)}"
