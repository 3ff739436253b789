"""A validation in short, on the terminal."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.agreement.repeatability import Repeats
from app.agreement.rule_verdicts import RuleVerdicts
from app.agreement.validation import Validation
from app.agreement.validation_rows import cells, labels, share
from app.agreement.wording import degrees, ratio

_NAMED: Final = 10
"""Photos of a kind that are named; the JSON names all."""
_TITLES: Final = {"thigh": "Thigh", "knee_flexion": "Knee"}


def print_validation(found: Validation, console: Console) -> None:
    """Print the measures of both angles, then what they leave out."""
    if found.measurable:
        table = Table("", *_TITLES.values(), "Meaning", box=box.SIMPLE_HEAD, pad_edge=False)
        columns = (cells(found.angles[angle]) for angle in _TITLES)
        for (name, meaning), thigh, knee in zip(
            labels(found.acceptable_deg), *columns, strict=True
        ):
            table.add_row(name, thigh, knee, meaning)
        console.print(table)
    for line in (*_photos(found), *_more(found), *found.notes):
        console.print(Text(line))


def _photos(found: Validation) -> Iterator[str]:
    matched = found.matched
    if found.refused is not None:
        reasons = ", ".join(f"{code} {count}" for code, count in found.reasons.items())
        yield f"Refused: {share(found.refused)}{reasons and f'; {reasons}'}."
    refused = [one.reference.id for one in matched.pairs if not one.scored.measured]
    kinds = (
        ("Refused photos", refused),
        ("In the table, but not among the photos", [photo.id for photo in matched.missing]),
        ("Photos that the table does not name", matched.unlisted),
        ("Another leg than the reference", [p.reference.id for p in matched.pairs if p.wrong_leg]),
    )
    for kind, names in kinds:
        if names:
            yield f"{kind} ({len(names)}): {_listed(names)}."


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more


def _more(found: Validation) -> Iterator[str]:
    yield from (_verdicts(one) for one in found.verdicts if one.rules == found.rules.id)
    for angle, repeats in found.repeats.items():
        if repeats is not None:
            yield from _repeats(_TITLES[angle], repeats)
    for angle, raters in found.raters.items():
        if raters is not None:
            yield (
                f"{_TITLES[angle]}, the reference’s own {raters.raters} raters: ICC "
                f"{ratio(raters.icc.value, raters.icc.interval)}, SEM {degrees(raters.sem_deg)}."
            )
    answers = [one for one in found.contrasts if one.answer not in ("alike", "cannot tell")]
    yield from (
        f"{one.column} {one.value!r}, {one.measure.replace('_', ' ')}: {one.answer}."
        for one in answers
    )


def _repeats(title: str, found: Repeats) -> Iterator[str]:
    for kind, one in (("same", found.same_setup), ("new", found.new_setup)):
        if one is not None:
            sem = degrees(one.sem_deg, one.sem_interval_deg)
            yield f"{title}, {kind} set-up: SEM {sem}, MDC95 {degrees(one.mdc95_deg)}."


def _verdicts(one: RuleVerdicts) -> str:
    source = "the reference’s verdicts" if one.source == "table" else "the reference’s angles"
    return (
        f"Verdicts by {one.rules} on {source}: {one.wrong} of {one.judged} wrong, "
        f"{one.borderline} borderline."
    )
