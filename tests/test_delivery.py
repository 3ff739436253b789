"""Text is sent compressed, and static files are kept for good under an address of their own."""

import base64
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from app.results.convert import measurement_out
from app.server import create_app
from app.service.api_routes import api
from app.service.keys import new_key
from app.service.middleware.compression import MIN_BYTES, Compression, accepts_gzip
from app.service.settings import Settings
from app.web.rejudge import PHOTO
from app.web.result_page import result_page
from app.web.routes import pages
from app.web.static_files import FOLDER, FOREVER, folder_digest, static_base
from app.web.svg_overlay import shown
from http_support import NobodyEstimator, apart, client, picture, running, send
from stick_figure import StickFigure, measure_figure
from vision.criteria import RULE_SETS

GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}
IMPORTED = re.compile(r'(?:^import |\bfrom |\bimport\()"([^"]+)"', re.MULTILINE)
LINKED = re.compile(r'(?:href|src)="(static/[^"]+)"')


@pytest.fixture(scope="module")
def service(nobody: str) -> Iterator[httpx.Client]:
    with client(nobody) as http:
        yield http


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/static/page.css"])
def test_text_is_compressed_for_those_who_accept_it(service: httpx.Client, path: str) -> None:
    with service.stream("GET", path, headers=GZIP) as packed:
        body = b"".join(packed.iter_raw())
    plain = service.get(path, headers=PLAIN)
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(body) < len(plain.content) / 2
    assert gzip.decompress(body) == plain.content
    assert "content-encoding" not in plain.headers
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer.headers["vary"].split(", ")


def test_the_language_still_varies_a_page(service: httpx.Client) -> None:
    vary = service.get("/", headers=GZIP).headers["vary"].split(", ")
    assert sorted(vary) == ["Accept-Encoding", "Accept-Language", "Cookie"]


def test_a_result_is_compressed(service: httpx.Client) -> None:
    for answer in (
        service.post("/", files={"file": ("a.jpg", picture())}, headers=GZIP),
        send(service, picture(), headers=GZIP),
    ):
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == "no-store"


def test_a_problem_is_compressed_and_an_upload_that_is_too_large_is_still_refused() -> None:
    settings = Settings(max_upload_mb=0.1)
    with running(create_app(NobodyEstimator(), settings)) as address, client(address) as http:
        answer = http.post("/", files={"file": ("a.jpg", b"\0" * 300_000)}, headers=GZIP)
    assert (answer.status_code, answer.headers["content-encoding"]) == (413, "gzip")


def test_no_response_holds_a_secret_whose_length_could_betray_it() -> None:
    """Threat: a guess beside a secret makes the compressed response shorter (BREACH)."""
    secret, key = new_key("desk")
    settings = Settings(keys=(str(key),))
    cookie = "MARKED-COOKIE"
    sent = {"Authorization": f"Bearer {secret}", "Cookie": f"language={cookie}", "Accept": "*/*"}
    guess = "MARKED-GUESS"
    with running(create_app(NobodyEstimator(), settings)) as address, client(address) as http:
        for route in (*api.routes, *pages.routes):
            path = str(getattr(route, "path", "/"))
            if path == "/metrics":
                continue  # for the monitoring; it counts, and names keys by their names
            for accept in ("*/*", "text/html"):
                answer = http.get(f"{path}?{guess}", headers={**sent, "Accept": accept})
                for words in (secret, str(key), cookie, guess):
                    assert words not in answer.text, (path, words)


@pytest.mark.parametrize("path", ["/", f"/{static_base()}page.css"])
def test_head_has_the_fields_of_get_and_no_body(service: httpx.Client, path: str) -> None:
    head, get = (service.request(how, path, headers=GZIP) for how in ("HEAD", "GET"))
    differing = {"content-length", "transfer-encoding", "x-request-id", "date"}
    assert head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in differing} == {
        k: v for k, v in get.headers.items() if k not in differing
    }


def test_part_of_a_file_is_part_of_the_file(service: httpx.Client) -> None:
    wanted = {**GZIP, "Range": "bytes=10-19"}
    answer = service.get(f"/{static_base()}page.css", headers=wanted)
    assert answer.status_code == 206
    assert answer.content == (FOLDER / "page.css").read_bytes()[10:20]
    assert "content-encoding" not in answer.headers


def test_pages_load_only_static_files_that_never_change(service: httpx.Client) -> None:
    for path in ("/", "/docs", "/nothing"):
        page = service.get(path, headers={"Accept": "text/html"})
        links = LINKED.findall(page.text)
        assert links
        for link in links:
            assert link.startswith(static_base())
            file = service.get(f"/{link}")
            assert file.status_code == 200
            assert file.headers["cache-control"] == FOREVER


def test_under_a_prefix_the_same_relative_addresses_lead_to_the_files() -> None:
    app = create_app(NobodyEstimator(), Settings(root_path="/clinic"))
    with running(app, root_path="/clinic") as address, client(address) as http:
        page = http.get("/")
        for link in LINKED.findall(page.text):
            assert http.get(f"/{link}").headers["cache-control"] == FOREVER


def test_downloads_do_not_depend_on_the_service() -> None:
    result = measure_figure(StickFigure())
    page = result_page(measurement_out(result), RULE_SETS["guide"], shown={PHOTO: shown(result)})
    reports = re.findall(r'"data:text/html;charset=utf-8;base64,([^"]+)"', page)
    assert reports
    assert not any(b"static/" in base64.b64decode(report) for report in reports)


def test_modules_find_each_other_under_the_same_address(service: httpx.Client) -> None:
    base = httpx.URL(f"http://service/{static_base()}")
    for script in sorted(FOLDER.rglob("*.js")):
        own = base.join(script.relative_to(FOLDER).as_posix())
        for name in IMPORTED.findall(script.read_text("utf-8")):
            assert name.startswith("."), (script, name)
            answer = service.get(own.join(name).path)
            assert answer.headers["cache-control"] == FOREVER, (script, name)


def test_an_old_digest_is_not_found_and_not_kept(service: httpx.Client) -> None:
    answer = service.get("/static/0123456789abcdef/page.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize("headers", [GZIP, PLAIN])
def test_a_file_without_digest_is_revalidated(
    service: httpx.Client, headers: dict[str, str]
) -> None:
    first = service.get("/static/page.css", headers=headers)
    asked = {**headers, "If-None-Match": first.headers["etag"]}
    again = service.get("/static/page.css", headers=asked)
    assert (first.headers["cache-control"], again.status_code) == ("no-cache", 304)
    assert again.headers["vary"] == first.headers["vary"]


def test_the_digest_depends_on_names_and_contents(tmp_path: Path) -> None:
    seen = set()
    for name, content in (("a.js", "1"), ("a.js", "2"), ("b.js", "2"), ("b.js", "2a.js")):
        for old in tmp_path.iterdir():
            old.unlink()
        (tmp_path / name).write_text(content)
        seen.add(folder_digest(tmp_path))
    assert len(seen) == 4
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in seen)


@pytest.mark.parametrize(
    ("field", "accepted"),
    [
        ("gzip", True),
        ("GZip;Q=0.3, br", True),
        ("deflate, br", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip;q=nan, *", False),
        ("*", True),
        ("*;q=0", False),
        ("identity;q=1, *;q=0", False),
        ("x-gzip", True),
    ],
)
def test_what_a_client_accepts(field: str, accepted: bool) -> None:
    assert accepts_gzip(field) == accepted


def told(start: Message, pieces: list[bytes], method: str = "GET") -> list[Message]:
    """What reaches the client of an application that answers with these messages."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", **start})
        for number, piece in enumerate(pieces):
            more = number < len(pieces) - 1
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "headers": [(b"accept-encoding", b"gzip")]}
    apart(lambda: anyio.run(Compression(app), scope, nothing, keep))
    return sent


def headed(*fields: tuple[bytes, bytes], status: int = 200) -> Message:
    return {"status": status, "headers": list(fields)}


@pytest.mark.parametrize(
    "start",
    [
        headed((b"content-type", b"image/jpeg")),
        headed((b"content-type", b"application/pdf")),
        headed((b"content-type", b"text/event-stream")),
        headed((b"content-type", b"text/css"), (b"content-encoding", b"br")),
        headed((b"content-type", b"text/css"), (b"content-range", b"bytes 0-9/99"), status=206),
        headed(),
    ],
)
def test_other_responses_pass_unchanged(start: Message) -> None:
    body = b"x" * 5000
    assert told(start, [body]) == [
        {"type": "http.response.start", **start},
        {"type": "http.response.body", "body": body, "more_body": False},
    ]


@given(st.lists(st.binary(max_size=40_000), min_size=1, max_size=4))
def test_whatever_the_pieces_the_client_reads_the_same(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    sent = told(headed((b"content-type", b"application/json")), pieces)
    fields = dict(sent[0]["headers"])
    body = b"".join(message["body"] for message in sent[1:])
    if len(pieces) == 1 and len(whole) < MIN_BYTES:
        assert (body, b"content-encoding" in fields) == (whole, False)
        return
    assert fields[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body) == whole
    # A client that reads a stream gets each piece at once.
    assert len(sent) == 1 + len(pieces)
    assert [message.get("more_body", False) for message in sent[1:]] == [
        number < len(pieces) - 1 for number in range(len(pieces))
    ]


@given(st.integers(0, 2 * MIN_BYTES))
def test_a_body_announced_by_its_length_is_weighed_by_it(size: int) -> None:
    start = headed((b"content-type", b"text/css"), (b"content-length", str(size).encode()))
    sent = told(start, [b"a" * size])
    fields = dict(sent[0]["headers"])
    assert int(fields[b"content-length"]) == len(sent[1]["body"])
    assert (fields.get(b"content-encoding") == b"gzip") == (size >= MIN_BYTES)
