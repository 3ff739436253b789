"""Shared parts of the commands: options, their validation, and output of results."""

import inspect
import json
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from vision.errors import InvalidOption
from vision.observations import HOLD_QUESTION, MAX_HOLD_S, OBSERVED, QUESTIONS, observations

Photos = Annotated[list[str], typer.Argument(metavar="PHOTO", help="Photos, or folders of photos.")]
Leg = Annotated[
    Literal["left", "right"] | None,
    typer.Option(help="The tested leg, the person's own; by default determined from the photo."),
]
LevelDeg = Annotated[
    float | None,
    typer.Option(
        metavar="DEG", help="Camera roll: + when the right end of the true horizontal looks higher."
    ),
]
TurnDeg = Annotated[
    int,
    typer.Option(
        "--turn",
        metavar="90|180|270",
        help="Turn the photo clockwise first, if it was stored sideways or upside down.",
    ),
]
GravityVector = Annotated[
    str | None,
    typer.Option(
        metavar="X,Y,Z",
        help="Reading of the phone's accelerometer, in g, along gravity: x right, y up, z out of the screen.",
    ),
]
PhoneRoll = Annotated[
    float | None,
    typer.Option("--roll-deg", metavar="DEG", help="The phone's roll, signed as --level."),
]
PhonePitch = Annotated[
    float | None,
    typer.Option("--pitch-deg", metavar="DEG", help="The phone's pitch: + when it looks up."),
]
RuleSetId = Annotated[
    str,
    typer.Option(
        metavar="ID|FILE.toml",
        help="Rule-set: an id listed by `thomas-test criteria`, or a TOML file.",
    ),
]
Together = Annotated[
    bool,
    typer.Option(
        "--together",
        help="Combine two to five photos of one set-up, or a clip of it, into one reading.",
    ),
]
Fast = Annotated[bool, typer.Option("--fast", help="Trade accuracy for speed.")]
BackendName = Annotated[
    Literal["auto", "mediapipe", "litert"],
    typer.Option(
        "--backend",
        envvar="THOMAS_BACKEND",
        help="Engine that runs the pose model. auto: MediaPipe if it is installed, otherwise LiteRT.",
    ),
]
ServiceBackend = Annotated[
    Literal["auto", "mediapipe", "litert"] | None,
    typer.Option(
        "--backend",
        help="Engine that runs the pose model; by default THOMAS_BACKEND or auto.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, one object per line.")]
Explain = Annotated[
    bool,
    typer.Option("--explain", help="List the cues by which the position in each photo is judged."),
]
OverlayDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write NAME.overlay.jpg into this folder.")
]
ShowFace = Annotated[
    bool, typer.Option("--show-face", help="Leave faces recognisable in overlays.")
]
ReportFile = Annotated[
    Path | None, typer.Option(metavar="FILE.html", help="Write a report to read and print.")
]
FhirBundle = Annotated[
    Literal["collection", "transaction"],
    typer.Option(help="Type of FHIR bundle: to store, or to post to a server's base URL."),
]
FhirFile = Annotated[
    Path | None, typer.Option(metavar="FILE.json", help="Write the angles as FHIR R4.")
]
Host = Annotated[
    str | None, typer.Option(help="Address to listen on; by default THOMAS_HOST or 127.0.0.1.")
]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port to listen on; by default THOMAS_PORT or 8000."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="File of settings; `thomas-test settings` lists them."),
]
KeysFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File of keys, with lines from `thomas-test keys new`."),
]
WithoutKeys = Annotated[
    bool | None,
    typer.Option("--without-keys", help="Admit everybody who can reach the service."),
]


class ExitCode(IntEnum):
    """Exit codes of the process; ``doctor`` returns 1 if a check fails, usage errors return 2."""

    ALL_MEASURED = 0
    SOME_NOT = 1
    NONE_MEASURED = 3


def exit_code(measured: list[bool], *, complete: bool = True) -> ExitCode:
    """Return the exit code for a number of photos; not complete: some output was not written."""
    if not any(measured):
        return ExitCode.NONE_MEASURED
    return ExitCode.ALL_MEASURED if all(measured) and complete else ExitCode.SOME_NOT


def checked_rules(name: str) -> Any:
    """Return the rule-set with an id or from a file, or exit with a usage error."""
    from app.results.rule_files import find_rules

    try:
        return find_rules(name)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error


def checked_gravity(
    vector: str | None, roll_deg: float | None, pitch_deg: float | None
) -> dict[str, Any]:
    """Return the phone's sensor readings as options of ``measure``, or exit with a usage error."""
    from vision.metadata import sent_gravity, vector_from_text

    try:
        gravity = None if vector is None else vector_from_text(vector)
        if gravity is None:
            sent_gravity(None, roll_deg, pitch_deg, (1, 1))
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error
    return {"gravity": gravity, "roll_deg": roll_deg, "pitch_deg": pitch_deg}


def check_level(level_deg: float | None) -> None:
    """Exit with a usage error if the camera roll is impossible."""
    from vision.level import given_level

    try:
        if level_deg is not None:
            given_level(level_deg)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error


def check_backend(backend: str) -> None:
    """Exit with a usage error if there is no such engine, or it is not installed."""
    from vision.backends.engines import chosen_engine

    try:
        chosen_engine(backend)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error


def check_turn(turn_deg: int) -> None:
    """Exit with a usage error if a photo cannot be turned by this angle."""
    from vision.photo import check_turn as check

    try:
        check(turn_deg)
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error


def asks_observations(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each observation to a command, which receives them as ``observed``."""

    @wraps(command)
    def asked(**given: Any) -> None:
        answers = {name: given.pop(name) for name in OBSERVED}
        try:
            observed = observations(answers)
        except InvalidOption as error:
            raise typer.BadParameter(error.message) from error
        command(observed=observed, **given)

    own = inspect.signature(command)
    parameters = [one for name, one in own.parameters.items() if name != "observed"]
    parameters += _observation_options()
    asked.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {one.name: one.annotation for one in parameters}
    del asked.__wrapped__  # its signature is not this one's
    return asked


def _observation_options() -> Iterator[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    for asked in QUESTIONS:
        option: Any = Annotated[Literal[asked.answers] | None, typer.Option(help=asked.text)]
        yield inspect.Parameter(asked.name, kind, default=None, annotation=option)
    seconds = typer.Option("--hold-s", min=0, max=MAX_HOLD_S, help=HOLD_QUESTION)
    yield inspect.Parameter("hold_s", kind, default=None, annotation=Annotated[int | None, seconds])
    text = typer.Option(metavar="TEXT", help="Free text, shown in the result and never judged.")
    yield inspect.Parameter("notes", kind, default="", annotation=Annotated[str, text])


def make_folder(folder: Path) -> None:
    """Create the folder for overlays, or exit with a usage error."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder for overlays cannot be made: {error.strerror}."
        raise typer.BadParameter(message) from error


def write_text(path: Path, text: str) -> bool:
    """Write a requested file; report a failure on stderr."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        note(f"{path} could not be written: {error.strerror or error}.")
        return False
    return True


def print_line(value: dict[str, Any]) -> None:
    """Write one line of strict JSON, in UTF-8 regardless of the terminal's encoding."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    typer.echo(line.encode())


def note(text: str) -> None:
    """Write a line to stderr."""
    typer.echo(text, err=True)
