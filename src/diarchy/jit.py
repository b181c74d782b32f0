"""How functions are compiled: once, kept on disk, and no longer than what went into them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numba


def jit(function: Callable | None = None, **options: Any) -> Any:
    """`numba.njit` with a cache on disk that sees changes in what the function calls, too; a decorator.

    Numba takes a cached function for fresh as long as its own file is the same, whatever became of those that
    it calls. So the mark of freshness holds the ground too, and the package that the function lies in: else
    an upgrade, or a change in a helper's file, would leave old luck and old arithmetic inside.
    """
    if function is None:
        return functools.partial(jit, **options)
    compiled = numba.njit(cache=True, **options)(function)
    # Numba's own affair, which it may name otherwise one day: a test holds it.
    file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        package = _package(Path(function.__code__.co_filename).parent)
        file._source_stamp = (file._source_stamp, _ground(), package)
    return compiled


@functools.cache
def _ground() -> str:
    """A digest of this package's modules whose functions others call, and have compiled into them."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return _digest(text for text in sources if b"jit" in text)


@functools.cache
def _package(folder: Path) -> str:
    """A digest of the modules of the package that a folder is part of; empty for this one, and for none.

    A mechanism of somebody else's may call what lies in another file of its package. A file that is in no
    package stands alone: beside it may lie anything.
    """
    top = folder
    while (top.parent / "__init__.py").is_file():
        top = top.parent
    if not (folder / "__init__.py").is_file() or top == Path(__file__).parent:
        return ""
    return _digest(path.read_bytes() for path in sorted(top.rglob("*.py")) if path.is_file())


def _digest(texts: Iterable[bytes]) -> str:
    """A digest of texts in a row."""
    return hashlib.blake2b(b"".join(texts), digest_size=16).hexdigest()
