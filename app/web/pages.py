"""Render the pages without a result: form, problem, help, description of the API.

Pages load nothing from other sites, and work without JavaScript. All their links are relative, so
that they also work under a prefix behind a proxy.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.results.schemas import Problem
from app.results.wording import ANSWER_WORDS
from app.service.form_fields import MAX_NAME
from app.service.uploads import FILES
from app.web.form import PLACES, Trouble
from app.web.i18n.catalogue import SOURCE
from app.web.rendering import render
from vision.criteria import DEFAULT_RULES, RuleSet
from vision.level import MAX_ROLL_DEG
from vision.norms import NORMS
from vision.observations import (
    HOLD_QUESTION,
    MAX_HOLD_S,
    MAX_NOTES,
    NOT_WITHOUT_A_CLINICIAN,
    QUESTIONS,
)
from vision.photo import MAX_PIXELS
from vision.repeats import MAX_REPEATS
from vision.sides import SIDES


def form_page(
    rules: Iterable[RuleSet],
    language: str = SOURCE,
    *,
    max_upload_mb: float,
    entered: Mapping[str, str] | None = None,
    trouble: Trouble | None = None,
) -> str:
    """Render the form; with a problem, show it and keep what was entered.

    Parameters
    ----------
    rules : iterable of RuleSet
        Available rule-sets.
    language : str
        Code of the page's language.
    max_upload_mb : float
        Largest photo, megabytes.
    entered : mapping of str to str, optional
        Entered values by field name.
    trouble : Trouble, optional
        Error in the submitted form.
    """
    given = defaultdict(str, {"criteria": DEFAULT_RULES, **(entered or {})})
    answers = {
        one.name: [(answer, ANSWER_WORDS[answer]) for answer in one.answers] for one in QUESTIONS
    }
    return render(
        "form.html",
        language,
        places=PLACES,
        sides=SIDES,
        answers=answers,
        answered=any(given[name] for name in (*answers, "leg", "hold_s") if name != "safety"),
        differ=any(given[f"{side}_{name}"] for side in SIDES for name in answers),
        sent=sum(bool(given[name]) for name in FILES),
        max_upload_bytes=int(max_upload_mb * 1e6),
        max_upload_mb=f"{max_upload_mb:g}",
        max_roll_deg=f"{MAX_ROLL_DEG:g}",
        max_megapixels=f"{MAX_PIXELS / 1e6:g}",
        safety=QUESTIONS[0],
        reasons=NOT_WITHOUT_A_CLINICIAN,
        questions=QUESTIONS[1:],
        hold_question=HOLD_QUESTION,
        max_hold_s=MAX_HOLD_S,
        max_repeats=MAX_REPEATS,
        max_notes=MAX_NOTES,
        max_name=MAX_NAME,
        rules=tuple(rules),
        default_rules=DEFAULT_RULES,
        entered=given,
        trouble=trouble,
    )


def clients_page(language: str = SOURCE) -> str:
    """Render the page of the clients, which works in the browser alone."""
    return render("clients.html", language)


def problem_page(problem: Problem, language: str = SOURCE) -> str:
    """Render an error that has no form to be shown in."""
    return render("problem.html", language, problem=problem)


def help_page(language: str = SOURCE) -> str:
    """Render the help: the photo, the numbers, privacy, limits."""
    return render("help.html", language, reasons=NOT_WITHOUT_A_CLINICIAN)


def docs_page(
    openapi: dict[str, Any], problems: Sequence[Problem], rules: Iterable[RuleSet]
) -> str:
    """Render the description of the API from its OpenAPI document, and of the rule-sets.

    In English, as the API is.
    """
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    return render(
        "docs.html",
        SOURCE,
        info=openapi["info"],
        operations=operations,
        schemas=openapi["components"]["schemas"],
        problems=problems,
        rules=tuple(rules),
        norms=NORMS,
    )
