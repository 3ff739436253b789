"""Time the page as its user waits for it, and write benchmarks/results/page.md.

    python -m benchmarks.page [--browser /usr/bin/chromium]

A photo of 12 megapixels and about 4 MB is made from a sample: enlarged, with the noise of a sensor.
Chromium is slowed down by its own protocol (``Network.emulateNetworkConditions``). Each figure is
the median of several runs in fresh browser contexts, so that nothing is cached.
"""

import argparse
import io
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import machine
from benchmarks.page_shrinking import compared
from benchmarks.page_states import SAMPLES, STATES, answer, service, shown, start

OUT: Final = Path(__file__).parent / "results" / "page.md"
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
SLOW_4G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
"""Chromium's own profile "Slow 4G": 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms a round trip."""
SLOW_4G_UP: Final = {**SLOW_4G, "uploadThroughput": 1.6e6 / 8}
"""The same with 1.6 Mbit/s up as well."""
LARGE_PX: Final = (4032, 3024)
NOISE: Final = 7.0
WATCH_SHIFTS: Final = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
  }).observe({type: "layout-shift", buffered: true});
"""


def large_photo() -> bytes:
    """Enlarge a sample to the size of a phone's photo, 12 megapixels and about 4 MB."""
    rng = np.random.default_rng(7)
    with Image.open(SAMPLES / "right-near-2.jpg") as photo:
        large = np.asarray(photo.convert("RGB").resize(LARGE_PX, Image.Resampling.LANCZOS))
    noisy = large + rng.normal(0, NOISE, (*large.shape[:2], 1))
    out = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=88)
    return out.getvalue()


def fresh(browser: Browser, *, scripts: bool = True, network: dict[str, Any] | None = None) -> Page:
    """Open a page with an empty cache, slowed down."""
    page = browser.new_context(java_script_enabled=scripts, **PHONE).new_page()
    page.set_default_timeout(180_000)
    if network is not None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", network)
    return page


def choosing_to_result_s(page: Page, address: str, photo: dict[str, Any]) -> float:
    """Seconds from a chosen photo, with Measure pressed at once, to its result."""
    start(page, address)
    page.locator("#file").set_input_files(photo)  # type: ignore[arg-type]
    began = time.perf_counter()
    page.locator("#send").click()
    shown(page)
    return time.perf_counter() - began


def without_scripts_s(page: Page, address: str, photo: dict[str, Any]) -> float:
    """The same where the browser sends the photo as it is and gets a whole page."""
    page.goto(address)
    page.locator("#file").set_input_files(photo)  # type: ignore[arg-type]
    began = time.perf_counter()
    page.locator("#send").click(no_wait_after=True)
    page.locator("#outcome").wait_for()
    return time.perf_counter() - began


def flow_one_leg(page: Page, photo: dict[str, Any]) -> int:
    """From the photo to the saved report; returns the number of taps."""
    page.locator("#file").set_input_files(photo)  # type: ignore[arg-type]  # 1: choose
    page.locator("#send").click()  # 2
    shown(page)
    answer(page, lower_back_flat="yes")  # 3
    with page.expect_download():
        page.locator('[data-do="report"]').click()  # 4
    return 4


def flow_both_legs(page: Page, _: dict[str, Any]) -> int:
    """Both legs at once; returns the number of taps."""
    page.locator("label:has(#several)").click()  # 1
    for name in ("left", "right"):  # 2, 3
        other = SAMPLES / ("left-near-1.jpg" if name == "left" else "right-near-2.jpg")
        sent = {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": large_of(other)}
        page.locator(f"#{name}").set_input_files(sent)  # type: ignore[arg-type]
    page.locator("#send").click()  # 4
    shown(page)
    with page.expect_download():
        page.locator('[data-do="report"]').click()  # 5
    return 5


def large_of(path: Path) -> bytes:
    """Enlarge another sample, without noise."""
    out = io.BytesIO()
    with Image.open(path) as photo:
        photo.convert("RGB").resize(LARGE_PX, Image.Resampling.LANCZOS).save(
            out, "JPEG", quality=97
        )
    return out.getvalue()


def flow_s(
    page: Page, address: str, photo: dict[str, Any], flow: Callable[[Page, Any], int]
) -> tuple[float, int]:
    """Seconds of machine and network time of a whole flow, and its taps."""
    start(page, address)
    began = time.perf_counter()
    taps = flow(page, photo)
    return time.perf_counter() - began, taps


def bytes_of_result(page: Page, address: str) -> tuple[int, int]:
    """Bytes on the wire of the answer to a sample, and those of its photo within."""
    sizes: list[int] = []
    page.on(
        "requestfinished",
        lambda one: sizes.append(one.sizes()["responseBodySize"]) if "fetched" in one.url else None,
    )
    STATES["provisional"](page, address)
    source = page.locator(".photo img").get_attribute("src") or ""
    return sizes[0], len(source) * 3 // 4


def checked_states(browser: Browser, address: str) -> dict[str, tuple[float, int, bool]]:
    """Layout shift, violations found by axe, and whether the answer is on the first screen."""
    found = {}
    for state, reach in STATES.items():
        page = fresh(browser)
        page.add_init_script(WATCH_SHIFTS)
        reach(page, address)
        page.evaluate("window.scrollTo(0, 0)")
        violations = Axe().run(page).response["violations"]
        parts = page.locator("h1, .tile, .ask-now").all()
        boxes = [box for part in parts if (box := part.bounding_box()) is not None]
        bar = (
            page.locator("#result-bar").bounding_box()
            if page.locator("#result-bar").count()
            else None
        )
        floor = bar["y"] if bar else PHONE["viewport"]["height"]
        first = all(box["y"] + box["height"] <= floor for box in boxes)
        found[state] = (page.evaluate("window.shift"), len(violations), first)
        page.context.close()
    return found


def report(
    rows: list[tuple[str, str, str]],
    smaller: list[tuple[str, str]],
    states: dict[str, tuple[float, int, bool]],
) -> str:
    """Write the results as Markdown."""
    lines = ["# The page", "", "`python -m benchmarks.page`", ""]
    lines += ["| figure | wanted | measured |", "|---|---|---|"]
    lines += [f"| {name} | {wanted} | {value} |" for name, wanted, value in rows]
    lines += ["", "What the browser sends instead of the photo:", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in smaller]
    lines += ["", "First screens at 360 × 640, one state each:", ""]
    lines += [
        "| state | layout shift | axe | headline, tiles and question above the bar |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {state} | {shift:.3f} | {axe} | {'yes' if first else 'no'} |"
        for state, (shift, axe, first) in states.items()
    ]
    made = machine()
    lines += ["", f"Machine: {made['cpu']}, {made['cores']} cores, commit {made['commit']}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    jpeg = large_photo()
    photo = {"name": "phone.jpg", "mimeType": "image/jpeg", "buffer": jpeg}
    with service() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])

        def median_s(run: Callable[[Page], float], runs: int = options.runs, **how: Any) -> str:
            spent = []
            for _ in range(runs):
                page = fresh(browser, **how)
                spent.append(run(page))
                page.context.close()
            return f"{statistics.median(spent):.1f} s"

        def timed(page: Page) -> float:
            return choosing_to_result_s(page, address, photo)

        size = f"{len(jpeg) / 1e6:.1f} MB, {LARGE_PX[0]} × {LARGE_PX[1]}"
        rows = [
            (
                f"choosing to result, {size}, 1.6 Mbit/s up and down, 150 ms",
                "≤ 8 s",
                median_s(timed, network=SLOW_4G_UP),
            ),
            (
                "the same, 0.75 Mbit/s up (Chromium's “Slow 4G”)",
                "",
                median_s(timed, network=SLOW_4G),
            ),
            ("the same, localhost", "≤ 1.5 s", median_s(timed)),
            (
                "without JavaScript, 1.6 Mbit/s: the photo as it is",
                "",
                median_s(
                    lambda page: without_scripts_s(page, address, photo),
                    1,
                    scripts=False,
                    network=SLOW_4G_UP,
                ),
            ),
        ]
        for name, flow in (("one leg", flow_one_leg), ("both legs", flow_both_legs)):
            page = fresh(browser, network=SLOW_4G_UP)
            spent, taps = flow_s(page, address, photo, flow)
            page.context.close()
            rows.append(
                (
                    f"photo to saved report, {name}, 1.6 Mbit/s",
                    "≤ 30 s, ≤ 6 taps",
                    f"{spent:.1f} s, {taps} taps",
                )
            )
        page = fresh(browser)
        whole, inside = bytes_of_result(page, address)
        page.context.close()
        rows.append(
            (
                "result page on the wire, with its one photo",
                "≤ 250 kB",
                f"{whole / 1000:.0f} kB, of which photo {inside / 1000:.0f} kB",
            )
        )
        page = fresh(browser)
        start(page, address)
        smaller = compared(page)
        page.context.close()
        states = checked_states(browser, address)
        browser.close()
    OUT.write_text(report(rows, smaller, states), "utf-8")
    print(json.dumps(rows, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
