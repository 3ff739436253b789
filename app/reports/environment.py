"""The templates, set up in one place: everything escaped, nothing undefined."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.web.i18n.catalogue import LANGUAGES

APP: Final = Path(__file__).parents[1]
TEMPLATES: Final = (APP / "reports" / "templates", APP / "web" / "templates")


def environment(**names: Any) -> Environment:
    """Return an environment for the project's templates.

    Parameters
    ----------
    **names
        What every template may use, beside ``languages``.
    """
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(names, languages=LANGUAGES)
    return found
