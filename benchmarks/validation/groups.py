"""Groups compared in the validation report, with one question for each factor.

A factor splits the photos into groups that are reported separately, and asks one question: whether
errors are larger for ``asked`` than for all others. There is only one per factor, to keep the
number of tests small. Questions are fixed before they are answered, and none is dropped afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Record = dict[str, Any]
Belongs = Callable[[Record], bool]


@dataclass(frozen=True, slots=True)
class Factor:
    """One way of splitting the photos.

    Attributes
    ----------
    name : str
    groups : dict
        Which records belong to each group, by its name.
    asked : str
        Whom the question is about, in words: "asked, against all others".
    belongs : callable
        Which records are meant by it.
    """

    name: str
    groups: dict[str, Belongs]
    asked: str
    belongs: Belongs


def _between(low: float, high: float, value: Callable[[Record], float]) -> Belongs:
    return lambda record: low <= value(record) < high


def _yaw(record: Record) -> float:
    return abs(float(record["yaw"]))


def _pitch(record: Record) -> float:
    return abs(float(record["pitch"]))


def _roll(record: Record) -> float:
    return abs(float(record["roll"]))


def _distance(record: Record) -> float:
    return float(record["conditions"]["distance_m"])


def _brightness(record: Record) -> float:
    return float(record["conditions"]["brightness"])


def _abduction(record: Record) -> float:
    return float(record["conditions"]["abduction_deg"])


def _covers_knee(record: Record) -> bool:
    return not record["tight"] and record["conditions"]["leg_length"] >= 0.75


SKIN: Final = Factor(
    "Skin tone (0 lightest, 6 darkest)",
    {
        "tones 0–1": lambda r: r["skin"] <= 1,
        "tones 2–3": lambda r: 2 <= r["skin"] <= 3,
        "tone 4": lambda r: r["skin"] == 4,
        "tones 5–6": lambda r: r["skin"] >= 5,
    },
    "darker skin (tones 4–6)",
    lambda r: r["skin"] >= 4,
)
FACTORS: Final = (
    Factor(
        "Sex",
        {"female": lambda r: r["sex"] == "female", "male": lambda r: r["sex"] == "male"},
        "women",
        lambda r: r["sex"] == "female",
    ),
    SKIN,
    Factor(
        "Body mass index",
        {
            "under 20": lambda r: r["bmi"] < 20,
            "20–25": lambda r: 20 <= r["bmi"] < 25,
            "25–30": lambda r: r["bmi"] >= 25,
        },
        "BMI 25 and more",
        lambda r: r["bmi"] >= 25,
    ),
    Factor(
        "Clothing of the leg",
        {
            "tight": lambda r: r["tight"],
            "loose, ends above the knee": lambda r: not r["tight"] and not _covers_knee(r),
            "loose, down to the knee or below": _covers_knee,
        },
        "loose clothing",
        lambda r: not r["tight"],
    ),
    Factor(
        "Tested leg",
        {"near the camera": lambda r: r["near"], "behind the other": lambda r: not r["near"]},
        "the far leg",
        lambda r: not r["near"],
    ),
    Factor(
        "True thigh",
        {
            "at or below horizontal": lambda r: r["truth"][0] <= 0,
            "above horizontal": lambda r: r["truth"][0] > 0,
        },
        "a thigh above horizontal",
        lambda r: r["truth"][0] > 0,
    ),
    Factor(
        "Abduction of the thigh (unseen from the side)",
        {
            "under 5°": _between(0, 5, _abduction),
            "5–10°": _between(5, 10, _abduction),
            "10–20°": lambda r: _abduction(r) >= 10,
        },
        "abduction of 10° and more",
        lambda r: _abduction(r) >= 10,
    ),
    Factor(
        "Camera turned (yaw)",
        {
            "under 10°": _between(0, 10, _yaw),
            "10–20°": _between(10, 20, _yaw),
            "20–25°": lambda r: _yaw(r) >= 20,
        },
        "yaw of 10° and more",
        lambda r: _yaw(r) >= 10,
    ),
    Factor(
        "Camera looking up or down (pitch)",
        {"under 8°": _between(0, 8, _pitch), "8–15°": lambda r: _pitch(r) >= 8},
        "pitch of 8° and more",
        lambda r: _pitch(r) >= 8,
    ),
    Factor(
        "Camera tilted (roll)",
        {"under 3°": _between(0, 3, _roll), "3–6°": lambda r: _roll(r) >= 3},
        "roll of 3° and more",
        lambda r: _roll(r) >= 3,
    ),
    Factor(
        "Distance of the camera",
        {
            "2–2.5 m": _between(0, 2.5, _distance),
            "2.5–3.5 m": _between(2.5, 3.5, _distance),
            "3.5–5 m": lambda r: _distance(r) >= 3.5,
        },
        "closer than 2.5 m",
        lambda r: _distance(r) < 2.5,
    ),
    Factor(
        "Light (mean grey level, 0–255)",
        {
            "dark, under 90": lambda r: _brightness(r) < 90,
            "90–115": _between(90, 115, _brightness),
            "bright, over 115": lambda r: _brightness(r) >= 115,
        },
        "dark photos",
        lambda r: _brightness(r) < 90,
    ),
    Factor(
        "Sharpness (harder set)",
        {
            "blurred or shaken": lambda r: r["conditions"]["blurred"],
            "not so": lambda r: not r["conditions"]["blurred"],
        },
        "blurred or shaken photos",
        lambda r: r["conditions"]["blurred"],
    ),
    Factor(
        "Pixels (harder set)",
        {
            "half the size": lambda r: r["conditions"]["resized_to"] <= 0.5,
            "larger": lambda r: r["conditions"]["resized_to"] > 0.5,
        },
        "photos of half the size",
        lambda r: r["conditions"]["resized_to"] <= 0.5,
    ),
    Factor(
        "Lower back (harder set)",
        {
            "flat": lambda r: r["conditions"]["pelvis"] == "flat",
            "hollow": lambda r: r["conditions"]["pelvis"] == "hollow",
            "pelvis over-pulled": lambda r: r["conditions"]["pelvis"] == "over_pulled",
        },
        "a hollow back",
        lambda r: r["conditions"]["pelvis"] == "hollow",
    ),
)
"""Every factor, in the order of the report. One set tells only "so" or "not so": only sets that
hold both count in the answer."""
