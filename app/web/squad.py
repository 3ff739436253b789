"""The squad page: a table that fills while its photos are measured one by one by the API.

The table is made by script from the API's JSON, whose texts are English; their translations are
sent with the page.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from app.batch.tables import COLUMNS
from app.results.wording import LEG_TITLES, OPEN_WORDS
from app.service.form_fields import MAX_NAME
from app.service.problems import catalogue as problems
from app.web.form import page_advice
from app.web.i18n.catalogue import SOURCE, catalogue
from app.web.rendering import render
from vision.criteria import DEFAULT_RULES, RuleSet
from vision.flags import FLAG_KINDS
from vision.status import TITLES

MAX_PHOTOS: Final = 30
"""Largest number of photos in the table; for more there is ``thomas-test batch``."""


def squad_page(rules: Iterable[RuleSet], language: str = SOURCE) -> str:
    """Render the page.

    Parameters
    ----------
    rules : iterable of RuleSet
        Available rule-sets.
    language : str
        Code of the page's language.
    """
    return render(
        "squad.html",
        language,
        rules=tuple(rules),
        default_rules=DEFAULT_RULES,
        max_photos=MAX_PHOTOS,
        max_name=MAX_NAME,
        data=_data(catalogue(language).say),
    )


def _data(say: Callable[[str], str]) -> dict[str, Any]:
    """Collect the columns of the CSV file, and what the codes of a result mean."""
    return {
        "columns": COLUMNS,
        "titles": {
            status: {verdict: say(title) for verdict, title in titles.items()}
            for status, titles in TITLES.items()
        },
        "legs": {side: say(title) for side, title in LEG_TITLES.items()},
        "open": {item: say(words) for item, words in OPEN_WORDS.items()},
        "flags": {
            code: {"text": say(kind.text), "advice": say(kind.advice)}
            for code, kind in FLAG_KINDS.items()
        },
        "problems": {
            one.code: {"text": say(one.title), "advice": say(page_advice(one))}
            for one in problems()
        },
    }
