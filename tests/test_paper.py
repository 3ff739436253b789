"""The software paper has the form that JOSS asks for, and cites what its bibliography holds."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
import yaml

FOLDER: Final = Path(__file__).parents[1] / "paper"
HEAD, BODY = (FOLDER / "paper.md").read_text("utf-8").removeprefix("---\n").split("\n---\n", 1)
BIBLIOGRAPHY: Final = (FOLDER / "paper.bib").read_text("utf-8")
ENTRIES: Final = re.findall(r"^@article\{(\w+),\n(.*?)^\}$", BIBLIOGRAPHY, re.MULTILINE | re.DOTALL)
REQUIRED: Final = [
    "Summary", "Statement of need", "State of the field", "Software design",
    "Research impact statement", "Acknowledgements", "References",
]  # fmt: skip
"""Sections that JOSS asks for, in its order (joss.readthedocs.io, paper format)."""


def test_every_citation_is_in_the_bibliography_and_every_entry_is_cited() -> None:
    cited = re.findall(r"(?<!\w)@(\w+)", BODY)
    assert len(ENTRIES) == BIBLIOGRAPHY.count("@")
    assert Counter(set(cited)) == Counter(key for key, _ in ENTRIES)


@pytest.mark.parametrize(("key", "fields"), ENTRIES, ids=[key for key, _ in ENTRIES])
def test_every_entry_can_be_found(key: str, fields: str) -> None:
    for field in ("author", "title", "journal", "year", "doi"):
        assert re.search(rf"^  {field} = {{.+}},?$", fields, re.MULTILINE), f"{key} lacks {field}"
    assert re.search(r"doi = \{10\.\d{4,9}/[^\s{}]+\}", fields), key
    assert re.search(r"year = \{(\d{4})\}", fields)[1] == key[-4:]  # type: ignore[index]


def test_the_form_of_the_journal() -> None:
    assert re.findall(r"^# (.+)$", BODY, re.MULTILINE) == REQUIRED
    assert 750 <= len(BODY.split()) <= 1750
    head = yaml.safe_load(HEAD)
    assert set(head) == {"title", "tags", "authors", "affiliations", "date", "bibliography"}
    assert (FOLDER / head["bibliography"]).is_file()
    citation = yaml.safe_load((FOLDER.parent / "CITATION.cff").read_text("utf-8"))
    assert [a["name"] for a in head["authors"]] == [a["name"] for a in citation["authors"]]
