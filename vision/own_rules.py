"""Custom rule-sets, read from TOML and validated key by key."""

import math
import re
import tomllib
from dataclasses import fields
from typing import Any, Final, get_args

from vision.criteria import RULE_SETS, KneeFollows, RuleSet
from vision.errors import InvalidOption
from vision.sentences import Sentence, number

_LIMITS_DEG: Final = {
    "thigh_max_deg": (-90.0, 90.0),
    "thigh_optimal_deg": (-90.0, 90.0),
    "knee_min_deg": (0.0, 160.0),
    "abduction_max_deg": (-45.0, 90.0),
}
_REQUIRED: Final = ("id", "version", "title", "thigh_max_deg", "citation")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MAX_TEXT: Final = 1000


def parse_rule_set(text: str) -> RuleSet:
    """Parse a custom rule-set.

    Parameters
    ----------
    text : str
        TOML with the attributes of :class:`RuleSet` as keys; ``id``, ``version``, ``title``,
        ``thigh_max_deg`` and ``citation`` are required. Angles are in degrees.

    Raises
    ------
    InvalidOption
        If it is not TOML, if a key is missing, unknown, of the wrong type or out of range, or if
        the id is that of a built-in rule-set.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidOption(
            Sentence("The rule-set is not valid TOML: {error}.", error=error)
        ) from error
    kinds = {field.name: field.type for field in fields(RuleSet)}
    for name in given:
        if name not in kinds:
            raise InvalidOption(
                Sentence(
                    "Unknown key {name} in the rule-set. Available: {names}.",
                    name=repr(name),
                    names=_list(kinds),
                )
            )
    missing = [name for name in _REQUIRED if name not in given]
    if missing:
        raise InvalidOption(Sentence("The rule-set lacks: {names}.", names=_list(missing)))
    rules = RuleSet(**{name: _checked(name, value, kinds[name]) for name, value in given.items()})
    _check_together(rules)
    return rules


def _check_together(rules: RuleSet) -> None:
    if not _ID.fullmatch(rules.id):
        raise InvalidOption(
            Sentence(
                "The rule-set's id is {id}; it must be lower-case letters, digits and hyphens.",
                id=repr(rules.id[:40]),
            )
        )
    if rules.id in RULE_SETS:
        raise InvalidOption(
            Sentence("The rule-set's id {id} is taken by a built-in one.", id=repr(rules.id))
        )
    if rules.thigh_optimal_deg is not None and rules.thigh_optimal_deg > rules.thigh_max_deg:
        raise InvalidOption(Sentence("thigh_optimal_deg must not be above thigh_max_deg."))
    if rules.knee_follows_thigh != "never" and rules.knee_min_deg is None:
        raise InvalidOption(Sentence("knee_follows_thigh needs knee_min_deg."))


def _checked(name: str, value: Any, kind: Any) -> Any:
    if kind is bool:
        if not isinstance(value, bool):
            raise InvalidOption(
                Sentence(
                    "{name} is {value}; it must be true or false.", name=name, value=repr(value)
                )
            )
        return value
    if kind is KneeFollows:
        return _checked_follows(name, value)
    if kind is str:
        if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
            raise InvalidOption(
                Sentence(
                    "{name} must be a text of 1 to {limit} characters.", name=name, limit=_MAX_TEXT
                )
            )
        return value.strip()
    low, high = _LIMITS_DEG[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        raise InvalidOption(
            Sentence(
                "{name} is {value}; it must be a number of degrees from {low} to {high}.",
                name=name,
                value=repr(value),
                low=number(low, "g"),
                high=number(high, "g"),
            )
        )
    return float(value)


def _checked_follows(name: str, value: Any) -> KneeFollows:
    """Validate where the knee follows the thigh; version 1 used true and false."""
    if isinstance(value, bool):
        return "both" if value else "never"
    choices: tuple[KneeFollows, ...] = get_args(KneeFollows)
    for choice in choices:
        if value == choice:
            return choice
    raise InvalidOption(
        Sentence(
            "{name} is {value}; it must be one of: {names}.",
            name=name,
            value=repr(value),
            names=_list(choices),
        )
    )


def _list(names: Any) -> str:
    return ", ".join(names)
