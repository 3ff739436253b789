"""Environment of all templates: output is escaped, undefined names are errors, one language."""

import base64
import re
from pathlib import Path
from typing import Any, Final, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.results.wording import signed
from vision.sentences import Sentence, degrees

TEMPLATES: Final = Path(__file__).with_name("templates")
_BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=%|c?m\b)")


class Speech(Protocol):
    """A language in which texts are shown."""

    @property
    def language(self) -> str:
        """Code of the language."""

    def say(self, text: str) -> str:
        """Translate a text; numbers are formatted for the language."""

    def __hash__(self) -> int:
        """Templates are kept for each language."""


class English:
    """The source language."""

    language = "en"

    def say(self, text: str) -> str:
        """Return a text unchanged."""
        return text


ENGLISH: Final = English()


def environment(*folders: Path, speech: Speech = ENGLISH, **names: Any) -> Environment:
    """Return an environment for templates.

    In a template, ``_("text {name}", name=...)`` is a text of the template itself, and
    ``value | tr`` a text of a result.

    Parameters
    ----------
    *folders : Path
        Folders that are searched for templates before the reports' own folder.
    speech : Speech
        The language of the pages.
    **names
        Names available in every template.
    """

    def text(template: str, /, **values: Any) -> str:
        said = speech.say(Sentence(template, **values))
        return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", said)

    found = Environment(
        loader=FileSystemLoader((*folders, TEMPLATES)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(names, _=text, language=speech.language)
    found.filters.update(tr=speech.say, signed=signed, short=degrees)
    return found


def data_uri(content: bytes, media_type: str) -> str:
    """Return a data URI, so that a file is part of a page.

    >>> data_uri(b"ab", "text/plain")
    'data:text/plain;base64,YWI='
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
