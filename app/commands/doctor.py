"""``thomas-test doctor``: check that the installation is complete and does not call home."""

from dataclasses import asdict

import typer

from app.commands.options import AsJson, BackendName, print_line


def check_installation(backend: BackendName = "auto", as_json: AsJson = False) -> None:
    """Check this installation.

    Exit code 0: all checks passed, 1: a check failed.
    """
    from app.commands.installation import examine

    report = examine(backend)
    if as_json:
        print_line({"ok": report.ok, **asdict(report)})
    else:
        typer.echo(f"Python {report.python} on {report.system}")
        for name, version in report.packages.items():
            typer.echo(f"     {name} {version}")
        for check in report.checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
    raise typer.Exit(0 if report.ok else 1)
