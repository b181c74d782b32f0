"""A block of runs can be saved, loaded, and gone on with in part: states are all that it remembers."""

from __future__ import annotations

import numpy as np
import pytest
import toys

from diarchy.calibration.library import read_library
from diarchy.calibration.thin import thin_model
from diarchy.engine import World
from diarchy.ensemble.design import sample

RUNS = np.arange(5)
SEED = 11


def _models():
    thin = thin_model(read_library().onsets[0], horizon=4.0)
    return {"toy": toys.toy_model(), "crisis": thin}


@pytest.fixture(params=["toy", "crisis"], scope="module")
def made(request):
    model = _models()[request.param]
    arm = model.arms["base"]
    return model, arm, sample(model, len(RUNS), SEED, repeats=1).values("base", RUNS)


def _world(made, runs=RUNS):
    _, arm, values = made
    return World(arm, values, runs, SEED)


def _go(world, made, first, last):
    for step in range(first, last):
        world.step(step, made[0].calendar.step)
    return world


def _same(one, other, places=slice(None)):
    return all(
        np.array_equal(array[places], other.states[name][places]) for name, array in one.states.items()
    )


def test_what_is_loaded_goes_on_as_if_it_had_never_stopped(made):
    straight = _go(_world(made), made, 0, 12)
    half = _go(_world(made), made, 0, 6)
    resumed = _world(made)
    resumed.load(half.saved())
    assert _same(straight, _go(resumed, made, 6, 12))


def test_what_was_saved_does_not_move_with_the_world(made):
    world = _go(_world(made), made, 0, 6)
    saved = world.saved()
    before = {name: array.copy() for name, array in saved.items()}
    _go(world, made, 6, 9)
    assert all(np.array_equal(array, before[name]) for name, array in saved.items())


def test_taking_every_run_under_its_own_number_changes_nothing(made):
    straight = _go(_world(made), made, 0, 12)
    taken = _go(_world(made), made, 0, 6)
    taken.take(np.arange(len(RUNS)), RUNS)
    assert _same(straight, _go(taken, made, 6, 12))


def test_a_run_taken_twice_under_one_number_stays_one_and_under_two_parts(made):
    straight = _go(_world(made), made, 0, 12)
    taken = _go(_world(made), made, 0, 6)
    taken.take(np.array([3, 3, 3]), np.array([3, 3, 100]))
    _go(taken, made, 6, 12)
    for name, array in taken.states.items():
        assert np.array_equal(array[0], array[1])
        assert np.array_equal(array[0], straight.states[name][3])
    assert any(not np.array_equal(array[0], array[2]) for array in taken.states.values())
