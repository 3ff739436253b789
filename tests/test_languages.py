"""The pages in other languages: texts, catalogues, and which language is chosen."""

import io
import re
from gettext import GNUTranslations, NullTranslations
from typing import Final

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from app.web.i18n.catalogue import (
    LANGUAGES,
    LOCALES,
    SOURCE,
    Catalogue,
    catalogue,
    choose_language,
)
from deploy.messages import as_mo, as_po, in_module, in_template, messages, renewed
from vision.sentences import Number, Sentence, joined

SPANISH: Final = catalogue("es")
TRANSLATED: Final = [catalogue(code) for code in LANGUAGES if code != SOURCE]
CODES: Final = [one.language for one in TRANSLATED]
EVERY_LANGUAGE: Final = pytest.mark.parametrize("language", CODES)
NAMES_OF_RULES: Final = {"Kendall & McCreary", "Ferber, Kendall & McElroy 2010", "Magee"}
SAME: Final[dict[str, set[str]]] = {
    "de": {
        "Moment",
        "Passphrase",
        "Person",
        "Person in {file}",
        "Rotation",
        "Software",
        "Version",
        "optional",
    },
    "es": {"Error", "real"},
    "fr": {
        *("Angle", "Client", "Clients", "Photos", "Verdict"),
        *("Date", "Moment", "Notes", "Pages", "Photo", "Points", "Question", "Rotation"),
        *("Verdicts", "Version", "photo"),
        *("abduction {mean}", "abduction ≤ {angle}", "{width} × {height} pixels, SHA-256"),
    },
    "nl": {
        *("Camera", "Model", "Privacy", "camera {leg}", "was {angle}"),
        "{width} × {height} pixels, SHA-256",
    },
    "pt": {"ok", "{width} × {height} pixels, SHA-256"},
}
"""What is written as in English, by language; the names of rules are so in every one."""
PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
SIGN: Final = re.compile("[−±≤≥×°<>+]")
"""What changes a value's meaning: as in English in every language."""
NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")
TYPOGRAPHY: Final = {
    "de": re.compile(r"[“‘](?=\w)|[«»’'\"]|M\. |[\d}] (?:[mkM]B|MP|px|c?m|s)\b"),
    "fr": re.compile(
        r"['\"“”„‘]|«[^\N{NO-BREAK SPACE}]|[^\N{NO-BREAK SPACE}]»"
        r"|[^\N{NARROW NO-BREAK SPACE}][;?%!]| :|[\d}] (?:[kM]o|MP|px|c?m|s)\b"
    ),
    "nl": re.compile(r"['\"«»„]|\bm\. |[\d}] (?:[kM]B|MP|px|c?m|s)\b"),
    "pt": re.compile(r"['’\"«»„]|[\d}] (?:[kM]B|MP|px|c?m|s|%)(?!\w)"),
}
"""What is not written so in a language: its quotation marks, apostrophes and no-break spaces."""


def in_file(language: str) -> Catalog:
    """The catalogue as translators see it."""
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


# --- a text ------------------------------------------------------------------------------------


class Tiny(NullTranslations):
    """A catalogue of a few messages."""

    KNOWN: Final = {
        "Left": "Izquierda",
        "0.5": "0,5",
        "bent {angle}": "flexionada {angle}",
        "{size} above": "{size} por encima",
        "Too close: {what}.": "Demasiado cerca: {what}.",
    }

    def gettext(self, message: str) -> str:
        return self.KNOWN.get(message, message)


TINY: Final = Catalogue("es", Tiny())
BENT: Final = Sentence("bent {angle}", angle=Number("12.5°"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Left", "Izquierda"),  # as it comes back from JSON
        ("", ""),
        ("unknown 1.5", "unknown 1.5"),
        (Sentence("Left"), "Izquierda"),
        (BENT, "flexionada 12,5°"),
        (Sentence("Too close: {what}.", what=BENT), "Demasiado cerca: flexionada 12,5°."),
        (Sentence("Too close: {what}.", what="Left"), "Demasiado cerca: Left."),  # what was typed
        (Sentence("{size} above"), "{size} por encima"),  # filled in by a script
        (Sentence("Unknown {what}", what=Sentence("Left")), "Unknown Izquierda"),
        (Sentence("Too close: {what}.", what="{angle}"), "Demasiado cerca: {angle}."),
        (joined(", ", [BENT, "1.5", Number("−1.5")]), "flexionada 12,5°, 1.5, −1,5"),
        (Number("−6.8° ± 5.7°"), "−6,8° ± 5,7°"),
    ],
)
def test_say(text: str, said: str) -> None:
    assert TINY.say(text) == said
    assert catalogue("en").say(text) == text


@given(st.text(), st.text())
def test_any_text_can_be_said(text: str, value: str) -> None:
    assert SPANISH.say(text) or not text
    assert catalogue("en").say(text) == text
    assert value in SPANISH.say(Sentence("The rule-set lacks: {names}.", names=value))


# --- the catalogues ----------------------------------------------------------------------------


@EVERY_LANGUAGE
def test_a_catalogue_holds_every_message_and_nothing_else(language: str) -> None:
    found = in_file(language)
    assert {one.id for one in found if one.id} == {*messages()}, "run python -m deploy.messages"
    assert [one.id for one in found if one.id and not one.string] == []
    assert [one.id for one in found if one.id and one.fuzzy] == []
    assert not found.obsolete
    texts = {str(one.id): str(one.string) for one in found if one.id}
    same = {text for text, said in texts.items() if text == said}
    alike = {one for one in same if re.search("[a-z]{2}", PLACEHOLDER.sub("", one))}
    assert alike <= NAMES_OF_RULES | SAME[language]


@EVERY_LANGUAGE
def test_both_sides_of_a_catalogue_fit(language: str) -> None:
    for one in in_file(language):
        source, target = str(one.id), str(one.string)
        if source and target:
            names = sorted(PLACEHOLDER.findall(source))
            assert names == sorted(PLACEHOLDER.findall(target)), source
            assert {*SIGN.findall(source)} == {*SIGN.findall(target)}, source
            assert target == target.strip(), source
            assert (source[-1] in ".?:") == (target[-1] in ".?:"), source


@EVERY_LANGUAGE
def test_numbers_are_those_of_the_english_text(language: str) -> None:
    decimal = catalogue(language).say("0.5")[1]
    for one in in_file(language):
        source, target = str(one.id).replace(".", decimal), str(one.string)
        if source and target:
            assert sorted(NUMBER.findall(source)) == sorted(NUMBER.findall(target)), source


@pytest.mark.parametrize("language", TYPOGRAPHY)
def test_a_catalogue_keeps_to_the_typography_of_its_language(language: str) -> None:
    texts = (str(one.string) for one in in_file(language) if one.id)
    assert [text for text in texts if TYPOGRAPHY[language].search(text)] == []


@EVERY_LANGUAGE
def test_what_is_shipped_is_what_translators_wrote(language: str) -> None:
    spoken = catalogue(language)
    written = {str(one.id): str(one.string) for one in in_file(language) if one.id}
    said = {text: spoken.say(text) for text in written}
    assert said == written, "run python -m deploy.messages"


def test_what_is_found_in_the_source() -> None:
    module = 'a = Sentence("A {n}", n=Sentence("B" "C"))\nb = Sentence(step["title"])'
    assert [*in_module(module)] == ["A {n}", "BC"]
    for wrong in ('Sentence(f"A {n}")', 'Sentence("A" + n)'):
        with pytest.raises(ValueError, match="Line 1: a sentence's template must be written out"):
            [*in_module(wrong)]
    template = """{{ _("A {n}", n=1) }}{{ value | tr }}{{ _('B') if x else _("C") }}"""
    assert [*in_template(template)] == ["A {n}", "B", "C"]


def test_renewing_keeps_what_is_known_and_lists_the_rest() -> None:
    before = Catalog(locale="es", header_comment="# Kept.", last_translator="A")
    before.add("Measure", "Medir")
    before.add("no longer there", "ya no")
    after = renewed("es", before)
    assert after.get("Measure").string == "Medir"  # type: ignore[union-attr]
    assert after.get("no longer there") is None
    assert after.get("Skip to content").string == ""  # type: ignore[union-attr]
    written = as_po(after)
    assert written.startswith(b"# Kept.")
    assert b"-Date:" not in written
    compiled = Catalogue("es", GNUTranslations(io.BytesIO(as_mo(after))))
    assert compiled.say("Measure") == "Medir"
    assert compiled.say("Skip to content") == "Skip to content"


def test_languages_name_themselves() -> None:
    assert LANGUAGES == {
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "nl": "Nederlands",
        "pt": "Português",
    }


# --- choosing one ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "wanted", "chosen"),
    [
        ("", None, "en"),
        ("es-MX,es;q=0.9,en;q=0.8", None, "es"),
        ("ES-419", None, "es"),
        ("de-AT,de;q=0.9,en;q=0.8", None, "de"),
        ("fr-CA,fr;q=0.9,en;q=0.8", None, "fr"),
        ("nl-BE,nl;q=0.9,en;q=0.8", None, "nl"),
        ("pt-BR,pt;q=0.9,en;q=0.8", None, "pt"),
        ("en-GB,en;q=0.9,es;q=0.8", None, "en"),
        ("it-CH, en;q=0.4, es ; q=0.5", None, "es"),
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
