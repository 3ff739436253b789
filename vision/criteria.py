"""The registry of rule-sets: data with a version and a citation, no logic.

A rule-set judges two angles by cut-offs. A result stores the id and version of the
rule-set it was judged by, so that old results can be told from new ones.
"""

from dataclasses import dataclass
from typing import Final

from vision.errors import InvalidOption


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Cut-offs of one published rule.

    Attributes
    ----------
    id, version : str
        Stored with each result; the version changes whenever a cut-off does.
    title : str
        For people.
    thigh_max_deg : float
        The thigh passes at or below this angle to the horizontal, degrees.
    thigh_optimal_deg : float or None
        At or below this it is called optimal, degrees.
    knee_min_deg : float or None
        The knee passes at or above this flexion, degrees; None: the rule has no knee part.
    citation : str
        Where the rule is published.
    """

    id: str
    version: str
    title: str
    thigh_max_deg: float
    thigh_optimal_deg: float | None
    knee_min_deg: float | None
    citation: str


DEFAULT_RULES: Final = "guide"

RULE_SETS: Final = {
    rules.id: rules
    for rules in (
        RuleSet(
            id="guide",
            version="1",
            title="Psoas-release guide",
            thigh_max_deg=0.0,
            thigh_optimal_deg=-10.0,
            knee_min_deg=80.0,
            citation=(
                "Psoas-release guide: thigh at least parallel to the floor, about 10° below "
                "is optimal; knee bent near 90°, read here with an allowance of 10°."
            ),
        ),
    )
}
"""Every rule-set, by id."""


def rule_set(rules_id: str) -> RuleSet:
    """Look a rule-set up.

    Raises
    ------
    InvalidOption
        If there is none of that id.
    """
    if rules_id not in RULE_SETS:
        raise InvalidOption(f"Unknown rule-set {rules_id!r}; there is: {', '.join(RULE_SETS)}.")
    return RULE_SETS[rules_id]
