"""What one body does, and what many passes say of it together."""

from dataclasses import replace

import numpy as np
import pytest

from stick_figure import StickFigure
from vision.cues import CUES, Refusal
from vision.figure import Sighting, figure_of
from vision.position import UPRIGHT_TRUNK_DEG, doubt, leg_supported, posture, read_cues, strain

LYING = StickFigure()
PLACES = {kind.name: place for place, kind in enumerate(CUES)}


def posture_of(figure: StickFigure) -> Refusal | None:
    return posture(figure_of(Sighting(figure.person())))


@pytest.mark.parametrize(
    ("figure", "found"),
    [
        (StickFigure(thigh_deg=0, held_deg=3, trunk_deg=-80), "sitting"),
        (StickFigure(thigh_deg=-45, held_deg=-45, trunk_deg=-80), "sitting"),
        (StickFigure(thigh_deg=-55, held_deg=-55, trunk_deg=-80), "standing"),
        (StickFigure(thigh_deg=-85, knee_deg=0, held_deg=0, trunk_deg=-80), "standing"),
        (StickFigure(thigh_deg=-177, held_deg=-177, trunk_deg=-80), "sitting"),
        (StickFigure(thigh_deg=-130.5, held_deg=-130.5, trunk_deg=-80), "sitting"),  # the other way
        (StickFigure(thigh_deg=-85, knee_deg=0, held_deg=-85, held_knee_deg=0, trunk_deg=-40), "standing"),
        (StickFigure(thigh_deg=-5, knee_deg=2, held_deg=-3, held_knee_deg=3), "both_legs_down"),
    ],
    ids=["sits", "sits low", "stands", "stands on one leg", "sits facing back", "sits low facing back", "bends over", "lies straight"],
)  # fmt: skip
def test_upright_bent_over_and_lying_are_told_apart(figure: StickFigure, found: Refusal) -> None:
    assert posture_of(figure) == found


@pytest.mark.parametrize(("part", "found"), [(1.3, None), (1.7, "knee_not_held")])
def test_a_single_pass_is_allowed_more_than_the_median_of_all(
    part: float, found: Refusal | None
) -> None:
    held = CUES[PLACES["knee_held"]]
    gap = held.limit + part * (held.impossible - held.limit)
    assert posture_of(replace(LYING, hand_gap=gap)) == found


def test_who_is_upright_is_further_from_the_test_position_the_steeper() -> None:
    upright = StickFigure(thigh_deg=0, held_deg=3, trunk_deg=-80)
    cues = read_cues([Sighting(upright.person())])
    distance = doubt(figure_of(Sighting(upright.person())))
    assert distance == pytest.approx(80 - UPRIGHT_TRUNK_DEG + strain(cues))
    assert doubt(figure_of(Sighting(LYING.person()))) == 0.0


# --- many passes --------------------------------------------------------------------------------


@pytest.mark.parametrize("passes", [1, 2, 3, 4, 7, 8])
def test_the_median_counts_and_of_the_held_knee_the_better_quartile(
    passes: int, rng: np.random.Generator
) -> None:
    knees = rng.uniform(70, 130, passes)
    thighs = rng.uniform(100, 150, passes)
    seen = [
        Sighting(replace(LYING, held_knee_deg=float(knee), held_deg=float(thigh)).person())
        for knee, thigh in zip(knees, thighs, strict=True)
    ]
    cues = read_cues(seen)
    folded, bent = cues[PLACES["held_thigh_folded"]], cues[PLACES["held_knee_bent"]]
    assert folded.value == pytest.approx(np.median(thighs))
    assert bent.value == pytest.approx(np.quantile(knees, 0.75))


@pytest.mark.parametrize(("steep", "known"), [(8, True), (5, True), (4, False), (3, False)])
def test_a_cue_that_applies_in_half_of_the_passes_or_less_is_not_known(
    steep: int, known: bool
) -> None:
    hanging, level = LYING.person(), replace(LYING, knee_deg=40).person()
    seen = [Sighting(hanging)] * steep + [Sighting(level)] * (8 - steep)
    foot = read_cues(seen)[PLACES["foot_free"]]
    assert (foot.value is not None) is known
    assert foot.ok


def test_nobody_has_no_cues() -> None:
    assert read_cues([]) == ()
    assert not leg_supported([], 0.0)


@pytest.mark.parametrize("pelvis_turn", [-0.3, 0.3])
@pytest.mark.parametrize("near", [True, False])
def test_a_leg_lies_as_seen_from_its_own_hip(pelvis_turn: float, near: bool) -> None:
    turned = replace(LYING, pelvis_turn=pelvis_turn, near=near)
    flat = replace(turned, thigh_deg=9.0, knee_deg=0.0)
    on_heel = replace(turned, thigh_deg=19.0, knee_deg=50.0, toes_deg=100.0)
    for figure in (flat, on_heel):
        assert leg_supported([Sighting(figure.person())], 0.0)


@pytest.mark.parametrize("hip_gap", [-0.3, 0.0, 0.3])
def test_a_leg_lies_or_hangs_wherever_its_own_hip_is(hip_gap: float) -> None:
    for knee_deg, lies in ((5.0, True), (30.0, False)):
        figure = replace(LYING, thigh_deg=0.0, knee_deg=knee_deg, hip_gap=hip_gap)
        assert leg_supported([Sighting(figure.person())], 0.0) is lies


def test_a_leg_in_line_with_a_sloping_trunk_lies() -> None:
    sloping = replace(LYING, trunk_deg=18.0, held_deg=140.0, knee_deg=2.0)
    for thigh_deg, lies in ((18.0, True), (-18.0, False)):
        figure = replace(sloping, thigh_deg=thigh_deg)
        assert leg_supported([Sighting(figure.person())], 0.0) is lies


def test_by_default_the_photo_is_level() -> None:
    seen = [Sighting(replace(LYING, trunk_deg=-20.0).person())]
    plain, level, tilted = (
        cues[PLACES["trunk_level"]].value
        for cues in (read_cues(seen), read_cues(seen, 0.0), read_cues(seen, 5.0))
    )
    assert plain == level == pytest.approx(20.0)
    assert tilted == pytest.approx(25.0)
