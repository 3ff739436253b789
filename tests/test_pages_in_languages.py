"""The pages in another language: rendered in it, with nothing left in English."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from babel.messages.pofile import read_po

from app.reports.pictures import pictures_of
from app.results.convert import flag_out, measurement_out
from app.results.examination import examination_out
from app.results.rescore import score
from app.results.rescore_input import ScoreIn
from app.results.schemas import FlagOut
from app.service.errors import REQUEST_PROBLEMS, AtField, RequestProblem
from app.service.problems import describe
from app.web.form import PLACES, trouble_of
from app.web.i18n.catalogue import LANGUAGES, LOCALES, SOURCE, catalogue
from app.web.pages import form_page, help_page, problem_page
from app.web.result_page import result_page
from app.web.svg_overlay import shown
from http_support import client, picture
from stick_figure import StickFigure, measure_figure
from test_examination import LEFT, RIGHT, examined, repeated
from vision.criteria import RULE_SETS
from vision.errors import ThomasTestError, all_errors
from vision.flags import FLAG_KINDS, Flag
from vision.observations import QUESTIONS, observations
from vision.sentences import Sentence

EXAMPLE: Final = json.loads(
    (Path(__file__).parents[1] / "app/service/example.json").read_text("utf-8")
)
ANGLES: Final = {"thigh_deg": 4.5, "knee_flexion_deg": 77.5, "uncertainty_deg": 5}
OTHERS: Final = [code for code in LANGUAGES if code != SOURCE]
READ_OUT: Final = ("alt", "title", "aria-label", "placeholder")
VOID: Final = ("br", "hr", "img", "input", "link", "meta")
FOREIGN: Final = re.compile(
    r"\b(?:thomas-test|SHA-256|pose_landmarker_\w+|nobody|fake|stick figure|[\w-]+\.jpg|guide"
    r"|none|kendall|magee|ferber-2010|execp-2021|TOML|JSON|photo-\d|left|right|true|false"
    r"|Authorization: Bearer|allowed_hosts|multipart/form-data|file|Accept"
    r"|application/json|image/\w+|GET|POST|docs)\b"
)
"""Names and what programs read, written as in English in every language."""


class Texts(HTMLParser):
    """Texts of a page that people read or hear; not what is under ``translate="no"``."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[bool] = []
        self.script: list[str] = []
        self.data: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        quiet = tag in ("code", "pre", "textarea", "style", "script") or "translate" in given
        if tag not in VOID:
            self.silent.append(quiet or any(self.silent))
        self.script.append(tag)
        if not any(self.silent):
            said = (
                value
                for name, value in given.items()
                if name in READ_OUT or (name == "data-title") or name in STATUS
            )
            self.found += [one for one in said if one]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if self.script and self.script[-1] == "script" and data.startswith("{"):
            self.data.append(data)
        if not any(self.silent) and data.strip():
            self.found.append(" ".join(data.split()))

    @property
    def texts(self) -> Iterator[str]:
        """Every text, those for scripts at the end."""
        yield from self.found
        for data in self.data:
            read = json.loads(data)
            if "columns" in read:  # of the squad's file: names that programs read
                del read["columns"]
                yield from leaves(read)
                continue
            if "editor" not in read:
                yield from (text for text in read.values() if isinstance(text, str))
                continue
            yield from read["editor"]["texts"].values()
            yield from read["editor"]["words"].values()
            yield read["files"]["notes"]
            yield from Texts(read["files"]["report"]).texts
            given = (leg["correction"] for leg in read["legs"].values() if leg["correction"])
            for leg in given:
                yield from (text for words in leg["overall"].values() for text in words.values())


def leaves(found: Any) -> Iterator[str]:
    """Every text somewhere in nested objects."""
    if isinstance(found, str):
        yield found
    else:
        for one in found.values():
            yield from leaves(one)


STATUS: Final = tuple(
    f"data-{name}"
    for name in (
        *("none", "slow", "full", "kind", "large", "placed", "removed", "preview", "left", "right"),
        *("sending", "reading", "ready", "stopped", "same-leg", "no-answer", "again", "swap"),
        *("copied", "failed", "saved", "not"),
    )
)
"""Attributes in which scripts find what they say."""


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(r"\{\w+\}", " ", text).lower()))


@cache
def english(language: str) -> set[str]:
    """Words of the English messages that no translated one has: none may be left over."""
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        found = [(str(one.id), str(one.string)) for one in read_po(file, locale=language) if one.id]
    return words(" ".join(source for source, _ in found)) - words(
        " ".join(target for _, target in found)
    )


def left_over(page: str, language: str) -> list[str]:
    """The texts of a page in which English is left."""
    assert f'<html lang="{language}">' in page
    texts = (FOREIGN.sub(" ", text) for text in Texts(page).texts)
    return [text for text in texts if words(text) & english(language)]


# --- every page ------------------------------------------------------------------------------


def test_what_is_left_over_is_found() -> None:
    page = (
        '<html lang="es"><p>The thigh</p><img alt="the knee"><code>the hip</code>'
        '<p translate="no">the foot</p><p>El muslo</p><script type="application/json">'
        '{"editor": {"texts": {"a": "the ankle"}, "words": {}, "b": "the shank"},'
        ' "legs": {"left": {"correction": {"overall": {"final": {"c": "the rule"}}}},'
        ' "right": {"correction": null}},'
        ' "files": {"notes": "the level", "report": "<p>The head</p>"}}</script></html>'
    )
    found = ["The thigh", "the knee", "the ankle", "the level", "The head", "the rule"]
    assert left_over(page, "es") == found


def every_answer() -> Iterator[dict[str, str]]:
    yield {}
    for question in QUESTIONS:
        yield from ({question.name: answer} for answer in question.answers)


@pytest.mark.parametrize("language", OTHERS)
def test_results(language: str) -> None:
    for rules in RULE_SETS.values():
        for answers in every_answer():
            wanted = ScoreIn.model_validate({"angles": ANGLES, "observations": answers})
            out = score(wanted, rules)
            for compact in (False, True):
                page = result_page(out, rules, language=language, compact=compact)
                assert left_over(page, language) == []


@pytest.mark.parametrize("language", OTHERS)
def test_results_with_every_flag(language: str) -> None:
    rules = RULE_SETS["guide"]
    figure = measure_figure(StickFigure(thigh_deg=12, knee_deg=60))
    made = measurement_out(figure)
    for compact, kind in product((False, True), FLAG_KINDS.values()):
        flag = flag_out(Flag(kind))
        for one in (flag, FlagOut.model_validate_json(flag.model_dump_json())):
            out = made.model_copy(update={"flags": (one,), "measurable": not kind.blocking})
            page = result_page(
                out,
                rules,
                shown={"photo": shown(figure)},
                again={"leg": "left"},
                language=language,
                compact=compact,
            )
            assert left_over(page, language) == [], kind.code
            assert catalogue(language).say(flag.text) in page.replace("&#39;", "'")


@pytest.mark.parametrize("language", OTHERS)
def test_errors(language: str) -> None:
    rules = RULE_SETS.values()
    errors: list[ThomasTestError | RequestProblem] = [kind() for kind in REQUEST_PROBLEMS]
    errors += [kind(Sentence("The notes must be text.")) for kind in all_errors()]
    # What was sent, and where, changes other sentences than the error does.
    sent: list[dict[str, str]] = [{}, {"file": "a.jpg"}, {"left": "a.jpg", "right": "b.jpg"}]
    forms: list[tuple[str, Any, dict[str, str]]] = [("file", error, {}) for error in errors]
    forms += [(one, errors[0], it) for one in ("file", "previous", PLACES[1].name) for it in sent]
    for error in errors:
        assert left_over(problem_page(describe(error), language), language) == []
    for field, error, entered in forms:
        trouble = trouble_of(AtField(field, error))
        page = form_page(rules, language, max_upload_mb=2.5, entered=entered, trouble=trouble)
        assert left_over(page, language) == []


def examinations() -> Iterator[tuple[Any, Any]]:
    said = observations({one.name: one.answers[-1] for one in QUESTIONS} | {"hold_s": "30"})
    before = examination_out(examined(rules="kendall"), subject="A")
    for made in (
        examined(LEFT, RIGHT, observed=said),
        examined(replace(LEFT, thigh_deg=20), None, left_retest=replace(LEFT, knee_deg=10)),
        repeated(LEFT, replace(LEFT, thigh_deg=-14)),
        examined(LEFT, None),
    ):
        yield made, examination_out(made, previous=before)


@pytest.mark.parametrize("language", OTHERS)
def test_examinations(language: str) -> None:
    for compact, (made, out) in product((False, True), examinations()):
        page = result_page(
            out,
            made.rules,
            shown={leg.side: shown(leg.measurement) for leg in made.legs},
            pictures={} if compact else pictures_of(made),
            language=language,
            compact=compact,
        )
        assert left_over(page, language) == []
        assert not re.search(r"\d\.\d+°", page)


@pytest.mark.parametrize("language", OTHERS)
def test_help(language: str) -> None:
    assert left_over(help_page(language), language) == []


# --- the service ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def http(nobody: str) -> Iterator[httpx.Client]:
    with client(nobody) as one:
        yield one


def moved() -> dict[str, Any]:
    points = {
        name: {"x_px": one["x_px"], "y_px": one["y_px"]} for name, one in EXAMPLE["points"].items()
    }
    points["knee"]["y_px"] += 30
    change = {"points": points, "observations": {"hip_pain": "yes"}}
    return {"result": EXAMPLE, "changes": {"photo": change}}


def pages_in(http: httpx.Client, language: str) -> dict[str, httpx.Response]:
    headers = {"Accept-Language": language}
    one = ("x.jpg", picture())
    both = {"left": ("l.jpg", picture()), "right": ("r.jpg", picture())}
    return {
        "start": http.get("/", headers=headers),
        "squad": http.get("/squad", headers=headers),
        "refused": http.post("/", files={"file": one}, headers=headers),
        "wrong": http.post("/", files={"file": ("x.jpg", b"")}, headers=headers),
        "refused, fetched": http.post("/fetched", files={"file": one}, headers=headers),
        "adjusted": http.post("/adjusted", json=moved(), headers=headers),
        "examination": http.post("/", files=both, headers=headers),
        "examination, fetched": http.post("/fetched", files=both, headers=headers),
    }


@pytest.fixture(scope="module")
def english_pages(http: httpx.Client) -> dict[str, httpx.Response]:
    return pages_in(http, SOURCE)


@pytest.mark.parametrize("language", OTHERS)
def test_no_page_has_english_left(
    http: httpx.Client, english_pages: dict[str, httpx.Response], language: str
) -> None:
    for name, page in pages_in(http, language).items():
        assert page.headers["content-language"] == language
        assert left_over(page.text, language) == [], name
        assert page.text.count("<") == english_pages[name].text.count("<"), name
        assert left_over(english_pages[name].text.replace('"en"', f'"{language}"', 1), language)


@pytest.mark.parametrize("language", OTHERS)
def test_numbers_are_written_the_local_way(http: httpx.Client, language: str) -> None:
    page = http.post("/adjusted", json=moved(), headers={"Accept-Language": language}).text
    value = f"{EXAMPLE['knee_flexion_deg']['value']:.1f}"
    read = " ".join(Texts(page).found)
    assert f"{value.replace('.', ',')}°" in read
    assert not re.search(r"\d\.\d+°", read)


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", "es"),
        ("de-CH,de;q=0.9,en;q=0.5", "de"),
        ("fr-BE", "fr"),
        ("nl-BE", "nl"),
        ("pt-PT,pt;q=0.9", "pt"),
        ("en-GB,es;q=0.3", "en"),
        ("it", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_which(http: httpx.Client, accept: str, language: str) -> None:
    page = http.get("/", headers={"Accept-Language": accept})
    assert page.headers["content-language"] == language
    assert "Cookie" in page.headers["vary"]


@pytest.mark.parametrize("language", OTHERS)
def test_the_switch_outlasts_the_browser(http: httpx.Client, language: str) -> None:
    assert http.get("/", headers={"Accept-Language": "en"}).headers["content-language"] == "en"
    with httpx.Client(base_url=http.base_url, trust_env=False) as own:
        answer = own.post("/language", data={"language": language})
    assert answer.status_code == 303
    assert answer.headers["location"] == "./"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    with httpx.Client(
        base_url=http.base_url, trust_env=False, cookies={"language": language}
    ) as one:
        page = one.get("/", headers={"Accept-Language": "en"})
    assert page.headers["content-language"] == language
    for name in LANGUAGES.values():
        assert name in page.text


@pytest.mark.parametrize("wanted", ["", "xx", "../es", "es\r\nSet-Cookie: a=b"])
def test_a_language_that_does_not_exist(http: httpx.Client, wanted: str) -> None:
    answer = http.post("/language", data={"language": wanted})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Nicht gefunden"),
        ("en", "Not found"),
        ("es", "No encontrado"),
        ("fr", "Introuvable"),
        ("nl", "Niet gevonden"),
        ("pt", "Não encontrado"),
    ],
)
def test_a_person_gets_a_page_where_a_program_gets_json(
    http: httpx.Client, language: str, title: str
) -> None:
    page = http.get("/nowhere", headers={**BROWSER, "Accept-Language": language})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert f"<h1>{title}</h1>" in page.text
    if language != SOURCE:
        assert left_over(page.text, language) == []
    for program in (http.get("/nowhere"), http.get("/v1/nowhere", headers=BROWSER)):
        assert program.headers["content-type"] == "application/problem+json"
    wrong = http.put("/", headers=BROWSER)
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["allow"]
    assert "<h1>" in wrong.text


def test_the_description_of_the_api_stays_english(http: httpx.Client) -> None:
    page = http.get("/docs", headers={"Accept-Language": "es"})
    assert '<html lang="en">' in page.text
