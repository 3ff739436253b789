"""Outcome of one request, for log and metrics: numbers, and words from closed lists.

Nothing here was entered or sent by anybody, so it is safe to record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from vision.examination import Examination
from vision.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Summary:
    """Loggable summary of one photo; small, and picklable.

    Attributes
    ----------
    verdict : str
    refusals : tuple of str
        Codes of its blocking flags.
    stages_ms : mapping of str to float
        Duration of each stage, milliseconds.
    """

    verdict: str
    refusals: tuple[str, ...]
    stages_ms: Mapping[str, float]


@dataclass(slots=True)
class Outcome:
    """Outcome of one request.

    Attributes
    ----------
    key : str or None
        Name of the key of the request.
    problem : str or None
        Code of the problem in the response.
    photos : list of Summary
        Summaries of the measured photos.
    """

    key: str | None = None
    problem: str | None = None
    photos: list[Summary] = field(default_factory=list)


def summarise(result: Measurement | Examination) -> tuple[Summary, ...]:
    """Return the loggable summary of each side-view photo."""
    if isinstance(result, Examination):
        photos = [one for leg in result.legs for one in (leg.measurement, leg.retest) if one]
        return tuple(one for photo in photos for one in summarise(photo))
    refusals = tuple(flag.kind.code for flag in result.quality.flags if flag.kind.blocking)
    return (Summary(result.interpretation.verdict, refusals, result.stages_ms),)


def note_photos(request: Request, photos: Iterable[Summary]) -> None:
    """Record the measured photos of a request, for log and metrics."""
    outcome_of(request.scope).photos.extend(photos)


def outcome_of(scope: Any) -> Outcome:
    """Return the record of the request of an ASGI scope, to be read or filled in."""
    found = scope.setdefault("state", {}).setdefault("outcome", Outcome())
    assert isinstance(found, Outcome)
    return found
