"""Firefox as Debian ships it, driven in its own remote protocol, Marionette.

Playwright drives only builds of its own, and geckodriver is neither in Debian nor on PyPI. Marionette
is what geckodriver itself speaks to the browser: JSON over a loopback socket, each message after its
length (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from http_support import until

PATH: Final = shutil.which("firefox-esr")
if PATH is None or os.environ.get("THOMAS_TEST_SKIP_BROWSER") == "1":
    pytest.skip("firefox-esr is not installed, or browsers are skipped", allow_module_level=True)

ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
"""Key of a reference to an element (https://www.w3.org/TR/webdriver2/#elements)."""
SHIFT, DOWN = "\ue008", "\ue015"
"""Keys (https://www.w3.org/TR/webdriver2/#keyboard-actions)."""
WAIT_MS: Final = 30_000
PREFS: Final[dict[str, Any]] = {
    "marionette.port": 0,  # any free one; Firefox writes it into the profile
    "network.proxy.type": 0,
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "intl.accept_languages": "en",
}
COMPLAINTS: Final = """
  const own = [];
  for (const one of Services.console.getMessageArray()) {
    if (!(one instanceof Ci.nsIScriptError)) continue;
    if (!(one.flags & Ci.nsIScriptError.warningFlag) && one.sourceName.startsWith(arguments[0])) {
      own.push(`${one.sourceName}:${one.lineNumber} ${one.errorMessage}`);
    }
  }
  Services.console.reset();
  return own;
"""
"""Errors that scripts of an address threw, or that the browser found in its pages."""


class Stale(AssertionError):
    """The page has put something else in the place of an element."""


class Firefox:
    """A browser with one window.

    Parameters
    ----------
    port : int
        Where it listens.
    downloads : Path
        Folder of what it saves.
    """

    def __init__(self, port: int, downloads: Path) -> None:
        self.downloads = downloads
        self.socket = socket.create_connection(("127.0.0.1", port), 90)
        self.stream = self.socket.makefile("rb")
        self.count = 0
        self._read()  # what it introduces itself with
        timeouts = {"implicit": WAIT_MS, "script": WAIT_MS, "pageLoad": 2 * WAIT_MS}
        wanted: dict[str, Any] = {"timeouts": timeouts, "unhandledPromptBehavior": "accept"}
        self.ask("NewSession", **wanted)

    def _read(self) -> Any:
        length = b""
        while (byte := self.stream.read(1)) != b":":
            assert byte, "Firefox has gone"
            length += byte
        return json.loads(self.stream.read(int(length)))

    def ask(self, command: str, room: str = "WebDriver", **parameters: Any) -> Any:
        """Send a command, and return its value."""
        self.count += 1
        message = json.dumps([0, self.count, f"{room}:{command}", parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._read()
        assert number == self.count
        if error is not None and error["error"] == "stale element reference":
            raise Stale(command)
        assert error is None, f"{command} {parameters}: {error['error']}: {error['message']}"
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def open(self, address: str) -> None:
        self.ask("Navigate", url=address)

    def find(self, selector: str, words: str = "") -> str:
        """Wait for an element.

        Parameters
        ----------
        selector : str
            In CSS; with words, the name of an element, or ``*``.
        words : str
            What it must say, all in all.

        Returns
        -------
        str
            A reference.
        """
        using, value = "css selector", selector
        if words:
            using, value = "xpath", f'//{selector}[normalize-space()="{words}"]'
        found: str = self.ask("FindElement", using=using, value=value)[ELEMENT]
        return found

    def click(self, selector: str, words: str = "") -> None:
        """Click on an element, once it is shown."""
        self.ask("ElementClick", id=self._shown(selector, words))

    def press(self, selector: str, text: str) -> None:
        """Type into an element, once it is shown."""
        self.ask("ElementSendKeys", id=self._shown(selector), text=text)

    def choose(self, selector: str, path: Path) -> None:
        """Choose a file in an element that need not be shown."""
        self.ask("ElementSendKeys", id=self.find(selector), text=str(path))

    def _shown(self, selector: str, words: str = "") -> str:
        """Wait until an element is shown, and bring it out from under bars."""
        found = self.find(selector, words)
        until(lambda: self.ask("IsElementDisplayed", id=found))
        self.evaluate("arguments[0].scrollIntoView({block: 'center'})", {ELEMENT: found})
        return found

    def text(self, selector: str) -> str:
        """Return what an element shows, on one line; empty while it is hidden."""
        shown: str = self.ask("GetElementText", id=self.find(selector))
        return " ".join(shown.split())

    def expect(self, selector: str, words: str) -> None:
        """Wait until an element shows words, among others."""
        told = ""

        def says() -> bool:
            nonlocal told
            with suppress(Stale):
                told = self.text(selector)
            return words in told

        try:
            until(says)
        except AssertionError as error:
            raise AssertionError(f"{selector} says {told!r}, not {words!r}") from error

    def evaluate(self, script: str, *given: Any) -> Any:
        """Run the body of a function in the page, whatever its policy, and wait for its promise."""
        return self.ask("ExecuteScript", script=script, args=list(given))

    def complaints(self, address: str) -> list[str]:
        """Return, and forget, the errors in the console that pages of an address caused."""
        self.ask("SetContext", "Marionette", value="chrome")
        try:
            found: list[str] = self.evaluate(COMPLAINTS, address)
        finally:
            self.ask("SetContext", "Marionette", value="content")
        return found

    def saved(self, ending: str) -> Path:
        """Wait for a file that the browser saves: whole as soon as nothing of it is under way."""

        def whole() -> list[Path]:
            found = [one for one in self.downloads.glob(f"*{ending}") if one.stat().st_size]
            return [] if any(self.downloads.glob("*.part")) else found

        until(whole)
        (path,) = whole()
        return path


@contextmanager
def firefox(**prefs: Any) -> Iterator[Firefox]:
    """Run Firefox without a window, in a profile of its own, and end it."""
    assert PATH is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile, downloads = Path(folder, "profile"), Path(folder, "downloads")
        profile.mkdir()
        downloads.mkdir()
        settings = PREFS | {"browser.download.dir": str(downloads)} | prefs
        lines = [f"user_pref({json.dumps(one)}, {json.dumps(to)});" for one, to in settings.items()]
        (profile / "user.js").write_text("\n".join(lines), "utf-8")
        # System access lets the console be read.
        options = ["--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
        process = subprocess.Popen(
            [PATH, *options, "--profile", str(profile), "about:blank"],
            env={**os.environ, "HOME": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        port = profile / "MarionetteActivePort"
        try:
            until(lambda: port.exists() and port.read_text("ascii"), 90)
            one = Firefox(int(port.read_text("ascii")), downloads)
            yield one
            one.ask("Quit", "Marionette", flags=["eForceQuit"])
            one.stream.close()
            one.socket.close()
            process.wait(30)
        finally:
            process.kill()
            process.wait(30)
