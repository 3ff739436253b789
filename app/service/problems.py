"""All errors as ``application/problem+json`` (RFC 9457), in two tables.

``STATUS`` assigns an HTTP status to each error of the measurement; ``REQUEST_PROBLEMS`` in
:mod:`app.service.errors` lists the errors of a request itself. A refused photo is neither: it is a
result.
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.results.schemas import Problem
from app.service.errors import (
    REQUEST_PROBLEMS,
    InternalError,
    MethodNotAllowed,
    NotFound,
    RequestProblem,
)
from app.service.headers import SECURITY_HEADERS, local_path
from app.service.logging import REQUEST_ID, REQUEST_ID_HEADER
from app.service.request_record import outcome_of
from vision.errors import ThomasTestError, all_errors
from vision.sentences import Sentence

MEDIA_TYPE: Final = "application/problem+json"
ProblemPage = Callable[[Request, Problem], Response]
"""Renders the page of a problem."""
_OF_BODY: Final = ("content-length", "content-type")

STATUS: Final = {
    "animated_image": 415,
    "degenerate_limb": 422,
    "empty_file": 422,
    "file_too_large": 413,
    "format_not_installed": 415,
    "invalid_option": 422,
    "mismatched_photos": 422,
    "not_an_image": 415,
    "raw_photo": 415,
    "too_few_pixels": 422,
    "too_many_pixels": 422,
    "truncated_image": 422,
    "unsupported_format": 415,
    "unusable_clip": 422,
    "video_file": 415,
    "weights_corrupt": 503,
    "weights_missing": 503,
}
"""HTTP status of every error in :mod:`vision.errors`, by code."""
TITLES: Final = {
    "animated_image": Sentence("Animated image"),
    "bad_request": Sentence("Bad request"),
    "busy": Sentence("Busy"),
    "cross_origin": Sentence("Cross origin"),
    "degenerate_limb": Sentence("Degenerate limb"),
    "empty_file": Sentence("Empty file"),
    "file_too_large": Sentence("File too large"),
    "format_not_installed": Sentence("Format not installed"),
    "internal_error": Sentence("Internal error"),
    "invalid_option": Sentence("Invalid option"),
    "malformed_form": Sentence("Malformed form"),
    "method_not_allowed": Sentence("Method not allowed"),
    "misdirected_request": Sentence("Misdirected request"),
    "mismatched_photos": Sentence("Mismatched photos"),
    "no_photo": Sentence("No photo"),
    "not_a_form": Sentence("Not a form"),
    "not_acceptable": Sentence("Not acceptable"),
    "not_an_image": Sentence("Not an image"),
    "not_found": Sentence("Not found"),
    "not_ready": Sentence("Not ready"),
    "out_of_memory": Sentence("Out of memory"),
    "raw_photo": Sentence("Raw photo"),
    "timed_out": Sentence("Timed out"),
    "too_few_pixels": Sentence("Too few pixels"),
    "too_many_pixels": Sentence("Too many pixels"),
    "too_many_requests": Sentence("Too many requests"),
    "truncated_image": Sentence("Truncated image"),
    "unauthorized": Sentence("Unauthorized"),
    "unsupported_format": Sentence("Unsupported format"),
    "unusable_clip": Sentence("Unusable clip"),
    "upload_too_slow": Sentence("Upload too slow"),
    "video_file": Sentence("Video file"),
    "weights_corrupt": Sentence("Weights corrupt"),
    "weights_missing": Sentence("Weights missing"),
    "worker_crashed": Sentence("Worker crashed"),
}
"""Title of each problem, by code."""


def describe(error: ThomasTestError | RequestProblem) -> Problem:
    """Convert an error to problem details."""
    if isinstance(error, ThomasTestError):
        return _problem(error.code, STATUS[error.code], error.message, error.advice)
    return _problem(error.code, error.status, error.detail, error.advice)


def catalogue() -> tuple[Problem, ...]:
    """Return all problems, sorted by code, for the description of the API."""
    photo = [_problem(one.code, STATUS[one.code], "", one.advice) for one in all_errors()]
    request = [_problem(one.code, one.status, "", one.advice) for one in REQUEST_PROBLEMS]
    return tuple(sorted(photo + request, key=lambda problem: problem.code))


def respond(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return a response with problem details."""
    retry = {"Retry-After": "5"} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        # Also here, because the response to a crash does not pass through the middleware.
        headers={**SECURITY_HEADERS, **retry, **(headers or {})},
    )


def wants_page(request: Request) -> bool:
    """Return whether a browser sends the request, rather than a program that uses the API."""
    is_page = not local_path(request.scope).startswith("/v1/")
    return is_page and "text/html" in request.headers.get("accept", "")


def answer(
    page: ProblemPage,
    request: Request,
    error: ThomasTestError | RequestProblem,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem as a page for browsers, and as JSON otherwise."""
    problem = describe(error)
    outcome_of(request.scope).problem = problem.code
    own = error.headers if isinstance(error, RequestProblem) else {}
    found = respond(problem, {**own, **(headers or {})})
    if wants_page(request):
        kept = {name: found.headers[name] for name in found.headers if name not in _OF_BODY}
        found = page(request, problem)
        found.headers.update({**kept, **dict(found.headers)})
    return found


def handle_problems(app: FastAPI, page: ProblemPage) -> None:
    """Return every error of the application as a problem, to browsers as a page.

    Parameters
    ----------
    app : FastAPI
    page : callable
        Renders the page of a problem.
    """
    told = partial(answer, page)

    @app.exception_handler(ThomasTestError)
    @app.exception_handler(RequestProblem)
    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, ThomasTestError | RequestProblem)
        return told(request, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.NOT_FOUND:
            return told(request, NotFound(), headers)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return told(request, MethodNotAllowed(), headers)
        return told(request, RequestProblem(str(error.detail)), headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        what = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        return told(request, RequestProblem(what))

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=400)  # the client has disconnected

    @app.exception_handler(Exception)
    async def crash(request: Request, _: Exception) -> Response:
        # The server logs the traceback; the response does not contain it. It also closes the
        # connection after a crash, which a client must know before it sends more.
        headers = {"Connection": "close", REQUEST_ID_HEADER: REQUEST_ID.get() or ""}
        return told(request, InternalError(), headers)


def _problem(code: str, status: int, detail: str, advice: str) -> Problem:
    return Problem(
        type=f"/docs#problem-{code}",
        title=TITLES[code],
        status=status,
        detail=detail,
        code=code,
        advice=advice,
    )
