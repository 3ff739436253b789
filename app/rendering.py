"""The templates, set up in one place: everything escaped, nothing undefined."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.languages import LANGUAGES

TEMPLATES: Final = Path(__file__).parent / "web" / "templates"


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
