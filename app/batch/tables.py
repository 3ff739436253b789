"""Results to a table, to Parquet, and to a summary: each takes in one line after the other."""

import csv
import io
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

from app.batch.line import Line
from app.batch.storage import Storage
from app.csv_tables import PLAIN, CsvStyle
from vision.observations import OBSERVED

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
_CHUNK_ROWS: Final = 5000
"""Rows of Parquet that are held at a time."""
Sink = Callable[[Line], None]
"""Takes in one result after the other."""


@contextmanager
def csv_table(out: Storage, style: CsvStyle = PLAIN) -> Iterator[Sink]:
    """Write ``results.csv``: one row per photo, refused and failed ones included."""
    with out.writing("results.csv") as file:
        text = io.TextIOWrapper(file, style.encoding, errors="backslashreplace", newline="")
        try:
            yield _rows_into(text, style)
        finally:
            text.detach()  # writes what is left, and leaves the file open


def csv_bytes(lines: Iterable[Line]) -> bytes:
    """Return the same table of a few results, which fit into memory."""
    text = io.StringIO(newline="")
    add = _rows_into(text, PLAIN)
    for line in lines:
        add(line)
    return text.getvalue().encode(PLAIN.encoding, "backslashreplace")


def _rows_into(text: TextIO, style: CsvStyle) -> Sink:
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator="\n")
    writer.writerow([*(name for name, _ in COLUMNS), "flags"])

    def add(line: Line) -> None:
        writer.writerow(map(style.cell, row_of(line).values()))

    return add


@contextmanager
def parquet_table(out: Storage) -> Iterator[Sink]:
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
    rows: list[Line] = []
    with out.writing("results.parquet") as file, parquet.ParquetWriter(file, schema) as writer:

        def send() -> None:
            writer.write_table(pa.Table.from_pylist(rows, schema))
            rows.clear()

        def add(line: Line) -> None:
            rows.append({name: _utf8(value) for name, value in row_of(line).items()})
            if len(rows) == _CHUNK_ROWS:
                send()

        yield add
        send()


class Summary:
    """Counts verdicts, flags and errors, and describes both angles."""

    def __init__(self) -> None:
        self._verdicts: Counter[str] = Counter()
        self._flags: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._overlays_not_written = 0
        self._angles: dict[str, list[float]] = {"thigh_deg": [], "knee_flexion_deg": []}

    def add(self, line: Line) -> None:
        """Take in one result."""
        if "error" in line:
            self._errors[line["error"]["code"]] += 1
            return
        self._verdicts[line["verdict"]] += 1
        self._flags.update(flag["code"] for flag in line["flags"])
        self._overlays_not_written += "overlay_error" in line
        for name, values in self._angles.items():
            if line[name] is not None:
                values.append(line[name]["value"])

    def values(self) -> dict[str, Any]:
        """Return the content of ``summary.json``.

        Returns
        -------
        dict
            Counts; and for thigh and knee n, mean, standard deviation, smallest and largest
            value, degrees, None where there is nothing to describe.
        """
        measured = self._verdicts.total() - self._verdicts["not_measurable"]
        return {
            "photos": self._verdicts.total() + self._errors.total(),
            "measured": measured,
            "verdicts": dict(self._verdicts.most_common()),
            "flags": dict(self._flags.most_common()),
            "errors": dict(self._errors.most_common()),
            "overlays_not_written": self._overlays_not_written,
            **{name: _described(values) for name, values in self._angles.items()},
        }


def row_of(line: Line) -> dict[str, Any]:
    """Return one result as a row; None where there is nothing."""
    row = {name: _at(line, place) for name, place in COLUMNS}
    if row["open"] is not None:
        row["open"] = " ".join(row["open"])
    if row["leg"] is None and "leg" in line:  # refused, and its other leg stands in another row
        row["leg"] = line["leg"]
    row["flags"] = " ".join(flag["code"] for flag in line.get("flags", ()))
    return row


def _utf8(value: Any) -> Any:
    """Return a text that can be stored: bytes that are not UTF-8 are shown as in the other files."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


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
