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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: a good part of the time is waiting for browsers and servers."""
    from app.processes import cores

    return cores() + 1


LONGEST = (
    *("test_batch", "test_chaos", "test_clip_frames", "test_examine_cli", "test_markup"),
    *("test_batch_remote", "test_pages_in_languages", "test_guided_camera", "test_result_page"),
    *("test_clients_results", "test_offline", "test_batch_cluster", "test_refusal_doors"),
    *("test_web_page", "test_examination_api", "test_access", "test_flow", "test_clients"),
    *("test_start_page", "test_squad_file", "test_firefox", "test_camera_level", "test_cli"),
    *("test_examination_page", "test_pages_fit", "test_pool", "test_privacy", "test_above"),
    *("test_sample_images", "test_api_clients", "test_shrinking", "test_operations"),
)
"""Files that take long: begun first, none of them keeps one process busy after the others ended."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


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
def filming(playwright: "Playwright") -> Iterator["Browser"]:
    """Chromium with a camera that films a pattern."""
    from browser_support import chromium
    from camera_support import FAKE

    with chromium(playwright, *FAKE) as one:
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
