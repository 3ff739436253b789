"""How a process that measures begins, in the batch and in the service: one core, a warm model."""

import contextlib
import os
import signal
import sys
from typing import Final

from vision.backends.weights import Variant

NICENESS: Final = 5
"""Workers leave the server's loop the first turn on a busy core: it needs little, but at once."""

_PR_SET_DUMPABLE: Final = 4


def start_worker(variant: Variant, backend: str | None = None) -> None:
    """Prepare a worker: one core, no Ctrl-C of its own, a warm model."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_one_core()
    import numpy as np

    from vision.backends.engines import default_estimator

    default_estimator(variant, backend).detect(np.zeros((64, 64, 3), np.uint8))


def use_one_core() -> None:
    """Keep the libraries of this process from spreading over the cores that others work on."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import cv2

    cv2.setNumThreads(1)


def start_service_worker(memory_bytes: int, backend: str | None = None) -> None:
    """Prepare a worker of the service.

    Parameters
    ----------
    memory_bytes : int
        As for :func:`harden`.
    backend : {"auto", "mediapipe", "litert"}, optional
        Engine of the pose model.
    """
    harden(memory_bytes)
    # What keeps the model from starting is said by the first work that asks for it.
    with contextlib.suppress(Exception):
        start_worker("heavy", backend)


def harden(memory_bytes: int) -> None:
    """Prepare this process for files from anybody.

    Parameters
    ----------
    memory_bytes : int
        What it may allocate; a photo that takes more fails, and nothing else does.
    """
    # Not a handler in Python, which a process that hangs in a decoder never gets back to.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    keep_no_core_dump()
    limit_memory(memory_bytes)
    silence()
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def keep_no_core_dump() -> None:
    """Let a crash of this process leave no picture of its memory, which may hold a photo."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        # The limit alone does not stop a collector that the system pipes dumps to.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit_memory(memory_bytes: int) -> None:
    """Set a ceiling on what this process may allocate, where the system knows one.

    Private data is limited, not the address space: weights and libraries that are only
    mapped, and what threads reserve without using it, cost nothing.
    """
    if sys.platform == "linux":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        ceiling = memory_bytes if most == resource.RLIM_INFINITY else min(memory_bytes, most)
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, ceiling))


def silence() -> None:
    """Point both outputs at nothing: remarks of decoders may quote the file they read."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    os.close(null)


def cores() -> int:
    """Return how many processes this machine can keep busy."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
