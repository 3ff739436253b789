"""Measure a Thomas Test: side-view photo in, angles with error bars out.

>>> from vision import measure
>>> result = measure("sample_images/right-near-2.jpg")
>>> result.measurable, result.interpretation.verdict
(True, 'pass')

Importing this package loads neither a model nor mediapipe or OpenCV. The names in ``__all__``
are stable: changes are announced in the changelog.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from vision.angles import Angle
    from vision.criteria import RULE_SETS, RuleSet
    from vision.errors import InvalidOption, PhotoError, ThomasTestError
    from vision.examination import Examination, LegPhotos, examine
    from vision.measurement import Measurement, measure
    from vision.observations import Observations
    from vision.overlay import draw_overlay
    from vision.own_rules import parse_rule_set
    from vision.together import measure_together

__all__ = [
    "RULE_SETS",
    "Angle",
    "Examination",
    "InvalidOption",
    "LegPhotos",
    "Measurement",
    "Observations",
    "PhotoError",
    "RuleSet",
    "ThomasTestError",
    "draw_overlay",
    "examine",
    "measure",
    "measure_together",
    "parse_rule_set",
]

_HOME: Final = {
    "RULE_SETS": "criteria",
    "Angle": "angles",
    "Examination": "examination",
    "InvalidOption": "errors",
    "LegPhotos": "examination",
    "Measurement": "measurement",
    "Observations": "observations",
    "PhotoError": "errors",
    "RuleSet": "criteria",
    "ThomasTestError": "errors",
    "draw_overlay": "overlay",
    "examine": "examination",
    "measure": "measurement",
    "measure_together": "together",
    "parse_rule_set": "own_rules",
}
"""Module of each public name."""


def __getattr__(name: str) -> Any:
    """Load a module on first use, so that ``import vision`` and ``--help`` stay fast."""
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"vision.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
