"""``thomas-test validate``: the tool's readings of a clinic's own photos against its reference."""

import os
import sys
from dataclasses import dataclass
from functools import partial
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.commands.options import (
    BackendName,
    ExitCode,
    Fast,
    ReportFile,
    RuleSetId,
    check_backend,
    checked_rules,
    note,
    write_text,
)
from app.commands.progress import reporter
from vision.errors import InvalidOption

if TYPE_CHECKING:
    from app.agreement.reference import Reference
    from app.agreement.scored import Scored
    from app.agreement.validation import Validation
    from vision.criteria import RuleSet

_STOPPED: Final = 130


def validate_photos(
    photos: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|RESULTS.csv",
            help="Folder of photos; or the results.csv of `thomas-test batch`.",
        ),
    ],
    reference: Annotated[
        Path,
        typer.Option(
            metavar="TABLE.csv",
            help="The reference: id or path, thigh_deg, knee_flexion_deg; optionally leg, verdict, "
            "subject, occasion, rater, groups.",
        ),
    ],
    report: ReportFile = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write all numbers as JSON.")
    ] = None,
    readings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Write the readings, to repeat the analysis without photos."
        ),
    ] = None,
    criteria: RuleSetId = "guide",
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Column of TABLE.csv with groups; repeatable."),
    ] = None,
    acceptable_deg: Annotated[
        float,
        typer.Option(
            min=0.1, max=90, metavar="DEG", help="Acceptable error, stated before the results."
        ),
    ] = 5.0,
    id_column: Annotated[
        str,
        typer.Option(
            "--id", metavar="COLUMN", help="Column that names the photos; by default id or path."
        ),
    ] = "",
    give_leg: Annotated[
        bool,
        typer.Option(
            "--give-leg", help="Tell the tool the leg in TABLE.csv; by default it finds it itself."
        ),
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; by default one per core.")
    ] = None,
    fast: Fast = False,
    backend: BackendName = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Check the tool on your own people: photos and a reference table in, a report out.

    Only the files that you name are written; photos and faces are in none of them. Exit code 0:
    all photos measured, 1: some not measured or missing, or a file not written, 2: usage error,
    3: fewer than three people measured, 130: stopped.
    """
    check_backend(backend)
    rules = checked_rules(criteria)
    from app.agreement.reference import read_reference
    from app.agreement.validation import validate

    source = _Source(
        place=photos, give_leg=give_leg, jobs=jobs, quiet=quiet, fast=fast, backend=backend
    )
    try:
        table = read_reference(reference, tuple(group or ()), id_column)
        results = _measured(source, table, rules) if photos.is_dir() else _stored(source, readings)
        found = validate(table, results.scored, rules, acceptable_deg, results.others)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error
    except OSError as error:
        message = f"{error.filename}: {error.strerror or error}"
        raise typer.BadParameter(message) from error
    complete = _write(found, results, (report, json, readings))
    _show(found)
    if not found.measurable:
        raise typer.Exit(ExitCode.NONE_MEASURED)
    whole = complete and found.complete
    raise typer.Exit(ExitCode.ALL_MEASURED if whole else ExitCode.SOME_NOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where the readings come from, and how photos are measured."""

    place: Path
    give_leg: bool
    jobs: int | None
    quiet: bool
    fast: bool
    backend: str


@dataclass(frozen=True, slots=True)
class _Results:
    """Readings; photos that were not measured; the table to write; the engine if known."""

    scored: "tuple[Scored, ...]"
    others: tuple[str, ...]
    table: bytes
    engine: str | None


def _measured(source: _Source, table: "Reference", rules: "RuleSet") -> _Results:
    """Measure the photos of a folder that the table names."""
    from app.agreement.scored import read_scored
    from app.batch.referenced import measure_referenced, referenced_jobs
    from app.batch.tables import csv_bytes
    from app.batch.workers import Options
    from app.processes import cores
    from vision.backends.engines import chosen_engine

    jobs, others = referenced_jobs(source.place, table, give_leg=source.give_leg)
    options = Options(rules=rules, fast=source.fast, backend=source.backend)
    show = partial(reporter, "quiet" if source.quiet else "auto")
    try:
        lines = measure_referenced(jobs, options, source.jobs or cores(), show)
    except KeyboardInterrupt:
        note("Stopped. Nothing was written.")
        raise typer.Exit(_STOPPED) from None
    data = csv_bytes(lines)
    return _Results(read_scored(data, "results"), others, data, chosen_engine(source.backend))


def _stored(source: _Source, readings: Path | None) -> _Results:
    """Read the results of photos that were measured before."""
    from app.agreement.rater_tables import read_bytes
    from app.agreement.scored import read_scored

    given = {"--give-leg": source.give_leg, "--fast": source.fast, "--readings": readings}
    if wrong := [name for name, value in given.items() if value]:
        raise InvalidOption(f"{wrong[0]} needs a folder of photos.")
    data = read_bytes(source.place)
    return _Results(read_scored(data, source.place.name), (), data, None)


def _write(
    found: "Validation", results: _Results, files: tuple[Path | None, Path | None, Path | None]
) -> bool:
    """Write the files asked for; return whether all of them were written."""
    report, values, readings = files
    complete = True
    if report is not None:
        from app.agreement.validation_report import validation_html

        complete &= write_text(report, validation_html(found, results.engine))
    if values is not None:
        from app.agreement.validation_values import as_values

        text = dumps(
            as_values(found, results.engine), ensure_ascii=False, allow_nan=False, indent=1
        )
        complete &= write_text(values, f"{text}\n")
    if readings is not None:
        complete &= write_text(readings, results.table.decode("utf-8"))
    return complete


def _show(found: "Validation") -> None:
    from rich.console import Console

    from app.commands.table import PIPED_WIDTH
    from app.commands.validation_text import print_validation
    from app.results.schemas import NOTICE

    own_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    print_validation(found, Console(width=None if own_width else PIPED_WIDTH))
    note(NOTICE)
