"""Request headers, and the headers of every response.

Photos are health data. Browsers must therefore cache nothing and load nothing from other sites, and
other sites cannot post here.
"""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

PAGE_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; media-src blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    # The guided camera needs the camera, and for its level the sensors behind devicemotion.
    "Permissions-Policy": "accelerometer=(self), camera=(self), display-capture=(), "
    "geolocation=(), gyroscope=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Default headers of every response."""
HEALTH: Final = ("/healthz", "/readyz")
STATIC: Final = "/static/"
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")


def is_foreign(scope: Scope, allowed: Collection[str] = ()) -> bool:
    """Return whether a browser sends a request on behalf of another site's page.

    Passwords and keys in the request do not matter: a browser adds a stored password whichever page
    sends the request. Scripts and command-line clients send neither ``Sec-Fetch-Site`` nor
    ``Origin``, and are not foreign. Every browser sends one of them with a cross-site post.

    Parameters
    ----------
    scope : Scope
    allowed : collection of str
        Origins whose pages are allowed to.
    """
    if scope["method"] in _SAFE_METHODS:
        return False
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin in allowed:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    # Only host and port: behind a proxy that terminates TLS, the schemes differ.
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def local_path(scope: Scope) -> str:
    """Return the path without the prefix under which the service is served."""
    path, prefix = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def host_name(headers: Headers) -> str:
    """Return the requested host name: lower case, without port or brackets."""
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""
