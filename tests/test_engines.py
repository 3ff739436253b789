"""The engine of the pose model: chosen by what is installed, or by whoever asks."""

import json
import subprocess
import sys
import sysconfig
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from pydantic import ValidationError
from typer.testing import CliRunner

from app.batch.workers import Options, settings_of
from app.cli import cli
from app.service.settings import Settings, what_is_wrong
from vision import measure
from vision.backends import engines
from vision.backends.engines import chosen_engine, default_estimator, installed_engines, model_info
from vision.criteria import DEFAULT_RULES, RULE_SETS
from vision.errors import InvalidOption

SCRIPT = str(Path(sysconfig.get_path("scripts")) / "thomas-test")
BOTH = pytest.mark.skipif(
    len(installed_engines()) < 2, reason="ai-edge-litert (extra [litert]) is not installed"
)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Only the packages that a test is parametrised with are installed."""
    packages = request.param
    monkeypatch.delenv(engines.VARIABLE, raising=False)
    monkeypatch.setattr(engines, "find_spec", lambda name: name if name in packages else None)


@pytest.mark.parametrize(
    ("only", "auto"),
    [
        (("mediapipe", "ai_edge_litert"), "mediapipe"),
        (("mediapipe",), "mediapipe"),
        (("ai_edge_litert",), "litert"),
    ],
    indirect=["only"],
)
@pytest.mark.usefixtures("only")
def test_auto_is_mediapipe_where_it_is_installed(
    auto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen_engine() == chosen_engine("auto") == auto
    monkeypatch.setenv(engines.VARIABLE, "")
    assert chosen_engine() == auto


@pytest.mark.parametrize(
    ("only", "backend", "words"),
    [
        ((), "auto", "Neither MediaPipe nor LiteRT is installed"),
        ((), "litert", "Neither MediaPipe nor LiteRT is installed"),
        (("mediapipe",), "litert", r"pip install 'thomas-test\[litert\]'"),
        (("ai_edge_litert",), "mediapipe", "no wheels for Linux on ARM"),
        (("mediapipe",), "tensorflow", "'tensorflow'; it must be 'auto', 'mediapipe' or 'litert'"),
    ],
    indirect=["only"],
)
@pytest.mark.usefixtures("only")
def test_an_engine_that_is_not_there_is_refused(
    backend: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidOption, match=words):
        chosen_engine(backend)
    monkeypatch.setenv(engines.VARIABLE, backend)
    with pytest.raises(InvalidOption, match=words):
        default_estimator("full")


@BOTH
def test_the_environment_chooses_and_an_argument_overrules_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(engines.VARIABLE, "litert")
    assert default_estimator("full").model.name == "pose_landmarker_full@litert"
    assert default_estimator("full", "mediapipe").model.name == "pose_landmarker_full"
    assert default_estimator("full") is default_estimator("full", "litert")
    assert Settings().backend == "litert"
    assert Settings(backend="mediapipe").backend == "mediapipe"


def test_each_platform_gets_one_engine() -> None:
    wanted = [Requirement(line) for line in requires("thomas-test") or []]
    for machine, name in (
        ("x86_64", "mediapipe"), ("AMD64", "mediapipe"), ("arm64", "mediapipe"),
        ("aarch64", "ai-edge-litert"),
    ):  # fmt: skip
        here = {"platform_machine": machine, "extra": ""}
        found = [one.name for one in wanted if one.marker is None or one.marker.evaluate(here)]
        assert {"mediapipe", "ai-edge-litert"} & set(found) == {name}


# --- every door -------------------------------------------------------------------------------


@BOTH
def test_the_result_says_which_engine_measured(sample_images: Path) -> None:
    photo = sample_images / "right-near-2.jpg"
    found = {
        backend: measure(photo, fast=True, backend=backend) for backend in ("mediapipe", "litert")
    }
    names = {backend: one.provenance.model for backend, one in found.items()}
    assert names == {
        "mediapipe": "pose_landmarker_full", "litert": "pose_landmarker_full@litert",
    }  # fmt: skip
    one, other = (result.angles for result in found.values())
    assert one is not None
    assert other is not None
    assert one.thigh.value_deg == pytest.approx(other.thigh.value_deg, abs=2)
    assert one.knee_flexion.value_deg == pytest.approx(other.knee_flexion.value_deg, abs=2)


@BOTH
@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_command_line_measures_with_the_engine_that_is_asked_for(
    sample_images: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("THOMAS_BACKEND", "litert")
    asked = ["--backend", "litert"] if how == "option" else []
    photo = str(sample_images / "right-near-2.jpg")
    call = [SCRIPT, "measure", photo, "--fast", "--json", *asked]
    run = subprocess.run(call, capture_output=True, check=True, text=True)
    assert json.loads(run.stdout)["provenance"]["model"] == "pose_landmarker_full@litert"
    run = subprocess.run(
        [SCRIPT, "examine", "--right", photo, "--json", *asked],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    leg = json.loads(run.stdout)["right"]
    assert leg["measurement"]["provenance"]["model"] == "pose_landmarker_heavy@litert"


@BOTH
def test_a_batch_measures_with_the_engine_that_is_asked_for(
    sample_images: Path, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "one.jpg").write_bytes((sample_images / "right-near-2.jpg").read_bytes())
    out = tmp_path / "out"
    call = [SCRIPT, "batch", str(photos), str(out), "--fast", "--jobs", "1", "--backend", "litert"]
    subprocess.run(call, capture_output=True, check=True)
    (line,) = (out / "results.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["provenance"]["model"] == "pose_landmarker_full@litert"
    assert json.loads((out / "run.json").read_text("utf-8"))["engine"] == "litert"
    # Results of two engines do not mix unnoticed.
    again = [*call[:-1], "mediapipe", "--resume"]
    run = subprocess.run(again, capture_output=True, check=False, text=True)
    assert run.returncode == 2
    assert "another engine" in " ".join(run.stderr.split())


@BOTH
def test_what_a_batch_has_in_common_names_the_engine() -> None:
    rules = RULE_SETS[DEFAULT_RULES]
    settings = {name: settings_of(Options(rules, backend=name)) for name in ("mediapipe", "litert")}
    differing = {
        key for key in settings["litert"] if settings["litert"][key] != settings["mediapipe"][key]
    }
    assert differing == {"engine"}
    assert model_info("heavy", "litert").sha256 == model_info("heavy", "mediapipe").sha256


@pytest.mark.parametrize("command", ["measure", "examine", "batch", "serve", "app", "doctor"])
def test_every_door_refuses_an_unknown_engine(command: str, tmp_path: Path) -> None:
    arguments = {"measure": [str(tmp_path)], "batch": [str(tmp_path)]}.get(command, [])
    found = CliRunner().invoke(cli, [command, *arguments, "--backend", "tensorflow"])
    assert found.exit_code == 2
    assert "--backend" in found.output


@pytest.mark.parametrize("command", ["measure", "examine", "batch", "serve", "app"])
def test_every_door_refuses_an_engine_that_is_not_installed(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: name if name == "mediapipe" else None)
    arguments = {"measure": [str(tmp_path)], "batch": [str(tmp_path)]}.get(command, [])
    found = CliRunner().invoke(cli, [command, *arguments, "--backend", "litert"])
    assert found.exit_code == 2
    assert "LiteRT is not installed" in " ".join(found.output.split())


def test_the_service_says_which_engine_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(ValidationError) as caught:
        Settings(backend="litert")
    assert "backend: Neither MediaPipe" in what_is_wrong(caught.value)


def test_litert_alone_needs_no_mediapipe(sample_images: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    program = (
        "import sys\nsys.modules['mediapipe'] = None\n"
        "from importlib import util\nfound = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'mediapipe' else found(name)\n"
        "from vision import measure\n"
        "print(measure(sys.argv[1], fast=True).provenance.model)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(sample_images / "right-near-2.jpg")],
        capture_output=True, text=True, check=True, env={"PATH": ""},
    )  # fmt: skip
    assert run.stdout.strip() == "pose_landmarker_full@litert"
