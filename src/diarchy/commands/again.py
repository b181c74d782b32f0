"""Read a scenario again from the store that it was run into, to finish the run or to branch from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy.errors import DesignError, Fault

if TYPE_CHECKING:
    from diarchy.scenario.given import Scenario


def read_again(
    store: Path, overrides: Sequence[str], case: str | None = None
) -> tuple[Scenario, dict[str, Any]]:
    """The scenario of a store, under the overrides that it was run with, and what its manifest says.

    Parameters
    ----------
    store : the store's folder.
    overrides : from the command line; they rank above those that the store was run with.
    case : read this instead of the files that the store keeps.

    Raises
    ------
    DesignError : there is no such store, it cannot be read, or it was not run from a case.
    ScenarioError : the files that it keeps do not read.
    """
    from diarchy.ensemble.resume import said_before
    from diarchy.ensemble.store import INPUTS, is_store
    from diarchy.scenario.read import read

    if not is_store(store):
        cure = "name a store with --out, or a CASE to begin one"
        raise DesignError([Fault("there is no store", str(store), cure=cure)])
    said, _ = said_before(store)
    named = {text.partition("=")[0]: text for text in (*said.get("overrides", ()), *overrides)}
    if case is None:
        case = str(_kept_scenario(store / INPUTS, str(said.get("scenario", "")), store))
    return read(case, list(named.values())), said


def _kept_scenario(inputs: Path, name: str, store: Path) -> Path:
    """The scenario's file among those that a store keeps."""
    file = f"{Path(name).name}.yaml"
    for place in (inputs / "scenarios" / file, inputs / file):
        if name and place.is_file():
            return place
    cure = "name the CASE, or finish it from Python with `run(..., resume=True)`"
    raise DesignError([Fault("keeps no scenario to go on with", str(store), cure=cure)])
