"""Results on disk: every line whole, nothing mixed, nothing lost."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.batch.ledger import Ledger, open_ledger
from app.batch.settings import RUN
from app.batch.storage import Folder, write
from app.batch.stored import RESULTS, read_results
from app.batch.tables import COLUMNS, Summary, csv_table, row_of
from vision.errors import InvalidOption

SETTINGS = {"model_sha256": "m", "rules": {"id": "guide"}}


def ledger_at(out: Path, settings: dict[str, Any], **how: bool) -> Ledger:
    return open_ledger(Folder(out), settings, **how)


def line(path: str, key: str = "k") -> dict[str, Any]:
    return {"path": path, "key": key, "error": {"code": "empty_file", "message": "", "advice": ""}}


def keys(ledger: Ledger) -> dict[str, str]:
    return {path: kept.key for (path, _), kept in ledger.survey.kept.items()}


def paths(out: Path) -> list[str]:
    return [one["path"] for one in read_results(Folder(out))]


def test_lines_are_there_as_soon_as_they_are_added(tmp_path: Path) -> None:
    with ledger_at(tmp_path, SETTINGS) as ledger:
        ledger.add(line("ä\n.jpg"))
        assert paths(tmp_path) == ["ä\n.jpg"]
        ledger.add(line("b.jpg"))
        assert paths(tmp_path) == ["ä\n.jpg", "b.jpg"]
    assert json.loads((tmp_path / RUN).read_text()) == SETTINGS


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_half_written_line_is_cut_off(tmp_path: Path, cut: int) -> None:
    with ledger_at(tmp_path, SETTINGS) as ledger:
        ledger.add(line("a.jpg"))
        ledger.add(line("b.jpg"))
    path = tmp_path / RESULTS
    os.truncate(path, path.stat().st_size - cut)
    assert paths(tmp_path) == ["a.jpg"]
    with ledger_at(tmp_path, SETTINGS, resume=True) as ledger:
        assert keys(ledger) == {"a.jpg": "k"}
        ledger.add(line("b.jpg"))
    assert paths(tmp_path) == ["a.jpg", "b.jpg"]
    assert path.read_bytes().count(b"\n") == 2


def test_a_photo_that_changed_counts_once(tmp_path: Path) -> None:
    with ledger_at(tmp_path, SETTINGS) as ledger:
        for key in ("old", "new"):
            ledger.add(line("a.jpg", key))
        ledger.add(line("b.jpg"))
    assert [(one["path"], one["key"]) for one in read_results(Folder(tmp_path))] == [
        ("a.jpg", "new"),
        ("b.jpg", "k"),
    ]


def test_results_are_neither_overwritten_nor_mixed(tmp_path: Path) -> None:
    with ledger_at(tmp_path, SETTINGS) as ledger:
        ledger.add(line("a.jpg"))
    with pytest.raises(InvalidOption, match="--resume"):
        ledger_at(tmp_path, SETTINGS)
    other = {**SETTINGS, "model_sha256": "n"}
    with pytest.raises(InvalidOption, match=r"another model_sha256.*--mix"):
        ledger_at(tmp_path, other, resume=True)
    assert json.loads((tmp_path / RUN).read_text()) == SETTINGS
    with ledger_at(tmp_path, other, resume=True, mix=True) as ledger:
        assert keys(ledger) == {"a.jpg": "k"}


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with ledger_at(tmp_path, SETTINGS), pytest.raises(InvalidOption, match="Another run"):
        ledger_at(tmp_path, SETTINGS, resume=True)
    with ledger_at(tmp_path, SETTINGS, resume=True):
        pass


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger_at(tmp_path, SETTINGS) as ledger:
        ledger.add(line("a.jpg"))
        real = os.write
        monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:20]))
        with pytest.raises(OSError, match="No space"):
            ledger.add(line("b.jpg"))
        monkeypatch.undo()
        assert keys(ledger) == {"a.jpg": "k"}
    assert (tmp_path / RESULTS).read_bytes().endswith(b"}\n")
    assert paths(tmp_path) == ["a.jpg"]


def test_files_are_written_in_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "summary.json"
    write(Folder(tmp_path), target.name, "old")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write(Folder(tmp_path), target.name, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


# --- tables --------------------------------------------------------------------------------


def test_failed_photos_have_a_row_too(tmp_path: Path) -> None:
    with csv_table(Folder(tmp_path)) as add:
        add(line("=cmd.jpg"))
    head, row = (tmp_path / "results.csv").read_text("utf-8").splitlines()
    assert head.split(",") == [*(name for name, _ in COLUMNS), "flags"]
    assert row.startswith("'=cmd.jpg,")
    assert "empty_file" in row.split(",")
    assert row_of(line("a.jpg"))["thigh_deg"] is None


def test_summary_of_nothing_has_no_zero_in_place_of_an_angle() -> None:
    counted = Summary()
    counted.add(line("a.jpg"))
    summary = counted.values()
    assert (summary["photos"], summary["measured"]) == (1, 0)
    assert summary["thigh_deg"] is None
    assert summary["errors"] == {"empty_file": 1}
