"""A running service to talk to, fake pose models, and photos made on the spot."""

import hashlib
import io
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import uvicorn
from numpy.typing import NDArray
from PIL import Image
from starlette.types import ASGIApp

from app.service.settings import Settings
from vision.errors import ThomasTestError
from vision.pose import ModelInfo, Person, PoseEstimator

SAMPLES: Final = Path(__file__).parent.parent / "sample_images"
UNLIMITED: Final = Settings(rate_limit="off")
"""For a service that many tests ask."""
SMALL_LIMIT: Final = Settings(max_upload_mb=0.1)
PROBLEM_KEYS: Final = {"type", "title", "status", "detail", "code", "advice"}


class NobodyEstimator:
    """Finds nobody; can be held up, and can fail in a chosen way."""

    model = ModelInfo("nobody", "0" * 64)

    def __init__(self, error: Exception | None = None, *, held: bool = False) -> None:
        self.error = error
        self.calls = 0
        self.entered = threading.Event()
        self.released = threading.Event()
        if not held:
            self.released.set()

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        self.calls += 1
        self.entered.set()
        assert self.released.wait(20)
        if self.error is not None:
            raise self.error
        return ()


class FailingLater(NobodyEstimator):
    """Warms up well, then fails on the first photo."""

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        self.calls += 1
        if self.calls > 1 and self.error is not None:
            raise self.error
        return ()


class Remembering:
    """Looks at each picture only once: for pages of the same photos in many languages.

    Parameters
    ----------
    estimator : PoseEstimator
        What looks.
    """

    def __init__(self, estimator: PoseEstimator) -> None:
        self.estimator = estimator
        self.model = estimator.model
        self.seen: dict[tuple[tuple[int, ...], bytes], tuple[Person, ...]] = {}

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        key = pixels.shape, hashlib.sha256(pixels.tobytes()).digest()
        if key not in self.seen:
            self.seen[key] = self.estimator.detect(pixels)
        return self.seen[key]


@contextmanager
def running(app: ASGIApp, **options: Any) -> Iterator[str]:
    """Serve on a free loopback port, over real sockets, and yield the address."""
    quiet: dict[str, Any] = {
        "log_level": "critical",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # As the event loop does for sockets of its own; else each answer waits 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = listener.getsockname()[1]
        config = uvicorn.Config(app, **(quiet | options))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


def apart(run: Callable[[], object]) -> None:
    """Run in another thread: in this one, the browser's event loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()


def until(condition: Any, seconds: float = 30) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@contextmanager
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as one:
        yield one


def send(
    http: httpx.Client, photo: bytes, headers: dict[str, str] | None = None, **options: str
) -> httpx.Response:
    """Post a photo to the API."""
    return http.post(
        "/v1/measure", files={"file": ("photo.jpg", photo)}, data=options, headers=headers
    )


def wait_ready(address: str) -> None:
    with client(address) as http:
        until(lambda: "not_ready" not in http.get("/readyz").text or is_stuck(http))
        assert http.get("/readyz").status_code == 200, http.get("/readyz").text


def is_stuck(http: httpx.Client) -> bool:
    return "could not be started" in http.get("/readyz").text


def picture(
    width: int = 320, height: int = 240, image_format: str = "JPEG", *, noise: bool = False
) -> bytes:
    """A photo of nothing; with noise it is large in bytes as well."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    if noise:
        pixels = np.random.default_rng(7).integers(0, 256, pixels.shape, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format)
    return buffer.getvalue()


def animation() -> bytes:
    frames = [Image.new("RGB", (240, 240), shade) for shade in ("black", "white")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


_written: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _written is None:
        return
    if event.startswith("tempfile."):
        _written.append(f"{event} {arguments}")
    elif event == "open" and isinstance(arguments[2], int):
        path, _, flags = arguments
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            _written.append(f"open {path}")


@contextmanager
def disk_writes() -> Iterator[list[str]]:
    """List every file that any thread opens for writing meanwhile."""
    global _written
    sys.addaudithook(_watch)  # cannot be taken away again, only left without a list
    _written = []
    try:
        yield _written
    finally:
        _written = None


def sample(verdict: str) -> Path:
    """The first sample photo of a verdict."""
    manifest = json.loads((SAMPLES / "manifest.json").read_text("utf-8"))
    names: list[str] = [
        one["file"] for one in manifest["images"] if one["expected_verdict"] == verdict
    ]
    return SAMPLES / names[0]


def measurable_sample() -> Path:
    return sample("fail")


def refused_sample() -> Path:
    return sample("not_measurable")


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    """Check the one shape of every error."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) == PROBLEM_KEYS
    assert body["status"] == status
    assert body["type"] == f"/docs#problem-{code}"
    assert all(body[key] for key in ("title", "detail", "advice"))


def an_error(kind: type[ThomasTestError]) -> ThomasTestError:
    return kind(f"An example of {kind.code}.")
