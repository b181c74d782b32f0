"""Designs: nested, even, shared by arms, and the same whoever asks."""

import tracemalloc

import numpy as np
import pytest
from toys import toy_model

from diarchy.ensemble.design import METHODS, sample
from diarchy.errors import DesignError
from diarchy.prior import fixed, lognormal, uniform


@pytest.mark.parametrize("method", METHODS)
def test_every_margin_is_even(method):
    points = sample(toy_model(), 256, 3, repeats=1, method=method).points
    assert points.shape == (256, 5)
    assert points.min() > 0
    assert points.max() < 1
    cells = np.sort(np.floor(points * 256).astype(int), axis=0)
    assert np.array_equal(cells, np.arange(256)[:, None] * np.ones(5, int))


def test_sobol_spreads_pairs_better_than_chance():
    points = sample(toy_model(), 256, 3, repeats=1).points
    counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=8, range=[[0, 1], [0, 1]])
    assert counts.std() < 1.0  # independent points would scatter by 2


def test_a_run_s_parameters_do_not_depend_on_how_many_are_asked_for():
    few, many = (sample(toy_model(), n, 11).values("base", range(37)) for n in (37, 1000))
    assert few.keys() == many.keys()
    assert all(np.array_equal(few[name], many[name]) for name in few)


@pytest.mark.parametrize("method", METHODS)
def test_pages_are_the_same_whoever_asks_in_whatever_order(monkeypatch, method):
    whole = sample(toy_model(), 1000, 11, method=method)
    everything = whole.values("base", whole.runs)
    monkeypatch.setattr("diarchy.ensemble.design._PAGE", 16)
    paged = sample(toy_model(), 1000, 11, method=method)
    for runs in ([999], range(40, 80), [700, 3, 3, 64], range(37)):
        some = paged.values("base", runs)
        assert all(np.array_equal(some[name], everything[name][runs]) for name in everything)
    assert np.array_equal(paged.points, whole.points)


def test_a_large_design_takes_the_memory_of_a_page():
    """All values of 100,000 futures of the toy's arms would take 9 MB."""
    sample(toy_model(), 4, 5).values("base", [0])  # imports
    tracemalloc.start()
    design = sample(toy_model(), 100_000, 5, repeats=1)
    for first in range(0, 100_000, 4096):
        for arm in design.model.arms:
            design.values(arm, range(first, first + 64))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6


def test_repeats_share_a_draw():
    design = sample(toy_model(), 12, 5, repeats=4)
    pace = design.values("base", design.runs)["rumour.pace"]
    assert len(np.unique(pace)) == 3
    assert np.array_equal(pace, np.repeat(pace[::4], 4))
    assert design.draw_of([0, 3, 4, 11]).tolist() == [0, 0, 1, 2]


def test_arms_differ_only_where_their_priors_do():
    design = sample(toy_model(arms=("base", "no-guards", "shy")), 64, 5)
    base, bare, shy = (design.values(arm, design.runs) for arm in ("base", "no-guards", "shy"))
    assert set(bare) == {"rumour.pace", "rumour.spite"}
    assert np.array_equal(base["rumour.pace"], bare["rumour.pace"])
    assert [name for name in base if not np.array_equal(base[name], shy[name])] == ["guards.zeal"]
    assert np.corrcoef(base["guards.zeal"], shy["guards.zeal"])[0, 1] == pytest.approx(1.0)


def test_fixing_one_parameter_moves_no_other():
    free = sample(toy_model(), 64, 5).values("base", range(64))
    held = sample(toy_model(rumour_pace=fixed(1.0)), 64, 5).values("base", range(64))
    assert [name for name in free if not np.array_equal(free[name], held[name])] == ["rumour.pace"]


def test_values_follow_their_priors_within_bounds():
    model = toy_model(guards_strength=lognormal(200, 100), guards_reach=uniform(0, 0.5))
    values = sample(model, 512, 1, repeats=1).values("base", range(512))
    strength = values["guards.strength"]
    assert strength.min() >= 1.0
    assert strength.max() <= 1e4
    assert np.median(strength) == pytest.approx(200, rel=0.2)
    assert values["guards.reach"].mean() == pytest.approx(0.25, abs=0.005)


def test_another_seed_gives_other_points():
    assert not np.allclose(sample(toy_model(), 8, 1).points, sample(toy_model(), 8, 2).points)


def test_more_repeats_than_futures_are_reduced():
    design = sample(toy_model(), 3, 1, repeats=4)
    assert design.repeats == 3
    assert len(design.points) == 1


def test_all_faults_are_told_together():
    with pytest.raises(DesignError) as caught:
        sample(toy_model(), 0, -1, repeats=0, method="sobel")
    text = str(caught.value)
    assert text.startswith("4 faults while laying out the run")
    assert "0 futures" in text
    assert "seed -1" in text
    assert "did you mean 'sobol'?" in text


def test_unknown_arms_and_runs_are_refused():
    design = sample(toy_model(), 4, 1)
    with pytest.raises(DesignError, match="did you mean 'no-guards'"):
        design.values("no-guard", [0])
    with pytest.raises(DesignError, match="no run 4 in this design; allowed: 0 to 3"):
        design.values("base", [0, 4])
