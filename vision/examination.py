"""Both legs of one person, with second photos and observations, as one result.

The angles of a leg come from one photo, or from up to five of one set-up. A second photo, with the
knee passively extended, separates the rectus femoris from the one-joint hip flexors; a photo from
above the feet gives abduction and rotation. Left and right are compared in degrees, against the
smallest detectable difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.backends.engines import default_estimator
from vision.comparison import Difference, Quantity, compare_readings
from vision.criteria import DEFAULT_RULES, RuleSet, rule_set
from vision.errors import InvalidOption, MismatchedPhotos, ThomasTestError
from vision.flags import FLAG_KINDS, Flag, Quality
from vision.frontal.view import AboveView, measure_above
from vision.interpretation import interpret
from vision.measurement import Measurement, measure
from vision.observations import NOTHING_OBSERVED, Observations
from vision.pose import PoseEstimator
from vision.repeats import FRAME_SHARE, MAX_REPEATS, SETUP_SHARE, join_readings, outliers
from vision.sentences import Sentence
from vision.sides import LEG_WORDS, Side

Source = str | Path | bytes | NDArray[np.uint8]
"""A photo as accepted by :func:`vision.measure`."""
_WHICH: Final = {
    "": Sentence("photo"),
    "_retest": Sentence("photo with the knee extended"),
}


@dataclass(frozen=True, slots=True)
class LegPhotos:
    """Photos and observations of one leg.

    Attributes
    ----------
    photo : path, bytes or ndarray
        From the side.
    retest : path, bytes or ndarray, optional
        From the side, with the knee passively extended.
    above : path, bytes or ndarray, optional
        From above the feet.
    observed : Observations
    repeats : tuple of path, bytes or ndarray
        Further photos from the side, of the same set-up; they are combined with the first.
    gravity : tuple of float, optional
        Reading of the phone's accelerometer for the first photo; see :func:`vision.measure`.
    from_clip : bool
        Whether the photos are frames of one clip: their errors differ less than those of photos
        that were taken one by one.
    """

    photo: Source
    retest: Source | None = None
    above: Source | None = None
    observed: Observations = NOTHING_OBSERVED
    repeats: tuple[Source, ...] = ()
    gravity: tuple[float, float, float] | None = None
    from_clip: bool = False


@dataclass(frozen=True, slots=True)
class LegExamination:
    """One leg, measured.

    Attributes
    ----------
    side : {"left", "right"}
    measurement : Measurement
        Of the first measurable photo; its reading and interpretation take the other photos into
        account.
    retest : Measurement or None
        Of the photo with the knee extended, judged on its own.
    above : AboveView or None
        Of the photo from above the feet.
    photos : tuple of Measurement
        Every photo of the set-up on its own, in the order given.
    """

    side: Side
    measurement: Measurement
    retest: Measurement | None = None
    above: AboveView | None = None
    photos: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """One person's examination.

    Attributes
    ----------
    left, right : LegExamination or None
    asymmetry : tuple of Difference
        Right minus left, thigh and knee; empty unless both legs were measured.
    rules : RuleSet
    """

    left: LegExamination | None
    right: LegExamination | None
    asymmetry: tuple[Difference, ...]
    rules: RuleSet

    @property
    def legs(self) -> tuple[LegExamination, ...]:
        """The legs that were examined, left first."""
        return tuple(leg for leg in (self.left, self.right) if leg is not None)


def examine(
    left: LegPhotos | None = None,
    right: LegPhotos | None = None,
    *,
    criteria: str | RuleSet = DEFAULT_RULES,
    level_deg: float | None = None,
    turn_deg: int = 0,
    backend: str | None = None,
    estimator: PoseEstimator | None = None,
) -> Examination:
    """Measure one or both legs of a person.

    Parameters
    ----------
    left, right : LegPhotos, optional
        The photos for each hanging leg, the person's own left or right; at least one.
    criteria : str or RuleSet
    level_deg : float, optional
        Camera roll of every side photo, degrees; by default read from each photo.
    turn_deg : {0, 90, 180, 270}
        How far to turn every side photo clockwise first.
    backend : {"auto", "mediapipe", "litert"}, optional
        As for :func:`~vision.measurement.measure`.
    estimator : PoseEstimator, optional

    Raises
    ------
    InvalidOption
        If there is no photo, or an option is invalid.
    MismatchedPhotos
        If a photo clearly shows the other leg.
    PhotoError
        If a file cannot be read as a photo.
    """
    if left is None and right is None:
        raise InvalidOption(
            Sentence("An examination needs a photo of the left or of the right leg.")
        )
    rules = rule_set(criteria)
    estimator = estimator or default_estimator("heavy", backend)
    given: tuple[tuple[Side, LegPhotos | None], ...] = (("left", left), ("right", right))
    on_left, on_right = (
        None if photos is None else _leg(side, photos, rules, level_deg, turn_deg, estimator)
        for side, photos in given
    )
    return Examination(on_left, on_right, _asymmetry(on_left, on_right), rules)


def _leg(
    side: Side,
    photos: LegPhotos,
    rules: RuleSet,
    level_deg: float | None,
    turn_deg: int,
    estimator: PoseEstimator,
) -> LegExamination:
    def take(
        source: Source, which: str, gravity: tuple[float, float, float] | None = None
    ) -> Measurement:
        with _named(f"{side}{which}"):
            measured = measure(
                source,
                leg=side,
                level_deg=level_deg,
                gravity=gravity,
                turn_deg=turn_deg,
                criteria=rules,
                observed=photos.observed,
                estimator=estimator,
            )
            _check_leg(measured, side, which)
        return measured

    own = take(photos.photo, "", photos.gravity), *(take(one, "") for one in photos.repeats)
    first = joined(own, FRAME_SHARE if photos.from_clip else SETUP_SHARE)
    second = None if photos.retest is None else take(photos.retest, "_retest")
    reading = first.reading
    above = None
    if photos.above is not None:
        with _named(f"{side}_above"):
            above = measure_above(
                photos.above,
                leg=side,
                thigh=None if reading is None else reading.thigh,
                knee_flexion=None if reading is None else reading.knee_flexion,
                estimator=estimator,
            )
    judged = interpret(
        reading,
        rules,
        photos.observed,
        extended=None if second is None else second.reading,
        abduction=None if above is None else above.abduction,
        supported=first.quality.raised("leg_supported"),
    )
    return LegExamination(side, replace(first, interpretation=judged), second, above, own)


@contextmanager
def _named(photo: str) -> Iterator[None]:
    """Record in an error which photo it concerns."""
    try:
        yield
    except ThomasTestError as error:
        error.photo = photo
        raise


def joined(
    photos: Sequence[Measurement], shares: Mapping[Quantity, float] = SETUP_SHARE
) -> Measurement:
    """Combine photos of one set-up; those that could not be measured contribute only their flags.

    Parameters
    ----------
    photos : sequence of Measurement
        At least one.
    shares : mapping of str to float
        See :func:`~vision.repeats.join_readings`.

    Returns
    -------
    Measurement
        The first measurable photo, with ``repeats`` if there are two or more, and each advisory
        flag of the combined photos once. Outliers (:func:`~vision.repeats.outliers`) are left out,
        and a photo given twice counts once, each with a flag. The interpretation is still that of the single photo.

    Raises
    ------
    InvalidOption
        If there are more than :data:`~vision.repeats.MAX_REPEATS`.
    """
    if len(photos) > MAX_REPEATS:
        raise InvalidOption(
            Sentence(
                "There are {count} photos of one set-up; at most {limit} can be combined.",
                count=len(photos),
                limit=MAX_REPEATS,
            )
        )
    distinct: dict[str, Measurement] = {}
    for one in photos:
        distinct.setdefault(one.provenance.photo_sha256, one)
    usable = [one for one in distinct.values() if one.angles is not None and one.measurable]
    again = len(photos) - len(distinct)
    if len(usable) < 2:
        first = usable[0] if usable else photos[0]
        return _flagged(first, _count_flag("photo_repeated", again)) if again else first
    away = outliers([one.angles.reading for one in usable if one.angles is not None])
    kept = [one for place, one in enumerate(usable) if place not in away]
    flags = {flag.kind.code: flag for one in reversed(kept) for flag in one.quality.flags}
    if again:
        flags["photo_repeated"] = _count_flag("photo_repeated", again)
    if away:
        flags["photo_left_out"] = _count_flag("photo_left_out", len(away))
    repeats = replace(
        join_readings([one.angles.reading for one in kept if one.angles is not None], shares),
        photo_sha256=tuple(one.provenance.photo_sha256 for one in kept),
        left_out_sha256=tuple(usable[place].provenance.photo_sha256 for place in away),
    )
    return replace(kept[0], quality=Quality(tuple(flags.values())), repeats=repeats)


def _count_flag(code: str, count: int) -> Flag:
    return Flag(FLAG_KINDS[code], float(count), 0.0, "photos")


def _flagged(measured: Measurement, flag: Flag) -> Measurement:
    return replace(measured, quality=Quality((*measured.quality.flags, flag)))


def _check_leg(measured: Measurement, side: Side, which: str) -> None:
    leg = measured.view.leg
    if leg is not None and leg.certain and leg.inferred_side != side:
        raise MismatchedPhotos(
            Sentence(
                "The {which} given for the {leg} shows the {other} hanging.",
                which=_WHICH[which],
                leg=LEG_WORDS[side],
                other=LEG_WORDS[leg.inferred_side],
            )
        )


def _asymmetry(left: LegExamination | None, right: LegExamination | None) -> tuple[Difference, ...]:
    if left is None or right is None:
        return ()
    readings = left.measurement.reading, right.measurement.reading
    if readings[0] is None or readings[1] is None:
        return ()
    return compare_readings(readings[0], readings[1])
