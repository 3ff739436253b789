"""What was learned from photos with known truth: which leg is in front, and how far off.

Two small models per pose model, fitted by ``benchmarks/calibrate.py`` and stored as plain
arrays in ``vision/calibration_data``; nothing but numpy is needed to apply them.

- *Side*: two logistic regressions, one on landmarks, one on edge histograms around the hip,
  whose log odds are added. The model's own left/right labels are wrong in one photo of
  twenty in this pose, nearly always by calling a hidden leg the near one.
- *Correction*: gradient-boosted trees from landmarks, outline of the limbs and camera
  direction to the error of the plain geometry. Trees do not extrapolate, so a photo unlike
  the training photos is corrected by no more than they needed.

A calibration belongs to one pose model, found by the SHA-256 of its weights; landmarks of
another model are left as they are.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.errors import WeightsCorrupt
from vision.features import edge_features, landmark_features, silhouette_features
from vision.figure import Side
from vision.geometry import (
    knee_flexion_angle,
    robust_spread,
    seen_from_the_side,
    thigh_angle,
    wrap_deg,
)
from vision.level import Level
from vision.photo import Photo
from vision.pose import ModelInfo
from vision.view import View, other

Floats = NDArray[np.float64]

DATA_DIR: Final = Path(__file__).parent / "calibration_data"
FORMAT: Final = 1
"""Of the data file; raised whenever the inputs or targets of the models change."""
FADE_DEG: Final = 5.0
"""How far outside the training photos' angles the learned steps have faded out, degrees."""
VOTE_LOG_ODDS: Final = 3.4
"""Log odds of a unanimous vote of the passes' labels: right in 97 % of the training photos."""
TARGETS: Final = ("image_thigh", "image_knee", "camera_thigh", "camera_knee")
"""What the trees predict, degrees: additions to the plain angles to reach what a perfect reader
finds in the picture, and what perspective leaves from there to the 3-D angles."""
CLIP_SIGMAS: Final = 4.0
"""Inputs of the logistic regressions are clipped to so many training standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationInput:
    """Everything the learned steps look at.

    Attributes
    ----------
    landmarks, silhouette, edges : ndarray, shape (N,)
        See :mod:`vision.features`.
    camera : ndarray, shape (2,)
        Pitch and yaw in degrees / 10, yaw + towards the feet; 0 where unknown.
    spread_deg : ndarray, shape (2,)
        Robust standard deviation of thigh and knee over the passes, degrees.
    near_vote : float
        Share of the passes that call the tested leg the near one.
    thigh_deg, knee_flexion_deg : float
        Plain geometry; the thigh against the photo's own horizontal, degrees.
    perspective_deg : ndarray, shape (2,)
        What thigh and knee gain when seen squarely from the side; 0 where the direction of
        the camera is unknown.
    levelled_deg : ndarray, shape (3,)
        Thigh and hugged thigh against the true horizontal, and knee flexion, degrees: they
        tell how much a photo is like the training photos.
    """

    landmarks: Floats
    silhouette: Floats
    edges: Floats
    camera: Floats
    spread_deg: Floats
    near_vote: float
    thigh_deg: float
    knee_flexion_deg: float
    perspective_deg: Floats
    levelled_deg: Floats

    @property
    def side_landmarks(self) -> Floats:
        """Input of the first logistic regression."""
        return np.append(self.landmarks, 4 * self.near_vote)

    def correction(self, *, near: bool) -> Floats:
        """Input of the trees."""
        side = 1.0 if near else -1.0
        return np.concatenate(
            (
                self.landmarks,
                self.silhouette,
                self.camera,
                self.perspective_deg,
                self.spread_deg,
                [side],
            )
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """Additions to the plain angles and what is left uncertain after them, degrees.

    Attributes
    ----------
    image_thigh_deg, image_knee_deg : float
        To reach what a perfect reader finds in the picture.
    thigh_deg, knee_deg : float
        To reach the 3-D angle of the joint centres.
    thigh_sigma_deg, knee_sigma_deg : float
        Standard error of the corrected 3-D angles, the level's own left out.
    support : float
        How much the photo is like the training photos, 0–1: by so much it was corrected.
    """

    image_thigh_deg: float
    image_knee_deg: float
    thigh_deg: float
    knee_deg: float
    thigh_sigma_deg: float
    knee_sigma_deg: float
    support: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Fitted arrays of one pose model; see ``benchmarks/calibrate.py`` for how they are made.

    Attributes
    ----------
    version : str
        Name stored with every result.
    arrays : dict of str to ndarray
        Contents of the data file.
    """

    version: str
    arrays: dict[str, Floats]

    def support(self, found: CalibrationInput) -> float:
        """Return how much a photo is like the training photos, 0–1.

        1 while its angles lie within theirs; the learned steps fade out beyond.
        """
        low, high = self.arrays["range_low"], self.arrays["range_high"]
        excess = np.maximum(low - found.levelled_deg, found.levelled_deg - high).max()
        return float(np.clip(1.0 - excess / FADE_DEG, 0.0, 1.0))

    def near_log_odds(self, found: CalibrationInput) -> float:
        """Return the log odds that the tested leg is the near one; + = near."""
        learned = self._logit("side", found.side_landmarks) + self._logit("edge", found.edges)
        vote = VOTE_LOG_ODDS * (2.0 * found.near_vote - 1.0)
        support = self.support(found)
        return support * learned + (1.0 - support) * vote

    def _logit(self, name: str, value: Floats) -> float:
        mean, scale = self.arrays[f"{name}_mean"], self.arrays[f"{name}_scale"]
        standard = np.clip((value - mean) / scale, -CLIP_SIGMAS, CLIP_SIGMAS)
        weights = self.arrays[f"{name}_weights"]
        return float(standard @ weights[:-1] + weights[-1])

    @property
    def min_log_odds(self) -> float:
        """Log odds below which, either way, the side counts as unknown."""
        return float(self.arrays["side_min_log_odds"])

    def correct(self, found: CalibrationInput, *, near: bool) -> Correction:
        """Predict the error of the plain geometry and how uncertain the prediction is."""
        support = self.support(found)
        value = found.correction(near=near)
        learned = np.array([self._trees(target, value) for target in TARGETS])
        image = support * learned[:2]
        camera = support * (found.perspective_deg + learned[2:])
        terms = np.array([1.0, float(near), *np.minimum(found.spread_deg, 10.0)])
        sigmas = []
        for joint in ("thigh", "knee"):
            corrected = float(np.exp(terms @ self.arrays[f"{joint}_log_sigma"]))
            plain = float(np.exp(terms @ self.arrays[f"plain_{joint}_log_sigma"]))
            sigmas.append(support * corrected + (1.0 - support) * plain)
        return Correction(*image.tolist(), *(image + camera).tolist(), *sigmas, *[support])

    def _trees(self, target: str, value: Floats) -> float:
        """Sum the leaves that a feature vector falls into; all trees step down at once."""
        feature = self.arrays[f"{target}_feature"].astype(np.intp)
        threshold, children = self.arrays[f"{target}_threshold"], self.arrays[f"{target}_children"]
        node = np.zeros(len(feature), np.intp)
        tree = np.arange(len(feature))
        for _ in range(int(self.arrays[f"{target}_depth"])):
            goes_right = value[feature[tree, node]] > threshold[tree, node]
            node = children[tree, node, goes_right.astype(np.intp)].astype(np.intp)
        leaves = self.arrays[f"{target}_value"][tree, node]
        return float(self.arrays[f"{target}_base"] + leaves.sum())


@cache
def calibration_for(model: ModelInfo) -> Calibration | None:
    """Return the calibration of exactly that pose model, or None.

    Raises
    ------
    WeightsCorrupt
        If there is one, but in another format.
    """
    path = DATA_DIR / f"{model.weights}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as data:
        if str(data["model_sha256"]) != model.sha256:
            return None
        if "format" not in data or int(data["format"]) != FORMAT:
            raise WeightsCorrupt(f"{path.name} was fitted for another version of this package.")
        arrays = {key: data[key] for key in data.files if data[key].dtype.kind == "f"}
        return Calibration(str(data["version"]), arrays)


def calibration_input(photo: Photo, view: View, level: Level) -> CalibrationInput | None:
    """Describe a supine body for the learned steps; None if there is no body or silhouette."""
    body, head = view.body, view.head_towards
    if body is None or head is None:
        return None
    silhouette = silhouette_features(photo, body, head)
    if silhouette is None:
        return None
    chain = np.median(body.tested_px, axis=0)
    passes = [body.tested_px[:, joint] for joint in range(3)]
    thigh = thigh_angle(chain[0], chain[1], head_towards=head)
    knee = knee_flexion_angle(*chain, head_towards=head)
    hugged_hip, hugged_knee = np.median(body.hugged_px, axis=0)[:2]
    hugged = thigh_angle(hugged_hip, hugged_knee, head_towards=head) % 360.0
    to_feet = 1.0 if head == "left" else -1.0
    near_label = other(head)
    levelled = np.array([thigh - to_feet * level.roll_deg, knee])
    return CalibrationInput(
        landmarks=landmark_features(body, head, level),
        silhouette=silhouette,
        edges=edge_features(photo, body, head),
        camera=np.array([(level.pitch_deg or 0.0) / 10, to_feet * (level.yaw_deg or 0.0) / 10]),
        spread_deg=np.array(
            [
                robust_spread(thigh_angle(passes[0], passes[1], head_towards=head), thigh),
                robust_spread(knee_flexion_angle(*passes, head_towards=head), knee),
            ]
        ),
        near_vote=body.labels.count(near_label) / len(body.labels),
        thigh_deg=float(thigh),
        knee_flexion_deg=float(knee),
        perspective_deg=_perspective(photo, chain, head, level, levelled),
        levelled_deg=np.array([levelled[0], hugged - to_feet * level.roll_deg, knee]),
    )


def _perspective(
    photo: Photo, chain_px: Floats, head: Side, level: Level, levelled_deg: Floats
) -> Floats:
    """Return what thigh and knee gain when seen squarely from the side; 0 where unknown."""
    if level.pitch_deg is None or level.yaw_deg is None:
        return np.zeros(2)
    square = seen_from_the_side(
        chain_px,
        (photo.width_px, photo.height_px),
        head_towards=head,
        roll_deg=level.roll_deg,
        pitch_deg=level.pitch_deg,
        yaw_deg=level.yaw_deg,
        focal_px=photo.metadata.focal_px(photo.width_px, photo.height_px),
    )
    return wrap_deg(square - levelled_deg)
