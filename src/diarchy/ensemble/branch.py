"""Branch: futures that go one way until a date, and on from there in several, with the same luck.

Luck has no memory, so states are all that has to be carried from one arm into another; and since the same
seed gives the same bits, the way to the date is computed again instead of being kept in checkpoints.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import numpy as np

from diarchy.engine import FINE, Block, World, go_on
from diarchy.ensemble.twins import BASE
from diarchy.errors import DesignError, Faults
from diarchy.model import Arm, Model


def check_switch(model: Model, step: int) -> None:
    """Refuse a switch outside of the calendar, or to an arm that needs states that the base does not have.

    Raises
    ------
    DesignError : every fault found.
    """
    faults = Faults(DesignError)
    if not 0 < step < model.calendar.steps:
        faults.add(
            f"arms cannot part at step {step}", allowed=f"1 to {model.calendar.steps - 1}", cure="set --at"
        )
    there = _shapes(model.arms[BASE])
    for name, arm in model.arms.items():
        for state, shape in _shapes(arm).items():
            if there.get(state) != shape:
                faults.add(f"arm '{name}' cannot go on from the base, which has no {state} of its shape")
    faults.raise_if_any()


def _shapes(arm: Arm) -> dict[str, tuple[int, ...]]:
    """All states of an arm, private ones too, and their shapes."""
    return {f"{m.name}.{s.name}": arm.shape(s.dims) for m in arm.mechanisms for s in m.states}


def run_parting(
    model: Model, values: Mapping[str, Mapping[str, np.ndarray]], runs: np.ndarray, seed: int,
    record: tuple[str, ...], counts: Mapping[str, int], step: int,
) -> Iterator[tuple[str, Block, float, float]]:  # fmt: skip
    """Every arm of some futures, all of them the base until a step; else as `twins.run_arms`."""
    dt, steps = model.calendar.step, model.calendar.steps
    began, spent = time.monotonic(), -time.process_time()
    world = World(model.arms[BASE], values[BASE], runs[: counts[BASE]], seed)
    way = go_on(world, dt, 0, step, record)
    saved = world.saved()
    yield BASE, _joined(way, go_on(world, dt, step, steps, record)), began, spent + time.process_time()
    for name, arm in model.arms.items():
        if name == BASE or not counts[name]:
            continue
        began, spent, count = time.monotonic(), -time.process_time(), counts[name]
        other = World(arm, values[name], runs[:count], seed)
        other.load({state: array[:count] for state, array in saved.items()})
        yield name, _joined(way, go_on(other, dt, step, steps, record)), began, spent + time.process_time()


def _joined(way: Block, rest: Block) -> Block:
    """The way to the date and the rest of an arm; what failed on the way has failed in every arm."""
    count = len(rest.status)
    records = {
        name: np.concatenate([way.records[name][:count], array], axis=1)
        for name, array in rest.records.items()
    }
    code = np.array([FINE, *(rest.watched.index(n) + 1 if n in rest.watched else 1 for n in way.watched)])
    failed = way.status[:count] != FINE
    status = np.where(failed, code[way.status[:count]], rest.status)
    failed_at = np.where(failed, way.failed_at[:count], rest.failed_at)
    return Block(records, status, failed_at, rest.watched)
