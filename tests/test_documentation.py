"""Examples in documents and docstrings run, public names stay, and pages ask for what there is."""

import doctest
import re
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
import yaml

import vision
from deploy.site_parts import PARTS, command_line, flags, http, problems, rule_keys, rule_sets
from vision.criteria import RULE_SETS
from vision.errors import all_errors
from vision.flags import FLAG_KINDS

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
EXAMPLES: Final = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STABLE: Final = {
    "RULE_SETS",
    "Angle",
    "Examination",
    "InvalidOption",
    "LegPhotos",
    "Measurement",
    "Observations",
    "PhotoError",
    "RuleSet",
    "ThomasTestError",
    "draw_overlay",
    "examine",
    "measure",
    "parse_rule_set",
}
"""Public names. Taking one away breaks programs: announce it in the changelog first."""


def test_stable_names() -> None:
    assert set(vision.__all__) == STABLE
    assert set(dir(vision)) >= STABLE
    for name in STABLE:
        assert getattr(vision, name) is getattr(import_module(f"vision.{vision._HOME[name]}"), name)
    with pytest.raises(AttributeError, match="nothing"):
        vision.__getattr__("nothing")


def run(source: str, name: str) -> int:
    """Run examples one after the other; return how many there were."""
    parsed = doctest.DocTestParser().get_doctest(source, {}, name, name, 0)
    said: list[str] = []
    doctest.DocTestRunner().run(parsed, out=said.append)
    assert not said, "".join(said)
    return len(parsed.examples)


def test_examples_of_the_python_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = EXAMPLES.findall((DOCS / "python.md").read_text("utf-8"))
    assert run("\n".join(blocks), "docs/python.md") > 15


@pytest.mark.parametrize(
    "module",
    [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("app", "vision")
        for path in sorted((ROOT / package).rglob("*.py"))
        if ">>> " in path.read_text("utf-8")
    ],
)
def test_examples_of_docstrings(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


def test_pages_ask_for_every_part() -> None:
    asked = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)
    found = [name for page in DOCS.glob("*.md") for name in asked.findall(page.read_text("utf-8"))]
    assert sorted(found) == sorted(PARTS)


def test_parts_hold_what_the_code_has() -> None:
    assert all(f"`{code}`" in flags() for code in FLAG_KINDS)
    assert all(f"`{error.code}`" in problems() for error in all_errors())
    assert all(rules.in_words() in rule_sets() for rules in RULE_SETS.values())
    assert "`thigh_max_deg`" in rule_keys()
    assert "POST /v1/examinations" in http()
    for said in ("## thomas-test measure\n", "## thomas-test keys new\n", "--lower-back-flat"):
        assert said in command_line()


def test_files_for_those_who_come() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{citation["version"]}"' in project
    report = (ROOT / ".github/ISSUE_TEMPLATE/bug.md").read_text("utf-8")
    assert "Do not attach photos of patients" in report
