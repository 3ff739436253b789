"""Slow tasks behind a response, from the bytes of a photo to the bytes to send.

These functions run in a worker process, with a pose model. Only a small, finished response is sent
back, never a measurement with its pixels.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal

from fastapi import Response
from pydantic import BaseModel

from app.reports.leg_report import measurement_report_html, report_html
from app.reports.pictures import picture_of, pictures_of
from app.results.earlier import measurement_beside
from app.results.examination import examination_out
from app.results.fhir import examination_bundle, measurement_bundle
from app.results.fhir_parts import BundleKind
from app.results.rescore import score
from app.results.rescore_input import ScoreIn
from app.results.schemas import ExaminationOut, MeasurementOut
from app.service.errors import AtField, OutOfMemory, RequestProblem
from app.service.logging import trace_of
from app.service.negotiation import VERDICT_HEADER, Kind
from app.service.request_record import Summary, summarise
from app.service.uploads import ExaminationUpload, Upload
from vision.criteria import RuleSet
from vision.errors import ThomasTestError
from vision.examination import Examination, examine
from vision.measurement import Measurement, measure
from vision.overlay import draw_overlay, encode_picture
from vision.pose import PoseEstimator

REPORT_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of a report, which contains its own style and pictures."""
BUNDLES: Final[dict[str, BundleKind]] = {"fhir": "collection", "fhir-transaction": "transaction"}
"""Kind of FHIR bundle by what was asked for."""
HTML: Final = "text/html"
"""Media type of HTML; the charset is added when it is sent."""
_CV2_NO_MEMORY: Final = -4
"""``cv2.error.code`` of a failed allocation."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished response, and its summary for log and metrics."""

    content: bytes
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)
    photos: tuple[Summary, ...] = ()

    def response(self, status: int = 200) -> Response:
        """Return it as a response of a route."""
        return Response(self.content, status, self.headers, self.media_type)


class Unforeseen(Exception):
    """An unexpected error while a response was prepared.

    Attributes
    ----------
    trace : str
        Lines of code where it happened, without data of the photo.
    """

    def __init__(self, trace: str) -> None:
        super().__init__(trace)
        self.trace = trace


def attempt(make: Callable[[PoseEstimator], Answer], estimator: PoseEstimator) -> Answer:
    """Prepare a response; failures are raised as one of our own errors.

    Raises
    ------
    ThomasTestError, RequestProblem, AtField
        Known errors.
    OutOfMemory
        If the photo needs more memory than this process may use.
    Unforeseen
        For all other errors.
    """
    try:
        return make(estimator)
    except (ThomasTestError, RequestProblem, AtField):
        raise
    except Exception as error:  # noqa: BLE001 - raised again, without its message
        if isinstance(error, MemoryError) or getattr(error, "code", None) == _CV2_NO_MEMORY:
            raise OutOfMemory from None
        raise Unforeseen(trace_of(error)) from None


def measured(upload: Upload, rules: RuleSet, kind: Kind, estimator: PoseEstimator) -> Answer:
    """Measure one photo, and return the requested format, a value of ``MEASURE_OFFERS``."""
    result = measure_upload(upload, rules, estimator)
    match kind:
        case "png" | "jpeg":
            answer = _as_picture(kind, result)
        case _:
            out = measured_out(result, upload)
            answer = _as_asked(kind, out, rules, partial(picture_of, result))
    return replace(answer, photos=summarise(result))


def scored(wanted: ScoreIn, rules: RuleSet, kind: Kind) -> Answer:
    """Judge points or angles and answer in the format asked for, of ``EXAMINATION_OFFERS``."""
    return _as_asked(kind, score(wanted, rules), rules, lambda: None)


def _as_asked(
    kind: Kind, out: MeasurementOut, rules: RuleSet, picture: Callable[[], bytes | None]
) -> Answer:
    """Answer with a result as JSON, as a report or as FHIR."""
    if kind == "html":
        return _as_report(measurement_report_html(out, picture(), rules=rules))
    if kind in BUNDLES:
        return _as_fhir(measurement_bundle(out, BUNDLES[kind]))
    return _as_json(out)


def examined(
    upload: ExaminationUpload, rules: RuleSet, kind: Kind, estimator: PoseEstimator
) -> Answer:
    """Measure an examination, and return the requested format, one of ``EXAMINATION_OFFERS``."""
    result, out = examine_upload(upload, rules, estimator)
    if kind in BUNDLES:
        answer = _as_fhir(examination_bundle(out, BUNDLES[kind]))
    elif kind == "html":
        answer = _as_report(report_html(out, pictures_of(result), rules=rules))
    else:
        answer = _as_json(out)
    return replace(answer, photos=summarise(result))


def measure_upload(upload: Upload, rules: RuleSet, estimator: PoseEstimator) -> Measurement:
    """Measure one uploaded photo."""
    return measure(
        upload.photo,
        leg=upload.leg,
        level_deg=upload.level_deg,
        gravity=upload.gravity,
        roll_deg=upload.roll_deg,
        pitch_deg=upload.pitch_deg,
        turn_deg=upload.turn_deg,
        criteria=rules,
        observed=upload.observed,
        estimator=estimator,
    )


def measured_out(result: Measurement, upload: Upload) -> MeasurementOut:
    """Return the result of one uploaded photo for JSON."""
    said = {"subject": upload.subject, "session": upload.session}
    return measurement_beside(result, **said, previous=upload.previous)


def examine_upload(
    upload: ExaminationUpload, rules: RuleSet, estimator: PoseEstimator
) -> tuple[Examination, ExaminationOut]:
    """Examine the uploaded photos of both legs, and return the result for JSON."""
    result = examine(
        upload.left,
        upload.right,
        criteria=rules,
        level_deg=upload.level_deg,
        turn_deg=upload.turn_deg,
        estimator=estimator,
    )
    said = {"subject": upload.subject, "session": upload.session}
    return result, examination_out(result, **said, previous=upload.previous)


def _as_json(value: BaseModel) -> Answer:
    return Answer(value.model_dump_json().encode(), "application/json")


def _as_fhir(bundle: dict[str, Any]) -> Answer:
    text = json.dumps(bundle, ensure_ascii=False, allow_nan=False)
    return Answer(text.encode(), "application/fhir+json")


def _as_report(html: str) -> Answer:
    return Answer(html.encode(), HTML, {"Content-Security-Policy": REPORT_POLICY})


def _as_picture(kind: Literal["png", "jpeg"], result: Measurement) -> Answer:
    picture = encode_picture(draw_overlay(result), kind)
    return Answer(picture, f"image/{kind}", {VERDICT_HEADER: result.interpretation.verdict})
