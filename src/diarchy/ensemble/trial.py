"""The trial before a run: two steps of one run of each arm compile what the workers will need."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import numpy as np

from diarchy.ensemble.design import Design
from diarchy.ensemble.jobs import Task, try_out
from diarchy.ensemble.processes import try_elsewhere
from diarchy.model import Model

_SAY_AFTER = 1.5  # seconds of compiling before it is said
COMPILING = "compiling the mechanisms: once for this version, later runs take them from the cache"


def trial(task: Task, parcel: bytes, design: Design, runs: np.ndarray, notify: Callable[[str], None]) -> None:
    """Compile, or find in the cache, all that the workers will need.

    Parameters
    ----------
    task : as the workers will have it.
    parcel : the same packed; empty when this process does the work.
    design, runs : of which the first run is taken.
    notify : told when it takes long.

    Raises
    ------
    DesignError : the process that compiles died.
    ModelError : a mechanism does not do what it declares.
    """
    values = {name: design.values(name, runs[:1]) for name in task.model.arms}
    if parcel and _cold(task.model):  # compiling takes memory that a process gives back only when it ends
        notify(COMPILING)
        try_elsewhere(parcel, values, runs[:1])
        return
    timer = threading.Timer(_SAY_AFTER, notify, [COMPILING])
    timer.daemon = True
    timer.start()
    try:
        try_out(task, values, runs[:1])
    finally:
        timer.cancel()


def _cold(model: Model) -> bool:
    """Whether a function of the model has never been compiled here; false where numba does not tell."""
    functions = (f for arm in model.arms.values() for m in arm.mechanisms for f in (m.push, m.settle))
    files = (getattr(getattr(f, "_cache", None), "_cache_file", None) for f in functions)
    return any(not os.path.exists(getattr(file, "_index_path", os.devnull)) for file in files if file)
