"""The engine of one machine: worker processes, started afresh when one of them dies.

A worker that is killed (for memory, by a person, by the system) takes nothing with it but the jobs that were
under way; they are run again, a few times, since the next worker may fare better and gives the same bits.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

import numpy as np

from diarchy.ensemble.jobs import Done, Job, Task, compute, try_out
from diarchy.errors import DesignError, Fault

_TRIES = 3  # of a job that was under way when a worker died
_UNDER_WAY = 2  # jobs per worker that are handed out at a time
_LOOK_EVERY = 0.25  # seconds between two looks at whether to stop
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Processes:
    """Computes in processes of their own, a few jobs a worker at a time.

    Parameters
    ----------
    parcel : the task, as `parcel.pack` made it.
    workers : processes.
    kept : says what the store holds, for the fault of a job that is lost too often.
    notify : told that a worker died.
    """

    def __init__(
        self, parcel: bytes, workers: int, kept: Callable[[], str], notify: Callable[[str], None]
    ) -> None:
        self.parcel, self.workers, self.kept, self.notify = parcel, workers, kept, notify
        self.pending: dict[Future[Done], tuple[Job, int]] = {}
        self.done: list[Done] = []
        self.others = set(multiprocessing.active_children())
        self.pool = self._start()
        self.any_done = False

    def _start(self) -> ProcessPoolExecutor:
        """A pool whose processes start when jobs come."""
        with starting():
            context = multiprocessing.get_context("spawn")
            return ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=_begin, initargs=(self.parcel,)
            )

    def room(self) -> bool:
        """Whether fewer jobs are out than keep every worker busy."""
        return len(self.pending) < _UNDER_WAY * self.workers

    def submit(self, job: Job, tries: int = 1) -> None:
        """Hand a job to the pool."""
        with starting():
            try:
                future = self.pool.submit(_work, job)
            except BrokenProcessPool as error:
                future = Future()
                future.set_exception(error)
        self.pending[future] = job, tries

    def busy(self) -> bool:
        """Whether jobs are out."""
        return bool(self.pending or self.done)

    def finished(self) -> list[Done]:
        """What has come back; jobs that were lost with a worker are handed out again."""
        first = concurrent.futures.FIRST_COMPLETED
        came = concurrent.futures.wait(self.pending, timeout=_LOOK_EVERY, return_when=first).done
        if any(isinstance(future.exception(), BrokenProcessPool) for future in came):
            came = concurrent.futures.wait(self.pending).done  # all that were out have ended with the pool
        lost, errors = [], []
        for future in came:
            job, tries = self.pending.pop(future)
            error = future.exception()
            if error is None:
                self.done.append(future.result())
            elif isinstance(error, BrokenProcessPool):
                lost.append((job, tries))
            else:
                errors.append(error)
        if errors:
            raise errors[0]
        self.any_done |= bool(self.done)
        if lost:
            self._again(lost)
        done, self.done = self.done, []
        return done

    def _again(self, lost: list[tuple[Job, int]]) -> None:
        """New workers for the jobs that were under way."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        if any(tries >= _TRIES for _, tries in lost):
            raise self._died()
        self.notify(f"a worker process died; {len(lost)} jobs that were under way are run again")
        self.pool = self._start()
        for job, tries in lost:
            self.submit(job, tries + 1)

    def _died(self) -> DesignError:
        """Workers that die again and again: killed for memory, or unable to start."""
        cure = "set fewer --workers if memory is short; 1 shows the cause"
        if not self.any_done:
            cure += "; a script of your own must call `run` under `if __name__ == '__main__':`"
        what = f"a worker process died, {_TRIES} times over the same futures; {self.kept()}"
        return DesignError([Fault(what, cure=cure)])

    def drop_waiting(self) -> None:
        """Take back what no worker has begun."""
        self.pending = {future: out for future, out in self.pending.items() if not future.cancel()}

    def rest(self) -> list[Done]:
        """What of the jobs under way goes well."""
        self.drop_waiting()
        ended = concurrent.futures.wait(self.pending).done
        self.pending = {}
        return self.done + [future.result() for future in ended if future.exception() is None]

    def close(self, now: bool) -> None:
        """End the workers."""
        if now:
            for process in set(multiprocessing.active_children()) - self.others:
                process.terminate()
        self.pool.shutdown(wait=True, cancel_futures=True)


def try_elsewhere(parcel: bytes, values: Mapping[str, Any], runs: np.ndarray) -> None:
    """The trial in a process that ends with it, and gives back the memory that compiling takes.

    Raises
    ------
    DesignError : the process died.
    """
    with starting():
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(parcel,))
        future = pool.submit(_work_on_trial, values, runs)
    try:
        future.result()
    except BrokenProcessPool as error:
        cure = "set --workers 1; it shows the cause"
        raise DesignError([Fault("the process that compiles died", cure=cure)]) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def starting() -> Iterator[None]:
    """Start workers with one thread each for libraries, and deaf to Ctrl-C from their first moment.

    Raises
    ------
    DesignError : the system starts no more processes.
    """
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


_task: Task | None = None  # of this worker


def _begin(parcel: bytes) -> None:
    """Prepare a worker: unpack the task once."""
    global _task
    serve_parent()
    _task = pickle.loads(parcel)


def serve_parent() -> None:
    """Leave Ctrl-C to the process that started this one, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End this worker when its parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on_trial(values: Mapping[str, Any], runs: np.ndarray) -> None:
    """The trial in a worker."""
    if _task is not None:
        try_out(_task, values, runs)


def _work(job: Job) -> Done:
    """One job in a worker."""
    if _task is None:
        raise RuntimeError("a worker was not prepared")
    return compute(_task, job)
