"""HEIC is an extra: read where it is installed, refused in one sentence where it is not."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

import vision.heic  # registers the decoder, whose encoder writes the photos of these tests
from app.server import create_app
from http_support import SAMPLES, NobodyEstimator, client, running, wait_ready
from vision import containers

HOW = "pip install pillow-heif"
WITHOUT = "import sys; sys.modules['pillow_heif'] = None; from app.cli import main; main()"
"""The command line where the extra is not installed: importing it fails."""


@pytest.fixture(scope="module")
def heic() -> bytes:
    assert vision.heic.READS_HEIC, "the tests need the extra"
    buffer = io.BytesIO()
    with Image.open(SAMPLES / "left-near-1.jpg") as picture:
        picture.save(buffer, "HEIF", quality=95)
    return buffer.getvalue()


@pytest.fixture
def folder(heic: bytes, tmp_path: Path) -> Path:
    (tmp_path / "photo.heic").write_bytes(heic)
    (tmp_path / "photo.jpg").write_bytes((SAMPLES / "left-near-1.jpg").read_bytes())
    return tmp_path


def told(program: str, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, "measure", "--json", name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_with_the_extra_a_heic_is_measured(folder: Path) -> None:
    run = told("from app.cli import main; main()", "photo.heic", folder)
    assert json.loads(run.stdout)["measurable"] is True


def test_without_the_extra_a_heic_is_refused_and_nothing_else(folder: Path) -> None:
    refused = told(WITHOUT, "photo.heic", folder)
    assert refused.returncode != 0
    assert "The photo is a HEIC, which this installation cannot read." in refused.stdout
    assert HOW in refused.stdout
    assert refused.stderr == ""
    measured = told(WITHOUT, "photo.jpg", folder)
    assert json.loads(measured.stdout)["measurable"] is True


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setattr(containers, "READS_HEIC", False)
    with running(create_app(NobodyEstimator())) as address:
        wait_ready(address)
        with client(address) as one:
            yield one


@pytest.mark.parametrize("name", ["photo.heic", "photo.jpg"])
def test_the_service_says_so_whatever_the_file_is_called(
    http: httpx.Client, heic: bytes, name: str
) -> None:
    answer = http.post("/v1/measure", files={"file": (name, heic)})
    assert answer.status_code == 415
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "format_not_installed"
    assert HOW in answer.json()["advice"]


@pytest.mark.parametrize(
    ("brands", "is_one"),
    [(b"heic\0\0\0\0mif1heic", True), (b"mif1\0\0\0\0mif1heix", True), (b"mif1\0\0\0\0mif1avif", False),
     (b"jpeg\0\0\0\0jpeg", False)],
)  # fmt: skip
def test_a_heic_is_known_by_its_brands(
    brands: bytes, is_one: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "READS_HEIC", False)
    head = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands
    found = containers.refusal(head + bytes(300))
    assert (found is not None and found.code == "format_not_installed") is is_one
