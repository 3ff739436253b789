"""The HTTP door, over real sockets: the real model on samples, a fake one for the rest."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from app.results.convert import measurement_out
from app.results.schemas import MeasurementOut
from app.server import create_app
from app.service.errors import REQUEST_PROBLEMS
from app.service.negotiation import BUNDLE_HEADER, MEASURE_OFFERS, negotiate
from app.service.openapi import EXAMPLE
from app.service.problems import STATUS, catalogue
from http_support import (
    SMALL_LIMIT,
    FailingLater,
    NobodyEstimator,
    an_error,
    animation,
    assert_problem,
    client,
    measurable_sample,
    picture,
    refused_sample,
    running,
    send,
    wait_ready,
)
from vision.criteria import RULE_SETS
from vision.errors import ThomasTestError, all_errors
from vision.measurement import measure


@pytest.fixture(scope="module")
def real(measuring: str) -> Iterator[httpx.Client]:
    with client(measuring) as http:
        yield http


@pytest.fixture(scope="module")
def fake() -> Iterator[httpx.Client]:
    with running(create_app(NobodyEstimator(), SMALL_LIMIT)) as address, client(address) as http:
        wait_ready(address)
        yield http


# The real model


@pytest.mark.parametrize(
    "options",
    [{}, {"leg": "left", "level_deg": "3.5", "criteria": "guide"}],
    ids=["plain", "given"],
)
def test_json_is_that_of_the_library(real: httpx.Client, options: dict[str, str]) -> None:
    photo = measurable_sample().read_bytes()
    answer = send(real, photo, {}, **options)
    assert answer.status_code == 200, answer.text
    same: dict[str, Any] = {**options}
    if options:
        same["level_deg"] = float(options["level_deg"])
    expected = json.loads(measurement_out(measure(photo, **same)).model_dump_json())
    got = answer.json()
    for one in (expected, got):
        del one["provenance"]["elapsed_ms"], one["provenance"]["measured_at"]
    assert got == expected
    assert got["measurable"]
    assert (got["level"]["source"] == "given") == bool(options)


def test_refusal_is_a_result(real: httpx.Client) -> None:
    photo = refused_sample().read_bytes()
    body = send(real, photo).raise_for_status().json()
    assert (body["measurable"], body["verdict"], body["thigh_deg"]) == (
        False,
        "not_measurable",
        None,
    )
    assert any(flag["blocking"] and flag["advice"] for flag in body["flags"])


@pytest.mark.parametrize(
    ("accept", "expected", "sample"),
    [("image/png", "PNG", measurable_sample), ("image/jpeg", "JPEG", refused_sample)],
)
def test_picture_on_request(real: httpx.Client, accept: str, expected: str, sample: Any) -> None:
    path = sample()
    answer = send(real, path.read_bytes(), {"Accept": accept}).raise_for_status()
    verdict = "fail" if sample is measurable_sample else "not_measurable"
    assert answer.headers["x-thomas-verdict"] == verdict
    assert answer.headers["content-type"] == f"image/{expected.lower()}"
    with Image.open(io.BytesIO(answer.content)) as drawn, Image.open(path) as original:
        assert drawn.format == expected
        assert drawn.size == original.size
        assert not drawn.getexif()


# Errors


def test_every_error_of_the_instrument_has_a_status() -> None:
    assert set(STATUS) == {error.code for error in all_errors()}


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.code)
def test_every_error_is_answered_as_a_problem(error: type[ThomasTestError]) -> None:
    with running(create_app(FailingLater(an_error(error)))) as address, client(address) as http:
        wait_ready(address)
        answer = send(http, picture())
        assert_problem(answer, STATUS[error.code], error.code)
        assert answer.json()["detail"] == an_error(error).message
        assert answer.json()["advice"] == error.advice
        assert ("retry-after" in answer.headers) == (answer.status_code == 503)


@pytest.mark.parametrize(
    ("photo", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"no picture at all", 415, "not_an_image"),
        (picture(image_format="BMP", width=200, height=200), 413, "file_too_large"),
        (picture(image_format="GIF"), 415, "unsupported_format"),
        (animation(), 415, "animated_image"),
        (picture()[:500], 422, "truncated_image"),
        (picture(width=120), 422, "too_few_pixels"),
    ],
)
def test_bad_files(fake: httpx.Client, photo: bytes, status: int, code: str) -> None:
    assert_problem(send(fake, photo), status, code)


@pytest.mark.parametrize(
    "options",
    [
        {"leg": "middle"},
        {"level_deg": "steep"},
        {"level_deg": "nan"},
        {"level_deg": "46"},
        {"criteria": "nobody-2000"},
        {"lvel_deg": "3"},
    ],
    ids=str,
)
def test_options_that_do_not_exist(fake: httpx.Client, options: dict[str, str]) -> None:
    answer = send(fake, picture(), {}, **options)
    assert_problem(answer, 422, "invalid_option")
    ((name, value),) = options.items()
    assert value in answer.json()["detail"] or name in answer.json()["detail"]


def test_option_sent_twice(fake: httpx.Client) -> None:
    data = {"leg": ["left", "right"]}
    answer = fake.post("/v1/measure", files={"file": ("a.jpg", picture())}, data=data)
    assert_problem(answer, 422, "invalid_option")


def test_empty_options_count_as_absent(fake: httpx.Client) -> None:
    answer = send(fake, picture(), leg="", level_deg=" ", criteria="").raise_for_status()
    assert answer.json()["level"]["source"] != "given"


def test_forms_without_a_photo(fake: httpx.Client) -> None:
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    as_text = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n'
    unchosen = as_text.replace(b'name="file"', b'name="file"; filename=""').replace(b"abc", b"")
    for content in (as_text, unchosen, b"--x--\r\n"):
        answer = fake.post("/v1/measure", content=content, headers=multipart)
        assert_problem(answer, 422, "no_photo")


def test_bodies_that_are_no_form(fake: httpx.Client) -> None:
    assert_problem(fake.post("/v1/measure", json={"file": "x"}), 415, "not_a_form")
    assert_problem(fake.post("/v1/measure"), 415, "not_a_form")
    assert_problem(fake.post("/v1/measure", data={"leg": "left"}), 415, "not_a_form")
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        headers = {"Content-Type": content_type}
        answer = fake.post("/v1/measure", content=b"junk", headers=headers)
        assert_problem(answer, 400, "malformed_form")
    two = [("file", ("a.jpg", picture())), ("file", ("b.jpg", picture()))]
    assert_problem(fake.post("/v1/measure", files=two), 422, "invalid_option")
    three = [*two, ("file", ("c.jpg", picture()))]
    assert_problem(fake.post("/v1/measure", files=three), 400, "malformed_form")


def test_addresses_and_methods_that_do_not_exist(fake: httpx.Client) -> None:
    for path in ("/nothing", "/v1", "/static/nothing.css", "/static/../api.py", "/docs/"):
        assert_problem(fake.get(path), 404, "not_found")
    answer = fake.get("/v1/measure")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert_problem(fake.put("/"), 405, "method_not_allowed")


def test_accept_that_cannot_be_met(fake: httpx.Client) -> None:
    assert_problem(send(fake, picture(), {"Accept": "text/css"}), 406, "not_acceptable")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json, image/png", "json"),
        ("image/png, */*", "png"),
        ("image/avif,image/webp,image/*,*/*;q=0.8", "png"),
        ("image/png;q=0.1, image/jpeg", "jpeg"),
        ("IMAGE/JPEG", "jpeg"),
        ("image/png;q=0", None),
        ("image/png;q=0, */*;q=0.1", "json"),
        ("image/png;q=high", None),
        ("text/html, application/xml", "html"),
        ("application/fhir+json", "fhir"),
        ("text/css, application/xml", None),
        (";;,,", None),
    ],
)
def test_negotiation(accept: str, expected: str | None) -> None:
    assert negotiate(accept, MEASURE_OFFERS) == expected


# What the service says about itself


def test_criteria_are_the_registry(fake: httpx.Client) -> None:
    listed = fake.get("/v1/criteria").raise_for_status().json()
    assert [one["id"] for one in listed] == list(RULE_SETS)
    assert all(one["citation"] and one["version"] for one in listed)


def test_openapi_describes_what_is_there(fake: httpx.Client) -> None:
    document = fake.get("/openapi.json").raise_for_status().json()
    assert set(document["paths"]) == {
        "/v1/measure",
        "/v1/examinations",
        "/v1/score",
        "/v1/criteria",
        "/v1/norms",
        "/v1/schema",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    measuring = document["paths"]["/v1/measure"]["post"]
    assert set(measuring["responses"]["200"]["content"]) == {
        "application/json",
        "image/png",
        "image/jpeg",
        "text/html",
        "application/fhir+json",
    }
    statuses = {int(status) for status in measuring["responses"]}
    assert statuses >= set(STATUS.values())
    for status in statuses - {200}:
        assert list(measuring["responses"][str(status)]["content"]) == ["application/problem+json"]
    assert "MeasurementOut" in document["components"]["schemas"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_address_describes_the_refusals_that_any_request_can_get(fake: httpx.Client) -> None:
    document = fake.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            answers = operation["responses"]
            refusals = {"401", "403", "413", "429"}
            # Health checks refuse nobody: see test_every_address_needs_a_key_but_health.
            assert (refusals <= set(answers)) == (path not in ("/healthz", "/readyz")), path
            for status in set(answers) - {"200"}:
                assert list(answers[status]["content"]) == ["application/problem+json"]
            first = next(iter(answers["200"]["content"]))
            assert first == ("text/plain" if path == "/metrics" else "application/json")


def test_example_is_a_measurement() -> None:
    assert json.loads(MeasurementOut.model_validate(EXAMPLE).model_dump_json()) == EXAMPLE


def test_docs_page_is_complete_and_self_contained(fake: httpx.Client) -> None:
    page = fake.get("/docs").raise_for_status().text
    document = fake.get("/openapi.json").json()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    for problem in catalogue():
        assert f'id="problem-{problem.code}"' in page
    for field in document["components"]["schemas"]["MeasurementOut"]["properties"]:
        assert f"<code>{field}</code>" in page
    for address in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert not re.match(r"[a-z]+:|//", address), address
    assert "<script" not in page


def test_problem_codes_are_unique_and_advise() -> None:
    codes = [problem.code for problem in catalogue()]
    assert len(codes) == len(set(codes)) == len(STATUS) + len(REQUEST_PROBLEMS)
    assert all(problem.advice.endswith(".") for problem in catalogue())


def test_a_score_is_answered_as_fhir_report_or_json(fake: httpx.Client) -> None:
    points = {"measurement": EXAMPLE, "points": EXAMPLE["points"]}  # as they are, with source

    def score(accept: str, **headers: str) -> httpx.Response:
        return fake.post("/v1/score", json=points, headers={"Accept": accept, **headers})

    fhir = "application/fhir+json"
    assert score("application/json").json()["thigh_deg"] == EXAMPLE["thigh_deg"]
    assert score("text/html").text.startswith("<!doctype html>")
    assert score(fhir).json()["type"] == "collection"
    assert score(fhir, **{BUNDLE_HEADER: "transaction"}).json()["type"] == "transaction"
    assert_problem(score(fhir, **{BUNDLE_HEADER: "batch"}), 422, "invalid_option")
    assert_problem(score("image/png"), 406, "not_acceptable")
