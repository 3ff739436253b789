"""Environment of the pages' templates, one for each language."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from app.reports import leg_report
from app.reports.scales import SHANK_HELP, optimal_zone
from app.results.schemas import NOTICE
from app.results.wording import ANSWER_WORDS, LEG_TITLES, VERDICT_WORDS
from app.web.clients import CONSTANTS
from app.web.i18n.catalogue import LANGUAGES, catalogue
from app.web.static_files import scripts_of_every_page, static_base

WEB_DIR: Final = Path(__file__).parent
TEMPLATES: Final = WEB_DIR / "templates"


def render(template: str, language: str, /, **values: Any) -> str:
    """Render a template of the pages in a language."""
    return _environment(language).get_template(template).render(**values)


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


@cache
def _environment(language: str) -> Environment:
    # Pages and reports show a leg with the same parts.
    templates = leg_report.templates(TEMPLATES, speech=catalogue(language))
    templates.globals.update(
        static=static_base(),
        scripts=scripts_of_every_page(),
        notice=NOTICE,
        languages=LANGUAGES,
        shank_help=SHANK_HELP,
        optimal_zone=optimal_zone,
    )
    templates.globals.update(verdict_words=VERDICT_WORDS, leg_titles=LEG_TITLES)
    templates.globals.update(answer_words=ANSWER_WORDS, comparing=CONSTANTS)
    templates.filters["type_words"] = type_words
    templates.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return templates
