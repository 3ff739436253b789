"""The reporting checklists are complete, the study's numbers are right, no link of the site is dead."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
import yaml

from app.agreement.reference import read_reference
from app.agreement.sample_size import for_group_difference, for_icc, for_limits

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = (ROOT / "docs/reporting.md").read_text("utf-8")
KINDS: Final = ("yes", "partly", "no", "n/a")


def numbers(last: int, **letters: str) -> list[str]:
    """Name items 1 to ``last``; ``n3="abc"`` divides item 3 into 3a, 3b and 3c."""
    return [f"{n}{part}" for n in range(1, last + 1) for part in letters.get(f"n{n}", "") or [""]]


ITEMS: Final = {
    "STARD-AI 2025": numbers(40, n15="abcd", n16="abc", n17="ab", n26="ab", n40="ab"),
    "TRIPOD+AI 2024": numbers(
        27, n3="abc", n5="ab", n6="abc", n8="abc", n9="abc", n12="abcdefg", n18="abcdef",
        n20="abc", n23="ab", n27="abc",
    ),
    "CLAIM, update 2024": numbers(44),
    "GRRAS 2011": numbers(15),
}  # fmt: skip
"""Item numbers of each guideline, as published."""


def rows_of(title: str) -> list[list[str]]:
    """Cells of the checklist under a heading, without its head."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def test_the_published_number_of_items() -> None:
    assert [len(items) for items in ITEMS.values()] == [48, 52, 44, 15]


@pytest.mark.parametrize("title", ITEMS)
def test_every_item_is_answered(title: str) -> None:
    rows = rows_of(title)
    assert [row[0] for row in rows] == ITEMS[title]
    assert all(len(row) == 4 and row[2] in KINDS and row[3].strip() for row in rows)


@pytest.mark.parametrize("title", ITEMS)
def test_the_counts_at_the_top(title: str) -> None:
    found = Counter(row[2] for row in rows_of(title))
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| [{title}]("))
    assert [int(cell) for cell in line.strip("| ").split(" | ")[2:]] == [found[k] for k in KINDS]


@pytest.mark.parametrize(
    ("link", "sound"), [("b.md#there", True), ("b.md#gone", False), ("c.md", False)]
)
def test_a_dead_link_or_anchor_stops_the_build(link: str, sound: bool, tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="the extra [docs] is not installed")
    ours = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    settings = {key: ours[key] for key in ("use_directory_urls", "validation")}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump({"site_name": "x"} | settings), "utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"[b]({link})\n", "utf-8")
    (tmp_path / "docs/b.md").write_text("# B\n\n## There\n", "utf-8")
    (options,) = re.findall(r"mkdocs build (.*?) --site-dir", (ROOT / ".ci/run").read_text("utf-8"))
    command = [sys.executable, "-m", "mkdocs", "build", *options.split()]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == sound, run.stderr


@pytest.mark.parametrize("page", ["README.md", "benchmarks/training/README.md"])
def test_links_of_pages_outside_the_site(page: str) -> None:
    """MkDocs checks those of the others."""
    links = re.findall(
        r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", (ROOT / page).read_text("utf-8")
    )
    assert links
    for path, anchor in links:
        target = (ROOT / page).parent / path
        assert target.exists(), path
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            slugs = [re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", head.lower())) for head in heads]
            assert anchor in slugs, f"{path}#{anchor}"


# --- the protocol of the study ------------------------------------------------------------------

STUDY: Final = (ROOT / "docs/validation-study.md").read_text("utf-8")
HEADER: Final = (ROOT / "docs/validation-study.csv").read_text("utf-8").strip()


@pytest.mark.parametrize(
    ("aim", "persons"),
    [
        ("each limit of agreement to ±1.5°", for_limits(1.5 / 3)),
        ("the same if people vary more", for_limits(1.5 / 4)),
        ("ICC, 95 % interval 0.11 wide", for_icc(0.90, 0.11)),
        ("difference of mean absolute error between two groups to ±1°", for_group_difference(1, 3)),
    ],
)
def test_sample_sizes_follow_from_their_formulas(aim: str, persons: int) -> None:
    line = next(line for line in STUDY.splitlines() if line.startswith(f"| {aim} |"))
    assert line.strip("| ").split(" | ")[-1].split()[0] == str(persons)


def test_the_sheet_has_the_columns_of_the_protocol() -> None:
    table = STUDY.split("| column | content |\n")[1].split("\n\n")[0]
    named = [cell for row in table.splitlines() for cell in row.split(" | ")[0].split("`")[1::2]]
    assert HEADER.split(",") == named


def test_the_sheet_can_be_analysed_by_the_command_of_the_protocol(tmp_path: Path) -> None:
    command = STUDY.split("thomas-test validate FOLDER")[1].split("```")[0]
    groups = tuple(command.replace("\\\n", " ").split("--group ")[1:])
    row = "a.jpg,left,P01,1,Kim,-6.5,78,pass,female,6-10,under 27,50 up,shorts,A,none,7,24.1,61"
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"{HEADER}\n{row}\n", "utf-8")
    (photo,) = read_reference(sheet, tuple(group.strip() for group in groups)).photos
    assert (photo.subject, photo.occasion, photo.verdict) == ("P01", "1", "pass")
    assert list(photo.angles.values()) == [-6.5, 78]
    assert list(photo.groups.values()) == row.split(",")[8:15]
