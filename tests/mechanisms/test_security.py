"""Obey, stand by, turn: the global game's limits and signs, and postings that conserve strength."""

import numpy as np
import pytest
from alone import Alone
from scipy import stats

from diarchy.mechanisms.security import OBEYS, SECURITY, STANDS_BY, TURNED, _stance

FACTS = {"stationed": [[400.0, 100.0], [600.0, 300.0]], "mobility": [0.1, 0.6], "effectiveness": [1.0, 1.0],
         "capital": [0.0, 1.0]}  # fmt: skip


def defects(strength, cost, precision=30.0, review=1e9):
    """Whether a commander who reviews at once stops obeying, at even odds of his own luck."""
    return _stance(OBEYS, strength, 1.0, cost, np.sqrt(precision), 0.0, review, 0.5) == STANDS_BY


def defection_chance(strength, cost, precision=30.0):
    """The hazard of leaving, read off the kernel by bisection over luck."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        stands_by = _stance(OBEYS, strength, 1.0, cost, np.sqrt(precision), 0.0, 1.0, middle) == STANDS_BY
        low, high = (middle, high) if stands_by else (low, middle)
    return -np.log1p(-low)


def test_without_noise_the_threshold_is_one_minus_cost():
    """Check 12: theta* = 1 - c in the limit of precise signals and a diffuse prior."""
    for cost in (0.2, 0.5, 0.8):
        assert defection_chance(1 - cost - 0.01, cost, 1e6) == pytest.approx(1.0, abs=1e-6)
        assert defection_chance(1 - cost + 0.01, cost, 1e6) == pytest.approx(0.0, abs=1e-6)


def test_defection_has_the_published_form_and_signs():
    chance = defection_chance(0.6, 0.7, 20.0)
    assert chance == pytest.approx(stats.norm.cdf(np.sqrt(20) * (0.3 - 0.6) + stats.norm.ppf(0.3)), abs=1e-9)
    assert defection_chance(0.5, 0.7, 20.0) > chance  # a weaker regime
    assert defection_chance(0.6, 0.6, 20.0) > chance  # cheaper to fail


def disloyal_after(days, street, **reads_and_inflow):
    world = Alone(SECURITY, FACTS, runs=400)
    for _ in range(int(days * 4)):
        reads = {"crowd.street": street} | reads_and_inflow.get("reads", {})
        world.step(reads=reads, inflow=reads_and_inflow.get("inflow"))
    return world.state("disloyal").mean()


def test_turnout_and_harsh_orders_lose_commanders_and_backing_keeps_them():
    little, much = disloyal_after(3, 100), disloyal_after(3, 1_500)
    assert much > little
    assert disloyal_after(3, 300, reads={"government.order": 2}) > disloyal_after(3, 300)
    assert disloyal_after(3, 1_500, inflow={"backing": 1.0}) < much
    assert disloyal_after(3, 1_500, reads={"authority.allegiance": 0.1}) > much


def test_in_calm_nobody_defects():
    assert disloyal_after(90, 3) < 0.05


def test_turned_is_absorbing_and_standing_by_is_not():
    world = Alone(SECURITY, FACTS, runs=300, turning=1.0)
    for _ in range(12):
        world.step(reads={"crowd.street": 5_000})
    turned = world.state("stance") == TURNED
    assert turned.any()
    for _ in range(80):
        world.step(reads={"crowd.street": 0})
    assert np.array_equal(world.state("stance") == TURNED, turned)
    assert not (world.state("stance") == STANDS_BY).any()


def test_postings_move_towards_trouble_and_conserve_strength():
    world = Alone(SECURITY, FACTS, alarm_half=0.5, travel=0.5)
    for _ in range(20):
        world.step(reads={"crowd.street": [9_000, 0]})
        assert world.state("posted").sum(axis=1)[0] == pytest.approx([1_000.0, 400.0])
    assert world.state("posted")[0, 0, 1] > 200.0  # the mobile guard has come
    assert world.state("posted")[0, 0, 0] < 500.0  # the police stays at home


def test_the_capital_is_lost_only_while_it_is():
    world = Alone(SECURITY, FACTS, hold=3.0, duty=0.5, discipline=0.9)
    for _ in range(4):
        world.step(reads={"crowd.street": [0, 50_000], "crowd.rioting": [0, 20_000]})
    assert world.state("capital_lost")[0] == pytest.approx(1.0)
    square = Alone(SECURITY, FACTS, hold=3.0, duty=0.5, discipline=0.9, peaceful=0.0)
    square.step(reads={"crowd.street": [0, 50_000]})
    assert square.state("capital_lost")[0] == 0.0  # a peaceful square is not a stormed one
    world.step(reads={"crowd.street": [0, 0]})
    assert world.state("capital_lost")[0] == 0.0


def test_foreign_support_adds_to_force_where_the_crowd_is():
    world = Alone(SECURITY, FACTS)
    world.step(reads={"crowd.street": [100, 300]}, inflow={"support": 1_000.0})
    gained = world.state("force")[0] - world.state("ordered")[0]
    assert gained == pytest.approx([250.0, 750.0], rel=0.2)


def killed(street, **values):
    """Hazard of death where a crowd faces an order to shoot."""
    world = Alone(SECURITY, FACTS, **values)
    world.step(reads={"crowd.street": street, "crowd.rioting": street, "government.order": 2.0})
    return world.world.nowhere["security", "crowd.fire"][0, 0]


def test_only_the_edge_of_a_large_crowd_is_within_reach():
    deep = {"front": 0.5, "dense": 2000.0, "lethal_shoot": 0.01}
    flat = deep | {"front": 1.0}
    assert killed(10, **deep) == pytest.approx(killed(10, **flat), rel=0.01)
    # Twenty-five times as dense as a crowd that begins to have an inside: the hazard falls with its root.
    assert killed(48_000, **deep) == pytest.approx(killed(48_000, **flat) / 5.0, rel=1e-6)


def test_the_same_crowd_to_the_force_moves_the_same_share_of_the_force():
    large = FACTS | {"stationed": 10.0 * np.asarray(FACTS["stationed"])}
    moved = []
    for facts, street in ((FACTS, [2_000, 0]), (large, [20_000, 0])):
        world = Alone(SECURITY, facts, travel=0.5)
        for _ in range(20):
            world.step(reads={"crowd.street": street})
        moved.append(world.state("posted")[0, 0, 1] / np.sum(facts["stationed"], axis=0)[1])
    assert moved[0] == pytest.approx(moved[1], rel=0.02)


def test_places_differ_in_how_deadly_their_forces_are():
    """Lognormal with mean one, drawn once: later luck and the length of a step do not move it."""
    world = Alone(SECURITY, FACTS, runs=20_000, uneven=0.8)
    assert (world.state("temper") == 0.0).all()
    world.step()
    drawn = world.state("temper").copy()
    assert np.log(drawn).std() == pytest.approx(0.8, rel=0.02)
    assert drawn.mean() == pytest.approx(1.0, rel=0.03)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.03
    world.step()
    assert np.array_equal(world.state("temper"), drawn)
    short = Alone(SECURITY, FACTS, runs=50, uneven=0.8)
    short.step(dt=0.125)
    assert np.array_equal(short.state("temper"), drawn[:50])
    even = Alone(SECURITY, FACTS, runs=50, uneven=0.0)
    even.step()
    assert (even.state("temper") == 1.0).all()


def test_fire_goes_with_the_temper_of_the_place():
    reads = {"crowd.street": 500, "crowd.rioting": 500, "government.order": 2}

    def fire(uneven):
        world = Alone(SECURITY, FACTS, runs=200, uneven=uneven)
        world.step(reads=reads)  # drawn in this step, so felt in the next
        pushed = world.world.nowhere["security", "crowd.fire"]
        before = pushed.copy()
        world.step(reads=reads)
        return pushed - before, world.state("temper")

    (uneven, temper), (even, _) = fire(0.8), fire(0.0)
    shot = even > 0.0  # in a few futures nobody obeys
    assert shot.mean() > 0.9
    assert uneven[shot] / even[shot] == pytest.approx(temper[shot])
