"""Who is in charge: power indices against published numbers, dismissals, coups, settlements, calm."""

import numpy as np
import pytest
from alone import Alone

from diarchy.indices import coalition_strength, condorcet
from diarchy.mechanisms.authority import (
    AUTHORITY,
    CONDORCET_EXPONENT,
    CONSOLIDATE,
    COUP,
    CROWD,
    LEAVE,
    OPTIONS,
    RESTORE,
    STANDS,
    WORTH,
    effective_principals,
)

FACTS = {
    "weight": [5.0, 3.0, 2.0],
    "veto": [0.0, 0.0, 0.0],
    "first_holder": [0.0, 1.0, 1.0],
    "commands": [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]],
    "council": [0.0, 0.0, 1.0],
    "first_allegiance": [0.4, 0.7],
    "quota": 0.5,
}


def test_effective_principals():
    assert effective_principals(1.0, 0.0) == 1.0
    assert effective_principals(0.5, 0.5) == pytest.approx(2.0)
    assert effective_principals(0.0, 0.0) == 2.0


def test_calm_is_stationary():
    """Trap: without a shock nothing drifts."""
    calm = Alone(AUTHORITY, FACTS, runs=50, coup_rate=0.0)
    first = {name: calm.state(name).copy() for name in ("control", "allegiance", "diarchy", "holder")}
    for _ in range(360):
        calm.step()
    for name, value in first.items():
        assert calm.state(name) == pytest.approx(value, abs=1e-9), name
    assert calm.state("regime").max() == STANDS


def test_a_dismissal_moves_the_office_and_its_organ_at_once():
    firm = Alone(AUTHORITY, FACTS, ease=5.0, ease_control=20.0)
    control = firm.state("control")[0]
    firm.step(inflow={"dismiss": 1.0})
    assert firm.state("holder")[0].tolist() == [0, 0, 1]  # the head of the police goes, the council stays
    assert firm.state("allegiance")[0, 0] > 0.6
    assert firm.state("control")[0] > control
    firm.step(inflow={"bid": 1.0})
    assert firm.state("holder")[0].tolist() == [0, 0, 0]


def test_a_failed_dismissal_makes_an_enemy():
    weak = Alone(AUTHORITY, FACTS, ease=-3.0, ease_control=0.0, rebuff=0.1, runs=200)
    weak.step(inflow={"dismiss": 1.0})
    failed = weak.state("holder")[:, 1] == 1
    assert failed.mean() == pytest.approx(1 - 1 / (1 + np.exp(3)), abs=0.06)
    assert weak.state("allegiance")[failed, 0] == pytest.approx(0.3, abs=1e-9)


def coups(**given):
    world = Alone(AUTHORITY, FACTS, runs=4000, coup_rate=0.02, coup_alarm=0.0, **given)
    for _ in range(20):
        world.step()
    return (world.state("regime") == COUP).mean()


def test_coups_need_a_rival_and_contested_control():
    assert coups(rivalry=0.0) == 0.0
    control = Alone(AUTHORITY, FACTS).state("control")[0]
    attempts = 1 - np.exp(-0.02 * (1 - control) * 5)
    # Svolik: hazard and success are both 1 - control.
    assert coups() == pytest.approx(attempts * (1 - control), rel=0.25)


def test_without_rivalry_all_offices_are_the_incumbents():
    world = Alone(AUTHORITY, FACTS, rivalry=0.0)
    assert world.state("holder").max() == 0
    assert world.state("diarchy")[0] < 1.4


def test_falls_by_crowd_when_forces_or_capital_are_lost():
    lost = Alone(AUTHORITY, FACTS, collapse_share=0.35, patience=1.0, coup_rate=0.0)
    lost.step(reads={"security.loyal": 0.4, "security.capital_lost": 0.5})
    assert lost.state("regime")[0] == STANDS
    for _ in range(4):
        lost.step(reads={"security.loyal": 0.3})
        assert lost.state("regime")[0] == STANDS  # forces that stand by can come back
    lost.step(reads={"security.loyal": 0.3})
    assert lost.state("regime")[0] == CROWD
    lost.step(reads={"security.loyal": 1.0})
    assert lost.state("regime")[0] == CROWD  # a fallen regime does not rise
    capital = Alone(AUTHORITY, FACTS, patience=1.0, coup_rate=0.0)
    capital.step(reads={"security.capital_lost": 1.25})
    assert capital.state("regime")[0] == CROWD


def test_settlements_favour_the_strong():
    def shares(voice):
        strength = np.zeros((OPTIONS, OPTIONS))
        coalition_strength(np.array(voice), WORTH, strength)
        return condorcet(strength, "conditional", CONDORCET_EXPONENT)

    strong = shares((0.9, 0.1, 0.0, 0.0))
    weak = shares((0.1, 0.9, 0.0, 0.0))
    assert strong.argmax() == CONSOLIDATE
    assert weak.argmax() == RESTORE
    assert shares((0.5, 0.5, 0.05, 0.0))[LEAVE] < 0.02  # a leaderless street has little weight at a table
    assert shares((0.2, 0.2, 2.0, 0.0))[LEAVE] > 0.9
