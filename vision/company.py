"""Look for a second tested person where the passes did not look.

Two photos pasted into one show two people of similar size. A pose model trained on one central
person often finds only one of them, or parts of both. Therefore the model runs once more on the
rest of the photo beside the body, if a second person of that size would fit there.
"""

from typing import Final

import numpy as np

from vision.photo import Photo
from vision.pose import PoseEstimator, people_within
from vision.testees import MIN_SIZE, Candidate, alike, apart, candidates_of
from vision.transforms import SIDEWAYS_PASSES, Transform
from vision.view import Body

MIN_ROOM: Final = 0.6
"""Smallest width and height of a part that is examined, relative to those of the body. Pairs pasted
from training photos leave that much, and so do two in five single photos."""
MOST_PARTS: Final = 2
"""Number of parts that are examined, the largest first."""
MIN_SIZE_ASIDE: Final = 0.33
"""Smallest trunk beside the body, to the left or right, in the body's trunk lengths: pasted photos
of different shape differ that much. Above and below, where mirrors and posters hang,
`vision.testees.MIN_SIZE` holds."""
MIN_AREA_PX: Final = 64
"""Narrower strips cannot contain a person, pixels."""
MIN_LOOKS: Final = 2
"""Number of passes, out of four, that must find somebody else in the test position."""
FIRST_LOOK: Final = Transform(quarter_turns=1)
"""Turns a lying person upright or upside down, which suits the model best."""

Area = tuple[int, int, int, int]


def another_is_tested(photo: Photo, body: Body, estimator: PoseEstimator) -> bool:
    """Look beside the body for a second person in the test position.

    Only parts where somebody would fit are examined; an empty one costs one run of the detector, a
    few milliseconds. If somebody of similar size is found, three more passes decide their
    position.

    Parameters
    ----------
    photo : Photo
    body : Body
        The person on whom the passes agreed.
    estimator : PoseEstimator
    """
    return any(_holds_another(photo, area, body, estimator) for area in areas_beside(photo, body))


def areas_beside(photo: Photo, body: Body) -> list[Area]:
    """Return the parts of the photo with room for another person, the largest first.

    Returns
    -------
    list of tuple of int
        At most two; left, top, right and bottom, pixels.
    """
    points = np.concatenate([person.points_px for person in body.people])
    size = np.array([photo.width_px, photo.height_px])
    low = np.clip(np.floor(points.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)), 0, size).astype(int)
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    width, height = photo.width_px, photo.height_px
    areas = (
        (0, 0, left, height),
        (right, 0, width, height),
        (0, 0, width, top),
        (0, bottom, width, height),
    )
    extent = np.maximum(high - low, 1)

    def room(area: Area) -> float:
        size = np.array([area[2] - area[0], area[3] - area[1]])
        return float((size / extent).min()) if size.min() >= MIN_AREA_PX else 0.0

    roomy = sorted((area for area in areas if room(area) >= MIN_ROOM), key=room, reverse=True)
    return roomy[:MOST_PARTS]


def _holds_another(photo: Photo, area: Area, body: Body, estimator: PoseEstimator) -> bool:
    own = candidates_of(body.people[:1])[0]
    aside = area[3] - area[1] == photo.height_px
    least = MIN_SIZE_ASIDE if aside else MIN_SIZE

    def seen(transform: Transform) -> list[Candidate]:
        found = candidates_of(people_within(photo, estimator, area, transform))
        return [one for one in found if alike(one, own, least) and apart(one, own)]

    first = seen(FIRST_LOOK)
    if not first:
        return False
    looks = [first, *(seen(one) for one in SIDEWAYS_PASSES if one != FIRST_LOOK)]
    return sum(any(one.refusal is None for one in look) for look in looks) >= MIN_LOOKS
