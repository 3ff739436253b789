"""The pose model's weights, in two sizes, and the settings that every engine runs them with.

The files are in ``vision/weights``; their SHA-256 hashes are verified before they are loaded.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final, Literal

from vision.errors import WeightsCorrupt, WeightsMissing
from vision.sentences import Sentence

WEIGHTS_DIR: Final = Path(__file__).parents[1] / "weights"
MAX_PEOPLE: Final = 3
"""Largest number of people searched in each pass: the tested person, a therapist, one more."""
MIN_CONFIDENCE: Final = 0.3
"""Detection and presence threshold of the model, 0–1. It is low because the passes vote later."""


Variant = Literal["heavy", "full"]


@cache
def verify_weights(path: Path) -> str:
    """Return the SHA-256 of a model file after comparing it with ``SHA256SUMS`` beside it.

    Raises
    ------
    WeightsMissing
        If the file or its line in ``SHA256SUMS`` is missing.
    WeightsCorrupt
        If the hashes differ.
    """
    sums = path.parent / "SHA256SUMS"
    if not path.is_file() or not sums.is_file():
        raise WeightsMissing(
            Sentence("{name} or its SHA256SUMS is not in the installed package.", name=path.name)
        )
    lines = (line.split() for line in sums.read_text("ascii").splitlines() if line.strip())
    expected = {name: digest for digest, name in lines}.get(path.name)
    if expected is None:
        raise WeightsMissing(Sentence("SHA256SUMS has no line for {name}.", name=path.name))
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != expected:
        raise WeightsCorrupt(
            Sentence(
                "{name} has SHA-256 {actual}…, expected {expected}….",
                name=path.name,
                actual=actual[:12],
                expected=expected[:12],
            )
        )
    return actual
