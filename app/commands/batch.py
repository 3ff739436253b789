"""``thomas-test batch``: a folder, a list or a table of photos into a folder of results."""

import shlex
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.commands.options import (
    BackendName,
    ExitCode,
    Fast,
    LevelDeg,
    RuleSetId,
    ShowFace,
    TurnDeg,
    check_backend,
    check_level,
    check_turn,
    checked_rules,
    note,
)
from app.commands.progress import Style, reporter

if TYPE_CHECKING:
    from app.batch.run import Outcome
    from app.csv_tables import CsvStyle

DEFAULT_OUT = "thomas-results"
Retry = Literal["all", "transient", "none"]


def batch_photos(
    source: Annotated[
        str,
        typer.Argument(
            metavar="IN",
            help="Folder (with subfolders), pattern, .txt list or .csv table; or its URL.",
        ),
    ],
    out: Annotated[
        str, typer.Argument(metavar="OUT", help="Folder for the results, or a URL.")
    ] = DEFAULT_OUT,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; by default one per core.")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Measure on this Dask cluster, or on a “local” one."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue with the existing results.")
    ] = False,
    mix: Annotated[
        bool, typer.Option("--mix", help="Continue even if they were made with other settings.")
    ] = False,
    retry: Annotated[
        Retry | None,
        typer.Option(
            help="Failed photos to retry with --resume. By default “transient”: failures that may "
            "have passed, such as a store that could not be reached."
        ),
    ] = None,
    criteria: RuleSetId = "guide",
    level: LevelDeg = None,
    turn: TurnDeg = 0,
    fast: Fast = False,
    backend: BackendName = "auto",
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Write annotated photos into OUT/overlays.")
    ] = False,
    show_face: ShowFace = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write a contact sheet, OUT/report.html.")
    ] = False,
    csv: Annotated[
        Literal["plain", "excel"],
        typer.Option(
            help="Style of OUT/results.csv. excel: semicolons, a byte order mark, decimal commas."
        ),
    ] = "plain",
    decimal: Annotated[
        Literal["point", "comma"] | None,
        typer.Option(help="Decimal sign of OUT/results.csv, if not that of its style."),
    ] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write OUT/results.parquet as well.")
    ] = False,
    progress: Annotated[Style, typer.Option(help="How to show the progress.")] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Measure a folder of photos of any size.

    Exit code 0: all measured, 1: some not, or an overlay was not written, 2: usage error, 3: none,
    130: stopped.
    """
    check_level(level)
    check_turn(turn)
    check_backend(backend)
    if show_face and not (overlay or report):
        message = "--show-face needs --overlay or --report."
        raise typer.BadParameter(message)
    if retry is not None and not resume:
        message = "--retry needs --resume."
        raise typer.BadParameter(message)
    if parquet and find_spec("pyarrow") is None:
        message = "--parquet needs pyarrow: pip install 'thomas-test[parquet]'."
        raise typer.BadParameter(message)
    rules = checked_rules(criteria)
    from app.batch.jobs import collect
    from app.batch.run import Wanted, run
    from app.batch.storage import storage
    from app.batch.workers import Options
    from app.processes import cores
    from vision.errors import InvalidOption

    place = storage(out)
    options = Options(
        rules=rules,
        fast=fast,
        backend=backend,
        level_deg=level,
        turn_deg=turn,
        overlays=place if overlay else None,
        show_face=show_face,
        thumbnails=report,
    )
    wanted = Wanted(
        resume=resume,
        mix=mix,
        retry=retry or "transient",
        workers=jobs or cores(),
        dask=dask,
        csv=_csv_style(csv, decimal),
        parquet=parquet,
        report=report,
    )
    show = partial(reporter, "quiet" if quiet else progress)
    try:
        outcome = run(collect(source, leave_out=out), place, options, wanted, show)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error
    _say(outcome, out)
    if outcome.stopped:
        call = shlex.join(["thomas-test", "batch", source, out])
        note(f"Stopped. Go on with the same options: {call} --resume")
        raise typer.Exit(130)
    raise typer.Exit(_exit_code(outcome.summary))


def _csv_style(style: str, decimal: str | None) -> "CsvStyle":
    from app.csv_tables import CsvStyle

    excel = style == "excel"
    comma = decimal == "comma" or (excel and decimal is None)
    return CsvStyle(";" if excel else ",", "," if comma else ".", byte_order_mark=excel)


def _say(outcome: "Outcome", out: str) -> None:
    numbers = (
        (outcome.already_done, "were there already"),
        (outcome.tried_again, "retried"),
    )
    before = ", ".join(f"{number} {what}" for number, what in numbers if number)
    summary = outcome.summary
    measured = f"{summary['measured']} of {summary['photos']} photos measured"
    note(f"{measured}{before and f' ({before})'}. Results in {out}.")
    for text in outcome.notes:
        note(text)


def _exit_code(summary: dict[str, object]) -> ExitCode:
    if not summary["measured"]:
        return ExitCode.NONE_MEASURED
    whole = summary["measured"] == summary["photos"]
    complete = whole and not summary["overlays_not_written"]
    return ExitCode.ALL_MEASURED if complete else ExitCode.SOME_NOT
