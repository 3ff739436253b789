"""Documentation, docstrings and comments use the terms of the field and the house's style.

Each phrase below was found in this project and replaced. CONTRIBUTING.md describes the style.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
INSTEAD: Final = {
    r"there is:": "Available: …",
    r"(rule-sets?|rules|models?|estimators?) of (your|one's|the user's) own": "custom",
    r"(more|less|how|as) exact(ly)?|exactness": "accurate, accuracy",
    r"the same of": "the same for",
    r"so many": "this many; as many as",
    r"(every|any|each|no|other) doors?": "name them: command line, API, page",
    r"who may come in": "access control",
    r"lets? (in|nobody in|strangers in)": "admits, rejects",
    r"answer(s|ed)? with [45]\d\d": "returns, gets",
    r"(are|is|be) believed": "trusted",
    r"the losses": "known failures",
    r"hugged": "held",
    r"read off": "measured in, estimated from",
    r"(phone|camera|app) (said|says|felt)": "recorded, measured",
    r"puts? \w+( \w+)? together": "combine",
    r"anew": "again",
    r"without end": "endless, unlimited",
    r"wrong usage": "usage error",
    r"(is|are) given up": "aborted",
    r"what there is (of|to)": "name it",
    r"sums? of the (weights|file|photo|bytes)": "hash",
    r"nothing is loaded from elsewhere": "there are no external resources",
    r"worse than none": "worse than no number",
}
"""What to write instead, by the phrase: a regular expression between word boundaries."""
PATTERNS: Final = [
    (re.compile(rf"\b(?:{phrase})(?!\w)", re.IGNORECASE), better)
    for phrase, better in INSTEAD.items()
]
PAGES: Final = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "RELEASING.md")),
    ROOT / "paper/paper.md",
    # Without accuracy.md, which benchmarks.validation generates from its own template.
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != "accuracy.md"),
]
MODULES: Final = [
    path for folder in ("app", "deploy", "vision") for path in sorted((ROOT / folder).rglob("*.py"))
]


def prose_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of every docstring and comment of a module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def faults(text: str) -> list[str]:
    """Name each phrase to avoid, with its replacement; line ends count as spaces."""
    flat = re.sub(r"\s*\n\s*(?:# )?", " ", text)
    return [
        f"{found[0]!r}: write {better!r}"
        for pattern, better in PATTERNS
        for found in pattern.finditer(flat)
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_use_the_terms_of_the_field(path: Path) -> None:
    assert faults(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_and_comments_use_the_terms_of_the_field(path: Path) -> None:
    found = [
        f"line {line}: {fault}"
        for line, text in prose_of(path.read_text("utf-8"))
        for fault in faults(text)
    ]
    assert found == []


def test_phrases_are_found_across_lines_and_in_comments() -> None:
    module = '"""One.\n\n    A rule-set of\n    your own."""\n# a model that is less exact\n'
    assert [line for line, text in prose_of(module) if faults(text)] == [1, 5]
    assert faults("A phone says so; there is: guide.") == [
        "'there is:': write 'Available: …'",
        "'phone says': write 'recorded, measured'",
    ]
    assert faults("An exact joint position: known exactly.") == []
