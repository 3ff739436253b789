"""Contact sheet of a run: one HTML file to review, print or hand over.

Photos that need attention come first. Pictures are embedded, and there are no scripts or external
resources; file names and other user input are made printable and escaped.
"""

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from app.reports.charts import Histogram, Scatter, histogram, scatter
from app.reports.environment import environment
from app.reports.scales import DrawnAngle, Reading, readings
from app.results.schemas import NOTICE, ErrorOut, MeasurementOut
from app.results.wording import VERDICT_WORDS, title_of
from app.text import printable
from vision.angles import Z95
from vision.comparison import SETUP_SIGMA_DEG
from vision.criteria import RuleSet
from vision.norms import NORMS

MAX_PHOTOS: Final = 500
"""Largest number of photos shown individually, limited by browsers and printers."""
GROUPS: Final = (
    ("Errors", "These files could not be read or measured."),
    ("Refused", "These photos were read, but no reading can be taken from them."),
    ("With a caveat", "Measured, but something may have moved the angles or the verdict."),
    ("Borderline", "Too close to call: an error bar reaches across a cut-off."),
    ("Nothing to remark", "Measured, and clear of every cut-off."),
)
"""Title and meaning of each group of photos; those that need attention come first."""
_FIELDS: Final[dict[DrawnAngle, str]] = {"thigh": "thigh_deg", "knee": "knee_flexion_deg"}
"""Location of each angle in a result."""
SETUP_BAND_DEG: Final = Z95 * math.sqrt(2) * SETUP_SIGMA_DEG
"""Smallest difference between two set-ups that exceeds the set-up error, degrees."""
_MAX_NAME: Final = 160
"""Longest path or name on the sheet, characters; ``results.csv`` contains them in full."""

Line = dict[str, Any]
Angles = dict[DrawnAngle, Line]
"""Both angles of one result, unchanged."""
Legs = dict[str, list[Angles]]
"""The results of one subject and session, by side."""


@dataclass(slots=True)
class Notes:
    """Data collected from the results in a single pass, besides the summary.

    Attributes
    ----------
    shown : list of dict
        The :data:`MAX_PHOTOS` results that most need attention, in order; no others are kept.
    groups : Counter of int
        Number of photos by the index of their group in :data:`GROUPS`.
    texts : dict of str to dict
        Texts of flags and errors, by code.
    values : dict of str to list of float
        Readings of each angle, degrees.
    legs : dict of (subject, session) to dict
    judged, software : Counter
        Number of results by rule-set and by software.
    """

    shown: list[Line] = field(default_factory=list)
    groups: Counter[int] = field(default_factory=Counter)
    texts: dict[str, Line] = field(default_factory=dict)
    values: dict[DrawnAngle, list[float]] = field(default_factory=lambda: {"thigh": [], "knee": []})
    legs: dict[tuple[str, str], Legs] = field(default_factory=lambda: defaultdict(dict))
    judged: Counter[tuple[str, str]] = field(default_factory=Counter)
    software: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Add one result."""
        self.groups[review_group(line)] += 1
        bisect.insort(self.shown, line, key=_review_key)
        del self.shown[MAX_PHOTOS:]
        if "error" in line:
            self.texts.setdefault(line["error"]["code"], line["error"])
        else:
            self._note(line)

    def _note(self, line: Line) -> None:
        for flag in line["flags"]:
            self.texts.setdefault(flag["code"], flag)
        self.judged[line["criteria"]["id"], line["criteria"]["version"]] += 1
        made = line["provenance"]
        self.software[made["package"], made["model"], made["calibration"]] += 1
        angles: Angles = {angle: line[name] for angle, name in _FIELDS.items()}
        for angle, found in angles.items():
            if found is not None:
                self.values[angle].append(found["value"])
        if line.get("subject") and line["tested_leg"] and None not in angles.values():
            legs = self.legs[line["subject"], line.get("session", "")]
            legs.setdefault(line["tested_leg"]["side"], []).append(angles)


@dataclass(frozen=True, slots=True)
class Reasons:
    """A table of flags or errors: count, meaning and advice."""

    id: str
    title: str
    rows: list[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Card:
    """One photo on the sheet: measured or refused (``out``), or failed (``error``)."""

    folder: str
    name: str
    about: str
    thumbnail: str | None
    out: MeasurementOut | None = None
    error: ErrorOut | None = None
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Photos of one group: their number, and those that are shown."""

    id: str
    title: str
    meaning: str
    total: int
    cards: tuple[Card, ...]


def contact_sheet(notes: Notes, summary: Line, name: str, rules: RuleSet) -> str:
    """Render the contact sheet of a run.

    Parameters
    ----------
    notes : Notes
        Data of all results of the run.
    summary : dict
        Counts of verdicts, flags and errors, as in ``summary.json``.
    name : str
        Name of the folder or bucket with the results, for the heading.
    rules : RuleSet
        The rule-set that judged.

    Returns
    -------
    str
        One HTML file.
    """
    legs, doubled = pairs(notes.legs.values())
    values: dict[str, Any] = {
        "folder": _short(name),
        "rules": rules,
        "summary": summary,
        "notes": notes,
        "tally": _tally(summary),
        "reasons": _reasons(summary, notes.texts),
        "histograms": _histograms(notes, rules),
        "scatters": _scatters(legs),
        "doubled": doubled,
        "groups": _groups(notes),
        "shown": len(notes.shown),
    }
    return _templates().get_template("batch.html").render(**values)


def review_group(line: Line) -> int:
    """Return the priority of a result, as an index in :data:`GROUPS`."""
    if "error" in line:
        return 0
    if line["verdict"] == "not_measurable":
        return 1
    if line["flags"]:
        return 2
    return 3 if line["verdict"] == "borderline" else 4


def pairs(examined: Iterable[Legs]) -> tuple[list[tuple[Angles, Angles]], int]:
    """Return left and right leg of all people with one result for each.

    Returns
    -------
    list of (left, right)
    int
        Number of pairs left out because one leg has several results.
    """
    both = [(legs["left"], legs["right"]) for legs in examined if len(legs) == 2]
    single = [(left[0], right[0]) for left, right in both if len(left) == len(right) == 1]
    return single, len(both) - len(single)


def _review_key(line: Line) -> tuple[int, str]:
    return review_group(line), line["path"]


def _tally(summary: Line) -> list[tuple[str, str, int]]:
    """Count photos by outcome: kind, word, number; including kinds without photos."""
    counted = summary["verdicts"]
    verdicts = [(kind, word, counted.get(kind, 0)) for kind, (word, _) in VERDICT_WORDS.items()]
    failed = sum(summary["errors"].values())
    return [*verdicts, ("error", "Error" if failed == 1 else "Errors", failed)]


def _reasons(summary: Line, texts: dict[str, Line]) -> list[Reasons]:
    """Return tables of errors, blocking and advisory flags, the most frequent first."""
    errors = [(number, code, texts[code]["advice"]) for code, number in summary["errors"].items()]
    flags = [
        (texts[code]["blocking"], (number, texts[code]["text"], texts[code]["advice"]))
        for code, number in summary["flags"].items()
    ]
    tables = (
        Reasons("failed", "Why files failed", errors),
        Reasons("refused", "Why photos were refused", [row for blocks, row in flags if blocks]),
        Reasons("caveats", "Caveats", [row for blocks, row in flags if not blocks]),
    )
    return [table for table in tables if table.rows]


def _histograms(notes: Notes, rules: RuleSet) -> list[Histogram]:
    return [histogram(angle, found, rules) for angle, found in notes.values.items() if found]


def _scatters(legs: list[tuple[Angles, Angles]]) -> list[Scatter]:
    drawn = []
    for angle in _FIELDS if legs else ():
        points = [(left[angle], right[angle]) for left, right in legs]
        judged = [(one["value"], two["value"], _differ(one, two)) for one, two in points]
        drawn.append(scatter(angle, judged, SETUP_BAND_DEG))
    return drawn


def _differ(one: Line, two: Line) -> bool:
    """Return whether two readings differ by more than error; see :mod:`vision.comparison`."""
    halves = [(angle["interval"][1] - angle["interval"][0]) / 2 for angle in (one, two)]
    return bool(abs(two["value"] - one["value"]) >= math.hypot(*halves, SETUP_BAND_DEG))


def _groups(notes: Notes) -> list[Group]:
    return [
        Group(f"group-{place}", title, meaning, notes.groups[place], _cards(notes.shown, place))
        for place, (title, meaning) in enumerate(GROUPS)
        if notes.groups[place]
    ]


def _cards(shown: list[Line], place: int) -> tuple[Card, ...]:
    return tuple(_card(line) for line in shown if review_group(line) == place)


def _card(line: Line) -> Card:
    folder, slash, name = line["path"].rpartition("/")
    out = None if "error" in line else MeasurementOut.model_validate(line)
    leg = f"{out.tested_leg.side.capitalize()} leg" if out and out.tested_leg else ""
    about = " · ".join(part for part in (leg, line.get("subject"), line.get("session")) if part)
    return Card(
        folder=_short(folder + slash),
        name=_short(name),
        about=_short(about),
        thumbnail=line.get("thumbnail"),
        out=out,
        error=ErrorOut.model_validate(line["error"]) if out is None else None,
        readings=() if out is None else readings(out),
    )


def _short(text: str) -> str:
    """Make a name printable; a long one is shortened in the middle."""
    shown = printable(text)
    if len(shown) <= _MAX_NAME:
        return shown
    return f"{shown[: _MAX_NAME // 2]}…{shown[-_MAX_NAME // 2 :]}"


@cache
def _templates() -> Environment:
    templates = environment()
    templates.globals.update(notice=NOTICE, norms=NORMS, verdict_words=VERDICT_WORDS)
    templates.globals.update(title_of=title_of)
    templates.filters.update(printable=printable, grouped="{:,}".format)
    return templates
