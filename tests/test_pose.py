"""The ensemble shows the photo eight ways and brings every answer back to the same place."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stick_figure import NAMES, FakeEstimator, StickFigure, marked_picture
from vision.backends.mediapipe import MediaPipeEstimator
from vision.backends.silence import silenced_stderr
from vision.backends.weights import MAX_PEOPLE, WEIGHTS_DIR, verify_weights
from vision.photo import photo_from_array, read_photo
from vision.pose import ALIGN_PX, LANDMARKS, WORK_SIDE_PX, Landmark, Person, estimate_pose
from vision.transforms import ALL_PASSES, SIDEWAYS_PASSES, UPRIGHT_PASSES, Transform

transforms = st.builds(Transform, st.integers(0, 3), st.booleans())

# --- one transform --------------------------------------------------------------------------


@given(
    transform=transforms,
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    where=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
)
def test_a_pixel_is_found_again(
    transform: Transform, width: int, height: int, where: tuple[float, float]
) -> None:
    x, y = int(where[0] * width), int(where[1] * height)
    picture = np.zeros((height, width, 3), np.uint8)
    picture[y, x] = 255
    shown = transform.apply(picture)
    row, column = np.argwhere(shown[:, :, 0])[0]
    centre = np.array([[column + 0.5, row + 0.5]])
    np.testing.assert_allclose(transform.undo(centre, width, height), [[x + 0.5, y + 0.5]])


@pytest.mark.parametrize("transform", ALL_PASSES, ids=str)
def test_a_transform_copies_and_leaves_the_picture_alone(transform: Transform) -> None:
    picture = marked_picture(60, 40)
    picture.setflags(write=False)
    shown = transform.apply(picture)
    assert shown.flags.c_contiguous
    assert not np.shares_memory(shown, picture)
    assert shown.shape == ((60, 40, 3) if transform.quarter_turns % 2 else (40, 60, 3))


def test_quarter_turns_are_counter_clockwise() -> None:
    shown = Transform(1).apply(marked_picture(60, 40))
    red_at_the_bottom_left = shown[-1, 0]
    np.testing.assert_array_equal(red_at_the_bottom_left, marked_picture(60, 40)[0, 0])


def test_the_ensembles_hold_what_they_promise() -> None:
    assert len(set(ALL_PASSES)) == 8
    assert ALL_PASSES == SIDEWAYS_PASSES + UPRIGHT_PASSES
    for ensemble in (SIDEWAYS_PASSES, UPRIGHT_PASSES):  # closed under mirroring
        assert {Transform(one.quarter_turns, not one.mirrored) for one in ensemble} == set(ensemble)


# --- the ensemble ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(900, 700), (700, 900), (1700, 1301), (201, 960)], ids=str)
def test_every_pass_brings_every_landmark_back(size: tuple[int, int]) -> None:
    figure = StickFigure(head_towards="right", near=False, roll_deg=3, hip_gap=0.1).person()
    photo = photo_from_array(marked_picture(*size))
    pose = estimate_pose(photo, FakeEstimator(size, [figure]), ALL_PASSES)
    assert [one.transform for one in pose.passes] == list(ALL_PASSES)
    for one in pose.passes:
        (person,) = one.people
        np.testing.assert_allclose(person.points_px, figure.points_px, atol=1e-6)
        np.testing.assert_allclose(person.depth_px, figure.depth_px, atol=1e-6)


def test_everybody_seen_in_a_pass_comes_back() -> None:
    one, two = StickFigure().person(), StickFigure(hip_px=(300, 200), near=False).person()
    photo = photo_from_array(marked_picture())
    pose = estimate_pose(photo, FakeEstimator((900, 700), [one, two], []), ALL_PASSES)
    assert [len(one.people) for one in pose.passes] == [2, 0] * 4
    np.testing.assert_allclose(pose.passes[2].people[1].points_px, two.points_px, atol=1e-6)


def test_pose_names_the_model_that_made_it() -> None:
    estimator = FakeEstimator((900, 700), [])
    pose = estimate_pose(photo_from_array(marked_picture()), estimator, SIDEWAYS_PASSES)
    assert pose.model == estimator.model
    assert len(pose.passes) == estimator.calls == len(SIDEWAYS_PASSES)


class _Silhouettes(FakeEstimator):
    """Returns as silhouette the redness of what it is shown."""

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        red = (pixels[:, :, 0] > pixels[:, :, 1] + 50).astype(np.float32)
        return tuple(replace(one, silhouette=red) for one in super().detect(pixels))


def test_every_pass_brings_the_silhouette_back() -> None:
    picture = marked_picture(901, 693)
    photo = photo_from_array(picture)
    estimator = _Silhouettes((901, 693), [StickFigure().person()])
    red = picture[:, :, 0] > picture[:, :, 1] + 50
    for one in estimate_pose(photo, estimator, ALL_PASSES).passes:
        assert one.people[0].silhouette is not None
        np.testing.assert_array_equal(one.people[0].silhouette > 0.5, red)


class _Ruler(FakeEstimator):
    """Notes the size of what it is shown."""

    def __init__(self) -> None:
        super().__init__((1, 1), [])
        self.shapes: list[tuple[int, ...]] = []

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Any, ...]:
        self.shapes.append(pixels.shape)
        return ()


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((WORK_SIDE_PX, 512), (512, WORK_SIDE_PX, 3)),
        ((2 * WORK_SIDE_PX, 1024), (512, WORK_SIDE_PX, 3)),
        ((1024, 2 * WORK_SIDE_PX), (WORK_SIDE_PX, 512, 3)),
        ((320, 208), (208, 320, 3)),
        ((321, 207), (208, 336, 3)),  # padded to what the model can digest
    ],
)
def test_large_photos_are_reduced_and_small_ones_not_enlarged(
    size: tuple[int, int], shown: tuple[int, int, int]
) -> None:
    ruler = _Ruler()
    estimate_pose(photo_from_array(marked_picture(*size)), ruler, [Transform()])
    assert ruler.shapes == [shown]
    assert {side % ALIGN_PX for side in shown[:2]} == {0}


def test_landmark_names_are_at_their_places() -> None:
    assert len(NAMES) == LANDMARKS
    assert [NAMES[mark] for mark in Landmark] == [mark.name.lower() for mark in Landmark]


# --- the real model -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def estimator() -> Iterator[MediaPipeEstimator]:
    with MediaPipeEstimator("full") as model:
        yield model


@pytest.fixture(scope="module")
def photo(sample_images: Path) -> NDArray[np.uint8]:
    return read_photo((sample_images / "right-near-2.jpg").read_bytes()).pixels


@pytest.mark.parametrize("variant", ["heavy", "full"])
def test_installed_weights_match_their_sums(variant: Any) -> None:
    sums = (WEIGHTS_DIR / "SHA256SUMS").read_text("ascii")
    model = MediaPipeEstimator(variant).model
    assert model.name == f"pose_landmarker_{variant}"
    assert f"{model.sha256}  {model.name}.task" in sums
    assert verify_weights(WEIGHTS_DIR / f"{model.name}.task") == model.sha256


def test_model_finds_the_person(estimator: MediaPipeEstimator, photo: NDArray[np.uint8]) -> None:
    people = estimator.detect(photo)
    assert 1 <= len(people) <= MAX_PEOPLE
    assert people[0].points_px.shape == (LANDMARKS, 2)
    assert people[0].depth_px.shape == (LANDMARKS,)
    silhouette = people[0].silhouette
    assert silhouette is not None
    assert silhouette.shape == photo.shape[:2]
    assert 0.02 < float((silhouette > 0.5).mean()) < 0.5
    head, hips = people[0].points_px[Landmark.NOSE], people[0].points_px[Landmark.RIGHT_HIP]
    assert 0 < head[0] < hips[0] < photo.shape[1]  # the sample's head is towards the left


def test_model_finds_nobody_in_an_empty_scene(estimator: MediaPipeEstimator) -> None:
    assert estimator.detect(np.full((300, 400, 3), 200, np.uint8)) == ()


def test_model_can_be_used_again_after_close(
    estimator: MediaPipeEstimator, photo: NDArray[np.uint8]
) -> None:
    before = estimator.detect(photo)[0].points_px
    estimator.close()
    estimator.close()
    np.testing.assert_array_equal(estimator.detect(photo)[0].points_px, before)


def test_threads_share_one_model(estimator: MediaPipeEstimator, photo: NDArray[np.uint8]) -> None:
    pictures = [transform.apply(photo) for transform in SIDEWAYS_PASSES]
    alone = [estimator.detect(picture)[0].points_px for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(estimator.detect, pictures * 3))
    for number, people in enumerate(together):
        np.testing.assert_array_equal(people[0].points_px, alone[number % len(alone)])


_QUIET = """
import sys
import numpy as np
from vision.photo import read_photo
from vision.backends.mediapipe import MediaPipeEstimator

blank = np.full((300, 400, 3), 200, np.uint8)
photo = read_photo(open(sys.argv[1], "rb").read()).pixels
{make}
seen = [len(estimator.detect(pixels)) for pixels in (blank, photo, blank, photo)]
{end}
assert "mediapipe" in sys.modules and "sounddevice" not in sys.modules
sys.exit(0 if seen == [0, 1, 0, 1] else f"saw {{seen}}")
"""


@pytest.mark.parametrize(
    ("make", "end"),
    [
        ("estimator = MediaPipeEstimator('full')", "estimator.close()"),
        ("from vision.backends.engines import default_estimator as d; estimator = d('full')", ""),
        (
            "from vision.backends.engines import default_estimator as d; estimator = d('full')",
            "d('heavy').detect(photo)",
        ),
    ],
    ids=["closed by hand", "closed at exit", "two closed at exit"],
)
def test_model_says_nothing_from_start_to_exit(sample_images: Path, make: str, end: str) -> None:
    code = _QUIET.format(make=make, end=end)
    done = subprocess.run(
        [sys.executable, "-c", code, str(sample_images / "right-near-2.jpg")],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_stderr_comes_back_when_threads_overlap() -> None:
    """The first in is not the last out: whoever leaves last restores the descriptor."""
    before = os.fstat(2)
    entered, leave = threading.Event(), threading.Event()

    def load() -> None:
        with silenced_stderr():
            entered.set()
            leave.wait(30)

    with silenced_stderr():
        other = threading.Thread(target=load)
        other.start()
        assert entered.wait(30)
    assert os.path.samestat(os.fstat(2), Path(os.devnull).stat())  # the other still wants it quiet
    leave.set()
    other.join(30)
    assert os.path.samestat(os.fstat(2), before)
