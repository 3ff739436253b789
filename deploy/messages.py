"""Update the catalogues of the pages from the source, keep translations, and compile them.

    pip install -e '.[dev]' && python -m deploy.messages

Messages are the texts of ``Sentence("…")`` in modules, of ``_("…")`` in templates, and every text
of ``vision/advice.toml``. Missing translations are listed, and stay English on the pages until
somebody translates them in the ``.po`` file and runs this again.
"""

import ast
import io
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from vision.measurement import package_version

ROOT: Final = Path(__file__).parents[1]
LOCALES: Final = ROOT / "app" / "web" / "i18n" / "locales"
ADVICE: Final = ROOT / "vision" / "advice.toml"
NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Catalogues contain no date, so they change only with their messages."""
_WIDTH: Final = 100


def messages() -> dict[str, list[str]]:
    """Return every message of the source with its files, those of modules first."""
    found: dict[str, list[str]] = {}
    for path, texts in _sources():
        for text in texts:
            places = found.setdefault(text, [])
            place = path.relative_to(ROOT).as_posix()
            places += [place] * (place not in places)
    return found


def in_module(source: str) -> Iterator[str]:
    """Yield the template of every sentence in a module.

    Raises
    ------
    ValueError
        If a template is not a literal, so that it cannot be in a catalogue.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Sentence":
            continue
        match node.args[0]:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr() | ast.BinOp():
                message = f"Line {node.lineno}: a sentence's template must be written out."
                raise ValueError(message)


def in_template(source: str) -> Iterator[str]:
    """Yield every text in ``_("…")`` of a template."""
    found = extract_from_ast(Environment().parse(source), ("_",), babel_style=False)
    yield from (text for _, _, texts in found for text in texts or () if text)


def in_advice(steps: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text of the steps, with the reasons for them."""
    for step in steps["step"]:
        yield from (step["title"], step["text"], step["guide"], *step["when"].values())


def renewed(language: str, catalogue: Catalog) -> Catalog:
    """Return a catalogue with the messages of the source, and their known translations."""
    known = {one.id: one.string for one in catalogue if one.id and not one.fuzzy}
    new = Catalog(
        locale=language,
        header_comment=catalogue.header_comment,
        msgid_bugs_address=catalogue.msgid_bugs_address,
        project="thomas-test",
        version=package_version(),
        last_translator=catalogue.last_translator,
        language_team=catalogue.language_team,
        creation_date=NO_DATE,
        revision_date=NO_DATE,
        fuzzy=False,
    )
    for text, places in messages().items():
        new.add(text, known.get(text, ""), locations=[(place, 0) for place in places])
    return new


def as_po(catalogue: Catalog) -> bytes:
    """Write a catalogue for translators."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=_WIDTH, include_lineno=False)
    return b"".join(line for line in buffer.getvalue().splitlines(True) if b"-Date:" not in line)


def as_mo(catalogue: Catalog) -> bytes:
    """Compile a catalogue; missing translations are left out."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def main() -> int:
    """Update every catalogue, and list missing translations."""
    missing = 0
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po")):
        language = path.parts[-3]
        with path.open("rb") as file:
            catalogue = renewed(language, read_po(file, locale=language))
        path.write_bytes(as_po(catalogue))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        for one in catalogue:
            if one.id and not one.string:
                missing += 1
                print(f"{language}: {one.id}")
    return 1 if missing else 0


def _sources() -> Iterator[tuple[Path, Iterator[str]]]:
    folders = (ROOT / "vision", ROOT / "app")
    for path in sorted(one for folder in folders for one in folder.rglob("*.py")):
        yield path, in_module(path.read_text("utf-8"))
    yield ADVICE, in_advice(tomllib.loads(ADVICE.read_text("utf-8")))
    for path in sorted((ROOT / "app").rglob("*.html")):
        yield path, in_template(path.read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
