"""The engine in this process: what each mechanism takes, the crowd against its bound, population."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numba
import numpy as np

from benchmarks.flagship import CASE
from benchmarks.registry import Measure, benchmark
from diarchy import flows
from diarchy.mechanisms import crowd as crowd_of
from diarchy.randomness import uniform

_RUNS = 56  # as many as a block of the default run has: their states fit a core's own cache
#: Times the population of the flagship, 19.5 million: 195 thousand, itself, 1.4 billion.
_SCALES = (0.01, 1.0, 72.0)
#: Marchers of each of twenty types in a cell whose steps are timed: from 20 thousand to 200 million in all.
_PEOPLE = (1_000, 100_000, 10_000_000)


@benchmark
def mechanisms(futures: int) -> list[Measure]:
    """Processor time of a future, by what takes it."""
    model, values, runs = base()
    _watched(model, values, runs)
    spent = _watched(model, values, runs)
    total = sum(spent.values())
    lines = [Measure("a future", 1000 * total / _RUNS, "ms of processor", f"{_RUNS} in a block")]
    return lines + [
        Measure(name, 1000 * seconds / _RUNS, "ms of processor", f"{seconds / total:.0%}")
        for name, seconds in spent.most_common()
    ]


@benchmark
def crowd(futures: int) -> list[Measure]:
    """The crowd's kernel against a bound: a look at every count, and one turn of the generator a cell."""
    model, values, runs = base()
    _watched(model, values, runs)
    spent = _watched(model, values, runs)["settle crowd"]
    arm, steps = model.arms["base"], model.calendar.steps
    cells = _RUNS * steps * arm.sizes["place"] * arm.sizes["group"]
    types = arm.sizes["type"]
    look, turn = _look(types * arm.sizes["status"]), _turn()
    bound = look + turn
    return [
        Measure(
            "a cell and step", 1e9 * spent / cells, "ns", f"{types} types x {arm.sizes['status']} statuses"
        ),
        Measure(
            "bound", 1e9 * bound, "ns", f"{4 * types * arm.sizes['status']} bytes, one turn of the generator"
        ),
        Measure("kernel over bound", spent / cells / bound, "1", "the rest: choices, and one draw a mover"),
    ]


@benchmark
def busy_cell(futures: int) -> list[Measure]:
    """A step of one cell, everything drawn by quantile: its time against how many people march."""
    _busy_cell(1_000, 10)
    found = [min(_busy_cell(people, 20_000) for _ in range(5)) for people in _PEOPLE]
    return [
        Measure(f"{20 * people:,} people in the street", 1e9 * s, "ns", f"{s / found[0]:.2f} x")
        for people, s in zip(_PEOPLE, found, strict=True)
    ]


@benchmark
def population(futures: int) -> list[Measure]:
    """The same crisis with fewer and more people, forces with them."""
    model, values, runs = base()
    arm, found = model.arms["base"], []
    people = {f"{m.name}.{f.name}" for m in arm.mechanisms for f in m.facts if f.unit == "people"}
    for scale in _SCALES:
        facts = {k: x * scale if k in people else x for k, x in arm.facts.items()}
        sized = replace(model, arms={"base": replace(arm, facts=facts)})
        found.append(min(sum(_watched(sized, values, runs).values()) for _ in range(2)))
    inhabitants = float(np.sum(arm.facts["crowd.population"]))
    return [
        Measure(
            f"{inhabitants * scale:,.0f} people", 1000 * s / _RUNS, "ms a future", f"{s / found[1]:.2f} x"
        )
        for scale, s in zip(_SCALES, found, strict=True)
    ]


def base(count: int = _RUNS) -> tuple[Any, dict[str, np.ndarray], np.ndarray]:
    """The flagship's base arm, parameters of a block of its runs, and their numbers."""
    import diarchy

    model = diarchy.wire(diarchy.read(CASE))
    model = replace(model, arms={"base": model.arms["base"]})
    design = diarchy.sample(model, count, seed=1)
    return model, design.values("base", design.runs), design.runs


def _watched(model: Any, values: dict[str, np.ndarray], runs: np.ndarray) -> Counter[str]:
    """Seconds of processor of a block, by push and settle of each mechanism; the rest is Python's."""
    from diarchy.engine import World

    spent: Counter[str] = Counter()

    class Watched(World):
        def _call(self, m: Any, which: str, function: Any, *views: Any) -> None:
            began = time.process_time()
            super()._call(m, which, function, *views)
            spent[f"{which} {m.name}"] += time.process_time() - began

    arm, step = model.arms["base"], model.calendar.step
    world = Watched(arm, values, runs, 1)
    began = time.process_time()
    for i in range(model.calendar.steps):
        world.step(i, step)
    spent["views and luck"] = time.process_time() - began - sum(spent.values())
    return spent


def _busy_cell(people: int, steps: int) -> float:
    """Seconds of a step of a cell with so many marchers of each of twenty types."""
    types, statuses = 20, crowd_of.STATUSES
    law = np.zeros((statuses, crowd_of.LAW))
    law[crowd_of.MARCHING, : crowd_of.EXITS] = 0.25, 0.12, 0.01, 0.02, 0.005, 0.001
    law[:, crowd_of.EXITS : crowd_of.ALL + crowd_of.EXITS] = law[:, crowd_of.EXITS - 1 :: -1].cumsum(axis=1)[
        :, ::-1
    ]
    start = np.zeros((1, statuses * types), dtype=np.int32)
    start[0, crowd_of.MARCHING * types : (crowd_of.MARCHING + 1) * types] = people
    began = time.process_time()
    _steps(start, law, crowd_of.EXIT, np.full(types, 0.2), steps)
    return (time.process_time() - began) / steps


@numba.njit
def _steps(start: np.ndarray, law: np.ndarray, to: np.ndarray, choice: np.ndarray, steps: int) -> None:
    statuses, types = law.shape[0], choice.shape[0]
    arrived = np.zeros((1, statuses * statuses), np.int32)
    landing, desk = np.zeros(flows.PICKS, np.int32), np.zeros((statuses + 1, types), np.int32)
    lot, mass, table = (
        np.zeros(flows.PICKS),
        np.zeros((statuses, types)),
        np.zeros((flows.TABLE_LINES, types)),
    )
    people, sums = start.copy(), np.zeros((1, statuses), np.int32)
    for step in range(steps):
        people[:] = start
        sums[0] = start.reshape(statuses, types).sum(axis=1)
        flows.expect(people, sums, 0, law, choice)
        key = (np.uint64(1), 0, step, 0)
        luck = flows.first_luck(np.uint64(2), key)
        flows.move(people, sums, 0, law, to, choice, luck, arrived, 0, landing, desk, lot, mass, table,
                   (np.uint64(2), np.uint64(3), np.uint64(4)), key)  # fmt: skip


@numba.njit
def _add(cells: np.ndarray) -> int:
    total = 0
    for i in range(cells.shape[0]):
        total += cells[i]
    return total


@numba.njit
def _turns(count: int) -> float:
    total = 0.0
    for i in range(count):
        total += uniform(np.uint64(1), np.uint64(2), i, 3, 4)
    return total


def _look(counts: int) -> float:
    """Seconds to read so many counts, in an array as large as a block's."""
    cells = np.ones(_RUNS * 51 * counts, dtype=np.int32)
    _add(cells)
    began = time.process_time()
    for _ in range(20):
        _add(cells)
    return (time.process_time() - began) / 20 / len(cells) * counts


def _turn() -> float:
    """Seconds of one turn of the generator."""
    _turns(10)
    began = time.process_time()
    _turns(1_000_000)
    return (time.process_time() - began) / 1_000_000
