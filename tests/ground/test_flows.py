"""Counts moved by hazards: one law, whether few or many move, and nobody lost."""

import numba
import numpy as np
import pytest
from scipy import stats

from diarchy import flows
from diarchy.flows import draw_leavers, leave_for, poisson_quantile, split


def leavers(count, hazard, scale, run):
    moved = np.full(len(count), -1)
    expected = float((count * hazard).sum() * scale)
    total = draw_leavers(count[None, :], 0, hazard, scale, expected, 3, 5, run, 0, 0, moved)
    return np.where(moved < 0, 0, moved) if total == 0 else moved


@pytest.mark.parametrize("scale", [0.02, 0.6, 4.0])
def test_each_cell_is_binomial_by_either_way(scale):
    count, hazard = np.array([3, 0, 40, 7]), np.array([0.5, 1.0, 0.05, 0.0])
    drawn = np.array([leavers(count, hazard, scale, run) for run in range(6_000)])
    assert np.all(drawn <= count)
    for c in (0, 2):
        law = stats.binom(count[c], -np.expm1(-hazard[c] * scale))
        seen = np.bincount(drawn[:, c], minlength=count[c] + 1)
        expected = law.pmf(np.arange(count[c] + 1)) * len(drawn)
        big = expected > 5
        statistic = ((seen - expected)[big] ** 2 / expected[big]).sum()
        assert stats.chi2.sf(statistic, big.sum()) > 1e-4
    assert np.all(drawn[:, [1, 3]] == 0)
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 2])[0, 1]) < 4 / np.sqrt(len(drawn))


def test_the_two_ways_meet_at_their_border():
    count, hazard = np.array([150, 150]), np.array([0.09, 0.1])
    below, above = (
        [leavers(count, hazard, scale, run).sum() for run in range(2_000)] for scale in (1.0, 1.06)
    )
    assert 150 * 0.19 < flows.FEW < 150 * 0.19 * 1.06
    assert np.mean(below) == pytest.approx(150 * (2 - np.exp(-0.09) - np.exp(-0.1)), abs=0.4)
    assert np.mean(above) == pytest.approx(150 * (2 - np.exp(-0.0954) - np.exp(-0.106)), abs=0.4)


@pytest.mark.parametrize("people", [3, 400])
def test_leavers_take_their_exits_by_hazard(people):
    """One by one or split by binomials: exits take the shares of their hazards, and nobody is lost."""
    hazard, stay = np.array([0.5, 0.2, 0.0, 0.3, 0.1, 0.05]), np.array([0.4])
    runs, gone = 12_000, np.zeros(7)
    for run in range(runs):
        here, sums, arrived = (
            np.zeros((7, 1), dtype=np.int32),
            np.zeros(7, dtype=np.int32),
            np.zeros(7, np.int32),
        )
        here[1, 0] = sums[1] = people
        late = np.zeros(1, dtype=np.int32)
        scratch, moved = np.zeros(1), np.zeros(1, dtype=np.int32)
        calmed = take_exits(here, sums, hazard, stay, scratch, moved, late, arrived, run)
        assert here.sum() + late.sum() == people
        assert calmed == (late[0] > 0)
        gone += arrived
    rates = hazard.copy()
    rates[0] *= 1 - stay[0]
    assert gone.sum() == pytest.approx(people * runs * -np.expm1(-rates.sum() * 0.25), rel=0.05)
    assert gone[[0, 3, 2, 4, 5, 6]] / gone.sum() == pytest.approx(rates / rates.sum(), abs=0.02)


@numba.njit
def take_exits(here, sums, hazard, stay, scratch, moved, late, arrived, run):
    """People of status 1 leave by six exits; those to status 2 are booked late."""
    return leave_for(here, sums, 1, (0, 3, 2, 4, 5, 6), hazard, stay, 0.25, scratch, moved, 2, late, arrived,
                     (5, 6), (3, run, 0, 0))  # fmt: skip


def test_poisson_quantile():
    u = np.linspace(0.001, 0.999, 200)
    assert [poisson_quantile(2.5, x, 48) for x in u] == stats.poisson.ppf(u, 2.5).astype(int).tolist()
    assert poisson_quantile(6.0, 1 - 1e-16, 48) <= 48


def test_split_gives_all_or_nothing_at_the_ends():
    assert split(9, 0.0, 1, 2, 3, 4, 5) == 0
    assert split(9, 1.0, 1, 2, 3, 4, 5) == 9
    assert 0 <= split(9, 0.5, 1, 2, 3, 4, 5) <= 9
