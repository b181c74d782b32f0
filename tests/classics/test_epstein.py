"""Epstein's civil violence: the closed form, luck, counts that follow moves, and the published runs."""

import math
from dataclasses import replace

import numpy as np
import pytest

from diarchy.classics import epstein, epstein_ethnic
from diarchy.classics.epstein import (
    ARREST_CONSTANT,
    OUTBURST,
    RUNS,
    Rules,
    active_share,
    bearable_ratio,
    erosion,
    measures,
    outbursts,
    simulate,
)  # fmt: skip
from diarchy.classics.torus import (
    ACTIVE,
    BLOCKS,
    COP,
    EMPTY,
    QUIET,
    blank,
    fill_words,
    first_try,
    half_widths,
    later_try,
    lay_out,
    put,
    relocate,
    seen,
    tell,
)  # fmt: skip

FLOOR = replace(RUNS["2"], reading="floor")
FULL = -math.expm1(-ARREST_CONSTANT)


@pytest.mark.parametrize(
    ("chance", "legitimacy", "share"),
    [(FULL, 0.82, 0.0197588), (0.0, 0.82, 0.4444444), (FULL, 0.9, 0.0), (0.0, 0.9, 0.0),
     (FULL, 0.8, 0.0277858), (0.0, 0.8, 0.5), (FULL, 0.7, 0.0740954), (0.0, 0.5, 0.8)],
)  # fmt: skip
def test_check_6_closed_form(chance, legitimacy, share):
    assert active_share(chance, legitimacy) == pytest.approx(share, abs=5e-8)


@pytest.mark.parametrize("chance", [0.0, 0.03, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("legitimacy", [0.5, 0.82, 0.95])
def test_check_6_closed_form_is_the_integral(chance, legitimacy):
    """To 1e-12: over risk, the share of hardship above (T + R P) / (1 - L), exactly piece by piece."""
    grievance = 1.0 - legitimacy
    edge = min(1.0, max(0.0, (grievance - 0.1) / chance)) if chance else 1.0
    exact = max(0.0, (grievance - 0.1) / grievance) * edge - chance * edge**2 / (2 * grievance)
    assert active_share(chance, legitimacy) == pytest.approx(max(exact, 0.0), abs=1e-12)


def test_check_6_closed_form_is_the_share_of_citizens():
    """By 2 million citizens at random, to 5e-4; and the compiled rule reads the same inequality."""
    rng = np.random.default_rng(6)
    hardship, risk = rng.random((2, 2_000_000))
    for legitimacy, ratio in ((0.82, 1.0), (0.7, 0.4)):
        share = np.mean(ratio < bearable_ratio(hardship, risk, legitimacy, 0.1))
        chance = -math.expm1(-ARREST_CONSTANT * ratio)
        assert share == pytest.approx(active_share(chance, legitimacy), abs=5e-4)


def test_the_same_seed_gives_the_same_run_and_another_does_not():
    first, again, other = (simulate(FLOOR, 60, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.active, again.active)
    assert np.array_equal(first.jailed, again.jailed)
    assert not np.array_equal(first.active, other.active)


def test_a_path_that_does_not_change_is_no_path():
    plain = simulate(FLOOR, 80, 3)
    steady = simulate(FLOOR, 80, 3, legitimacy=np.full(80, 0.82), cops=np.full(80, 64))
    assert np.array_equal(plain.active, steady.active)


@pytest.mark.parametrize(("vision", "shape"), [(4.0, "disc"), (1.7, "disc"), (9.0, "diamond")])
def test_counts_in_view_follow_every_move(vision, shape):
    """What is kept by adding and taking away is what a look around would find, across the edges too."""
    side = 20
    board = lay_out(side, vision, shape)
    images, copies = board.images, board.copies
    what, who, cops, active = blank(board)
    rng = np.random.default_rng(1)
    place = rng.permutation(board.inner)[:40].astype(np.int32)
    kinds = np.where(np.arange(40) < 15, COP, ACTIVE)
    counts = [cops if kind == COP else active for kind in kinds]
    for agent, site in enumerate(place):
        put(what, site, kinds[agent], images, copies)
        who[site] = agent
        tell(counts[agent], site, board.around, board.stride, 1)
    for _ in range(200):
        agent = int(rng.integers(40))
        here, there = place[agent], rng.choice(board.inner[what[board.inner] == EMPTY])
        relocate(agent, kinds[agent], here, there, place, what, who, images, copies)
        tell(counts[agent], here, board.around, board.stride, -1)
        tell(counts[agent], there, board.around, board.stride, 1)
    grid, half = what[board.inner].reshape(side, side), half_widths(vision, shape)
    for kind, counted in ((COP, cops), (ACTIVE, active)):
        looked = np.zeros((side, side), int)
        for y, wide in enumerate(half):
            for x in range(-wide, wide + 1):
                looked += np.roll(grid == kind, (y - len(half) // 2, x), (0, 1))
        found = [seen(counted, site, images, copies) for site in board.inner]
        assert np.array_equal(np.reshape(found, (side, side)), looked)
    assert np.array_equal(what[: len(board.home)], what[board.home])  # every image shows its site


def test_an_empty_site_in_view_is_found_each_as_often_as_the_others():
    """By the six tries, the later ones, and one by one where few are left."""
    board = lay_out(20, 2.0, "disc")
    what, _, _, _ = blank(board)
    for site in board.inner:
        put(what, site, QUIET, board.images, board.copies)
    here = board.inner[0]  # a corner: what it sees lies on the margin
    free = board.home[here + board.steps[[0, 4, 9]]]
    for site in free:
        put(what, site, EMPTY, board.images, board.copies)
    found, luck = [], np.empty((4000, 4), np.uint32)
    fill_words(7, 1, 0, 0, 0, luck)
    for turn in range(4000):
        there = first_try(here, what, board.steps, luck, turn)
        if there == here:
            there = later_try(here, what, board.steps, (7, 1, 0), 0, turn * BLOCKS)
        found.append(board.home[there])
    sites, times = np.unique(found, return_counts=True)
    assert sorted(sites) == sorted(free)
    assert abs(times - 4000 / 3).max() < 5 * math.sqrt(4000 * 2 / 9)
    for site in free:
        put(what, site, QUIET, board.images, board.copies)
    assert first_try(here, what, board.steps, luck, 0) == here
    assert later_try(here, what, board.steps, (7, 1, 0), 0, 0) == here


def test_sight_is_a_disc_or_a_diamond():
    assert len(lay_out(40, 7.0, "disc").steps) == 148
    assert len(lay_out(40, 1.7, "disc").steps) == 8
    assert len(lay_out(40, 7.0, "diamond").steps) == 112


def test_outbursts_are_spells_above_fifty():
    begin, end = outbursts(np.array([10, 60, 100, 120, 95, 80, 20, 30, 40, 55, 70, 50, 49]))
    assert begin.tolist() == [1, 9]
    assert end.tolist() == [6, 11]


def test_check_5_with_the_printed_rule_there_is_no_outburst():
    found = measures(simulate(RUNS["2"], 3000, 1))
    assert found["outbursts"] == 0
    assert found["peak"] < OUTBURST


def test_check_5_with_the_floor_there_are_about_a_hundred():
    found = measures(simulate(FLOOR, 3000, 1))
    assert 95 <= found["outbursts"] <= 125
    assert 600 <= found["activation"] <= 950
    assert 18 <= found["wait"] <= 27
    assert found["peak"] > 280


def test_one_after_another_outbursts_are_large():
    """Agents who act one after another agree on this peak; programs that move all at once stay near 200."""
    peaks = [simulate(FLOOR, 1000, seed).active.max() for seed in range(1, 7)]
    assert 290 <= np.mean(peaks) <= 356


def test_check_7_cops_withdrawn_tip_the_floor_version_only():
    cops = epstein.withdrawal(700, RUNS["5"].numbers()[1])
    floor = [simulate(replace(RUNS["5"], reading="floor"), 700, s, cops=cops).active.max() for s in (1, 2, 3)]
    assert min(floor) > OUTBURST
    assert simulate(RUNS["5"], 700, 1, cops=cops).active.max() < OUTBURST


def test_check_7_withdrawn_cops_are_gone():
    """With the last cop gone nobody is arrested, so with endless terms the jail stays as it was."""
    rules = replace(RUNS["5"], reading="floor")
    run = simulate(rules, 60, 1, cops=np.where(np.arange(60) < 30, rules.numbers()[1], 0))
    assert np.all(run.jailed[30:] == run.jailed[29])
    assert run.active[-1] == pytest.approx(0.5 * (1120 - run.jailed[-1]), rel=0.15)


def test_legitimacy_lost_at_once_or_slowly():
    at_once, slowly = erosion(300, slowly=False), erosion(300, slowly=True)
    assert (at_once[76], at_once[77]) == (0.9, 0.7)
    assert (slowly[77], slowly[97], slowly[200]) == pytest.approx((0.9, 0.7, 0.2))


def test_sites_are_few_enough_to_see_each_once():
    with pytest.raises(ValueError, match="wraps"):
        Rules(side=14)
    with pytest.raises(ValueError, match="empty"):
        Rules(citizens=0.97, cops=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("page", [epstein.CLASSIC, epstein_ethnic.CLASSIC], ids=lambda page: page.name)
def test_checks_5_7_8_over_twenty_seeds(page):
    """All published and recomputed numbers hold, and what is on record as not reproducing does not."""
    for check in page.check(20):
        assert check.reproduces == (not check.gap), f"{check.name}: {check.published} against {check.ours}"


def test_two_groups_live_together_where_legitimacy_is_high():
    run = epstein_ethnic.simulate(epstein_ethnic.RUNS["6"], 200, 1)
    assert run.killed.sum() == 0
    assert len(run.blue) == 200


def test_without_cops_one_group_is_wiped_out():
    run = epstein_ethnic.simulate(epstein_ethnic.RUNS["7"], 1000, 1)
    assert run.extinct_at() < 400
    assert min(run.blue[-1], run.green[-1]) == 0
    assert run.killed.sum() > 100


def test_the_two_groups_repeat_with_their_seed():
    first, again = (epstein_ethnic.simulate(epstein_ethnic.RUNS["8"], 60, 5) for _ in range(2))
    assert np.array_equal(first.blue, again.blue)
