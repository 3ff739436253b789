"""Memory of the service with one worker and with two, over the sample photos.

    python -m benchmarks.memory [--rounds 3] [--out benchmarks/results]

A real ``thomas-test serve`` on loopback measures every sample, then one of them at the size of a
phone's photos. Resident memory (RSS) counts what processes share once for each of them; proportional
memory (PSS) divides it among them, as a limit for all of them together does.
"""

import argparse
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil
from PIL import Image

from benchmarks.machine import machine
from benchmarks.markdown import number, table

SAMPLES: Final = sorted((Path(__file__).parents[1] / "sample_images").glob("*.jpg"))
PHONE_PX: Final = (4032, 3024)
"""Size of a phone's photo of 12 megapixels, pixels."""
PERIOD_S: Final = 0.1
WORKERS: Final = (1, 2)


@dataclass
class Usage:
    """Megabytes of the server, of its largest worker, and of all of them together."""

    server_rss: float = 0.0
    worker_rss: float = 0.0
    all_rss: float = 0.0
    all_pss: float = 0.0

    def keep_peak(self, other: "Usage") -> None:
        """Keep the larger of each figure."""
        for name, value in vars(other).items():
            setattr(self, name, max(getattr(self, name), value))


def usage(server: psutil.Process) -> Usage:
    """Return the present memory of a service; a process that ends meanwhile is left out."""
    rss, pss = [], []
    for one in (server, *server.children(recursive=True)):
        try:
            info = one.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        rss.append(info.rss / 1e6)
        pss.append(info.pss / 1e6)
    return Usage(rss[0], max(rss[1:], default=0.0), sum(rss), sum(pss))


@contextmanager
def serving(workers: int) -> Iterator[tuple[psutil.Process, str]]:
    """Run a service that is ready, and yield its process and address."""
    port = 18900 + workers
    settings = {"THOMAS_WORKERS": str(workers), "THOMAS_RATE_LIMIT": "off"}
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        env=os.environ | settings,
    ) as process:
        try:
            while not _ready(address):
                time.sleep(PERIOD_S)
            yield psutil.Process(process.pid), address
        finally:
            process.terminate()


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz").is_success
    except httpx.TransportError:
        return False


def peak(server: psutil.Process, address: str, photos: list[bytes], workers: int) -> Usage:
    """Measure photos, as many at a time as there are workers, and return the peak."""
    found, done = Usage(), threading.Event()

    def watch() -> None:
        while not done.wait(PERIOD_S):
            found.keep_peak(usage(server))

    def send(photo: bytes) -> None:
        httpx.post(f"{address}/v1/measure", files={"file": photo}, timeout=300).raise_for_status()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(send, photos))
    finally:
        done.set()
        watcher.join()
    return found


def _phone_photo() -> bytes:
    buffer = io.BytesIO()
    with Image.open(SAMPLES[0]) as sample:
        sample.resize(PHONE_PX).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def rows(workers: int, rounds: int) -> Iterator[list[str]]:
    """Return the rows of the table for a number of workers."""
    samples = [path.read_bytes() for path in SAMPLES] * rounds
    with serving(workers) as (server, address):
        started = usage(server)
        work = {
            f"peak over {len(samples)} photos": samples,
            "peak over photos of 12 MP": [_phone_photo()] * (4 * workers),
        }
        found = {"ready": started}
        found |= {name: peak(server, address, photos, workers) for name, photos in work.items()}
        found["afterwards"] = usage(server)
    for name, one in found.items():
        yield [str(workers), name, *(number(value, 0) for value in vars(one).values())]


def main() -> None:
    """Measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    given = parser.parse_args()
    head = ["workers", "when", "server RSS", "largest worker RSS", "all RSS", "all PSS"]
    found = [row for workers in WORKERS for row in rows(workers, given.rounds)]
    place = ", ".join(f"{name} {value}" for name, value in machine().items())
    text = (
        "# Memory of the service\n\n"
        f"`python -m benchmarks.memory --rounds {given.rounds}`, megabytes; {place}.\n"
        "RSS counts what processes share once for each of them, PSS once in all.\n\n"
        f"{table(head, found)}\n"
    )
    (given.out / "memory.md").write_text(text, "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
