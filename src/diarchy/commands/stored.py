"""What commands do with a store: read its scenario again from the files that it keeps; add to its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy.errors import Fault, ResultsError

if TYPE_CHECKING:
    from diarchy.commands.console import Console
    from diarchy.scenario.claims import Dossier

INPUTS = "inputs"


def dossier_of(store: Path, attrs: Mapping[str, Any]) -> Dossier:
    """The case of a store, with its claims, and with what the command line had set.

    Raises
    ------
    ResultsError : the store keeps no scenario.
    ScenarioError, ModelError : what it keeps cannot be read by this version.
    """
    from diarchy.scenario.claims import read_dossier

    stem = str(attrs.get("scenario", "")).rpartition("/")[2]
    found = (
        sorted((store / INPUTS).rglob(f"{stem}.yaml"))
        if stem.replace("-", "").replace("_", "").isalnum()
        else []
    )
    if not found:
        cure = "run the case again with this version"
        raise ResultsError([Fault("keeps no scenario to read again", str(store / INPUTS), cure=cure)])
    return read_dossier(found[0], _overrides(attrs))


def _overrides(attrs: Mapping[str, Any]) -> list[str]:
    """What the command line of the run said, as far as a store tells it."""
    settings = {name: attrs[name] for name in ("seed", "futures", "start") if attrs.get(name) is not None}
    if attrs.get("days") is not None and float(attrs["days"]).is_integer():
        settings["days"] = int(attrs["days"])
    said = [f"run.{name}={value}" for name, value in settings.items()]
    return said + [f"{name}={numbers[0]}" for name, numbers in (attrs.get("set") or {}).items()]


def add_to_report(store: Path, document: Mapping[str, Any], console: Console) -> None:
    """Keep what a command has found for the next report of a store; a store that takes nothing is said."""
    from diarchy.report.added import put

    try:
        put(store, document, str(store))
    except ResultsError as error:
        console.say(f"not added to the report: {'; '.join(str(fault) for fault in error.faults)}")
    else:
        console.say(f"added to the report: diarchy report {store} --open")
