"""Routes of the pages: form, result, and description of the API."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.routing import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from app.results.schemas import Problem
from app.service.api_routes import AtDesk
from app.service.errors import AtField, RequestProblem
from app.service.problems import catalogue
from app.service.queue import Desk
from app.service.request_record import note_photos, outcome_of
from app.service.uploads import open_form
from app.web.form import (
    PAGE_FIELDS,
    entered,
    photos_announced,
    read_page_upload,
    trouble_of,
)
from app.web.i18n.catalogue import LANGUAGES, choose_language
from app.web.offline import manifest, worker
from app.web.pages import clients_page, docs_page, form_page, help_page, problem_page
from app.web.rejudge import RejudgeIn, read_rejudge, rejudge
from app.web.result_page import result_page
from app.web.squad import squad_page
from app.web.tasks import as_page, shown_to_people
from vision.criteria import RuleSet
from vision.errors import InvalidOption, ThomasTestError
from vision.sentences import Sentence

ADJUSTED: Final = "/adjusted"
FETCHED: Final = "/fetched"
LANGUAGE: Final = "/language"
MAX_LANGUAGE_BYTES: Final = 1024
MAX_REJUDGE_BYTES: Final = 524_288
"""Longest result that is judged again: both legs and an earlier examination take about 60 kB."""
LANGUAGE_COOKIE: Final = "language"
LANGUAGE_SECONDS: Final = 365 * 24 * 3600

pages = APIRouter(include_in_schema=False)


def _language(request: Request) -> str:
    return choose_language(
        request.headers.get("accept-language", ""), request.cookies.get(LANGUAGE_COOKIE)
    )


def _page(request: Request, html: str, status: int = 200) -> Response:
    return as_page(html, _language(request)).response(status)


def show_problem(request: Request, problem: Problem) -> Response:
    """Show a problem that does not belong to the form: an unknown path, or a crash."""
    return _page(request, problem_page(problem, _language(request)), problem.status)


@pages.api_route("/", methods=["GET", "HEAD"])
async def show_form(request: Request, desk: AtDesk) -> Response:
    """Show the form."""
    limit = desk.settings.max_upload_mb
    page = form_page(desk.rules.values(), _language(request), max_upload_mb=limit)
    return _page(request, page)


@pages.post("/")
async def show_result(request: Request, desk: AtDesk) -> Response:
    """Show the reading of the submitted photos, or the form again with the error."""
    return await _measured(request, desk, compact=False)


@pages.post(FETCHED)
async def show_fetched(request: Request, desk: AtDesk) -> Response:
    """Answer a form that was sent by script; the browser makes the files itself."""
    return await _measured(request, desk, compact=True)


async def _measured(request: Request, desk: Desk, *, compact: bool) -> Response:
    form = FormData()
    limit = desk.settings.max_upload_bytes
    photos = photos_announced(request.headers.get("content-length"), limit)
    places = min(photos, desk.settings.max_pending)
    try:
        async with desk.place(places):
            async with open_form(request, limit, PAGE_FIELDS) as form:
                upload = await read_page_upload(form, limit)
            rules = desk.rule_set(upload.criteria)
            make = partial(shown_to_people, upload, rules, desk.rules, _language(request), compact)
            answer = await desk.answer(request, make, photos=upload.photo_count)
        note_photos(request, answer.photos)
        return answer.response()
    except (AtField, ThomasTestError, RequestProblem) as error:
        trouble = trouble_of(error)
        outcome_of(request.scope).problem = trouble.problem.code
        page = form_page(
            desk.rules.values(),
            _language(request),
            max_upload_mb=desk.settings.max_upload_mb,
            entered=entered(form),
            trouble=trouble,
        )
        return _page(request, page, trouble.problem.status)


@pages.post(ADJUSTED)
async def show_adjusted(request: Request, desk: AtDesk) -> Response:
    """Show a result judged again; the browser keeps the photo."""
    wanted = read_rejudge(await request.body())
    rules = desk.rule_set(wanted.rules_id)
    # Not in the queue: it may be busy with photos, and this takes milliseconds.
    page = partial(_judged_again, wanted, rules, desk.rules, _language(request))
    return _page(request, await run_in_threadpool(page))


def _judged_again(
    wanted: RejudgeIn, rules: RuleSet, choices: Mapping[str, RuleSet], language: str
) -> str:
    return result_page(
        rejudge(wanted, rules),
        rules,
        found=wanted.found,
        previous=wanted.previous,
        choices=choices,
        language=language,
        compact=True,
    )


@pages.api_route("/clients", methods=["GET", "HEAD"])
async def show_clients(request: Request) -> Response:
    """Show the page of the clients; their list is in the browser alone."""
    return _page(request, clients_page(_language(request)))


@pages.api_route("/manifest.webmanifest", methods=["GET", "HEAD"])
async def show_manifest(request: Request) -> Response:
    """Describe the pages as an app that can be installed."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    kind = "application/manifest+json"
    return JSONResponse(manifest(_language(request)), headers=headers, media_type=kind)


@pages.api_route("/sw.js", methods=["GET", "HEAD"])
async def show_worker() -> Response:
    """Return the service worker, beside the pages that it may serve; browsers ask again each time."""
    headers = {"Cache-Control": "no-cache"}
    return Response(worker(), headers=headers, media_type="text/javascript")


@pages.api_route("/help", methods=["GET", "HEAD"])
async def show_help(request: Request) -> Response:
    """Explain the photo and the numbers."""
    return _page(request, help_page(_language(request)))


@pages.api_route("/squad", methods=["GET", "HEAD"])
async def show_squad(request: Request, desk: AtDesk) -> Response:
    """Show the table that measures a squad; its photos go to the API."""
    return _page(request, squad_page(desk.rules.values(), _language(request)))


@pages.get("/docs")
async def show_docs(request: Request, desk: AtDesk) -> Response:
    """Describe the API, in English."""
    html = docs_page(request.app.openapi(), catalogue(), desk.rules.values())
    return HTMLResponse(html, headers={"Referrer-Policy": "same-origin"})


@pages.post(LANGUAGE)
async def choose(request: Request) -> Response:
    """Store the selected language, in this browser only."""
    chosen = parse_qs((await request.body()).decode("ascii", "replace")).get("language", [""])[0]
    if chosen not in LANGUAGES:
        raise InvalidOption(
            Sentence("The language {chosen} is not available.", chosen=repr(chosen[:40]))
        )
    answer = RedirectResponse("./", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=LANGUAGE_SECONDS, httponly=True, samesite="lax"
    )
    return answer
