"""The command line: ``thomas-test measure``, ``serve``, ``criteria`` and ``doctor``.

Results go to stdout, everything else to stderr. Whatever is heavy is imported inside the
commands, so that ``--help`` and ``--version`` answer at once.
"""

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

if TYPE_CHECKING:
    from app.files import Outcome

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


Photos = Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos, or folders of photos.")]
Leg = Annotated[
    Literal["left", "right"] | None,
    typer.Option(help="The tested leg, the person's own; otherwise read from the photo."),
]
LevelDeg = Annotated[
    float | None,
    typer.Option(
        metavar="DEG", help="Camera roll: + when the right end of the true horizontal looks higher."
    ),
]
RuleSetId = Annotated[
    str, typer.Option(metavar="ID", help="Rule-set; `thomas-test criteria` lists them.")
]
Fast = Annotated[bool, typer.Option("--fast", help="Quicker, less exact.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, one object per line.")]
OverlayDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write NAME.overlay.jpg into this folder.")
]
ShowFace = Annotated[
    bool, typer.Option("--show-face", help="Leave faces recognisable in overlays.")
]
Host = Annotated[
    str | None, typer.Option(help="Address to listen on; THOMAS_HOST or 127.0.0.1 if left out.")
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port to listen on; THOMAS_PORT or 8000 if left out."),
]


class ExitCode(IntEnum):
    """What the process returns; ``doctor`` returns 1 when something is wrong."""

    ALL_MEASURED = 0
    SOME_NOT = 1
    USAGE = 2
    NONE_MEASURED = 3


cli = typer.Typer(
    help="Measure the modified Thomas Test from one side-view photo.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line; the console script ``thomas-test``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # old terminals lack ± and °
    try:
        cli(prog_name="thomas-test")
    except OSError as error:  # of the output only: what a photo's file raises is an outcome
        _note(f"Stopped: {error.strerror or error}.")
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
    criteria: RuleSetId = "guide",
    fast: Fast = False,
    as_json: AsJson = False,
    overlay: OverlayDir = None,
    show_face: ShowFace = False,
) -> None:
    """Measure photos.

    Exit code 0: all measured, 1: some not, 2: wrong usage, 3: none.
    """
    _check_options(level, criteria)
    if show_face and overlay is None:
        message = "--show-face needs --overlay."
        raise typer.BadParameter(message)
    from app.files import Overlays, expand, measure_all

    jobs = list(expand(photos))
    overlays = None
    if overlay is not None:
        _make_folder(overlay)
        overlays = Overlays(overlay, [path for path, _ in jobs], show_face=show_face)
    options = {"leg": leg, "level_deg": level, "criteria": criteria, "fast": fast}
    rows = _with_progress(measure_all(jobs, options, overlays), len(jobs))
    measured = _print_json(rows) if as_json else _print_table(rows)
    failures = overlays.failures if overlays else []
    for path, reason in failures:
        _note(f"No overlay for {path!r}: {reason}")
    raise typer.Exit(_exit_code(measured, complete=not failures))


@cli.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the web page and the HTTP interface."""
    from pydantic import ValidationError

    from app.api import serve as run
    from app.settings import Settings

    given: dict[str, Any] = {
        name: value for name, value in (("host", host), ("port", port)) if value is not None
    }
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise typer.BadParameter(f"A THOMAS_… variable is wrong: {error}") from error
    if settings.host not in LOOPBACK:
        _note(f"Whoever reaches {settings.host} can use this service: there is no log-in.")
    run(settings)


@cli.command()
def criteria(as_json: AsJson = False) -> None:
    """List the rule-sets that a measurement can be judged by."""
    from vision.criteria import DEFAULT_RULES, RULE_SETS

    for rules in RULE_SETS.values():
        if as_json:
            _print_line(asdict(rules))
            continue
        knee = "no knee part" if rules.knee_min_deg is None else f"knee ≥ {rules.knee_min_deg:g}°"
        default = ", the default" if rules.id == DEFAULT_RULES else ""
        typer.echo(f"{rules.id} (version {rules.version}{default}): {rules.title}")
        typer.echo(f"    thigh ≤ {rules.thigh_max_deg:g}°, {knee}")
        typer.echo(f"    {rules.citation}")


@cli.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this installation.

    Exit code 0: all well, 1: something is wrong.
    """
    from app.doctor import examine

    report = examine()
    if as_json:
        _print_line({"ok": report.ok, **asdict(report)})
    else:
        typer.echo(f"Python {report.python} on {report.system}")
        for name, version in report.packages.items():
            typer.echo(f"     {name} {version}")
        for check in report.checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
    raise typer.Exit(0 if report.ok else 1)


def _check_options(level: float | None, criteria: str) -> None:
    from vision.criteria import rule_set
    from vision.errors import InvalidOption
    from vision.level import given_level

    try:
        rule_set(criteria)
        if level is not None:
            given_level(level)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder for overlays cannot be made: {error.strerror}."
        raise typer.BadParameter(message) from error


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
    from app.schemas import ErrorOut

    measured = []
    for path, outcome in rows:
        # A name that is not UTF-8 cannot stand in JSON: its odd bytes are shown as \xNN.
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        if isinstance(outcome, ErrorOut):
            _print_line({"path": name, "error": outcome.model_dump(mode="json")})
        else:
            _print_line({"path": name, **outcome.model_dump(mode="json")})
        measured.append(not isinstance(outcome, ErrorOut) and outcome.measurable)
    return measured


def _print_table(rows: Rows) -> list[bool]:
    from rich.console import Console

    from app.schemas import NOTICE, ErrorOut
    from app.table import PIPED_WIDTH, print_table

    outcomes = list(rows)
    own_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    print_table(outcomes, Console(width=None if own_width else PIPED_WIDTH))
    measured = [not isinstance(one, ErrorOut) and one.measurable for _, one in outcomes]
    _note(f"{sum(measured)} of {len(measured)} measured. {NOTICE}")
    return measured


def _print_line(value: dict[str, Any]) -> None:
    """Write one line of strict JSON, in UTF-8 whatever the terminal's encoding is."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    typer.echo(line.encode())


def _note(text: str) -> None:
    typer.echo(text, err=True)


def _exit_code(measured: list[bool], *, complete: bool) -> ExitCode:
    if not any(measured):
        return ExitCode.NONE_MEASURED
    return ExitCode.ALL_MEASURED if all(measured) and complete else ExitCode.SOME_NOT
