"""The proxy of compose.yaml: a real nginx with the file that is shipped, before two services."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from app.server import create_app
from app.service.settings import Settings
from http_support import NobodyEstimator, client, picture, running, send, until, wait_ready

CONFIG = Path(__file__).parents[1] / "deploy" / "nginx.conf"
FORGED = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}

if shutil.which("nginx") is None or shutil.which("openssl") is None:
    pytest.skip("nginx or openssl is not installed", allow_module_level=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine's, good for a day."""
    made, key = folder / "certificate.pem", folder / "certificate_key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-noenc", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", made, "-keyout", key],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


class Proxy:
    """A running proxy: where it is, and what it has written."""

    def __init__(self, folder: Path, services: list[str]) -> None:
        self.folder = folder
        self.port, self.plain_port = free_port(), free_port()
        self.certificate, key = certificate(folder)
        servers = " ".join(f"server {one.removeprefix('http://')};" for one in services)
        text = CONFIG.read_text("utf-8")
        for shipped, here in (
            (" /tmp/", f" {folder}/"),
            ("server service:8000;", servers),
            ("/run/secrets/certificate_key", str(key)),
            ("/run/secrets/certificate;", f"{self.certificate};"),
            ("listen 8443", f"listen 127.0.0.1:{self.port}"),
            ("listen 8080", f"listen 127.0.0.1:{self.plain_port}"),
        ):
            assert shipped in text
            text = text.replace(shipped, here)
        self.config = folder / "nginx.conf"
        self.config.write_text(text, "utf-8")

    @contextmanager
    def started(self) -> Iterator["Proxy"]:
        with (self.folder / "said").open("ab") as said:
            running = subprocess.Popen(
                ["nginx", "-c", self.config, "-g", "daemon off;"], stdout=said, stderr=said
            )
        try:
            until(lambda: self._answers() or running.poll() is not None)
            assert running.poll() is None, self.said()
            yield self
        finally:
            running.terminate()
            running.wait(20)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        trust = ssl.create_default_context(cafile=str(self.certificate))
        address = f"https://127.0.0.1:{self.port}"
        with httpx.Client(base_url=address, verify=trust, trust_env=False, timeout=30) as http:
            yield http

    def said(self) -> str:
        return (self.folder / "said").read_text("utf-8")

    def files(self) -> list[Path]:
        """What lies in the places for what does not fit into memory."""
        return [one for place in ("body", "answer") for one in (self.folder / place).rglob("*")]


def echo() -> FastAPI:
    """A service that says how it was asked."""
    app = FastAPI()

    @app.get("/asked")
    def asked(request: Request) -> dict[str, str]:
        return dict(request.headers)

    return app


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Before two services, and a third one that is not there."""
    with ExitStack() as stack:
        services = [
            stack.enter_context(running(create_app(NobodyEstimator(), Settings())))
            for _ in range(2)
        ]
        for service in services:
            wait_ready(service)
        gone = f"http://127.0.0.1:{free_port()}"
        one = Proxy(tmp_path_factory.mktemp("proxy"), [*services, gone])
        yield stack.enter_context(one.started())


def test_a_photo_passes_and_leaves_no_trace(proxy: Proxy) -> None:
    photo = picture(1600, 1200, "PNG", noise=True)
    with proxy.client() as http:
        for _ in range(6):
            answer = send(http, photo, headers={"User-Agent": "Jane Doe"})
            assert answer.status_code == 200, answer.text
            assert answer.json()["measurable"] is False
        assert http.get("/start?of=Jane+Doe").status_code == 404
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert answer.headers["Server"] == "nginx", "and no version"
    assert proxy.files() == []
    assert " POST 200 " in proxy.said()
    for told in ("Jane", "127.0.0.1", "/v1/measure", "photo.jpg"):
        assert told not in proxy.said()


def test_what_is_too_large_is_refused_before_it_is_sent(proxy: Proxy) -> None:
    trust = ssl.create_default_context(cafile=str(proxy.certificate))
    head = b"POST /v1/measure HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000000\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(head)
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_page_without_tls_sends_to_the_one_with(proxy: Proxy) -> None:
    with client(f"http://127.0.0.1:{proxy.plain_port}") as http:
        answer = http.get("/docs")
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://127.0.0.1/docs")


def test_numbers_for_the_monitoring_are_not_for_everybody(proxy: Proxy) -> None:
    with proxy.client() as http:
        answer = http.get("/metrics")
    assert answer.status_code == 404
    assert "nginx" in answer.text, "it does not reach the service"


def test_the_form_counts_as_of_the_same_origin(proxy: Proxy) -> None:
    with proxy.client() as http:
        own = f"https://127.0.0.1:{proxy.port}"
        assert send(http, picture(), headers={"Origin": own}).status_code == 200
        other = send(http, picture(), headers={"Origin": "https://other.example"})
    assert other.status_code == 403


def test_nobody_can_claim_another_address(tmp_path: Path) -> None:
    with running(echo()) as service:
        one = Proxy(tmp_path, [service])
        with one.started(), one.client() as http:
            asked = http.get("/asked", headers=FORGED).json()
    assert asked["x-forwarded-for"] == "127.0.0.1"
    assert asked["x-forwarded-proto"] == "https"
    assert asked["host"] == f"127.0.0.1:{one.port}"
    assert "forwarded" not in asked
