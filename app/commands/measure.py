"""``thomas-test measure``: photos, or folders of photos, measured one by one or as one set-up."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from app.commands.options import (
    AsJson,
    BackendName,
    Explain,
    Fast,
    FhirBundle,
    FhirFile,
    GravityVector,
    Leg,
    LevelDeg,
    OverlayDir,
    PhonePitch,
    PhoneRoll,
    Photos,
    ReportFile,
    RuleSetId,
    ShowFace,
    Together,
    TurnDeg,
    asks_observations,
    check_backend,
    check_level,
    check_turn,
    checked_gravity,
    checked_rules,
    exit_code,
    make_folder,
    note,
    print_line,
    write_text,
)

if TYPE_CHECKING:
    from app.batch.photo_files import Outcome
    from vision.observations import Observations


@asks_observations
def measure_photos(
    photos: Photos,
    observed: "Observations",
    leg: Leg = None,
    level: LevelDeg = None,
    gravity: GravityVector = None,
    roll_deg: PhoneRoll = None,
    pitch_deg: PhonePitch = None,
    turn: TurnDeg = 0,
    criteria: RuleSetId = "guide",
    together: Together = False,
    fast: Fast = False,
    backend: BackendName = "auto",
    as_json: AsJson = False,
    explain: Explain = False,
    overlay: OverlayDir = None,
    show_face: ShowFace = False,
    report: ReportFile = None,
    fhir: FhirFile = None,
    fhir_bundle: FhirBundle = "collection",
) -> None:
    """Measure photos.

    Exit code 0: all measured, 1: some not measured, 2: usage error, 3: none measured.
    """
    check_level(level)
    check_turn(turn)
    check_backend(backend)
    if show_face and overlay is None:
        message = "--show-face needs --overlay."
        raise typer.BadParameter(message)
    options = {
        "leg": leg,
        "level_deg": level,
        **checked_gravity(gravity, roll_deg, pitch_deg),
        "turn_deg": turn,
        "criteria": checked_rules(criteria),
        "observed": observed,
        "fast": fast,
        "backend": backend,
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
    documents = Documents(report, fhir, write_text, fhir_bundle)
    take = measure_set if together else measure_all
    rows = _with_progress(take(jobs, options, overlays, documents), 1 if together else len(jobs))
    measured = _print_json(rows) if as_json else _print_table(rows, explain=explain)
    failures = overlays.failures if overlays else []
    for path, reason in failures:
        note(f"No overlay for {path!r}: {reason}")
    raise typer.Exit(exit_code(measured, complete=not failures and documents.complete))


Rows = Iterable[tuple[str, "Outcome"]]


def _with_progress(rows: Rows, total: int) -> Iterator[tuple[str, "Outcome"]]:
    """Pass the rows on, and count them on stderr if that is a terminal and it takes a while."""
    shown = total > 1 and sys.stderr.isatty()
    for done, row in enumerate(rows, start=1):
        if shown:
            sys.stderr.write(f"\r{done}/{total}" if done < total else "\r\x1b[K")
            sys.stderr.flush()
        yield row


def _print_json(rows: Rows) -> list[bool]:
    """Print each result as soon as it is available; return which photos were measured."""
    from app.results.schemas import ErrorOut

    measured = []
    for path, outcome in rows:
        # JSON cannot contain a name that is not UTF-8: its invalid bytes are written as \xNN.
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
