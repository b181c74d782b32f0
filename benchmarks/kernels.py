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
from diarchy.randomness import uniform

_RUNS = 56  # as many as a block of the default run has: their states fit a core's own cache
#: Times the population of the flagship, 19.5 million: 195 thousand, itself, 1.4 billion.
_SCALES = (0.01, 1.0, 72.0)


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
