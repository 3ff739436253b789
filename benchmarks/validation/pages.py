"""Write the pages of the report from the evidence and the templates."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.agreement import contrasts
from benchmarks.markdown import number, p_words, span
from benchmarks.resampling import DRAWS, SEED
from benchmarks.validation import (
    decisions,
    group_tables,
    intervals,
    judged,
    pictures,
    repeated,
    tables,
    unseen,
)
from benchmarks.validation.evidence import Evidence, Record, hanging, readings
from benchmarks.validation.figures import answers, expected, overall, skin, zero
from benchmarks.validation.group_tables import Contrast
from benchmarks.validation.published import MACHINES, PEOPLE, peer_table, published_table
from benchmarks.validation.words import check_words
from vision.criteria import DEFAULT_RULES, RULE_SETS

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "accuracy.md"
GROUPS_PAGE: Final = DOCS / "accuracy-groups.md"
PICTURES: Final = DOCS / "accuracy"
TEMPLATES: Final = Path(__file__).parent / "templates"
GUIDE: Final = RULE_SETS[DEFAULT_RULES]


def pages(evidence: Evidence, asked: Sequence[Contrast]) -> dict[Path, str]:
    """Return the pages as Markdown, by their files."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["n"] = number
    environment.filters["span"] = span
    environment.filters["p"] = p_words
    known = context(evidence, asked)
    return {
        page: environment.get_template(f"{page.stem}.md.jinja").render(known).rstrip() + "\n"
        for page in (PAGE, GROUPS_PAGE)
    }


def context(evidence: Evidence, asked: Sequence[Contrast]) -> dict[str, Any]:
    """All figures and tables used in the text."""
    records = evidence.records
    again = group_tables.contrasts(evidence.residuals)
    legs = groups_of_legs(evidence)
    check_words(evidence, asked)
    return {
        "photos": len(records),
        "overall": overall(records),
        "confirmed": overall(evidence.confirmation),
        "strangers": strangers(evidence),
        "plain": {make: one["plain"] for make, one in evidence.makes["make"].items()},
        "specificity": pictures.specificity(evidence),
        "real": pictures.labelled(evidence.real),
        "verdicts": verdicts(evidence),
        "reliability": repeated.reliability_figures(evidence.reliability),
        "tables": {
            **known_tables(evidence),
            **stranger_tables(evidence, legs),
            **repeated.hand_tables(evidence.hand_set),
            **repeated_tables(evidence.reliability["found"]),
            "contrasts": group_tables.contrast_table(asked),
            "again": group_tables.contrast_table(again),
            "refusals": group_tables.refusal_table(group_tables.refusals(records)),
            "groups": group_tables.group_table(records),
            "groups_by_set": group_tables.group_table_by_set(records),
        },
        "coverage_short": intervals.short_of_promise(evidence),
        "answers": answers(asked, again),
        "skin": skin(evidence, asked, again),
        "again_n": len(evidence.residuals),
        "expected": expected(records),
        "zero": zero([*records, *evidence.residuals]),
        "draws": DRAWS,
        "seed": SEED,
        "margin": contrasts.MARGIN_DEG,
        "few": contrasts.MIN_GROUP,
    }


def groups_of_legs(evidence: Evidence) -> dict[str, tuple[Sequence[Record], str]]:
    """Photos of legs that gravity allows, with the key of their readings."""
    found: dict[str, tuple[Sequence[Record], str]] = {
        f"{unseen.MAKES[make]}, left out": (hanging(part), unseen.MAKE_OUT)
        for make, part in unseen.by_make(evidence.strangers).items()
    }
    return found | {"150 photos, makes known": (evidence.verdicts, "reading")}


def known_tables(evidence: Evidence) -> dict[str, str]:
    """Tables of the sets whose make of bodies the correction knows, and of what others publish."""
    records = evidence.records
    return {
        "accuracy": tables.accuracy(records),
        "ablation": tables.ablation(records),
        "by_angle": tables.by_angle(records),
        "repeatability": tables.repeatability(evidence.repeatability),
        "level": tables.level(evidence.level),
        "people": published_table(PEOPLE),
        "machines": published_table(MACHINES),
        "peers": peer_table(),
    }


def stranger_tables(
    evidence: Evidence, legs: dict[str, tuple[Sequence[Record], str]]
) -> dict[str, str]:
    """Tables of bodies left out, of real pictures, of verdicts, intervals and patterns."""
    whole = {
        "makes left out": (left_out_legs(evidence), unseen.MAKE_OUT),
        "150 photos, makes known": (evidence.verdicts, "reading"),
    }
    return {
        "strangers": unseen.error_table(evidence),
        "untouched": unseen.untouched_table(evidence),
        "stranger_groups": unseen.difference_table(unseen.differences(evidence.strangers)),
        "specificity": pictures.specificity_table(evidence),
        "lost": pictures.lost_table(evidence),
        "transformed": pictures.transformed_table(evidence),
        "phones": pictures.phone_table(evidence.phones),
        "rules": judged.rules_table(whole),
        "near_cut_offs": judged.near_cut_offs(whole, GUIDE),
        "close_groups": judged.close_groups(left_out_legs(evidence), GUIDE, unseen.MAKE_OUT),
        "patterns": judged.pattern_table(legs, GUIDE),
        "coverage": intervals.coverage_table(evidence),
        "risk": intervals.risk_table(evidence),
    }


def repeated_tables(found: Record) -> dict[str, str]:
    """Tables of the reliability study."""
    return {
        "changes": repeated.change_table(found),
        "parts": repeated.part_table(found),
        "rmse_sem": repeated.truth_table(found),
        "acceptable": repeated.acceptable_table(found),
    }


def strangers(evidence: Evidence) -> dict[str, Any]:
    """Figures of bodies left out, for the text."""
    found: dict[str, Any] = {}
    for make, part in unseen.by_make(evidence.strangers).items():
        error, _ = readings(part, unseen.MAKE_OUT)
        found[make] = {"n": len(part), "mae": abs(error).mean(axis=0).tolist()}
    every = [one["mae"] for one in found.values()]
    return found | {
        "n": len(evidence.strangers),
        "range": [(min(column), max(column)) for column in zip(*every, strict=True)],
    }


def left_out_legs(evidence: Evidence) -> list[Record]:
    """Photos of makes left out that show a leg as gravity allows."""
    return [one for part in unseen.by_make(evidence.strangers).values() for one in hanging(part)]


def default_strategies(evidence: Evidence) -> list[decisions.Strategy]:
    """Whom to act on, by the default rule-set, on makes left out."""
    legs = left_out_legs(evidence)
    return decisions.strategies(legs, GUIDE, key=unseen.MAKE_OUT)


def verdicts(evidence: Evidence) -> dict[str, Any]:
    """The default rule-set's 2 × 3 tables, and what follows from them."""
    left_out = left_out_legs(evidence)
    strange = judged.confusion(left_out, GUIDE, unseen.MAKE_OUT)
    known = judged.confusion(evidence.verdicts, GUIDE)
    passing, failing = (
        [
            sum(column)
            for column in zip(*(one[true].values() for one in (strange, known)), strict=True)
        ]
        for true in ("pass", "fail")
    )
    return {
        "open_percent": 100 * passing[1] / sum(passing),
        "false_pass": failing[0],
        "truly_fail": sum(failing),
        "rules": GUIDE.id,
        "strange_n": len(left_out),
        "known_n": len(evidence.verdicts),
        "strange": judged.confusion_table(strange),
        "known": judged.confusion_table(known),
        "strange_counts": strange,
        "known_counts": known,
        "benefit": decisions.benefit_table(default_strategies(evidence)),
        "pairs": judged.pair_figures(evidence.pairs, GUIDE),
        "other_pattern": judged.wrong_patterns(left_out, GUIDE, unseen.MAKE_OUT),
    }
