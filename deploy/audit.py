"""Ask whether a vulnerability is known in what is shipped, and say so when nobody could be asked.

    python -m deploy.audit

pip-audit asks the package index's advisory database about every version of the lock files. Fails
on findings that are not in :data:`ACCEPTED` only: a machine from which the database cannot be
reached is told about, and is no reason to stop.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ("requirements.lock", "requirements-build.lock")
SECONDS: Final = 120

ACCEPTED: Final[dict[str, str]] = {}
"""Why a known vulnerability does not concern us, by its identifier (PYSEC-, GHSA- or CVE-)."""


def audit() -> list[dict[str, Any]] | None:
    """Return what the database knows of each distribution; None if it was not reached."""
    files = [part for name in LOCKS for part in ("-r", str(ROOT / name))]
    ignored = [part for known in ACCEPTED for part in ("--ignore-vuln", known)]
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off",
               "--timeout", "10", "--require-hashes", "--disable-pip", *ignored, *files]  # fmt: skip
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        told: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return told


def verdict(told: list[dict[str, Any]] | None) -> tuple[bool, str]:
    """Tell whether all is well as far as is known, and in words.

    Parameters
    ----------
    told : list of dict or None
        As :func:`audit` returns it.
    """
    known = [one for one in told or [] if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {each['id']}, better in {each['fix_versions'] or 'none'}"
        for one in known
        for each in one["vulns"]
    ]
    if found:
        return False, "Known vulnerabilities:\n" + "\n".join(found)
    if not told or not known:
        return True, "SKIPPED, nothing was audited: the advisory database is not reached from here."
    if len(known) < len(told):
        unknown = ", ".join(one["name"] for one in told if one not in known)
        return True, f"No vulnerability known in {len(known)}; NOT audited: {unknown}."
    return True, f"No vulnerability known in any of {len(known)} distributions."


if __name__ == "__main__":
    well, words = verdict(audit())
    print(words)
    sys.exit(0 if well else 1)
