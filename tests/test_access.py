"""Who may use the service: keys, host names, other sites' pages, proxies, and how often.

Each test names the threat that it covers.
"""

import itertools
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import ValidationError

from app.server import create_app
from app.service.api_routes import api
from app.service.keys import KEY_BYTES, Keyring, new_key, read_key_file, read_keys
from app.service.middleware import access
from app.service.settings import Settings, what_is_wrong
from app.web.routes import pages
from http_support import (
    NobodyEstimator,
    assert_problem,
    client,
    picture,
    running,
    send,
    wait_ready,
)

SECRET, KEY = new_key("reception")
OTHER_SECRET, OTHER_KEY = new_key("ward-2")
KEYED = Settings(keys=(str(KEY), str(OTHER_KEY)), rate_limit="off")
PAGE = {"Accept": "text/html"}
BEARER = {"Authorization": f"Bearer {SECRET}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def keyed() -> Iterator[httpx.Client]:
    with running(create_app(NobodyEstimator(), KEYED)) as address, client(address) as http:
        wait_ready(address)
        yield http


@pytest.fixture(scope="module")
def loopback() -> Iterator[httpx.Client]:
    with running(create_app(NobodyEstimator(), Settings())) as address, client(address) as http:
        wait_ready(address)
        yield http


# Keys


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {SECRET[:-1]}"},
        {"Authorization": f"Bearer {KEY.digest.hex()}"},
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"Digest {SECRET}"},
        {"Authorization": SECRET},
        {"Authorization": b"Bearer \xff\xfe"},
        {"Authorization": "Basic ?"},
        {"Authorization": f"Basic {SECRET}"},
        basic(SECRET, ""),
        basic("reception", SECRET.lower()),
        {"Cookie": f"key={SECRET}"},
    ],
    ids=map(str, itertools.count()),  # not the keys: they are others in every process
)
def test_strangers_stay_outside(keyed: httpx.Client, headers: Any) -> None:
    """Threat: somebody on the network uses the service, or knows only the file of hashes."""
    answer = send(keyed, picture(), headers)
    if answer.status_code != 429:  # the wrong ones here are more than an address may send
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert keyed.post("/v1/measure?key=" + SECRET).status_code in (401, 429)


def test_every_address_needs_a_key_but_health_and_static_files(keyed: httpx.Client) -> None:
    """Threat: a door that was forgotten."""
    paths = {
        str(route.path) for one in (api, pages) for route in one.routes if hasattr(route, "path")
    }
    assert {"/", "/v1/measure", "/metrics"} < paths
    assert not [path for path in paths if "{" in path], "log and metrics name paths as they are"
    for path in sorted(paths | {"/openapi.json", "/nothing", "/static", "/healthz/", "//healthz"}):
        for method in ("GET", "POST", "OPTIONS", "BREW"):
            status = keyed.request(method, path).status_code
            assert (status == 401) == (path not in ("/healthz", "/readyz")), (method, path, status)
    assert keyed.get("/static/page.css").status_code == 200
    # A path that leads out of the public ones is not one of them.
    for path in ("/static/../metrics", "/static/%2e%2e/metrics", "/static/..%2fmetrics"):
        assert keyed.get(path).status_code in (401, 404), path


@pytest.mark.parametrize("headers", [BEARER, basic("anybody", SECRET), basic("", OTHER_SECRET)])
def test_a_key_opens(keyed: httpx.Client, headers: dict[str, str]) -> None:
    assert send(keyed, picture(), headers).status_code == 200
    assert keyed.get("/", headers=headers | PAGE).status_code == 200
    assert keyed.get("/metrics", headers=headers).status_code == 200


def test_people_are_asked_for_the_key_by_their_browser(keyed: httpx.Client) -> None:
    answer = keyed.get("/", headers=PAGE)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert "<h1>Unauthorized</h1>" in answer.text
    spanish = keyed.get("/", headers={**PAGE, "Accept-Language": "es"})
    assert "<h1>Sin autorización</h1>" in spanish.text


def test_wrong_keys_are_slowed_down_and_right_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Threats: keys are guessed; a guesser has a whole clinic's address locked out."""
    monkeypatch.setattr(access, "FAILURES", parse("3/minute"))
    with running(create_app(NobodyEstimator(), KEYED)) as address, client(address) as http:
        wrong = {"Authorization": "Bearer thomas_wrong"}
        statuses = [http.get("/metrics", headers=wrong).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        assert int(http.get("/metrics", headers=wrong).headers["retry-after"]) in range(1, 61)
        assert http.get("/metrics").status_code == 401
        assert http.get("/metrics", headers=BEARER).status_code == 200


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: how long an answer takes tells how much of a key is right."""
    compared: list[bytes] = []

    def compare(kept: bytes, sent: bytes) -> bool:
        compared.append(kept)
        return kept == sent

    monkeypatch.setattr("app.service.keys.hmac.compare_digest", compare)
    ring = Keyring([KEY, OTHER_KEY])
    for secret, name in ((SECRET, "reception"), (OTHER_SECRET, "ward-2"), ("x", None)):
        compared.clear()
        assert ring.owner(secret) == name
        assert compared == [KEY.digest, OTHER_KEY.digest]


def test_new_keys_cannot_be_guessed_and_are_not_kept() -> None:
    """Threats: weak keys; whoever reads the file of keys can use them."""
    made = [new_key("a") for _ in range(50)]
    assert len({secret for secret, _ in made}) == 50
    assert KEY_BYTES >= 14, "112 bits, from which on a plain hash will do"
    for secret, key in made:
        assert len(secret) >= KEY_BYTES * 4 / 3
        assert secret not in str(key)
        assert read_keys(str(key)) == (key,)
    for name in ("", "Erika Mustermann", "a:b", "ä", "x" * 41, "-a", "a\n"):
        with pytest.raises(ValueError, match="name is"):
            new_key(name)


@pytest.mark.parametrize(
    "text",
    [SECRET, f"{KEY},x", str(KEY).replace("sha256", "md5"), f"{KEY} {KEY}"],
    ids=map(str, itertools.count()),
)
def test_bad_keys_are_refused_without_being_repeated(text: str) -> None:
    """Threat: a secret that was put in place of its hash ends up in a message or log."""
    with pytest.raises(ValueError, match=r"not of the form|more than one") as raised:
        read_keys(text)
    assert SECRET not in str(raised.value)
    with pytest.raises(ValidationError) as refused:
        Settings(keys=text)  # type: ignore[arg-type]  # as the environment gives it
    assert SECRET not in what_is_wrong(refused.value)


def test_a_key_is_taken_away_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Threats: a lost key stays valid; a slip of the pen locks everybody out."""
    file = tmp_path / "keys.txt"
    file.write_text(f"# who\n{KEY}  # front desk\n\n{OTHER_KEY}\n", "utf-8")
    assert read_key_file(file) == (KEY, OTHER_KEY)
    ring = Keyring(file=file)
    assert (ring.owner(SECRET), ring.owner(OTHER_SECRET)) == ("reception", "ward-2")
    file.write_text(f"{OTHER_KEY}\n", "utf-8")
    assert (ring.owner(SECRET), ring.owner(OTHER_SECRET)) == (None, "ward-2")
    for broken in ("half a li", ""):
        file.write_text(broken, "utf-8")
        assert ring.owner(OTHER_SECRET) == "ward-2"
        assert bool(ring)
    file.unlink()
    assert ring.owner(OTHER_SECRET) == "ward-2"
    assert "cannot be used" in caplog.text


# Starting


@pytest.mark.parametrize(
    "reached",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "192.0.2.7"},
        {"trusted_proxies": ("127.0.0.1",)},
        {"allowed_hosts": ("thomas.clinic.example",)},
    ],
    ids=str,
)
def test_no_service_for_others_without_keys(reached: dict[str, Any]) -> None:
    """Threat: the service is put on a network, or behind a proxy, open to everybody."""
    with pytest.raises(ValueError, match="needs keys"):
        Settings(**reached)
    assert Settings(**reached, keys=(str(KEY),)).needs_keys
    assert not Settings(**reached, without_keys=True).needs_keys
    with pytest.raises(ValueError, match="one of them must go"):
        Settings(**reached, keys=(str(KEY),), without_keys=True)


def thomas(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_command_line_refuses_to_start_and_says_how_to_make_a_key(tmp_path: Path) -> None:
    """Threat: the service is put on a network without keys, from the command line."""
    refused = thomas("serve", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "thomas-test keys new NAME" in refused.stderr
    made = thomas("keys", "new", "reception")
    file = tmp_path / "keys.txt"
    file.write_text(made.stdout, "utf-8")
    secret = made.stderr.split()[-1]
    assert Keyring(file=file).owner(secret) == "reception"
    assert secret not in made.stdout
    unreadable = thomas("serve", "--keys-file", str(tmp_path / "none"), THOMAS_HOST="0.0.0.0")
    assert unreadable.returncode == 2
    assert "cannot be read" in unreadable.stderr
    assert thomas("keys", "new", "Erika Mustermann").returncode == 2


# How often


def test_a_loop_is_slowed_down_and_a_batch_is_not(loopback: httpx.Client) -> None:
    """Threats: a loop takes all of the service; a limit gets in the way of work."""
    for _ in range(200):
        assert send(loopback, b"").status_code == 422
    statuses = [loopback.get("/v1/norms").status_code for _ in range(450)]
    assert statuses[:390] == [200] * 390
    assert statuses[-1] == 429
    refused = loopback.get("/v1/norms")
    assert_problem(refused, 429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    for path in ("/healthz", "/readyz", "/static/page.css"):
        assert loopback.get(path).status_code == 200


def test_each_key_and_each_address_has_its_own_limit() -> None:
    """Threat: one client's loop shuts out the others."""
    limited = Settings(
        keys=(str(KEY), str(OTHER_KEY)), rate_limit="2/minute", trusted_proxies=("127.0.0.1",)
    )
    other = {"Authorization": f"Bearer {OTHER_SECRET}"}
    with running(create_app(NobodyEstimator(), limited)) as address, client(address) as http:

        def ask(headers: dict[str, str], *come_from: str) -> list[int]:
            forwarded = {"X-Forwarded-For": ", ".join(come_from)} if come_from else {}
            return [http.get("/v1/norms", headers=headers | forwarded).status_code for _ in "123"]

        assert ask(BEARER, "192.0.2.1") == [200, 200, 429]
        assert ask(BEARER, "192.0.2.2") == [429, 429, 429]
        assert ask(other, "192.0.2.1") == [200, 200, 429]
        assert ask({}, "192.0.2.1") == [401, 401, 429]
        assert ask({}, "192.0.2.2") == [401, 401, 429]
        # What a client writes itself stands left of what the proxy saw.
        assert ask({}, "192.0.2.77", "192.0.2.1") == [429, 429, 429]
        # One household has 2**64 addresses of IPv6.
        assert ask({}, "2001:db8::1") == [401, 401, 429]
        assert ask({}, "2001:db8::2") == [429, 429, 429]
        assert ask({}, "2001:db8:0:1::2") == [401, 401, 429]
        assert ask({}, "::ffff:192.0.2.1") == [429, 429, 429]
        assert ask({}, "unknown") == [401, 401, 429]


def test_callers_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: memory is filled by coming from ever new addresses."""
    monkeypatch.setattr(access, "MAX_CALLERS", 5)
    limited = Settings(keys=(str(KEY),), trusted_proxies=("127.0.0.1",))
    with running(create_app(NobodyEstimator(), limited)) as address, client(address) as http:
        storages: list[MemoryStorage] = []
        hit = MovingWindowRateLimiter.hit

        def watched(self: Any, *arguments: Any) -> bool:
            storages.append(self.storage)
            return hit(self, *arguments)

        monkeypatch.setattr(MovingWindowRateLimiter, "hit", watched)
        for number in range(20):
            http.get("/", headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert len(storages[0].events) <= 7


# Host names, proxies, other sites


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("LOCALHOST:1", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8000", False),
        ("evil.example@localhost", True),  # no name: what stands before @ is a user
        ("", False),
        ("[", False),
    ],
)
def test_only_its_own_names_are_answered_on_loopback(host: str, answered: bool) -> None:
    """Threat: DNS rebinding, by which another site's page becomes this service's own."""
    with running(create_app(NobodyEstimator())) as address, client(address) as http:
        own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        answer = http.post("/v1/score", headers=own, json={})
        if answered:
            assert answer.status_code == 422
        elif host:
            assert_problem(answer, 421, "misdirected_request")
        else:
            assert answer.status_code in (400, 421)
        assert http.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_what_browsers_are_told() -> None:
    """Threats: an opener's window, camera or place is used by a page that was slipped in."""
    behind = Settings(keys=(str(KEY),), trusted_proxies=("127.0.0.1",))
    for trusted in (True, False):
        app = create_app(NobodyEstimator(), behind if trusted else Settings())
        with running(app) as address, client(address) as http:
            headers = http.get("/", headers={"X-Forwarded-Proto": "https"}).headers
            assert headers.get("cross-origin-opener-policy") == ("same-origin" if trusted else None)
            allowed = dict(one.split("=") for one in headers["permissions-policy"].split(", "))
            assert allowed == {
                **dict.fromkeys(("accelerometer", "camera", "gyroscope"), "(self)"),
                **dict.fromkeys(("display-capture", "geolocation", "microphone"), "()"),
            }
            assert "strict-transport-security" not in headers, "the proxy's to send"


def test_names_elsewhere_are_the_ones_that_are_set() -> None:
    named = Settings(host="0.0.0.0", keys=(str(KEY),), allowed_hosts=("Thomas.example",))
    assert named.hosts == {"thomas.example", "127.0.0.1", "::1", "localhost"}
    assert Settings(host="0.0.0.0", keys=(str(KEY),)).hosts == frozenset()


def test_forwarded_headers_are_believed_of_trusted_proxies_only() -> None:
    """Threat: a client writes itself another address, so as to be counted as somebody else."""
    limited = Settings(rate_limit="2/minute")
    with running(create_app(NobodyEstimator(), limited)) as address, client(address) as http:
        statuses = [
            http.get("/v1/norms", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
            for number in range(4)
        ]
        assert statuses == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://thomas.example"}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "https://thomas.example"}, True),  # behind a proxy that passes the Host on
        ({"Origin": "https://elsewhere.example", "X-Forwarded-Host": "elsewhere.example"}, False),
    ],
    ids=str,
)
def test_a_password_that_the_browser_adds_opens_nothing_to_other_sites(
    headers: dict[str, str], allowed: bool
) -> None:
    """Threat: CSRF; a browser sends the Basic password whoever's page asks it to."""
    behind = Settings(
        keys=(str(KEY),), allowed_hosts=("thomas.example",), trusted_proxies=("127.0.0.1",)
    )
    proxied = {"Host": "thomas.example", "X-Forwarded-Proto": "https", **basic("a", SECRET)}
    with running(create_app(NobodyEstimator(), behind)) as address, client(address) as http:
        wait_ready(address)
        for path in ("/v1/measure", "/", "/v1/score", "/language", "/nothing"):
            answer = http.post(path, files={"file": ("a", picture())}, headers=proxied | headers)
            assert (answer.status_code != 403) == allowed, path
            if not allowed:
                assert_problem(answer, 403, "cross_origin")


def test_other_origins_are_let_in_by_name() -> None:
    """Threat: any site's page reads answers (CORS is off unless an origin is named)."""
    named = Settings(cors_origins=("https://records.example",), keys=(str(KEY),))
    friend, stranger = {"Origin": "https://records.example"}, {"Origin": "https://evil.example"}
    wish = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    with running(create_app(NobodyEstimator(), named)) as address, client(address) as http:
        wait_ready(address)
        asked = http.options("/v1/measure", headers=friend | wish)
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == "https://records.example"
        answer = send(http, picture(), {**friend, "Sec-Fetch-Site": "cross-site", **BEARER})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://records.example"
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers
        refused = send(http, picture(), friend)
        assert refused.status_code == 401, "a page may read what is wrong"
        assert refused.headers["access-control-allow-origin"] == "https://records.example"
        assert http.options("/v1/measure", headers=stranger | wish).status_code == 400
        assert_problem(send(http, picture(), stranger | BEARER), 403, "cross_origin")
        assert "access-control-allow-origin" not in send(http, picture(), stranger).headers


def test_served_under_a_prefix() -> None:
    """Threat: a prefix gets around the list of public addresses, or around the size limits."""
    settings = Settings(keys=(str(KEY),), max_upload_mb=0.1)
    app = create_app(NobodyEstimator(), settings)
    with running(app, root_path="/thomas") as address, client(address) as http:
        assert http.get("/healthz").status_code == 200
        assert http.get("/static/page.css").status_code == 200
        assert http.get("/metrics").status_code == 401
        answer = http.get("/v1/measure", headers=PAGE)
        assert answer.headers["www-authenticate"] == access.FOR_PROGRAMS
        page = http.get("/", headers=PAGE | BEARER)
        assert page.status_code == 200
        assert not re.search(r'(?:href|src|action)="/', page.text)
        document = http.get("/openapi.json", headers=BEARER).json()
        assert {"url": "/thomas"} in document["servers"]
        photos = {"left": ("a", bytes(90_000)), "right": ("b", bytes(90_000))}
        sent = http.post("/v1/examinations", files=photos, headers=BEARER)
        assert sent.json()["code"] == "not_an_image", "two photos are not too large for this"
