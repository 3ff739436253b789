"""One reading on a scale, shared by pages and reports.

Degrees are converted to positions in per cent of the scale's length, and signs to words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.results.schemas import AngleOut, FindingOut, MeasurementOut, Source
from app.results.wording import (
    knee_interval_words,
    shank_interval_words,
    signed,
    thigh_interval_words,
)
from vision.criteria import RuleSet
from vision.findings import OPTIMAL_WITHIN_DEG
from vision.norms import NORMS
from vision.sentences import Number, Sentence, joined

DrawnAngle = Literal["thigh", "knee", "shank"]

THIGH_WORDS: Final = {
    "above": Sentence("above horizontal"),
    "below": Sentence("below horizontal"),
    "level": Sentence("level with horizontal"),
}
UNJUDGED: Final[dict[DrawnAngle, Sentence]] = {
    "thigh": Sentence("This rule-set does not judge the thigh."),
    "knee": Sentence("This rule-set does not judge the knee."),
    "shank": Sentence("This rule-set does not judge the shank."),
}
SHANK_WORDS: Final = {True: Sentence("forward of plumb"), False: Sentence("behind plumb")}
SHANK_HELP: Final = Sentence(
    "0° is plumb, as far as gravity takes a free leg. Forward of plumb, the knee is straighter."
)
"""Meaning of the shank's angle."""
_ENDS: Final[dict[DrawnAngle, tuple[float, float, float]]] = {
    "thigh": (-40.0, 40.0, 20.0),
    "knee": (0.0, 140.0, 20.0),
    "shank": (-40.0, 80.0, 20.0),
}
"""Ends of the scale and step between ticks for each angle, degrees."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One reading on a scale; positions are in per cent of its length.

    Attributes
    ----------
    value, low, high : float
        Positions of the reading and of the ends of its interval.
    cutoff : float or None
        Position of the cut-off.
    good : tuple of float
        Start and length of the good side.
    ticks : tuple of (float, str)
        Positions and labels.
    """

    value: float
    low: float
    high: float
    cutoff: float | None
    good: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class NormMark:
    """A published mean beside a reading; positions are in per cent of the scale's length."""

    label: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One angle in words: ``before number after``, its interval, and its finding."""

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
    """Whether the leg is supported, so that this angle is meaningless."""

    @property
    def unjudged(self) -> str:
        """Reason why there is no finding."""
        if self.supported:
            return Sentence("The leg is supported, so the knee is not judged.")
        return UNJUDGED[self.angle]

    @property
    def words(self) -> Sentence:
        """The angle as a phrase."""
        return joined(" ", [part for part in (self.before, self.number, self.after) if part])


def readings(out: MeasurementOut) -> tuple[Reading, ...]:
    """Return the angles in words, the shank last; none for a refused photo."""
    supported = any(flag.code == "leg_supported" for flag in out.flags)
    angles = (out.thigh_deg, out.knee_flexion_deg, out.shank_from_plumb_deg)
    return readings_of(*angles, findings=out.findings, supported=supported)


def readings_beside_own(out: MeasurementOut) -> tuple[tuple[Reading, Reading | None], ...]:
    """Add the automatic value to each reading that a person adjusted."""
    found, was = readings(out), out.automatic
    own: tuple[Reading, ...] = ()
    if was is not None:
        angles = (was.thigh_deg, was.knee_flexion_deg, was.shank_from_plumb_deg)
        own = readings_of(*angles, findings=out.findings)
    return tuple(zip(found, own or (None,) * len(found), strict=False))


def readings_of(
    thigh: AngleOut | None,
    knee: AngleOut | None,
    shank: AngleOut | None = None,
    *,
    findings: Iterable[FindingOut] = (),
    supported: bool = False,
) -> tuple[Reading, ...]:
    """Return angles in words, the shank last; none if thigh or knee is missing.

    Parameters
    ----------
    thigh, knee, shank : AngleOut, optional
    findings : iterable of FindingOut
        Findings on the angles.
    supported : bool
        Whether the leg is supported, so that its knee is meaningless.
    """
    if thigh is None or knee is None:
        return ()
    found = {finding.criterion: finding for finding in findings}
    side = _above_or_below(thigh.value)
    last = () if shank is None else (_shank(shank),)
    return (
        Reading(
            "thigh",
            thigh.source,
            Sentence("Thigh"),
            "",
            signed(abs(thigh.value)),
            THIGH_WORDS[side],
            thigh_interval_words(thigh.interval),
            found.get("thigh"),
            _scale("thigh", thigh, found.get("thigh")),
        ),
        Reading(
            "knee",
            knee.source,
            Sentence("Knee"),
            Sentence("bent"),
            signed(knee.value),
            "",
            knee_interval_words(knee.interval),
            found.get("knee"),
            _scale("knee", knee, found.get("knee")),
            supported=supported,
        ),
        *last,
    )


def _shank(shank: AngleOut) -> Reading:
    """Return the shank's angle in words; it is not a criterion of its own."""
    after = Sentence("plumb") if shank.value == 0 else SHANK_WORDS[shank.value > 0]
    return Reading(
        "shank",
        shank.source,
        Sentence("Shank"),
        "",
        signed(abs(shank.value)),
        after,
        shank_interval_words(shank.interval),
        None,
        _scale("shank", shank, None),
    )


def norm_marks(angle: DrawnAngle) -> tuple[NormMark, ...]:
    """Return all published means of an angle on its scale, with standard deviations."""
    marks = []
    for norm in NORMS if angle != "shank" else ():
        mean, sd = (
            (norm.thigh_deg, norm.thigh_sd_deg)
            if angle == "thigh"
            else (norm.knee_flexion_deg, norm.knee_flexion_sd_deg)
        )
        if mean is None:
            continue
        figure = signed(mean) if sd is None else Number(f"{signed(mean)[:-1]} ± {sd:.1f}°")
        low, high = (place(angle, mean + sign * (sd or 0.0)) for sign in (-1, 1))
        marks.append(NormMark(joined(" ", (norm.title, figure)), place(angle, mean), low, high))
    return tuple(marks)


def scale_words(reading: Reading, marks: Sequence[NormMark]) -> Sentence:
    """Describe a scale for screen readers."""
    name, words = reading.name, reading.words
    if not marks:
        return Sentence("Scale. {name} {words}.", name=name, words=words)
    norms = joined(", ", [one.label for one in marks])
    return Sentence(
        "Scale. {name} {words}; published means: {norms}.", name=name, words=words, norms=norms
    )


def place(angle: DrawnAngle, deg: float) -> float:
    """Return the position of an angle on its scale, per cent, at most at an end."""
    start, end, _ = _ENDS[angle]
    return round(100 * (min(max(deg, start), end) - start) / (end - start), 2)


def optimal_zone(rules: RuleSet) -> tuple[float, float] | None:
    """Return start and length of the zone that a rule calls optimal for the thigh, per cent."""
    middle = rules.thigh_optimal_deg
    if middle is None:
        return None
    start = place("thigh", middle - OPTIMAL_WITHIN_DEG)
    return start, round(place("thigh", middle + OPTIMAL_WITHIN_DEG) - start, 2)


def _above_or_below(deg: float) -> Literal["above", "below", "level"]:
    if deg == 0:
        return "level"
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
