"""Results in words: verdicts, intervals and differences."""

from datetime import datetime
from typing import Final, Literal

from app.results.schemas import AngleOut, CueOut, DifferenceOut, MeasurementOut
from vision.cues import CueKind
from vision.findings import Verdict
from vision.sentences import Number, Sentence, joined
from vision.sides import Side
from vision.status import Item

VERDICT_WORDS: Final[dict[Verdict, tuple[Sentence, Sentence]]] = {
    "pass": (
        Sentence("Pass"),
        Sentence("Every reading, with its whole error bar, is on the good side of its cut-off."),
    ),
    "borderline": (
        Sentence("Borderline"),
        Sentence("Too close to call: an error bar reaches across a cut-off."),
    ),
    "fail": (
        Sentence("Fail"),
        Sentence(
            "At least one criterion is not met: an angle with its whole error bar beyond the "
            "cut-off, or what was observed."
        ),
    ),
    "not_measurable": (Sentence("Not measurable"), Sentence("This photo gives no reading.")),
}
"""Word and meaning of each verdict on a criterion, and of a final overall verdict."""


OPEN_WORDS: Final[dict[Item, Sentence]] = {
    "thigh": Sentence("Thigh not judged"),
    "knee": Sentence("Knee not judged"),
    "pain": Sentence("Pain not asked about"),
    "rotation": Sentence("Rotation and drift not judged"),
    "lower_back_flat": Sentence("Lower back not confirmed flat"),
}
"""Names of open criteria, for people."""


ANSWER_WORDS: Final = {
    "yes": Sentence("Yes"),
    "no": Sentence("No"),
    "unsure": Sentence("Not sure"),
    "none": Sentence("No"),
    "present": Sentence("Yes"),
    "drops": Sentence("It drops"),
    "stays": Sentence("It stays"),
    "outward": Sentence("Outward"),
    "inward": Sentence("Inward"),
}
"""Answers to the questions of :mod:`vision.observations`, for people."""
INLINE: Final = {
    "Pass": Sentence("pass"),
    "Passes so far": Sentence("passes so far"),
    "Borderline": Sentence("borderline"),
    "Borderline so far": Sentence("borderline so far"),
    "Fail": Sentence("fail"),
    "Fails so far": Sentence("fails so far"),
    "Not measurable": Sentence("not measurable"),
    "Pain during the test": Sentence("pain during the test"),
    "A clinician first": Sentence("a clinician first"),
}
"""Titles of verdicts within a sentence: languages differ in capitalisation."""
LEG_TITLES: Final[dict[Side, Sentence]] = {
    "left": Sentence("Left leg"),
    "right": Sentence("Right leg"),
}


def title_of(out: MeasurementOut) -> str:
    """Return the verdict in a few words; "Pass" alone is final.

    A result of schema version 1 has no headline, and its verdict no status.
    """
    if not out.measurable:
        return VERDICT_WORDS["not_measurable"][0]
    return _headline(out)[0] or VERDICT_WORDS[out.verdict][0]


def detail_of(out: MeasurementOut) -> str:
    """Return the number of criteria judged, and the main open condition."""
    return _headline(out)[1] or VERDICT_WORDS[out.verdict][1]


def inline(title: str) -> str:
    """Return the title of a verdict within a sentence."""
    return INLINE.get(title, title)


def _headline(out: MeasurementOut) -> tuple[str, str]:
    """Split a headline into title and detail, also if it was read from a file."""
    if isinstance(out.headline, Sentence):
        return out.headline.values["title"], out.headline.values["detail"]
    title, _, detail = out.headline.partition(": ")
    return title, detail


def open_words(out: MeasurementOut) -> list[Sentence]:
    """List what has not been judged or answered, for a measured photo."""
    return [OPEN_WORDS[item] for item in out.judged.open] if out.measurable else []


def thigh_interval_words(interval: tuple[float, float]) -> Sentence:
    """Format an interval of thigh angles without signs, the end closer to horizontal first.

    >>> thigh_interval_words((-0.2, 11.7))
    '0.2° below to 11.7° above horizontal'
    """
    side, near, far = _ends(interval)
    return {
        "across": Sentence("{near} below to {far} above horizontal", near=near, far=far),
        "plus": Sentence("{near} to {far} above horizontal", near=near, far=far),
        "minus": Sentence("{near} to {far} below horizontal", near=near, far=far),
    }[side]


def shank_interval_words(interval: tuple[float, float]) -> Sentence:
    """Format an interval of the shank from plumb, the end closer to plumb first.

    >>> shank_interval_words((-2.0, 3.5))
    '2.0° behind to 3.5° forward of plumb'
    """
    side, near, far = _ends(interval)
    return {
        "across": Sentence("{near} behind to {far} forward of plumb", near=near, far=far),
        "plus": Sentence("{near} to {far} forward of plumb", near=near, far=far),
        "minus": Sentence("{near} to {far} behind plumb", near=near, far=far),
    }[side]


def knee_interval_words(interval: tuple[float, float]) -> Sentence:
    """Format an interval of knee flexion.

    >>> knee_interval_words((-2.0, 3.5))
    'bent −2.0° to 3.5°'
    """
    low, high = (Number(f"{end:.1f}°".replace("-", "−")) for end in interval)
    return Sentence("bent {near} to {far}", near=low, far=high)


def interval_words(interval: tuple[float, float], plus: str, minus: str) -> Sentence:
    """Format an interval without signs, the end closer to zero first.

    Parameters
    ----------
    interval : tuple of float
        Lower and upper end, degrees.
    plus, minus : str
        Meaning of the two signs.
    """
    side, near, far = _ends(interval)
    if side == "across":
        return Sentence(
            "{near} {minus} to {far} {plus}", near=near, far=far, minus=minus, plus=plus
        )
    return Sentence(
        "{near} to {far} {direction}",
        near=near,
        far=far,
        direction=plus if side == "plus" else minus,
    )


def _ends(
    interval: tuple[float, float],
) -> tuple[Literal["across", "plus", "minus"], Number, Number]:
    """Return the side of zero of an interval, and its ends, the closer one first."""
    low, high = interval
    if low < 0 < high:
        return "across", signed(-low), signed(high)
    near, far = sorted((abs(low), abs(high)))
    return "plus" if low + high > 0 else "minus", signed(near), signed(far)


def repeats_words(out: MeasurementOut) -> list[Sentence]:
    """Describe how photos of one set-up agree, and the error that more photos could reduce."""
    if out.repeats is None:
        return []
    angles = (
        (Sentence("Thigh"), out.repeats.thigh_deg),
        (Sentence("Knee"), out.repeats.knee_flexion_deg),
        (Sentence("Shank"), out.repeats.shank_from_plumb_deg),
    )
    spreads = (
        Sentence(
            "{angle} {values}: SD {sd}; standard error {random} from the photos and {body} "
            "from the body, which more photos do not reduce.",
            angle=name,
            values=joined(", ", map(signed, spread.values)),
            sd=signed(spread.sd),
            random=signed(spread.random_sigma),
            body=signed(spread.body_sigma),
        )
        for name, spread in angles
    )
    return [Sentence("Mean of {n} photos of one set-up.", n=out.repeats.n), *spreads]


def sided_words(angle: AngleOut, plus: str, minus: str) -> Sentence:
    """Format an angle and its interval without signs."""
    return Sentence(
        "{size} {direction} (95 % interval: {interval})",
        size=signed(abs(angle.value)),
        direction=plus if angle.value >= 0 else minus,
        interval=interval_words(angle.interval, plus, minus),
    )


def moved_words(change: DifferenceOut) -> Sentence:
    """Describe the movement of the thigh between two photos."""
    if change.difference_deg == 0:
        return Sentence("The thigh did not move.")
    size, limit = signed(abs(change.difference_deg)), signed(change.detectable_deg)
    dropped, beyond = change.difference_deg < 0, change.detectable
    return {
        (True, True): Sentence(
            "The thigh dropped by {size}: more than measurement error ({limit}).",
            size=size,
            limit=limit,
        ),
        (True, False): Sentence(
            "The thigh dropped by {size}: within measurement error ({limit}).",
            size=size,
            limit=limit,
        ),
        (False, True): Sentence(
            "The thigh rose by {size}: more than measurement error ({limit}).",
            size=size,
            limit=limit,
        ),
        (False, False): Sentence(
            "The thigh rose by {size}: within measurement error ({limit}).", size=size, limit=limit
        ),
    }[dropped, beyond]


def signed(deg: float, decimals: int = 1) -> Number:
    """Format degrees with a true minus sign.

    >>> signed(-9.69, 2)
    '−9.69°'
    """
    return Number(f"{'−' if deg < 0 else ''}{abs(deg):.{decimals}f}°")


def when_words(measured_at: str | None) -> str:
    """Format date and time, to the minute, with the offset from UTC; empty if unknown.

    >>> when_words("2026-11-26T10:31:07+01:00")
    '2026-11-26 10:31 (UTC+01:00)'
    """
    try:
        when = datetime.fromisoformat(measured_at or "")
    except ValueError:
        return ""
    zone = f" ({when:%Z})" if when.tzinfo else ""
    return f"{when:%Y-%m-%d %H:%M}{zone}"


def cue_words(value: float, unit: str) -> Number:
    """Format the value of a cue: whole degrees, or hundredths of a trunk length or of a ratio."""
    number = f"{round(value) + 0}°" if unit == "degrees" else f"{round(value, 2) + 0.0:.2f}"
    return Number(number.replace("-", "−"))


def cue_limit(cue: CueOut, kind: CueKind) -> Number:
    """Format the limit of a cue."""
    sign = "≤" if kind.impossible > kind.limit else "≥"
    return Number(f"{sign} {cue_words(cue.limit, cue.unit)}")
