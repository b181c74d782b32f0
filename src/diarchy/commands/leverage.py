"""`diarchy leverage`: who can block whose exports, by the network of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.errors import Fault, Faults, ScenarioError, nearest

if TYPE_CHECKING:
    from diarchy.networks import Network
    from diarchy.scenario.network import CaseNetwork

SCHEMA = "diarchy/leverage/1"
AS_IT_IS = "as it is"
MOST_SAMPLES = 10_000_000
_THOUSAND = 1000.0  # Mt/year x dollar/t are millions of dollars a year; people read billions


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


@click.command()
@click.argument("case")
@click.option("--shut", "shut", multiple=True, metavar="ROUTE[,ROUTE]",
              help="A what-if of your own: routes without capacity. May be given several times.")  # fmt: skip
@click.option("--samples", type=click.IntRange(2, MOST_SAMPLES),
              help="Sample so many orders of joining instead of counting all coalitions.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Key of the sampling.")
@speaking
def leverage(case: str, shut: tuple[str, ...], samples: int | None, seed: int, console: Console) -> None:
    """Who can block whose exports in CASE: Shapley value and nucleolus of the owners of its routes.

    A coalition of owners earns the best profit of flows over what it owns; the Shapley value is what an owner
    adds on average. Exact up to 14 owners; beyond, give --samples. The table of routes may name what-ifs.
    """
    from diarchy.scenario.compose import wire
    from diarchy.scenario.network import case_network
    from diarchy.scenario.read import read

    scenario = read(case)
    arm = wire(scenario, ["base"]).arms["base"]
    if not arm.has("energy"):
        cure = "add 'energy' to its mechanisms and give its facts; see docs/concepts/leverage.md"
        fault = Fault(
            "the scenario has no network of routes", scenario.where.get("mechanisms", ""), cure=cure
        )
        raise ScenarioError([fault])
    found = case_network(scenario, arm.facts)
    what_ifs = dict(found.what_ifs) | _own_what_ifs(shut, found)
    value = _valuer(samples, seed)
    worth = {AS_IT_IS: value(found.network)}
    worth |= {name: value(found.network.without(routes)) for name, routes in what_ifs.items()}
    if console.json:
        head: dict[str, Any] = {"schema": SCHEMA, "version": __version__, "case": scenario.case}
        head |= {"scenario_sha256": scenario.sha256, "seed": seed if samples else None, "samples": samples}
        console.document(head | _document(found, what_ifs, worth))
        return
    _tables(found, what_ifs, worth, console)
    console.then(f"diarchy run {scenario.case}", "what the crisis does to it")


def _own_what_ifs(shut: Sequence[str], found: CaseNetwork) -> dict[str, tuple[str, ...]]:
    """What-ifs of the command line; routes that are not there are faults, all at once."""
    from diarchy.networks import NetworkError

    known = [route.name for route in found.network.routes]
    faults, changes = Faults(NetworkError), {}
    for text in shut:
        routes = tuple(part.strip() for part in text.split(",") if part.strip())
        for route in routes:
            if route not in known:
                faults.add(f"no route '{route}'", f"--shut {text}", ", ".join(known), nearest(route, known))
        if not routes:
            faults.add("no route is named", f"--shut {text}", ", ".join(known))
        changes[f"{', '.join(routes)} shut"] = routes
    faults.raise_if_any()
    return changes


def _valuer(samples: int | None, seed: int) -> Callable[[Network], Worth]:
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


def _exports(found: CaseNetwork) -> tuple[float, float]:
    """What the host exports [Mt/year], and the Herfindahl index of its routes [1]."""
    import numpy as np

    from diarchy.indices import herfindahl

    flows = np.array([found.carried[name] for name in sorted(found.exits)])
    return (float(flows.sum()), float(herfindahl(flows))) if len(flows) else (0.0, 0.0)


def _document(
    found: CaseNetwork, what_ifs: dict[str, tuple[str, ...]], worth: dict[str, Worth]
) -> dict[str, Any]:
    """Everything as plain data."""
    total, concentration = _exports(found)
    worlds = [
        {
            "world": name,
            "shut": list(what_ifs.get(name, ())),
            "total": w.total,
            "owners": [
                {"owner": o, "shapley": w.shapley[o], "share": w.share(o), "error": w.error.get(o),
                 "nucleolus": w.nucleolus.get(o)}
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


def _tables(
    found: CaseNetwork, what_ifs: dict[str, tuple[str, ...]], worth: dict[str, Worth], console: Console
) -> None:
    """Owners as it is; shares in each what-if; routes with their sources."""
    now, names = worth[AS_IT_IS], found.names
    owners = sorted(now.shapley, key=lambda owner: -now.shapley[owner])
    rows: list[dict[str, Any]] = []
    for o in owners:
        row: dict[str, Any] = {
            "owner": names.get(o, o),
            "worth, bn $/year": f"{now.shapley[o] / _THOUSAND:.2f}",
        }
        row["share"] = f"{100 * now.share(o):.1f} %"
        if now.error:
            row["error of share"] = f"{100 * now.share(o, 'error'):.1f} %"
        if now.nucleolus:
            row["nucleolus"] = f"{100 * now.share(o, 'nucleolus'):.1f} %"
        rows.append(row)
    console.table(f"leverage: shares of {now.total / _THOUSAND:.1f} bn $ a year", rows)
    console.data("")
    if what_ifs:
        shares = [
            {"share of the whole": names.get(o, o)}
            | {name: f"{100 * w.share(o):.1f} %" for name, w in worth.items()}
            for o in owners
        ]
        whole = {"share of the whole": "the whole, bn $/year"}
        shares.append(whole | {name: f"{w.total / _THOUSAND:.1f}" for name, w in worth.items()})
        console.table("what if", shares)
        console.data("")
    console.table("routes, Mt a year", [_route_row(route, found) for route in found.network.routes],
                  wrap=("route", "source"))  # fmt: skip
    total, concentration = _exports(found)
    if concentration:
        console.data(
            f"\nexports {total:.1f} Mt a year; concentration of routes {concentration:.2f}, "
            f"as {1 / concentration:.1f} equal routes"
        )


def _route_row(route: Any, found: CaseNetwork) -> dict[str, Any]:
    """One route for people."""
    owners = ", ".join(found.names.get(o, o) for o in route.owners)
    return {
        "route": found.names.get(route.name, route.name),
        "owner": owners,
        "capacity": f"{route.capacity:g}",
        "carried": f"{found.carried[route.name]:g}",
        "cost, $/t": f"{route.cost:g}",
        "source": (found.notes.get(route.name) or {}).get("source", "").replace(";", ", "),
    }
