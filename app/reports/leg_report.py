"""Self-contained HTML report of an examination or one photo, to print, file or hand over.

Pictures are embedded, and there are no scripts or external resources. The templates escape all user
input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from app.reports.environment import ENGLISH, Speech, data_uri, environment
from app.reports.further_photos import NOT_MEASURED, above_sentences, retest_sentences
from app.reports.scales import (
    Reading,
    norm_marks,
    readings_beside_own,
    scale_words,
)
from app.results.made import LEVEL_WORDS, leg_words, points_words
from app.results.schemas import (
    NOTICE,
    CriteriaOut,
    ExaminationOut,
    FlagOut,
    LegExaminationOut,
    MeasurementOut,
    NextStepOut,
)
from app.results.wording import (
    ANSWER_WORDS,
    LEG_TITLES,
    VERDICT_WORDS,
    detail_of,
    inline,
    open_words,
    repeats_words,
    title_of,
    when_words,
)
from vision.advice import advice
from vision.criteria import RULE_SETS, RuleSet
from vision.norms import NORMS, NORMS_CAUTION
from vision.observations import QUESTIONS
from vision.sentences import Sentence

_MAX_RUNNING: Final = 70
"""Longest footer line of printed pages, characters."""
KNEE_EXTENDED: Final[dict[str, Sentence]] = {
    "left": Sentence("Left leg, knee extended"),
    "right": Sentence("Right leg, knee extended"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A further photo of a leg: its findings, or the reason why there are none.

    Its name is that of its picture, see :func:`report_html`; empty if there is none.
    """

    name: str
    title: str
    picture: str | None
    sentences: tuple[str, ...]
    flags: tuple[FlagOut, ...]
    faces_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg as shown by the template; adjusted readings are shown with the automatic values."""

    id: str
    title: str
    out: MeasurementOut
    picture: str | None
    drawn: tuple[tuple[Reading, Reading | None], ...]
    sections: tuple[Section, ...] = ()
    retest: MeasurementOut | None = None

    @property
    def photos(self) -> list[tuple[str, MeasurementOut]]:
        """Photos with their own provenance, by title."""
        if self.retest is None:
            return [(self.title, self.out)]
        return [(self.title, self.out), (KNEE_EXTENDED[self.id], self.retest)]


@dataclass(frozen=True, slots=True)
class Step:
    """A next step, with the reason for each leg that requires it."""

    title: str
    text: str
    legs: str
    reasons: tuple[str, ...]


Picture = bytes | str
"""JPEG, or the address that a report shows: a browser that holds the photo puts it in later."""


def report_html(
    examined: ExaminationOut,
    pictures: Mapping[str, Picture],
    *,
    rules: RuleSet | None = None,
    speech: Speech = ENGLISH,
) -> str:
    """Return the report of an examination.

    Parameters
    ----------
    examined : ExaminationOut
    pictures : mapping of str to Picture
        Pictures by name: ``left`` or ``right``, optionally followed by ``_retest`` or
        ``_above``. Missing ones are left out.
    rules : RuleSet, optional
        The rule-set that judged, if it is a custom one.
    speech : Speech
        Language of the report.
    """
    given = [leg for leg in (examined.left, examined.right) if leg is not None]
    legs = [leg_view(leg, pictures) for leg in given]
    return _render(examined, legs, examined.criteria, rules, speech)


def measurement_report_html(
    out: MeasurementOut,
    picture: Picture | None,
    *,
    rules: RuleSet | None = None,
    speech: Speech = ENGLISH,
) -> str:
    """Return the report of a single photo.

    Parameters
    ----------
    out : MeasurementOut
    picture : Picture or None
        The annotated photo.
    rules : RuleSet, optional
        The rule-set that judged, if it is a custom one.
    speech : Speech
        Language of the report.
    """
    side = out.tested_leg.side if out.tested_leg else ""
    title = LEG_TITLES[out.tested_leg.side] if out.tested_leg else Sentence("Photo")
    leg = Leg(side or "photo", title, out, _picture(picture), readings_beside_own(out))
    return _render(out, [leg], out.criteria, rules, speech)


def merged_steps(legs: Sequence[tuple[str, Sequence[NextStepOut]]]) -> list[Step]:
    """Merge the next steps of all legs into one list, each step once.

    Parameters
    ----------
    legs : sequence of (str, sequence of NextStepOut)
        Title and steps of each leg.
    """
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for title, steps in legs:
        for step in steps:
            found.setdefault((step.id, step.title, step.text), {})[title] = step.reason
    order = [entry.id for entry in advice()]
    keys = sorted(found, key=lambda key: order.index(key[0]) if key[0] in order else len(order))
    return [_step(key[1], key[2], found[key], len(legs)) for key in keys]


def _step(title: str, text: str, reasons: dict[str, str], legs: int) -> Step:
    different = len(set(reasons.values())) > 1
    why = [
        Sentence("{leg}: {reason}", leg=leg, reason=reason) if different else reason
        for leg, reason in reasons.items()
    ]
    only = "" if len(reasons) == legs else next(iter(reasons))
    return Step(title, text, only, tuple(dict.fromkeys(why)))


def leg_view(leg: LegExaminationOut, pictures: Mapping[str, Picture]) -> Leg:
    """Prepare one leg for the templates; also used by the examination page.

    Parameters
    ----------
    leg : LegExaminationOut
    pictures : mapping of str to Picture
        As accepted by :func:`report_html`.
    """
    out = leg.measurement
    sections = (_joined(out), _retest(leg, pictures), _above(leg, pictures))
    return Leg(
        id=leg.side,
        title=LEG_TITLES[leg.side],
        out=out,
        picture=_picture(pictures.get(leg.side)),
        drawn=readings_beside_own(out),
        sections=tuple(section for section in sections if section is not None),
        retest=leg.retest_photo,
    )


def _joined(out: MeasurementOut) -> Section | None:
    """Describe the combined result of several photos of one set-up."""
    if out.repeats is None:
        return None
    return Section(
        "", Sentence("Several photos of one set-up"), None, tuple(repeats_words(out)), ()
    )


def _retest(leg: LegExaminationOut, pictures: Mapping[str, Picture]) -> Section | None:
    photo, found = leg.retest_photo, leg.measurement.retest
    if photo is None and found is None:
        return None
    if found is not None:
        sentences = retest_sentences(found)
    elif photo is not None and photo.measurable:
        sentences = [Sentence("The first photo gives no reading to compare this one with.")]
    else:
        sentences = [NOT_MEASURED]
    known = {flag.code for flag in leg.measurement.flags}
    flags = () if photo is None else tuple(one for one in photo.flags if one.code not in known)
    name = f"{leg.side}_retest"
    picture = _picture(pictures.get(name))
    hidden = photo is not None and bool(photo.faces_hidden)
    title = Sentence("With the knee extended")
    return Section(name, title, picture, tuple(sentences), flags, hidden)


def _above(leg: LegExaminationOut, pictures: Mapping[str, Picture]) -> Section | None:
    if leg.above is None:
        return None
    name = f"{leg.side}_above"
    picture = _picture(pictures.get(name))
    return Section(
        name,
        Sentence("From above the feet"),
        picture,
        tuple(above_sentences(leg.above)),
        leg.above.flags,
        bool(leg.above.faces_hidden),
    )


def _picture(picture: Picture | None) -> str | None:
    if isinstance(picture, bytes):
        return data_uri(picture, "image/jpeg")
    return picture


def _rules(judged: CriteriaOut, own: RuleSet | None) -> RuleSet | None:
    """Find the rule-set that judged, in the same version."""
    rules = own or RULE_SETS.get(judged.id)
    same = rules is not None and (rules.id, rules.version) == (judged.id, judged.version)
    return rules if same else None


def _css_string(text: str) -> Markup:
    """Quote a text for a style sheet; all but ASCII letters and digits are escaped."""
    short = text if len(text) <= _MAX_RUNNING else f"{text[: _MAX_RUNNING - 1]}…"
    plain = (one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in short)
    return Markup(f'"{"".join(plain)}"')  # nosec B704


@cache
def templates(*folders: Path, speech: Speech = ENGLISH) -> Environment:
    """Return the environment of the report's templates, after those of other folders."""
    templates = environment(*folders, speech=speech)
    templates.globals.update(notice=NOTICE, norms=NORMS, norm_marks=norm_marks)
    templates.globals.update(questions=QUESTIONS, title_of=title_of, detail_of=detail_of)
    templates.globals.update(open_words=open_words, norms_caution=NORMS_CAUTION)
    templates.globals.update(
        verdict_words=VERDICT_WORDS,
        level_words=LEVEL_WORDS,
        leg_words=leg_words,
        points_words=points_words,
    )
    templates.globals.update(inline=inline, answer_words=ANSWER_WORDS, scale_words=scale_words)
    return templates


def _render(
    result: ExaminationOut | MeasurementOut,
    legs: list[Leg],
    judged: CriteriaOut,
    own: RuleSet | None,
    speech: Speech,
) -> str:
    who = (result.subject, result.session)
    running = " · ".join(part for part in ("Thomas Test", *who) if part)
    photos = [photo for leg in legs for photo in leg.photos]
    made = [out.provenance for _, out in photos]
    values: dict[str, Any] = {
        "result": result,
        "examined": result if isinstance(result, ExaminationOut) else None,
        "who": who,
        "measured": [when_words(one) for one in dict.fromkeys(one.measured_at for one in made)],
        "legs": legs,
        "judged": judged,
        "rules": _rules(judged, own),
        "steps": merged_steps([(leg.title, leg.out.next_steps) for leg in legs]),
        "photos": photos,
        "software": dict.fromkeys(
            (one.package, one.model, one.calibration, one.model_sha256) for one in made
        ),
        "title": running,
        "running": _css_string(running),
    }
    return templates(speech=speech).get_template("report.html").render(**values)
