"""A worker that dies or hangs costs its photo, and nothing else."""

import os
import signal
import time
from pathlib import Path

import pytest

from app.batch import workers
from app.batch.job import Job
from app.batch.retry import is_tried_again, trouble_of
from app.batch.workers import Options, measure_job, measure_jobs
from vision.criteria import RULE_SETS

GUIDE = Options(RULE_SETS["guide"])


def dying(job: Job, options: Options) -> dict[str, object]:
    """Measure nothing: die, die once, hang, or answer, as the name says."""
    path = Path(job.path)
    if job.id == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if job.id == "dies once" and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if job.id == "hangs":
        time.sleep(60)
    if job.id == "raises":
        message = "unexpected"
        raise RuntimeError(message)
    return {"path": job.id, "verdict": "pass"}


def test_each_crash_costs_one_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "measure_job", dying)
    monkeypatch.setattr(workers, "start_worker", no_model)
    monkeypatch.setattr(workers, "PHOTO_SECONDS", 3.0)
    names = ["a", "dies", "b", "dies once", "c", "hangs", "raises", *(f"d{n}" for n in range(8))]
    jobs = [Job(name, str(tmp_path / name)) for name in names]
    found = {line["path"]: line for line in measure_jobs(iter(jobs), GUIDE, 2)}
    assert set(found) == set(names)
    codes = {name: line["error"]["code"] for name, line in found.items() if "error" in line}
    assert codes == {
        "dies": "worker_crashed",
        "hangs": "timed_out",
        "raises": "internal_error",
    }
    assert all(line["error"]["advice"] for line in found.values() if "error" in line)


def no_model(variant: str, backend: str | None) -> None:
    """Start a worker without a pose model."""


def test_only_a_few_photos_are_handed_out_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "measure_job", dying)
    monkeypatch.setattr(workers, "start_worker", no_model)
    taken: list[int] = []

    def endless() -> object:
        for number in range(1000):
            taken.append(number)
            yield Job(f"n{number}", str(tmp_path))

    results = measure_jobs(endless(), GUIDE, 2)  # type: ignore[arg-type]
    for _ in range(5):
        next(results)
    results.close()
    assert len(taken) <= 5 + 2 * workers.AHEAD + 2


def test_a_photo_that_vanished_during_the_run_is_looked_for_again(tmp_path: Path) -> None:
    line = measure_job(Job("a.jpg", str(tmp_path / "a.jpg")), GUIDE)
    assert line["error"]["code"] == "file_not_found"
    assert is_tried_again(trouble_of(line), "transient")
