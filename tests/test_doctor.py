"""What the doctor says about a whole installation, and about each way it can be broken."""

import json
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest

from app.commands import installation
from vision.backends import engines
from vision.backends.engines import Engine, installed_engines
from vision.errors import WeightsCorrupt

SCRIPT = Path(sysconfig.get_path("scripts")) / "thomas-test"


def test_doctor_finds_this_installation_whole(tmp_path: Path) -> None:
    run = subprocess.run(
        [SCRIPT, "doctor", "--json"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    report = json.loads(run.stdout)
    assert [check["name"] for check in report["checks"]] == list(installation.checks_of())
    assert report["ok"], [check for check in report["checks"] if not check["ok"]]
    assert run.returncode == 0
    assert report["packages"]["thomas-test"] == version("thomas-test")
    assert run.stderr == ""


def failing(name: str, backend: str | None = None) -> str:
    check = installation._run(name, installation.checks_of(backend)[name])
    assert not check.ok
    return check.detail


def test_doctor_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def corrupt(path: object, *_: object) -> str:
        raise WeightsCorrupt(f"{path} is damaged")

    def broken(*_: object, **__: object) -> float:
        return 7.0

    monkeypatch.setattr(installation, "_installed", lambda name: "0.10.32")
    assert "call home" in failing("engine", "mediapipe")
    assert "numpy 0.10.32 (needs >=1.26)" in failing("packages")
    monkeypatch.setattr(installation, "_installed", lambda name: None)
    assert "missing" in failing("packages")
    monkeypatch.setattr(installation, "requirements", dict)
    assert "not installed" in failing("packages")
    monkeypatch.setattr(installation, "distributions", list)
    assert "opencv-python-headless" in failing("opencv")
    monkeypatch.setattr(installation, "verify_weights", corrupt)
    assert "pose_landmarker_heavy" in failing("weights")
    monkeypatch.setattr(installation, "thigh_angle", broken)
    assert "wrong" in failing("geometry")
    monkeypatch.setattr(installation, "make_estimator", corrupt)
    installation._trial.cache_clear()
    assert "WeightsCorrupt" in failing("model")


@pytest.mark.parametrize("engine", installed_engines())
def test_doctor_checks_the_engine_that_is_asked_for(engine: Engine) -> None:
    checks = installation.checks_of(engine)
    detail = installation._run("engine", checks["engine"]).detail
    assert detail.startswith(f"{installation.DISTRIBUTIONS[engine]} ")
    for name in ("engine", "model", "network"):
        found = installation._run(name, checks[name])
        assert found.ok, found.detail


def test_doctor_misses_an_engine_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda package: None)
    for name in ("engine", "model"):
        assert "Neither MediaPipe nor LiteRT" in failing(name, "auto")


def test_doctor_sees_a_socket() -> None:
    program = (
        "import socket\nfrom app.commands.installation import _watched_sockets\n"
        "with _watched_sockets() as seen:\n    kept = socket.socket()\n"
        "print(*seen)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "socket.__new__" in run.stdout
    if Path("/proc/self/fd").exists():
        assert "socket:[" in run.stdout


def test_only_what_a_plain_installation_needs_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "numpy>=1.26",
        "pyarrow>=17 ; extra == 'parquet'",
        "colorama>=0.4 ; sys_platform == 'nowhere'",
        "mediapipe<0.10.32,>=0.10.30",
    ]
    monkeypatch.setattr(installation, "requires", lambda _: lines)
    found = installation.requirements()
    assert list(found) == ["numpy", "mediapipe"]
    inside = {
        version: found["mediapipe"].contains(version)
        for version in ("0.10.31", "0.10.9", "0.10.32")
    }
    assert inside == {"0.10.31": True, "0.10.9": False, "0.10.32": False}
