"""Leverage is looked up in a table that was solved before; routes shut and open; strikes cost exports."""

import numpy as np
import pytest
from alone import Alone

from diarchy.engine import first_state
from diarchy.mechanisms.energy import ENERGY, VALVES
from diarchy.networks import MOST_PLAYERS

AXES = {
    "node": ("T", "K", "C", "R"), "route": ("in", "west", "line"), "market": ("c", "r"),
    "owner": ("T", "K", "C", "R"), "power": ("p",),
}  # fmt: skip
#: The China-line toy: T sells 1 at cost 1 across K, to R at 2 and by the line half of it to C at 3.
FACTS = {
    "supply": [1, 0, 0, 0], "production_cost": [1, 0, 0, 0], "node_owner": [0, 1, 2, 3],
    "origin": [0, 1, 1], "destination": [1, 3, 2], "route_owner": [-1, -1, -1],
    "capacity": [1, 1, 0.5], "carriage": [0, 0, 0], "carried": [1, 0.5, 0.5], "exit": [0, 1, 1],
    "valve": [0, 0, 1], "market_node": [2, 3], "amount": [0.5, 1], "price": [3, 2],
    "acts_as": [[0, 0, 0, 1]], "field": [0.75, 0.25],
}  # fmt: skip
WITH, WITHOUT = np.array([13, 13, 5, 5]) / 36, np.array([1, 1, 0, 1]) / 3  # shares of 3/2, and of 1


def world(facts=None, **given):
    """The toy in a run."""
    return Alone(ENERGY, FACTS | (facts or {}), labels=AXES, **given)


def test_leverage_is_that_of_the_exact_toy_and_moves_when_the_line_is_shut():
    """Check 18 inside a run: without the line the buyer in the east has nothing, Russia a third."""
    toy = world(closure=0.05, repair=1.0, runs=400)
    assert toy.state("leverage")[0] == pytest.approx(WITH)
    for _ in range(40):
        toy.step()
    shut = toy.state("shut")[:, 2] > 0.5
    assert 0.01 < shut.mean() < 0.2
    assert toy.state("shut")[:, :2].max() == 0.0  # only a valve can be shut
    assert toy.state("leverage")[shut] == pytest.approx(np.tile(WITHOUT, (shut.sum(), 1)))
    assert toy.state("leverage")[~shut] == pytest.approx(np.tile(WITH, ((~shut).sum(), 1)))
    assert toy.state("hold")[:, 0] == pytest.approx(toy.state("leverage")[:, 3])


def test_what_was_carried_is_rerouted_by_the_best_flow():
    """Half goes by the line; shut, it goes west, and one route carries all."""
    toy = world(closure=0.05, repair=365.0, runs=200)
    assert toy.state("exports")[0] == pytest.approx(1.0)
    assert toy.state("concentration")[0] == pytest.approx(0.5)
    for _ in range(60):
        toy.step()
    shut = toy.state("shut")[:, 2] > 0.5
    assert 0.3 < shut.mean() < 0.8
    assert toy.state("exports")[shut] == pytest.approx(1.0)
    assert toy.state("concentration")[shut] == pytest.approx(1.0)


def test_routes_shut_at_their_rate_and_open_again():
    closing = world(closure=0.02, repair=365.0, runs=4000)
    for _ in range(20):
        closing.step()
    assert (closing.state("shut")[:, 2] > 0.5).mean() == pytest.approx(1 - np.exp(-0.02 * 5), abs=0.02)
    spiteful = world(closure=0.02, repair=365.0, reprisal=9.0, runs=4000)
    for _ in range(4):
        spiteful.step(reads={"authority.regime": 2})
    assert (spiteful.state("shut")[:, 2] > 0.5).mean() == pytest.approx(1 - np.exp(-0.2), abs=0.02)


def test_strikes_lower_what_flows_and_not_who_holds_what():
    toy = world(closure=0.0)
    toy.step(reads={"economy.output": [[0.2, 1.0]]})
    assert toy.state("exports")[0] == pytest.approx(0.75 * 0.2 + 0.25)
    assert toy.state("leverage")[0] == pytest.approx(WITH)


def test_more_owners_than_can_be_counted_are_sampled():
    """A chain of many owners, each indispensable: every order gives all to the last, so all are alike."""
    n = MOST_PLAYERS + 2
    names = tuple(f"o{i}" for i in range(n))
    chain = {
        "supply": [1.0] + [0.0] * (n - 1), "production_cost": np.zeros(n), "node_owner": np.arange(n),
        "origin": np.arange(n - 1), "destination": np.arange(1, n), "route_owner": np.full(n - 1, -1),
        "capacity": np.ones(n - 1), "carriage": np.zeros(n - 1), "carried": np.ones(n - 1),
        "exit": np.zeros(n - 1), "valve": np.zeros(n - 1), "market_node": [n - 1], "amount": [1.0],
        "price": [1.0], "acts_as": np.zeros((1, n)), "field": [0.5, 0.5],
    }  # fmt: skip
    axes = {"node": names, "route": names[1:], "market": ("m",), "owner": names, "power": ("p",)}
    many = Alone(ENERGY, chain, labels=axes)
    share = many.state("leverage")[0]
    assert share.sum() == pytest.approx(1.0)
    assert np.abs(share - 1 / n).max() < 0.06  # 300 orders: four standard errors


def test_a_network_that_makes_no_sense_is_refused_with_the_reason():
    def said(**facts):
        arm = world(facts).arm
        drawn = {name: np.full(1, arm.priors[name].quantile(np.array([0.5]), p.lower, p.upper)[0])
                 for name, p in arm.parameters().items()}  # fmt: skip
        return first_state(arm, drawn)["energy"]

    assert said() == []
    assert any("cannot be reached" in reason for reason in said(destination=[1, 3, 3]))
    assert any("goes through '9'" in reason for reason in said(origin=[0, 1, 9]))
    assert any("no node produces" in reason for reason in said(supply=[0, 0, 0, 0]))
    assert said(valve=[1, 1, 1]) == []
    assert VALVES == 4
