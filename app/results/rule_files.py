"""Rule-sets by id, including custom ones from TOML files, which are validated when read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from vision.criteria import RULE_SETS, RuleSet, rule_set
from vision.errors import InvalidOption
from vision.own_rules import parse_rule_set

SUFFIX: Final = ".toml"
MAX_RULES_BYTES: Final = 65_536


def load_rules(path: str | Path) -> RuleSet:
    """Read one rule-set from a file.

    Raises
    ------
    InvalidOption
        If the file cannot be read, or is not a rule-set; the message names the file.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_RULES_BYTES + 1)
    except OSError as error:
        raise InvalidOption(
            f"The rule-set {path} cannot be read: {error.strerror or error}."
        ) from error
    if len(data) > MAX_RULES_BYTES:
        raise InvalidOption(f"The rule-set {path} is larger than {MAX_RULES_BYTES} bytes.")
    try:
        return parse_rule_set(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidOption(f"The rule-set {path} is not UTF-8 text.") from error
    except InvalidOption as error:
        raise InvalidOption(f"{path}: {error.message}") from error


def find_rules(name: str) -> RuleSet:
    """Return a built-in rule-set by its id, or a custom one by its file name."""
    return load_rules(name) if name.endswith(SUFFIX) else rule_set(name)


def rulebook(paths: Iterable[str | Path]) -> dict[str, RuleSet]:
    """Return the built-in rule-sets and those from files, by id.

    Raises
    ------
    InvalidOption
        If a file is not a rule-set, or two share an id.
    """
    rules = dict(RULE_SETS)
    for path in paths:
        own = load_rules(path)
        if own.id in rules:
            raise InvalidOption(f"{path}: another rule-set has the id {own.id!r}.")
        rules[own.id] = own
    return rules
