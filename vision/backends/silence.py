"""Silence native libraries that write to standard error and offer no way to stop it."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Final


class _Silence:
    """Redirects file descriptor 2 to /dev/null while any thread needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._saved = -1

    def start(self) -> None:
        with self._lock:
            self._wanted += 1
            if self._wanted == 1:
                sys.stderr.flush()
                self._saved = os.dup(2)
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, 2)
                os.close(null)

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted == 0:
                os.dup2(self._saved, 2)
                os.close(self._saved)


_SILENCE: Final = _Silence()


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Redirect file descriptor 2 to /dev/null; MediaPipe and LiteRT cannot be silenced otherwise.

    Threads may overlap: the last one to leave restores it.
    """
    _SILENCE.start()
    try:
        yield
    finally:
        _SILENCE.end()
