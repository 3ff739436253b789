"""Photos and results behind URLs: in memory, and in a bucket of a real S3 server on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from app.batch import ledger as ledger_module
from app.batch import run as run_module
from app.batch.job import Job, content_of
from app.batch.jobs import collect
from app.batch.ledger import Ledger, open_ledger
from app.batch.line import Line
from app.batch.remote import file_system, read_remote
from app.batch.run import Wanted
from app.batch.settings import RUN
from app.batch.storage import Bucket, Folder, storage, write
from app.batch.stored import PARTS, RESULTS, read_results
from app.batch.workers import Options, overlay_name
from app.commands.progress import reporter
from batch_work import measured
from benchmarks.faulty_store import FaultyStore
from test_cli import thomas
from vision.criteria import RULE_SETS
from vision.errors import FileTooLarge, InvalidOption
from vision.photo import MAX_BYTES

SETTINGS = {"model_sha256": "m"}


@pytest.fixture
def place() -> Iterator[str]:
    """An empty place in memory."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield "memory://squad"
    memory.store.clear()


def put(url: str, *names: str, data: bytes = b"x") -> None:
    for name in names:
        write(storage(url), name, data)


def ids(source: str, leave_out: str | None = None) -> list[str]:
    return [job.id for job in collect(source, leave_out=leave_out)]


# Found


def test_a_tree_behind_a_url(place: str) -> None:
    put(place, "b.jpg", "day one/ä.png", "day one/1.HEIC", "notes.txt", ".hid.jpg", ".git/c.jpg")
    put(place, "results/overlays/b.jpg.overlay.jpg", "results/d.jpg")
    found = ids(place, leave_out=f"{place}/results/")
    assert found == ["b.jpg", "day one/1.HEIC", "day one/ä.png"]
    assert "results/d.jpg" in ids(place, leave_out="results")
    assert "b.jpg" in ids(place, leave_out=place)
    assert ids(f"{place}/day one") == ["1.HEIC", "ä.png"]
    assert ids(f"{place}/day one/1.HEIC") == ["1.HEIC"]
    assert ids(f"{place}/**/*.png") == ["day one/ä.png"]


@pytest.mark.parametrize("source", ["memory://squad/nothing", "memory://squad/*.png"])
def test_nothing_there_says_so(place: str, source: str) -> None:
    put(place, "b.jpg")
    with pytest.raises(InvalidOption, match=r"nothing there|no photos"):
        ids(source)


@pytest.mark.parametrize("source", ["nosuch://a/b.jpg", "gs://a/b"])
def test_an_address_that_nothing_can_reach_says_what_is_missing(source: str) -> None:
    with pytest.raises(InvalidOption, match="cannot be reached"):
        ids(source)


def test_addresses_of_own_files_are_paths(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    listing = tmp_path / "list.txt"
    listing.write_text(f"file://{tmp_path}/a.jpg\n")
    own = Job("a.jpg", str(tmp_path / "a.jpg"))
    assert list(collect(f"file://{tmp_path}")) == [own]
    assert [job.path for job in collect(f"file://{listing}")] == [own.path]
    assert storage(f"file://{tmp_path}/out") == Folder(tmp_path / "out")


def test_lists_and_tables_behind_urls(place: str, tmp_path: Path) -> None:
    put(place, "lists/photos.csv", data=b"path,leg\na.jpg,left\nmemory://other/b.jpg,\n")
    first, second = collect(f"{place}/lists/photos.csv")
    assert first == Job("a.jpg", f"{place}/lists/a.jpg", leg="left")
    assert second == Job("other/b.jpg", "memory://other/b.jpg")
    here = tmp_path / "photos.txt"
    here.write_text("memory://other/b.jpg\n")
    assert list(collect(str(here))) == [second]
    with pytest.raises(InvalidOption, match="There is no"):
        ids(f"{place}/lists/none.txt")


def test_a_photo_behind_a_url_is_told_apart_without_being_fetched(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "a.jpg")
    (found,) = collect(place)
    listed = Job("a.jpg", f"{place}/a.jpg")
    memory = type(fsspec.filesystem("memory"))
    monkeypatch.setattr(memory, "cat_file", lambda *_: pytest.fail("fetched"))
    assert content_of(found) == content_of(listed) != ""
    monkeypatch.undo()
    put(place, "a.jpg", data=b"other")
    assert content_of(listed) != content_of(found)
    assert content_of(Job("b.jpg", f"{place}/b.jpg")) == ""


def test_a_file_that_is_too_large_is_not_fetched(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, "a.jpg", data=b"x" * (MAX_BYTES + 1))
    memory = type(fsspec.filesystem("memory"))
    monkeypatch.setattr(memory, "cat_file", lambda *_: pytest.fail("fetched"))
    with pytest.raises(FileTooLarge, match=r"25\.0 MB"):
        read_remote(f"{place}/a.jpg")


def test_whatever_a_driver_raises_is_a_file_that_cannot_be_read(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoCredentialsError(Exception):
        """As of botocore: no OSError."""

    def fail(*_: object) -> None:
        message = "Unable to locate credentials"
        raise NoCredentialsError(message)

    put(place, "a.jpg")
    memory = type(fsspec.filesystem("memory"))
    monkeypatch.setattr(memory, "cat_file", fail)
    with pytest.raises(OSError, match="NoCredentialsError: Unable to locate"):
        read_remote(f"{place}/a.jpg")


@pytest.mark.parametrize(
    ("photo_id", "name"),
    [
        ("a/b.jpg", "overlays/a/b.jpg.overlay.jpg"),
        ("/data/b.jpg", "overlays/data/b.jpg.overlay.jpg"),
        ("../../b.jpg", "overlays/__/__/b.jpg.overlay.jpg"),
    ],
)
def test_pictures_stay_below_the_results(photo_id: str, name: str) -> None:
    assert overlay_name(photo_id) == name


# Kept


def line(path: str, key: str = "k") -> dict[str, Any]:
    return {"path": path, "key": key, "error": {"code": "empty_file", "message": "", "advice": ""}}


def stored_line(path: str, key: str) -> bytes:
    return json.dumps(line(path, key)).encode() + b"\n"


def bucket_ledger(place: str, *, resume: bool = False) -> Ledger:
    return open_ledger(Bucket(place), SETTINGS, resume=resume)


def keys(ledger: Ledger) -> dict[str, str]:
    return {path: kept.key for (path, _), kept in ledger.survey.kept.items()}


def kept(place: str) -> list[tuple[str, str]]:
    return [(one["path"], one["key"]) for one in read_results(Bucket(place))]


def test_lines_go_to_a_bucket_in_parts(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "PART_LINES", 2)
    with bucket_ledger(place) as ledger:
        for name in ("a", "b", "c"):
            ledger.add(line(name))
        assert kept(place) == [("a", "k"), ("b", "k")]
    assert kept(place) == [("a", "k"), ("b", "k"), ("c", "k")]
    with pytest.raises(InvalidOption, match="--resume"):
        bucket_ledger(place)
    with bucket_ledger(place, resume=True) as ledger:
        assert keys(ledger) == {"a": "k", "b": "k", "c": "k"}
        ledger.add(line("b", "new"))
        assert [one["path"] for one in ledger.passed_once()] == ["a", "c", "b"]
    assert kept(place) == [("a", "k"), ("c", "k"), ("b", "new")]
    lines = (storage(place).read(RESULTS) or b"").splitlines()
    assert [json.loads(one)["path"] for one in lines] == ["a", "c", "b"]
    assert len(Bucket(place).names(PARTS)) == 3


def test_a_part_is_sent_after_some_seconds(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "SYNC_SECONDS", -1.0)
    ledger = bucket_ledger(place)
    ledger.add(line("a"))
    assert kept(place) == [("a", "k")]


def test_a_file_that_broke_off_is_not_there(tmp_path: Path) -> None:
    """In a store that can take a file back, and where folders must be made."""
    place = Bucket(f"file://{tmp_path}/deep/out")
    write(place, "a/whole.txt", "whole")

    def broken_off() -> None:
        with place.writing("a/half.txt") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert place.names("a") == ["a/whole.txt"]
    assert place.read("a/whole.txt") == b"whole"


def test_parts_are_read_in_the_order_they_were_written(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place, f"{PARTS}/2.jsonl", data=json.dumps(line("a", "new")).encode() + b"\n")
    put(place, f"{PARTS}/1.jsonl", data=json.dumps(line("a", "old")).encode() + b"\n")
    memory = type(fsspec.filesystem("memory"))
    listed = memory.ls
    monkeypatch.setattr(memory, "ls", lambda *_, **how: listed(*_, **how)[::-1])
    assert kept(place) == [("a", "new")]


def test_two_runs_at_once_lose_nothing(place: str) -> None:
    with bucket_ledger(place) as one, bucket_ledger(place) as other:
        one.add(line("a"))
        other.add(line("a"))
        other.add(line("b"))
    assert sorted(kept(place)) == [("a", "k"), ("b", "k")]


# A real S3 server


@pytest.fixture(scope="module")
def s3(sample_images: Path) -> Iterator[FaultyStore]:
    """An S3 server with some photos; the environment leads there."""
    with FaultyStore() as store:
        system, _ = file_system("s3://squad")
        system.mkdir("squad")
        for name in ("left-near-1.jpg", "refused/cropped-above-knee.jpg"):
            photo = sample_images / name
            system.pipe(f"squad/in/day one/{photo.name}", photo.read_bytes())
        system.pipe("squad/in/empty.jpg", b"")
        yield store


@pytest.mark.usefixtures("s3")
def test_from_bucket_to_bucket_and_on() -> None:
    out = "s3://squad/in/out"
    photos = {"day one/left-near-1.jpg", "day one/cropped-above-knee.jpg", "empty.jpg"}
    wanted = ("batch", "s3://squad/in", out, "--jobs", "1", "--overlay", "--parquet", "--report")
    run = thomas(*wanted, "--quiet")
    assert run.returncode == 1, run.stderr
    found = {one["path"]: one for one in read_results(Bucket(out))}
    assert set(found) == photos
    assert found["empty.jpg"]["error"]["code"] == "empty_file"
    assert found["day one/left-near-1.jpg"]["measurable"]
    for name in ("results.jsonl", "results.csv", "results.parquet", "summary.json", "report.html"):
        assert storage(out).read(name), name
    assert storage(f"{out}/overlays/day one").read("left-near-1.jpg.overlay.jpg")
    parts = Bucket(out).names(PARTS)
    assert parts
    again = thomas(*wanted[:5], "--resume", "--quiet")
    assert "(3 were there already)" in again.stderr
    assert Bucket(out).names(PARTS) == parts


def times_read(store: FaultyStore, folder: str) -> list[int]:
    """How often each file of a folder was fetched."""
    read = (
        number for (how, path), number in store.asked.items() if how == "GET" and folder in path
    )
    return list(read)


def test_results_are_fetched_once_at_the_end(
    s3: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(jobs: Iterator[Job], options: Options, _: int) -> Iterator[Line]:
        yield from (measured(job, options) for job in jobs)

    monkeypatch.setattr(run_module, "measure_jobs", measure)
    monkeypatch.setattr(ledger_module, "PART_LINES", 2)
    out, options = Bucket("s3://squad/once"), Options(RULE_SETS["guide"])
    jobs = [Job(f"{number}.jpg", f"s3://squad/{number}.jpg", stamp="1") for number in range(6)]

    def batch(*, resume: bool) -> None:
        s3.asked.clear()
        wanted = Wanted(parquet=True, report=True, resume=resume)
        run_module.run(jobs, out, options, wanted, lambda total: reporter("quiet", total))

    batch(resume=False)
    assert times_read(s3, f"/once/{PARTS}/") == [1, 1, 1]
    assert times_read(s3, f"/once/{RESULTS}") == []
    batch(resume=True)
    assert times_read(s3, f"/once/{PARTS}/") == [2, 2, 2]  # in the beginning and in the end
    for name in ("results.csv", "results.parquet", "summary.json", "report.html", RESULTS):
        assert out.read(name), name
    assert len((out.read(RESULTS) or b"").splitlines()) == 6


def test_photos_of_a_store_that_failed_for_a_while_are_tried_again(s3: FaultyStore) -> None:
    out = "s3://squad/after outage"
    call = ("batch", "s3://squad/in/day one", out, "--jobs", "1", "--quiet")
    s3.failing = lambda _, path: path.endswith(".jpg")
    run = thomas(*call)
    s3.heal()
    assert run.returncode == 3, run.stderr
    errors = [one["error"]["code"] for one in read_results(Bucket(out))]
    assert errors == ["file_not_readable"] * 2
    assert (
        "0 of 2 photos measured (2 were there already)"
        in thomas(*call, "--resume", "--retry", "none").stderr
    )
    run = thomas(*call, "--resume")
    assert "(2 retried)" in run.stderr
    lines = (storage(out).read(RESULTS) or b"").splitlines()
    assert len(lines) == 2
    assert not any("error" in json.loads(one) for one in lines)


def test_results_wait_for_a_store_that_fails(
    s3: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PART_LINES", 2)
    monkeypatch.setattr(ledger_module, "SYNC_SECONDS", -1.0)
    monkeypatch.setattr(ledger_module, "WAITING_LINES", 5)
    place = "s3://squad/waiting"
    with bucket_ledger(place) as ledger:
        s3.failing = lambda how, path: how == "PUT" and PARTS in path
        for name in "abcd":
            ledger.add(line(name))
        assert kept(place) == []
        s3.heal()
        ledger.add(line("e"))
        assert [path for path, _ in kept(place)] == [*"abcde"]
        s3.failing = lambda how, path: how == "PUT" and PARTS in path
        for name in "fghi":
            ledger.add(line(name))
        with pytest.raises(OSError, match="fail"):
            ledger.add(line("j"))  # too many: the run ends, and says so
        s3.heal()
    assert [path for path, _ in kept(place)] == [*"abcdefghij"]


def test_clocks_may_be_set_back(place: str) -> None:
    put(place, f"{PARTS}/20991231T235959999999-abcd-00000000.jsonl", data=stored_line("a", "old"))
    put(place, f"{PARTS}/strange.jsonl", data=stored_line("b", "old"))
    write(Bucket(place), RUN, json.dumps(SETTINGS))
    with bucket_ledger(place, resume=True) as ledger:
        ledger.add(line("a", "new"))
    assert dict(kept(place)) == {"a": "new", "b": "old"}


def test_damaged_parts_are_passed_over(place: str) -> None:
    sound = stored_line("a", "k")
    put(place, f"{PARTS}/1.jsonl", data=sound[:9] + b"\xff\n" + sound + b"7\n" + sound[:-9])
    write(Bucket(place), RUN, json.dumps(SETTINGS))
    with bucket_ledger(place, resume=True) as ledger:
        assert (keys(ledger), ledger.survey.damaged) == ({"a": "k"}, 3)
        assert [one["path"] for one in ledger.passed_once()] == ["a"]
    assert storage(place).read(RESULTS) == sound


@pytest.mark.usefixtures("s3")
def test_what_others_write_is_seen() -> None:
    place = Bucket("s3://squad/shared")
    write(place, "parts/1.jsonl", "{}\n")
    assert len(place.names(PARTS)) == 1
    somebody = fsspec.filesystem("s3", skip_instance_cache=True)
    somebody.pipe("squad/shared/parts/2.jsonl", b"{}\n")
    assert len(place.names(PARTS)) == 2


@pytest.mark.usefixtures("s3")
def test_no_bucket_is_made_by_a_slip() -> None:
    with pytest.raises(OSError, match="bucket"):
        write(Bucket("s3://sqaud/out"), "a.txt", "x")
    assert not file_system("s3://sqaud")[0].exists("sqaud")


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there() -> None:
    run = thomas("batch", "s3://nobody/in")
    assert run.returncode == 2
    assert "nothing there" in run.stderr
