"""Strict parsing of form fields: text, numbers, JSON, and photos in memory."""

import json
import math
from collections.abc import Sequence
from typing import Any, Final

from anyio.lowlevel import checkpoint
from starlette.datastructures import FormData, UploadFile

from app.results.earlier import read_earlier
from app.results.schemas import ExaminationOut
from app.service.middleware.body_limits import too_large
from vision.errors import InvalidOption
from vision.photo import TURNS_DEG
from vision.repeats import MAX_REPEATS
from vision.sentences import Sentence
from vision.sides import SIDES, Side

MAX_NAME: Final = 200
"""Longest subject or session, characters."""
MAX_EARLIER_BYTES: Final = 262_144
"""Longest earlier result; an examination takes about 20 kB, and parsing it blocks other requests."""
MORE: Final = tuple(f"{side}_more" for side in SIDES)
"""Fields of the page's additional inputs, for further photos of the same set-up."""
REPEATED: Final = (*SIDES, *MORE)
"""Fields that may be repeated: photos of one set-up, which are combined."""


def text_field(form: FormData, name: str) -> str:
    """Return a text field without surrounding space; empty if it is absent."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def name_field(form: FormData, name: str) -> str:
    """Return a person's or a session's name."""
    text = text_field(form, name)
    if len(text) > MAX_NAME:
        raise InvalidOption(
            Sentence(
                "The field {name} has {count} characters; at most {limit} are accepted.",
                name=name,
                count=len(text),
                limit=MAX_NAME,
            )
        )
    return text


def check_names(form: FormData, known: Sequence[str]) -> None:
    """Refuse fields that are unknown or repeated."""
    names = [name for name, _ in form.multi_items()]
    for name in names:
        if name not in known:
            raise InvalidOption(
                Sentence(
                    "Unknown field {name}. Available: {known}.",
                    name=repr(name[:40]),
                    known=", ".join(known),
                )
            )
        if names.count(name) > 1 and name not in REPEATED:
            raise InvalidOption(
                Sentence("The field {name} was sent more than once.", name=repr(name))
            )


async def photo_field(form: FormData, name: str, max_upload_bytes: int) -> bytes | None:
    """Return the bytes of the first file; None if none was chosen."""
    more = _chosen(form, f"{name}_more")
    file = next(iter([*_chosen(form, name), *more]), None)
    return None if file is None else await _content(file, max_upload_bytes)


async def further_photos(form: FormData, side: Side, max_upload_bytes: int) -> tuple[bytes, ...]:
    """Return the photos of a set-up after the first.

    Raises
    ------
    InvalidOption
        If there are more than can be combined.
    FileTooLarge
        If one is larger than the limit.
    """
    files = [*_chosen(form, side), *_chosen(form, f"{side}_more")]
    if len(files) > MAX_REPEATS:
        raise InvalidOption(
            Sentence(
                "There are {count} photos of one set-up; at most {limit} can be combined.",
                count=len(files),
                limit=MAX_REPEATS,
            )
        )
    return tuple([await _content(file, max_upload_bytes) for file in files[1:]])


def _chosen(form: FormData, name: str) -> list[UploadFile]:
    """Return the files of a field; a browser sends an empty one if none was chosen."""
    files = (file for file in form.getlist(name) if isinstance(file, UploadFile))
    return [file for file in files if file.filename]


async def _content(file: UploadFile, max_upload_bytes: int) -> bytes:
    photo = await file.read()
    await checkpoint()  # Copying 25 MB takes 15 ms; other requests are served between two photos
    if len(photo) > max_upload_bytes:
        raise too_large(max_upload_bytes)
    return photo


async def earlier_field(form: FormData, max_upload_bytes: int) -> ExaminationOut | None:
    """Read the earlier result, sent as text or as a file."""
    name = "previous"
    sent = text_field(form, name) or await photo_field(form, name, max_upload_bytes)
    if sent and len(sent) > MAX_EARLIER_BYTES:
        kilobytes = MAX_EARLIER_BYTES // 1000
        raise InvalidOption(
            Sentence("The earlier result is longer than {kilobytes} kB.", kilobytes=kilobytes)
        )
    return read_earlier(sent) if sent else None


def json_field(form: FormData, name: str) -> dict[str, Any]:
    """Return the JSON object of a field; an empty one if it is absent."""
    text = text_field(form, name)
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise InvalidOption(
            Sentence("The field {name} is not JSON: {error}.", name=repr(name), error=error)
        ) from error
    if not isinstance(value, dict):
        raise InvalidOption(Sentence("The field {name} must be a JSON object.", name=repr(name)))
    return value


def degrees_field(form: FormData, name: str) -> float | None:
    """Return a field as a number of degrees; None if it is empty."""
    text = text_field(form, name)
    if not text:
        return None
    try:
        value = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidOption(
            Sentence(
                "The field {name} is {text}; it must be a number of degrees.",
                name=repr(name),
                text=repr(text[:40]),
            )
        )
    return value


def choice_field(form: FormData, name: str, choices: Sequence[str]) -> str:
    """Return a field that is one of a few words."""
    text = text_field(form, name)
    if text not in choices:
        raise InvalidOption(
            Sentence(
                "The field {name} is {text}; it must be one of {choices}.",
                name=repr(name),
                text=repr(text[:40]),
                choices=", ".join(filter(None, choices)),
            )
        )
    return text


def turn_field(form: FormData) -> int:
    """Return how far to turn the photo clockwise, degrees; 0 by default."""
    text = text_field(form, "turn")
    if text not in {"", *map(str, TURNS_DEG)}:
        raise InvalidOption(
            Sentence("The field 'turn' is {text}; it must be 90, 180 or 270.", text=repr(text[:40]))
        )
    return int(text or 0)
