"""The HTTP door: photo in, the same JSON as at every other door out; and the pages.

The pose model is loaded in the background when the service starts, so that ``/healthz``
answers at once and ``/readyz`` says truthfully whether the first photo will be quick.
"""

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import uvicorn
from anyio import to_thread
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRouter
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import FormData
from uvicorn.config import LOGGING_CONFIG

from app.apidoc import (
    MEASURE_BODY,
    MEASURE_DOC,
    READY_DOC,
    VERDICT_HEADER,
    document,
    negotiate,
)
from app.desk import Desk
from app.guard import Guard, is_foreign
from app.pages import WEB_DIR, docs_page, form_page, result_page
from app.problems import (
    CrossOrigin,
    NotAcceptable,
    NotReady,
    RequestProblem,
    catalogue,
    describe,
    handle_problems,
)
from app.schemas import measurement_out
from app.settings import Settings
from app.upload import open_form, text_field
from vision.criteria import RULE_SETS, RuleSet
from vision.errors import ThomasTestError
from vision.measurement import Measurement, package_version
from vision.overlay import draw_overlay, encode_picture
from vision.pose import PoseEstimator


def create_app(estimator: PoseEstimator | None = None, settings: Settings | None = None) -> FastAPI:
    """Build the service.

    Parameters
    ----------
    estimator : PoseEstimator, optional
        A pose model of your own; by default BlazePose, loaded when the service starts.
    settings : Settings, optional
        By default read from the environment.
    """
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.desk = Desk(estimator, chosen)
        warming = asyncio.create_task(app.state.desk.warm_up())
        yield
        await warming
        await to_thread.run_sync(app.state.desk.close)

    app = FastAPI(
        title="Thomas Test",
        version=package_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI can export requests where the environment says so; photos stay here.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's own hook
    app.add_middleware(Guard, max_upload_bytes=chosen.max_upload_bytes)
    app.include_router(api)
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=WEB_DIR / "static"))
    handle_problems(app)
    return app


def serve(settings: Settings) -> None:
    """Run the service until it is stopped; the log goes to stdout and names no photo."""
    log: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    # Not stderr: it is closed to everybody for the moment in which the model starts.
    log["handlers"]["default"]["stream"] = "ext://sys.stdout"
    log["loggers"]["thomas_test"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    uvicorn.run(
        create_app(settings=settings),
        host=settings.host,
        port=settings.port,
        log_config=log,
        access_log=False,  # uvicorn's would hold the address as it was asked for; ours does not
        server_header=False,
    )


async def same_site(request: Request) -> None:
    """Refuse what a browser sends on behalf of another site's page."""
    if is_foreign(request.scope):
        raise CrossOrigin


api = APIRouter(dependencies=[Depends(same_site)])
pages = APIRouter(dependencies=[Depends(same_site)], include_in_schema=False)


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]


@api.post(
    "/v1/measure",
    tags=["Measuring"],
    summary="Measure one photo",
    description="Send a photo, get its reading as JSON, or as the annotated photo if the Accept "
    "header asks for a picture.",
    responses=MEASURE_DOC,
    openapi_extra=MEASURE_BODY,
    response_class=Response,
)
async def measure_photo(request: Request, desk: AtDesk) -> Response:
    """Answer ``POST /v1/measure``."""
    wanted = negotiate(request.headers.get("accept", ""))
    if wanted is None:
        raise NotAcceptable

    def render(result: Measurement) -> Response:
        if wanted == "json":
            return Response(
                measurement_out(result).model_dump_json(), media_type="application/json"
            )
        picture = encode_picture(draw_overlay(result), wanted)
        headers = {VERDICT_HEADER: result.interpretation.verdict}
        return Response(picture, media_type=f"image/{wanted}", headers=headers)

    async with desk.place(), open_form(request, desk.settings.max_upload_bytes) as form:
        return await desk.answer(form, render)


@api.get(
    "/v1/criteria",
    tags=["Measuring"],
    summary="List the rule-sets",
    response_description="All rule-sets.",
)
async def criteria() -> list[RuleSet]:
    """Every rule-set that can judge, with its cut-offs (degrees) and citation."""
    return list(RULE_SETS.values())


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


def _page(html: str, status: int = 200) -> HTMLResponse:
    # With "no-referrer" a browser posts the form with "Origin: null", as another site's page
    # can: over plain http, where it sends no Sec-Fetch-Site, the form would refuse itself.
    return HTMLResponse(html, status, headers={"Referrer-Policy": "same-origin"})


@pages.api_route("/", methods=["GET", "HEAD"])
async def show_form(desk: AtDesk) -> Response:
    """Show the form."""
    return _page(form_page(max_upload_mb=desk.settings.max_upload_mb))


@pages.post("/")
async def show_result(request: Request, desk: AtDesk) -> Response:
    """Show the reading of the photo that was sent, or the form again with what is wrong."""

    def render(result: Measurement) -> Response:
        picture = encode_picture(draw_overlay(result), "jpeg")
        rules = result.interpretation.rules
        return _page(result_page(measurement_out(result), rules, picture))

    form = FormData()
    try:
        async with desk.place(), open_form(request, desk.settings.max_upload_bytes) as form:
            return await desk.answer(form, render)
    except (ThomasTestError, RequestProblem) as error:
        problem = describe(error)
        page = form_page(
            max_upload_mb=desk.settings.max_upload_mb,
            leg=text_field(form, "leg"),
            level_deg=text_field(form, "level_deg"),
            problem=problem,
        )
        return _page(page, problem.status)


@pages.get("/docs")
async def show_docs(request: Request) -> Response:
    """Describe the API."""
    return _page(docs_page(request.app.openapi(), catalogue()))
