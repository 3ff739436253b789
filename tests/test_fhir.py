"""The FHIR export: valid R4, the numbers as they are, and no value where there is none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.codesystem import CodeSystem
from fhir.resources.R4B.observation import Observation

from app.results.fhir import examination_bundle, measurement_bundle
from app.results.schemas import (
    NOTICE,
    AboveOut,
    AngleOut,
    AutomaticOut,
    CriteriaOut,
    DifferenceOut,
    ExaminationOut,
    FindingOut,
    FlagOut,
    JudgedOut,
    LegExaminationOut,
    LegOut,
    MeasurementOut,
    ObservationsOut,
    RetestOut,
)
from deploy.fhir_codes import code_system

ROOT = Path(__file__).parents[1]
SHA256 = "99832f8f7e02364582752be169bb470f89537bbff501a011b295a308c3d0fe2e"
EXAMPLE = MeasurementOut.model_validate_json((ROOT / "app/service/example.json").read_text("utf-8"))
GOOD = EXAMPLE.model_copy(
    update={
        "tested_leg": LegOut(side="left", source="inferred", near_camera=True),
        "thigh_deg": AngleOut(value=6.7, interval=(3.2, 10.2)),
        "knee_flexion_deg": AngleOut(value=97.7, interval=(91.9, 103.5)),
        "shank_from_plumb_deg": AngleOut(value=-1.0, interval=(-6.9, 4.9)),
        "verdict": "fail",
        "status": "final",
        "headline": "Fail: 4 of 4 criteria judged.",
        "judged": JudgedOut(done=("thigh", "knee", "pain", "rotation", "lower_back_flat"), open=()),
        "provisional": None,
        "criteria": CriteriaOut(id="guide", version="2"),
        "findings": (
            FindingOut(criterion="thigh", verdict="fail", cutoff_deg=0.0, text="Above."),
            FindingOut(criterion="knee", verdict="pass", cutoff_deg=80.0, text="Bent."),
        ),
        "flags": (),
        "provenance": EXAMPLE.provenance.model_copy(
            update={
                "package": "0.1.0",
                "model": "pose_landmarker_heavy",
                "calibration": "heavy-1",
                "photo_sha256": SHA256,
                "elapsed_ms": 492.7,
            }
        ),
    }
)
"""The example that every installation carries, with its numbers nailed down."""
OURS = "urn:thomas-test:codes"
SNOMED = "http://snomed.info/sct"
CHECKED_SNOMED = {
    *("49076000", "272741003", "7771000", "24028007"),
    *("82169009", "6757004", "61396006", "11207009"),
}
"""The codes that the project's literature review read at a source, and no other."""
BLOCKING = FlagOut(code="no_person", blocking=True, text="Nobody was found.", advice="Retake.")
ADVISORY = FlagOut(code="oblique_view", blocking=False, text="Not square.", advice="Turn.")
LOW = AngleOut(value=-12.3, interval=(-15.8, -8.8))
REFUSED = GOOD.model_copy(
    update={
        "measurable": False,
        "verdict": "not_measurable",
        "tested_leg": None,
        "findings": (),
        "flags": (BLOCKING, ADVISORY),
        **dict.fromkeys(
            (
                "thigh_deg",
                "knee_flexion_deg",
                "shank_from_plumb_deg",
                "hugged_thigh_deg",
                "points",
            )
        ),
    }
)
RETEST = RetestOut(
    thigh_deg=AngleOut(value=-3.4, interval=(-6.9, 0.1)),
    knee_flexion_deg=AngleOut(value=20.5, interval=(14.7, 26.3)),
    change=DifferenceOut(
        quantity="thigh", difference_deg=-10.1, detectable_deg=4.9, detectable=True
    ),
    knee_extended=True,
    thigh_verdict="borderline",
)
ABOVE = AboveOut(
    measurable=True,
    abduction_deg=AngleOut(value=8.1, interval=(4.0, 12.2)),
    rotation_deg=AngleOut(value=-14.2, interval=(-24.0, -4.4)),
    flags=(),
)
DRIFT = FindingOut(criterion="rotation", verdict="fail", cutoff_deg=0.0, text="Drifts.")


def changed(**fields: Any) -> MeasurementOut:
    return GOOD.model_copy(update=fields)


def leg_of(measurement: MeasurementOut = GOOD, **fields: Any) -> LegExaminationOut:
    return LegExaminationOut(**{"side": "left", "measurement": measurement, **fields})


def examined(left: LegExaminationOut | None, **fields: Any) -> ExaminationOut:
    given = {"criteria": GOOD.criteria, "left": left, "right": None, "asymmetry": None}
    return ExaminationOut(**{**given, **fields})


def parts(value: Any) -> Iterator[Any]:
    """Every value anywhere in a JSON value."""
    yield value
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from parts(one)


def check_observation(found: dict[str, Any]) -> None:
    """Check what the models leave out: the invariants of R4 and this project's own codes."""
    values = [name for name in found if name.startswith("value")]
    assert len(values) + ("dataAbsentReason" in found) == 1  # obs-6, and never neither
    assert found["status"] in ("final", "preliminary")
    inside = [part["code"] for part in found.get("component", [])]
    assert found["code"] not in inside  # obs-7
    assert {f"#{one['id']}" for one in found["contained"]} == {
        found["device"]["reference"]
    }  # dom-3
    for part in found.get("referenceRange", []):
        assert part.keys() & {"low", "high", "text"}  # obs-3
    for part in parts(found):
        assert part not in ("", [], {}, None)  # FHIR JSON has no empty values
        if isinstance(part, dict) and "system" in part and "code" in part:
            assert part["system"] != SNOMED or part["code"] in CHECKED_SNOMED


def observations(out: MeasurementOut | ExaminationOut) -> dict[str, dict[str, Any]]:
    """Translate, validate, and return the Observations by side and code of ours."""
    bundle = examination_bundle(out) if isinstance(out, ExaminationOut) else measurement_bundle(out)
    assert json.loads(json.dumps(bundle, allow_nan=False)) == bundle
    Bundle.model_validate(bundle)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    entries = bundle.get("entry", [])
    urls = [entry["fullUrl"] for entry in entries]
    assert len(set(urls)) == len(urls)  # bdl-7
    found = {}
    for entry in entries:
        one = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{one['id']}"
        Observation.model_validate(one)
        check_observation(one)
        assert {member["reference"] for member in one.get("hasMember", [])} <= set(urls)
        side = one["bodySite"]["text"].partition(" ")[0]
        found[f"{side} {one['code']['coding'][0]['code']}"] = one
    assert len(found) == len(entries)
    return found


def codes(concept: dict[str, Any]) -> set[tuple[str, str]]:
    return {(coding["system"], coding["code"]) for coding in concept["coding"]}


def notes(observation: dict[str, Any]) -> list[str]:
    return [note["text"] for note in observation.get("note", [])]


def deg(value: float) -> dict[str, Any]:
    return {"value": value, "unit": "deg", "system": "http://unitsofmeasure.org", "code": "deg"}


def component(observation: dict[str, Any], code: str) -> dict[str, Any]:
    found = [
        p for p in observation.get("component", []) if code in {c for _, c in codes(p["code"])}
    ]
    assert len(found) == 1
    return dict(found[0])


def test_the_example_of_the_page_is_valid() -> None:
    assert len(observations(EXAMPLE)) == 4


def test_the_models_refuse_what_is_not_r4() -> None:
    # Otherwise every validation below would be worth nothing.
    bundle = measurement_bundle(GOOD)
    for name, value in (("bodyStructure", {"display": "R5"}), ("valueQuantity", {"value": "much"})):
        spoilt = json.loads(json.dumps(bundle))
        spoilt["entry"][1]["resource"][name] = value
        with pytest.raises(ValueError, match=name):
            Bundle.model_validate(spoilt)


def test_both_angles_with_sign_unit_and_interval() -> None:
    found = observations(changed(thigh_deg=LOW))
    assert list(found) == [
        "left modified-thomas-test",
        "left thigh-to-horizontal",
        "left knee-flexion",
        "left shank-from-plumb",
    ]
    shank = found["left shank-from-plumb"]
    assert shank["valueQuantity"] == deg(-1.0)
    assert component(shank, "interval-95")["valueRange"] == {"low": deg(-6.9), "high": deg(4.9)}
    assert not {"interpretation", "referenceRange"} & shank.keys()
    thigh, knee = found["left thigh-to-horizontal"], found["left knee-flexion"]
    assert thigh["valueQuantity"] == deg(-12.3)
    assert knee["valueQuantity"] == deg(97.7)
    for one, low, high in ((thigh, -15.8, -8.8), (knee, 91.9, 103.5)):
        assert component(one, "interval-95")["valueRange"] == {"low": deg(low), "high": deg(high)}
        assert one["status"] == "final"
        assert one["method"] == {"text": "modified Thomas test, photographic"}
        category = ("http://terminology.hl7.org/CodeSystem/observation-category", "exam")
        assert codes(one["category"][0]) == {category}


def test_zero_is_a_value() -> None:
    level = AngleOut(value=0.0, interval=(-3.5, 3.5))
    thigh = observations(changed(thigh_deg=level))["left thigh-to-horizontal"]
    assert thigh["valueQuantity"] == deg(0.0)
    assert thigh["referenceRange"][0]["high"] == deg(0.0)


@pytest.mark.parametrize(
    ("side", "code", "display"), [("left", "7771000", "Left"), ("right", "24028007", "Right")]
)
def test_the_leg_is_named_in_every_observation(side: Any, code: str, display: str) -> None:
    leg = LegOut(side=side, source="given", near_camera=True)
    found = observations(changed(tested_leg=leg))
    assert len(found) == 4
    for one in found.values():
        coded = component(one, "272741003")["valueCodeableConcept"]["coding"]
        assert coded == [{"system": SNOMED, "code": code, "display": display}]
    knee = found[f"{side} knee-flexion"]["bodySite"]
    region, thigh = {"left": ("82169009", "61396006"), "right": ("6757004", "11207009")}[side]
    assert codes(knee) == {(OURS, f"{side}-knee"), (SNOMED, region)}
    assert knee["text"] == f"{side} knee"
    site = found[f"{side} thigh-to-horizontal"]["bodySite"]
    assert codes(site) == {(OURS, f"{side}-thigh"), (SNOMED, thigh)}


def test_a_transaction_posts_every_resource() -> None:
    kept = measurement_bundle(EXAMPLE)
    sent = measurement_bundle(EXAMPLE, "transaction")
    assert (kept["type"], sent["type"]) == ("collection", "transaction")
    assert [one["resource"] for one in sent["entry"]] == [one["resource"] for one in kept["entry"]]
    asked = {"method": "POST", "url": "Observation"}
    assert [one["request"] for one in sent["entry"]] == [asked] * 4
    assert not any("request" in one for one in kept["entry"])
    Bundle.model_validate(sent)


def test_verdict_and_cutoff_name_the_rule_set() -> None:
    found = observations(GOOD)
    thigh, knee = found["left thigh-to-horizontal"], found["left knee-flexion"]
    named = "Psoas-release guide (rule-set guide, version 2)"
    for one, verdict, end, cutoff in ((thigh, "fail", "high", 0.0), (knee, "pass", "low", 80.0)):
        assert [codes(said) for said in one["interpretation"]] == [{(OURS, verdict)}]
        (limit,) = one["referenceRange"]
        assert limit[end] == deg(cutoff)
        assert len({"low", "high"} & limit.keys()) == 1
        assert limit["text"] == named
        assert codes(limit["type"]) == {(OURS, "cut-off")}  # without a type: the normal range
    assert thigh["interpretation"][0]["text"] == "Above."
    overall = found["left modified-thomas-test"]
    assert codes(overall["valueCodeableConcept"]) == {(OURS, "fail")}
    assert overall["valueCodeableConcept"]["text"] == f"Fail, by {named}"
    assert overall["hasMember"] == [
        {"reference": f"urn:uuid:{x['id']}"} for x in (thigh, knee, found["left shank-from-plumb"])
    ]
    assert GOOD.pattern_text in notes(overall)
    assert "Above. Bent." in notes(overall)


def test_a_rule_set_of_the_users_own_and_one_without_a_knee() -> None:
    own = CriteriaOut(id="my-rule", version="7")
    found = observations(changed(criteria=own, findings=GOOD.findings[:1]))
    (limit,) = found["left thigh-to-horizontal"]["referenceRange"]
    assert limit["text"] == "rule-set my-rule, version 7"
    assert not {"interpretation", "referenceRange"} & found["left knee-flexion"].keys()


def test_a_refused_photo_has_reasons_and_no_number() -> None:
    found = observations(REFUSED)
    assert {key.split()[1] for key in found} == {
        "modified-thomas-test",
        "thigh-to-horizontal",
        "knee-flexion",
        "shank-from-plumb",
    }
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    for one in found.values():
        assert codes(one["dataAbsentReason"]) == {(system, "unknown")}
        assert one["dataAbsentReason"]["text"] == "Nobody was found."
        assert {"Nobody was found.", "Not square."} <= set(notes(one))
        assert not {"interpretation", "referenceRange", "component"} & one.keys()
        assert not [x for x in parts(one) if isinstance(x, float | int)]
    assert found["knee knee-flexion"]["bodySite"]["text"] == "knee"  # the leg is not known


def test_a_refused_photo_of_an_examination_keeps_its_leg() -> None:
    found = observations(examined(leg_of(REFUSED)))
    assert "dataAbsentReason" in found["left thigh-to-horizontal"]
    side = component(found["left thigh-to-horizontal"], "272741003")["valueCodeableConcept"]
    assert codes(side) == {(SNOMED, "7771000")}


def test_a_missing_number_without_a_flag_is_still_no_number() -> None:
    thigh = observations(changed(thigh_deg=None))["left thigh-to-horizontal"]
    assert thigh["dataAbsentReason"]["text"] == "There is no number."


def test_provisional_is_preliminary_and_says_why() -> None:
    why = "Provisional: it is not certain that the lower back lay flat."
    headline = "Fails so far: 2 of 4 criteria judged; the lower back was not checked."
    open_ = JudgedOut(done=("thigh", "knee"), open=("pain", "rotation"))
    fields = {"status": "provisional", "headline": headline, "judged": open_, "provisional": why}
    found = observations(changed(**fields))
    for one in found.values():
        assert one["status"] == "preliminary"
        assert why in notes(one)
    overall = found["left modified-thomas-test"]
    assert overall["valueCodeableConcept"]["text"].startswith("Fails so far, by ")
    assert "2 of 4 criteria judged; the lower back was not checked." in notes(overall)
    assert {"Open: Pain not asked about.", "Open: Rotation and drift not judged."} <= set(
        notes(overall)
    )
    older = observations(changed(status="provisional", headline="", provisional=None))
    assert {one["status"] for one in older.values()} == {"preliminary"}, "version 1 had no status"


def test_borderline_alone_is_final() -> None:
    close = GOOD.findings[0].model_copy(update={"verdict": "borderline"})
    found = observations(changed(verdict="borderline", findings=(close,)))
    assert {one["status"] for one in found.values()} == {"final"}
    said = found["left thigh-to-horizontal"]["interpretation"]
    assert codes(said[0]) == {(OURS, "borderline")}


def test_an_adjusted_angle_says_so_and_what_the_photo_gave() -> None:
    own = AutomaticOut(
        thigh_deg=GOOD.thigh_deg, knee_flexion_deg=None, image_plane=None, level=None, points=None
    )
    adjusted = {
        "thigh_deg": AngleOut(value=-1.5, interval=(-4.0, 1.0), source="adjusted"),
        "knee_flexion_deg": AngleOut(value=88.0, interval=(84.0, 92.0), source="adjusted"),
    }
    found = observations(changed(**adjusted, automatic=own))
    thigh, knee = found["left thigh-to-horizontal"], found["left knee-flexion"]
    assert thigh["valueQuantity"] == deg(-1.5)
    said = "Adjusted: a person set this angle or its points."
    assert notes(thigh) == [f"{said} The photo by itself gave 6.7°."]
    assert notes(knee) == [said]
    assert not any("Adjusted" in text for one in observations(GOOD).values() for text in notes(one))


def test_the_device_carries_every_version() -> None:
    for one in observations(GOOD).values():
        (device,) = one["contained"]
        assert device["resourceType"] == "Device"
        assert device["deviceName"] == [{"name": "thomas-test", "type": "user-friendly-name"}]
        versions = {
            entry["type"]["coding"][0]["code"]: entry["value"] for entry in device["version"]
        }
        assert versions == {
            "package": GOOD.provenance.package,
            "model": "pose_landmarker_heavy",
            "model-sha256": GOOD.provenance.model_sha256,
            "calibration": "heavy-1",
        }


def test_angles_by_hand_name_neither_model_nor_photo() -> None:
    by_hand = {"model": "none", "calibration": "none", "model_sha256": None, "photo_sha256": None}
    provenance = GOOD.provenance.model_copy(update=by_hand)
    for one in observations(changed(provenance=provenance)).values():
        assert [entry["value"] for entry in one["contained"][0]["version"]] == ["0.1.0"]
        assert "derivedFrom" not in one


def test_the_photo_is_named_by_its_hash_alone() -> None:
    found = observations(GOOD)
    for name in ("thigh-to-horizontal", "knee-flexion"):
        (photo,) = found[f"left {name}"]["derivedFrom"]
        assert photo["type"] == "Media"
        identifier = {"system": "urn:ietf:rfc:3986", "value": f"nih:sha-256;{SHA256}"}
        assert photo["identifier"] == identifier
        assert "reference" not in photo


@pytest.mark.parametrize("photo", [None, "given"])
def test_the_retest_is_told_apart_and_its_knee_not_judged(photo: str | None) -> None:
    provenance = GOOD.provenance.model_copy(update={"photo_sha256": "ab" * 32})
    close = GOOD.findings[0].model_copy(update={"verdict": "borderline"})
    second = changed(
        thigh_deg=RETEST.thigh_deg,
        knee_flexion_deg=RETEST.knee_flexion_deg,
        findings=(close, GOOD.findings[1]),
        provenance=provenance,
    )
    first = changed(retest=RETEST, flags=(ADVISORY,))
    leg = leg_of(first, retest_photo=second if photo else None)
    found = observations(examined(leg))
    thigh = found["left thigh-to-horizontal-knee-extended"]
    knee = found["left knee-flexion-knee-extended"]
    assert (thigh["valueQuantity"], knee["valueQuantity"]) == (deg(-3.4), deg(20.5))
    assert codes(thigh["interpretation"][0]) == {(OURS, "borderline")}
    assert thigh["referenceRange"][0]["high"] == deg(0.0)
    assert not {"interpretation", "referenceRange"} & knee.keys()
    assert notes(thigh) == notes(knee) == []  # the caveat is one of the first photo
    assert found["left thigh-to-horizontal"]["valueQuantity"] == deg(6.7)
    hashes = [x["identifier"]["value"][-64:] for x in thigh.get("derivedFrom", [])]
    assert hashes == (["ab" * 32] if photo else [])  # never the first photo's


def test_a_refused_second_photo_leaves_the_first_alone() -> None:
    found = observations(examined(leg_of(retest_photo=REFUSED)))
    assert len(found) == 6
    for name in ("thigh-to-horizontal", "knee-flexion"):
        second = found[f"left {name}-knee-extended"]
        assert second["dataAbsentReason"]["text"] == "Nobody was found."
        assert notes(found[f"left {name}"]) == []


def test_abduction_and_rotation_from_above() -> None:
    found = observations(examined(leg_of(changed(findings=(*GOOD.findings, DRIFT)), above=ABOVE)))
    abduction, rotation = found["left thigh-abduction"], found["left hip-rotation"]
    assert (abduction["valueQuantity"], rotation["valueQuantity"]) == (deg(8.1), deg(-14.2))
    assert codes(abduction["interpretation"][0]) == {(OURS, "fail")}
    assert abduction["referenceRange"][0]["high"] == deg(0.0)
    for one in (abduction, rotation):
        assert "derivedFrom" not in one  # the result does not carry this photo's hash
        assert [entry["value"] for entry in one["contained"][0]["version"]] == ["0.1.0"]
    assert "interpretation" not in rotation


def test_what_the_examiner_saw_does_not_judge_the_measured_abduction() -> None:
    seen = DRIFT.model_copy(update={"cutoff_deg": None, "text": "The thigh rotates outward."})
    found = observations(examined(leg_of(changed(findings=(seen,)), above=ABOVE)))
    assert "interpretation" not in found["left thigh-abduction"]
    assert "The thigh rotates outward." in notes(found["left modified-thomas-test"])


def test_above_refused_and_above_with_one_angle() -> None:
    refused = AboveOut(measurable=False, abduction_deg=None, rotation_deg=None, flags=(BLOCKING,))
    found = observations(examined(leg_of(above=refused)))
    for name in ("thigh-abduction", "hip-rotation"):
        assert found[f"left {name}"]["dataAbsentReason"]["text"] == "Nobody was found."
    half = ABOVE.model_copy(update={"rotation_deg": None})
    found = observations(examined(leg_of(above=half)))
    assert "left thigh-abduction" in found
    assert "left hip-rotation" not in found


def test_both_legs_of_one_examination() -> None:
    right = leg_of(changed(thigh_deg=LOW), side="right")
    found = observations(examined(leg_of(), right=right))
    assert len(found) == 8
    assert found["left thigh-to-horizontal"]["valueQuantity"] == deg(6.7)
    assert found["right thigh-to-horizontal"]["valueQuantity"] == deg(-12.3)
    said = [text for one in found.values() for text in notes(one) if text == NOTICE]
    assert len(said) == 1
    assert notes(found["left modified-thomas-test"])[0] == NOTICE
    assert observations(examined(None)) == {}


@pytest.mark.parametrize(
    ("session", "when", "noted"),
    [
        ("2026-03-09", "2026-03-09", False),
        (" 2026-03-09T14:05:00+02:00 ", "2026-03-09T14:05:00+02:00", False),
        ("2026-03-09T14:05:00Z", "2026-03-09T14:05:00Z", False),
        ("2026-03-09T14:05", "2026-03-09", True),  # FHIR: no time of day without an offset
        ("2026-03-09T14:05:00+15:00", "2026-03-09", True),
        ("2026-02-30", None, True),
        ("19850312", None, True),  # may be anything: a number, a date of birth
        ("2026-W10-1", None, True),
        ("first visit", None, True),
        ("２０２６-03-09", None, True),
        ("", None, False),
    ],
)
def test_only_a_date_becomes_the_time(session: str, when: str | None, noted: bool) -> None:
    for one in observations(examined(leg_of(), session=session)).values():
        assert one.get("effectiveDateTime") == when
        assert (f"Session: {session.strip()}" in notes(one)) == noted
        assert noted or not any(text.startswith("Session") for text in notes(one))


def test_the_subject_is_a_label_and_refers_to_nobody() -> None:
    for one in observations(examined(leg_of(), subject=" P-07\x00 ")).values():
        assert one["subject"] == {"identifier": {"value": "P-07"}, "display": "P-07"}
    for one in observations(examined(leg_of())).values():
        assert "subject" not in one


def test_what_was_not_given_is_not_there() -> None:
    text = json.dumps(measurement_bundle(GOOD))
    for word in ("subject", "effective", "issued", "timestamp", ".jpg", "elapsed", "492.7"):
        assert word not in text
    given = changed(observations=ObservationsOut(notes="Knee replaced 2019."))
    found = observations(given)
    told = [name for name, one in found.items() if "Knee replaced 2019." in notes(one)]
    assert told == ["left modified-thomas-test"]


def test_caveats_stand_beside_the_number() -> None:
    for one in observations(changed(flags=(ADVISORY,))).values():
        assert "Not square." in notes(one)
        assert "dataAbsentReason" not in one


def test_the_same_result_is_the_same_bundle() -> None:
    again = MeasurementOut.model_validate_json(GOOD.model_dump_json())
    assert measurement_bundle(again) == measurement_bundle(GOOD)
    later = changed(provenance=GOOD.provenance.model_copy(update={"elapsed_ms": 1.0}))
    assert measurement_bundle(later) == measurement_bundle(GOOD)
    other = measurement_bundle(changed(thigh_deg=LOW))
    ids = [
        {entry["resource"]["id"] for entry in bundle["entry"]} | {bundle["id"]}
        for bundle in (measurement_bundle(GOOD), other)
    ]
    assert len(ids[0] & ids[1]) == 2  # knee and shank have not changed


# The code system


def test_the_published_code_system_defines_every_code_that_is_used() -> None:
    published = json.loads((ROOT / "docs" / "fhir-codes.json").read_text("utf-8"))
    assert published == code_system(), "run python -m deploy.fhir_codes"
    CodeSystem.model_validate(published)
    defined = {one["code"] for one in published["concept"]}
    assert published["url"] == OURS
    assert published["count"] == len(published["concept"]) == len(defined)
    full = examined(leg_of(changed(retest=RETEST), above=ABOVE))
    bundles = [measurement_bundle(GOOD), measurement_bundle(REFUSED), examination_bundle(full)]
    examples = (ROOT / "docs" / "examples").glob("*.fhir.json")
    bundles += [json.loads(path.read_text("utf-8")) for path in examples]
    used = {
        one["code"] for one in parts(bundles) if isinstance(one, dict) and one.get("system") == OURS
    }
    assert used - defined == set()
