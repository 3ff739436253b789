"""Rule-sets are data: named, versioned, cited."""

import re

import pytest

from vision.criteria import DEFAULT_RULES, RULE_SETS, RuleSet, rule_set
from vision.errors import InvalidOption


def test_default_rules_exist() -> None:
    assert rule_set(DEFAULT_RULES) is RULE_SETS[DEFAULT_RULES]


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=RULE_SETS)
def test_rules_are_found_by_their_id(rules: RuleSet) -> None:
    assert rule_set(rules.id) is rules
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rules.id)


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=RULE_SETS)
def test_rules_are_versioned_and_cited(rules: RuleSet) -> None:
    assert rules.version
    assert rules.title
    assert len(rules.citation) > 20


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=RULE_SETS)
def test_cutoffs_are_angles_in_order(rules: RuleSet) -> None:
    assert -45 <= rules.thigh_max_deg <= 45
    if rules.thigh_optimal_deg is not None:
        assert rules.thigh_optimal_deg < rules.thigh_max_deg
    if rules.knee_min_deg is not None:
        assert 0 < rules.knee_min_deg < 135


def test_guide_is_the_psoas_release_guides_rule() -> None:
    guide = RULE_SETS["guide"]
    cutoffs = (guide.thigh_max_deg, guide.thigh_optimal_deg, guide.knee_min_deg)
    assert cutoffs == (0.0, -10.0, 80.0)


@pytest.mark.parametrize("name", ["", "Guide", "guide ", "nordic"])
def test_unknown_rules_are_refused_with_the_known_ones_named(name: str) -> None:
    with pytest.raises(InvalidOption, match="guide"):
        rule_set(name)
