"""Every number that decides an angle, an interval or a refusal, written down a second time.

The evidence for these numbers was gathered with them. Whoever changes one has to renew that
evidence, and to say so here. The cut-offs of the rule-sets are in tests/test_clinical_tables.py,
the limits of the cues in tests/test_position.py.
"""

from importlib import import_module
from typing import Any, Final

import pytest

SETTLED: Final[dict[str, dict[str, Any]]] = {
    # Literature; a changed figure needs another source.
    "comparison": {"RETEST_MDC95_DEG": 6.9},
    "findings": {"OPTIMAL_WITHIN_DEG": 5.0, "EXCESSIVE_DEG": -20.0},
    "patterns": {"MIN_EXTENSION_DEG": 15.0, "KENDALL_SHANK_DEG": 10.0, "RELEVANT_DROP_DEG": 5.0},
    "suggestions": {"SUGGEST_BEYOND_DEG": 10.0},
    # `python -m benchmarks.accuracy`
    "angles": {
        "THIGH_RESIDUAL_DEG": {True: 2.6, False: 3.6},
        "KNEE_RESIDUAL_DEG": {True: 3.7, False: 4.9},
        "SHANK_RESIDUAL_DEG": {True: 2.7, False: 2.9},
        "PLAIN_SHANK_RESIDUAL_DEG": {True: 3.1, False: 3.7},
        "PLUMB_WITHIN_DEG": 5.0,
        "HELD_RESIDUAL_DEG": 6.0,
        "TRUNK_RESIDUAL_DEG": 5.0,
    },
    "adjustment": {
        "READING_SIGMA_DEG": (1.9, 2.7, 1.5),
        "CAMERA_SIGMA_DEG": (2.1, 2.6, 2.6),
        "CARRIED_CAMERA_SIGMA_DEG": (1.2, 2.0, 2.0),
    },
    "geometry": {"FOCAL_LENGTH": 1.25, "MIN_LIMB_PX": 1.0, "MAX_LIMB_PX": 1e6},
    "quality": {
        "MIN_THIGH_PX": 45.0,
        "FRAME_MARGIN": 0.01,
        "MAX_THIGH_SPREAD_DEG": 6.0,
        "MAX_KNEE_SPREAD_DEG": 8.0,
        "MAX_TURN_DEG": 20.0,
        "YAW_PER_SEPARATION_DEG": 108.0,
        "YAW_OFFSET_DEG": 4.0,
        "MIN_HELD_DEG": 100.0,
    },
    # `python -m benchmarks.repeats`
    "repeats": {
        "MAX_REPEATS": 5,
        "RANDOM_SHARE": {"thigh": 0.90, "knee_flexion": 0.82, "shank_from_plumb": 0.77},
        "SETUP_SHARE": {"thigh": 0.30, "knee_flexion": 0.30, "shank_from_plumb": 0.30},
        "FRAME_SHARE": {"thigh": 0.10, "knee_flexion": 0.05, "shank_from_plumb": 0.05},
        "OUTLIER_SIGMAS": 3.0,
        "MIN_FOR_OUTLIERS": 3,
    },
    # `python -m benchmarks.calibrate`
    "calibration": {"FADE_DEG": 5.0, "VOTE_LOG_ODDS": 3.4, "ALL_MAKES": -1},
    "calibration_input": {
        "MAX_SPREAD_DEG": 10.0,
        "BENT_FROM_DEG": 60.0,
        "BENT_STEP_DEG": 20.0,
        "MAX_BENT": 2.0,
        "MAX_YAW": 2.5,
    },
    "learned": {"CLIP_SIGMAS": 4.0},
    # `python -m benchmarks.positions`
    "plausibility": {
        "KNEE_DEG": (-10.0, 160.0),
        "THIGH_DEG": (-65.0, 75.0),
        "MAX_LIMB_RATIO": 3.0,
    },
    "cues": {"STEEP_SHANK_DEG": 55.0},
    "position": {
        "UPRIGHT_TRUNK_DEG": 55.0,
        "SITTING_THIGH_DEG": 50.0,
        "STANDING_DROP": 0.9,
        "STRAIGHT_KNEE_DEG": 45.0,
        "PASS_STRAIN": 1.5,
        "CLEAR_FOLD_DEG": 105.0,
        "CLEAR_KNEE_DEG": 30.0,
        "SUPPORTED_KNEE_DEG": 20.0,
        "SUPPORTED_LINE_DEG": 12.0,
        "HEEL_KNEE_DEG": 60.0,
        "HEEL_TOES_DEG": 62.0,
        "HEEL_DROP": (0.0, 0.33),
    },
    "view": {
        "MAX_OUTLIER": 0.35,
        "MIN_AGREEMENT": 0.5,
        "MIN_PASSES": 3,
        "SOME_PASSES": 0.25,
        "BAD_FIT": 0.9,
        "SETTLED_DEVIATION": 0.08,
    },
    "testees": {"MIN_SIZE": 0.45, "SECOND_PASSES": 0.3},
    "tested_leg": {"MIN_SIDE_VOTE": 0.7},
    "company": {
        "MIN_ROOM": 0.6,
        "MOST_PARTS": 2,
        "MIN_SIZE_ASIDE": 0.33,
        "MIN_AREA_PX": 64,
        "MIN_LOOKS": 2,
    },
    # `python -m benchmarks.above`
    "frontal.view": {
        "MAX_TILT_DEG": 35.0,
        "MIN_HANGING": 0.3,
        "MAX_HUGGED": 0.4,
        "MIN_CONTRAST": 0.5,
        "SHOULDERS": (0.3, 1.15),
        "MIN_SIDE": 0.15,
        "MAX_MISFIT": 8.0,
        "MAX_SIGMA_DEG": 6.0,
        "MIN_SEEN_FLEXION_DEG": 75.0,
    },
    # `python -m benchmarks.gravity`
    "metadata": {
        "SIGMA_DEG": 0.6,
        "MOVING_SIGMA_DEG": 1.5,
        "OTHER_SIGMA_DEG": 1.2,
        "MOVING_G": 0.02,
        "MAX_OFF_G": 0.03,
        "MAX_ROLL_DEG": 45.0,
        "MAX_PITCH_DEG": 50.0,
        "ASPECTS": (4 / 3, 3 / 2, 16 / 9),
        "ASPECT_TOLERANCE": 0.006,
        "FULL_FRAME_DIAGONAL_MM": 43.27,
        "FOCAL_RANGE_MM": (8.0, 400.0),
        "WIDE_MM": 20.0,
    },
    # `python -m benchmarks.level`
    "level": {
        "MAX_ROLL_DEG": 45.0,
        "MAX_TILT_DEG": 30.0,
        "GIVEN_SIGMA_DEG": 0.3,
        "ASSUMED_SIGMA_DEG": 1.92,
        "SIGMA_FLOOR_DEG": 0.25,
        "MAX_SCENE_RATIO": 0.65,
        "MIN_SUPPORT": 12.0,
        "ENOUGH_PLUMB": 6.0,
        "NO_PLUMB_SIGMA_DEG": 1.6,
        "MAX_PITCH_SIGMA_DEG": 4.0,
        "MAX_YAW_SIGMA_DEG": 6.0,
        "CONFLICT_SIGMAS": 3.0,
    },
    "passes": {"BODY_RADIUS_TRUNKS": 0.25},
    "edges": {
        "WORK_LONG_PX": 800,
        "MIN_LENGTH": 0.025,
        "HALF_INLIER_LENGTH": 0.06,
        "MODEL_SIGMA_DEG": 0.4,
        "ENDPOINT_SIGMA_DEG_PX": 25.0,
    },
    "window": {
        "TAIL_SHARE": 0.3,
        "TAIL_RATIO": 3.0,
        "TILTED_SHARE": 0.01,
        "TILTED_SD_DEG": 12.0,
        "PITCH_MEAN_DEG": -3.0,
        "PITCH_SD_DEG": 7.0,
        "TEMPER": 0.6,
        "COARSE_ROLL_DEG": (45.0, 1.5),
        "COARSE_Q": (1.05, 0.15),
        "COARSE_MOST": 60,
        "COARSE_OWN": (0.4, 0.4),
        "COARSE_SIGMA_DEG": (1.5, 4.0),
        "NEAR_LEVEL_DEG": 7.5,
        "NEAR_LEVEL_Q": 0.3,
        "WINDOW_HALF_DEG": 15.0,
        "MAX_FAR_MASS": 0.05,
        "MAX_LEVEL_NATS": 2.0,
    },
    "room": {
        "YAW_SD_DEG": 14.0,
        "FOCALS": (0.68, 0.85, 1.05, 1.3, 1.6, 1.95),
        "FINE_FOCALS": 25,
        "STEEP": (0.0, 25.0, 32, 0.75, 0.10),
        "FLAT": (55.0, 90.0, 26, 0.80, 0.15),
        "OTHER": (25.0, 55.0, 8, 0.0, 0.30),
        "ROLL_GRID_DEG": (15.0, 0.5),
        "Q_GRID": (0.6, 0.03),
        "YAW_GRID_DEG": (40.0, 10 / 3),
        "PRUNE_NATS": 9.0,
        "MAX_CELLS": 2000,
        "MAX_EDGE_MASS": 0.02,
    },
}
"""By module of ``vision``; the reason for each number stands beside it there."""


@pytest.mark.parametrize("module", SETTLED)
def test_numbers_are_those_of_the_evidence(module: str) -> None:
    there = import_module(f"vision.{module}")
    assert {name: getattr(there, name) for name in SETTLED[module]} == SETTLED[module]
