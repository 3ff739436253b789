"""Figures that the report's sentences name."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.markdown import share
from benchmarks.validation import group_tables as groups
from benchmarks.validation import tables
from benchmarks.validation.evidence import (
    SETS,
    Evidence,
    Record,
    errors,
    half_widths,
    measured,
    members,
    set_numbers,
)
from benchmarks.validation.group_tables import Contrast
from benchmarks.validation.groups import SKIN
from vision.criteria import RULE_SETS
from vision.norms import NORMS


def overall(records: Sequence[Record]) -> dict[str, Any]:
    found = measured(records)
    away = np.abs(errors(found))
    inside = (away <= half_widths(found)).sum(axis=0)
    return {
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
