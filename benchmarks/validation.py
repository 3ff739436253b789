"""Write the validation report, docs/accuracy.md, from the results of the other benchmarks.

    python -m benchmarks.validation [--text]

Nothing is measured here: the figures are in ``benchmarks/results``, the text is in
``validation.md.jinja``. ``--text`` skips the plots and needs no matplotlib.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks import group_tables as groups
from benchmarks import validation_tables as tables
from benchmarks.evidence import (
    JOINTS,
    SETS,
    Evidence,
    Record,
    errors,
    half_widths,
    measured,
    members,
    read_evidence,
    set_numbers,
)
from benchmarks.group_tables import Contrast
from benchmarks.groups import SKIN
from benchmarks.markdown import number, p_words, share, span
from benchmarks.published import MACHINES, PEOPLE, peer_table, published_table
from benchmarks.resampling import DRAWS, SEED, share_interval
from vision.criteria import DEFAULT_RULES, RULE_SETS
from vision.norms import NORMS

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "accuracy.md"
PICTURES: Final = DOCS / "accuracy"


def page(evidence: Evidence, asked: Sequence[Contrast]) -> str:
    """Return the report as Markdown."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["n"] = number
    environment.filters["span"] = span
    environment.filters["p"] = p_words
    template = environment.get_template("validation.md.jinja")
    return template.render(context(evidence, asked)).rstrip() + "\n"


def context(evidence: Evidence, asked: Sequence[Contrast]) -> dict[str, Any]:
    """All figures and tables used in the text."""
    records = evidence.records
    again = groups.contrasts(evidence.residuals)
    check_words(records, asked)
    return {
        "photos": len(records),
        "overall": overall(records),
        "confirmed": overall(evidence.confirmation),
        "confirmed_skin": by_skin(evidence.confirmation),
        "tables": {
            "accuracy": tables.accuracy(records),
            "study": tables.study(records),
            "ablation": tables.ablation(records),
            "by_angle": tables.by_angle(records),
            "coverage": tables.coverage(records),
            "risk": tables.risk(records),
            "verdicts": tables.verdicts(records),
            "repeatability": tables.repeatability(evidence.repeatability),
            "level": tables.level(evidence.level),
            "people": published_table(PEOPLE),
            "machines": published_table(MACHINES),
            "peers": peer_table(),
            "contrasts": groups.contrast_table(asked),
            "again": groups.contrast_table(again),
            "refusals": groups.refusal_table(groups.refusals(records)),
            "groups": groups.group_table(records),
            "groups_by_set": groups.group_table_by_set(records),
        },
        "answers": answers(asked, again),
        "skin": skin(evidence, asked, again),
        "again_n": len(evidence.residuals),
        "expected": expected(records),
        "zero": zero([*records, *evidence.residuals]),
        "real": real(evidence.real),
        "strangers": evidence.strangers,
        "draws": DRAWS,
        "seed": SEED,
        "margin": groups.MARGIN_DEG,
        "few": groups.MIN_GROUP,
    }


def check_words(records: Sequence[Record], asked: Sequence[Contrast]) -> None:
    """Reject statements of the template that the figures no longer support.

    Raises
    ------
    ValueError
        The message names the sentence to revise.
    """
    found = measured(records)
    away, half = np.abs(errors(found)), half_widths(found)
    worst = int(away[:, 0].argmax())
    dark = members(found, SKIN.belongs)
    harder = np.array([record["set"] == "harder" for record in found])
    bent = np.array([record["truth"][1] for record in found]) > 79
    held = away <= half
    perhaps = [(one.factor.asked, one.joint) for one in asked if one.answer == "perhaps worse"]
    by_group = [held[group, joint].mean() for group in (dark, harder, bent) for joint in (0, 1)]
    narrow = np.argsort(half[:, 0], kind="stable")[: len(found) // 2]
    holds = {
        "the error bar of the worst thigh did not warn": half[worst, 0]
        < 1.2 * np.median(half[:, 0]),
        "keeping the narrower half leaves the worst photo out": worst not in narrow,
        "it improves the mean only slightly": away[:, 0].mean() - away[narrow, 0].mean() < 0.5,
        "darker skin is perhaps read worse, at the thigh": (SKIN.asked, "thigh") in perhaps,
        "the intervals hold as many as they promise": min(*held.mean(axis=0), held[harder].mean())
        >= 0.95,
        "on darker skin nearly so": held[dark, 0].mean() >= 0.9,
        "least on knees bent beyond 79°": held[bent, 1].mean() == min(by_group),
    }
    wrong = [words for words, true in holds.items() if not true]
    if wrong:
        raise ValueError(f"the report's words no longer hold: {'; '.join(wrong)}")


def overall(records: Sequence[Record]) -> dict[str, Any]:
    found = measured(records)
    away = np.abs(errors(found))
    inside = (away <= half_widths(found)).sum(axis=0)
    wrong, open_ = tables.wrong_and_open(*tables.judged(found, RULE_SETS[DEFAULT_RULES]))
    return {
        "verdicts_wrong": wrong,
        "verdicts_open": open_,
        "measured": len(found),
        "refused": share(len(records) - len(found), len(records)),
        "wrong_leg": sum(not record["leg_right"] for record in found),
        "mae": away.mean(axis=0).tolist(),
        "p95": np.percentile(away, 95, axis=0).tolist(),
        "worst": away.max(axis=0).tolist(),
        "inside": [share(int(count), len(found)) for count in inside],
        "half": np.median(half_widths(found), axis=0).tolist(),
        "bmi": [round(end(record["bmi"] for record in records)) for end in (min, max)],
    }


def by_skin(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Mean absolute error of the thigh and how often its interval holds: darker skin, lighter."""
    found = measured(records)
    away, half = np.abs(errors(found))[:, 0], half_widths(found)[:, 0]
    dark = members(found, SKIN.belongs)
    return [
        {
            "n": int(part.sum()),
            "mae": float(away[part].mean()),
            "inside": int((away <= half)[part].sum()),
        }
        for part in (dark, ~dark)
    ]


def answers(asked: Sequence[Contrast], again: Sequence[Contrast]) -> dict[str, Any]:
    """The questions by their answer, in words: "dark photos (knee)"; again: on other bodies."""
    kinds = ("worse", "better", "perhaps worse", "perhaps better", "alike", "cannot tell")
    named = {
        kind.replace(" ", "_"): [
            f"{one.factor.asked} ({one.joint})" for one in asked if one.answer == kind
        ]
        for kind in kinds
    }
    confirmed = {
        (one.factor.asked, one.joint) for one in again if one.answer in ("worse", "perhaps worse")
    }
    named["twice"] = [
        f"{one.factor.asked} ({one.joint})"
        for one in asked
        if one.answer in ("worse", "perhaps worse") and (one.factor.asked, one.joint) in confirmed
    ]
    return named | {"asked": len(asked), "by_chance": f"{0.05 * len(asked):.0f}"}


def skin(
    evidence: Evidence, asked: Sequence[Contrast], again: Sequence[Contrast]
) -> dict[str, Any]:
    """The question about skin once more: by set, without the worst photo, on other bodies."""
    found = measured(evidence.records)
    away = np.abs(errors(found))
    dark = members(found, SKIN.belongs)
    rest = [record for place, record in enumerate(found) if place != int(away[:, 0].argmax())]
    plain = [record | {"error": record["plain_error"]} for record in evidence.residuals]
    inside = away[:, 0] <= half_widths(found)[:, 0]
    by_set = {}
    for place, name in enumerate(SETS):
        own = set_numbers(found) == place
        by_set[name] = [float(away[own & (dark == side), 0].mean()) for side in (True, False)]
    other = np.abs(errors(evidence.residuals))[:, 0]
    theirs = members(evidence.residuals, SKIN.belongs)
    return {
        "first": _about_skin(asked),
        "without_worst": _about_skin(groups.contrasts(rest, [SKIN])),
        "again": _about_skin(again),
        "together": _about_skin(groups.contrasts([*found, *evidence.residuals], [SKIN])),
        "together_n": len(found) + len(evidence.residuals),
        "plain": groups.contrasts(plain, [SKIN]),
        "by_set": by_set,
        "mae": [float(away[dark == side, 0].mean()) for side in (True, False)],
        "p95": [float(np.percentile(other[theirs == side], 95)) for side in (True, False)],
        "inside": [
            share(int(inside[dark == side].sum()), int((dark == side).sum()))
            for side in (True, False)
        ],
    }


def _about_skin(rows: Sequence[Contrast]) -> Contrast:
    """The answer for the thigh."""
    return next(row for row in rows if row.factor is SKIN and row.joint == "thigh")


def expected(records: Sequence[Record]) -> dict[str, float]:
    """Borderline thighs to expect among the athletes of a published norm, per cent."""
    half = float(np.median(half_widths(measured(records))[:, 0]))
    norm = next(norm for norm in NORMS if norm.id == "ferber-2010")
    assert norm.thigh_sd_deg is not None, "it was published with one"
    return {
        rules: 100
        * tables.expected_borderline(
            half, norm.thigh_deg, norm.thigh_sd_deg, RULE_SETS[rules].thigh_max_deg
        )
        for rules in ("guide", "ferber-2010")
    }


def zero(records: Sequence[Record]) -> dict[str, Any]:
    """How much the true angles move with their definition: mean and SD, degrees."""
    known = [r["conditions"] for r in records if "trochanter_deg" in r["conditions"]]
    moved = {
        name: np.array([one[f"{name}_deg"] for one in known])
        for name in ("trochanter", "trochanter_knee", "rig_hip")
    }
    return {name: [float(m.mean()), float(m.std(ddof=1))] for name, m in moved.items()} | {
        "n": len(known)
    }


def real(measured_real: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the private photographs; neither names nor descriptions of them."""
    rows = [row for row in measured_real["rows"] if row["position"]]
    done = [row for row in rows if row["refusal"] is None]
    error = np.array([np.subtract(row["ours"], row["truth"]) for row in done])
    others = [row for row in measured_real["rows"] if not row["position"]]
    negatives = measured_real["negatives"]
    judged = sum(refusal is None for _, refusal in negatives)
    return {
        "n": len(rows),
        "photographs": sum(row["kind"] == "photo" for row in rows),
        "measured": len(done),
        "measured_photographs": sum(row["kind"] == "photo" for row in done),
        "wrong_leg": sum(not row["leg_right"] for row in done),
        "errors": [
            {"joint": joint, "list": ", ".join(number(e, sign=True) for e in error[:, c])}
            for c, joint in enumerate(JOINTS)
        ],
        "mae": np.abs(error).mean(axis=0).tolist(),
        "knee_most": max(row["truth"][1] for row in rows),
        "others": len(others),
        "others_refused": sum(row["refusal"] is not None for row in others),
        "negatives": len(negatives),
        "negatives_judged": judged,
        "negatives_upper": 100 * share_interval(judged, len(negatives))[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--text", action="store_true")
    options = parser.parse_args()
    evidence = read_evidence()
    asked = groups.contrasts(measured(evidence.records))
    if not options.text:
        from benchmarks.validation_plots import write_plots  # needs matplotlib, the text does not

        write_plots(evidence, asked, PICTURES)
    PAGE.write_text(page(evidence, asked), "utf-8")


if __name__ == "__main__":
    main()
