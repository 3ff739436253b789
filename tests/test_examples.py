"""The worked examinations of ``docs/examples``, from photos to report, with the real model."""

import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from test_cli import thomas

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
EXPECTED: dict[str, dict[str, tuple[str, str]]] = {
    "healthy": {"left": ("pass", "none"), "right": ("pass", "none")},
    "iliopsoas-right": {"left": ("pass", "none"), "right": ("fail", "iliopsoas")},
    "rectus-femoris-both": {
        "left": ("fail", "rectus_femoris"),
        "right": ("fail", "rectus_femoris"),
    },
}
"""What each person was made to have, told by the photo generator's angles."""
PHOTOS = {
    name: {
        path.stem.removeprefix(f"{name}-"): path for path in sorted(EXAMPLES.glob(f"{name}-*.jpg"))
    }
    for name in EXPECTED
}


def examine(name: str, out: Path) -> dict[str, Any]:
    photos = [part for which, path in PHOTOS[name].items() for part in (f"--{which}", path)]
    run = thomas(
        "examine",
        *photos,
        *("--observations", EXAMPLES / f"{name}.toml"),
        *("--report", out / "report.html", "--fhir", out / "fhir.json", "--json"),
    )
    assert run.returncode == 0, run.stderr
    (line,) = run.stdout.splitlines()
    result: dict[str, Any] = json.loads(line)
    return result


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_examination(name: str, tmp_path: Path) -> None:
    result = examine(name, tmp_path)
    for side, (verdict, pattern) in EXPECTED[name].items():
        measured = result[side]["measurement"]
        assert (measured["verdict"], measured["pattern"]) == (verdict, pattern)
        assert measured["tested_leg"]["side"] == side
    html = (tmp_path / "report.html").read_text("utf-8")
    assert html.count("data:image/jpeg;base64,") == len(PHOTOS[name])
    bundle = json.loads((tmp_path / "fhir.json").read_text("utf-8"))
    Bundle.model_validate(bundle)
    stored = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    assert readings(result) == readings(stored), "regenerate docs/examples (see its README)"


def readings(examined: dict[str, Any]) -> list[Any]:
    """What must not change unnoticed: angles to half a degree, verdicts, steps."""
    kept: list[Any] = []
    for side in ("left", "right"):
        measured = examined[side]["measurement"]
        kept.append([measured["verdict"], measured["pattern"], measured["also"]])
        kept.append([step["id"] for step in measured["next_steps"]])
        kept.append([flag["code"] for flag in measured["flags"]])
        kept += [
            pytest.approx(measured[angle]["value"], abs=0.5)
            for angle in ("thigh_deg", "knee_flexion_deg")
        ]
    return kept


def test_the_truth_lies_in_the_intervals() -> None:
    truth = json.loads((EXAMPLES / "truth.json").read_text("utf-8"))
    for name in EXPECTED:
        stored = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
        for side in ("left", "right"):
            measured = stored[side]["measurement"]
            for angle in ("thigh_deg", "knee_flexion_deg"):
                low, high = measured[angle]["interval"]
                assert low <= truth[f"{name}-{side}"][angle] <= high


def test_the_reports_are_the_committed_ones(tmp_path: Path) -> None:
    for name in EXPECTED:
        html = (EXAMPLES / f"{name}.html").read_text("utf-8")
        assert "<script" not in html
        assert "not a medical device" in html
