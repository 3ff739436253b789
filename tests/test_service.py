"""The running service: its limits, its life, its guards, its settings; nothing is measured."""

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterator

import httpx
import pytest

from app.server import create_app
from app.service.headers import PAGE_POLICY
from app.service.middleware.body_limits import DRAIN_FACTOR, FORM_ALLOWANCE_BYTES, Guard
from app.service.settings import Settings
from http_support import (
    SMALL_LIMIT,
    FailingLater,
    NobodyEstimator,
    an_error,
    apart,
    assert_problem,
    client,
    disk_writes,
    picture,
    running,
    send,
    until,
    wait_ready,
)
from vision.errors import WeightsMissing


@pytest.fixture(scope="module")
def fake() -> Iterator[httpx.Client]:
    with running(create_app(NobodyEstimator(), SMALL_LIMIT)) as address, client(address) as http:
        wait_ready(address)
        yield http


# Limits


def test_photo_over_the_limit_within_the_form_allowance(fake: httpx.Client) -> None:
    photo = b"\xff" * (SMALL_LIMIT.max_upload_bytes + 1)
    answer = send(fake, photo)
    assert_problem(answer, 413, "file_too_large")
    assert "0.1 MB" in answer.json()["detail"]
    assert_problem(send(fake, photo[:-1]), 415, "not_an_image")


def chunks(total: int, sent: list[int]) -> Iterator[bytes]:
    """A body without Content-Length."""
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    for _ in range(total // 10_000):
        sent.append(10_000)
        yield b"\0" * 10_000


@pytest.mark.parametrize("path", ["/v1/measure", "/"])
def test_endless_body_is_cut_off(fake: httpx.Client, path: str) -> None:
    sent: list[int] = []
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answer = fake.post(path, content=chunks(200_000_000, sent), headers=headers)
    except httpx.TransportError:
        pass  # the service hangs up; whether the answer is still read is a matter of timing
    else:
        assert answer.status_code == 413
    # What was sent is at most what is drained plus what the sockets' buffers hold.
    assert sum(sent) < 30_000_000


def test_long_body_is_drained_so_that_the_answer_arrives(fake: httpx.Client) -> None:
    limit = SMALL_LIMIT.max_upload_bytes + FORM_ALLOWANCE_BYTES
    for size in (limit + 1, DRAIN_FACTOR * limit - 50_000):
        assert_problem(send(fake, b"\0" * size), 413, "file_too_large")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = fake.post("/v1/measure", content=chunks(2 * limit, []), headers=headers)
    assert_problem(answer, 413, "file_too_large")


def test_announced_body_is_refused_before_it_is_sent(fake: httpx.Client) -> None:
    url = fake.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=10) as raw:
        raw.sendall(
            b"POST /v1/measure HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 300000\r\n\r\n"
        )
        assert raw.recv(4096).startswith(b"HTTP/1.1 413")


def test_client_that_hangs_up(fake: httpx.Client) -> None:
    url = fake.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=10) as raw:
        raw.sendall(
            b"POST /v1/measure HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n--x\r\n"
        )
    assert send(fake, picture()).status_code == 200


def test_no_upload_touches_the_disk() -> None:
    photo = picture(1800, 1200, "PNG", noise=True)
    assert len(photo) > 5_000_000
    with running(create_app(NobodyEstimator())) as address, client(address) as http:
        wait_ready(address)
        with disk_writes() as writes:
            for path in ("/v1/measure", "/"):
                http.post(path, files={"file": ("a.png", photo)}).raise_for_status()
            assert writes == []
            with tempfile.TemporaryFile():
                assert writes != [], "temporary files are noticed"


# Life of the service


def test_ready_only_after_the_warm_up() -> None:
    estimator = NobodyEstimator(held=True)
    with running(create_app(estimator)) as address, client(address) as http:
        assert estimator.entered.wait(10)
        assert http.get("/healthz").json() == {"status": "ok"}
        assert_problem(http.get("/readyz"), 503, "not_ready")
        estimator.released.set()
        until(lambda: http.get("/readyz").status_code == 200)
        assert estimator.calls == 1


def test_never_ready_without_weights() -> None:
    app = create_app(NobodyEstimator(an_error(WeightsMissing)))
    with running(app) as address, client(address) as http:
        until(lambda: http.get("/readyz").json()["code"] != "not_ready")
        assert_problem(http.get("/readyz"), 503, "weights_missing")
        assert http.get("/healthz").status_code == 200


def test_never_ready_when_the_model_does_not_start(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(NobodyEstimator(OSError("libGL")))
    with running(app) as address, client(address) as http:
        until(lambda: "could not be started" in http.get("/readyz").text)
        assert_problem(http.get("/readyz"), 503, "not_ready")
    assert "libGL" in caplog.text


def test_measuring_leaves_the_service_responsive_and_bounded() -> None:
    estimator = NobodyEstimator()
    app = create_app(estimator, Settings(workers=1, max_pending=2))
    with running(app) as address, client(address) as http:
        wait_ready(address)
        estimator.released.clear()
        estimator.entered.clear()
        results: list[int] = []

        def measure_one() -> None:
            with client(address) as own:
                results.append(send(own, picture()).status_code)

        threads = [threading.Thread(target=measure_one) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert estimator.entered.wait(10)
        assert http.get("/healthz").elapsed.total_seconds() < 2
        until(lambda: app.state.desk.pending == 2)
        assert_problem(send(http, picture()), 503, "busy")
        estimator.released.set()
        for thread in threads:
            thread.join(20)
        assert results == [200, 200]
        assert send(http, picture()).status_code == 200


def test_query_is_dropped_before_any_log_can_see_it() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"Erika", "headers": []}

    async def nothing(*_: object) -> None:
        pass

    guarded = Guard(nothing, max_upload_bytes=1)
    apart(lambda: asyncio.run(guarded(scope, nothing, nothing)))  # type: ignore[arg-type]
    assert scope["query_string"] == b""


# Guards


def assert_guarded(answer: httpx.Response, *, kept: str = "no-store") -> None:
    headers = answer.headers
    assert headers["cache-control"] == kept
    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert not [name for name in headers if name.startswith("access-control")]
    assert "server" not in headers
    assert "set-cookie" not in headers


def test_every_answer_is_guarded(fake: httpx.Client) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    for path in ("/", "/docs", "/openapi.json", "/v1/criteria", "/nothing"):
        assert_guarded(fake.get(path, headers=elsewhere))
    assert_guarded(fake.get("/static/page.css", headers=elsewhere), kept="no-cache")
    assert_guarded(send(fake, picture()))
    assert_guarded(send(fake, b"\0" * 300_000))
    assert_guarded(fake.options("/v1/measure", headers=elsewhere))


def test_style_sheets_and_scripts_are_fetched_once(fake: httpx.Client) -> None:
    first = fake.get("/static/page.css")
    again = fake.get("/static/page.css", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize("path", ["/", "/v1/measure"])
@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
    ],
    ids=str,
)
def test_other_sites_cannot_post(
    fake: httpx.Client, path: str, headers: dict[str, str], allowed: bool
) -> None:
    answer = fake.post(path, files={"file": ("a.jpg", picture())}, headers=headers)
    if allowed:
        assert answer.status_code == 200
    else:
        assert_problem(answer, 403, "cross_origin")
    own = {"Origin": str(fake.base_url).rstrip("/")}
    assert fake.post(path, files={"file": ("a.jpg", picture())}, headers=own).status_code == 200


def test_crash_tells_nothing() -> None:
    secret = "row 17 of the patient list"
    app = create_app(FailingLater(ZeroDivisionError(secret)))
    with running(app) as address, client(address) as http:
        wait_ready(address)
        answer = send(http, picture())
        assert_problem(answer, 500, "internal_error")
        assert secret not in answer.text
        assert_guarded(answer)
        assert http.get("/healthz").status_code == 200


def test_settings_are_documented_and_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert all(field.description for field in Settings.model_fields.values())
    monkeypatch.setenv("THOMAS_PORT", "9001")
    monkeypatch.setenv("THOMAS_MAX_UPLOAD_MB", "5")
    assert (Settings().host, Settings().port, Settings().max_upload_bytes) == (
        "127.0.0.1",
        9001,
        5_000_000,
    )
    with pytest.raises(ValueError, match="less than or equal to 25"):
        Settings(max_upload_mb=26)
