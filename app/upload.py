"""The body of a measuring request: one photo and up to three options, held in memory only.

Starlette writes uploads beyond 1 MB to a temporary file; a photo of a patient must not
touch the disk, so the parser here keeps what the size limit allows in memory.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.guard import FORM_ALLOWANCE_BYTES, too_large
from app.problems import MalformedForm, NoPhoto, NotAForm
from vision.criteria import DEFAULT_RULES
from vision.errors import InvalidOption
from vision.view import Side

FIELDS: Final = ("file", "leg", "level_deg", "criteria")
"""Names of the form's fields; only ``file`` is required."""
_MAX_FIELD_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: the photo's bytes, and the options as the instrument takes them."""

    photo: bytes
    leg: Side | None
    level_deg: float | None
    criteria: str


@asynccontextmanager
async def open_form(request: Request, max_upload_bytes: int) -> AsyncIterator[FormData]:
    """Parse a multipart body without ever writing to disk, and drop it at the end.

    Raises
    ------
    NotAForm, MalformedForm
        If it is not ``multipart/form-data`` or cannot be parsed.
    FileTooLarge
        If the body is longer than the limit.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise NotAForm(f"The content type is {content_type[:80]!r}.")
    parser = MultiPartParser(
        request.headers,
        request.stream(),
        max_files=1,
        max_fields=len(FIELDS),
        max_part_size=_MAX_FIELD_BYTES,
    )
    # More than a body may hold, so the file never rolls over to disk.
    parser.spool_max_size = max_upload_bytes + 2 * FORM_ALLOWANCE_BYTES
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise MalformedForm(error.message) from error
    try:
        yield form
    finally:
        await form.close()


async def read_upload(form: FormData, max_upload_bytes: int) -> Upload:
    """Take photo and options out of a form.

    Raises
    ------
    NoPhoto
        If there is none.
    FileTooLarge
        If the photo is larger than the limit.
    InvalidOption
        If a field is unknown, repeated, or not of its type.
    """
    names = [name for name, _ in form.multi_items()]
    for name in names:
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            raise InvalidOption(f"Unknown field {name[:40]!r}; there is: {known}.")
        if names.count(name) > 1:
            raise InvalidOption(f"The field {name!r} was sent more than once.")
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise NoPhoto
    photo = await file.read()
    if len(photo) > max_upload_bytes:
        raise too_large(max_upload_bytes)
    return Upload(
        photo=photo,
        # measure() checks leg and rule-set, in the same words at every door.
        leg=cast("Side | None", text_field(form, "leg") or None),
        level_deg=_degrees(text_field(form, "level_deg")),
        criteria=text_field(form, "criteria") or DEFAULT_RULES,
    )


def text_field(form: FormData, name: str) -> str:
    """Return a text field without surrounding space; empty when it is absent."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _degrees(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", ".").replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidOption(f"The level is {text[:40]!r}; it must be a number of degrees.")
    return value
