"""Errors and refusals by group, and whether a group is served worse than the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from app.agreement.angle_error import Share, both_read, inside_interval, share_of
from app.agreement.matching import Pair
from app.agreement.rater_tables import ANGLES
from app.agreement.resampling import (
    Bools,
    Floats,
    Interval,
    Ints,
    difference,
    difference_interval,
    holm,
    mean_interval,
    numbered,
    p_value,
)

MIN_GROUP: Final = 10
"""People in the smaller group below which nothing is concluded."""
MARGIN_DEG: Final = 1.0
"""Differences of mean absolute error within it do not matter: people who read one photo again
differ by as much (standard error of measurement; Peeler & Leiter 2013)."""
ALPHA: Final = 0.05
REFUSED: Final = "refused"
MISSED: Final = "_missed"
NOT_STATED: Final = ""

Answer = Literal["worse", "better", "perhaps worse", "perhaps better", "alike", "cannot tell"]


@dataclass(frozen=True, slots=True)
class GroupError:
    """Error of one angle in a group, degrees; photos with both numbers.

    ``inside`` is the share of references in the tool's 95 % intervals; None without intervals.
    """

    n: int
    bias_deg: float
    mae_deg: float
    mae_interval_deg: Interval
    inside: Share | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group: the photos with one value of a column.

    Attributes
    ----------
    column, value : str
        An empty value: not stated.
    photos, people : int
    refused : Share
    angles : dict
        GroupError by angle; None with fewer than ten people.
    """

    column: str
    value: str
    photos: int
    people: int
    refused: Share
    angles: dict[str, GroupError | None]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One group against all others: mean absolute error, references missed, photos refused.

    Attributes
    ----------
    column, value : str
    measure : str
        ``thigh`` and ``knee_flexion``: mean absolute error. ``thigh_missed`` and
        ``knee_flexion_missed``: references outside the 95 % interval. ``refused``.
    inside, outside : int
        People of the group, and all others.
    difference : float
        Group minus others; degrees, or share of photos.
    interval : tuple of float or None
        95 %, not corrected; None if too few people make it up.
    p, p_corrected : float
        The second is corrected for all questions (Holm).
    answer : str
        What follows; a difference is only called one if it survives the correction.
    """

    column: str
    value: str
    measure: str
    inside: int
    outside: int
    difference: float
    interval: Interval | None
    p: float
    p_corrected: float
    answer: Answer


def group_rows(pairs: Sequence[Pair], columns: Sequence[str]) -> tuple[Group, ...]:
    """Return all groups of the columns, by value; photos without one come last."""
    return tuple(
        _group([one for one in pairs if one.reference.groups[column] == value], column, value)
        for column in columns
        for value in _values(pairs, column)
    )


def contrasts(pairs: Sequence[Pair], columns: Sequence[str]) -> tuple[Contrast, ...]:
    """Compare each group with all others that state a value; of two groups, only the first."""
    found = [one for column in columns for one in _asked(pairs, column)]
    corrected = holm([one.p for one in found])
    return tuple(_answered(one, p) for one, p in zip(found, corrected, strict=True))


def answer_of(one: Contrast) -> Answer:
    """Return what follows from a contrast; shares are never called "alike"."""
    if one.interval is None:
        return "cannot tell"
    margin = MARGIN_DEG if one.measure in ANGLES else None
    smaller = min(one.inside, one.outside)
    return answer(one.difference, one.interval, one.p_corrected, smaller, margin)


def answer(
    difference: float,
    interval: Interval,
    p_corrected: float,
    smaller: int,
    margin: float | None = MARGIN_DEG,
) -> Answer:
    """Return what follows from the difference of a group from all others.

    Parameters
    ----------
    difference, interval : float, tuple of float
        Of mean absolute error or another figure, + = worse; the interval is not corrected.
    p_corrected : float
        Corrected for all questions of the table; below :data:`ALPHA` there is a difference.
    smaller : int
        Size of the smaller group; below :data:`MIN_GROUP` nothing is concluded.
    margin : float or None
        An interval within it is called "alike"; None: nothing is.
    """
    low, high = interval
    if smaller < MIN_GROUP:
        return "cannot tell"
    if p_corrected < ALPHA:
        return "worse" if difference > 0 else "better"
    if low > 0 or high < 0:
        return "perhaps worse" if low > 0 else "perhaps better"
    return "alike" if margin is not None and -margin < low and high < margin else "cannot tell"


def _values(pairs: Sequence[Pair], column: str) -> list[str]:
    values = {one.reference.groups[column] for one in pairs}
    return sorted(values, key=lambda value: (value == NOT_STATED, value))


def _group(pairs: Sequence[Pair], column: str, value: str) -> Group:
    people = len({one.reference.subject for one in pairs})
    refused = sum(not one.scored.measured for one in pairs)
    return Group(
        column=column,
        value=value,
        photos=len(pairs),
        people=people,
        refused=share_of(refused, len(pairs)),
        angles={angle: _group_error(pairs, angle) for angle in ANGLES},
    )


def _group_error(pairs: Sequence[Pair], angle: str) -> GroupError | None:
    error, read = _errors(pairs, angle)
    people = numbered([one.reference.subject for one in read])
    if len(np.unique(people)) < MIN_GROUP:
        return None
    away = np.abs(error)
    held = [inside_interval(one, angle) for one in read]
    return GroupError(
        n=len(error),
        bias_deg=float(error.mean()),
        mae_deg=float(away.mean()),
        mae_interval_deg=mean_interval(away, people),
        inside=None if None in held else share_of(held.count(True), len(held)),
    )


def _errors(pairs: Sequence[Pair], angle: str) -> tuple[Floats, list[Pair]]:
    both = both_read(pairs, angle)
    return np.array([read - true for _, true, read in both]), [one for one, _, _ in both]


def _asked(pairs: Sequence[Pair], column: str) -> Iterator[Contrast]:
    stated = [one for one in pairs if one.reference.groups[column] != NOT_STATED]
    values = _values(stated, column)
    for value in values[:1] if len(values) == 2 else values:
        for angle in ANGLES:
            error, read = _errors(stated, angle)
            yield from _contrast(np.abs(error), read, (column, value, angle))
            held = [inside_interval(one, angle) for one in read]
            if None not in held:
                missed = np.array([float(not inside) for inside in held])
                yield from _contrast(missed, read, (column, value, f"{angle}{MISSED}"))
        refused = np.array([float(not one.scored.measured) for one in stated])
        yield from _contrast(refused, stated, (column, value, REFUSED))


def _contrast(
    values: Floats, pairs: Sequence[Pair], asked: tuple[str, str, str]
) -> Iterator[Contrast]:
    column, value, measure = asked
    member: Bools = np.array([one.reference.groups[column] == value for one in pairs], bool)
    if not member.any() or member.all():
        return
    people: Ints = numbered([one.reference.subject for one in pairs])
    p = p_value(values, member, people)
    yield Contrast(
        column=column,
        value=value,
        measure=measure,
        inside=len(np.unique(people[member])),
        outside=len(np.unique(people[~member])),
        difference=difference(values, member),
        interval=difference_interval(values, member, people),
        p=p,
        p_corrected=p,
        answer="cannot tell",
    )


def _answered(one: Contrast, p_corrected: float) -> Contrast:
    corrected = replace(one, p_corrected=p_corrected)
    return replace(corrected, answer=answer_of(corrected))
