"""What the further photos of a leg show: with the knee extended, and from above the feet."""

from collections.abc import Iterator
from typing import Final

from app.reports.scales import readings_of
from app.results.schemas import AboveOut, RetestOut, SuggestedOut
from app.results.wording import VERDICT_WORDS, inline, moved_words, sided_words, signed
from vision.norms import NORMS
from vision.sentences import Number, Sentence

NOT_MEASURED: Final = Sentence("This photo could not be measured.")
OUTWARD: Final = Sentence("outward")
INWARD: Final = Sentence("inward")
ELITE_ABDUCTION: Final = Number(f"{next(one.abduction_deg for one in NORMS if one.abduction_deg)}°")


def retest_sentences(found: RetestOut) -> list[str]:
    """Write what the photo with the knee extended shows beside the first one."""
    thigh, knee, *_ = readings_of(found.thigh_deg, found.knee_flexion_deg)
    sentences: list[str] = [
        Sentence(
            "Thigh {angle} ({interval}): {verdict} by itself.",
            angle=thigh.words,
            interval=thigh.interval,
            verdict=inline(VERDICT_WORDS[found.thigh_verdict][0]),
        ),
        Sentence("Knee {angle} ({interval}).", angle=knee.words, interval=knee.interval),
        moved_words(found.change),
        found.text,
    ]
    if found.one_joint_deg is not None and found.two_joint_deg is not None:
        kendall = Sentence(
            "By Kendall & McCreary’s arithmetic the one-joint muscles lack {one_joint}, the "
            "two-joint ones {two_joint}.",
            one_joint=signed(found.one_joint_deg),
            two_joint=signed(found.two_joint_deg),
        )
        sentences.append(kendall)
    return sentences


def above_sentences(above: AboveOut) -> Iterator[Sentence]:
    """Write how the thigh lies from above the feet, and what that suggests."""
    if above.abduction_deg is None and above.rotation_deg is None:
        yield NOT_MEASURED
        return
    if above.abduction_deg is None:
        yield Sentence("How far the thigh drifts outward could not be measured.")
    else:
        angle = sided_words(above.abduction_deg, OUTWARD, INWARD)
        yield Sentence("Thigh {angle} of the trunk’s midline.", angle=angle)
        yield Sentence(
            "Published mean, for comparison only: elite athletes {mean} outward.",
            mean=ELITE_ABDUCTION,
        )
    if above.rotation_deg is None:
        yield Sentence("Rotation could not be measured.")
    else:
        angle = sided_words(above.rotation_deg, INWARD, OUTWARD)
        yield Sentence("Hip rotated {angle}.", angle=angle)
    if above.suggested is not None:
        yield from suggested_sentences(above.suggested)


def suggested_sentences(suggested: SuggestedOut) -> Iterator[Sentence]:
    """Offer answers to the questions about rotation and drift; the examiner decides."""
    if suggested.rotation is not None:
        yield {
            "none": Sentence("Suggested answer: the thigh is not rotated."),
            "inward": Sentence("Suggested answer: the thigh is rotated inward."),
            "outward": Sentence("Suggested answer: the thigh is rotated outward."),
        }[suggested.rotation]
    if suggested.abducted is not None:
        yield {
            "no": Sentence("Suggested answer: the thigh does not drift outward."),
            "yes": Sentence("Suggested answer: the thigh drifts outward."),
        }[suggested.abducted]
