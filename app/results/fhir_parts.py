"""Building blocks of FHIR R4 that know nothing of a leg: concepts, dates, ids, bundles, devices."""

import json
import re
from datetime import datetime
from typing import Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, Any]
BundleKind = Literal["collection", "transaction"]

CODES: Final = "urn:thomas-test:codes"
"""Our own code system, published as ``docs/fhir-codes.json``.

A name, not a URL: this project owns no address, and a URL that others own, or that ceases to exist,
would be worse. Stored resources refer to it, so it does not change.
"""
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"
ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_DATETIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?"
)
"""A complete FHIR date; a time of day requires an offset from UTC."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that a FHIR string must not contain."""


def device(**versions_by_name: str | None) -> Json:
    """Return the software as a Device with its versions."""
    versions = [
        {"type": concept(name.replace("_", "-"), name.replace("_", " ")), "value": value}
        for name, value in versions_by_name.items()
        if value not in ("none", None)
    ]
    name = {"name": "thomas-test", "type": "user-friendly-name"}
    found = {"deviceName": [name], "type": {"text": "Software"}}
    listed = {"version": versions} if versions else {}
    return {"resourceType": "Device", "id": "software", **found, **listed}


def date_of(session: str) -> str | None:
    """Return the date, with the time of day if it has an offset from UTC.

    Only a date with dashes is accepted: 19850312 may be anything, even a patient number.
    """
    try:
        day = datetime.fromisoformat(session).date()
    except ValueError:
        return None
    if not session.startswith(day.isoformat()):
        return None
    return session if _DATETIME.fullmatch(session) else day.isoformat()


def degrees(value: float) -> Json:
    """Return a quantity in degrees of UCUM."""
    return {"value": value, "unit": "deg", "system": UCUM, "code": "deg"}


def concept(code: str, display: str, system: str = CODES) -> Json:
    """Return a CodeableConcept of our own code system, or of another one."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def clean(text: str) -> str:
    """Remove what a FHIR string must not contain."""
    return _CONTROL.sub("", text).strip()


def identified(kind: str, content: Json) -> Json:
    """Return a resource whose id is derived from its content."""
    found = {name: value for name, value in content.items() if value}  # FHIR has no empty lists
    text = json.dumps([kind, found], sort_keys=True, allow_nan=False)
    return {"resourceType": kind, "id": str(uuid5(NAMESPACE_URL, f"{CODES}:{text}")), **found}


def bundle(resources: list[Json], kind: BundleKind) -> Json:
    """Return a Bundle; as a transaction, each resource is to be created."""
    entries: list[Json] = [
        {"fullUrl": f"urn:uuid:{found['id']}", "resource": found} for found in resources
    ]
    if kind == "transaction":
        for entry in entries:
            url = entry["resource"]["resourceType"]
            entry["request"] = {"method": "POST", "url": url}
    return identified("Bundle", {"type": kind, "entry": entries})
