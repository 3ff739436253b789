"""``thomas-test rejudge``: judge stored results by today's rules, without their photos.

Angles, points and answers stay unchanged; verdict, status, pattern and steps are renewed. A result
of schema version 1 is converted to version 2, with the shank derived from thigh and knee.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.commands.options import ExitCode, RuleSetId, checked_rules, note, print_line

if TYPE_CHECKING:
    from vision.criteria import RuleSet

_UNREADABLE: Final = "is no result that this program wrote"


def rejudge_results(
    results: Annotated[
        Path,
        typer.Argument(
            metavar="RESULTS.jsonl", help="Output of `batch`, or the lines of `measure --json`."
        ),
    ],
    criteria: RuleSetId = "guide",
) -> None:
    """Judge stored results by today's rules; JSON lines on stdout.

    Exit code 0: all judged, 1: some lines could not be read, 2: usage error, 3: none judged.
    """
    rules = checked_rules(criteria)
    try:
        # Not splitlines: names and notes may hold other ends of lines than this.
        lines = results.read_text("utf-8", errors="replace").split("\n")
    except OSError as error:
        message = f"{results}: {error.strerror or error}"
        raise typer.BadParameter(message) from error
    judged = wrong = 0
    for number, line in _numbered(lines):
        try:
            print_line(rejudged(json.loads(line), rules))
            judged += 1
        except (ValueError, RecursionError):  # raised by json and by pydantic
            note(f"Line {number} {_UNREADABLE}: left out.")
            wrong += 1
    note(f"{judged} results judged by {rules.id} (version {rules.version}); {wrong} left out.")
    if not judged:
        raise typer.Exit(ExitCode.NONE_MEASURED)
    raise typer.Exit(ExitCode.SOME_NOT if wrong else ExitCode.ALL_MEASURED)


def rejudged(line: dict[str, Any], rules: "RuleSet") -> dict[str, Any]:
    """Judge one stored result again; other fields (path, subject) are kept.

    Parameters
    ----------
    line : dict
        A measurement of schema version 1 or 2, or a file that could not be measured.
    rules : RuleSet

    Raises
    ------
    ValueError
        If it is neither of these.
    """
    from app.results.rescore import judged_anew
    from app.results.schemas import MeasurementOut

    if not isinstance(line, dict):
        raise ValueError(_UNREADABLE)  # noqa: TRY004 - as pydantic raises for the rest
    if "error" in line:
        return line
    own = {name: value for name, value in line.items() if name in MeasurementOut.model_fields}
    beside = {name: value for name, value in line.items() if name not in own}
    out = judged_anew(MeasurementOut.model_validate(own), rules)
    return {**beside, **out.model_dump(mode="json")}


def _numbered(lines: list[str]) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
