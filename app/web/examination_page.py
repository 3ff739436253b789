"""The page of an examination: both legs side by side, built of the report's own parts."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Final

from app.reports import leg_report
from app.reports.leg_report import Leg, merged_steps, report_html
from app.reports.pictures import pictures_of
from app.results.fhir import examination_bundle
from app.results.schemas import ExaminationOut
from app.results.wording import inline, title_of
from app.web.i18n.catalogue import LANGUAGES, SOURCE, catalogue
from app.web.pages import TEMPLATES
from vision.criteria import RuleSet
from vision.examination import Examination
from vision.sentences import Sentence

_NOT_IN_NAMES: Final = re.compile(r"[^\w-]+")
_MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Download:
    """A file that the page itself carries."""

    title: str
    name: str
    href: str


def examination_page(result: Examination, out: ExaminationOut, language: str = SOURCE) -> str:
    """Render the page.

    Parameters
    ----------
    result : Examination
        For its pictures and its rule-set.
    out : ExaminationOut
        The same as it is sent elsewhere, with subject, session and changes.
    language : str
        Code of the page's language.
    """
    pictures = pictures_of(result)
    given = [leg for leg in (out.left, out.right) if leg is not None]
    # The report and the page show a leg by the same template, so they build it alike.
    legs = [leg_report.leg_view(leg, pictures) for leg in given]
    return (
        leg_report.templates(TEMPLATES, speech=catalogue(language))
        .get_template("examination.html")
        .render(
            examined=out,
            legs=legs,
            rules=result.rules,
            heading=_heading(legs),
            steps=merged_steps([(leg.title, leg.out.next_steps) for leg in legs]),
            downloads=_downloads(out, pictures, result.rules),
            languages=LANGUAGES,
        )
    )


def _heading(legs: list[Leg]) -> Sentence:
    verdicts = {leg.id: inline(title_of(leg.out)) for leg in legs}
    if len(legs) > 1:
        return Sentence("Left leg: {left}, right leg: {right}", **verdicts)
    return Sentence("{leg}: {verdict}", leg=legs[0].title, verdict=verdicts[legs[0].id])


def _downloads(
    out: ExaminationOut, pictures: dict[str, bytes], rules: RuleSet
) -> tuple[Download, ...]:
    html = report_html(out, pictures, rules=rules)
    fhir = json.dumps(examination_bundle(out), ensure_ascii=False, allow_nan=False)
    # Only the session: a person's name does not belong in the name of a file.
    said = _NOT_IN_NAMES.sub("-", out.session).strip("-")[:_MAX_NAME]
    name = f"thomas-test-{said}" if said else "thomas-test"
    return (
        Download(Sentence("Report to print"), f"{name}.html", _data_uri("text/html", html)),
        Download(Sentence("Data (JSON)"), f"{name}.json", _data_uri("application/json", out)),
        Download("FHIR", f"{name}.fhir.json", _data_uri("application/fhir+json", fhir)),
    )


def _data_uri(media: str, content: str | ExaminationOut) -> str:
    text = content if isinstance(content, str) else content.model_dump_json()
    encoded = base64.b64encode(text.encode()).decode("ascii")
    return f"data:{media};charset=utf-8;base64,{encoded}"
