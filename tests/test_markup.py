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
from http_support import SAMPLES, client, refused_sample, running, sample, wait_ready

CONFIG = Path(__file__).parents[1] / ".ci" / "page" / "htmlvalidate.json"
BOTH = ("left-near-1.jpg", "right-near-1.jpg")
ANSWERED = {"lower_back_flat": "yes", "hip_pain": "no", "knee_pain": "no", "rotation": "none"}
REPORT = re.compile(r'href="data:text/html;charset=utf-8;base64,([^"]+)"')
HURTS = {"hip_pain": "yes"}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with running(create_app()) as address:
        wait_ready(address)
        with client(address) as one:
            one.headers["Accept"] = "text/html"
            yield one


def posted(http: httpx.Client, files: Mapping[str, Path], path: str = "/", **data: str) -> str:
    sent = {name: (path.name, path.read_bytes()) for name, path in files.items()}
    return http.post(path, files=sent, data=data).text


def every_page(http: httpx.Client) -> Iterator[tuple[str, str]]:
    """Every page that the service shows, in the language that the client asks for."""
    yield "form", http.get("/").text
    yield "clients", http.get("/clients").text
    yield "help", http.get("/help").text
    yield "clients", http.get("/clients").text
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


@pytest.mark.skipif(shutil.which("html-validate") is None, reason="html-validate is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_valid(http: httpx.Client, language: str, tmp_path: Path) -> None:
    http.headers["Accept-Language"] = language
    for name, html in every_page(http):
        assert f'lang="{"en" if name == "api" else language}"' in html
        (tmp_path / f"{name}.html").write_text(html, "utf-8")
        for report in REPORT.findall(html):
            (tmp_path / f"{name}-report.html").write_bytes(base64.b64decode(report))
    told = tmp_path / "told.json"  # through a pipe, its end would be lost
    command = ["html-validate", "--config", str(CONFIG), "--formatter", f"json={told}"]
    run = subprocess.run(
        [*command, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert told.exists(), run.stderr
    found = {
        (Path(page["filePath"]).stem, one["ruleId"], one["message"], one["line"])
        for page in json.loads(told.read_text("utf-8"))
        for one in page["messages"]
    }
    assert found == set(), "\n".join(map(str, sorted(found)))
    assert run.returncode == 0, run.stderr
