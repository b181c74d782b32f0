"""What the machine itself gives: the same work in one process, and in two at once.

Two processors of one machine share its memory, its cache and its clock; virtual ones may share a core. So two
processes with nothing in common are the ceiling of what two workers can reach.
"""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

RUNS = 40


def seconds_of(processes: int) -> float:
    """Seconds of one block of the flagship's base, the mean of so many processes that begin at once."""
    context = multiprocessing.get_context("spawn")
    ready, found = context.Barrier(processes), context.Queue()
    running = [context.Process(target=_advance, args=(ready, found)) for _ in range(processes)]
    for process in running:
        process.start()
    taken = [found.get(timeout=300) for _ in running]
    for process in running:
        process.join()
    return sum(taken) / processes


def _advance(ready: Any, found: Any) -> None:
    """In a process: the block, once all processes have loaded what it needs."""
    from benchmarks.kernels import base
    from diarchy.engine import advance

    model, values, runs = base(RUNS)
    arm, one = model.arms["base"], {name: column[:1] for name, column in values.items()}
    advance(arm, model.calendar, one, runs[:1], 1, ())
    ready.wait()
    began = time.perf_counter()
    advance(arm, model.calendar, values, runs, 1, ())
    found.put(time.perf_counter() - began)
