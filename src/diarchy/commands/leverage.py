"""`diarchy leverage`: who can block whose exports, by the network of a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.commands.usage import MOST_SEED, command
from diarchy.errors import Fault, Faults, ScenarioError, nearest

if TYPE_CHECKING:
    from diarchy.model import Arm
    from diarchy.scenario.given import Scenario
    from diarchy.scenario.leverage import Worth
    from diarchy.scenario.network import CaseNetwork

MOST_SAMPLES = 10_000_000
_THOUSAND = 1000.0  # Mt/year x dollar/t are millions of dollars a year; people read billions


@command()
@click.argument("case")
@click.option("--shut", "shut", multiple=True, metavar="ROUTE[,ROUTE]",
              help="A what-if of your own: routes without capacity. May be given several times.")  # fmt: skip
@click.option("--samples", type=click.IntRange(2, MOST_SAMPLES),
              help="Sample so many orders of joining instead of counting all coalitions.")  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0, MOST_SEED), default=1, show_default=True, help="Key of the sampling."
)
@speaking
def leverage(case: str, shut: tuple[str, ...], samples: int | None, seed: int, console: Console) -> None:
    """Who can block whose exports in CASE: Shapley value and nucleolus of the owners of its routes.

    A coalition of owners earns the best profit of flows over what it owns; the Shapley value is what an owner
    adds on average. Exact up to 14 owners; beyond, give --samples. The table of routes may name what-ifs.
    """
    from diarchy.scenario.compose import wire
    from diarchy.scenario.leverage import AS_IT_IS, SCHEMA, document_of, valuer
    from diarchy.scenario.read import read

    with console.faults.trying():
        scenario = read(case)
        arm = wire(scenario, ["base"]).arms["base"]
        found, what_ifs = _network(scenario, arm, shut)
    console.faults.raise_if_any()
    value = valuer(samples, seed)
    worth = {AS_IT_IS: value(found.network)}
    worth |= {name: value(found.network.without(routes)) for name, routes in what_ifs.items()}
    if console.json:
        head: dict[str, Any] = {"schema": SCHEMA, "version": __version__, "case": scenario.case}
        head |= {"scenario_sha256": scenario.sha256, "seed": seed if samples else None, "samples": samples}
        console.document(head | document_of(found, what_ifs, worth))
        return
    _tables(found, what_ifs, worth, console)
    console.then(f"diarchy run {scenario.case}", "what the crisis does to it")


def _network(
    scenario: Scenario, arm: Arm, shut: Sequence[str]
) -> tuple[CaseNetwork, dict[str, tuple[str, ...]]]:
    """The network of a case, and what is asked of it."""
    from diarchy.scenario.network import case_network

    if not arm.has("energy"):
        cure = "add 'energy' to its mechanisms and give its facts; see docs/concepts/leverage.md"
        fault = Fault(
            "the scenario has no network of routes", scenario.where.get("mechanisms", ""), cure=cure
        )
        raise ScenarioError([fault])
    found = case_network(scenario, arm.facts)
    return found, dict(found.what_ifs) | _own_what_ifs(shut, found)


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


def _tables(
    found: CaseNetwork, what_ifs: dict[str, tuple[str, ...]], worth: dict[str, Worth], console: Console
) -> None:
    """Owners as it is; shares in each what-if; routes with their sources."""
    from diarchy.scenario.leverage import AS_IT_IS, exports_of

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
    total, concentration = exports_of(found)
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
