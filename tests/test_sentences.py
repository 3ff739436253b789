"""Sentences: English text that remembers its template, wherever it travels."""

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results.convert import measurement_out
from app.results.rescore import score
from app.results.rescore_input import AnglesIn, ScoreIn
from app.results.schemas import FlagOut, MeasurementOut
from stick_figure import StickFigure, measure_figure
from vision.criteria import RULE_SETS
from vision.sentences import Number, Sentence, joined, number

BENT = Sentence("The {joint} is bent by {angle}.", joint=Sentence("knee"), angle=Number("80.0°"))


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, and made alike."""
    if not isinstance(one, Sentence) or not isinstance(other, Sentence):
        return one == other and type(one) is type(other)
    return (
        one == other
        and one.template == other.template
        and one.values.keys() == other.values.keys()
        and all(same(one.values[name], other.values[name]) for name in one.values)
    )


def test_a_sentence_is_its_english_text() -> None:
    assert BENT == "The knee is bent by 80.0°."
    assert json.dumps([BENT]) == '["The knee is bent by 80.0\\u00b0."]'
    assert f"{BENT}" == str(BENT) == "The knee is bent by 80.0°."
    assert Sentence("{size} above horizontal") == "{size} above horizontal"  # nothing to fill in
    assert number(1.25, ".1f") == "1.2"
    assert Sentence("{n} of {all}", n=3, all=None).values == {"n": "3", "all": "None"}


@given(st.lists(st.text()), st.text(alphabet=";, ·"))
def test_joined(parts: list[str], separator: str) -> None:
    made = joined(separator, parts)
    assert made == separator.join(parts)
    assert list(made.values.values()) == parts


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        BENT.template = "else"
    with pytest.raises(TypeError):
        BENT.values["joint"] = "hip"  # type: ignore[index]
    with pytest.raises(KeyError):
        Sentence("The {joint} of the {side} leg.", joint="knee")


@dataclass(frozen=True)
class Holder:
    text: str


def test_it_survives_copies_and_other_processes() -> None:
    assert same(pickle.loads(pickle.dumps(BENT)), BENT)
    assert same(copy.deepcopy(BENT), BENT)
    assert same(asdict(Holder(BENT))["text"], BENT)


def test_results_keep_it_and_json_does_not_know() -> None:
    flag = FlagOut(code="x", blocking=False, text=BENT, advice="Wait.")
    assert same(flag.text, BENT)
    assert same(flag.model_copy(update={"code": "y"}).text, BENT)
    assert flag.model_dump_json() == FlagOut(**json.loads(flag.model_dump_json())).model_dump_json()
    assert not isinstance(FlagOut.model_validate_json(flag.model_dump_json()).text, Sentence)
    schema = FlagOut.model_json_schema()["properties"]["text"]
    assert schema == {"title": "Text", "type": "string"}


def texts(out: MeasurementOut) -> list[str]:
    """Every text for people in a result."""
    found = [out.headline, out.pattern_text, *out.also_texts, out.provisional or BENT]
    found += [one.text for one in out.findings]
    found += [text for flag in out.flags for text in (flag.text, flag.advice)]
    steps = out.next_steps
    return found + [text for one in steps for text in (one.title, one.text, one.reason, one.guide)]


def test_every_text_of_a_result_is_one() -> None:
    angles = AnglesIn(thigh_deg=12, knee_flexion_deg=60, uncertainty_deg=4)
    made = (
        score(ScoreIn(angles=angles), RULE_SETS["guide"]),
        measurement_out(measure_figure(StickFigure(thigh_deg=12, knee_deg=60))),
    )
    for out in made:
        assert len(texts(out)) > 10
        assert [text for text in texts(out) if not isinstance(text, Sentence)] == []
