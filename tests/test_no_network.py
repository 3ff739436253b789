"""Photos are health data: measuring opens no connection and leaves nothing on the disk."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MEASURE = "from app.cli import main; main()"
TRAP = """
import sys

def trap(event, details):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise RuntimeError(f"network: {event}{details}")

sys.addaudithook(trap)
"""
INTERNET = re.compile(r"socket\((AF_INET6?|AF_NETLINK)\b|sin6?_addr")
OPENED = re.compile(r'\b(?:open|openat|creat)\(.*?"(?P<path>[^"]*)", (?P<how>[^)]*)')
FOR_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT")
FILE_CALLS = (
    "execve,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
)


Run = subprocess.CompletedProcess[str]


def measure(
    photo: Path, home: Path, *, program: str = MEASURE, before: tuple[str, ...] = ()
) -> Run:
    """Measure in a fresh process whose home, temporary and working folder are empty."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [*before, sys.executable, "-c", program, "measure", str(photo), "--json", "--fast"],
        capture_output=True, text=True, check=False, timeout=120, cwd=home, env=environment,
    )  # fmt: skip


def assert_measured(run: Run) -> None:
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["measurable"]


@pytest.fixture
def photo(sample_images: Path) -> Path:
    return sample_images / "left-near-1.jpg"


def test_python_touches_no_socket_and_no_file_is_left(photo: Path, tmp_path: Path) -> None:
    run = measure(photo, tmp_path, program=TRAP + MEASURE)
    assert_measured(run)
    assert list(tmp_path.iterdir()) == []


def test_the_trap_would_have_closed(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", f"{TRAP}\nimport socket; socket.create_connection(('::1', 9))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "RuntimeError: network" in run.stderr


def strace(log: Path) -> tuple[str, ...]:
    calls = f"trace=%network,{FILE_CALLS}"
    return ("strace", "-f", "--seccomp-bpf", "-e", calls, "-s", "512", "-o", str(log))


def may_trace(folder: Path, before: str = "") -> bool:
    """Whether the trace of a program tells the names of its files, after so much of it."""
    if shutil.which("strace") is None:
        return False
    log = folder / "probe"
    program = f"{before}\nopen('/dev/null')"
    probe = subprocess.run(
        [*strace(log), sys.executable, "-c", program], capture_output=True, check=False, timeout=60
    )
    return probe.returncode == 0 and '"/dev/null"' in log.read_text("utf-8", "replace")


def needs_strace(folder: Path) -> None:
    if not may_trace(folder):
        pytest.skip("strace is not installed, or may not trace here")


def written(calls: list[str]) -> set[str]:
    """Files that were opened for writing, but for devices."""
    opened = [match for call in calls if (match := OPENED.search(call))]
    paths = {one["path"] for one in opened if FOR_WRITING.search(one["how"])}
    return {path for path in paths if not path.startswith(("/dev/", "/proc/"))}


def test_the_trace_would_have_shown_it(tmp_path: Path) -> None:
    needs_strace(tmp_path)
    log = tmp_path / "calls"
    program = "import socket; socket.socket(socket.AF_INET6); open('left behind', 'w')"
    command = [*strace(log), sys.executable, "-c", program]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    calls = log.read_text("utf-8").splitlines()
    assert any(INTERNET.search(call) for call in calls)
    assert written(calls) == {"left behind"}


def test_the_system_sees_no_connection_and_no_file_written(photo: Path, tmp_path: Path) -> None:
    needs_strace(tmp_path)
    home, log = tmp_path / "home", tmp_path / "calls"
    home.mkdir()
    run = measure(photo, home, before=strace(log))
    assert_measured(run)
    calls = log.read_text("utf-8", "replace").splitlines()
    assert any(".task" in call for call in calls), "the model was loaded under the trace"
    assert [call for call in calls if "execve(" in call][1:] == [], "no other program is run"
    assert [call for call in calls if INTERNET.search(call)] == []
    assert written(calls) == set()
    others = [call for call in calls if re.search(r"\b(mkdir|rename|link|symlink)\w*\(", call)]
    assert others == []


def test_it_measures_where_there_is_no_network_at_all(photo: Path, tmp_path: Path) -> None:
    unshare = next(
        (
            command
            for command in (("unshare", "-n"), ("unshare", "-rn"))
            if shutil.which("unshare")
            and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        ),
        None,
    )
    if unshare is None:
        pytest.skip("namespaces are not permitted here")
    assert_measured(measure(photo, tmp_path, before=unshare))
