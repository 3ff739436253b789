"""Hooks of MkDocs (see mkdocs.yml): generated parts, and pages outside ``docs``.

Nothing is written into ``docs``.
"""

import re
import sys
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # MkDocs runs a hook as a file, from any working directory

from deploy.site_parts import PARTS, capture_card_style

TAKEN_IN: Final = ("CHANGELOG.md", "CONTRIBUTING.md", "RELEASING.md", "THIRD_PARTY.md")
"""Pages in the project's root. Links between them and ``docs`` work in the project and on the
site."""
SHOWN: Final = ("md", "png", "jpg")
"""Files of ``benchmarks/results`` that are pages, or pictures on pages."""
ICON: Final = "images/icon.svg"
STYLE: Final = "images/site.css"
_PART: Final = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)
_ROLE: Final = re.compile(r":(?:class|func|mod|attr|data|meth|exc):(?=<code>)")
_FETCHED: Final = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*rel="?(?:stylesheet|preconnect|icon))[^>]*href="?(?:https?:)?//"""
)
"""Resources that a browser would load from other sites by itself; links are not included."""
_UP: Final = re.compile(r"\]\((?:\.\./)+(?=(?:benchmarks/|[A-Z_]+\.md))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside ``docs``, and the style sheet and icon of the service."""
    results = ROOT / "benchmarks" / "results"
    outside = [*(ROOT / name for name in TAKEN_IN), ROOT / "benchmarks/training/README.md"]
    for path in [*outside, *(found for kind in SHOWN for found in results.rglob(f"*.{kind}"))]:
        _add(files, config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path))
    _add(files, config, ICON, abs_src_path=str(ROOT / "app/web/static/icon.svg"))
    own = (ROOT / "docs" / STYLE).read_text("utf-8")
    files.remove(files.src_uris[STYLE])
    _add(files, config, STYLE, content=own + capture_card_style())
    return files


def _add(files: Files, config: MkDocsConfig, uri: str, **source: Any) -> None:
    files.append(File.generated(config, uri, **source))


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Insert the generated parts, and adapt links to the paths on the site."""
    uri = page.file.src_uri
    if uri in TAKEN_IN:
        markdown = markdown.replace("](docs/", "](")
    elif not uri.startswith("benchmarks/"):
        markdown = _UP.sub(f"]({'../' * uri.count('/')}", markdown)
    return _PART.sub(lambda found: _part(found[1], uri), markdown)


def _part(name: str, uri: str) -> str:
    if name not in PARTS:
        raise PluginError(f"{uri} includes {name!r}. Available: {', '.join(PARTS)}.")
    return PARTS[name]()


def on_page_content(html: str, **_: Any) -> str:
    """Remove the Sphinx roles of names in docstrings."""
    return _ROLE.sub("", html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Reject pages that load anything from other sites."""
    if found := _FETCHED.search(output):
        raise PluginError(f"{page.file.src_uri} loads from another site: {found[0]}")
    return output
