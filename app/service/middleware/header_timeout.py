"""Uvicorn's HTTP protocol, with a time limit on request heads."""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.service.settings import Settings

HEADER_SECONDS: Final = 10.0
"""A connection without a complete request head after this time is closed, seconds."""
MAX_HEADER_BYTES: Final = 16_384
"""Longest request head, request line included; a longer one is refused."""


class PunctualProtocol(H11Protocol):
    """Closes connections whose request head takes too long (“slow loris”).

    Uvicorn itself limits only the time between a response and the first byte of the next request.
    """

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock with the connection."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when the head is complete, and start it when another begins."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        # While a response is prepared, the next head is not read: h11 pauses.
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEADER_SECONDS, self._too_late)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_late(self) -> None:
        self._head_timer = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()


def connection_options(settings: Settings) -> dict[str, Any]:
    """Return uvicorn's options for untrusted clients."""
    return {
        "http": PunctualProtocol,
        "ws": "none",
        "h11_max_incomplete_event_size": MAX_HEADER_BYTES,
        "limit_concurrency": settings.max_connections,
        "timeout_graceful_shutdown": settings.shutdown_seconds,
        "server_header": False,
        "access_log": False,  # it would contain the requested path; ours does not
    }
