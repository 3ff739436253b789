"""Downloads: files embedded in the page, so that the service stores none."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.reports.environment import data_uri
from app.reports.leg_report import measurement_report_html, report_html
from app.results.fhir import examination_bundle, measurement_bundle
from app.results.schemas import ExaminationOut, MeasurementOut
from vision.criteria import RuleSet
from vision.sentences import Sentence

_NOT_IN_NAMES: Final = re.compile(r"[^\w-]+")
_MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Download:
    """One complete file in the data URI of its link."""

    label: str
    help: str
    name: str
    href: str


def measurement_downloads(
    out: MeasurementOut, rules: RuleSet, overlay_jpeg: bytes | None
) -> tuple[Download, ...]:
    """Return the files of the result of one photo.

    Parameters
    ----------
    out : MeasurementOut
    rules : RuleSet
        The rule-set that judged.
    overlay_jpeg : bytes or None
        The annotated photo; without it, there is no picture, neither alone nor in the report.
    """
    stem = "thomas-test" + (f"-{out.tested_leg.side}" if out.tested_leg else "")
    report = measurement_report_html(out, overlay_jpeg, rules=rules)
    files = _files(stem, report, out, measurement_bundle(out))
    if overlay_jpeg is None:
        return files
    picture = Download(
        Sentence("Picture"),
        Sentence("the annotated photo"),
        f"{stem}.jpg",
        data_uri(overlay_jpeg, "image/jpeg"),
    )
    return (*files, picture)


def examination_downloads(
    out: ExaminationOut, rules: RuleSet, pictures: Mapping[str, bytes]
) -> tuple[Download, ...]:
    """Return the files of an examination; for `pictures`, see :mod:`app.reports.leg_report`."""
    # Only the session: a person's name does not belong in a file name.
    session = _NOT_IN_NAMES.sub("-", out.session).strip("-")[:_MAX_NAME]
    stem = f"thomas-test-{session}" if session else "thomas-test"
    return _files(stem, report_html(out, pictures, rules=rules), out, examination_bundle(out))


def _files(
    stem: str, report: str, out: MeasurementOut | ExaminationOut, bundle: dict[str, Any]
) -> tuple[Download, ...]:
    fhir = json.dumps(bundle, ensure_ascii=False, allow_nan=False).encode()
    numbers = out.model_dump_json(indent=2).encode()
    return (
        Download(
            Sentence("Report"),
            Sentence("one page to print or file"),
            f"{stem}.html",
            data_uri(report.encode(), "text/html;charset=utf-8"),
        ),
        Download(
            Sentence("JSON"),
            Sentence("every number, for programs"),
            f"{stem}.json",
            data_uri(numbers, "application/json"),
        ),
        Download(
            Sentence("FHIR"),
            Sentence("for clinical systems"),
            f"{stem}.fhir.json",
            data_uri(fhir, "application/fhir+json"),
        ),
    )
