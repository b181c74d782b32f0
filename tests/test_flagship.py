"""The flagship as a whole: quiet when it should be, the same bits however cut, every mechanism droppable."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

import diarchy
from diarchy.engine import advance
from diarchy.ensemble.twins import run_arms, stopped_acts, with_copies
from diarchy.model import Calendar

RECORD = ("crowd.street", "authority.control", "authority.regime", "authority.allegiance", "crowd.legitimacy",
          "government.asked", "security.disloyal")  # fmt: skip
WAVE = 19_503.159  # people: one in a thousand


def futures(model, arm, n, seed=7, record=RECORD, only=None, calendar=None):
    """Records of some futures of one arm, in this process."""
    design = diarchy.sample(model, n, seed)
    runs = np.arange(n) if only is None else np.asarray(only)
    block = advance(model.arms[arm], calendar or model.calendar, design.values(arm, runs), runs, seed, record)
    assert not block.status.any()
    return block.records


@pytest.fixture(scope="module")
def scenario():
    return diarchy.read("kazakhstan-2022")


@pytest.fixture(scope="module")
def model(scenario):
    return diarchy.wire(scenario, ["base", "no-price-shock", "no-invitation"])


@pytest.fixture(scope="module")
def calm(model):
    return futures(model, "no-price-shock", 160)


def test_without_the_price_shock_the_country_is_quiet(calm):
    """Trap: a quiet start. At least nine in ten futures without a shock see no mass wave."""
    assert (calm["crowd.street"].sum(axis=2).max(axis=1) < WAVE).mean() >= 0.9
    assert np.median(calm["crowd.street"].sum(axis=2).max(axis=1)) < 500


CALM_BAND = 0.02  # of control, allegiance and legitimacy, all scaled 0 to 1


def test_calm_does_not_drift(calm):
    """Trap: stationary calm. Where the street stays empty, control, allegiance, legitimacy keep their band.

    A ruler may move against the old guard in calm, too, or plotters fail: in about two quiet futures in a
    hundred control makes that step. Allegiance bends a little where some hundreds are in the street. No
    future drifts: the median stays where it was.
    """
    quiet = calm["crowd.street"].sum(axis=2).max(axis=1) < 500
    assert quiet.mean() > 0.7
    keep = {"authority.control": 0.95, "authority.allegiance": 0.9, "crowd.legitimacy": 0.9}
    for name, share in keep.items():
        first, last = (calm[name][quiet, t].reshape(quiet.sum(), -1) for t in (0, -1))
        moved = np.abs(last - first).max(axis=1)
        assert abs((last - first).mean()) < CALM_BAND, name
        assert np.median(moved) < CALM_BAND / 10, name
        assert np.mean(moved < CALM_BAND) > share, name


def test_invitations_are_rare_in_calm(calm):
    """Trap: rare invitations."""
    assert (calm["government.asked"].max(axis=(1, 2)) > 0).mean() < 0.05


def test_the_shock_matters(model, calm):
    shocked = futures(model, "base", 120)
    both = {"calm": calm, "shock": shocked}
    peak = {n: np.log(r["crowd.street"].sum(axis=2).max(axis=1) + 1) for n, r in both.items()}
    assert np.all(peak["shock"].mean() > peak["calm"].mean() + 1.0)


def test_arms_are_one_future_until_they_differ(model):
    """Check 26: with shared luck an arm without invitations is the same path until help is asked."""
    base, without = (futures(model, arm, 96) for arm in ("base", "no-invitation"))
    asked = base["government.asked"].max(axis=2)
    assert asked.any(axis=1).any()
    for r in range(96):
        until = int(asked[r].argmax()) if asked[r].any() else None
        for name in RECORD:
            assert np.array_equal(base[name][r, :until], without[name][r, :until]), (r, name)


def test_an_arm_is_computed_only_where_it_can_differ(model):
    """A future in which no help was asked is copied, not computed again: same bits either way."""
    design, runs = diarchy.sample(model, 24, 7), np.arange(24)
    values = {arm: design.values(arm, runs) for arm in model.arms}
    copied = {name: block for name, block, *_ in run_arms(model, values, runs, 7, RECORD)}
    assert stopped_acts(model.arms["base"], model.arms["no-invitation"]) == ("government.asked",)
    assert stopped_acts(model.arms["base"], model.arms["no-price-shock"]) is None
    for arm, block in copied.items():
        whole = futures(model, arm, 24)
        assert set(block.records) == set(RECORD)
        for name in RECORD:
            assert np.array_equal(block.records[name], whole[name]), (arm, name)


def test_a_rival_hypothesis_is_computed_without_a_lever_only_where_it_acts(scenario):
    """Beside a hypothesis stands the same until help is asked, with no more states than are asked of it."""
    model = with_copies(diarchy.wire(scenario, ["base", "orbit", "orbit+no-invitation"]))
    kept, runs = ("government.asked", "crowd.street"), np.arange(0, 400, 4)  # a future of each draw
    design = diarchy.sample(model, 400, 7)
    values = {arm: design.values(arm, runs) for arm in model.arms}
    blocks = {name: block for name, block, *_ in run_arms(model, values, runs, 7, RECORD, None, kept)}
    beside = blocks["orbit+no-invitation"].records
    orbit = futures(model, "orbit", 400, record=kept, only=runs)
    assert tuple(beside) == kept
    assert set(blocks["orbit"].records) == set(RECORD)
    whole = futures(model, "orbit+no-invitation", 400, record=kept, only=runs)
    for name in kept:
        assert np.array_equal(beside[name], whole[name])
    asked = orbit["government.asked"].reshape(len(runs), -1).any(axis=1)
    assert 0 < asked.sum() < len(runs)
    assert not beside["government.asked"].any()
    assert np.array_equal(beside["crowd.street"][~asked], orbit["crowd.street"][~asked])


def test_a_hypothesis_that_is_no_more_than_a_lever_is_copied_and_so_is_what_stands_beside_it(scenario):
    lever = dataclasses.replace(scenario.hypotheses["orbit"], layer=scenario.variants["no-purge"].layer)
    theories = dataclasses.replace(scenario, hypotheses={"orbit": lever})
    model = diarchy.wire(theories, ["base", "orbit", "orbit+no-invitation"])
    design, runs = diarchy.sample(model, 80, 7), np.arange(60, 80)
    values = {arm: design.values(arm, runs) for arm in model.arms}
    assert stopped_acts(model.arms["base"], model.arms["orbit"]) is not None
    for name, block, *_ in run_arms(
        model, values, runs, 7, ("authority.control",), None, ("authority.control",)
    ):
        whole = futures(model, name, 80, record=("authority.control",), only=runs)
        assert np.array_equal(block.records["authority.control"], whole["authority.control"]), name


def test_what_would_be_computed_in_full_does_not_stand_beside_a_hypothesis(scenario):
    spec = dataclasses.replace(scenario.questions["help_needed"], raw={"minus_arm": "no-price-shock"})
    run = dataclasses.replace(scenario.run, arms=("base", "no-price-shock"), hypotheses=("orbit",))
    shocked = dataclasses.replace(scenario, questions={"early": spec}, run=run)
    assert shocked.beside() == ("orbit+no-price-shock",)
    wired = diarchy.wire(shocked, (*run.arms, *run.hypotheses, *shocked.beside()))
    assert list(with_copies(wired).arms) == ["base", "no-price-shock", "orbit"]


def test_same_bits_for_other_blocks_for_one_run_alone_and_another_order(scenario, model):
    whole = futures(model, "base", 24)
    shuffled = dataclasses.replace(scenario, mechanisms=tuple(reversed(scenario.mechanisms)))
    reordered = futures(diarchy.wire(shuffled), "base", 24)
    alone = futures(model, "base", 24, only=[17])
    halves = [futures(model, "base", 24, only=part) for part in (range(5), range(5, 24))]
    for name in RECORD:
        assert np.array_equal(whole[name], reordered[name]), name
        assert np.array_equal(whole[name][17:18], alone[name]), name
        assert np.array_equal(whole[name], np.concatenate([half[name] for half in halves])), name


def test_another_seed_is_another_luck(model):
    one, two = (futures(model, "base", 8, seed=seed)["crowd.street"] for seed in (7, 8))
    assert not np.array_equal(one, two)


@pytest.mark.parametrize(
    "dropped", ["authority", "crowd", "economy", "government", "media", "patron", "security"]
)
def test_dropping_a_mechanism_is_one_line_and_runs(scenario, dropped):
    left = tuple(m for m in scenario.mechanisms if m != dropped)
    model = diarchy.wire(dataclasses.replace(scenario, mechanisms=left), ["base"])
    record = tuple(name for name in RECORD if not name.startswith(dropped))
    week = Calendar(model.calendar.start, 0.25, 40)
    records = futures(model, "base", 4, record=record, calendar=week)
    assert all(np.isfinite(array).all() for array in records.values())


def test_a_second_process_does_not_compile(model):
    """The compiled kernels are found on disk by the names of their types."""
    futures(model, "base", 1)
    code = """
import diarchy, numba
from diarchy.engine import advance
from diarchy.ensemble.twins import run_arms, stopped_acts
from diarchy.model import Calendar
model = diarchy.wire(diarchy.read("kazakhstan-2022"), ["base"])
design = diarchy.sample(model, 1, 7)
arm = model.arms["base"]
advance(arm, Calendar(model.calendar.start, 0.25, 2), design.values("base", [0]), [0], 7, ())
kernels = [(m.name, f) for m in arm.mechanisms for f in (m.push, m.settle) if f]
missed = {name: f.__name__ for name, f in kernels if f.stats.cache_misses}
print(missed)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "{}"


@pytest.mark.slow
def test_halving_the_step_does_not_change_the_answers(model):
    """Effects take one step to travel; at six hours that must not matter beyond Monte Carlo error."""
    n = 600
    coarse, fine = (
        futures(model, "base", n, calendar=Calendar(model.calendar.start, step, round(60 / step)))
        for step in (0.25, 0.125)
    )
    for name, event in (
        ("wave", lambda r: r["crowd.street"].sum(axis=2).max(axis=1) > WAVE),
        ("fall", lambda r: r["authority.regime"].max(axis=1) > 0),
        ("defection", lambda r: r["security.disloyal"].max(axis=1) > 0),
    ):
        a, b = event(coarse).mean(), event(fine).mean()
        assert abs(a - b) < 3 * np.sqrt((a * (1 - a) + b * (1 - b)) / n) + 0.03, (name, a, b)
