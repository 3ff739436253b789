"""The JSON of a validation; docs/validate.md describes it."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

from app.agreement.angle_error import AngleError
from app.agreement.rater_tables import ANGLES
from app.agreement.resampling import DRAWS, SEED
from app.agreement.rule_verdicts import COLUMNS
from app.agreement.validation import Validation
from app.results.schemas import NOTICE

VERSION: Final = "1"
"""Fields may be added; a change of name or meaning raises it."""


def as_values(found: Validation, engine: str | None) -> dict[str, Any]:
    """Return all numbers; those that could not be computed are None, with a note.

    Parameters
    ----------
    found : Validation
    engine : str or None
        Engine that ran the pose model; None if the photos were measured before.
    """
    reference = found.reference
    return {
        "validation_version": VERSION,
        "package": version("thomas-test"),
        "made_by": list(found.made_by),
        "engine": engine,
        "seed": SEED,
        "draws": DRAWS,
        "acceptable_deg": found.acceptable_deg,
        "criteria": {"id": found.rules.id, "version": found.rules.version},
        "reference": {
            "file": reference.file,
            "photos": len(reference.photos),
            "raters": [rater for rater in reference.raters if rater],
            "groups": list(reference.groups),
        },
        "photos": _photos(found),
        "refused": found.refused and {**asdict(found.refused), "reasons": found.reasons},
        **_angles(found.angles),
        "first_photos": _angles(found.first_photos) if found.first_photos else None,
        "verdicts": [{**asdict(one), "columns": COLUMNS} for one in found.verdicts],
        "groups": [asdict(one) for one in found.groups],
        "contrasts": [asdict(one) for one in found.contrasts],
        "repeats": {ANGLES[angle]: one and asdict(one) for angle, one in found.repeats.items()},
        "raters": {ANGLES[angle]: one and asdict(one) for angle, one in found.raters.items()},
        "notes": list(found.notes),
        "notice": str(NOTICE),
    }


def _photos(found: Validation) -> dict[str, Any]:
    """Return numbers of photos, and the names of those that somebody has to look at."""
    matched = found.matched
    return {
        "found": len(matched.pairs),
        "measured": sum(one.scored.measured for one in matched.pairs),
        "people": found.people,
        "wrong_leg": [one.reference.id for one in matched.pairs if one.wrong_leg],
        "refused": [
            {"id": one.reference.id, "reasons": list(one.scored.reasons)}
            for one in matched.pairs
            if not one.scored.measured
        ],
        "missing": [photo.id for photo in matched.missing],
        "not_in_table": list(matched.unlisted),
    }


def _angles(angles: dict[str, AngleError | None]) -> dict[str, Any]:
    return {ANGLES[angle]: None if one is None else _values(one) for angle, one in angles.items()}


def _values(one: AngleError) -> dict[str, Any]:
    """Return all but the single readings, which are in the table of readings."""
    return {name: value for name, value in asdict(one).items() if name != "points"}
