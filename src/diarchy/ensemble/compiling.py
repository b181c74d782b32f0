"""What is compiled already, and saying so where it has to be done: once for a version, then it is cached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from diarchy.model import Model

_SAY_AFTER = 1.5  # seconds of compiling before it is said
COMPILING = "compiling the mechanisms: once for this version, later runs take them from the cache"


@contextmanager
def announced(notify: Callable[[str], None]) -> Iterator[None]:
    """Say that something is compiled when it takes long."""
    timer = threading.Timer(_SAY_AFTER, notify, [COMPILING])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def cold(model: Model) -> bool:
    """Whether a function of the model has never been compiled as it is now; false where numba is silent."""
    functions = {f for arm in model.arms.values() for m in arm.mechanisms for f in (m.push, m.settle)}
    files = (getattr(getattr(f, "_cache", None), "_cache_file", None) for f in functions)
    indexes = (getattr(file, "_load_index", None) for file in files)  # empty when the source has changed
    return any(not load() for load in indexes if load is not None)
