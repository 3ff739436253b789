"""The wheel holds everything that is needed, and works where the checkout is not."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).parents[1]
BOTTOM_LAYER = {"pip", "setuptools", "wheel"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the commands of a fresh environment that has the wheel and not the checkout."""
    folder = tmp_path_factory.mktemp("fresh environment")
    builder = venv.EnvBuilder(symlinks=True)
    builder.create(folder)
    commands = Path(builder.ensure_directories(folder).bin_path)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", commands / "python", "install", "--quiet",
         "--no-deps", "--no-index", "--disable-pip-version-check", wheel],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    site = Path(run(commands / "python", "-c", PLACE, cwd=folder).stdout.strip())
    # Lends the dependencies. A path file is not followed further, so the checkout that is
    # installed beside them stays out of reach.
    lent = {str(Path(path).resolve()) for path in sys.path if path.endswith("-packages")}
    (site / "lent.pth").write_text("".join(f"{path}\n" for path in sorted(lent)), "utf-8")
    return commands


PLACE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def test_the_wheel_holds_what_git_holds(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "app", "vision"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    assert inside == {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_wheel_holds_weights_pages_types_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "vision/weights/pose_landmarker_heavy.task",
        "vision/weights/pose_landmarker_full.task",
        "vision/weights/SHA256SUMS",
        "vision/py.typed",
        "app/py.typed",
    ):
        assert needed in names
    assert any(name.startswith("app/web/templates/") for name in names)
    assert any(name.startswith("app/web/static/") for name in names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert any(name.endswith("/licenses/NOTICE") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"app", "vision"}


def test_the_installed_wheel_measures(installed: Path, sample_images: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import vision; print(vision.__file__)", cwd=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(installed.parent)
    photo = sample_images / "left-near-1.jpg"
    measured = run(installed / "thomas-test", "measure", photo, "--json", "--fast", cwd=tmp_path)
    assert measured.returncode == 0, measured.stderr
    assert json.loads(measured.stdout)["measurable"]
    assert json.loads(measured.stdout)["provenance"]["package"] == version("thomas-test")
    assert list(tmp_path.iterdir()) == []


def test_the_installed_wheel_is_whole(installed: Path, tmp_path: Path) -> None:
    examined = run(installed / "thomas-test", "doctor", cwd=tmp_path)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    web = run(
        installed / "python", "-c", "from app.server import create_app; create_app()", cwd=tmp_path
    )
    assert web.returncode == 0, web.stderr


def test_constraints_pin_every_dependency_and_name_no_machine() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    pinned = {normal(pin.partition("==")[0]) for pin in pins}
    assert len(pinned) == len(pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    wanted = [line for group in groups for line in group]
    names = {normal(match[0]) for line in wanted if (match := re.match(r"[\w.-]+", line))}
    assert names - {"thomas-test"} <= pinned
    assert not pinned & BOTTOM_LAYER


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
