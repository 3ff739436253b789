"""Photos of one set-up, or a clip of it, as one measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.clips import SUFFIXES, steady_frames
from vision.comparison import Quantity
from vision.errors import InvalidOption, MismatchedPhotos
from vision.examination import joined
from vision.interpretation import interpret
from vision.measurement import Measurement, measure
from vision.repeats import FRAME_SHARE, MAX_REPEATS, SETUP_SHARE
from vision.sentences import Sentence

Source = str | Path | bytes | NDArray[np.uint8]


def measure_together(sources: Sequence[Source], **options: Any) -> Measurement:
    """Measure photos of one leg in one unchanged set-up and combine their readings.

    Parameters
    ----------
    sources : sequence of path, bytes or ndarray
        Two to five photos, or the path of one clip (``.mp4``, ``.mov``, ``.m4v``), whose steady
        frames are used.
    **options
        As for :func:`~vision.measurement.measure`, for each photo.

    Returns
    -------
    Measurement
        As returned by :func:`~vision.examination.joined`, judged by the combined reading.

    Raises
    ------
    InvalidOption
        If there are too few or too many photos.
    MismatchedPhotos
        If they clearly show different legs.
    UnusableClip
        If nothing is held still in a clip.
    PhotoError, OSError
        If one of them cannot be read.
    """
    photos = [photo for source in sources for photo in _photos(source)]
    if not 2 <= len(photos) <= MAX_REPEATS:
        raise InvalidOption(
            Sentence(
                "There are {count} photos of one set-up; 2 to {limit} can be combined.",
                count=len(photos),
                limit=MAX_REPEATS,
            )
        )
    shares = SETUP_SHARE if len(photos) == len(sources) else FRAME_SHARE
    return join_measured([measure(photo, **options) for photo in photos], shares)


def join_measured(
    measured: Sequence[Measurement], shares: Mapping[Quantity, float] = SETUP_SHARE
) -> Measurement:
    """Combine measured photos of one set-up, and judge the combined reading.

    Parameters
    ----------
    measured : sequence of Measurement
    shares : mapping of str to float
        See :func:`~vision.repeats.join_readings`.

    Raises
    ------
    InvalidOption, MismatchedPhotos
        As :func:`measure_together`.
    """
    legs = {one.view.leg.side for one in measured if one.measurable and one.view.leg}
    if len(legs) > 1:
        raise MismatchedPhotos(Sentence("The photos of one set-up show different legs hanging."))
    first = joined(measured, shares)
    if first.repeats is None:
        return first
    judged = interpret(
        first.reading,
        first.interpretation.rules,
        first.observed,
        supported=first.quality.raised("leg_supported"),
    )
    return replace(first, interpretation=judged)


def _photos(source: Source) -> Sequence[Source]:
    """Return the steady frames of a clip, or the photo itself."""
    is_clip = isinstance(source, str | Path) and Path(source).suffix.lower() in SUFFIXES
    return steady_frames(source) if is_clip and isinstance(source, str | Path) else (source,)
