"""The HTTP API: photos in; out comes the same JSON as on the command line and in Python."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST

from app.results.rescore_input import read_score
from app.results.schemas import json_schema
from app.service.errors import NotAcceptable, NotReady
from app.service.metrics import Metrics
from app.service.negotiation import (
    BUNDLE_HEADER,
    EXAMINATION_OFFERS,
    MEASURE_OFFERS,
    Kind,
    negotiate,
    with_bundle,
)
from app.service.openapi import (
    EXAMINATION_BODY,
    EXAMINATION_DOC,
    GUARDED_DOC,
    MEASURE_BODY,
    MEASURE_DOC,
    READY_DOC,
    SCORE_BODY,
    SCORE_DOC,
)
from app.service.queue import Desk
from app.service.request_record import note_photos
from app.service.tasks import examined, measured, scored
from app.service.uploads import (
    EXAMINATION_FIELDS,
    PHOTOS,
    open_form,
    read_examination_upload,
    read_upload,
)
from vision.criteria import RuleSet
from vision.norms import NORMS, Norm

EXAMINATIONS: Final = "/v1/examinations"
METRICS: Final = "/metrics"
SCORE: Final = "/v1/score"
MAX_SCORE_BYTES: Final = 65_536
"""Longest body of a request to score, bytes."""


api = APIRouter()


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


def _wanted(request: Request, offers: dict[str, Kind]) -> Kind:
    """Return what to answer with.

    Raises
    ------
    NotAcceptable
        If nothing on offer is wanted.
    InvalidOption
        If there is no such kind of bundle.
    """
    found = negotiate(request.headers.get("accept", ""), offers)
    wanted = with_bundle(found, request.headers.get(BUNDLE_HEADER, ""))
    if wanted is None:
        raise NotAcceptable
    return wanted


AtDesk = Annotated[Desk, Depends(_desk)]


@api.post(
    "/v1/measure",
    tags=["Measuring"],
    summary="Measure one photo",
    description="Send a photo, get its reading as JSON; or, by the Accept header, as the "
    "annotated photo, a report to print, or FHIR.",
    responses=MEASURE_DOC,
    openapi_extra=MEASURE_BODY,
    response_class=Response,
)
async def measure_photo(request: Request, desk: AtDesk) -> Response:
    """Answer ``POST /v1/measure``."""
    wanted = _wanted(request, MEASURE_OFFERS)
    limit = desk.settings.max_upload_bytes
    async with desk.place():
        async with open_form(request, limit) as form:
            upload = await read_upload(form, limit)
        rules = desk.rule_set(upload.criteria)
        answer = await desk.answer(request, partial(measured, upload, rules, wanted))
    note_photos(request, answer.photos)
    return answer.response()


@api.post(
    EXAMINATIONS,
    tags=["Measuring"],
    summary="Examine one or both legs",
    description="Send the photos of a person's legs and what was observed; get both readings, "
    "the asymmetry, and the change against an earlier result.",
    responses=EXAMINATION_DOC,
    openapi_extra=EXAMINATION_BODY,
    response_class=Response,
)
async def examine_person(request: Request, desk: AtDesk) -> Response:
    """Answer ``POST /v1/examinations``."""
    wanted = _wanted(request, EXAMINATION_OFFERS)
    limit = desk.settings.max_upload_bytes
    places = min(len(PHOTOS), desk.settings.max_pending)
    async with desk.place(places):
        async with open_form(request, limit, EXAMINATION_FIELDS) as form:
            upload = await read_examination_upload(form, limit)
        rules = desk.rule_set(upload.criteria)
        make = partial(examined, upload, rules, wanted)
        answer = await desk.answer(request, make, photos=upload.photo_count)
    note_photos(request, answer.photos)
    return answer.response()


@api.post(
    SCORE,
    tags=["Measuring"],
    summary="Score points or angles",
    description="Send points that a person corrected, or angles that were read by hand; get "
    "a result of the same form, a report to print, or FHIR, without a photo.",
    responses=SCORE_DOC,
    openapi_extra=SCORE_BODY,
    response_class=Response,
)
async def score_points(request: Request, desk: AtDesk) -> Response:
    """Judge points or angles; the automatic values are kept beside them."""
    kind = _wanted(request, EXAMINATION_OFFERS)
    # Read here: for a body beyond the limit, FastAPI would return 400.
    wanted = read_score(await request.body())
    return scored(wanted, desk.rule_set(wanted.rules_id), kind).response()


@api.get(
    "/v1/criteria",
    tags=["Reference"],
    summary="List the rule-sets",
    response_description="All rule-sets, and the norms to compare with.",
    responses=GUARDED_DOC,
)
async def list_criteria(desk: AtDesk) -> list[RuleSet]:
    """Every rule-set that can judge, with its cut-offs (degrees) and citation."""
    return list(desk.rules.values())


@api.get(
    "/v1/norms",
    tags=["Reference"],
    summary="List the norms",
    response_description="Published means to compare with; they are not used for verdicts.",
    responses=GUARDED_DOC,
)
async def list_norms() -> list[Norm]:
    """List published means to put beside a reading; degrees."""
    return list(NORMS)


@api.get(
    "/v1/schema",
    tags=["Reference"],
    summary="The JSON schema of the results",
    response_description="JSON Schema, draft 2020-12.",
    responses=GUARDED_DOC,
)
async def get_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a measurement and of an examination."""
    return json_schema()


@api.get("/healthz", tags=["Service"], summary="Liveness", response_description="The service runs.")
async def get_health() -> dict[str, str]:
    """Answers as soon as the service runs, also while the model is still loading."""
    return {"status": "ok"}


@api.get(
    "/readyz",
    tags=["Service"],
    summary="Readiness",
    response_description="Photos can be measured without delay.",
    responses=READY_DOC,
)
async def get_readiness(desk: AtDesk) -> dict[str, str]:
    """200 once the model has been loaded and has looked at a picture, 503 until then."""
    if desk.trouble is not None:
        raise desk.trouble
    if not desk.ready:
        raise NotReady
    return {"status": "ready"}


@api.get(
    METRICS,
    tags=["Service"],
    summary="Metrics for Prometheus",
    response_description="Prometheus' text format.",
    responses=GUARDED_DOC,
    response_class=PlainTextResponse,
)
async def get_metrics(request: Request) -> Response:
    """Count requests, verdicts and refusals; with times, memory and photos waiting."""
    found = request.app.state.metrics
    assert isinstance(found, Metrics)
    return Response(found.exposition(), media_type=CONTENT_TYPE_LATEST)
