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
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

from diarchy.ensemble.compiling import COMPILING, cold
from diarchy.ensemble.jobs import Done, Job, Task, compute, try_out
from diarchy.ensemble.parcel import pack
from diarchy.errors import DesignError, Fault

_TRIES = 3  # of a job that was under way when a worker died
_UNDER_WAY = 2  # jobs per worker that are handed out at a time
_CURE = "set fewer --workers if memory is short; 1 shows the cause"
_LOOK_EVERY = 0.25  # seconds between two looks at whether to stop
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Processes:
    """Computes in processes of their own, a few jobs a worker at a time.

    Parameters
    ----------
    task, first : what jobs share, and one to try it with.
    workers : processes.
    kept : says what the store holds, for the fault of a job that is lost too often.
    notify : told what takes long, and that a worker died.

    Notes
    -----
    Workers start at once, and load all that is compiled while the parent has other things to do.

    Raises
    ------
    DesignError : a mechanism cannot be sent to a worker, or workers cannot be started.
    """

    def __init__(
        self, task: Task, first: Job, workers: int, kept: Callable[[], str], notify: Callable[[str], None]
    ) -> None:
        self.parcel, self.first, self.workers = pack(task), first, workers
        self.kept, self.notify = kept, notify
        self.pending: dict[Future[Done], tuple[Job, int]] = {}
        self.done: list[Done] = []
        self.others = set(multiprocessing.active_children())
        if cold(task.model):  # once, in a process that gives back at its end the memory that compiling takes
            notify(COMPILING)
            self._compile()
        self.pool = self._start(workers)

    def _compile(self) -> None:
        """Fill the cache."""
        pool = self._start(1)
        try:
            self.prepared.result()
        except BrokenProcessPool as error:
            cure = "set --workers 1; it shows the cause"
            raise DesignError([Fault("the process that compiles died", cure=cure)]) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, workers: int) -> ProcessPoolExecutor:
        """A pool of so many processes, all of them on their way."""
        with starting():
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(
                workers, mp_context=context, initializer=_begin, initargs=(self.parcel, self.first)
            )
            self.prepared, *_ = [_submitted(pool, _ready) for _ in range(workers)]  # each starts one
        return pool

    def ready(self) -> None:
        """Wait for the first worker to have loaded everything; the others are about to."""
        for tried in range(1, _TRIES + 1):
            try:
                self.prepared.result()
                return
            except BrokenProcessPool as error:
                self.close(now=True)
                if tried == _TRIES:
                    raise _stillborn() from error
                self.notify("a worker process died at its start; workers are started again")
                self.pool = self._start(self.workers)

    def room(self) -> bool:
        """Whether fewer jobs are out than keep every worker busy."""
        return len(self.pending) < _UNDER_WAY * self.workers

    def submit(self, job: Job, tries: int = 1) -> None:
        """Hand a job to the pool."""
        with starting():
            future = _submitted(self.pool, _work, job)
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
        if lost:
            self._again(lost)
        done, self.done = self.done, []
        return done

    def _again(self, lost: list[tuple[Job, int]]) -> None:
        """New workers for the jobs that were under way."""
        self.close(now=True)
        if any(tries >= _TRIES for _, tries in lost):
            raise self._died()
        self.notify(f"a worker process died; {len(lost)} jobs that were under way are run again")
        self.pool = self._start(self.workers)
        for job, tries in lost:
            self.submit(job, tries + 1)

    def _died(self) -> DesignError:
        """Workers that die again and again over the same futures."""
        what = f"a worker process died, {_TRIES} times over the same futures; {self.kept()}"
        return DesignError([Fault(what, cure=_CURE)])

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
        """End the workers.

        Where one has died, `now`: a pool ends the others itself, but not one that was just being started, and
        would wait for it for ever.
        """
        if now:
            for process in set(multiprocessing.active_children()) - self.others:
                process.terminate()
        self.pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, call: Callable[..., Any], *values: Any) -> Future[Any]:
    """The future of a call; it carries the fault of a worker that died just before, as of one just after."""
    try:
        return pool.submit(call, *values)
    except BrokenProcessPool as error:
        future: Future[Any] = Future()
        future.set_exception(error)
        return future


def _stillborn() -> DesignError:
    """Workers that die before they have computed anything."""
    what = f"worker processes died at their start, {_TRIES} times"
    cure = f"{_CURE}; a script of your own must call `run` under `if __name__ == '__main__':`"
    return DesignError([Fault(what, cure=cure)])


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


_task: Task | None = None  # of this worker
_trouble: Exception | None = None  # why it cannot compute


def _begin(parcel: bytes, first: Job) -> None:
    """Prepare a worker: unpack the task once, and load all that it computes with."""
    global _task, _trouble
    serve_parent()
    try:
        _task = pickle.loads(parcel)
        try_out(_task, first)
    except Exception as error:  # told by whoever asks for work: an initializer that fails says nothing
        _trouble = error


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


def _ready() -> None:
    """Whether this worker can compute.

    Raises
    ------
    Exception : why it cannot.
    """
    if _trouble is not None:
        raise _trouble


def _work(job: Job) -> Done:
    """One job in a worker."""
    _ready()
    assert _task is not None
    return compute(_task, job)
