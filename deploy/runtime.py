"""Run-time dependencies: the installed distributions that this package requires."""

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

OWN: Final = "thomas-test"


def normal(name: str) -> str:
    """Return the normalised name of a distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def runtime_distributions(*extras: str) -> dict[str, Distribution]:
    """Return all direct and indirect dependencies of this distribution, by name.

    Parameters
    ----------
    *extras : str
        Extras whose dependencies are included; none by default.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If one of them is not installed.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(OWN, one) for one in ("", *extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found[name] = distribution(name)
        for line in found[name].requires or []:
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                waiting += [(normal(wanted.name), one) for one in ("", *wanted.extras)]
    del found[OWN]
    return dict(sorted(found.items()))


def bundled_libraries(found: Distribution) -> dict[str, Path]:
    """Return the shared libraries bundled in a wheel, by file name."""
    files = [one for one in found.files or [] if one.parts[0].endswith(".libs")]
    return {one.name: Path(str(one.locate())) for one in sorted(files) if ".so" in one.name}
