"""Lock a file against other processes, on every system."""

import sys
from typing import IO, Any


def lock(file: IO[Any]) -> None:
    """Lock an open file for this process, until it is closed.

    Raises
    ------
    OSError
        If another process, or another open file of this one, holds the lock.
    """
    if sys.platform == "win32":
        import msvcrt

        # One byte; it may lie beyond the end of the file.
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
