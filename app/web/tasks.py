"""Slow tasks behind a page: measuring the submitted photos, and rendering the page.

Like :mod:`app.service.tasks`, these run in a worker process.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from app.reports.pictures import further_pictures_of, picture_of, pictures_of
from app.service.request_record import summarise
from app.service.tasks import HTML, Answer, examine_upload, measure_upload, measured_out
from app.service.uploads import ExaminationUpload, Upload
from app.web.form import at_photo
from app.web.rejudge import PHOTO
from app.web.result_page import result_page
from app.web.svg_overlay import shown
from vision.criteria import RuleSet
from vision.pose import PoseEstimator


def shown_to_people(
    upload: Upload | ExaminationUpload,
    rules: RuleSet,
    choices: Mapping[str, RuleSet],
    language: str,
    compact: bool,
    estimator: PoseEstimator,
) -> Answer:
    """Measure the submitted photos, and return a page; for the parameters, see `result_page`.

    Raises
    ------
    AtField
        If a photo cannot be read or does not belong there; the error names its field.
    """
    how: dict[str, Any] = {"choices": choices, "language": language, "compact": compact}
    with at_photo(upload):
        if isinstance(upload, ExaminationUpload):
            examination, out = examine_upload(upload, rules, estimator)
            html = result_page(
                out,
                rules,
                shown={leg.side: shown(leg.measurement) for leg in examination.legs},
                pictures=further_pictures_of(examination) if compact else pictures_of(examination),
                previous=upload.previous,
                **how,
            )
            photos = summarise(examination)
        else:
            result = measure_upload(upload, rules, estimator)
            html = result_page(
                measured_out(result, upload),
                rules,
                shown={PHOTO: shown(result)},
                pictures={} if compact else {PHOTO: picture_of(result)},
                previous=upload.previous,
                again=_again(upload),
                **how,
            )
            photos = summarise(result)
    return replace(as_page(html, language), photos=photos)


def _again(upload: Upload) -> dict[str, str]:
    """Return the form's fields except the photo, as sent."""
    said = asdict(upload.observed)
    level = "" if upload.level_deg is None else f"{upload.level_deg:g}"
    return {
        "leg": upload.leg or "",
        "level_deg": level,
        "criteria": upload.criteria,
        "subject": upload.subject,
        "session": upload.session,
        **{name: str(value) for name, value in said.items() if value not in (None, "")},
    }


def as_page(html: str, language: str) -> Answer:
    """Return a page rendered in a language."""
    # With "no-referrer", a browser posts the form with "Origin: null", as another site's page
    # can: over plain http, where it sends no Sec-Fetch-Site, the form would refuse itself.
    headers = {
        "Referrer-Policy": "same-origin",
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie",
    }
    return Answer(html.encode(), HTML, headers)
