"""Downloads: files embedded in the page, so that the service stores none."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.reports.environment import ENGLISH, Speech, data_uri
from app.reports.leg_report import Picture, measurement_report_html, report_html
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


def stem_of(result: MeasurementOut | ExaminationOut) -> str:
    """Return the name of the files without its ending: leg, session, and time.

    A person's name does not belong in a file name; the time tells the files of two people apart.
    """
    if isinstance(result, ExaminationOut):
        legs = [leg for leg in (result.left, result.right) if leg is not None]
        sides = [leg.side for leg in legs]
        when = next((leg.measurement.provenance.measured_at for leg in legs), None)
    else:
        sides = [result.tested_leg.side] if result.tested_leg else []
        when = result.provenance.measured_at
    side = sides[0] if len(sides) == 1 else "both-legs" if sides else ""
    session = _NOT_IN_NAMES.sub("-", result.session).strip("-")[:_MAX_NAME]
    day, _, clock = (when or "").partition("T")
    time = _NOT_IN_NAMES.sub("", clock[:8].replace(":", ""))
    return "-".join(part for part in ("thomas-test", side, session, day, time) if part)


def report_of(
    result: MeasurementOut | ExaminationOut,
    rules: RuleSet,
    pictures: Mapping[str, Picture],
    speech: Speech = ENGLISH,
) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    result : MeasurementOut or ExaminationOut
    rules : RuleSet
        The rule-set that judged.
    pictures : mapping of str to Picture
        By name, see :mod:`app.reports.leg_report`; of a single photo, ``photo``.
    speech : Speech
        Language of the report.
    """
    if isinstance(result, ExaminationOut):
        return report_html(result, pictures, rules=rules, speech=speech)
    return measurement_report_html(result, pictures.get("photo"), rules=rules, speech=speech)


def bundle_of(result: MeasurementOut | ExaminationOut) -> dict[str, Any]:
    """Return a result as a FHIR bundle."""
    if isinstance(result, ExaminationOut):
        return examination_bundle(result)
    return measurement_bundle(result)


def files_of(
    result: MeasurementOut | ExaminationOut, report: str, pictures: Mapping[str, bytes]
) -> tuple[Download, ...]:
    """Return the files of a result.

    Parameters
    ----------
    result : MeasurementOut or ExaminationOut
    report : str
        See :func:`report_of`.
    pictures : mapping of str to bytes
        Of a single photo, the annotated ``photo`` is a file of its own.
    """
    stem = stem_of(result)
    files = _files(stem, report, result, bundle_of(result))
    if "photo" not in pictures:
        return files
    picture = Download(
        Sentence("Picture"),
        Sentence("the annotated photo"),
        f"{stem}.jpg",
        data_uri(pictures["photo"], "image/jpeg"),
    )
    return (*files, picture)


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
