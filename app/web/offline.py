"""The pages as an app: its manifest, and the worker that keeps the empty pages for offline use.

The worker keeps the start page's empty form, the clients' page, the help and the static files;
never a result, a photo, or anything that is posted. Its text contains the list of files, so that a
new version of them is a new worker, which replaces the cache.
"""

import json
from functools import cache
from typing import Any, Final

from app.web.i18n.catalogue import catalogue
from app.web.static_files import FOLDER, static_base, static_digest
from vision.sentences import Sentence

PAGES: Final = ("./", "clients", "help")
"""Pages that hold nothing of anybody, relative to the start page."""
NAME: Final = "Thomas Test"
ABOUT: Final = Sentence(
    "Thigh angle and knee bend of the hanging leg, each with its error bar, judged by a named "
    "published rule."
)
GROUND: Final = "#eef2f2"
ACCENT: Final = "#0b5a63"
"""Colours of the splash screen and the title bar, as in ``page.css``."""
_ICONS: Final = {
    "icons/192.png": ("192x192", "any"),
    "icons/512.png": ("512x512", "any"),
    "icons/maskable-512.png": ("512x512", "maskable"),
}


def manifest(language: str) -> dict[str, Any]:
    """Return the web app manifest; all its addresses are relative, as those of the pages."""
    return {
        "id": "./",
        "name": NAME,
        "short_name": NAME,
        "description": catalogue(language).say(ABOUT),
        "lang": language,
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": ACCENT,
        "icons": [
            {"src": static_base() + path, "sizes": sizes, "type": "image/png", "purpose": purpose}
            for path, (sizes, purpose) in _ICONS.items()
        ],
    }


@cache
def worker() -> str:
    """Return the script of the service worker, with the list of what it keeps."""
    base = static_base()
    paths = (path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
    shell = {
        "version": static_digest(),
        "base": base,
        "pages": PAGES,
        "files": [base + path for path in sorted(paths)],
    }
    script = (FOLDER / "offline" / "worker.js").read_text("utf-8")
    return f"self.SHELL = {json.dumps(shell)};\n{script}"
