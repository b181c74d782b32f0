import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.affront import AFFRONT

FACTS = {"offence": [1.0, 0.5], "day": 1.0}
LASTING = {"fading": 1000.0}


def hardship(world, **given):
    """What is pushed to the crowd in this step."""
    world.world.nowhere.pop(("affront", "crowd.hardship"), None)
    world.step(**given)
    return world.world.nowhere["affront", "crowd.hardship"][0].copy()


def test_nothing_before_the_day_and_half_of_it_after_a_half_life():
    world = Alone(AFFRONT, FACTS, sting=0.2, sinking=2.0, **LASTING)
    for _ in range(4):
        assert hardship(world).tolist() == [0.0, 0.0]
    for _ in range(8):
        world.step()
    assert world.state("sunk")[0] == pytest.approx(0.5)
    assert hardship(world) == pytest.approx(
        [0.1, 0.05], rel=2e-3
    )  # half of those concerned, half of the sting


def test_it_wears_off():
    world = Alone(AFFRONT, FACTS | {"day": -1.0}, sting=0.2, sinking=0.1, fading=5.0)
    for _ in range(20):
        world.step()
    assert world.state("fresh")[0] == pytest.approx(0.5)


def test_giving_in_takes_back_the_share_that_can_be_redressed():
    world = Alone(AFFRONT, FACTS | {"day": -1.0}, sting=0.2, redress=0.25, sinking=0.1, **LASTING)
    for _ in range(20):
        world.step()
    before = hardship(world)
    np.testing.assert_allclose(
        hardship(world, reads={"government.concession": 1.0}), 0.75 * before, rtol=1e-3
    )


def test_the_lever_takes_the_affront_away():
    world = Alone(AFFRONT, FACTS | {"day": -1.0}, size=0.0)
    for _ in range(20):
        world.step()
    assert hardship(world).tolist() == [0.0, 0.0]
