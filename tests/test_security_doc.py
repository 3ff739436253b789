"""Every threat and every promise in the documents names a test, and the test is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.compile(r"`(tests/\w+\.py)::(\w+)`")


def rows(document: str) -> list[tuple[str, str]]:
    """First and last cell of each row of the document's tables whose last column is tests."""
    found = []
    in_tests = False
    for line in (ROOT / "docs" / document).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            in_tests = False
        elif cells[-1] in ("test", "shown by"):
            in_tests = True
        elif in_tests and not set(cells[0]) <= set("-"):
            found.append((cells[0], cells[-1]))
    return found


ROWS = [(document, *row) for document in ("security.md", "privacy.md") for row in rows(document)]


def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("document", "threat", "tests"), ROWS, ids=lambda text: text[:40])
def test_each_threat_has_a_test(document: str, threat: str, tests: str) -> None:
    named = NAMED.findall(tests)
    assert named, f"{document}: {threat}"
    for file, name in named:
        assert name.startswith("test_")
        assert name in names_in(file), f"{document} names {file}::{name}"


def test_the_tables_are_found() -> None:
    assert len(rows("security.md")) > 20
    assert len(rows("privacy.md")) > 8
