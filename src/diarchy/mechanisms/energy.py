"""Energy: who can block whose exports.

Producers, routes, transit states and buyers are a network with owners, and a cooperative game: a coalition
earns the best profit of flows over what it owns. The Shapley value of an owner, as a share of what all earn
together, is its leverage. It is solved once for each configuration of the network (which routes are shut)
before the run, so that in the run leverage, flows and concentration are looked up. Flows start from what was
carried; a shut route moves them by what the best flow then changes.

Routes shut at a base rate and open again; an owner may shut one more often once the host's regime has fallen.
Strikes in the fields lower what flows, not who holds what. `hold` is the leverage of a foreign power that can
be asked for troops: what it loses if the host is lost.

Leverage assumes side payments, full information and no time, so it is an index and no forecast of prices.

Published models under it, beside their own numbers (`diarchy classic NAME`): `concentration`,
`transit-games`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from diarchy.evidence import Judgement
from diarchy.games import shapley, shapley_sampled
from diarchy.indices import herfindahl
from diarchy.mechanism import Derived, Draw, Fact, Mechanism, Parameter, Read, State, kernel
from diarchy.networks import (
    MOST_PLAYERS,
    Market,
    Network,
    NetworkError,
    Node,
    Route,
    best_flows,
    check_network,
    coalition_values,
    value_of,
)
from diarchy.numerics import hazard_to_chance
from diarchy.prior import lognormal

VALVES = 4  # routes that may be shut in a run: 2**4 networks are solved beforehand
SAMPLES = 300  # orders of joining, where owners are too many to count: an error of a few hundredths at most
STANDS = 0
FACTS = (
    "supply", "production_cost", "node_owner", "origin", "destination", "route_owner", "capacity", "carriage",
    "market_node", "amount", "price", "valve", "carried", "exit",
)  # fmt: skip


def network_of(p: Any, owners: int) -> Network:
    """The network that the facts describe, its parts named by their numbers; -1 owns nothing.

    Parameters
    ----------
    p : facts of the mechanism, by name.
    owners : length of the axis of owners.
    """

    def who(owner: float) -> tuple[str, ...]:
        return (str(int(owner)),) if 0 <= owner < owners else ()

    nodes = tuple(
        Node(str(i), who(owner), float(supply), float(cost))
        for i, (owner, supply, cost) in enumerate(zip(p.node_owner, p.supply, p.production_cost, strict=True))
    )
    ends = zip(p.origin, p.destination, p.capacity, p.route_owner, p.carriage, strict=True)
    routes = tuple(
        Route(str(i), str(int(start)), str(int(end)), float(capacity), who(owner), float(cost))
        for i, (start, end, capacity, owner, cost) in enumerate(ends)
    )
    sales = zip(p.market_node, p.amount, p.price, strict=True)
    markets = tuple(Market(str(int(node)), float(amount), float(price)) for node, amount, price in sales)
    return Network(nodes, routes, markets)


class _Facts:
    """Facts by name, from their bytes: what a solved table is remembered under."""

    def __init__(self, packed: tuple[bytes, ...]):
        for name, data in zip(FACTS, packed, strict=True):
            setattr(self, name, np.frombuffer(data))


def _shares(network: Network) -> np.ndarray:
    """Shapley value of each player over what all earn together [1]; sampled where there are too many."""
    players = len(network.players)
    if players <= MOST_PLAYERS:
        values = coalition_values(network)
        worth, whole = shapley(values), float(values[-1])
    else:
        value = value_of(network)
        (worth, _), whole = shapley_sampled(value, players, SAMPLES), value((1 << players) - 1)
    return worth / whole if whole > 0.0 else np.zeros(players)


@functools.lru_cache(maxsize=8)
def _solve(packed: tuple[bytes, ...], owners: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leverage by owner, flow by route, and concentration of exports, for each configuration of valves."""
    p: Any = _Facts(packed)
    leverage = np.zeros((1 << VALVES, owners))
    flow = np.zeros((1 << VALVES, len(p.capacity)))
    concentration = np.zeros(1 << VALVES)
    network = network_of(p, owners)
    try:
        check_network(network)
    except NetworkError:  # `vet` says what is wrong; for a case's files, wiring has refused it with its line
        return leverage, flow, concentration
    at_best = p.carried
    valves = [str(i) for i in np.flatnonzero(p.valve > 0.5)][:VALVES]
    for configuration in range(1 << len(valves)):
        shut = network.without(v for k, v in enumerate(valves) if configuration >> k & 1)
        for player, share in zip(network.players, _shares(shut), strict=True):
            leverage[configuration, int(player)] = share
        best = np.array(list(best_flows(shut).values()))
        at_best = best if configuration == 0 else at_best
        flow[configuration] = np.maximum(p.carried + best - at_best, 0.0)
        concentration[configuration] = herfindahl(flow[configuration] * p.exit)
    return leverage, flow, concentration


def start(p):
    """Solve every configuration; all routes are open at the start."""
    owners = p.acts_as.shape[1]
    packed = tuple(np.ascontiguousarray(getattr(p, name), dtype=float).tobytes() for name in FACTS)
    leverage, flow, concentration = _solve(packed, owners)
    runs, open_ = len(p.closure), p.valve > 0.5
    valve = np.where(open_ & (np.cumsum(open_) <= VALVES), np.cumsum(open_) - 1, -1)
    return {
        "leverage_if": np.broadcast_to(leverage, (runs, *leverage.shape)),
        "exports_if": np.broadcast_to(flow @ p.exit, (runs, len(flow))),
        "concentration_if": np.broadcast_to(concentration, (runs, *concentration.shape)),
        "valve_of": np.broadcast_to(valve.astype(float), (runs, len(valve))),
        "leverage": np.broadcast_to(leverage[0], (runs, owners)),
        "hold": np.broadcast_to(p.acts_as @ leverage[0], (runs, len(p.acts_as))),
        "concentration": np.full(runs, concentration[0]),
        "exports": np.full(runs, flow[0] @ p.exit),
    }


def vet(now, p, inflow):
    """Reasons to refuse a network."""
    owners = p.acts_as.shape[1]
    reasons = []
    try:
        network = network_of(p, owners)
        check_network(network)
    except NetworkError as error:
        reasons += [f"energy: {fault.what}" for fault in error.faults]
    if np.sum(p.valve > 0.5) > VALVES:
        reasons.append(f"energy: {int(np.sum(p.valve > 0.5))} routes may be shut; at most {VALVES}")
    return reasons


@kernel
def settle(now, p, u, inflow, next):
    """Routes shut and open; leverage, exports and concentration are looked up."""
    for r in range(now.exports.shape[0]):
        fallen = now.authority_regime[r] != STANDS
        closing = hazard_to_chance(p.closure[r] * (1.0 + p.reprisal[r] * fallen), now.dt)
        opening = hazard_to_chance(1.0 / p.repair[r], now.dt)
        configuration = 0
        for route in range(now.shut.shape[1]):
            valve = int(p.valve_of[r, route])
            next.shut[r, route] = now.shut[r, route]
            if valve < 0:
                continue
            if now.shut[r, route] > 0.5:
                next.shut[r, route] = 0.0 if u.fate[r, valve] < opening else 1.0
            elif u.fate[r, valve] < closing:
                next.shut[r, route] = 1.0
            if next.shut[r, route] > 0.5:
                configuration += 1 << valve
        for owner in range(now.leverage.shape[1]):
            next.leverage[r, owner] = p.leverage_if[r, configuration, owner]
        for power in range(now.hold.shape[1]):
            next.hold[r, power] = 0.0
            for owner in range(now.leverage.shape[1]):
                next.hold[r, power] += p.acts_as[power, owner] * p.leverage_if[r, configuration, owner]
        next.concentration[r] = p.concentration_if[r, configuration]
        output = 0.0
        for place in range(now.economy_output.shape[1]):
            output += p.field[place] * now.economy_output[r, place]
        next.exports[r] = p.exports_if[r, configuration] * min(output, 1.0)


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}
_whole = 1e-9  # rounding of shares that add up to one

ENERGY = Mechanism(
    name="energy",
    doc="Who can block whose exports: leverage of route owners, flows, concentration of routes.",
    start=start,
    settle=settle,
    vet=vet,
    sizes={"valve": VALVES, "configuration": 1 << VALVES},
    timescale=7.0,
    references=("shapley1953", "hubert2011", "hirschman1964"),
    states=(
        State("shut", ("route",), "1", "1 while the route is shut", **_share),
        State("leverage", ("owner",), "1", "Shapley value over what all earn together", initial=None,
            lower=-_whole, upper=1.0 + _whole),
        State("hold", ("power",), "1", "leverage of the power over the host's exports", initial=None,
            lower=-_whole, upper=1.0 + _whole),
        State("concentration", (), "1", "Herfindahl index of export routes", initial=None, lower=0.0,
            upper=1.0 + _whole),
        State("exports", (), "Mt/year", "what leaves by all export routes, in tonnes of oil or their like",
            initial=None, lower=0.0),
    ),
    reads=(Read("economy.output", ("place",), 1.0), Read("authority.regime", (), 0.0, whole=True)),
    facts=(
        Fact("supply", ("node",), "Mt/year", "what can be produced here", lower=0.0),
        Fact("production_cost", ("node",), "dollar/t", "cost of producing", lower=0.0),
        Fact("node_owner", ("node",), "1", "number of the owner; -1: nobody's", lower=-1.0),
        Fact("origin", ("route",), "1", "number of the node where the route starts", lower=0.0),
        Fact("destination", ("route",), "1", "number of the node where it ends", lower=0.0),
        Fact("route_owner", ("route",), "1", "number of the owner; -1: nobody's", lower=-1.0),
        Fact("capacity", ("route",), "Mt/year", "what it can carry", lower=0.0),
        Fact("carriage", ("route",), "dollar/t", "cost of carrying", lower=0.0),
        Fact("carried", ("route",), "Mt/year", "what it carried in the year before", lower=0.0),
        Fact("exit", ("route",), "1", "1 where the host's exports leave the country", **_share),
        Fact("valve", ("route",), "1", "1 where the route may be shut in a run", default=0.0, **_share),
        Fact("market_node", ("market",), "1", "number of the node where it is bought", lower=0.0),
        Fact("amount", ("market",), "Mt/year", "what is bought at the price", lower=0.0),
        Fact("price", ("market",), "dollar/t", "price paid", lower=0.0),
        Fact("acts_as", ("power", "owner"), "1", "1 where the power decides for the owner", **_share),
        Fact("field", ("place",), "1", "share of production that lies in the place", **_share),
    ),
    derived=(
        Derived("leverage_if", ("configuration", "owner"), "1", "leverage in each configuration"),
        Derived("exports_if", ("configuration",), "Mt/year", "exports in each configuration"),
        Derived("concentration_if", ("configuration",), "1", "concentration in each configuration"),
        Derived("valve_of", ("route",), "1", "bit of the route in a configuration; -1: never shut"),
    ),
    draws=(Draw("fate", ("valve",)),),
    parameters=(
        Parameter("closure", "1/day", 0.0, 0.05, lognormal(3e-4, 4.0),
            Judgement("a pipeline stops for a week or more once in ten years: storms, courts, quarrels"),
            "hazard that an open route is shut"),
        Parameter("reprisal", "1", 0.0, 100.0, lognormal(3.0, 4.0),
            Judgement("a transit state that lost a friend shuts sooner; oil has rarely been used so"),
            "times more often once the regime has fallen"),
        Parameter("repair", "day", 1.0, 365.0, lognormal(14.0, 2.5), Judgement("weeks, rarely a season"),
            "mean time for which a route stays shut"),
    ),
)  # fmt: skip
