"""Windows and macOS: what cannot be run on Linux is tried with their parts in place of Linux's."""

import ctypes
import fcntl
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.batch.ledger import open_ledger
from app.batch.lock import lock
from app.batch.storage import Folder
from app.batch.workers import overlay_name
from app.service.settings import Settings
from app.worker import _without_ctrl_c
from batch_work import example
from deploy.platforms import PLATFORMS, Platform, Resolved, faults
from vision.errors import InvalidOption

ROOT = Path(__file__).parents[1]
UNIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios")
"""Modules of Python that Windows lacks."""

IMPORT_ALL = f"""
import os, signal, sys
from pathlib import Path
import cv2, fastapi, numpy, PIL.Image, prometheus_client, typer, uvicorn  # not ours to check
for name in {UNIX_ONLY}:
    sys.modules[name] = None
for owner, name in ((os, "nice"), (os, "sched_getaffinity"), (signal, "pthread_sigmask")):
    delattr(owner, name)
from importlib import import_module
names = [path.with_suffix("").as_posix().replace("/", ".") for room in ("app", "vision")
         for path in Path(room).rglob("*.py")]
for name in names:
    import_module(name.removesuffix(".__init__"))
from app.processes import cores, harden
assert cores() >= 1
print(len(names))
"""


def test_every_module_imports_without_what_only_unix_has() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 100


# --- the lock of a batch's folder -------------------------------------------------------------


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, as far as its file locks go."""

    def locking(number: int, mode: int, count: int) -> None:
        assert (mode, count) == (3, 1)
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    monkeypatch.setitem(
        sys.modules,
        "msvcrt",
        SimpleNamespace(locking=locking, LK_NBLCK=3),
    )
    monkeypatch.setattr(sys, "platform", "win32")


def check_lock(folder: Path) -> None:
    with (folder / "lock").open("w") as one, (folder / "lock").open("w") as other:
        lock(one)
        with pytest.raises(OSError, match="unavailable"):
            lock(other)
        one.close()
        lock(other)


def test_a_file_is_locked_until_it_is_closed(tmp_path: Path) -> None:
    check_lock(tmp_path)


@pytest.mark.usefixtures("windows")
def test_a_file_is_locked_on_windows(tmp_path: Path) -> None:
    check_lock(tmp_path)
    with (
        open_ledger(Folder(tmp_path / "out"), {}),
        pytest.raises(InvalidOption, match="Another run"),
    ):
        open_ledger(Folder(tmp_path / "out"), {}, resume=True)


def test_results_are_closed_before_they_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows replaces no open file."""
    replaced: list[bool] = []
    whole = Path.replace

    def replace(beside: Path, target: Path) -> Path:
        if target.name == "results.jsonl":
            replaced.append(ledger._file.closed)  # type: ignore[attr-defined]
        return whole(beside, target)

    with open_ledger(Folder(tmp_path), {}) as ledger:
        for number in (1, 2):  # of a photo that was measured again, the last line counts
            ledger.add({**example(), "path": "a.jpg", "key": "k", "number": number})
        monkeypatch.setattr(Path, "replace", replace)
        assert [line["number"] for line in ledger.passed_once()] == [2]
        assert replaced == [True]
        ledger.add({**example(), "path": "b.jpg", "key": "k", "number": 3})
    assert (tmp_path / "results.jsonl").read_text("utf-8").count("\n") == 2


# --- names and lists of files -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [r"..\..\evil.jpg", r"C:\photos\a.jpg", "C:/photos/a.jpg", r"\\server\share\a.jpg"]
)
def test_no_overlay_leaves_its_folder_on_windows(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    place = overlay_name(name)
    assert place.startswith("overlays/")
    assert not set(place) & set('<>:"|?*\\')


@pytest.mark.parametrize(
    ("platform", "value", "expected"),
    [
        ("linux", "a.toml:b.toml", ["a.toml", "b.toml"]),
        ("linux", "a.toml;b.toml;", ["a.toml", "b.toml"]),
        ("darwin", "a.toml:b.toml", ["a.toml", "b.toml"]),
        ("win32", r"C:\a.toml;D:\b.toml", [r"C:\a.toml", r"D:\b.toml"]),
    ],
)
def test_rule_files_are_listed_as_the_system_names_files(
    platform: str, value: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("THOMAS_RULES", value)
    assert [str(path) for path in Settings().rules] == expected


# --- Ctrl-C -------------------------------------------------------------------------------------


def test_workers_that_start_on_windows_inherit_that_ctrl_c_is_not_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[Any] = []
    kernel32 = SimpleNamespace(SetConsoleCtrlHandler=lambda *given: calls.append(given))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel32), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    with _without_ctrl_c():
        calls.append("start")
    assert calls == [(None, 1), "start", (None, 0)]


# --- what is said of them ---------------------------------------------------------------------


def test_the_table_of_platforms_names_each_that_is_resolved() -> None:
    text = (ROOT / "docs/platforms.md").read_text("utf-8")
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}
    for platform in PLATFORMS:
        assert ("not possible" in rows[platform.name]) is (platform.engine is None)
        assert ("MediaPipe" in rows[platform.name]) is (platform.engine == "mediapipe")


@pytest.mark.parametrize(
    ("engine", "pins", "reason", "words"),
    [
        ("mediapipe", {"mediapipe": "0.10.31"}, "", ""),
        ("mediapipe", {}, "no wheels", "no wheels"),
        ("mediapipe", {"ai-edge-litert": "2.3.0"}, "", "expected mediapipe"),
        (
            "mediapipe",
            {"mediapipe": "0.10.31", "ai-edge-litert": "2.3.0"},
            "",
            "expected mediapipe",
        ),
        (None, {}, "no wheels", ""),
        (None, {"mediapipe": "0.10.31"}, "", "there are wheels now"),
    ],
)
def test_a_platform_that_is_not_as_expected_is_told(
    engine: str | None, pins: dict[str, str], reason: str, words: str
) -> None:
    found = list(faults(Platform("", "", engine), Resolved(pins, reason)))
    assert len(found) == bool(words)
    assert words in "".join(found)
