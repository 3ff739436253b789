"""The report: one file that says everything, loads nothing, and prints on one to three pages."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from app.reports.leg_report import measurement_report_html, merged_steps, report_html
from app.results.schemas import (
    NOTICE,
    ExaminationOut,
    FlagOut,
    LegExaminationOut,
    MeasurementOut,
    NextStepOut,
)
from app.service.openapi import EXAMPLE
from http_support import picture
from page_reader import PageReader
from vision.advice import advice
from vision.criteria import RULE_SETS, RuleSet
from vision.flags import FLAG_KINDS
from vision.interpretation import NOT_MEASURABLE_TEXT, OTHER_TEXTS
from vision.norms import NORMS
from vision.patterns import DROP_TEXTS, NOT_EXTENDED_TEXT
from vision.status import PROVISIONAL_TEXT, TITLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LOADING: Final = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href"}
HOSTILE: Final = '</style></dd><script>alert(1)</script><img src="https://evil.test/x" onerror=a()>'
PHOTO: Final = picture(960, 640)
ALSO: Final = [OTHER_TEXTS["drifts"], OTHER_TEXTS["outward, raised, guide"]]
NOT_TOGETHER: Final = ("table_edge", "let_hang", "repeat", "other_flexors", "keep_going", "abduct")
"""Steps that no reading brings beside all the others."""


def flag(code: str) -> FlagOut:
    kind = FLAG_KINDS[code]
    return FlagOut(code=code, blocking=kind.blocking, text=kind.text, advice=kind.advice)


def steps(*ids: str) -> tuple[NextStepOut, ...]:
    return tuple(
        NextStepOut(**{**asdict(one), "reason": next(iter(one.when.values()))})
        for one in advice()
        if one.id in ids
    )


def example(**changes: object) -> MeasurementOut:
    return MeasurementOut.model_validate({**EXAMPLE, **changes})


def refused(*codes: str) -> MeasurementOut:
    numbers = ("thigh_deg", "knee_flexion_deg", "hugged_thigh_deg", "image_plane", "points")
    return example(
        **dict.fromkeys(("tested_leg", *numbers)),
        measurable=False,
        verdict="not_measurable",
        findings=[],
        pattern="undetermined",
        pattern_text=NOT_MEASURABLE_TEXT,
        flags=[flag(code) for code in codes],
        next_steps=steps("retake"),
    )


def angle(value: float, low: float, high: float, source: str = "automatic") -> dict[str, object]:
    return {"value": value, "interval": (low, high), "source": source}


def change(by: float, limit: float = 4.0) -> dict[str, object]:
    by_how_much = {"difference_deg": by, "detectable_deg": limit}
    return {"quantity": "thigh", **by_how_much, "detectable": abs(by) >= limit}


def changed(side: str, text: str) -> dict[str, object]:
    return {"side": side, "thigh": change(-5), "knee_flexion": change(1), "text": text}


def retest(by: float = -8.8, *, extended: bool = True) -> dict[str, object]:
    return {
        "thigh_deg": angle(-2.1, -5.6, 1.4),
        "knee_flexion_deg": angle(34.0, 29.0, 39.0),
        "change": change(by),
        "knee_extended": extended,
        "thigh_verdict": "borderline",
        "drop": "found" if extended else None,
        "text": DROP_TEXTS["found"] if extended else NOT_EXTENDED_TEXT,
        "one_joint_deg": 0.0,
        "two_joint_deg": 12.3,
    }


def examination(measured: MeasurementOut, **changes: object) -> ExaminationOut:
    one = {"side": "left", "measurement": measured}
    named = {"subject": "A. Example", "session": "2025-11-23", "criteria": measured.criteria}
    legs = {"left": one, "right": None, "asymmetry": None}
    return ExaminationOut.model_validate({**named, **legs, **changes})


def full() -> ExaminationOut:
    """Both legs with everything there can be."""
    every = steps(*(one.id for one in advice() if not one.alone and one.id not in NOT_TOGETHER))
    seen = {"hip_pain": "no", "lower_back_flat": "unsure", "rotation": "outward"}
    seen["notes"] = "Second try. " * 40
    automatic = {"thigh_deg": angle(6.7, 3.2, 10.2), "knee_flexion_deg": angle(97.7, 91.9, 103.5)}
    left = example(
        also=["tfl", "sartorius"],
        also_texts=ALSO,
        provisional=PROVISIONAL_TEXT,
        observations=seen,
        retest=retest(),
        next_steps=every,
        flags=[flag("lower_back_unsure"), flag("oblique_view"), flag("set_by_hand")],
        thigh_deg=angle(8.1, 5.0, 11.2, "adjusted"),
        knee_flexion_deg=angle(93.0, 88.0, 98.0, "adjusted"),
        automatic={**automatic, "image_plane": None, "level": None, "points": None},
    )
    right = example(observations=seen, next_steps=every)
    turned = {"abduction_deg": angle(12.2, 6, 18), "rotation_deg": angle(-4.2, -12, 4)}
    above = {"measurable": True, **turned, "flags": []}
    unseen = {"measurable": False, **dict.fromkeys(turned), "flags": [flag("no_person")]}
    seconds = (example(), above), (refused("no_person"), unseen)
    sides = zip(("left", "right"), (left, right), seconds, strict=True)
    return examination(
        left,
        **{
            side: {"side": side, "measurement": first, "retest_photo": second, "above": view}
            for side, first, (second, view) in sides
        },
        asymmetry={
            "thigh": change(-27.1),
            "knee_flexion": change(1.0),
            "text": "The right thigh rests lower.",
        },
        changes=[changed("left", "Lower than before. " * 8), changed("right", "Higher. " * 20)],
        previous_session="2025-10-01",
        warnings=["The two examinations name different people."],
    )


def pictures() -> dict[str, bytes]:
    return {
        f"{side}{name}": PHOTO for side in ("left", "right") for name in ("", "_retest", "_above")
    }


PAGES: Final = {
    "one photo": lambda: measurement_report_html(example(), PHOTO),
    "refused photo": lambda: measurement_report_html(refused("no_person"), PHOTO),
    "one leg": lambda: report_html(
        examination(
            example(
                flags=[flag("oblique_view")],
                next_steps=steps("stretch_psoas", "manual_therapy", "persists"),
                observations={"hip_pain": "no", "notes": "Second try."},
            )
        ),
        {"left": picture(540, 960)},
    ),
    "everything": lambda: report_html(full(), pictures()),
    "hostile": lambda: report_html(
        examination(
            example(observations={"notes": HOSTILE}),
            subject=HOSTILE,
            session="x" * 300,
            previous_session=HOSTILE,
            changes=[changed("left", HOSTILE)],
            warnings=[HOSTILE],
        ),
        {},
    ),
}
MAX_PAGES: Final = {"everything": 3, "hostile": 2}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]()


def test_it_is_one_sound_file_that_loads_and_runs_nothing(page: str) -> None:
    read = PageReader(page)
    assert page.startswith("<!doctype html>")
    assert set(read.tags).isdisjoint({"script", "iframe", "object", "embed", "form", "a", "base"})
    assert all(value.startswith("data:") for name, value in read.attributes if name in LOADING)
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert ("content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'") in (
        read.attributes
    )
    ids = [value for name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert read.text.count(NOTICE) == 1


def test_everything_is_said() -> None:
    examined = full()
    text = PageReader(report_html(examined, pictures())).text
    assert examined.left is not None
    left = examined.left.measurement
    rules = RULE_SETS[examined.criteria.id]
    expected = [
        *(
            "A. Example",
            "2025-11-23",
            "2025-10-01",
            "Left leg: fails so far",
            "Right leg: fails so far",
        ),
        *("8.1° above horizontal", "5.0° to 11.2° above horizontal", "bent 93.0°"),
        *(left.pattern_text, PROVISIONAL_TEXT, *ALSO),
        *(one.text for one in left.findings),
        *(part for one in left.flags for part in (one.text, one.advice)),
        *(part for one in left.next_steps for part in (one.title, one.text, one.reason)),
        *(
            "Hip pain No",
            "Lower back flat Not sure",
            "Not answered: Reason not to test, Knee pain, Back pain or tingling",
        ),
        "2 of 4 criteria judged; the lower back was not checked.",
        " ".join(left.observations.notes.split()),
        "Thigh 2.1° below horizontal (5.6° below to 1.4° above horizontal): borderline by itself.",
        "The thigh dropped by 8.8°: more than measurement error (4.0°).",
        DROP_TEXTS["found"],
        "the one-joint muscles lack 0.0°, the two-joint ones 12.3°.",
        "Thigh 12.2° outward (95 % interval: 6.0° to 18.0° outward)",
        "Shank 2.5° behind plumb 95 % interval:",
        *("Hip rotated 4.2° outward", "elite athletes 15.6° outward"),
        *("This photo could not be measured.", FLAG_KINDS["no_person"].advice),
        *("The right thigh rests lower.", *(one.text.strip() for one in examined.changes)),
        *examined.warnings,
        *(rules.title, rules.citation, rules.limits),
        *(f"“{rules.id}”, version {rules.version}", left.provenance.package),
        *(left.provenance.calibration, left.provenance.model),
        *(left.provenance.model_sha256, left.provenance.photo_sha256, "960 × 640 pixels"),
        *(part for norm in NORMS for part in (norm.title, norm.citation)),
        *("cut-off 0°", "Elite soccer players −6.8 ± 5.7°", "for comparison only"),
    ]
    assert [one for one in expected if one is None or one not in text] == []


def test_each_verdict_has_a_word_and_a_shape_of_its_own() -> None:
    shapes = set()
    for verdict in ("pass", "borderline", "fail"):
        words = TITLES["provisional"][verdict].lower()
        findings = [{**EXAMPLE["findings"][0], "verdict": verdict}]
        page = measurement_report_html(
            example(verdict=verdict, findings=findings, headline=f"{words}: why."), None
        )
        assert f"Left leg: {words}" in PageReader(page).text
        finding = page[page.index('<p class="finding') :]
        assert f"<strong>{verdict.capitalize()}.</strong>" in finding
        shapes.add(finding[finding.index("<svg") : finding.index("</svg>")])
    assert len(shapes) == 3


def test_what_users_give_is_only_ever_text() -> None:
    page = PAGES["hostile"]()
    assert "<script" not in page
    assert "<img" not in page
    assert (
        PageReader(page).text.count(HOSTILE) == 6
    )  # title, person, notes, session before, change, warning
    rules = RuleSet(id="own", version="1", title=HOSTILE, thigh_max_deg=0.0, citation=HOSTILE)
    own = example(criteria={"id": "own", "version": "1"})
    page = measurement_report_html(own, None, rules=rules)
    assert "<script" not in page
    assert PageReader(page).text.count(HOSTILE) == 2


def test_refused_leg_says_why_and_gives_no_number() -> None:
    page = measurement_report_html(refused("both_legs_down", "oblique_view"), PHOTO)
    before, _, _ = page.partition('<section class="made"')
    text = PageReader(before + "</main></body></html>").text
    kind = FLAG_KINDS["both_legs_down"]
    assert "not measurable" in text
    assert kind.text in text
    assert kind.advice in text
    assert FLAG_KINDS["oblique_view"].advice in text
    assert 'class="value"' not in page
    assert "°" not in text


def test_adjusted_values_stand_beside_the_automatic_ones() -> None:
    text = PageReader(report_html(full(), {})).text
    assert text.count("adjusted by hand") == 2
    assert "Automatic: 6.7° above horizontal (3.2° to 10.2° above horizontal)" in text
    assert "Automatic: bent 97.7° (bent 91.9° to 103.5°)" in text
    plain = PageReader(measurement_report_html(example(), None)).text
    assert "adjusted" not in plain
    assert "Automatic" not in plain


def test_steps_of_both_legs_appear_once_most_urgent_first() -> None:
    left = steps("stretch_psoas", "persists")
    other = left[1].model_copy(update={"reason": "Another reason."})
    right = (*steps("see_clinician"), other)
    merged = merged_steps([("Left leg", left), ("Right leg", right)])
    assert [one.legs for one in merged] == ["Right leg", "Left leg", ""]
    assert merged[2].reasons == (f"Left leg: {left[1].reason}", "Right leg: Another reason.")
    (both,) = merged_steps([("Left leg", left[:1]), ("Right leg", left[:1])])
    assert (both.legs, both.reasons) == ("", (left[0].reason,))
    (alone,) = merged_steps([("Left leg", left[:1])])
    assert alone.legs == ""


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (example(retest=retest(1.0)), example(), "The thigh rose by 1.0°: within measurement"),
        (
            example(retest=retest(extended=False)),
            example(),
            "The knee was not extended in the second photo",
        ),
        (refused("no_person"), example(), "The first photo gives no reading to compare"),
        (example(), refused("no_person"), FLAG_KINDS["no_person"].advice),
    ],
)
def test_photo_with_the_knee_extended(
    first: MeasurementOut, second: MeasurementOut, sentence: str
) -> None:
    leg = LegExaminationOut(side="left", measurement=first, retest_photo=second)
    assert sentence in PageReader(report_html(examination(first, left=leg), {})).text


def test_rule_set_is_quoted_only_in_the_version_that_judged() -> None:
    own = RuleSet(id="own", version="2", title="Ours", thigh_max_deg=1.0, citation="Our paper.")
    for version, quoted in (("1", False), ("2", True)):
        judged = example(criteria={"id": "own", "version": version})
        text = PageReader(measurement_report_html(judged, None, rules=own)).text
        assert ("Our paper." in text) == quoted
        assert f"“own”, version {version}" in text


def test_missing_pictures_are_left_out() -> None:
    assert report_html(full(), pictures()).count("<img") == 6
    assert report_html(full(), {"left": PHOTO}).count("<img") == 1
    assert "<img" not in report_html(full(), {})


# In a real browser


@pytest.mark.parametrize("name", PAGES)
def test_saved_file_fits_a_phone_and_its_sheets(
    browser: "Browser", tmp_path: Path, name: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(PAGES[name](), "utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    for medium, width in (("screen", 360), ("screen", 1100), ("print", 703)):
        page.emulate_media(media=medium)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, medium
    assert page.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= MAX_PAGES.get(name, 1)
    assert complaints == []
    assert [one for one in asked if not one.startswith(("data:", "file:"))] == []
