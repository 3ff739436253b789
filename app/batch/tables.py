"""Results to a table, to Parquet, and to a summary; made anew from ``results.jsonl``."""

import csv
import io
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.batch.ledger import read_results
from app.batch.storage import Storage, write
from vision.observations import OBSERVED

Line = dict[str, Any]
COLUMNS: Final[tuple[tuple[str, tuple[str | int, ...]], ...]] = (
    ("path", ("path",)),
    ("subject", ("subject",)),
    ("session", ("session",)),
    ("measurable", ("measurable",)),
    ("verdict", ("verdict",)),
    ("status", ("status",)),
    ("open", ("judged", "open")),
    ("leg", ("tested_leg", "side")),
    ("leg_source", ("tested_leg", "source")),
    ("near_camera", ("tested_leg", "near_camera")),
    ("thigh_deg", ("thigh_deg", "value")),
    ("thigh_low_deg", ("thigh_deg", "interval", 0)),
    ("thigh_high_deg", ("thigh_deg", "interval", 1)),
    ("knee_flexion_deg", ("knee_flexion_deg", "value")),
    ("knee_flexion_low_deg", ("knee_flexion_deg", "interval", 0)),
    ("knee_flexion_high_deg", ("knee_flexion_deg", "interval", 1)),
    ("shank_from_plumb_deg", ("shank_from_plumb_deg", "value")),
    ("shank_from_plumb_low_deg", ("shank_from_plumb_deg", "interval", 0)),
    ("shank_from_plumb_high_deg", ("shank_from_plumb_deg", "interval", 1)),
    ("hugged_thigh_deg", ("hugged_thigh_deg", "value")),
    ("image_thigh_deg", ("image_plane", "thigh_deg")),
    ("image_knee_flexion_deg", ("image_plane", "knee_flexion_deg")),
    ("roll_deg", ("level", "roll_deg")),
    ("roll_source", ("level", "source")),
    ("pattern", ("pattern",)),
    ("provisional", ("provisional",)),
    *((name, ("observations", name)) for name in OBSERVED),
    ("error", ("error", "code")),
    ("criteria", ("criteria", "id")),
    ("criteria_version", ("criteria", "version")),
    ("model", ("provenance", "model")),
    ("calibration", ("provenance", "calibration")),
    ("package", ("provenance", "package")),
    ("photo_sha256", ("provenance", "photo_sha256")),
    ("width_px", ("provenance", "width_px")),
    ("height_px", ("provenance", "height_px")),
    ("elapsed_ms", ("provenance", "elapsed_ms")),
)
"""Columns of the table, in order, and where in a result each is found; units in the names."""
NUMBERS: Final = frozenset(
    name for name, _ in COLUMNS if name.endswith(("_deg", "_px", "_ms", "_s"))
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(out: Storage) -> None:
    """Write ``results.csv``: one row per photo, refused and failed ones included."""
    with out.writing("results.csv") as file:
        text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*(name for name, _ in COLUMNS), "flags"])
        for line in read_results(out):
            row = row_of(line)
            writer.writerow(["" if value is None else safe_cell(value) for value in row.values()])
        text.detach()  # writes what is left, and leaves the file open


def write_parquet(out: Storage) -> None:
    """Write ``results.parquet`` with the same columns; needs the extra ``parquet``.

    Raises
    ------
    ImportError
        If ``pyarrow`` is not installed.
    """
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.float64() if name in NUMBERS else pa.string() for name, _ in COLUMNS}
    kinds |= {"measurable": pa.bool_(), "near_camera": pa.bool_(), "flags": pa.string()}
    schema = pa.schema(kinds)
    with out.writing("results.parquet") as file, parquet.ParquetWriter(file, schema) as writer:
        for rows in _chunks(map(row_of, read_results(out)), 5000):
            writer.write_table(pa.Table.from_pylist(rows, schema))


def summarise(lines: Iterable[Line]) -> dict[str, Any]:
    """Count verdicts, flags and errors, and describe both angles.

    Returns
    -------
    dict
        Counts; and for thigh and knee n, mean, standard deviation, smallest and largest value,
        degrees, None where there is nothing to describe.
    """
    verdicts: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    angles: dict[str, list[float]] = {"thigh_deg": [], "knee_flexion_deg": []}
    for line in lines:
        if "error" in line:
            errors[line["error"]["code"]] += 1
            continue
        verdicts[line["verdict"]] += 1
        flags.update(flag["code"] for flag in line["flags"])
        for name, values in angles.items():
            if line[name] is not None:
                values.append(line[name]["value"])
    return {
        "photos": verdicts.total() + errors.total(),
        "measured": verdicts.total() - verdicts["not_measurable"],
        "verdicts": dict(verdicts.most_common()),
        "flags": dict(flags.most_common()),
        "errors": dict(errors.most_common()),
        **{name: _described(values) for name, values in angles.items()},
    }


def write_summary(out: Storage) -> dict[str, Any]:
    """Write ``summary.json`` and return what it says."""
    summary = summarise(read_results(out))
    write(out, "summary.json", json.dumps(summary, indent=1) + "\n")
    return summary


def row_of(line: Line) -> dict[str, Any]:
    """Return one result as a row; None where there is nothing."""
    row = {name: _at(line, place) for name, place in COLUMNS}
    if row["open"] is not None:
        row["open"] = " ".join(row["open"])
    row["flags"] = " ".join(flag["code"] for flag in line.get("flags", ()))
    return row


def safe_cell(value: Any) -> Any:
    """Disarm a text that a spreadsheet would take for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _at(line: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        if line is None:
            return None
        line = line.get(step) if isinstance(step, str) else line[step]
    return line


def _described(values: list[float]) -> dict[str, float | int] | None:
    if not values:
        return None
    return {
        "n": len(values),
        "mean": round(statistics.fmean(values), 2),
        "sd": round(statistics.stdev(values), 2) if len(values) > 1 else 0.0,
        "min": min(values),
        "max": max(values),
    }


def _chunks(rows: Iterable[Line], size: int) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
