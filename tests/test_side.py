"""Whose leg hangs, the left or the right one: the passes vote or the evidence decides, but the
user's word wins."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stick_figure import StickFigure, pose_of, relabelled, settled_view
from tiny_calibration import found, landmarks, tiny
from vision.pose import Person
from vision.sides import Side
from vision.tested_leg import MIN_SIDE_VOTE, decide_tested_leg
from vision.view import other, read_view

SKEWED = StickFigure(hip_gap=0.2, shoulder_gap=0.05)
LEGS = ("knee", "ankle", "heel", "foot")


def chain(person: Person, side: Side) -> NDArray[np.float64]:
    """Hip, knee and ankle of that side."""
    hip = 23 if side == "left" else 24
    return person.points_px[[hip, hip + 2, hip + 4]]


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize(
    ("head", "near_side", "far_side"), [("left", "right", "left"), ("right", "left", "right")]
)
def test_leg_is_the_persons_own_left_or_right(
    head: Side, near_side: Side, far_side: Side, near: bool
) -> None:
    leg = settled_view([StickFigure(head_towards=head, near=near).person()]).leg
    assert leg is not None
    assert leg.side == leg.inferred_side == (near_side if near else far_side)
    assert (leg.source, leg.near_camera, leg.certain) == ("inferred", near, True)


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("swapped_passes", [0, 1, 2, 3])
@pytest.mark.parametrize("parts", [LEGS, ()], ids=["legs", "everything"])
def test_hanging_knee_is_found_whatever_it_is_called(
    parts: tuple[str, ...], swapped_passes: int, near: bool
) -> None:
    figure = replace(SKEWED, near=near)
    person, side = figure.person(), figure.tested_side
    swapped = relabelled(person, *parts)
    view = settled_view(*[[swapped]] * swapped_passes, *[[person]] * (8 - swapped_passes))
    assert view.body is not None
    assert view.leg is not None
    assert view.leg.side == side
    assert view.leg.certain == (1 - swapped_passes / 8 >= MIN_SIDE_VOTE)
    assert view.body.labels == (other(side),) * swapped_passes + (side,) * (8 - swapped_passes)
    for row in range(8):
        np.testing.assert_allclose(view.body.tested_px[row, 1:], chain(person, side)[1:])
        np.testing.assert_allclose(view.body.held_px[row, 1:], chain(person, other(side))[1:])
    # Where only the legs were swapped, their hips were not: most passes still outvote them.
    hip = np.median(view.body.tested_px[:, 0], axis=0)
    np.testing.assert_allclose(hip, chain(person, side)[0])


def test_passes_that_are_split_leave_the_side_open() -> None:
    person = SKEWED.person()
    leg = settled_view([person], [relabelled(person)]).leg
    assert leg is not None
    assert leg.certain is False
    assert leg.near_camera


@pytest.mark.parametrize("given", ["left", "right"])
def test_given_leg_names_the_leg_and_moves_no_joint(given: Side) -> None:
    person, side = SKEWED.person(), SKEWED.tested_side
    view = settled_view([person], leg=given)
    assert view.leg is not None
    assert view.body is not None
    assert (view.leg.side, view.leg.source, view.leg.inferred_side) == (given, "given", side)
    assert view.leg.near_camera == (given == side)  # the figure's tested leg is the near one
    np.testing.assert_allclose(view.body.tested_px[0], chain(person, side))


def test_without_a_silhouette_or_a_calibration_the_passes_vote() -> None:
    view = read_view(pose_of([SKEWED.person()]))
    voted = decide_tested_leg(view, None, None).leg
    assert voted is not None
    assert decide_tested_leg(view, None, tiny()).leg == voted
    assert decide_tested_leg(view, found(near_vote=0.0), None).leg == voted


def test_a_refused_view_has_no_leg() -> None:
    refused = read_view(pose_of([]))
    assert decide_tested_leg(refused, None, None, given="left") is refused


def test_the_leg_is_settled_by_the_evidence_and_not_by_the_labels() -> None:
    view = read_view(pose_of([SKEWED.person()]))  # the head lies to the left, so near is right
    for edge, side, certain in ((4.0, "right", True), (-4.0, "left", True), (0.4, "right", False)):
        evidence = found(landmarks=landmarks(1.0), near_vote=0.5, edges=np.array([0, 0, edge]))
        leg = decide_tested_leg(view, evidence, tiny()).leg
        assert leg is not None
        assert (leg.side, leg.inferred_side, leg.certain) == (side, side, certain)
        said = decide_tested_leg(view, evidence, tiny(), given="left").leg
        assert said is not None
        assert (said.side, said.source, said.inferred_side) == ("left", "given", side)
