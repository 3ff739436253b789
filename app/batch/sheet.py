"""The contact sheet of a place's results, written beside them."""

from app.batch.ledger import read_results
from app.batch.storage import Folder, Storage, write
from app.batch.tables import summarise
from app.reports.contact_sheet import Notes, contact_sheet
from vision.criteria import RuleSet


def write_sheet(out: Storage, rules: RuleSet) -> None:
    """Write ``report.html`` from ``results.jsonl``.

    Parameters
    ----------
    out : Storage
        Where the results are.
    rules : RuleSet
        The rule-set that judged.

    Raises
    ------
    OSError
        If the results cannot be read or the sheet cannot be written.
    """
    notes = Notes()
    summary = summarise(notes.watch(read_results(out)))
    write(out, "report.html", contact_sheet(notes, summary, _last_name(out), rules))


def _last_name(out: Storage) -> str:
    place = out.path.resolve().name if isinstance(out, Folder) else out.location
    return place.rstrip("/").rpartition("/")[2]
