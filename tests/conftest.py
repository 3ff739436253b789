"""What every test can ask for: the sample photos and their manifest, and repeatable chance."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# One process that measures per service: each takes two seconds to start.
os.environ.setdefault("THOMAS_WORKERS", "1")

SAMPLE_IMAGES = Path(__file__).parents[1] / "sample_images"

# The same examples on every machine and in every run: a red test can be repeated.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    # Not for all modules together: its event loop would be in the way of those that have one.
    from browser_support import chromium

    with chromium() as one:
        yield one


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
