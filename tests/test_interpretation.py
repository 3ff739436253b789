"""From angles to words: both sides of every cut-off, the cut-off itself, and the refusal."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.angles import Z95, Angle, Reading
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import Verdict, judge
from vision.interpretation import (
    PATTERN_TEXTS,
    Interpretation,
    Pattern,
    interpret,
)

GUIDE = RULE_SETS["guide"]
HALF = 4.0  # of every 95 % interval here, degrees
TOUCH = 1e-9


def angle(value: float, half: float = HALF) -> Angle:
    return Angle(value, half / Z95, 0.0)


def reading(thigh: float, knee: float, half: float = HALF) -> Reading:
    return Reading(angle(thigh, half), angle(knee, half))


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
def test_knee_on_both_sides_of_its_cutoff(above_cutoff: float, verdict: Verdict) -> None:
    assert GUIDE.knee_min_deg is not None
    reading = read(-30, GUIDE.knee_min_deg + above_cutoff)
    assert reading.findings[1].criterion == "knee"
    assert reading.findings[1].verdict == verdict
    assert reading.findings[1].cutoff_deg == GUIDE.knee_min_deg
    assert reading.verdict == verdict


def test_an_exact_angle_on_its_cutoff_passes() -> None:
    assert GUIDE.knee_min_deg is not None
    reading = read(GUIDE.thigh_max_deg, GUIDE.knee_min_deg, half=0.0)
    assert reading.verdict == "pass"
    assert read(GUIDE.thigh_max_deg + TOUCH, GUIDE.knee_min_deg, half=0.0).verdict == "fail"
    assert read(GUIDE.thigh_max_deg, GUIDE.knee_min_deg - TOUCH, half=0.0).verdict == "fail"


# --- the two together ---------------------------------------------------------------------------

GOOD_THIGH, CLOSE_THIGH, BAD_THIGH = -20.0, 0.0, 20.0
GOOD_KNEE, CLOSE_KNEE, BAD_KNEE = 110.0, 80.0, 40.0


@pytest.mark.parametrize(
    ("thigh", "knee", "verdict", "pattern"),
    [
        (GOOD_THIGH, GOOD_KNEE, "pass", "none"),
        (BAD_THIGH, GOOD_KNEE, "fail", "iliopsoas"),
        (GOOD_THIGH, BAD_KNEE, "fail", "rectus_femoris"),
        (BAD_THIGH, BAD_KNEE, "fail", "both_possible"),
        (CLOSE_THIGH, GOOD_KNEE, "borderline", "undetermined"),
        (GOOD_THIGH, CLOSE_KNEE, "borderline", "undetermined"),
        (CLOSE_THIGH, CLOSE_KNEE, "borderline", "undetermined"),
        (CLOSE_THIGH, BAD_KNEE, "fail", "undetermined"),
        (BAD_THIGH, CLOSE_KNEE, "fail", "undetermined"),
    ],
)
def test_worst_finding_and_pattern(
    thigh: float, knee: float, verdict: Verdict, pattern: Pattern
) -> None:
    reading = read(thigh, knee)
    assert (reading.verdict, reading.pattern) == (verdict, pattern)
    assert reading.pattern_text == PATTERN_TEXTS[pattern]
    assert reading.rules is GUIDE


def test_rules_without_a_knee_part_judge_the_thigh_alone() -> None:
    thigh_only = replace(GUIDE, id="thigh-only", knee_min_deg=None)
    passed, failed = read(GOOD_THIGH, BAD_KNEE, thigh_only), read(BAD_THIGH, BAD_KNEE, thigh_only)
    assert [finding.criterion for finding in passed.findings] == ["thigh"]
    assert (passed.verdict, passed.pattern) == ("pass", "none")
    assert (failed.verdict, failed.pattern) == ("fail", "iliopsoas")


def test_cutoffs_come_from_the_rules() -> None:
    strict = replace(GUIDE, thigh_max_deg=-15.0, thigh_optimal_deg=None, knee_min_deg=100.0)
    assert read(-10.0, GOOD_KNEE).verdict == "pass"
    assert read(-10.0, GOOD_KNEE, strict).verdict == "fail"
    assert read(GOOD_THIGH, 90.0).verdict == "pass"
    assert read(GOOD_THIGH, 90.0, strict).verdict == "fail"


# --- refusal ------------------------------------------------------------------------------------


def assert_refused(reading: Interpretation) -> None:
    assert reading.verdict == "not_measurable"
    assert reading.findings == ()
    assert reading.pattern == "undetermined"
    assert "nothing is suggested" in reading.pattern_text
    assert (reading.also, reading.provisional) == ((), "")


def test_without_angles_there_is_no_verdict() -> None:
    assert_refused(interpret(None, GUIDE))


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thigh", "words"),
    [
        (GUIDE.thigh_max_deg - HALF - 1, "at or below horizontal"),
        (CLOSE_THIGH, "too close to horizontal"),
        (BAD_THIGH, "stays above horizontal"),
        (-10.0, "10° or more below horizontal: optimal"),
        (-9.9, "at or below horizontal"),
    ],
)
def test_words_of_the_thigh(thigh: float, words: str) -> None:
    assert words in read(thigh, GOOD_KNEE).findings[0].text


@pytest.mark.parametrize(
    ("knee", "words"),
    [
        (GOOD_KNEE, "bent by at least 80°"),
        (CLOSE_KNEE, "too close to 80°"),
        (BAD_KNEE, "straighter than 80°"),
    ],
)
def test_words_of_the_knee(knee: float, words: str) -> None:
    assert words in read(GOOD_THIGH, knee).findings[1].text


def test_words_name_a_cutoff_that_is_not_horizontal() -> None:
    text = read(BAD_THIGH, GOOD_KNEE, replace(GUIDE, thigh_max_deg=5.0)).findings[0].text
    assert "5° above horizontal" in text
    text = read(BAD_THIGH, GOOD_KNEE, RULE_SETS["ferber-2010"]).findings[0].text
    assert "9.69° below horizontal" in text


@pytest.mark.parametrize(
    ("thigh", "knee", "pattern", "words"),
    [
        (
            BAD_THIGH - 30, BAD_KNEE - 14.9, "both_possible",
            "The knee was not extended in the second photo, so it cannot tell the iliopsoas from "
            "the rectus femoris: take it again with the knee held straighter.",
        ),
        (
            BAD_THIGH + 20, BAD_KNEE - 15, "undetermined",
            "The thigh rose when the knee was extended, which does not fit: repeat both photos.",
        ),
    ],
)  # fmt: skip
def test_a_second_photo_that_tells_nothing_says_why(
    thigh: float, knee: float, pattern: Pattern, words: str
) -> None:
    judged = interpret(reading(BAD_THIGH, BAD_KNEE), GUIDE, extended=reading(thigh, knee))
    assert (judged.pattern, judged.pattern_text) == (pattern, words)


def test_every_pattern_has_words_that_suggest_and_never_diagnose() -> None:
    assert set(PATTERN_TEXTS) == set(get_args(Pattern))
    texts = " ".join(PATTERN_TEXTS.values()).lower()
    assert "suggests" in texts
    assert "diagnos" not in texts
    assert "you have" not in texts
