"""Run an ensemble into a store, or finish one: the fourth of the five verbs.

Futures are cut into jobs of one block of runs. An engine computes them, here, in processes or on a cluster;
which one changes the time taken, never a bit. What is done is in the journal at once, so a run that ends in
any way, by Ctrl-C, a full disk or a power cut, goes on from there.

Ctrl-C once finishes the jobs under way and saves; twice stops now. Both leave a store that opens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.ensemble import store
from diarchy.ensemble.branch import check_switch
from diarchy.ensemble.design import Design
from diarchy.ensemble.engines import Engine, Here, drive
from diarchy.ensemble.identity import describe_run
from diarchy.ensemble.interrupts import Interrupts
from diarchy.ensemble.jobs import Job, Task, first_job, jobs
from diarchy.ensemble.layout import Layout, block_size, lay_out
from diarchy.ensemble.ledger import Ledger, Progress, kept_in
from diarchy.ensemble.machine import processors
from diarchy.ensemble.origin import comparison
from diarchy.ensemble.place import Place
from diarchy.ensemble.processes import Processes
from diarchy.ensemble.results import Results, open_results
from diarchy.ensemble.resume import said_before
from diarchy.errors import DesignError, Faults
from diarchy.model import Model


def run(
    model: Model, design: Design, out: str | Path, record: Sequence[str], workers: int = 1,
    seed: int | None = None, *,
    block: int | None = None, only: Sequence[int] | None = None, planned: Mapping[str, int] | None = None,
    beside: Sequence[str] = (), force: bool = False, resume: bool = False, dask: str | None = None,
    switch: int = 0, origin: str | Path | None = None,
    progress: Progress | None = None, notify: Callable[[str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    provenance: Mapping[str, Any] | None = None, questions: Any = None,
    inputs: Mapping[str, str] | None = None,
) -> Results:  # fmt: skip
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
    beside : states to keep of arms that only stand beside others (`diarchy.model.BESIDE`), of those recorded.
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
    started, say = time.perf_counter(), notify or (lambda _: None)
    place = Place(Path(out), force, resume, inputs or {})
    runs, seed, workers = _checked(design, only, design.seed if seed is None else seed, workers, block)
    if switch:
        check_switch(model, switch)
    layout = lay_out(model, design, record, runs, planned)
    block = _block_before(place, origin) or block
    layout = replace(layout, block=min(block or block_size(model, layout, workers), len(runs)))
    said = describe_run(model, design, layout, seed, provenance or {}, questions, switch)
    place.check(layout, said)
    left = place.left(layout)
    compare = comparison(Path(origin), said, place.path) if origin is not None and left else None
    workers = max(1, min(workers, left))
    task = _task(model, seed, layout, said, None if dask else place.path, switch, tuple(beside))
    interrupts, kept = Interrupts(stop), partial(kept_in, place.path, layout.futures)
    with _engine(task, partial(first_job, design, layout), workers, dask, interrupts, kept, say) as engine:
        files = place.files(layout, said)  # while workers start
        if left:  # else a block that turns out to be damaged compiles what it needs
            engine.ready()
        with place.held(layout, said, files, say) as (said, entries):
            if said.get("finished"):
                _nothing_left(engine, layout, progress)
            else:
                total, there = layout.futures, entries.values()
                ledger = Ledger(place.path, said, total, started, there, progress, compare)
                with interrupts, _open(ledger):
                    drive(engine, jobs(design, layout, entries), ledger, interrupts)
    return open_results(place.path, data=False)


def _block_before(place: Place, origin: str | Path | None) -> int | None:
    """Runs in a block of the store that is finished or continued: it stays as it is cut."""
    said = place.said
    if said is None and origin is not None:
        said = said_before(Path(origin))[0]
    return int(said["block"]) if said else None


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


def _task(
    model: Model, seed: int, layout: Layout, said: Mapping[str, Any], path: Path | None, switch: int,
    beside: tuple[str, ...],
) -> Task:  # fmt: skip
    """What jobs share; without a `path`, workers write nothing."""
    record, software = tuple(layout.columns), said["software"]
    return Task(
        model, seed, record, layout.shelves, layout.chunk, layout.names, software, path, switch, beside
    )


@contextmanager
def _engine(
    task: Task, first: Callable[[], Job], workers: int, dask: str | None, interrupts: Interrupts,
    kept: Callable[[], str], say: Callable[[str], None],
) -> Iterator[Engine]:  # fmt: skip
    """Who computes; ended here when a fault ends the run before there is work."""
    engine: Engine
    if dask is not None:
        from diarchy.ensemble.cluster import Cluster

        engine = Cluster(dask, task, first(), workers, kept)
    elif workers > 1:
        engine = Processes(task, first(), workers, kept, say)
    else:
        engine = Here(task, first, interrupts, say)
    try:
        yield engine
    except BaseException:
        engine.close()
        raise


def _nothing_left(engine: Engine, layout: Layout, progress: Progress | None) -> None:
    """Send the workers home, and say that everything is there."""
    engine.close()
    if progress is not None:
        progress(layout.futures, layout.futures, 0.0, 0.0)


@contextmanager
def _open(ledger: Ledger) -> Iterator[None]:
    """Save the books whatever happens, and say what is kept when the disk does not take the results."""
    failing = True
    try:
        ledger.begin()
        yield
        failing = False
    except OSError as error:
        raise store.unwritable(ledger.path, error, ledger.kept()) from error
    finally:
        ledger.close(failing)
