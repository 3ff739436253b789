"""Limits on size and rate of request bodies, and the headers of every response."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from anyio import fail_after, move_on_after
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.service.errors import UploadTooSlow
from app.service.headers import SECURITY_HEADERS, local_path
from vision.errors import FileTooLarge
from vision.sentences import Sentence, number

FORM_ALLOWANCE_BYTES: Final = 65_536
"""Size of a multipart form besides the photos: boundaries, part headers, short fields."""
DRAIN_FACTOR: Final = 4
"""A body up to this many times the limit is read to its end before the error response."""
DRAIN_SECONDS: Final = 30.0
"""Longest time for that, seconds."""
SLOW_SECONDS: Final = 15.0
"""Delay behind the lowest rate after which a body is aborted, seconds."""
SLOW_BYTES_PER_SECOND: Final = 16_000
"""Lowest rate, that of a poor mobile connection."""


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    app : ASGI application
    max_upload_bytes : int
        Largest photo; the body may be :data:`FORM_ALLOWANCE_BYTES` longer.
    limits : mapping of str to int, optional
        The limits of paths that accept more or less than one photo.
    """

    def __init__(
        self, app: ASGIApp, *, max_upload_bytes: int, limits: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes
        self._limits = limits or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # No route uses a query; dropped, it cannot end up in any log.
        scope["query_string"] = b""
        limit = self._limits.get(local_path(scope), self._max_upload_bytes)
        body = Body(receive, Headers(scope=scope), limit)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":  # over plain HTTP, browsers warn and ignore it
                    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                await body.drain()
                if not body.finished:
                    headers["Connection"] = "close"  # otherwise the server reads on endlessly
            await send(message)

        await self._app(scope, body.receive, send_guarded)


class Body:
    """A request's body, counted while it arrives; Content-Length alone is not trusted.

    Parameters
    ----------
    receive : ASGI receive
    headers : Headers
        Of the request.
    max_upload_bytes : int
        Largest photo.
    """

    def __init__(self, receive: Receive, headers: Headers, max_upload_bytes: int) -> None:
        self._receive = receive
        self._max_upload_bytes = max_upload_bytes
        self._limit = max_upload_bytes + FORM_ALLOWANCE_BYTES
        self._announced = _content_length(headers)
        self._seen = 0
        # A client that waits for "100 Continue" sends nothing before that.
        self._waits = "expect" in headers
        self._deadline = time.monotonic() + SLOW_SECONDS
        self._late = False
        self.finished = self._announced == 0 and "transfer-encoding" not in headers

    async def receive(self) -> Message:
        """Return the next message of the body.

        Raises
        ------
        FileTooLarge
            As soon as the body is too long, or declared to be.
        UploadTooSlow
            If it falls :data:`SLOW_SECONDS` behind the lowest rate.
        """
        if self._announced > self._limit:
            raise too_large(self._max_upload_bytes)
        if self.finished:
            return await self._receive()  # waits for the client to hang up
        message = await self._next()
        if self._seen > self._limit:
            raise too_large(self._max_upload_bytes)
        return message

    async def drain(self) -> None:
        """Read and discard the rest, within limits, before a response is sent.

        A browser that is cut off while sending shows a broken connection, not the response.
        """
        most = DRAIN_FACTOR * self._limit
        if self._waits or self._late or self._announced > most:
            return
        with move_on_after(DRAIN_SECONDS), suppress(UploadTooSlow):
            while not self.finished and self._seen <= most:
                await self._next()

    async def _next(self) -> Message:
        self._waits = False
        try:
            with fail_after(self._deadline - time.monotonic()):
                message = await self._receive()
        except TimeoutError as error:
            self._late = True
            raise UploadTooSlow from error
        size = len(message.get("body", b""))
        self._seen += size
        later = self._deadline + size / SLOW_BYTES_PER_SECOND
        self._deadline = min(later, time.monotonic() + SLOW_SECONDS)
        self.finished = not message.get("more_body", False)
        return message


def too_large(max_upload_bytes: int) -> FileTooLarge:
    """Return the error for a photo beyond the limit."""
    return FileTooLarge(
        Sentence("The upload is larger than {limit} MB.", limit=number(max_upload_bytes / 1e6, "g"))
    )


def _content_length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdecimal() else 0
