"""Answers that a photo from above suggests: only where the whole interval says so."""

from types import SimpleNamespace

import pytest

from vision.angles import Z95, Angle
from vision.suggestions import SUGGEST_BEYOND_DEG, suggested_answers

EDGE = SUGGEST_BEYOND_DEG


def answers(rotation: float | None, abduction: float | None) -> tuple[str | None, str | None]:
    def angle(value: float | None) -> Angle | None:
        return None if value is None else Angle(value, 2 / Z95, 0.0)

    view = SimpleNamespace(rotation=angle(rotation), abduction=angle(abduction))
    return suggested_answers(view)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (EDGE + 2.1, "inward"),
        (EDGE + 1.9, None),
        (EDGE - 1.9, None),
        (EDGE - 2.1, "none"),
        (0.0, "none"),
        (-EDGE + 2.1, "none"),
        (-EDGE + 1.9, None),
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
