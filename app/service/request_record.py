"""What came of one request, for log and metrics: numbers, and words from closed lists.

Nothing here was typed or sent by anybody, so that it can be written down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from vision.examination import Examination
from vision.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Summary:
    """What may be said about one photo; small, and can be sent between processes.

    Attributes
    ----------
    verdict : str
    refusals : tuple of str
        Codes of its blocking flags.
    stages_ms : mapping of str to float
        Time that each stage took, milliseconds.
    """

    verdict: str
    refusals: tuple[str, ...]
    stages_ms: Mapping[str, float]


@dataclass(slots=True)
class Outcome:
    """What came of one request.

    Attributes
    ----------
    key : str or None
        Name of the key it came with.
    problem : str or None
        Code of the problem it was answered with.
    photos : list of Summary
        What was measured.
    """

    key: str | None = None
    problem: str | None = None
    photos: list[Summary] = field(default_factory=list)


def summarise(result: Measurement | Examination) -> tuple[Summary, ...]:
    """Say of each photo from the side what may be said."""
    if isinstance(result, Examination):
        photos = [one for leg in result.legs for one in (leg.measurement, leg.retest) if one]
        return tuple(one for photo in photos for one in summarise(photo))
    refusals = tuple(flag.kind.code for flag in result.quality.flags if flag.kind.blocking)
    return (Summary(result.interpretation.verdict, refusals, result.stages_ms),)


def note_photos(request: Request, photos: Iterable[Summary]) -> None:
    """Keep what was measured for a request, for log and metrics."""
    outcome_of(request.scope).photos.extend(photos)


def outcome_of(scope: Any) -> Outcome:
    """Return the outcome of the request of an ASGI scope, to be read or filled in."""
    found = scope.setdefault("state", {}).setdefault("outcome", Outcome())
    assert isinstance(found, Outcome)
    return found
