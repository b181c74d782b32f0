"""Kinship counts strangers; islands tell how well the evidence is known."""

import numpy as np
import pytest
import walks
from walks import PUSHED, kalman, seen, walk_model

from diarchy.ensemble.carry import Carrier
from diarchy.ensemble.design import sample
from diarchy.updating.islands import FEWEST, ISLANDS, islands_of, merged, settle
from diarchy.updating.kinship import Kinship
from diarchy.updating.sifting import MOST_TIMES, Sieve, crowd, sift

VALUES = [1.2, 0.4, 2.5, 2.0, 3.1]


def test_copies_count_once_and_strangers_each():
    even = np.full(4, 0.25)
    assert Kinship((np.arange(4),)).strangers(even) == pytest.approx(4)
    assert Kinship((np.zeros(4, int),)).strangers(even) == pytest.approx(1)
    twice = Kinship((np.arange(4),)).taken(np.array([0, 0, 2, 2]))
    assert twice.strangers(even) == pytest.approx(2)
    assert twice.founders.tolist() == [0, 0, 2, 2]
    assert Kinship.joined([twice, Kinship((np.array([9]),))]).strangers(np.full(5, 0.2)) == pytest.approx(
        25 / 9
    )


def test_a_move_makes_strangers_by_what_it_renews_and_copies_of_it_are_kin_again():
    copies = Kinship((np.zeros(2, int),))
    one = copies.moved(np.array([0]), np.array([0.4]))
    assert one.parts[0] == pytest.approx(np.array([[1, 0.4], [0.4, 1]]))
    again = one.taken(np.array([0, 0, 1])).moved(np.array([0, 1]), np.array([0.5, 0.5]))
    expected = np.array([[1, 0.25, 0.2], [0.25, 1, 0.2], [0.2, 0.2, 1]])
    assert again.parts[0] == pytest.approx(expected)
    assert again.strangers(np.full(3, 1 / 3)) == pytest.approx(9 / expected.sum())


def test_founders_of_two_groups_are_the_same_where_they_are():
    both = Kinship((np.array([0, 1]), np.array([1, 2])))
    assert both.strangers(np.full(4, 0.25)) == pytest.approx(16 / 6)


def test_kinship_is_a_covariance_whatever_happens():
    rng, kin = np.random.default_rng(4), Kinship((np.arange(30),))
    for _ in range(8):
        kin = kin.taken(np.sort(rng.integers(0, 30, 30)))
        places = np.flatnonzero(rng.random(30) < 0.4)
        kin = kin.moved(places, rng.random(len(places)))
    assert np.linalg.eigvalsh(kin.parts[0]).min() > -1e-5
    assert np.diag(kin.parts[0]) == pytest.approx(1)


def islands(n, seed, push=PUSHED):
    model = walk_model(len(VALUES) + 4, base=push)
    design = sample(model, n, seed, repeats=1)
    reports = [seen(day, value) for day, value in enumerate(VALUES, 1)]
    with Carrier(model, seed, walks.record()) as carrier:
        sieve = Sieve(carrier, design.names, 1.0, model.calendar.steps, seed)
        start = settle(model.arms["base"], design, n, crowd(1, sieve), islands_of(n))
        return start, [sift(one, reports, sieve) for one in start]


def test_more_futures_start_than_go_on_each_with_its_own_draw_and_luck():
    start, done = islands(64, 1)
    assert len(start) == ISLANDS
    runs = np.concatenate([one.runs for one in start])
    assert runs.tolist() == list(range(len(runs)))
    assert len(runs) == 64 * 3  # nine steps in all, and the first report after one
    assert sum(len(one.runs) for one in done) < len(runs)
    used = [set(one.runs) for one in done]
    assert not any(used[a] & used[b] for a in range(4) for b in range(a))
    assert max(one.runs.max() for one in done) < 2**32


def test_crowds_shrink_with_the_way_and_stay_in_bounds():
    sieve = Sieve(None, (), 0.25, 360, 0)
    sizes = [crowd(step, sieve) for step in (0, 15, 40, 60, 120, 360)]
    assert sizes == [MOST_TIMES, MOST_TIMES, 3.0, 2.0, 1.0, 1.0]


def test_few_futures_make_one_island_and_many_make_more():
    assert [islands_of(n) for n in (2, FEWEST, 2 * FEWEST, 300, 10_000)] == [1, 1, 2, ISLANDS, 10]


def test_the_mean_of_the_islands_evidence_is_that_of_the_kalman_filter_and_its_error_is_true():
    exact, found, said = kalman(VALUES, PUSHED)[2], [], []
    for seed in range(12):
        cloud = merged(islands(240, seed)[1])
        assert cloud.weight.sum() == pytest.approx(1)
        found.append(cloud.log_evidence)
        said.append(cloud.evidence_error)
    assert abs(np.mean(found) - exact) < 3.5 * np.std(found, ddof=1) / np.sqrt(len(found)) + 0.02
    assert np.mean(said) > np.std(found, ddof=1)


def test_futures_count_by_the_evidence_of_their_island():
    cloud = merged(done := islands(64, 3)[1])
    shares = np.exp([one.log_evidence - cloud.log_evidence for one in done]) / len(done)
    ends = np.cumsum([len(one.runs) for one in done])
    parts = [part.sum() for part in np.split(cloud.weight, ends[:-1])]
    assert parts == pytest.approx(shares)
