"""The instrument: a side-view photo of a Thomas Test in, angles with error bars out.

>>> from vision import measure
>>> result = measure("photo.jpg")  # doctest: +SKIP

Importing this package loads no model, and neither mediapipe nor OpenCV.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vision.measurement import Measurement, measure

__all__ = ["Measurement", "measure"]


def __getattr__(name: str) -> Any:
    """Load the pipeline on first use, so that ``import vision`` and ``--help`` stay quick."""
    if name in __all__:
        from vision import measurement

        return getattr(measurement, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
