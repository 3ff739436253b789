"""The log: one JSON object per line, or plain text on a terminal; it contains no photo names.

Only our own messages and uvicorn's are written. Messages of other libraries, and of exceptions
during a request, could quote what was sent; the log contains only their type and the lines of code.
This uses Python's logging, through which uvicorn logs as well.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal

LogFormat = Literal["auto", "json", "text"]
REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""Random id of the current request; an id from the client could contain somebody's name."""
REQUEST_ID_HEADER: Final = "X-Request-ID"
WITHHELD: Final = "(a library's message; not written down, as it could quote what was sent)"
_SPEAKERS: Final = ("thomas_test", "uvicorn")


class _Discreet(logging.Formatter):
    """Formats tracebacks without exception messages, if these could describe a photo."""

    def told(self, record: logging.LogRecord) -> str:
        """Return the message if it is one of ours."""
        return record.getMessage().strip() if _is_ours(record) else WITHHELD

    def failure(self, record: logging.LogRecord) -> str | None:
        """Return the traceback; exception messages are included only outside of requests."""
        if not record.exc_info or record.exc_info[1] is None:
            return None
        error = record.exc_info[1]
        if _is_ours(record) and REQUEST_ID.get() is None:
            return "".join(traceback.format_exception(error)).rstrip()
        return trace_of(error)


class JsonLines(_Discreet):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, Any] = {
            "time": _utc(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.told(record),
        }
        if (request_id := REQUEST_ID.get()) is not None:
            entry["request_id"] = request_id
        entry |= getattr(record, "fields", {})
        if (failure := self.failure(record)) is not None:
            entry["exception"] = failure
        return json.dumps(entry, ensure_ascii=False)


class TextLines(_Discreet):
    """Plain text for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or several with a traceback."""
        clock = _utc(record).astimezone().strftime("%H:%M:%S")
        fields = getattr(record, "fields", {})
        more = [
            f"{name}={fields[name]}" for name in ("key", "problem", "verdict") if name in fields
        ]
        line = " ".join((clock, record.levelname, self.told(record), *more))
        failure = self.failure(record)
        return line if failure is None else f"{line}\n{failure}"


def logging_config(log_format: LogFormat) -> dict[str, Any]:
    """Return the configuration for :func:`logging.config.dictConfig` and uvicorn.

    Parameters
    ----------
    log_format : {"auto", "json", "text"}
        ``auto`` is text on a terminal and JSON everywhere else.
    """
    kind = log_format
    if kind == "auto":
        kind = "text" if sys.stdout.isatty() else "json"
    quiet = {"handlers": ["out"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines if kind == "json" else TextLines}},
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "formatter": "lines",
                # Not stderr: it is redirected while the model starts.
                "stream": "ext://sys.stdout",
            }
        },
        "loggers": {name: {**quiet, "level": "INFO"} for name in _SPEAKERS},
        "root": {"handlers": ["out"], "level": "ERROR"},
    }


def trace_of(error: BaseException) -> str:
    """Return types and lines of code of an exception and its causes, without their messages."""
    return "\n".join(_bare(error))


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _SPEAKERS


def _utc(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _bare(error: BaseException) -> Iterator[str]:
    """Yield types and lines of code of an exception and its causes, the last first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield f"{type(one).__module__}.{type(one).__qualname__}"
        yield from _lines_of_code(one.__traceback__)
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


def _lines_of_code(place: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(place):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
