"""Write docs/fhir-codes.json: the code system of the FHIR export, for servers that check codes.

python -m deploy.fhir_codes
"""

import json
from pathlib import Path
from typing import Any, Final, get_args

from app.results.fhir_parts import CODES
from vision.findings import Verdict
from vision.measurement import package_version
from vision.sides import SIDES

TARGET: Final = Path(__file__).parents[1] / "docs" / "fhir-codes.json"
MEASURED: Final = {
    "modified-thomas-test": "Verdict on one leg, with its angles as members.",
    "thigh-to-horizontal": "Thigh against the true horizontal, degrees; + above, − below.",
    "knee-flexion": "Knee flexion, degrees; 0 = straight.",
    "shank-from-plumb": "Shank against the plumb line, degrees; 0 = plumb, + foot forward.",
    "thigh-to-horizontal-knee-extended": "The thigh while the knee is passively extended, degrees.",
    "knee-flexion-knee-extended": "Knee flexion while the knee is passively extended, degrees.",
    "thigh-abduction": "Thigh against the trunk's midline from above, degrees; + outward.",
    "hip-rotation": "Rotation of the hip, degrees; + inward, − outward.",
    "interval-95": "Interval that is meant to contain the true angle in 95 of 100 photos.",
    "cut-off": "End of the range that passes by the rule-set; not a normal range.",
    "package": "Version of Thomas Test.",
    "model": "Name of the pose model.",
    "model-sha256": "SHA-256 of the pose model.",
    "calibration": "Calibration of the pose model.",
}
SITES: Final = ("leg", "hip", "thigh", "knee", "lower leg")


def code_system() -> dict[str, Any]:
    """Return the code system as a FHIR R4 CodeSystem."""
    verdicts = {
        one: f"Verdict by a rule-set: {one.replace('_', ' ')}." for one in get_args(Verdict)
    }
    places = (f"{side} {site}".strip() for side in ("", *SIDES) for site in SITES)
    sites = {place.replace(" ", "-"): f"Body site: {place}." for place in places}
    concepts = MEASURED | verdicts | sites
    return {
        "resourceType": "CodeSystem",
        "id": "thomas-test-codes",
        "url": CODES,
        "version": package_version(),
        "name": "ThomasTestCodes",
        "title": "Codes of Thomas Test",
        "status": "active",
        "publisher": "The maintainers of Thomas Test",
        "description": "What Thomas Test measures in a photo of a modified Thomas Test.",
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "concept": [{"code": code, "definition": text} for code, text in concepts.items()],
    }


def main() -> None:
    """Write the file."""
    text = json.dumps(code_system(), indent=1, ensure_ascii=False)
    TARGET.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
