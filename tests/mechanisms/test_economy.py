import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.economy import ECONOMY

FACTS = {"reference_price": [60.0, 100.0], "shock_price": [120.0, 100.0], "shock_day": 1.0,
         "dependence": [0.8, 0.2], "oil": [1.0, 0.0]}  # fmt: skip


def hardship(world):
    """What would be pushed to the crowd now."""
    world.world.nowhere.pop(("economy", "crowd.hardship"), None)
    world.step()
    return world.world.nowhere["economy", "crowd.hardship"][0].copy()


def test_a_doubling_hurts_by_sensitivity_times_dependence_times_log_two():
    world = Alone(ECONOMY, FACTS, sensitivity=0.25, habituation=1000.0)
    for _ in range(4):
        world.step()
    assert world.state("price")[0].tolist() == [60.0, 100.0]  # day 1 begins: the shock is not yet settled
    assert hardship(world).tolist() == [0.0, 0.0]
    assert hardship(world) == pytest.approx([0.25 * 0.8 * np.log(2), 0.0], rel=1e-3)
    assert world.state("price")[0, 0] == 120.0


def test_the_lever_takes_the_shock_away():
    world = Alone(ECONOMY, FACTS, shock_size=0.0)
    for _ in range(20):
        world.step()
    assert world.state("price")[0].tolist() == [60.0, 100.0]


def test_a_cap_brings_the_price_back_with_a_delay():
    world = Alone(ECONOMY, FACTS, cap_level=1.0, pass_through=1.0)
    for _ in range(8):
        world.step()
    for _ in range(4):
        world.step(inflow={"cap": 1.0})
    assert world.state("price")[0, 0] == pytest.approx(90.0)  # one half-life


def test_people_get_used_to_a_price():
    world = Alone(ECONOMY, FACTS | {"shock_day": -1.0}, habituation=10.0)
    first = hardship(world)[0]
    assert first > 0  # a shock that lies before the start is there on day 0
    for _ in range(39):
        world.step()
    assert world.state("habit")[0, 0] == pytest.approx(90.0)
    assert hardship(world)[0] < 0.5 * first


def test_strikes_stop_oil_only_where_there_is_oil():
    world = Alone(ECONOMY, FACTS, strike_half=0.01, restart=1.0)
    for _ in range(80):
        world.step(reads={"crowd.share": 0.01})
    assert world.state("output")[0] == pytest.approx([0.5, 1.0])
