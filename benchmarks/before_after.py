"""CPU time, angles and refusals of two commits, photo by photo in turn.

    python -m benchmarks.before_after CHECKOUT DATASET... [--real FOLDER] [--out benchmarks/results]

CHECKOUT is a work tree of the earlier commit (``git worktree add``). For each engine and mode, one
process of either commit measures every photo, in turns, all on one core. CPU time is compared,
not time on the clock, so that other programs matter little. Of a DATASET, the truth is known; of the
photos of FOLDER, only whether they are refused. Writes before_after.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.dataset import Truth, read_dataset
from benchmarks.machine import machine
from benchmarks.speed import photo_files, table

ENGINES: Final = {"MediaPipe": "mediapipe", "LiteRT": "litert"}
MODES: Final = {"full accuracy": "heavy", "--fast": "full"}
VERSIONS: Final = ("before", "after")
WARM_UP: Final = 3
"""Photos of the first dataset that are measured once more, before the others."""

Line = dict[str, Any]
Cell = tuple[str, str, str]
"""Engine, mode and version."""


class Timed:
    """Passes calls on to a pose model, and adds up their CPU time.

    It runs in both commits, so it uses only what both have.
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self.model = estimator.model
        self.spent_s = 0.0
        for name in ("detect", "detect_turned"):
            if hasattr(estimator, name):
                setattr(self, name, self._timed(getattr(estimator, name)))

    def _timed(self, call: Any) -> Any:
        def timed(*arguments: Any, **options: Any) -> Any:
            begin = time.process_time()
            try:
                return call(*arguments, **options)
            finally:
                self.spent_s += time.process_time() - begin

        return timed


def work(engine: str, variant: str) -> None:
    """Measure the photos named on standard input; one line of JSON for each."""
    from app.processes import use_one_core
    from vision.measurement import measure

    use_one_core()
    if engine == "litert":
        from vision.backends.litert import LiteRTEstimator as Estimator
    else:
        from vision.backends.mediapipe import (  # type: ignore[assignment]
            MediaPipeEstimator as Estimator,
        )
    with Estimator(variant) as estimator:  # type: ignore[arg-type]
        for name in sys.stdin:
            timed = Timed(estimator)
            begin = time.process_time()
            result = measure(Path(name.rstrip("\n")), fast=variant == "full", estimator=timed)  # type: ignore[arg-type]
            spent = time.process_time() - begin
            angles = result.angles if result.measurable else None
            line = {
                "ms": 1000 * spent,
                "bare_ms": 1000 * timed.spent_s,
                "passes": len(result.pose.passes),
                "thigh": None if angles is None else angles.thigh.value_deg,
                "knee": None if angles is None else angles.knee_flexion.value_deg,
                "verdict": result.interpretation.verdict,
            }
            print(json.dumps(line), flush=True)


@contextmanager
def worker(checkout: Path, engine: str, variant: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that measures with the code of a checkout."""
    command = [sys.executable, str(Path(__file__).resolve()), "--work", engine, variant]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=environment, cwd=checkout,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()


def ask(process: subprocess.Popen[str], photo: Path) -> Line:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{photo.resolve()}\n")
    process.stdin.flush()
    line: Line = json.loads(process.stdout.readline())
    return line


def measured(before: Path, photos: Sequence[Path]) -> dict[Cell, list[Line]]:
    """Measure all photos by both commits; the first one asked changes with each photo."""
    after = Path(__file__).resolve().parents[1]
    found: dict[Cell, list[Line]] = {}
    for engine, mode in ((engine, mode) for engine in ENGINES for mode in MODES):
        with ExitStack() as stack:
            workers = {
                version: stack.enter_context(worker(where, ENGINES[engine], MODES[mode]))
                for version, where in zip(VERSIONS, (before, after), strict=True)
            }
            for number, photo in enumerate((*photos[:WARM_UP], *photos)):
                for version in VERSIONS[:: 1 if number % 2 else -1]:
                    line = ask(workers[version], photo)
                    if number >= WARM_UP:
                        found.setdefault((engine, mode, version), []).append(line)
    return found


def time_rows(found: dict[Cell, list[Line]]) -> list[Sequence[str]]:
    """Mean CPU time of each engine and mode, and its parts."""
    rows: list[Sequence[str]] = []
    for engine, mode in ((engine, mode) for engine in ENGINES for mode in MODES):
        one, two = (found[engine, mode, version] for version in VERSIONS)
        ms, bare = (
            [np.mean([x[key] for x in part]) for part in (one, two)] for key in ("ms", "bare_ms")
        )
        usual = np.mean([line["ms"] for line in found["MediaPipe", mode, "before"]])
        rows.append(
            (
                engine,
                mode,
                f"{ms[0]:.0f}",
                f"{ms[1]:.0f}",
                f"**{ms[1] / ms[0]:.0%}**",
                f"{ms[1] / usual:.0%}",
                f"{bare[0]:.0f}",
                f"{bare[1]:.0f}",
                f"{bare[0] / ms[1]:.0%}",
                f"{bare[1] / ms[1]:.0%}",
            )  # fmt: skip
        )
    return rows


def agreement_rows(found: dict[Cell, list[Line]], truths: Sequence[Truth]) -> list[Sequence[str]]:
    """Errors and refusals by both commits, of the photos whose truth is known."""
    rows: list[Sequence[str]] = []
    for engine, mode in ((engine, mode) for engine in ENGINES for mode in MODES):
        one, two = (found[engine, mode, version] for version in VERSIONS)
        both = [
            i
            for i, (a, b) in enumerate(zip(one, two, strict=True))
            if a["thigh"] is not None and b["thigh"] is not None
        ]
        row = [engine, mode, str(len(both))]
        for angle, name in (("thigh", "thigh_deg"), ("knee", "knee_flexion_deg")):
            true = np.array([getattr(truths[i], name) for i in both])
            values = [np.array([part[i][angle] for i in both]) for part in (one, two)]
            moved = np.percentile(np.abs(values[1] - values[0]), [50, 95])
            before, after = (np.abs(value - true).mean() for value in values)
            row += [f"{before:.2f}", f"{after:.2f}", f"{moved[0]:.2f} / {moved[1]:.2f}"]
        rows.append((*row, *refusals(one, two)))
    return rows


def refusals(one: Sequence[Line], two: Sequence[Line]) -> tuple[str, str, str]:
    """Numbers of refused photos before and after, and of those that only one commit refuses."""
    refused = [[line["thigh"] is None for line in part] for part in (one, two)]
    changed = sum(a != b for a, b in zip(*refused, strict=True))
    return str(sum(refused[0])), str(sum(refused[1])), str(changed)


TIME_HEAD: Final = (
    "engine", "mode", "before, ms", "after, ms", "after / before", "after / MediaPipe before",
    "model before, ms", "model after, ms", "before's model / after", "share of the model",
)  # fmt: skip
ANGLE_HEAD: Final = (
    "engine", "mode", "n", "thigh MAE before", "after", "moved by (median / 95 %)",
    "knee MAE before", "after", "moved by (median / 95 %)", "refused before", "after", "by one only",
)  # fmt: skip


def section(name: str, found: dict[Cell, list[Line]], truths: Sequence[Truth] | None) -> list[str]:
    """Report on one set of photos."""
    photos = len(next(iter(found.values())))
    lines = [f"## {name}: {photos} photos", "", *table(TIME_HEAD, time_rows(found))]
    if truths is not None:
        return [*lines, *table(ANGLE_HEAD, agreement_rows(found, truths))]
    rows = [
        (engine, mode, *refusals(*(found[engine, mode, version] for version in VERSIONS)))
        for engine in ENGINES
        for mode in MODES
    ]
    return [*lines, *table(("engine", "mode", "refused before", "after", "by one only"), rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("datasets", type=Path, nargs="+")
    parser.add_argument("--real", type=Path, action="append", default=[])
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})
    about, before = machine(), commit_of(options.checkout)
    lines = [
        "# Two commits, photo by photo in turn",
        "",
        f"Before: {before}, after: {about['commit']}. {about['cpu']}, one core, Python "
        f"{about['python']}. CPU time of a whole measurement, mean; degrees. Regenerate with",
        "`python -m benchmarks.before_after CHECKOUT DATASET...`.",
        "",
    ]
    sets: list[tuple[str, list[Path], list[Truth] | None]] = []
    for folder in options.datasets:
        truths = read_dataset(folder)
        sets.append((folder.name, [truth.path for truth in truths], truths))
    sets += [(folder.name, photo_files(folder), None) for folder in options.real]
    for name, photos, known in sets:
        lines += section(name, measured(options.checkout.resolve(), photos), known)
        print("\n".join(lines), flush=True)
        (options.out / "before_after.md").write_text("\n".join(lines).rstrip() + "\n", "utf-8")


def commit_of(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:])
    else:
        main()
