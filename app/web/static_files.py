"""Style sheets, scripts and icons, at an address that changes with their content.

Pages link to ``static/<digest>/page.css``, where the digest is that of the whole folder. Browsers
keep these files for a year without asking, and scripts find each other by relative addresses. After
an upgrade, an old digest is not found: old and new scripts never run together. ``static/page.css``
works, too, and is revalidated each time by its ETag.
"""

import hashlib
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path, PurePath, PurePosixPath
from posixpath import normpath
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(__file__).with_name("static")
FOREVER: Final = "public, max-age=31536000, immutable"
REVALIDATED: Final = "no-cache"
_DIGITS: Final = 16
_IMPORT: Final = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "([^"]+)"', re.MULTILINE)


def folder_digest(folder: Path) -> str:
    """Return a digest of all names and contents in a folder, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        for part in (name, path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:_DIGITS]


@cache
def static_digest() -> str:
    """Return the digest of the static files, read once per process."""
    return folder_digest(FOLDER)


def static_base() -> str:
    """Return where the static files are, relative to the start page, with a slash at the end."""
    return f"static/{static_digest()}/"


@cache
def scripts_of_every_page() -> tuple[str, ...]:
    """Return what ``page.js`` imports at once, so that browsers fetch all of it at the same time."""
    found: dict[str, None] = {}
    open_ = ["page.js"]
    while open_:
        name = open_.pop(0)
        if name not in found:
            found[name] = None
            here = PurePosixPath(name).parent
            text = (FOLDER / name).read_text("utf-8")
            open_ += [normpath(here / path) for path in _IMPORT.findall(text)]
    return tuple(found)


class Static(StaticFiles):
    """The folder, with and without its digest in front of the names."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 304 if the browser has it."""
        first, *rest = PurePath(path).parts or ("",)
        hashed = first == static_digest()
        response = await super().get_response(str(PurePath(*rest)) if hashed else path, scope)
        response.headers["Cache-Control"] = FOREVER if hashed else REVALIDATED
        if response.status_code == HTTPStatus.NOT_MODIFIED:  # as of the response it stands for
            response.headers["Vary"] = "Accept-Encoding"
        return response
