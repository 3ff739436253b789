"""LiteRT's shared search: two searches serve all passes, as long as they agree."""

import math
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import vision.backends.litert
from vision.backends.litert import LiteRTEstimator, after, inverse
from vision.backends.mediapipe import MediaPipeEstimator
from vision.backends.networks import DETECTOR, LANDMARKER, OUTLINE, Network, load_networks
from vision.backends.regions import MAX_APART, MAX_LARGER, MAX_TURNED, Region, same_person
from vision.backends.weights import WEIGHTS_DIR
from vision.measurement import measure
from vision.photo import read_photo
from vision.pose import TurningEstimator, estimate_pose
from vision.transforms import ALL_PASSES, SIDEWAYS_PASSES, Transform

needs_litert = pytest.mark.skipif(
    find_spec("ai_edge_litert") is None, reason="ai-edge-litert (extra [litert]) is not installed"
)
transforms = st.builds(Transform, st.integers(0, 3), st.booleans())
regions = st.builds(
    Region,
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    st.floats(1, 1000),
    st.floats(-3.1, 3.1),
)


# --- geometry -------------------------------------------------------------------------------


@given(transforms, st.integers(1, 900), st.integers(1, 900))
def test_the_matrix_of_a_transform_undoes_it(one: Transform, width: int, height: int) -> None:
    points = np.array([[0.0, 0.0], [10.0, 3.0], [-7.5, 40.25]])
    matrix = one.to_original(width, height)
    expected = one.undo(points, width, height)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], expected, atol=1e-9)
    same = after(matrix, inverse(matrix))
    np.testing.assert_allclose(same, [[1, 0, 0], [0, 1, 0]], atol=1e-9)


@given(regions, transforms)
def test_a_region_that_is_moved_covers_the_same_square(region: Region, one: Transform) -> None:
    matrix = one.to_original(640, 480)
    moved = region.moved(matrix)
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
    expected = (corners @ region.to_picture(1).T) @ matrix[:, :2].T + matrix[:, 2]
    if one.mirrored:  # the corners at the left and right of the body change places
        expected = expected[[1, 0, 3, 2]]
    np.testing.assert_allclose(corners @ moved.to_picture(1).T, expected, atol=1e-6)
    back = moved.moved(inverse(matrix))
    np.testing.assert_allclose(back.to_picture(1), region.to_picture(1), atol=1e-6)


@given(regions, st.sampled_from(["apart", "larger", "turned"]), st.booleans())
def test_searches_agree_up_to_their_limits(region: Region, kind: str, agree: bool) -> None:
    share = 0.98 if agree else 1.02
    x, y = region.centre_px
    changed = {
        "apart": {"centre_px": (x + share * MAX_APART * region.side_px, y)},
        "larger": {"side_px": region.side_px * (1 + share * (MAX_LARGER - 1))},
        "turned": {"turn": region.turn - share * MAX_TURNED + 2 * math.pi},
    }
    other = replace(region, **changed[kind])  # type: ignore[arg-type]
    assert same_person([region], [other]) is agree
    assert same_person([other], [region]) is agree
    assert not same_person([], [region])
    assert not same_person([region], [])


# --- what is searched, looked at and drawn ----------------------------------------------------


class Searches:
    """Counts what an estimator runs, and says what its searches find, in pixels of the picture."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *found: tuple[Region, ...]) -> None:
        self.found = found
        self.searched: list[Transform] = []
        self.looked: list[tuple[Transform, Region, bool]] = []
        monkeypatch.setattr(vision.backends.litert, "load_networks", lambda path: {"none": None})
        monkeypatch.setattr(LiteRTEstimator, "_search", self.search)
        monkeypatch.setattr(LiteRTEstimator, "_look", self.look)

    def search(self, copy: Any) -> tuple[Region, ...]:
        found = self.found[min(len(self.searched), len(self.found) - 1)]
        self.searched.append(copy.transform)
        return tuple(one.moved(inverse(copy.to_picture)) for one in found)

    def look(self, copy: Any, region: Region, *, silhouette: bool) -> None:
        self.looked.append((copy.transform, region.moved(copy.to_picture), silhouette))


ONE, SAME, ELSEWHERE = (
    Region((300, 200), 240, 1.5),
    Region((304, 198), 250, 1.45),
    Region((90, 200), 240),
)
PICTURE = np.zeros((480, 640, 3), np.uint8)


def test_the_other_passes_use_the_regions_of_the_other_mirror_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = Searches(monkeypatch, (ONE,), (SAME, ELSEWHERE))
    LiteRTEstimator("full").detect_turned(PICTURE, SIDEWAYS_PASSES, share_search=True)
    assert seen.searched == list(SIDEWAYS_PASSES[:2])
    plain, mirrored, plain_again, mirrored_again = SIDEWAYS_PASSES
    expected = [
        (plain, ONE, True), (mirrored, SAME, True), (mirrored, ELSEWHERE, True),
        (plain_again, SAME, False), (plain_again, ELSEWHERE, False), (mirrored_again, ONE, False),
    ]  # fmt: skip
    assert [(one, drawn) for one, _, drawn in seen.looked] == [(t, d) for t, _, d in expected]
    for (_, region, _), (_, wanted, _) in zip(seen.looked, expected, strict=True):
        np.testing.assert_allclose(region.to_picture(1), wanted.to_picture(1), atol=1e-6)


@pytest.mark.parametrize("found", [((ONE,), (ELSEWHERE,)), ((ONE,), ()), ((), ())])
def test_each_pass_searches_by_itself_if_two_disagree(
    monkeypatch: pytest.MonkeyPatch, found: tuple[tuple[Region, ...], ...]
) -> None:
    seen = Searches(monkeypatch, *found)
    LiteRTEstimator("full").detect_turned(PICTURE, SIDEWAYS_PASSES, share_search=True)
    assert seen.searched == list(SIDEWAYS_PASSES)
    assert all(drawn for _, _, drawn in seen.looked)


def test_no_search_is_shared_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Searches(monkeypatch, (ONE,))
    LiteRTEstimator("full").detect_turned(PICTURE, ALL_PASSES)
    assert seen.searched == list(ALL_PASSES)


def test_no_silhouette_is_drawn_where_none_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Searches(monkeypatch, (ONE,))
    LiteRTEstimator("full").detect_turned(PICTURE, (Transform(1),), silhouettes=False)
    assert [drawn for _, _, drawn in seen.looked] == [False]


# --- the real networks ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def estimator() -> Iterator[LiteRTEstimator]:
    with LiteRTEstimator("full") as model:
        yield model


def turning(estimator: TurningEstimator) -> TurningEstimator:
    """Accepted by the type checker only if it is one."""
    return estimator


@needs_litert
def test_turned_copies_are_those_that_would_be_made(
    estimator: LiteRTEstimator, sample_images: Path
) -> None:
    photo = read_photo((sample_images / "right-near-2.jpg").read_bytes())
    assert isinstance(turning(estimator), TurningEstimator)
    assert not isinstance(MediaPipeEstimator("full"), TurningEstimator)

    class Plain:
        model, detect = estimator.model, staticmethod(estimator.detect)

    made = estimate_pose(photo, Plain(), ALL_PASSES)
    cut = estimate_pose(photo, estimator, ALL_PASSES)
    for one, other in zip(made.passes, cut.passes, strict=True):
        for a, b in zip(one.people, other.people, strict=True):
            away = np.linalg.norm(a.points_px - b.points_px, axis=1)
            assert np.median(away) < 0.1
            assert a.silhouette is not None
            assert b.silhouette is not None
            assert np.abs(a.silhouette - b.silhouette).mean() < 1e-3


@needs_litert
@pytest.mark.parametrize("variant", ["heavy", "full"])
def test_a_split_network_gives_what_the_whole_one_gives(variant: str) -> None:
    import zipfile

    path = WEIGHTS_DIR / f"pose_landmarker_{variant}.task"
    with zipfile.ZipFile(path) as bundle:
        whole = Network(bundle.read(LANDMARKER))
    parts = load_networks(path)
    picture = np.random.default_rng(3).random((256, 256, 3), np.float32)
    whole.run(picture)
    marks, presence, drawn, heat, _ = whole.outputs()
    parts[LANDMARKER].run(picture)
    *seen, one, two = parts[LANDMARKER].outputs()
    parts[OUTLINE].run(one, two)
    for found, expected in zip(
        (*seen, *parts[OUTLINE].outputs()), (marks, presence, heat, drawn), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    assert set(parts) == {DETECTOR, LANDMARKER, OUTLINE}


@needs_litert
def test_a_mirrored_photo_mirrors_the_result(
    estimator: LiteRTEstimator, sample_images: Path
) -> None:
    pixels: NDArray[np.uint8] = read_photo((sample_images / "right-near-2.jpg").read_bytes()).pixels
    results = [
        measure(picture, estimator=estimator, fast=True)
        for picture in (pixels, np.ascontiguousarray(pixels[:, ::-1]))
    ]
    one, other = (result.angles for result in results)
    assert one is not None
    assert other is not None
    assert abs(one.thigh.value_deg - other.thigh.value_deg) < 0.2
    assert abs(one.knee_flexion.value_deg - other.knee_flexion.value_deg) < 0.2
