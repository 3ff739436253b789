"""The results page of the reliability study (``results/reliability.md``)."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks.machine import machine
from benchmarks.markdown import number, share, table
from benchmarks.reliability_design import ACCEPTABLE_DEG, FACETS
from benchmarks.reliability_figures import Found, Record
from benchmarks.reliability_sections import ANGLES, MAKES, cell, grras, stated
from vision.comparison import RETEST_MDC95_DEG
from vision.repeats import QUANTITIES

FACET_NAMES: Final = {
    "repeat": "held again by hand",
    "camera": "another position of the camera",
    "light": "another room and light",
    "clothes": "trousers instead",
    "setup": "a new set-up",
    "other": "the other leg",
    "far": "seen from the far side",
}
PART_NAMES: Final = {
    "body": "the body's own (the same in every photo)",
    "hand": "hand-held camera",
    "camera": "place of the camera, beyond that",
    "light": "room and light",
    "posture": "posture, table and what is left",
}


def page(records: Sequence[Record], found: Found) -> str:
    parts = [
        *_head(records),
        *_facets(found),
        *_parts(found),
        *_against_truth(found),
        *_setups(found),
        *_acceptable(found),
        *_variations(found),
        *stated(found),
        *_refused(records),
        *grras(records),
    ]
    return "\n\n".join(parts) + "\n"


def _head(records: Sequence[Record]) -> list[str]:
    read = [record for record in records if record["reading"] is not None]
    bodies = len({record["body"] for record in records})
    return [
        "# Reliability",
        f"Agreement of the tool with itself and with the truth on {len(records)} renders of {bodies} bodies, "
        f"{len(read)} of them measured. Angles and errors in degrees, brackets: 95 % intervals (BCa bootstrap over "
        "bodies, widened for their small number). The error is reading minus true angle, so a posture that really "
        f"changed is no error. Calibration {read[0]['calibration']}, commit {machine()['commit']}. Regenerate with "
        "`python -m benchmarks.reliability FOLDER`; design, criterion and analysis (`benchmarks/reliability_design.py`) were "
        "committed before the first photo was measured.",
        "**What is not in these figures:** the person. Nobody rolled back onto a table, flattened a back or held a "
        f"knee; that alone makes {RETEST_MDC95_DEG}° the smallest detectable change of the test by hand (Cejudo et "
        "al., Phys Ther Sport 2015;16:107-113). These are the errors of the instrument.",
    ]


def _facets(found: Found) -> list[str]:
    parts = [
        "## From one photo to the next",
        "Each row compares photos of the same body. *Systematic*: mean change of the error. *Random*: standard "
        "deviation of one photo's error about it. *SEM*: both, √(Σd² / 2n), for the new set-up the standard deviation "
        "within bodies. *MDC95*: 1.96 · √2 · SEM, the smallest difference between two readings that is more than the "
        "instrument's error. All rows but the new set-up share the base photo, so their systematic parts rise and fall "
        "together; 21 of them were looked at, one in twenty leaves out zero by chance. Rendered bodies are symmetric: "
        "between the two legs of a person less may cancel. Each outfit of a VALID person has its own rig, and the "
        "truth of thigh and shank is the same to 0.7° only (clothes).",
    ]
    head = ["what changed", "bodies", "systematic", "random", "SEM", "MDC95"]
    for quantity, name in ANGLES.items():
        rows = []
        for facet, words in FACET_NAMES.items():
            one = found[quantity]["facets"][facet]
            cells = [cell(one[key]) for key in ("random", "sem", "mdc95")]
            rows.append([words, str(one["n"]), cell(one["systematic"], sign=True), *cells])
        parts += [f"### {name.capitalize()}", table(head, rows)]
    return parts


def _parts(found: Found) -> list[str]:
    rows = []
    for part, words in PART_NAMES.items():
        rows.append([words, *(cell(found[one]["parts"][part]) for one in QUANTITIES)])
    return [
        "## Where the error comes from",
        "Standard deviations of the parts of the error of one photo. Their squares add up. By the method of moments, "
        "one facet changed at a time; an estimate below zero is given as 0.",
        table(["part", *ANGLES.values()], rows),
    ]


def _against_truth(found: Found) -> list[str]:
    rows = []
    for quantity, name in ANGLES.items():
        one = found[quantity]
        rows.append(
            [
                name,
                str(one["truth"]["n"]),
                cell(one["truth"]["bias"], sign=True),
                cell(one["truth"]["rmse"]),
                cell(one["facets"]["setup"]["sem"]),
                cell(one["facets"]["repeat"]["sem"]),
            ]
        )
    return [
        "## RMSE and SEM",
        "The RMSE is the distance from the truth; the SEM is the distance from the same body's next reading: what is a "
        "body's own is part of the first and cancels in the second, so that a follow-up of one person is more precise "
        "than a comparison of two people, or of one with a cut-off. Photos of the near leg.",
        table(
            ["angle", "readings", "bias", "RMSE", "SEM, new set-up", "SEM, same set-up"],
            rows,
        ),
    ]


def _setups(found: Found) -> list[str]:
    rows = []
    for quantity, name in ANGLES.items():
        one = found[quantity]["setups"]
        ends = [cell(one[key], sign=True) for key in ("bias", "lower", "upper")]
        rows.append([name, str(one["n"]), *ends])
    return [
        "## Limits of agreement of two set-ups",
        "Errors of two new set-ups of each body, second minus first; intervals of the limits after Bland & Altman "
        "(Lancet 1986;327:307-310), by the agreement kit.",
        table(["angle", "bodies", "bias", "lower limit", "upper limit"], rows),
    ]


def answer(low: float, high: float, limit: float) -> str:
    """Say whether an interval lies under a limit, over it, or across."""
    if high <= limit:
        return "**yes**"
    return "**no**" if low > limit else "**not shown**"


def acceptable_rows(found: Found, cell: Callable[..., str]) -> list[list[str]]:
    """Answer the three questions about the acceptable error, angle by angle.

    ``cell`` writes a value with its interval, with ``sign=True`` with its sign.
    """
    rows, limit = [], ACCEPTABLE_DEG
    for quantity, name in ANGLES.items():
        one = found[quantity]
        tail, sem = one["truth"]["p95"], one["facets"]["setup"]["sem"]
        farther = max(
            (one["setups"][end] for end in ("lower", "upper")), key=lambda end: abs(end[0])
        )
        near, far = sorted(abs(end) for end in farther[1:])
        rows.append(
            [
                name,
                f"{cell(tail)}: {answer(tail[1], tail[2], limit)}",
                f"{cell(farther, sign=True)}: {answer(near, far, limit)}",
                f"{cell(sem)}: {answer(sem[1], sem[2], limit)}",
                share(one["truth"]["acceptable"], one["truth"]["n"]),
                number(one["truth"]["worst"], 1),
            ]
        )
    return rows


def _acceptable(found: Found) -> list[str]:
    limit = ACCEPTABLE_DEG
    return [
        f"## An acceptable error of {limit:.0f}°",
        f"Stated beforehand, with three questions (why {limit:.0f}°: the accuracy report). *Yes*: the whole "
        "interval lies within the limit. *No*: the whole interval lies beyond. *Not shown*: it holds the limit. The "
        "share counts photos; its (Wilson's) interval takes them as independent, which photos of one body are not. "
        "Intervals of a 95th percentile are too narrow with so few bodies (78 % instead of 95 % in simulations).",
        table(
            [
                "angle",
                "95th percentile of the absolute error",
                "farther limit of agreement of two set-ups",
                "SEM of a new set-up",
                f"readings within {limit:.0f}°",
                "worst",
            ],
            acceptable_rows(found, cell),
        ),
    ]


def _variations(found: Found) -> list[str]:
    rows = []
    for quantity, name in ANGLES.items():
        one = found[quantity]
        kinds = {
            "all, as measured": one["alone"],
            "all, without the photos where it asked for the leg": one["unaided"],
            "all, level given": one["level_told"],
            "all, level given, their make unknown to the calibration": one["strangers"],
        } | {f"{MAKES[make]}, as measured": figures for make, figures in one["makes"].items()}
        for words, figures in kinds.items():
            cells = [cell(figures[key]) for key in ("rmse", "p95", "body", "sem")]
            rows.append([name, words, cell(figures["bias"], sign=True), *cells])
    return [
        "## Makes of bodies, strangers, and the level",
        "Six bodies a make: wide intervals, no ranking. The persons of VALID were in the training of the shipped "
        "calibration, the other bodies were not, though their makes were; the rows with the make unknown tell what "
        "remains for bodies like none of the training. With a phone's gravity the level is as good as given.",
        table(
            [
                "angle",
                "bodies",
                "bias",
                "RMSE",
                "95th percentile",
                "body's own SD",
                "SEM, new set-up",
            ],
            rows,
        ),
    ]


def _refused(records: Sequence[Record]) -> list[str]:
    rows = []
    for facet in FACETS:
        mine = [record for record in records if record["facet"] == facet]
        why = Counter(code for record in mine for code in record["refused"])
        read = [record for record in mine if record["reading"] is not None]
        asked, wrong = (sum(record[key] for record in mine) for key in ("leg_asked", "wrong_leg"))
        reasons = ", ".join(f"`{code}` {count}" for code, count in why.items()) or "–"
        rows.append([FACETS[facet], f"{len(read)} of {len(mine)}", str(asked), str(wrong), reasons])
    return [
        "## Photos without a number",
        "Where nothing but the tested leg was in doubt, the tool asked for it and was told. Not foreseen in the "
        "analysis that was written down; decided when the refusals were counted, before any figure above was "
        "computed: a person would answer, and a base photo that is missing costs all comparisons of its body. The "
        "figures without those photos are among the variations above.",
        table(["photo", "measured", "leg asked for", "wrong leg", "refused because of"], rows),
    ]
