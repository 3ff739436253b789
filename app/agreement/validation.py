"""The tool's readings against a reference: everything that the validation report states.

Tables in, numbers out, no files. Differences are the tool's reading minus the reference.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.agreement.angle_error import AngleError, Share, angle_error, both_read, share_of
from app.agreement.clusters import RaterReliability, rater_reliability
from app.agreement.contrasts import Contrast, Group, contrasts, group_rows
from app.agreement.matching import Matched, Pair, match
from app.agreement.rater_tables import ANGLES
from app.agreement.reference import Reference, ReferencePhoto
from app.agreement.repeatability import Repeats, repeats
from app.agreement.rule_verdicts import RuleVerdicts, rule_verdicts
from app.agreement.scored import Scored
from app.agreement.statistics import MIN_PAIRS
from vision.criteria import RULE_SETS, RuleSet

ACCEPTABLE_DEG: Final = 5.0
"""Acceptable error unless another one is stated; docs/validation-study.md says why."""
FEW_PEOPLE: Final = 30
"""Below this number of people, the report warns that they are few."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Everything found; values that could not be computed are None, with a note.

    Attributes
    ----------
    reference : Reference
    rules : RuleSet
    matched : Matched
    acceptable_deg : float
    refused : Share or None
        Photos found in which the tool measured neither angle.
    reasons : dict
        Number of refused photos by reason; a photo may have several.
    angles : dict
        AngleError or None by angle, of all photos.
    first_photos : dict
        The same for the first photo of each person in the table; empty if nobody has another.
    verdicts : tuple of RuleVerdicts
    groups : tuple of Group
    contrasts : tuple of Contrast
    repeats : dict
        Repeats or None, by angle.
    raters : dict
        RaterReliability or None, by angle.
    made_by : tuple of str
        Package, model and calibration of the results.
    notes : tuple of str
        A sentence each.
    """

    reference: Reference
    rules: RuleSet
    matched: Matched
    acceptable_deg: float
    refused: Share | None
    reasons: dict[str, int]
    angles: dict[str, AngleError | None]
    first_photos: dict[str, AngleError | None]
    verdicts: tuple[RuleVerdicts, ...]
    groups: tuple[Group, ...]
    contrasts: tuple[Contrast, ...]
    repeats: dict[str, Repeats | None]
    raters: dict[str, RaterReliability | None]
    made_by: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def measurable(self) -> bool:
        """Whether there is any result beside counts."""
        return any(self.angles.values())

    @property
    def people(self) -> int:
        """Number of people in photos that were found."""
        return len({one.reference.subject for one in self.matched.pairs})

    @property
    def complete(self) -> bool:
        """Whether every row of the reference has a photo in which the tool read an angle."""
        return not self.matched.missing and not (self.refused and self.refused.count)


def validate(
    reference: Reference,
    scored: Sequence[Scored],
    rules: RuleSet,
    acceptable_deg: float = ACCEPTABLE_DEG,
    other_photos: Sequence[str] = (),
) -> Validation:
    """Compare the tool's readings with a reference.

    Parameters
    ----------
    reference : Reference
    scored : sequence of Scored
    rules : RuleSet
        Judged beside the built-in rule-sets; the reference's own verdicts are taken to be by it.
    acceptable_deg : float
        Stated before looking at the results, degrees.
    other_photos : sequence of str
        Photos that were found and not measured, because the table does not name them.

    Raises
    ------
    InvalidOption
        If it is not clear which photo a row means.
    """
    matched = match(reference, scored, other_photos)
    pairs = matched.pairs
    refused = [one for one in pairs if not one.scored.measured]
    angles = {angle: angle_error(pairs, angle, acceptable_deg, rules) for angle in ANGLES}
    first = _first_photos(reference, pairs)
    enough = any(angles.values())
    books = list({**RULE_SETS, rules.id: rules}.values())
    return Validation(
        reference=reference,
        rules=rules,
        matched=matched,
        acceptable_deg=acceptable_deg,
        refused=share_of(len(refused), len(pairs)) if pairs else None,
        reasons=dict(Counter(code for one in refused for code in one.scored.reasons).most_common()),
        angles=angles,
        first_photos={
            angle: angle_error(first, angle, acceptable_deg, rules) for angle in ANGLES if first
        },
        verdicts=rule_verdicts(pairs, books, rules.id) if enough else (),
        groups=group_rows(pairs, reference.groups),
        contrasts=contrasts(pairs, reference.groups) if enough else (),
        repeats={angle: _repeats(reference, pairs, angle) for angle in ANGLES},
        raters={angle: _raters(reference, angle) for angle in ANGLES},
        made_by=tuple(sorted({one.scored.made_by for one in pairs if one.scored.made_by})),
        notes=tuple(_notes(reference, matched, angles)),
    )


def _first_photos(reference: Reference, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of each person's first row; none if nobody has a second row."""
    first = {photo.subject: photo for photo in reversed(reference.photos)}
    if len(first) == len(reference.photos):
        return []
    return [one for one in pairs if first[one.reference.subject] is one.reference]


def _repeats(reference: Reference, pairs: Sequence[Pair], angle: str) -> Repeats | None:
    both = both_read(pairs, angle)
    if not both or not reference.names_people:
        return None
    people = [one.reference.subject for one, _, _ in both]
    legs = [_key(one.reference.subject, one.reference.leg or one.scored.leg) for one, _, _ in both]
    levels = {"person": people, "leg": legs}
    if reference.names_setups:
        occasions = (one.reference.occasion for one, _, _ in both)
        levels["setup"] = [_key(*key) for key in zip(legs, occasions, strict=True)]
    true, read = (np.array([row[place] for row in both]) for place in (1, 2))
    return repeats(read, read - true, levels)


def _key(*parts: str) -> str:
    return "\n".join(parts)


def _raters(reference: Reference, angle: str) -> RaterReliability | None:
    """Compare the raters on the photos that all of them read; one photo of each set-up."""
    if len(reference.raters) < 2:
        return None
    photos = {_setup(reference, photo): photo for photo in reversed(reference.photos)}
    rows = []
    for photo in photos.values():
        read = [photo.by_rater.get(rater, {}).get(angle) for rater in reference.raters]
        kept = [value for value in read if value is not None]
        if len(kept) == len(reference.raters):
            rows.append(kept)
    return rater_reliability(np.array(rows)) if len(rows) >= MIN_PAIRS else None


def _setup(reference: Reference, photo: ReferencePhoto) -> str:
    if reference.names_people and reference.names_setups:
        return _key(photo.subject, photo.leg, photo.occasion)
    return _key(photo.id, photo.leg)


def _notes(
    reference: Reference, matched: Matched, angles: dict[str, AngleError | None]
) -> Iterator[str]:
    for angle, column in ANGLES.items():
        if column in reference.columns:
            yield from _angle_notes(matched.pairs, angle, angles[angle])
        else:
            yield f"{column}: no such column in {reference.file}."
    if reference.without_subject:
        yield (
            f"No subject is given for {reference.without_subject} of {len(reference.photos)} photos: each "
            "counts as another person. If people occur twice, the intervals are too narrow."
        )
    people = len({one.reference.subject for one in matched.pairs})
    if MIN_PAIRS <= people < FEW_PEOPLE:
        yield f"Only {people} people: the intervals are wide, and rare failures are not seen."
    if wrong := sum(one.wrong_leg for one in matched.pairs):
        yield (
            f"In {wrong} of {len(matched.pairs)} photos the tool measured another leg than the "
            "reference. These errors are included."
        )


def _angle_notes(pairs: Sequence[Pair], angle: str, found: AngleError | None) -> Iterator[str]:
    column = ANGLES[angle]
    if without := sum(one.reference.angles[angle] is None for one in pairs):
        yield f"{column}: {without} of {len(pairs)} photos have no reference."
    if found is None:
        yield f"{column}: at least {MIN_PAIRS} measured people are needed."
        return
    if found.icc.reason:
        yield f"{column}: {found.icc.reason}"
    if found.coverage is None:
        yield f"{column}: not all results have an interval, so the intervals were not checked."
