"""The reliability study: one thing changed at a time, planted effects found, answers by rule."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from benchmarks import variance
from benchmarks.reliability_design import ACCEPTABLE_DEG, BODIES, FACETS, Shot, design, posture
from benchmarks.reliability_figures import PLACE, Found, analyse, parts, stacked, two_setups
from benchmarks.reliability_page import answer, page
from benchmarks.reliability_sections import cell

CHANGED = {
    "repeat": {"hand_held"},
    "camera": {"camera_key", "yaw_deg", "roll_deg", "distance_m", "height_m"},
    "light": {"light_key"},
    "clothes": {"clothes_key", "outfit"},
    "far": {"camera_side", "camera_key", "yaw_deg", "roll_deg", "distance_m", "height_m"},
}
CLOTHES_DEG, WRONG_DEG, SIGMA_DEG = 2.0, 30.0, 1.5


def shots_of(body: int) -> dict[str, Shot]:
    return {shot.facet: shot for shot in design() if shot.body == body}


@pytest.mark.parametrize("body", range(len(BODIES)))
@pytest.mark.parametrize("facet", CHANGED)
def test_a_facet_changes_nothing_but_itself(body: int, facet: str) -> None:
    shots = shots_of(body)
    if facet not in shots:
        assert BODIES[body][0] == "rocketbox"
        return
    base, other = (dataclasses.asdict(shots[one]) for one in ("base", facet))
    different = {key for key in base if base[key] != other[key]} - {"name", "facet"}
    assert CHANGED[facet] - {"outfit"} <= different <= CHANGED[facet]


def test_postures_obey_gravity_and_cameras_the_photo_protocol() -> None:
    shots = design()
    assert len({shot.name for shot in shots}) == len(shots)
    for shot in shots:
        assert shot.shank_from_plumb_deg >= -2
        assert shot.knee_flexion_deg == pytest.approx(
            90 + shot.thigh_deg - shot.shank_from_plumb_deg
        )
        assert abs(shot.yaw_deg) <= 8
        assert abs(shot.roll_deg) <= 3


def test_no_new_setup_bends_the_knee_beyond_gravity() -> None:
    drawn = [posture(body, key) for body in range(len(BODIES)) for key in range(60)]
    assert min(shank for _, shank in drawn) == -2


def test_each_photo_but_the_far_one_is_taken_from_the_tested_side() -> None:
    for shot in design():
        assert (shot.test_side == shot.camera_side) == (shot.facet != "far")
    first = shots_of(0)
    assert first["other"].test_side != first["base"].test_side


def records() -> list[dict[str, Any]]:
    """Photos with a body's own error, clothes that add to it, one refusal and one wrong leg."""
    rng = np.random.default_rng(4)
    own = rng.normal(0, 1.2, (len(BODIES), 3))
    found = []
    for shot in design():
        error = own[shot.body] + rng.normal(0, 0.5, 3)
        error += CLOTHES_DEG * (shot.facet == "clothes")
        wrong = shot.name == "rel_03_own_other"
        error += WRONG_DEG * wrong
        refused = shot.name == "rel_01_own_light"
        truth = np.array([shot.thigh_deg, shot.knee_flexion_deg, shot.shank_from_plumb_deg])
        reading = [[float(value), SIGMA_DEG] for value in truth + error]
        found.append(
            {
                "name": shot.name,
                "make": shot.make,
                "body": shot.body,
                "facet": shot.facet,
                "truth": truth.tolist(),
                "reading": None if refused else reading,
                "leg_asked": shot.name == "rel_02_own_base",
                "wrong_leg": wrong,
                "refused": ["no_person"] if refused else [],
                "calibration": "test",
                "level_told_error": error.tolist(),
                "stranger_error": None,
            }
        )
    for record in found:
        record["stranger_error"] = record["level_told_error"]
    return found


@pytest.fixture(scope="module")
def analysed() -> Found:
    return analyse(records())


def test_a_planted_effect_of_clothes_is_systematic_and_nothing_elses(analysed: Found) -> None:
    facets = analysed["thigh"]["facets"]
    value, low, high = facets["clothes"]["systematic"]
    assert value == pytest.approx(CLOTHES_DEG, abs=0.5)
    assert 0 < low < CLOTHES_DEG < high
    assert facets["clothes"]["random"][0] == pytest.approx(0.5, abs=0.2)
    assert facets["clothes"]["sem"][0] > facets["clothes"]["random"][0] + 0.5
    for facet in ("repeat", "camera", "light", "far", "setup"):
        low, high = facets[facet]["systematic"][1:]
        assert low < 0.3
        assert high > -0.3
    assert analysed["thigh"]["parts"]["body"][0] == pytest.approx(1.2, abs=0.5)


def test_the_smallest_detectable_change_is_that_of_the_standard_error(analysed: Found) -> None:
    for angle in analysed.values():
        for facet in angle["facets"].values():
            assert facet["mdc95"] == pytest.approx([2.7718 * one for one in facet["sem"]], rel=1e-3)


def test_a_wrong_leg_counts_with_its_error_and_a_refusal_does_not_count(analysed: Found) -> None:
    truth = analysed["knee_flexion"]["truth"]
    assert truth["worst"] > WRONG_DEG - 6
    assert truth["n"] == len(design()) - len(BODIES) - 1  # without the far photos and the refusal
    assert truth["acceptable"] < truth["n"]
    assert analysed["knee_flexion"]["facets"]["light"]["n"] == len(BODIES) - 1
    assert analysed["knee_flexion"]["facets"]["clothes"]["n"] == 12


def test_stated_differences_are_those_of_the_stated_errors(analysed: Found) -> None:
    said = analysed["thigh"]["printed"]
    assert said["photos_deg"] == pytest.approx(1.96 * SIGMA_DEG * 2**0.5, rel=1e-3)
    assert said["with_setup_deg"] == pytest.approx(((said["photos_deg"]) ** 2 + 6.9**2) ** 0.5)
    assert said["pairs"] == 3 * len(BODIES)
    assert said["exceeded"] == 0


def test_parts_are_those_that_were_simulated() -> None:
    """Each part a body gets is drawn once per key, as the design's photos share it."""
    rng = np.random.default_rng(11)
    deviations = {"body": 1.2, "hand": 0.6, "camera": 0.8, "light": 0.8, "posture": 0.9}
    errors = np.zeros((1200, len(FACETS)))
    drawn: dict[tuple[str, int, bool], Any] = {}
    for shot in shots_of(0).values():
        keys = {
            "body": (0, False),
            "hand": (shot.camera_key, shot.hand_held),
            "camera": (shot.camera_key, False),
            "light": (shot.light_key, False),
            "posture": (shot.posture_key, False),
        }
        for part, (key, held) in keys.items():
            own = drawn.setdefault((part, key, held), rng.normal(0, deviations[part], 1200))
            errors[:, PLACE[shot.facet]] += own
    for part, found in parts(errors).items():
        assert found[0] == pytest.approx(deviations[part], rel=0.12), part


def test_limits_of_two_setups_lie_within_their_intervals() -> None:
    rng = np.random.default_rng(2)
    found = two_setups(rng.normal(0, 1, (18, len(FACETS))))
    for end in ("lower", "upper", "bias"):
        value, low, high = found[end]
        assert low < value < high
    assert found["lower"][0] < found["bias"][0] < found["upper"][0]


def test_photos_where_the_leg_was_asked_for_can_be_left_out(analysed: Found) -> None:
    assert analysed["thigh"]["unaided"]["rmse"] != analysed["thigh"]["alone"]["rmse"]


def test_a_grid_has_a_gap_where_nothing_was_read() -> None:
    grid = stacked(records(), lambda one: one["reading"] and [angle[0] for angle in one["reading"]])
    assert np.isnan(grid[:, 1, PLACE["light"]]).all()
    assert np.isnan(grid[:, 12:, PLACE["clothes"]]).all()
    assert np.isfinite(grid[:, :12]).sum() == 3 * (12 * len(FACETS) - 1)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(1, 5, "yes"), (4.9, 5.1, "not shown"), (5.1, 7, "no"), (0, 0, "yes")],
)
def test_a_question_is_answered_by_the_whole_interval(low: float, high: float, words: str) -> None:
    assert answer(low, high, ACCEPTABLE_DEG) == f"**{words}**"


def test_the_page_has_every_facet_and_no_missing_number(analysed: Found) -> None:
    text = page(records(), analysed)
    assert "nan" not in text
    limits = [analysed["thigh"]["setups"][end] for end in ("lower", "upper")]
    assert f"{cell(max(limits, key=lambda end: abs(end[0])), sign=True)}: **" in text
    for words in (*FACETS.values(), "no_person", "a new set-up", "GRRAS"):
        assert words in text


@pytest.fixture(scope="module", autouse=True)
def few_draws() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(variance, "DRAWS", 300)
        yield
