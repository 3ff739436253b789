"""What a request's head says, and what every answer's head carries.

Photos are health data, so a browser is told to keep nothing and to load nothing from
elsewhere, and other sites cannot post here.
"""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

PAGE_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    # The form's "Camera" opens the phone's own camera application, which needs no permission.
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer, unless the answer sets the header itself."""
HEALTH: Final = ("/healthz", "/readyz")
STATIC: Final = "/static/"
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")


def is_foreign(scope: Scope, allowed: Collection[str] = ()) -> bool:
    """Tell whether a browser sends this on behalf of another site's page.

    It does not count what password or key came with it: a browser adds the password it knows
    whoever's page asks it to. Scripts and command lines send neither ``Sec-Fetch-Site`` nor
    ``Origin``: not foreign. Every browser sends one of them with what another site's page posts.

    Parameters
    ----------
    scope : Scope
    allowed : collection of str
        Origins whose pages may.
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
    # Only host and port: behind a proxy that ends TLS the schemes differ.
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def local_path(scope: Scope) -> str:
    """Return the path below the prefix that the service is served under, if there is one."""
    path, prefix = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def host_name(headers: Headers) -> str:
    """Return the host name that was asked for: small letters, no port, no brackets."""
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""
