"""Batches with real worker processes: hostile folders, crashes, kills, and going on."""

import csv
import json
import os
import shutil
import signal
import struct
import subprocess
import time
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from test_cli import SCRIPT, Run, thomas

PHOTOS = ("left-near-1.jpg", "right-near-2.jpg", "left-far-1.jpg")


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(one) for one in (out / "results.jsonl").read_text("utf-8").splitlines()]


def batch(*arguments: str | Path) -> Run:
    return thomas("batch", *arguments)


@pytest.fixture
def folder(tmp_path: Path, sample_images: Path) -> Path:
    """Three photos in a tree, the same ones twice under other names."""
    for number, name in enumerate(PHOTOS):
        for place in ("squad", "squad/day two"):
            target = tmp_path / "in" / place / f"{number} {name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sample_images / name, target)
    return tmp_path / "in"


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")


def hostile(folder: Path, photo: bytes) -> dict[str, str]:
    """Fill a folder with what goes wrong; return the code that each must get."""
    folder.mkdir(parents=True)
    codes: dict[str, str] = {}
    for number in range(8):
        (folder / f"empty-{number}.jpg").write_bytes(b"")
        (folder / f"cut-{number}.jpg").write_bytes(photo[: 2000 + 900 * number])
        with zipfile.ZipFile(folder / f"zip-{number}.jpg", "w") as archive:
            archive.writestr("a.txt", "x" * number)
        (folder / f"bomb-{number}.png").write_bytes(bomb(20_000, 20_000 + number))
        (folder / f"folder-{number}.jpg").mkdir()
        (folder / f"loop-{number}.jpg").symlink_to(f"loop-{number}.jpg")
        os.mkfifo(folder / f"pipe-{number}.jpg")
        codes |= {
            f"empty-{number}.jpg": "empty_file",
            f"cut-{number}.jpg": "truncated_image",
            f"zip-{number}.jpg": "not_an_image",
            f"bomb-{number}.png": "too_many_pixels",
            f"folder-{number}.jpg": "file_not_readable",
            f"loop-{number}.jpg": "file_not_readable",
            f"pipe-{number}.jpg": "file_not_readable",
        }
    return codes


def test_every_photo_once_and_everything_written(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = batch(folder, out, "--jobs", "2", "--overlay", "--parquet", "--report", "--quiet")
    assert run.returncode == 0, run.stderr
    expected = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))
    assert sorted(line["path"] for line in lines(out)) == expected
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["path"] for row in rows) == expected
    assert all(float(row["thigh_low_deg"]) < float(row["thigh_deg"]) for row in rows)
    from pyarrow import parquet

    table = parquet.read_table(out / "results.parquet")
    assert sorted(table.column("path").to_pylist()) == expected
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["photos"], summary["measured"]) == (6, 6)
    assert (out / "overlays" / f"{expected[0]}.overlay.jpg").is_file()
    assert "data:image/jpeg;base64," in (out / "report.html").read_text("utf-8")
    assert not list(out.glob("*.part"))


def test_a_batch_is_the_same_as_measuring_one_by_one(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(folder / "squad" / "day two", out, "--quiet").returncode == 0
    singles = thomas("measure", folder / "squad" / "day two", "--json").stdout.splitlines()
    wanted = {Path(one["path"]).name: one for one in map(json.loads, singles)}
    for line in lines(out):
        one = wanted[line["path"]]
        for key in one.keys() - {"path", "provenance"}:
            assert line[key] == one[key], key


def test_a_hostile_folder_is_finished(folder: Path, tmp_path: Path, sample_images: Path) -> None:
    photo = (sample_images / PHOTOS[0]).read_bytes()
    codes = hostile(folder / "bad", photo)
    out = tmp_path / "out"
    run = batch(folder, out, "--quiet")
    assert run.returncode == 1, run.stderr
    found = {line["path"]: line.get("error", {}).get("code") for line in lines(out)}
    assert {name: found[f"bad/{name}"] for name in codes} == codes
    assert len(found) == len(codes) + 6
    assert Counter(found.values())[None] == 6


def test_kill_and_go_on(folder: Path, tmp_path: Path) -> None:
    """Killed at several moments, every photo is there exactly once in the end."""
    for number in range(30):
        shutil.copy(folder / "squad" / f"0 {PHOTOS[0]}", folder / f"more-{number}.jpg")
    out = tmp_path / "out"
    expected = len(list(folder.rglob("*.jpg")))
    seen = 0
    for _ in range(3):
        command = [
            str(SCRIPT),
            "batch",
            str(folder),
            str(out),
            "--resume",
            "--jobs",
            "2",
            "--fast",
            "--quiet",
        ]
        process = subprocess.Popen(command, start_new_session=True)
        until_more_lines(out, seen + 2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        seen = count(out)
        assert seen < expected
    run = batch(folder, out, "--resume", "--fast", "--quiet")
    assert run.returncode == 0, run.stderr
    paths = [line["path"] for line in lines(out)]
    assert len(paths) == len(set(paths)) == expected
    assert f"({seen} were there already)" in run.stderr


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(folder: Path, tmp_path: Path) -> None:
    for number in range(20):
        shutil.copy(folder / "squad" / f"0 {PHOTOS[0]}", folder / f"more-{number}.jpg")
    out, options = tmp_path / "out", ("--jobs", "2", "--fast", "--progress", "json")
    process = subprocess.Popen(
        # Whoever runs these tests in the background may have had them ignore Ctrl-C.
        ["env", "--default-signal=INT", str(SCRIPT), "batch", str(folder), str(out), *options],
        stderr=subprocess.PIPE,
        text=True,
    )
    until_more_lines(out, 1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "--resume" in said
    assert "Traceback" not in said
    assert json.loads((out / "summary.json").read_text())["photos"] == len(lines(out))
    first = json.loads(said.splitlines()[0])
    assert (first["done"], first["total"]) == (1, 26)


def count(out: Path) -> int:
    path = out / "results.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def until_more_lines(out: Path, wanted: int) -> None:
    end = time.monotonic() + 120
    while count(out) < wanted:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no file, folder or pattern"),
        (["{in}", "{out}", "--criteria", "nordic"], "guide"),
        (["{in}", "{out}", "--show-face"], "--show-face needs"),
        (["{in}", "{out}", "--jobs", "0"], "--jobs"),
        (["{in}", "{out}", "--retry", "all"], "--retry needs --resume"),
        (["{in}", "{out}", "--resume", "--retry", "some"], "transient"),
    ],
)
def test_wrong_usage(folder: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    places = {"in": str(folder), "out": str(tmp_path / "out")}
    run = batch(*[one.format(**places) for one in arguments])
    assert run.returncode == 2
    assert said in " ".join(run.stderr.split())
