"""Find mechanisms and cases by entry point: ours use the same door as a stranger's package.

A mechanism is an object under the group ``diarchy.mechanisms``; a case is a package of data files under
``diarchy.cases``, named by its import path and never executed.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from diarchy.errors import DiarchyError, Fault, ModelError, nearest
from diarchy.mechanism import Mechanism

MECHANISMS, CASES = "diarchy.mechanisms", "diarchy.cases"


def _entries(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name; a name that two packages give different values is refused."""
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=group), key=lambda e: (e.name, e.value)):
        if entry.name in found and found[entry.name].value != entry.value:
            twice = f"two packages offer '{entry.name}' ({found[entry.name].value} and {entry.value})"
            raise ModelError([Fault(twice, cure="uninstall one of them")])
        found[entry.name] = entry
    return found


def mechanism_names() -> list[str]:
    """Names of the installed mechanisms."""
    return list(_entries(MECHANISMS))


def find_mechanism(name: str) -> Mechanism:
    """One installed mechanism.

    Raises
    ------
    ModelError : none of that name, or what is offered is not a mechanism.
    """
    entries = _entries(MECHANISMS)
    if name not in entries:
        allowed, near = ", ".join(entries), nearest(name, entries)
        raise ModelError([Fault(f"no mechanism '{name}' is installed", allowed=allowed, near=near)])
    try:
        mechanism = entries[name].load()
    except Exception as error:  # a stranger's package may fail in any way; say whose it is
        what = f"mechanism '{name}' ({entries[name].value}) cannot be imported: {error!r}"
        raise ModelError(what) from error
    if not isinstance(mechanism, Mechanism) or mechanism.name != name:
        raise ModelError(f"entry point '{name}' ({entries[name].value}) is not a mechanism of that name")
    return mechanism


def case_names() -> list[str]:
    """Names of the installed cases."""
    return list(_entries(CASES))


def find_case(name: str) -> Path:
    """The folder of an installed case.

    Raises
    ------
    DiarchyError : none of that name, or its package has no files.
    """
    entries = _entries(CASES)
    if name not in entries:
        near = nearest(name, entries)
        cure = "`diarchy list cases` shows them; a path to a folder or a YAML file is taken too"
        raise DiarchyError([Fault(f"no case '{name}' is installed", near=near, cure=cure)])
    try:
        spec = importlib.util.find_spec(entries[name].value)
    except ImportError:
        spec = None
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        raise DiarchyError(f"case '{name}': package '{entries[name].value}' has no folder of files")
    return Path(places[0])
