"""Examinations, scores, reports and schemas over a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle

from app.results.schemas import ExaminationOut, MeasurementOut, json_schema
from app.server import create_app
from app.service.settings import Settings
from http_support import SAMPLES, NobodyEstimator, client, picture, running

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
POINTS = {
    "hip": {"x_px": 100, "y_px": 100},
    "knee": {"x_px": 200, "y_px": 100},
    "ankle": {"x_px": 200, "y_px": 200},
}


@pytest.fixture(scope="module")
def fake() -> Iterator[httpx.Client]:
    """A service whose model finds nobody."""
    settings = Settings(max_upload_mb=0.2)
    with running(create_app(NobodyEstimator(), settings)) as address, client(address) as http:
        yield http


@pytest.fixture(scope="module")
def real(measuring: str) -> Iterator[httpx.Client]:
    with client(measuring) as http:
        yield http


def examine(http: httpx.Client, accept: str = "*/*", **parts: Any) -> httpx.Response:
    files = {name: (name, part) for name, part in parts.items() if isinstance(part, bytes)}
    fields = {name: part for name, part in parts.items() if isinstance(part, str)}
    return http.post("/v1/examinations", files=files, data=fields, headers={"Accept": accept})


def photo(name: str) -> bytes:
    return (EXAMPLES / f"{name}.jpg").read_bytes()


# --- with the real model --------------------------------------------------------------------


def test_examination_over_http_is_the_one_of_the_command_line(real: httpx.Client) -> None:
    said = json.dumps({
        "safety": "none", "back_or_nerve": "no",
        "lower_back_flat": "yes", "hip_pain": "no", "knee_pain": "no",
    })  # fmt: skip
    answer = examine(
        real,
        left=photo("rectus-femoris-both-left"),
        left_retest=photo("rectus-femoris-both-left-retest"),
        observations=said,
        subject="Somebody",
    )
    out = ExaminationOut.model_validate_json(answer.raise_for_status().content)
    stored = json.loads((EXAMPLES / "rectus-femoris-both.json").read_text("utf-8"))
    assert out.left is not None
    mine = out.left.measurement.model_dump(mode="json", exclude={"provenance"})
    theirs = {key: one for key, one in stored["left"]["measurement"].items() if key in mine}
    assert mine == theirs
    assert out.subject == "Somebody"


def test_other_shapes_of_an_examination(real: httpx.Client) -> None:
    page = examine(real, "text/html", left=photo("healthy-left"))
    assert page.headers["content-type"].startswith("text/html")
    assert "style-src 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert "<script" not in page.text
    bundle = examine(real, "application/fhir+json", left=photo("healthy-left")).json()
    Bundle.model_validate(bundle)
    assert examine(real, "image/png", left=photo("healthy-left")).status_code == 406


def test_the_other_leg_is_an_error(real: httpx.Client) -> None:
    answer = examine(real, right=photo("healthy-left"))
    assert answer.status_code == 422
    assert answer.json()["code"] == "mismatched_photos"


def test_several_photos_of_one_set_up_are_joined(real: httpx.Client) -> None:
    names = ("healthy-left", "iliopsoas-right-left", "healthy-left")
    files = [("left", (f"{name}.jpg", photo(name), "image/jpeg")) for name in names]
    out = ExaminationOut.model_validate_json(
        real.post("/v1/examinations", files=files).raise_for_status().content
    )
    assert out.left is not None
    joined = out.left.measurement.repeats
    assert joined is not None
    # The third is the first again, and counts once.
    assert (joined.n, len(set(joined.photo_sha256))) == (2, 2)
    assert "photo_repeated" in [flag.code for flag in out.left.measurement.flags]
    assert out.left.measurement.thigh_deg is not None
    assert out.left.measurement.thigh_deg.value == joined.thigh_deg.mean
    alone = examine(real, left=photo("healthy-left")).json()["left"]["measurement"]
    assert joined.thigh_deg.values[0] == alone["thigh_deg"]["value"]
    assert alone["repeats"] is None


def test_the_page_joins_further_photos(real: httpx.Client) -> None:
    names = ("left", "healthy-left"), ("left_more", "iliopsoas-right-left")
    files = [(field, (f"{name}.jpg", photo(name), "image/jpeg")) for field, name in names]
    page = real.post("/", files=files, data={"photos": "several"}).raise_for_status()
    assert "Mean of 2 photos of one set-up." in page.text
    alone = real.post("/", files=[("left_more", files[0][1])], data={"photos": "several"})
    assert "one set-up." not in alone.text, "a further photo without a first one is the first"
    assert "Left leg: passes so far" in alone.text


def test_too_many_photos_of_one_set_up(fake: httpx.Client) -> None:
    files = [("left", ("x.jpg", b"x"))] * 5
    assert fake.post("/v1/examinations", files=files).status_code == 415
    answer = fake.post("/v1/examinations", files=[*files, ("left", ("x.jpg", b"x"))])
    assert answer.status_code in (400, 422)
    twice = [("left_retest", ("x.jpg", b"x"))] * 2
    assert "sent more than once" in fake.post("/v1/examinations", files=twice).json()["detail"]


def test_measure_as_report_and_fhir(real: httpx.Client) -> None:
    photo_file = {"file": ("photo.jpg", (SAMPLES / "left-near-1.jpg").read_bytes())}
    page = real.post("/v1/measure", files=photo_file, headers={"Accept": "text/html"})
    assert "not a medical device" in page.text
    fhir = real.post(
        "/v1/measure", files=photo_file, headers={"Accept": "application/fhir+json"}
    ).json()
    Bundle.model_validate(fhir)


def test_a_corrected_measurement_is_scored(real: httpx.Client) -> None:
    photo_file = {"file": ("photo.jpg", (SAMPLES / "left-near-1.jpg").read_bytes())}
    measured = real.post("/v1/measure", files=photo_file).json()
    points = {
        name: {"x_px": one["x_px"], "y_px": one["y_px"]} for name, one in measured["points"].items()
    }
    same = real.post("/v1/score", json={"measurement": measured, "points": points})
    assert same.json() == measured
    points["knee"]["y_px"] += 30
    moved = real.post("/v1/score", json={"measurement": measured, "points": points}).json()
    assert moved["thigh_deg"]["value"] < measured["thigh_deg"]["value"]
    assert moved["thigh_deg"]["source"] == "adjusted"
    assert moved["automatic"]["thigh_deg"] == measured["thigh_deg"]


# --- what a request can get wrong -------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "status", "said"),
    [
        ({"criteria": b"guide"}, 422, "No photo was chosen"),
        ({"left_retest": picture()}, 422, "no first one"),
        ({"left": picture(), "observations": "[]"}, 422, "JSON object"),
        ({"left": picture(), "observations": "{"}, 422, "not JSON"),
        ({"left": picture(), "observations": '{"mood": "x"}'}, 422, "Unknown observation"),
        ({"left": picture(), "previous": "{}"}, 422, "earlier result"),
        ({"left": picture(), "criteria": "nordic"}, 422, "guide"),
        ({"left": picture(), "level_deg": "steep"}, 422, "number of degrees"),
        ({"left": picture(), "file": "x"}, 422, "Unknown field"),
        ({"left": b"no photo"}, 415, ""),
    ],
)
def test_wrong_requests(fake: httpx.Client, parts: Any, status: int, said: str) -> None:
    answer = examine(fake, **parts)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text


def test_each_photo_has_the_limit_of_one(fake: httpx.Client) -> None:
    small, large = picture(), picture(800, 600, noise=True)
    assert len(large) > 200_000
    assert examine(fake, left=small, right=small, left_retest=small).status_code == 200
    assert examine(fake, left=large).status_code == 413


def test_nobody_there_is_a_result(fake: httpx.Client) -> None:
    out = examine(fake, left=picture(), right=picture()).raise_for_status().json()
    for side in ("left", "right"):
        measured = out[side]["measurement"]
        assert not measured["measurable"]
        assert measured["thigh_deg"] is None
        assert [flag["code"] for flag in measured["flags"]] == ["no_person"]
    assert out["asymmetry"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"angles": {"thigh_deg": -12, "knee_flexion_deg": 95}}, 200),
        ({"points": POINTS, "head_towards": "left"}, 200),
        ({"points": POINTS}, 422),
        ({}, 422),
        ({"criteria": "nordic", "points": POINTS, "head_towards": "left"}, 422),
        ({"points": {**POINTS, "knee": POINTS["hip"]}, "head_towards": "left"}, 422),
        ({"angles": {"thigh_deg": "x", "knee_flexion_deg": 0}}, 422),
    ],
)
def test_scores(fake: httpx.Client, body: Any, status: int) -> None:
    answer = fake.post("/v1/score", json=body)
    assert answer.status_code == status, answer.text
    if status == 200:
        MeasurementOut.model_validate_json(answer.content)
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] in ("invalid_option", "degenerate_limb")


def test_a_long_score_is_refused(fake: httpx.Client) -> None:
    answer = fake.post("/v1/score", content=b"[" * 200_000)
    assert answer.status_code == 413


def test_own_rule_sets_of_a_service(tmp_path: Path) -> None:
    own = tmp_path / "clinic.toml"
    own.write_text(
        'id = "clinic"\nversion = "3"\ntitle = "Our clinic"\nthigh_max_deg = 5\n'
        'citation = "Agreed in March."\n'
    )
    settings = Settings(rules=(own,))
    with running(create_app(NobodyEstimator(), settings)) as address, client(address) as http:
        assert "clinic" in [one["id"] for one in http.get("/v1/criteria").json()]
        body = {"angles": {"thigh_deg": -2, "knee_flexion_deg": 20}, "criteria": "clinic"}
        out = http.post("/v1/score", json=body).json()
        assert out["verdict"] == "pass"
        assert out["criteria"] == {"id": "clinic", "version": "3"}
        assert "Our clinic" in http.get("/").text
        assert "Agreed in March." in http.get("/docs").text


# --- the schema --------------------------------------------------------------------------------


def test_the_published_schema_is_the_committed_one(fake: httpx.Client) -> None:
    published = fake.get("/v1/schema").json()
    committed = json.loads((ROOT / "docs" / "schema.json").read_text("utf-8"))
    assert published == committed == json_schema()


def test_no_field_was_taken_away() -> None:
    """Fields may be added; these of version 1 keep their names and types (see README)."""
    golden = json.loads((ROOT / "tests" / "golden_schema_v1.json").read_text("utf-8"))
    now = json_schema()["$defs"]
    for shape, fields in golden.items():
        properties = now[shape]["properties"]
        for name, kinds in fields.items():
            assert set(kinds) <= types(properties[name]), f"{shape}.{name}"


def types(field: dict[str, Any]) -> set[str]:
    """Names of the types that a field may have."""
    if "anyOf" in field:
        return {one for option in field["anyOf"] for one in types(option)}
    if "$ref" in field:
        return {field["$ref"].rpartition("/")[2]}
    return {str(field.get("type", "any"))}


def test_norms(fake: httpx.Client) -> None:
    norms = fake.get("/v1/norms").json()
    assert {one["id"] for one in norms} == {"harvey-1998", "soccer-2014", "ferber-2010"}
    assert all(one["citation"] for one in norms)
