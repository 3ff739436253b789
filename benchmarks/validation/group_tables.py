"""Tables of errors by group, and tests for larger errors in some groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.agreement.contrasts import MIN_GROUP, Answer, answer
from benchmarks.markdown import number, p_words, span, table
from benchmarks.resampling import (
    Bools,
    Floats,
    Interval,
    Ints,
    difference,
    difference_interval,
    holm,
    mean_interval,
    p_value,
    share_interval,
)
from benchmarks.validation.evidence import (
    JOINTS,
    SETS,
    Record,
    errors,
    measured,
    members,
    set_numbers,
)
from benchmarks.validation.groups import FACTORS, Factor
from benchmarks.validation.tables import bias, mae


@dataclass(frozen=True, slots=True)
class Contrast:
    """Mean absolute error of those asked about minus that of all others, for one angle.

    Attributes
    ----------
    factor : Factor
    joint : str
    inside, outside : int
        Photos of those asked about and of the others, in sets that hold both.
    difference_deg : float
    interval_deg : tuple of float
        95 %, not corrected for the number of questions.
    p, p_corrected : float
        The second is corrected for all questions of the table.
    """

    factor: Factor
    joint: str
    inside: int
    outside: int
    difference_deg: float
    interval_deg: Interval
    p: float
    p_corrected: float

    @property
    def answer(self) -> Answer:
        """What follows; a difference is only called one if it survives the correction."""
        smaller = min(self.inside, self.outside)
        return answer(self.difference_deg, self.interval_deg, self.p_corrected, smaller)


def _compared(belongs: Bools, sets: Ints) -> Bools:
    """Which records stand in a set that holds both groups."""
    both = [s for s in np.unique(sets) if 0 < belongs[sets == s].sum() < (sets == s).sum()]
    return np.asarray(np.isin(sets, both))


def contrasts(records: Sequence[Record], factors: Sequence[Factor] = FACTORS) -> list[Contrast]:
    """Ask each factor's question of both angles; records with numbers only."""
    away, sets = np.abs(errors(records)), set_numbers(records)
    found = []
    for factor in factors:
        member = members(records, factor.belongs)
        usable = _compared(member, sets)
        if usable.any():
            data = away[usable], member[usable], sets[usable]
            found += [_contrast(factor, column, *data) for column in range(len(JOINTS))]
    corrected = holm([one.p for one in found])
    return [replace(one, p_corrected=p) for one, p in zip(found, corrected, strict=True)]


def _contrast(factor: Factor, column: int, away: Floats, member: Bools, sets: Ints) -> Contrast:
    one = away[:, column]
    p = p_value(one, member, sets)
    return Contrast(
        factor=factor,
        joint=JOINTS[column],
        inside=int(member.sum()),
        outside=int((~member).sum()),
        difference_deg=difference(one, member, sets),
        interval_deg=difference_interval(one, member, sets),
        p=p,
        p_corrected=p,
    )


def contrast_table(found: Sequence[Contrast]) -> str:
    """One row per question, both angles side by side."""
    rows = []
    for thigh, knee in zip(found[::2], found[1::2], strict=True):
        cells = [thigh.factor.asked, f"{thigh.inside} / {thigh.outside}"]
        for one in (thigh, knee):
            interval = span(one.interval_deg, sign=True)
            cells.append(f"{number(one.difference_deg, sign=True)} ({interval}), {p_words(one.p)}")
            cells.append(f"**{one.answer}**" if one.answer in ("worse", "better") else one.answer)
        rows.append(cells)
    head = ["asked, against all others", "photos", "thigh: difference of MAE", "answer"]
    return table([*head, "knee: difference of MAE", "answer"], rows)


def group_table(records: Sequence[Record]) -> str:
    """Error and refusals of every group, all sets together."""
    rows = []
    for factor in FACTORS:
        rows.append([f"**{factor.name}**", "", "", "", "", ""])
        for name, belongs in factor.groups.items():
            part = [record for record in sets_with_both(records, factor) if belongs(record)]
            found = measured(part)
            refused = len(part) - len(found)
            error, sets = errors(found), set_numbers(found)
            low, high = share_interval(refused, len(part))
            cells = [name, str(len(part)), f"{refused} ({100 * low:.0f}–{100 * high:.0f} %)"]
            for column in range(2):
                told = mae(error[:, column], sets) if len(found) >= MIN_GROUP else "too few"
                cells.append(told)
            both = [bias(error[:, c], sets).split(" ")[0] for c in (0, 1)]
            cells.append(" / ".join(both) if len(found) >= MIN_GROUP else "–")
            rows.append(cells)
    head = ["group", "photos", "refused", "thigh MAE", "knee MAE", "bias, thigh / knee"]
    return table(head, rows)


def sets_with_both(records: Sequence[Record], factor: Factor) -> list[Record]:
    """Records of the sets that hold more than one of the factor's groups."""
    kept = []
    for name in SETS:
        own = [record for record in records if record["set"] == name]
        if sum(any(map(belongs, own)) for belongs in factor.groups.values()) > 1:
            kept += own
    return kept


def group_table_by_set(records: Sequence[Record]) -> str:
    """MAE of every group in each set: photos measured, thigh, knee."""
    rows = []
    for factor in FACTORS:
        rows.append([f"**{factor.name}**", *[""] * len(SETS)])
        for name, belongs in factor.groups.items():
            cells = [name]
            for one in SETS:
                found = [r for r in measured(records) if r["set"] == one and belongs(r)]
                away = np.abs(errors(found))
                if len(found) < MIN_GROUP:
                    cells.append(f"{len(found)}: too few" if found else "–")
                    continue
                sets = set_numbers(found)
                ends = [span(mean_interval(away[:, c], sets)) for c in (0, 1)]
                told = [f"{number(away[:, c].mean())} ({ends[c]})" for c in (0, 1)]
                cells.append(f"{len(found)}: {told[0]} / {told[1]}")
            rows.append(cells)
    return table(["group", *SETS], rows)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused photos of those asked about and of all others."""

    asked: str
    inside: tuple[int, int]
    outside: tuple[int, int]
    p: float
    p_corrected: float


def refusals(records: Sequence[Record]) -> list[Refusals]:
    """Ask every factor's question of the refusals."""
    refused = np.array([not record["measurable"] for record in records])
    sets = set_numbers(records)
    found = []
    for factor in FACTORS:
        member = members(records, factor.belongs)
        usable = _compared(member, sets)
        mine, gone, strata = member[usable], refused[usable], sets[usable]
        inside = int(gone[mine].sum()), int(mine.sum())
        outside = int(gone[~mine].sum()), int((~mine).sum())
        p = p_value(gone.astype(float), mine, strata)
        found.append(Refusals(factor.asked, inside, outside, p, p))
    corrected = holm([one.p for one in found])
    return [replace(one, p_corrected=p) for one, p in zip(found, corrected, strict=True)]


def refusal_table(found: Sequence[Refusals]) -> str:
    rows = []
    for one in found:
        shares = [
            f"{count} of {n} ({100 * share_interval(count, n)[0]:.0f}–"
            f"{100 * share_interval(count, n)[1]:.0f} %)"
            for count, n in (one.inside, one.outside)
        ]
        rows.append([one.asked, *shares, number(one.p, 2), number(one.p_corrected, 2)])
    return table(["asked", "refused", "refused of all others", "p", "corrected"], rows)
