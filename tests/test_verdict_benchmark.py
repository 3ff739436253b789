"""The benchmark of the verdicts counts what it says it counts."""

from typing import Any

import pytest

from benchmarks.verdicts import pair_counts, pattern_counts, plumb_fails, verdict_rows
from vision.angles import shank_from_plumb_deg
from vision.criteria import RULE_SETS

GUIDE = RULE_SETS["guide"]


def record(name: str, truth: tuple[float, float], read: tuple[float, float] | None) -> Any:
    angles = None if read is None else [*read, shank_from_plumb_deg(*read)]
    return {
        "name": name,
        "two_joint": "short" in name,
        "truth": list(truth),
        "reading": None if angles is None else [[value, 1.0] for value in angles],
    }


def test_verdicts_by_truth() -> None:
    photos = [
        record("a", (-10, 80), (-10, 80)),
        record("b", (-10, 80), (-1, 80)),
        record("c", (10, 95), (10, 95)),
        record("d", (10, 95), (-10, 80)),
        record("e", (10, 95), None),
    ]
    assert verdict_rows(photos, GUIDE) == [
        ["pass", "1", "1", "0", "0"],
        ["fail", "1", "0", "1", "1"],
    ]
    assert pattern_counts(photos, GUIDE) == {"right": 2, "wrong": 1, "undetermined": 1}


@pytest.mark.parametrize(("truth", "failed"), [((-10.0, 80.0), 1), ((-10.0, 60.0), 0)])
def test_a_plumb_shank_that_fails_is_counted(truth: tuple[float, float], failed: int) -> None:
    assert plumb_fails([record("a", truth, (-10, 50))], GUIDE) == failed
    assert plumb_fails([record("a", truth, (-10, 80))], GUIDE) == 0
    assert plumb_fails([record("a", truth, None)], GUIDE) == 0


def test_pairs_are_told_apart() -> None:
    photos = [
        record("short_a", (15, 60), (15, 60)),
        record("short_b", (5, 20), (5, 20)),
        record("free_a", (15, 60), (15, 60)),
        record("free_b", (15, 20), (15.5, 20)),
        record("alone_b", (15, 20), (15, 20)),
        record("lost_a", (15, 60), None),
        record("lost_b", (15, 20), (15, 20)),
    ]
    assert pair_counts(photos, GUIDE) == {
        (True, "found"): 1, (False, "none"): 1, (False, "not measured"): 1,
    }  # fmt: skip
