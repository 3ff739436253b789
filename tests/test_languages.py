"""The pages in other languages: how texts are found, and that none of the instrument's is missing."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes

from app.reports import leg_report
from app.reports.scales import SHANK_HELP, norm_marks, readings
from app.results.examination import examination_out
from app.results.rescore import score
from app.results.rescore_input import AnglesIn, ScoreIn
from app.results.schemas import (
    NOTICE,
    AboveOut,
    AngleOut,
    DifferenceOut,
    LegOut,
    LevelOut,
    SuggestedOut,
)
from app.results.wording import OPEN_WORDS, VERDICT_WORDS, moved_words, repeats_words
from app.service.errors import REQUEST_PROBLEMS
from app.service.problems import catalogue as problems
from app.web import editor, form, pages
from app.web.i18n.catalogue import (
    LANGUAGES,
    PLACEHOLDER,
    SOURCE,
    Catalogue,
    catalogue,
    choose_language,
)
from test_examination import LEFT, RIGHT, examined, repeated
from vision import interpretation, patterns, status
from vision.advice import advice
from vision.angles import Angle, Reading, shank_from_plumb_deg
from vision.criteria import NORMS, NORMS_CAUTION, RULE_SETS, RuleSet
from vision.cues import CUES
from vision.errors import all_errors
from vision.flags import FLAG_KINDS
from vision.frontal.view import ABOVE_FLAG_KINDS
from vision.interpretation import interpret
from vision.observations import (
    HOLD_QUESTION,
    NOT_WITHOUT_A_CLINICIAN,
    QUESTIONS,
    Rotation,
    observations,
)

ROOT: Final = Path(__file__).parents[1]
SPANISH: Final = catalogue("es")
TRANSLATED: Final = [catalogue(code) for code in LANGUAGES if code != SOURCE]
EVERY_LANGUAGE: Final = pytest.mark.parametrize(
    "spoken", TRANSLATED, ids=[one.language for one in TRANSLATED]
)
NAMES_OF_RULES: Final = {"Kendall & McCreary", "Ferber, Kendall & McElroy 2010", "Magee"}
SAME: Final = {"es": {*NAMES_OF_RULES, "No", "no"}}
"""What is written as in English, by language."""

TERMINAL: Final = re.compile(r"app/(commands|agreement|batch)/|rule_files\.py|backends/litert\.py")
"""Modules whose errors are only read in a terminal or by programmers, in English."""
ROTATIONS: Final = get_args(Rotation)


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", PLACEHOLDER.sub(" ", text).lower()))


@cache
def english(spoken: Catalogue) -> set[str]:
    """Words of the English texts that no translated one has: none may be left over."""
    return words(" ".join(spoken.messages)) - words(" ".join(spoken.messages.values()))


def lost(spoken: Catalogue, texts: Iterable[str]) -> list[str]:
    """The texts that do not come out in a language."""
    said = {text: spoken.say(text) for text in texts if text}
    same = SAME.get(spoken.language, NAMES_OF_RULES)
    return [
        one for one in said if words(said[one]) & english(spoken) or said[one] == one not in same
    ]


def missing(*texts: str) -> list[str]:
    """The texts that do not come out in one of the languages, and in which."""
    return [f"{one.language}: {text}" for one in TRANSLATED for text in lost(one, texts)]


# --- finding a text ---------------------------------------------------------------------------

FINDER: Final = Catalogue(
    "es",
    {
        "Left": "Izquierda",
        "bent {DEG}°": "flexionada {DEG}°",
        "Too close: {what}.": "Demasiado cerca: {what}.",
        "Too close: {what}, by {_name}.": "Demasiado cerca ({_name}): {what}.",
        "{a} to {b}": "de {a} a {b}",
    },
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Left", "Izquierda"),
        ("", ""),
        ("bent 12.5°", "flexionada 12,5°"),
        ("bent −12°", "flexionada −12°"),
        ("bent by far°", "bent by far°"),  # only a number fits
        ("Too close: bent 3.5°.", "Demasiado cerca: flexionada 3,5°."),
        ("Too close: nobody {knows}.", "Demasiado cerca: nobody {knows}."),
        ("Too close: Left, by Left 1.2.", "Demasiado cerca (Left 1.2): Izquierda."),  # as it is
        ("{a} to {b}", "de {a} a {b}"),
        ("Back to front", "Back to front"),  # too little of its own to be found by
        ("Too close: " + "x" * 1000 + ".", "Too close: " + "x" * 1000 + "."),
    ],
)
def test_say(text: str, said: str) -> None:
    assert FINDER.say(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.5° to 12.25°, then 3.5.", "0,5° to 12,25°, then 3,5."),
        ("−9.69° (±1.5)", "−9,69° (±1,5)"),
        ("thomas-test 0.1.0, v2.18.0, sha 12e4.5f", "thomas-test 0.1.0, v2.18.0, sha 12e4.5f"),
        ("doi:10.4085/1062-6050-45.4.344", "doi:10.4085/1062-6050-45.4.344"),
    ],
)
def test_number(text: str, said: str) -> None:
    assert SPANISH.number(text) == SPANISH.say(text) == said
    assert catalogue("en").number(text) == text


@given(st.text() | st.lists(st.sampled_from(sorted(SPANISH.messages)), max_size=3).map(" ".join))
def test_any_text_can_be_said(text: str) -> None:
    assert SPANISH.say(text) or not text
    assert catalogue("en").say(text) == text


@EVERY_LANGUAGE
def test_both_sides_of_the_catalogue_fit(spoken: Catalogue) -> None:
    for source, target in spoken.messages.items():
        names = PLACEHOLDER.findall(source)
        assert sorted(names) == sorted({*PLACEHOLDER.findall(target)}), source
        assert (source[-1] in ".?:") == (target[-1] in ".?:"), source
        if len(PLACEHOLDER.sub("", source)) >= 5:
            values = {name: "7.5" if name.isupper() else f"x{name}" for name in names}
            said = spoken.number(target.format(**values))
            assert spoken.say(source.format(**values)) == said, "hidden by another template"


@pytest.mark.parametrize(
    ("accept", "wanted", "chosen"),
    [
        ("", None, "en"),
        ("es-MX,es;q=0.9,en;q=0.8", None, "es"),
        ("ES-419", None, "es"),
        ("en-GB,en;q=0.9,es;q=0.8", None, "en"),
        ("fr-CA, en;q=0.4, es ; q=0.5", None, "es"),
        ("*, es;q=0.5", None, "es"),  # the wildcard asks for nothing in particular
        ("es;q=0, es;q=many, ;;,=, \x00, ../es, es;q=nan", None, "en"),
        ("en", "es", "es"),
        ("es", "../../etc", "es"),
    ],
)
def test_choosing_a_language(accept: str, wanted: str | None, chosen: str) -> None:
    assert choose_language(accept, wanted) == chosen


@given(st.text(), st.none() | st.text())
def test_whatever_a_browser_sends_there_is_a_catalogue(accept: str, wanted: str | None) -> None:
    assert catalogue(choose_language(accept, wanted)).language in LANGUAGES
    with pytest.raises(KeyError):
        catalogue("../es")


# --- nothing is missing -----------------------------------------------------------------------


def test_tables() -> None:
    kinds = (*FLAG_KINDS.values(), *ABOVE_FLAG_KINDS.values())
    assert missing(*(kind.asks for kind in CUES)) == []
    assert missing(*(text for kind in kinds for text in (kind.text, kind.advice))) == []
    for table in (
        patterns.PATTERN_TEXTS,
        patterns.RETEST_TEXTS,
        patterns.AT_LEAST_TEXTS,
        patterns.CLOSE_TEXTS,
        patterns.DROP_TEXTS,
        patterns.ABDUCTION_TEXTS,
        status.PROVISIONAL_TEXTS,
        interpretation.OTHER_TEXTS,
        OPEN_WORDS,
    ):
        assert missing(*table.values()) == []
    others = (
        *(interpretation.NOT_MEASURABLE_TEXT, patterns.NOT_EXTENDED_TEXT, NOTICE, SHANK_HELP),
        *(status.PROVISIONAL_TEXT, status.PAST_PLUMB_TEXT, NORMS_CAUTION),
        *NOT_WITHOUT_A_CLINICIAN,
    )
    assert missing(*others) == []
    for step in advice():
        assert missing(step.title, step.text, step.guide, *step.when.values()) == []


def test_rule_sets_and_norms() -> None:
    for rules in RULE_SETS.values():
        assert missing(rules.title, rules.population, rules.limits, rules.in_words()) == []
        if rules.id != "guide":  # its citation is a sentence, the others are references
            assert all(one.say(rules.citation) == rules.citation for one in TRANSLATED)
    for norm in NORMS:
        assert missing(norm.title, norm.limbs, norm.in_words()) == []
        assert all(one.say(norm.citation) == norm.citation for one in TRANSLATED)
    assert missing(*(mark.label for mark in norm_marks("thigh") + norm_marks("knee"))) == []


def test_words_of_the_pages() -> None:
    for word, meaning in VERDICT_WORDS.values():
        assert missing(word, word.lower(), meaning) == []
    named: list[str] = [title for words in status.TITLES.values() for title in words.values()]
    for title in (*named, status.PAIN_TITLE, status.CLINICIAN_TITLE):
        assert missing(title, title.lower()) == []
    for question in QUESTIONS:
        assert missing(question.text, question.name.replace("_", " ")) == []
    assert missing(HOLD_QUESTION) == []
    assert missing(*pages.ANSWER_WORDS, *pages.ANSWER_WORDS.values()) == []
    assert missing(*editor.TEXTS.values(), *form._TITLES.values()) == []
    for place in form.PLACES:
        assert missing(place.leg, place.view, place.title) == []


def test_advice_on_errors() -> None:
    assert missing(*(one.advice for one in problems()), *form._ADVICE.values()) == []
    assert missing(*(one.title for one in problems())) == []
    assert missing(*(one.usual_detail for one in REQUEST_PROBLEMS)) == []


def raised(path: Path) -> Iterator[tuple[str, ...]]:
    """Every sentence that a module gives one of our errors, values filled in in several ways."""
    names = {one.__name__ for one in (*all_errors(), *REQUEST_PROBLEMS)}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and node.args:
            made = node.args[0]
            if isinstance(made, ast.Call) and made.args and isinstance(made.args[0], ast.Constant):
                template = str(made.args[0].value)
                words_ = ("7", "left", "right", "photo", "thigh")
                keys = sorted({*PLACEHOLDER.findall(template)})
                for each in product(words_, repeat=len(keys)) if len(keys) < 5 else ():
                    yield (template.format(**dict(zip(keys, each, strict=True))),)
                continue
            parts = getattr(node.args[0], "values", node.args[:1])
            if not isinstance(parts[0], ast.Constant | ast.FormattedValue):
                continue  # a message that is passed on
            values = ("7", "left", "right", "photo", "thigh")
            fills = [(one.value,) if isinstance(one, ast.Constant) else values for one in parts]
            yield tuple("".join(map(str, one)) for one in product(*fills))


def test_messages_of_errors() -> None:
    modules = (path for folder in ("app", "vision") for path in (ROOT / folder).rglob("*.py"))
    found = {
        one for path in modules if not TERMINAL.search(path.as_posix()) for one in raised(path)
    }
    assert len(found) > 40
    for spoken in TRANSLATED:
        assert len([texts[0] for texts in found if len(lost(spoken, texts)) < len(texts)]) > 40


def marked(source: str) -> set[str]:
    """Texts that a template has translated: ``"text"|say``, ``say("text")``, ``_("text")``."""
    found: set[str] = set()
    tree = Environment().parse(source)
    filters = (one for one in tree.find_all(nodes.Filter) if one.name == "say")
    places: list[nodes.Node | None] = [one.node for one in filters]
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("say", "_"):
            places += call.args
    while places:
        place = places.pop()
        if isinstance(place, nodes.CondExpr):
            places += [place.expr1, place.expr2]
        elif isinstance(place, nodes.Const) and isinstance(place.value, str):
            found.add(place.value)
    return found


def test_what_a_template_marks_is_known() -> None:
    source = """{{ "A" | say }}{% if x %}{{ _("B {n}").format(n=1) }}{% endif %}{{ value | say }}
        {{ ("C" if x == "no" else "D") | say | upper }}{{ say("E") }}"""
    assert marked(source) == {"A", "B {n}", "C", "D", "E"}
    for path in (ROOT / "app").rglob("*.html"):
        for spoken in TRANSLATED:
            assert marked(path.read_text("utf-8")) - spoken.messages.keys() == set(), path.name


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
    assert missing(*texts, *{one.pattern_text for one in judged}) == []


def test_readings_in_words() -> None:
    for thigh in (-20.5, -1.0, 0.0, 12.25):
        angles = AnglesIn(thigh_deg=thigh, knee_flexion_deg=95.5, uncertainty_deg=6)
        out = score(ScoreIn(angles=angles), RULE_SETS["guide"])
        for said in readings(out):
            assert missing(said.name, said.before, said.after, said.words, said.interval) == []
            unjudged = replace(said, finding=None), replace(said, supported=True)
            assert missing(*(one.unjudged for one in unjudged)) == []
        for one in product(("left", "right"), ("given", "inferred"), (True, False, None)):
            leg = LegOut.model_validate(dict(zip(LegOut.model_fields, one, strict=True)))
            assert missing(pages._leg_words(out.model_copy(update={"tested_leg": leg}))) == []
    for level, name in leg_report._LEVEL_WORDS.items():
        tilt = LevelOut.model_validate({"roll_deg": -1.5, "interval": (-2, -1), "source": level})
        assert missing(pages._level_words(tilt), name) == []


def test_sentences_of_the_report() -> None:
    turned = [None, *(AngleOut(value=deg, interval=(deg - 3, deg + 3)) for deg in (-9.5, -1, 2, 9))]
    for out, inward in product(turned, turned):
        above = AboveOut(measurable=True, abduction_deg=out, rotation_deg=inward, flags=())
        assert missing(*leg_report._above_sentences(above)) == []
    for rotation, drift in product((None, *ROTATIONS), (None, "yes", "no")):
        suggested = SuggestedOut.model_validate({"rotation": rotation, "abducted": drift})
        assert missing(*leg_report._suggested_sentences(suggested)) == []
    for deg, beyond in product([-5.5, 5.5], [True, False]):
        fields = ("thigh", deg, 3.0, beyond, 3.0)
        values = dict(zip(DifferenceOut.model_fields, fields, strict=True))
        assert missing(moved_words(DifferenceOut.model_validate(values))) == []
    said = "Thigh 1.5° below horizontal (0.2° below to 2.8° above horizontal): fail by itself."
    assert SPANISH.say(said).startswith("Muslo 1,5° por debajo de la horizontal (de 0,2° por deb")
    assert SPANISH.say(said).endswith(
        "a 2,8° por encima de la horizontal). Por sí solo: no supera."
    )


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
    assert missing(*texts) == []
    assert SPANISH.say(texts[0]).startswith("El muslo derecho queda 25,0° más bajo que el izq")
    judged = next(text for text in texts if "judged by" in text)
    assert "se evaluó con kendall (versión 2) y esta con magee (versión 2)" in SPANISH.say(judged)
