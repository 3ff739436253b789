"""What every test can ask for: the sample photos and their manifest, and repeatable chance."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# One process that measures per service: each takes two seconds to start.
os.environ.setdefault("THOMAS_WORKERS", "1")

SAMPLE_IMAGES = Path(__file__).parents[1] / "sample_images"

# The same examples on every machine and in every run: a red test can be repeated.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(42)


@pytest.fixture(scope="session")
def sample_images() -> Path:
    return SAMPLE_IMAGES


@pytest.fixture(scope="session")
def samples() -> list[dict[str, Any]]:
    """The rows of the manifest, one per sample photo."""
    manifest = json.loads((SAMPLE_IMAGES / "manifest.json").read_text("utf-8"))
    rows: list[dict[str, Any]] = manifest["images"]
    return rows
