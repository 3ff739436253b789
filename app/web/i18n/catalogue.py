"""The pages in other languages: gettext catalogues, chosen by the browser or by a switch.

The instrument speaks English; its sentences are translated where people read them. Texts
with values in them are found again by their template in the catalogue, where ``{NUMBER}``, in
capitals, stands for a number, ``{_name}`` for something that is said as it is (an identifier,
a version, what somebody typed), and ``{other}`` for words that are translated in turn.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from babel.core import negotiate_locale
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol

LOCALES: Final = Path(__file__).with_name("locales")
SOURCE: Final = "en"
LANGUAGES: Final = {SOURCE: "English", "es": "Español"}
"""Languages of the pages, by code, in their own name."""
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
"""A value in a template of the catalogue."""
_NUMBER: Final = r"[+−-]?\d+(?:\.\d+)?"
# Not the parts of a version, an address, a DOI or a path.
_DECIMAL: Final = re.compile(r"(?<![\w./:])(\d+)\.(\d+)(?![\w/]|\.\w)")
_LANGUAGE_RANGE: Final = re.compile(
    r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?",
    re.ASCII | re.IGNORECASE,
)
_MAX_TEMPLATE: Final = 600
"""Longest text that is compared with templates, characters; no sentence of ours is longer."""
_MIN_TEMPLATE: Final = 5
"""A template with fewer characters beside its values fits too much: it is only found as it is."""


class Catalogue:
    """Translations into one language.

    Parameters
    ----------
    language : str
        A key of :data:`LANGUAGES`.
    messages : dict of str to str
        Translation by English text; both may have values in them, see the module.
    """

    def __init__(self, language: str, messages: dict[str, str]) -> None:
        self.language = language
        self.messages = messages
        self._decimal = get_decimal_symbol(language)
        found = [one for one in messages if PLACEHOLDER.search(one) and _own(one) >= _MIN_TEMPLATE]
        self._templates = [
            (_pattern(one), messages[one]) for one in sorted(found, key=_own, reverse=True)
        ]

    def say(self, text: str) -> str:
        """Translate a text; one that the catalogue does not know comes back as it is."""
        if self.language == SOURCE:
            return text
        if text in self.messages:
            return self.messages[text]
        for pattern, target in self._templates if len(text) <= _MAX_TEMPLATE else ():
            if found := pattern.fullmatch(text):
                # Values are shorter than the text they stand in, so this comes to an end.
                values = found.groupdict()
                said = {one: self.say(values[one]) for one in values if not one.startswith("_")}
                return target.format(**values | said)
        return self.number(text)

    def number(self, text: str) -> str:
        """Write the decimal numbers of a text the local way; versions and sums stay."""
        return _DECIMAL.sub(rf"\1{self._decimal}\2", text) if self.language != SOURCE else text


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises
    ------
    KeyError
        If the pages are not translated into it.
    """
    if language == SOURCE:
        return Catalogue(SOURCE, {})
    if language not in LANGUAGES:
        raise KeyError(language)
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        found = read_po(file, locale=language)
    translated = (one for one in found if one.id and one.string and not one.fuzzy)
    return Catalogue(language, {str(one.id): str(one.string) for one in translated})


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
    preferred = [code for weight, code in sorted(ranked, key=lambda one: -one[0]) if weight > 0]
    return negotiate_locale(preferred, list(LANGUAGES), sep="-") or SOURCE


def _pattern(template: str) -> re.Pattern[str]:
    """Return what matches a template with any values in it."""
    parts = PLACEHOLDER.split(template)
    return re.compile(
        "".join(
            f"(?P<{part}>{_NUMBER if part.isupper() else '.+?'})" if number % 2 else re.escape(part)
            for number, part in enumerate(parts)
        )
    )


def _own(template: str) -> int:
    """Count the characters of a template beside its values."""
    return len(PLACEHOLDER.sub("", template))
