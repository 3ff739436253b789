"""What comes next: steps chosen by the reading, each with its reason and where it is from.

The texts are in ``advice.toml``, which a clinician can review without reading code. Pain
makes seeing a clinician the first step and leaves the stretching out.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from vision.findings import Criterion, Verdict
from vision.interpretation import Interpretation, Pattern
from vision.observations import Observations

ADVICE_FILE: Final = Path(__file__).with_name("advice.toml")
TAGS: Final = (
    "pain",
    "not_measurable",
    "back_unsure",
    "short",
    "iliopsoas",
    "rectus_femoris",
    "tell_apart",
    "tfl",
    "sartorius",
    "close_call",
    "passed",
)
"""What a step can depend on."""
_MUSCLES: Final[dict[Pattern, tuple[str, ...]]] = {
    "none": (),
    "undetermined": (),
    "iliopsoas": ("short", "iliopsoas"),
    "rectus_femoris": ("short", "rectus_femoris"),
    "rectus_femoris_at_least": ("short", "rectus_femoris"),
    "both": ("short", "iliopsoas", "rectus_femoris"),
    "both_possible": ("short", "tell_apart", "iliopsoas", "rectus_femoris"),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One step.

    Attributes
    ----------
    id : str
        Stable name.
    title, text : str
        What to do.
    reason : str
        Why this reading calls for it.
    guide : str
        Part of the psoas-release guide it comes from.
    """

    id: str
    title: str
    text: str
    reason: str
    guide: str


@dataclass(frozen=True, slots=True)
class AdviceEntry:
    """A step of the file, before a reason is chosen: tag to reason, and tags that forbid it."""

    id: str
    title: str
    text: str
    guide: str
    when: dict[str, str]
    unless: tuple[str, ...] = ()


@cache
def advice() -> tuple[AdviceEntry, ...]:
    """Read every step there is from the data file."""
    data = tomllib.loads(ADVICE_FILE.read_text("utf-8"))
    return tuple(
        AdviceEntry(**{**step, "unless": tuple(step.get("unless", ()))}) for step in data["step"]
    )


def next_steps(reading: Interpretation, observed: Observations) -> tuple[NextStep, ...]:
    """Choose the steps for a reading, most urgent first.

    Parameters
    ----------
    reading : Interpretation
    observed : Observations
    """
    tags = set(tags_of(reading, observed))
    return tuple(
        NextStep(entry.id, entry.title, entry.text, reasons[0], entry.guide)
        for entry in advice()
        if (reasons := [reason for tag, reason in entry.when.items() if tag in tags])
        and not tags.intersection(entry.unless)
    )


def tags_of(reading: Interpretation, observed: Observations) -> Iterator[str]:
    """Yield the tags of :data:`TAGS` that apply."""
    if observed.painful:
        yield "pain"
    if observed.lower_back_flat == "unsure":
        yield "back_unsure"
    if reading.verdict == "not_measurable":
        yield "not_measurable"
        return
    verdicts = {finding.criterion: finding.verdict for finding in reading.findings}
    yield from _MUSCLES[reading.pattern]
    yield from reading.also
    if reading.pattern == "undetermined":
        yield from _clear_failures(verdicts)
    if "borderline" in verdicts.values():
        yield "close_call"
    if reading.verdict == "pass":
        yield "passed"


def _clear_failures(verdicts: Mapping[Criterion, Verdict]) -> Iterator[str]:
    """Yield the muscles of the criterion that is clear where the other one is too close."""
    if verdicts.get("thigh") == "fail":
        yield from ("short", "iliopsoas")
    if verdicts.get("knee") == "fail":
        yield from ("short", "rectus_femoris")
