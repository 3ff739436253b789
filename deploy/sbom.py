"""Write the bill of materials (CycloneDX) of an environment with thomas-test.

    python -m deploy.sbom .venv dist/sbom.json

cyclonedx-py lists the distributions. Added are components that it cannot know: the pose models, and
the libraries bundled in wheels, each with its SHA-256.
"""

import json
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.licences import library
from deploy.runtime import OWN, bundled_libraries, normal, runtime_distributions

ROOT: Final = Path(__file__).parents[1]
WEIGHTS: Final = ROOT / "vision" / "weights"
SCHEMA: Final = SchemaVersion.V1_6
Component = dict[str, Any]


class Incomplete(Exception):
    """The bill is incomplete or invalid; the message gives details."""


def bill(environment: Path) -> Component:
    """Return the bill of an environment.

    Parameters
    ----------
    environment : Path
        Folder of a virtual environment.

    Raises
    ------
    Incomplete
        If a run-time component is missing, or the bill does not match the schema.
    """
    told = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--no-validate",
         "--spec-version", SCHEMA.to_version(), "--pyproject", ROOT / "pyproject.toml", environment],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    made: Component = json.loads(told)
    (site,) = environment.glob("lib/python3*/site-packages")
    installed = {normal(one.metadata["Name"]): one for one in distributions(path=[str(site)])}
    _keep_what_runs(made)
    for component in made["components"]:
        if inside := _inside(installed[normal(component["name"])]):
            component["components"] = inside
    made["components"] += _models()
    _check(made)
    return made


def _keep_what_runs(made: Component) -> None:
    """Remove other packages of the environment, such as pip or development tools."""
    running = runtime_distributions("heic")  # as far as it is installed
    made["components"] = [one for one in made["components"] if normal(one["name"]) in running]
    kept = {one["bom-ref"] for one in (made["metadata"]["component"], *made["components"])}
    made["dependencies"] = [
        {**one, "dependsOn": [each for each in one.get("dependsOn", []) if each in kept]}
        for one in made["dependencies"]
        if one["ref"] in kept
    ]


def _inside(found: Distribution) -> list[Component]:
    """Describe the libraries inside a wheel."""
    return [
        _component("library", *library(name), path, ref=f"{found.metadata['Name']}/{name}")
        for name, path in bundled_libraries(found).items()
    ]


def _models() -> list[Component]:
    """Describe the pose models."""
    return [
        _component("machine-learning-model", path.name, "Apache-2.0", path, ref=path.name)
        for path in sorted(WEIGHTS.glob("*.task"))
    ]


def _component(kind: str, name: str, licence: str, file: Path, *, ref: str) -> Component:
    return {
        "type": kind,
        "bom-ref": ref,
        "name": name,
        "licenses": [{"expression": licence}],
        "hashes": [{"alg": "SHA-256", "content": sha256(file.read_bytes()).hexdigest()}],
        "properties": [{"name": f"{OWN}:file", "value": file.name}],
    }


def _check(made: Component) -> None:
    listed = {normal(one["name"]) for one in made["components"]}
    if missing := set(runtime_distributions()) - listed:
        raise Incomplete(f"Not in the environment: {', '.join(sorted(missing))}.")
    if wrong := JsonStrictValidator(SCHEMA).validate_str(json.dumps(made)):
        raise Incomplete(f"Not CycloneDX {SCHEMA.to_version()}: {wrong}")


def main() -> None:
    """Write the bill, and print the number of components."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m deploy.sbom ENVIRONMENT FILE.json")
    environment, target = (Path(one) for one in sys.argv[1:])
    made = bill(environment)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    inside = sum(len(one.get("components", [])) for one in made["components"])
    print(f"{target}: {len(made['components'])} components, {inside} libraries inside of them.")


if __name__ == "__main__":
    main()
