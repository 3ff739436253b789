"""``thomas-test agree``: compare two sets of readings of the same photos, as in a study."""

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.agreement.rater_tables import (
    ANGLES,
    VERDICTS,
    Pairs,
    Readings,
    pair,
    points,
    read_readings,
)
from app.commands.options import AsJson, ExitCode, ReportFile, note, print_line, write_text
from vision.errors import InvalidOption

if TYPE_CHECKING:
    from app.agreement.statistics import Agreement, Kappa

_MAX_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two compared files; values with too few photos in both are None, with a note."""

    first: Readings
    second: Readings
    pairs: Pairs
    angles: "dict[str, Agreement | None]"
    verdict: "Kappa | None"
    notes: tuple[str, ...]


def agree_readings(
    first: Annotated[Path, typer.Argument(metavar="A.csv", help="Readings; the reference first.")],
    second: Annotated[Path, typer.Argument(metavar="B.csv", help="Readings of the same photos.")],
    as_json: AsJson = False,
    report: ReportFile = None,
    id_column: Annotated[
        str,
        typer.Option("--id", metavar="COLUMN", help="Column to pair by; by default id or path."),
    ] = "",
    names: Annotated[
        str, typer.Option(metavar="A,B", help="Names of the two raters, such as Us,Rater.")
    ] = "",
) -> None:
    """Compare two sets of readings of the same photos; differences are B minus A.

    Columns: id or path, thigh_deg, knee_flexion_deg; optionally verdict and leg.
    Exit code 0: compared, 1: the report was not written, 2: usage error.
    """
    try:
        found = compare(*_read_both((first, second), names, id_column))
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error
    except OSError as error:
        message = f"{error.filename}: {error.strerror or error}"
        raise typer.BadParameter(message) from error
    complete = report is None or write_text(report, agreement_html(found))
    if as_json:
        print_line(as_values(found))
    else:
        _print_text(found)
    raise typer.Exit(ExitCode.ALL_MEASURED if complete else ExitCode.SOME_NOT)


def _read_both(paths: tuple[Path, Path], names: str, id_column: str) -> tuple[Readings, Readings]:
    called = _names(names, *paths)
    first, second = (read_readings(paths[i], called[i], id_column) for i in (0, 1))
    if id_column and not {id_column.casefold()} & {*first.columns, *second.columns}:
        raise InvalidOption(f"Neither file has a column {id_column!r}.")
    return first, second


def _names(given: str, first: Path, second: Path) -> list[str]:
    from app.text import printable

    if not given:
        stems = [printable(path.stem)[:_MAX_NAME] for path in (first, second)]
        return ["First", "Second"] if stems[0] == stems[1] else stems
    names = [printable(part.strip()) for part in given.split(",")]
    if len(set(names)) != 2 or len(names) != 2 or not all(0 < len(n) <= _MAX_NAME for n in names):
        raise InvalidOption(f"--names takes two different names, such as Us,Rater; not {given!r}.")
    return names


def compare(first: Readings, second: Readings) -> Comparison:
    """Compare two files of readings; differences are second minus first.

    Raises
    ------
    InvalidOption
        If no photo occurs in both, or no value has enough pairs.
    """
    from app.agreement.statistics import MIN_PAIRS, agree, kappa

    pairs = pair(first, second)
    if not pairs:
        ids = " and ".join(_example(one) for one in (first, second))
        raise InvalidOption(f"No photo occurs in both: {ids}. --id names the column to pair by.")
    notes = _pairing_notes(first, second, pairs)
    angles: dict[str, Agreement | None] = {}
    for angle, column in ANGLES.items():
        both = points(pairs, angle)
        notes += _left_out(first, second, column, len(both), len(pairs))
        enough = len(both) >= MIN_PAIRS
        result = agree([a for _, a, _ in both], [b for _, _, b in both]) if enough else None
        notes += [f"{column}: {result.icc.reason}"] if result and result.icc.reason else []
        angles[angle] = result
    verdicts = [(a.verdict, b.verdict) for a, b in pairs if a.verdict and b.verdict]
    if any("verdict" in one.columns for one in (first, second)):
        notes += _left_out(first, second, "verdict", len(verdicts), len(pairs))
    judged = None
    if len(verdicts) >= MIN_PAIRS:
        judged = kappa([a for a, _ in verdicts], [b for _, b in verdicts], VERDICTS)
        notes += [f"verdict: {judged.reason}"] if judged.reason else []
    if judged is None and not any(angles.values()):
        raise InvalidOption(" ".join(notes))
    return Comparison(first, second, pairs, angles, judged, tuple(notes))


def _example(readings: Readings) -> str:
    ids = [repr(row.id[:_MAX_NAME]) for row in readings.rows[:1]]
    return f"{readings.file} has {ids[0] if ids else 'no readings'}"


def _pairing_notes(first: Readings, second: Readings, pairs: Pairs) -> list[str]:
    notes = [
        f"{one.file}: {len(one.rows) - len(pairs)} of {len(one.rows)} readings have no partner."
        for one in (first, second)
        if len(one.rows) > len(pairs)
    ]
    crossed = sum(bool(a.leg and b.leg) and a.leg != b.leg for a, b in pairs)
    return [*notes, f"{crossed} of {len(pairs)} pairs name different legs."] if crossed else notes


def _left_out(
    first: Readings, second: Readings, column: str, kept: int, pairs: int
) -> Iterator[str]:
    from app.agreement.statistics import MIN_PAIRS

    absent = [one.file for one in (first, second) if column not in one.columns]
    if absent:
        yield f"{column}: no such column in {' and '.join(absent)}."
        return
    if kept < pairs:
        yield f"{column}: {pairs - kept} of {pairs} pairs left out, it is missing in one or both."
    if kept < MIN_PAIRS:
        yield f"{column}: at least {MIN_PAIRS} pairs are needed; here are {kept}."


def as_values(found: Comparison) -> dict[str, Any]:
    """Return the output of ``--json``; values that could not be computed are None."""
    files = [
        {"name": one.name, "file": one.file, "readings": len(one.rows)}
        for one in (found.first, found.second)
    ]
    judged = found.verdict
    return {
        "package": version("thomas-test"),
        "first": files[0],
        "second": files[1],
        "pairs": len(found.pairs),
        **{ANGLES[angle]: one and asdict(one) for angle, one in found.angles.items()},
        "verdict": None if judged is None else {"categories": VERDICTS, **asdict(judged)},
        "notes": list(found.notes),
    }


MEASURES: Final = (
    ("Pairs", "Photos with this angle in both"),
    ("Bias", "Mean difference, with its 95 % interval"),
    ("Lower limit", "Lower 95 % limit of agreement, with its 95 % interval"),
    ("Upper limit", "Upper 95 % limit of agreement, with its 95 % interval"),
    ("MAE", "Mean absolute difference"),
    ("ICC(2,1)", "Absolute agreement of single readings, with its 95 % interval; 1 is perfect"),
    ("SEM", "Standard error of measurement of one reading, bias included"),
    ("MDC95", "Smallest change between two readings that is more than measurement error"),
)
"""Measures reported for each angle, and their meaning."""


def cells(result: "Agreement | None") -> list[str]:
    """Format every measure of an angle, in the order of :data:`MEASURES`."""
    from app.agreement.wording import degrees, ratio

    if result is None:
        return ["–"] * len(MEASURES)
    return [
        str(result.n),
        degrees(result.bias_deg, result.bias_interval_deg),
        degrees(result.limits_deg[0], result.lower_limit_interval_deg),
        degrees(result.limits_deg[1], result.upper_limit_interval_deg),
        degrees(result.mae_deg),
        ratio(result.icc.value, result.icc.interval),
        degrees(result.sem_deg),
        degrees(result.mdc95_deg),
    ]


def _print_text(found: Comparison) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from app.agreement.wording import percent, ratio
    from app.commands.table import PIPED_WIDTH
    from app.results.schemas import NOTICE

    own_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(width=None if own_width else PIPED_WIDTH)
    first, second = found.first.name, found.second.name
    table = Table("", "Thigh", "Knee", "Meaning", box=box.SIMPLE_HEAD, pad_edge=False)
    columns = (cells(found.angles[angle]) for angle in ANGLES)
    for (label, meaning), thigh, knee in zip(MEASURES, *columns, strict=True):
        table.add_row(label, thigh, knee, meaning)
    console.print(Text(f"{len(found.pairs)} pairs. Differences are {second} minus {first}."))
    console.print(table)
    if found.verdict is not None:
        kappa = ratio(found.verdict.kappa, found.verdict.interval)
        same = f"{percent(found.verdict.agreement)} of {found.verdict.n} the same"
        console.print(Text(f"Verdicts: {same}, Cohen’s kappa {kappa}."))
    for text in found.notes:
        console.print(Text(text))
    note(NOTICE)


def agreement_html(found: Comparison) -> str:
    """Return the report: one HTML file without scripts or external resources."""
    from app.agreement.wording import percent, ratio
    from app.reports.environment import environment
    from app.reports.plots import on_axis, round_numbers
    from app.results.schemas import NOTICE
    from app.results.wording import interval_words, signed

    templates = environment()
    templates.filters.update(on=on_axis, signed=lambda deg: signed(round(deg, 1)))
    templates.globals.update(round_numbers=round_numbers, interval_words=interval_words)
    drawn = {angle: points(found.pairs, angle) for angle in ANGLES}
    return templates.get_template("agreement.html").render(
        found=found,
        drawn=drawn,
        furthest={angle: sorted(both, key=_apart)[:5] for angle, both in drawn.items()},
        names=(found.first.name, found.second.name),
        measures=MEASURES,
        cells={angle: cells(result) for angle, result in found.angles.items()},
        ratio=ratio,
        percent=percent,
        verdicts=VERDICTS,
        package=version("thomas-test"),
        notice=NOTICE,
    )


def _apart(point: tuple[str, float, float]) -> float:
    return -abs(point[2] - point[1])
