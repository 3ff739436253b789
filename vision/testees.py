"""Find the tested person among the people in a picture.

A therapist beside the table, people in the background, a poster or a mirror image are not tested.
Two people in the position, or two photos pasted into one picture, are refused: it would be unclear
to whom the angles belong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.cues import Refusal
from vision.figure import Sighting, figure_of
from vision.pose import Landmark, Person
from vision.position import doubt, posture
from vision.sides import Side

Points = NDArray[np.float64]

MIN_SIZE: Final = 0.45
"""Somebody whose trunk is shorter than this share of another's is not being tested: a mirror image
further back, a poster, somebody in the background."""
SECOND_PASSES: Final = 0.3
"""Share of the passes, at least two, that must find a second person in the test position. Less
than for the first, because a model trained on one central person overlooks others."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person in one pass: in the test position, or refused with a reason.

    Attributes
    ----------
    sighting : Sighting
    refusal : str or None
        None in the test position.
    head_towards : {"left", "right"}
        Where in the photo the head lies.
    tested_label : {"left", "right"}
        Label that the model gives to the less folded leg.
    trunk_px : ndarray, shape (2, 2)
        Middle of the shoulders and of the hips.
    doubt : float
        Distance from the test position.
    """

    sighting: Sighting
    refusal: Refusal | None
    head_towards: Side
    tested_label: Side
    trunk_px: Points
    doubt: float

    @property
    def person(self) -> Person:
        """The body itself."""
        return self.sighting.person

    @property
    def length_px(self) -> float:
        """Length of the trunk, pixels."""
        return float(np.linalg.norm(self.trunk_px[1] - self.trunk_px[0]))


def candidates_of(people: Sequence[Person]) -> list[Candidate]:
    """Judge everybody found in one pass."""
    return [
        _candidate(Sighting(one, tuple(other for other in people if other is not one)))
        for one in people
    ]


def nearest(people: Sequence[Candidate]) -> Candidate:
    """Return the person of one pass who is nearest to the test position, ignoring small figures.

    This person determines the reason of a refusal: a standing therapist does not matter.
    """
    largest = max(people, key=lambda one: one.length_px)
    return min((one for one in people if alike(one, largest)), key=lambda one: one.doubt)


def largest_in_position(people: Sequence[Candidate]) -> Candidate | None:
    """Return the largest person of one pass who is in the test position, or None."""
    fitting = [one for one in people if one.refusal is None]
    return max(fitting, key=lambda one: one.length_px, default=None)


def two_are_tested(passes: Sequence[Sequence[Candidate]]) -> bool:
    """Return whether the passes show people in the test position in two places.

    One pass may show only one of them, and the next the other.
    """
    fitting = [one for people in passes for one in people if one.refusal is None]
    return in_two_places(fitting, len(passes))


def in_two_places(seen: Sequence[Candidate], passes: int) -> bool:
    """Return whether people of similar size were found in two places, each in enough passes."""
    places: list[list[Candidate]] = []
    for one in seen:
        place = next((known for known in places if not apart(known[0], one)), None)
        if place is None:
            places.append([one])
        else:
            place.append(one)
    enough = max(2.0, SECOND_PASSES * passes)
    common = [place for place in places if len(place) >= enough]
    return any(
        alike(one, other)
        for i, place in enumerate(common)
        for one in place
        for earlier in common[:i]
        for other in earlier
    )


def alike(one: Candidate, other: Candidate, least: float = MIN_SIZE) -> bool:
    """Return whether two people are similar enough in size that both may be tested."""
    return min(one.length_px, other.length_px) >= least * max(one.length_px, other.length_px)


def apart(one: Candidate, other: Candidate) -> bool:
    """Return whether these are two bodies, and not one found twice."""
    away = float(np.linalg.norm(one.trunk_px.mean(axis=0) - other.trunk_px.mean(axis=0)))
    return away > min(one.length_px, other.length_px)


def midpoint(person: Person, left: Landmark) -> Points:
    """Return the middle between a left landmark and its right twin, shape (2,)."""
    return np.asarray(person.points_px[[left, left + 1]].mean(axis=0))


def _candidate(sighting: Sighting) -> Candidate:
    person = sighting.person
    trunk = np.array(
        [midpoint(person, Landmark.LEFT_SHOULDER), midpoint(person, Landmark.LEFT_HIP)]
    )
    figure = figure_of(sighting)
    return Candidate(
        sighting,
        posture(figure),
        head_towards="left" if trunk[0, 0] < trunk[1, 0] else "right",
        tested_label=("left", "right")[figure.tested],
        trunk_px=trunk,
        doubt=doubt(figure),
    )
