"""Killed at random moments, a batch loses and doubles nothing.

    python -m benchmarks.kills PHOTOS [--kills 20] [--seed 1] [--out benchmarks/results]

PHOTOS is a folder of photos. The batch, in processes of one machine, is killed with all its
workers (SIGKILL) at random moments and resumed each time; then the workers of a Dask cluster on
loopback are killed while a batch runs on it. Writes kills.md.
"""

import argparse
import json
import os
import random
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

from benchmarks.machine import machine
from benchmarks.speed import SCRIPT, memory_of_workers, photo_files

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
        f"Regenerate with `python -m benchmarks.kills PHOTOS --kills {arguments.kills} "
        f"--seed {arguments.seed}`. Commit {machine()['commit']}.",
        "With `--fast`, which refuses some photos: exit code 1 says that not all were measured.",
        "",
        "## The batch and all its workers, resumed after each",
        "",
        *kill_parents(arguments.photos, arguments.kills, chance),
        "",
        "## Single workers of a Dask cluster, while the batch goes on",
        "",
        *kill_workers(arguments.photos, arguments.kills, chance),
    ]
    (arguments.out / "kills.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
