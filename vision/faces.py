"""Decide where faces are hidden in a picture.

Hiding too little exposes a patient; hiding a hand or the held knee costs the reading. Therefore
every face that any pass found is hidden, unless it is shown to be none: now and then, a pass takes
a part of the tested person, such as the hands around the knee, for another, smaller person.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.passes import BODY_RADIUS_TRUNKS, LIMBS
from vision.photo import Photo
from vision.pose import FACE, Landmark, Person, Pose
from vision.view import Body

Points = NDArray[np.float64]

FACE_RADIUS: Final = 1.7
"""Radius of the hidden disc, relative to the distance of the farthest face landmark from their
centre."""
MIN_FACE_TRUNKS: Final = 0.22
"""Smallest radius, in trunk lengths: in a face seen from the side, the landmarks are close
together."""
MAX_PHANTOM_SIZE: Final = 0.75
"""Longest trunk of a phantom, relative to the tested person's; a part is smaller than the whole."""
MAX_PHANTOM_PASSES: Final = 0.5
"""Largest share of the passes that find a phantom's face in the same place; they find a face that
is there in most of them."""
_TRUNK: Final = (
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
)


@dataclass(frozen=True, slots=True)
class Face:
    """A disc to hide, in pixels of the upright photo; it reaches into the photo.

    Attributes
    ----------
    x_px, y_px : float
        Its centre, x right, y down.
    radius_px : float
    """

    x_px: float
    y_px: float
    radius_px: float


def faces_of(photo: Photo, pose: Pose, body: Body | None = None) -> tuple[Face, ...]:
    """Return all faces to hide in a photo.

    Parameters
    ----------
    photo : Photo
    pose : Pose
        All passes over the photo.
    body : Body, optional
        The tested person; without it, every face that was found is hidden.
    """
    found = [
        _face(person)
        for one in pose.passes
        for person in one.people
        if body is None or not _is_phantom(person, pose, body)
    ]
    return tuple(face for face in found if _reaches_into(face, photo))


def _face(person: Person) -> Face:
    points = person.points_px[list(FACE)]
    x, y = _face_centre(person)
    spread = float(np.linalg.norm(points - (x, y), axis=1).max())
    trunk = person.points_px[[Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP]]
    length = float(np.linalg.norm(trunk[1] - trunk[0]))
    return Face(float(x), float(y), max(FACE_RADIUS * spread, MIN_FACE_TRUNKS * length))


def _face_centre(person: Person) -> Points:
    return np.asarray(person.points_px[list(FACE)].mean(axis=0), np.float64)


def _reaches_into(face: Face, photo: Photo) -> bool:
    beyond = (
        max(-face.x_px, 0.0, face.x_px - photo.width_px),
        max(-face.y_px, 0.0, face.y_px - photo.height_px),
    )
    return float(np.hypot(*beyond)) < face.radius_px


def _is_phantom(person: Person, pose: Pose, body: Body) -> bool:
    """Return whether somebody is a part of the tested person, taken for another person.

    Face and trunk lie on the limbs and the trunk of the tested person, the trunk is short, and most
    passes find no face there. A helper's face may be above a limb, but not with all of the trunk,
    and a face that is there is found again.
    """
    if any(person is own for own in body.people):
        return False
    trunk_px = float(np.median(np.linalg.norm(body.trunk_px[:, 1] - body.trunk_px[:, 0], axis=1)))
    shoulders, hips = person.points_px[list(_TRUNK)].reshape(2, 2, 2).mean(axis=1)
    if np.linalg.norm(hips - shoulders) > MAX_PHANTOM_SIZE * trunk_px:
        return False
    centre = _face_centre(person)
    for point in (centre, *person.points_px[list(_TRUNK)]):
        away_px = float(np.median([_limb_distance_px(point, own) for own in body.people]))
        if away_px > BODY_RADIUS_TRUNKS * trunk_px:
            return False
    same_px = BODY_RADIUS_TRUNKS * trunk_px
    seen = sum(
        any(np.linalg.norm(_face_centre(other) - centre) < same_px for other in one.people)
        for one in pose.passes
    )
    return seen <= MAX_PHANTOM_PASSES * len(pose.passes)


def _limb_distance_px(point: Points, person: Person) -> float:
    """Return the distance of a point from the lines between the joints of a body, pixels.

    The head and the neck do not count: what lies there may be a face.
    """
    chains = [[joint for joint in limb if joint != Landmark.NOSE] for limb in LIMBS]
    ends = [pair for chain in chains for pair in pairwise(person.points_px[chain])]
    ends.append((person.points_px[Landmark.RIGHT_SHOULDER], person.points_px[Landmark.RIGHT_HIP]))
    return min(_segment_distance_px(point, start, end) for start, end in ends)


def _segment_distance_px(point: Points, start: Points, end: Points) -> float:
    along = end - start
    squared = float(along @ along)
    share = float(np.clip((point - start) @ along / squared, 0, 1)) if squared > 0 else 0.0
    return float(np.linalg.norm(point - start - share * along))
