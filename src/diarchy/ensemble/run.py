"""Run an ensemble into a store, or finish one: the fourth of the five verbs.

Futures are cut into jobs of one block of runs. An engine computes them, here, in processes or on a cluster;
which one changes the time taken, never a bit. What is done is in the journal at once, so a run that ends in
any way, by Ctrl-C, a full disk or a power cut, goes on from there.

Ctrl-C once finishes the jobs under way and saves; twice stops now. Both leave a store that opens.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.ensemble import store
from diarchy.ensemble.branch import check_switch
from diarchy.ensemble.chunks import skeleton
from diarchy.ensemble.design import Design
from diarchy.ensemble.engines import Engine, Here, drive
from diarchy.ensemble.identity import check_same, describe_run
from diarchy.ensemble.interrupts import Interrupts
from diarchy.ensemble.jobs import Task, jobs
from diarchy.ensemble.journal import Entry
from diarchy.ensemble.layout import Layout, lay_out
from diarchy.ensemble.ledger import Ledger, Progress
from diarchy.ensemble.machine import processors
from diarchy.ensemble.origin import comparison
from diarchy.ensemble.parcel import pack
from diarchy.ensemble.processes import Processes
from diarchy.ensemble.results import Results, open_results
from diarchy.ensemble.resume import said_before, take_up
from diarchy.ensemble.trial import trial
from diarchy.errors import DesignError, Faults
from diarchy.model import Model

_LARGEST_BLOCK = 168  # runs: a larger one takes memory and saves no time
_SMALLEST_BLOCK = 16  # runs: in a smaller one, most of a step is spent in calling the kernels
_BLOCK_BYTES = 96 * 2**20  # that the records of one block may take in a worker
_JOBS_PER_WORKER = 4  # so that workers finish at about the same time


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
    resume: bool = False,
    dask: str | None = None,
    switch: int = 0,
    origin: str | Path | None = None,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    provenance: Mapping[str, Any] | None = None,
    questions: Any = None,
    inputs: Mapping[str, str] | None = None,
) -> Results:
    """Run the futures of a design, all arms, into a new store, or finish a store of the same run.

    Parameters
    ----------
    model, design : what to run, with which parameters.
    out : the store's folder to be.
    record : qualified states to keep at every step.
    workers : processes; 1 computes in this one, 0 takes one for each processor.
    dask : address of a Dask scheduler to compute on; 'local' for Dask workers here, as many as `workers`.
    seed : of the runs' luck; the design's when None.
    block : runs in a job; chosen when None. Changes the time and the files' chunks, never a value.
    only : run numbers of the design to run; all when None.
    planned : arm -> how many of the first of these runs it takes; all where it is not named.
    force : whether a store that is there may be replaced.
    resume : whether to finish a store that is there: only what is missing or damaged is run, in its blocks.
    switch : the step until which every arm is the base; 0 for arms that are their own from the start.
    origin : a store whose base this one's must be, block by block: a branch continues its futures.
    progress : told runs done, runs in all, runs per second, and seconds left (infinite while unknown).
    notify : told in a sentence what takes long, and what was mended.
    stop : asked now and then; when it says true, what is under way is finished and saved.
    provenance : what else to keep with the results; JSON values.
    questions : kept with the results; JSON values.
    inputs : file name -> text, kept under ``inputs/``.

    Returns
    -------
    Results : `interrupted` when not everything was run.

    Raises
    ------
    DesignError : it cannot be laid out or written, workers died too often, or the store to finish is of
        another run; blocks that were finished are kept.
    ModelError : a mechanism does not do what it declares.
    """
    started, path, say = time.perf_counter(), Path(out), notify or (lambda _: None)
    runs, seed, workers = _checked(design, only, design.seed if seed is None else seed, workers, block)
    layout = lay_out(model, design, record, runs, planned)
    if switch:
        check_switch(model, switch)
    before = said_before(path)[0] if resume and store.is_store(path) else None
    if before or origin is not None:
        block = int((before or said_before(Path(origin or path))[0])["block"])
    layout = replace(layout, block=block or _block_size(layout, workers))
    workers = min(workers, -(-len(runs) // layout.block))
    switched = dict.fromkeys(layout.arms[1:], switch) if switch else {}
    said = describe_run(model, design, layout, seed, provenance or {}, questions, switched)
    compare = comparison(Path(origin), said, path) if origin is not None else None
    if before is None:
        store.check_place(path, layout, force)
    else:
        check_same(before, said, path)
    task, parcel = _task(model, seed, layout, said, None if dask else path, workers, switch)
    if dask is None:
        trial(task, parcel, design, runs, say)
    with store.locked(path):
        if before is None:
            entries: dict[int, Entry] = {}
            store.create(path, skeleton(layout, store.lasting(said)), said, inputs or {}, force)
        else:
            said, entries = take_up(path, layout, said, inputs or {}, say)
        ledger = Ledger(path, said, layout.futures, started, entries.values(), progress, compare)
        with Interrupts(stop) as interrupts, _closing(ledger):
            ledger.begin()
            engine: Engine = Here(task, interrupts)
            if dask is not None:
                engine = _cluster(dask, workers, parcel, said, design, runs, ledger)
            elif parcel:
                engine = Processes(parcel, workers, ledger.kept, say)
            drive(engine, jobs(design, layout, entries), ledger, interrupts)
    return open_results(path)


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
    return runs, seed, workers or processors()


def _block_size(layout: Layout, workers: int) -> int:
    """Runs in a job: enough jobs for balance, each worth its calls and small enough for memory."""
    share = -(-len(layout.runs) // (workers * _JOBS_PER_WORKER))
    fits = _BLOCK_BYTES // (layout.numbers_per_run * 8)  # the engine records in eight bytes
    return max(1, min(max(share, _SMALLEST_BLOCK), _LARGEST_BLOCK, fits, len(layout.runs)))


def _task(
    model: Model,
    seed: int,
    layout: Layout,
    said: Mapping[str, Any],
    path: Path | None,
    workers: int,
    switch: int,
) -> tuple[Task, bytes]:
    """What jobs share, and the same packed; no parcel where this process does the work.

    Without a `path`, workers write nothing.
    """
    record, software = tuple(layout.columns), said["software"]
    task = Task(model, seed, record, layout.shelves, layout.chunk, layout.names, software, path, switch)
    if workers == 1 and path is not None:
        return task, b""
    parcel = pack(task)
    return pickle.loads(parcel), parcel  # as workers will have it, so that what is compiled here serves them


def _cluster(
    address: str, workers: int, parcel: bytes, said: Mapping[str, Any], design: Design, runs: np.ndarray,
    ledger: Ledger,
) -> Engine:  # fmt: skip
    """The workers of a cluster, once they are seen to compute what this process would."""
    from diarchy.ensemble.cluster import Cluster

    cluster = Cluster(address, workers, parcel, said["software"], ledger.kept)
    try:
        cluster.greet({name: design.values(name, runs[:1]) for name in design.model.arms}, runs[:1])
    except BaseException:
        cluster.close(True)
        raise
    return cluster


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
