"""How functions are compiled: once, kept on disk, and no longer than what went into them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def jit(function: Callable | None = None, **options: Any) -> Any:
    """`numba.njit` with a cache on disk that sees changes in what the function calls, too; a decorator.

    Numba takes a cached function for fresh as long as its own file is the same, whatever became of those that
    it calls. So the mark of freshness holds the ground too: else an upgrade would leave old luck and old
    arithmetic inside.
    """
    if function is None:
        return functools.partial(jit, **options)
    compiled = numba.njit(cache=True, **options)(function)
    # Numba's own affair, which it may name otherwise one day: a test holds it.
    file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        file._source_stamp = (file._source_stamp, _ground())
    return compiled


@functools.cache
def _ground() -> str:
    """A digest of this package's modules whose functions others call, and have compiled into them."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.blake2b(b"".join(text for text in sources if b"jit" in text), digest_size=16).hexdigest()
