"""The command line ``thomas-test``: commands and exit codes.

Results go to stdout, everything else to stderr. Heavy modules are imported inside the
commands, so that ``--help`` and ``--version`` respond at once.
"""

import io
import os
import sys
from typing import Annotated

import typer

from app.commands.agree import agree_readings
from app.commands.batch import batch_photos
from app.commands.criteria import list_criteria
from app.commands.doctor import check_installation
from app.commands.examine import examine_person
from app.commands.measure import measure_photos
from app.commands.options import ExitCode, note
from app.commands.rejudge import rejudge_results
from app.commands.serve import keys, list_settings, open_app, serve
from app.commands.validate import validate_photos

cli = typer.Typer(
    help="Measure the modified Thomas Test from one side-view photo.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


cli.command("measure")(measure_photos)
cli.command("examine")(examine_person)
cli.command("batch")(batch_photos)
cli.command("agree")(agree_readings)
cli.command("validate")(validate_photos)
cli.command("rejudge")(rejudge_results)
cli.command("criteria")(list_criteria)
cli.command("doctor")(check_installation)
cli.command("app")(open_app)
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
