"""What was learned from photos with known truth: which leg is in front, and how far off.

A few small models per pose model, fitted by ``benchmarks/calibrate.py`` and stored as plain
arrays in ``vision/calibration_data``; nothing but numpy is needed to apply them
(:mod:`vision.learned`).

- *Side*: two logistic regressions, one on posture, one on edge histograms around the hip,
  whose log odds are added. The model's own left/right labels are wrong in one photo of
  twenty in this pose, nearly always by calling a hidden leg the near one.
- *General correction*: the mean of a linear map of a few inputs whose effect was found to carry
  over to makes of bodies that it was not fitted on (camera direction, depth, the head, the
  middle of the shank's outline), and of boosted trees that saw all makes, each about its own
  mean. Its zero is the mean of the makes'.
- *Special corrections*, one per make of training bodies: boosted trees and a linear map from
  landmarks, outline of the limbs and camera direction. They read bodies like those they know
  much better, and others worse. So they fade out with a photo's likeness to its make, and the
  general one remains.

The special ones, all trees and the side also fade out outside the training photos' angles. A calibration
belongs to one pose model, found by the SHA-256 of its weights; landmarks of another model are
left as they are.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.calibration_input import CalibrationInput
from vision.errors import WeightsCorrupt
from vision.learned import likeness, linear, trees
from vision.pose import ModelInfo
from vision.sentences import Sentence

Floats = NDArray[np.float64]

DATA_DIR: Final = Path(__file__).parent / "calibration_data"
FORMAT: Final = 3
"""Of the data file; raised whenever the inputs or targets of the models change."""
FADE_DEG: Final = 5.0
"""How far outside the training photos' angles the learned steps have faded out, degrees."""
VOTE_LOG_ODDS: Final = 3.4
"""Log odds of a unanimous vote of the passes' labels: right in 97 % of the training photos."""
TARGETS: Final = ("image_thigh", "image_shank", "camera_thigh", "camera_shank")
"""What is predicted, degrees: additions to the plain directions of thigh and shank to reach what
a perfect reader finds in the picture, and what perspective leaves from there to the 3-D angles.
The knee is the difference, thigh − shank, so that the three angles always fit together."""
ALL_MAKES: Final = -1
"""Place of the trees that saw every make, after those of each."""
JOINTS: Final = ("thigh", "knee", "shank")
"""Angles with a standard error of their own."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Additions to the plain angles and what is left uncertain after them, degrees.

    Attributes
    ----------
    image_thigh_deg, image_knee_deg : float
        To reach what a perfect reader finds in the picture.
    thigh_deg, knee_deg : float
        To reach the 3-D angle of the joint centres. The shank's angle from plumb,
        90 + thigh − knee, is corrected by their difference.
    thigh_sigma_deg, knee_sigma_deg, shank_sigma_deg : float
        Standard error of the corrected 3-D angles, the level's own left out.
    """

    image_thigh_deg: float
    image_knee_deg: float
    thigh_deg: float
    knee_deg: float
    thigh_sigma_deg: float
    knee_sigma_deg: float
    shank_sigma_deg: float


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
        learned = self._logit("side", found.posture) + self._logit("edge", found.edges)
        vote = VOTE_LOG_ODDS * (2.0 * found.near_vote - 1.0)
        support = self.support(found)
        return support * learned + (1.0 - support) * vote

    def _logit(self, name: str, value: Floats) -> float:
        mean, scale = self.arrays[f"{name}_mean"], self.arrays[f"{name}_scale"]
        return linear(value, mean, scale, self.arrays[f"{name}_weights"])

    @property
    def min_log_odds(self) -> float:
        """Log odds below which, either way, the side counts as unknown."""
        return float(self.arrays["side_min_log_odds"])

    def likeness(self, found: CalibrationInput) -> tuple[int, float]:
        """Return which make of training bodies a photo's body is the most like, and how much.

        By its appearance, and not at all far outside the angles of the training photos.
        """
        make, share = likeness(self.arrays, found.appearance)
        return make, share * self.support(found)

    def additions(self, found: CalibrationInput, *, near: bool) -> tuple[Floats, float]:
        """Predict the error of the plain geometry.

        Returns
        -------
        additions_deg : ndarray, shape (4,)
            In the picture, thigh and shank; to the 3-D directions, thigh and shank.
        likeness : float
            To the make of training bodies that was consulted, 0–1.
        """
        make, alike = self.likeness(found)
        general = self._general(found, near=near)
        special = self._special(make, found.special(near=near))
        learned = general + alike * (special - general)
        thigh, knee = found.perspective_deg
        gained = learned[:2] + learned[2:] + np.array([thigh, thigh - knee])
        return np.concatenate((learned[:2], gained)), alike

    def _general(self, found: CalibrationInput, *, near: bool) -> Floats:
        """Mean of linear map and the trees of all makes; the map alone far from their angles."""
        weights, value = self.arrays["general_weights"], found.general(near=near)
        inside = np.clip(value, self.arrays["general_low"], self.arrays["general_high"])
        mapped = np.asarray(weights[:, :-1] @ inside + weights[:, -1])
        special = found.special(near=near)
        grown = np.array([trees(self.arrays, target, ALL_MAKES, special) for target in TARGETS])
        return mapped + 0.5 * self.support(found) * (grown - mapped)

    def _special(self, make: int, value: Floats) -> Floats:
        """Mean of trees and linear map of one make."""
        mean, scale = self.arrays["special_mean"][make], self.arrays["special_scale"][make]
        both = [
            (
                trees(self.arrays, target, make, value),
                linear(value, mean, scale, self.arrays[f"{target}_weights"][make]),
            )
            for target in TARGETS
        ]
        return np.asarray(np.mean(both, axis=1))

    def correct(self, found: CalibrationInput, *, near: bool) -> Correction:
        """Predict the error of the plain geometry and how uncertain the prediction is."""
        added, alike = self.additions(found, near=near)
        terms = found.doubt(near=near, likeness=alike)
        sigmas = [float(np.exp(terms @ self.arrays[f"{joint}_log_sigma"])) for joint in JOINTS]
        image_thigh, image_shank, thigh, shank = added.tolist()
        return Correction(image_thigh, image_thigh - image_shank, thigh, thigh - shank, *sigmas)


@cache
def calibration_for(model: ModelInfo) -> Calibration | None:
    """Return the calibration of a pose model, looked up by name, then checked by its SHA-256.

    None if there is no file of that name, or it belongs to other weights.

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
            raise WeightsCorrupt(
                Sentence("{name} was fitted for another version of this package.", name=path.name)
            )
        arrays = {key: data[key] for key in data.files if data[key].dtype.kind == "f"}
        return Calibration(str(data["version"]), arrays)
