"""Asked, coming, present, leaving, gone: sizes, lags and stays."""

import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.patron import COMING, DECIDING, GONE, NONE, PATRON, PRESENT, REFUSED, SIZES

FACTS = {"stake": [0.8], "lag": [0.75], "collective": [1.0], "pool": [10_000.0]}
PLAIN = {"leave_calm": 0.0, "leave_control": 0.0, "leave_collective": 0.0, "leave_influence": 0.0,
         "entry_cost": 0.0, "image_cost": 0.0, "influence": 1.0, "stay_shape": 0.694, "stay_scale": 404.0,
         "drawdown": 0.5, "haste": 10.0, "delay": 0.5}  # fmt: skip


def asked(days, runs=400, threat=0.5, control=0.5, **given):
    world = Alone(PATRON, FACTS | given.pop("facts", {}), runs=runs, **given)
    for _ in range(int(days * 4)):
        world.step(reads={"government.threat": threat, "authority.control": control}, inflow={"request": 1.0})
    return world


def test_nobody_comes_unasked_but_eagerness_is_known():
    world = Alone(PATRON, FACTS, runs=50)
    for _ in range(40):
        world.step(reads={"government.threat": 0.9})
    assert (world.state("stage") == NONE).all()
    high = world.state("eagerness").mean()
    world.step(reads={"government.threat": 0.1})
    assert world.state("eagerness").mean() < high


def test_a_request_is_decided_once():
    world = asked(30, entry_cost=1.0, stake_weight=0.0)
    assert set(np.unique(world.state("stage"))) <= {DECIDING, REFUSED}
    assert (world.state("stage") == REFUSED).mean() > 0.95
    assert world.state("troops").max() == 0.0


def test_troops_come_after_the_lag_and_within_the_pool():
    world = asked(10, facts={"pool": [3_000.0]}, **PLAIN | {"haste": 2.0, "delay": 2.0})
    came = world.state("arrived")[:, 0] > 0
    assert came.mean() > 0.9
    assert set(np.unique(world.state("size")[came])) == set(SIZES[:3])
    early = asked(1.25, **PLAIN | {"delay": 2.0})
    assert set(np.unique(early.state("stage"))) <= {NONE, DECIDING, COMING}


def test_a_small_contingent_can_be_the_best_answer():
    """Check: where a few hundred make the difference and each more costs, few are sent."""
    few = asked(5, **PLAIN | {"effect_scale": 200.0, "troop_cost": 0.3, "rationality": 60.0})
    came = few.state("arrived")[:, 0] > 0
    assert came.mean() > 0.9
    assert (few.state("size")[came] == SIZES[0]).mean() > 0.9
    many = asked(5, **PLAIN | {"effect_scale": 10_000.0, "troop_cost": 0.0, "rationality": 60.0})
    assert (many.state("size")[many.state("arrived") > 0] >= 5_000).mean() > 0.9


def test_stays_follow_the_record_when_nothing_is_special():
    """Support of a government by arms, 1946-2005: S(14) = .91, S(30) = .85, S(90) = .72, S(365) = .40."""
    world = asked(2, runs=2000, **PLAIN)
    begin = np.where(world.state("stage")[:, 0] == PRESENT, world.state("since")[:, 0], np.nan)
    assert np.isfinite(begin).mean() > 0.95
    left = np.full(2000, np.inf)
    for step in range(8, 1500):
        world.step(reads={"government.threat": 0.5, "authority.control": 0.5})
        gone = (world.state("stage")[:, 0] > PRESENT) & np.isinf(left)
        left[gone] = (step + 1) * 0.25
    stay = (left - begin)[np.isfinite(begin)]
    for days, share in ((14, 0.91), (30, 0.85), (90, 0.72), (365, 0.40)):
        assert (stay > days).mean() == pytest.approx(share, abs=0.04), days


def test_calm_control_and_a_dated_mandate_shorten_a_stay():
    def staying(threat, control, collective, **given):
        more = PLAIN | {"leave_calm": 1.0, "leave_control": 1.0, "leave_collective": 1.0} | given
        world = asked(60, threat=threat, control=control, facts={"collective": [collective]}, **more)
        return (world.state("stage") == PRESENT).mean()

    base = staying(0.5, 0.5, 0.0)
    assert staying(0.0, 0.5, 0.0) < base
    assert staying(0.5, 0.9, 0.0) < base
    assert staying(0.5, 0.5, 1.0) < base
    assert staying(0.5, 0.5, 0.0, leave_influence=2.0) > base


def test_the_last_are_out_when_the_stage_says_so():
    world = asked(300, runs=100, **PLAIN | {"leave_collective": 3.0, "drawdown": 6.0})
    gone = world.state("stage")[:, 0] == GONE
    assert gone.mean() > 0.5
    assert world.state("troops")[gone].max() == 0.0


def test_presence_is_pushed_to_all_who_feel_it():
    world = asked(5, **PLAIN)
    targets = ["security.backing", "security.support", "authority.backing"]
    targets += ["government.help", "crowd.presence"]
    out = {name: world.world.nowhere["patron", name].max() for name in targets}
    assert all(value > 0 for value in out.values()), out
