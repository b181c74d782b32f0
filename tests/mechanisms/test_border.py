"""Territorial demands: a small hazard, where the minority lives, more often in turmoil."""

import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.border import BORDER

FACTS = {"minority": [300.0, 100.0, 5000.0], "adjoins": [1.0, 1.0, 0.0], "kin": [1.0]}
AXES = {"place": ("north", "west", "far")}
FAST = 0.001  # [1/day] a hazard at which counting does not take for ever


def demanded(days=40, reads=None, facts=None, **given):
    """Share of futures with a demand by place, after some days."""
    world = Alone(BORDER, FACTS | (facts or {}), labels=AXES, runs=5000, **{"base_rate": FAST} | given)
    for _ in range(4 * days):
        world.step(reads=reads)
    return world.state("demand").mean(axis=0)


def test_demands_come_at_the_base_rate_where_the_minority_lives():
    north, west, far = demanded()
    assert north + west == pytest.approx(FAST * 40, rel=0.2)
    assert north / (north + west) == pytest.approx(0.75, abs=0.1)
    assert far == 0.0  # not on the border, however many live there


def test_the_declared_rate_is_small():
    rate = BORDER.parameters[0].prior.quantile(np.array([0.05, 0.5, 0.95]), 0.0, 0.001)
    assert rate[1] * 365.25 == pytest.approx(0.0047, abs=0.0002)
    assert rate[2] * 90 < 0.005


def test_turmoil_and_a_fall_raise_it():
    calm = demanded(weakness=0.0, collapse=0.0).sum()
    weak = demanded(weakness=9.0, reads={"government.threat": 1.0}).sum()
    fallen = demanded(days=10, collapse=19.0, weakness=0.0, reads={"authority.regime": 2}).sum()
    assert weak == pytest.approx(10 * calm, rel=0.35)
    assert fallen == pytest.approx(5 * calm, rel=0.45)  # twenty times as often, a quarter of the time


def test_guests_have_no_sign_beforehand():
    troops = {"patron.troops": 100_000.0}
    mean, spread = next(p for p in BORDER.parameters if p.name == "guests").prior.numbers
    assert mean == 0.0
    assert spread > 0.0
    more, fewer = (demanded(reads=troops, guests=g).sum() for g in (1.0, -1.0))
    assert more > 2 * fewer
    assert demanded(reads=troops, guests=1.0, facts={"kin": [0.0]}).sum() < more / 1.5  # not the kin's troops


def test_without_a_minority_on_the_border_nothing_is_demanded():
    assert demanded(facts={"minority": [0.0, 0.0, 10.0]}).sum() == 0.0
