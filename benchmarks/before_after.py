"""CPU time, angles and refusals of two commits, photo by photo in turn.

    python -m benchmarks.before_after CHECKOUT DATASET... [--real FOLDER] [--engines LiteRT]

CHECKOUT is a work tree of the earlier commit (``git worktree add``). For each engine and mode, one
process of either commit measures every photo, in turns, all on one core. CPU time is compared,
not time on the clock, so that other programs matter little. Of a DATASET, the truth is known; of the
photos of FOLDER, only whether they are refused. For comparison, the earlier commit also measures
each photo of a DATASET under noise of ±1 grey level. Adds to before_after.json, and writes
before_after.md from it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.dataset import Truth, read_dataset
from benchmarks.machine import machine
from benchmarks.speed import photo_files, table

ENGINES: Final = {"MediaPipe": "mediapipe", "LiteRT": "litert"}
MODES: Final = {"full accuracy": "heavy", "--fast": "full"}
NOISE: Final = "noise\t"
"""Before the name of a photo that is to be measured under noise."""
WARM_UP: Final = 3
"""Photos that are measured once more, before the others."""

Line = dict[str, Any]


class Timed:
    """Passes calls on to a pose model, and adds up their CPU time.

    It runs in both commits, so it uses only what both have.
    """

    def __init__(self, estimator: Any) -> None:
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

    use_one_core()
    if engine == "litert":
        from vision.backends.litert import LiteRTEstimator as Estimator
    else:
        from vision.backends.mediapipe import (  # type: ignore[assignment]
            MediaPipeEstimator as Estimator,
        )
    with Estimator(variant) as estimator:  # type: ignore[arg-type]
        for asked in map(str.rstrip, sys.stdin):
            print(json.dumps(line_of(asked, Timed(estimator), fast=variant == "full")), flush=True)


def line_of(asked: str, estimator: Any, *, fast: bool) -> Line:
    """Measure one photo; its angles are None if it was refused."""
    from vision.errors import ThomasTestError
    from vision.measurement import measure

    name = asked.removeprefix(NOISE)
    source: Any = name if name == asked else noisy(name)
    begin = time.process_time()
    try:
        result = measure(source, fast=fast, estimator=estimator)
        angles = result.angles if result.measurable else None
    except ThomasTestError:
        angles = None
    spent_s = time.process_time() - begin
    return {
        "ms": 1000 * spent_s,
        "model_ms": 1000 * estimator.spent_s,
        "thigh": None if angles is None else angles.thigh.value_deg,
        "knee": None if angles is None else angles.knee_flexion.value_deg,
    }


def noisy(name: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A photo with noise of ±1 grey level, the same in every run."""
    from vision.photo import read_photo

    pixels = read_photo(Path(name).read_bytes()).pixels
    chance = np.random.default_rng(zlib.crc32(Path(name).name.encode()))
    changed = pixels.astype(np.int16) + chance.integers(-1, 2, pixels.shape)
    return np.asarray(np.clip(changed, 0, 255), np.uint8)


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


def ask(process: subprocess.Popen[str], what: str) -> Line:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{what}\n")
    process.stdin.flush()
    line: Line = json.loads(process.stdout.readline())
    return line


def measured(
    before: Path, engine: str, mode: str, photos: Sequence[Path], *, noise: bool
) -> dict[str, list[Line]]:
    """Measure all photos by both commits; the first one asked changes with each photo."""
    after = Path(__file__).resolve().parents[1]
    found: dict[str, list[Line]] = {"before": [], "after": [], "noise": []}
    with ExitStack() as stack:
        workers = {
            version: stack.enter_context(worker(checkout, ENGINES[engine], MODES[mode]))
            for version, checkout in (("before", before), ("after", after))
        }
        for number, photo in enumerate((*photos[:WARM_UP], *photos)):
            for version in list(workers)[:: 1 if number % 2 else -1]:
                line = ask(workers[version], str(photo.resolve()))
                if number >= WARM_UP:
                    found[version].append(line)
            if noise and number >= WARM_UP:
                found["noise"].append(ask(workers["before"], f"{NOISE}{photo.resolve()}"))
    return found


def summary(found: Mapping[str, Sequence[Line]], truths: Sequence[Truth] | None) -> Line:
    """Mean times of both commits, refusals, and errors where the truth is known."""
    versions = found["before"], found["after"]
    refused = [[line["thigh"] is None for line in part] for part in versions]
    result: Line = {
        "photos": len(found["before"]),
        "ms": [float(np.mean([one["ms"] for one in part])) for part in versions],
        "model_ms": [float(np.mean([one["model_ms"] for one in part])) for part in versions],
        "refused": [sum(part) for part in refused],
        "refused by one": sum(a != b for a, b in zip(*refused, strict=True)),
    }
    if truths is None:
        return result
    under = [line["thigh"] is None for line in found["noise"]]
    result["refused by one under noise"] = sum(
        a != b for a, b in zip(refused[0], under, strict=True)
    )
    kept = np.flatnonzero(~np.array([*refused, under]).any(axis=0))
    result["n"] = len(kept)
    for angle, name in (("thigh", "thigh_deg"), ("knee", "knee_flexion_deg")):
        true = np.array([getattr(truths[i], name) for i in kept.tolist()])
        values = {
            key: np.array([part[i][angle] for i in kept.tolist()]) for key, part in found.items()
        }
        for key, value in values.items():
            error = {"mae": float(np.abs(value - true).mean())}
            moved = np.percentile(np.abs(value - values["before"]), [50, 95])
            result[f"{angle} {key}"] = error | {"moved": [float(one) for one in moved]}
    return result


# --- the report -----------------------------------------------------------------------------

TIME_HEAD: Final = (
    "photos", "engine", "mode", "after", "before, ms", "after, ms", "after / before",
    "model before, ms", "model after, ms", "model before / after", "model / after",
)  # fmt: skip
ANGLE_HEAD: Final = (
    "photos", "engine", "mode", "n", "MAE before", "after", "under noise",
    "moved by, median / 95 %", "by noise",
)  # fmt: skip
REFUSED_HEAD: Final = (
    "photos", "engine", "mode", "of", "before", "after", "by one only", "by one only under noise",
)  # fmt: skip
Head = tuple[str, str, str]


def time_row(head: Head, row: Line) -> Sequence[str]:
    (one, two), (bare, bare_now) = row["ms"], row["model_ms"]
    return (
        *head, row["commit"], f"{one:.0f}", f"{two:.0f}", f"**{two / one:.0%}**",
        f"{bare:.0f}", f"{bare_now:.0f}", f"{bare / two:.0%}", f"{bare_now / two:.0%}",
    )  # fmt: skip


def angle_row(head: Head, row: Line, angle: str) -> Sequence[str]:
    one, two, noise = (row[f"{angle} {key}"] for key in ("before", "after", "noise"))
    moved = [f"{part['moved'][0]:.2f} / {part['moved'][1]:.2f}" for part in (two, noise)]
    errors = [f"{part['mae']:.2f}" for part in (one, two, noise)]
    return (*head, str(row["n"]), *errors, *moved)


def report(found: Line) -> str:
    """Write all figures as Markdown."""
    rows = [(tuple(key.split("|")), row) for key, row in sorted(found["rows"].items())]
    known = [(head, row) for head, row in rows if "n" in row]
    refused = [
        (
            *head, str(row["photos"]), *map(str, row["refused"]), str(row["refused by one"]),
            str(row.get("refused by one under noise", "")),
        )
        for head, row in rows
    ]  # fmt: skip
    about = found["machine"]
    lines = [
        "# Two commits, photo by photo in turn",
        "",
        f"Before: {found['before']}; after: as in the first table. {about['cpu']}, one core, Python "
        f"{about['python']}. Regenerate with `python -m benchmarks.before_after CHECKOUT DATASET...`.",
        "",
        "## CPU time of a whole measurement, mean",
        "",
        "“Model” is the time within the calls of the pose model. Targets: full accuracy 70 % of before, "
        "`--fast` 60 %, and at least 90 % of the speed of the model alone before.",
        "",
        *table(TIME_HEAD, (time_row(head, row) for head, row in rows)),
    ]
    for angle in ("thigh", "knee"):
        lines += [
            f"## Angle of the {angle} against the truth, degrees",
            "",
            *table(ANGLE_HEAD, (angle_row(head, row, angle) for head, row in known)),
        ]
    lines += ["## Refused photos", "", *table(REFUSED_HEAD, refused)]
    return "\n".join(lines).rstrip() + "\n"


def commit_of(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("datasets", type=Path, nargs="*")
    parser.add_argument("--real", type=Path, action="append", default=[])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--every", type=int, default=1, help="measure each Nth photo only")
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})
    kept = options.out / "before_after.json"
    found: Line = json.loads(kept.read_text("utf-8")) if kept.exists() else {"rows": {}}
    found |= {"machine": machine(), "before": commit_of(options.checkout)}
    found["after"] = found["machine"].pop("commit")
    sets: list[tuple[str, list[Path], list[Truth] | None]] = []
    for folder in options.datasets:
        truths = read_dataset(folder)[:: options.every]
        sets.append((folder.name, [truth.path for truth in truths], truths))
    sets += [(one.name, photo_files(one)[:: options.every], None) for one in options.real]
    for name, photos, known in sets:
        for engine, mode in (
            (engine, mode) for engine in options.engines for mode in options.modes
        ):
            lines = measured(
                options.checkout.resolve(), engine, mode, photos, noise=known is not None
            )
            row = {"commit": found["after"], **summary(lines, known)}
            found["rows"][f"{name}|{engine}|{mode}"] = row
            kept.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
            (options.out / "before_after.md").write_text(report(found), "utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:])
    else:
        main()
