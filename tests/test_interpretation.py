"""From angles to words: both sides of every cut-off, the cut-off itself, and the refusal."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.angles import Z95, Angle, Reading, shank_from_plumb_deg
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import Verdict, judge
from vision.interpretation import Interpretation, interpret
from vision.patterns import AT_LEAST_TEXTS, CLOSE_TEXTS, PATTERN_TEXTS, Pattern

GUIDE = RULE_SETS["guide"]
HALF = 4.0  # of every 95 % interval here, degrees
TOUCH = 1e-9


def angle(value: float, half: float = HALF) -> Angle:
    return Angle(value, half / Z95, 0.0)


def reading(thigh: float, knee: float, half: float = HALF) -> Reading:
    shank = angle(shank_from_plumb_deg(thigh, knee), half)
    return Reading(angle(thigh, half), angle(knee, half), shank)


def read(thigh: float, knee: float, rules: RuleSet = GUIDE, half: float = HALF) -> Interpretation:
    return interpret(reading(thigh, knee, half), rules)


# --- one interval against one cut-off ---------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "below", "above"),
    [
        ((-9.0, -1.0), "pass", "fail"),
        ((-8.0, 0.0), "pass", "borderline"),  # the cut-off itself is on the good side
        ((-8.0, 0.1), "borderline", "borderline"),
        ((-4.0, 4.0), "borderline", "borderline"),
        ((-0.1, 8.0), "borderline", "borderline"),
        ((0.0, 8.0), "borderline", "pass"),
        ((0.1, 8.0), "fail", "pass"),
        ((0.0, 0.0), "pass", "pass"),
    ],
)
def test_interval_and_cutoff(interval: tuple[float, float], below: str, above: str) -> None:
    assert judge(interval, 0.0, good_below=True) == below
    assert judge(interval, 0.0, good_below=False) == above


@given(
    middle=st.integers(-90, 90),
    half=st.integers(0, 40),
    cutoff=st.integers(-90, 90),
    shift=st.integers(-90, 90),
)
def test_verdict_depends_only_on_the_distance(
    middle: int, half: int, cutoff: int, shift: int
) -> None:
    interval = (float(middle - half), float(middle + half))
    moved = (interval[0] + shift, interval[1] + shift)
    mirrored = (-interval[1], -interval[0])
    verdict = judge(interval, cutoff, good_below=True)
    assert judge(moved, cutoff + shift, good_below=True) == verdict
    assert judge(mirrored, -cutoff, good_below=False) == verdict
    assert (verdict == "borderline") == (middle - half <= cutoff < middle + half)


# --- thigh and knee -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thigh", "verdict"),
    [
        (-HALF - 0.1, "pass"),
        (-HALF + 0.1, "borderline"),
        (0.0, "borderline"),
        (HALF - 0.1, "borderline"),
        (HALF + 0.1, "fail"),
    ],
)
def test_thigh_on_both_sides_of_its_cutoff(thigh: float, verdict: Verdict) -> None:
    reading = read(thigh, 110)
    assert reading.findings[0].criterion == "thigh"
    assert reading.findings[0].verdict == verdict
    assert reading.findings[0].cutoff_deg == GUIDE.thigh_max_deg
    assert reading.verdict == verdict


@pytest.mark.parametrize("thigh", [-30.0, -13.0, -0.1, 0.0])
@pytest.mark.parametrize(
    ("above_cutoff", "verdict"),
    [
        (HALF + 0.1, "pass"),
        (HALF - 0.1, "borderline"),
        (0.0, "borderline"),
        (-HALF + 0.1, "borderline"),
        (-HALF - 0.1, "fail"),
    ],
)
def test_knee_on_both_sides_of_its_cutoff(
    thigh: float, above_cutoff: float, verdict: Verdict
) -> None:
    assert GUIDE.knee_min_deg is not None
    cutoff = GUIDE.knee_min_deg + thigh
    found = read(thigh, cutoff + above_cutoff).findings[1]
    assert found.criterion == "knee"
    assert found.verdict == verdict
    assert found.cutoff_deg == cutoff


def test_an_exact_angle_on_its_cutoff_passes() -> None:
    assert GUIDE.knee_min_deg is not None
    reading = read(GUIDE.thigh_max_deg, GUIDE.knee_min_deg, half=0.0)
    assert reading.verdict == "pass"
    assert read(GUIDE.thigh_max_deg + TOUCH, GUIDE.knee_min_deg, half=0.0).verdict == "fail"
    assert read(GUIDE.thigh_max_deg, GUIDE.knee_min_deg - TOUCH, half=0.0).verdict == "fail"


# --- the two together ---------------------------------------------------------------------------

GOOD_THIGH, CLOSE_THIGH, BAD_THIGH = -20.0, 0.0, 20.0
GOOD_KNEE, CLOSE_KNEE, BAD_KNEE = 110.0, 60.0, 20.0
"""With the good thigh, which takes the knee's cut-off down to 60°."""


@pytest.mark.parametrize(
    ("thigh", "knee", "verdict", "pattern", "text"),
    [
        (GOOD_THIGH, GOOD_KNEE, "pass", "none", PATTERN_TEXTS["none"]),
        (BAD_THIGH, GOOD_KNEE, "fail", "iliopsoas", PATTERN_TEXTS["iliopsoas"]),
        (GOOD_THIGH, BAD_KNEE, "fail", "rectus_femoris", PATTERN_TEXTS["rectus_femoris"]),
        (BAD_THIGH, BAD_KNEE, "fail", "both_possible", PATTERN_TEXTS["both_possible"]),
        (
            CLOSE_THIGH, GOOD_KNEE, "borderline", "undetermined",
            CLOSE_TEXTS["borderline", "pass"],
        ),
        (
            GOOD_THIGH, CLOSE_KNEE, "borderline", "undetermined",
            CLOSE_TEXTS["pass", "borderline"],
        ),
        (CLOSE_THIGH, 80.0, "borderline", "undetermined", PATTERN_TEXTS["undetermined"]),
        (CLOSE_THIGH, BAD_KNEE, "fail", "rectus_femoris", AT_LEAST_TEXTS["rectus_femoris"]),
        (BAD_THIGH, 80.0, "fail", "iliopsoas", AT_LEAST_TEXTS["iliopsoas"]),
    ],
)  # fmt: skip
def test_worst_finding_and_pattern(
    thigh: float, knee: float, verdict: Verdict, pattern: Pattern, text: str
) -> None:
    reading = read(thigh, knee)
    assert (reading.verdict, reading.pattern) == (verdict, pattern)
    assert reading.pattern_text == text
    assert reading.rules is GUIDE


def test_rules_without_a_knee_part_neither_name_nor_clear_the_rectus_femoris() -> None:
    thigh_only = replace(GUIDE, id="thigh-only", knee_min_deg=None, knee_follows_thigh="never")
    for thigh, verdict in ((GOOD_THIGH, "pass"), (CLOSE_THIGH, "borderline"), (BAD_THIGH, "fail")):
        for knee in (GOOD_KNEE, BAD_KNEE):
            found = read(thigh, knee, thigh_only)
            assert [finding.criterion for finding in found.findings] == ["thigh"]
            assert (found.verdict, found.pattern) == (verdict, "thigh_only")
            assert "rectus" not in found.pattern_text
            assert found.pattern_text.endswith("; this rule does not judge the knee.")


def test_cutoffs_come_from_the_rules() -> None:
    strict = replace(GUIDE, thigh_max_deg=-15.0, thigh_optimal_deg=None, knee_min_deg=90.0)
    assert read(-10.0, GOOD_KNEE).verdict == "pass"
    assert read(-10.0, GOOD_KNEE, strict).verdict == "fail"
    assert read(GOOD_THIGH, 63.0, half=1.0).verdict == "pass"
    assert read(GOOD_THIGH, 63.0, strict, half=1.0).verdict == "fail"


# --- refusal ------------------------------------------------------------------------------------


def assert_refused(reading: Interpretation) -> None:
    assert reading.verdict == "not_measurable"
    assert reading.findings == ()
    assert reading.pattern == "undetermined"
    assert "nothing is suggested" in reading.pattern_text
    assert (reading.also, reading.standing.provisional) == ((), "")
    assert reading.standing.status == "provisional"
    assert reading.standing.done == ()


def test_without_angles_there_is_no_verdict() -> None:
    assert_refused(interpret(None, GUIDE))


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thigh", "words"),
    [
        (CLOSE_THIGH, "The thigh is too close to horizontal to call."),
        (BAD_THIGH, "The thigh stays above horizontal."),
        (-15.0, "The thigh rests near 10° below horizontal: optimal."),
        (-5.0, "The thigh rests near 10° below horizontal: optimal."),
        (-15.1, "The thigh rests at or below horizontal."),
        (-4.9, "The thigh rests at or below horizontal."),
        (-20.0 - HALF, "The thigh rests at or below horizontal."),
        (
            -20.1 - HALF,
            "The thigh hangs lower than most: check that the lower back stayed down; nothing "
            "here needs stretching.",
        ),
    ],
)
def test_words_of_the_thigh(thigh: float, words: str) -> None:
    assert read(thigh, GOOD_KNEE).findings[0].text == words


@pytest.mark.parametrize(
    ("cutoff", "words"), [(5.0, "5° above horizontal"), (-9.69, "9.69° below horizontal")]
)
def test_words_name_a_cutoff_that_is_not_horizontal(cutoff: float, words: str) -> None:
    rules = replace(GUIDE, thigh_max_deg=cutoff, thigh_optimal_deg=None)
    for beyond, text in (
        (-HALF - 0.1, f"The thigh rests at or below {words}."),
        (0.0, f"The thigh is too close to {words} to call."),
        (HALF + 0.1, f"The thigh stays above {words}."),
    ):
        assert read(cutoff + beyond, GOOD_KNEE, rules).findings[0].text == text


@pytest.mark.parametrize(
    ("optimum", "words"),
    [(0.0, "horizontal"), (3.5, "3.5° above horizontal"), (-7.0, "7° below horizontal")],
)
def test_words_name_the_optimum(optimum: float, words: str) -> None:
    rules = replace(GUIDE, thigh_max_deg=20.0, thigh_optimal_deg=optimum)
    text = f"The thigh rests near {words}: optimal."
    assert read(optimum, GOOD_KNEE, rules).findings[0].text == text


@pytest.mark.parametrize(
    ("knee", "words"),
    [
        (GOOD_KNEE, "The knee hangs bent by at least 60°."),
        (CLOSE_KNEE, "The knee is too close to 60° of flexion to call."),
        (BAD_KNEE, "The knee hangs straighter than 60° of flexion."),
    ],
)
def test_words_of_the_knee(knee: float, words: str) -> None:
    assert read(GOOD_THIGH, knee).findings[1].text == words


def test_words_of_a_knee_that_gravity_bends_no_further() -> None:
    found = read(-30.0, 64.0, RULE_SETS["magee"], half=1.0).findings[1]
    assert found.verdict == "borderline"
    assert found.text == (
        "The knee is straighter than 90°, but the shank may hang plumb: gravity bends it no further."
    )


def test_words_of_a_thigh_on_a_support() -> None:
    resting = interpret(reading(-10, 10), GUIDE, supported=True).findings
    assert [(one.criterion, one.grade) for one in resting] == [("thigh", None)]
    assert resting[0].text == (
        "The thigh rests on its support, at or below its cut-off; it could not drop further."
    )
    raised = interpret(reading(BAD_THIGH, 10), GUIDE, supported=True).findings
    assert (raised[0].verdict, raised[0].text) == ("fail", "The thigh stays above horizontal.")


@pytest.mark.parametrize(
    ("thigh", "knee", "pattern", "words"),
    [
        (
            BAD_THIGH - 30, 40 - 14.9, "both_possible",
            "The knee was not extended in the second photo, so it cannot tell the iliopsoas from "
            "the rectus femoris: take it again with the knee held straighter.",
        ),
        (
            BAD_THIGH + 20, 40 - 15, "undetermined",
            "The thigh rose when the knee was extended, which does not fit: repeat both photos.",
        ),
    ],
)  # fmt: skip
def test_a_second_photo_that_tells_nothing_says_why(
    thigh: float, knee: float, pattern: Pattern, words: str
) -> None:
    judged = interpret(reading(BAD_THIGH, 40), GUIDE, extended=reading(thigh, knee))
    assert (judged.pattern, judged.pattern_text) == (pattern, words)


def test_every_pattern_has_words_that_suggest_and_never_diagnose() -> None:
    assert set(PATTERN_TEXTS) == set(get_args(Pattern))
    texts = " ".join(PATTERN_TEXTS.values()).lower()
    assert "suggests" in texts
    assert "diagnos" not in texts
    assert "you have" not in texts
