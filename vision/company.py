"""Whether somebody else is tested in the same picture, where the passes did not look.

Two photos pasted into one show two people of a size; a pose model that was trained on one
person in the middle often reports only one, or parts of both. So whatever is left of the
photo beside the body is looked at once, if a second person of that size would fit there.
"""

from typing import Final

import numpy as np

from vision.photo import Photo
from vision.pose import SIDEWAYS_PASSES, PoseEstimator, Transform, people_within
from vision.testees import MIN_SIZE, Candidate, alike, apart, candidates_of
from vision.view import Body

MIN_ROOM: Final = 0.6
"""Width and height of a part that is looked at, at least, in those of the body: what pairs pasted
of training photos leave, and two in five single photos."""
MOST_PARTS: Final = 2
"""Parts that are looked at, the roomiest first."""
MIN_SIZE_ASIDE: Final = 0.33
"""Smallest trunk beside the body, to the left or right, in the body's trunk lengths: pasted photos
of different shape differ that much. Above and below, where mirrors and posters hang,
`vision.testees.MIN_SIZE` holds."""
MIN_AREA_PX: Final = 64
"""Narrower strips hold nobody, pixels."""
MIN_LOOKS: Final = 2
"""Looks, of four, in which somebody else has to be in the test position."""
FIRST_LOOK: Final = Transform(quarter_turns=1)
"""Who lies is upright or upside down in it, which the model likes best."""

Area = tuple[int, int, int, int]


def another_is_tested(photo: Photo, body: Body, estimator: PoseEstimator) -> bool:
    """Look beside the body for a second person in the test position.

    Only parts where somebody would fit are looked at; an empty one costs one search for people,
    a few milliseconds. Where somebody of a size is found, three more passes decide what they do.

    Parameters
    ----------
    photo : Photo
    body : Body
        The person that the passes agreed on.
    estimator : PoseEstimator
    """
    return any(_holds_another(photo, area, body, estimator) for area in areas_beside(photo, body))


def areas_beside(photo: Photo, body: Body) -> list[Area]:
    """Return the parts of the photo with room for another person, the roomiest first.

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
