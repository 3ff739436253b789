"""Everything that can go wrong, as ``application/problem+json`` (RFC 9457): two tables.

``STATUS`` gives each error of the instrument its HTTP status; ``REQUEST_PROBLEMS`` lists
what can be wrong with a request itself. A refused photo is neither: it is a result.
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import ClassVar, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.guard import SECURITY_HEADERS, SlowBody, local_path
from app.logs import REQUEST_ID, REQUEST_ID_HEADER
from app.outcome import outcome_of
from app.schemas import Problem
from vision.errors import ThomasTestError, all_errors

MEDIA_TYPE: Final = "application/problem+json"
ProblemPage = Callable[[Request, Problem], Response]
"""Makes the page of a problem."""
_OF_BODY: Final = ("content-length", "content-type")

STATUS: Final = {
    "animated_image": 415,
    "degenerate_limb": 422,
    "empty_file": 422,
    "file_too_large": 413,
    "invalid_option": 422,
    "mismatched_photos": 422,
    "not_an_image": 415,
    "too_few_pixels": 422,
    "too_many_pixels": 422,
    "truncated_image": 422,
    "unsupported_format": 415,
    "weights_corrupt": 503,
    "weights_missing": 503,
}
"""HTTP status of every error in :mod:`vision.errors`, by code."""


class RequestProblem(Exception):
    """A request that is wrong, or comes at a wrong time, whatever its photo shows.

    Attributes
    ----------
    code : str
        Stable identifier.
    status : int
        HTTP status.
    detail : str
        What is wrong with this request; each kind has its usual sentence.
    advice : str
        What to do about it, one sentence.
    headers : dict of str to str
        That go with the answer.
    """

    code: ClassVar[str] = "bad_request"
    status: ClassVar[int] = 400
    usual_detail: ClassVar[str] = "The request is not understood."
    advice: ClassVar[str] = "Correct the request as the detail says."

    def __init__(self, detail: str | None = None, headers: dict[str, str] | None = None) -> None:
        self.detail = detail or self.usual_detail
        self.headers = headers or {}
        super().__init__(self.detail)


class Busy(RequestProblem):
    """Every place for photos in memory is taken."""

    code = "busy"
    status = 503
    usual_detail = "As many photos as fit are being measured already."
    advice = "Try again in a few seconds."


class CrossOrigin(RequestProblem):
    """A browser sends on behalf of another site's page."""

    code = "cross_origin"
    status = 403
    usual_detail = "The request comes from another site's page."
    advice = "Open the service's own page, or send the request without a browser."


class InternalError(RequestProblem):
    """A bug."""

    code = "internal_error"
    status = 500
    usual_detail = "The service failed on this request."
    advice = "Please report this as a bug."


class MalformedForm(RequestProblem):
    """Multipart that cannot be parsed, or too much of it."""

    code = "malformed_form"
    usual_detail = "The form cannot be read."
    advice = "Send one photo in the field “file”, as multipart/form-data."


class MethodNotAllowed(RequestProblem):
    """A known address, another method."""

    code = "method_not_allowed"
    status = 405
    usual_detail = "This method is not possible at this address."
    advice = "See /docs for the methods of each address."


class MisdirectedRequest(RequestProblem):
    """A host name that is none of this service's, as in DNS rebinding."""

    code = "misdirected_request"
    status = 421
    usual_detail = "This service does not go by the host name that was asked for."
    advice = "Use the service's own address, or have its name added to the setting allowed_hosts."


class NoPhoto(RequestProblem):
    """A form without a file."""

    code = "no_photo"
    status = 422
    usual_detail = "No photo was chosen."
    advice = "Choose a photo; its form field is called “file”."


class NotAForm(RequestProblem):
    """A body of another content type."""

    code = "not_a_form"
    status = 415
    usual_detail = "The request is not a form."
    advice = "Send the photo as multipart/form-data, in the field “file”."


class NotAcceptable(RequestProblem):
    """An Accept header that names nothing on offer."""

    code = "not_acceptable"
    status = 406
    usual_detail = "Nothing that the Accept header names is on offer."
    advice = "Ask for application/json, image/png or image/jpeg in the Accept header."


class NotFound(RequestProblem):
    """An unknown address."""

    code = "not_found"
    status = 404
    usual_detail = "There is nothing at this address."
    advice = "See /docs for the addresses there are."


class NotReady(RequestProblem):
    """The warm-up inference is not done."""

    code = "not_ready"
    status = 503
    usual_detail = "The pose model is still being loaded."
    advice = "Wait until the pose model is loaded, then try again."


class OutOfMemory(RequestProblem):
    """More memory than a worker has for one request."""

    code = "out_of_memory"
    status = 422
    usual_detail = "Measuring this takes more memory than there is for one request."
    advice = "Send the photo in a smaller size, as a JPEG."


class TimedOut(RequestProblem):
    """A photo whose measuring had to be stopped."""

    code = "timed_out"
    status = 422
    usual_detail = "Measuring took too long and was stopped."
    advice = "Send the photo in a smaller size, as a JPEG."


class TooManyRequests(RequestProblem):
    """More requests with one key or from one address than the setting ``rate_limit`` lets in."""

    code = "too_many_requests"
    status = 429
    usual_detail = "There were too many requests in a short time."
    advice = "Wait a minute, then go on more slowly."


class Unauthorized(RequestProblem):
    """No key, or one that is not known."""

    code = "unauthorized"
    status = 401
    usual_detail = "This service needs a key."
    advice = (
        "Ask whoever runs the service for a key; send it as “Authorization: Bearer KEY”, or in a "
        "browser as the password, with any user name."
    )


class UploadTooSlow(RequestProblem):
    """A body that does not get on."""

    code = "upload_too_slow"
    status = 408
    usual_detail = "The upload took too long."
    advice = "Try again over a faster connection, or send the photo in a smaller size."


class WorkerCrashed(RequestProblem):
    """A photo that took down the process it was measured in, twice."""

    code = "worker_crashed"
    status = 422
    usual_detail = "The photo made the process that read it crash, twice."
    advice = "Save the photo anew as a JPEG and send that; the file may be damaged."


REQUEST_PROBLEMS: Final[tuple[type[RequestProblem], ...]] = (
    RequestProblem,
    *RequestProblem.__subclasses__(),
)
"""Every problem that is not the photo's."""


def describe(error: ThomasTestError | RequestProblem) -> Problem:
    """Translate an error to problem details."""
    if isinstance(error, ThomasTestError):
        return _problem(error.code, STATUS[error.code], error.message, error.advice)
    return _problem(error.code, error.status, error.detail, error.advice)


def catalogue() -> tuple[Problem, ...]:
    """Return every problem there is, sorted by code, for the description of the API."""
    photo = [_problem(one.code, STATUS[one.code], "", one.advice) for one in all_errors()]
    request = [_problem(one.code, one.status, "", one.advice) for one in REQUEST_PROBLEMS]
    return tuple(sorted(photo + request, key=lambda problem: problem.code))


def respond(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Answer with problem details."""
    retry = {"Retry-After": "5"} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        # Also here, since an answer to a crash does not pass through the guard.
        headers={**SECURITY_HEADERS, **retry, **(headers or {})},
    )


def wants_page(request: Request) -> bool:
    """Tell whether a person's browser asks, and not a program that uses the interface."""
    is_page = not local_path(request.scope).startswith("/v1/")
    return is_page and "text/html" in request.headers.get("accept", "")


def answer(
    page: ProblemPage,
    request: Request,
    error: ThomasTestError | RequestProblem,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with a problem, in the shape that whoever asks can read."""
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
    """Give every error of the application the one shape, and people a page.

    Parameters
    ----------
    app : FastAPI
    page : callable
        Makes the page of a problem.
    """
    told = partial(answer, page)

    @app.exception_handler(SlowBody)
    @app.exception_handler(ThomasTestError)
    @app.exception_handler(RequestProblem)
    async def known(request: Request, error: Exception) -> Response:
        return told(request, _as_known(error))

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
        return Response(status_code=400)  # nobody is there to read it

    @app.exception_handler(Exception)
    async def crash(request: Request, _: Exception) -> Response:
        # The server logs the traceback; the answer tells nothing of it. It also closes the
        # connection after a crash, which a client must know before it sends more.
        headers = {"Connection": "close", REQUEST_ID_HEADER: REQUEST_ID.get() or ""}
        return told(request, InternalError(), headers)


def _as_known(error: Exception) -> ThomasTestError | RequestProblem:
    if isinstance(error, SlowBody):
        return UploadTooSlow()
    assert isinstance(error, ThomasTestError | RequestProblem)
    return error


def _problem(code: str, status: int, detail: str, advice: str) -> Problem:
    return Problem(
        type=f"/docs#problem-{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        advice=advice,
    )
