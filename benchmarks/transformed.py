"""Results on faulty photos: turned, pasted in pairs, tilted.

A *silent wrong verdict* is a pass where the true angles fail by the rule-set or the other way
round, with no flag beside it; of a turned photo or of a pair every verdict is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.dataset import Truth
from vision.angles import Angle, reading_by_hand
from vision.criteria import DEFAULT_RULES, RULE_SETS
from vision.interpretation import interpret
from vision.measurement import Measurement, measure
from vision.photo import load_photo

Pixels = NDArray[np.uint8]
TILTS_DEG: Final = (-30, -25, -20, -15, -10, 10, 15, 20, 25, 30)
EXACT_DEG: Final = 1e-6
"""Standard error given to true angles, so that the same rules judge them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One made photo: how, its pixels, and the true angles, where it may be measured."""

    kind: str
    pixels: Pixels
    truth: Truth | None


def turned(truths: list[Truth]) -> Iterator[Case]:
    """Each photo turned by a quarter, a half and three quarters."""
    for truth in truths:
        pixels = load_photo(truth.path).pixels
        for quarter in (1, 2, 3):
            yield Case(
                f"turned by {90 * quarter}", np.ascontiguousarray(np.rot90(pixels, quarter)), None
            )


def pairs(truths: list[Truth]) -> Iterator[Case]:
    """Each photo with another one beside or below it, and with its own mirror image."""
    for one, other in zip(truths, [*truths[1:], truths[0]], strict=True):
        first, second = load_photo(one.path).pixels, load_photo(other.path).pixels
        yield Case("pair, side by side", _beside(first, second), None)
        yield Case("pair, stacked", np.rot90(_beside(*map(np.rot90, (first, second))), -1), None)
        yield Case("with its mirror image", _beside(first, first[:, ::-1]), None)


def tilted(truths: list[Truth]) -> Iterator[Case]:
    """Each photo tilted, the corners filled in grey or cropped away in turn."""
    for number, truth in enumerate(truths):
        pixels = load_photo(truth.path).pixels
        for tilt_deg in TILTS_DEG[number % 2 :: 2]:
            crop = number % 4 < 2
            kind = f"tilted by {abs(tilt_deg)}, corners {'cropped' if crop else 'grey'}"
            yield Case(kind, _tilt(pixels, tilt_deg, crop=crop), truth)


def outcome(case: Case) -> dict[str, Any]:
    """Measure one case and compare it with the truth."""
    result = measure(np.ascontiguousarray(case.pixels), criteria=DEFAULT_RULES)
    verdict = result.interpretation.verdict
    flags = [flag.kind.code for flag in result.quality.flags]
    found: dict[str, Any] = {"kind": case.kind, "verdict": verdict, "flags": flags}
    if result.reading is None:
        return found | {"silent": False}
    if case.truth is None:
        return found | {"silent": True}
    inside = _inside(result, case.truth)
    return found | {"inside": inside, "silent": _contradicts(verdict, case.truth) and not flags}


def _inside(result: Measurement, truth: Truth) -> list[bool]:
    assert result.reading is not None
    pairs_of = (
        (result.reading.thigh, truth.thigh_deg),
        (result.reading.knee_flexion, truth.knee_flexion_deg),
    )
    return [low <= true <= high for angle, true in pairs_of for low, high in [angle.interval_deg]]


def _contradicts(verdict: str, truth: Truth) -> bool:
    exact = reading_by_hand(
        Angle(truth.thigh_deg, EXACT_DEG, 0.0), Angle(truth.knee_flexion_deg, EXACT_DEG, 0.0)
    )
    true_verdict = interpret(exact, RULE_SETS[DEFAULT_RULES]).verdict
    return {verdict, true_verdict} == {"pass", "fail"}


def _beside(first: Pixels, second: Pixels) -> Pixels:
    height = max(first.shape[0], second.shape[0])
    return np.hstack([_as_high(first, height), _as_high(second, height)])


def _as_high(pixels: Pixels, height: int) -> Pixels:
    width = round(pixels.shape[1] * height / pixels.shape[0])
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (width, height)), np.uint8)


def _tilt(pixels: Pixels, tilt_deg: float, *, crop: bool) -> Pixels:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), tilt_deg, 1.0)
    size = (width, height)
    if not crop:
        c, s = abs(matrix[0, 0]), abs(matrix[0, 1])
        size = (round(height * s + width * c), round(height * c + width * s))
        matrix[:, 2] += (np.array(size) - np.array([width, height])) / 2
    grey = (128, 128, 128)
    whole = np.asarray(cv2.warpAffine(pixels, matrix, size, borderValue=grey), np.uint8)
    return _inner(whole, width, height, tilt_deg) if crop else whole


def _inner(pixels: Pixels, width: int, height: int, tilt_deg: float) -> Pixels:
    """Cut out the middle of the same shape that shows no corner of the canvas."""
    c, s = abs(np.cos(np.radians(tilt_deg))), abs(np.sin(np.radians(tilt_deg)))
    share = min(width / (width * c + height * s), height / (width * s + height * c))
    across, down = round(width * share), round(height * share)
    left, top = (width - across) // 2, (height - down) // 2
    return pixels[top : top + down, left : left + across]
