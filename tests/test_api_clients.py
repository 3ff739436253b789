"""What others' tools make of the API and of its FHIR; each test is skipped where its tool is missing.

``.ci/api/package.json`` names the tools; CONTRIBUTING.md tells how to install them, and ``.ci/run``
always does.
"""

import copy
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.server import create_app
from app.service.openapi import document
from http_support import client

ROOT = Path(__file__).parents[1]
CHECKS = ROOT / ".ci" / "api"
SUBJECT, DATE = "P-07", "2026-11-23"
ANGLES = ["knee-flexion", "shank-from-plumb", "thigh-to-horizontal"]
EVERYTHING = sorted([*ANGLES, "modified-thomas-test"])
COMPILED = [
    "--strict",
    "--noUncheckedIndexedAccess",
    "--target",
    "es2022",
    "--lib",
    "es2023,dom,dom.iterable",
    "--types",
    "node",
    "--module",
    "commonjs",
    "--moduleResolution",
    "bundler",
    "--skipLibCheck",
    "--outDir",
    "out",
    "client.ts",
]


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [one for one in tools if shutil.which(one) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool in a folder; it sends nothing about that to its makers."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env=os.environ | quiet,
    )  # fmt: skip


def room(tmp_path: Path, *names: str) -> Path:
    """A folder with the tools' packages and some of our files."""
    tool = Path(str(shutil.which("openapi-ts"))).resolve()
    packages = next(one for one in tool.parents if one.name == "node_modules")
    (tmp_path / "node_modules").symlink_to(packages)
    for name in names:
        shutil.copy(CHECKS / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(create_app())


@pytest.fixture(scope="module")
def address(measuring: str) -> str:
    return measuring


def linted(tool: str, described: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "openapi.json"
    file.write_text(json.dumps(described), "utf-8")
    if tool == "redocly":
        return run("redocly", "lint", "--config", CHECKS / "redocly.yaml", file, folder=folder)
    rules = CHECKS / "spectral.yaml"
    return run("spectral", "lint", "--fail-severity", "hint", "-r", rules, file, folder=folder)


@pytest.mark.parametrize(
    "tool", [pytest.param(one, marks=needs(one)) for one in ("redocly", "spectral")]
)
def test_linters_find_nothing_in_the_description(
    tool: str, described: dict[str, Any], tmp_path: Path
) -> None:
    well = linted(tool, described, tmp_path)
    assert well.returncode == 0, well.stdout + well.stderr
    assert "warning" not in well.stdout + well.stderr
    broken = copy.deepcopy(described)
    paths = broken["paths"]
    paths["/v1/norms"]["get"]["operationId"] = paths["/v1/criteria"]["get"]["operationId"]
    assert linted(tool, broken, tmp_path).returncode != 0


@needs("openapi-ts", "tsc", "node")
def test_a_client_in_typescript_calls_every_operation(
    described: dict[str, Any], address: str, tmp_path: Path
) -> None:
    folder = room(tmp_path, "client.ts")
    (folder / "openapi.json").write_text(json.dumps(described), "utf-8")
    made = run(
        "openapi-ts", "-i", "openapi.json", "-o", "generated", "-c", "@hey-api/client-fetch",
        folder=folder,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    compiled = run("tsc", *COMPILED, folder=folder)
    assert compiled.returncode == 0, compiled.stdout
    called = run("node", "out/client.js", address, ROOT, folder=folder)
    assert called.returncode == 0, called.stderr
    ids = {
        one["operationId"] for methods in described["paths"].values() for one in methods.values()
    }
    camels = {re.sub("_(.)", lambda found: found[1].upper(), one) for one in ids}
    assert set(called.stdout.split()) == camels


@needs("openapi-ts", "node")
def test_a_transaction_is_valid_fhir_is_stored_and_found_again(
    address: str, tmp_path: Path
) -> None:
    folder = room(tmp_path, "fhir.mjs")
    with client(address) as http:
        sent = http.post(
            "/v1/measure",
            files={"file": (ROOT / "sample_images" / "left-near-1.jpg").read_bytes()},
            data={"subject": SUBJECT, "session": DATE},
            headers={"Accept": "application/fhir+json", "X-Thomas-Bundle": "transaction"},
        )
    assert sent.status_code == httpx.codes.OK
    (folder / "bundle.json").write_bytes(sent.content)
    codes = ROOT / "docs" / "fhir-codes.json"
    stored = run("node", "fhir.mjs", "bundle.json", codes, SUBJECT, DATE, folder=folder)
    assert stored.returncode == 0, stored.stderr
    assert json.loads(stored.stdout) == {
        "unexpected": [],
        "statuses": ["201"] * len(EVERYTHING),
        "members": ANGLES,
        "by_code": ["knee-flexion"],
        "by_subject": EVERYTHING,
        "by_date": EVERYTHING,
        "by_later_date": [],
        "by_all": ["thigh-to-horizontal"],
    }
    broken = json.loads(sent.content)
    broken["entry"][1]["resource"]["valueQuantity"]["value"] = "6.7"
    (folder / "bundle.json").write_text(json.dumps(broken), "utf-8")
    refused = run("node", "fhir.mjs", "bundle.json", codes, SUBJECT, DATE, folder=folder)
    assert refused.returncode != 0
