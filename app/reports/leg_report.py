"""One self-contained HTML file to print, file or hand over: an examination or one photo.

Pictures are embedded, nothing is loaded from elsewhere and nothing runs. Everything that a
user gave is escaped by the templates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from app.reports.environment import data_uri, environment
from app.reports.scales import Reading, norm_marks, readings_beside_own, readings_of
from app.results.schemas import (
    NOTICE,
    AboveOut,
    CriteriaOut,
    ExaminationOut,
    FlagOut,
    LegExaminationOut,
    MeasurementOut,
    NextStepOut,
    SuggestedOut,
)
from app.results.wording import (
    VERDICT_WORDS,
    detail_of,
    moved_words,
    open_words,
    repeats_words,
    sided_words,
    title_of,
)
from vision.advice import advice
from vision.criteria import NORMS, NORMS_CAUTION, RULE_SETS, RuleSet
from vision.observations import QUESTIONS

_MAX_RUNNING: Final = 70
"""Longest line at the foot of every printed page, characters."""
_LEVEL_WORDS: Final = {
    "given": "given",
    "phone": "by the phone",
    "phone+scene": "by the phone and the scene",
    "scene": "read from the scene",
    "assumed": "assumed, not known",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A further photo of a leg: what it showed, or why it showed nothing."""

    title: str
    picture: str | None
    sentences: tuple[str, ...]
    flags: tuple[FlagOut, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg as the template shows it; each reading with the photo's own, if it was adjusted."""

    id: str
    title: str
    out: MeasurementOut
    picture: str | None
    drawn: tuple[tuple[Reading, Reading | None], ...]
    sections: tuple[Section, ...] = ()
    retest: MeasurementOut | None = None

    @property
    def photos(self) -> list[tuple[str, MeasurementOut]]:
        """Every photo that carries its own provenance, by title."""
        both = [(self.title, self.out), (f"{self.title}, knee extended", self.retest)]
        return [(title, out) for title, out in both if out is not None]


@dataclass(frozen=True, slots=True)
class Step:
    """A next step and, for each leg that calls for it, the reason."""

    title: str
    text: str
    legs: str
    reasons: tuple[str, ...]


def report_html(
    examined: ExaminationOut, pictures: Mapping[str, bytes], *, rules: RuleSet | None = None
) -> str:
    """Write the report of an examination.

    Parameters
    ----------
    examined : ExaminationOut
    pictures : mapping of str to bytes
        JPEG pictures by name: ``left``, ``right``, and either with ``_retest`` or ``_above``
        after it. Those that are missing are left out.
    rules : RuleSet, optional
        The rule-set that judged, where it is the user's own.
    """
    given = [leg for leg in (examined.left, examined.right) if leg is not None]
    legs = [leg_view(leg, pictures) for leg in given]
    return _render(examined, legs, examined.criteria, rules)


def measurement_report_html(
    out: MeasurementOut, picture: bytes | None, *, rules: RuleSet | None = None
) -> str:
    """Write the report of a single photo.

    Parameters
    ----------
    out : MeasurementOut
    picture : bytes or None
        The annotated photo, JPEG.
    rules : RuleSet, optional
        The rule-set that judged, where it is the user's own.
    """
    side = out.tested_leg.side if out.tested_leg else ""
    title = f"{side.capitalize()} leg" if side else "Photo"
    leg = Leg(side or "photo", title, out, _picture(picture), readings_beside_own(out))
    return _render(None, [leg], out.criteria, rules)


def merged_steps(legs: Sequence[tuple[str, Sequence[NextStepOut]]]) -> list[Step]:
    """Put the next steps of all legs in one list, each step once.

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
    why = [f"{leg}: {reason}" if different else reason for leg, reason in reasons.items()]
    only = "" if len(reasons) == legs else " and ".join(reasons)
    return Step(title, text, only, tuple(dict.fromkeys(why)))


def leg_view(leg: LegExaminationOut, pictures: Mapping[str, bytes]) -> Leg:
    """Prepare one leg for the templates; the examination's page shows it as well.

    Parameters
    ----------
    leg : LegExaminationOut
    pictures : mapping of str to bytes
        As :func:`report_html` takes them.
    """
    out = leg.measurement
    sections = (_joined(out), _retest(leg, pictures), _above(leg, pictures))
    return Leg(
        id=leg.side,
        title=f"{leg.side.capitalize()} leg",
        out=out,
        picture=_picture(pictures.get(leg.side)),
        drawn=readings_beside_own(out),
        sections=tuple(section for section in sections if section is not None),
        retest=leg.retest_photo,
    )


def _joined(out: MeasurementOut) -> Section | None:
    """Say what several photos of one set-up come to."""
    if out.repeats is None:
        return None
    return Section("Several photos of one set-up", None, tuple(repeats_words(out)), ())


def _retest(leg: LegExaminationOut, pictures: Mapping[str, bytes]) -> Section | None:
    photo, found = leg.retest_photo, leg.measurement.retest
    if photo is None and found is None:
        return None
    sentences = []
    if found is not None:
        second = readings_of(found.thigh_deg, found.knee_flexion_deg)
        told = [f"{one.name} {one.words} ({one.interval})" for one in second]
        verdict = VERDICT_WORDS[found.thigh_verdict][0].lower()
        sentences = [f"{told[0]}: {verdict} by itself.", f"{told[1]}.", moved_words(found.change)]
        sentences.append(found.text)
        if found.one_joint_deg is not None and found.two_joint_deg is not None:
            sentences.append(
                f"By Kendall & McCreary’s arithmetic the one-joint muscles lack "
                f"{signed(found.one_joint_deg)}, the two-joint ones {signed(found.two_joint_deg)}."
            )
    elif photo is not None and photo.measurable:
        sentences = ["The first photo gives no reading to compare this one with."]
    else:
        sentences = ["This photo could not be measured."]
    known = {flag.code for flag in leg.measurement.flags}
    flags = () if photo is None else tuple(one for one in photo.flags if one.code not in known)
    picture = _picture(pictures.get(f"{leg.side}_retest"))
    return Section("With the knee extended", picture, tuple(sentences), flags)


def _above(leg: LegExaminationOut, pictures: Mapping[str, bytes]) -> Section | None:
    if leg.above is None:
        return None
    picture = _picture(pictures.get(f"{leg.side}_above"))
    return Section(
        "From above the feet", picture, tuple(_above_sentences(leg.above)), leg.above.flags
    )


def _above_sentences(above: AboveOut) -> Iterator[str]:
    if above.abduction_deg is None and above.rotation_deg is None:
        yield "This photo could not be measured."
        return
    if above.abduction_deg is None:
        yield "How far the thigh drifts outward could not be measured."
    else:
        norms = [f"{one.title.lower()} {one.abduction_deg}°" for one in NORMS if one.abduction_deg]
        direction = sided_words(above.abduction_deg, "outward", "inward")
        yield f"Thigh {direction} of the trunk’s midline."
        yield f"Published mean, to compare, not to judge: {', '.join(norms)} outward."
    if above.rotation_deg is None:
        yield "Rotation could not be measured."
    else:
        yield f"Hip rotated {sided_words(above.rotation_deg, 'inward', 'outward')}."
    if above.suggested is not None:
        yield from _suggested_sentences(above.suggested)


def _suggested_sentences(suggested: SuggestedOut) -> Iterator[str]:
    """Offer answers to the questions about rotation and drift; the examiner decides."""
    if suggested.rotation is not None:
        yield {
            "none": "Suggested answer: the thigh is not rotated.",
            "inward": "Suggested answer: the thigh is rotated inward.",
            "outward": "Suggested answer: the thigh is rotated outward.",
        }[suggested.rotation]
    if suggested.abducted is not None:
        yield {
            "no": "Suggested answer: the thigh does not drift outward.",
            "yes": "Suggested answer: the thigh drifts outward.",
        }[suggested.abducted]


def _picture(jpeg: bytes | None) -> str | None:
    return data_uri(jpeg, "image/jpeg") if jpeg else None


def _rules(judged: CriteriaOut, own: RuleSet | None) -> RuleSet | None:
    """Find the rule-set that judged, in the very version that did."""
    rules = own or RULE_SETS.get(judged.id)
    same = rules is not None and (rules.id, rules.version) == (judged.id, judged.version)
    return rules if same else None


def _css_string(text: str) -> Markup:
    """Quote a text for a style sheet: all but ASCII letters and digits become escapes."""
    short = text if len(text) <= _MAX_RUNNING else f"{text[: _MAX_RUNNING - 1]}…"
    plain = (one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in short)
    return Markup(f'"{"".join(plain)}"')  # nosec B704


@cache
def templates(*folders: Path) -> Environment:
    """Return the report's templates, after those of other folders, with the names they use."""
    templates = environment(*folders)
    templates.globals.update(notice=NOTICE, norms=NORMS, norm_marks=norm_marks)
    templates.globals.update(questions=QUESTIONS, title_of=title_of, detail_of=detail_of)
    templates.globals.update(open_words=open_words, norms_caution=NORMS_CAUTION)
    templates.globals.update(verdict_words=VERDICT_WORDS, level_words=_LEVEL_WORDS)
    return templates


def _render(
    examined: ExaminationOut | None, legs: list[Leg], judged: CriteriaOut, own: RuleSet | None
) -> str:
    who = [] if examined is None else [examined.subject, examined.session]
    running = " · ".join(part for part in ("Thomas Test", *who) if part)
    photos = [photo for leg in legs for photo in leg.photos]
    made = [out.provenance for _, out in photos]
    values: dict[str, Any] = {
        "examined": examined,
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
    return templates().get_template("report.html").render(**values)
