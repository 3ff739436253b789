"""Errors of a request itself, or of its timing, independent of the photo.

Errors of the measurement are in :mod:`vision.errors`; :mod:`app.service.problems` returns both.
"""

from typing import ClassVar, Final

from vision.errors import ThomasTestError
from vision.sentences import Sentence


class RequestProblem(Exception):
    """A request that is invalid or cannot be served now, independent of its photo.

    Attributes
    ----------
    code : str
        Stable identifier.
    status : int
        HTTP status.
    detail : str
        The fault of this request; each class has a default sentence.
    advice : str
        One sentence of advice.
    headers : dict of str to str
        Additional headers of the response.
    """

    code: ClassVar[str] = "bad_request"
    status: ClassVar[int] = 400
    usual_detail: ClassVar[str] = Sentence("The request cannot be understood.")
    advice: ClassVar[str] = Sentence("Correct the request as the detail describes.")

    def __init__(self, detail: str | None = None, headers: dict[str, str] | None = None) -> None:
        self.detail = detail or self.usual_detail
        self.headers = headers or {}
        super().__init__(self.detail)


class Busy(RequestProblem):
    """The service is busy: every photo slot is taken."""

    code = "busy"
    status = 503
    usual_detail = Sentence("The service is busy: every photo slot is taken.")
    advice = Sentence("Try again in a few seconds.")


class CrossOrigin(RequestProblem):
    """A cross-site request: a browser sends it on behalf of another site's page."""

    code = "cross_origin"
    status = 403
    usual_detail = Sentence("The request comes from another site's page.")
    advice = Sentence("Open the service's own page, or send the request without a browser.")


class InternalError(RequestProblem):
    """An unexpected error, that is, a bug."""

    code = "internal_error"
    status = 500
    usual_detail = Sentence("The service failed to process this request.")
    advice = Sentence("Please report this as a bug.")


class MalformedForm(RequestProblem):
    """A multipart body that cannot be parsed or exceeds the limits."""

    code = "malformed_form"
    usual_detail = Sentence("The form cannot be read.")
    advice = Sentence("Send one photo in the field “file”, as multipart/form-data.")


class MethodNotAllowed(RequestProblem):
    """A known path with an unsupported method."""

    code = "method_not_allowed"
    status = 405
    usual_detail = Sentence("This address does not support the method.")
    advice = Sentence("See /docs for the methods that each address supports.")


class MisdirectedRequest(RequestProblem):
    """A host name that does not belong to this service, as in DNS rebinding."""

    code = "misdirected_request"
    status = 421
    usual_detail = Sentence("This service does not answer to the host name of the request.")
    advice = Sentence(
        "Use the service's own address, or have its name added to the setting allowed_hosts."
    )


class NoPhoto(RequestProblem):
    """A form without a photo."""

    code = "no_photo"
    status = 422
    usual_detail = Sentence("No photo was chosen.")
    advice = Sentence("Choose a photo; its form field is called “file”.")


class NotAForm(RequestProblem):
    """A body with an unsupported content type."""

    code = "not_a_form"
    status = 415
    usual_detail = Sentence("The request is not a form.")
    advice = Sentence("Send the photo as multipart/form-data, in the field “file”.")


class NotAcceptable(RequestProblem):
    """An Accept header without any available media type."""

    code = "not_acceptable"
    status = 406
    usual_detail = Sentence("None of the formats in the Accept header is available.")
    advice = Sentence("Ask for application/json, image/png or image/jpeg in the Accept header.")


class NotFound(RequestProblem):
    """An unknown path."""

    code = "not_found"
    status = 404
    usual_detail = Sentence("There is nothing at this address.")
    advice = Sentence("See /docs for the available addresses.")


class NotReady(RequestProblem):
    """The warm-up inference has not finished."""

    code = "not_ready"
    status = 503
    usual_detail = Sentence("The pose model is still loading.")
    advice = Sentence("Wait until the pose model is loaded, then try again.")


class OutOfMemory(RequestProblem):
    """The request needs more memory than a worker may use."""

    code = "out_of_memory"
    status = 422
    usual_detail = Sentence("Measuring this needs more memory than one request may use.")
    advice = Sentence("Send the photo in a smaller size, as a JPEG.")


class TimedOut(RequestProblem):
    """The measurement of a photo exceeded the time limit."""

    code = "timed_out"
    status = 422
    usual_detail = Sentence("Measuring took too long and was stopped.")
    advice = Sentence("Send the photo in a smaller size, as a JPEG.")


class TooManyRequests(RequestProblem):
    """The rate limit (setting ``rate_limit``) of a key or an address was exceeded."""

    code = "too_many_requests"
    status = 429
    usual_detail = Sentence("Too many requests in a short time.")
    advice = Sentence("Wait a minute, then continue more slowly.")


class Unauthorized(RequestProblem):
    """A missing or unknown key."""

    code = "unauthorized"
    status = 401
    usual_detail = Sentence("This service requires a key.")
    advice = Sentence(
        "Ask the operator of the service for a key. Send it as “Authorization: Bearer KEY”, or "
        "in a browser as the password, with any user name."
    )


class UploadTooSlow(RequestProblem):
    """A body that arrives too slowly."""

    code = "upload_too_slow"
    status = 408
    usual_detail = Sentence("The upload took too long.")
    advice = Sentence("Try again over a faster connection, or send the photo in a smaller size.")


class WorkerCrashed(RequestProblem):
    """A photo that crashed its worker process twice."""

    code = "worker_crashed"
    status = 422
    usual_detail = Sentence("The process that read the photo crashed twice.")
    advice = Sentence("Save the photo again as a JPEG and send that; the file may be damaged.")


class AtField(Exception):
    """An error in one field of the form.

    Attributes
    ----------
    field : str
        Its name.
    problem : ThomasTestError or RequestProblem
    """

    def __init__(self, field: str, problem: ThomasTestError | RequestProblem) -> None:
        super().__init__(field, problem)  # both arguments, so that it can be pickled by a worker
        self.field = field
        self.problem = problem


REQUEST_PROBLEMS: Final[tuple[type[RequestProblem], ...]] = (
    RequestProblem,
    *RequestProblem.__subclasses__(),
)
"""All problems that do not concern the photo."""
