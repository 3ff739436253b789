"""What the start page's form sends, without a browser: one photo, several, and what is wrong."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.server import create_app
from app.service.errors import REQUEST_PROBLEMS, AtField
from app.service.settings import Settings
from app.service.uploads import PHOTOS
from app.web.form import PAGE_FIELDS, PLACES, photos_announced, trouble_of
from http_support import NobodyEstimator, client, picture, running, wait_ready
from vision.errors import all_errors

PHOTO = picture()


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A service whose model finds nobody, with a small limit."""
    with running(create_app(NobodyEstimator(), Settings(max_upload_mb=0.2))) as address:
        wait_ready(address)
        yield address


def send(service: str, files: tuple[str, ...], large: str = "", **fields: str) -> httpx.Response:
    photos = dict.fromkeys(files, PHOTO) | ({large: bytes(210_000)} if large else {})
    sent = {name: (f"{name}.jpg", data) for name, data in photos.items()}
    # A browser sends every field of the form, also those that hold nothing.
    texts = {name: "" for name in PAGE_FIELDS if name not in sent} | fields
    with client(service) as http:
        return http.post("/", files=sent or {"file": ("", b"")}, data=texts if sent else fields)


@pytest.mark.parametrize(
    ("files", "fields", "said"),
    [
        (("file",), {}, "This photo: not measured</h1>"),
        (("camera",), {"photos": "one"}, "This photo: not measured</h1>"),
        (("file", "left"), {"photos": "one"}, "This photo: not measured</h1>"),
        (("file",), {"photos": "several"}, "This photo: not measured</h1>"),
        (("left",), {}, "Left leg: not measured</h1>"),
        (("file", "left"), {"photos": "several"}, "<span>Right leg: not measured</span>"),
        (("file", "right_retest"), {"leg": "right"}, "Right leg: not measured</h1>"),
        (PHOTOS, {}, "From above the feet"),
        (("file", "right_retest"), {}, "Which leg does the side-view photo show?"),
        (("file", "left", "right"), {}, "Which leg does the side-view photo show?"),
        (("left_retest",), {}, "but no first one"),
        ((), {"photos": "several"}, 'href="#left"'),
        ((), {}, 'href="#file"'),
        (("left",), {"previous": "{}"}, 'href="#previous"'),
        (("left",), {"level_deg": "steep"}, "number of degrees"),
        (("left",), {"left_hip_pain": "maybe"}, "must be one of"),
        (("left",), {"left_notes": "x"}, "Unknown field"),
        (("left",), {"large": "right_above"}, 'href="#right_above"'),
    ],
    ids=str,
)
def test_what_is_sent_decides(service: str, files: Any, fields: Any, said: str) -> None:
    answer = send(service, files, **fields)
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text
    assert (answer.status_code == 200) == ('id="problem"' not in answer.text)


@pytest.mark.parametrize("kind", [*all_errors(), *REQUEST_PROBLEMS], ids=lambda one: one.code)
def test_every_error_is_put_in_plain_words(kind: Any) -> None:
    trouble = trouble_of(AtField("left", kind("What happened.")))
    assert (trouble.problem.code, trouble.title) == (kind.code, "Left leg, hanging")
    assert trouble.advice.endswith(".")
    own_page = ("bad_request", "cross_origin", "method_not_allowed", "not_found", "not_acceptable")
    technical = ("multipart", "“file”", "Install", "header", "request", "/docs", "model is")
    if kind.code not in own_page:  # those are answered before there is a page
        assert not [word for word in technical if word in trouble.advice]


def test_places_in_memory_follow_the_length_of_the_form() -> None:
    found = {size: photos_announced(size, 1_000_000) for size in (None, "x", "10", "1065536")}
    assert found == {None: 6, "x": 6, "10": 1, "1065536": 1}
    assert photos_announced("1065537", 1_000_000) == 2
    assert photos_announced("99000000", 1_000_000) == 6
    assert {place.name for place in PLACES} == set(PHOTOS)
