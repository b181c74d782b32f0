import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.media import MEDIA, _distances

FACTS = {"latitude": [43.24, 51.17], "longitude": [76.95, 71.45], "population": [2e6, 1e6]}


def test_distance_between_two_known_cities():
    apart = _distances(np.array(FACTS["latitude"]), np.array(FACTS["longitude"]))[0, 1]
    assert apart == pytest.approx(970, rel=0.02)


def test_contact_weights_sum_to_one_and_fall_with_distance():
    labels = {"place": ("a", "near", "far")}
    facts = {"latitude": [50.0, 51.0, 55.0], "longitude": [70.0, 70.0, 70.0], "population": [1e6, 1e6, 1e6]}
    weight = Alone(MEDIA, facts, labels=labels).world.params["media"].contact_weight[0]
    assert weight.sum(axis=1) == pytest.approx([1, 1, 1])
    assert weight[0, 1] > weight[0, 2]
    assert weight.diagonal().tolist() == [0, 0, 0]


def test_calm_surprises_nobody_and_neither_does_the_start():
    world = Alone(MEDIA, FACTS)
    for _ in range(10):
        world.step(reads={"crowd.share": 1e-5})
        assert world.state("surprise") == pytest.approx(0.0, abs=1e-9)


def test_equal_turnout_below_and_above_expectation_moves_beliefs_apart():
    """Lohmann: the same crowd is good news after small crowds and bad news after large ones."""
    surprise = []
    for before in (1e-4, 1e-2):
        world = Alone(MEDIA, FACTS)
        for _ in range(40):
            world.step(reads={"crowd.share": before})
        world.step(reads={"crowd.share": 1e-3})
        surprise.append(world.state("surprise")[0, 0])
    assert surprise[0] > 0.5
    assert surprise[1] < -0.5


def test_a_wave_that_no_longer_grows_stops_surprising():
    world = Alone(MEDIA, FACTS, memory=2.0)
    world.step(reads={"crowd.share": 1e-6})
    seen = []
    for _ in range(40):
        world.step(reads={"crowd.share": 1e-2})
        seen.append(world.state("surprise")[0, 0])
    assert seen[0] > 3.0
    assert seen[-1] < 0.2


@pytest.mark.parametrize(("mixing", "sign"), [(-0.5, -1), (0.5, 1)])
def test_a_blackout_hides_other_places_and_its_net_effect_has_no_assumed_sign(mixing, sign):
    def seen(dark, share):
        world = Alone(MEDIA, FACTS, local_mixing=mixing, blackout_depth=1.0)
        world.step(reads={"crowd.share": share}, inflow={"blackout": dark})
        return world.state("seen")[0]

    assert seen(1.0, [0.0, 0.01])[0] == 0.0 < seen(0.0, [0.0, 0.01])[0]
    assert np.sign(seen(1.0, [0.01, 0.0])[0] - 0.01) == sign
