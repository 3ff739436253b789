"""One worker process: fed through a pipe of its own, replaced when it dies, hangs or is worn out."""

import ctypes
import multiprocessing
import pickle  # nosec B403: only between this process and its own workers
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final

START_SECONDS: Final = 120.0
"""A worker that is not ready, or does not take its work, after this time is replaced."""
END_SECONDS: Final = 10.0
"""A worker that does not end by itself within this time is killed."""
TASKS_PER_WORKER: Final = 500
"""A worker is replaced after this many photos: the pose model's libraries leak a little."""
TRIES: Final = 2
"""How often a photo is tried when its worker dies: it may have been another's fault."""

_READY: Final = b"ready"
_TAKEN: Final = b"taken"
_SPAWN: Final = multiprocessing.get_context("spawn")
_BOOKKEEPING: Final = threading.Lock()
"""Held while a process is started or buried: multiprocessing's list of children knows no threads."""

Work = Callable[[], Any]
"""Something slow to do; it must be possible to pickle it."""


class WorkerDied(Exception):
    """A worker ended while it did something.

    Attributes
    ----------
    exitcode : int, optional
        Negative: the signal that ended it. None: it was given up before it was ready.
    """

    def __init__(self, exitcode: int | None) -> None:
        super().__init__(exitcode)
        self.exitcode = exitcode


class TookTooLong(Exception):
    """The work was not done in time; its worker was killed."""


class StartFailed(Exception):
    """What prepares a worker raised an error, which is the cause of this one."""


class _Gone(Exception):
    """A worker was dead before it took any work."""


class Worker:
    """One process at a time; its methods but :meth:`stop` are called by one thread only."""

    def __init__(
        self, prepare: Callable[[], object], on_death: Callable[[int | None], object]
    ) -> None:
        self._prepare, self._on_death = prepare, on_death
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._tasks = 0
        self._stopped = False
        self._turn = threading.Lock()

    def start(self) -> None:
        """Have a worker that is alive and not worn out; do nothing if there is one."""
        if self._process is not None and self._tasks >= TASKS_PER_WORKER:
            self._bury()
        if self._process is not None:
            if not wait([self._process.sentinel], 0):
                return
            self._died()
        self._spawn()
        try:
            message = self._receive(START_SECONDS)
        except (_Gone, TookTooLong):
            raise self._died() from None
        if message != _READY:
            self._bury()
            raise StartFailed from pickle.loads(message)  # nosec B301

    def do(self, work: Work, seconds: float) -> Any:
        """Do one piece of work; if its worker dies, once more in another."""
        data = ForkingPickler.dumps(work)
        tries = 0
        while True:
            try:
                self._hand_over(data)
                return self._result(seconds)
            except WorkerDied:
                tries += 1
                if tries >= TRIES or self._stopped:
                    raise

    def stop(self) -> None:
        """Kill the process and start none again; may be called by any thread."""
        with self._turn:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def end(self) -> None:
        """Let the process end."""
        if self._process is not None:
            self._bury()

    def _spawn(self) -> None:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_serve, args=(theirs, self._prepare), daemon=True)
        with self._turn:
            if self._stopped:
                raise WorkerDied(None)
            with _BOOKKEEPING, _without_ctrl_c():
                process.start()
            self._process, self._pipe, self._tasks = process, ours, 0
        theirs.close()

    def _hand_over(self, data: Any) -> None:
        """Have a worker take the work; one that died while it was idle is replaced."""
        while True:
            self.start()
            try:
                self._send(data)
            except _Gone:
                died = self._died()
                if self._stopped:
                    raise died from None
            else:
                self._tasks += 1
                return

    def _send(self, data: Any) -> None:
        assert self._pipe is not None
        assert self._process is not None
        # A process that was frozen takes nothing; killed, it breaks the pipe.
        clock = threading.Timer(START_SECONDS, self._process.kill)
        clock.start()
        try:
            self._pipe.send_bytes(data)
            self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise _Gone from None
        finally:
            clock.cancel()

    def _result(self, seconds: float) -> Any:
        try:
            well, found = pickle.loads(self._receive(seconds))  # nosec B301
        except _Gone:
            raise self._died() from None
        except TookTooLong:
            self._bury()
            raise
        if not well:
            raise found
        return found

    def _receive(self, seconds: float) -> bytes:
        """Return the worker's next message.

        Raises
        ------
        _Gone
            If it died.
        TookTooLong
            If nothing came in time.
        """
        assert self._pipe is not None
        assert self._process is not None
        if not wait([self._pipe, self._process.sentinel], seconds):
            raise TookTooLong
        try:
            if not self._pipe.poll():
                raise _Gone
            return self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise _Gone from None

    def _died(self) -> WorkerDied:
        code = self._bury()
        if not self._stopped:
            self._on_death(code)
        return WorkerDied(code)

    def _bury(self) -> int | None:
        """End the process, if it has not ended; return its exit code."""
        assert self._pipe is not None
        assert self._process is not None
        self._pipe.close()  # an idle worker ends by that
        process = self._process
        if not wait([process.sentinel], END_SECONDS if self._tasks >= TASKS_PER_WORKER else 0):
            process.kill()
        with self._turn, _BOOKKEEPING:
            process.join()
            code: int | None = process.exitcode
            with suppress(ValueError):  # somebody else in this process has waited for it
                process.close()
            self._process = self._pipe = None
        return code


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let a process that starts meanwhile not notice Ctrl-C: it is for this one, which stops it."""
    if sys.platform == "win32":
        with ignored_by_children():
            yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def ignored_by_children() -> Iterator[None]:
    """Ignore Ctrl-C on Windows, which a process that starts meanwhile inherits."""
    console: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]  # known on Windows only
    console.SetConsoleCtrlHandler(None, 1)
    try:
        yield
    finally:
        console.SetConsoleCtrlHandler(None, 0)


def _serve(pipe: Connection, prepare: Callable[[], object]) -> None:
    """Do what comes through a pipe until its other end is closed; runs in a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        try:
            prepare()
        except BaseException as error:  # noqa: BLE001 - sent to the parent
            pipe.send_bytes(_pickled(error))
            return
        pipe.send_bytes(_READY)
        while True:
            _do_next(pipe)


def _do_next(pipe: Connection) -> None:
    """Wait for work and do it; on return nothing of a photo is held any more."""
    data = pipe.recv_bytes()
    pipe.send_bytes(_TAKEN)
    pipe.send_bytes(_answer(data))


def _answer(data: bytes) -> Any:
    try:
        return ForkingPickler.dumps((True, pickle.loads(data)()))  # nosec B301
    except Exception as error:  # noqa: BLE001 - raised again by whoever asked
        return _pickled((False, error))


def _pickled(message: Any) -> Any:
    """Pickle an error, alone or in an answer; in words if it cannot be pickled."""
    try:
        data = ForkingPickler.dumps(message)
        pickle.loads(data)  # nosec B301: what cannot be read again is of no use
    except Exception:  # noqa: BLE001 - whatever an error's own pickling raises
        error = message[1] if isinstance(message, tuple) else message
        words = RuntimeError(f"{type(error).__name__}: {error}")
        data = ForkingPickler.dumps((False, words) if isinstance(message, tuple) else words)
    return data
