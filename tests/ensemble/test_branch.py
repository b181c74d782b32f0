"""Branching: the base until a date, then other arms with the same luck, as a run that switches there."""

import json
import shutil

import numpy as np
import pytest
from test_resume import assert_same_files
from toys import RECORD, toy_model

from diarchy.engine import World
from diarchy.ensemble.design import sample
from diarchy.ensemble.run import run
from diarchy.errors import DesignError
from diarchy.prior import fixed

FUTURES, SEED, SWITCH = 12, 7, 5
ARMS = ("base", "no-guards", "shy")


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    model = toy_model(arms=("base",))
    return run(model, sample(model, FUTURES, SEED), tmp_path_factory.mktemp("o") / "s", RECORD, block=5)


@pytest.fixture(scope="module")
def branch(origin, tmp_path_factory):
    model, path = toy_model(arms=ARMS), tmp_path_factory.mktemp("b") / "s"
    return run(model, sample(model, FUTURES, SEED), path, RECORD, switch=SWITCH, origin=origin.path)


def by_hand(arm):
    """Every step taken one by one: the base until the switch, then another arm from its states."""
    model, runs = toy_model(arms=ARMS), np.arange(FUTURES)
    design = sample(model, FUTURES, SEED)
    world = World(model.arms["base"], design.values("base", runs), runs, SEED)
    seen = [{name: array.copy() for name, array in world.states.items()}]
    for step in range(model.calendar.steps):
        if step == SWITCH:
            other = World(model.arms[arm], design.values(arm, runs), runs, SEED)
            other.load(world.saved())
            world = other
        world.step(step, model.calendar.step)
        seen.append(world.saved())
    return seen


@pytest.mark.parametrize("arm", ARMS)
def test_it_equals_a_run_whose_arm_switches_at_that_step(branch, arm):
    seen = by_hand(arm)
    for name in ("rumour.heard", "rumour.mood"):
        kept = branch.data[name].sel(arm=arm).values
        for time, states in enumerate(seen):
            assert np.array_equal(kept[:, time], states[name].astype(kept.dtype)), (name, time)


def test_until_the_date_all_arms_are_the_saved_futures(branch, origin):
    for name in RECORD:
        saved = origin.data[name].values[0, :, : SWITCH + 1]
        shy = branch.data[name].sel(arm="shy").values[:, : SWITCH + 1]
        assert np.array_equal(shy, saved)
    assert not np.array_equal(branch.data["rumour.heard"][1], branch.data["rumour.heard"][0])


def test_a_lever_that_acts_only_after_the_date_gives_the_run_that_had_it_from_the_start(origin, tmp_path):
    """Guards whose zeal is nothing stay away, so that arms are the same before anybody is sent."""
    still = toy_model(arms=("base", "no-guards"), guards_zeal=fixed(0.0))
    design = sample(still, FUTURES, SEED)
    start = run(still, design, tmp_path / "start", RECORD, block=5)
    parted = run(still, design, tmp_path / "parted", RECORD, block=5, switch=SWITCH)
    heard = [of.data["rumour.heard"].values for of in (start, parted)]
    assert np.array_equal(*heard)


def test_two_workers_and_a_resume_give_the_same_branch(branch, origin, tmp_path):
    model, asked = toy_model(arms=ARMS), iter([False, True])
    more = {"switch": SWITCH, "origin": origin.path}
    run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, stop=lambda: next(asked, True), **more)
    run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, 2, resume=True, **more)
    assert_same_files(tmp_path / "s" / "store.zarr", branch.path / "store.zarr")
    with pytest.raises(DesignError, match="steps at which arms part: no-guards was 5, is 6"):
        run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, resume=True, switch=6)


def test_a_branch_needs_its_origin_only_while_something_is_missing(branch, origin, tmp_path):
    model, gone = toy_model(arms=ARMS), tmp_path / "gone"
    shutil.copytree(branch.path, tmp_path / "s")
    again = {"resume": True, "switch": SWITCH, "origin": gone}
    assert not run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, **again).interrupted
    (tmp_path / "s" / "journal.jsonl").write_bytes(b"")
    with pytest.raises(DesignError, match="gone: the store that the branch continues is not there; put it"):
        run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, **again)


def test_a_branch_goes_on_when_its_origin_has_grown(branch, origin, tmp_path):
    model, alone = toy_model(arms=ARMS), toy_model(arms=("base",))
    shutil.copytree(branch.path, tmp_path / "s")
    shutil.copytree(origin.path, tmp_path / "o")
    run(alone, sample(alone, FUTURES + 6, SEED), tmp_path / "o", RECORD, resume=True)
    (tmp_path / "s" / "journal.jsonl").write_bytes(b"")
    more = {"resume": True, "switch": SWITCH, "origin": tmp_path / "o"}
    assert not run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, **more).interrupted
    assert_same_files(tmp_path / "s" / "store.zarr", branch.path / "store.zarr")


def test_what_cannot_be_branched_is_refused(origin, tmp_path):
    model = toy_model(arms=ARMS)
    with pytest.raises(DesignError, match="arms cannot part at step 12; allowed: 1 to 11"):
        run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, switch=12)
    with pytest.raises(DesignError, match="seed: was 7, is 8"):
        run(model, sample(model, FUTURES, 8), tmp_path / "s", RECORD, switch=5, origin=origin.path)


def test_saved_futures_that_do_not_come_out_again_are_told(origin, tmp_path):
    model = toy_model(arms=("base", "shy"), rumour_pace=fixed(1.0))
    with pytest.raises(DesignError, match="the saved futures do not come out again"):
        run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, switch=5, origin=origin.path)
    assert not json.loads((tmp_path / "s" / "manifest.json").read_text())["finished"]
