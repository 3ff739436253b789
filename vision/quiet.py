"""Suppress Python warnings of the image decoders, without affecting other warnings.

``warnings.catch_warnings`` replaces the filters of the whole process: with two threads, they are
restored in the wrong order, and warnings of other threads are lost meanwhile. The single filter set
here ignores only warnings from a thread that is reading a photo.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final


class _Reading(threading.local):
    """Takes the place of a filter's pattern for the text of the warning."""

    active = False

    def match(self, _text: str) -> bool:
        """Whether this thread is reading a photo."""
        return self.active


_READING: Final = _Reading()
_RULE: Final[Any] = ("ignore", _READING, Warning, None, 0)


@contextmanager
def no_warnings() -> Iterator[None]:
    """Ignore the warnings of this thread, and of no other."""
    filters: Any = warnings.filters
    if not filters or filters[0] is not _RULE:  # a newer filter of somebody else would come first
        filters.insert(0, _RULE)
    before, _READING.active = _READING.active, True
    try:
        yield
    finally:
        _READING.active = before
