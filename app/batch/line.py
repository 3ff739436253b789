"""One line of ``results.jsonl``: written strictly, and believed only if it is whole."""

import json
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from app.batch.job import Identity
from app.results.schemas import (
    SCHEMA_VERSION,
    AngleOut,
    CriteriaOut,
    ErrorOut,
    FlagOut,
    MeasurementOut,
)

Line = dict[str, Any]
_TEXTS: Final = ("path", "key", "subject", "session", "leg", "thumbnail", "overlay_error")
"""What stands beside a result, as text where it is there."""
_ANGLES: Final = ("thigh_deg", "knee_flexion_deg")
_NEEDED: Final = frozenset(
    ("verdict", "flags", "tested_leg", "criteria", "provenance", *_ANGLES),
)
"""Fields of every result that summary and contact sheet use."""


class Damaged(ValueError):
    """A line that this program did not write, or that was damaged since."""


def encoded(line: Line) -> bytes:
    """Return a result as a line of strict JSON."""
    text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def decoded(text: bytes) -> Line:
    """Return the result that a line holds.

    Raises
    ------
    Damaged
        If it is no result, or something in it is missing or of the wrong kind.
    """
    try:
        line = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Damaged("no JSON") from error
    if not isinstance(line, dict) or not line.get("path"):
        raise Damaged("no path")
    if not all(isinstance(line.get(name, ""), str) for name in _TEXTS):
        raise Damaged("no text")
    try:
        _check(line)
    except ValidationError as error:
        raise Damaged("no result") from error
    return line


def identity_of(line: Line) -> Identity:
    """Return which photo, and which leg of it, a result is of."""
    return line["path"], line.get("leg", "")


def _check(line: Line) -> None:
    if "error" in line:
        ErrorOut.model_validate(line["error"])
        return
    if line.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        _check_other_version(line)
        return
    # A number that is a text would be let pass as one: the same must come out as went in.
    read = MeasurementOut.model_validate(line).model_dump(mode="json")
    if any(line[name] != value for name, value in read.items() if name in line):
        raise Damaged("something is of the wrong kind")


def _check_other_version(line: Line) -> None:
    """Check what the readers of all results need of one that an earlier version wrote."""
    if not line.keys() >= _NEEDED:
        raise Damaged("something is missing")
    CriteriaOut.model_validate(line["criteria"])
    if not isinstance(line["flags"], list) or not isinstance(line["verdict"], str):
        raise Damaged("something is of the wrong kind")
    for flag in line["flags"]:
        FlagOut.model_validate(flag)
    for name in _ANGLES:
        if line[name] is not None:
            AngleOut.model_validate(line[name])


def _refuse(constant: str) -> NoReturn:
    raise Damaged(constant)
