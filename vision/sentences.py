"""Sentences for people: an English template, and the values inserted into it.

A :class:`Sentence` is the English text itself, so JSON, logs and terminals treat it like any other
string. For pages in another language, its template is looked up in a catalogue and filled again.
Templates are written as literals where the sentence is created, because catalogues are extracted
from the source.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self


class Number(str):
    """A number in a text, formatted as in English; other languages use other separators."""

    __slots__ = ()


def number(value: float, spec: str) -> Number:
    """Format a number, with a real minus sign.

    >>> number(1.25, ".1f"), number(-3.0, "g")
    ('1.2', '−3')
    """
    return Number(format(value, spec).replace("-", "−"))


def degrees(value: float) -> Number:
    """Write degrees with as many decimals as they have, and a real minus sign.

    >>> degrees(-2.5), degrees(80.0)
    ('−2.5°', '80°')
    """
    return Number(f"{value:g}°".replace("-", "−"))


class Sentence(str):
    """A text for people that keeps its template and values; immutable.

    Parameters
    ----------
    template : str
        The English text, with the names of values in braces. Without values, it is used unchanged.
    **values
        Values to insert. A :class:`Sentence` is translated in turn, a :class:`Number` is formatted
        for the language, and everything else stays unchanged.

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
        """Fill the template; values that are not text are converted with ``str``."""
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
    """Join texts; each is translated separately.

    >>> joined(", ", ["thigh", "knee"])
    'thigh, knee'
    """
    values = {f"part{place}": part for place, part in enumerate(parts)}
    return Sentence(separator.join(f"{{{name}}}" for name in values), **values)


def _sentence(template: str, values: dict[str, Any]) -> Sentence:
    return Sentence(template, **values)
