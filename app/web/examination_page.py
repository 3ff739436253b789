"""Page of an examination: both legs side by side, built from the parts of the report."""

from app.reports import leg_report
from app.reports.leg_report import Leg, merged_steps
from app.reports.pictures import pictures_of
from app.results.schemas import ExaminationOut
from app.results.wording import inline, title_of
from app.web.clients import CONSTANTS
from app.web.downloads import examination_downloads
from app.web.i18n.catalogue import LANGUAGES, SOURCE, catalogue
from app.web.pages import TEMPLATES
from vision.examination import Examination
from vision.sentences import Sentence


def examination_page(result: Examination, out: ExaminationOut, language: str = SOURCE) -> str:
    """Render the page.

    Parameters
    ----------
    result : Examination
        Source of the pictures and the rule-set.
    out : ExaminationOut
        The same as a JSON model, with subject, session and changes.
    language : str
        Code of the page's language.
    """
    pictures = pictures_of(result)
    given = [leg for leg in (out.left, out.right) if leg is not None]
    # Report and page show a leg with the same template, so they prepare it in the same way.
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
            downloads=examination_downloads(out, result.rules, pictures),
            languages=LANGUAGES,
            comparing=CONSTANTS,
        )
    )


def _heading(legs: list[Leg]) -> Sentence:
    verdicts = {leg.id: inline(title_of(leg.out)) for leg in legs}
    if len(legs) > 1:
        return Sentence("Left leg: {left}, right leg: {right}", **verdicts)
    return Sentence("{leg}: {verdict}", leg=legs[0].title, verdict=verdicts[legs[0].id])
