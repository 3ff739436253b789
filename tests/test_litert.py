"""The second pose backend: what it does around the networks, and that it agrees with MediaPipe."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import vision.backends.litert
import vision.backends.networks
from vision.backends.litert import CELLS, LiteRTEstimator, cut_out, refined
from vision.backends.mediapipe import MediaPipeEstimator
from vision.backends.networks import DETECTOR, LANDMARKER, OUTLINE
from vision.backends.regions import Region
from vision.calibration import calibration_for
from vision.errors import InvalidOption
from vision.photo import read_photo
from vision.pose import LANDMARKS, PoseEstimator, estimate_pose
from vision.transforms import Transform

needs_litert = pytest.mark.skipif(
    find_spec("ai_edge_litert") is None, reason="ai-edge-litert (extra [litert]) is not installed"
)


def protocol(estimator: PoseEstimator) -> PoseEstimator:
    """Accepted by the type checker only if it is one."""
    return estimator


# --- around the networks --------------------------------------------------------------------


def ramp(width: int, height: int) -> NDArray[np.uint8]:
    """Red grows by one a column, green by one a row."""
    row, column = np.mgrid[:height, :width]
    return np.dstack((column, row, np.full_like(row, 7))).astype(np.uint8)


def test_a_region_that_fits_the_picture_is_the_picture() -> None:
    picture = ramp(64, 64)
    found = cut_out(picture, Region.around(64, 64).to_picture(64), 64, border=cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(found, picture)


@pytest.mark.parametrize("quarter", range(4))
def test_a_turned_region_reads_the_picture_turned(quarter: int) -> None:
    matrix = Region((90, 110), 64, quarter * math.pi / 2).to_picture(32)
    found = cut_out(ramp(200, 200), matrix, 32, border=cv2.BORDER_CONSTANT)
    for column, row in ((0, 0), (31, 0), (5, 20)):
        expected = matrix @ [column, row, 1]
        np.testing.assert_allclose(found[row, column, :2], expected, atol=1e-6)


def test_what_lies_outside_is_black_or_the_border_repeated() -> None:
    matrix, picture = Region((0, 0), 64).to_picture(64), ramp(40, 40) + np.uint8(50)
    black = cut_out(picture, matrix, 64, border=cv2.BORDER_CONSTANT)
    repeated = cut_out(picture, matrix, 64, border=cv2.BORDER_REPLICATE)
    assert (black[:30, :30] == 0).all()
    np.testing.assert_array_equal(repeated[:30, :30], np.broadcast_to(picture[0, 0], (30, 30, 3)))
    np.testing.assert_array_equal(black[32:, 32:], repeated[32:, 32:])


def heatmap(*places: tuple[int, int, float]) -> NDArray[np.float32]:
    """One landmark's logits: no chance anywhere but at (column, row, logit)."""
    heat = np.full((64, 64, 1), -100, np.float32)
    for column, row, logit in places:
        heat[row, column] = logit
    return heat


@pytest.mark.parametrize(
    ("point", "heat", "expected"),
    [
        ((130, 90), heatmap((33, 24, 5)), (132, 96)),
        ((130, 90), heatmap((33, 24, 5), (31, 22, 5)), (128, 92)),
        ((130, 90), heatmap((32, 22, math.log(3)), (35, 22, 0)), (128 + 12 * 0.4, 88)),
        ((130, 90), heatmap((29, 22, 5), (35, 25, 5)), (128, 94)),  # the edges of the window
        ((130, 90), heatmap((36, 22, 5)), (130, 90)),  # beyond it
        ((130, 90), heatmap((32, 22, -0.1)), (130, 90)),  # not sure
        ((130, 90), heatmap((32, 22, 0.0)), (128, 88)),  # just sure
        ((-4, 90), heatmap((0, 22, 5)), (-4, 90)),
        ((130, 256), heatmap((32, 63, 5)), (130, 256)),
        ((1, 255), heatmap((0, 63, 5), (3, 60, 5)), (6, 246)),  # the window ends with the map
    ],
)
def test_a_landmark_moves_to_its_heat(
    point: tuple[float, float], heat: NDArray[np.float32], expected: tuple[float, float]
) -> None:
    before = np.array([point], np.float64)
    np.testing.assert_allclose(refined(before, heat), [expected], atol=1e-4)
    np.testing.assert_array_equal(before, [point])


class Stub:
    """Stands in for a network: returns what it was made with, and keeps what it was shown."""

    def __init__(self, *outputs: NDArray[np.float32]) -> None:
        self.made = list(outputs)
        self.shown: list[NDArray[np.float32]] = []

    def run(self, *pictures: NDArray[np.float32]) -> None:
        self.shown.append(pictures[0])

    def outputs(self, first: int = 0, last: int | None = None) -> list[NDArray[np.float32]]:
        return self.made[first:last]


def detector(*logits: float) -> Stub:
    """Sees people whose hips are at anchors far apart, the circle's top 56 cells above."""
    raw, scores = np.zeros((2254, 12), np.float32), np.full((2254, 1), -50, np.float32)
    raw[:, 2:4] = 10
    raw[:, 7] = -56
    for number, logit in enumerate(logits):
        scores[14 * 2 + 28 * 2 * (13 - 3 * number)] = logit
    return Stub(raw, scores)


def landmarker(presence: float) -> Stub:
    marks = np.zeros((39, 5), np.float32)
    marks[:, 0], marks[:, 1], marks[:, 2] = 128, np.arange(39), -64
    heat = np.full((64, 64, 39), -100, np.float32)
    maps = np.zeros((1, 1, 1), np.float32)
    return Stub(marks.ravel(), np.array([presence], np.float32), heat, maps)


def outline() -> Stub:
    drawn = np.full((CELLS, CELLS, 1), -100, np.float32)
    drawn[100:150, 50:150] = 100
    return Stub(drawn)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stub]:
    parts = {DETECTOR: detector(3.0), LANDMARKER: landmarker(0.9), OUTLINE: outline()}
    monkeypatch.setattr(vision.backends.litert, "load_networks", lambda path: parts)
    return parts


def test_landmarks_and_silhouette_come_back_to_the_picture(stubbed: dict[str, Stub]) -> None:
    picture = np.full((448, 448, 3), 255, np.uint8)
    (person,) = LiteRTEstimator("full").detect(picture)
    # hips at the anchor (14.5, 13.5) / 28; the region is 2.5 · 56 of 224 cells wide
    middle, side = np.array([14.5, 13.5]) / 28 * 448, 2.5 * 56 * 2
    assert person.points_px.shape == (LANDMARKS, 2)
    expected = middle + (np.column_stack((np.full(33, 128), np.arange(33))) / 256 - 0.5) * side
    np.testing.assert_allclose(person.points_px, expected, atol=1e-4)
    np.testing.assert_allclose(person.depth_px, -side / 4, atol=1e-4)
    assert person.silhouette is not None
    assert person.silhouette.shape == picture.shape[:2]
    rows, columns = np.nonzero(person.silhouette > 0.5)
    low = middle + (np.array([50, 100]) / 256 - 0.5) * side
    high = middle + (np.array([149, 149]) / 256 - 0.5) * side
    np.testing.assert_allclose([columns.min(), rows.min()], low, atol=1.5)
    np.testing.assert_allclose([columns.max(), rows.max()], high, atol=1.5)


def test_the_networks_see_their_own_range(stubbed: dict[str, Stub]) -> None:
    white = np.full((448, 448, 3), 255, np.uint8)
    LiteRTEstimator("full").detect(white)
    LiteRTEstimator("full").detect(white - np.uint8(255))
    for name, low, side in ((DETECTOR, -1, 224), (LANDMARKER, 0, 256)):
        for shown, value in zip(stubbed[name].shown, (1, low), strict=True):
            assert shown.shape == (side, side, 3)
            assert shown.dtype == np.float32
            np.testing.assert_allclose(shown, value)


@pytest.mark.parametrize(("presence", "people"), [(0.31, 1), (0.29, 0), (0.0, 0)])
def test_a_region_that_holds_nobody_is_nobody(
    stubbed: dict[str, Stub], presence: float, people: int
) -> None:
    stubbed[LANDMARKER] = landmarker(presence)
    assert len(LiteRTEstimator("full").detect(np.zeros((448, 448, 3), np.uint8))) == people


def test_at_most_three_people_the_surest_first(stubbed: dict[str, Stub]) -> None:
    stubbed[DETECTOR] = detector(1.0, 4.0, 2.0, 3.0)
    people = LiteRTEstimator("full").detect(np.zeros((448, 448, 3), np.uint8))
    heights = [float(person.points_px[0, 1]) for person in people]
    steps = np.array(heights) - heights[0]
    np.testing.assert_allclose(steps, [0, -2 * 48, -48], atol=1e-3)  # second, fourth, third


# --- the real networks ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def estimator() -> Iterator[LiteRTEstimator]:
    with LiteRTEstimator("full") as model:
        yield model


def test_its_model_is_told_apart_and_finds_its_correction(estimator: LiteRTEstimator) -> None:
    usual = MediaPipeEstimator("full").model
    assert protocol(estimator).model.name == f"{usual.name}@litert"
    assert estimator.model.sha256 == usual.sha256
    ours, theirs = calibration_for(estimator.model), calibration_for(usual)
    assert ours is not None
    assert theirs is not None
    assert ours.version == theirs.version


@needs_litert
def test_it_agrees_with_mediapipe(estimator: LiteRTEstimator, sample_images: Path) -> None:
    photo = read_photo((sample_images / "right-near-2.jpg").read_bytes())
    turns = (Transform(1), Transform(3, mirrored=True))
    with MediaPipeEstimator("full") as usual:
        theirs, ours = (estimate_pose(photo, one, turns) for one in (usual, estimator))
    for one, other in zip(ours.passes, theirs.passes, strict=True):
        (person,), (expected,) = one.people, other.people
        away = np.linalg.norm(person.points_px - expected.points_px, axis=1)
        assert np.median(away) < 0.1
        assert np.median(np.abs(person.depth_px - expected.depth_px)) < 0.5
        assert person.silhouette is not None
        assert expected.silhouette is not None
        assert np.abs(person.silhouette - expected.silhouette).mean() < 1e-3


@needs_litert
def test_it_finds_nobody_in_an_empty_scene(estimator: LiteRTEstimator) -> None:
    assert estimator.detect(np.full((300, 400, 3), 200, np.uint8)) == ()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ai_edge_litert", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InvalidOption, match=r"pip install 'thomas-test\[litert\]'"):
        LiteRTEstimator("full").detect(np.zeros((64, 64, 3), np.uint8))


SILENT = """
import sys
import numpy as np
from vision.backends.litert import LiteRTEstimator
from vision.photo import read_photo

def trap(event, details):
    if event.startswith("socket."):
        raise RuntimeError(f"network: {event}{details}")

sys.addaudithook(trap)
estimator = LiteRTEstimator("full")
assert len(estimator.detect(read_photo(open(sys.argv[1], "rb").read()).pixels)) == 1
assert "mediapipe" not in sys.modules
"""


@needs_litert
def test_it_opens_no_socket_leaves_no_file_and_says_nothing(
    sample_images: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-B", "-c", SILENT, str(sample_images / "right-near-2.jpg")],
        capture_output=True, check=False, timeout=120, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []
