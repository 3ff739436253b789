"""The report of a validation: one HTML file without scripts or external resources.

It contains no photo. Names of photos appear only where somebody has to look at them: refused,
missing, not in the table, another leg, the largest errors.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

from app.agreement import contrasts
from app.agreement.angle_error import share_of
from app.agreement.contrasts import Contrast
from app.agreement.rater_tables import ANGLES
from app.agreement.repeatability import Repeatability
from app.agreement.resampling import DRAWS, SEED, Interval
from app.agreement.rule_verdicts import COLUMNS
from app.agreement.validation import Validation
from app.agreement.validation_rows import ANSWERS, cells, labels, share
from app.agreement.wording import degrees, p_words, percent, plus, ratio
from app.reports.environment import environment
from app.reports.plots import on_axis, round_numbers
from app.results.schemas import NOTICE
from app.results.wording import interval_words, signed
from vision.flags import FLAG_KINDS

_MOST: Final = 200
"""Names of a kind that the report lists; the JSON lists all."""
_TITLES: Final = {"thigh": "Thigh", "knee_flexion": "Knee"}
_LEVELS: Final = {"person": "person", "leg": "leg", "setup": "set-up", "rest": "single photo"}
_ASKED: Final = {
    "thigh": "thigh, MAE",
    "knee_flexion": "knee, MAE",
    f"thigh{contrasts.MISSED}": "thigh outside its interval",
    f"knee_flexion{contrasts.MISSED}": "knee outside its interval",
    contrasts.REFUSED: "refused",
}


def validation_html(found: Validation, engine: str | None) -> str:
    """Return the report.

    Parameters
    ----------
    found : Validation
    engine : str or None
        Engine that ran the pose model; None if the photos were measured before.
    """
    templates = environment()
    templates.filters.update(on=on_axis, signed=lambda deg: signed(round(deg, 1)), plus=plus)
    templates.globals.update(
        round_numbers=round_numbers,
        interval_words=interval_words,
        share=share,
        share_of=lambda count, n: share(share_of(count, n)) if n else "–",
        deg=degrees,
        ratio=ratio,
        percent=percent,
        p_words=p_words,
        gap=gap_words,
    )
    return templates.get_template("validation.html").render(**_context(found), engine=engine)


def _context(found: Validation) -> dict[str, Any]:
    return {
        "found": found,
        "measured": sum(one.scored.measured for one in found.matched.pairs),
        "lists": _lists(found),
        "most": _MOST,
        "flags": FLAG_KINDS,
        "answers": ANSWERS,
        "measures": labels(found.acceptable_deg),
        "tables": list(_tables(found)),
        "columns": [one.replace("_", " ") for one in COLUMNS],
        "repeated": list(_repeated(found)),
        "levels": _LEVELS,
        "raters": [(angle, one) for angle, one in found.raters.items() if one is not None],
        "forests": list(_forests(found)),
        "asked": _ASKED,
        "margin": contrasts.MARGIN_DEG,
        "few": contrasts.MIN_GROUP,
        "draws": DRAWS,
        "seed": SEED,
        "package": version("thomas-test"),
        "notice": NOTICE,
    }


def _lists(found: Validation) -> list[tuple[str, list[str]]]:
    """Return the photos that somebody has to look at, by kind."""
    pairs = found.matched.pairs
    return [
        (
            "Refused",
            [
                f"{one.reference.id} ({', '.join(one.scored.reasons)})"
                for one in pairs
                if not one.scored.measured
            ],
        ),
        ("In the table, but not among the photos", [one.id for one in found.matched.missing]),
        ("Photos that the table does not name", list(found.matched.unlisted)),
        ("Another leg than the reference", [p.reference.id for p in pairs if p.wrong_leg]),
    ]


def _tables(found: Validation) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield a title and the columns of each table of all numbers."""
    named = "All photos" if found.first_photos else ""
    yield named, {angle: cells(one) for angle, one in found.angles.items()}
    if found.first_photos:
        columns = {angle: cells(one) for angle, one in found.first_photos.items()}
        yield "The first photo of each person in the table", columns


def _repeated(found: Validation) -> Iterator[tuple[str, Repeatability]]:
    for angle, one in found.repeats.items():
        kinds = () if one is None else (("same", one.same_setup), ("new", one.new_setup))
        for kind, repeated in kinds:
            if repeated is not None:
                yield f"{_TITLES[angle]}, {kind} set-up", repeated


def _forests(found: Validation) -> Iterator[tuple[str, list[tuple[str, float, Interval]], float]]:
    """Yield the groups with their mean absolute errors, and that of all photos, by angle."""
    for angle in ANGLES:
        whole = found.angles[angle]
        rows = [
            (
                f"{one.column}: {one.value or 'not stated'}"[:26],
                error.mae_deg,
                error.mae_interval_deg,
            )
            for one in found.groups
            if (error := one.angles[angle]) is not None
        ]
        if rows and whole is not None:
            yield angle, rows, whole.mae_deg


def gap_words(one: Contrast) -> str:
    """Format the difference of a contrast with its interval, in degrees or per cent of photos."""
    if one.measure in ANGLES:
        ends = (
            "" if one.interval is None else f" ({plus(one.interval[0])} to {plus(one.interval[1])})"
        )
        return f"{plus(one.difference)}{ends}"
    values = [one.difference, *(one.interval or ())]
    whole = (round(100 * value) for value in values)
    texts = [f"{value:+d}".replace("-", "−") if value else "0" for value in whole]
    ends = "" if one.interval is None else f" ({texts[1]} to {texts[2]})"
    return f"{texts[0]}{ends} %"
