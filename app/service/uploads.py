"""Bodies of measurement requests: photos and a few options, held in memory only.

Starlette writes uploads of more than 1 MB to a temporary file. A patient's photo must not touch the
disk, so the parser here keeps everything within the size limit in memory.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.results.schemas import ExaminationOut
from app.service.errors import MalformedForm, NoPhoto, NotAForm
from app.service.form_fields import (
    MORE,
    REPEATED,
    check_names,
    choice_field,
    degrees_field,
    earlier_field,
    further_photos,
    json_field,
    name_field,
    photo_field,
    text_field,
    turn_field,
)
from app.service.middleware.body_limits import FORM_ALLOWANCE_BYTES
from vision.criteria import DEFAULT_RULES
from vision.errors import InvalidOption
from vision.examination import LegPhotos
from vision.metadata import vector_from_text
from vision.observations import OBSERVED, Observations, observations, observations_by_side
from vision.repeats import MAX_REPEATS
from vision.sentences import Sentence
from vision.sides import LEG_WORDS, SIDES, Side

FIELDS: Final = (
    "file",
    "leg",
    "level_deg",
    "gravity",
    "roll_deg",
    "pitch_deg",
    "turn",
    "criteria",
    "subject",
    "session",
    "previous",
    *OBSERVED,
)
"""Names of the fields of one photo's form; only ``file`` is required."""
PHOTOS: Final = tuple(f"{side}{which}" for side in SIDES for which in ("", "_retest", "_above"))
"""Names of the photo fields of an examination; ``left`` or ``right`` is required."""
SET_UP: Final = tuple(f"{side}{of}" for side in SIDES for of in ("_gravity", "_from_clip"))
"""Names of the fields that say how the photos of a leg were taken."""
EXAMINATION_FIELDS: Final = (
    *PHOTOS,
    *SET_UP,
    "subject",
    "session",
    "level_deg",
    "turn",
    "criteria",
    "observations",
    "previous",
)
FILES: Final = ("file", "camera", *PHOTOS, *MORE, "previous")
"""Fields that may contain a file."""
MAX_FIELD_BYTES: Final = 32_768
MAX_FILE_NAME: Final = 255
"""Longest file name, as in file systems. The name is only shown to its sender."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded photo, with the options for :func:`vision.measure`."""

    photo: bytes
    leg: Side | None
    level_deg: float | None
    turn_deg: int
    gravity: tuple[float, float, float] | None
    roll_deg: float | None
    pitch_deg: float | None
    criteria: str
    observed: Observations
    subject: str = ""
    session: str = ""
    previous: ExaminationOut | None = None

    @property
    def photo_count(self) -> int:
        """Number of photos to measure."""
        return 1


@dataclass(frozen=True, slots=True)
class ExaminationUpload:
    """The uploaded photos and options of an examination."""

    left: LegPhotos | None
    right: LegPhotos | None
    level_deg: float | None
    turn_deg: int
    criteria: str
    subject: str
    session: str
    previous: ExaminationOut | None

    @property
    def photo_count(self) -> int:
        """Number of photos to measure."""
        legs = (leg for leg in (self.left, self.right) if leg is not None)
        photos = (
            photo for leg in legs for photo in (leg.photo, *leg.repeats, leg.retest, leg.above)
        )
        return sum(photo is not None for photo in photos)


@asynccontextmanager
async def open_form(
    request: Request, max_upload_bytes: int, fields: Sequence[str] = FIELDS
) -> AsyncIterator[FormData]:
    """Parse a multipart body without writing to disk, and discard it at the end.

    Raises
    ------
    NotAForm, MalformedForm
        If it is not ``multipart/form-data`` or cannot be parsed.
    FileTooLarge
        If the body is longer than the limit.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise NotAForm(
            Sentence("The content type is {content_type}.", content_type=repr(content_type[:80]))
        )
    parser = MultiPartParser(
        request.headers,
        request.stream(),
        max_files=sum(MAX_REPEATS if name in REPEATED else name in FILES for name in fields),
        max_fields=len(fields),
        max_part_size=MAX_FIELD_BYTES,
    )
    # More than the limit of a body, so no file is ever moved to disk.
    parser.spool_max_size = len(PHOTOS) * (max_upload_bytes + 2 * FORM_ALLOWANCE_BYTES)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise MalformedForm(error.message) from error
    try:
        _check_file_names(form)
        yield form
    finally:
        await form.close()


def _check_file_names(form: FormData) -> None:
    files = (file for _, file in form.multi_items() if isinstance(file, UploadFile))
    if any(len(file.filename or "") > MAX_FILE_NAME for file in files):
        raise MalformedForm(
            Sentence("A file name is longer than {limit} characters.", limit=MAX_FILE_NAME)
        )


async def read_upload(form: FormData, max_upload_bytes: int) -> Upload:
    """Extract photo and options from a form.

    Raises
    ------
    NoPhoto
        If there is none.
    FileTooLarge
        If the photo is larger than the limit.
    InvalidOption
        If a field is unknown, repeated, or of the wrong type.
    """
    check_names(form, FIELDS)
    photo = await photo_field(form, "file", max_upload_bytes)
    if photo is None:
        raise NoPhoto
    return single_upload(form, photo, await earlier_field(form, max_upload_bytes))


def single_upload(form: FormData, photo: bytes, previous: ExaminationOut | None = None) -> Upload:
    """Combine one photo and the other fields of its form."""
    return Upload(
        photo=photo,
        # measure() validates leg and rule-set, so that the messages are the same everywhere.
        leg=cast("Side | None", text_field(form, "leg") or None),
        level_deg=degrees_field(form, "level_deg"),
        turn_deg=turn_field(form),
        gravity=_gravity_field(form, "gravity"),
        roll_deg=degrees_field(form, "roll_deg"),
        pitch_deg=degrees_field(form, "pitch_deg"),
        criteria=text_field(form, "criteria") or DEFAULT_RULES,
        observed=observations({name: text_field(form, name) for name in OBSERVED}),
        subject=name_field(form, "subject"),
        session=name_field(form, "session"),
        previous=previous,
    )


async def read_examination_upload(form: FormData, max_upload_bytes: int) -> ExaminationUpload:
    """Extract photos and options of an examination from a form.

    Raises
    ------
    NoPhoto
        If there is no photo of either leg.
    FileTooLarge, InvalidOption
        As :func:`read_upload`.
    """
    check_names(form, EXAMINATION_FIELDS)
    observed = observations_by_side(json_field(form, "observations"))
    photos = {name: await photo_field(form, name, max_upload_bytes) for name in PHOTOS}
    more = {side: await further_photos(form, side, max_upload_bytes) for side in SIDES}
    left, right = (leg_photos(form, side, photos, observed[side], more[side]) for side in SIDES)
    if left is None and right is None:
        raise NoPhoto
    return examination_upload(form, left, right, await earlier_field(form, max_upload_bytes))


def examination_upload(
    form: FormData,
    left: LegPhotos | None,
    right: LegPhotos | None,
    previous: ExaminationOut | None,
) -> ExaminationUpload:
    """Combine photos and the other fields of an examination's form."""
    return ExaminationUpload(
        left=left,
        right=right,
        level_deg=degrees_field(form, "level_deg"),
        turn_deg=turn_field(form),
        criteria=text_field(form, "criteria") or DEFAULT_RULES,
        subject=name_field(form, "subject"),
        session=name_field(form, "session"),
        previous=previous,
    )


def leg_photos(
    form: FormData,
    side: Side,
    photos: Mapping[str, bytes | None],
    observed: Observations,
    more: tuple[bytes, ...] = (),
) -> LegPhotos | None:
    """Combine the photos of one leg; None if there are none."""
    photo = photos[side]
    extra = photos[f"{side}_retest"], photos[f"{side}_above"]
    if photo is None:
        if any(one is not None for one in extra):
            raise InvalidOption(
                Sentence("The {leg} has a second photo but no first one.", leg=LEG_WORDS[side])
            )
        return None
    return LegPhotos(
        photo,
        *extra,
        observed=observed,
        repeats=more,
        gravity=_gravity_field(form, f"{side}_gravity"),
        from_clip=choice_field(form, f"{side}_from_clip", ("", "yes")) == "yes",
    )


def _gravity_field(form: FormData, name: str) -> tuple[float, float, float] | None:
    text = text_field(form, name)
    return vector_from_text(text) if text else None
