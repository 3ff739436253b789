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
    from playwright.sync_api import Browser, Playwright

# One process that measures per service: each takes two seconds to start.
os.environ.setdefault("THOMAS_WORKERS", "1")

SAMPLE_IMAGES = Path(__file__).parents[1] / "sample_images"

# The same examples on every machine and in every run: a red test can be repeated.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def playwright() -> Iterator["Playwright"]:
    """What drives browsers. Its event loop runs in this thread: see ``http_support.apart``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as one:
        yield one


@pytest.fixture(scope="session")
def browser(playwright: "Playwright") -> Iterator["Browser"]:
    """Chromium, with nothing asked of it; tests have a context of their own in it."""
    from browser_support import chromium

    with chromium(playwright) as one:
        yield one


@pytest.fixture(scope="session")
def nobody() -> Iterator[str]:
    """Address of a service whose model finds nobody: for all that needs no angles."""
    from app.server import create_app
    from http_support import UNLIMITED, NobodyEstimator, running, wait_ready

    with running(create_app(NobodyEstimator(), UNLIMITED)) as address:
        wait_ready(address)
        yield address


@pytest.fixture(scope="session")
def service(nobody: str) -> str:
    """Address of the service, where a file of tests does not say of which."""
    return nobody


@pytest.fixture(scope="session")
def measuring() -> Iterator[str]:
    """Address of a service with the real model, in worker processes."""
    from app.server import create_app
    from http_support import UNLIMITED, running, wait_ready

    with running(create_app(settings=UNLIMITED)) as address:
        wait_ready(address)
        yield address


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
