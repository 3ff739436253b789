"""Write the JSON of command line, batch and service to a folder, to compare two versions.

    python -m benchmarks.doors OUT PHOTO_OR_FOLDER ...      # once in each version's checkout
    diff -r OUT_BEFORE OUT_AFTER

They are called as by users: ``measure``, ``examine``, ``batch``,
``/v1/measure`` (JSON and FHIR), ``/v1/examinations``, ``/v1/score``, rule-sets, norms and schema.
Values that differ between runs (times, random identifiers) are left out; everything else is kept.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx

SUFFIXES: Final = {".jpg", ".jpeg", ".png"}
LEGS: Final = "docs/examples/iliopsoas-right-{}.jpg"
PROGRAM: Final = (sys.executable, "-c", "from app.cli import main; main()")
VOLATILE: Final = frozenset({"elapsed_ms", "measured_at", "timestamp", "key"})
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    wanted = parser.parse_args()
    photos = [photo for place in wanted.photos for photo in _photos(place)]
    wanted.out.mkdir(parents=True)
    from_command_line(wanted.out, photos)
    from_service(wanted.out, photos)


def from_command_line(out: Path, photos: list[Path]) -> None:
    legs = [word for side in ("left", "right") for word in (f"--{side}", LEGS.format(side))]
    for name, arguments in (
        ("measure", ["measure", "--json", *map(str, photos)]),
        ("measure-fast", ["measure", "--json", "--fast", *map(str, photos[:10])]),
        ("examine", ["examine", "--json", "--session", "2026-11-23", *legs]),
        ("criteria", ["criteria", "--json"]),
    ):
        lines = _program(*arguments).splitlines()
        _write(out / f"{name}.jsonl", [json.loads(line) for line in lines])
    _program("batch", str(photos[0].parent), str(out / "batch"), "--quiet")
    lines = (out / "batch" / "results.jsonl").read_text("utf-8").splitlines()
    _write(
        out / "batch.jsonl", sorted((json.loads(one) for one in lines), key=lambda one: one["path"])
    )
    for file in (out / "batch").iterdir():
        file.unlink()
    (out / "batch").rmdir()


def from_service(out: Path, photos: list[Path]) -> None:
    with service() as client:
        for kind in ("json", "fhir+json"):
            accept = {"Accept": f"application/{kind}"}
            answers = [client.post("/v1/measure", files={"file": one.read_bytes()}, headers=accept)
                       for one in photos[: None if kind == "json" else 10]]  # fmt: skip
            _write(out / f"http-measure-{kind}.jsonl", [_answer(one) for one in answers])
        legs = {side: Path(LEGS.format(side)).read_bytes() for side in ("left", "right")}
        json_first = {"Accept": "application/json"}
        examined = client.post("/v1/examinations", files=legs, headers=json_first)
        _write(out / "http-examine.jsonl", [_answer(examined)])
        measured = client.post("/v1/measure", files={"file": legs["left"]}).json()
        points = {
            name: {axis: point[axis] for axis in ("x_px", "y_px")}
            for name, point in measured["points"].items()
            if point is not None
        }
        moved = {"measurement": measured, "points": points, "level_deg": 1.5}
        angles = {"thigh_deg": -3.5, "knee_flexion_deg": 71.0}
        sent = [moved, {"angles": angles}, {"angles": angles, "criteria": "kendall"}]
        scored = [client.post("/v1/score", json=one) for one in sent]
        _write(out / "http-score.jsonl", [_answer(one) for one in scored])
        for name in ("criteria", "norms", "schema"):
            _write(out / f"http-{name}.jsonl", [_answer(client.get(f"/v1/{name}"))])


@contextmanager
def service() -> Iterator[httpx.Client]:
    """Run the service on a free port, and talk to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*PROGRAM, "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_environment()) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
                _wait(client, process)
                yield client
        finally:
            process.terminate()


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.2)
    raise SystemExit("the service did not start")


def _program(*arguments: str) -> str:
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False,
                          env=_environment())  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return done.stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path.cwd())}


def _photos(place: Path) -> list[Path]:
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return [file for file in files if file.suffix.lower() in SUFFIXES]


def _answer(response: httpx.Response) -> Any:
    return {"status": response.status_code, "body": response.json()}


def _write(path: Path, values: list[Any]) -> None:
    lines = (json.dumps(_steady(one), ensure_ascii=False) for one in values)
    path.write_text(_UUID.sub("-", "".join(f"{line}\n" for line in lines)), "utf-8")


def _steady(value: Any) -> Any:
    """Remove values that differ between runs; the order of keys is kept."""
    if isinstance(value, dict):
        return {name: _steady(one) for name, one in value.items() if name not in VOLATILE}
    return [_steady(one) for one in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
