"""The person in the loop: how accurate points are that somebody sets by hand.

    python -m benchmarks.hand_set --train DIR... [--every N] --evaluate DIR...   measures
    python -m benchmarks.hand_set --page DIR... [--browser PATH]    sets points through the page
    python -m benchmarks.hand_set                       writes the tables from what is stored

Folders hold rendered photos with their truth. Each is measured by a real service. Some photos of
the evaluation sets then go through the page: Chromium opens it, sends the photo, and the points
are set with mouse, keyboard and fingers; the angles are those that ``/adjusted`` answers. The
rest is read by the same function from the same points (:mod:`benchmarks.hand_points`); that both
agree is checked on every photo of the page. Writes ``results/hand_set.json`` and ``hand_set.md``.

How far readers differ is published for the knee; spread and offset of the points are set so that
the knee has it, on training photos. Nothing is chosen by the evaluation sets.
"""

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.dataset import Truth, read_dataset
from benchmarks.doors import service
from benchmarks.hand_page import WAYS, Hand, Target, Way
from benchmarks.hand_photos import (
    FIELDS,
    JOINTS,
    Photo,
    Points,
    photo_of,
    restored,
    stored,
    true_chain,
)
from benchmarks.hand_points import READERS, drawn_chains, spread_for
from benchmarks.hand_report import report
from benchmarks.hand_tables import Stored
from benchmarks.machine import machine
from benchmarks.page_states import measured
from vision.sides import Side

RESULTS: Final = Path(__file__).parent / "results"
STEP: Final = {"dev": 5, "verdicts": 13}
"""Every so many photos of a set, in the order of their names, one goes through the page."""
DEFAULT_STEP: Final = 10
SEED: Final = 21


def measured_photos(client: httpx.Client, folder: Path, every: int = 1) -> list[Photo]:
    """Measure photos of a folder by the service; as on the page, nothing is said of them."""
    found = []
    for truth in read_dataset(folder)[::every]:
        answer = client.post("/v1/measure", files={"file": truth.path.read_bytes()})
        if answer.status_code != 200:
            raise SystemExit(f"{truth.path.name}: {answer.text}")
        found.append(photo_of(folder.name, truth, answer.json()))
    return found


@contextmanager
def opened(browser: Browser, window: dict[str, Any]) -> Iterator[Page]:
    """A page in a window of its own; one that complains ends the benchmark."""
    context = browser.new_context(**window)
    page = context.new_page()
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    if errors:
        raise SystemExit(f"the page complained: {errors[0]}")


def data_of(page: Page) -> Any:
    """Return the result that the page carries for its scripts."""
    return json.loads(page.locator("#result-data").text_content() or "")["result"]


def set_points(
    page: Page, way: Way, chain_px: Target, head: Side
) -> tuple[Any, Counter[str], float]:
    """Set hip, knee and ankle in an open result, and save.

    Parameters
    ----------
    page : Page
        With the result of one leg.
    way : callable
    chain_px : ndarray, shape (3, 2)
        Targets, pixels of the photo.
    head : {"left", "right"}
        Where in the photo the head lies, if the page asks.

    Returns
    -------
    result : dict
        What the service answered.
    actions : Counter
        What a person would have had to do: clicks, drags, keys, pinches, turns of the wheel.
    thigh_css_px : float
        How long the thigh is shown before zooming, CSS pixels.
    """
    before = data_of(page)
    size = before["provenance"]["width_px"], before["provenance"]["height_px"]
    page.locator("[data-correct]").click()
    if before["head_towards"] is None:
        page.locator(f'[data-head][value="{head}"]').check()
    hand = Hand(page, size)
    hand.actions["click"] += 1
    hip, knee = (hand.at(one) for one in chain_px[:2])
    for joint, target in zip(JOINTS, chain_px, strict=True):
        way(hand, joint, target)
    with page.expect_response("**/adjusted") as answer:
        page.locator('[data-do="save"]').click()
    if answer.value.status != 200:
        raise SystemExit(f"the points were not accepted: {answer.value.status}")
    hand.actions["click"] += 1
    page.locator(".editor").wait_for(state="hidden")
    return data_of(page), hand.actions, math.dist(hip, knee)


def through_page(
    browser: Browser, client: httpx.Client, truth: Truth, photo: Photo, drawn: Points
) -> list[dict[str, Any]]:
    """Set the points of one photo in every way; then, with the mouse, those of a reader."""
    records = []
    aims = [(name, "true", true_chain(truth)) for name in WAYS] + [(FIRST, READERS[-1].name, drawn)]
    for name, aim, chain_px in aims:
        window, way = WAYS[name]
        with opened(browser, window) as page:
            measured(page, str(client.base_url), truth.path)
            records.append({"aim": aim, **_set(page, client, photo, name, way, chain_px)})
    return records


FIRST: Final = next(iter(WAYS))
"""The way in which a simulated reader sets the points."""


def _set(
    page: Page, client: httpx.Client, photo: Photo, name: str, way: Any, chain_px: Points
) -> dict[str, Any]:
    began = time.perf_counter()
    out, actions, thigh_css_px = set_points(page, way, chain_px, photo.head_towards)
    spent = time.perf_counter() - began
    automatic = out["automatic"]
    points = {joint: {axis: out["points"][joint][axis] for axis in AXES} for joint in JOINTS}
    scored = client.post("/v1/score", json={"measurement": out, "points": points}).json()
    same = all(scored[field] == out[field] for field in FIELDS)
    return {
        "dataset": photo.dataset,
        "name": photo.name,
        "way": name,
        "target_px": np.round(chain_px, 3).tolist(),
        "points_px": [[points[joint][axis] for axis in AXES] for joint in JOINTS],
        "answered": [[out[one]["value"], *out[one]["interval"]] for one in FIELDS],
        "service_answers_the_same": same,
        "from_refused": automatic["points"] is None,
        "thigh_css_px": round(thigh_css_px, 1),
        "actions": dict(actions),
        "machine_s": round(spent, 2),
    }


AXES: Final = ("x_px", "y_px")


def measure_all(options: argparse.Namespace) -> Stored:
    """Measure the photos of all folders."""
    with service() as client:
        train = [
            one
            for folder in options.train
            for one in measured_photos(client, folder, options.every)
        ]
        tried = [one for folder in options.evaluate for one in measured_photos(client, folder)]
    return Stored(machine=machine(), train=train, evaluation=tried, page=[])


def set_through_page(kept: Stored, options: argparse.Namespace) -> Stored:
    """Send some of the evaluation photos through the page."""
    unit = spread_for(kept.train, 1.0)
    within, between = (unit * one for one in (READERS[-1].within_deg, READERS[-1].between_deg))
    truths = {
        (folder.name, one.path.stem): one for folder in options.page for one in read_dataset(folder)
    }
    page = []
    with service() as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
        for photo in chosen(kept.evaluation):
            drawn = drawn_chains([photo], 2, within, between, SEED)[0, 0]
            truth = truths[photo.dataset, photo.name]
            page += through_page(browser, client, truth, photo, drawn)
        browser.close()
    return replace(kept, machine=machine(), page=page)


def chosen(photos: Sequence[Photo]) -> list[Photo]:
    """Return those that go through the page, evenly over each set."""
    found = []
    for name in dict.fromkeys(photo.dataset for photo in photos):
        own = [photo for photo in photos if photo.dataset == name]
        found += own[:: STEP.get(name, DEFAULT_STEP)]
    return found


def write(kept: Stored) -> None:
    """Write what was measured, one photo a line."""
    parts = {
        "machine": json.dumps(kept.machine),
        **{
            name: _lines([stored(photo) for photo in photos])
            for name, photos in (("train", kept.train), ("evaluation", kept.evaluation))
        },
        "page": _lines(kept.page),
    }
    text = ",\n".join(f'"{name}": {value}' for name, value in parts.items())
    (RESULTS / "hand_set.json").write_text(f"{{\n{text}\n}}\n", "utf-8")


def _lines(records: Sequence[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(one) for one in records) + "\n]"


def read_stored() -> Stored:
    data = json.loads((RESULTS / "hand_set.json").read_text("utf-8"))
    photos = {name: [restored(one) for one in data[name]] for name in ("train", "evaluation")}
    return Stored(machine=data["machine"], page=data["page"], **photos)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--train", type=Path, nargs="+", default=[])
    parser.add_argument("--evaluate", type=Path, nargs="+", default=[])
    parser.add_argument("--every", type=int, default=1, help="every so many training photos")
    parser.add_argument("--page", type=Path, nargs="+", default=[])
    parser.add_argument("--browser", default="/usr/bin/chromium")
    options = parser.parse_args()
    if options.train and options.evaluate:
        write(measure_all(options))
    if options.page:
        write(set_through_page(read_stored(), options))
    text = report(read_stored())
    (RESULTS / "hand_set.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
