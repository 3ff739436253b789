"""Resolve the wheels of this package on every platform it claims, without installing anything.

    pip install uv && python -m deploy.platforms [TARGET...]

For each platform and version of Python, ``uv`` chooses the distributions that an installation there
would get, wheels only. ``pip download --platform`` cannot replace it: pip evaluates the markers of
the machine on which it runs. That wheels exist does not mean that they were run; docs/platforms.md
says what was. Exit code 0 if each platform is as expected.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
EXTRAS: Final = ("parquet", "cloud", "cluster", "litert")
"""Extras for users, which are resolved as well."""
UNREACHABLE: Final = "Failed to fetch"
"""What uv says if the package index cannot be reached."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform by its name for people and for uv; ``engine`` is None if there are no wheels."""

    name: str
    target: str
    engine: str | None


PLATFORMS: Final = (
    Platform("Linux x86-64", "x86_64-manylinux_2_28", "mediapipe"),
    Platform("Linux aarch64", "aarch64-manylinux_2_28", "ai-edge-litert"),
    Platform("Windows x86-64", "x86_64-pc-windows-msvc", "mediapipe"),
    Platform("macOS arm64", "aarch64-apple-darwin", "mediapipe"),
    Platform("macOS x86-64", "x86_64-apple-darwin", None),
    Platform("Windows arm64", "aarch64-pc-windows-msvc", None),
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an installation would get: names and versions, or the reason why there is none."""

    pins: dict[str, str]
    reason: str


def resolved(platform: Platform, python: str, *extras: str) -> Resolved:
    """Resolve one installation."""
    command = [
        "uv", "pip", "compile", "--no-config", "--quiet", "--only-binary", ":all:", "--no-header",
        "--no-annotate", "--python-platform", platform.target, "--python-version", python,
        "pyproject.toml", *(word for extra in extras for word in ("--extra", extra)),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        command += ["--output-file", str(Path(folder) / "resolved.txt")]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if run.returncode:
            lines = run.stderr.strip().splitlines()
            return Resolved({}, " ".join(line.strip(" ×╰─▶│") for line in lines))
        text = (Path(folder) / "resolved.txt").read_text("utf-8")
    pins = (line.split("==") for line in text.splitlines() if "==" in line)
    return Resolved({name: version.split(" ")[0] for name, version in pins}, "")


def faults(platform: Platform, found: Resolved) -> Iterator[str]:
    """Yield what differs from what the platform is to get."""
    engines = {"mediapipe", "ai-edge-litert"} & found.pins.keys()
    if platform.engine is None:
        if not found.reason:
            yield "there are wheels now: say so in docs/platforms.md"
    elif found.reason:
        yield found.reason
    elif engines != {platform.engine}:
        yield f"engines {sorted(engines)}, expected {platform.engine}"


def main() -> None:
    """Print a line per platform and Python; exit with 1 if one is not as expected."""
    bad, asked = 0, sys.argv[1:]
    for platform in PLATFORMS:
        if asked and platform.target not in asked:
            continue
        for python in PYTHONS:
            found = resolved(platform, python)
            if UNREACHABLE in found.reason:
                print("SKIPPED, the package index cannot be reached.")
                return
            problems = list(faults(platform, found))
            if platform.engine is not None:
                more = resolved(platform, python, *EXTRAS)
                problems += [f"with all extras: {more.reason}"] if more.reason else []
            bad += bool(problems)
            engine = platform.engine or ""
            shown = f"{engine} {found.pins[engine]}" if engine in found.pins else "no wheels"
            count = f", {len(found.pins)} distributions" if found.pins else ""
            print(
                f"{'FAIL' if problems else 'ok  '} {platform.name}, Python {python}: {shown}{count}"
            )
            for problem in problems:
                print(f"     {problem}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
