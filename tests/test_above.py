"""The view from above the feet: known bodies through a camera of their own, and what is refused."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stick_figure import (
    NAMES,
    FakeEstimator,
    StickFigure,
    jittered,
    marked_picture,
    relabelled,
)
from vision.angles import Angle
from vision.errors import InvalidOption, NotAnImage
from vision.flags import FLAG_KINDS
from vision.frontal.view import ABOVE_FLAG_KINDS, MAX_SIGMA_DEG, AboveView, measure_above
from vision.measurement import measure
from vision.pose import Person
from vision.sides import Side

Points = NDArray[np.float64]
WIDTH, HEIGHT = 720, 960
FOCAL_PX = 1.1 * HEIGHT
TOLERANCE_DEG = 4.0
"""The fake sees joints without the real model's bias, which is corrected all the same."""


def unit(vector: Points) -> Points:
    return vector / np.linalg.norm(vector)


@dataclass(frozen=True, slots=True)
class BodyAbove:
    """Someone on a table, in metres: x to the feet, y to the person's left, z up.

    Angles of the tested leg in degrees: abduction in the frontal plane, + outward; rotation
    + when the foot swings outward; elevation of the thigh, + above the horizontal.
    """

    side: Side = "left"
    abduction: float = 10.0
    rotation: float = 0.0
    elevation: float = -5.0
    flexion: float = 85.0
    camera: tuple[float, float, float] = (1.1, 0.1, 1.8)
    table: bool = True

    def joints(self) -> dict[str, Points]:
        outward = 1.0 if self.side == "left" else -1.0
        both = {
            "ear": (-0.72, 0.08, 0.0),
            "eye_in": (-0.7, 0.02, 0.1),
            "eye": (-0.7, 0.03, 0.1),
            "eye_out": (-0.7, 0.04, 0.1),
            "mouth": (-0.64, 0.02, 0.1),
            "shoulder": (-0.5, 0.175, 0.0),
            "elbow": (-0.25, 0.28, 0.1),
            "wrist": (-0.12, 0.1, 0.35),
            "pinky": (-0.12, 0.06, 0.37),
            "index": (-0.12, 0.05, 0.38),
            "thumb": (-0.12, 0.07, 0.36),
            "hip": (0.0, 0.09, 0.0),
        }
        leg = {"knee": (-0.26, 0.1, 0.3), "ankle": (0.12, 0.1, 0.3)}
        leg |= {"heel": (0.14, 0.1, 0.24), "foot": (0.26, 0.1, 0.4)}
        at = {"nose": np.array([-0.7, 0.0, 0.13])}
        for label, sign in (("left", 1.0), ("right", -1.0)):
            for part, place in (both | leg).items():
                at[f"{label}_{part}"] = np.array(place) * [1.0, sign, 1.0]
        tangents = np.tan(np.radians([self.abduction, self.elevation]))
        thigh = unit(np.array([1.0, outward * tangents[0], tangents[1]]))
        hinge = unit(np.array([0.0, 1.0, 0.0]) - thigh[1] * thigh) * outward
        turn, bend = np.radians([self.rotation, self.flexion])
        hanging = outward * np.cross(hinge, thigh) * np.cos(turn) + hinge * np.sin(turn)
        shank = thigh * np.cos(bend) + hanging * np.sin(bend)
        knee = at[f"{self.side}_hip"] + 0.42 * thigh
        at[f"{self.side}_knee"] = knee
        for part, length in (("ankle", 0.41), ("heel", 0.47), ("foot", 0.47)):
            toes = 0.15 * thigh if part == "foot" else 0.0
            at[f"{self.side}_{part}"] = knee + length * shank + toes
        return at

    def seen(self, points: Points) -> Points:
        """Pinhole camera that looks at the lower belly, pixels."""
        position = np.array(self.camera)
        ahead = unit(np.array([0.1, 0.0, 0.0]) - position)
        right = unit(np.cross(ahead, [0.0, 0.0, 1.0]))
        turned = (points - position) @ np.array([right, np.cross(ahead, right), ahead]).T
        return np.asarray(turned[:, :2] / turned[:, 2:] * FOCAL_PX + [WIDTH / 2, HEIGHT / 2])

    def person(self) -> Person:
        at = self.joints()
        return Person(self.seen(np.array([at[name] for name in NAMES])), np.zeros(len(NAMES)))

    def picture(self) -> NDArray[np.uint8]:
        picture = marked_picture(WIDTH, HEIGHT)
        if self.table:
            edge = np.array([[-1.1, -0.4, 0], [-1.1, 0.4, 0], [0.1, 0.4, 0], [0.1, -0.4, 0]])
            corners = self.seen(edge - [0.0, 0.0, 0.1])
            cv2.fillConvexPoly(
                picture, (corners * 16).round().astype(np.int32), (200, 200, 190), cv2.LINE_AA, 4
            )
        return picture


def look(
    body: BodyAbove, *sightings: Person | None, known: bool = False, leg: Side | None = None
) -> AboveView:
    """Measure a drawn table on which a fake model sees that body, or what it is told to see."""
    people = [[] if one is None else [one] for one in sightings or (body.person(),)]
    side_view: dict[str, Any] = {}
    if known:
        side_view["thigh"] = Angle(body.elevation, 2.0, 0.0)
        side_view["knee_flexion"] = Angle(body.flexion, 3.0, 0.0)
    estimator = FakeEstimator((WIDTH, HEIGHT), *people)
    return measure_above(body.picture(), leg=leg, estimator=estimator, **side_view)


def codes(view: AboveView) -> list[str]:
    return [flag.kind.code for flag in view.flags]


def abduction_of(view: AboveView) -> float:
    assert view.abduction is not None, codes(view)
    return view.abduction.value_deg


def rotation_of(view: AboveView) -> float:
    assert view.rotation is not None, codes(view)
    return view.rotation.value_deg


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("abduction", [-5.0, 5.0, 15.0, 25.0])
def test_known_abductions_are_read(side: Side, abduction: float) -> None:
    view = look(BodyAbove(side=side, abduction=abduction), known=True)
    assert view.leg == side
    assert abduction_of(view) == pytest.approx(abduction, abs=TOLERANCE_DEG)
    assert view.abduction is not None
    low, high = view.abduction.interval_deg
    assert low <= abduction <= high


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("rotation", [-20.0, 0.0, 20.0])
def test_known_rotations_are_read(side: Side, rotation: float) -> None:
    view = look(BodyAbove(side=side, rotation=rotation), known=True)
    assert rotation_of(view) == pytest.approx(rotation, abs=TOLERANCE_DEG)


@settings(max_examples=10)
@given(
    abduction=st.floats(-5, 25),
    rotation=st.floats(-20, 20),
    elevation=st.floats(-20, 15),
    flexion=st.floats(60, 105),
    aside=st.floats(-0.2, 0.2),
    height=st.floats(1.4, 2.3),
)
def test_any_body_is_read_within_its_interval(
    abduction: float, rotation: float, elevation: float, flexion: float, aside: float, height: float
) -> None:
    body = BodyAbove("right", abduction, rotation, elevation, flexion, (1.1, aside, height))
    view = look(body, known=True)
    assert view.leg == "right"
    for angle, truth in ((view.abduction, abduction), (view.rotation, rotation)):
        assert angle is not None
        low, high = angle.interval_deg
        assert low <= truth <= high


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_mirrored_photo_gives_the_same_angles_on_the_other_side(side: Side) -> None:
    other_side: Side = "right" if side == "left" else "left"
    body = BodyAbove(side=side, rotation=12.0, camera=(1.1, 0.15, 1.8))
    mirrored = replace(body, side=other_side, camera=(1.1, -0.15, 1.8))
    one, two = look(body, known=True), look(mirrored, known=True)
    assert (one.leg, two.leg) == (side, other_side)
    assert abduction_of(one) == pytest.approx(abduction_of(two), abs=0.3)
    assert rotation_of(one) == pytest.approx(rotation_of(two), abs=0.3)
    assert one.chain_px is not None
    assert two.chain_px is not None
    assert one.chain_px == pytest.approx(two.chain_px * [-1, 1] + [WIDTH, 0], abs=1e-6)


def test_the_chain_is_that_of_the_hanging_leg() -> None:
    body = BodyAbove(side="right")
    view, at = look(body), body.joints()
    chain = body.seen(np.array([at[f"right_{joint}"] for joint in ("hip", "knee", "ankle")]))
    assert view.chain_px == pytest.approx(chain, abs=1e-6)
    assert view.trunk_px is not None
    assert view.trunk_px[0, 1] < view.trunk_px[1, 1]


@pytest.mark.parametrize("parts", [(), ("hip",), ("knee",), ("shoulder", "hip"), ("ankle",)])
def test_labels_do_not_decide(parts: tuple[str, ...]) -> None:
    body = BodyAbove(side="left")
    straight, mixed = look(body), look(body, relabelled(body.person(), *parts))
    assert mixed.leg == "left"
    # The joints are the same; which edges count as the body's own may change a little.
    assert abduction_of(mixed) == pytest.approx(abduction_of(straight), abs=1.0)


def test_one_pass_that_sees_something_else_is_left_out() -> None:
    body = BodyAbove()
    person = body.person()
    odd = Person(person.points_px + np.array([80.0, 30.0]), person.depth_px)
    view = look(body, person, person, odd, person)
    assert (view.passes_agreeing, len(view.pose.passes)) == (3, 4)
    assert abduction_of(view) == pytest.approx(abduction_of(look(body)), abs=0.1)


def test_passes_that_differ_widen_the_interval(rng: np.random.Generator) -> None:
    body = BodyAbove()
    shaken = [jittered(body.person(), 6.0, rng) for _ in range(4)]
    calm, restless = look(body).abduction, look(body, *shaken).abduction
    assert calm is not None
    assert restless is not None
    assert calm.spread_deg < restless.spread_deg < restless.sigma_deg


def test_without_edges_of_the_table_abduction_is_answered_by_eye() -> None:
    view = look(BodyAbove(table=False), known=True)
    assert view.abduction is None
    assert "abduction_not_measurable" in codes(view)
    assert view.refusal is None


def test_rotation_needs_a_bent_knee_or_the_photo_from_the_side() -> None:
    straight = BodyAbove(flexion=45.0)
    assert "rotation_not_measurable" in codes(look(straight))
    assert look(straight).rotation is None
    bent = BodyAbove(flexion=100.0)
    assert look(bent, known=True).rotation is not None


def test_the_side_photo_sharpens_both_angles() -> None:
    body = BodyAbove(flexion=100.0)
    alone, together = look(body).abduction, look(body, known=True).abduction
    assert alone is not None
    assert together is not None
    assert together.sigma_deg < alone.sigma_deg <= MAX_SIGMA_DEG


def test_a_photo_of_the_other_leg_is_refused() -> None:
    assert look(BodyAbove(side="left"), leg="left").measurable
    view = look(BodyAbove(side="left"), leg="right")
    assert codes(view) == ["above_leg_disagrees"]
    assert (view.leg, view.abduction, view.rotation) == (None, None, None)


def turned(person: Person, degrees: float) -> Person:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    middle = np.array([WIDTH / 2, HEIGHT / 2])
    return Person((person.points_px - middle) @ [[c, s], [-s, c]] + middle, person.depth_px)


def with_both_knees(place: tuple[float, float, float]) -> Person:
    """Both knees, and the feet beyond them, at the same height of the picture."""
    body = BodyAbove()
    points = body.person().points_px.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for part, further in (("knee", 0.0), ("ankle", 0.3), ("heel", 0.3), ("foot", 0.35)):
            where = np.array([[place[0] + further, sign * place[1], place[2]]])
            points[NAMES.index(f"{side}_{part}")] = body.seen(where)[0]
    return Person(points, np.zeros(len(NAMES)))


@pytest.mark.parametrize(
    "person",
    [
        pytest.param(StickFigure(thigh_px=110, hip_px=(360, 500)).person(), id="from the side"),
        pytest.param(turned(BodyAbove().person(), 90), id="photo on its side"),
        pytest.param(turned(BodyAbove().person(), 180), id="head at the bottom"),
        pytest.param(with_both_knees((0.45, 0.12, 0.0)), id="both legs down"),
        pytest.param(with_both_knees((-0.3, 0.12, 0.3)), id="both knees up"),
        pytest.param(BodyAbove(camera=(3.0, 0.0, 0.25)).person(), id="level with the table"),
    ],
)
def test_other_views_and_positions_are_refused(person: Person) -> None:
    view = look(BodyAbove(), person)
    assert codes(view) == ["not_from_above"]
    assert (view.leg, view.abduction, view.rotation, view.chain_px) == (None,) * 4
    assert not view.measurable
    assert view.refusal is not None


def test_less_than_half_of_the_passes_are_not_enough() -> None:
    sightings = [BodyAbove().person()] * 3 + [None] * 5
    assert codes(look(BodyAbove(), *sightings[1:])) == ["not_from_above"]
    assert codes(look(BodyAbove(), *sightings[::-1])) == ["not_from_above"]


def test_passes_that_put_the_leg_in_different_places_are_not_enough() -> None:
    person = BodyAbove().person()
    apart = [
        Person(person.points_px + np.array([shift, 0.0]), person.depth_px)
        for shift in (-200.0, -120.0, 120.0, 200.0)
    ]
    assert codes(look(BodyAbove(), *apart)) == ["not_from_above"]


def test_more_passes_are_tried_when_the_first_do_not_agree() -> None:
    person = BodyAbove().person()
    view = look(BodyAbove(), None, None, *[person] * 6)
    assert (view.passes_agreeing, len(view.pose.passes)) == (6, 8)
    assert view.measurable


def test_nobody_is_said_so() -> None:
    assert codes(look(BodyAbove(), None)) == ["no_person"]


def test_a_foot_outside_the_picture_is_refused() -> None:
    person = BodyAbove().person()
    lower = HEIGHT - person.points_px[NAMES.index("left_ankle"), 1] + 10
    shifted = Person(person.points_px + np.array([0.0, lower]), person.depth_px)
    assert codes(look(BodyAbove(), shifted)) == ["joint_out_of_frame"]


def test_a_smaller_person_is_not_measured_in_place_of_the_largest() -> None:
    """A kneeling therapist, seen from the front, looks like someone on a table from above."""
    person = BodyAbove().person()
    small = Person(person.points_px * 0.3 + 40, person.depth_px)
    beside = StickFigure(thigh_px=140, hip_px=(360, 500)).person()
    estimator = FakeEstimator((WIDTH, HEIGHT), [small, beside])
    assert codes(measure_above(marked_picture(WIDTH, HEIGHT), estimator=estimator)) == [
        "not_from_above"
    ]


def test_the_side_view_refuses_a_view_from_above() -> None:
    estimator = FakeEstimator((WIDTH, HEIGHT), [BodyAbove().person()])
    assert not measure(BodyAbove().picture(), level_deg=0.0, estimator=estimator).measurable


def test_a_leg_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(InvalidOption, match="'both'"):
        look(BodyAbove(), leg="both")  # type: ignore[arg-type]


def test_a_file_that_is_no_photo_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("no photo")
    with pytest.raises(NotAnImage):
        measure_above(path)


def test_flags_have_codes_of_their_own_and_say_what_to_do() -> None:
    assert not set(ABOVE_FLAG_KINDS) & set(FLAG_KINDS)
    advisory = {code for code, kind in ABOVE_FLAG_KINDS.items() if not kind.blocking}
    assert advisory == {"abduction_not_measurable", "rotation_not_measurable"}
    for code, kind in ABOVE_FLAG_KINDS.items():
        assert kind.code == code
        assert kind.text.endswith(".")
        assert kind.advice.endswith((".", "?"))


@pytest.fixture(scope="module")
def sample(sample_images: Path) -> tuple[Path, dict[str, Any]]:
    path = sample_images / "above" / "left-abducted.jpg"
    return path, json.loads(path.with_suffix(".json").read_text("utf-8"))


def test_the_real_model_reads_the_sample(sample: tuple[Path, dict[str, Any]]) -> None:
    path, truth = sample
    thigh, knee = Angle(truth["thigh_deg"], 3.0, 0.0), Angle(truth["knee_flexion_deg"], 4.0, 0.0)
    view = measure_above(path, thigh=thigh, knee_flexion=knee)
    assert view.leg == truth["tested_leg"]
    for angle, name in ((view.abduction, "abduction_deg"), (view.rotation, "rotation_deg")):
        assert angle is not None
        low, high = angle.interval_deg
        assert low <= truth[name] <= high


def test_the_real_model_refuses_a_photo_from_the_side(sample_images: Path) -> None:
    view = measure_above(sample_images / "left-near-1.jpg")
    assert codes(view) == ["not_from_above"]


def test_the_side_view_refuses_the_sample(sample: tuple[Path, dict[str, Any]]) -> None:
    assert not measure(sample[0]).measurable
