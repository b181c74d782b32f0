"""Run an ensemble: the only door to processes.

Futures are cut into jobs of one arm and one block of runs. Each job is computed and written by one worker,
and its numbers depend on nothing but seed, run number and parameters; so workers and blocks change the time
taken, never a bit of the results. Blocks of different arms take turns, so that an interrupted run keeps
futures that can be paired.

Ctrl-C once finishes the jobs under way and saves; twice stops now. Both leave a store that opens.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.engine import FINE, advance
from diarchy.ensemble import store
from diarchy.ensemble.design import Design
from diarchy.ensemble.interrupts import Interrupts
from diarchy.ensemble.ledger import Done, Ledger, Progress, describe_run, peak_memory
from diarchy.ensemble.parcel import pack
from diarchy.ensemble.results import Results, open_results
from diarchy.ensemble.twins import run_arms
from diarchy.errors import DesignError, Fault, Faults
from diarchy.model import Model

_LARGEST_BLOCK = 84  # runs: a larger one takes memory and saves no time
_SMALLEST_BLOCK = 16  # runs: in a smaller one, most of a step is spent in calling the kernels
_BLOCK_BYTES = 96 * 2**20  # that the records of one block may take in a worker
_JOBS_PER_WORKER = 4  # so that workers finish at about the same time
_UNDER_WAY = 2  # jobs per worker that are handed out at a time
_LOOK_EVERY = 0.25  # seconds between two looks at whether to stop
_SAY_AFTER = 1.5  # seconds of compiling before it is said
_TRIAL_STEPS = 2
_COMPILING = "compiling the mechanisms: once for this version, later runs take them from the cache"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class _Task:
    """What every job of a run shares."""

    model: Model
    seed: int
    record: tuple[str, ...]
    out: Path


@dataclass(frozen=True)
class _Job:
    """Some neighbouring runs: place of the first, their numbers, how many each arm takes, its parameters."""

    first: int
    runs: np.ndarray
    counts: dict[str, int]
    values: dict[str, dict[str, np.ndarray]]


def run(
    model: Model,
    design: Design,
    out: str | Path,
    record: Sequence[str],
    workers: int = 1,
    seed: int | None = None,
    *,
    block: int | None = None,
    only: Sequence[int] | None = None,
    planned: Mapping[str, int] | None = None,
    force: bool = False,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    provenance: Mapping[str, Any] | None = None,
    questions: Any = None,
    inputs: Mapping[str, str] | None = None,
) -> Results:
    """Run the futures of a design, all arms, into a new store.

    Parameters
    ----------
    model, design : what to run, with which parameters.
    out : the store's folder to be.
    record : qualified states to keep at every step.
    workers : processes; 1 computes in this one, 0 takes one for each processor.
    seed : of the runs' luck; the design's when None.
    block : runs in a job; chosen when None. Changes the time and the files' chunks, never a value.
    only : run numbers of the design to run; all when None.
    planned : arm -> how many of the first of these runs it takes; all where it is not named.
    force : whether a store that is there may be replaced.
    progress : told runs done, runs in all, runs per second, and seconds left (infinite while unknown).
    notify : told in a sentence what takes long.
    stop : asked now and then; when it says true, what is under way is finished and saved.
    provenance : what else to keep with the results; JSON values.
    questions : kept with the results; JSON values.
    inputs : file name -> text, kept under ``inputs/``.

    Returns
    -------
    Results : `interrupted` when not everything was run.

    Raises
    ------
    DesignError : it cannot be laid out or written, or a worker died; blocks that were finished are kept.
    ModelError : a mechanism does not do what it declares.
    """
    started = time.perf_counter()
    runs, seed, workers = _checked(design, only, design.seed if seed is None else seed, workers, block)
    layout = store.lay_out(model, design, record, runs, planned)
    layout = replace(layout, block=block or _block_size(layout, workers))
    workers = min(workers, -(-len(runs) // layout.block))
    task = _Task(model, seed, tuple(layout.columns), Path(out))
    store.check_place(task.out, layout, force)
    parcel = pack(task) if workers > 1 else b""
    if parcel:
        task = pickle.loads(parcel)  # as the workers will have it, so that what is compiled here serves them
    _trial(task, parcel, design, runs, notify)
    said = describe_run(model, design, layout, seed, provenance or {}, questions)
    store.create(task.out, layout, said, inputs or {}, force)
    ledger = Ledger(task.out, said, layout.futures, started, progress)
    jobs = _jobs(design, layout)
    with Interrupts(stop) as interrupts, _closing(ledger):
        ledger.begin()
        if parcel:
            _run_in_workers(parcel, jobs, workers, ledger, interrupts)
        else:
            _run_here(task, jobs, ledger, interrupts)
    return open_results(task.out)


def _checked(
    design: Design, only: Sequence[int] | None, seed: int, workers: int, block: int | None
) -> tuple[np.ndarray, int, int]:
    """Run numbers, seed and workers as they will be used."""
    faults = Faults(DesignError)
    runs = design.runs if only is None else np.unique(np.asarray(only, dtype=np.int64))
    if runs.size == 0:
        faults.add("no run is asked for", allowed=f"0 to {design.futures - 1}")
    elif runs[0] < 0 or runs[-1] >= design.futures:
        outside = runs[0] if runs[0] < 0 else runs[-1]
        faults.add(f"no run {outside} in this design", allowed=f"0 to {design.futures - 1}")
    if not 0 <= seed < 2**64:
        faults.add(f"seed {seed} is out of range", allowed="0 to 2**64 - 1")
    if workers < 0:
        faults.add(f"{workers} workers", allowed="1 or more; 0 for one a processor", cure="set --workers")
    if block is not None and block < 1:
        faults.add(f"{block} runs in a block", allowed="1 or more")
    faults.raise_if_any()
    return runs, seed, workers or _processors()


def _processors() -> int:
    """Processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _block_size(layout: store.Layout, workers: int) -> int:
    """Runs in a job: enough jobs for balance, each worth its calls and small enough for memory."""
    share = -(-len(layout.runs) // (workers * _JOBS_PER_WORKER))
    fits = _BLOCK_BYTES // (layout.numbers_per_run * 8)  # the engine records in eight bytes
    return max(1, min(max(share, _SMALLEST_BLOCK), _LARGEST_BLOCK, fits, len(layout.runs)))


def _trial(
    task: _Task, parcel: bytes, design: Design, runs: np.ndarray, notify: Callable[[str], None] | None
) -> None:
    """Two steps of one run of each arm: compiles, or finds in the cache, all that the workers will need."""
    if parcel and _cold(task.model):  # compiling takes memory that a process gives back only when it ends
        _trial_elsewhere(parcel, design, runs, notify)
        return
    timer = threading.Timer(_SAY_AFTER, notify or (lambda _: None), [_COMPILING])
    timer.daemon = True
    timer.start()
    try:
        _try_out(task, {name: design.values(name, runs[:1]) for name in task.model.arms}, runs[:1])
    finally:
        timer.cancel()


def _try_out(task: _Task, values: Mapping[str, Any], runs: np.ndarray) -> None:
    """Two steps of one run of each arm."""
    calendar = replace(task.model.calendar, steps=min(_TRIAL_STEPS, task.model.calendar.steps))
    for name, arm in task.model.arms.items():
        advance(arm, calendar, values[name], runs, task.seed, task.record)


def _trial_elsewhere(
    parcel: bytes, design: Design, runs: np.ndarray, notify: Callable[[str], None] | None
) -> None:
    """The same in a process that ends with it."""
    if notify is not None:
        notify(_COMPILING)
    with _starting():
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(parcel,))
        future = pool.submit(
            _work_on_trial, {name: design.values(name, runs[:1]) for name in design.model.arms}, runs[:1]
        )
    try:
        future.result()
    except BrokenProcessPool as error:
        raise DesignError(
            [Fault("the process that compiles died", cure="set --workers 1; it shows the cause")]
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _cold(model: Model) -> bool:
    """Whether a function of the model has never been compiled here; false where numba does not tell."""
    functions = (f for arm in model.arms.values() for m in arm.mechanisms for f in (m.push, m.settle))
    files = (getattr(getattr(f, "_cache", None), "_cache_file", None) for f in functions)
    return any(not os.path.exists(getattr(file, "_index_path", os.devnull)) for file in files if file)


def _jobs(design: Design, layout: store.Layout) -> Iterator[_Job]:
    """All jobs: blocks of runs, all arms of a block together."""
    for first in range(0, len(layout.runs), layout.block):
        numbers = layout.runs[first : first + layout.block]
        counts = {
            arm: min(max(planned - first, 0), len(numbers))
            for arm, planned in zip(layout.arms, layout.planned, strict=True)
        }
        values = {arm: design.values(arm, numbers[:count]) for arm, count in counts.items() if count}
        yield _Job(first, numbers, counts, values)


def _compute(task: _Task, job: _Job) -> list[Done]:
    """Compute and write one job."""
    finished = []
    places = {arm: place for place, arm in enumerate(task.model.arms)}
    arms = run_arms(task.model, job.values, job.runs, task.seed, task.record, job.counts)
    for arm, block, began, spent in arms:
        store.write_block(task.out, places[arm], job.first, block)
        failed = int(np.count_nonzero(block.status != FINE))
        finished.append(
            Done(arm, job.first, job.counts[arm], failed, began, spent, os.getpid(), peak_memory())
        )
    return finished


@contextmanager
def _closing(ledger: Ledger) -> Iterator[None]:
    """Save the books whatever happens, and say what is kept when the disk does not take the results."""
    failing = True
    try:
        yield
        failing = False
    except OSError as error:
        raise store.unwritable(ledger.path, error, ledger.kept()) from error
    finally:
        ledger.close(failing)


def _run_here(task: _Task, jobs: Iterator[_Job], ledger: Ledger, interrupts: Interrupts) -> None:
    """Compute in this process."""
    for job in jobs:
        if interrupts.asked:
            return
        interrupts.breakable = True
        try:
            finished = _compute(task, job)
        except KeyboardInterrupt:
            return
        finally:
            interrupts.breakable = False
        for done in finished:
            ledger.add(done)


def _run_in_workers(
    parcel: bytes, jobs: Iterator[_Job], workers: int, ledger: Ledger, interrupts: Interrupts
) -> None:
    """Compute in processes of their own, a few jobs a worker at a time."""
    others = set(multiprocessing.active_children())
    with _starting():
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(parcel,))
    pending: set[Future[list[Done]]] = set()
    try:
        while not interrupts.now:
            while len(pending) < _UNDER_WAY * workers and not interrupts.asked and (job := next(jobs, None)):
                with _starting():
                    pending.add(pool.submit(_work, job))
            if interrupts.asked:
                pending = {future for future in pending if not future.cancel()}
            if not pending:
                return
            finished, pending = _wait(pending)
            for done in (done for future in finished for done in future.result()):
                ledger.add(done)
    except BrokenProcessPool as error:
        raise _died(ledger) from error
    except OSError:
        _keep(pending, ledger)
        raise
    finally:
        if interrupts.now:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def _wait(pending: set[Future[list[Done]]]) -> tuple[set[Future[list[Done]]], set[Future[list[Done]]]]:
    """Wait a little for the next job to end."""
    first = concurrent.futures.FIRST_COMPLETED
    finished, left = concurrent.futures.wait(pending, timeout=_LOOK_EVERY, return_when=first)
    return finished, left


def _keep(pending: set[Future[list[Done]]], ledger: Ledger) -> None:
    """After one job could not be written, enter those under way that still can be."""
    for future in concurrent.futures.wait([f for f in pending if not f.cancel()]).done:
        for done in future.result() if future.exception() is None else ():
            ledger.add(done)


def _died(ledger: Ledger) -> DesignError:
    """A worker that is gone: killed for memory, or unable to start."""
    cure = "set fewer --workers if memory is short; 1 shows the cause"
    if not ledger.blocks:
        cure += "; a script of your own must call `run` under `if __name__ == '__main__':`"
    return DesignError([Fault(f"a worker process died; {ledger.kept()}", cure=cure)])


@contextmanager
def _starting() -> Iterator[None]:
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


_task: _Task | None = None  # of this worker


def _begin(parcel: bytes) -> None:
    """Prepare a worker: unpack the task once, leave Ctrl-C to the parent, and do not outlive it."""
    global _task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _task = pickle.loads(parcel)


def _leave_with_parent() -> None:
    """End this worker when its parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on_trial(values: Mapping[str, Any], runs: np.ndarray) -> None:
    """The trial in a worker."""
    if _task is not None:
        _try_out(_task, values, runs)


def _work(job: _Job) -> list[Done]:
    """One job in a worker."""
    if _task is None:
        raise RuntimeError("a worker was not prepared")
    return _compute(_task, job)
