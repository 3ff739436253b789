"""What comes next: steps chosen by the reading, each with its reason and where it is from.

The texts are in ``advice.toml``, which a clinician can review without reading code. Pain, a reason
not to do the test, or a nerve makes seeing a clinician the only step.
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
"""What has become of a leg since an earlier examination."""
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
    """A step of the file, before a reason is chosen.

    Attributes
    ----------
    when : dict of str to str
        Reason by tag.
    unless : tuple of str
        Tags that forbid it.
    alone : bool
        Whether it is the only step where it applies.
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
    """Read every step there is from the data file."""
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
        What has become of the leg since an earlier examination; by default it is a first visit.
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
    # A thigh that is only too close to call gives no reason yet to stretch the psoas.
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
    """Yield what calls for a clinician."""
    if observed.painful:
        yield "pain"
    if observed.safety == "present":
        yield "safety"
    if observed.back_or_nerve == "yes":
        yield "nerve"


def _position(reading: Interpretation, observed: Observations) -> Iterator[str]:
    """Yield what is wrong with the position, or not known of it."""
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
    """Yield what a further photo or a further hold would decide."""
    retest = reading.retest
    if retest is None or retest.drop in (None, "undecided"):
        # A knee that bends far enough although the thigh is raised is Kendall's proof that the
        # two-joint muscles are long enough.
        if verdicts["thigh"] == "fail" and verdicts.get("knee") != "pass":
            yield "tell_apart"
        return
    if retest.drop == "rose":
        yield "rose"
    elif retest.thigh_verdict == "fail" and observed.abducted_retest is None:
        yield "abduct"
