"""Access control: host names, cross-site requests, API keys, rate limits."""

import base64
import ipaddress
import math
import time
from collections.abc import Callable
from typing import Final

from fastapi import Request, Response
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from app.service.errors import (
    CrossOrigin,
    MisdirectedRequest,
    RequestProblem,
    TooManyRequests,
    Unauthorized,
)
from app.service.headers import HEALTH, STATIC, host_name, is_foreign, local_path
from app.service.keys import Keyring
from app.service.problems import wants_page
from app.service.request_record import outcome_of
from app.service.settings import UNLIMITED, Settings
from vision.sentences import Sentence

FAILURES: Final = parse("20/minute")
"""Number of wrong keys from one address before further ones get 429; valid keys are still accepted.

Guessing is hopeless (see :mod:`app.service.keys`), so this only stops a client that repeats a
mistake endlessly. Blocking the address would block the whole clinic behind it.
"""
MAX_CALLERS: Final = 50_000
"""Largest number of remembered callers; beyond it, all are forgotten, so that memory is bounded."""
FOR_PEOPLE: Final = 'Basic realm="Thomas Test", charset="UTF-8"'
FOR_PROGRAMS: Final = 'Bearer realm="Thomas Test"'
Refuse = Callable[[Request, RequestProblem], Response]
"""Creates the response to a rejected request."""


class Gate:
    """ASGI middleware that admits requests, or rejects them itself.

    Health checks and static files pass unchecked: they contain nothing private.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
    keyring : Keyring
    refuse : callable
        Creates the response to a rejected request.
    """

    def __init__(
        self, app: ASGIApp, *, settings: Settings, keyring: Keyring, refuse: Refuse
    ) -> None:
        self._app = app
        self._keyring = keyring
        self._refuse = refuse
        self._hosts = settings.hosts
        self._origins = settings.cors_origins
        self._limit = None if settings.rate_limit == UNLIMITED else parse(settings.rate_limit)
        self._storage = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._storage)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it before any of its body is read."""
        if scope["type"] != "http" or _is_public(local_path(scope)):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            self._look_at(request)
        except RequestProblem as problem:
            await self._refuse(request, problem)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _look_at(self, request: Request) -> None:
        if self._hosts and host_name(request.headers) not in self._hosts:
            raise MisdirectedRequest
        if is_foreign(request.scope, self._origins):
            raise CrossOrigin
        address = _address(request)
        secret = _secret(request)
        owner = self._keyring.owner(secret) if secret else None
        outcome_of(request.scope).key = owner
        if self._limit:
            self._count(self._limit, f"key {owner}" if owner else address)
        if self._keyring and not owner:
            challenge = {"WWW-Authenticate": FOR_PEOPLE if wants_page(request) else FOR_PROGRAMS}
            if secret:
                self._count(FAILURES, f"wrong key from {address}")
                raise Unauthorized(Sentence("The key is unknown."), challenge)
            raise Unauthorized(headers=challenge)

    def _count(self, limit: RateLimitItem, caller: str) -> None:
        """Count one request of a caller.

        Raises
        ------
        TooManyRequests
            If the limit is exceeded.
        """
        if len(self._storage.events) > MAX_CALLERS:
            self._storage.reset()
        if not self._windows.hit(limit, caller):
            free_s = self._windows.get_window_stats(limit, caller).reset_time - time.time()
            wait = {"Retry-After": str(max(1, math.ceil(free_s)))}
            raise TooManyRequests(headers=wait)


def _is_public(path: str) -> bool:
    return path in HEALTH or path.startswith(STATIC)


def _secret(request: Request) -> str:
    """Return the key of a request; empty if there is none.

    Programs send it as ``Authorization: Bearer``, browsers as the password of any user.
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError:
            return "(not readable)"
        return pair.partition(":")[2].strip()
    return ""


def _address(request: Request) -> str:
    """Return the caller to count: for IPv6 the network, since one household has 2**64 addresses."""
    host = request.client.host if request.client else "local"
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
