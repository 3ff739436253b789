"""The service at twice its capacity: responses, latency and memory.

    python -m benchmarks.load [--seconds 600] [--factor 2] [--out benchmarks/results]

A real ``thomas-test serve`` on loopback receives the sample photos at a fixed rate, a multiple of
the throughput of the batch on the same cores just before and after. It must respond to each of
them, with a reading or with 503. Clients, service and batch share the machine.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from app.batch.job import Job
from app.batch.workers import Options, measure_jobs
from app.processes import cores
from vision.criteria import RULE_SETS

SAMPLES = Path(__file__).parents[1] / "sample_images"
HEALTH_PERIOD_S = 0.05
MEMORY_PERIOD_S = 1.0
WARM_UP = 0.1
"""Share of the run that counts as warming up where growth of memory is judged."""
LONGEST_ANSWER_S = 120.0


@dataclass
class Record:
    """Observations of one run.

    Attributes
    ----------
    statuses : Counter
        Answers by HTTP status; ``no answer`` for those that never came.
    answer_s : list of float
        Time to each reading, seconds.
    refusal_s : list of float
        Time to each 503, seconds.
    health_s : list of float
        Time to each answer of ``/healthz``, seconds.
    memory : list of tuple
        Second of the run, resident megabytes of the server, and of all its workers.
    wrong : int
        Readings whose verdict is not the batch's of the same photo.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    answer_s: list[float] = field(default_factory=list)
    refusal_s: list[float] = field(default_factory=list)
    health_s: list[float] = field(default_factory=list)
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    wrong: int = 0


def batch_rate(photos: list[Path], count: int, workers: int) -> tuple[float, dict[str, str]]:
    """Photos per second that the batch measures once it is warm, and each photo's verdict."""
    turn = itertools.cycle(photos)
    jobs = (Job(f"{number}/{(path := next(turn)).name}", str(path)) for number in range(count))
    verdicts: dict[str, str] = {}
    times = []
    for line in measure_jobs(jobs, Options(RULE_SETS["guide"]), workers):
        times.append(time.perf_counter())
        verdicts[Path(line["path"]).name] = line["verdict"]
    # The first round loads what there is to load.
    return (len(times) - workers) / (times[-1] - times[workers - 1]), verdicts


@contextmanager
def serving(workers: int) -> Iterator[tuple[str, int]]:
    """Run the real service and yield its address and process id."""
    environment = {**os.environ, "THOMAS_WORKERS": str(workers), "THOMAS_RATE_LIMIT": "off"}
    command = [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        address = next(
            found[0] for line in process.stdout if (found := re.search(r"http://[\d.]+:\d+", line))
        )
        # What it says further is read, or its pipe would fill.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        while httpx.get(f"{address}/readyz", trust_env=False).status_code != httpx.codes.OK:
            time.sleep(0.2)
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def press(
    address: str, photos: list[Path], verdicts: dict[str, str], rate: float, seconds: float
) -> Record:
    """Send photos at a fixed rate, whether or not the ones before were answered."""
    record = Record()
    bodies = {path.name: path.read_bytes() for path in photos}
    names = itertools.cycle(bodies)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=40)
    async with httpx.AsyncClient(
        base_url=address, trust_env=False, timeout=LONGEST_ANSWER_S, limits=limits
    ) as http:
        sent = set()
        started = time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            name = next(names)
            sent.add(asyncio.create_task(ask(http, name, bodies[name], verdicts[name], record)))
        await asyncio.gather(*sent)
    return record


async def ask(
    http: httpx.AsyncClient, name: str, photo: bytes, verdict: str, record: Record
) -> None:
    started = time.perf_counter()
    try:
        answer = await http.post("/v1/measure", files={"file": (name, photo)})
    except httpx.TransportError:
        record.statuses["no answer"] += 1
        return
    elapsed = time.perf_counter() - started
    record.statuses[str(answer.status_code)] += 1
    if answer.status_code == httpx.codes.OK:
        record.answer_s.append(elapsed)
        record.wrong += answer.json()["verdict"] != verdict
    elif answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        record.refusal_s.append(elapsed)


def probe(address: str, health_s: list[float], stopped: threading.Event) -> None:
    """Ask for ``/healthz`` again and again, over a connection each."""
    host = address.removeprefix("http://")
    while not stopped.wait(HEALTH_PERIOD_S):
        started = time.perf_counter()
        connection = HTTPConnection(host, timeout=30)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        connection.close()
        health_s.append(time.perf_counter() - started)


def watch_memory(
    pid: int, memory: list[tuple[float, float, float]], stopped: threading.Event
) -> None:
    """Note what the server and its workers hold, every second."""
    started = time.perf_counter()
    while not stopped.wait(MEMORY_PERIOD_S):
        workers = [resident_mb(child) for child in children(pid)]
        memory.append((time.perf_counter() - started, resident_mb(pid), sum(workers)))


def resident_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(one) for one in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def run(address: str, pid: int, photos: list[Path], verdicts: dict[str, str], rate: float,
        seconds: float) -> Record:  # fmt: skip
    """Press, probe and watch at once."""
    stopped = threading.Event()
    health_s: list[float] = []
    memory: list[tuple[float, float, float]] = []
    threads = [
        threading.Thread(target=probe, args=(address, health_s, stopped)),
        threading.Thread(target=watch_memory, args=(pid, memory, stopped)),
    ]
    for thread in threads:
        thread.start()
    try:
        record = asyncio.run(press(address, photos, verdicts, rate, seconds))
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    record.health_s, record.memory = health_s, memory
    return record


def percentiles_ms(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    values = 1000 * np.percentile(seconds, [50, 95, 99, 100])
    return dict(zip(("p50", "p95", "p99", "worst"), values.round(1).tolist(), strict=True))


def growth(values: list[float]) -> float:
    """Growth from the first to the last quarter after the warm-up, percent of the first."""
    warm = values[int(WARM_UP * len(values)) :]
    quarter = max(1, len(warm) // 4)
    first, last = np.mean(warm[:quarter]), np.mean(warm[-quarter:])
    return round(float(100 * (last / first - 1)), 1)


def summary(
    record: Record, seconds: float, workers: int, rates: tuple[float, float], sent_rate: float
) -> dict[str, Any]:
    readings = record.statuses["200"]
    # Those sent near the end are answered after it: the time is that of the whole run.
    per_s = readings / max(seconds, record.memory[-1][0])
    batch = sum(rates) / 2
    curve = record.memory[:: max(1, len(record.memory) // 120)]
    return {
        "seconds": seconds,
        "workers": workers,
        "cores": cores(),
        "sent_per_s": round(sent_rate, 2),
        "statuses": dict(record.statuses),
        "verdicts_other_than_the_batch": record.wrong,
        "batch_per_s": [round(rate, 2) for rate in rates],
        "readings_per_s": round(per_s, 2),
        "share_of_batch_percent": round(100 * per_s / batch, 1),
        "answer_ms": percentiles_ms(record.answer_s),
        "refusal_ms": percentiles_ms(record.refusal_s),
        "healthz_ms": percentiles_ms(record.health_s),
        "healthz_asked": len(record.health_s),
        "server_growth_percent": growth([server for _, server, _ in record.memory]),
        "workers_growth_percent": growth([workers for _, _, workers in record.memory]),
        "memory_s_server_workers_mb": [[round(value) for value in row] for row in curve],
    }


def table(found: dict[str, Any]) -> str:
    statuses = ", ".join(f"{count} × {status}" for status, count in found["statuses"].items())
    batch = " and ".join(f"{rate:.2f}" for rate in found["batch_per_s"])
    rows = [
        ("sent", f"{found['sent_per_s']} photos/s for {found['seconds']:.0f} s"),
        ("answered", statuses),
        ("verdicts other than the batch's", found["verdicts_other_than_the_batch"]),
        ("batch on the same cores, before and after", f"{batch} photos/s"),
        ("readings by the service", f"{found['readings_per_s']:.2f} photos/s"),
        ("share of the batch's rate", f"{found['share_of_batch_percent']} %"),
        *(
            (f"{name}: p50 / p95 / p99 / worst", _milliseconds(found[key]))
            for name, key in (
                ("reading", "answer_ms"),
                ("503", "refusal_ms"),
                ("`/healthz`", "healthz_ms"),
            )
        ),
        ("memory of the server, growth after warm-up", f"{found['server_growth_percent']} %"),
        ("memory of the workers, growth after warm-up", f"{found['workers_growth_percent']} %"),
    ]
    head = (
        "# Load\n\n"
        f"{found['workers']} workers on {found['cores']} cores, which clients and probe share. "
        "Regenerate with `python -m benchmarks.load`.\n\n| | |\n|---|---|\n"
    )
    return head + "".join(f"| {name} | {value} |\n" for name, value in rows)


def _milliseconds(values: dict[str, float]) -> str:
    return " / ".join(f"{value:.0f}" for value in values.values()) + " ms" if values else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--factor", type=float, default=2.0, help="of the batch's rate")
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--batch-photos", type=int, default=120)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    wanted = parser.parse_args()
    photos = sorted(SAMPLES.glob("*.jpg"))
    before, verdicts = batch_rate(photos, wanted.batch_photos, wanted.workers)
    rate = wanted.factor * before
    with serving(wanted.workers) as (address, pid):
        record = run(address, pid, photos, verdicts, rate, wanted.seconds)
    after, _ = batch_rate(photos, wanted.batch_photos, wanted.workers)
    found = summary(record, wanted.seconds, wanted.workers, (before, after), rate)
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "load.json").write_text(json.dumps(found, indent=1) + "\n")
    (wanted.out / "load.md").write_text(table(found))
    print(table(found))


if __name__ == "__main__":
    main()
