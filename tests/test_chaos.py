"""What goes wrong around a photo costs that photo only: crashes, hangs, hostile clients."""

import logging
import os
import pickle
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import chaos_work
from app.server import create_app
from app.service import api_routes, worker_pool
from app.service.errors import REQUEST_PROBLEMS, AtField, NoPhoto
from app.service.middleware import body_limits, header_timeout
from app.service.middleware.header_timeout import MAX_HEADER_BYTES, connection_options
from app.service.queue import Desk
from app.service.settings import Settings
from app.service.tasks import Unforeseen
from http_support import NobodyEstimator, assert_problem, client, running, until, wait_ready
from vision.errors import all_errors

SETTINGS = Settings(
    workers=2, max_pending=4, photo_seconds=6.0, wait_seconds=2.0, worker_memory_mb=1000
)
ONE = SETTINGS.model_copy(update={"workers": 1})


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as one:
        yield one


@pytest.fixture(scope="module")
def app(patch: pytest.MonkeyPatch) -> Any:
    patch.setattr(worker_pool, "start_service_worker", chaos_work.start)
    patch.setattr(worker_pool, "_look_once", chaos_work.look_once)
    patch.setattr(api_routes, "measured", chaos_work.act)
    patch.setattr(body_limits, "SLOW_SECONDS", 0.5)
    patch.setattr(header_timeout, "HEADER_SECONDS", 0.5)
    return create_app(settings=SETTINGS)


@pytest.fixture(scope="module")
def address(app: Any) -> Iterator[str]:
    with running(app, **connection_options(SETTINGS)) as one:
        wait_ready(one)
        yield one


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with client(address) as one:
        yield one


@pytest.fixture
def desk(app: Any, http: httpx.Client) -> Iterator[Desk]:
    found: Desk = app.state.desk
    until(lambda: found.pending == 0)
    yield found
    until(lambda: found.pending == 0)


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as one:
        yield one


def order(http: httpx.Client, what: str) -> httpx.Response:
    """Send a photo that says what shall happen."""
    return http.post("/v1/measure", files={"file": ("photo.jpg", what.encode())})


def order_elsewhere(pool: ThreadPoolExecutor, address: str, what: str) -> Future[httpx.Response]:
    """The same over a connection of its own, without waiting."""

    def send() -> httpx.Response:
        with client(address) as one:
            return order(one, what)

    return pool.submit(send)


def at_work(notes: Path, number: int) -> list[str]:
    """Wait until so many workers have noted their numbers; return these."""
    until(lambda: notes.exists() and len(notes.read_text().split()) == number)
    return notes.read_text().split()


def go(notes: Path) -> None:
    """Let those at work go on."""
    notes.with_name(f"{notes.name}.go").touch()


def worker_pids() -> list[int]:
    """Processes that measure now."""
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(words[1]) == os.getpid() and b"spawn_main" in command:
                pids.append(int(entry.name))
    return pids


# Workers


def test_photo_that_crashes_its_worker(
    http: httpx.Client, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    answer = order(http, "die")
    assert_problem(answer, 422, "worker_crashed")
    assert caplog.text.count("worker process died") == 2
    assert order(http, "ok").status_code == 200


def test_worker_that_crashes_once_loses_nothing(
    http: httpx.Client, desk: Desk, tmp_path: Path
) -> None:
    assert order(http, f"die-once {tmp_path / 'died'}").status_code == 200
    assert (tmp_path / "died").exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_killed_in_the_middle_of_requests(
    address: str, desk: Desk, others: ThreadPoolExecutor, tmp_path: Path, how: signal.Signals
) -> None:
    notes = tmp_path / "notes"
    sent = [order_elsewhere(others, address, f"note-and-wait {notes}") for _ in range(2)]
    killed = at_work(notes, 2)
    for pid in killed:
        os.kill(int(pid), how)
    at_work(notes, 4)
    go(notes)
    answers = [one.result(20) for one in sent]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not {answer.text for answer in answers} & set(killed)


def test_idle_workers_killed(http: httpx.Client, desk: Desk) -> None:
    until(lambda: len(worker_pids()) == 2)
    for pid in worker_pids():
        os.kill(pid, signal.SIGTERM)  # as a service manager does to a whole group
    for _ in range(3):
        assert order(http, "ok").status_code == 200


def test_decode_that_hangs(http: httpx.Client, desk: Desk) -> None:
    started = time.monotonic()
    assert_problem(order(http, "hang"), 422, "timed_out")
    assert time.monotonic() - started < SETTINGS.photo_seconds + 5
    assert order(http, "ok").status_code == 200


def test_photo_that_takes_too_much_memory(http: httpx.Client, desk: Desk) -> None:
    assert_problem(order(http, "allocate 2000000000"), 422, "out_of_memory")
    assert order(http, "allocate 200000000").status_code == 200


def test_bug_is_logged_without_what_it_says(
    http: httpx.Client, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    answer = order(http, "fail")
    assert_problem(answer, 500, "internal_error")
    assert "chaos_work.py" in caplog.text
    assert "KeyError" in caplog.text
    assert chaos_work.SECRET not in caplog.text + answer.text


def test_worker_is_prepared_for_hostile_files(http: httpx.Client, desk: Desk) -> None:
    assert order(http, "dumpable").text == "0", "no core dump, whoever collects them"
    data_bytes = SETTINGS.worker_memory_mb * 1_000_000

    def limited(pid: int) -> bool:
        limits = Path(f"/proc/{pid}/limits").read_text()
        no_dump = "Max core file size        0 " in limits
        return no_dump and f"Max data size             {data_bytes} " in limits

    until(lambda: len(worker_pids()) == 2 and all(map(limited, worker_pids())))


@pytest.mark.parametrize(
    "error",
    [
        *(kind("What happened.") for kind in (*all_errors(), *REQUEST_PROBLEMS)),
        AtField("left", NoPhoto()),
        Unforeseen("A trace."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_back_from_a_worker(error: Exception) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(vars(back)) == str(vars(error)) or isinstance(error, AtField)
    assert getattr(back, "field", "left") == "left"


# Queue


def test_full_queue(
    http: httpx.Client, address: str, desk: Desk, others: ThreadPoolExecutor, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    sent = [order_elsewhere(others, address, f"note-and-wait {notes}") for _ in range(4)]
    until(lambda: desk.pending == 4)
    refused = order(http, "ok")
    assert_problem(refused, 503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    assert http.get("/healthz").status_code == 200, "while all workers are busy"
    go(notes)
    assert [one.result(20).status_code for one in sent].count(200) >= 2


def test_photo_that_waits_too_long_for_a_worker(
    http: httpx.Client, address: str, desk: Desk, others: ThreadPoolExecutor, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    sent = [order_elsewhere(others, address, f"note-and-wait {notes}") for _ in range(2)]
    at_work(notes, 2)
    assert_problem(order(http, "ok"), 503, "busy")
    go(notes)
    assert [one.result(20).status_code for one in sent] == [200, 200]


def hang_up_after_sending(address: str, what: str) -> socket.socket:
    """Send a whole request and do not wait for its answer."""
    with client(address) as one:
        request = one.build_request(
            "POST", "/v1/measure", files={"file": ("photo.jpg", what.encode())}
        )
    body = request.read()
    head = f"POST /v1/measure HTTP/1.1\r\n{_lines(request.headers)}\r\n"
    url = httpx.URL(address)
    raw = socket.create_connection((url.host, url.port or 80), timeout=10)
    raw.sendall(head.encode() + body)
    return raw


def _lines(headers: httpx.Headers) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def test_client_that_hangs_up_frees_its_place_and_its_worker(
    http: httpx.Client, address: str, desk: Desk, tmp_path: Path
) -> None:
    until(lambda: len(worker_pids()) == 2)
    notes, before = tmp_path / "notes", sorted(worker_pids())
    gone = [hang_up_after_sending(address, f"note-and-wait {notes}") for _ in range(4)]
    until(lambda: desk.pending == 4)
    at_work(notes, 2)
    for raw in gone:
        raw.close()
    until(lambda: desk.pending == 0)  # before those at work are done
    go(notes)
    assert order(http, "ok").status_code == 200
    assert len(notes.read_text().split()) == 2, "what was only queued is not begun"
    assert sorted(worker_pids()) == before, "no process was thrown away"


def test_upload_that_is_broken_off(http: httpx.Client, address: str, desk: Desk) -> None:
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port or 80), timeout=10) as raw:
        raw.sendall(BODY_HEAD + b"--x\r\n")
        until(lambda: desk.pending == 1)
    until(lambda: desk.pending == 0, 2)
    assert order(http, "ok").status_code == 200


# Clients that are slow on purpose, or send too much

BODY_HEAD = (
    b"POST /v1/measure HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 50000\r\n\r\n"
)
PHOTO_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


def connect(address: str) -> socket.socket:
    url = httpx.URL(address)
    return socket.create_connection((url.host, url.port or 80), timeout=10)


def drip(raw: socket.socket, stopped: threading.Event) -> None:
    """Send a byte now and then, as long as somebody listens."""
    while not stopped.wait(0.1):
        try:
            raw.sendall(b"x")
        except OSError:
            return


@pytest.mark.parametrize(
    ("start", "status", "code"),
    [
        (b"", None, ""),
        (b"GET / HTTP/1.1\r\nX: ", None, ""),
        (BODY_HEAD + PHOTO_HEAD, 408, "upload_too_slow"),
        (BODY_HEAD, 400, "malformed_form"),
    ],
    ids=["nothing", "head", "body", "bad body"],
)
def test_slow_loris(address: str, desk: Desk, start: bytes, status: int | None, code: str) -> None:
    stopped = threading.Event()
    with connect(address) as raw:
        raw.sendall(start)
        dripping = threading.Thread(target=drip, args=(raw, stopped))
        started = time.monotonic()
        dripping.start()
        answer = b""
        while part := receive(raw):
            answer += part
        assert time.monotonic() - started < 5
        stopped.set()
        dripping.join()
    if status is not None:
        assert answer.startswith(f"HTTP/1.1 {status}".encode())
        assert code.encode() in answer


def receive(raw: socket.socket) -> bytes:
    try:
        return raw.recv(65536)
    except ConnectionError:
        return b""


def test_slow_second_request_on_a_connection(address: str, desk: Desk) -> None:
    with connect(address) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = receive(raw)
        while b'"ok"' not in answer:
            answer += receive(raw)
        raw.sendall(b"GET ")
        started = time.monotonic()
        assert receive(raw) == b""
        assert time.monotonic() - started < 3


def test_request_head_that_is_too_long(address: str, http: httpx.Client) -> None:
    with connect(address) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * (2 * MAX_HEADER_BYTES))
        assert receive(raw).startswith(b"HTTP/1.1 400")
    assert http.get("/healthz").status_code == 200


def test_more_connections_than_there_may_be() -> None:
    few = Settings(max_connections=3)
    with running(create_app(NobodyEstimator()), **connection_options(few)) as address:
        with connect(address), connect(address), client(address) as http:
            assert http.get("/healthz").status_code == 503
        with client(address) as http:
            until(lambda: http.get("/healthz").status_code == 200)


def part(disposition: str, content: str = "") -> bytes:
    return f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n".encode()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (part('name="leg"') * 100, 400, "malformed_form"),
        (part('name="file"; filename="a"', "ok") * 2, 422, "invalid_option"),
        (part('name="file"; filename="a"', "ok") * 3, 400, "malformed_form"),
        (part('name="notes"', "x" * 40_000), 400, "malformed_form"),
        (part(f'name="file"; filename="{"a" * 300}"', "ok"), 400, "malformed_form"),
        (part(f'name="file"; filename="{"a" * 9000}"', "ok"), 400, "malformed_form"),
        (part("name=file\r\n" + "\r\n".join(f"X{n}: 1" for n in range(99))), 400, "malformed_form"),
        (part('name="file"; filename="../../etc/passwd"', "ok"), 200, ""),
        (part('name="file"', "http://127.0.0.1:1/photo.jpg"), 422, "no_photo"),
        (part('name="file"', "/etc/passwd"), 422, "no_photo"),
    ],
    ids=[
        "fields",
        "two files",
        "files",
        "field",
        "name",
        "part head",
        "part heads",
        "path",
        "url",
        "text",
    ],
)
def test_forms_beyond_their_limits(
    http: httpx.Client, desk: Desk, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = http.post("/v1/measure", content=body + b"--x--\r\n", headers=headers)
    if code:
        assert_problem(answer, status, code)
    assert answer.status_code == status


@pytest.mark.parametrize("field", ["observations", "previous"])
def test_json_that_is_nested_without_end(http: httpx.Client, desk: Desk, field: str) -> None:
    files = {"left": ("a.jpg", b"ok")}
    answer = http.post("/v1/examinations", files=files, data={field: "[" * 32_000})
    assert_problem(answer, 422, "invalid_option")


def test_earlier_examination_that_is_too_long(http: httpx.Client, desk: Desk) -> None:
    files = {"left": ("a.jpg", b"ok"), "previous": ("a.json", b"[" * 300_000)}
    answer = http.post("/v1/examinations", files=files)
    assert_problem(answer, 422, "invalid_option")
    assert "longer than" in answer.json()["detail"]


# The end


def test_stopping_finishes_what_is_in_hand(
    app: Any, patch: pytest.MonkeyPatch, others: ThreadPoolExecutor, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    with running(create_app(settings=ONE), **connection_options(ONE)) as address:
        wait_ready(address)
        answer = order_elsewhere(others, address, f"note-and-wait {notes}")
        at_work(notes, 1)
        threading.Timer(0.5, go, (notes,)).start()  # while the service stops
    assert answer.result(20).status_code == 200


def test_stopping_takes_no_longer_than_it_may(
    app: Any, others: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    hasty = ONE.model_copy(update={"shutdown_seconds": 1, "photo_seconds": 600.0})
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    with running(create_app(settings=hasty), **connection_options(hasty)) as address:
        wait_ready(address)
        answer = order_elsewhere(others, address, f"note-and-wait {notes}")
        at_work(notes, 1)
        started = time.monotonic()
    assert time.monotonic() - started < 8
    with pytest.raises(httpx.HTTPError):
        answer.result(20).raise_for_status()
