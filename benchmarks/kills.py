"""Check that a killed, damaged or disconnected batch neither loses nor duplicates results.

    python -m benchmarks.kills PHOTOS [--kills 20] [--seed 1] [--out benchmarks/results]

PHOTOS is a folder of photos. The batch, in processes of one machine, is killed with all its
workers (SIGKILL) at random moments and resumed each time; idle workers are killed; the workers of
a Dask cluster on loopback are killed while a batch runs on it; its results are damaged and the run
resumed; and the store that holds photos and results fails for a while. Writes kills.md.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psutil

from app.batch.job import Job
from app.batch.jobs import collect
from app.batch.ledger import open_ledger
from app.batch.remote import file_system
from app.batch.storage import Bucket, Folder
from app.batch.stored import RESULTS
from app.batch.workers import Options, measure_jobs, settings_of
from benchmarks.faulty_store import FaultyStore
from benchmarks.machine import machine
from benchmarks.speed import SCRIPT, memory_of_workers, photo_files
from vision.criteria import RULE_SETS

DASK: Final = Path(sys.executable).with_name("dask")
COPIES: Final = 700
"""Photos of the folder that is killed over: enough that the last kill finds some left."""
LONGEST_S: Final = 9.0
"""A kill comes between a start and so many seconds later: during start, warm-up or work."""


def fill(folder: Path, photos: Path, number: int) -> None:
    """Link so many photos into a folder."""
    folder.mkdir()
    sources = photo_files(photos)
    for index in range(number):
        source = sources[index % len(sources)].resolve()
        (folder / f"{index:05d}{source.suffix}").symlink_to(source)


def tally(out: Path, folder: Path) -> str:
    """Tell how often photos are in the results."""
    results = (out / "results.jsonl").read_text("utf-8").splitlines()
    seen = Counter(json.loads(line)["path"] for line in results)
    there = {path.name for path in folder.iterdir()}
    lost, doubled = len(there - set(seen)), sum(count > 1 for count in seen.values())
    return f"{len(there)} photos: {len(seen)} in the results, {lost} lost, {doubled} doubled"


def lines_in(out: Path) -> int:
    path = out / "results.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_parents(photos: Path, kills: int, chance: random.Random) -> list[str]:
    """Kill and resume a batch so often; return lines of the report."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch) / "in", Path(scratch) / "out"
        fill(folder, photos, COPIES)
        command = [str(SCRIPT), "batch", str(folder), str(out), "--resume", "--fast"]
        moments, early = [], 0
        for _ in range(kills):
            with subprocess.Popen(
                [*command, "--quiet"], start_new_session=True, stderr=subprocess.DEVNULL
            ) as run:
                moments.append(chance.uniform(0, LONGEST_S))
                time.sleep(moments[-1])
                early += run.poll() is not None
                os.killpg(run.pid, signal.SIGKILL) if run.poll() is None else None
            print(f"killed after {moments[-1]:.1f} s, {lines_in(out)} lines", flush=True)
        last = subprocess.run(command, capture_output=True, text=True, check=False)
        return [
            f"- {kills} kills, {min(moments):.1f} to {max(moments):.1f} s after the start, "
            f"{early} of them too late",
            f"- {tally(out, folder)}; exit code {last.returncode}",
        ]


@contextmanager
def running(*command: str) -> Iterator[int]:
    """Run in the background, with all it starts, and kill it in the end."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def kill_workers(photos: Path, kills: int, chance: random.Random) -> list[str]:
    """Kill workers of a cluster while a batch runs on it; return lines of the report."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder, out = Path(scratch) / "in", Path(scratch) / "out"
        fill(folder, photos, COPIES)
        known = f"{scratch}/scheduler.json"
        here = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", known)
        stack.enter_context(running(str(DASK), "scheduler", "--port", "0", *here))
        while not Path(known).exists():
            time.sleep(0.1)
        one = ("--nthreads", "1", "--local-directory", scratch)
        keepers = [stack.enter_context(running(str(DASK), "worker", *here, *one)) for _ in "ab"]
        address = json.loads(Path(known).read_text("utf-8"))["address"]
        command = [str(SCRIPT), "batch", str(folder), str(out), "--fast", "--dask", address]
        killed = 0
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None:
                time.sleep(chance.uniform(0.5, 4.0))
                at_work = [pid for keeper in keepers for pid, _ in memory_of_workers(keeper)]
                if killed < kills and lines_in(out) > 2 * killed and at_work:
                    os.kill(chance.choice(at_work), signal.SIGKILL)
                    killed += 1
                    print(f"killed a worker, {lines_in(out)} lines", flush=True)
        return [
            f"- {killed} workers killed, {tally(out, folder)}; exit code {run.returncode}",
        ]


def kill_idle(photos: Path, kills: int, chance: random.Random) -> list[str]:
    """Kill workers while they wait for the next photo; return lines of the report."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch) / "in", Path(scratch) / "out"
        fill(folder, photos, 2 * kills + 2)
        options = Options(RULE_SETS["guide"], fast=True)
        killed = 0

        def handed_out() -> Iterator[Job]:
            nonlocal killed
            for number, job in enumerate(collect(str(folder))):
                if number and number % 2 == 0 and killed < kills:
                    os.kill(chance.choice(until_idle()), signal.SIGKILL)
                    killed += 1
                    print(f"killed an idle worker, {lines_in(out)} lines", flush=True)
                yield job

        with open_ledger(Folder(out), settings_of(options)) as ledger:
            for line in measure_jobs(handed_out(), options, 2):
                ledger.add(line)
        crashed = sum("worker_crashed" in text for text in (out / RESULTS).open("r"))
        return [f"- {killed} idle workers killed, {tally(out, folder)}; {crashed} photos failed"]


def until_idle() -> list[int]:
    """Wait until no worker of this process does anything; return their numbers."""
    used: dict[int, float] = {}
    while True:
        time.sleep(0.5)
        found = [psutil.Process(pid) for pid, _ in memory_of_workers(os.getpid())]
        now = {one.pid: sum(one.cpu_times()[:2]) for one in found}
        if now and now == used:
            return list(now)
        used = now


def damage(path: Path, chance: random.Random) -> None:
    """Cut, overwrite or insert bytes at a few random places of a file."""
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 5)):
        start = chance.randrange(len(data))
        end = start + chance.choice((1, 30, 3000))
        data[start:end] = chance.choice((b"", b"\n", bytes(9), chance.randbytes(99)))
    path.write_bytes(data)


def damage_results(photos: Path, times: int, chance: random.Random) -> list[str]:
    """Damage the results of a batch and resume it, so many times; return lines of the report."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch) / "in", Path(scratch) / "out"
        fill(folder, photos, 40)
        command = [str(SCRIPT), "batch", str(folder), str(out), "--resume", "--fast", "--quiet"]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        again, whole, traces = 0, 0, 0
        for _ in range(times):
            damage(out / RESULTS, chance)
            run = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
            there = re.search(r"\((\d+) were there", run.stderr)
            again += 40 - int(there[1] if there else 0)
            traces += "Traceback" in run.stderr
            whole += "40 in the results, 0 lost, 0 doubled" in tally(out, folder)
            print(f"damaged and resumed: {tally(out, folder)}", flush=True)
        return [
            f"- damaged and resumed {times} times: {whole} times all 40 photos were in the results, "
            f"none lost or doubled; {again} measured again, {traces} tracebacks"
        ]


def fail_store(photos: Path, outages: int, chance: random.Random) -> list[str]:
    """Let the store of photos and results fail for a while during a batch, and resume it."""
    where, number = "s3://squad/in", 60
    with FaultyStore() as store:
        system, _ = file_system(where)
        system.mkdir("squad")
        sources = photo_files(photos)
        for index in range(number):
            source = sources[index % len(sources)]
            system.pipe(f"squad/in/{index:05d}{source.suffix}", source.read_bytes())
        command = [str(SCRIPT), "batch", where, "s3://squad/out", "--resume", "--fast"]
        failed = 0
        with subprocess.Popen(
            [*command, "--progress", "json"], stderr=subprocess.PIPE, text=True
        ) as run:
            assert run.stderr is not None
            begin = sorted(chance.sample(range(5, number - 10), outages))
            until = 0
            for text in run.stderr:
                done = json.loads(text)["done"] if text.startswith("{") else 0
                failed += '"error": "file_not_readable"' in text
                if begin and done >= begin[0]:
                    until = begin.pop(0) + chance.randint(3, 8)
                    store.failing = lambda _, path: path.startswith(("/squad/in/", "/squad/out/p"))
                if done >= until:
                    store.heal()
        print(f"{failed} photos could not be read", flush=True)
        last = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        lines = Bucket("s3://squad/out").read(RESULTS) or b""
        found = [json.loads(line) for line in lines.splitlines()]
        seen = Counter(line["path"] for line in found)
        unread = sum("error" in line for line in found)
        tried = re.search(r"(\d+) retried", last.stderr)
        return [
            f"- {outages} outages, in which {failed} of {number} photos could not be read and "
            f"{store.failed.total()} requests failed",
            f"- resumed: {tried[1] if tried else 0} tried again, {unread} of them failed, "
            f"{number - len(seen)} lost, {sum(count > 1 for count in seen.values())} doubled; "
            f"exit code {last.returncode}",
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    lines = [
        "# Killed at random moments",
        "",
        f"Regenerate with `python -m benchmarks.kills {arguments.photos.name} --kills "
        f"{arguments.kills} --seed {arguments.seed}`. Commit {machine()['commit']}.",
        "With `--fast`, which refuses some photos: exit code 1 says that not all were measured.",
        "",
        "## The batch and all its workers, resumed after each",
        "",
        *kill_parents(arguments.photos, arguments.kills, chance),
        "",
        "## Idle workers, one at a time, while the batch goes on",
        "",
        *kill_idle(arguments.photos, arguments.kills, chance),
        "",
        "## Damaged results: bytes cut out, overwritten and inserted at random places",
        "",
        *damage_results(arguments.photos, arguments.kills, chance),
        "",
        "## A store that fails for a while (an S3 server on loopback that answers 500)",
        "",
        *fail_store(arguments.photos, 3, chance),
        "",
        "## Single workers of a Dask cluster, while the batch goes on",
        "",
        *kill_workers(arguments.photos, arguments.kills, chance),
    ]
    (arguments.out / "kills.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
