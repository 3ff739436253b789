"""The learned steps: applied as they were fitted, only where they were, and to one model only."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vision.calibration
from drawn_body import DrawnEstimator, photographed
from stick_figure import StickFigure, marked_picture
from tiny_calibration import (
    BASES,
    FADE,
    FOUND,
    GENERAL,
    GENERAL_INPUTS,
    HIGH,
    LOW,
    SECOND_MAKE_AT,
    found,
    landmarks,
    outline,
    outside,
    tiny,
)
from vision.angles import measure_angles
from vision.backends.weights import WEIGHTS_DIR, verify_weights
from vision.calibration import (
    ALL_MAKES,
    FADE_DEG,
    FORMAT,
    JOINTS,
    TARGETS,
    VOTE_LOG_ODDS,
    Calibration,
    calibration_for,
)
from vision.calibration_input import CalibrationInput, calibration_input
from vision.errors import WeightsCorrupt
from vision.geometry import knee_flexion_angle, seen_from_the_side, thigh_angle
from vision.learned import CLIP_SIGMAS
from vision.level import Level, given_level
from vision.measurement import measure
from vision.pose import ModelInfo
from vision.sides import Side

MODELS = ("pose_landmarker_heavy", "pose_landmarker_full")
FIGURE = StickFigure(hip_gap=0.1, shoulder_gap=0.05)


def special(landmark: float, outlined: float, *, near: bool) -> dict[str, float]:
    """What the first make's correction says: half of its trees, as its linear map says 0."""
    leaf = 10.0 if landmark <= 1 else -3.0 if outlined <= 0 else 5.0
    return {target: (base + leaf + (1 if near else -1)) / 2 for target, base in BASES.items()}


def four(calibration: Calibration, photo: CalibrationInput, *, near: bool = True) -> list[float]:
    """Additions in the picture, thigh and shank, and to the 3-D directions."""
    return [float(one) for one in calibration.additions(photo, near=near)[0]]


def summed(parts: dict[str, float]) -> list[float]:
    """The same from the four targets: from the picture on to the body they add up."""
    image = [parts["image_thigh"], parts["image_shank"]]
    return [*image, image[0] + parts["camera_thigh"], image[1] + parts["camera_shank"]]


# --- corrections --------------------------------------------------------------------------------


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize(("landmark", "outlined"), [(0.0, 9.0), (1.0, 9.0)])
def test_trees_are_walked_to_their_leaves(landmark: float, outlined: float, near: bool) -> None:
    photo = found(landmarks=landmarks(landmark), silhouette=outline(outlined))
    expected = summed(special(landmark, outlined, near=near))
    assert four(tiny(), photo, near=near) == pytest.approx(expected)


@pytest.mark.parametrize(("outlined", "leaf"), [(0.0, -3.0), (-1.0, -3.0), (0.01, 5.0), (9.0, 5.0)])
def test_trees_step_down_twice(outlined: float, leaf: float) -> None:
    # A fade far away, so that a body with so odd a landmark still counts as of the first make.
    known = tiny(likeness_fade=np.array([[50.0, 60.0], [1e-3, 2e-3]]))
    photo = found(landmarks=landmarks(1.01), silhouette=outline(outlined))
    expected = summed({target: (base + leaf + 1) / 2 for target, base in BASES.items()})
    assert four(known, photo) == pytest.approx(expected)


def test_the_linear_map_is_averaged_with_the_trees() -> None:
    weights = np.zeros_like(tiny().arrays["image_thigh_weights"])
    weights[0, 0], weights[0, -1] = 4.0, 6.0
    photo = found(landmarks=landmarks(0.5))
    plain, tilted = (four(one, photo) for one in (tiny(), tiny(image_thigh_weights=weights)))
    added = (4.0 * 0.5 + 6.0) / 2
    assert np.subtract(tilted, plain) == pytest.approx([added, 0.0, added, 0.0])


def test_the_make_that_is_nearer_is_asked() -> None:
    second = four(tiny(), found(landmarks=landmarks(SECOND_MAKE_AT)))
    image = [(BASES[f"image_{limb}"] + 100 - 3 + 1) / 2 for limb in ("thigh", "shank")]
    assert second[:2] == pytest.approx(image)


@pytest.mark.parametrize(
    ("away", "share"),
    [
        (0.0, 1.0),
        (FADE[0] ** 0.5, 1.0),
        (1.5**0.5, 0.5),
        (1.9**0.5, 0.1),
        (2**0.5, 0.0),
        (4.0, 0.0),
    ],
)
def test_what_one_make_taught_fades_with_the_likeness_to_it(away: float, share: float) -> None:
    photo = found(landmarks=landmarks(-away))
    _, likeness = tiny().likeness(photo)
    assert likeness == pytest.approx(share)
    known = summed(special(-away, 0.0, near=True))
    general = summed(dict(zip(BASES, GENERAL, strict=True)))
    mixed = [share * one + (1 - share) * other for one, other in zip(known, general, strict=True)]
    assert four(tiny(), photo) == pytest.approx(mixed)


STRANGE = found(landmarks=landmarks(SECOND_MAKE_AT / 2))
"""A body like none of the training photos'."""


@pytest.mark.parametrize(("yaw", "believed"), [(0.0, 0.0), (1.5, 1.5), (3.0, 3.0), (9.0, 3.0)])
def test_a_stranger_gets_the_general_correction_alone(yaw: float, believed: float) -> None:
    general = tiny().arrays["general_weights"].copy()
    general[:, 1] = (0.4, 0.0, 0.0, -0.2)
    photo = replace(STRANGE, camera=np.array([0.0, yaw]))
    added = four(tiny(general_weights=general), photo)
    base = summed(dict(zip(BASES, GENERAL, strict=True)))
    turned = [0.4 * believed, 0.0, 0.4 * believed, -0.2 * believed]
    # Half of it: the trees of all makes, which are averaged with the map, do not look at yaw.
    assert np.subtract(added, base) == pytest.approx(np.array(turned) / 2, abs=1e-6)


@pytest.mark.parametrize(("excess", "support"), [(0.0, 1.0), (0.4, 0.6), (1.0, 0.0), (9.0, 0.0)])
def test_the_trees_of_all_makes_fade_out_beside_their_angles(excess: float, support: float) -> None:
    bases = tiny().arrays["image_shank_base"].copy()
    bases[ALL_MAKES] += 6.0
    photo = replace(STRANGE, levelled_deg=outside(excess * FADE_DEG).levelled_deg)
    plain, moved = (four(one, photo) for one in (tiny(), tiny(image_shank_base=bases)))
    added = 3.0 * support
    assert np.subtract(moved, plain) == pytest.approx([0.0, added, 0.0, added])


def test_the_general_correction_sees_what_it_is_named_after(drawn_input: CalibrationInput) -> None:
    value = drawn_input.general(near=False)
    assert value.shape == (GENERAL_INPUTS,)
    assert value[11] == -1.0
    assert value[10] == pytest.approx(drawn_input.landmarks[2] - drawn_input.landmarks[0])
    np.testing.assert_array_equal(value[4:6], drawn_input.landmarks[13:15])
    np.testing.assert_array_equal(value[6:10], drawn_input.landmarks[23:27])


def test_perspective_is_undone_in_3d_and_not_in_the_picture() -> None:
    square, oblique = (
        tiny().correct(found(perspective_deg=np.array(gain)), near=True)
        for gain in ((1e-9, 0.0), (3.0, -4.0))
    )
    assert oblique.image_thigh_deg == pytest.approx(square.image_thigh_deg)
    assert oblique.image_knee_deg == pytest.approx(square.image_knee_deg)
    assert oblique.thigh_deg == pytest.approx(square.thigh_deg + 3.0)
    assert oblique.knee_deg == pytest.approx(square.knee_deg - 4.0)


def test_the_knee_is_what_lies_between_thigh_and_shank() -> None:
    image_thigh, image_shank, thigh, shank = four(tiny(), FOUND)
    correction = tiny().correct(FOUND, near=True)
    assert correction.image_knee_deg == pytest.approx(image_thigh - image_shank)
    assert (correction.thigh_deg, correction.image_thigh_deg) == (thigh, image_thigh)
    assert correction.knee_deg == pytest.approx(thigh - shank)


def test_every_target_has_its_trees() -> None:
    assert set(TARGETS) == set(BASES)


# --- side ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("landmark", "vote", "edge", "log_odds"),
    [
        (1.0, 0.0, 0.0, -0.25),  # the average photo: the intercept alone
        (3.0, 0.0, 0.0, 1.0 - 0.25),  # one standard deviation
        (1.0, 1.0, 0.0, 0.5 - 0.25),
        (1.0, 0.0, 2.5, 2.5 - 0.25),
        (1e6, 0.0, 0.0, CLIP_SIGMAS - 0.25),
        (-1e6, 0.0, 0.0, -CLIP_SIGMAS - 0.25),
        (1.0, 0.0, -1e6, -CLIP_SIGMAS - 0.25),
    ],
)
def test_log_odds_are_added_and_oddities_are_clipped(
    landmark: float, vote: float, edge: float, log_odds: float
) -> None:
    photo = found(landmarks=landmarks(landmark), near_vote=vote, edges=np.array([7.0, 7.0, edge]))
    assert tiny().near_log_odds(photo) == pytest.approx(log_odds)


@pytest.mark.parametrize("vote", [0.0, 0.25, 0.5, 1.0])
def test_far_from_the_training_photos_the_labels_vote(vote: float) -> None:
    unlike = outside(2 * FADE_DEG)
    learned = tiny(edge_weights=np.array([0.0, 0.0, 0.0, 50.0]))
    odds = [learned.near_log_odds(found(levelled_deg=unlike.levelled_deg, near_vote=vote))]
    assert odds == pytest.approx([VOTE_LOG_ODDS * (2 * vote - 1)])


# --- support ------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0, 1, 2])
@pytest.mark.parametrize("side", ["below", "above"])
@pytest.mark.parametrize(
    ("excess", "support"),
    [(-5.0, 1), (0.0, 1), (0.25, 0.75), (0.5, 0.5), (0.9, 0.1), (1.0, 0), (20.0, 0)],
)
def test_support_fades_out_beside_the_training_photos(
    excess: float, support: float, side: str, angle: int
) -> None:
    angles = FOUND.levelled_deg.copy()
    beyond = excess * FADE_DEG if excess > 0 else excess
    angles[angle] = HIGH[angle] + beyond if side == "above" else LOW[angle] - beyond
    assert tiny().support(found(levelled_deg=angles)) == pytest.approx(support)


def test_the_angle_that_is_farthest_out_counts() -> None:
    angles = HIGH + FADE_DEG * np.array([0.2, 0.7, 0.1])
    assert tiny().support(found(levelled_deg=angles)) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("degrees", "support"), [(0.0, 1.0), (0.4 * FADE_DEG, 0.6), (FADE_DEG, 0.0), (99, 0.0)]
)
def test_beside_the_training_photos_a_body_is_a_stranger(degrees: float, support: float) -> None:
    beside = outside(degrees)
    assert tiny().likeness(beside)[1] == pytest.approx(support)
    known, general = four(tiny(), FOUND), four(tiny(), STRANGE)
    mixed = [support * one + (1 - support) * two for one, two in zip(known, general, strict=True)]
    assert four(tiny(), beside) == pytest.approx(mixed)
    sigma = tiny().correct(beside, near=True).thigh_sigma_deg
    assert sigma == pytest.approx(0.5 * 3.0 ** (1 - support))


@pytest.mark.parametrize(
    ("near", "changed", "thigh", "knee", "shank"),
    [
        (False, {}, 1.0, 2.0, 1.5),
        (True, {}, 0.5, 2.0, 1.5),
        (True, {"spread_deg": np.array([3.0, 0.0])}, 0.5 * math.exp(0.3), 2.0, 1.5),
        (False, {"spread_deg": np.array([0.0, 5.0])}, 1.0, 2.0 * math.e, 1.5),
        (False, {"spread_deg": np.array([500.0, 90.0])}, math.e, 2.0 * math.exp(2.0), 1.5),
        (False, {"levelled_deg": np.array([-10.0, 130.0, 90.0])}, 1.0, 2.0 * math.exp(0.75), 1.5),
        (False, {"camera": np.array([0.0, -1.5])}, 1.0, 2.0, 1.5 * math.exp(0.6)),
        (False, {"camera": np.array([0.0, 9.0])}, 1.0, 2.0, 1.5 * math.e),
        (False, {"perspective_deg": np.zeros(2)}, 1.0, 2.0, 3.0),
    ],
    ids=["far", "near", "thigh", "knee", "no more", "bent", "turned", "turned far", "unknown"],
)
def test_what_leaves_more_doubt(
    near: bool, changed: dict[str, Any], thigh: float, knee: float, shank: float
) -> None:
    correction = tiny().correct(found(**changed), near=near)
    sigmas = [getattr(correction, f"{joint}_sigma_deg") for joint in JOINTS]
    assert sigmas == pytest.approx([thigh, knee, shank])


@pytest.mark.parametrize(("knee", "bent"), [(-20.0, 0.0), (60.0, 0.0), (80.0, 1.0), (180.0, 2.0)])
def test_a_bent_knee_is_less_certain_up_to_a_bound(knee: float, bent: float) -> None:
    photo = found(levelled_deg=np.array([-10.0, 130.0, knee]))
    assert photo.doubt(near=True, likeness=1.0)[5] == pytest.approx(bent)


# --- what the learned steps look at -------------------------------------------------------------


@pytest.mark.parametrize("head", ["left", "right"])
@pytest.mark.parametrize(("pitch", "yaw"), [(6.0, -12.0), (-3.0, 15.0), (None, 15.0), (6.0, None)])
def test_perspective_is_what_a_square_look_would_show_more(
    head: Side, pitch: float | None, yaw: float | None
) -> None:
    photo, view = photographed(replace(FIGURE, head_towards=head), sigma=0.01)
    level = Level(3.0, 0.3, "scene", pitch, yaw)
    described = calibration_input(photo, view, level)
    assert described is not None
    assert view.body is not None
    chain = np.median(view.body.tested_px, axis=0)
    gain = np.zeros(2)
    if pitch is not None and yaw is not None:
        size, camera = (photo.width_px, photo.height_px), {"pitch_deg": pitch, "yaw_deg": yaw}
        square = seen_from_the_side(chain, size, head_towards=head, roll_deg=3.0, **camera)
        thigh = thigh_angle(chain[0], chain[1], head_towards=head, roll_deg=3.0)
        gain = square - [thigh, knee_flexion_angle(*chain, head_towards=head)]
        assert np.abs(gain).max() > 0.1
    np.testing.assert_allclose(described.perspective_deg, gain, atol=1e-9)


# --- which calibration --------------------------------------------------------------------------


def stored(folder: Path, sha256: str, version_of_format: int = FORMAT) -> None:
    arrays: dict[str, Any] = {key: value.astype("f4") for key, value in tiny().arrays.items()}
    arrays |= {"format": np.array(version_of_format), "model_sha256": np.array(sha256)}
    np.savez_compressed(folder / "mine.npz", version=np.array("mine-3"), **arrays)


def test_a_calibration_of_another_format_is_refused_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision.calibration, "DATA_DIR", tmp_path)
    stored(tmp_path, "a" * 64, FORMAT + 1)
    with pytest.raises(WeightsCorrupt, match="another version"):
        calibration_for.__wrapped__(ModelInfo("mine", "a" * 64))


def test_a_calibration_belongs_to_the_model_with_its_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vision.calibration, "DATA_DIR", tmp_path)
    stored(tmp_path, "a" * 64)
    find = calibration_for.__wrapped__
    assert find(ModelInfo("mine", "b" * 64)) is None
    assert find(ModelInfo("yours", "a" * 64)) is None
    mine = find(ModelInfo("mine", "a" * 64))
    assert mine is not None
    assert mine.version == "mine-3"
    assert mine.correct(FOUND, near=True).thigh_deg == tiny().correct(FOUND, near=True).thigh_deg
    assert mine.near_log_odds(FOUND) == pytest.approx(tiny().near_log_odds(FOUND))


def real(name: str) -> tuple[ModelInfo, Calibration]:
    model = ModelInfo(name, verify_weights(WEIGHTS_DIR / f"{name}.task"))
    calibration = calibration_for(model)
    assert calibration is not None, f"no calibration for the installed {name}"
    return model, calibration


@pytest.fixture(scope="module")
def drawn_input() -> CalibrationInput:
    described = calibration_input(*photographed(FIGURE, sigma=0.01), given_level(0.0))
    assert described is not None
    return described


@pytest.mark.parametrize("name", MODELS)
def test_another_model_of_the_same_name_is_left_alone(name: str) -> None:
    assert calibration_for(ModelInfo(name, "0" * 64)) is None


@pytest.mark.parametrize("name", MODELS)
def test_stored_arrays_fit_the_features(name: str, drawn_input: CalibrationInput) -> None:
    _, calibration = real(name)
    arrays = calibration.arrays
    for part, value in (("side", drawn_input.posture), ("edge", drawn_input.edges)):
        assert arrays[f"{part}_mean"].shape == arrays[f"{part}_scale"].shape == value.shape
        assert arrays[f"{part}_weights"].shape == (len(value) + 1,)
        assert (arrays[f"{part}_scale"] > 0).all()
    assert (arrays["range_low"] < arrays["range_high"]).all()
    assert calibration.min_log_odds > 0
    inputs, makes = len(drawn_input.special(near=True)), len(arrays["likeness_fade"])
    for target in TARGETS:
        assert arrays[f"{target}_feature"].min() >= 0
        assert arrays[f"{target}_feature"].max() < inputs
        assert len(arrays[f"{target}_base"]) == makes + 1
        assert arrays[f"{target}_weights"].shape == (makes, inputs + 1)
    assert arrays["special_mean"].shape == arrays["special_scale"].shape == (makes, inputs)
    general = len(drawn_input.general(near=True))
    assert arrays["general_weights"].shape == (len(TARGETS), general + 1)
    assert (arrays["general_low"] < arrays["general_high"]).all()
    appearance = len(drawn_input.appearance)
    assert arrays["likeness_precision"].shape == (makes, appearance, appearance)
    assert (arrays["likeness_fade"][:, 0] < arrays["likeness_fade"][:, 1]).all()
    for joint in JOINTS:
        terms = drawn_input.doubt(near=True, likeness=0.5)
        assert arrays[f"{joint}_log_sigma"].shape == terms.shape
        # A stranger is never read more surely than somebody known.
        assert arrays[f"{joint}_log_sigma"][4] >= 0
    for key, array in arrays.items():
        whole = np.isfinite(array) | (np.isposinf(array) & key.endswith("_threshold"))
        assert whole.all(), key


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", MODELS)
def test_every_path_down_a_stored_tree_ends_in_a_leaf(name: str, target: str) -> None:
    arrays = real(name)[1].arrays
    for children in arrays[f"{target}_children"].astype(int):
        trees, nodes = children.shape[:2]
        tree = np.arange(trees)[:, None]
        at = np.zeros((trees, 1), int)
        for _ in range(int(arrays[f"{target}_depth"])):
            at = children[tree, at].reshape(trees, -1)
        assert at.min() >= 0
        assert at.max() < nodes
        np.testing.assert_array_equal(children[tree, at], np.stack((at, at), axis=2))


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_stored_calibrations_give_sober_numbers(
    name: str, near: bool, drawn_input: CalibrationInput
) -> None:
    _, calibration = real(name)
    assert math.isfinite(calibration.near_log_odds(drawn_input))
    assert calibration.support(drawn_input) == 1.0
    # A drawn body is not quite like those that were rendered.
    assert calibration.likeness(drawn_input)[1] < 1.0
    correction = calibration.correct(drawn_input, near=near)
    for delta in (correction.thigh_deg, correction.knee_deg):
        assert abs(delta) < 30
    for delta in (correction.image_thigh_deg, correction.image_knee_deg):
        assert abs(delta) < 30
    assert 0.3 < correction.thigh_sigma_deg < 15
    assert 0.3 < correction.knee_sigma_deg < 15
    assert 0.3 < correction.shank_sigma_deg < 15


@pytest.mark.parametrize("name", MODELS)
def test_a_result_names_its_calibration_and_holds_the_correction(name: str) -> None:
    model, calibration = real(name)
    result = measure(marked_picture(), level_deg=0.0, estimator=DrawnEstimator(FIGURE, model))
    assert result.provenance.calibration == calibration.version
    described = calibration_input(result.photo, result.view, result.level)
    assert described is not None
    assert result.angles is not None
    assert result.view.leg is not None
    correction = calibration.correct(described, near=result.view.leg.near_camera)
    plain = measure_angles(result.view, result.level)
    assert result.angles.thigh.value_deg == pytest.approx(
        plain.thigh.value_deg + correction.thigh_deg
    )
    assert result.angles.knee_flexion.value_deg == pytest.approx(
        plain.knee_flexion.value_deg + correction.knee_deg
    )
    assert result.angles.shank_from_plumb.value_deg == pytest.approx(
        plain.shank_from_plumb.value_deg + correction.thigh_deg - correction.knee_deg
    )
    assert result.angles.image_thigh_deg == pytest.approx(
        plain.thigh.value_deg + correction.image_thigh_deg
    )
    assert result.angles.image_knee_flexion_deg == pytest.approx(
        plain.knee_flexion.value_deg + correction.image_knee_deg
    )
