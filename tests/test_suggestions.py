"""Answers that a photo from above suggests: only where the whole interval says so."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from vision.suggestions import SUGGEST_BEYOND_DEG, suggested_answers

EDGE = SUGGEST_BEYOND_DEG


@dataclass(frozen=True)
class Fixed:
    """An angle with exactly that interval, degrees."""

    low: float
    high: float

    @property
    def interval_deg(self) -> tuple[float, float]:
        return self.low, self.high


def answers(rotation: float | None, abduction: float | None) -> tuple[str | None, str | None]:
    def angle(value: float | None) -> Fixed | None:
        return None if value is None else Fixed(value - 2, value + 2)

    view = SimpleNamespace(rotation=angle(rotation), abduction=angle(abduction))
    return suggested_answers(view)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (EDGE + 2.1, "inward"),
        (EDGE + 2.0, None),  # the limit itself is not beyond
        (EDGE - 1.9, None),
        (EDGE - 2.0, "none"),
        (0.0, "none"),
        (-EDGE + 2.0, "none"),
        (-EDGE + 1.9, None),
        (-EDGE - 2.0, None),
        (-EDGE - 2.1, "outward"),
        (None, None),
    ],
)
def test_rotation(rotation: float | None, expected: str | None) -> None:
    assert answers(rotation, None) == (expected, None)


@pytest.mark.parametrize(
    ("abduction", "expected"),
    [
        (EDGE + 2.1, "yes"),
        (EDGE + 1.9, None),
        (0.0, "no"),
        (-EDGE - 2.1, "no"),  # inward is not outward
        (-EDGE, None),
        (None, None),
    ],
)
def test_drift(abduction: float | None, expected: str | None) -> None:
    assert answers(None, abduction) == (None, expected)
