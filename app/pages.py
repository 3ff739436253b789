"""The pages people see: form, result, description of the API. Words and shapes, no geometry.

Pages load nothing from elsewhere and work without JavaScript. Every address in them is
relative, so that they also work below a path behind a proxy.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.schemas import NOTICE, AngleOut, FindingOut, MeasurementOut, Problem
from vision.criteria import RuleSet
from vision.interpretation import Verdict
from vision.level import MAX_ROLL_DEG
from vision.photo import MAX_PIXELS, MIN_SIDE_PX

WEB_DIR: Final = Path(__file__).parent / "web"
EXAMPLE: Final[dict[str, Any]] = json.loads((WEB_DIR / "example.json").read_text("utf-8"))
"""A measurement as the service answers it, for the description of the API."""

VERDICT_WORDS: Final[dict[Verdict, tuple[str, str]]] = {
    "pass": (
        "Pass",
        "Every reading, with its whole error bar, is on the good side of its cut-off.",
    ),
    "borderline": ("Borderline", "Too close to call: an error bar reaches across a cut-off."),
    "fail": ("Fail", "At least one reading, with its whole error bar, is beyond its cut-off."),
    "not_measurable": ("Not measurable", "This photo gives no reading."),
}
"""Heading and meaning of each verdict."""
_LEVEL_WORDS: Final = {
    "given": "as you gave it",
    "scene": "read from the scene",
    "assumed": "assumed, not known",
}
_SCALES: Final[dict[str, tuple[float, float, float]]] = {
    "thigh": (-40.0, 40.0, 20.0),
    "knee": (0.0, 140.0, 20.0),
}
"""Per criterion: ends of its drawn scale and the step between ticks, degrees."""


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
class Reading:
    """One angle in words: ``before number after``, its interval, and how it was judged."""

    name: str
    before: str
    number: str
    after: str
    interval: str
    finding: FindingOut | None
    scale: Scale


def form_page(
    *,
    max_upload_mb: float,
    leg: str = "",
    level_deg: str = "",
    problem: Problem | None = None,
) -> str:
    """Render the form; with a problem, say it and keep what was entered."""
    return _render(
        "form.html",
        max_upload_mb=f"{max_upload_mb:g}",
        max_roll_deg=f"{MAX_ROLL_DEG:g}",
        max_megapixels=f"{MAX_PIXELS / 1e6:g}",
        min_side_px=MIN_SIDE_PX,
        leg=leg,
        level_deg=level_deg,
        problem=problem,
    )


def result_page(out: MeasurementOut, rules: RuleSet, picture_jpeg: bytes) -> str:
    """Render one photo's reading, or the reason why there is none.

    Parameters
    ----------
    out : MeasurementOut
    rules : RuleSet
        The rule-set that judged, for its citation.
    picture_jpeg : bytes
        The annotated photo.
    """
    title, meaning = VERDICT_WORDS[out.verdict]
    blocking = [flag for flag in out.flags if flag.blocking]
    return _render(
        "result.html",
        out=out,
        rules=rules,
        title=title,
        meaning=blocking[0].text if blocking else meaning,
        blocking=blocking,
        advisory=[flag for flag in out.flags if not flag.blocking],
        readings=readings(out),
        leg=_leg_words(out),
        level=_level_words(out),
        picture="data:image/jpeg;base64," + base64.b64encode(picture_jpeg).decode("ascii"),
    )


def docs_page(openapi: dict[str, Any], problems: Sequence[Problem]) -> str:
    """Render the description of the API from its OpenAPI document."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    return _render(
        "docs.html",
        info=openapi["info"],
        operations=operations,
        schemas=openapi["components"]["schemas"],
        problems=problems,
    )


def readings(out: MeasurementOut) -> tuple[Reading, ...]:
    """Put the judged angles in words; none for a photo that was refused."""
    if out.thigh_deg is None or out.knee_flexion_deg is None:
        return ()
    found = {finding.criterion: finding for finding in out.findings}
    thigh, knee = out.thigh_deg, out.knee_flexion_deg
    side = _above_or_below(thigh.value)
    return (
        Reading(
            "Thigh",
            "",
            f"{abs(thigh.value):.1f}°",
            f"{side or 'level with'} horizontal",
            thigh_interval_words(thigh.interval),
            found.get("thigh"),
            _scale("thigh", thigh, found.get("thigh")),
        ),
        Reading(
            "Knee",
            "bent",
            f"{knee.value:.1f}°",
            "",
            f"bent {knee.interval[0]:.1f}° to {knee.interval[1]:.1f}°",
            found.get("knee"),
            _scale("knee", knee, found.get("knee")),
        ),
    )


def thigh_interval_words(interval: tuple[float, float]) -> str:
    """Say an interval of thigh angles without signs, the end nearer to horizontal first.

    >>> thigh_interval_words((-0.2, 11.7))
    '0.2° below to 11.7° above horizontal'
    """
    low, high = interval
    if low < 0 < high:
        return f"{-low:.1f}° below to {high:.1f}° above horizontal"
    near, far = sorted((abs(low), abs(high)))
    return f"{near:.1f}° to {far:.1f}° {_above_or_below(low + high)} horizontal"


def type_words(schema: dict[str, Any]) -> str:
    """Say a JSON schema's type in a few words, for the description of the API."""
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


def _above_or_below(deg: float) -> Literal["above", "below", ""]:
    if deg == 0:
        return ""
    return "above" if deg > 0 else "below"


def _scale(criterion: Literal["thigh", "knee"], angle: AngleOut, found: FindingOut | None) -> Scale:
    start, end, step = _SCALES[criterion]

    def place(deg: float) -> float:
        return round(100 * (min(max(deg, start), end) - start) / (end - start), 2)

    cutoff = None if found is None else place(found.cutoff_deg)
    if cutoff is None:
        good = (0.0, 0.0)
    else:
        good = (0.0, cutoff) if criterion == "thigh" else (cutoff, round(100 - cutoff, 2))
    count = round((end - start) / step)
    ticks = tuple(
        (place(start + step * index), _signed(start + step * index)) for index in range(count + 1)
    )
    return Scale(
        place(angle.value), place(angle.interval[0]), place(angle.interval[1]), cutoff, good, ticks
    )


def _signed(deg: float) -> str:
    return f"−{-deg:.0f}°" if deg < 0 else f"{deg:.0f}°"


def _leg_words(out: MeasurementOut) -> str:
    if out.tested_leg is None:
        return ""
    source = "as you said" if out.tested_leg.source == "given" else "read from the photo"
    where = "near the camera" if out.tested_leg.near_camera else "away from the camera"
    return f"{out.tested_leg.side.capitalize()} leg, {where} ({source})"


def _level_words(out: MeasurementOut) -> str:
    if out.level is None:
        return ""
    roll = out.level.roll_deg
    sign = "−" if roll < 0 else "+" if roll > 0 else ""
    return f"{sign}{abs(roll):.1f}° ({_LEVEL_WORDS[out.level.source]})"


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(WEB_DIR / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["notice"] = NOTICE
    templates.filters["type_words"] = type_words
    templates.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return templates


def _render(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(**values)
