"""The parts of the documentation that are generated from the code, as Markdown, at each build.

A page includes one with a comment line: ``<!-- from the code: flags -->``.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import typer
from typer.testing import CliRunner

from app.cli import cli
from app.reports.environment import environment
from app.server import create_app
from app.service.openapi import document
from app.service.problems import catalogue
from app.web.rendering import type_words
from vision.criteria import DEFAULT_RULES, RULE_SETS, RuleSet
from vision.cues import CUES
from vision.flags import FLAG_KINDS, FlagKind
from vision.frontal.view import ABOVE_FLAG_KINDS
from vision.norms import NORMS

WEB: Final = Path(__file__).parents[1] / "app" / "web"
PROGRAM: Final = "thomas-test"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; bars and line breaks inside cells are escaped."""
    lines = [head, ["---"] * len(head), *([_cell(one) for one in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(text: str) -> str:
    # Markdown tables do not split cells inside `code`, where a backslash would be shown.
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(one if one.startswith("`") else one.replace("|", "\\|") for one in parts)


def rule_sets() -> str:
    """Describe every rule-set: cut-offs, population, limits and publication."""
    return "\n".join(
        f"### {rules.title}\n\n"
        f"`{rules.id}`, version {rules.version}"
        f"{', the default' if rules.id == DEFAULT_RULES else ''}: **{rules.in_words()}**.\n\n"
        f"{rules.population} {rules.limits}\n\nPublished in: {rules.citation}\n"
        for rules in RULE_SETS.values()
    )


def norms() -> str:
    """List the norms, with their citations."""
    rows = ((one.title, one.limbs, one.in_words(), one.citation) for one in NORMS)
    return table(("population", "limbs", "mean ± SD", "published in"), rows)


def rule_keys() -> str:
    """Describe the keys of a rule-set file, from the attributes of the class."""
    described = dict(
        re.findall(
            r"^    ([\w, ]+) : .+\n((?:        .+\n?)+)", RuleSet.__doc__ or "", re.MULTILINE
        )
    )
    meaning = {name: text for names, text in described.items() for name in names.split(", ")}
    return table(
        ("key", "type", "meaning"),
        ((f"`{one.name}`", _type(one.type), meaning[one.name]) for one in fields(RuleSet)),
    )


def _type(kind: Any) -> str:
    return {str: "text", bool: "true, false"}.get(kind, "degrees")


def _flags(kinds: Iterable[FlagKind]) -> str:
    weight = {True: "**blocking**", False: "*advisory*"}
    rows = ((f"`{one.code}`<br>{weight[one.blocking]}", one.text, one.advice) for one in kinds)
    return table(("flag", "meaning", "what to do"), rows)


def flags() -> str:
    """List the flags of a photo from the side."""
    return _flags(FLAG_KINDS.values())


def above_flags() -> str:
    """List the flags of a photo from above the feet."""
    return _flags(ABOVE_FLAG_KINDS.values())


def cues() -> str:
    """List the cues by which the position is judged, and the source of their limits."""
    rows = (
        (
            f"`{one.name}`",
            one.asks,
            one.unit,
            f"{one.limit:g}",
            f"{one.impossible:g}",
            f"`{one.refusal}`",
            one.because,
        )
        for one in CUES
    )
    head = ("cue", "question", "unit", "limit", "impossible", "refused as", "reason")
    return table(head, rows)


def problems() -> str:
    """List every error code with its HTTP status and advice."""
    rows = ((f"`{one.code}`", str(one.status), one.advice) for one in catalogue())
    return table(("code", "status", "what to do"), rows)


def command_line() -> str:
    """Show every command as its ``--help`` describes it."""
    runner = CliRunner(env={"COLUMNS": "100"})
    return "\n".join(_help(runner, names) for names in _commands(typer.main.get_command(cli)))


def _commands(command: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inside = getattr(command, "commands", {})
    if not inside:
        yield names
    for name, child in inside.items():
        yield from _commands(child, (*names, name))


def _help(runner: CliRunner, names: tuple[str, ...]) -> str:
    shown = runner.invoke(cli, [*names, "--help"], prog_name=PROGRAM)
    if shown.exit_code:
        raise RuntimeError(f"{PROGRAM} {' '.join(names)} --help: {shown.output}")
    return f"## {PROGRAM} {' '.join(names)}\n\n```text\n{shown.stdout.strip()}\n```\n"


def http() -> str:
    """Describe every operation of the HTTP API, from its OpenAPI document."""
    spec = document(create_app())
    parts = [
        "\n".join(_operation(method.upper(), path, one, spec["components"]["schemas"]))
        for path, methods in spec["paths"].items()
        for method, one in methods.items()
    ]
    shapes = [
        f"### {name}\n\n{_fields(schema)}"
        for name, schema in spec["components"]["schemas"].items()
        if "properties" in schema
    ]
    return "\n".join([*parts, "## Shapes\n", *shapes])


def _operation(method: str, path: str, one: dict[str, Any], schemas: Any) -> Iterator[str]:
    yield f"## {method} {path}\n\n{one.get('summary', '')}. {one.get('description', '')}\n"
    for media, body in one.get("requestBody", {}).get("content", {}).items():
        schema = body["schema"]
        yield f"**Send** `{media}`:\n"
        yield _fields(schema if "properties" in schema else schemas[type_words(schema)])
    for sample in one.get("x-codeSamples", ()):
        yield f"{sample['label']}:\n\n```sh\n{sample['source']}\n```\n"
    rows = (
        (
            status,
            ", ".join(f"`{media}`" for media in answer.get("content", {})),
            answer["description"],
        )
        for status, answer in one["responses"].items()
    )
    yield "**Responses**\n\n" + table(("status", "media type", "meaning"), rows)
    for answer in one["responses"].values():
        for media, content in answer.get("content", {}).items():
            if "example" in content:
                shown = json.dumps(content["example"], indent=2, ensure_ascii=False)
                yield f"Example of `{media}`:\n\n```json\n{shown}\n```\n"


def _fields(schema: dict[str, Any]) -> str:
    needed = schema.get("required", ())
    rows = (
        (
            f"`{name}`" + (" (required)" if name in needed else ""),
            f"`{type_words(one)}`",
            one.get("description", ""),
        )
        for name, one in schema["properties"].items()
    )
    return table(("field", "type", "meaning"), rows)


def capture_card() -> str:
    """Draw the right and wrong ways to take the photo, as on the start page."""
    drawn = environment(WEB / "templates").get_template("howto.html").render()
    lines = "\n".join(line.strip() for line in drawn.splitlines() if line.strip())
    return f'<div class="howto">\n{lines}\n</div>\n'


def capture_card_style() -> str:
    """Return the colours and the styles of the drawings from the start page's style sheet."""
    sheet = (WEB / "static" / "page.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[:2]
    drawings = sheet.partition("/* Capture card (howto.html) */")[2].partition("/*")[0]
    light = light.replace("color-scheme: light dark;", "")
    # Not nested: a selector inside <use> does not match the elements around the drawing.
    return f'.howto {{{light}}}\n[data-md-color-scheme="slate"] .howto {{{dark}}}\n{drawings}'


PARTS: Final[dict[str, Callable[[], str]]] = {
    part.__name__: part
    for part in (
        above_flags,
        capture_card,
        command_line,
        cues,
        flags,
        http,
        norms,
        problems,
        rule_keys,
        rule_sets,
    )
}
"""Every part that a page can include, by name."""
