"""Going on with a run: what failed in passing is tried again, what was damaged measured again."""

import csv
import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.agreement.rater_tables import read_readings
from app.batch import run as run_module
from app.batch import workers
from app.batch.job import Job
from app.batch.jobs import collect
from app.batch.ledger import DAMAGED
from app.batch.line import Damaged, Line, decoded, encoded
from app.batch.photo_files import FILE_ERRORS
from app.batch.retry import TRANSIENT
from app.batch.run import Outcome, Wanted, run
from app.batch.settings import RUN
from app.batch.storage import Folder
from app.batch.stored import RESULTS, read_results
from app.batch.workers import Options
from app.commands.progress import reporter
from app.commands.rejudge import rejudged
from batch_work import TROUBLE, example, measured, no_model
from vision.criteria import RULE_SETS
from vision.errors import InvalidOption, all_errors

PASSING = ("file_not_readable", "internal_error", "timed_out", "worker_crashed")
GUIDE = Options(RULE_SETS["guide"])


@dataclass(frozen=True)
class Batch:
    """A folder of photos that nobody measures, and where the results go."""

    photos: Path
    out: Path

    def __call__(
        self, *, options: Options = GUIDE, source: str | None = None, **wanted: Any
    ) -> Outcome:
        jobs = collect(source or str(self.photos), leave_out=str(self.out))
        how = Wanted(workers=2, **wanted)
        return run(jobs, Folder(self.out), options, how, lambda total: reporter("quiet", total))

    def lines(self) -> list[dict[str, Any]]:
        texts = (self.out / RESULTS).read_text("utf-8").split("\n")
        assert texts.pop() == ""
        return [json.loads(text) for text in texts]

    def errors(self) -> dict[str, str]:
        return {line["path"]: line["error"]["code"] for line in self.lines() if "error" in line}

    def add(self, *names: str) -> None:
        self.photos.mkdir(exist_ok=True)
        for name in names:
            (self.photos / f"{name}.jpg").write_bytes(os.fsencode(name))

    def trouble(self, on: bool) -> None:
        path = self.photos / TROUBLE
        path.touch() if on else path.unlink()


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """A batch that does its work in this process."""

    def measure_here(jobs: Iterator[Job], options: Options, _: int) -> Iterator[Line]:
        return (measured(job, options) for job in jobs)

    monkeypatch.setattr(run_module, "measure_jobs", lambda *how: (yield from measure_here(*how)))
    return Batch(tmp_path / "photos", tmp_path / "out")


@pytest.fixture
def real_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """A batch with worker processes."""
    monkeypatch.setattr(workers, "measure_job", measured)
    monkeypatch.setattr(workers, "start_worker", no_model)
    monkeypatch.setattr(workers, "PHOTO_SECONDS", 2.0)
    return Batch(tmp_path / "photos", tmp_path / "out")


# What failed


def test_every_error_code_is_transient_or_not() -> None:
    known = {kind.code for kind in all_errors()} | {*FILE_ERRORS}
    assert known <= {*TRANSIENT}
    assert all(TRANSIENT[code] for code in PASSING)
    assert not TRANSIENT["not_an_image"]


def test_what_failed_in_passing_is_tried_again(real_batch: Batch) -> None:
    batch = real_batch
    batch.add("a", "b", "not_an_image", *PASSING)
    batch.trouble(True)
    batch()
    failed = {f"{name}.jpg": name for name in (*PASSING, "not_an_image")}
    assert batch.errors() == failed
    before = {line["path"]: line for line in batch.lines()}
    batch.trouble(False)
    outcome = batch(resume=True)
    assert (outcome.tried_again, outcome.already_done) == (len(PASSING), 3)
    assert batch.errors() == {"not_an_image.jpg": "not_an_image"}
    after = {line["path"]: line for line in batch.lines()}
    assert len(after) == len(batch.lines()) == len(before)
    assert all(after[path] == before[path] for path in ("a.jpg", "b.jpg", "not_an_image.jpg"))
    again = batch(resume=True)
    assert (again.tried_again, again.already_done) == (0, 7)


def test_what_to_try_again_may_be_chosen(real_batch: Batch) -> None:
    batch = real_batch
    batch.add("a", "not_an_image", "internal_error")
    batch.trouble(True)
    batch()
    batch.trouble(False)
    assert batch(resume=True, retry="none").tried_again == 0
    assert set(batch.errors().values()) == {"not_an_image", "internal_error"}
    assert batch(resume=True, retry="all").tried_again == 2
    assert set(batch.errors().values()) == {"not_an_image"}


def test_pictures_that_were_not_written_are_told_and_tried_again(batch: Batch) -> None:
    batch.add("a", "no_overlay", "long_overlay")
    batch.trouble(True)
    options = replace(GUIDE, overlays=Folder(batch.out))
    outcome = batch(options=options)
    assert outcome.summary["overlays_not_written"] == 2
    assert json.loads((batch.out / "summary.json").read_text())["overlays_not_written"] == 2
    assert "2 overlays could not be written" in outcome.notes[0]
    batch.trouble(False)
    assert batch(resume=True).summary["overlays_not_written"] == 2  # not asked for this time
    assert batch(options=options, resume=True).tried_again == 1
    assert batch(options=options, resume=True).summary["overlays_not_written"] == 1


def test_a_folder_that_can_be_read_again_is_no_failure(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch.add("a")
    (batch.photos / "shut").mkdir()
    (batch.photos / "shut" / "b.jpg").touch()
    scandir = os.scandir

    def refuse(folder: Path) -> Any:
        if Path(folder).name == "shut":
            raise PermissionError
        return scandir(folder)

    with monkeypatch.context() as shut:
        shut.setattr(os, "scandir", refuse)
        shut.setitem(measured.__globals__, "NO_PHOTO", {"shut": "file_not_readable"})
        assert batch().summary["errors"] == {"file_not_readable": 1}
    assert batch(resume=True).summary["errors"] == {}
    assert sorted(line["path"] for line in batch.lines()) == ["a.jpg", "shut/b.jpg"]


def test_two_overlays_of_one_name_are_refused(batch: Batch) -> None:
    batch.add("a")
    listing = batch.photos / "list.txt"
    listing.write_text(f"{batch.photos}/a.jpg\n{str(batch.photos)[1:]}/a.jpg\n")
    batch(source=str(listing))
    options = replace(GUIDE, overlays=Folder(batch.out))
    with pytest.raises(InvalidOption, match="Two photos are called"):
        batch(source=str(listing), options=options, resume=True)


# What was damaged


def cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


def strip(name: str) -> Callable[[bytes], bytes]:
    return lambda text: _changed(text, lambda line: line.pop(name))


def put(name: str, value: object) -> Callable[[bytes], bytes]:
    return lambda text: _changed(text, lambda line: line.__setitem__(name, value))


def _changed(text: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    line = json.loads(text)
    change(line)
    return json.dumps(line).encode()


ANGLE = {"interval": [1.0, 2.0], "source": "automatic"}
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": cut,
    "garbage": lambda text: b"\x00\xff\xfe" + text[3:],
    "zeros": lambda text: bytes(len(text)),
    "no result": lambda text: b"[1, 2]",
    "number": lambda text: b"7",
    "nested": lambda text: b"[" * 100_000,
    "nan": lambda text: text[:-1] + b',"beside":NaN}',
    "infinite": lambda text: _changed(text, lambda line: line["thigh_deg"].update(value=1e999)),
    "no path": strip("path"),
    "path": put("path", 3),
    "key": put("key", None),
    "no verdict": strip("verdict"),
    "no flags": strip("flags"),
    "no angle": strip("thigh_deg"),
    "verdict": put("verdict", "good"),
    "flags": put("flags", [{"code": 1}]),
    "text for a number": put("thigh_deg", {**ANGLE, "value": "1.5"}),
    "list for a number": put("knee_flexion_deg", {**ANGLE, "value": [1.5]}),
    "provenance": put("provenance", {}),
    "error": put("error", "timed_out"),
    "error code": put("error", {"code": None, "message": "", "advice": ""}),
}


@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_line_is_measured_again(
    batch: Batch, kind: str, place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    batch.add("a", "b", "c", "d", "e")
    batch(report=True, parquet=True)
    sound = sorted(map(json.dumps, batch.lines()))
    texts = (batch.out / RESULTS).read_bytes().splitlines()
    texts[place] = damaged = DAMAGE[kind](texts[place])
    (batch.out / RESULTS).write_bytes(b"\n".join(texts) + b"\n")
    assert len(list(read_results(Folder(batch.out)))) == 4  # whoever reads it before that
    outcome = batch(resume=True, report=True, parquet=True)
    assert outcome.already_done == 4
    assert outcome.notes[0].startswith("1 damaged line left out")
    assert sorted(map(json.dumps, batch.lines())) == sound
    assert (batch.out / DAMAGED).read_bytes() == damaged + b"\n"
    for line in batch.lines():
        rejudged(line, GUIDE.rules)
    assert len(read_readings(batch.out / "results.csv", "us").rows) == 5
    assert "5 of 5 photos" in (batch.out / "report.html").read_text()
    assert batch(resume=True).notes == ()


EARLIER = {**example(), "path": "a.jpg", "key": "k", "schema_version": "1", "status": 7}


def test_a_result_of_another_version_is_no_damage() -> None:
    assert decoded(encoded(EARLIER)) == EARLIER


@pytest.mark.parametrize(
    "change",
    [
        *({name: ...} for name in ("verdict", "flags", "thigh_deg", "criteria", "provenance")),
        {"verdict": 1},
        {"flags": None},
        {"flags": [{"code": "x"}]},
        {"criteria": "guide"},
        {"knee_flexion_deg": {"value": None}},
    ],
)
def test_what_every_reader_needs_of_another_version(change: dict[str, object]) -> None:
    line = {name: value for name, value in {**EARLIER, **change}.items() if value is not ...}
    with pytest.raises(Damaged):
        decoded(encoded(line))


@pytest.mark.parametrize("seed", range(20))
def test_a_file_with_random_damage_is_made_whole(batch: Batch, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(12)]
    batch.add(*names)
    batch()
    path = batch.out / RESULTS
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(data))
        end = start + chance.choice((1, 30, 3000))
        data[start:end] = chance.choice((b"", b"\n", bytes(9), chance.randbytes(99)))
    path.write_bytes(data)
    batch(resume=True)
    counted = Counter(line["path"] for line in batch.lines())
    assert counted == dict.fromkeys((f"{name}.jpg" for name in names), 1)


def test_a_damaged_run_file_stops_the_run_before_anything_is_mixed(batch: Batch) -> None:
    batch.add("a")
    batch()
    before = (batch.out / RESULTS).read_bytes()
    for damage in (b"", b"\xff\x00", b'{"schema', b"[]", b"[" * 100_000):
        (batch.out / RUN).write_bytes(damage)
        with pytest.raises(InvalidOption, match=r"settings of these results .* --mix"):
            batch(resume=True)
    assert (batch.out / RESULTS).read_bytes() == before
    assert batch(resume=True, mix=True).already_done == 1
    with pytest.raises(InvalidOption, match=r"already mixed \(unknown settings\)"):
        batch(resume=True)


# What was mixed


def test_a_mixture_stays_one(batch: Batch) -> None:
    batch.add("a")
    batch()
    first = json.loads((batch.out / RUN).read_text())
    batch.add("b")
    other = replace(GUIDE, fast=True, rules=RULE_SETS["kendall"])
    with pytest.raises(InvalidOption, match="another calibration, fast, model_sha256, rules"):
        batch(options=other, resume=True)
    outcome = batch(options=other, resume=True, mix=True)
    assert outcome.notes == ("Mixed: results differ in calibration, fast, model_sha256, rules.",)
    kept = json.loads((batch.out / RUN).read_text())
    assert {name: kept[name] for name in first} == first
    assert [one["fast"] for one in kept["mixed_with"]] == [True]
    for options in (GUIDE, other):
        with pytest.raises(InvalidOption, match=r"already mixed \(calibration, fast, "):
            batch(options=options, resume=True)
        assert batch(options=options, resume=True, mix=True).already_done == 2
    assert json.loads((batch.out / RUN).read_text()) == kept


# Both legs of a photo


def legs(batch: Batch) -> list[tuple[str, str | None]]:
    return sorted((line["path"], line.get("leg")) for line in batch.lines())


def test_a_photo_is_measured_for_each_leg_that_is_asked_for(real_batch: Batch) -> None:
    batch = real_batch
    batch.add("a", "b", "timed_out")
    table = batch.photos / "table.csv"
    rows = "path,leg\na.jpg,left\na.jpg,right\nb.jpg,left\ntimed_out.jpg,left\ntimed_out.jpg,right"
    table.write_text(rows)
    batch.trouble(True)
    options = replace(GUIDE, overlays=Folder(batch.out))
    batch(source=str(table), options=options)
    wanted = [
        *(("a.jpg", "left"), ("a.jpg", "right"), ("b.jpg", None)),
        *(("timed_out.jpg", "left"), ("timed_out.jpg", "right")),
    ]
    assert sorted(legs(batch), key=str) == sorted(wanted, key=str)
    pictures = {line["picture"] for line in batch.lines() if "picture" in line}
    assert pictures == {
        f"overlays/{name}.overlay.jpg" for name in ("a.jpg.left", "a.jpg.right", "b.jpg")
    }
    with (batch.out / "results.csv").open() as file:
        failed = [row["leg"] for row in csv.DictReader(file) if row["error"]]
    assert sorted(failed) == ["left", "right"]
    batch.trouble(False)
    assert batch(source=str(table), options=options, resume=True).tried_again == 2
    assert sorted(legs(batch), key=str) == sorted(wanted, key=str)
    table.write_text("path,leg\na.jpg,right\nb.jpg,left\nb.jpg,right\n")
    batch(source=str(table), resume=True)
    assert [one for one in legs(batch) if one[0] != "timed_out.jpg"] == [
        ("a.jpg", None),
        ("b.jpg", "left"),
        ("b.jpg", "right"),
    ]


def test_two_photos_of_one_name_are_refused(batch: Batch) -> None:
    batch.add("a")
    listing = batch.photos / "list.txt"
    listing.write_text("x/a.jpg\nmemory://x/a.jpg\n")
    with pytest.raises(InvalidOption, match=r"Two photos are called 'x/a\.jpg'"):
        batch(source=str(listing))


# Names


def test_names_that_are_not_utf8_reach_every_file(batch: Batch) -> None:
    batch.add("a\udcff", "=1", "-1", "'-1", "'q")
    batch(parquet=True, report=True)
    from pyarrow import parquet

    table = parquet.read_table(batch.out / "results.parquet")
    assert sorted(table.column("path").to_pylist()) == sorted(
        ["a\\udcff.jpg", "=1.jpg", "-1.jpg", "'-1.jpg", "'q.jpg"]
    )
    rows = read_readings(batch.out / "results.csv", "us").rows
    assert {row.id for row in rows} == {"a\\udcff.jpg", "=1.jpg", "-1.jpg", "'-1.jpg", "'q.jpg"}
    assert {line["path"] for line in batch.lines()} >= {"a\udcff.jpg", "'-1.jpg"}


@pytest.mark.parametrize("name", ["results.csv", "results.parquet", "report.html", "summary.json"])
def test_a_full_disk_leaves_the_results_whole(
    batch: Batch, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch.add("a", "b")
    batch(parquet=True, report=True)
    before = {path.name: path.read_bytes() for path in batch.out.iterdir()}
    batch.add("c")
    writing = Folder.writing

    def full(self: Folder, wanted: str) -> Any:
        if wanted == name:
            raise OSError(28, "No space left on device", wanted)
        return writing(self, wanted)

    monkeypatch.setattr(Folder, "writing", full)
    with pytest.raises(OSError, match="No space"):
        batch(resume=True, parquet=True, report=True)
    monkeypatch.undo()
    assert not list(batch.out.glob("*.part"))
    assert (batch.out / name).read_bytes() == before[name]
    assert [line["path"] for line in read_results(Folder(batch.out))][-1] == "c.jpg"
