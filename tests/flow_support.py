"""What the tests of the flow share: photos of stick figures, a pose model that knows them, and a
way to the service that can be shut."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from phone_files import iphone_photo
from stick_figure import FakeEstimator, StickFigure, marked_picture, relabelled
from vision.pose import ModelInfo, Person

SIZE: Final = (960, 720)
"""Width and height of the photos, pixels."""
LEFT = StickFigure(thigh_deg=-20, knee_deg=70, head_towards="right").person()
RIGHT = StickFigure(thigh_deg=-20, knee_deg=70).person()
SHORT = StickFigure(thigh_deg=20, knee_deg=110).person()
SCENES: Final[dict[str, tuple[int, list[list[Person]]]]] = {
    "left": (40, [[LEFT]]),
    "right": (80, [[RIGHT]]),
    "right, short": (170, [[SHORT]]),
    "either": (215, [[RIGHT], [relabelled(RIGHT)]]),
}
"""The grey of a spot in the middle of each photo, and what is seen look after look."""


class Scenes:
    """A pose model that sees in each photo what belongs to its spot."""

    model = ModelInfo("fake", "0" * 64)

    def __init__(self) -> None:
        self.looks = {grey: FakeEstimator(SIZE, *sightings) for grey, sightings in SCENES.values()}
        self.calls = 0

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Person, ...]:
        self.calls += 1
        height, width = pixels.shape[:2]
        grey = int(
            pixels[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2].mean()
        )
        nearest = min(self.looks, key=lambda one: abs(one - grey))
        return self.looks[nearest].detect(pixels)


def photo(scene: str, *, turned: int = 0) -> dict[str, Any]:
    """A file of a scene, as of a phone held level, turned by quarters."""
    shown = marked_picture(*SIZE)
    y, x = np.indices(shown.shape[:2])
    shown[np.hypot(x - SIZE[0] / 2, y - SIZE[1] / 2) < 24] = SCENES[scene][0]
    pixels = np.ascontiguousarray(np.rot90(shown, turned))
    data = iphone_photo((-1.0, 0.0, 0.0), pixels=pixels, quality=95)
    return {"name": f"{scene}.jpg", "mimeType": "image/jpeg", "buffer": data}


class Gate:
    """A way to a service, over real sockets, that counts and holds up what is sent.

    Parameters
    ----------
    address : str
        Of the service.
    """

    def __init__(self, address: str) -> None:
        self.to = ("127.0.0.1", int(address.rpartition(":")[2]))
        self.listener = socket.create_server(("127.0.0.1", 0))
        # Little of what the browser calls sent may be on its way: this shrinks the window.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.passed = 0
        self.most = 1 << 60
        self.shut = False
        self.changed = threading.Condition()
        self.open: list[socket.socket] = []

    def run(self) -> None:
        """Accept until the gate is closed."""
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            if self.shut:
                here.close()
                continue
            there = socket.create_connection(self.to)
            self.open += [here, there]
            threading.Thread(target=self._forward, args=(here, there, True), daemon=True).start()
            threading.Thread(target=self._forward, args=(there, here, False), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(32_768):
                if counted:
                    self._count(len(data))
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            _close(one)

    def _count(self, size: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.passed + size <= self.most, 60)
            self.passed += size
            self.changed.notify_all()

    def let_through(self, count: int) -> None:
        """Let so many further bytes through, and no more."""
        with self.changed:
            self.most = self.passed + count
            self.changed.notify_all()

    def free(self) -> None:
        """Let everything through."""
        self.shut = False
        self.let_through(1 << 60)

    def cut(self) -> None:
        """Break off all that is under way, and let nothing in."""
        self.shut = True
        with self.changed:
            self.most = 1 << 60
            self.changed.notify_all()
        while self.open:
            _close(self.open.pop())


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def gate(address: str) -> Iterator[Gate]:
    way = Gate(address)
    thread = threading.Thread(target=way.run, daemon=True)
    thread.start()
    yield way
    _close(way.listener)
    way.cut()
    thread.join(20)


# --- the page -----------------------------------------------------------------------------------


@contextmanager
def phone(browser: Browser, *, lost: bool = False, **options: Any) -> Iterator[Page]:
    """A phone whose page neither complains nor moves by itself.

    Parameters
    ----------
    lost : bool
        Whether the browser may say that an answer was lost, and the page may move for that.
    """
    settings: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True}
    context = browser.new_context(**{**settings, **options})
    context.add_init_script(SHIFTS)
    page, complaints = context.new_page(), list[str]()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    shifts = page.evaluate("window.shifts ?? []")
    context.close()
    expected = r"status of 4|net::ERR_\w+" if lost else "status of 4"
    unexpected = [one for one in complaints if not re.search(expected, one)]
    assert unexpected == [], unexpected
    assert lost or shifts == [], shifts


SHIFTS: Final = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    if (!one.hadRecentInput) window.shifts.push([one.value, one.sources.map((from) => from.node?.outerHTML?.slice(0, 120))]);
  }
}).observe({type: "layout-shift", buffered: true});
"""


def put(page: Page, file: dict[str, Any], place: str = "file") -> None:
    page.locator(f"#{place}").set_input_files(file)  # type: ignore[arg-type]


def measure(page: Page, file: dict[str, Any]) -> None:
    put(page, file)
    page.locator("#send").click()
    expect(page.locator("#outcome")).to_be_visible()


def headline(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def answer(page: Page, question: str, value: str, leg: str = "photo") -> None:
    """Answer the question that is open, and wait for the verdict."""
    page.locator(f"[data-leg={leg}] .ask-now [data-question={question}][value={value}]").click()
    given = f"[data-leg={leg}] details [data-question={question}][value={value}]"
    expect(page.locator(f"{given}[aria-pressed=true]")).to_be_attached()


def data_of(page: Page) -> Any:
    """What the page carries for its scripts."""
    return json.loads(page.locator("#result-data").text_content() or "")


def more(page: Page, what: str) -> None:
    page.locator(".more-menu summary").click()
    page.get_by_role("button", name=what, exact=True).click()
