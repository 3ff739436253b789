"""Workers that die, hang, or wear out cost the work they had at most, and never the pool."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import psutil
import pytest

from app import worker
from app.pool import Pool
from app.worker import StartFailed, TookTooLong, WorkerDied
from http_support import until
from pool_work import Noticed, alive, fail, kill_own, kill_own_once, nothing, refuse, wait_for

SECONDS = 60.0
OTHERS: set[int] = set()


@pytest.fixture
def deaths() -> list[int | None]:
    return []


@pytest.fixture(scope="module", autouse=True)
def others() -> None:
    """Workers of services that other tests share are none of ours."""
    OTHERS.update(one.pid for one in workers())


@pytest.fixture
def pool(deaths: list[int | None]) -> Iterator[Pool]:
    one = Pool(2, nothing, deaths.append)
    for started in one.start():
        started.result(SECONDS)
    yield one
    one.stop()
    assert workers() == []


def workers() -> list[psutil.Process]:
    children = psutil.Process().children()
    own = [one for one in children if one.pid not in OTHERS]
    return [one for one in own if "spawn_main" in " ".join(one.cmdline())]


def pids(pool: Pool, number: int) -> set[int]:
    found = [pool.submit(os.getpid, SECONDS) for _ in range(number)]
    return {one.result(SECONDS) for one in found}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_idle_workers_killed_lose_nothing(
    pool: Pool, deaths: list[int | None], how: signal.Signals
) -> None:
    for _ in range(3):
        before = workers()
        assert len(before) == 2
        for one in before:
            one.send_signal(how)
        found = pids(pool, 20)
        assert found.isdisjoint(one.pid for one in before)
        until(lambda: len(workers()) == 2)
    assert set(deaths) == {-how}


def test_a_worker_that_somebody_else_waited_for_is_replaced(pool: Pool) -> None:
    before = workers()
    for one in before:
        one.kill()
        one.wait()
    assert pids(pool, 20).isdisjoint(one.pid for one in before)


def test_a_busy_worker_killed_costs_one_try(
    pool: Pool, deaths: list[int | None], tmp_path: Path
) -> None:
    go, told = tmp_path / "go", tmp_path / "told"
    found = [pool.submit(partial(wait_for, go, told), SECONDS) for _ in range(2)]
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    killed = workers()[0]
    killed.kill()
    until(lambda: len(list(tmp_path.iterdir())) == 3)  # its successor has begun
    go.touch()
    ended = {one.result(SECONDS) for one in found}
    assert killed.pid not in ended
    assert len(ended) == 2
    assert deaths == [-signal.SIGKILL]


def test_work_that_kills_is_given_up_alone(
    pool: Pool, deaths: list[int | None], tmp_path: Path
) -> None:
    poison = pool.submit(kill_own, SECONDS)
    once = pool.submit(partial(kill_own_once, tmp_path / "mark"), SECONDS)
    others = [pool.submit(os.getpid, SECONDS) for _ in range(10)]
    with pytest.raises(WorkerDied) as died:
        poison.result(SECONDS)
    assert died.value.exitcode == -signal.SIGKILL
    assert once.result(SECONDS)
    assert all(one.result(SECONDS) for one in others)
    assert deaths == [-signal.SIGKILL] * 3


def test_work_that_hangs_is_ended(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(TookTooLong):
        pool.submit(partial(wait_for, tmp_path / "never", tmp_path / "told"), 0.2).result(SECONDS)
    assert pids(pool, 3)


def test_a_frozen_worker_is_replaced(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in workers():
        one.suspend()
    monkeypatch.setattr(worker, "START_SECONDS", 3.0)
    big = partial(len, b"x" * 2_000_000)  # more than a pipe holds
    assert [pool.submit(big, SECONDS).result(SECONDS) for _ in range(2)] == [2_000_000] * 2


def test_work_is_held_no_longer_than_it_takes(pool: Pool) -> None:
    for _ in range(4):
        pool.submit(Noticed(), SECONDS).result(SECONDS)
    until(lambda: Noticed.alive == 0)
    assert [pool.submit(alive, SECONDS).result(SECONDS) for _ in range(4)] == [0] * 4


@pytest.mark.parametrize(
    ("kind", "error"),
    [("ValueError", "bad"), ("lock", "Unpicklable: told"), ("two", "Unreadable: a")],
)
def test_what_work_raises_is_raised_here(pool: Pool, kind: str, error: str) -> None:
    with pytest.raises((ValueError, RuntimeError), match=error):
        pool.submit(partial(fail, kind), SECONDS).result(SECONDS)
    with pytest.raises(Exception, match="pickle"):
        pool.submit(lambda: None, SECONDS).result(SECONDS)
    assert pids(pool, 1)


def test_a_worker_is_replaced_when_it_is_worn_out(
    pool: Pool, deaths: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TASKS_PER_WORKER", 3)
    assert len(pids(pool, 30)) >= 10
    assert deaths == []


@pytest.mark.parametrize("prepare", [refuse, kill_own])
def test_workers_that_cannot_start_say_why(prepare: object) -> None:
    pool = Pool(1, prepare)  # type: ignore[arg-type]
    (started,) = pool.start()
    kind = StartFailed if prepare is refuse else WorkerDied
    for future in (started, pool.submit(os.getpid, SECONDS)):
        with pytest.raises(kind) as failed:
            future.result(SECONDS)
    if prepare is refuse:
        assert str(failed.value.__cause__) == "no weights"
    pool.stop()


def test_stopping_ends_what_is_at_work_and_what_waits(tmp_path: Path) -> None:
    pool = Pool(1, nothing)
    pool.start()
    work = partial(wait_for, tmp_path / "never", tmp_path / "told")
    found: list[Future[int]] = [pool.submit(work, SECONDS) for _ in range(3)]
    until(lambda: len(list(tmp_path.iterdir())) == 1)
    pool.stop()
    with pytest.raises(WorkerDied):
        found[0].result(0)
    assert [one.cancelled() for one in found[1:]] == [True, True]
    assert pool.submit(work, SECONDS).cancelled()
    assert workers() == []


PARENT = """
import os, sys
from app.pool import Pool
from pool_work import nothing
pool = Pool(2, nothing)
[one.result() for one in pool.start()]
print(pool.submit(os.getpid, 60).result(), flush=True)
sys.stdin.read()
"""


def test_workers_do_not_outlive_a_killed_parent() -> None:
    command = [sys.executable, "-c", PARENT]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=where
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 2
        parent.kill()
    _, left = psutil.wait_procs(children, SECONDS)
    assert left == []
