"""Faces are hidden; hands and the held knee, which a pass may take for a small person, are not."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.reports.pictures import pictures_of
from app.results.convert import measurement_out
from app.results.examination import examination_out
from app.results.rescore import score
from app.results.rescore_input import ScoreIn
from app.web.rejudge import PHOTO
from app.web.result_page import result_page
from app.web.svg_overlay import shown
from stick_figure import (
    FakeEstimator,
    StickFigure,
    marked_picture,
    measure_people,
    pose_of,
    settled_view,
)
from vision import measure
from vision.criteria import RULE_SETS
from vision.examination import LegPhotos, examine
from vision.faces import Face, faces_of
from vision.measurement import Measurement
from vision.overlay import draw_overlay, hidden_faces, plain_picture
from vision.photo import photo_from_array
from vision.pose import FACE, Landmark, Person

PATIENT = StickFigure(hip_px=(430, 320), thigh_px=130)
HANDS = (Landmark.LEFT_WRIST, Landmark.RIGHT_WRIST, Landmark.LEFT_INDEX, Landmark.RIGHT_INDEX)
TRUNK_PX = 1.2 * PATIENT.thigh_px
MARKED = photo_from_array(marked_picture(900, 700))

ALT = re.compile(r'<img [^>]*src="data:image/jpeg[^"]+"[^>]* alt="([^"]+)"')

Points = NDArray[np.float64]


def middle(person: Person, *joints: int) -> Points:
    return np.asarray(person.points_px[list(joints)].mean(axis=0), np.float64)


def shrunk(factor: float, centre: Points) -> Person:
    """Somebody of the patient's shape, so much smaller, around a point of the photo."""
    whole = PATIENT.person()
    points = centre + factor * (whole.points_px - whole.points_px.mean(axis=0))
    return Person(points, factor * whole.depth_px)


def moved_face(person: Person, centre: Points) -> Person:
    points = person.points_px.copy()
    points[list(FACE)] += centre - points[list(FACE)].mean(axis=0)
    return Person(points, person.depth_px)


def covers(faces: tuple[Face, ...], point: Points) -> bool:
    return any(np.hypot(*(point - (face.x_px, face.y_px))) < face.radius_px for face in faces)


def seen(*others: Person, passes: int) -> Measurement:
    """The patient in eight passes, and somebody else in so many of them."""
    patient = PATIENT.person()
    return measure_people(*[[patient, *others]] * passes, *[[patient]] * (8 - passes))


def phantom() -> Person:
    return shrunk(0.15, middle(PATIENT.person(), *HANDS))


def test_hands_that_few_passes_take_for_somebody_stay_visible() -> None:
    result = seen(phantom(), passes=2)
    assert result.measurable
    faces = hidden_faces(result)
    assert not covers(faces, middle(phantom(), *FACE))
    assert covers(faces, middle(PATIENT.person(), *FACE))


def test_a_face_above_the_hands_that_most_passes_see_is_hidden() -> None:
    result = seen(phantom(), passes=5)
    assert covers(hidden_faces(result), middle(phantom(), *FACE))


def test_a_helper_whose_face_is_above_the_held_knee_is_hidden() -> None:
    hands = middle(PATIENT.person(), *HANDS)
    helper = moved_face(shrunk(0.6, hands - (0, 1.2 * TRUNK_PX)), hands)
    result = seen(helper, passes=1)
    assert covers(hidden_faces(result), middle(helper, *FACE))


def test_whoever_is_as_large_as_the_patient_is_hidden() -> None:
    # With trunk and face on the patient's own: a body behind, or the same one, seen differently.
    other = moved_face(PATIENT.person(), middle(PATIENT.person(), *HANDS))
    result = seen(other, passes=1)
    assert result.view.body is not None
    assert covers(hidden_faces(result), middle(other, *FACE))


def test_in_a_refused_photo_every_face_that_was_found_is_hidden() -> None:
    result = seen(phantom(), passes=2)
    assert covers(faces_of(result.photo, result.pose), middle(phantom(), *FACE))


@given(st.floats(0.05, 1.2), st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)), st.integers(1, 8))
@settings(deadline=None)
def test_the_patients_face_is_hidden_whoever_else_is_seen(
    factor: float, share: tuple[float, float], passes: int
) -> None:
    patient, other = PATIENT.person(), shrunk(factor, np.array(share) * (900, 700))
    sightings = [[patient, other]] * passes + [[patient]] * (8 - passes)
    body = settled_view(*sightings).body
    faces = faces_of(MARKED, pose_of(*sightings), body)
    assert all(covers(faces, point) for point in patient.points_px[list(FACE)])
    # Whoever is not on the patient's body is no part of it.
    face = middle(other, *FACE)
    away_px = np.linalg.norm(patient.points_px - face, axis=1).min()
    if away_px > TRUNK_PX and all(face > 0) and all(face < (900, 700)):
        assert covers(faces, face)


def test_no_face_is_reported_that_is_outside_the_photo() -> None:
    inside = seen(passes=1)
    away = measure_people([replace(PATIENT, hip_px=(60, 320)).person()])
    assert hidden_faces(inside)
    assert not hidden_faces(away)
    assert not hidden_faces(measure_people([]))


@pytest.mark.parametrize("name", ["right-far-3.jpg", "right-near-3.jpg", "right-near-4.jpg"])
def test_hands_and_held_knee_of_a_sample_stay_as_they_are(sample_images: Path, name: str) -> None:
    result = measure(sample_images / name)
    assert result.view.body is not None
    hidden, shown = (plain_picture(result, show_face=one) for one in (False, True))
    person = result.view.body.people[0]
    held = Landmark.RIGHT_KNEE if result.view.body.labels[0] == "left" else Landmark.LEFT_KNEE
    # The samples are smaller than a picture may be, so that both have the same pixels.
    for joint in (*HANDS, held):
        x, y = (round(float(value)) for value in person.points_px[joint])
        around = np.s_[y - 8 : y + 9, x - 8 : x + 9]
        np.testing.assert_array_equal(hidden[around], shown[around])
    x, y = (round(float(value)) for value in middle(person, *FACE))
    assert (hidden[y - 3 : y + 4, x - 3 : x + 4] != shown[y - 3 : y + 4, x - 3 : x + 4]).any()
    assert (draw_overlay(result) != draw_overlay(result, show_face=True)).any()


@pytest.mark.parametrize(
    ("people", "hidden"), [([PATIENT.person()], True), ([], False)], ids=["head", "nobody"]
)
def test_a_result_and_its_page_say_whether_a_face_is_hidden(
    people: list[Person], hidden: bool
) -> None:
    result = measure_people(people)
    out = measurement_out(result)
    assert out.faces_hidden is hidden
    page = result_page(out, RULE_SETS["guide"], shown={PHOTO: shown(result)})
    (alt,) = ALT.findall(page)
    assert ("faces hidden" in alt) is hidden
    assert ("faces hidden" in page) is hidden  # nor in what the scripts will say


@pytest.mark.parametrize(("people", "hidden"), [([PATIENT.person()], True), ([], False)])
def test_an_examination_says_it_of_each_photo(people: list[Person], hidden: bool) -> None:
    estimator = FakeEstimator((900, 700), people)
    photos = LegPhotos(photo=marked_picture(), retest=marked_picture(), above=marked_picture())
    result = examine(right=photos, estimator=estimator)
    out = examination_out(result)
    assert out.right is not None
    assert out.right.retest_photo is not None
    assert out.right.above is not None
    for photo in (out.right.measurement, out.right.retest_photo, out.right.above):
        assert photo.faces_hidden is hidden
    first = {"right": shown(result.legs[0].measurement)}
    alts = ALT.findall(result_page(out, result.rules, shown=first, pictures=pictures_of(result)))
    assert len(alts) == 3
    assert {("faces hidden" in alt) for alt in alts} == {hidden}


def test_a_corrected_result_keeps_it() -> None:
    out = measurement_out(seen(passes=1))
    wanted = ScoreIn.model_validate({"measurement": out.model_dump(), "level_deg": 1.0})
    assert score(wanted, RULE_SETS["guide"]).faces_hidden is True
