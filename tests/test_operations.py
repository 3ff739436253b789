"""What those who run the service see: its log, its metrics, its settings.

Each test of something that must not be seen names the threat that it covers.
"""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.server import create_app
from app.service.keys import new_key
from app.service.logging import REQUEST_ID, WITHHELD, JsonLines, TextLines, logging_config
from app.service.metrics import Metrics
from app.service.settings import Settings, describe_settings, settings_document
from http_support import (
    FailingLater,
    NobodyEstimator,
    client,
    measurable_sample,
    picture,
    running,
    send,
    until,
    wait_ready,
)
from vision.findings import SEVERITY
from vision.timing import STAGES

ROOT = Path(__file__).parents[1]
SECRET, KEY = new_key("reception")
BEARER = {"Authorization": f"Bearer {SECRET}"}


@contextmanager
def process(**environment: str) -> Iterator[tuple[httpx.Client, list[str]]]:
    """The service as it is started by hand; the list holds all that it prints."""
    started = subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "serve"],
        env={**os.environ, "THOMAS_PORT": "0", "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert started.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(started.stdout or ()))
    reader.start()
    address = re.compile(r"http://\S+:\d+")
    try:
        until(lambda: address.search("".join(lines)) or started.poll() is not None)
        assert started.poll() is None, "".join(lines)
        with client(address.findall("".join(lines))[0]) as http:
            until(lambda: http.get("/readyz").status_code == 200)
            yield http, lines
    finally:
        started.send_signal(signal.SIGTERM)
        assert started.wait(20) in (0, -signal.SIGTERM)
        reader.join(10)
        started.stdout.close()


# Log


def test_log_is_json_and_holds_nothing_that_anybody_sent() -> None:
    """Threats: names, keys, addresses, or what a client calls its request, in the log."""
    with process(THOMAS_KEYS=str(KEY), THOMAS_LOG_FORMAT="json") as (http, lines):
        sent = {**BEARER, "X-Request-ID": "Erika", "User-Agent": "Erika", "X-API-Key": SECRET}
        photo = measurable_sample().read_bytes()
        files = {"file": ("Erika.jpg", photo)}
        answer = http.post(
            "/v1/measure?name=Erika", files=files, headers=sent, data={"notes": "Erika"}
        )
        assert answer.json()["measurable"]
        http.get(f"/Erika/{SECRET}", headers=sent)
        http.request("ERIKA", "/static/Erika", headers=sent)
        http.get("/", headers={"Authorization": f"Bearer {SECRET}x"})
        http.post("/v1/score", content='{"Erika": 1}', headers=sent)
    log = "".join(lines)
    entries = [json.loads(line) for line in lines]
    for secret in ("Erika", "ERIKA", SECRET, KEY.digest.hex(), "Bearer", "sha256"):
        assert secret not in log
    requests = {entry["request_id"]: entry for entry in entries if "status" in entry}
    own = requests[answer.headers["x-request-id"]]
    assert {
        name: own[name] for name in ("level", "method", "route", "status", "key", "verdict")
    } == {
        "level": "info",
        "method": "POST",
        "route": "/v1/measure",
        "status": 200,
        "key": "reception",
        "verdict": answer.json()["verdict"],
    }
    assert own["bytes_in"] > len(photo)
    assert own["bytes_out"] == int(answer.headers["content-length"])
    assert 0 < own["duration_ms"] < 60_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", own["time"])
    assert "127.0.0.1" not in "".join(line for line in lines if '"status"' in line)
    told = {(entry["method"], entry["route"], entry.get("problem")) for entry in requests.values()}
    assert ("GET", "(no such address)", "not_found") in told
    assert ("other", "/static/", "method_not_allowed") in told
    assert ("GET", "/", "unauthorized") in told


def test_request_ids_are_random_and_on_every_answer() -> None:
    app = create_app(FailingLater(ZeroDivisionError("row 17")))
    with running(app) as address, client(address) as http:
        wait_ready(address)
        answers = [http.get(path) for path in ("/", "/healthz", "/nothing", "/static/page.css")]
        answers.append(send(http, picture()))
        assert answers[-1].status_code == 500
        ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


def record(name: str, message: str, error: Exception | None = None) -> logging.LogRecord:
    shown = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, (), shown)


def raised() -> Exception:
    name = "".join("Erika")  # not in a line of code, which the log does show
    inner = KeyError(name)
    try:
        raise ExceptionGroup(name, [ValueError(name)]) from inner  # noqa: TRY301
    except ExceptionGroup as error:
        return error


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()], ids=["json", "text"])
def test_what_a_crash_says_is_not_written_down(lines: logging.Formatter) -> None:
    """Threat: an exception's or a library's message quotes what was sent."""
    token = REQUEST_ID.set("0123456789abcdef")
    try:
        text = lines.format(record("uvicorn.error", "Exception in ASGI application\n", raised()))
    finally:
        REQUEST_ID.reset(token)
    assert "Erika" not in text
    for kind in ("KeyError", "ValueError", "ExceptionGroup", "test_operations.py", "in raised"):
        assert kind in text
    assert WITHHELD in lines.format(record("PIL.Image", "Erika.jpg is broken"))
    assert "Erika" not in lines.format(record("asyncio", "Task Erika failed"))


def test_what_goes_wrong_at_the_start_is_told_in_full() -> None:
    text = JsonLines().format(record("thomas_test", "No model.", OSError("libGL is missing")))
    assert "libGL is missing" in json.loads(text)["exception"]


def test_format_for_people_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for tty, chosen, kind in ((True, "auto", TextLines), (False, "auto", JsonLines)):
        monkeypatch.setattr("sys.stdout.isatty", lambda tty=tty: tty, raising=False)
        assert logging_config(chosen)["formatters"]["lines"]["()"] is kind  # type: ignore[arg-type]
    assert logging_config("text")["formatters"]["lines"]["()"] is TextLines


# Metrics


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_metrics_count_what_happened() -> None:
    with running(create_app(NobodyEstimator())) as address, client(address) as http:
        wait_ready(address)
        for _ in range(3):
            assert send(http, picture()).status_code == 200
        send(http, b"")
        http.post("/", files={"file": ("a", picture())}, headers={"Accept": "text/html"})
        http.post("/", files={"file": ("a", b"x")})
        http.post("/v1/examinations", files={"left": picture(), "left_retest": picture()})
        answer = http.get("/metrics").raise_for_status()
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = samples(answer.text)

    def value(name: str, **labels: str) -> float:
        return found[name, tuple(sorted(labels.items()))]

    assert value("thomas_verdicts_total", verdict="not_measurable") == 6
    assert value("thomas_verdicts_total", verdict="pass") == 0
    assert value("thomas_refusals_total", flag="no_person") == 6
    assert value("thomas_problems_total", code="empty_file") == 1
    assert value("thomas_problems_total", code="not_an_image") == 1
    measured = {"route": "/v1/measure", "method": "POST"}
    assert value("thomas_requests_total", **measured, status="200") == 3
    assert value("thomas_requests_total", **measured, status="422") == 1
    assert value("thomas_request_seconds_count", route="/v1/measure") == 4
    assert value("thomas_photos_pending") == 0
    assert value("thomas_photos_places") == 16
    assert value("process_resident_memory_bytes") > 50e6
    for stage in STAGES:
        assert value("thomas_stage_seconds_count", stage=stage) == 6
    assert value("thomas_stage_seconds_sum", stage="decode") > 0


def test_metrics_are_documented() -> None:
    document = (ROOT / "docs/operations.md").read_text("utf-8")
    families = Metrics(lambda: 0, 1).registry.collect()
    names = {
        one.name + "_total" * (one.type == "counter")
        for one in families
        if one.name.startswith("thomas_")
    }
    assert len(names) == 8
    assert {name for name in names if f"`{name}`" not in document} == set()


def test_photos_at_work_are_counted_while_they_are() -> None:
    estimator = NobodyEstimator()
    app = create_app(estimator)
    with running(app) as address, client(address) as http:
        wait_ready(address)
        estimator.released.clear()
        worker = threading.Thread(target=lambda: _send_alone(address))
        worker.start()
        until(lambda: app.state.desk.pending == 1)
        assert samples(http.get("/metrics").text)["thomas_photos_pending", ()] == 1
        estimator.released.set()
        worker.join(20)
        assert samples(http.get("/metrics").text)["thomas_photos_pending", ()] == 0


def _send_alone(address: str) -> None:
    with client(address) as http:
        send(http, picture())


def test_the_number_of_series_is_bounded() -> None:
    """Threats: memory is filled by made-up addresses and methods; names in the metrics."""
    app = create_app(NobodyEstimator(), Settings(rate_limit="off"))
    with running(app) as address, client(address) as http:
        for number in range(40):
            http.request(f"ERIKA{number}", f"/Erika/{number}")
            http.get(f"/static/Erika{number}")
            http.get(f"/v1/Erika{number}")
        text = http.get("/metrics").text
    assert "Erika" not in text
    assert "ERIKA" not in text
    asked = {key for key in samples(text) if key[0] == "thomas_requests_total"}
    assert len(asked) <= 4


def test_stages_of_a_measurement_are_known_by_name() -> None:
    from vision import measure

    result = measure(picture(), estimator=NobodyEstimator())
    assert tuple(result.stages_ms) == STAGES
    assert sum(result.stages_ms.values()) == pytest.approx(result.provenance.elapsed_ms, abs=5)
    assert result.interpretation.verdict in SEVERITY


# Settings


def test_settings_are_documented() -> None:
    """`thomas-test settings --markdown > docs/settings.md` writes it anew."""
    assert (ROOT / "docs/settings.md").read_text("utf-8") == settings_document()
    for name, variable, _, text in describe_settings():
        assert variable == f"THOMAS_{name.upper()}"
        assert text.endswith(".")
        assert "|" not in text


def test_command_line_before_environment_before_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "thomas.toml"
    file.write_text(
        'port = 1\nworkers = 3\nmax_pending = 5\nkeys = ["' + str(KEY) + '"]\n', "utf-8"
    )
    monkeypatch.setenv("THOMAS_WORKERS", "4")
    monkeypatch.setenv("THOMAS_MAX_PENDING", "6")
    found = Settings(config=file, max_pending=7)
    assert (found.port, found.workers, found.max_pending) == (1, 4, 7)
    assert found.needs_keys
    monkeypatch.setenv("THOMAS_CONFIG", str(file))
    monkeypatch.setenv("THOMAS_ALLOWED_HOSTS", "a.example, b.example")
    assert (Settings().port, Settings().allowed_hosts) == (1, ("a.example", "b.example"))


@pytest.mark.parametrize("text", ['keys_fiel = "k"\n', "port = \n", "port = 99999\n"])
def test_a_slip_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    """Threat: a setting that protects is mistyped, and the service runs without it."""
    file = tmp_path / "thomas.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError):  # noqa: PT011  # pydantic's or tomllib's
        Settings(config=file)
    with pytest.raises(FileNotFoundError):
        Settings(config=tmp_path / "none.toml")


@pytest.mark.parametrize(
    "wrong", [{"rate_limit": "many"}, {"root_path": "thomas"}, {"log_format": "xml"}], ids=str
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)
