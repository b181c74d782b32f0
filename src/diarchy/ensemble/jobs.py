"""Jobs: some neighbouring runs of all arms, computed and encoded by whoever gets them.

A job's numbers depend on nothing but seed, run numbers and parameters; so who computes it, where and how
often, changes the time taken, never a bit of the results.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.engine import FINE, Block, advance
from diarchy.ensemble import store
from diarchy.ensemble.branch import run_parting
from diarchy.ensemble.chunks import Encoder, chunk_name, digest
from diarchy.ensemble.design import Design
from diarchy.ensemble.journal import Share
from diarchy.ensemble.layout import Column, Layout
from diarchy.ensemble.machine import peak_memory
from diarchy.ensemble.twins import run_arms
from diarchy.model import Model

_TRIAL_STEPS = 2


@dataclass(frozen=True)
class Task:
    """What every job of a run shares.

    Parameters
    ----------
    model, seed : what to run, under which luck.
    record : qualified states to keep.
    shelves, chunk : how arrays are stored, and runs in a chunk.
    names : parameters in the order in which they are stored.
    software : what the run was begun with.
    out : the store that workers write to themselves; None where the parent writes.
    switch : the step until which every arm is the base; 0 for arms that are their own from the start.
    beside : the states to keep of arms that only stand beside others.
    """

    model: Model
    seed: int
    record: tuple[str, ...]
    shelves: Mapping[str, Column]
    chunk: int
    names: tuple[str, ...]
    software: Mapping[str, str]
    out: Path | None
    switch: int = 0
    beside: tuple[str, ...] = ()

    @cached_property
    def encoder(self) -> Encoder:
        """Made once in each worker."""
        return Encoder(self.shelves, self.chunk)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "encoder"}


@dataclass(frozen=True)
class Job:
    """Some neighbouring runs: place of the first, their numbers, how many each arm takes, its parameters."""

    first: int
    runs: np.ndarray
    counts: dict[str, int]
    values: dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Done:
    """What a worker says of a job that it has done.

    Parameters
    ----------
    first : place of the job's first run.
    shares : arm -> what it took.
    elapsed_s : [s] wall clock in the worker.
    worker, memory_mb : who, and the most memory that it has held so far [MB].
    chunks : file of the Zarr group -> its bytes, where the parent is to write them.
    """

    first: int
    shares: dict[str, Share]
    elapsed_s: float
    worker: str
    memory_mb: float
    chunks: dict[str, bytes] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Runs of all arms."""
        return sum(share.count for share in self.shares.values())


def jobs(design: Design, layout: Layout, there: Container[int]) -> Iterator[Job]:
    """All jobs but those whose first run is `there`: blocks of runs, all arms of a block together."""
    for first in range(0, len(layout.runs), layout.block):
        if first in there:
            continue
        numbers = layout.runs[first : first + layout.block]
        counts = dict.fromkeys(layout.arms, 0) | layout.counts(first)
        if not any(counts.values()):
            return
        values = {arm: design.values(arm, numbers[:count]) for arm, count in counts.items() if count}
        yield Job(first, numbers, counts, values)


def compute(task: Task, job: Job) -> Done:
    """Compute and encode one job, and write it where the workers write."""
    began = time.monotonic()
    places = {arm: place for place, arm in enumerate(task.model.arms)}
    shares: dict[str, Share] = {}
    chunks: dict[str, bytes] = {}
    given = task.model, job.values, job.runs, task.seed, task.record, job.counts
    parting = task.switch > 0
    for arm, block, _, spent in (
        run_parting(*given, task.switch) if parting else run_arms(*given, task.beside)
    ):
        encoded = task.encoder.encode(_arrays(task, block, job.values[arm]))
        failed = int(np.count_nonzero(block.status != FINE))
        checks = {name: digest(data) for name, data in encoded.items()}
        shares[arm] = Share(len(block.status), failed, round(spent, 4), checks)
        files = {
            chunk_name(name, task.shelves[name], places[arm], job.first // task.chunk): data
            for name, data in encoded.items()
        }
        if task.out is None:
            chunks |= files
        else:
            put_chunks(task.out, files)
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return Done(job.first, shares, time.monotonic() - began, worker, peak_memory(), chunks)


def put_chunks(out: Path, files: Mapping[str, bytes]) -> None:
    """Write chunks to a store; `status` is the last of a block's arrays, for readers that know no journal.

    Raises
    ------
    OSError : the disk is full or gone.
    """
    for name, data in files.items():
        store.put(out, f"{store.ZARR}/{name}", data)


def _arrays(task: Task, block: Block, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of one arm's block, in the order in which they are written."""
    nothing = np.full(len(block.status), np.nan)
    columns = [values.get(name, nothing) for name in task.names]
    parameters = np.stack(columns, axis=1) if columns else np.empty((len(nothing), 0))
    ends = {"parameters": parameters, "failed_at": block.failed_at, "status": block.status}
    return {**block.records, **ends}


def first_job(design: Design, layout: Layout) -> Job:
    """One run of every arm: enough to try a model out."""
    runs = layout.runs[:1]
    values = {arm: design.values(arm, runs) for arm in layout.arms}
    return Job(0, runs, dict.fromkeys(layout.arms, 1), values)


def try_out(task: Task, first: Job) -> str:
    """Two steps of the first run of each arm: compiles, or finds in the cache, all that is needed.

    Returns
    -------
    str : a digest of what came out, to compare machines by.
    """
    calendar = replace(task.model.calendar, steps=min(_TRIAL_STEPS, task.model.calendar.steps))
    whole = b""
    for name, arm in task.model.arms.items():
        block = advance(arm, calendar, first.values[name], first.runs, task.seed, task.record)
        whole += b"".join(block.records[key].tobytes() for key in sorted(block.records))
    return digest(whole)
