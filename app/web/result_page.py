"""Page of a result: one leg or two, with the same parts; no geometry here.

Without JavaScript, the page is complete and its files are part of their links. With JavaScript,
the answer to the browser's ``fetch`` is *compact*: it holds each photo once and no files; the
browser draws the annotated picture and puts it into the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.reports import leg_report
from app.reports.environment import data_uri
from app.reports.leg_report import Section, merged_steps
from app.reports.scales import Reading, readings_beside_own
from app.results.answer import Tile, answer_of, headline_of, note_of, tiles_of
from app.results.made import leg_words, level_words, made_words, points_words
from app.results.schemas import (
    ExaminationOut,
    FlagOut,
    LegExaminationOut,
    MeasurementOut,
    NextStepOut,
)
from app.results.wording import LEG_TITLES, cue_limit, cue_words, detail_of, when_words
from app.web.downloads import bundle_of, files_of, report_of, stem_of
from app.web.editor import correction, shared_data
from app.web.i18n.catalogue import SOURCE, catalogue
from app.web.questions import Asked, asked_of, side_is_asked
from app.web.rejudge import PHOTO
from app.web.rendering import render
from app.web.svg_overlay import Chain, Layer, Shown, layer
from vision.criteria import RULE_SETS, RuleSet
from vision.cues import CUES
from vision.sentences import Sentence


@dataclass(frozen=True, slots=True)
class LegShown:
    """One leg as shown by the page.

    Attributes
    ----------
    key : {"left", "right", "photo"}
    title, headline, answer, note : str
        The leg, the answer with its leg and without, and one line for a patient's notes.
    out : MeasurementOut
    photo : str
        Address of the photo; empty if only the browser has it.
    layer : Layer or None
    asked : Asked
        The open question, and all questions with their answers.
    correction : dict or None
        Data of the editor; None if no points could make it measurable.
    sections : tuple of Section
        What further photos show.
    """

    key: str
    title: str
    headline: Sentence
    answer: Sentence
    note: Sentence
    detail: str
    out: MeasurementOut
    photo: str
    layer: Layer | None
    found: Chain | None
    asked: Asked
    which_leg: bool
    correction: dict[str, Any] | None
    tiles: tuple[Tile, ...]
    readings: tuple[tuple[Reading, Reading | None], ...]
    sections: tuple[Section, ...]

    @property
    def steps(self) -> list[NextStepOut]:
        """Next steps; how to take a refused photo again stands beside its reason."""
        return [step for step in self.out.next_steps if step.id != "retake"]

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on thigh and knee; empty where the rule-set does not judge it."""
        found: dict[str, str] = {one.criterion: one.verdict for one in self.out.findings}
        return {name: found.get(name, "") for name in ("thigh", "knee")}

    @property
    def blocking(self) -> tuple[FlagOut, ...]:
        """Why there is no reading; empty if there is one."""
        return tuple(flag for flag in self.out.flags if flag.blocking)

    @property
    def advisory(self) -> tuple[FlagOut, ...]:
        """What to keep in mind."""
        return tuple(flag for flag in self.out.flags if not flag.blocking)

    @property
    def made(self) -> dict[str, str]:
        """How the leg was measured, in words."""
        out = self.out
        before = out.automatic.level if out.automatic else None
        return {
            "leg": leg_words(out),
            "level": level_words(out.level),
            "level_before": level_words(before),
            "points": points_words(out),
            "model": made_words(out.provenance),
            "when": when_words(out.provenance.measured_at),
        }

    @property
    def cues(self) -> list[dict[str, Any]]:
        """The cues by which the position was judged, in words."""
        kinds = {kind.name: kind for kind in CUES}
        return [
            {
                "asks": kinds[cue.cue].asks,
                "value": "" if cue.value is None else cue_words(cue.value, cue.unit),
                "limit": cue_limit(cue, kinds[cue.cue]),
                "ok": cue.ok,
            }
            for cue in self.out.position
        ]


def result_page(
    result: MeasurementOut | ExaminationOut,
    rules: RuleSet,
    *,
    shown: Mapping[str, Shown] | None = None,
    found: Mapping[str, Chain] | None = None,
    pictures: Mapping[str, bytes] | None = None,
    previous: ExaminationOut | None = None,
    again: Mapping[str, str] | None = None,
    choices: Mapping[str, RuleSet] = RULE_SETS,
    language: str = SOURCE,
    compact: bool = False,
) -> str:
    """Render the reading of one photo or an examination, or the reason why there is none.

    Parameters
    ----------
    result : MeasurementOut or ExaminationOut
    rules : RuleSet
        The rule-set that judged, for its citation.
    shown : mapping of str to Shown, optional
        The first photo of each leg: ``left`` and ``right``, or ``photo``. Without them, the
        browser keeps those that it has.
    found : mapping of str to Chain, optional
        Legs found in refused photos, if `shown` does not state them.
    pictures : mapping of str to bytes, optional
        Annotated JPEG pictures by name, as of :mod:`app.reports.pictures`, or ``photo``.
    previous : ExaminationOut, optional
        The earlier examination with which `result` is compared; sent back by the browser.
    again : mapping of str to str, optional
        Other fields of the form, to be sent again with a photo that has to be turned.
    choices : mapping of str to RuleSet
        Rule-sets that can be chosen instead, by id.
    language : str
        Code of the page's language.
    compact : bool
        Whether the browser makes the files itself.
    """
    shown, pictures = shown or {}, pictures or {}
    known = {**(found or {}), **{key: one.found_px for key, one in shown.items() if one.found_px}}
    legs = [
        _leg(key, leg, shown.get(key), known.get(key), pictures, rules, language)
        for key, leg in _measured(result).items()
    ]
    examined = result if isinstance(result, ExaminationOut) else None
    # In the compact page, the browser puts its own pictures in the place of these addresses.
    placed = {name: f"picture:{name}" for name in _picture_names(result)}
    speech = catalogue(language)
    report = report_of(result, rules, placed if compact else pictures, speech)
    readable = any(leg.out.measurable for leg in legs)
    return render(
        "result.html",
        language,
        legs=legs,
        result=result,
        examined=examined,
        refused=not readable,
        rules=rules,
        choices=choices,
        heading=_heading(legs),
        steps=merged_steps([(leg.title, leg.steps) for leg in legs]),
        again=again,
        compact=compact,
        data=_data(result, legs, previous, report, language) if compact else None,
        downloads=() if compact or not readable else files_of(result, report, pictures),
        when=_when(legs),
    )


def _measured(
    result: MeasurementOut | ExaminationOut,
) -> dict[str, MeasurementOut | LegExaminationOut]:
    if isinstance(result, MeasurementOut):
        return {PHOTO: result}
    given = {"left": result.left, "right": result.right}
    return {side: leg for side, leg in given.items() if leg is not None}


def _picture_names(result: MeasurementOut | ExaminationOut) -> list[str]:
    names = []
    for key, leg in _measured(result).items():
        names.append(key)
        if isinstance(leg, LegExaminationOut):
            names += [f"{key}_retest"] * (leg.retest_photo is not None)
            names += [f"{key}_above"] * (leg.above is not None)
    return names


def _leg(
    key: str,
    leg: MeasurementOut | LegExaminationOut,
    shown: Shown | None,
    found: Chain | None,
    pictures: Mapping[str, bytes],
    rules: RuleSet,
    language: str,
) -> LegShown:
    out = leg if isinstance(leg, MeasurementOut) else leg.measurement
    side = None if isinstance(leg, MeasurementOut) else leg.side
    drawn = layer(out, found)
    further = () if isinstance(leg, MeasurementOut) else leg_report.leg_view(leg, pictures).sections
    named = out.tested_leg.side if out.tested_leg else side
    return LegShown(
        key=key,
        title=LEG_TITLES[named] if named else Sentence("Photo"),
        headline=headline_of(out, side),
        answer=answer_of(out),
        note=note_of(out, side),
        detail=detail_of(out),
        out=out,
        photo=data_uri(shown.photo, "image/jpeg") if shown else "",
        layer=drawn,
        found=found,
        asked=asked_of(out),
        which_leg=side_is_asked(out),
        correction=correction(out, rules, found, catalogue(language)) if drawn else None,
        tiles=tiles_of(out),
        readings=readings_beside_own(out),
        sections=further,
    )


def _heading(legs: list[LegShown]) -> Sentence:
    if len(legs) == 1:
        return legs[0].headline
    verdicts = {leg.key: leg.answer for leg in legs}
    return Sentence("Left leg: {left}; right leg: {right}", **verdicts)


def _when(legs: list[LegShown]) -> str:
    """Return when the first photo was measured."""
    return next((leg.made["when"] for leg in legs if leg.made["when"]), "")


def _data(
    result: MeasurementOut | ExaminationOut,
    legs: list[LegShown],
    previous: ExaminationOut | None,
    report: str,
    language: str,
) -> dict[str, Any]:
    """Collect everything with which the browser judges again, corrects, and makes files."""
    speech = catalogue(language)
    return {
        "result": result.model_dump(mode="json"),
        "previous": None if previous is None else previous.model_dump(mode="json"),
        "legs": {
            leg.key: {
                "found": leg.found,
                "correction": leg.correction,
                "measurable": leg.out.measurable,
            }
            for leg in legs
        },
        "editor": shared_data(speech),
        "files": {
            "stem": stem_of(result),
            "report": report,
            "fhir": bundle_of(result),
            "notes": "\n".join(speech.say(leg.note) for leg in legs),
        },
    }
