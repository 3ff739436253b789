"""What gravity allows: the shank against the plumb line, and verdicts without jumps.

The plane of thigh and knee is swept for every rule-set, with errors from none to large.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stick_figure import StickFigure, measure_figure, measure_people
from vision.angles import (
    PLUMB_WITHIN_DEG,
    Z95,
    Angle,
    Reading,
    reading_by_hand,
    shank_from_plumb_deg,
)
from vision.criteria import RULE_SETS, RuleSet
from vision.findings import SEVERITY
from vision.interpretation import interpret
from vision.observations import NOTHING_OBSERVED

STEP = 0.25
"""Between two neighbours in the plane, degrees: less than half of any interval here."""
OWN = RuleSet(
    id="own", version="1", title="Own", thigh_max_deg=-4.5, knee_min_deg=61.5,
    knee_follows_thigh="below", citation="None.",
)  # fmt: skip
RULES = (*RULE_SETS.values(), OWN)
HALVES = st.tuples(*(st.floats(1.0, 12.0) for _ in range(3)))
THIGH, KNEE = st.floats(-60, 60), st.floats(0, 150)


def reading(thigh: float, knee: float, halves: tuple[float, float, float]) -> Reading:
    values = (thigh, knee, shank_from_plumb_deg(thigh, knee))
    return Reading(*(Angle(value, half / Z95, 0.0) for value, half in zip(values, halves)))  # noqa: B905


# --- the angle itself -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thigh", "knee", "shank"),
    [
        (0.0, 90.0, 0.0),
        (-10.0, 80.0, 0.0),
        (12.0, 102.0, 0.0),
        (-10.0, 60.0, 20.0),  # the foot forward
        (-20.0, 105.0, -35.0),  # pulled back
        (10.0, 0.0, 100.0),
    ],
)
def test_zero_hangs_plumb_and_the_foot_forward_counts_up(
    thigh: float, knee: float, shank: float
) -> None:
    assert shank_from_plumb_deg(thigh, knee) == pytest.approx(shank)


@given(thigh=st.floats(-35, 30), swing=st.floats(-25, 60), roll=st.floats(-8, 8))
def test_it_is_the_shanks_direction_in_the_levelled_photo(
    thigh: float, swing: float, roll: float
) -> None:
    figure = StickFigure(thigh_deg=thigh, knee_deg=90 + thigh - swing, roll_deg=roll)
    result = measure_figure(figure)
    assert result.angles is not None
    assert result.angles.shank_from_plumb.value_deg == pytest.approx(swing, abs=0.01)


def test_its_error_is_its_own_and_not_the_thighs_and_knees_added_up() -> None:
    result = measure_figure(StickFigure(thigh_deg=-10, knee_deg=78))
    assert result.reading is not None
    thigh, knee = result.reading.thigh, result.reading.knee_flexion
    added = reading_by_hand(thigh, knee).shank_from_plumb
    assert result.reading.shank_from_plumb.value_deg == pytest.approx(added.value_deg)
    assert result.reading.shank_from_plumb.sigma_deg < 0.9 * added.sigma_deg


def test_the_level_counts_for_the_shank_as_for_the_thigh() -> None:
    known = measure_figure(StickFigure())
    unknown = measure_people([StickFigure().person()], level_deg=None)
    for one in ("thigh", "shank_from_plumb"):
        sure, unsure = (getattr(result.reading, one).sigma_deg for result in (known, unknown))
        assert unsure > sure, one
    assert known.reading is not None
    assert unknown.reading is not None
    assert unknown.reading.knee_flexion.sigma_deg == known.reading.knee_flexion.sigma_deg


# --- a leg that hangs plumb -----------------------------------------------------------------


@given(thigh=THIGH, off=st.floats(-PLUMB_WITHIN_DEG, PLUMB_WITHIN_DEG), halves=HALVES)
def test_no_plumb_shank_ever_fails(
    thigh: float, off: float, halves: tuple[float, float, float]
) -> None:
    for rules in RULES:
        found = interpret(reading(thigh, 90 + thigh - off, halves), rules)
        verdicts = {one.criterion: one.verdict for one in found.findings}
        assert verdicts.get("knee") != "fail", rules.id
        assert found.pattern not in ("rectus_femoris", "both_possible"), rules.id


@pytest.mark.parametrize("thigh", [-30.0, -20.0, -13.0, -10.0, -5.0])
def test_a_low_thigh_with_a_plumb_shank_passes_the_guide(thigh: float) -> None:
    for off in (-3.0, 0.0, 5.0):
        found = interpret(reading(thigh, 90 + thigh - off, (4.0, 6.0, 4.9)), RULE_SETS["guide"])
        assert (found.verdict, found.pattern) == ("pass", "none")
    assert found.findings[1].cutoff_deg == pytest.approx(80 + thigh)


@pytest.mark.parametrize(
    ("shank", "half", "up"),
    [(-9.9, 4.8, True), (-9.9, 5.0, False), (-5.1, 0.0, True), (-5.0, 0.0, False), (8, 1, False)],
)
def test_a_shank_behind_the_plumb_line_is_not_a_free_one(
    shank: float, half: float, up: bool
) -> None:
    found = interpret(reading(-10.0, 80.0 - shank, (4.0, 6.0, half)), RULE_SETS["guide"])
    assert found.past_plumb == up
    assert ("held back" in found.standing.detail) is False, "the lower back weighs more"
    measured = measure_figure(StickFigure(thigh_deg=-10, knee_deg=80.0 - shank))
    codes = [flag.kind.code for flag in measured.quality.flags]
    assert measured.reading is not None
    assert ("shank_past_plumb" in codes) == measured.reading.past_plumb


def test_a_leg_pulled_far_back_is_flagged_and_provisional() -> None:
    pulled = measure_figure(StickFigure(thigh_deg=-20, knee_deg=105))
    flag = next(one for one in pulled.quality.flags if one.kind.code == "shank_past_plumb")
    assert flag.value == pytest.approx(-35.0)
    assert (flag.limit, flag.unit) == (-5.0, "degrees")
    assert not flag.kind.blocking
    assert pulled.interpretation.standing.status == "provisional"
    free = measure_figure(StickFigure(thigh_deg=-20, knee_deg=70))
    assert not free.quality.raised("shank_past_plumb")


# --- no jumps -------------------------------------------------------------------------------


@given(thigh=THIGH, knee=KNEE, halves=HALVES)
def test_verdicts_change_one_step_at_a_time(
    thigh: float, knee: float, halves: tuple[float, float, float]
) -> None:
    """From one point of the plane to its neighbour no criterion leaps from pass to fail."""
    here = reading(thigh, knee, halves)
    neighbours = [
        reading(thigh + dx, knee + dy, halves) for dx in (-STEP, 0, STEP) for dy in (-STEP, 0, STEP)
    ]
    for rules in RULES:
        own = interpret(here, rules)
        for other in (interpret(one, rules) for one in neighbours):
            for first, second in zip(own.findings, other.findings, strict=True):
                steps = SEVERITY.index(first.verdict), SEVERITY.index(second.verdict)
                assert abs(steps[0] - steps[1]) <= 1, (rules.id, first, second)


@given(thigh=THIGH, knee=KNEE, halves=HALVES)
def test_the_reported_cut_off_has_no_kink_that_leaps(
    thigh: float, knee: float, halves: tuple[float, float, float]
) -> None:
    for rules in RULES:
        here, there = (
            interpret(reading(at, knee, halves), rules).findings for at in (thigh, thigh + STEP)
        )
        for first, second in zip(here, there, strict=True):
            assert first.cutoff_deg is not None
            assert second.cutoff_deg is not None
            assert abs(second.cutoff_deg - first.cutoff_deg) <= STEP + 1e-9
            if first.shortage_deg is not None and second.shortage_deg is not None:
                assert abs(second.shortage_deg - first.shortage_deg) <= STEP + 1e-9


@given(thigh=THIGH, knee=KNEE, halves=HALVES, more=st.floats(0, 30))
def test_a_better_leg_is_never_judged_worse(
    thigh: float, knee: float, halves: tuple[float, float, float], more: float
) -> None:
    """More flexion of the knee never makes the knee's verdict worse, a lower thigh the thigh's."""
    for rules in RULES:
        verdicts = [
            {one.criterion: SEVERITY.index(one.verdict) for one in interpret(at, rules).findings}
            for at in (
                reading(thigh, knee, halves),
                reading(thigh, knee + more, halves),
                reading(thigh - more, knee, halves),
            )
        ]
        if "knee" in verdicts[0]:
            assert verdicts[1]["knee"] <= verdicts[0]["knee"]
        assert verdicts[2]["thigh"] <= verdicts[0]["thigh"]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.id)
def test_the_cut_off_is_the_one_that_judges(rules: RuleSet) -> None:
    """With no error at all the verdict turns exactly at the cut-off that is reported."""
    sure = (0.0, 0.0, 0.0)
    for thigh in (-30.0, -13.0, -0.1, 0.0, 0.1, 20.0):
        cutoff = rules.knee_cutoff_deg(thigh)
        if cutoff is None:
            assert rules.shank_max_deg is None
            continue
        at, below = (
            interpret(reading(thigh, knee, sure), rules).findings[1]
            for knee in (cutoff + 1e-9, cutoff - 1e-6)
        )
        assert at.verdict == "pass"
        assert at.cutoff_deg == pytest.approx(cutoff)
        plumb = shank_from_plumb_deg(thigh, cutoff - 1e-6) <= PLUMB_WITHIN_DEG
        assert below.verdict == ("borderline" if plumb else "fail")
        assert ("gravity" in below.text) == plumb


def test_a_strict_rule_still_fails_a_knee_that_is_held_straight() -> None:
    straight = reading(-10.0, 40.0, (2.0, 3.0, 3.0))
    for rules in RULES:
        found = {one.criterion: one.verdict for one in interpret(straight, rules).findings}
        assert found.get("knee") in (None, "fail"), rules.id
    never = replace(RULE_SETS["magee"], knee_min_deg=170.0)
    found_never = interpret(straight, never, NOTHING_OBSERVED)
    assert found_never.findings[1].verdict == "fail"
