"""The command line: ``thomas-test measure``, ``examine``, ``batch``, ``agree``, ``serve`` and so on.

Results go to stdout, everything else to stderr. Whatever is heavy is imported inside the
commands, so that ``--help`` and ``--version`` answer at once.
"""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.agree import agree_readings
from app.commands.batch import batch_photos
from app.commands.examine import examine_person
from app.commands.options import (
    Abducted,
    AbductedRetestSeen,
    AsJson,
    BackFlat,
    BackOrNerve,
    ExitCode,
    Explain,
    Fast,
    FeelsTight,
    FhirFile,
    GravityVector,
    HipPain,
    HoldSeconds,
    KneePain,
    Leg,
    LevelDeg,
    Notes,
    OverlayDir,
    PhonePitch,
    PhoneRoll,
    Photos,
    ReportFile,
    Rotated,
    RuleSetId,
    Safety,
    ShowFace,
    Together,
    TurnDeg,
    check_level,
    check_turn,
    checked_gravity,
    checked_observations,
    checked_rules,
    exit_code,
    make_folder,
    note,
    print_line,
    write_text,
)
from app.commands.rejudge import rejudge_results
from app.commands.serve import keys, list_settings, serve

if TYPE_CHECKING:
    from app.batch.photo_files import Outcome


cli = typer.Typer(
    help="Measure the modified Thomas Test from one side-view photo.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


cli.command("examine")(examine_person)
cli.command("batch")(batch_photos)
cli.command("agree")(agree_readings)
cli.command("rejudge")(rejudge_results)
cli.command("serve")(serve)
cli.command("settings")(list_settings)
cli.add_typer(keys, name="keys")


def main() -> None:
    """Run the command line; the console script ``thomas-test``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # old terminals lack ± and °
    try:
        cli(prog_name="thomas-test")
    except OSError as error:  # of the output only: what a photo's file raises is an outcome
        note(f"Stopped: {error.strerror or error}.")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered goes nowhere
        sys.exit(ExitCode.SOME_NOT)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"thomas-test {version('thomas-test')}")
        raise typer.Exit


@cli.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


@cli.command("measure")
def measure_photos(
    photos: Photos,
    leg: Leg = None,
    level: LevelDeg = None,
    gravity: GravityVector = None,
    roll_deg: PhoneRoll = None,
    pitch_deg: PhonePitch = None,
    turn: TurnDeg = 0,
    criteria: RuleSetId = "guide",
    safety: Safety = None,
    hip_pain: HipPain = None,
    knee_pain: KneePain = None,
    back_or_nerve: BackOrNerve = None,
    lower_back_flat: BackFlat = None,
    rotation: Rotated = None,
    abducted: Abducted = None,
    abducted_retest: AbductedRetestSeen = None,
    feels_tight: FeelsTight = None,
    hold_s: HoldSeconds = None,
    notes: Notes = "",
    together: Together = False,
    fast: Fast = False,
    as_json: AsJson = False,
    explain: Explain = False,
    overlay: OverlayDir = None,
    show_face: ShowFace = False,
    report: ReportFile = None,
    fhir: FhirFile = None,
) -> None:
    """Measure photos.

    Exit code 0: all measured, 1: some not, 2: wrong usage, 3: none.
    """
    check_level(level)
    check_turn(turn)
    if show_face and overlay is None:
        message = "--show-face needs --overlay."
        raise typer.BadParameter(message)
    options = {
        "leg": leg,
        "level_deg": level,
        **checked_gravity(gravity, roll_deg, pitch_deg),
        "turn_deg": turn,
        "criteria": checked_rules(criteria),
        "observed": checked_observations(
            {
                "safety": safety,
                "hip_pain": hip_pain,
                "knee_pain": knee_pain,
                "back_or_nerve": back_or_nerve,
                "lower_back_flat": lower_back_flat,
                "rotation": rotation,
                "abducted": abducted,
                "abducted_retest": abducted_retest,
                "feels_tight": feels_tight,
                "hold_s": hold_s,
                "notes": notes,
            }
        ),
        "fast": fast,
    }
    from app.batch.photo_files import Documents, Overlays, expand, measure_all, measure_set

    jobs = list(expand(photos))
    if (report or fhir) and len(jobs) != 1 and not together:
        message = f"--report and --fhir take one photo; here are {len(jobs)}."
        raise typer.BadParameter(message)
    overlays = None
    if overlay is not None:
        make_folder(overlay)
        overlays = Overlays(overlay, [path for path, _ in jobs], show_face=show_face)
    documents = Documents(report, fhir, write_text)
    take = measure_set if together else measure_all
    rows = _with_progress(take(jobs, options, overlays, documents), 1 if together else len(jobs))
    measured = _print_json(rows) if as_json else _print_table(rows, explain=explain)
    failures = overlays.failures if overlays else []
    for path, reason in failures:
        note(f"No overlay for {path!r}: {reason}")
    raise typer.Exit(exit_code(measured, complete=not failures and documents.complete))


@cli.command()
def criteria(
    as_json: AsJson = False,
    file: Annotated[
        str | None, typer.Option(metavar="FILE.toml", help="Check and show a file of your own.")
    ] = None,
) -> None:
    """List the rule-sets that a measurement can be judged by."""
    from vision.criteria import DEFAULT_RULES, NORMS, NORMS_CAUTION, RULE_SETS

    listed = RULE_SETS.values() if file is None else (checked_rules(file),)
    for rules in listed:
        if as_json:
            print_line(asdict(rules))
            continue
        default = ", the default" if rules.id == DEFAULT_RULES else ""
        typer.echo(f"{rules.id} (version {rules.version}{default}): {rules.title}")
        typer.echo(f"    {rules.in_words()}")
        for text in (rules.citation, rules.population, rules.limits):
            if text:
                typer.echo(f"    {text}")
    if as_json or file is not None:
        return
    typer.echo("\nTo compare with, not to judge by:")
    for norm in NORMS:
        typer.echo(f"    {norm.title} ({norm.limbs}): {norm.in_words()}")
        typer.echo(f"        {norm.citation}")
    typer.echo(f"    {NORMS_CAUTION}")


@cli.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this installation.

    Exit code 0: all well, 1: something is wrong.
    """
    from app.commands.doctor import examine

    report = examine()
    if as_json:
        print_line({"ok": report.ok, **asdict(report)})
    else:
        typer.echo(f"Python {report.python} on {report.system}")
        for name, version in report.packages.items():
            typer.echo(f"     {name} {version}")
        for check in report.checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
    raise typer.Exit(0 if report.ok else 1)


Rows = Iterable[tuple[str, "Outcome"]]


def _with_progress(rows: Rows, total: int) -> Iterator[tuple[str, "Outcome"]]:
    """Pass the rows on and count them on stderr, if that is a terminal and it takes a while."""
    shown = total > 1 and sys.stderr.isatty()
    for done, row in enumerate(rows, start=1):
        if shown:
            sys.stderr.write(f"\r{done}/{total}" if done < total else "\r\x1b[K")
            sys.stderr.flush()
        yield row


def _print_json(rows: Rows) -> list[bool]:
    """Print each outcome as soon as it is there; return which photos were measured."""
    from app.results.schemas import ErrorOut

    measured = []
    for path, outcome in rows:
        # A name that is not UTF-8 cannot stand in JSON: its odd bytes are shown as \xNN.
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        if isinstance(outcome, ErrorOut):
            print_line({"path": name, "error": outcome.model_dump(mode="json")})
        else:
            print_line({"path": name, **outcome.model_dump(mode="json")})
        measured.append(not isinstance(outcome, ErrorOut) and outcome.measurable)
    return measured


def _print_table(rows: Rows, *, explain: bool) -> list[bool]:
    from rich.console import Console

    from app.commands.table import PIPED_WIDTH, print_cues, print_table
    from app.results.schemas import NOTICE, ErrorOut

    outcomes = list(rows)
    own_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(width=None if own_width else PIPED_WIDTH)
    print_table(outcomes, console)
    if explain:
        print_cues(outcomes, console)
    measured = [not isinstance(one, ErrorOut) and one.measurable for _, one in outcomes]
    note(f"{sum(measured)} of {len(measured)} measured. {NOTICE}")
    return measured
