"""Networks of nodes, routes and markets as cooperative games: what each coalition of owners can earn.

Nodes produce, routes carry, markets buy in steps of falling price; nodes and routes have owners. A coalition
uses what its members own, so its value is the most profitable flow over that part of the network: a linear
programme without integers, solved exactly as a flow of least cost by augmenting paths. What each owner is
worth to the others (`diarchy.games`) is an index of who can block whom, not a forecast of prices: side
payments, full information and no time are assumed.

References
----------
hubert2011, ford1962
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from diarchy.errors import DiarchyError, Fault, Faults, nearest
from diarchy.jit import jit

#: The most players whose 2**n coalitions are all valued.
MOST_PLAYERS = 14
#: The most owners of a network at all: a coalition is a mask of bits in one signed word.
MOST_OWNERS = 60
MOST_PARTS = 500  # nodes, routes or steps of demand that one network may have
_NOTHING = 1e-11  # capacity or profit, against the largest there is, that counts as none
_MOST_PATHS = 100_000  # augmenting paths of one flow; a network of hundreds of routes needs hundreds


class NetworkError(DiarchyError):
    """A network cannot be taken as a game."""

    phase = "reading the network"


@dataclass(frozen=True)
class Node:
    """A place that produces, or that routes pass.

    Parameters
    ----------
    name : its name.
    owners : those without whose consent nothing is produced, sold or passed here; all are needed.
    supply : what can be produced [amount].
    cost : of producing one unit [money/amount].
    where : ``file:line``, for faults.
    """

    name: str
    owners: tuple[str, ...] = ()
    supply: float = 0.0
    cost: float = 0.0
    where: str = ""


@dataclass(frozen=True)
class Route:
    """A directed link between two nodes; capacity [amount], cost of carrying one unit [money/amount]."""

    name: str
    start: str
    end: str
    capacity: float
    owners: tuple[str, ...] = ()
    cost: float = 0.0
    where: str = ""


@dataclass(frozen=True)
class Market:
    """One step of demand at a node: an amount that is bought at a price [money/amount]."""

    node: str
    amount: float
    price: float
    where: str = ""


@dataclass(frozen=True)
class Network:
    """Nodes, routes and steps of demand; `check_network` says whether they make a game.

    >>> pie = Network((Node("well", ("P",), 1.0), Node("town", ("B",))),
    ...               (Route("pipe", "well", "town", 1.0, ("T",)),), (Market("town", 1.0, 1.0),))
    >>> pie.players
    ('P', 'B', 'T')
    >>> coalition_values(pie).tolist()  # only all three together can earn the pie
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """

    nodes: tuple[Node, ...]
    routes: tuple[Route, ...]
    markets: tuple[Market, ...]

    @property
    def players(self) -> tuple[str, ...]:
        """Every owner once, in the order in which nodes and then routes name them."""
        parts: tuple[Node | Route, ...] = (*self.nodes, *self.routes)
        return tuple(dict.fromkeys(owner for part in parts for owner in part.owners))

    def without(self, shut: Iterable[str]) -> Network:
        """The network with some routes shut: the same players, no capacity there."""
        closed = frozenset(shut)
        routes = tuple(replace(r, capacity=0.0) if r.name in closed else r for r in self.routes)
        return replace(self, routes=routes)


def check_network(network: Network) -> None:
    """Refuse a network that makes no game, with every fault at once.

    Raises
    ------
    NetworkError : names that are not there, numbers below 0, markets that nothing reaches, too many owners.
    """
    faults = Faults(NetworkError)
    names = [node.name for node in network.nodes]
    for kind, parts in (("node", network.nodes), ("route", network.routes)):
        seen: set[str] = set()
        for part in parts:
            if part.name in seen:
                faults.add(f"{kind} '{part.name}' is given twice", part.where, cure="give it another name")
            seen.add(part.name)
        if len(parts) > MOST_PARTS:
            faults.add(f"{len(parts)} {kind}s", parts[-1].where, f"at most {MOST_PARTS}")
    for route in network.routes:
        for end in (route.start, route.end):
            if end not in names:
                _no_node(f"route '{route.name}' goes through '{end}'", end, route.where, names, faults)
        if route.start == route.end:
            faults.add(f"route '{route.name}' ends where it starts", route.where, cure="remove it")
    for market in network.markets:
        if market.node not in names:
            _no_node(f"a market is at '{market.node}'", market.node, market.where, names, faults)
    _check_numbers(network, faults)
    if len(network.players) > MOST_OWNERS:
        faults.add(f"{len(network.players)} owners", "", f"at most {MOST_OWNERS}",
                   cure="count those that always act together as one")  # fmt: skip
    faults.raise_if_any()
    _check_reach(network, faults)
    faults.raise_if_any()


def _no_node(what: str, name: str, where: str, names: list[str], faults: Faults) -> None:
    """Say that there is no such node."""
    allowed, cure = ", ".join(names[:20]), "add the node, or mend its name"
    faults.add(f"{what}, which is no node", where, allowed, nearest(name, names), cure)


def _check_numbers(network: Network, faults: Faults) -> None:
    """No number below 0, and all finite."""
    parts: list[tuple[str, float, str]] = []
    for node in network.nodes:
        parts += [(f"supply of '{node.name}'", node.supply, node.where)]
        parts += [(f"cost of producing at '{node.name}'", node.cost, node.where)]
    for route in network.routes:
        parts += [(f"capacity of route '{route.name}'", route.capacity, route.where)]
        parts += [(f"cost of route '{route.name}'", route.cost, route.where)]
    for market in network.markets:
        parts += [(f"amount bought at '{market.node}'", market.amount, market.where)]
        parts += [(f"price paid at '{market.node}'", market.price, market.where)]
    for what, value, where in parts:
        if not (math.isfinite(value) and value >= 0.0):
            cure = "the way back is a route of its own; what is shut has capacity 0"
            faults.add(f"{what} is {value:g}", where, "0 or more, and finite", cure=cure)


def _check_reach(network: Network, faults: Faults) -> None:
    """Every market can be reached from some producer, be it through routes that are now shut."""
    reached = {node.name for node in network.nodes if node.supply > 0.0}
    if not reached:
        faults.add("no node produces anything", network.nodes[0].where if network.nodes else "",
                   cure="give at least one node a supply above 0")  # fmt: skip
        return
    for _ in network.nodes:
        reached |= {route.end for route in network.routes if route.start in reached}
    first = {market.node: market.where for market in reversed(network.markets)}
    for name, where in ((name, where) for name, where in first.items() if name not in reached):
        faults.add(f"market '{name}' cannot be reached from any producer", where,
                   cure=f"add a route that ends at '{name}', or remove the market")  # fmt: skip


# What a coalition earns


class _Arcs(NamedTuple):
    """A network as arrays, from a source behind all producers to a sink behind all markets."""

    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    need: np.ndarray
    nodes: int


def _arcs(network: Network) -> _Arcs:
    """Producers, routes and steps of demand as arcs; `need` is the mask of owners that each one needs."""
    place = {node.name: i for i, node in enumerate(network.nodes)}
    bit = {player: 1 << i for i, player in enumerate(network.players)}
    mask = {node.name: sum(bit[o] for o in set(node.owners)) for node in network.nodes}
    source, sink = len(place), len(place) + 1
    rows = [(source, place[n.name], n.supply, n.cost, mask[n.name]) for n in network.nodes if n.supply > 0.0]
    for r in network.routes:
        own = 0
        for owner in r.owners:
            own |= bit[owner]
        rows.append((place[r.start], place[r.end], r.capacity, r.cost, own | mask[r.start] | mask[r.end]))
    rows += [(place[m.node], sink, m.amount, -m.price, mask[m.node]) for m in network.markets]
    tail, head, capacity, cost, need = zip(*rows, strict=True)
    return _Arcs(np.array(tail), np.array(head), np.array(capacity, dtype=float),
                 np.array(cost, dtype=float), np.array(need, dtype=np.int64), sink + 1)  # fmt: skip


@jit
def _best_flow(tail, head, capacity, cost, need, nodes, members, flow, reach, via):
    """Profit of the best flow of a coalition: augment the most profitable path until none pays.

    Paths in the residual network by Bellman and Ford, since a way back has a negative cost. No cycle pays at
    the start (costs are not negative and a sale ends a path), so each flow is the cheapest of its size.
    """
    source, sink = nodes - 2, nodes - 1
    least = _NOTHING * max(capacity.max(), 0.0)
    enough = _NOTHING * max(np.abs(cost).max(), 0.0)
    profit = 0.0
    flow[:] = 0.0
    for _ in range(_MOST_PATHS):
        reach[:] = math.inf
        reach[source] = 0.0
        moved = True
        while moved:
            moved = False
            for a in range(tail.shape[0]):
                if need[a] & ~members:
                    continue
                t, h = tail[a], head[a]
                if capacity[a] - flow[a] > least and reach[t] + cost[a] < reach[h] - enough:
                    reach[h], via[h], moved = reach[t] + cost[a], a, True
                if flow[a] > least and reach[h] - cost[a] < reach[t] - enough:
                    reach[t], via[t], moved = reach[h] - cost[a], -1 - a, True
        if reach[sink] >= -enough:
            return profit
        room, node = math.inf, sink
        while node != source:
            a = via[node]
            room = min(room, capacity[a] - flow[a] if a >= 0 else flow[-1 - a])
            node = tail[a] if a >= 0 else head[-1 - a]
        node = sink
        while node != source:
            a = via[node]
            flow[a if a >= 0 else -1 - a] += room if a >= 0 else -room
            profit -= room * (cost[a] if a >= 0 else -cost[-1 - a])
            node = tail[a] if a >= 0 else head[-1 - a]
    return math.nan


@jit
def _every_value(tail, head, capacity, cost, need, nodes, value):
    """The value of every coalition, by its mask."""
    flow, reach = np.zeros(tail.shape[0]), np.zeros(nodes)
    via = np.zeros(nodes, dtype=np.int64)
    for members in range(value.shape[0]):
        value[members] = _best_flow(tail, head, capacity, cost, need, nodes, members, flow, reach, via)


def coalition_values(network: Network) -> np.ndarray:
    """The value of every coalition: (2**player,) [money]; bit i of the index is player i of `players`.

    Raises
    ------
    NetworkError : no game, or more players than can be enumerated.
    """
    check_network(network)
    players = network.players
    if len(players) > MOST_PLAYERS:
        raise NetworkError([_too_many(network)])
    arcs = _arcs(network)
    value = np.zeros(1 << len(players))
    _every_value(*arcs, value)
    return _whole(value)


def _too_many(network: Network) -> Fault:
    """That so many owners are not counted exactly, where the first one too many comes in, and the cure."""
    players = network.players
    parts: tuple[Node | Route, ...] = (*network.nodes, *network.routes)
    where = next(part.where for part in parts if players[MOST_PLAYERS] in part.owners)
    return Fault(
        f"{len(players)} owners have 2**{len(players)} coalitions, too many to value each",
        where,
        f"{MOST_PLAYERS} owners",
        cure="sample orders of joining (--samples 20000), or name those that act together as one owner",
    )


def _whole(value: Any) -> Any:
    """Values that were found."""
    if np.isnan(value).any():
        raise NetworkError(f"no best flow within {_MOST_PATHS} paths; make the network smaller")
    return value


def value_of(network: Network) -> Callable[[int], float]:
    """The value of one coalition at a time, by mask; remembered, for games too large to enumerate."""
    check_network(network)
    arcs = _arcs(network)
    flow, reach, via = np.zeros(len(arcs.tail)), np.zeros(arcs.nodes), np.zeros(arcs.nodes, dtype=np.int64)
    known: dict[int, float] = {}

    def value(members: int) -> float:
        if members not in known:
            known[members] = float(_whole(_best_flow(*arcs, members, flow, reach, via)))
        return known[members]

    return value


def best_flows(network: Network, members: Iterable[str] | None = None) -> dict[str, float]:
    """What each route carries in the most profitable flow of a coalition; of all if not given [amount]."""
    check_network(network)
    who = set(network.players if members is None else members)
    arcs = _arcs(network)
    mask = sum(1 << i for i, player in enumerate(network.players) if player in who)
    flow, reach, via = np.zeros(len(arcs.tail)), np.zeros(arcs.nodes), np.zeros(arcs.nodes, dtype=np.int64)
    _whole(_best_flow(*arcs, mask, flow, reach, via))
    first = sum(node.supply > 0.0 for node in network.nodes)
    return {route.name: float(flow[first + i]) for i, route in enumerate(network.routes)}
