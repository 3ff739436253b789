"""Print results as a table for people: one row per photo, followed by the meaning of each flag."""

import os
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.batch.photo_files import Outcome
from app.results.schemas import AngleOut, ErrorOut, FlagOut, MeasurementOut
from app.results.wording import cue_limit, cue_words, title_of
from app.text import printable
from vision.cues import CUES

PIPED_WIDTH: Final = 120
"""Width in columns if the output is not a terminal, so that a redirected table stays readable."""
_STYLES: Final = {
    "pass": "green",
    "borderline": "yellow",
    "fail": "red",
    "not_measurable": "magenta",
}
_KEY: Final = (
    "Thigh: against the true horizontal, + above, − below. Knee: flexion, 0° = straight. Shank: "
    "against the plumb line, + foot forward. ±: half of the 95 % interval."
)
_SO_FAR: Final = (
    "“So far”: not everything was judged. A photo cannot show pain, rotation, and whether the "
    "lower back lies flat: answer with --hip-pain, --knee-pain, --lower-back-flat, --rotation and "
    "--abducted."
)


def print_table(rows: Sequence[tuple[str, Outcome]], console: Console) -> None:
    """Print the table, its flags, and the files that could not be read.

    Parameters
    ----------
    rows : sequence of (path, outcome)
    console : rich.console.Console
    """
    table = Table("Photo", "Leg", box=box.SIMPLE_HEAD, pad_edge=False)
    table.columns[0].overflow = "fold"
    table.add_column("Thigh", justify="right", no_wrap=True)
    table.add_column("Knee", justify="right", no_wrap=True)
    table.add_column("Shank", justify="right", no_wrap=True)
    table.add_column("Verdict")
    table.add_column("Remarks", overflow="fold")
    folder = _common_folder([path for path, _ in rows])
    for path, outcome in rows:
        table.add_row(Text(printable(path.removeprefix(folder))), *_cells(outcome))
    if folder:
        console.print(Text(f"Photos in {printable(folder)}"))
    console.print(table)
    measured = [outcome for _, outcome in rows if isinstance(outcome, MeasurementOut)]
    if any(outcome.measurable for outcome in measured):
        console.print(Text(f"{_KEY} Rule-set: {measured[0].criteria.id}."))
    if any(outcome.measurable and outcome.status == "provisional" for outcome in measured):
        console.print(Text(_SO_FAR))
    for flag in {flag.code: flag for outcome in measured for flag in outcome.flags}.values():
        console.print(_remark(flag.code, flag.text, flag.advice))
    for path, outcome in rows:
        if isinstance(outcome, ErrorOut):
            console.print(_remark(printable(path), outcome.message, outcome.advice))


def print_cues(rows: Sequence[tuple[str, Outcome]], console: Console) -> None:
    """Print the cues by which the position was judged, photo by photo.

    Parameters
    ----------
    rows : sequence of (path, outcome)
    console : rich.console.Console
    """
    asked = {kind.name: kind for kind in CUES}
    for path, outcome in rows:
        if isinstance(outcome, ErrorOut) or not outcome.position:
            continue
        table = Table("Cue", "What it asks", box=box.SIMPLE_HEAD, pad_edge=False)
        for column in ("Value", "Limit"):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("")
        for cue in outcome.position:
            kind = asked[cue.cue]
            table.add_row(
                cue.cue,
                kind.asks,
                "not asked" if cue.value is None else cue_words(cue.value, cue.unit),
                cue_limit(cue, kind),
                _OK[cue.ok],
            )
        console.print(Text(printable(path), "bold"))
        console.print(table)


_OK: Final = {None: Text(""), True: Text("ok", "green"), False: Text("odd", "red")}


def _common_folder(paths: Sequence[str]) -> str:
    """Return the common folder of all paths, with its separator, to shorten the rows."""
    folders = {os.path.dirname(path) for path in paths}  # noqa: PTH120 - ids are not always paths
    shared = folders.pop() if len(folders) == 1 and len(paths) > 1 else ""
    return f"{shared}{os.sep}" if shared else ""


def _cells(outcome: Outcome) -> tuple[str, str, str, str, Text, Text]:
    if isinstance(outcome, ErrorOut):
        return "", "", "", "", Text("error", "red"), Text(outcome.code)
    verdict = Text(verdict_text(outcome), _STYLES.get(outcome.verdict, ""))
    return (
        _leg(outcome),
        angle_text(outcome.thigh_deg, signed=True),
        angle_text(outcome.knee_flexion_deg),
        angle_text(outcome.shank_from_plumb_deg, signed=True),
        verdict,
        Text(", ".join(flag.code for flag in _blocking_first(outcome.flags)) + _turn(outcome)),
    )


def _turn(outcome: MeasurementOut) -> str:
    turn_deg = outcome.suggested_turn_deg
    return "" if turn_deg is None else f" (--turn {turn_deg})"


def verdict_text(out: MeasurementOut) -> str:
    """Format the verdict as one cell, with the number of criteria judged unless all were."""
    title = title_of(out).lower()
    if not out.measurable or out.status == "final":
        return title
    criteria = {one for one in (*out.judged.done, *out.judged.open) if one != "lower_back_flat"}
    done = len(criteria.intersection(out.judged.done))
    return f"{title} ({done}/{len(criteria)})"


def _leg(outcome: MeasurementOut) -> str:
    leg = outcome.tested_leg
    return "" if leg is None else f"{leg.side} ({'near' if leg.near_camera else 'far'})"


def angle_text(angle: AngleOut | None, *, signed: bool = False) -> str:
    """Format an angle as value ± half of its interval; empty if there is none."""
    if angle is None:
        return ""
    half = (angle.interval[1] - angle.interval[0]) / 2
    value = f"{angle.value:+.1f}" if signed else f"{angle.value:.1f}"
    return f"{value.replace('-', '−')}° ± {half:.1f}"


def _blocking_first(flags: Sequence[FlagOut]) -> list[FlagOut]:
    return sorted(flags, key=lambda flag: not flag.blocking)


def _remark(name: str, text: str, advice: str) -> Text:
    return Text.assemble((name, "bold"), f": {text} {advice}")
