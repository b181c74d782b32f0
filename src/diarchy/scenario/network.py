"""The network of a case: its energy facts with the names of nodes, routes and owners, and the place of each.

What a run needs of it are numbers; people want names, and faults want files and lines. Columns of the table
of routes that no run reads (`what_if`, `source`, `note`) are taken from here too.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from diarchy.errors import Faults
from diarchy.mechanisms.energy import ENERGY, VALVES, network_of
from diarchy.networks import Network, NetworkError, check_network
from diarchy.scenario.given import Scenario


@dataclass(frozen=True)
class CaseNetwork:
    """A network by name.

    Parameters
    ----------
    network : nodes, routes, steps of demand; each with ``file:line``.
    carried : route -> what it carried [Mt/year].
    exits : routes by which the host's exports leave.
    what_ifs : named change -> routes that are shut in it.
    notes : route -> its other columns, such as source and note.
    names : label of a node, route or owner -> name to show.
    """

    network: Network
    carried: Mapping[str, float]
    exits: frozenset[str]
    what_ifs: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, Mapping[str, str]]
    names: Mapping[str, str]


def case_network(scenario: Scenario, facts: Mapping[str, np.ndarray]) -> CaseNetwork:
    """The network of a scenario that has the mechanism `energy`.

    Parameters
    ----------
    scenario : what was read.
    facts : qualified fact -> array, as wired.
    """
    own = {f.name: facts[f"{ENERGY.name}.{f.name}"] for f in ENERGY.facts}
    labels, axes = scenario.coordinates, scenario.labels
    numbered = network_of(SimpleNamespace(**own), len(labels["owner"]))
    network = Network(
        nodes=tuple(
            replace(node, name=labels["node"][i], owners=_owners(node.owners, labels["owner"]),
                    where=_place(scenario, "supply", i))
            for i, node in enumerate(numbered.nodes)
        ),
        routes=tuple(
            replace(route, name=labels["route"][i], owners=_owners(route.owners, labels["owner"]),
                    start=_node(route.start, labels["node"]), end=_node(route.end, labels["node"]),
                    where=_place(scenario, "capacity", i))
            for i, route in enumerate(numbered.routes)
        ),
        markets=tuple(
            replace(market, node=_node(market.node, labels["node"]), where=_place(scenario, "amount", i))
            for i, market in enumerate(numbered.markets)
        ),
    )  # fmt: skip
    notes = _other_columns(scenario, labels["route"])
    return CaseNetwork(
        network,
        dict(zip(labels["route"], map(float, own["carried"]), strict=True)),
        frozenset(labels["route"][i] for i in np.flatnonzero(own["exit"] > 0.0)),
        _what_ifs(notes),
        notes,
        {label: name for axis in ("node", "route", "owner")
         for label, name in zip(labels[axis], axes[axis], strict=True)},
    )  # fmt: skip


def check_case_network(scenario: Scenario, facts: Mapping[str, np.ndarray], faults: Faults) -> None:
    """Refuse a network that makes no game, with ``file:line``; parameters as for `case_network`."""
    valves = np.flatnonzero(facts[f"{ENERGY.name}.valve"] > 0.0)
    if len(valves) > VALVES:
        where = _place(scenario, "valve", int(valves[VALVES]))
        cure = "set the column of the others to 0"
        faults.add(f"{len(valves)} routes may be shut in a run", where, f"{VALVES} routes", cure=cure)
    try:
        check_network(case_network(scenario, facts).network)
    except NetworkError as error:
        faults.take(error)


def _owners(numbers: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """Owners by label."""
    return tuple(labels[int(number)] for number in numbers)


def _node(number: str, labels: Sequence[str]) -> str:
    """A node by label; one that is not there keeps its number, and `check_network` says so."""
    return labels[int(number)] if 0 <= int(number) < len(labels) else number


def _place(scenario: Scenario, fact: str, cell: int) -> str:
    """``file:line`` of one cell of a fact, by the highest layer that gives it."""
    key = f"{ENERGY.name}.{fact}"
    given = next(layer.facts[key] for layer in reversed(scenario.layers("base")) if key in layer.facts)
    return given.cell_where[cell] if given.cell_where else given.where


def _other_columns(scenario: Scenario, routes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Rows of the table of routes as texts, by label; empty where the routes are not from a table."""
    name = _place(scenario, "capacity", 0).rpartition(":")[0] if routes else ""
    text = scenario.files.get(name, "") if name.endswith(".csv") else ""
    rows = [row for row in csv.DictReader(text.splitlines(keepends=True)) if None not in row]
    return {row["id"]: row for row in rows if row.get("id") in routes}


def _what_ifs(notes: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Named changes in the order in which the table first names them."""
    found: dict[str, list[str]] = {}
    for route, row in notes.items():
        for name in filter(None, (part.strip() for part in (row.get("what_if") or "").split(";"))):
            found.setdefault(name, []).append(route)
    return {name: tuple(routes) for name, routes in found.items()}
