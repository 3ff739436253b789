"""What the log may say of a failure: where it happened and of which kind, never with what.

The message of an exception can quote what was sent: a name, a note, bytes of a photo.
"""

import logging
import traceback
from types import TracebackType
from typing import Final

_MAX_CHAIN: Final = 5
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def trace_of(error: BaseException) -> str:
    """Return kind and places of an exception and of what caused it, without their messages.

    >>> trace_of(ValueError("Erika"))
    'ValueError'
    """
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < _MAX_CHAIN:
        frames = traceback.extract_tb(seen.__traceback__)
        places = [f'  File "{one.filename}", line {one.lineno}, in {one.name}' for one in frames]
        parts.append("\n".join([*places, type(seen).__name__]))
        seen = seen.__cause__ or seen.__context__
    return "\ncaused by\n".join(parts)


class DiscreetFormatter(logging.Formatter):
    """Formats log records as usual, but exceptions without what they say."""

    def formatException(self, ei: ExcInfo) -> str:
        """Return where and of which kind the exception was."""
        return "" if ei[1] is None else trace_of(ei[1])
