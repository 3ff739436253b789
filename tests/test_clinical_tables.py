"""Every row of the clinical tables, for every rule-set, on both sides of each cut-off."""

from dataclasses import replace
from itertools import product
from typing import NamedTuple

import pytest

from vision.angles import Z95, Angle, Reading
from vision.comparison import SAME_SETUP_DEG
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import Criterion, Verdict
from vision.interpretation import (
    MIN_EXTENSION_DEG,
    OTHER_TEXTS,
    PATTERN_TEXTS,
    RETEST_TEXTS,
    Interpretation,
    OtherMuscle,
    Pattern,
    interpret,
)
from vision.observations import Observations

HALF = 1.0
"""Half of every interval here, degrees: well below what separates the rows."""
CLEAR = 2 * HALF
"""So far from a cut-off that the whole interval is on one side."""
RULES = list(RULE_SETS.values())
WITH_KNEE = [rules for rules in RULES if rules.knee_min_deg is not None]


def angle(value: float, half: float = HALF) -> Angle:
    return Angle(value, half / Z95, 0.0)


def reading(thigh: float, knee: float, half: float = HALF) -> Reading:
    return Reading(angle(thigh, half), angle(knee, half))


def finding(result: Interpretation, criterion: Criterion) -> Verdict | None:
    return {one.criterion: one.verdict for one in result.findings}.get(criterion)


def knee_cutoff(rules: RuleSet, thigh: float) -> float:
    """The knee's cut-off, written down a second time from the published rules."""
    published = PUBLISHED[rules.id]
    assert published.knee_min is not None
    return published.knee_min + (max(0.0, thigh) if published.knee_follows_thigh else 0.0)


# --- the registry, against the published figures ----------------------------------------


class Published(NamedTuple):
    """What a publication says, read off it apart from the registry; degrees."""

    thigh_max: float
    knee_min: float | None
    optimal: float | None = None
    abduction_max: float | None = None
    knee_follows_thigh: bool = False
    pain: bool = False
    rotation: bool = True


PUBLISHED = {
    "guide": Published(0.0, 80.0, optimal=-10.0, pain=True),
    "kendall": Published(0.0, 80.0, knee_follows_thigh=True),
    "ferber-2010": Published(-9.69, None, rotation=False),
    "execp-2021": Published(0.0, 67.0, abduction_max=0.0),
    "magee": Published(0.0, 90.0),
}


def test_every_rule_set_was_read_twice() -> None:
    assert RULE_SETS.keys() == PUBLISHED.keys()


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
def test_cutoffs_are_the_published_ones(rules: RuleSet) -> None:
    assert PUBLISHED[rules.id] == (
        rules.thigh_max_deg,
        rules.knee_min_deg,
        rules.thigh_optimal_deg,
        rules.abduction_max_deg,
        rules.knee_follows_thigh,
        rules.judges_pain,
        rules.judges_rotation,
    )


# --- criterion by criterion -----------------------------------------------------------------


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
@pytest.mark.parametrize(
    ("from_cutoff", "verdict"),
    [
        (-CLEAR, "pass"),
        (-1.01 * HALF, "pass"),
        (-0.99 * HALF, "borderline"),
        (0.0, "borderline"),
        (0.99 * HALF, "borderline"),
        (1.01 * HALF, "fail"),
        (CLEAR, "fail"),
    ],
)
def test_thigh(rules: RuleSet, from_cutoff: float, verdict: Verdict) -> None:
    result = interpret(reading(rules.thigh_max_deg + from_cutoff, 150.0), rules)
    assert finding(result, "thigh") == verdict
    assert result.verdict == verdict
    assert result.findings[0].cutoff_deg == rules.thigh_max_deg


@pytest.mark.parametrize("rules", WITH_KNEE, ids=lambda rules: rules.id)
@pytest.mark.parametrize(
    ("from_cutoff", "verdict"),
    [
        (-1.01, "fail"),
        (-0.99, "borderline"),
        (0.0, "borderline"),
        (0.99, "borderline"),
        (1.01, "pass"),
    ],
)
def test_knee(rules: RuleSet, from_cutoff: float, verdict: Verdict) -> None:
    low_thigh = rules.thigh_max_deg - CLEAR
    cutoff = knee_cutoff(rules, low_thigh)
    result = interpret(reading(low_thigh, cutoff + from_cutoff * HALF), rules)
    assert finding(result, "knee") == verdict
    assert result.verdict == verdict


def test_a_rule_without_a_knee_part_does_not_judge_it() -> None:
    result = interpret(reading(-20.0, 5.0), RULE_SETS["ferber-2010"])
    assert finding(result, "knee") is None
    assert (result.verdict, result.pattern) == ("pass", "none")


@pytest.mark.parametrize(
    ("thigh", "knee", "verdict", "shortage"),
    [
        (15.0, 70.0, "fail", 25.0),  # Kendall & McCreary's own two examples
        (15.0, 95.0, "borderline", 0.0),
        (15.0, 98.0, "pass", 0.0),
        (0.1, 70.0, "fail", 10.1),
        (-5.0, 70.0, "fail", None),  # below the table the shortage is not defined
        (-5.0, 95.0, "pass", None),
    ],
)
def test_kendalls_arithmetic(
    thigh: float, knee: float, verdict: Verdict, shortage: float | None
) -> None:
    result = interpret(reading(thigh, knee), RULE_SETS["kendall"])
    found = {one.criterion: one for one in result.findings}["knee"]
    assert found.verdict == verdict
    assert found.shortage_deg == (None if shortage is None else pytest.approx(shortage))


def test_kendalls_knee_carries_the_error_of_the_thigh() -> None:
    rules = RULE_SETS["kendall"]
    sure = interpret(Reading(angle(10.0, 0.1), angle(92.0, 1.0)), rules)
    unsure = interpret(Reading(angle(10.0, 5.0), angle(92.0, 1.0)), rules)
    assert finding(sure, "knee") == "pass"
    assert finding(unsure, "knee") == "borderline"


PAIN = list(product((None, "no", "yes"), repeat=2))


@pytest.mark.parametrize(("hip", "knee"), PAIN)
@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
def test_pain(rules: RuleSet, hip: str | None, knee: str | None) -> None:
    said = Observations(hip_pain=hip, knee_pain=knee)  # type: ignore[arg-type]  # of the product
    result = interpret(reading(-20.0, 150.0), rules, said)
    hurts = "yes" in (hip, knee)
    expected = "fail" if hurts else "pass" if (hip, knee) == ("no", "no") else None
    if not PUBLISHED[rules.id].pain:
        expected = None
    assert finding(result, "pain") == expected
    assert result.verdict == (expected or "pass")
    assert result.pattern == "none"


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
@pytest.mark.parametrize("rotation", [None, "none", "outward", "inward"])
@pytest.mark.parametrize("abducted", [None, "no", "yes"])
def test_rotation(rules: RuleSet, rotation: str | None, abducted: str | None) -> None:
    said = Observations(rotation=rotation, abducted=abducted)  # type: ignore[arg-type]
    result = interpret(reading(-20.0, 150.0), rules, said)
    bad = rotation in ("outward", "inward") or abducted == "yes"
    expected = "fail" if bad else None if rotation is abducted is None else "pass"
    if not PUBLISHED[rules.id].rotation:
        expected = None
    assert finding(result, "rotation") == expected
    assert ("tfl" in result.also) == bad, "the muscle is named whatever the rule judges"


@pytest.mark.parametrize(
    ("abduction", "verdict", "also"),
    [
        (-3.0, "pass", ()),
        (-0.5, "borderline", ()),
        (0.5, "borderline", ()),
        (3.0, "fail", ("tfl",)),
    ],
)
def test_measured_abduction(
    abduction: float, verdict: Verdict, also: tuple[OtherMuscle, ...]
) -> None:
    good = reading(-20.0, 150.0)
    result = interpret(good, RULE_SETS["execp-2021"], abduction=angle(abduction))
    assert finding(result, "rotation") == verdict
    assert result.also == also
    no_figure = interpret(good, RULE_SETS["guide"], abduction=angle(abduction))
    assert finding(no_figure, "rotation") is None


def test_what_was_seen_outweighs_a_measured_abduction() -> None:
    seen = Observations(abducted="yes")
    result = interpret(reading(-20, 150), RULE_SETS["execp-2021"], seen, abduction=angle(-20.0))
    assert finding(result, "rotation") == "fail"


# --- the pattern ----------------------------------------------------------------------------

BENT, STRAIGHTER = 60.0, 60.0 - MIN_EXTENSION_DEG - 5
HIGH = 25.0
"""A failing knee, the same passively extended, and a failing thigh, degrees, in every rule-set
with a knee part."""
FLOOR = SAME_SETUP_DEG["thigh"]


def pattern_of(
    rules: RuleSet, thigh: float, knee: float, extended: Reading | None = None
) -> tuple[Pattern, str]:
    result = interpret(reading(thigh, knee), rules, extended=extended)
    return result.pattern, result.pattern_text


@pytest.mark.parametrize("rules", WITH_KNEE, ids=lambda rules: rules.id)
def test_pattern_of_one_photo(rules: RuleSet) -> None:
    low, high = rules.thigh_max_deg - CLEAR, HIGH
    bent = knee_cutoff(rules, high) + 2 * CLEAR
    rows: list[tuple[float, float, Pattern]] = [
        (low, bent, "none"),
        (high, bent, "iliopsoas"),
        (low, BENT, "rectus_femoris"),
        (high, BENT, "both_possible"),
        (rules.thigh_max_deg, bent, "undetermined"),
        (low, knee_cutoff(rules, low), "undetermined"),
    ]
    for thigh, knee, pattern in rows:
        assert pattern_of(rules, thigh, knee) == (pattern, PATTERN_TEXTS[pattern])


@pytest.mark.parametrize("rules", WITH_KNEE, ids=lambda rules: rules.id)
@pytest.mark.parametrize(
    ("measured_from", "thigh_after", "pattern"),
    [
        ("cut-off", -CLEAR, "rectus_femoris"),  # drops to pass
        ("cut-off", 0.0, "rectus_femoris_at_least"),  # drops to the cut-off itself
        ("before", -FLOOR - 0.1, "both"),  # drops, but not all the way
        ("before", -FLOOR + 0.1, "iliopsoas"),  # less than the measurement error
        ("before", 0.0, "iliopsoas"),
        ("before", FLOOR - 0.1, "iliopsoas"),
        ("before", FLOOR + 0.1, "undetermined"),  # rose: does not fit
    ],
)
def test_second_photo_tells_them_apart(
    rules: RuleSet, measured_from: str, thigh_after: float, pattern: Pattern
) -> None:
    start = {"cut-off": rules.thigh_max_deg, "before": HIGH}[measured_from]
    after = reading(start + thigh_after, STRAIGHTER)
    found, text = pattern_of(rules, HIGH, BENT, after)
    assert found == pattern
    if pattern in RETEST_TEXTS:
        assert text == RETEST_TEXTS[pattern]
    if pattern == "undetermined":
        assert "rose" in text


def test_the_error_of_both_photos_decides_what_a_change_is() -> None:
    guide = RULE_SETS["guide"]
    first, drop = Reading(angle(HIGH, 6.0), angle(BENT)), 8.0
    assert drop > FLOOR
    after = Reading(angle(HIGH - drop, 6.0), angle(STRAIGHTER))  # √(6² + 6²) = 8.5 > 8
    assert interpret(first, guide, extended=after).pattern == "iliopsoas"
    surer = Reading(angle(HIGH - drop, 5.0), angle(STRAIGHTER))  # √(6² + 5²) = 7.8 < 8
    assert interpret(first, guide, extended=surer).pattern == "both"


def test_a_knee_that_was_not_extended_tells_nothing() -> None:
    guide = RULE_SETS["guide"]
    straight = reading(-20.0, BENT - MIN_EXTENSION_DEG)
    assert pattern_of(guide, HIGH, BENT, straight)[0] == "rectus_femoris"
    not_quite = reading(-20.0, BENT - MIN_EXTENSION_DEG + 0.1)
    pattern, text = pattern_of(guide, HIGH, BENT, not_quite)
    assert pattern == "both_possible"
    assert "not extended" in text


def test_the_second_photo_leaves_clear_patterns_alone() -> None:
    guide = RULE_SETS["guide"]
    for thigh, knee, pattern in ((-20.0, 120.0, "none"), (HIGH, 120.0, "iliopsoas")):
        assert pattern_of(guide, thigh, knee, reading(-30.0, 40.0))[0] == pattern


@pytest.mark.parametrize(
    ("thigh", "rotation", "abducted", "also"),
    [
        (20.0, "outward", "yes", ("tfl", "sartorius")),
        (20.0, "inward", "yes", ("tfl",)),
        (20.0, "outward", "no", ("tfl",)),
        (-20.0, "outward", "yes", ("tfl",)),
        (20.0, "none", "no", ()),
        (-20.0, None, None, ()),
    ],
)
def test_tfl_and_sartorius(
    thigh: float, rotation: str | None, abducted: str | None, also: tuple[OtherMuscle, ...]
) -> None:
    said = Observations(rotation=rotation, abducted=abducted)  # type: ignore[arg-type]
    result = interpret(reading(thigh, 120.0), RULE_SETS["guide"], said)
    assert result.also == also
    assert all(muscle in OTHER_TEXTS for muscle in result.also)


# --- the lower back ---------------------------------------------------------------------------


@pytest.mark.parametrize("flat", ["yes", "unsure", None])
def test_an_uncertain_back_makes_the_verdict_provisional(flat: str | None) -> None:
    said = Observations(lower_back_flat=flat)  # type: ignore[arg-type]
    result = interpret(reading(-20.0, 120.0), RULE_SETS["guide"], said)
    assert result.verdict == "pass"
    assert bool(result.provisional) == (flat == "unsure")


def test_worst_criterion_decides() -> None:
    hurts = Observations(knee_pain="yes", rotation="none", abducted="no")
    result = interpret(reading(-20.0, 120.0), RULE_SETS["guide"], hurts)
    assert [one.verdict for one in result.findings] == ["pass", "pass", "pass", "fail"]
    assert result.verdict == "fail"
    close = interpret(reading(0.0, 120.0), RULE_SETS["guide"])
    assert close.verdict == "borderline"


def test_a_rule_set_of_ones_own_is_walked_like_the_others() -> None:
    own = replace(RULE_SETS["magee"], id="own", thigh_max_deg=-5.0, knee_min_deg=100.0)
    assert interpret(reading(-7.0, 102.0), own).verdict == "pass"
    assert interpret(reading(-3.0, 98.0), own).pattern == "both_possible"
