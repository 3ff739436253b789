"""What we ship of others' work is known: locked by hash, listed, and each under a known licence."""

import json
import re
import sys
import tomllib
from hashlib import sha256
from importlib.metadata import Distribution, requires
from pathlib import Path
from typing import Any

import pytest

from deploy.audit import verdict
from deploy.licences import LicenceUnknown, library, licence_of
from deploy.runtime import normal, runtime_distributions
from deploy.third_party import TARGET, third_party

ROOT = Path(__file__).parents[1]
PIN = re.compile(
    r"^([\w.-]+)==(\S+) \\((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+)$", re.MULTILINE
)
AGAIN = "run deploy/lock and python -m deploy.third_party, after installing by constraints.txt"


def locked(name: str) -> dict[str, str]:
    """Versions in a lock file, each with at least one hash."""
    text = (ROOT / name).read_text("utf-8")
    pins = {normal(match[1]): match[2] for match in PIN.finditer(text)}
    assert len(pins) == text.count("==")
    return pins


def constrained() -> dict[str, str]:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    pins = (line.split("==") for line in text.splitlines() if "==" in line and line[0] != "#")
    return {normal(name): version for name, version in pins}


LOCKS = tuple(f"requirements{kind}.lock" for kind in ("", "-heic", "-arm64", "-build"))


@pytest.mark.parametrize(
    ("name", "extras"), [("requirements.lock", ()), ("requirements-heic.lock", ("heic",))]
)
def test_the_lock_holds_what_runs_and_nothing_else(name: str, extras: tuple[str, ...]) -> None:
    assert set(locked(name)) == set(runtime_distributions(*extras)), AGAIN


def test_the_encoder_under_the_gpl_is_handed_on_by_nobody() -> None:
    assert set(runtime_distributions("heic")) - set(runtime_distributions()) == {"pillow-heif"}
    everywhere, _, _ = TARGET.read_text("utf-8").partition("## With the extra")
    assert not re.search("x265|heif", everywhere)


def test_the_lock_for_arm_differs_by_the_engine_and_what_it_needs() -> None:
    here, there = set(locked("requirements.lock")), set(locked("requirements-arm64.lock"))
    assert "mediapipe" in here - there
    assert "ai-edge-litert" in there - here
    asked = {
        normal(re.split(r"[<>=~ ;]", one)[0])
        for one in requires("thomas-test") or []
        if "extra" not in one
    }
    assert asked - {"mediapipe"} <= there


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_the_versions_that_were_tested(name: str) -> None:
    tested = constrained()
    for distribution, version in locked(name).items():
        assert version == tested[distribution], f"{distribution}: {AGAIN}"


def test_the_build_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {normal(re.split(r"[<>=~]", one)[0]) for one in project["build-system"]["requires"]}
    assert wanted <= set(locked("requirements-build.lock"))


def test_third_party_work_is_listed_as_installed() -> None:
    assert TARGET.read_text("utf-8") == third_party(), AGAIN


def test_copyleft_is_named_and_explained() -> None:
    listed, _, follows = TARGET.read_text("utf-8").partition("## What follows")
    bound = re.findall(r"^\| (\S[^|]*) \|(?:[^|]*\|)? (?:A|L)?GPL[^|]*\|", listed, re.MULTILINE)
    assert {"x265", "libheif", "libde265"} <= set(bound)
    for name in bound:
        if name != "GNU Fortran runtime":  # its exception lifts the terms
            assert name.lower() in follows.lower()


def described(**metadata: str) -> Distribution:
    class Described(Distribution):
        def read_text(self, filename: str) -> str | None:
            lines = {"Name": "new", "Version": "1", **metadata}
            return "".join(f"{name.replace('_', '-')}: {said}\n" for name, said in lines.items())

        def locate_file(self, path: Any) -> Path:
            return Path(path)

    return Described()


def test_a_licence_that_nobody_has_read_stops_the_list() -> None:
    assert licence_of(described(License_Expression="MIT OR Apache-2.0")) == "MIT OR Apache-2.0"
    assert licence_of(described(Classifier="License :: OSI Approved :: MIT License")) == "MIT"
    with pytest.raises(LicenceUnknown, match="read its licence"):
        licence_of(described(License="see file"))
    with pytest.raises(LicenceUnknown, match="read its licence"):
        library("libnew-0123abcd.so.1")


# The audit


def audited(name: str, *found: str) -> dict[str, Any]:
    vulnerabilities = [{"id": one, "fix_versions": ["2"]} for one in found]
    return {"name": name, "version": "1", "vulns": vulnerabilities}


UNKNOWN = {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.mark.parametrize(
    ("told", "well", "words"),
    [
        (None, True, "SKIPPED, nothing was audited"),
        ([UNKNOWN], True, "SKIPPED, nothing was audited"),
        ([audited("a"), UNKNOWN], True, "known in 1; NOT audited: b"),
        ([audited("a")], True, "any of 1 distributions"),
        ([audited("a", "PYSEC-1"), UNKNOWN], False, "a 1: PYSEC-1, better in"),
    ],
)
def test_the_audit_fails_on_findings_and_never_claims_more_than_it_did(
    told: list[dict[str, Any]] | None, well: bool, words: str
) -> None:
    assert verdict(told)[0] is well
    assert words in verdict(told)[1]


# The bill of materials


def test_the_bill_lists_distributions_models_and_libraries_inside_wheels() -> None:
    pytest.importorskip("cyclonedx")
    from deploy.sbom import bill

    made = bill(Path(sys.prefix))
    components = {normal(one["name"]): one for one in made["components"]}
    for name, one in runtime_distributions().items():
        assert components[name]["version"] == one.version
    models = {one["name"]: one for one in made["components"] if "learning" in one["type"]}
    sums = (ROOT / "vision" / "weights" / "SHA256SUMS").read_text("utf-8").splitlines()
    assert {f"{one['hashes'][0]['content']}  {name}" for name, one in models.items()} == set(sums)
    assert "pillow-heif" in components, "a bill names the extra where it is installed"
    (heif,) = (one for one in components["pillow-heif"]["components"] if one["name"] == "libheif")
    assert heif["licenses"] == [{"expression": "LGPL-3.0-or-later"}]
    assert str(ROOT) not in json.dumps(made)
    assert len(heif["hashes"][0]["content"]) == len(sha256().hexdigest())
