"""Data with which the page's editor measures moved points in the browser, as the server does.

The constants of :mod:`vision.adjustment` and the cut-offs are sent with the page, so that they are
defined only once; ``static/scoring.js`` contains the formulas.
"""

from dataclasses import asdict
from typing import Any, Final

from app.reports.environment import ENGLISH, Speech
from app.results.rescore import TURNED
from app.results.schemas import MeasurementOut
from app.results.wording import VERDICT_WORDS
from app.web.svg_overlay import Chain
from vision.adjustment import CAMERA_SIGMA_DEG, CARRIED_CAMERA_SIGMA_DEG, READING_SIGMA_DEG
from vision.angles import PLUMB_WITHIN_DEG, Z95, Angle, Reading
from vision.criteria import RuleSet
from vision.findings import SEVERITY, Verdict, find
from vision.geometry import MIN_LIMB_PX
from vision.level import GIVEN_SIGMA_DEG, MAX_ROLL_DEG
from vision.observations import Observations
from vision.overlay import LEG_DRAWING
from vision.plausibility import KNEE_DEG, MAX_LIMB_RATIO, THIGH_DEG
from vision.quality import observed_flags
from vision.sentences import Sentence
from vision.status import CLINICIAN_TITLE, PAIN_TITLE, TITLES

TEXTS: Final = {
    "hip": Sentence("Hip"),
    "knee": Sentence("Knee"),
    "ankle": Sentence("Ankle"),
    "level": Sentence("Level"),
    "above": Sentence("{size} above horizontal"),
    "below": Sentence("{size} below horizontal"),
    "level_with": Sentence("{size} level with horizontal"),
    "bent": Sentence("bent {angle}"),
    "range": Sentence("{near} to {far}"),
    "range_above": Sentence("{near} to {far} above horizontal"),
    "range_below": Sentence("{near} to {far} below horizontal"),
    "range_across": Sentence("{near} below to {far} above horizontal"),
    "plumb": Sentence("{size} plumb"),
    "forward": Sentence("{size} forward of plumb"),
    "behind": Sentence("{size} behind plumb"),
    "range_forward": Sentence("{near} to {far} forward of plumb"),
    "range_behind": Sentence("{near} to {far} behind plumb"),
    "shank_across": Sentence("{near} behind to {far} forward of plumb"),
    "automatic": Sentence("Automatic: {words}"),
    "moved": Sentence("moved {pixels} px"),
    "was": Sentence("was {angle}"),
    "place": Sentence("{x} right, {y} down, pixels"),
    "tilt": Sentence("{angle} camera tilt"),
    "said": Sentence("Thigh {thigh}. Knee {knee}. Shank {shank}. Overall {overall}."),
    "where_head": Sentence("Choose where in the photo the head lies."),
    "no_leg": Sentence(
        "No leg can be like this: check hip, knee and ankle, and where the head lies."
    ),
    "save": Sentence("Save correction"),
    "saving": Sentence("Saving…"),
    "no_answer": Sentence("The service did not answer. Nothing is lost: try again."),
}
"""Texts of the editor while points move, with the names of values in braces."""
_ANY: Final = Reading(*(Angle(0.0, 0.0, 0.0),) * 3)


def correction(
    out: MeasurementOut, rules: RuleSet, found_px: Chain | None, speech: Speech = ENGLISH
) -> dict[str, Any] | None:
    """Collect the data needed to correct one leg, as JSON, beside :func:`shared_data`.

    Parameters
    ----------
    out : MeasurementOut
    rules : RuleSet
        The rule-set that judged.
    found_px : Chain or None
        Initial points for a refused photo.
    speech : Speech
        The page's language.

    Returns
    -------
    dict or None
        None if no points could make it measurable, because an answer prevents it, or the photo has
        to be turned first.
    """
    observed = Observations(**out.observations.model_dump())
    if any(flag.kind.blocking for flag in observed_flags(observed)):
        return None
    if any(flag.code in TURNED for flag in out.flags):
        return None
    findings = find(_ANY, rules, observed)
    supported = any(flag.code == "leg_supported" for flag in out.flags)
    return {
        "found": found_px,
        "rules": {
            "thigh_max_deg": rules.thigh_max_deg,
            "knee_min_deg": None if supported else rules.knee_min_deg,
            "knee_follows_thigh": rules.knee_follows_thigh,
            "shank_max_deg": rules.shank_max_deg,
        },
        "others": [one.verdict for one in findings if one.criterion not in ("thigh", "knee")],
        "overall": {
            status: {verdict: speech.say(title) for verdict, title in words.items()}
            for status, words in _overall_words(observed).items()
        },
        "open": supported or bool(set(out.judged.open) - {"thigh", "knee"}),
    }


def shared_data(speech: Speech = ENGLISH) -> dict[str, Any]:
    """Collect the texts and constants of the editor, the same for every leg, as JSON."""
    return {
        "texts": {name: speech.say(text) for name, text in TEXTS.items()},
        "words": {verdict: speech.say(title) for verdict, (title, _) in VERDICT_WORDS.items()},
        "constants": constants(),
        "drawing": asdict(LEG_DRAWING),
    }


def _overall_words(observed: Observations) -> dict[str, dict[Verdict, str]]:
    """Return the names of the overall verdict, final and provisional, as on the result."""
    if observed.clinician_first:
        title = PAIN_TITLE if observed.painful else CLINICIAN_TITLE
        same: dict[Verdict, str] = dict.fromkeys(SEVERITY, title)
        return {"final": same, "so_far": same}
    return {"final": TITLES["final"], "so_far": TITLES["provisional"]}


def constants() -> dict[str, Any]:
    """Return the constants of the formulas, degrees unless the name states another unit."""
    return {
        "z95": Z95,
        "reading_sigma_deg": READING_SIGMA_DEG,
        "camera_sigma_deg": CAMERA_SIGMA_DEG,
        "carried_camera_sigma_deg": CARRIED_CAMERA_SIGMA_DEG,
        "given_sigma_deg": GIVEN_SIGMA_DEG,
        "max_roll_deg": MAX_ROLL_DEG,
        "min_limb_px": MIN_LIMB_PX,
        "plumb_within_deg": PLUMB_WITHIN_DEG,
        "thigh_deg": THIGH_DEG,
        "knee_deg": KNEE_DEG,
        "max_limb_ratio": MAX_LIMB_RATIO,
    }
