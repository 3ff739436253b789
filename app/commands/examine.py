"""``thomas-test examine``: both legs of one person as one result."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import (
    AsJson,
    BackendName,
    FhirBundle,
    FhirFile,
    LevelDeg,
    ReportFile,
    RuleSetId,
    TurnDeg,
    check_backend,
    check_level,
    check_turn,
    checked_rules,
    exit_code,
    note,
    print_line,
    write_text,
)

if TYPE_CHECKING:
    from app.results.fhir_parts import BundleKind
    from app.results.schemas import ExaminationOut, LegExaminationOut
    from vision.examination import Examination, LegPhotos
    from vision.observations import Observations
    from vision.sides import Side


def _photo(side: str, what: str, *names: str) -> Any:
    return typer.Option(*names, metavar="PHOTO", help=what.format(side=side))


_SIDE_VIEW = "The {side} leg hanging, from the side; up to 5 photos of one set-up are joined."
_RETEST = "The {side} leg with the knee passively extended."
_ABOVE = "The {side} leg hanging, from above the feet."


def examine_person(
    left: Annotated[list[Path] | None, _photo("left", _SIDE_VIEW)] = None,
    right: Annotated[list[Path] | None, _photo("right", _SIDE_VIEW)] = None,
    left_retest: Annotated[Path | None, _photo("left", _RETEST)] = None,
    right_retest: Annotated[Path | None, _photo("right", _RETEST)] = None,
    left_above: Annotated[
        Path | None, _photo("left", _ABOVE, "--left-above", "--left-front")
    ] = None,
    right_above: Annotated[
        Path | None, _photo("right", _ABOVE, "--right-above", "--right-front")
    ] = None,
    observations: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Answers for both legs, or under [left], [right]."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json", help="JSON of an earlier result, of one photo or of both legs."
        ),
    ] = None,
    subject: Annotated[
        str, typer.Option(metavar="TEXT", help="Name of the person, as shown in the report.")
    ] = "",
    session: Annotated[
        str, typer.Option(metavar="TEXT", help="Date or name of the session, such as 2026-11-23.")
    ] = "",
    level: LevelDeg = None,
    turn: TurnDeg = 0,
    criteria: RuleSetId = "guide",
    backend: BackendName = "auto",
    as_json: AsJson = False,
    report: ReportFile = None,
    fhir: FhirFile = None,
    fhir_bundle: FhirBundle = "collection",
) -> None:
    """Examine one or both legs of a person.

    Ask about the reasons not to do the test first; they are listed until the question “safety”
    in --observations is answered. Exit code 0: all legs measured, 1: some not measured, 2: usage
    error, 3: none measured.
    """
    check_level(level)
    check_turn(turn)
    check_backend(backend)
    from app.results.earlier import read_earlier
    from app.results.examination import examination_out
    from vision.errors import InvalidOption, ThomasTestError
    from vision.examination import examine

    try:
        observed = _observed(observations)
        if any(said.safety is None for said in observed.values()):
            _ask_about_safety()
        before = None if previous is None else read_earlier(_read(previous))
        result = examine(
            _leg_photos(left, left_retest, left_above, observed["left"]),
            _leg_photos(right, right_retest, right_above, observed["right"]),
            criteria=checked_rules(criteria),
            level_deg=level,
            turn_deg=turn,
            backend=backend,
        )
    except InvalidOption as error:
        raise typer.BadParameter(error.message) from error
    except ThomasTestError as error:
        note(f"{error.message} {error.advice}")
        raise typer.Exit(3) from error
    except OSError as error:
        message = f"{error.filename}: {error.strerror or error}"
        raise typer.BadParameter(message) from error
    out = examination_out(result, subject=subject, session=session, previous=before)
    complete = _write_documents(result, out, report, fhir, fhir_bundle)
    if as_json:
        print_line(out.model_dump(mode="json"))
    else:
        _print_text(out)
    measured = [leg.measurement.measurable for leg in (out.left, out.right) if leg is not None]
    raise typer.Exit(exit_code(measured, complete=complete))


def _observed(path: Path | None) -> "dict[Side, Observations]":
    from vision.errors import InvalidOption
    from vision.observations import observations_by_side

    if path is None:
        return observations_by_side({})
    try:
        return observations_by_side(tomllib.loads(_read(path)))
    except tomllib.TOMLDecodeError as error:
        raise InvalidOption(f"{path} is not valid TOML: {error}.") from error


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _leg_photos(
    photos: list[Path] | None, retest: Path | None, above: Path | None, observed: "Observations"
) -> "LegPhotos | None":
    from vision.errors import InvalidOption
    from vision.examination import LegPhotos

    if not photos:
        if retest is not None or above is not None:
            raise InvalidOption("There is a second photo of a leg but no first one.")
        return None
    return LegPhotos(photos[0], retest, above, observed, tuple(photos[1:]))


def _ask_about_safety() -> None:
    """List on stderr the reasons not to do the test without a clinician."""
    from vision.observations import NOT_WITHOUT_A_CLINICIAN

    note('Before the test: not without a clinician if one of these applies (safety = "present"):')
    for reason in NOT_WITHOUT_A_CLINICIAN:
        note(f"    {reason}.")


def _write_documents(
    result: "Examination",
    out: "ExaminationOut",
    report: Path | None,
    fhir: Path | None,
    bundle: "BundleKind",
) -> bool:
    complete = True
    if report is not None:
        from app.reports.leg_report import report_html
        from app.reports.pictures import pictures_of

        html = report_html(out, pictures_of(result), rules=result.rules)
        complete &= write_text(report, html)
    if fhir is not None:
        from app.results.fhir import examination_bundle

        complete &= write_text(fhir, json.dumps(examination_bundle(out, bundle), indent=2))
    return complete


def _print_text(out: "ExaminationOut") -> None:
    """Print an examination for people: a few lines per leg, then the comparisons."""
    from app.results.schemas import NOTICE

    for leg in (out.left, out.right):
        if leg is not None:
            for line in _leg_lines(leg):
                typer.echo(line)
    for text in (
        *([out.asymmetry.text] if out.asymmetry else []),
        *(change.text for change in out.changes),
        *(f"Warning: {text}" for text in out.warnings),
    ):
        typer.echo(text)
    note(NOTICE)


def _leg_lines(leg: "LegExaminationOut") -> list[str]:
    from app.commands.table import angle_text
    from app.results.wording import open_words, repeats_words, title_of

    out = leg.measurement
    lines = [f"{leg.side.capitalize()}: {title_of(out)}"]
    if out.measurable:
        thigh, knee = angle_text(out.thigh_deg, signed=True), angle_text(out.knee_flexion_deg)
        shank = angle_text(out.shank_from_plumb_deg, signed=True)
        lines[0] = f"{leg.side.capitalize()}: {out.headline}"
        lines.append(f"    thigh {thigh}, knee {knee}, shank from plumb {shank}")
        lines += [f"    {words}" for words in repeats_words(out)]
        lines += [f"    {finding.text}" for finding in out.findings]
        lines.append(f"    {out.pattern_text}")
        lines += [f"    {text}" for text in out.also_texts]
        lines += [f"    Open: {word}." for word in open_words(out)]
    if out.retest is not None:
        lines.append(f"    {out.retest.text}")
    if out.provisional:
        lines.append(f"    {out.provisional}")
    if leg.above is not None:
        abduction = angle_text(leg.above.abduction_deg, signed=True) or "not measured"
        lines.append(f"    abduction {abduction}")
    flags = (*out.flags, *(leg.above.flags if leg.above else ()))
    lines += [f"    {flag.code}: {flag.text} {flag.advice}" for flag in flags]
    lines += [f"    Next: {step.title}. {step.reason}" for step in out.next_steps]
    return lines
