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
    EXIT,
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


def test_control_by_the_shapley_shubik_index_is_beside():
    """[6; 5, 3, 2], more than half: the five pivots in four of six orders, the others in one each."""
    world = Alone(AUTHORITY, FACTS | {"commands": np.zeros((3, 2))})
    assert world.state("pivotal")[0] == pytest.approx(2 / 3)
    assert world.state("control")[0] == pytest.approx(3 / 5)  # Banzhaf


def test_an_office_counts_as_far_as_its_word_is_carried_out():
    paper = FACTS | {"commands": np.zeros((3, 2)), "effectiveness": [1.0, 0.5, 1.0]}
    world = Alone(AUTHORITY, paper)
    assert world.state("control")[0] == pytest.approx(3 / 5)
    mine, theirs = 3 / 5, 0.5 / 5 + 1 / 5
    assert world.state("diarchy")[0] == pytest.approx(effective_principals(mine, theirs))


def test_a_veto_makes_its_holder_indispensable():
    veto = FACTS | {"commands": np.zeros((3, 2)), "veto": [0.0, 1.0, 0.0]}
    assert Alone(AUTHORITY, veto).state("control")[0] < Alone(AUTHORITY, FACTS | {
        "commands": np.zeros((3, 2))}).state("control")[0]  # fmt: skip


def test_settlements_are_drawn_as_the_election_says():
    """Sampled once each under full threat: frequencies against the chances of the Condorcet election."""
    runs = 3000
    facts = FACTS | {"commands": np.zeros((3, 2))}
    world = Alone(AUTHORITY, facts, runs=runs, talks=2.0, coup_rate=0.0, street_voice=1.0)
    control = world.state("control")[0]
    world.step(reads={"government.threat": 1.0}, inflow={"backing": 0.3})
    strength = np.zeros((OPTIONS, OPTIONS))
    coalition_strength(np.array([control, 1 - control, 1.0, 0.3]), WORTH, strength)
    expected = condorcet(strength, "conditional", CONDORCET_EXPONENT)
    drawn = world.state("settled")[world.state("settled") > 0]
    assert len(drawn) == pytest.approx(runs * (1 - np.exp(-0.5)), rel=0.1)
    counts = np.bincount(drawn - 1, minlength=OPTIONS) / len(drawn)
    assert counts == pytest.approx(expected, abs=0.04)
    assert (world.state("regime") == EXIT).sum() == (drawn == 1 + LEAVE).sum()


def test_nobody_renegotiates_in_calm():
    """The rate goes with the square of the threat: at a twentieth, one in four hundred of full threat."""
    world = Alone(AUTHORITY, FACTS, runs=400, talks=0.14, coup_rate=0.0)
    for _ in range(360):
        world.step(reads={"government.threat": 0.03})
    assert (world.state("settled") > 0).mean() < 0.03


def coups(**given):
    world = Alone(AUTHORITY, FACTS, runs=4000, coup_rate=0.02, coup_alarm=0.0, **given)
    for _ in range(20):
        world.step()
    return (world.state("regime") == COUP).mean()


def test_coups_need_a_rival_and_contested_control():
    assert coups(rivalry=0.0) == 0.0
    control = Alone(AUTHORITY, FACTS).state("control")[0]
    attempts = 1 - np.exp(-0.02 * 5)
    # Svolik: removal at the rate of attempts times 1 - control. Plotters who failed keep their offices here.
    assert coups(reckoning=0.0) == pytest.approx(attempts * (1 - control), rel=0.15)


def test_backing_deters_attempts_and_counts_once():
    def removed(backing):
        world = Alone(AUTHORITY, FACTS, runs=6000, coup_rate=0.02, coup_alarm=0.0, reckoning=0.0,
                      shield=0.5, trust=0.0)  # fmt: skip
        for _ in range(20):
            world.step(inflow={"backing": backing})
        return (world.state("regime") == COUP).mean()

    control = Alone(AUTHORITY, FACTS).state("control")[0]
    attempts = 1 - np.exp(-0.02 * 0.5 * 5)
    assert removed(1.0) == pytest.approx(attempts * (1 - control), rel=0.2)
    assert removed(1.0) < 0.7 * removed(0.0)


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
