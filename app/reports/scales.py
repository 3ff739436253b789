"""One reading in words and on a drawn scale: what the pages and the report share.

Degrees become a place on a line in per cent of its length, and a sign becomes a word.
"""

from dataclasses import dataclass
from typing import Final, Literal

from app.results.schemas import AngleOut, CueOut, DifferenceOut, FindingOut, MeasurementOut, Source
from vision.criteria import NORMS
from vision.cues import CueKind
from vision.findings import Verdict
from vision.status import Item

DrawnAngle = Literal["thigh", "knee", "shank"]

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
SHANK_WORDS: Final = {True: "forward of plumb", False: "behind plumb"}
SHANK_HELP: Final = (
    "0° hangs plumb, as far as gravity takes a free leg; forward: the knee is straighter."
)
"""What the shank's angle means."""
_ENDS: Final[dict[DrawnAngle, tuple[float, float, float]]] = {
    "thigh": (-40.0, 40.0, 20.0),
    "knee": (0.0, 140.0, 20.0),
    "shank": (-40.0, 80.0, 20.0),
}
"""Per angle: ends of its drawn scale and the step between ticks, degrees."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One reading drawn on a line; places are per cent of its length.

    Attributes
    ----------
    value, low, high : float
        Place of the reading and the ends of its interval.
    cutoff : float or None
        Place of the rule's line.
    good : tuple of float
        Start and length of the good side.
    ticks : tuple of (float, str)
        Places and labels.
    """

    value: float
    low: float
    high: float
    cutoff: float | None
    good: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class NormMark:
    """A published mean drawn beside a reading; places are per cent of the scale's length."""

    label: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One angle in words: ``before number after``, its interval, and how it was judged."""

    angle: DrawnAngle
    source: Source
    name: str
    before: str
    number: str
    after: str
    interval: str
    finding: FindingOut | None
    scale: Scale
    supported: bool = False
    """Whether the leg lies on something, so that this angle says nothing."""

    @property
    def unjudged(self) -> str:
        """Why there is no finding."""
        if self.supported:
            return "The leg is supported, so the knee is not judged."
        return f"This rule-set does not judge the {self.angle}."

    @property
    def words(self) -> str:
        """The angle as a phrase."""
        return " ".join(part for part in (self.before, self.number, self.after) if part)


def readings(out: MeasurementOut) -> tuple[Reading, ...]:
    """Put the angles in words, the shank last; none for a photo that was refused."""
    if out.thigh_deg is None or out.knee_flexion_deg is None:
        return ()
    found = {finding.criterion: finding for finding in out.findings}
    thigh, knee, shank = out.thigh_deg, out.knee_flexion_deg, out.shank_from_plumb_deg
    side = _above_or_below(thigh.value)
    last = () if shank is None else (_shank(shank),)
    return (
        Reading(
            "thigh",
            thigh.source,
            "Thigh",
            "",
            f"{abs(thigh.value):.1f}°",
            f"{side or 'level with'} horizontal",
            thigh_interval_words(thigh.interval),
            found.get("thigh"),
            _scale("thigh", thigh, found.get("thigh")),
        ),
        Reading(
            "knee",
            knee.source,
            "Knee",
            "bent",
            f"{knee.value:.1f}°",
            "",
            f"bent {knee.interval[0]:.1f}° to {knee.interval[1]:.1f}°".replace("-", "−"),
            found.get("knee"),
            _scale("knee", knee, found.get("knee")),
            supported=any(flag.code == "leg_supported" for flag in out.flags),
        ),
        *last,
    )


def _shank(shank: AngleOut) -> Reading:
    """Put the shank's angle in words; it is no criterion of its own."""
    after = "plumb" if shank.value == 0 else SHANK_WORDS[shank.value > 0]
    return Reading(
        "shank",
        shank.source,
        "Shank",
        "",
        f"{abs(shank.value):.1f}°",
        after,
        shank_interval_words(shank.interval),
        None,
        _scale("shank", shank, None),
    )


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
    word = "dropped" if change.difference_deg < 0 else "rose"
    size, limit = f"{abs(change.difference_deg):.1f}°", f"{change.detectable_deg:.1f}°"
    beyond = "more than" if change.detectable else "within"
    return f"The thigh {word} by {size}: {beyond} measurement error ({limit})."


def norm_marks(angle: DrawnAngle) -> tuple[NormMark, ...]:
    """Place every published mean there is for an angle, with its standard deviation."""
    marks = []
    for norm in NORMS if angle != "shank" else ():
        mean, sd = (
            (norm.thigh_deg, norm.thigh_sd_deg)
            if angle == "thigh"
            else (norm.knee_flexion_deg, norm.knee_flexion_sd_deg)
        )
        if mean is None:
            continue
        figure = signed(mean) if sd is None else f"{signed(mean)[:-1]} ± {sd:.1f}°"
        low, high = (place(angle, mean + sign * (sd or 0.0)) for sign in (-1, 1))
        marks.append(NormMark(f"{norm.title} {figure}", place(angle, mean), low, high))
    return tuple(marks)


def place(angle: DrawnAngle, deg: float) -> float:
    """Return where on its drawn scale an angle lies, per cent; ends hold what is beyond them."""
    start, end, _ = _ENDS[angle]
    return round(100 * (min(max(deg, start), end) - start) / (end - start), 2)


def signed(deg: float, decimals: int = 1) -> str:
    """Write degrees with a real minus sign.

    >>> signed(-9.69, 2)
    '−9.69°'
    """
    return f"{'−' if deg < 0 else ''}{abs(deg):.{decimals}f}°"


def _above_or_below(deg: float) -> Literal["above", "below", ""]:
    if deg == 0:
        return ""
    return "above" if deg > 0 else "below"


def _scale(name: DrawnAngle, angle: AngleOut, found: FindingOut | None) -> Scale:
    start, end, step = _ENDS[name]
    cutoff = None if found is None or found.cutoff_deg is None else place(name, found.cutoff_deg)
    if cutoff is None:
        good = (0.0, 0.0)
    else:
        good = (0.0, cutoff) if name == "thigh" else (cutoff, round(100 - cutoff, 2))
    marks = [start + step * index for index in range(round((end - start) / step) + 1)]
    low, high = (place(name, deg) for deg in angle.interval)
    ticks = tuple((place(name, deg), signed(deg, 0)) for deg in marks)
    return Scale(place(name, angle.value), low, high, cutoff, good, ticks)


def cue_words(value: float, unit: str) -> str:
    """Write a cue's value: whole degrees, or hundredths of a trunk length or of a ratio."""
    number = f"{round(value) + 0}°" if unit == "degrees" else f"{round(value, 2) + 0.0:.2f}"
    return number.replace("-", "−")


def cue_limit(cue: CueOut, kind: CueKind) -> str:
    """Write up to where a cue is ordinary."""
    return f"{'≤' if kind.impossible > kind.limit else '≥'} {cue_words(cue.limit, cue.unit)}"
