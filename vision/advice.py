"""Next steps: chosen by the reading, each with its reason and its source.

The texts are in ``advice.toml``, which a clinician can review without reading code. With pain, a
reason not to do the test, or a nerve symptom, seeing a clinician is the only step.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from vision.findings import Verdict
from vision.interpretation import Interpretation
from vision.observations import Observations
from vision.patterns import Pattern
from vision.sentences import Sentence

ADVICE_FILE: Final = Path(__file__).with_name("advice.toml")
FollowUp = Literal["changed", "unchanged"]
"""Whether a leg has changed since an earlier examination."""
_MUSCLES: Final[dict[Pattern, tuple[str, ...]]] = {
    "none": (),
    "undetermined": (),
    "thigh_only": (),
    "iliopsoas": ("short", "iliopsoas"),
    "rectus_femoris": ("short", "rectus_femoris"),
    "rectus_femoris_at_least": ("short", "rectus_femoris"),
    "both": ("short", "iliopsoas", "rectus_femoris"),
    "both_possible": ("short", "iliopsoas", "rectus_femoris"),
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
        Why this reading requires it.
    guide : str
        Part of the psoas-release guide that it comes from.
    """

    id: str
    title: str
    text: str
    reason: str
    guide: str


@dataclass(frozen=True, slots=True)
class AdviceEntry:
    """A step as defined in the file, before a reason is chosen.

    Attributes
    ----------
    when : dict of str to str
        Reason by tag.
    unless : tuple of str
        Tags that exclude it.
    alone : bool
        Whether it excludes all other steps when it applies.
    """

    id: str
    title: str
    text: str
    guide: str
    when: dict[str, str]
    unless: tuple[str, ...] = ()
    alone: bool = False


@cache
def advice() -> tuple[AdviceEntry, ...]:
    """Read all steps from the data file."""
    data = tomllib.loads(ADVICE_FILE.read_text("utf-8"))
    return tuple(
        AdviceEntry(
            id=step["id"],
            title=Sentence(step["title"]),
            text=Sentence(step["text"]),
            guide=Sentence(step["guide"]),
            when={tag: Sentence(reason) for tag, reason in step["when"].items()},
            unless=tuple(step.get("unless", ())),
            alone=step.get("alone", False),
        )
        for step in data["step"]
    )


def next_steps(
    reading: Interpretation, observed: Observations, follow_up: FollowUp | None = None
) -> tuple[NextStep, ...]:
    """Choose the steps for a reading, most urgent first.

    Parameters
    ----------
    reading : Interpretation
    observed : Observations
    follow_up : {"changed", "unchanged"}, optional
        Whether the leg has changed since an earlier examination; by default this is a first visit.
    """
    tags = set(tags_of(reading, observed, follow_up))
    chosen: list[NextStep] = []
    for entry in advice():
        reasons = [reason for tag, reason in entry.when.items() if tag in tags]
        if not reasons or tags.intersection(entry.unless):
            continue
        step = NextStep(entry.id, entry.title, entry.text, reasons[0], entry.guide)
        if entry.alone:
            return (step,)
        chosen.append(step)
    return tuple(chosen)


def tags_of(
    reading: Interpretation, observed: Observations, follow_up: FollowUp | None = None
) -> Iterator[str]:
    """Yield the tags of ``advice.toml`` that apply."""
    yield from _clinical(observed)
    if reading.verdict == "not_measurable":
        yield "not_measurable"
        return
    verdicts: dict[str, Verdict] = {one.criterion: one.verdict for one in reading.findings}
    yield from _position(reading, observed)
    yield from _MUSCLES[reading.pattern]
    if reading.pattern == "thigh_only" and verdicts["thigh"] == "fail":
        yield from ("short", "iliopsoas")
    # A borderline thigh is not yet a reason to stretch the psoas.
    raised = verdicts["thigh"] == "fail"
    yield from (muscle for muscle in reading.also if raised or muscle != "iliopsoas")
    yield from _second_photo(reading, observed, verdicts)
    if "borderline" in verdicts.values():
        yield "close_call"
    if reading.verdict == "pass" and observed.feels_tight != "no":
        yield "tight" if observed.feels_tight == "yes" else "passed"
    if follow_up is not None and (follow_up == "changed" or _MUSCLES[reading.pattern]):
        yield follow_up


def _clinical(observed: Observations) -> Iterator[str]:
    """Yield reasons to see a clinician."""
    if observed.painful:
        yield "pain"
    if observed.safety == "present":
        yield "safety"
    if observed.back_or_nerve == "yes":
        yield "nerve"


def _position(reading: Interpretation, observed: Observations) -> Iterator[str]:
    """Yield faults and open questions of the position."""
    if reading.supported:
        yield "supported"
    if reading.past_plumb:
        yield "past_plumb"
    if observed.lower_back_flat == "unsure":
        yield "back_unsure"
    if observed.lower_back_flat is None:
        yield "back_unchecked"
    if any(one.grade == "excessive" for one in reading.findings):
        yield "excessive"
    if {"pain", "rotation"} & set(reading.standing.open):
        yield "unanswered"


def _second_photo(
    reading: Interpretation, observed: Observations, verdicts: dict[str, Verdict]
) -> Iterator[str]:
    """Yield questions that a further photo or a longer hold would decide."""
    retest = reading.retest
    if retest is None or retest.drop in (None, "undecided"):
        # By Kendall's reasoning, a knee that bends far enough although the thigh is raised proves
        # that the two-joint muscles are long enough.
        if verdicts["thigh"] == "fail" and verdicts.get("knee") != "pass":
            yield "tell_apart"
        return
    if retest.drop == "rose":
        yield "rose"
    elif retest.thigh_verdict == "fail" and observed.abducted_retest is None:
        yield "abduct"
