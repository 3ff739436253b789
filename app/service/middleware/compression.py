"""Compression of text in responses.

Compressed lengths can betray a secret that stands in one response with text which an attacker
chooses and can have sent again and again (the BREACH attack, breachattack.com). No response of this
service does that, so none is left out: none contains a key, a token or a cookie's value; a page or
result contains only what its own request sent; requests from other sites' pages that could send
anything are rejected before (:func:`app.service.headers.is_foreign`); queries are dropped.
"""

import zlib
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES: Final = 500
"""Shorter bodies are sent as they are: with its header, gzip would hardly make them shorter."""
LEVEL: Final = 6
"""Compression level of zlib, its default."""
LONG_BYTES: Final = 32_768
"""Longer pieces are compressed in a thread, so that other requests are not held up."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_TEXTS: Final = ("application/javascript", "application/json", "application/x-ndjson")
_NO_BODY: Final = (204, 304)


class Compression:
    """ASGI middleware that sends text with ``Content-Encoding: gzip`` to clients that accept it.

    Pictures, parts of files (206) and responses with an encoding of their own pass unchanged.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and compress its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepted = accepts_gzip(Headers(scope=scope).get("accept-encoding", ""))
        answer = _Answer(send, accepted=accepted, head=scope["method"] == "HEAD")
        await self._app(scope, receive, answer.send)


class _Answer:
    """One response; its head is held back until the first piece of its body is known."""

    def __init__(self, send: Send, *, accepted: bool, head: bool) -> None:
        self._send = send
        self._accepted, self._head = accepted, head
        self._start: Message | None = None
        self._packer: _Packer | None = None

    async def send(self, message: Message) -> None:
        """Send one message of the response."""
        if message["type"] == "http.response.start":
            if _is_text(message):
                MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
                self._start = message
                return
            await self._send(message)
            return
        if self._start is not None and message["type"] == "http.response.body":
            start, self._start = self._start, None
            message = await self._begin(start, message)
            await self._send(start)
        elif self._packer is not None:
            message = await self._packer.pack(message)
        await self._send(message)

    async def _begin(self, start: Message, message: Message) -> Message:
        headers = MutableHeaders(scope=start)
        whole = not message.get("more_body", False)
        announced = headers.get("content-length", "")
        size = int(announced) if announced.isdecimal() else len(message.get("body", b""))
        if not self._accepted or (whole and size < MIN_BYTES):
            return message
        headers["Content-Encoding"] = "gzip"
        del headers["Content-Length"]
        # The same content in other bytes: the tag holds for comparing, not for parts (RFC 9110, 8.8).
        tag = headers.get("etag", "W/")
        if not tag.startswith("W/"):
            headers["ETag"] = f"W/{tag}"
        if self._head:
            return message
        self._packer = _Packer()
        message = await self._packer.pack(message)
        if whole:
            headers["Content-Length"] = str(len(message["body"]))
        return message


class _Packer:
    """A body that is compressed piece by piece."""

    def __init__(self) -> None:
        self._zip = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)

    async def pack(self, message: Message) -> Message:
        body, more = message.get("body", b""), message.get("more_body", False)
        if len(body) > LONG_BYTES:
            return {**message, "body": await run_in_threadpool(self._compress, body, more)}
        return {**message, "body": self._compress(body, more)}

    def _compress(self, body: bytes, more: bool) -> bytes:
        # Each piece is complete by itself: a client may be waiting for it.
        how = zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH
        return self._zip.compress(body) + self._zip.flush(how)


def accepts_gzip(field: str) -> bool:
    """Return whether an ``Accept-Encoding`` header allows gzip (RFC 9110, section 12.5.3).

    >>> accepts_gzip("gzip, deflate, br"), accepts_gzip("*;q=0.5"), accepts_gzip("gzip;q=0, *")
    (True, True, False)
    """
    weights = {}
    for part in field.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.partition("=")
        weights[coding.strip()] = _weight(value) if name.strip() == "q" else 1.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _is_text(start: Message) -> bool:
    """Return whether a response is one of those that are compressed."""
    headers = Headers(raw=start["headers"])
    if start["status"] in _NO_BODY or "content-range" in headers or "content-encoding" in headers:
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return False
    return kind.startswith("text/") or kind in _TEXTS or kind.endswith(("+json", "+xml"))
