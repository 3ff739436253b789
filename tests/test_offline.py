"""The pages as an app: installed, opened without a connection, renewed, and keeping nothing of anybody."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server import create_app
from app.service.settings import Settings
from app.web import routes
from app.web.offline import PAGES, manifest, worker
from app.web.static_files import FOLDER, static_base
from browser_support import assert_accessible, chromium, watched
from clients_support import NAME, add_client, create_list, unlock
from http_support import NobodyEstimator, client, picture, running, until, wait_ready

INSTALLED = """() => navigator.serviceWorker.ready.then((one) => new Promise((done) => {
  const look = () => one.active?.state === "activated" && done(one.active.scriptURL);
  one.active?.addEventListener("statechange", look);
  look();
}))"""
CACHES = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    const kept = {};
    for (const request of await cache.keys())
      kept[request.url] = await (await cache.match(request, { ignoreVary: true })).text();
    found[name] = kept;
  }
  return found;
}"""


class Prefixed:
    """An application as a proxy serves it under a prefix."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].removeprefix(self._prefix)
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with running(create_app(NobodyEstimator())) as address, client(address) as one:
        yield one


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with chromium(playwright, "--host-resolver-rules=MAP clinic.test 127.0.0.1") as one:
        yield one


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(viewport={"width": 360, "height": 640})
    yield one
    one.close()


def installed(page: Page, address: str) -> str:
    """Open the start page and wait for its worker; return the worker's address."""
    page.goto(f"{address}/")
    script: str = page.evaluate(INSTALLED)
    return script


def test_the_manifest_describes_an_app_with_relative_addresses(http: httpx.Client) -> None:
    answer = http.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    assert answer.headers["cache-control"] == "no-cache"
    found = answer.json()
    assert found == manifest("en")
    assert (found["start_url"], found["scope"], found["display"]) == ("./", "./", "standalone")
    kinds = set()
    for icon in found["icons"]:
        assert not icon["src"].startswith("/")
        with Image.open(io.BytesIO(http.get(f"/{icon['src']}").content)) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
        kinds.add((icon["sizes"], icon["purpose"]))
    assert kinds == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    spanish = http.get("/manifest.webmanifest", headers={"Accept-Language": "es"}).json()
    assert spanish["lang"] == "es"
    assert spanish["description"] != found["description"]


def test_the_worker_lists_every_static_file_and_the_empty_pages(http: httpx.Client) -> None:
    answer = http.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == worker()
    first, _, script = answer.text.partition("\n")
    shell = json.loads(first.removeprefix("self.SHELL = ").removesuffix(";"))
    assert script == (FOLDER / "offline" / "worker.js").read_text("utf-8")
    paths = {one.relative_to(FOLDER).as_posix() for one in FOLDER.rglob("*") if one.is_file()}
    assert {one.removeprefix(static_base()) for one in shell["files"]} == paths
    for path in (*shell["files"], *shell["pages"]):
        assert not PurePosixPath(path).is_absolute()
        assert http.get(f"/{path}").status_code == 200
    assert set(shell["pages"]) == set(PAGES)


def test_what_works_without_the_service(context: BrowserContext) -> None:
    page = context.new_page()
    with running(create_app(NobodyEstimator())) as address:
        installed(page, address)
        expect(page.locator("[data-offline]")).to_be_hidden()
        create_list(page, address)
        add_client(page)
        page.goto(f"{address}/")
        expect(page.locator("#file")).to_be_attached()
        expect(page.locator("[data-offline]")).to_be_hidden()
    # The service is gone.
    page.reload()
    notice = page.locator("[data-offline]")
    expect(notice).to_contain_text("The service cannot be reached.")
    expect(notice).to_be_visible()
    assert_accessible(page)
    notice.get_by_role("link", name="Clients").click()
    unlock(page)
    expect(page.locator(".name")).to_have_text(f"{NAME} 0 results")
    page.get_by_role("link", name="Help").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_notice_follows_the_connection(context: BrowserContext) -> None:
    page = context.new_page()
    with running(create_app(NobodyEstimator())) as address:
        installed(page, address)
        context.set_offline(True)
        expect(page.locator("[data-offline]")).to_be_visible()
        context.set_offline(False)
        expect(page.locator("[data-offline]")).to_be_hidden()


def test_nothing_of_anybody_is_kept(context: BrowserContext) -> None:
    page = context.new_page()
    with running(create_app(NobodyEstimator())) as address:
        wait_ready(address)
        installed(page, address)
        page.reload()  # now through the worker
        page.get_by_text("Person, rule, camera tilt, notes").click()
        page.locator("#subject").fill(NAME)
        page.locator("#file").set_input_files(
            {"name": f"{NAME}.jpg", "mimeType": "image/jpeg", "buffer": picture(640, 480)}
        )
        page.locator("#send").click()
        page.wait_for_selector("#result-data", state="attached")
        assert NAME in page.content()
        for path in ("docs", "openapi.json", "healthz", "nothing"):
            page.evaluate("(path) => fetch(path).then((one) => one.text())", path)
        page.goto(f"{address}/docs")
        ((name, kept),) = page.evaluate(CACHES).items()
    assert name.startswith("thomas-test ")
    paths = {url.removeprefix(f"{address}/") for url in kept}
    wanted = {"" if one == "./" else one for one in PAGES}
    assert {one for one in paths if not one.startswith("static/")} == wanted
    for text in kept.values():
        assert NAME not in text
        assert 'id="result-data"' not in text


def test_the_language_chosen_last_is_kept(context: BrowserContext) -> None:
    page = context.new_page()
    with running(create_app(NobodyEstimator())) as address:
        installed(page, address)
        page.get_by_role("button", name="Español").click()
        expect(page.locator("html")).to_have_attribute("lang", "es")
        kept = "() => caches.match('./', { ignoreVary: true }).then((one) => one.text())"
        until(lambda: 'lang="es"' in page.evaluate(kept))
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("[data-offline]")).to_be_visible()


def renewed(page: Page) -> bool:
    names: list[str] = page.evaluate("() => caches.keys()")
    return len(names) == 1 and names[0].endswith(" newer")


def test_a_new_version_replaces_what_was_kept(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = context.new_page()
    with running(create_app(NobodyEstimator())) as address:
        installed(page, address)
        (before,) = page.evaluate("() => caches.keys()")
        newer = re.sub(r'"version": "\w+"', '"version": "newer"', worker())
        monkeypatch.setattr(routes, "worker", lambda: newer)
        page.evaluate("() => navigator.serviceWorker.ready.then((one) => one.update())")
        until(lambda: renewed(page))
        assert page.evaluate("() => caches.keys()") != [before]
        assert len(page.evaluate(CACHES).popitem()[1]) > len(PAGES)


def test_under_a_prefix(context: BrowserContext) -> None:
    page = context.new_page()
    app: Any = Prefixed(create_app(NobodyEstimator()), "/clinic")
    with running(app) as address:
        script = installed(page, f"{address}/clinic")
        assert script == f"{address}/clinic/sw.js"
        ((name, kept),) = page.evaluate(CACHES).items()
        assert f"{address}/clinic/ " in name
        assert all(url.startswith(f"{address}/clinic/") for url in kept)
        page.reload()
    page.goto(f"{address}/clinic/clients")
    expect(page.get_by_role("heading", name="Create a client list")).to_be_visible()


def test_over_plain_http_in_a_network_it_stays_away(browser: Browser) -> None:
    named = Settings(allowed_hosts=("clinic.test",), without_keys=True)
    with running(create_app(NobodyEstimator(), named)) as address, watched(browser) as page:
        page.goto(address.replace("127.0.0.1", "clinic.test"), wait_until="networkidle")
        expect(page.locator("[data-offline]")).to_be_hidden()
        assert page.evaluate("'serviceWorker' in navigator") is False
