"""An S3 server on loopback that can fail on request, and that counts requests."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Self
from unittest.mock import patch

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Failing = Callable[[str, str], bool]
_ERROR = b"<Error><Code>InternalError</Code><Message>Told to fail.</Message></Error>"


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""


class FaultyStore:
    """A server for as long as the block lasts; the environment leads s3fs to it.

    Attributes
    ----------
    asked, failed : Counter
        Requests by method and path; and those that were failed.
    failing : callable
        Tells from method and path whether a request is to fail.
    """

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.failed: Counter[tuple[str, str]] = Counter()
        self.failing: Failing = _never
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=_Silent
        )
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._environment = patch.dict(
            os.environ,
            {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}",
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_MAX_ATTEMPTS": "1",  # an outage outlasts them; no need to wait for it
            },
        )

    def __enter__(self) -> Self:
        self._environment.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._environment.stop()

    def heal(self) -> None:
        """Fail no more."""
        self.failing = _never

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked[request] += 1
        if not self.failing(*request):
            answer: Iterable[bytes] = self._app(environ, start)
            return answer
        self.failed[request] += 1
        start("500 Internal Server Error", [("Content-Type", "application/xml")])
        return [] if request[0] == "HEAD" else [_ERROR]


def _never(_method: str, _path: str) -> bool:
    return False
