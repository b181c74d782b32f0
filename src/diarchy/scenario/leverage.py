"""What the owners of a case's routes are worth: Shapley value and nucleolus, as it is and in each what-if.

`diarchy leverage` prints it, and a run keeps it beside its results for the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diarchy import __version__
from diarchy.scenario.network import case_network

if TYPE_CHECKING:
    from diarchy.model import Arm
    from diarchy.networks import Network
    from diarchy.scenario.given import Scenario
    from diarchy.scenario.network import CaseNetwork

SCHEMA = "diarchy/leverage/1"
AS_IT_IS = "as it is"
#: Owners up to which all coalitions are counted; beyond, orders of joining are sampled, on demand only.
MOST_EXACT = 14


@dataclass(frozen=True)
class Worth:
    """What the owners of one network are worth.

    Parameters
    ----------
    total : what all earn together [million dollar/year].
    shapley, error, nucleolus : owner -> value [million dollar/year]; error only when sampled, nucleolus only
        when every coalition was valued.
    """

    total: float
    shapley: dict[str, float]
    error: dict[str, float]
    nucleolus: dict[str, float]

    def share(self, owner: str, of: str = "shapley") -> float:
        """An owner's share of what all earn together [1]."""
        return getattr(self, of)[owner] / self.total if self.total else 0.0


def leverage_of(scenario: Scenario, arm: Arm) -> dict[str, Any] | None:
    """The leverage of a case as a document; None where it has no network, or one too large to count exactly.

    Parameters
    ----------
    scenario : what was read.
    arm : its base, as wired.
    """
    if not arm.has("energy"):
        return None
    found = case_network(scenario, arm.facts)
    if len(found.network.players) > MOST_EXACT:
        return None
    value = valuer(None, 0)
    worth = {AS_IT_IS: value(found.network)}
    worth |= {name: value(found.network.without(routes)) for name, routes in found.what_ifs.items()}
    head = {"schema": SCHEMA, "version": __version__, "case": scenario.case}
    return head | document_of(found, found.what_ifs, worth)


def valuer(samples: int | None, seed: int) -> Callable[[Network], Worth]:
    """How a network's owners are valued: by all coalitions, or by sampled orders of joining."""
    from diarchy.games import nucleolus, shapley, shapley_sampled
    from diarchy.networks import coalition_values, value_of

    def exactly(network: Network) -> Worth:
        values, players = coalition_values(network), network.players
        each = dict(zip(players, map(float, shapley(values)), strict=True))
        least = dict(zip(players, (float(x) + 0.0 for x in nucleolus(values).round(6)), strict=True))
        return Worth(float(values[-1]), each, {}, least)

    def by_samples(network: Network) -> Worth:
        value, players = value_of(network), network.players
        mean, error = shapley_sampled(value, len(players), samples or 0, seed)
        each, errors = (dict(zip(players, map(float, x), strict=True)) for x in (mean, error))
        return Worth(value((1 << len(players)) - 1), each, errors, {})

    return by_samples if samples else exactly


def exports_of(found: CaseNetwork) -> tuple[float, float]:
    """What the host exports [Mt/year], and the Herfindahl index of its routes [1]."""
    import numpy as np

    from diarchy.indices import herfindahl

    flows = np.array([found.carried[name] for name in sorted(found.exits)])
    return (float(flows.sum()), float(herfindahl(flows))) if len(flows) else (0.0, 0.0)


def document_of(
    found: CaseNetwork, what_ifs: Mapping[str, tuple[str, ...]], worth: Mapping[str, Worth]
) -> dict[str, Any]:
    """Everything as plain data."""
    total, concentration = exports_of(found)
    worlds = [
        {
            "world": name,
            "shut": list(what_ifs.get(name, ())),
            "total": w.total,
            "owners": [
                {"owner": o, "name": found.names.get(o, o), "shapley": w.shapley[o], "share": w.share(o),
                 "error": w.error.get(o), "nucleolus": w.nucleolus.get(o)}
                for o in w.shapley
            ],
        }
        for name, w in worth.items()
    ]  # fmt: skip
    routes = [
        {"route": r.name, "from": r.start, "to": r.end, "owner": list(r.owners), "capacity": r.capacity,
         "cost": r.cost, "carried": found.carried[r.name], "where": r.where,
         "source": (found.notes.get(r.name) or {}).get("source", "")}
        for r in found.network.routes
    ]  # fmt: skip
    units = {"value": "million dollar/year", "flow": "Mt/year", "cost": "dollar/t"}
    return {
        "units": units,
        "exports": total,
        "concentration": concentration,
        "worlds": worlds,
        "routes": routes,
    }
