"""Results as HL7 FHIR R4: a Bundle with one verdict per leg and one Observation per angle.

A pure conversion of the JSON models; nothing is judged here. The same result gives the same bundle:
ids are derived from the content, and no clock is read. An angle that cannot be measured is an
Observation without a value, with the reason.

References
----------
HL7 FHIR 4.0.1: https://hl7.org/fhir/R4/observation.html, ``device.html``, ``bundle.html``,
``valueset-data-absent-reason.html``. Degrees in UCUM. SNOMED CT only if a code was
checked; all other codes belong to this project.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from app.results.fhir_parts import (
    ABSENT,
    SNOMED,
    BundleKind,
    Json,
    bundle,
    clean,
    concept,
    date_of,
    degrees,
    device,
    identified,
)
from app.results.schemas import (
    NOTICE,
    AboveOut,
    AngleOut,
    CriteriaOut,
    ExaminationOut,
    FindingOut,
    FlagOut,
    LegExaminationOut,
    MeasurementOut,
    RetestOut,
)
from app.results.wording import detail_of, open_words, repeats_words, signed, title_of
from vision.criteria import RULE_SETS

CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
METHOD: Final = "modified Thomas test, photographic"
_SIDES: Final = {"left": ("7771000", "Left"), "right": ("24028007", "Right")}
_SITES: Final[dict[tuple[str | None, str], tuple[str, str]]] = {
    ("left", "knee"): ("82169009", "Structure of left knee region"),
    ("right", "knee"): ("6757004", "Structure of right knee region"),
    (None, "knee"): ("49076000", "Knee joint"),
    ("left", "thigh"): ("61396006", "Structure of left thigh"),
    ("right", "thigh"): ("11207009", "Structure of right thigh"),
}
"""SNOMED CT's body structures by side and site."""
_SOFTWARE: Final = {"package", "model", "model_sha256", "calibration"}
"""Fields of the provenance that identify the software."""


@dataclass(frozen=True, slots=True)
class _Quantity:
    """An angle: its code, its name with the meaning of its sign, and its body site.

    ``judged`` is the criterion that may judge it and the end of the reference range where the
    cut-off is.
    """

    code: str
    name: str
    site: str
    judged: tuple[str, str] | None = None


_ABOVE = "Thigh against the true horizontal (+ above, − below)"
_HELD = "knee passively extended"
_THIGH = _Quantity("thigh-to-horizontal", _ABOVE, "thigh", ("thigh", "high"))
_KNEE = _Quantity("knee-flexion", "Knee flexion (0 = straight)", "knee", ("knee", "low"))
_SHANK = _Quantity(
    "shank-from-plumb", "Shank against the plumb line (0 = plumb, + foot forward)", "lower leg"
)
_RETEST_THIGH = replace(_THIGH, code=f"{_THIGH.code}-knee-extended", name=f"{_ABOVE}, {_HELD}")
_RETEST_KNEE = _Quantity(f"{_KNEE.code}-knee-extended", f"{_KNEE.name}, {_HELD}", "knee")
_ABDUCTION = _Quantity(
    "thigh-abduction",
    "Thigh against the trunk's midline (+ outward)",
    "thigh",
    ("rotation", "high"),
)
_ROTATION = _Quantity("hip-rotation", "Rotation of the hip (+ inward, − outward)", "hip")


@dataclass(frozen=True, slots=True)
class _Photo:
    """Common data of the Observations of one photo; ``head`` is status, subject and time."""

    side: str | None
    head: Json
    criteria: CriteriaOut
    findings: tuple[FindingOut, ...]
    flags: tuple[FlagOut, ...]
    software: Json
    sha256: str | None
    notes: tuple[str, ...] = ()

    def showing(self, out: MeasurementOut) -> "_Photo":
        """Return the same for another photo of the leg."""
        return replace(
            self,
            criteria=out.criteria,
            findings=out.findings,
            flags=out.flags,
            software=device(**out.provenance.model_dump(include=_SOFTWARE)),
            sha256=out.provenance.photo_sha256,
        )


def measurement_bundle(out: MeasurementOut, kind: BundleKind = "collection") -> dict[str, Any]:
    """Return a measurement as a FHIR R4 Bundle.

    Parameters
    ----------
    out : MeasurementOut
    kind : {"collection", "transaction"}
        A document to keep, or one that a server stores when it is posted to its base address.
    """
    side = None if out.tested_leg is None else out.tested_leg.side
    head, notes = _head(out.subject, out.session, out.provenance.measured_at)
    return bundle(_leg(out, side, head, notes, NOTICE), kind)


def examination_bundle(out: ExaminationOut, kind: BundleKind = "collection") -> dict[str, Any]:
    """Return an examination as a FHIR R4 Bundle; differences are left to the recipient.

    Parameters
    ----------
    out : ExaminationOut
    kind : {"collection", "transaction"}
        As of :func:`measurement_bundle`.
    """
    found: list[Json] = []
    for leg in (out.left, out.right):
        if leg is not None:
            notice = "" if found else NOTICE
            made = leg.measurement.provenance
            head, notes = _head(out.subject, out.session, made.measured_at)
            found += _leg(leg.measurement, leg.side, head, notes, notice, leg)
    return bundle(found, kind)


def _head(subject: str, session: str, measured_at: str | None) -> tuple[Json, tuple[str, ...]]:
    """Return subject and time of the Observations of one leg, and a note on the session.

    A session that is a date is the time of the test, which may be earlier than its measurement.
    """
    subject, session = clean(subject), clean(session)
    when = date_of(session)
    notes = () if session in ("", when) else (f"Session: {session}",)
    # The value of an identifier without a system: found by subject:identifier, unique to nobody.
    label = {"identifier": {"value": subject}, "display": subject} if subject else None
    return {"subject": label, "effectiveDateTime": when or date_of(measured_at or "")}, notes


def _leg(
    out: MeasurementOut,
    side: str | None,
    head: Json,
    notes: tuple[str, ...],
    notice: str,
    leg: LegExaminationOut | None = None,
) -> list[Json]:
    """Return the verdict on one leg, then its angles."""
    own = out.automatic
    status = {"status": "final" if out.status == "final" else "preliminary"}
    photo = _Photo(
        side,
        status | head,
        out.criteria,
        out.findings,
        out.flags,
        device(**out.provenance.model_dump(include=_SOFTWARE)),
        out.provenance.photo_sha256,
        (*notes, out.provisional or ""),
    )
    angles = [
        _angle(_THIGH, photo, out.thigh_deg, own.thigh_deg if own else None),
        _angle(_KNEE, photo, out.knee_flexion_deg, own.knee_flexion_deg if own else None),
        _angle(_SHANK, photo, out.shank_from_plumb_deg, own.shank_from_plumb_deg if own else None),
        *_retest(photo, out.retest, leg.retest_photo if leg else None),
        *(_above(photo, leg.above, out.provenance.package) if leg and leg.above else ()),
    ]
    return [_verdict(out, photo, angles, notice), *angles]


def _retest(photo: _Photo, found: RetestOut | None, second: MeasurementOut | None) -> list[Json]:
    """Return the angles with the knee extended: the thigh is judged, the knee was held."""
    angles: MeasurementOut | RetestOut
    if second is not None:
        angles, photo = second, photo.showing(second)
    elif found is not None:
        judged = {"verdict": found.thigh_verdict, "text": f"Judged with the {_HELD}."}
        thigh = [one for one in photo.findings if one.criterion == "thigh"]
        findings = tuple(FindingOut(**one.model_dump() | judged) for one in thigh)
        angles, photo = found, replace(photo, findings=findings, flags=(), sha256=None)
    else:
        return []
    return [
        _angle(_RETEST_THIGH, photo, angles.thigh_deg),
        _angle(_RETEST_KNEE, photo, angles.knee_flexion_deg),
    ]


def _above(photo: _Photo, above: AboveOut, package: str) -> list[Json]:
    """Return abduction and rotation: the measured ones, or both for a refused photo."""
    # The result does not record the photo, model and calibration of these angles.
    photo = replace(photo, flags=above.flags, sha256=None, software=device(package=package))
    return [
        _angle(quantity, photo, angle)
        for quantity, angle in ((_ABDUCTION, above.abduction_deg), (_ROTATION, above.rotation_deg))
        if angle is not None or not above.measurable
    ]


def _angle(
    quantity: _Quantity, photo: _Photo, angle: AngleOut | None, automatic: AngleOut | None = None
) -> Json:
    """Return one angle, or an Observation with the reason why there is none."""
    code = concept(quantity.code, quantity.name)
    body, note = _unknown(photo.flags), ""
    if angle is not None:
        low, high = map(degrees, angle.interval)
        part = {"code": concept("interval-95", "95 % interval")}
        body = {
            "valueQuantity": degrees(angle.value),
            "component": [part | {"valueRange": {"low": low, "high": high}}],
            **_judged(quantity, photo),
        }
        note = "Adjusted: a person set this angle or its points." * (angle.source == "adjusted")
        if note and automatic is not None:
            note += f" The photo by itself gave {signed(automatic.value)}."
    if photo.sha256:
        # A name derived from the hash alone (RFC 6920): neither file name nor URL.
        identifier = {"system": "urn:ietf:rfc:3986", "value": f"nih:sha-256;{photo.sha256}"}
        display = "Photo, by its SHA-256"
        body["derivedFrom"] = [{"type": "Media", "identifier": identifier, "display": display}]
    return _observation(photo, code, quantity.site, body, [note])


def _verdict(out: MeasurementOut, photo: _Photo, angles: list[Json], notice: str) -> Json:
    """Return the verdict on one leg, with its angles as members."""
    body = _unknown(photo.flags)
    if out.verdict != "not_measurable":
        text = f"{title_of(out)}, by {_rules(out.criteria)}"
        body = {"valueCodeableConcept": concept(out.verdict, out.verdict) | {"text": text}}
    body["hasMember"] = [{"reference": f"urn:uuid:{angle['id']}"} for angle in angles]
    found = " ".join(finding.text for finding in out.findings)
    notes = (notice, detail_of(out), out.pattern_text, found, *_more(out), out.observations.notes)
    code = concept("modified-thomas-test", "Modified Thomas test")
    return _observation(photo, code, "leg", body, notes)


def _more(out: MeasurementOut) -> Iterable[str]:
    """Return the notes on a measured leg."""
    yield from out.also_texts
    yield from (f"Open: {words}." for words in open_words(out))
    yield from repeats_words(out)
    if out.retest is not None:
        yield out.retest.text


def _observation(photo: _Photo, code: Json, site: str, body: Json, notes: Iterable[str]) -> Json:
    texts = map(clean, (*notes, *(flag.text for flag in photo.flags), *photo.notes))
    place = f"{photo.side} {site}" if photo.side else site
    where = concept(place.replace(" ", "-"), place)
    if (photo.side, site) in _SITES:
        where["coding"] += concept(*_SITES[photo.side, site], SNOMED)["coding"]
    if photo.side:
        side = concept(*_SIDES[photo.side], SNOMED)
        part = {"code": concept("272741003", "Laterality", SNOMED), "valueCodeableConcept": side}
        body = body | {"component": [part, *body.get("component", [])]}
    return identified(
        "Observation",
        {
            **photo.head,
            "contained": [photo.software],
            "category": [{"coding": [{"system": CATEGORY, "code": "exam", "display": "Exam"}]}],
            "code": code,
            "bodySite": where,
            "method": {"text": METHOD},
            "device": {"reference": "#software"},
            **body,
            "note": [{"text": text} for text in texts if text],
        },
    )


def _judged(quantity: _Quantity, photo: _Photo) -> Json:
    """Return verdict and cut-off of a named rule, which are no lab flag and no normal range."""
    criterion, end = quantity.judged or (None, "")
    for finding in photo.findings:
        if finding.criterion == criterion and finding.cutoff_deg is not None:
            kind = concept("cut-off", "Passes by the rule-set; not a normal range")
            limit = {end: degrees(finding.cutoff_deg), "type": kind, "text": _rules(photo.criteria)}
            said = concept(finding.verdict, finding.verdict) | {"text": finding.text}
            return {"interpretation": [said], "referenceRange": [limit]}
    return {}


def _unknown(flags: tuple[FlagOut, ...]) -> Json:
    """Return that the angle exists and is unknown: FHIR R4 has no more specific code."""
    why = " ".join(flag.text for flag in flags if flag.blocking)
    coding = {"system": ABSENT, "code": "unknown", "display": "Unknown"}
    return {"dataAbsentReason": {"coding": [coding], "text": why or "There is no number."}}


def _rules(criteria: CriteriaOut) -> str:
    known = RULE_SETS.get(criteria.id)
    name = f"rule-set {criteria.id}, version {criteria.version}"
    return name if known is None else f"{known.title} ({name})"
