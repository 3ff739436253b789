"""What the API says about itself (OpenAPI), and what a client may ask it to answer with."""

from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.pages import EXAMPLE
from app.problems import MEDIA_TYPE, REQUEST_PROBLEMS, STATUS
from app.schemas import MeasurementOut, Problem
from vision.criteria import DEFAULT_RULES, RULE_SETS
from vision.level import MAX_ROLL_DEG

Answer = Literal["json", "png", "jpeg"]
OFFERS: Final[dict[str, Answer]] = {
    "application/json": "json",
    "image/png": "png",
    "image/jpeg": "jpeg",
}
"""Media types that ``POST /v1/measure`` answers with, the preferred one first."""
VERDICT_HEADER: Final = "X-Thomas-Verdict"

_DESCRIPTION: Final = """\
Measures a modified Thomas Test from one side-view photo: how far the hanging thigh is from \
horizontal and how far its knee is bent, each with a 95 % interval, judged by a named published \
rule. Photos are held in memory while they are measured and are neither stored nor logged."""

_CURL: Final = "curl -F file=@photo.jpg {options}http://127.0.0.1:8000{path}"
MEASURE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "The photo: JPEG, PNG, WebP, HEIC or TIFF.",
                        },
                        "leg": {
                            "type": "string",
                            "enum": ["left", "right"],
                            "description": "The person's own tested leg; by default read from "
                            "the photo.",
                        },
                        "level_deg": {
                            "type": "number",
                            "minimum": -MAX_ROLL_DEG,
                            "maximum": MAX_ROLL_DEG,
                            "description": "Camera tilt, degrees; + when the right end of the "
                            "true horizontal looks higher in the photo.",
                        },
                        "criteria": {
                            "type": "string",
                            "enum": list(RULE_SETS),
                            "default": DEFAULT_RULES,
                            "description": "Id of the rule-set that judges.",
                        },
                    },
                }
            }
        },
    },
    "x-codeSamples": [
        {
            "lang": "Shell",
            "label": "The reading as JSON",
            "source": _CURL.format(path="/v1/measure", options=""),
        },
        {
            "lang": "Shell",
            "label": "Leg and camera tilt given, the annotated photo as answer",
            "source": _CURL.format(
                path="/v1/measure",
                options="-F leg=left -F level_deg=1.5 -H 'Accept: image/png' -o overlay.png ",
            ),
        },
    ],
}
"""The form of ``POST /v1/measure`` and how to send it."""


def _problem_doc(status: int, *without: str) -> dict[str, Any]:
    codes = [code for code, one in STATUS.items() if one == status]
    codes += [one.code for one in REQUEST_PROBLEMS if one.status == status]
    return {"model": Problem, "description": ", ".join(sorted({*codes} - {*without}))}


_PICTURE: Final = {"schema": {"type": "string", "format": "binary"}}
MEASURE_DOC: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": MeasurementOut,
        "description": "Measured, or refused with a reason: then measurable is false, the "
        f"angles are null and a blocking flag says why. A picture carries {VERDICT_HEADER}.",
        "content": {
            "application/json": {"example": EXAMPLE},
            "image/png": _PICTURE,
            "image/jpeg": _PICTURE,
        },
        "headers": {
            VERDICT_HEADER: {
                "description": "The verdict, where the answer is a picture.",
                "schema": {"type": "string"},
            }
        },
    },
    **{status: _problem_doc(status) for status in (400, 403, 406, 413, 415, 422)},
    503: _problem_doc(503, "not_ready"),
}
"""The answers of ``POST /v1/measure``."""
READY_DOC: Final[dict[int | str, dict[str, Any]]] = {503: _problem_doc(503, "busy")}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, errors under their own media type; built once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
        app.openapi_schema = schema
    return app.openapi_schema


def negotiate(accept: str) -> Answer | None:
    """Choose what to answer with from an ``Accept`` header; None if nothing on offer fits.

    The highest quality wins, then the type that is named more exactly, then our own order.

    >>> negotiate("image/png"), negotiate("*/*"), negotiate("text/html")
    ('png', 'json', None)
    """
    best: Answer | None = None
    best_rank = (0.0, -1)
    for offer, answer in OFFERS.items():
        rank = _rank(offer, accept or "*/*")
        if rank[0] > 0 and rank > best_rank:
            best, best_rank = answer, rank
    return best


def _rank(offer: str, accept: str) -> tuple[float, int]:
    """Quality and exactness (2 full, 1 ``image/*``, 0 ``*/*``) that a header gives an offer."""
    kinds = ("*/*", f"{offer.partition('/')[0]}/*", offer)
    found = (0.0, -1)
    for item in accept.split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        if media in kinds and kinds.index(media) > found[1]:
            found = (_quality(parameters), kinds.index(media))
    return found


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
