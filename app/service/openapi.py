"""The OpenAPI document of the API."""

import json
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.results.rescore_input import ScoreIn
from app.results.schemas import ExaminationOut, MeasurementOut, Problem
from app.service.errors import REQUEST_PROBLEMS
from app.service.negotiation import BUNDLE_HEADER, VERDICT_HEADER
from app.service.problems import MEDIA_TYPE, STATUS
from vision.criteria import DEFAULT_RULES, RULE_SETS
from vision.level import MAX_ROLL_DEG
from vision.observations import HOLD_QUESTION, MAX_HOLD_S, MAX_NOTES, OBSERVED, QUESTIONS

EXAMPLE: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_name("example.json").read_text("utf-8")
)
"""Example of a result of ``POST /v1/measure``."""
_DESCRIPTION: Final = """\
Measures a modified Thomas Test from one side-view photo: how far the hanging thigh is from \
horizontal and how far its knee is bent, each with a 95 % interval, judged by a named published \
rule. Photos are held in memory while they are measured and are neither stored nor logged."""

TAGS: Final = [
    {"name": "Measuring", "description": "Photos, points or angles in; readings and verdicts out."},
    {"name": "Reference", "description": "The rule-sets, the norms, and the schema of results."},
    {"name": "Service", "description": "Health and metrics of the service itself."},
]
_CONTACT: Final = {"name": "The maintainers of Thomas Test"}
_LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_SERVERS: Final = [{"url": "/", "description": "The service that provides this document"}]
_KEY: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key, if required."},
    "password": {"type": "http", "scheme": "basic", "description": "The key as the password."},
}
_CURL: Final = "curl -F file=@photo.jpg {options}http://127.0.0.1:8000{path}"
_PHOTO: Final = {"type": "string", "format": "binary"}
_TURN: Final[dict[str, Any]] = {
    "type": "integer",
    "enum": [0, 90, 180, 270],
    "description": "Degrees by which side photos are turned clockwise before they are measured.",
}
_LEVEL_DEG: Final = {
    "type": "number",
    "minimum": -MAX_ROLL_DEG,
    "maximum": MAX_ROLL_DEG,
    "description": "Camera tilt, degrees; + when the right end of the true horizontal looks "
    "higher in the photo.",
}
_CRITERIA: Final = {
    "type": "string",
    "default": DEFAULT_RULES,
    "description": f"Id of the rule-set that judges: {', '.join(RULE_SETS)}, or one of this "
    "service's own.",
}


def _form(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


_BUNDLE: Final[dict[str, Any]] = {
    "name": BUNDLE_HEADER,
    "in": "header",
    "description": "For FHIR: a bundle to store, or a transaction to post to a server's base URL.",
    "schema": {"type": "string", "enum": ["collection", "transaction"], "default": "collection"},
}
_GRAVITY: Final[dict[str, Any]] = {
    "gravity": {
        "type": "string",
        "description": "x,y,z: reading of the phone's accelerometer, in g, along gravity; x to the "
        "right of the upright phone, y up, z out of its screen. By default from the file.",
    },
    "roll_deg": {
        "type": "number",
        "minimum": -45,
        "maximum": 45,
        "description": "The phone's roll, instead of gravity: signed as level_deg.",
    },
    "pitch_deg": {
        "type": "number",
        "minimum": -50,
        "maximum": 50,
        "description": "The phone's pitch: + when the camera looks up.",
    },
}
_WHO: Final[dict[str, Any]] = {
    "subject": {
        "type": "string",
        "description": "Name of the person, as printed in the report.",
    },
    "session": {
        "type": "string",
        "description": "Date or name of the session, for example 2026-11-23.",
    },
}
_PREVIOUS: Final = {
    "type": "string",
    "description": "The JSON of an earlier result to compare with, of one photo or of both legs, "
    "as text or file.",
}
MEASURE_BODY: Final[dict[str, Any]] = {
    "parameters": [_BUNDLE],
    "requestBody": _form(
        {
            "file": {**_PHOTO, "description": "The photo: JPEG, PNG, WebP, HEIC or TIFF."},
            "leg": {
                "type": "string",
                "enum": ["left", "right"],
                "description": "The tested leg, the person's own; by default determined from the photo.",
            },
            "level_deg": _LEVEL_DEG,
            **_GRAVITY,
            "turn": _TURN,
            "criteria": _CRITERIA,
            **_WHO,
            **{
                question.name: {
                    "type": "string",
                    "enum": list(question.answers),
                    "description": question.text,
                }
                for question in QUESTIONS
            },
            "hold_s": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_HOLD_S,
                "description": HOLD_QUESTION,
            },
            "notes": {"type": "string", "maxLength": MAX_NOTES, "description": "Free text."},
            "previous": _PREVIOUS,
        },
        ["file"],
    ),
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
        {
            "lang": "Shell",
            "label": "A report to print",
            "source": _CURL.format(
                path="/v1/measure",
                options="-F lower_back_flat=yes -H 'Accept: text/html' -o report.html ",
            ),
        },
    ],
}
"""Form of ``POST /v1/measure``, with code samples."""
_WHICH: Final = {
    "": "The {side} leg hanging, from the side; up to 5 photos of one set-up are joined.",
    "_retest": "The same with the knee passively extended.",
    "_above": "The {side} leg hanging, from above the feet.",
}
EXAMINATION_BODY: Final[dict[str, Any]] = {
    "parameters": [_BUNDLE],
    "requestBody": _form(
        {
            **{
                f"{side}{which}": {
                    **(_PHOTO if which else {"type": "array", "items": _PHOTO}),
                    "description": text.format(side=side),
                }
                for side in ("left", "right")
                for which, text in _WHICH.items()
            },
            **{
                f"{side}_gravity": {
                    "type": "string",
                    "description": f"As gravity of /v1/measure, for the first photo of the {side} "
                    "leg.",
                }
                for side in ("left", "right")
            },
            **{
                f"{side}_from_clip": {
                    "type": "string",
                    "enum": ["yes"],
                    "description": f"The photos of the {side} leg are frames of one clip: their "
                    "mean is hardly more accurate than one of them.",
                }
                for side in ("left", "right")
            },
            **_WHO,
            "level_deg": _LEVEL_DEG,
            "turn": _TURN,
            "criteria": _CRITERIA,
            "observations": {
                "type": "string",
                "description": "A JSON object: answers by name ("
                + ", ".join(OBSERVED)
                + "), for both legs, or for one under left and right.",
            },
            "previous": _PREVIOUS,
        },
        [],
    ),
    "x-codeSamples": [
        {
            "lang": "Shell",
            "label": "Both legs",
            "source": "curl -F left=@left.jpg -F right=@right.jpg -F session=2026-11-23 "
            '-F \'observations={"lower_back_flat": "yes", "hip_pain": "no"}\' '
            "http://127.0.0.1:8000/v1/examinations",
        }
    ],
}
"""Form of ``POST /v1/examinations``; ``left`` or ``right`` is required."""


def _problem_doc(status: int, *without: str) -> dict[str, Any]:
    codes = [code for code, one in STATUS.items() if one == status]
    codes += [one.code for one in REQUEST_PROBLEMS if one.status == status]
    return {"model": Problem, "description": ", ".join(sorted({*codes} - {*without}))}


_PICTURE: Final = {"schema": _PHOTO}
_PAGE: Final = {"schema": {"type": "string"}}
_FHIR: Final = {"schema": {"type": "object", "description": "FHIR R4 Bundle"}}
_POSTED: Final[dict[int | str, dict[str, Any]]] = {
    **{
        status: _problem_doc(status)
        for status in (400, 401, 403, 406, 408, 413, 415, 421, 422, 429)
    },
    503: _problem_doc(503, "not_ready"),
}
MEASURE_DOC: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": MeasurementOut,
        "description": "Measured, or refused with a reason: then measurable is false, the "
        f"angles are null and a blocking flag says why. A picture carries {VERDICT_HEADER}.",
        "content": {
            "application/json": {"example": EXAMPLE},
            "image/png": _PICTURE,
            "image/jpeg": _PICTURE,
            "text/html": _PAGE,
            "application/fhir+json": _FHIR,
        },
        "headers": {
            VERDICT_HEADER: {
                "description": "The verdict, if the response is a picture.",
                "schema": {"type": "string"},
            }
        },
    },
    **_POSTED,
}
"""Responses of ``POST /v1/measure``."""
EXAMINATION_DOC: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": ExaminationOut,
        "description": "Each leg measured, or refused with a reason.",
        "content": {"application/json": {}, "text/html": _PAGE, "application/fhir+json": _FHIR},
    },
    **_POSTED,
}
"""Responses of ``POST /v1/examinations``."""
SCORE_BODY: Final[dict[str, Any]] = {
    "parameters": [_BUNDLE],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScoreIn"}}},
    },
}
"""Body of ``POST /v1/score``."""
SCORE_DOC: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": MeasurementOut,
        "description": "Judged; the automatic values are under automatic.",
        "content": {"application/json": {}, "text/html": _PAGE, "application/fhir+json": _FHIR},
    },
    **{status: _problem_doc(status) for status in (401, 403, 406, 408, 413, 421, 422, 429)},
}
"""Responses of ``POST /v1/score``."""
GUARDED_DOC: Final[dict[int | str, dict[str, Any]]] = {
    status: _problem_doc(status) for status in (401, 403, 413, 421, 429)
}
"""Refusals that any request can receive."""
READY_DOC: Final[dict[int | str, dict[str, Any]]] = {503: _problem_doc(503, "busy")}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with errors under their own media type; built once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=_DESCRIPTION,
            routes=app.routes,
            tags=TAGS,
            contact=_CONTACT,
            license_info=_LICENSE,
            servers=_SERVERS,
        )
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        (content,) = answer["content"].values()  # under the route's own media type
                        answer["content"] = {MEDIA_TYPE: content}
        _, inputs = models_json_schema(
            [(ScoreIn, "validation")], ref_template="#/components/schemas/{model}"
        )
        schema["components"]["securitySchemes"] = _KEY
        schema["security"] = [{}, *({name: []} for name in _KEY)]  # {}: where none is needed
        schema["components"]["schemas"] = inputs["$defs"] | schema["components"]["schemas"]
        app.openapi_schema = schema
    return app.openapi_schema
