"""The pages in other languages: gettext catalogues, chosen by the browser or by a switch.

English is the language of the source: a message is known by its English text, with the names of
values in braces. Every other language is one catalogue, ``locales/CODE/LC_MESSAGES/messages.po``,
compiled to ``messages.mo`` beside it; a folder there is all that a language takes. How catalogues
are written and compiled stands in CONTRIBUTING.md.
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
"""Translated: what a language calls itself."""
DECIMAL: Final = Sentence("0.5")
"""Translated: a half, which shows the decimal sign."""
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
        Its code, such as ``es``.
    messages : NullTranslations
        Translations by English text; those that are missing are shown in English.
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
            A :class:`~vision.sentences.Sentence` is looked up by its template and filled anew, any
            other text as it is: results that come back as JSON hold plain texts.
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
        # The empty message is the catalogue's own head.
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
    """Choose a language: the one that was asked for, else the browser's, else English.

    Parameters
    ----------
    accept : str
        ``Accept-Language`` header.
    wanted : str, optional
        What the switch was set to.
    """
    if wanted in LANGUAGES:
        return str(wanted)
    ranges = map(_LANGUAGE_RANGE.fullmatch, accept.split(",")[:20])
    ranked = [(float(found[2] or 1), found[1].lower()) for found in ranges if found]
    known = {code.lower(): code for code in LANGUAGES}
    for weight, code in sorted(ranked, key=lambda one: -one[0]):
        # A region that there is no catalogue for gets its language: es-MX gets es.
        found = known.get(code) or known.get(code.partition("-")[0])
        if weight > 0 and found is not None:
            return found
    return SOURCE
