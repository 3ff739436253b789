"""Simulated readers: points with a published spread, on legs whose angles are known."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks import hand_report, hand_set, hand_tables
from benchmarks.dataset import Truth
from benchmarks.hand_photos import Photo, photo_of, restored, stored, true_chain, with_true_level
from benchmarks.hand_points import READERS, Reader, drawn_chains, readings, spread_for
from vision.adjustment import CARRIED_CAMERA_SIGMA_DEG, READING_SIGMA_DEG
from vision.geometry import knee_flexion_angle, thigh_angle
from vision.sides import Side

SIDES: tuple[Side, Side] = ("left", "right")


def leg(thigh_deg: float, knee_deg: float, head: Side = "left") -> NDArray[np.float64]:
    """Hip, knee and ankle in pixels, of limbs 150 long; angles as the product signs them."""
    way = 1.0 if head == "left" else -1.0
    points = [np.array([400.0, 300.0])]
    for degrees in (thigh_deg, thigh_deg - knee_deg):
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        points.append(points[-1] + 150 * np.array([way * c, -s]))
    return np.array(points)


def photo(thigh_deg: float = -10, knee_deg: float = 80, head: Side = "left", **more: Any) -> Photo:
    """A photo of a level camera whose automatic values are two degrees too high."""
    truth = (thigh_deg, knee_deg, 90 + thigh_deg - knee_deg)
    kept: dict[str, Any] = {
        "dataset": "own",
        "name": "one",
        "make": "own",
        "near": True,
        "square": True,
        "head_towards": head,
        "roll_deg": 0.0,
        "roll_sigma_deg": 0.0,
        "true_roll_deg": 0.0,
        "offset_deg": (0.0, 0.0),
        "automatic": tuple((one + 2.0, 3.0) for one in truth),
        "truth_deg": truth,
        "chain_px": leg(thigh_deg, knee_deg, head),
        "landmarks_px": None,
    }
    return Photo(**{**kept, **more})


def photos() -> list[Photo]:
    return [
        photo(thigh, knee, head) for thigh in (-20, 0, 25) for knee in (15, 90) for head in SIDES
    ]


@pytest.mark.parametrize("head", SIDES)
@pytest.mark.parametrize("more", [0.0, 1.4, -2.0])
def test_a_perfect_reader_finds_the_true_angles_of_either_recipe(head: Side, more: float) -> None:
    """The truth of the knee may differ from the projected joints; the thigh stays."""
    chain = leg(-7.0, 80.0, head)
    details = {"test_leg": {}, "test_leg_anat38": {"uv": chain.tolist()}}
    found = true_chain(truth(head, details, image_knee_flexion_deg=80.0 + more))
    assert float(thigh_angle(found[0], found[1], head_towards=head)) == pytest.approx(-7.0)
    assert float(knee_flexion_angle(*found, head_towards=head)) == pytest.approx(80.0 + more)
    assert np.linalg.norm(found[2] - found[1]) == pytest.approx(150)


def truth(head: Side, details: dict[str, Any], **more: float) -> Truth:
    given: dict[str, Any] = {
        "path": Path("one.jpg"),
        "tested_leg": "right",
        "near_camera": True,
        "head_towards": head,
        "make": "valid",
        "person": "one",
        "details": details,
    }
    numbers = ("thigh", "knee_flexion", "image_thigh", "image_knee_flexion", "roll", "pitch", "yaw")
    return Truth(**{**dict.fromkeys((f"{one}_deg" for one in numbers), 0.0), **given, **more})


def test_joints_are_those_of_the_tested_leg() -> None:
    named = {
        f"{side}_{joint}": {"uv_px": [n, 10 * m]}
        for n, side in enumerate(SIDES)
        for m, joint in enumerate(("hip", "knee", "ankle"))
    }
    assert true_chain(truth("left", {"points": named})).tolist() == [[1, 0], [1, 10], [1, 20]]


def test_the_knee_gets_the_published_spread() -> None:
    reader = Reader("anybody", within_deg=1.6, total_deg=2.6, source="")
    assert math.hypot(reader.within_deg, reader.between_deg) == pytest.approx(2.6)
    unit = spread_for(photos(), 1.0)
    chains = drawn_chains(photos(), 400, unit * 1.6, unit * reader.between_deg, seed=3)
    errors, sigmas = readings(photos(), chains)
    assert errors[..., 1].std() == pytest.approx(2.6, rel=0.06)
    within = errors - errors.mean(axis=1, keepdims=True)
    assert within[..., 1].std() < errors[..., 1].std()
    # The shank hangs from two points, the knee from three.
    assert errors[..., 2].std() < errors[..., 1].std()
    stated = math.hypot(READING_SIGMA_DEG[1], CARRIED_CAMERA_SIGMA_DEG[1])
    assert sigmas[..., 1] == pytest.approx(stated)


def test_readers_as_a_whole_are_not_biased() -> None:
    chains = drawn_chains(photos(), 10, 0.0, 0.01, seed=4)
    assert chains.mean(axis=0) == pytest.approx(np.array([one.chain_px for one in photos()]))
    # An offset stays with its reader: all photos of the same leg get the same.
    moved = chains - np.array([one.chain_px for one in photos()])
    same = drawn_chains([photo(), photo()], 10, 0.0, 0.01, seed=4)
    assert same[:, 0] == pytest.approx(same[:, 1])
    assert np.linalg.norm(moved, axis=-1).std() > 0


@given(thigh=st.floats(-30, 40), knee=st.floats(5, 120), seed=st.integers(0, 2**32 - 1))
def test_a_mirrored_photo_is_read_alike(thigh: float, knee: float, seed: int) -> None:
    left, right = (photo(thigh, knee, head) for head in SIDES)
    read = [readings([one], drawn_chains([one], 2, 0.01, 0.02, seed))[0] for one in (left, right)]
    assert read[0] == pytest.approx(read[1], abs=1e-9)


def test_the_level_and_the_camera_reach_a_perfect_reader() -> None:
    tilted = photo(roll_deg=1.0, offset_deg=(0.5, 1.5))
    exact = np.array([[tilted.chain_px]])
    error = readings([tilted], exact)[0][0, 0]
    thigh = error[0]
    assert abs(thigh - 0.5) == pytest.approx(1.0)  # the level's degree, one to one
    assert error[1] == pytest.approx(1.5)  # the knee is immune to roll
    assert error[2] == pytest.approx(thigh - 1.5)
    assert readings([with_true_level(tilted)], exact)[0][0, 0] == pytest.approx([0.5, 1.5, -1.0])
    alone = readings([with_true_level(tilted)], exact, carried=False)[0][0, 0]
    assert alone == pytest.approx([0, 0, 0], abs=1e-9)


def test_what_the_service_answers_becomes_a_photo() -> None:
    details = {"test_leg": {"uv": leg(-10, 80).tolist()}}
    shown = truth("left", details, thigh_deg=-10, knee_flexion_deg=80, image_knee_flexion_deg=80)
    angle = {"value": -8.0, "interval": [-11.0, -5.0]}
    answer = {
        "head_towards": "left",
        "level": {"roll_deg": 0.5, "interval": [-1.459964, 2.459964]},
        "image_plane": {"thigh_deg": -9.0, "knee_flexion_deg": -8.5},
        **dict.fromkeys(("thigh_deg", "knee_flexion_deg", "shank_from_plumb_deg"), angle),
    }
    found = photo_of("dev", shown, answer)
    assert found.offset_deg == (1.0, 0.5)
    assert found.automatic == ((-8.0, 3.0),) * 3
    assert found.roll_sigma_deg == pytest.approx(1.0)
    refused = photo_of("dev", shown, {**answer, "image_plane": None, "head_towards": None})
    assert (refused.offset_deg, refused.automatic, refused.head_towards) == (None, None, "left")
    again = restored(json.loads(json.dumps(stored(found))))
    assert stored(again) == stored(found)
    assert again.chain_px == pytest.approx(found.chain_px, abs=1e-3)


def test_other_standard_errors_replace_the_stated_one() -> None:
    stated = np.hypot(READING_SIGMA_DEG, 2.0)[None, None]
    changed = hand_report.with_sem(stated, (READING_SIGMA_DEG[0], 2.0, 0.0))
    assert changed[0, 0] == pytest.approx([stated[0, 0, 0], math.sqrt(8), 2.0])


def test_what_correcting_mends_is_counted_by_how_far_off_it_was() -> None:
    off = replace(photo(), automatic=((-3.9, 3.0), (80.5, 3.0), (0.0, 3.0)))
    drawn = hand_tables.spreads(photos())
    rows = hand_report.mending_rows([off, photo()], drawn)
    thigh = {row[1]: row for row in rows if row[0] == "thigh"}
    assert thigh["over 5°"][2:5] == ["1", "6.1", "0.0"]  # a perfect reader mends it
    assert thigh["2–5°"][2:4] == ["1", "2.0"]
    assert float(thigh["over 5°"][-1].rstrip(" %")) > 95


def test_readers_are_published_or_perfect() -> None:
    assert READERS[0].total_deg == 0
    assert all("doi:" in one.source for one in READERS[1:])
    assert all(one.within_deg <= one.total_deg for one in READERS)


def test_photos_of_the_page_are_spread_over_each_set() -> None:
    named = [
        replace(photo(), dataset=name, name=str(n))
        for name, count in (("dev", 11), ("other", 21))
        for n in range(count)
    ]
    chosen = [(one.dataset, one.name) for one in hand_set.chosen(named)]
    assert chosen == [("dev", "0"), ("dev", "5"), ("dev", "10")] + [
        ("other", one) for one in ("0", "10", "20")
    ]
