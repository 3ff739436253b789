"""A result to keep: files that are part of the page, so that the service stores none."""

import base64
import json
from dataclasses import dataclass

from app.reports.leg_report import measurement_report_html
from app.results.fhir import measurement_bundle
from app.results.schemas import MeasurementOut
from vision.criteria import RuleSet
from vision.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Download:
    """One file, whole, in the address of its link."""

    label: str
    help: str
    name: str
    href: str


def downloads(
    out: MeasurementOut, rules: RuleSet, overlay_jpeg: bytes | None
) -> tuple[Download, ...]:
    """Put a result into files.

    Parameters
    ----------
    out : MeasurementOut
    rules : RuleSet
        The rule-set that judged.
    overlay_jpeg : bytes or None
        The annotated photo; without it there is neither a picture nor one in the report.
    """
    stem = "thomas-test" + (f"-{out.tested_leg.side}" if out.tested_leg else "")
    report = measurement_report_html(out, overlay_jpeg, rules=rules).encode()
    fhir = json.dumps(measurement_bundle(out), ensure_ascii=False, allow_nan=False).encode()
    numbers = out.model_dump_json(indent=2).encode()
    files = [
        (
            Sentence("Report"),
            Sentence("one page to print or file"),
            f"{stem}.html",
            "text/html;charset=utf-8",
            report,
        ),
        (
            Sentence("JSON"),
            Sentence("every number, for programs"),
            f"{stem}.json",
            "application/json",
            numbers,
        ),
        (
            Sentence("FHIR"),
            Sentence("for clinical systems"),
            f"{stem}.fhir.json",
            "application/fhir+json",
            fhir,
        ),
    ]
    if overlay_jpeg is not None:
        picture = (
            Sentence("Picture"),
            Sentence("the photo with the reading drawn in"),
            f"{stem}.jpg",
        )
        files.append((*picture, "image/jpeg", overlay_jpeg))
    return tuple(
        Download(label, words, name, data_uri(content, kind))
        for label, words, name, kind, content in files
    )


def data_uri(content: bytes, media_type: str) -> str:
    """Return an address that holds its content.

    >>> data_uri(b"ab", "text/plain")
    'data:text/plain;base64,YWI='
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
