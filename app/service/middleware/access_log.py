"""Record every request: one line in the log, and its metrics."""

import logging
import secrets
import time
from collections.abc import Collection
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.service.errors import InternalError
from app.service.headers import HEALTH, STATIC, local_path
from app.service.logging import REQUEST_ID, REQUEST_ID_HEADER
from app.service.metrics import Metrics, known_method
from app.service.request_record import Outcome, outcome_of

NO_ROUTE: Final = "(no such address)"
"""Replaces an unknown path, which could contain somebody's name."""
_log = logging.getLogger("thomas_test.access")


class Observer:
    """ASGI middleware around everything else.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    routes : collection of str
        Existing paths; any other one is recorded as :data:`NO_ROUTE`.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, routes: Collection[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and record it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        # Not reset: the server logs a crash after this ends, in the same context.
        REQUEST_ID.set(request_id)
        found = outcome_of(scope)
        route = self._route(scope)  # now: routing changes the scope
        started_s = time.perf_counter()
        status, received, sent = 500, 0, 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def send_counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive_counted, send_counted)
        except Exception:
            found.problem = InternalError.code
            raise
        finally:
            seconds = time.perf_counter() - started_s
            self._metrics.observe(route, scope["method"], status, seconds, found)
            fields = {"bytes_in": received, "bytes_out": sent, **_fields(found)}
            _write(route, known_method(scope["method"]), status, seconds, fields)

    def _route(self, scope: Scope) -> str:
        path = local_path(scope)
        if path.startswith(STATIC):
            return STATIC
        return path if path in self._routes else NO_ROUTE


def _fields(found: Outcome) -> dict[str, Any]:
    verdicts = ",".join(photo.verdict for photo in found.photos)
    said = {"key": found.key, "problem": found.problem, "verdict": verdicts}
    return {name: value for name, value in said.items() if value}


def _write(route: str, method: str, status: int, seconds: float, more: dict[str, Any]) -> None:
    # Probes run every few seconds: only failures are logged.
    level = logging.DEBUG if route in HEALTH and status < 400 else logging.INFO
    milliseconds = round(1000 * seconds, 1)
    fields = {"method": method, "route": route, "status": status, "duration_ms": milliseconds}
    message = "%s %s %d %.0f ms"
    _log.log(
        level, message, method, route, status, milliseconds, extra={"fields": {**fields, **more}}
    )
