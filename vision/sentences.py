"""Sentences for people: an English template and the values that stand in it.

A :class:`Sentence` is the English text itself, so JSON, logs and terminals take it as any other
string. Where pages are shown in another language, its template is looked up in a catalogue and
filled anew. The template is written out where the sentence is made: catalogues are extracted from
the source.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self


class Number(str):
    """A number in a text, written as in English; other languages have another decimal sign."""

    __slots__ = ()


def number(value: float, spec: str) -> Number:
    """Write a number by a format specification.

    >>> number(1.25, ".1f")
    '1.2'
    """
    return Number(format(value, spec))


def degrees(value: float) -> Number:
    """Write degrees with as many decimals as they have, and a real minus sign.

    >>> degrees(-2.5), degrees(80.0)
    ('−2.5°', '80°')
    """
    return Number(f"{value:g}°".replace("-", "−"))


class Sentence(str):
    """A text for people that remembers how it was made; immutable.

    Parameters
    ----------
    template : str
        The English text; values stand in braces, by name. Without values it is taken as it is.
    **values
        What stands in it. A :class:`Sentence` is translated in turn, a :class:`Number` is written
        as the language writes numbers, all else stays as it is.

    Raises
    ------
    KeyError
        If the template names a value that is not given.

    Examples
    --------
    >>> Sentence("The knee is bent by {angle}°.", angle=number(80.0, ".0f"))
    'The knee is bent by 80°.'
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, str]

    def __new__(cls, template: str, /, **values: Any) -> Self:
        """Fill the template; values that are no text are written as Python writes them."""
        plain = {name: one if isinstance(one, str) else str(one) for name, one in values.items()}
        made = super().__new__(cls, template.format(**plain) if plain else template)
        object.__setattr__(made, "template", template)
        object.__setattr__(made, "values", MappingProxyType(plain))
        return made

    def __setattr__(self, name: str, value: object) -> None:
        message = f"A sentence cannot be changed, nor can its {name}."
        raise AttributeError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _sentence, (self.template, dict(self.values))


def joined(separator: str, parts: Iterable[str]) -> Sentence:
    """Put texts side by side; each is translated by itself.

    >>> joined(", ", ["thigh", "knee"])
    'thigh, knee'
    """
    values = {f"part{place}": part for place, part in enumerate(parts)}
    return Sentence(separator.join(f"{{{name}}}" for name in values), **values)


def _sentence(template: str, values: dict[str, Any]) -> Sentence:
    return Sentence(template, **values)
