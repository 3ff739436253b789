"""The pages in another language: structure kept, nothing left in English."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server import create_app
from app.web.i18n.catalogue import LANGUAGES, Catalogue, catalogue
from app.web.i18n.spoken import spoken, texts_of
from http_support import NobodyEstimator, client, picture, running

EXAMPLE = json.loads((Path(__file__).parents[1] / "app/service/example.json").read_text("utf-8"))
TINY = Catalogue("es", {"Hip": "Cadera", "a & b": "b & a", "The {joint} hurts.": "Duele: {joint}."})


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with running(create_app(NobodyEstimator())) as address, client(address) as one:
        yield one


# --- a page ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>Hip</p>", "<p>Cadera</p>"),
        ("<p>\n  Hip\n</p>", "<p>\n  Cadera\n</p>"),
        ("<p>a &amp; b</p>", "<p>b &amp; a</p>"),
        ('<img alt="Hip" src="Hip">', '<img alt="Cadera" src="Hip">'),
        ("<code>Hip</code><p>Hip</p>", "<code>Hip</code><p>Cadera</p>"),
        ('<p translate="no">Hip <b>Hip</b></p>Hip', '<p translate="no">Hip <b>Hip</b></p>Cadera'),
        ('<p translate="no">Hip<br>Hip</p>Hip', '<p translate="no">Hip<br>Hip</p>Cadera'),
        ("<textarea>Hip</textarea>", "<textarea>Hip</textarea>"),
        ("<style>Hip{}</style><!-- Hip -->", "<style>Hip{}</style><!-- Hip -->"),
        ('<html lang="en">', '<html lang="es">'),
        ("<p>The Hip hurts.</p>", "<p>Duele: Cadera.</p>"),
        ("<p>unknown 1.5</p>", "<p>unknown 1,5</p>"),
    ],
)
def test_texts_are_translated_and_nothing_else(page: str, expected: str) -> None:
    assert spoken(page, TINY) == expected
    assert spoken(page, catalogue("en")) == page


def test_data_of_scripts_only_where_it_is_text() -> None:
    page = '<script type="application/json" id="x">{"texts": {"a": "Hip"}, "b": "Hip"}</script>'
    out = spoken(page, TINY)
    data = json.loads(out.partition(">")[2].partition("<")[0])
    assert data == {"texts": {"a": "Cadera"}, "b": "Hip"}


@given(st.text(alphabet="<>&;\"'= aHip/\n", max_size=60))
def test_no_text_breaks_it_or_grows_a_tag(text: str) -> None:
    safe = text.replace("<", "&lt;")
    assert "<" not in spoken(safe, TINY)
    spoken(text, TINY)


# --- the service ---------------------------------------------------------------------------------


def moved() -> dict[str, Any]:
    points = {
        name: {"x_px": one["x_px"], "y_px": one["y_px"]} for name, one in EXAMPLE["points"].items()
    }
    points["knee"]["y_px"] += 30
    return {"measurement": EXAMPLE, "points": points, "observations": {"hip_pain": "yes"}}


def pages_in(http: httpx.Client, language: str) -> dict[str, httpx.Response]:
    headers = {"Accept-Language": language}
    both = {"left": ("l.jpg", picture()), "right": ("r.jpg", picture())}
    return {
        "start": http.get("/", headers=headers),
        "refused": http.post("/", files={"file": ("x.jpg", picture())}, headers=headers),
        "wrong": http.post("/", files={"file": ("x.jpg", b"")}, headers=headers),
        "adjusted": http.post("/adjusted", json=moved(), headers=headers),
        "examination": http.post("/", files=both, headers=headers),
    }


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_page_has_english_left(http: httpx.Client, language: str) -> None:
    known = catalogue(language)
    translated = pages_in(http, language)
    for name, english in pages_in(http, "en").items():
        page = translated[name]
        assert page.headers["content-language"] == language
        assert f'<html lang="{language}">' in page.text
        left = [
            text
            for text in texts_of(english.text)
            if known.say(text) == known.number(text) and text not in known.messages
        ]
        assert [text for text in left if "x.jpg" not in text] == [], name


def test_numbers_are_written_the_local_way(http: httpx.Client) -> None:
    page = pages_in(http, "es")["adjusted"].text
    value = f"{EXAMPLE['knee_flexion_deg']['value']:.1f}"
    assert "°" in page
    assert value not in page.partition("<script")[0].partition("Conservar")[0]


@pytest.mark.parametrize(
    ("accept", "language"),
    [("es-MX,es;q=0.9,en;q=0.5", "es"), ("en-GB,es;q=0.3", "en"), ("fr", "en"), ("", "en")],
)
def test_the_browser_says_which(http: httpx.Client, accept: str, language: str) -> None:
    page = http.get("/", headers={"Accept-Language": accept})
    assert page.headers["content-language"] == language
    assert "Cookie" in page.headers["vary"]


def test_the_switch_outlasts_the_browser(http: httpx.Client) -> None:
    assert http.get("/", headers={"Accept-Language": "en"}).headers["content-language"] == "en"
    with httpx.Client(base_url=http.base_url, trust_env=False) as own:
        answer = own.post("/language", data={"language": "es"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "./"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    with httpx.Client(base_url=http.base_url, trust_env=False, cookies={"language": "es"}) as one:
        page = one.get("/", headers={"Accept-Language": "en"})
    assert page.headers["content-language"] == "es"
    for name in LANGUAGES.values():
        assert name in page.text


@pytest.mark.parametrize("wanted", ["", "xx", "../es", "es\r\nSet-Cookie: a=b"])
def test_a_language_that_does_not_exist(http: httpx.Client, wanted: str) -> None:
    answer = http.post("/language", data={"language": wanted})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(("language", "title"), [("en", "Not found"), ("es", "No encontrado")])
def test_a_person_gets_a_page_where_a_program_gets_json(
    http: httpx.Client, language: str, title: str
) -> None:
    page = http.get("/nowhere", headers={**BROWSER, "Accept-Language": language})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert f"<h1>{title}</h1>" in page.text
    if language != "en":
        known = catalogue(language)
        english = http.get("/nowhere", headers=BROWSER).text
        left = [one for one in texts_of(english) if known.say(one) == known.number(one)]
        assert [one for one in left if one not in known.messages] == []
    for program in (http.get("/nowhere"), http.get("/v1/nowhere", headers=BROWSER)):
        assert program.headers["content-type"] == "application/problem+json"
    wrong = http.put("/", headers=BROWSER)
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["allow"]
    assert "<h1>" in wrong.text


def test_the_description_of_the_api_stays_english(http: httpx.Client) -> None:
    page = http.get("/docs", headers={"Accept-Language": "es"})
    assert '<html lang="en">' in page.text
