"""The templates, set up in one place: everything escaped, nothing undefined."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES: Final = Path(__file__).with_name("templates")


def environment(*folders: Path, **names: Any) -> Environment:
    """Return an environment for templates.

    Parameters
    ----------
    *folders : Path
        Where templates are looked for before the reports' own folder.
    **names
        What every template may use.
    """
    found = Environment(
        loader=FileSystemLoader((*folders, TEMPLATES)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(names)
    return found
