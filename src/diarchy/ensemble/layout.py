"""What a store holds, decided before anything is computed: axes, arrays, chunks.

Arrays are cut into chunks of one arm and one block of runs, whole in time and cells, so that two workers
never write the same file. A state that some arm does not have is stored as floats, NaN in that arm: no fill
value is ever a number that a reader could take for data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diarchy.ensemble.design import Design
from diarchy.errors import DesignError, Faults, nearest
from diarchy.mechanism import State
from diarchy.model import Model

#: `status` of a run that has not been run.
NOT_RUN = -1
_ROUNDS = 8  # jobs that each worker gets, so that none is long without work at the end
_SMALLEST_BLOCK = 32  # runs: in a smaller one, most of a step is spent in calling the kernels
_CACHE_BYTES = 3 * 2**20  # of states in a block: more fall out of a core's cache, and take memory for nothing
_RECORD_BYTES = 48 * 2**20  # that the records of one block may take in a worker
_SPARE_BYTES = 16 * 2**20  # for metadata, manifest and answers beside the arrays


@dataclass(frozen=True)
class Column:
    """How one state is stored: its axes behind (arm, run, time), array type, fill value and words."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    fill: float
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """What a store holds, before anything is computed.

    Parameters
    ----------
    arms : names, in order.
    planned : of each arm, how many of the first runs it takes; the others are never run in it.
    runs, draws : (run,) run numbers, and the parameter draw of each.
    days : (time,) [day] since the start.
    block : runs in a chunk.
    coordinates : axis -> labels.
    columns : qualified state -> how it is stored.
    names : the parameters in order.
    """

    arms: tuple[str, ...]
    planned: tuple[int, ...]
    runs: np.ndarray
    draws: np.ndarray
    days: np.ndarray
    block: int
    coordinates: dict[str, tuple[str, ...]]
    columns: dict[str, Column]
    names: tuple[str, ...]

    @property
    def chunk(self) -> int:
        """Runs in a chunk; a store of fewer runs than a block has one chunk of all of them."""
        return min(self.block, len(self.runs))

    def counts(self, first: int) -> dict[str, int]:
        """How many runs of the block that begins at a place each arm takes, if it takes any."""
        size = min(self.block, len(self.runs) - first)
        taken = {arm: min(n - first, size) for arm, n in zip(self.arms, self.planned, strict=True)}
        return {arm: count for arm, count in taken.items() if count > 0}

    @property
    def shelves(self) -> dict[str, Column]:
        """All arrays that blocks fill: axes and shapes are those behind (arm, run)."""
        times = len(self.days)
        columns = {
            name: replace(column, dims=("time", *column.dims), shape=(times, *column.shape))
            for name, column in self.columns.items()
        }
        lacking = {"doc": "NaN where an arm lacks the parameter; units are in `parameter_units`"}
        shape = (len(self.names),)
        columns["parameters"] = Column(("parameter",), shape, np.dtype(np.float64), np.nan, lacking)
        failed_at = {"doc": "first offending step; -1 if none"}
        status = {
            "doc": "-1 not run, or not `planned`; 0 fine; otherwise 1 + place in `watched` of what went wrong"
        }
        columns["failed_at"] = Column((), (), np.dtype(np.int32), -1, failed_at)
        columns["status"] = Column((), (), np.dtype(np.int32), NOT_RUN, status)
        return columns

    @property
    def bytes_per_run(self) -> int:
        """[byte] of one run of one arm in the store, before compression."""
        cells = (len(self.days) * int(np.prod(c.shape)) * c.dtype.itemsize for c in self.columns.values())
        return sum(cells) + 8 * len(self.names)

    @property
    def numbers_per_run(self) -> int:
        """Recorded numbers of one run of one arm, at least 1."""
        return max(1, len(self.days) * sum(int(np.prod(c.shape)) for c in self.columns.values()))

    @property
    def bytes_at_most(self) -> int:
        """[byte] that the whole store can take."""
        return self.bytes_per_run * self.futures + _SPARE_BYTES

    @property
    def futures(self) -> int:
        """Runs of all arms that are to be run."""
        return sum(self.planned)


def lay_out(
    model: Model,
    design: Design,
    record: Sequence[str],
    runs: np.ndarray,
    planned: Mapping[str, int] | None = None,
    block: int = 1,
) -> Layout:
    """Decide how the results of some runs will be stored.

    Parameters
    ----------
    model, design : what is run, with which parameters.
    record : qualified states to keep.
    runs : run numbers, ascending.
    planned : arm -> how many of the first runs it takes; all where it is not named.
    block : runs in a chunk.

    Raises
    ------
    DesignError : a state to record that no arm has, or a plan that does not fit.
    """
    counts = _counts(model, len(runs), planned or {})
    coordinates: dict[str, tuple[str, ...]] = {}
    for one in model.arms.values():
        coordinates |= one.coordinates
    columns = _columns(model, record)
    return Layout(
        tuple(model.arms), counts, runs, design.draw_of(runs), model.calendar.days, block,
        coordinates, columns, design.names,
    )  # fmt: skip


def block_size(model: Model, layout: Layout, workers: int) -> int:
    """Runs in a job: as many jobs for each worker, worth their calls, small enough for cache and memory."""
    futures = len(layout.runs)
    cached = _CACHE_BYTES // max(1, *(arm.bytes_per_run for arm in model.arms.values()))
    fits = _RECORD_BYTES // (layout.numbers_per_run * 8)  # the engine records in eight bytes
    most = max(1, min(max(cached, _SMALLEST_BLOCK), fits))
    rounds = max(1, -(-futures // (workers * most)), min(_ROUNDS, futures // (workers * _SMALLEST_BLOCK)))
    return -(-futures // (workers * rounds))


def _counts(model: Model, runs: int, planned: Mapping[str, int]) -> tuple[int, ...]:
    """How many of the first runs each arm takes."""
    faults = Faults(DesignError)
    for name, count in planned.items():
        if name not in model.arms:
            faults.add(
                f"no arm '{name}' to plan", allowed=", ".join(model.arms), near=nearest(name, model.arms)
            )
        elif not 1 <= count <= runs:
            faults.add(f"{count} runs planned for arm '{name}'", allowed=f"1 to {runs}")
    faults.raise_if_any()
    return tuple(planned.get(name, runs) for name in model.arms)


def _columns(model: Model, record: Sequence[str]) -> dict[str, Column]:
    """How each state to record is stored."""
    faults, columns = Faults(DesignError), {}
    known = {name: (state, arm) for arm in model.arms.values() for name, state in arm.states().items()}
    for name in dict.fromkeys(record):
        if name not in known:
            faults.add(f"'{name}' cannot be recorded: no arm has such a state", near=nearest(name, known))
            continue
        state, arm = known[name]
        everywhere = all(name in other.states() for other in model.arms.values())
        dtype, fill = _stored_as(state, everywhere, _most(model, state.unit))
        attributes = {"unit": state.unit, "doc": state.doc, "levels": list(state.levels)}
        columns[name] = Column(state.dims, arm.shape(state.dims), np.dtype(dtype), fill, attributes)
    faults.raise_if_any()
    return columns


def _most(model: Model, unit: str) -> float:
    """The most that a case has of something, by its facts in that unit: who is not there is not counted."""
    totals = [
        float(np.sum(arm.facts[f"{m.name}.{fact.name}"]))
        for arm in model.arms.values()
        for m in arm.mechanisms
        for fact in m.facts
        if fact.unit == unit and f"{m.name}.{fact.name}" in arm.facts
    ]
    return max(totals, default=np.inf)


def _stored_as(state: State, everywhere: bool, most: float) -> tuple[type, float]:
    """Array type and fill value; counts and levels stay exact, also where NaN is needed.

    Counts of what a case has few enough of, 2,147 millions, take four bytes, so that half as much is read.
    """
    if state.levels:
        return (np.int8, -1) if everywhere and len(state.levels) < 128 else (np.float32, np.nan)
    if state.whole and everywhere and most <= np.iinfo(np.int32).max:
        return np.int32, np.iinfo(np.int32).min
    if state.whole:
        return (np.int64, np.iinfo(np.int64).min) if everywhere else (np.float64, np.nan)
    return np.float32, np.nan
