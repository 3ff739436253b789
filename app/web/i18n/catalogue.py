"""Translations of the pages: gettext catalogues, selected by the browser or a language switch.

The source language is English: the id of a message is its English text, with the names of values in
braces. Every other language has one catalogue, ``locales/CODE/LC_MESSAGES/messages.po``, compiled
to ``messages.mo`` beside it; a new language needs only such a folder. CONTRIBUTING.md describes how
to write and compile catalogues.
"""

import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from vision.sentences import Number, Sentence

LOCALES: Final = Path(__file__).with_name("locales")
SOURCE: Final = "en"
OWN_NAME: Final = Sentence("English")
"""Translated to the language's own name."""
DECIMAL: Final = Sentence("0.5")
"""Translated to one half, which shows the decimal separator."""
_NUMBER: Final = re.compile(r"(\d)\.(?=\d)")
_LANGUAGE_RANGE: Final = re.compile(
    r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?",
    re.ASCII | re.IGNORECASE,
)


class Catalogue:
    """Translations into one language.

    Parameters
    ----------
    language : str
        Code of the language, such as ``es``.
    messages : NullTranslations
        Translations by English text; missing ones are shown in English.
    """

    def __init__(self, language: str, messages: NullTranslations) -> None:
        self.language = language
        self._messages = messages
        self._decimal = messages.gettext(DECIMAL)[1]

    def say(self, text: str) -> str:
        """Translate a text.

        Parameters
        ----------
        text : str
            A :class:`~vision.sentences.Sentence` is looked up by its template and filled again; any
            other text is looked up unchanged, since results sent back as JSON contain plain texts.
        """
        if isinstance(text, Number):
            return _NUMBER.sub(rf"\g<1>{self._decimal}", text)
        if not isinstance(text, Sentence):
            return self._look_up(text)
        template = self._look_up(text.template)
        if not text.values:
            return template
        return template.format(**{name: self._value(one) for name, one in text.values.items()})

    def _value(self, value: str) -> str:
        return self.say(value) if isinstance(value, Sentence | Number) else value

    def _look_up(self, text: str) -> str:
        # The empty message is the header of the catalogue.
        return self._messages.gettext(text) if text else ""


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises
    ------
    KeyError
        If the pages are not translated into it.
    """
    if language == SOURCE:
        return Catalogue(SOURCE, NullTranslations())
    if language not in CODES:
        raise KeyError(language)
    with (LOCALES / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return Catalogue(language, GNUTranslations(file))


CODES: Final = (SOURCE, *sorted(one.name for one in LOCALES.iterdir() if one.is_dir()))
LANGUAGES: Final = {code: catalogue(code).say(OWN_NAME) for code in CODES}
"""Languages of the pages, by code, in their own name."""


def choose_language(accept: str, wanted: str | None = None) -> str:
    """Choose a language: the selected one, else the browser's, else English.

    Parameters
    ----------
    accept : str
        ``Accept-Language`` header.
    wanted : str, optional
        Value of the language switch.
    """
    if wanted in LANGUAGES:
        return str(wanted)
    ranges = map(_LANGUAGE_RANGE.fullmatch, accept.split(",")[:20])
    ranked = [(float(found[2] or 1), found[1].lower()) for found in ranges if found]
    known = {code.lower(): code for code in LANGUAGES}
    for weight, code in sorted(ranked, key=lambda one: -one[0]):
        # A region without a catalogue falls back to its language: es-MX to es.
        found = known.get(code) or known.get(code.partition("-")[0])
        if weight > 0 and found is not None:
            return found
    return SOURCE
