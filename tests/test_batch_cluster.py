"""A Dask cluster across processes on loopback: the same results, and nothing lost with a worker."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import KilledWorker

from app.batch import dask as dask_module
from app.batch.dask import _check_sight, _result, _room, measure_here
from app.batch.job import Job
from app.batch.storage import Folder
from app.batch.workers import Options, settings_of
from http_support import until
from test_batch import count, lines, until_more_lines
from test_cli import SCRIPT, thomas
from vision.criteria import RULE_SETS
from vision.errors import InvalidOption

DASK = Path(sys.executable).with_name("dask")
GUIDE = Options(RULE_SETS["guide"])
N_PHOTOS = 10
DASKS_SETTING = "MALLOC_TRIM_THRESHOLD_"


@contextmanager
def process(
    *command: str | Path, cwd: Path | None = None, scratch: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "TMPDIR": str(scratch)} if scratch else None
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=cwd, env=environment) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                for child in (*psutil.Process(running.pid).children(recursive=True), running):
                    child.kill()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and two workers, each in processes of their own: address and workers' keepers."""
    folder = tmp_path_factory.mktemp("cluster")
    known = folder / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:
        scheduler = (DASK, "scheduler", "--port", "0", *local, "--scheduler-file", str(known))
        stack.enter_context(process(*scheduler, scratch=folder))
        until(lambda: known.exists() and known.read_text().endswith("}"))
        address = json.loads(known.read_text())["address"]
        worker = (DASK, "worker", address, "--nthreads", "1", *local)
        keepers = [stack.enter_context(process(*worker, scratch=folder)) for _ in range(2)]
        yield address, [keeper.pid for keeper in keepers]


@pytest.fixture
def folder(tmp_path: Path, sample_images: Path) -> Path:
    target = tmp_path / "in"
    target.mkdir()
    for number in range(N_PHOTOS):
        shutil.copy(sample_images / "left-near-1.jpg", target / f"{number} ä.jpg")
    (target / "empty.jpg").touch()
    return target


def workers_of(keepers: list[int]) -> list[psutil.Process]:
    """The processes that measure; Python's own resource tracker is none."""
    found = [child for pid in keepers for child in psutil.Process(pid).children()]
    return [one for one in found if "resource_tracker" not in " ".join(one.cmdline())]


def test_neither_a_killed_parent_nor_a_killed_worker_loses_a_photo(
    cluster: tuple[str, list[int]], folder: Path, tmp_path: Path
) -> None:
    address, keepers = cluster
    out = tmp_path / "out"
    # By names that mean nothing in the folder that the workers were started in.
    batch = [str(SCRIPT), "batch", folder.name, out.name, "--dask", address, "--overlay"]
    with process(*batch, "--quiet", cwd=tmp_path) as run:
        until_more_lines(out, 2)
        run.send_signal(signal.SIGKILL)
    seen = count(out)
    assert seen < N_PHOTOS
    command = [*batch, "--resume"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as again:
        until_more_lines(out, seen + 2)
        workers_of(keepers)[0].kill()
        _, said = again.communicate(timeout=100)
    assert again.returncode == 1, said  # one file is empty
    assert f"({seen} were there already)" in said
    assert "Traceback" not in said
    found = lines(out)
    assert sorted(one["path"] for one in found) == sorted(path.name for path in folder.iterdir())
    alone: dict[str, Any] = json.loads(thomas("measure", folder / "0 ä.jpg", "--json").stdout)
    (same,) = (line for line in found if line["path"] == "0 ä.jpg")
    for key in alone.keys() - {"path", "provenance"}:
        assert same[key] == alone[key], key
    assert len(list((out / "overlays").iterdir())) == N_PHOTOS


def test_a_local_cluster_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    for number in range(2, N_PHOTOS):
        (folder / f"{number} ä.jpg").unlink()
    call = ("batch", folder, out, "--dask", "local", "--jobs", "1", "--quiet", "--fast")
    run = thomas(*call, TMPDIR=str(scratch))
    assert run.returncode == 1, run.stderr  # one file is empty
    assert len(lines(out)) == 3
    assert list(scratch.iterdir()) == []


def test_no_scheduler_there(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_module, "CONNECT_SECONDS", 0.5)
    with pytest.raises(InvalidOption, match="no Dask scheduler at"):
        next(dask_module.measure_on_cluster(iter(()), GUIDE, "tcp://127.0.0.1:9", 1))


def test_a_worker_with_other_software_is_refused(sample_images: Path) -> None:
    job = Job("a.jpg", str(sample_images / "left-near-1.jpg"))
    settings = settings_of(GUIDE)
    with pytest.raises(InvalidOption, match="another model_sha256: install the same"):
        measure_here(job, GUIDE, {**settings, "model_sha256": "0"})


class Blind:
    """A cluster one of whose workers does not see the photos."""

    def run(self, _: object, folder: str) -> dict[str, bool]:
        return {"tcp://a": True, "tcp://b": not folder.startswith("/only/here")}


def test_workers_that_do_not_see_the_photos_are_told_at_once() -> None:
    with pytest.raises(InvalidOption, match=r"1 of 2 workers do not see /only/here"):
        _check_sight(Blind(), Job("a.jpg", "/only/here/a.jpg"), GUIDE)
    _check_sight(Blind(), Job("a.jpg", "s3://squad/a.jpg"), GUIDE)
    to_here = Options(GUIDE.rules, overlays=Folder(Path("/only/here/out")))
    with pytest.raises(InvalidOption, match="/only/here/out"):
        _check_sight(Blind(), Job("a.jpg", "/shared/a.jpg"), to_here)


class Threads:
    """A cluster whose workers have so many threads."""

    def __init__(self, *threads: int) -> None:
        self._threads = {f"tcp://{number}": each for number, each in enumerate(threads)}

    def nthreads(self) -> dict[str, int]:
        return self._threads


def test_workers_of_several_threads_are_refused() -> None:
    """A photo that hangs ends its process, and the clock is one per process."""
    with pytest.raises(InvalidOption, match=r"2 of 3 workers have more than one thread.*nthreads"):
        _room(Threads(1, 4, 2))
    assert _room(Threads(*[1] * 40)) == 80


class Future:
    """What came of a photo: an exception."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def result(self) -> None:
        raise self._error


def test_a_photo_that_kills_workers_is_tried_again_and_then_given_up() -> None:
    killed = Future(KilledWorker("task", None, 3))
    job = Job("a.jpg", "/nowhere/a.jpg")
    assert _result(killed, job, final=False) is None
    line = _result(killed, job, final=True)
    assert line is not None
    assert line["error"]["code"] == "worker_crashed"
    line = _result(Future(ValueError("odd")), job, final=True)
    assert line is not None
    assert line["error"]["code"] == "internal_error"


HANGING = """
import time
from pathlib import Path
from app.batch import dask, workers
from app.batch.job import Job
from app.batch.workers import Options, settings_of
from vision.criteria import RULE_SETS

dask.measure_job = lambda *_: time.sleep(60)
dask.PHOTO_SECONDS = 1.0
options = Options(RULE_SETS["guide"])
dask.measure_here(Job("a.jpg", "a.jpg"), options, settings_of(options))
"""


def test_a_worker_ends_itself_when_a_photo_hangs() -> None:
    run = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, check=False, timeout=30
    )
    assert run.returncode == 1
    assert "Timeout" in run.stderr


FAULTS = """
import resource
import numpy as np
from app.batch.dask import _keep_freed_memory

_keep_freed_memory()
np.ones(1_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    np.ones(1_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_memory_is_not_given_back_between_pictures() -> None:
    """Dask's own setting makes each array of 8 MB cost 2,000 page faults."""
    said = subprocess.check_output(
        [sys.executable, "-c", FAULTS], text=True, env={**os.environ, DASKS_SETTING: "65536"}
    )
    assert int(said) < 10_000
