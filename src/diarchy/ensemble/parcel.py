"""Send a model to a worker: mechanisms' functions travel by name, so that workers find them in the compiled
cache.

A compiled function that is pickled whole loses its place in the cache on disk, and every worker would compile
anew.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from diarchy.errors import DesignError, Fault

_CURE = "put it in a module of its own, or run with one worker"


def pack(thing: Any) -> bytes:
    """Pickle something that holds a model.

    Raises
    ------
    DesignError : a mechanism's function is not where a worker could import it.
    """
    buffer = io.BytesIO()
    try:
        _Packer(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    except (pickle.PicklingError, AttributeError, TypeError, ImportError) as error:
        raise DesignError([Fault(f"a mechanism cannot be sent to a worker: {error}", cure=_CURE)]) from error
    return buffer.getvalue()


def find(module: str, name: str) -> Any:
    """Something by its module and its name there."""
    return attrgetter(name)(importlib.import_module(module))


class _Packer(pickle.Pickler):
    """Pickles compiled functions by name and read-only mappings as plain ones."""

    def reducer_override(self, obj: Any) -> Any:
        """How to send `obj`; left to pickle unless it is compiled or a mapping proxy."""
        if isinstance(obj, MappingProxyType):
            return dict, (dict(obj),)
        source = getattr(obj, "py_func", None)  # what a compiled function was made from
        if source is None:
            return NotImplemented
        module, name = source.__module__, source.__qualname__
        if module == "__main__" and not hasattr(sys.modules[module], "__file__"):
            raise pickle.PicklingError(f"{name} was typed in, and a worker cannot import it")
        if find(module, name) is not obj:
            raise pickle.PicklingError(f"{module}.{name} is not the function that the mechanism uses")
        return find, (module, name)
