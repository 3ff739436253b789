"""The contact sheet of a place's results, written beside them."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.batch.line import Line
from app.batch.storage import Folder, Storage, write
from app.batch.tables import Sink, Summary
from app.reports.contact_sheet import Notes, contact_sheet
from app.results.schemas import SCHEMA_VERSION
from vision.criteria import RuleSet


@contextmanager
def report_sheet(out: Storage, rules: RuleSet) -> Iterator[Sink]:
    """Write ``report.html``; results of another version, kept with --mix, are not on it.

    Parameters
    ----------
    out : Storage
        Where the results are.
    rules : RuleSet
        The rule-set that judged.

    Raises
    ------
    OSError
        If the sheet cannot be written.
    """
    notes, summary = Notes(), Summary()

    def add(line: Line) -> None:
        if line.get("schema_version", SCHEMA_VERSION) == SCHEMA_VERSION:
            notes.add(line)
            summary.add(line)

    yield add
    write(out, "report.html", contact_sheet(notes, summary.values(), _last_name(out), rules))


def _last_name(out: Storage) -> str:
    place = out.path.resolve().name if isinstance(out, Folder) else out.location
    return place.rstrip("/").rpartition("/")[2]
