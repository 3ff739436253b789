"""Every text for people is made of messages, so that catalogues can hold it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final, get_args

import pytest

from app.reports import further_photos, leg_report
from app.reports.scales import norm_marks, readings
from app.results import made
from app.results.examination import examination_out
from app.results.rescore import score
from app.results.rescore_input import AnglesIn, ScoreIn
from app.results.schemas import AboveOut, AngleOut, DifferenceOut, LegOut, LevelOut, SuggestedOut
from app.results.wording import ANSWER_WORDS, INLINE, inline, moved_words, repeats_words
from app.service.errors import REQUEST_PROBLEMS
from app.service.problems import catalogue as problems
from app.web import form
from app.web.i18n.catalogue import catalogue
from deploy.messages import messages
from test_examination import LEFT, RIGHT, examined, repeated
from vision import status
from vision.advice import advice
from vision.angles import Angle, Reading, shank_from_plumb_deg
from vision.criteria import RULE_SETS, RuleSet
from vision.cues import CUES
from vision.errors import all_errors
from vision.flags import FLAG_KINDS
from vision.frontal.view import ABOVE_FLAG_KINDS
from vision.interpretation import interpret
from vision.norms import NORMS
from vision.observations import QUESTIONS, Rotation, observations
from vision.sentences import Sentence

ROOT: Final = Path(__file__).parents[1]
SPANISH: Final = catalogue("es")
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
KNOWN: Final = {*messages()}
ROTATIONS: Final = get_args(Rotation)


def templates_of(text: str) -> Iterator[str]:
    """Every template that a text is made of."""
    if isinstance(text, Sentence):
        yield text.template
        for value in text.values.values():
            yield from templates_of(value)


def unknown(*texts: str) -> list[str]:
    """The texts that are not made of messages, so that no catalogue could hold them."""
    found: list[str] = []
    for text in texts:
        made = isinstance(text, Sentence) or not text
        others = (
            one for one in templates_of(text) if re.search(r"[A-Za-z]", PLACEHOLDER.sub("", one))
        )
        if not made or not {*others} <= KNOWN:
            found.append(text)
    return found


def test_tables() -> None:
    kinds = (*FLAG_KINDS.values(), *ABOVE_FLAG_KINDS.values())
    assert unknown(*(kind.asks for kind in CUES)) == []
    assert unknown(*(text for kind in kinds for text in (kind.text, kind.advice))) == []
    for step in advice():
        assert unknown(step.title, step.text, step.guide, *step.when.values()) == []
    for rules in RULE_SETS.values():
        assert unknown(rules.title, rules.population, rules.limits, rules.in_words()) == []
    for norm in NORMS:
        assert unknown(norm.title, norm.limbs, norm.in_words()) == []
    assert unknown(*(mark.label for mark in norm_marks("thigh") + norm_marks("knee"))) == []
    titles = [title for words in status.TITLES.values() for title in words.values()]
    named = (*titles, status.PAIN_TITLE, status.CLINICIAN_TITLE)
    assert {*named} <= INLINE.keys()
    assert unknown(*(inline(title) for title in named)) == []
    for question in QUESTIONS:
        assert unknown(question.title, question.text) == []
        assert {*question.answers} <= ANSWER_WORDS.keys()
    for place in form.PLACES:
        assert unknown(place.leg, place.view, place.title, place.short_title) == []


def test_problems() -> None:
    for one in problems():
        assert unknown(one.title, one.advice) == []
        assert one.title == one.code.replace("_", " ").capitalize()
    assert unknown(*(one.usual_detail for one in REQUEST_PROBLEMS)) == []


TERMINAL: Final = re.compile(
    r"app/(commands|agreement|batch)/|rule_files\.py|csv_tables\.py|backends/(engines|networks)\.py"
)
"""Modules whose errors are only read in a terminal or by programmers, in English."""


def plain_messages(path: Path) -> Iterator[str]:
    """Every text that a module gives one of our errors without making a sentence of it."""
    names = {one.__name__ for one in (*all_errors(), *REQUEST_PROBLEMS)}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[made, *_]) if name in names:
                if isinstance(made, ast.Constant | ast.JoinedStr | ast.BinOp):
                    yield f"{path.name}, line {node.lineno}"


def test_errors_are_made_of_sentences() -> None:
    modules = (path for folder in ("app", "vision") for path in (ROOT / folder).rglob("*.py"))
    read = [path for path in modules if not TERMINAL.search(path.as_posix())]
    assert [one for path in read for one in plain_messages(path)] == []


# --- sentences that are put together ----------------------------------------------------------

JUDGED: Final = [one for one in QUESTIONS if one.name not in ("safety", "feels_tight")]
"""What words depend on; the two others change the title alone."""
NAMES: Final = [question.name for question in JUDGED]
ANSWERS: Final = product(*((None, *question.answers) for question in JUDGED))
OBSERVED: Final = [observations(dict(zip(NAMES, one, strict=True))) for one in ANSWERS][::3]
OWN: Final = replace(RULE_SETS["execp-2021"], id="own", thigh_max_deg=5.5, abduction_max_deg=2.5)


def read(thigh: float, knee: float) -> Reading:
    shank = shank_from_plumb_deg(thigh, knee)
    return Reading(*(Angle(value, 2.0, 0.0) for value in (thigh, knee, shank)))


@pytest.mark.parametrize("rules", [*RULE_SETS.values(), OWN], ids=lambda rules: rules.id)
def test_every_judgement(rules: RuleSet) -> None:
    angles = [read(*both) for both in product((-30, -10, -4, 0, 5, 20), (30, 67, 80, 120))]
    again = [None, *(read(*both) for both in ((-20, 10), (3, 10), (20, 10), (40, 10), (20, 99)))]
    judged = [
        interpret(one, rules, extended=second, supported=supported)
        for one, second, supported in product(angles, again, (False, True))
    ]
    drifts = [None, *(Angle(deg, 2.0, 0.0) for deg in (-10.0, 1.0, 20.0))]
    for observed, drift in product(OBSERVED, drifts):
        judged.append(interpret(angles[-1], rules, observed, abduction=drift))
    texts = {finding.text for one in judged for finding in one.findings}
    texts |= {text for one in judged for text in one.also_texts}
    texts |= {one.retest.text for one in judged if one.retest is not None}
    standings = {one.standing for one in judged}
    texts |= {text for one in standings for text in (one.title, one.detail, one.provisional)}
    assert unknown(*texts, *{one.pattern_text for one in judged}) == []


def test_readings_in_words() -> None:
    for thigh in (-20.5, -1.0, 0.0, 12.25):
        angles = AnglesIn(thigh_deg=thigh, knee_flexion_deg=95.5, uncertainty_deg=6)
        out = score(ScoreIn(angles=angles), RULE_SETS["guide"])
        for said in readings(out):
            assert unknown(said.name, said.before, said.after, said.words, said.interval) == []
            unjudged = replace(said, finding=None), replace(said, supported=True)
            assert unknown(*(one.unjudged for one in unjudged)) == []
        for one in product(("left", "right"), ("given", "inferred"), (True, False, None)):
            leg = LegOut.model_validate(dict(zip(LegOut.model_fields, one, strict=True)))
            assert unknown(made.leg_words(out.model_copy(update={"tested_leg": leg}))) == []
    for level, name in made.LEVEL_WORDS.items():
        tilt = LevelOut.model_validate({"roll_deg": -1.5, "interval": (-2, -1), "source": level})
        assert unknown(made.level_words(tilt), name) == []


def test_sentences_of_the_report() -> None:
    turned = [None, *(AngleOut(value=deg, interval=(deg - 3, deg + 3)) for deg in (-9.5, -1, 2, 9))]
    for out, inward in product(turned, turned):
        above = AboveOut(measurable=True, abduction_deg=out, rotation_deg=inward, flags=())
        assert unknown(*further_photos.above_sentences(above)) == []
    for rotation, drift in product((None, *ROTATIONS), (None, "yes", "no")):
        suggested = SuggestedOut.model_validate({"rotation": rotation, "abducted": drift})
        assert unknown(*further_photos.suggested_sentences(suggested)) == []
    for deg, beyond in product([-5.5, 5.5], [True, False]):
        fields = ("thigh", deg, 3.0, beyond, 3.0)
        values = dict(zip(DifferenceOut.model_fields, fields, strict=True))
        assert unknown(moved_words(DifferenceOut.model_validate(values))) == []


def test_sentences_of_an_examination() -> None:
    before = examination_out(examined(rules="kendall"), subject="A")
    texts: list[str] = []
    for lift, bend, rules in ((25, 0, "kendall"), (-25, 30, "magee"), (1, -30, "kendall")):
        other = replace(LEFT, thigh_deg=LEFT.thigh_deg + lift, knee_deg=LEFT.knee_deg + bend)
        out = examination_out(examined(other, RIGHT, rules=rules), previous=before)
        assert out.asymmetry is not None
        texts += [out.asymmetry.text, *out.warnings, *(change.text for change in out.changes)]
    short = examined(LEFT, None, left_retest=replace(LEFT, knee_deg=10))
    leg = examination_out(short).left
    assert leg is not None
    section = leg_report._retest(leg, {})
    assert section is not None
    texts += section.sentences
    out = examination_out(repeated(LEFT, replace(LEFT, thigh_deg=-14)))
    assert out.left is not None
    texts += repeats_words(out.left.measurement)
    assert unknown(*texts) == []
    assert SPANISH.say(texts[0]).startswith("El muslo derecho queda 25,0° más bajo que el izq")
    judged = next(text for text in texts if "judged by" in text)
    assert "se evaluó con kendall (versión 2) y esta con magee (versión 2)" in SPANISH.say(judged)
