"""A pool of worker processes, in which the batch and the service measure.

Workers share nothing, neither a queue nor a lock, so that the death of one of them, busy or idle,
cannot keep the others waiting. A thread of this process looks after each worker.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from app.worker import Work, Worker


class Pool:
    """Does pieces of work in processes, as many at a time as there are workers.

    A worker that dies while it is idle is replaced. When one dies at work, the work is tried
    again in another, :data:`app.worker.TRIES` times in all.

    Parameters
    ----------
    count : int
        Workers.
    prepare : callable
        Called first in each worker; it must be possible to pickle it.
    on_death : callable, optional
        Called in a thread with the exit code of each worker that died.
    """

    def __init__(
        self,
        count: int,
        prepare: Callable[[], object],
        on_death: Callable[[int | None], object] = lambda _: None,
    ) -> None:
        self._workers = [Worker(prepare, on_death) for _ in range(count)]
        self._queue: SimpleQueue[tuple[Future[Any], Work, float] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stopped = False

    def start(self) -> list[Future[None]]:
        """Start all workers; each future is done when its worker is ready."""
        started: list[Future[None]] = [Future() for _ in self._workers]
        for worker, future in zip(self._workers, started, strict=True):
            thread = threading.Thread(target=self._look_after, args=(worker, future), daemon=True)
            thread.start()
            self._threads.append(thread)
        return started

    def submit(self, work: Work, seconds: float) -> Future[Any]:
        """Have a piece of work done by the next worker that is free.

        Parameters
        ----------
        work : callable
        seconds : float
            Time that it may take once a worker has taken it.

        Returns
        -------
        Future
            Its result, what it raised, or: :class:`app.worker.TookTooLong`, :class:`app.worker.WorkerDied` (also when
            the pool is stopped meanwhile), :class:`app.worker.StartFailed`.
        """
        future: Future[Any] = Future()
        self._queue.put((future, work, seconds))
        if self._stopped:
            self._give_up_waiting()
        return future

    def stop(self) -> None:
        """End at once; what is still being done is lost."""
        self._stopped = True
        self._give_up_waiting()
        for worker in self._workers:
            worker.stop()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _look_after(self, worker: Worker, started: Future[None]) -> None:
        _settle(started, worker.start)
        while self._did_next(worker):
            with suppress(Exception):  # the next work reports it
                worker.start()
        worker.end()

    def _did_next(self, worker: Worker) -> bool:
        """Wait for work and do it; on return nothing of a photo is held any more."""
        item = self._queue.get()
        if item is None:
            return False
        future, work, seconds = item
        if future.set_running_or_notify_cancel():
            _settle(future, partial(worker.do, work, seconds))
        return True

    def _give_up_waiting(self) -> None:
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if item is not None:
                    item[0].cancel()


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        future.set_exception(error)
    else:
        future.set_result(result)
