"""The ruler acts when threatened, not in calm; levers shut what they should."""

import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.government import GOVERNMENT

CALM = {"crowd.street": [2, 1], "security.force": [1_000.0, 1_000.0], "authority.control": 0.6,
        "authority.diarchy": 1.9}  # fmt: skip
CRISIS = CALM | {"crowd.street": [4_000, 2_000], "crowd.rioting": [800, 0], "security.loyal": 0.6}


def ruled(reads, days=20, runs=300, inflow=None, **given):
    """The world after some days, with what was ever ordered."""
    world = Alone(GOVERNMENT, {}, runs=runs, **given)
    orders = ("dismissal", "bid", "blackout", "emergency", "order")
    ever = {name: np.zeros(runs, dtype=bool) for name in orders}
    for _ in range(days * 4):
        world.step(reads=reads, inflow=inflow)
        for name, seen in ever.items():
            seen |= world.state(name).reshape(runs, -1).max(axis=1) > 0
    return world, ever


def test_in_calm_a_ruler_waits_and_asks_for_nothing():
    """Trap: invitations must be rare."""
    world, ever = ruled(CALM, days=90)
    assert world.state("threat").max() < 0.05
    assert (world.state("asked") > 0).mean() < 0.01
    assert (world.state("concession") > 0).mean() < 0.05
    assert ever["dismissal"].mean() < 0.05


def test_a_settled_diarchy_is_broken_at_its_base_rate():
    """In calm only the unprovoked grab is left: its hazard, and no error of a quantal ruler."""
    _, never = ruled(CALM, days=90, runs=400, grasp=0.0)
    assert (never["dismissal"] | never["bid"]).mean() < 0.005
    _, often = ruled(CALM, days=90, runs=1000, grasp=0.004)
    moved = often["dismissal"] | often["bid"]
    assert moved.mean() == pytest.approx(1 - np.exp(-0.004 * 90), abs=0.05)
    assert often["dismissal"].sum() == pytest.approx(often["bid"].sum(), rel=0.25)
    _, alone = ruled(CALM | {"authority.diarchy": 1.0}, days=90, grasp=0.01)
    assert not alone["bid"].any()


def test_grave_acts_come_as_far_as_survival_is_in_danger():
    """The same ruler, cheap grave acts: at middling threat they wait, in a crisis they do not."""
    cheap = {"cost_purge": 0.02, "cost_fire": 0.02, "cost_ask": 0.02}
    for street, low, high in ((60, 0.0, 0.05), (300, 0.1, 0.5), (3000, 0.9, 1.0)):
        world, ever = ruled(CALM | {"crowd.street": [street, street / 2]}, days=4, runs=200, **cheap)
        assert low <= (ever["dismissal"] | ever["bid"]).mean() <= high, (street, world.state("threat").mean())


def test_in_a_crisis_a_ruler_acts():
    world, ever = ruled(CRISIS, days=4)
    assert world.state("threat").min() > 0.5
    assert (world.state("concession") > 0).mean() > 0.8
    assert ever["order"].mean() > 0.8
    assert 0.02 < (world.state("asked") > 0).mean() < 0.98


@pytest.mark.parametrize(
    ("lever", "shut"),
    [("may_ask", "asked"), ("may_concede", "concession"), ("may_blackout", "blackout"),
     ("may_purge", "dismissal")],
)  # fmt: skip
def test_levers_shut_actions(lever, shut):
    world, ever = ruled(CRISIS, **{lever: 0.0})
    done = ever[shut] if shut in ever else world.state(shut).reshape(300, -1).max(axis=1) > 0
    assert not done.any()


def test_without_a_rival_there_is_nobody_to_dismiss():
    _, ever = ruled(CRISIS | {"authority.diarchy": 1.0, "authority.control": 1.0})
    assert not ever["dismissal"].any()
    assert not ever["bid"].any()


def test_dearer_help_is_asked_for_less():
    cheap, dear = (ruled(CRISIS, cost_ask=c)[0].state("asked").mean() for c in (0.2, 0.7))
    assert cheap > dear + 0.1


def test_orders_fall_where_the_crowd_is_and_are_lifted_in_calm():
    world, _ = ruled(CRISIS | {"crowd.street": [4_000, 0], "crowd.rioting": [900, 0]}, runs=100)
    assert world.state("order")[:, 0].max() == 2
    assert world.state("order")[:, 1].max() == 0
    for _ in range(160):
        world.step(reads=CALM)
    assert world.state("order").max() == 0
    assert world.state("emergency").mean() < 0.05


def test_a_fallen_ruler_rules_no_more():
    world, ever = ruled(CRISIS | {"authority.regime": 2}, runs=50)
    assert world.state("threat").max() == 0.0
    assert not any(seen.any() for seen in ever.values())
