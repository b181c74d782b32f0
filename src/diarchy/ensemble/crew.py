"""Worker processes of this machine, each on a line of its own.

A worker may be killed at any moment: for memory, by a person, by the system. Here it shares no queue and no
lock with others, so it takes nothing with it but the call that it had, which is made again by a worker that
is started in its place. Python's own pools end as a whole when a worker dies, and some moments leave them
waiting for ever: one is when a worker has not yet read all that it was started with.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any

from diarchy.errors import DesignError, Fault

TRIES = 3  # of a call whose worker dies
SHORT = "set fewer --workers if memory is short; 1 shows the cause"  # what to do about it
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class WorkerDied(Exception):
    """The workers that had a call died, one after the other."""


class Crew:
    """Workers, and for each a thread that hands it one call at a time.

    Parameters
    ----------
    workers : how many; each starts with the first call that it gets.
    prepare, values : called in each worker before anything else, such as to unpack what calls share; what it
        raises is raised by the call that the worker was started for.
    """

    def __init__(self, workers: int, prepare: Callable[..., None] | None = None, *values: Any) -> None:
        self.prepare = None if prepare is None else (prepare, values)
        self.calls: queue.SimpleQueue[tuple[Future[Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self.deaths, self.closed = 0, False
        self.lock = threading.Lock()  # over who is there
        self.there: set[_Worker] = set()
        self.threads = [threading.Thread(target=self._attend, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def submit(self, function: Callable[..., Any], *values: Any) -> Future[Any]:
        """What a call will give, or raise; `WorkerDied` when its workers died `TRIES` times."""
        future: Future[Any] = Future()
        self.calls.put((future, (function, values)))
        return future

    def map(self, function: Callable[..., Any], cases: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """What a function gives for the values of each case, in their order; all are handed out at once."""
        futures = [self.submit(function, *values) for values in cases]
        try:
            yield from (future.result() for future in futures)
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        """End the workers at once, whatever they do."""
        with self.lock:
            self.closed = True
            for worker in self.there:
                worker.process.kill()
        with suppress(queue.Empty):
            while left := self.calls.get_nowait():
                left[0].cancel()
        for _ in self.threads:
            self.calls.put(None)
        for thread in self.threads:
            thread.join()

    def _attend(self) -> None:
        """In a thread: hand calls to one worker, and start it where it is not there."""
        worker: _Worker | None = None
        while taken := self.calls.get():
            future, call = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                worker, good, answer = self._made(worker, call)
                (future.set_result if good else future.set_exception)(answer)
            except Exception as error:  # told by whoever waits for the answer
                worker = None
                future.set_exception(error)
        self._without(worker)

    def _made(self, worker: _Worker | None, call: tuple[Any, ...]) -> tuple[_Worker | None, bool, Any]:
        """Who has made a call, whether it went well, and what came out; again where a worker dies over it."""
        for _ in range(TRIES):
            try:
                if worker is None or not worker.process.is_alive():
                    self._without(worker)
                    worker = self._started()
                    if self.prepare is not None and not (answer := worker.ask(self.prepare))[0]:
                        self._without(worker)
                        return None, *answer
                return worker, *worker.ask(call)
            except _Gone:
                self.deaths += 1
                self._without(worker)
                worker = None
        raise WorkerDied

    def _started(self) -> _Worker:
        """A new worker."""
        with self.lock:
            if self.closed:
                raise WorkerDied
            with starting():
                worker = _Worker()
            self.there.add(worker)
            return worker

    def _without(self, worker: _Worker | None) -> None:
        """Let go of a worker that has died, or is of no use."""
        if worker is not None:
            with self.lock:
                self.there.discard(worker)
            worker.process.kill()
            worker.process.join()
            worker.line.close()


class _Gone(Exception):
    """The other end of a line has died."""


class _Worker:
    """A process, and the line to it: nobody else holds either end, so the line ends with either process."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            self.process.start()
        finally:
            theirs.close()

    def ask(self, call: tuple[Any, ...]) -> tuple[bool, Any]:
        """Whether a call went well, and what it gave or raised.

        Raises
        ------
        _Gone : the worker died before it had answered.
        """
        try:
            question = pickle.dumps(call)
        except Exception as error:  # pickle names what cannot travel in several ways
            return False, error
        try:
            self.line.send_bytes(question)
            answer = self.line.recv_bytes()
        except (EOFError, OSError) as error:
            raise _Gone from error
        good, said = pickle.loads(answer)
        return good, said


@contextmanager
def starting() -> Iterator[None]:
    """Start workers with one thread each for libraries, and deaf to Ctrl-C from their first moment.

    Raises
    ------
    DesignError : the system starts no more processes.
    """
    resource_tracker.ensure_running()  # it opens SIGINT when it has started, which would be after we close it
    added = {name: "1" for name in _THREADS if name not in os.environ}
    os.environ.update(added)
    mask = getattr(signal, "pthread_sigmask", None)
    held = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask else set()
    try:
        yield
    except OSError as error:
        raise DesignError([Fault(f"workers cannot be started: {error}", cure="set --workers 1")]) from error
    finally:
        if mask:
            mask(signal.SIG_SETMASK, held)
        for name in added:
            os.environ.pop(name, None)


def _serve(line: Any) -> None:
    """In a worker: answer calls for as long as there is a parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            line.send_bytes(_answer(line.recv_bytes()))


def _leave_with_parent() -> None:
    """End this worker in the middle of a call when its parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(question: bytes) -> bytes:
    """In a worker: make a call, and pack what it gives or raises."""
    try:
        function, values = pickle.loads(question)
        answer = True, function(*values)
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        answer = False, error
    try:
        return pickle.dumps(answer)
    except Exception as error:
        return pickle.dumps((False, TypeError(f"{answer[1]!r} cannot be sent from a worker: {error}")))
