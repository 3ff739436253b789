"""What the learned correction does for bodies it was not fitted on.

Two ways of leaving out: whole *persons* (ten folds; the make is known), and whole *makes* of
bodies (own generator, VALID and Rocketbox avatars): what somebody may expect whom no renderer
made.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from benchmarks.extract import Columns, described
from vision.calibration import Calibration

Floats = NDArray[np.float64]
Scheme = Literal["person", "make"]
SCHEMES: Final[tuple[Scheme, ...]] = ("person", "make")
PERSON_FOLDS: Final = 10


def rows_of(columns: Columns, rows: NDArray[np.intp]) -> Columns:
    """The same table with these rows alone."""
    return {key: array[rows] for key, array in columns.items()}


def folds(columns: Columns, scheme: Scheme) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Training and left-out rows, fold by fold."""
    splitter = GroupKFold(PERSON_FOLDS) if scheme == "person" else LeaveOneGroupOut()
    groups = (
        np.char.add(columns["make"], columns["person"]) if scheme == "person" else columns["make"]
    )
    yield from splitter.split(columns["plain"], groups=groups)


def three(thigh_and_other: Floats) -> Floats:
    """Thigh and shank, shape (N, 2), to thigh, knee and shank, shape (N, 3)."""
    thigh, shank = thigh_and_other.T
    return np.column_stack((thigh, thigh - shank, shank))


def with_shank(thigh_and_knee: Floats) -> Floats:
    """Thigh and knee, shape (N, 2), to thigh, knee and shank, shape (N, 3)."""
    thigh, knee = thigh_and_knee.T
    return np.column_stack((thigh, knee, thigh - knee))


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Predictions for every photo by a fit that knew neither it nor its group.

    Attributes
    ----------
    plain, constant, general, special, kept : ndarray, shape (N, 3)
        Errors of thigh, knee and shank, degrees: of plain geometry, with the mean error of the
        makes that were not left out taken off, with the general correction alone, the special
        one alone, and both as ``vision.calibration`` puts them together.
    image : ndarray, shape (N, 3)
        Errors of the last in the picture.
    doubt : ndarray, shape (N, 8)
        What the standard errors depend on.
    likeness : ndarray, shape (N,)
    """

    plain: Floats
    constant: Floats
    general: Floats
    special: Floats
    kept: Floats
    image: Floats
    doubt: Floats
    likeness: Floats

    def rows(self, rows: NDArray[np.intp]) -> "LeftOut":
        """The same of these rows alone."""
        return LeftOut(*(getattr(self, name)[rows] for name in LeftOut.__dataclass_fields__))


def predict_left_out(
    columns: Columns, scheme: Scheme, fit: Callable[[Columns], dict[str, Floats]]
) -> LeftOut:
    """Fit without each fold and predict it, in the very way of ``vision.calibration``."""
    count = len(columns["plain"])
    plain = with_shank(columns["plain"]) - with_shank(columns["truth_3d"])
    constant, general, special, kept = (np.zeros((count, 3)) for _ in range(4))
    image, doubt, likeness = np.zeros((count, 3)), np.zeros((count, 8)), np.zeros(count)
    for train, test in folds(columns, scheme):
        arrays = fit(rows_of(columns, train))
        unknown, known = (arrays | {"likeness_fade": fade} for fade in _fades(arrays))
        makes = columns["make"][train]
        offset = np.mean([plain[train][makes == make].mean(axis=0) for make in np.unique(makes)], 0)
        constant[test] = plain[test] - offset
        for row in test:
            near, found = bool(columns["near"][row] > 0), described(columns, int(row))
            for into, used in ((general, unknown), (special, known), (kept, arrays)):
                added, alike = Calibration("left out", used).additions(found, near=near)
                into[row] = plain[row] + three(added[None, 2:])[0]
            likeness[row], doubt[row] = alike, found.doubt(near=near, likeness=alike)
            image[row] = three(added[None, :2])[0]
    image += with_shank(columns["plain"]) - with_shank(columns["truth_image"])
    return LeftOut(plain, constant, general, special, kept, image, doubt, likeness)


def _fades(arrays: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Limits of the likeness by which every body is unknown, or known."""
    fade = arrays["likeness_fade"]
    return np.tile([-2.0, -1.0], (len(fade), 1)), 1e6 * fade
