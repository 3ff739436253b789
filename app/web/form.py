"""Form of the start page: its photo fields, its parsing, and its errors.

One side-view photo gives a measurement; photos in the fields of a leg give an examination.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from app.results.schemas import Problem
from app.service.errors import AtField, NoPhoto, RequestProblem
from app.service.form_fields import (
    MORE,
    check_names,
    earlier_field,
    further_photos,
    photo_field,
    text_field,
)
from app.service.middleware.body_limits import FORM_ALLOWANCE_BYTES
from app.service.problems import describe
from app.service.uploads import (
    FIELDS,
    PHOTOS,
    SET_UP,
    ExaminationUpload,
    Upload,
    examination_upload,
    leg_photos,
    single_upload,
)
from vision.errors import InvalidOption, MismatchedPhotos, PhotoError, ThomasTestError
from vision.examination import LegPhotos
from vision.observations import OBSERVED, Observations, observations_by_side
from vision.sentences import Sentence
from vision.sides import SIDES, Side


@dataclass(frozen=True, slots=True)
class Place:
    """Field for one photo of an examination.

    Attributes
    ----------
    name : str
        Name of the form's field.
    leg, view : str
        Texts for people.
    title, short_title : str
        Leg and view combined.
    drawing : str
        Id of the drawing that shows the view.
    """

    name: str
    leg: str
    view: str
    title: str
    short_title: str
    drawing: str


_VIEWS: Final = ("", "_retest", "_above")
PLACES: Final = (
    Place(
        "left",
        Sentence("Left leg"),
        Sentence("Hanging"),
        Sentence("Left leg, hanging"),
        Sentence("Left: hanging"),
        "draw-view-side",
    ),
    Place(
        "left_retest",
        Sentence("Left leg"),
        Sentence("Knee extended"),
        Sentence("Left leg, knee extended"),
        Sentence("Left: knee extended"),
        "draw-view-retest",
    ),
    Place(
        "left_above",
        Sentence("Left leg"),
        Sentence("From above"),
        Sentence("Left leg, from above"),
        Sentence("Left: from above"),
        "draw-view-above",
    ),
    Place(
        "right",
        Sentence("Right leg"),
        Sentence("Hanging"),
        Sentence("Right leg, hanging"),
        Sentence("Right: hanging"),
        "draw-view-side",
    ),
    Place(
        "right_retest",
        Sentence("Right leg"),
        Sentence("Knee extended"),
        Sentence("Right leg, knee extended"),
        Sentence("Right: knee extended"),
        "draw-view-retest",
    ),
    Place(
        "right_above",
        Sentence("Right leg"),
        Sentence("From above"),
        Sentence("Right leg, from above"),
        Sentence("Right: from above"),
        "draw-view-above",
    ),
)
"""All photo fields of an examination, the left leg first."""
OF_ONE_LEG: Final = tuple(name for name in OBSERVED if name not in ("safety", "notes"))
"""Questions with separate answers for the two legs."""
PAGE_FIELDS: Final = (
    *FIELDS,
    *PHOTOS,
    *MORE,
    *SET_UP,
    "photos",
    "camera",
    *(f"{side}_{name}" for side in SIDES for name in OF_ONE_LEG),
)
"""Names of all fields of the form; ``photos`` is ``one`` or ``several``."""
_TITLES: Final = {
    "file": Sentence("Side-view photo"),
    "camera": Sentence("Side-view photo"),
    "previous": Sentence("Earlier result"),
    **{place.name: place.title for place in PLACES},
}
_ADVICE: Final = {
    "busy": Sentence("Wait a few seconds, then send again."),
    "file_too_large": Sentence(
        "Send it in a smaller size: phones offer that when a photo is shared."
    ),
    "format_not_installed": Sentence(
        "Send the photo as a JPEG: phones offer that in the camera's settings."
    ),
    "invalid_option": Sentence("Change it in the form, then send again."),
    "malformed_form": Sentence("Reload this page and choose the photos again."),
    "no_photo": Sentence("Choose a side-view photo, or take one."),
    "not_a_form": Sentence("Reload this page and choose the photos again."),
    "not_ready": Sentence("The service has just started. Wait a few seconds, then send again."),
    "weights_corrupt": Sentence("Tell the operator of this service: a model file is damaged."),
    "weights_missing": Sentence("Tell the operator of this service: a model file is missing."),
}
"""Advice for people, where the usual advice is for programmers."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Message above the form.

    Attributes
    ----------
    problem : Problem
    advice : str
        Advice for users of the page.
    field, title : str
        Name of the field concerned, and its title; empty if there is none.
    """

    problem: Problem
    advice: str
    field: str = ""
    title: str = ""


def trouble_of(error: AtField | ThomasTestError | RequestProblem) -> Trouble:
    """Return the message of an error for the page."""
    field = error.field if isinstance(error, AtField) else ""
    problem = describe(error.problem if isinstance(error, AtField) else error)
    return Trouble(problem, page_advice(problem), field, _TITLES.get(field, ""))


def page_advice(problem: Problem) -> str:
    """Return the advice for users of the pages."""
    return _ADVICE.get(problem.code, problem.advice)


def photos_announced(content_length: str | None, max_upload_bytes: int) -> int:
    """Return how many photos of the largest size fit into a form of this length.

    Parameters
    ----------
    content_length : str, optional
        The header; without it, the form may contain a photo in every field.
    max_upload_bytes : int
        Largest photo.
    """
    if content_length is None or not content_length.isdecimal():
        return len(PHOTOS)
    whole = int(content_length) - FORM_ALLOWANCE_BYTES
    return min(max(1, -(-whole // max_upload_bytes)), len(PHOTOS))


def entered(form: FormData) -> dict[str, str]:
    """Return the entered and selected values, and the file names."""
    said = {name: text_field(form, name) for name in PAGE_FIELDS}
    files = ((name, form.get(name)) for name in PAGE_FIELDS)
    named = {name: file.filename or "" for name, file in files if isinstance(file, UploadFile)}
    return {**said, **named}


async def read_page_upload(form: FormData, max_upload_bytes: int) -> Upload | ExaminationUpload:
    """Parse the form: one photo, or an examination.

    Raises
    ------
    AtField
        If a photo is missing or too large, or the earlier result is invalid.
    InvalidOption
        If another field has the wrong type.
    """
    check_names(form, PAGE_FIELDS)
    photos: dict[str, bytes | None] = {}
    for name in ("file", "camera", *PHOTOS):
        with at_field(name):
            photos[name] = await photo_field(form, name, max_upload_bytes)
    file, camera = photos.pop("file"), photos.pop("camera")
    single = camera if file is None else file
    with at_field("previous"):
        previous = await earlier_field(form, max_upload_bytes)
    mode = text_field(form, "photos")
    placed = any(photo is not None for photo in photos.values())
    if single is not None and (not placed or mode == "one"):
        return single_upload(form, single, previous)
    if single is not None:
        photos[_free_side(photos, text_field(form, "leg"))] = single
    more = {}
    for side in SIDES:
        with at_field(side):
            more[side] = await further_photos(form, side, max_upload_bytes)
    left, right = _legs(form, photos, more)
    if left is None and right is None:
        raise AtField("left" if mode == "several" else "file", NoPhoto())
    return examination_upload(form, left, right, previous)


@contextmanager
def at_field(name: str) -> Iterator[None]:
    """Return an error with its field."""
    try:
        yield
    except (ThomasTestError, RequestProblem) as error:
        raise AtField(name, error) from error


@contextmanager
def at_photo(upload: Upload | ExaminationUpload) -> Iterator[None]:
    """Add to an error the photo of the upload for which the measurement failed."""
    try:
        yield
    except (PhotoError, MismatchedPhotos) as error:
        field = "file" if isinstance(upload, Upload) else error.photo
        if not field:
            raise
        raise AtField(field, error) from error


def _free_side(photos: Mapping[str, bytes | None], leg: str) -> Side:
    """Return the leg to which a photo without a field belongs."""
    free = [side for side in SIDES if photos[side] is None]
    chosen: Side | None = next((side for side in free if side == leg or len(free) == 1), None)
    if chosen is None:
        question = Sentence("Which leg does the side-view photo show? Choose its place.")
        raise AtField("left", InvalidOption(question))
    return chosen


def _legs(
    form: FormData,
    photos: Mapping[str, bytes | None],
    more: Mapping[Side, tuple[bytes, ...]],
) -> tuple[LegPhotos | None, LegPhotos | None]:
    observed = _answers_by_side(form)
    legs = []
    for side in SIDES:
        with at_field(side):
            legs.append(leg_photos(form, side, photos, observed[side], more[side]))
    return legs[0], legs[1]


def _answers_by_side(form: FormData) -> dict[Side, Observations]:
    """Parse the answers for both legs, and those for one leg."""
    answers: dict[str, Any] = {name: text_field(form, name) for name in OBSERVED}
    for side in SIDES:
        own = {name: text_field(form, f"{side}_{name}") for name in OF_ONE_LEG}
        answers[side] = {name: answer for name, answer in own.items() if answer}
    return observations_by_side(answers)
