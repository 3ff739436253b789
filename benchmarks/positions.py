"""Results on photos that are not a Thomas Test, and the cues on those that are.

    python -m benchmarks.positions --public DIR --negatives DIR --renders DIR... [--jobs 2]

``--public`` contains pictures with an ``index.csv`` (file, what, repo, path_in_repo),
``--negatives`` the private benchmark's folder with ``negatives.csv``, ``--renders`` sets of
rendered photos with their truth. Writes ``benchmarks/results/positions.json`` and ``positions.md``.
Public pictures stay where they are; only the names of those that got a wrong verdict are written.
"""

import argparse
import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np

from benchmarks import transformed
from benchmarks.dataset import Truth, read_dataset
from benchmarks.machine import machine
from benchmarks.positions_report import report
from vision import position
from vision.cues import CUES
from vision.errors import PhotoError
from vision.flags import FLAG_KINDS
from vision.measurement import Measurement, measure
from vision.pose import Pose
from vision.view import View, read_view

RESULTS: Final = Path(__file__).parent / "results"
LYING_LEG: Final = "lying leg"


def kind_of(path_in_repo: str) -> str:
    """Return the posture, by its folder (yoga) or the name of the exercise."""
    path = Path(path_in_repo)
    folder = path.parent.name
    if folder in {"traingle", "downdog", "goddess", "plank", "tree", "warrior2"}:
        return {"traingle": "triangle"}.get(folder, folder)
    return re.sub(r"[_\d-]+$", "", path.stem)[:40] or path.stem


def judge(path: Path) -> dict[str, Any]:
    """Measure one picture; record verdict, flags, and the effect of leaving out each cue."""
    try:
        result = measure(path)
    except PhotoError as error:
        return {"verdict": None, "flags": [error.code], "without": []}
    return _record(result) | {"without": _let_through(result)}


def _record(result: Measurement) -> dict[str, Any]:
    verdict = result.interpretation.verdict
    return {
        "verdict": verdict if result.measurable else None,
        "flags": [flag.kind.code for flag in result.quality.flags],
    }


def _let_through(result: Measurement) -> list[str]:
    """Return the cues without any one of which this refused picture would be in position."""
    if result.measurable or _blocked_otherwise(result):
        return []
    return [kind.name for kind in CUES if _in_position_without(result.pose, kind.name)]


def _blocked_otherwise(result: Measurement) -> bool:
    """Whether it is not the cues that refused it."""
    in_position = result.view.body is not None and position.refused_for(result.position) is None
    return in_position or result.view.refusal in {"no_person", "several_people"}


def _in_position_without(pose: Pose, name: str) -> bool:
    left = tuple(kind for kind in CUES if kind.name != name)
    with mock.patch.object(position, "CUES", left):
        view: View = read_view(pose)
        cues = position.read_cues(view.subject)
        return view.body is not None and position.refused_for(cues) is None


def public(folder: Path, run: Callable[..., Any]) -> list[dict[str, Any]]:
    """Judge every picture of an index."""
    rows = list(csv.DictReader((folder / "index.csv").open(encoding="utf-8")))
    found = run(judge, [folder / row["file"] for row in rows])
    return [
        {
            "file": row["file"],
            "what": row["what"],
            "repo": row["repo"],
            "kind": kind_of(row["path_in_repo"]),
            **one,
        }
        for row, one in zip(rows, found, strict=True)
    ]


def negatives(folder: Path, run: Callable[..., Any]) -> list[dict[str, Any]]:
    """Judge the private benchmark's negatives."""
    rows = list(csv.DictReader((folder / "negatives.csv").open(encoding="utf-8")))
    found = run(judge, [folder / row["file"] for row in rows])
    return [{"what": row["what"], **one} for row, one in zip(rows, found, strict=True)]


def first_blocking(codes: Sequence[str]) -> str:
    """Return the flag for which a photo was refused, or the code of the error."""
    return next(
        (code for code in codes if code not in FLAG_KINDS or FLAG_KINDS[code].blocking), "none"
    )


def rendered(truth: Truth) -> dict[str, Any]:
    """Measure one render; record the cues, and whether the leg is right."""
    result = measure(truth.path)
    leg = result.view.leg
    return _record(result) | {
        "leg_wrong": result.measurable and leg is not None and leg.side != truth.tested_leg,
        "cues": {cue.kind.name: cue.value for cue in result.position},
    }


def extremes(records: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Minimum, 1st and 99th percentile and maximum of each cue among measured photos."""
    table = {}
    for kind in CUES:
        values = [
            one["cues"][kind.name]
            for one in records
            if one["verdict"] is not None and one["cues"].get(kind.name) is not None
        ]
        table[kind.name] = [round(float(q), 2) for q in np.percentile(values, (0, 1, 99, 100))]
    return table


def renders_of(folder: Path, run: Callable[..., Any]) -> dict[str, Any]:
    """Refusals, wrong legs and cues of one set of renders."""
    records = run(rendered, read_dataset(folder))
    refused = [one for one in records if one["verdict"] is None]
    return {
        "set": folder.name,
        "photos": len(records),
        "refused": Counter(first_blocking(one["flags"]) for one in refused),
        "doubtful": sum("position_doubtful" in one["flags"] for one in records),
        "supported": sum("leg_supported" in one["flags"] for one in records),
        "leg_wrong": sum(one["leg_wrong"] for one in records),
        "cues": extremes(records),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--negatives", type=Path, required=True)
    parser.add_argument("--renders", type=Path, nargs="+", required=True)
    parser.add_argument("--transformed", type=Path, help="Set to turn, pair and tilt.")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        run = partial(_listed, partial(pool.map, chunksize=4))
        found: dict[str, Any] = {
            "machine": machine(),
            "public": public(options.public, run),
            "negatives": negatives(options.negatives, run),
            "renders": [renders_of(folder, run) for folder in options.renders],
            "transformed": [],
        }
        if options.transformed is not None:
            truths = read_dataset(options.transformed)
            for make in (transformed.turned, transformed.pairs, transformed.tilted):
                found["transformed"] += run(transformed.outcome, make(truths))
    text = report(found)
    for one in found["public"]:
        if one["verdict"] is None or one["what"] == LYING_LEG:
            del one["file"]  # only wrong verdicts are named
    (RESULTS / "positions.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (RESULTS / "positions.md").write_text(text, "utf-8")


def _listed(mapped: Callable[..., Any], function: Callable[..., Any], items: Any) -> list[Any]:
    return list(mapped(function, items))


if __name__ == "__main__":
    main()
