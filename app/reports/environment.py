"""The templates, set up in one place: everything escaped, nothing undefined."""

import base64
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.results.wording import short, signed

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
    found.filters.update(signed=signed, short=short)
    return found


def data_uri(content: bytes, media_type: str) -> str:
    """Put a file into an address, so that it is part of a page.

    >>> data_uri(b"ab", "text/plain")
    'data:text/plain;base64,YWI='
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
