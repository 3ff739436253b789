"""Every page is valid HTML in every language; html-validate says so where it is installed.

It is installed as CONTRIBUTING.md describes; ``.ci/run`` always does.
"""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from app.server import create_app
from app.web.i18n.catalogue import LANGUAGES
from app.web.routes import FETCHED
from http_support import (
    SAMPLES,
    Remembering,
    client,
    refused_sample,
    running,
    sample,
    wait_ready,
)
from vision.backends.mediapipe import MediaPipeEstimator

CONFIG = Path(__file__).parents[1] / ".ci" / "page" / "htmlvalidate.json"
BOTH = ("left-near-1.jpg", "right-near-1.jpg")
ANSWERED = {"lower_back_flat": "yes", "hip_pain": "no", "knee_pain": "no", "rotation": "none"}
REPORT = re.compile(r'href="data:text/html;charset=utf-8;base64,([^"]+)"')
HURTS = {"hip_pain": "yes"}
Fault = tuple[str, str, str, int]
"""Page, rule, message, line."""


def posted(http: httpx.Client, files: Mapping[str, Path], path: str = "/", **data: str) -> str:
    sent = {name: (path.name, path.read_bytes()) for name, path in files.items()}
    return http.post(path, files=sent, data=data).text


def every_page(http: httpx.Client) -> Iterator[tuple[str, str]]:
    """Every page that the service shows, in the language that the client asks for."""
    yield "form", http.get("/").text
    yield "clients", http.get("/clients").text
    yield "help", http.get("/help").text
    yield "squad", http.get("/squad").text
    yield "api", http.get("/docs").text
    yield "problem", http.get("/nothing").text
    yield "form-error", posted(http, {"file": CONFIG}, notes="kept")
    yield "form-empty", http.post("/", data={"photos": "several"}).text
    for verdict in ("pass", "fail", "borderline"):
        yield verdict, posted(http, {"file": sample(verdict)})
    yield "answered", posted(http, {"file": sample("fail")}, **ANSWERED)
    yield "pain", posted(http, {"file": sample("fail")}, **HURTS)
    yield "refused", posted(http, {"file": refused_sample()})
    yield "turn", posted(http, {"file": sample("fail")}, turn="180")
    left, right = (SAMPLES / name for name in BOTH)
    yield "examination", posted(http, {"left": left, "right": right}, subject="A", session="B")
    yield "fetched", posted(http, {"file": sample("fail")}, FETCHED)
    yield "fetched-refused", posted(http, {"file": refused_sample()}, FETCHED)
    yield "fetched-both", posted(http, {"left": left, "right": right}, FETCHED)
    yield "one-leg", posted(http, {"left": left}, notes="n")
    yield "half", posted(http, {"left": left, "right": refused_sample()})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every page and report, in a folder for each language; photos are looked at only once."""
    folder = tmp_path_factory.mktemp("pages")
    with (
        MediaPipeEstimator() as estimator,
        running(create_app(Remembering(estimator))) as address,
        client(address) as http,
    ):
        wait_ready(address)
        for language in LANGUAGES:
            http.headers.update({"Accept": "text/html", "Accept-Language": language})
            write_pages(http, folder / language)
    return folder


def write_pages(http: httpx.Client, folder: Path) -> None:
    folder.mkdir()
    for name, html in every_page(http):
        (folder / f"{name}.html").write_text(html, "utf-8")
        for report in REPORT.findall(html):
            (folder / f"{name}-report.html").write_bytes(base64.b64decode(report))


@pytest.fixture(scope="module")
def faults(written: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[Fault]]:
    """What html-validate found, by language: one run for all of them."""
    told = tmp_path_factory.mktemp("told") / "told.json"  # through a pipe, its end would be lost
    command = ["html-validate", "--config", str(CONFIG), "--formatter", f"json={told}"]
    run = subprocess.run(
        [*command, str(written)], capture_output=True, text=True, check=False, timeout=300
    )
    assert told.exists(), run.stderr
    found: dict[str, set[Fault]] = {language: set() for language in LANGUAGES}
    for page in json.loads(told.read_text("utf-8")):
        path = Path(page["filePath"])
        found[path.parent.name] |= {
            (path.stem, one["ruleId"], one["message"], one["line"]) for one in page["messages"]
        }
    assert run.returncode == 0 or any(found.values()), run.stderr
    return found


@pytest.mark.skipif(shutil.which("html-validate") is None, reason="html-validate is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_valid(written: Path, faults: dict[str, set[Fault]], language: str) -> None:
    pages = {path.stem: path for path in (written / language).glob("*.html")}
    assert {"form", "fail-report", "half"} <= set(pages)
    for name, path in pages.items():
        spoken = "en" if name == "api" else language
        assert f'lang="{spoken}"' in path.read_text("utf-8"), name
    assert faults[language] == set(), "\n".join(map(str, sorted(faults[language])))
