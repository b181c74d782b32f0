"""Counts moved by hazards: one law, whether few or many move, and nobody lost."""

import numba
import numpy as np
import pytest
from scipy import stats

from diarchy import flows
from diarchy.flows import expect, first_luck, move

HOME, STREET, TIRED, HELD = range(4)
TO = np.array([[STREET] * 3, [HOME, TIRED, HELD], [HOME] * 3, [HOME] * 3])
HAZARD = np.array([[0.0, 0.0, 0.0], [0.3, 0.2, 0.05], [0.4, 0.0, 0.0], [0.0, 0.0, 0.0]])
SLOPE = np.array([0.5, -0.3, 0.0, 0.0])
CHOICE = np.array([0.9, 0.5, 0.05])


@numba.njit
def many_steps(start, law, to, choice, runs):
    """One step of one cell in many runs: people by run, whence and whither."""
    statuses, types = start.shape
    arrived = np.zeros((runs, statuses * statuses), np.int32)
    left = np.zeros((runs, statuses, types), np.int32)
    for run in range(runs):
        people = start.copy().reshape(1, -1)
        sums = start.sum(axis=1).reshape(1, -1)
        landing, desk = np.zeros(flows.PICKS, np.int32), np.zeros((statuses + 1, types), np.int32)
        lot, mass = np.zeros(flows.PICKS), np.zeros((statuses, types))
        table = np.zeros((flows.TABLE_LINES, types))
        total, key = expect(people, sums, 0, law, choice), (3, run, 0, 0)
        luck = first_luck(11, key)
        if luck > 1.0 - total:
            move(people, sums, 0, law, to, choice, luck, arrived, run, landing, desk, lot, mass, table,
                 (11, 12, 13), key)  # fmt: skip
        left[run] = people.reshape(statuses, types)
        if (
            desk.sum() != desk[statuses].sum()
            or sums.sum() != start.sum()
            or (sums != left[run].sum(axis=1)).any()
        ):
            left[run] = -1
    return arrived.reshape(runs, statuses, statuses), left


def step(start, runs=8_000):
    law = np.column_stack([HAZARD, HAZARD[:, ::-1].cumsum(axis=1)[:, ::-1], SLOPE, np.zeros((4, 2))])
    return many_steps(np.asarray(start, dtype=np.int32), law, TO, CHOICE, runs)


def fits(drawn, n, p):
    """Whether numbers drawn follow a binomial law, by chi square over the numbers that are likely."""
    expected = stats.binom(n, p).pmf(np.arange(n + 1)) * len(drawn)
    seen, big = np.bincount(drawn, minlength=n + 1), expected > 5
    statistic = ((seen - expected)[big] ** 2 / expected[big]).sum()
    return stats.chi2.sf(statistic, big.sum()) > 1e-4


@pytest.mark.parametrize("people", [2, 9, 60, 400])  # rings only, some of each, quantiles for nearly all
def test_each_exit_is_binomial_and_nobody_is_lost(people):
    start = np.zeros((4, 3), dtype=int)
    start[STREET, 1] = people
    start[HELD] = 3
    arrived, left = step(start)
    assert left.min() >= 0
    assert np.array_equal(left.sum(axis=(1, 2)), np.full(len(left), start.sum()))
    rate = HAZARD[STREET] + np.array([SLOPE[STREET] * CHOICE[1], 0, 0])
    for to, hazard in zip((HOME, TIRED, HELD), rate, strict=True):
        assert fits(arrived[:, STREET, to], people, -np.expm1(-rate.sum()) * hazard / rate.sum()), to
    assert np.all(arrived[:, HELD] == 0)


@pytest.mark.parametrize("people", [5, 300])
def test_types_go_by_their_choice_and_independently(people):
    start = np.zeros((4, 3), dtype=int)
    start[HOME] = people
    arrived, left = step(start)
    for t in range(3):
        assert fits(people - left[:, HOME, t], people, -np.expm1(-SLOPE[HOME] * CHOICE[t]))
    assert abs(np.corrcoef(left[:, HOME, 0], left[:, HOME, 1])[0, 1]) < 4 / np.sqrt(len(left))
    assert np.array_equal(arrived[:, HOME, STREET], 3 * people - left[:, HOME].sum(axis=1))


def test_all_statuses_move_at_once_and_nobody_twice():
    start = np.array([[40, 3, 0], [0, 30, 8], [100, 0, 1], [0, 0, 0]])
    arrived, left = step(start)
    assert left.min() >= 0
    leaving = start[TIRED].sum()
    assert fits(arrived[:, TIRED, HOME], leaving, -np.expm1(-0.4))
    home = arrived[:, STREET, HOME] + arrived[:, TIRED, HOME] - arrived[:, HOME, STREET]
    assert np.array_equal(left[:, HOME].sum(axis=1), start[HOME].sum() + home)


def test_the_ways_of_drawing_have_one_law():
    """Chance of each number of leavers just below and just above the border between the two ways."""
    below, above = (
        step(np.array([[0, 0, 0], [0, 0, 0], [0, n, 0], [0, 0, 0]]), 20_000)[0][:, TIRED, HOME]
        for n in (int(flows.FEW / 0.4), int(flows.FEW / 0.4) + 1)
    )
    p = -np.expm1(-0.4)
    assert fits(below, int(flows.FEW / 0.4), p)
    assert fits(above, int(flows.FEW / 0.4) + 1, p)
