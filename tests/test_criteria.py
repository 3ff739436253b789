"""Rule-sets are data: named, versioned, cited."""

import re
from pathlib import Path

import pytest

from app.results.rule_files import MAX_RULES_BYTES, find_rules, load_rules, rulebook
from vision.criteria import (
    DEFAULT_RULES,
    RULE_SETS,
    RuleSet,
    rule_set,
)
from vision.errors import InvalidOption
from vision.norms import NORMS
from vision.own_rules import parse_rule_set


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
    known = ", ".join(RULE_SETS)
    with pytest.raises(InvalidOption, match=rf"^Unknown rule-set '{name}'. Available: {known}\.$"):
        rule_set(name)


# --- a rule-set of one's own --------------------------------------------------------------

OWN = """
id = "clinic"
version = "2"
title = "Our clinic"
thigh_max_deg = -5
knee_min_deg = 70.5
citation = "Agreed on in our clinic."
"""


def test_own_rules_are_read() -> None:
    rules = parse_rule_set(OWN)
    assert rules == RuleSet(
        id="clinic",
        version="2",
        title="Our clinic",
        thigh_max_deg=-5.0,
        knee_min_deg=70.5,
        citation="Agreed on in our clinic.",
    )
    assert rule_set(rules) is rules
    more = parse_rule_set(
        OWN + "thigh_optimal_deg = -15\nknee_follows_thigh = true\nabduction_max_deg = 10\n"
        'judges_pain = true\njudges_rotation = true\npopulation = "Us"\nlimits = "Few."\n'
    )
    assert more.thigh_optimal_deg == -15
    assert more.knee_follows_thigh == "both", "true is how version 1 wrote it"
    assert (more.judges_pain, more.judges_rotation) == (True, True)
    assert (more.population, more.limits) == ("Us", "Few.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("thigh_max_deg = -5", ""), "^The rule-set lacks: thigh_max_deg.$"),
        (('version = "2"\ntitle = "Our clinic"', ""), "lacks: version, title.$"),
        (('version = "2"', ""), "lacks: version"),
        (
            ("thigh_max_deg = -5", "thigh_max_deg = '-5'"),
            "^thigh_max_deg is '-5'; it must be a number of degrees from −90 to 90.$",
        ),
        (("thigh_max_deg = -5", "thigh_max_deg = true"), "number of degrees"),
        (("thigh_max_deg = -5", "thigh_max_deg = nan"), "number of degrees"),
        (("thigh_max_deg = -5", "thigh_max_deg = 91"), "from −90 to 90"),
        (("knee_min_deg = 70.5", "thigh_optimal_deg = -91"), "from −90 to 90"),
        (("knee_min_deg = 70.5", "knee_min_deg = -1"), "from 0 to 160"),
        (("knee_min_deg = 70.5", "abduction_max_deg = 91"), "from −45 to 90"),
        (
            ("knee_min_deg = 70.5", "knee_max_deg = 1"),
            "^Unknown key 'knee_max_deg' in the rule-set. Available: id, .*knee_min_deg",
        ),
        (
            ("knee_min_deg = 70.5", "knee_follows_thigh = true"),
            "^knee_follows_thigh needs knee_min_deg.$",
        ),
        (
            ("knee_min_deg = 70.5", 'knee_min_deg = 70.5\nknee_follows_thigh = "above"'),
            "^knee_follows_thigh is 'above'; it must be one of: never, below, both.$",
        ),
        (
            ("knee_min_deg = 70.5", "judges_pain = 1"),
            "^judges_pain is 1; it must be true or false.$",
        ),
        (
            ("knee_min_deg = 70.5", "thigh_optimal_deg = 0"),
            "^thigh_optimal_deg must not be above thigh_max_deg.$",
        ),
        (
            ('id = "clinic"', 'id = "guide"'),
            "^The rule-set's id 'guide' is taken by a built-in one.$",
        ),
        (
            ('id = "clinic"', 'id = "Our Clinic"'),
            "^The rule-set's id is 'Our Clinic'; it must be lower-case letters, digits and hyphens.$",
        ),
        (('id = "clinic"', "id = 7"), "^id must be a text of 1 to 1000 characters.$"),
        (('title = "Our clinic"', 'title = " "'), "text"),
        (('id = "clinic"', "id = "), "^The rule-set is not valid TOML: .+[.]$"),
    ],
)
def test_wrong_own_rules_say_what_is_wrong(change: tuple[str, str], said: str) -> None:
    assert change[0] in OWN
    with pytest.raises(InvalidOption, match=said):
        parse_rule_set(OWN.replace(*change))


@pytest.mark.parametrize(
    ("written", "follows"),
    [('"never"', "never"), ('"below"', "below"), ('"both"', "both"), ("false", "never")],
)
def test_where_the_knee_follows_the_thigh(written: str, follows: str) -> None:
    rules = parse_rule_set(OWN + f"knee_follows_thigh = {written}\n")
    assert rules.knee_follows_thigh == follows


def test_what_is_just_allowed_is_allowed() -> None:
    for low, high in ((-90, -90), (-90, 90), (90, 90)):
        rules = parse_rule_set(OWN.replace("= -5", f"= {high}") + f"thigh_optimal_deg = {low}\n")
        assert (rules.thigh_optimal_deg, rules.thigh_max_deg) == (low, high)
    longest = "x" * 1000
    assert parse_rule_set(OWN + f'limits = "{longest}"\n').limits == longest
    with pytest.raises(InvalidOption, match="limits must be a text of 1 to 1000 characters"):
        parse_rule_set(OWN + f'limits = "{longest}x"\n')


def test_of_an_id_that_is_far_too_long_only_the_start_is_repeated() -> None:
    with pytest.raises(InvalidOption, match=f"'{'x' * 40}'; it must"):
        parse_rule_set(OWN.replace("clinic", "x" * 41, 1))


def test_a_file_of_own_rules(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(OWN)
    assert load_rules(path).id == "clinic"
    assert find_rules(str(path)).id == "clinic"
    assert find_rules("magee") is RULE_SETS["magee"]
    assert list(rulebook([path])) == [*RULE_SETS, "clinic"]
    with pytest.raises(InvalidOption, match="another rule-set"):
        rulebook([path, path])


def test_files_that_are_no_rules(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"nowhere\.toml cannot be read"):
        find_rules(str(tmp_path / "nowhere.toml"))
    latin = tmp_path / "latin.toml"
    latin.write_bytes(OWN.replace("Our", "Ö").encode("latin-1"))
    with pytest.raises(InvalidOption, match="not UTF-8"):
        load_rules(latin)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("id = 1")
    with pytest.raises(InvalidOption, match=r"wrong\.toml: The rule-set lacks"):
        load_rules(wrong)
    huge = tmp_path / "huge.toml"
    huge.write_text("#" * (MAX_RULES_BYTES + 1))
    with pytest.raises(InvalidOption, match="larger"):
        load_rules(huge)


# --- words and norms ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules_id", "words"),
    [
        (
            "guide",
            "thigh ≤ 0°, optimal near −10°, knee ≥ 80°, less by as much as the thigh is below horizontal, no pain, "
            "no rotation or drift",
        ),
        ("kendall", "thigh ≤ 0°, knee ≥ 80° + thigh, no rotation or drift"),
        ("ferber-2010", "thigh ≤ −9.69°, no knee criterion"),
        ("execp-2021", "thigh ≤ 0°, knee ≥ 67°, abduction ≤ 0°, no rotation or drift"),
    ],
)
def test_rules_in_words(rules_id: str, words: str) -> None:
    assert RULE_SETS[rules_id].in_words() == words


def test_norms_are_the_published_means() -> None:
    means = {norm.id: (norm.thigh_deg, norm.knee_flexion_deg) for norm in NORMS}
    assert means == {
        "harvey-1998": (-11.9, 52.5),
        "soccer-2014": (-6.8, 55.2),
        "ferber-2010": (-10.6, None),
    }
    assert [norm.in_words() for norm in NORMS] == [
        "thigh −11.9°, knee 52.5°, abduction 15.6°",
        "thigh −6.8° ± 5.7°, knee 55.2° ± 8.4°",
        "thigh −10.6° ± 9.6°",
    ]
    assert all(norm.citation for norm in NORMS)


def test_knee_rules_that_fail_athletes_say_so() -> None:
    for rules in RULE_SETS.values():
        strict = (rules.knee_min_deg or 0) >= 80
        assert ("Athletes" in rules.limits) == strict
