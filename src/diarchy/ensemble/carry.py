"""Carry futures forward by stretches, from the start or from saved states, here or in processes.

A run takes its whole way at once; an ensemble that is weighed on the way takes it in stretches. Luck has no
memory and states are all that a world remembers, so a future that is carried in stretches is the future that
is run at once, bit for bit, whatever the blocks and workers.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.engine import World, go_on
from diarchy.ensemble.crew import SHORT, Crew, WorkerDied
from diarchy.ensemble.parcel import pack
from diarchy.errors import DesignError, Fault
from diarchy.model import Model


@dataclass(frozen=True)
class Stretch:
    """Some runs of one arm, and the steps that they are to take.

    Parameters
    ----------
    arm : name of the arm.
    runs : numbers that key the luck from here on (run,).
    values : qualified parameter -> (run,) [its unit].
    first, last : from the start of one step to the start of the other.
    states : all states at the start of `first`; None at the start of all.
    path : records so far, for what is made of the whole way: qualified state -> (run, time, *dims).
    """

    arm: str
    runs: np.ndarray
    values: Mapping[str, np.ndarray]
    first: int
    last: int
    states: Mapping[str, np.ndarray] | None = None
    path: Mapping[str, np.ndarray] | None = None


@dataclass(frozen=True)
class Carried:
    """What some runs are like at the end of a stretch.

    Parameters
    ----------
    states : all states, private ones too: qualified state -> (run, *dims).
    records : what was to be kept: qualified state -> (run, time, *dims).
    status : as in `engine.Block` (run,).
    """

    states: dict[str, np.ndarray]
    records: dict[str, np.ndarray]
    status: np.ndarray


@dataclass(frozen=True)
class _Task:
    """What all stretches share."""

    model: Model
    seed: int
    record: dict[str, np.dtype]


#: What is made of a stretch where it is carried; a function of a module, so that it can travel by name.
Then = Callable[[Stretch, Carried], Any]


class Carrier:
    """Carries stretches of a model's arms.

    Parameters
    ----------
    model, seed : what is run, and the key of its luck.
    record : qualified state -> array type to keep it in.
    workers : processes; 1 computes in this one.
    """

    def __init__(self, model: Model, seed: int, record: Mapping[str, np.dtype], workers: int = 1):
        self.task, self.workers = _Task(model, seed, dict(record)), workers
        self.crew: Crew | None = None

    def __enter__(self) -> Carrier:
        if self.workers > 1:
            self.crew = Crew(self.workers, _begin, pack(self.task))
        return self

    def __exit__(self, *_: object) -> None:
        if self.crew is not None:
            self.crew.close()

    def carry(self, stretches: Iterable[Stretch], then: Then | None = None) -> Iterator[Any]:
        """Each stretch carried, in the order given: a `Carried`, or what `then` makes of it.

        Raises
        ------
        DesignError : workers died over a stretch, again and again.
        """
        if self.crew is None:
            yield from (_carry(self.task, stretch, then) for stretch in stretches)
            return
        try:
            yield from self.crew.map(_work, ((stretch, then) for stretch in stretches))
        except WorkerDied as error:
            raise DesignError([Fault("a worker process died", cure=SHORT)]) from error


def _carry(task: _Task, stretch: Stretch, then: Then | None) -> Any:
    """One stretch, here."""
    world = World(task.model.arms[stretch.arm], stretch.values, stretch.runs, task.seed)
    if stretch.states is not None:
        world.load(stretch.states)
    dt = task.model.calendar.step
    block = go_on(world, dt, stretch.first, stretch.last, tuple(task.record))
    with np.errstate(over="ignore", invalid="ignore"):  # a failed run may hold what the type does not
        records = {name: kept.astype(task.record[name]) for name, kept in block.records.items()}
    carried = Carried(world.saved(), records, block.status)
    return carried if then is None else then(stretch, carried)


_task: _Task | None = None  # of this worker


def _begin(parcel: bytes) -> None:
    """Prepare a worker: unpack the task once."""
    global _task
    _task = pickle.loads(parcel)


def _work(stretch: Stretch, then: Then | None) -> Any:
    """One stretch in a worker."""
    assert _task is not None
    return _carry(_task, stretch, then)
