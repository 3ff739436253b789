"""Every row of the clinical tables, for every rule-set, on both sides of each cut-off."""

from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import pytest

from vision.angles import Z95, Angle, Reading, shank_from_plumb_deg
from vision.comparison import Difference
from vision.criteria import RULE_SETS, Criterion, KneeFollows, RuleSet
from vision.findings import Verdict
from vision.interpretation import Interpretation, OtherMuscle, interpret
from vision.observations import Observations
from vision.patterns import (
    ABDUCTION_TEXTS,
    AT_LEAST_TEXTS,
    CLOSE_TEXTS,
    DROP_TEXTS,
    MIN_EXTENSION_DEG,
    PATTERN_TEXTS,
    RELEVANT_DROP_DEG,
    RETEST_TEXTS,
    Pattern,
    drop_of,
)
from vision.repeats import RANDOM_SHARE

HALF = 1.0
"""Half of every interval here, degrees: well below what separates the rows."""
CLEAR = 2 * HALF
"""So far from a cut-off that the whole interval is on one side."""
RULES = list(RULE_SETS.values())
WITH_KNEE = [rules for rules in RULES if rules.knee_min_deg is not None]


def angle(value: float, half: float = HALF) -> Angle:
    return Angle(value, half / Z95, 0.0)


def reading(thigh: float, knee: float, half: float = HALF) -> Reading:
    shank = angle(shank_from_plumb_deg(thigh, knee), half)
    return Reading(angle(thigh, half), angle(knee, half), shank)


def finding(result: Interpretation, criterion: Criterion) -> Verdict | None:
    return {one.criterion: one.verdict for one in result.findings}.get(criterion)


def knee_cutoff(rules: RuleSet, thigh: float) -> float:
    """The knee's cut-off, written down a second time from the published rules."""
    published = PUBLISHED[rules.id]
    assert published.knee_min is not None
    along = {"never": 0.0, "below": min(0.0, thigh), "both": thigh}
    return published.knee_min + along[published.knee_follows_thigh]


# --- the registry, against the published figures ----------------------------------------


class Published(NamedTuple):
    """What a publication says, read off it apart from the registry; degrees."""

    thigh_max: float
    knee_min: float | None
    optimal: float | None = None
    abduction_max: float | None = None
    knee_follows_thigh: KneeFollows = "never"
    pain: bool = False
    rotation: bool = True


PUBLISHED = {
    "guide": Published(0.0, 80.0, optimal=-10.0, knee_follows_thigh="below", pain=True),
    "kendall": Published(0.0, 80.0, knee_follows_thigh="both"),
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
    found = reading(low_thigh, cutoff + from_cutoff * HALF)
    if verdict == "fail" and found.shank_from_plumb.value_deg - HALF <= 5.0:
        verdict = "borderline"  # gravity bends it no further
        assert rules.id == "magee"
    result = interpret(found, rules)
    assert finding(result, "knee") == verdict
    assert result.verdict == verdict


def test_a_rule_without_a_knee_part_does_not_judge_it() -> None:
    result = interpret(reading(-20.0, 5.0), RULE_SETS["ferber-2010"])
    assert finding(result, "knee") is None
    assert (result.verdict, result.pattern) == ("pass", "thigh_only")
    assert "rectus" not in result.pattern_text


@pytest.mark.parametrize(
    ("thigh", "knee", "verdict", "shortage"),
    [
        (15.0, 70.0, "fail", 25.0),  # Kendall & McCreary's own two examples
        (15.0, 95.0, "borderline", 0.0),
        (15.0, 98.0, "pass", 0.0),
        (0.1, 70.0, "fail", 10.1),
        (-5.0, 60.0, "fail", 15.0),  # below the table the same trade, extrapolated
        (-5.0, 95.0, "pass", 0.0),
    ],
)
def test_kendalls_arithmetic(thigh: float, knee: float, verdict: Verdict, shortage: float) -> None:
    result = interpret(reading(thigh, knee), RULE_SETS["kendall"])
    found = {one.criterion: one for one in result.findings}["knee"]
    assert found.verdict == verdict
    assert found.shortage_deg == pytest.approx(shortage)
    guide = interpret(reading(thigh, knee), RULE_SETS["guide"])
    assert {one.shortage_deg for one in guide.findings} == {None}


def test_kendalls_knee_carries_the_shanks_own_error() -> None:
    rules, shank = RULE_SETS["kendall"], shank_from_plumb_deg(10.0, 92.0)
    sure = interpret(Reading(angle(10.0, 9.0), angle(92.0, 9.0), angle(shank, 1.0)), rules)
    unsure = interpret(Reading(angle(10.0, 0.1), angle(92.0, 0.1), angle(shank, 5.0)), rules)
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
    if not PUBLISHED[rules.id].pain and not hurts:
        expected = None
    assert finding(result, "pain") == expected
    assert result.verdict == (expected or "pass"), "pain is no plain pass under any rule-set"
    assert (result.standing.title == "Pain during the test") == hurts
    assert ("pain" in result.standing.open) == (not hurts and (hip, knee) != ("no", "no"))


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
@pytest.mark.parametrize("rotation", [None, "none", "outward", "inward"])
@pytest.mark.parametrize("abducted", [None, "no", "yes"])
def test_rotation(rules: RuleSet, rotation: str | None, abducted: str | None) -> None:
    said = Observations(rotation=rotation, abducted=abducted)  # type: ignore[arg-type]
    result = interpret(reading(-20.0, 150.0), rules, said)
    bad = rotation in ("outward", "inward") or abducted == "yes"
    expected = "fail" if bad else "pass" if None not in (rotation, abducted) else None
    if not PUBLISHED[rules.id].rotation:
        expected = None
    assert finding(result, "rotation") == expected
    assert bool(result.also) == bad, "the muscle is named whatever the rule judges"
    assert bool(result.also_texts) == bad


@pytest.mark.parametrize(
    ("abduction", "verdict", "also"),
    [
        (-3.0, None, ()),  # rotation was not asked about: not passed
        (-0.5, "borderline", ()),
        (0.5, "borderline", ()),
        (3.0, "fail", ("tfl",)),
    ],
)
def test_measured_abduction(
    abduction: float, verdict: Verdict | None, also: tuple[OtherMuscle, ...]
) -> None:
    good = reading(-20.0, 150.0)
    result = interpret(good, RULE_SETS["execp-2021"], abduction=angle(abduction))
    assert finding(result, "rotation") == verdict
    assert result.also == also
    straight = Observations(rotation="none")
    asked = interpret(good, RULE_SETS["execp-2021"], straight, abduction=angle(abduction))
    assert finding(asked, "rotation") == (verdict or "pass")
    no_figure = interpret(good, RULE_SETS["guide"], abduction=angle(abduction))
    assert finding(no_figure, "rotation") is None


@pytest.mark.parametrize(
    ("abduction", "cutoff", "text"),
    [
        (None, None, "The thigh neither rotates nor drifts outward."),
        (-3.0, 0.0, "The thigh does not rotate, nor drift outward by more than 0°."),
        (0.5, 0.0, "The thigh may drift outward by more than 0°."),
        (3.0, 0.0, "The thigh drifts outward by more than 0°."),
    ],
)
def test_a_cutoff_is_named_only_if_an_angle_was_judged_by_it(
    abduction: float | None, cutoff: float | None, text: str
) -> None:
    straight = Observations(rotation="none", abducted="no")
    measured = None if abduction is None else angle(abduction)
    result = interpret(reading(-20, 150), RULE_SETS["execp-2021"], straight, abduction=measured)
    found = {one.criterion: one for one in result.findings}["rotation"]
    assert (found.cutoff_deg, found.text) == (cutoff, text)


def test_what_was_seen_outweighs_a_measured_abduction() -> None:
    seen = Observations(abducted="yes")
    result = interpret(reading(-20, 150), RULE_SETS["execp-2021"], seen, abduction=angle(-20.0))
    assert finding(result, "rotation") == "fail"


# --- the pattern ----------------------------------------------------------------------------

BENT, STRAIGHTER = 60.0, 60.0 - MIN_EXTENSION_DEG - 5
HIGH = 25.0
"""A failing knee, the same passively extended, and a failing thigh, degrees, in every rule-set
with a knee part."""
DROP_HALF = HALF * (2 * RANDOM_SHARE["thigh"]) ** 0.5
"""Half of the drop's interval: the random part of two readings."""


def pattern_of(
    rules: RuleSet, thigh: float, knee: float, extended: Reading | None = None
) -> tuple[Pattern, str]:
    result = interpret(reading(thigh, knee), rules, extended=extended)
    return result.pattern, result.pattern_text


@pytest.mark.parametrize("rules", WITH_KNEE, ids=lambda rules: rules.id)
def test_pattern_of_one_photo(rules: RuleSet) -> None:
    low, high, edge = rules.thigh_max_deg - CLEAR, HIGH, rules.thigh_max_deg
    bent = knee_cutoff(rules, high) + 2 * CLEAR
    rows: list[tuple[float, float, Pattern, str]] = [
        (low, bent, "none", PATTERN_TEXTS["none"]),
        (high, bent, "iliopsoas", PATTERN_TEXTS["iliopsoas"]),
        (low, BENT - 10, "rectus_femoris", PATTERN_TEXTS["rectus_femoris"]),
        (high, BENT, "both_possible", PATTERN_TEXTS["both_possible"]),
        (edge, bent, "undetermined", CLOSE_TEXTS["borderline", "pass"]),
        (low, knee_cutoff(rules, low), "undetermined", CLOSE_TEXTS["pass", "borderline"]),
        (edge, BENT - 10, "rectus_femoris", AT_LEAST_TEXTS["rectus_femoris"]),
        (high, knee_cutoff(rules, high), "iliopsoas", AT_LEAST_TEXTS["iliopsoas"]),
        (edge, knee_cutoff(rules, edge), "undetermined", PATTERN_TEXTS["undetermined"]),
    ]
    for thigh, knee, pattern, text in rows:
        assert pattern_of(rules, thigh, knee) == (pattern, text)


@pytest.mark.parametrize("rules", WITH_KNEE, ids=lambda rules: rules.id)
@pytest.mark.parametrize(
    ("measured_from", "thigh_after", "pattern", "text"),
    [
        ("cut-off", -CLEAR, "rectus_femoris", RETEST_TEXTS["rectus_femoris"]),
        ("cut-off", 0.0, "rectus_femoris_at_least", PATTERN_TEXTS["rectus_femoris_at_least"]),
        ("before", -RELEVANT_DROP_DEG, "both", PATTERN_TEXTS["both"]),  # not all the way
        ("before", -RELEVANT_DROP_DEG + DROP_HALF - 0.1, "both", PATTERN_TEXTS["both"]),
        (
            "before", -RELEVANT_DROP_DEG + DROP_HALF + 0.1, "iliopsoas",
            RETEST_TEXTS["iliopsoas"],
        ),
        ("before", 0.0, "iliopsoas", RETEST_TEXTS["iliopsoas"]),
        ("before", DROP_HALF - 0.1, "iliopsoas", RETEST_TEXTS["iliopsoas"]),
        ("before", DROP_HALF + 0.1, "undetermined", DROP_TEXTS["rose"]),
    ],
)  # fmt: skip
def test_second_photo_tells_them_apart(
    rules: RuleSet, measured_from: str, thigh_after: float, pattern: Pattern, text: str
) -> None:
    start = {"cut-off": rules.thigh_max_deg, "before": HIGH}[measured_from]
    after = reading(start + thigh_after, STRAIGHTER)
    assert pattern_of(rules, HIGH, BENT, after) == (pattern, text)


@pytest.mark.parametrize(
    ("drop", "half", "found"),
    [
        (3.0, 4.0, "undecided"),  # neither shown nor excluded
        (0.0, 4.0, "undecided"),  # a drop of 5° may hide in it
        (-0.4, 4.0, "none"),
        (5.4, 4.0, "found"),
        (5.3, 4.0, "undecided"),
        (-5.4, 4.0, "rose"),
        (2.0, 1.0, "none"),  # a drop, but not one that matters
        (4.0, 1.0, "found"),
    ],
)
def test_a_drop_that_was_not_found_is_not_one_that_was_excluded(
    drop: float, half: float, found: str
) -> None:
    first, after = reading(HIGH, BENT, half), reading(HIGH - drop, STRAIGHTER, half)
    result = interpret(first, RULE_SETS["guide"], extended=after)
    assert result.retest is not None
    assert result.retest.change.detectable_deg == pytest.approx(half * DROP_HALF / HALF)
    assert result.retest.drop == found
    assert result.retest.text == DROP_TEXTS[result.retest.drop]
    if found == "undecided":
        assert (result.pattern, result.pattern_text) == (
            "both_possible", RETEST_TEXTS["both_possible"],
        )  # fmt: skip


def test_kendalls_split_of_what_is_short() -> None:
    result = interpret(reading(15.0, 70.0), RULE_SETS["kendall"], extended=reading(6.0, 20.0))
    assert result.retest is not None
    assert result.retest.one_joint_deg == pytest.approx(6.0)
    assert result.retest.two_joint_deg == pytest.approx(25.0)
    low = interpret(reading(-5.0, 90.0), RULE_SETS["kendall"], extended=reading(-9.0, 20.0))
    assert low.retest is not None
    assert (low.retest.one_joint_deg, low.retest.two_joint_deg) == (0.0, 0.0)


def test_a_knee_that_was_not_extended_tells_nothing() -> None:
    guide = RULE_SETS["guide"]
    straight = reading(-20.0, BENT - MIN_EXTENSION_DEG)
    assert pattern_of(guide, HIGH, BENT, straight)[0] == "rectus_femoris"
    not_quite = reading(-20.0, BENT - MIN_EXTENSION_DEG + 0.1)
    pattern, text = pattern_of(guide, HIGH, BENT, not_quite)
    assert pattern == "both_possible"
    assert "not extended" in text
    clear = interpret(reading(HIGH, 120.0), guide, extended=reading(-20.0, 119.0))
    assert clear.pattern_text == PATTERN_TEXTS["iliopsoas"]
    assert clear.retest is not None
    assert (clear.retest.drop, "not extended" in clear.retest.text) == (None, True)


@pytest.mark.parametrize(
    ("thigh", "knee", "after", "pattern"),
    [
        (-20.0, 120.0, -30.0, "none"),  # what passes is left alone
        (-20.0, 40.0, -30.0, "rectus_femoris"),
        (HIGH, 120.0, -20.0, "rectus_femoris"),  # a raised thigh that a two-joint muscle holds
        (HIGH, 120.0, 15.0, "both"),
        (HIGH, 120.0, HIGH, "iliopsoas"),
        (HIGH, 80.0, HIGH, "iliopsoas"),
        (0.0, 40.0, -10.0, "rectus_femoris_at_least"),
        (0.0, 120.0, -10.0, "rectus_femoris_at_least"),
        (0.0, 120.0, 0.0, "undetermined"),
        (-20.0, 120.0, -10.0, "undetermined"),  # rose
    ],
)
def test_the_second_photo_counts_for_every_pattern(
    thigh: float, knee: float, after: float, pattern: Pattern
) -> None:
    extended = reading(after, knee - 20.0)
    assert pattern_of(RULE_SETS["guide"], thigh, knee, extended)[0] == pattern
    only = interpret(reading(thigh, knee), RULE_SETS["ferber-2010"], extended=extended)
    rose = after > thigh
    assert only.pattern == ("undetermined" if rose else "thigh_only")


@pytest.mark.parametrize("supported", [True, False])
def test_a_leg_that_is_carried_is_the_classic_test(supported: bool) -> None:
    result = interpret(reading(-10.0, 40.0), RULE_SETS["guide"], supported=supported)
    assert (finding(result, "knee") is None) == supported
    assert (result.findings[0].grade is None) == supported
    assert ("support" in result.findings[0].text) == supported
    assert result.verdict == ("pass" if supported else "fail")
    assert (result.pattern == "thigh_only") == supported
    assert ("knee" in result.standing.open) == supported
    raised = interpret(reading(20.0, 40.0), RULE_SETS["guide"], supported=True)
    assert (raised.verdict, raised.pattern) == ("fail", "thigh_only")
    assert raised.pattern_text.endswith("because the leg is supported.")
    lowest = interpret(reading(-30.0, 40.0), RULE_SETS["guide"], supported=True)
    assert lowest.findings[0].grade is None


@pytest.mark.parametrize(
    ("rules_id", "thigh", "rotation", "abducted", "also"),
    [
        ("guide", 20.0, "outward", "yes", ("tfl", "sartorius", "iliopsoas")),
        ("guide", 20.0, "inward", "yes", ("tfl", "iliopsoas")),
        ("guide", 20.0, "outward", "no", ("tfl", "sartorius", "iliopsoas")),
        ("guide", -20.0, "outward", "yes", ("tfl", "sartorius")),
        ("guide", -20.0, "inward", "no", ("tfl",)),
        ("guide", 0.0, "inward", "no", ("tfl",)),
        ("guide", 0.0, "outward", "no", ("tfl", "sartorius", "iliopsoas")),
        ("guide", 20.0, "none", "no", ()),
        ("guide", -20.0, None, None, ()),
        ("kendall", 20.0, "outward", "no", ("sartorius", "iliopsoas")),
        ("kendall", -20.0, "outward", "no", ("sartorius",)),
        ("kendall", 20.0, "inward", "no", ("tfl",)),
        ("kendall", 20.0, "outward", "yes", ("tfl", "sartorius", "iliopsoas")),
    ],
)
def test_rotation_by_anatomy_and_by_the_guide(
    rules_id: str,
    thigh: float,
    rotation: str | None,
    abducted: str | None,
    also: tuple[OtherMuscle, ...],
) -> None:
    said = Observations(rotation=rotation, abducted=abducted)  # type: ignore[arg-type]
    result = interpret(reading(thigh, 120.0), RULE_SETS[rules_id], said)
    assert result.also == also
    words = " ".join(result.also_texts)
    assert ("the guide" in words) == (
        rules_id == "guide" and (rotation == "outward" or (rotation == "inward" and thigh == 20))
    )
    if thigh < 0:
        assert "psoas" not in words, "what passes is not called short beside"
    assert "hip flexors" not in result.pattern_text or result.pattern != "none"


@pytest.mark.parametrize(("seen", "muscle"), [("drops", "tfl"), ("stays", "iliopsoas")])
def test_leading_the_raised_thigh_outward(seen: str, muscle: OtherMuscle) -> None:
    said = Observations(abducted_retest=seen)  # type: ignore[arg-type]
    for thigh in (HIGH, 0.0):
        result = interpret(reading(thigh, 120.0), RULE_SETS["guide"], said)
        assert result.also == (muscle,)
        assert result.also_texts == (ABDUCTION_TEXTS[said.abducted_retest or "drops"],)
    assert interpret(reading(-20.0, 120.0), RULE_SETS["guide"], said).also == ()


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
    assert interpret(reading(-3.0, 78.0), own).pattern == "both_possible"


@pytest.mark.parametrize(
    ("difference", "found"),
    [
        (4.0, "rose"),  # its whole interval just touches no change
        (3.99, "none"),
        (0.0, "none"),
        (-0.9, "none"),  # reaches to 4.9° at most
        (-1.0, "undecided"),  # 5° is not excluded
        (-3.99, "undecided"),
        (-4.0, "found"),
    ],
)
def test_what_a_drop_comes_to_at_its_edges(difference: float, found: str) -> None:
    assert drop_of(Difference("thigh", difference, 4.0, 4.0)) == found


def test_no_error_and_no_change_is_no_rise() -> None:
    assert drop_of(Difference("thigh", 0.0, 0.0, 0.0)) == "none"
    assert drop_of(Difference("thigh", 0.5, 0.2, 0.2)) == "rose"


def test_a_retest_keeps_what_it_was_read_from() -> None:
    extended = reading(10.0, STRAIGHTER)
    result = interpret(reading(HIGH, BENT), RULE_SETS["guide"], extended=extended)
    assert result.retest is not None
    assert result.retest.reading is extended
    assert result.retest.knee_extended is True
    assert result.retest.change.quantity == "thigh"
    assert result.retest.thigh_verdict == "fail"


def test_an_undecided_drop_leaves_the_text_of_a_clear_pattern() -> None:
    undecided = reading(HIGH - 3.0, 100.0, 4.0)
    result = interpret(reading(HIGH, 130.0, 4.0), RULE_SETS["guide"], extended=undecided)
    assert result.retest is not None
    assert result.retest.drop == "undecided"
    assert (result.pattern, result.pattern_text) == ("iliopsoas", PATTERN_TEXTS["iliopsoas"])


def test_a_leg_on_its_support_says_so_in_full() -> None:
    result = interpret(reading(-10.0, 40.0), RULE_SETS["guide"], supported=True)
    assert result.findings[0].text == (
        "The thigh rests on its support, at or below its cut-off; it could not drop further."
    )


def test_a_knee_that_gravity_bends_no_further_says_so_in_full() -> None:
    result = interpret(reading(-20.0, 70.0, 3.0), RULE_SETS["magee"])
    knee = result.findings[1]
    assert (knee.verdict, knee.cutoff_deg) == ("borderline", 90.0)
    assert knee.text == (
        "The knee is straighter than 90°, but the shank may hang plumb: gravity bends it no further."
    )
    wide = RuleSet(
        id="own", version="1", title="Own", thigh_max_deg=0.0, knee_min_deg=89.0,
        knee_follows_thigh="both", citation="None.",
    )  # fmt: skip
    held = interpret(reading(-20.0, 65.0, 1.0), wide).findings[1]
    assert held.verdict == "borderline"
    assert held.shortage_deg == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("said", "criterion", "verdict", "text"),
    [
        ({"hip_pain": "yes"}, "pain", "fail",
         "Pain in the hip during the test: rule out a joint condition."),
        ({"knee_pain": "yes", "hip_pain": "no"}, "pain", "fail",
         "Pain in the knee during the test: rule out a joint condition."),
        ({"hip_pain": "yes", "knee_pain": "yes"}, "pain", "fail",
         "Pain in the hip and the knee during the test: rule out a joint condition."),
        ({"hip_pain": "no", "knee_pain": "no"}, "pain", "pass", "No pain in hip or knee."),
        ({"rotation": "outward"}, "rotation", "fail", "The thigh rotates outward."),
        ({"rotation": "inward", "abducted": "yes"}, "rotation", "fail",
         "The thigh rotates inward and drifts outward."),
        ({"abducted": "yes"}, "rotation", "fail", "The thigh drifts outward."),
        ({"rotation": "none", "abducted": "no"}, "rotation", "pass",
         "The thigh neither rotates nor drifts outward."),
    ],
)  # fmt: skip
def test_what_was_answered_in_words(
    said: dict[str, Any], criterion: Criterion, verdict: Verdict, text: str
) -> None:
    result = interpret(reading(-10.0, 80.0), RULE_SETS["guide"], Observations(**said))
    found = next(one for one in result.findings if one.criterion == criterion)
    assert (found.verdict, found.text, found.cutoff_deg) == (verdict, text, None)


@pytest.mark.parametrize(
    ("abduction", "verdict", "text"),
    [
        (-3.0, "pass", "The thigh does not rotate, nor drift outward by more than 0°."),
        (0.5, "borderline", "The thigh may drift outward by more than 0°."),
        (3.0, "fail", "The thigh drifts outward by more than 0°."),
    ],
)
def test_a_measured_drift_in_words(abduction: float, verdict: Verdict, text: str) -> None:
    said = Observations(rotation="none")
    rules = RULE_SETS["execp-2021"]
    result = interpret(reading(-10.0, 80.0), rules, said, abduction=angle(abduction))
    found = next(one for one in result.findings if one.criterion == "rotation")
    assert (found.verdict, found.text, found.cutoff_deg) == (verdict, text, 0.0)
