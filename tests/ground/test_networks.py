"""Network games: values against a linear programme, indices against exact and published numbers, faults."""

import time
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from diarchy.games import nucleolus, shapley, shapley_sampled
from diarchy.networks import (
    MOST_OWNERS,
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


def exactly(network):
    """Shapley values as fractions; the toys' values are halves and quarters, which floats hold exactly."""
    worth = shapley([Fraction(float(x)) for x in coalition_values(network)])
    return dict(zip(network.players, worth, strict=True))


def pie(*routes, amount=1.0):
    """A producer P and a buyer B with a pie of 1 between them, and routes."""
    return Network((Node("well", ("P",), amount), Node("town", ("B",))), routes, (Market("town", 1.0, 1.0),))


def test_check_17_a_pie_with_transit():
    assert exactly(pie(Route("pipe", "well", "town", 1.0, ("T",)))) == dict.fromkeys("PBT", Fraction(1, 3))


def test_check_17_a_bypass_leaves_transit_a_third_of_its_cost():
    """A bypass at cost K: transit K/3, the others (1 - K/3)/2; here K = 1/4."""
    bypass = Route("bypass", "well", "town", 1.0, cost=0.25)
    worth = exactly(pie(Route("pipe", "well", "town", 1.0, ("T",)), bypass))
    assert worth == {"T": Fraction(1, 12), "P": Fraction(11, 24), "B": Fraction(11, 24)}


def test_check_17_complementary_routes_share_the_transit_third():
    worth = exactly(
        pie(Route("wide", "well", "town", 0.75, ("S",)), Route("narrow", "well", "town", 0.25, ("T",)))
    )
    third = Fraction(1, 3)
    assert worth == {"P": third, "B": third, "S": Fraction(1, 4), "T": Fraction(1, 12)}


def test_check_17_full_substitutes_halve_the_transit_rent():
    worth = exactly(pie(Route("a", "well", "town", 1.0, ("S",)), Route("b", "well", "town", 1.0, ("T",))))
    assert worth == {
        "P": Fraction(5, 12), "B": Fraction(5, 12), "S": Fraction(1, 12), "T": Fraction(1, 12),
    }  # fmt: skip


def china_line(capacity):
    """T sells 1 at cost 1 across K: to R at 2 each, and by the line to C, who takes half at 3."""
    nodes = (Node("T", ("T",), 1.0, 1.0), Node("K", ("K",)), Node("C", ("C",)), Node("R", ("R",)))
    routes = (Route("in", "T", "K", 1.0), Route("west", "K", "R", 1.0), Route("line", "K", "C", capacity))
    return Network(nodes, routes, (Market("C", 0.5, 3.0), Market("R", 1.0, 2.0)))


def test_check_18_the_line_to_china_moves_leverage_from_russia():
    third = Fraction(1, 3)
    assert exactly(china_line(0.0)) == {"T": third, "K": third, "C": 0, "R": third}
    worth = exactly(china_line(0.5))
    assert worth == {
        "T": Fraction(13, 24), "K": Fraction(13, 24), "C": Fraction(5, 24), "R": Fraction(5, 24),
    }  # fmt: skip
    assert sum(worth.values()) == Fraction(3, 2)
    assert nucleolus(coalition_values(china_line(0.5))) == pytest.approx([0.5, 0.5, 0.25, 0.25], abs=1e-9)


def test_a_shut_route_is_a_route_without_capacity():
    assert exactly(china_line(0.5).without(["line"])) == exactly(china_line(0.0))


def made_up(seed, players, nodes=12, routes=30):
    """A network at random, with steps of demand at two nodes."""
    rng = np.random.default_rng(seed)
    names = [f"n{i}" for i in range(nodes)]
    places = tuple(
        Node(name, (f"o{i % players}",), 8.0 if i < 4 else 0.0, float(rng.uniform(1, 5)))
        for i, name in enumerate(names)
    )
    links = tuple(
        Route(f"r{i}", *map(str, rng.choice(names, 2, replace=False)), float(rng.uniform(1, 10)),
              (f"o{rng.integers(players)}",), float(rng.uniform(0, 3)))
        for i in range(routes)
    )  # fmt: skip
    feeders = tuple(Route(f"f{i}", "n0", names[-i], 3.0, (), 4.0) for i in (1, 2))
    steps = tuple(Market(names[-i], 5.0, 20.0 - i - 3 * k) for i in (1, 2) for k in range(3))
    return Network(places, links + feeders, steps)


def by_linear_programme(network, members):
    """The value of a coalition by HiGHS: flows on what it owns, what comes in goes out, sales in steps."""
    held = {node.name for node in network.nodes if set(node.owners) <= members}
    wells = [n for n in network.nodes if n.supply > 0 and n.name in held]
    links = [r for r in network.routes if set(r.owners) <= members and {r.start, r.end} <= held]
    sales = [m for m in network.markets if m.node in held]
    if not (wells and sales):
        return 0.0
    cost = [n.cost for n in wells] + [r.cost for r in links] + [-m.price for m in sales]
    most = [n.supply for n in wells] + [r.capacity for r in links] + [m.amount for m in sales]
    balance = [
        [float(n.name == x) for n in wells]
        + [float(r.end == x) - float(r.start == x) for r in links]
        + [-float(m.node == x) for m in sales]
        for x in sorted(held)
    ]
    solved = linprog(cost, A_eq=balance, b_eq=np.zeros(len(held)), bounds=[(0, x) for x in most])
    return -solved.fun


@pytest.mark.parametrize("seed", range(4))
def test_values_are_those_of_the_linear_programme(seed):
    network = made_up(seed, 5)
    value = coalition_values(network)
    assert value[-1] > 10
    for mask in range(len(value)):
        members = {p for i, p in enumerate(network.players) if mask >> i & 1}
        assert value[mask] == pytest.approx(by_linear_programme(network, members), abs=1e-6)


def test_flows_obey_capacity_and_balance():
    network = made_up(1, 5)
    flows = best_flows(network)
    capacity = {route.name: route.capacity for route in network.routes}
    assert all(-1e-9 <= flows[name] <= capacity[name] + 1e-9 for name in flows)
    profit = coalition_values(network)[-1]
    assert best_flows(network, ()) != flows
    assert profit == pytest.approx(by_linear_programme(network, set(network.players)), abs=1e-6)


def test_fourteen_owners_are_counted_in_two_seconds():
    network = made_up(3, MOST_PLAYERS, nodes=20, routes=60)
    coalition_values(made_up(3, 3))  # compiled before the clock starts
    began = time.perf_counter()
    value = coalition_values(network)
    worth = shapley(value)
    assert time.perf_counter() - began < 2.0
    assert len(worth) == MOST_PLAYERS
    assert worth.sum() == pytest.approx(value[-1])


def test_sampling_is_within_its_own_error_of_exact():
    network = made_up(2, 10)
    exact = shapley(coalition_values(network))
    worth, error = shapley_sampled(value_of(network), 10, 2000, seed=5)
    off = np.abs(worth - exact)[error > 0] / error[error > 0]
    assert len(off) >= 5
    assert off.max() < 3.5
    assert np.sqrt(np.mean(off**2)) < 1.5
    assert worth.sum() == pytest.approx(exact.sum())  # every order hands out the whole
    again, _ = shapley_sampled(value_of(network), 10, 2000, seed=5)
    assert again.tolist() == worth.tolist()


def test_forty_owners_are_sampled_but_not_counted():
    network = made_up(2, 40, nodes=45, routes=90)
    with pytest.raises(NetworkError, match=r"40 owners.*--samples"):
        coalition_values(network)
    worth, error = shapley_sampled(value_of(network), 40, 20)
    assert worth.shape == error.shape == (40,)


def test_a_network_s_faults_are_told_at_once():
    nodes = (Node("a", ("A",), -1.0, where="nodes.csv:2"), Node("b", where="nodes.csv:3"))
    routes = (
        Route("r", "a", "nowhere", 1.0, where="routes.csv:2"),
        Route("s", "a", "b", -2.0, where="routes.csv:3"),
        Route("s", "a", "a", 1.0, where="routes.csv:4"),
    )
    with pytest.raises(NetworkError) as error:
        check_network(Network(nodes, routes, (Market("bb", 1.0, np.nan, where="markets.csv:2"),)))
    text = str(error.value)
    assert "routes.csv:2: route 'r' goes through 'nowhere', which is no node" in text
    assert "routes.csv:3: capacity of route 's' is -2" in text
    assert "nodes.csv:2: supply of 'a' is -1" in text
    assert "markets.csv:2: a market is at 'bb', which is no node" in text
    assert "did you mean 'b'?" in text
    assert "price paid at 'bb' is nan" in text
    assert "route 's' is given twice" in text
    assert "ends where it starts" in text


def test_a_market_out_of_reach_is_refused():
    nodes = (Node("a", ("A",), 1.0), Node("b"), Node("c"))
    network = Network(nodes, (Route("r", "c", "b", 1.0),), (Market("b", 1.0, 1.0, where="markets.csv:2"),))
    with pytest.raises(NetworkError, match=r"markets.csv:2: market 'b' cannot be reached.*add a route"):
        check_network(network)
    with pytest.raises(NetworkError, match="no node produces"):
        check_network(Network((Node("a"),), (), ()))


def test_too_many_owners_are_refused():
    nodes = tuple(Node(f"n{i}", (f"o{i}",), 1.0) for i in range(MOST_OWNERS + 1))
    with pytest.raises(NetworkError, match=f"at most {MOST_OWNERS}"):
        check_network(Network(nodes, (), (Market("n0", 1.0, 1.0),)))
