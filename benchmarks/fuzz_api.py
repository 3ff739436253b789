"""Thousands of requests generated from the service's own description.

    python -m benchmarks.fuzz_api [--examples 300] [--seed 1] [--out benchmarks/results]

Schemathesis reads /openapi.json of a real service on loopback, and sends valid and invalid
requests. A finding is a response of 500 or more, or one whose status, media type or schema is not
described. Writes fuzz_api.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.load import serving
from benchmarks.machine import machine

TOOL: Final = Path(sys.executable).with_name("schemathesis")
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def requests_made(report: Path) -> Iterator[tuple[str, int | None]]:
    """Yield operation and status of every request that Schemathesis tells of."""
    for line in report.read_text("utf-8").splitlines():
        scenario: dict[str, Any] = json.loads(line).get("ScenarioFinished", {})
        recorder = scenario.get("recorder", {})
        for one in recorder.get("interactions", {}).values():
            answer = one.get("response")
            yield recorder["label"], answer and answer["status_code"]


def fuzz(address: str, examples: int, number: int) -> tuple[dict[str, Counter[str]], int, str]:
    """Run Schemathesis; return statuses by operation, its exit code and its last words."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(TOOL), "run", f"{address}/openapi.json", "--checks", ",".join(CHECKS)]
        command += ["--max-examples", str(examples), "--seed", str(number), "--workers", "2"]
        command += ["--generation-database", "none", "--report", "ndjson", "--report-dir", folder]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for report in Path(folder).glob("*.ndjson"):
            for operation, status in requests_made(report):
                seen[operation][str(status or "no answer")] += 1
    return seen, run.returncode, run.stdout[run.stdout.find("= FAILURES") :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    with serving(workers=1) as (address, _):
        seen, code, words = fuzz(address, options.examples, options.seed)
    statuses = sorted({status for counts in seen.values() for status in counts})
    lines = [
        "# Requests made up from the description",
        "",
        f"Regenerate with `python -m benchmarks.fuzz_api --examples {options.examples} "
        f"--seed {options.seed}`. Commit {machine()['commit']}.",
        "",
        f"{sum(counts.total() for counts in seen.values()):,} requests; findings: "
        f"{'none' if code == 0 else 'see below'}. Checks: {', '.join(CHECKS)}.",
        "",
        f"| operation | {' | '.join(statuses)} |",
        f"|---|{'---|' * len(statuses)}",
    ]
    lines += [
        f"| {operation} | {' | '.join(f'{counts[status]:,}' for status in statuses)} |"
        for operation, counts in sorted(seen.items())
    ]
    if code:
        lines += ["", "```", words.strip(), "```"]
    (options.out / "fuzz_api.md").write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
