"""The commands ``app``, ``serve``, ``settings`` and ``keys``: run the service and control access to it."""

import threading
from typing import Annotated, Any

import typer

from app.commands.options import (
    BackendName,
    ConfigFile,
    Host,
    KeysFile,
    Port,
    ServiceBackend,
    WithoutKeys,
    check_backend,
    note,
)

keys = typer.Typer(help="Manage the API keys of the service.", no_args_is_help=True)


def serve(
    host: Host = None,
    port: Port = None,
    config: ConfigFile = None,
    keys_file: KeysFile = None,
    without_keys: WithoutKeys = None,
    backend: ServiceBackend = None,
) -> None:
    """Serve the web page and the HTTP API.

    For further settings, by environment or file, see `thomas-test settings`.
    """
    from pydantic import ValidationError

    from app.service.settings import Settings, what_is_wrong

    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "config": config,
        "keys_file": keys_file,
        "without_keys": without_keys,
        "backend": backend,
    }
    try:
        settings = Settings(**{name: one for name, one in options.items() if one is not None})
    except ValidationError as error:
        raise typer.BadParameter(what_is_wrong(error)) from error
    except (OSError, ValueError) as error:  # of the settings file
        raise typer.BadParameter(f"The settings cannot be read: {error}") from error
    if settings.reachable and not settings.needs_keys:
        note("Whoever reaches this service can use it: it runs without keys.")
    from app.server import serve as run

    run(settings)


def open_app(backend: BackendName = "auto") -> None:
    """Open the web page in the browser, for this computer alone.

    The service runs until you press Ctrl-C or close the window of this command. Closing the browser
    does not end it.
    """
    check_backend(backend)
    import webbrowser

    from app.server import APP_PORT, serve_locally

    def show(address: str) -> None:
        note(f"Thomas Test runs at {address} on this computer only. Ctrl-C ends it.")
        if not address.endswith(f":{APP_PORT}/"):
            note(f"Port {APP_PORT} is taken: clients and history kept in the browser are there.")
        # Beside the service: some browsers return only when they are closed.
        threading.Thread(target=browse, args=(address,), daemon=True).start()

    def browse(address: str) -> None:
        if not webbrowser.open(address):
            note("No browser was found: open that address yourself.")

    serve_locally(show, backend)


def list_settings(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print as Markdown, as in docs/settings.md.")
    ] = False,
) -> None:
    """List all settings of the service."""
    from app.service.settings import describe_settings, settings_document

    if markdown:
        typer.echo(settings_document(), nl=False)
        return
    for name, variable, default, text in describe_settings():
        typer.echo(f"{name} ({variable}{f', by default {default}' if default else ''})")
        typer.echo(f"    {text}")


@keys.callback()
def _keys() -> None:
    """Keep ``new`` a subcommand, although it is the only one."""


@keys.command("new")
def make_key(
    name: Annotated[
        str, typer.Argument(help="Name of the key: a place or a program, not a patient.")
    ],
) -> None:
    """Generate a key. The line for the key file goes to stdout, the key itself to stderr.

    thomas-test keys new reception >> keys.txt
    """
    from app.service.keys import new_key

    try:
        secret, key = new_key(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    note(f"The key of {name}, shown only now: {secret}")
    typer.echo(str(key))
