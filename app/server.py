"""The assembled service: routes, middleware and pose model.

The pose model is loaded in the background when the service starts, so that ``/healthz``
responds at once, and ``/readyz`` reports when photos can be measured without delay.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.processes import keep_no_core_dump
from app.service.api_routes import EXAMINATIONS, MAX_SCORE_BYTES, SCORE, api
from app.service.keys import Keyring, read_keys
from app.service.logging import REQUEST_ID_HEADER, logging_config
from app.service.metrics import Metrics
from app.service.middleware.access import Gate
from app.service.middleware.access_log import Observer
from app.service.middleware.body_limits import Guard
from app.service.middleware.compression import Compression
from app.service.middleware.header_timeout import connection_options
from app.service.negotiation import BUNDLE_HEADER, VERDICT_HEADER
from app.service.openapi import document
from app.service.problems import answer, handle_problems
from app.service.queue import Desk
from app.service.settings import Settings
from app.service.uploads import PHOTOS
from app.web.routes import (
    ADJUSTED,
    FETCHED,
    LANGUAGE,
    MAX_LANGUAGE_BYTES,
    MAX_REJUDGE_BYTES,
    pages,
    show_problem,
)
from app.web.static_files import Static
from vision.backends.engines import Backend
from vision.measurement import package_version
from vision.pose import PoseEstimator

ADDRESSES: Final = frozenset(
    {"/openapi.json"}
    | {
        route.path
        for router in (api, pages)
        for route in router.routes
        if isinstance(route, APIRoute)
    }
)
"""All routes except the static files."""


LOOPBACK: Final = "127.0.0.1"
APP_PORT: Final = 8417
"""Tried first: what a browser keeps for a page belongs to its address, the port included."""


def create_app(estimator: PoseEstimator | None = None, settings: Settings | None = None) -> FastAPI:
    """Build the service.

    Parameters
    ----------
    estimator : PoseEstimator, optional
        A custom pose model; by default BlazePose, loaded when the service starts.
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
        generate_unique_id_function=lambda route: route.name,
        # FastAPI can export requests if the environment enables it; photos must stay here.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.metrics = Metrics(lambda: app.state.desk.pending, chosen.max_pending)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's own hook
    _enclose(app, chosen)
    app.include_router(api)
    app.include_router(pages)
    app.mount("/static", Static())
    handle_problems(app, show_problem)
    return app


def _enclose(app: FastAPI, chosen: Settings) -> None:
    """Add the middleware around the routes, the innermost first."""
    keyring = Keyring(read_keys("\n".join(chosen.keys)), chosen.keys_file)
    app.add_middleware(Gate, settings=chosen, keyring=keyring, refuse=partial(answer, show_problem))
    if chosen.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=chosen.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", BUNDLE_HEADER),
            expose_headers=(REQUEST_ID_HEADER, VERDICT_HEADER, "Retry-After"),
        )
    app.add_middleware(Compression)
    app.add_middleware(
        Guard,
        max_upload_bytes=chosen.max_upload_bytes,
        limits={
            EXAMINATIONS: len(PHOTOS) * chosen.max_upload_bytes,
            "/": len(PHOTOS) * chosen.max_upload_bytes,
            SCORE: MAX_SCORE_BYTES,
            FETCHED: len(PHOTOS) * chosen.max_upload_bytes,
            ADJUSTED: MAX_REJUDGE_BYTES,
            LANGUAGE: MAX_LANGUAGE_BYTES,
        },
    )
    app.add_middleware(Observer, metrics=app.state.metrics, routes=ADDRESSES)
    if chosen.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(chosen.trusted_proxies))


def serve(settings: Settings) -> None:
    """Run the service until it is stopped; the log goes to stdout and contains no photo names."""
    keep_no_core_dump()
    uvicorn.run(
        create_app(settings=settings),
        host=settings.host,
        port=settings.port,
        log_config=logging_config(settings.log_format),
        proxy_headers=False,  # the application does that, for the proxies that are trusted
        root_path=settings.root_path,
        **connection_options(settings),
    )


class _Announced(uvicorn.Server):
    """A server that reports when it accepts requests."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then report."""
        await super().startup(sockets)
        self._on_start()


def local_place() -> socket.socket:
    """Listen on loopback, on :data:`APP_PORT` or, if that is taken, on a free port."""
    try:
        return socket.create_server((LOOPBACK, APP_PORT))
    except OSError:
        return socket.create_server((LOOPBACK, 0))


def serve_locally(on_start: Callable[[str], None], backend: Backend = "auto") -> None:
    """Run the service for this machine alone until it is stopped.

    Parameters
    ----------
    on_start : callable
        Receives the address as soon as requests are accepted.
    backend : {"auto", "mediapipe", "litert"}
        Engine of the pose model.
    """
    keep_no_core_dump()
    with local_place() as place:
        host, port = place.getsockname()[:2]
        settings = Settings(host=host, port=port, backend=backend)
        options = {"log_level": "warning", "proxy_headers": False, **connection_options(settings)}
        config = uvicorn.Config(create_app(settings=settings), **options)
        _Announced(config, lambda: on_start(f"http://{host}:{port}/")).run([place])
