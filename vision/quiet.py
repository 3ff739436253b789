"""Python warnings of the image decoders, kept quiet without touching anybody else's.

``warnings.catch_warnings`` swaps the whole process's filters: in two threads they are restored in
the wrong order, and what other threads warn of meanwhile is lost. The one filter set here looks
at who asks: it ignores what the thread that reads a photo warns of, and nothing else.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final


class _Reading(threading.local):
    """Stands where a filter has the pattern for the warning's text."""

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
    if not filters or filters[0] is not _RULE:  # somebody's newer filter would come first
        filters.insert(0, _RULE)
    before, _READING.active = _READING.active, True
    try:
        yield
    finally:
        _READING.active = before
