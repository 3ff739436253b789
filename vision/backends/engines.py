"""Choose the engine that runs the pose model: MediaPipe, or LiteRT where there is none.

Both run the same weights. MediaPipe has no wheels for Linux on ARM; there, LiteRT is installed in
its place. Elsewhere it is an option (extra ``[litert]``), and faster.
"""

import atexit
import os
from functools import cache
from importlib.util import find_spec
from typing import Final, Literal

from vision.backends.litert import LiteRTEstimator
from vision.backends.mediapipe import MediaPipeEstimator
from vision.backends.weights import Variant
from vision.errors import InvalidOption
from vision.pose import ModelInfo

Backend = Literal["auto", "mediapipe", "litert"]
Engine = Literal["mediapipe", "litert"]

BACKENDS: Final[tuple[Backend, ...]] = ("auto", "mediapipe", "litert")
PACKAGES: Final[dict[Engine, str]] = {"mediapipe": "mediapipe", "litert": "ai_edge_litert"}
"""Module that each engine needs, in the order of preference."""
VARIABLE: Final = "THOMAS_BACKEND"
"""Environment variable with the choice, where none is given."""
_NONE: Final = "Neither MediaPipe nor LiteRT is installed: install the package again."
_MISSING: Final = {
    "mediapipe": "MediaPipe is not installed; it has no wheels for Linux on ARM. Use LiteRT.",
    "litert": "LiteRT is not installed: pip install 'thomas-test[litert]'.",
}


def installed_engines() -> tuple[Engine, ...]:
    """Return the engines that can run here, the preferred one first."""
    return tuple(engine for engine, package in PACKAGES.items() if find_spec(package) is not None)


def chosen_engine(backend: str | None = None) -> Engine:
    """Return the engine of a choice.

    Parameters
    ----------
    backend : {"auto", "mediapipe", "litert"}, optional
        By default the value of ``THOMAS_BACKEND``, or "auto": MediaPipe if it is installed.

    Raises
    ------
    InvalidOption
        If there is no such engine, or it is not installed.
    """
    wanted = (os.environ.get(VARIABLE) or "auto") if backend is None else backend
    if wanted not in BACKENDS:
        raise InvalidOption(
            f"The backend is {wanted!r}; it must be 'auto', 'mediapipe' or 'litert'."
        )
    found = installed_engines()
    for engine in found:
        if wanted in ("auto", engine):
            return engine
    raise InvalidOption(_MISSING.get(wanted, _NONE) if found else _NONE)


def model_info(variant: Variant, backend: str | None = None) -> ModelInfo:
    """Return name and hash of a pose model without loading it.

    Raises
    ------
    InvalidOption
        As :func:`chosen_engine`.
    WeightsMissing, WeightsCorrupt
        If its file is missing or differs from the installed one.
    """
    return make_estimator(variant, chosen_engine(backend)).model


def make_estimator(variant: Variant, engine: Engine) -> MediaPipeEstimator | LiteRTEstimator:
    """Return an estimator that loads its model on first use.

    Raises
    ------
    WeightsMissing, WeightsCorrupt
        If the weights are missing or differ from the installed ones.
    """
    return LiteRTEstimator(variant) if engine == "litert" else MediaPipeEstimator(variant)


def default_estimator(
    variant: Variant, backend: str | None = None
) -> MediaPipeEstimator | LiteRTEstimator:
    """Return the process-wide estimator of a variant; it is closed when the process ends.

    Parameters
    ----------
    variant : {"heavy", "full"}
    backend : {"auto", "mediapipe", "litert"}, optional
        As for :func:`chosen_engine`.

    Raises
    ------
    InvalidOption
        If there is no such backend, or it is not installed.
    WeightsMissing, WeightsCorrupt
        If the weights are missing or differ from the installed ones.
    """
    return _estimator(variant, chosen_engine(backend))


@cache
def _estimator(variant: Variant, engine: Engine) -> MediaPipeEstimator | LiteRTEstimator:
    estimator = make_estimator(variant, engine)
    atexit.register(estimator.close)
    return estimator
