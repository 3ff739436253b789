"""Points moved through the page's own editor: mouse, keyboard and fingers in Chromium.

What limits a hand here is real: whole CSS pixels, how large the photo is shown, how far it zooms,
where handles can be grasped. Whoever moves the hand is simulated: the target is known, in pixels
of the photo. A mouse and a finger move by whole CSS pixels; real fingers may slip by more.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import CDPSession, Locator, Page

from benchmarks.hand_photos import JOINTS

Target = NDArray[np.float64]

DESK: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
NOTCH: Final = 120
"""What a mouse wheel scrolls by one notch, CSS pixels."""
NOTCHES: Final = 6
"""Enough for the largest zoom of the page, 6 times."""
PINCH_PX: Final = (30, 40, 50)
"""Distances of each finger from the middle at the start of a pinch, CSS pixels."""
PINCHES: Final = 2
"""Of three times each: enough for the largest zoom."""
FAR_CSS_PX: Final = 14
"""Six times as much is still less than half of a phone's frame with a photo across."""
HANDLE_PX: Final = 24
"""Around the middle of a handle, it takes the touch, CSS pixels."""


class Hand:
    """Moves points in an open editor, and counts what it takes.

    Parameters
    ----------
    page : Page
        With the editor of one leg open.
    size : tuple of int
        Width and height of the photo, pixels.
    """

    def __init__(self, page: Page, size: tuple[int, int]) -> None:
        self.page = page
        self.size = size
        self.actions: Counter[str] = Counter()
        self._fingers: CDPSession | None = None

    # --- ways of moving -----------------------------------------------------------------------

    def drag(self, joint: str, target_px: Target) -> None:
        """Drag with the mouse, the photo as it is shown."""
        self._see(joint)
        start, end = self._route(joint, target_px)
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=3)
        mouse.up()
        self.actions["drag"] += 1

    def zoom_and_drag(self, joint: str, target_px: Target) -> None:
        """Zoom with the wheel as far as it goes, drag, and zoom back."""
        if self._far(joint, target_px):
            self.drag(joint, target_px)
        self._see(joint)
        self.page.mouse.move(*_whole(self.at(target_px)))
        self._turn_wheel(-NOTCH)
        self.drag(joint, target_px)
        self._turn_wheel(NOTCH)

    def place(self, joint: str, target_px: Target) -> None:
        """Press "Place", then click where the point belongs."""
        self.page.get_by_role("button", name=f"Place {joint}").click()
        self.page.mouse.click(*_whole(self.at(target_px)))
        self.actions["click"] += 2

    def press_keys(self, joint: str, target_px: Target) -> None:
        """Step with the arrow keys: ten pixels of the photo with Shift, else one."""
        handle = self.handle(joint)
        handle.focus()
        self.actions["key"] += 1
        away = target_px - self.position(joint)
        for steps, keys in zip(
            np.rint(away), (("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown")), strict=True
        ):
            key = keys[int(steps > 0)]
            tens, ones = divmod(abs(int(steps)), 10)
            for _ in range(tens):
                handle.press(f"Shift+{key}")
            for _ in range(ones):
                handle.press(key)
            self.actions["key"] += tens + ones

    def finger(self, joint: str, target_px: Target) -> None:
        """Drag with a finger, the photo as it is shown."""
        self._see(joint)
        start, end = self._route(joint, target_px)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self._touch("touchStart", start)
        self._touch("touchMove", middle)
        self._touch("touchMove", end)
        self._touch("touchEnd")
        self.actions["drag"] += 1

    def pinch_and_finger(self, joint: str, target_px: Target) -> None:
        """Zoom with two fingers as far as it goes, drag with one, and zoom back."""
        if self._far(joint, target_px):
            self.finger(joint, target_px)
        self._see(joint)
        for _ in range(PINCHES):
            self._look()
            self._pinch(target_px)
        self.finger(joint, target_px)
        self._double_tap()

    # --- where things are ---------------------------------------------------------------------

    def handle(self, joint: str) -> Locator:
        return self.page.locator(f'.photo [data-handle="{joint}"]')

    def shown(self) -> dict[str, float]:
        """Return the photo's place and size on the screen, CSS pixels."""
        return _box(self.page.locator(".photo img"))

    def at(self, target_px: Target) -> tuple[float, float]:
        """Return where a pixel of the photo is on the screen."""
        box = self.shown()
        x, y = target_px
        return (
            box["left"] + x / self.size[0] * box["width"],
            box["top"] + y / self.size[1] * box["height"],
        )

    def position(self, joint: str) -> Target:
        """Return where a point is, pixels of the photo."""
        style = self.handle(joint).evaluate("(one) => [one.style.left, one.style.top]")
        shares = [float(one.rstrip("%")) / 100 for one in style]
        return np.array([share * side for share, side in zip(shares, self.size, strict=True)])

    def _route(
        self, joint: str, target_px: Target
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return start and end on whole pixels; the point keeps its distance to the pointer."""
        here, there = self.at(self.position(joint)), self.at(target_px)
        start = _whole(here)
        end = _whole((start[0] + there[0] - here[0], start[1] + there[1] - here[1]))
        return start, end

    def _far(self, joint: str, target_px: Target) -> bool:
        """Whether zooming in on the target would leave the point outside the frame."""
        return math.dist(self.at(self.position(joint)), self.at(target_px)) > FAR_CSS_PX

    def _see(self, joint: str) -> None:
        self.handle(joint).evaluate("(one) => one.scrollIntoView({block: 'nearest'})")

    # --- gestures -----------------------------------------------------------------------------

    def _turn_wheel(self, by: int) -> None:
        for _ in range(NOTCHES):
            self.page.mouse.wheel(0, by)
        self.page.wait_for_function(
            "(closer) => { const [photo, frame] = ['.photo img', '.photo .window']"
            ".map((one) => document.querySelector(one).getBoundingClientRect().width);"
            " return closer ? photo > 5.9 * frame : photo < 1.01 * frame; }",
            arg=by < 0,
        )
        self.actions["wheel"] += 1

    def _pinch(self, around_px: Target) -> None:
        """Spread two fingers to three times their distance around a place."""
        x, y = self.at(around_px)
        away, angle = self._clear(x, y)
        c, s = math.cos(angle), math.sin(angle)
        for kind, by in (("touchStart", away), ("touchMove", 2 * away), ("touchMove", 3 * away)):
            self._touch(kind, (x - by * c, y - by * s), (x + by * c, y + by * s))
        self._touch("touchEnd")
        self.actions["pinch"] += 1

    def _clear(self, x: float, y: float) -> tuple[float, float]:
        """Return distance and direction in which both fingers land in the frame, off every handle."""

        def room(finger: tuple[float, float]) -> float:
            c, s = finger[0] * math.cos(finger[1]), finger[0] * math.sin(finger[1])
            return min(self._room(x - c, y - s), self._room(x + c, y + s))

        angles = [math.pi * step / 36 for step in range(36)]
        return max(((away, angle) for away in PINCH_PX for angle in angles), key=room)

    def _room(self, x: float, y: float) -> float:
        """Return how far a place is from the frame's edge and from every handle, CSS pixels."""
        frame = self.frame
        edges = (x - frame["left"], y - frame["top"])
        ends = (frame["width"] - edges[0], frame["height"] - edges[1])
        clear = [math.dist((x, y), one) - HANDLE_PX for one in self.handles]
        return min(*edges, *ends, *clear)

    def _look(self) -> None:
        """Note where frame and handles are."""
        self.frame = _box(self.page.locator(".photo .window"))
        self.handles = [self.at(self.position(joint)) for joint in (*JOINTS, "level")]

    def _double_tap(self) -> None:
        """Show the whole photo again: tap twice where no handle is."""
        self._look()
        left, top = self.frame["left"], self.frame["top"]
        places = [
            (left + self.frame["width"] * across / 10, top + self.frame["height"] * down / 10)
            for across in range(1, 10)
            for down in range(1, 10)
        ]
        self.page.mouse.dblclick(*max(places, key=lambda one: self._room(*one)))
        self.actions["double tap"] += 1

    def _touch(self, kind: str, *places: tuple[float, float]) -> None:
        if self._fingers is None:
            self._fingers = self.page.context.new_cdp_session(self.page)
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self._fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _box(one: Locator) -> dict[str, float]:
    found: dict[str, float] = one.evaluate(
        "(one) => { const {left, top, width, height} = one.getBoundingClientRect();"
        " return {left, top, width, height}; }"
    )
    return found


def _whole(place: tuple[float, float]) -> tuple[float, float]:
    return float(round(place[0])), float(round(place[1]))


Way = Callable[[Hand, str, Target], None]
WAYS: Final[dict[str, tuple[dict[str, Any], Way]]] = {
    "mouse, dragged": (DESK, Hand.drag),
    "mouse, zoomed and dragged": (DESK, Hand.zoom_and_drag),
    "mouse, Place and click": (DESK, Hand.place),
    "arrow keys": (DESK, Hand.press_keys),
    "finger, dragged": (PHONE, Hand.finger),
    "finger, zoomed and dragged": (PHONE, Hand.pinch_and_finger),
}
"""The ways to set a point: the window, and how."""
