"""Render the pages: form, result, description of the API; no geometry here.

Pages load nothing from other sites, and work without JavaScript. All their links are relative, so
that they also work under a prefix behind a proxy.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from app.reports.environment import data_uri, environment
from app.reports.scales import SHANK_HELP, norm_marks, readings_beside_own, scale_words
from app.results.schemas import (
    NOTICE,
    LevelOut,
    MeasurementOut,
    PointOut,
    Problem,
    ProvenanceOut,
)
from app.results.wording import (
    ANSWER_WORDS,
    LEG_TITLES,
    VERDICT_WORDS,
    cue_limit,
    cue_words,
    detail_of,
    open_words,
    title_of,
)
from app.service.form_fields import MAX_NAME
from app.service.uploads import FILES
from app.web.clients import CONSTANTS
from app.web.downloads import measurement_downloads
from app.web.editor import correction
from app.web.form import PLACES, Trouble
from app.web.i18n.catalogue import LANGUAGES, SOURCE, catalogue
from app.web.svg_overlay import Shown, layer
from vision.criteria import DEFAULT_RULES, RuleSet
from vision.cues import CUES
from vision.level import MAX_ROLL_DEG
from vision.norms import NORMS, NORMS_CAUTION
from vision.observations import (
    HOLD_QUESTION,
    MAX_HOLD_S,
    MAX_NOTES,
    NOT_WITHOUT_A_CLINICIAN,
    QUESTIONS,
)
from vision.photo import MAX_PIXELS
from vision.repeats import MAX_REPEATS
from vision.sentences import Number, Sentence, number
from vision.sides import SIDES

WEB_DIR: Final = Path(__file__).parent
TEMPLATES: Final = WEB_DIR / "templates"

_LEVEL_WORDS: Final = {
    "given": Sentence("as entered"),
    "phone": Sentence("by the phone"),
    "phone+scene": Sentence("by the phone and the scene"),
    "scene": Sentence("read from the scene"),
    "assumed": Sentence("assumed, not known"),
}


def form_page(
    rules: Iterable[RuleSet],
    language: str = SOURCE,
    *,
    max_upload_mb: float,
    entered: Mapping[str, str] | None = None,
    trouble: Trouble | None = None,
) -> str:
    """Render the form; with a problem, show it and keep what was entered.

    Parameters
    ----------
    rules : iterable of RuleSet
        Available rule-sets.
    language : str
        Code of the page's language.
    max_upload_mb : float
        Largest photo, megabytes.
    entered : mapping of str to str, optional
        Entered values by field name.
    trouble : Trouble, optional
        Error in the submitted form.
    """
    given = defaultdict(str, {"criteria": DEFAULT_RULES, **(entered or {})})
    answers = {
        one.name: [(answer, ANSWER_WORDS[answer]) for answer in one.answers] for one in QUESTIONS
    }
    return _render(
        "form.html",
        language,
        places=PLACES,
        sides=SIDES,
        answers=answers,
        differ=any(given[f"{side}_{name}"] for side in SIDES for name in answers),
        sent=sum(bool(given[name]) for name in FILES),
        max_upload_bytes=int(max_upload_mb * 1e6),
        max_upload_mb=f"{max_upload_mb:g}",
        max_roll_deg=f"{MAX_ROLL_DEG:g}",
        max_megapixels=f"{MAX_PIXELS / 1e6:g}",
        safety=QUESTIONS[0],
        reasons=NOT_WITHOUT_A_CLINICIAN,
        questions=QUESTIONS[1:],
        hold_question=HOLD_QUESTION,
        max_hold_s=MAX_HOLD_S,
        max_repeats=MAX_REPEATS,
        max_notes=MAX_NOTES,
        max_name=MAX_NAME,
        rules=tuple(rules),
        default_rules=DEFAULT_RULES,
        entered=given,
        trouble=trouble,
    )


def result_page(
    out: MeasurementOut,
    rules: RuleSet,
    shown: Shown | None = None,
    again: Mapping[str, str] | None = None,
    language: str = SOURCE,
) -> str:
    """Render the reading of one photo, or the reason why there is none.

    Parameters
    ----------
    out : MeasurementOut
    rules : RuleSet
        The rule-set that judged, for its citation.
    shown : Shown, optional
        The photo; without it, nothing can be corrected. After a correction, the browser keeps the
        photo that it has.
    again : mapping of str to str, optional
        Other fields of the form, to be sent again with a photo that has to be turned.
    language : str
        Code of the page's language.
    """
    blocking = [flag for flag in out.flags if flag.blocking]
    found_px = None if shown is None else shown.found_px
    drawn = None if shown is None else layer(out, found_px)
    return _render(
        "result.html",
        language,
        out=out,
        rules=rules,
        title=title_of(out),
        meaning=blocking[0].text if blocking else detail_of(out),
        open_words=open_words(out),
        blocking=blocking,
        advisory=[flag for flag in out.flags if not flag.blocking],
        cues=_cues(out) if blocking else (),
        again=again,
        readings=readings_beside_own(out),
        other_findings=[one for one in out.findings if one.criterion not in ("thigh", "knee")],
        leg=_leg_words(out),
        level=_level_words(out.level),
        level_before=_level_words(out.automatic.level) if out.automatic else "",
        points=_points_words(out),
        made=_made_words(out.provenance),
        shown=shown,
        layer=drawn,
        correction=correction(out, rules, found_px, catalogue(language)) if drawn else None,
        downloads=measurement_downloads(out, rules, shown.overlay if shown else None),
    )


def _cues(out: MeasurementOut) -> list[dict[str, Any]]:
    """Return the cues by which the position was judged, in words."""
    asked = {kind.name: kind for kind in CUES}
    return [
        {
            "asks": asked[cue.cue].asks,
            "value": "" if cue.value is None else cue_words(cue.value, cue.unit),
            "limit": cue_limit(cue, asked[cue.cue]),
            "ok": cue.ok,
        }
        for cue in out.position
    ]


def clients_page(language: str = SOURCE) -> str:
    """Render the page of the clients, which works in the browser alone."""
    return _render("clients.html", language)


def problem_page(problem: Problem, language: str = SOURCE) -> str:
    """Render an error that has no form to be shown in."""
    return _render("problem.html", language, problem=problem)


def docs_page(
    openapi: dict[str, Any], problems: Sequence[Problem], rules: Iterable[RuleSet]
) -> str:
    """Render the description of the API from its OpenAPI document, and of the rule-sets.

    In English, as the API is.
    """
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    return _render(
        "docs.html",
        SOURCE,
        info=openapi["info"],
        operations=operations,
        schemas=openapi["components"]["schemas"],
        problems=problems,
        rules=tuple(rules),
        norms=NORMS,
    )


def type_words(schema: dict[str, Any]) -> str:
    """Return the type of a JSON schema in a few words, for the description of the API."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(type_words(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "prefixItems" in schema:
        return "[" + ", ".join(type_words(one) for one in schema["prefixItems"]) + "]"
    if schema.get("type") == "array":
        return f"list of {type_words(schema['items'])}"
    return "file" if schema.get("format") == "binary" else str(schema.get("type", "any"))


def _leg_words(out: MeasurementOut) -> str:
    if out.tested_leg is None:
        return ""
    leg = LEG_TITLES[out.tested_leg.side]
    source = Sentence("read from the photo")
    if out.tested_leg.source == "given":
        source = Sentence("as entered")
    return {
        True: Sentence("{leg}, near the camera ({source})", leg=leg, source=source),
        False: Sentence("{leg}, away from the camera ({source})", leg=leg, source=source),
        None: Sentence("{leg} ({source})", leg=leg, source=source),
    }[out.tested_leg.near_camera]


def _level_words(level: LevelOut | None) -> str:
    if level is None:
        return ""
    sign = "−" if level.roll_deg < 0 else "+" if level.roll_deg > 0 else ""
    angle = Number(f"{sign}{abs(level.roll_deg):.1f}°")
    return Sentence("{angle} ({source})", angle=angle, source=_LEVEL_WORDS[level.source])


def _points_words(out: MeasurementOut) -> str:
    if out.points is None:
        return ""
    hip, knee, ankle = map(_point_words, (out.points.hip, out.points.knee, out.points.ankle))
    return Sentence("hip {hip}; knee {knee}; ankle {ankle} pixels", hip=hip, knee=knee, ankle=ankle)


def _point_words(point: PointOut) -> str:
    place = f"{point.x_px}, {point.y_px}"
    return place if point.source == "automatic" else Sentence("{place} (adjusted)", place=place)


def _made_words(made: ProvenanceOut) -> str:
    if made.elapsed_ms is None:
        return Sentence("{model}, {passes} passes", model=made.model, passes=made.passes)
    return Sentence(
        "{model}, {passes} passes, {seconds} s",
        model=made.model,
        passes=made.passes,
        seconds=number(made.elapsed_ms / 1000, ".1f"),
    )


@cache
def _templates(language: str) -> Environment:
    templates = environment(TEMPLATES, speech=catalogue(language), languages=LANGUAGES)
    templates.globals.update(notice=NOTICE, norm_marks=norm_marks, scale_words=scale_words)
    templates.globals.update(shank_help=SHANK_HELP, norms_caution=NORMS_CAUTION)
    templates.globals.update(comparing=CONSTANTS)
    templates.globals.update(verdict_words=VERDICT_WORDS, leg_titles=LEG_TITLES)
    templates.filters["type_words"] = type_words
    templates.filters["data_uri"] = lambda jpeg: data_uri(jpeg, "image/jpeg")
    templates.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return templates


def _render(template: str, language: str, /, **values: Any) -> str:
    return _templates(language).get_template(template).render(**values)
