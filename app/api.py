"""The service: routes, guard and pose model put together, and run.

The pose model is loaded in the background when the service starts, so that ``/healthz``
answers at once and ``/readyz`` says truthfully whether the first photo will be quick.
"""

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from uvicorn.config import LOGGING_CONFIG

from app.apidoc import document
from app.connections import connection_options
from app.desk import Desk
from app.guard import Guard
from app.page_routes import ADJUSTED, LANGUAGE, MAX_LANGUAGE_BYTES, pages, show_problem
from app.pages import WEB_DIR
from app.problems import handle_problems
from app.routes import EXAMINATIONS, MAX_SCORE_BYTES, SCORE, api
from app.settings import Settings
from app.traces import DiscreetFormatter
from app.upload import PHOTOS
from app.workers import keep_no_core_dump
from vision.measurement import package_version
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
        await app.state.desk.close()

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
    app.add_middleware(
        Guard,
        max_upload_bytes=chosen.max_upload_bytes,
        limits={
            EXAMINATIONS: len(PHOTOS) * chosen.max_upload_bytes,
            "/": len(PHOTOS) * chosen.max_upload_bytes,
            SCORE: MAX_SCORE_BYTES,
            ADJUSTED: MAX_SCORE_BYTES,
            LANGUAGE: MAX_LANGUAGE_BYTES,
        },
    )
    app.include_router(api)
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=WEB_DIR / "static"))
    handle_problems(app, show_problem)
    return app


def serve(settings: Settings) -> None:
    """Run the service until it is stopped; the log goes to stdout and names no photo."""
    keep_no_core_dump()
    log: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    # Not stderr: it is closed to everybody for the moment in which the model starts.
    log["handlers"]["default"]["stream"] = "ext://sys.stdout"
    log["formatters"]["default"]["()"] = DiscreetFormatter
    log["formatters"]["default"].pop("use_colors")
    log["formatters"]["default"]["fmt"] = "%(levelname)s: %(message)s"
    log["loggers"]["python_multipart"] = {"level": "CRITICAL"}  # it quotes bytes of the form
    log["loggers"]["thomas_test"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    uvicorn.run(
        create_app(settings=settings),
        host=settings.host,
        port=settings.port,
        log_config=log,
        **connection_options(settings),
    )
