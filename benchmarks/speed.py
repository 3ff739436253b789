"""Speed, scaling and memory over time: bare model calls, one photo, the batch.

    python -m benchmarks.speed PHOTOS [--soak 2000] [--only PART] [--out benchmarks/results]

PHOTOS is a folder of photos. Each figure is compared with another of the same run, since
machines differ and drift. Run it on an otherwise idle machine. Writes speed.md and
speed.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
from numpy.typing import NDArray

from app.batch.photo_files import PHOTO_SUFFIXES
from app.processes import cores, use_one_core
from benchmarks.machine import machine
from vision.backends.engines import default_estimator
from vision.backends.weights import Variant
from vision.measurement import measure
from vision.pose import ModelInfo, Person, PoseEstimator

SCRIPT: Final = Path(sys.executable).with_name("thomas-test")
STARTS: Final = 5
WARM_UP: Final = 6
"""Photos per worker that are not counted."""
SETTLED: Final = 50
"""Photos after which a worker's memory should not grow any more."""
PARTS: Final = ("start", "batch", "soak", "one core")
VARIANTS: Final[dict[str, Variant]] = {"full accuracy": "heavy", "--fast": "full"}

Line = dict[str, Any]


def started(photo: Path) -> Line:
    """Whole-process seconds from the call to the first result, and of ``--help``."""

    def run(*arguments: str) -> float:
        begin = time.perf_counter()
        subprocess.run([SCRIPT, *arguments], check=True, capture_output=True)
        return time.perf_counter() - begin

    return {
        name: statistics.median(run(*arguments) for _ in range(STARTS))
        for name, arguments in (
            ("first result", ("measure", str(photo), "--json")),
            ("first result, --fast", ("measure", str(photo), "--json", "--fast")),
            ("--help", ("--help",)),
        )
    }


class Recorder:
    """Passes pictures on to a pose model, and records them."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator
        self.pictures: list[NDArray[np.uint8]] = []

    @property
    def model(self) -> ModelInfo:
        return self._estimator.model

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        self.pictures.append(pixels)
        return self._estimator.detect(pixels)


def on_one_core(photos: Sequence[Path], mode: str) -> Line:
    """Photos per second of whole measurements, and of nothing but the same model calls."""
    estimator, fast = default_estimator(VARIANTS[mode]), mode == "--fast"
    passes, bare_s, whole_s = [], [], []
    for photo in (*photos[:WARM_UP], *photos):
        recorder = Recorder(estimator)
        begin = time.perf_counter()
        measure(photo, fast=fast, estimator=recorder)
        between = time.perf_counter()
        for picture in recorder.pictures:
            estimator.detect(picture)
        passes.append(len(recorder.pictures))
        whole_s.append(between - begin)
        bare_s.append(time.perf_counter() - between)
    bare, whole = statistics.mean(bare_s[WARM_UP:]), statistics.mean(whole_s[WARM_UP:])
    return {
        "passes": statistics.mean(passes[WARM_UP:]),
        "bare_per_s": 1 / bare,
        "whole_per_s": 1 / whole,
        "bare_share": bare / whole,
    }


def batch_steps(photos: Path, workers: int, *options: str) -> list[tuple[float, float]]:
    """Run a batch; return when each result arrived, and how long measuring it took, seconds.

    Counted from when every worker is warm to when the first has nothing more to do.
    """
    with tempfile.TemporaryDirectory() as out:
        command = [str(SCRIPT), "batch", str(photos), out, "--progress", "json", *options]
        command += ["--jobs", str(workers)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
            assert run.stderr is not None
            times = [time.perf_counter() for line in run.stderr if line.startswith("{")]
        lines = map(json.loads, (Path(out) / "results.jsonl").read_text("utf-8").splitlines())
        spent = [line["provenance"]["elapsed_ms"] / 1000 for line in lines]
    return list(zip(times, spent, strict=True))[WARM_UP * workers : len(times) - workers]


def batch_rates(photos: Path, all_workers: int) -> Line:
    """Photos per second by workers and engine, and the batch's own share of the time."""
    rates: Line = {}
    for name, workers, options in (
        ("1 process", 1, ()),
        (f"{all_workers} processes", all_workers, ()),
        ("1 process, --fast", 1, ("--fast",)),
        (f"{all_workers} processes, --fast", all_workers, ("--fast",)),
        ("1 Dask worker", 1, ("--dask", "local")),
        (f"{all_workers} Dask workers", all_workers, ("--dask", "local")),
    ):
        steps = batch_steps(photos, workers, *options)
        seconds = steps[-1][0] - steps[0][0]
        measuring = sum(spent for _, spent in steps[1:]) / workers
        rates[name] = {"per_s": (len(steps) - 1) / seconds, "own": seconds / measuring - 1}
    return rates


def soak(photos: Path, n_photos: int, workers: int) -> Line:
    """Memory of each worker over a number of photos: (photos done by it, megabytes)."""
    curves: dict[int, list[tuple[int, float]]] = defaultdict(list)
    sources = [path.resolve() for path in photo_files(photos)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "in"
        folder.mkdir()
        for number in range(n_photos):
            source = sources[number % len(sources)]
            (folder / f"{number:06d}{source.suffix}").symlink_to(source)
        command = [str(SCRIPT), "batch", str(folder), f"{scratch}/out", "--progress", "json"]
        command += ["--jobs", str(workers)]
        begin = time.perf_counter()
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
            assert run.stderr is not None
            for done, line in enumerate(run.stderr, start=1):
                if line.startswith("{") and done % 10 == 0:
                    for pid, megabytes in memory_of_workers(run.pid):
                        curves[pid].append((done, megabytes))
        seconds = time.perf_counter() - begin
    return {"photos": n_photos, "per_s": n_photos / seconds, **described(curves.values(), workers)}


def described(curves: Iterable[list[tuple[int, float]]], workers: int) -> Line:
    """Growth and peak of the workers' memory, after each one's first photos."""
    growth, peaks = [], []
    shown = []
    for curve in curves:
        first = curve[0][0]
        settled = [
            (done - first, size) for done, size in curve if done - first >= SETTLED * workers
        ]
        peaks.append(max(size for _, size in curve))
        if len(settled) > 1:
            growth.append(max(size for _, size in settled) / settled[0][1] - 1)
            shown.append([[done, round(size, 1)] for done, size in settled[::10]])
    return {
        "workers": len(peaks),
        "peak_mb": max(peaks),
        "growth": max(growth, default=None),
        "curves": shown,
    }


def memory_of_workers(parent: int) -> Iterator[tuple[int, float]]:
    """Process number and megabytes of each process that measures."""
    for child in psutil.Process(parent).children(recursive=True):
        try:
            if "resource_tracker" not in " ".join(child.cmdline()):
                yield child.pid, child.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            continue


def photo_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines] + [""]


def report(found: Line) -> str:
    """Write all figures as Markdown, the targets beside them."""
    one, batch, kept = found["one core"], found["batch"], found["soak"]
    several = f"{found['machine']['cores']} processes"
    lines = [
        "# Speed",
        "",
        "Regenerate with `python -m benchmarks.speed PHOTOS` on a machine that does nothing else.",
        f"{found['machine']['cpu']}, {found['machine']['cores']} cores, Python "
        f"{found['machine']['python']}; {found['photos']} photos. Commits: "
        + ", ".join(f"{name} {commit}" for name, commit in found["commits"].items())
        + ".",
        "",
        f"## From the call to the result, seconds (whole process, median of {STARTS}; target 3 s)",
        "",
        *table(("", "s"), ((name, f"{value:.2f}") for name, value in found["start"].items())),
        "## One core, photos per second",
        "",
        "“Bare” is nothing but the calls of the pose model that the photo needed.",
        "",
        *table(
            ("", "passes", "bare", "whole", "share of bare"),
            (
                (
                    name,
                    f"{row['passes']:.1f}",
                    f"{row['bare_per_s']:.2f}",
                    f"{row['whole_per_s']:.2f}",
                    f"{row['bare_share']:.0%}",
                )
                for name, row in one.items()
            ),
        ),
        "Targets: full accuracy 2 per second and core; `--fast` 6, and 90 % of bare.",
        "",
        "The same photos by two commits and both engines, by CPU time: [before_after.md](before_after.md).",
        "",
        "## Batch, photos per second once warm",
        "",
        "“Own” is what the batch adds to the time that measuring a photo takes (target 5 %).",
        "",
        *table(
            ("", "per s", "own"),
            ((name, f"{row['per_s']:.2f}", f"{row['own']:+.1%}") for name, row in batch.items()),
        ),
        f"{several} against one: "
        f"{batch[several]['per_s'] / batch['1 process']['per_s']:.2f} times (target 1.8).",
        "",
        f"## Memory over {kept['photos']} photos",
        "",
        f"- {kept['workers']} worker processes one after another, peak {kept['peak_mb']:.0f} MB "
        "each (target 500)",
        f"- growth after a worker's first {SETTLED} photos: at most "
        f"{kept['growth'] or 0:.1%} (target 10 %)",
        f"- {kept['per_s']:.2f} photos per second from start to end",
    ]
    return "\n".join(lines) + "\n"


def one_core(photos: Sequence[Path]) -> Line:
    """Rates on one core by mode; keeps this process on it."""
    use_one_core()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return {mode: on_one_core(photos, mode) for mode in VARIANTS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--soak", type=int, default=2000)
    parser.add_argument("--only", choices=PARTS, help="measure this again, keep the rest")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    arguments = parser.parse_args()
    photos, workers = photo_files(arguments.photos), cores()
    parts: dict[str, Callable[[], Line]] = {
        "start": lambda: started(photos[0]),
        "batch": lambda: batch_rates(arguments.photos, workers),
        "soak": lambda: soak(arguments.photos, arguments.soak, workers),
        "one core": lambda: one_core(photos),
    }
    kept = arguments.out / "speed.json"
    found: Line = json.loads(kept.read_text("utf-8")) if arguments.only else {}
    found |= {"machine": machine(), "photos": len(photos)}
    commits = found.setdefault("commits", {})
    for name in (arguments.only,) if arguments.only else PARTS:
        found[name], commits[name] = parts[name](), machine()["commit"]
        print(name, json.dumps(found[name])[:300], flush=True)
    kept.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (arguments.out / "speed.md").write_text(report(found), "utf-8")


if __name__ == "__main__":
    main()
