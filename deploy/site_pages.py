"""What ``mkdocs build`` does beside building: parts from the code, and pages outside ``docs``.

A hook of MkDocs (see mkdocs.yml); it writes nothing into ``docs``.
"""

import re
import sys
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # MkDocs runs a hook as a file, from wherever it was started

from deploy.site_parts import PARTS, capture_card_style

TAKEN_IN: Final = ("CHANGELOG.md", "CONTRIBUTING.md", "THIRD_PARTY.md")
"""Pages of the project's root; links between them and ``docs`` work in both places."""
ICON: Final = "images/icon.svg"
STYLE: Final = "images/site.css"
_PART: Final = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)
_ROLE: Final = re.compile(r":(?:class|func|mod|attr|data|meth|exc):(?=<code>)")
_FETCHED: Final = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*rel="?(?:stylesheet|preconnect|icon))[^>]*href="?(?:https?:)?//"""
)
"""What a browser would fetch from elsewhere by itself; links that people follow are not."""
_UP: Final = re.compile(r"\]\((?:\.\./)+(?=(?:benchmarks/|[A-Z_]+\.md))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside ``docs``, and what the pages show of the service."""
    results = ROOT / "benchmarks" / "results"
    outside = [*(ROOT / name for name in TAKEN_IN), *results.rglob("*.md"), *results.rglob("*.png")]
    for path in [*outside, *results.rglob("*.jpg")]:
        _add(files, config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path))
    _add(files, config, ICON, abs_src_path=str(ROOT / "app/web/static/icon.svg"))
    own = (ROOT / "docs" / STYLE).read_text("utf-8")
    files.remove(files.src_uris[STYLE])
    _add(files, config, STYLE, content=own + capture_card_style())
    return files


def _add(files: Files, config: MkDocsConfig, uri: str, **source: Any) -> None:
    files.append(File.generated(config, uri, **source))


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the parts in, and point links to where the pages are in the site."""
    uri = page.file.src_uri
    if uri in TAKEN_IN:
        markdown = markdown.replace("](docs/", "](")
    elif not uri.startswith("benchmarks/"):
        markdown = _UP.sub(f"]({'../' * uri.count('/')}", markdown)
    return _PART.sub(lambda found: _part(found[1], uri), markdown)


def _part(name: str, uri: str) -> str:
    if name not in PARTS:
        raise PluginError(f"{uri} asks for {name!r}; there is: {', '.join(PARTS)}.")
    return PARTS[name]()


def on_page_content(html: str, **_: Any) -> str:
    """Take the roles out that docstrings mark names with."""
    return _ROLE.sub("", html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Let no page out that loads anything from elsewhere."""
    if found := _FETCHED.search(output):
        raise PluginError(f"{page.file.src_uri} loads from elsewhere: {found[0]}")
    return output
