"""The HTTP doors: photos in, the same JSON as at every other door out."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.routing import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from app.apidoc import (
    EXAMINATION_BODY,
    EXAMINATION_DOC,
    EXAMINATION_OFFERS,
    MEASURE_BODY,
    MEASURE_DOC,
    MEASURE_OFFERS,
    READY_DOC,
    SCORE_BODY,
    SCORE_DOC,
    VERDICT_HEADER,
    negotiate,
)
from app.desk import Desk
from app.examinations import examination_out
from app.fhir import examination_bundle, measurement_bundle
from app.metrics import Metrics
from app.outcome import note_photos, summarise
from app.pictures import pictures_of
from app.problems import NotAcceptable, NotReady
from app.report import measurement_report_html, report_html
from app.schemas import ExaminationOut, MeasurementOut, json_schema
from app.score import score
from app.score_input import read_score
from app.translate import measurement_out
from app.upload import (
    EXAMINATION_FIELDS,
    PHOTOS,
    ExaminationUpload,
    open_form,
    read_examination_upload,
    read_upload,
)
from vision.criteria import NORMS, Norm, RuleSet
from vision.examination import Examination
from vision.measurement import Measurement
from vision.overlay import draw_overlay, encode_picture

EXAMINATIONS: Final = "/v1/examinations"
METRICS: Final = "/metrics"
SCORE: Final = "/v1/score"
MAX_SCORE_BYTES: Final = 65_536
"""Longest body of a request to score, bytes."""
REPORT_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of a report, which holds its own style and pictures."""


api = APIRouter()


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]


@api.post(
    "/v1/measure",
    tags=["Measuring"],
    summary="Measure one photo",
    description="Send a photo, get its reading as JSON; as the annotated photo, a report to "
    "print, or FHIR, if the Accept header asks for it.",
    responses=MEASURE_DOC,
    openapi_extra=MEASURE_BODY,
    response_class=Response,
)
async def measure_photo(request: Request, desk: AtDesk) -> Response:
    """Answer ``POST /v1/measure``."""
    wanted = negotiate(request.headers.get("accept", ""), MEASURE_OFFERS)
    if wanted is None:
        raise NotAcceptable
    limit = desk.settings.max_upload_bytes
    async with desk.place(), open_form(request, limit) as form:
        upload = await read_upload(form, limit)

        def answer() -> Response:
            result = desk.measure(upload)
            note_photos(request, summarise(result))
            return _MEASURE_ANSWERS[wanted](result)

        return await desk.run(answer)


def _as_json(value: BaseModel) -> Response:
    return Response(value.model_dump_json(), media_type="application/json")


def _as_fhir(bundle: dict[str, Any]) -> Response:
    text = json.dumps(bundle, ensure_ascii=False, allow_nan=False)
    return Response(text, media_type="application/fhir+json")


def _as_report(html: str) -> Response:
    return HTMLResponse(html, headers={"Content-Security-Policy": REPORT_POLICY})


def _as_picture(result: Measurement, kind: str) -> Response:
    picture = encode_picture(draw_overlay(result), "png" if kind == "png" else "jpeg")
    headers = {VERDICT_HEADER: result.interpretation.verdict}
    return Response(picture, media_type=f"image/{kind}", headers=headers)


def _measurement_report(result: Measurement) -> Response:
    picture = encode_picture(draw_overlay(result), "jpeg")
    rules = result.interpretation.rules
    return _as_report(measurement_report_html(measurement_out(result), picture, rules=rules))


_MEASURE_ANSWERS: Final[dict[str, Callable[[Measurement], Response]]] = {
    "json": lambda result: _as_json(measurement_out(result)),
    "png": lambda result: _as_picture(result, "png"),
    "jpeg": lambda result: _as_picture(result, "jpeg"),
    "html": _measurement_report,
    "fhir": lambda result: _as_fhir(measurement_bundle(measurement_out(result))),
}


@api.post(
    EXAMINATIONS,
    tags=["Measuring"],
    summary="Examine one or both legs",
    description="Send the photos of a person's legs and what was observed; get both readings, "
    "the asymmetry, and the change against an earlier examination.",
    responses=EXAMINATION_DOC,
    openapi_extra=EXAMINATION_BODY,
    response_class=Response,
)
async def examine_person(request: Request, desk: AtDesk) -> Response:
    """Answer ``POST /v1/examinations``."""
    wanted = negotiate(request.headers.get("accept", ""), EXAMINATION_OFFERS)
    if wanted is None:
        raise NotAcceptable
    limit = desk.settings.max_upload_bytes
    places = min(len(PHOTOS), desk.settings.max_pending)
    async with desk.place(places), open_form(request, limit, EXAMINATION_FIELDS) as form:
        upload = await read_examination_upload(form, limit)

        def answer() -> Response:
            result, out = examined(desk, upload)
            note_photos(request, summarise(result))
            if wanted == "fhir":
                return _as_fhir(examination_bundle(out))
            if wanted == "html":
                return _as_report(report_html(out, pictures_of(result), rules=result.rules))
            return _as_json(out)

        return await desk.run(answer)


def examined(desk: Desk, upload: ExaminationUpload) -> tuple[Examination, ExaminationOut]:
    """Measure the photos of an examination; slow."""
    result = desk.examine(upload)
    said = {"subject": upload.subject, "session": upload.session}
    return result, examination_out(result, **said, previous=upload.previous)


@api.post(
    SCORE,
    tags=["Measuring"],
    summary="Score points or angles",
    description="Send points that a person corrected, or angles that were read by hand; get "
    "the same shape of result, without a photo.",
    responses=SCORE_DOC,
    openapi_extra=SCORE_BODY,
)
async def score_points(request: Request, desk: AtDesk) -> MeasurementOut:
    """Judge what was sent; the photo's own values stay beside it."""
    # Read here: FastAPI would answer a body beyond the limit with 400.
    wanted = read_score(await request.body())
    return score(wanted, desk.rule_set(wanted.criteria))


@api.get(
    "/v1/criteria",
    tags=["Measuring"],
    summary="List the rule-sets",
    response_description="All rule-sets, and the norms to compare with.",
)
async def criteria(desk: AtDesk) -> list[RuleSet]:
    """Every rule-set that can judge, with its cut-offs (degrees) and citation."""
    return list(desk.rules.values())


@api.get(
    "/v1/norms",
    tags=["Measuring"],
    summary="List the norms",
    response_description="Published means, to compare with and not to judge by.",
)
async def norms() -> list[Norm]:
    """List published means to put beside a reading; degrees."""
    return list(NORMS)


@api.get(
    "/v1/schema",
    tags=["Measuring"],
    summary="The JSON schema of the results",
    response_description="JSON Schema, draft 2020-12.",
)
async def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a measurement and of an examination."""
    return json_schema()


@api.get("/healthz", tags=["Service"], summary="Is it running", response_description="It runs.")
async def healthz() -> dict[str, str]:
    """Answers as soon as the service runs, also while the model is still loading."""
    return {"status": "ok"}


@api.get(
    "/readyz",
    tags=["Service"],
    summary="Is it ready to measure",
    response_description="The first photo will be quick.",
    responses=READY_DOC,
)
async def readyz(desk: AtDesk) -> dict[str, str]:
    """200 once the model has been loaded and has looked at a picture, 503 until then."""
    if desk.trouble is not None:
        raise desk.trouble
    if not desk.ready:
        raise NotReady
    return {"status": "ready"}


@api.get(
    METRICS,
    tags=["Service"],
    summary="Numbers for Prometheus",
    response_description="Prometheus' text format.",
    response_class=PlainTextResponse,
)
async def metrics(request: Request) -> Response:
    """Count requests, verdicts and refusals; with times, memory and photos waiting."""
    found = request.app.state.metrics
    assert isinstance(found, Metrics)
    return Response(found.exposition(), media_type=CONTENT_TYPE_LATEST)
