"""Check the shipped packages for known vulnerabilities, and report if the check was impossible.

    python -m deploy.audit

pip-audit looks up every version in the lock files in the package index's advisory database. Only
findings that are not in :data:`ACCEPTED` are failures. If the database cannot be reached, this is
reported, but is not a failure.
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
"""Reasons why a known vulnerability does not apply, by identifier (PYSEC-, GHSA- or CVE-)."""


def audit() -> list[dict[str, Any]] | None:
    """Return the database's entries for each distribution; None if it could not be reached."""
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
    """Return whether there are no unaccepted findings, and a summary.

    Parameters
    ----------
    told : list of dict or None
        As returned by :func:`audit`.
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
