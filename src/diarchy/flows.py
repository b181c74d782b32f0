"""Move whole-number counts of exchangeable people between cells by hazards: exact, at a cost by events.

A cell holds n people who each leave with a hazard h during a step: the number that leaves is binomial with
chance 1 - exp(-h). Over many cells the same law is drawn in one of two ways. Few events: everybody carries a
Poisson clock; the number of rings in all cells is Poisson, each ring falls on a cell by its share of the
hazard and on a person at random, and a person who rings twice leaves once. Many events: a binomial quantile
in each cell. Calm places thus cost one uniform and one look.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from diarchy.numerics import binomial_quantile
from diarchy.randomness import uniform

#: Expected events above which cells are drawn one by one. Both ways have one law; this only trades time.
FEW = 30.0
#: Room for the uniforms of single events: at FEW expected, more than this many have a chance below 1e-16.
PICKS = 96
#: Leavers of a cell that are sent one by one; more are split over exits by binomials. One law, two costs.
ONE_BY_ONE = 6
_TINY = 1e-300  # keeps a quotient of nothing by nothing from being formed


def apportion(shares):
    """Whole numbers that follow `shares` [people] along the last axis and sum to their rounded total."""
    return np.diff(np.rint(np.cumsum(shares, axis=-1)), axis=-1, prepend=0.0)


@numba.njit(cache=True)
def slots_per_call(cells):
    """How many slots of a stream one call of `draw_leavers` may use."""
    return cells + 1 + 2 * PICKS


@numba.njit(cache=True)
def poisson_quantile(mean, u, most):
    """The number of events of a Poisson law with a small mean [1] at uniform `u`, at most `most`."""
    mass = math.exp(-mean)
    total, k = mass, 0
    while u > total and k < most:
        k += 1
        mass *= mean / k
        total += mass
    return k


@numba.njit(cache=True)
def draw_leavers(count, row, hazard, scale, expected, seed, stream, run, step, slot, moved):
    """How many of each cell of one row leave.

    Parameters
    ----------
    count, row : (row, cell) people, and which row; taken whole: cutting out a row costs as much as the draw.
    hazard : (cell,) hazard per person, times `scale` [1] over the step.
    expected : sum over cells of count x hazard x scale [1].
    seed, stream, run, step, slot : the key of the luck; `slot` is the first of `slots_per_call` slots.
    moved : (cell,) filled with the number that leaves; left as it is when nobody does.

    Returns
    -------
    The number that leaves all cells [people].
    """
    cells = count.shape[1]
    first = slot * slots_per_call(cells)
    if expected > FEW:
        return _draw_each(count, row, hazard, scale, seed, stream, run, step, first, moved)
    if expected <= 0.0:
        return 0
    rings = poisson_quantile(expected, uniform(seed, stream, run, step, first), PICKS)
    if rings == 0:
        return 0
    for c in range(cells):
        moved[c] = 0
    total = 0
    for ring in range(rings):
        at = first + 1 + cells + 2 * ring
        reach = uniform(seed, stream, run, step, at) * expected
        c = 0
        while c < cells - 1:
            reach -= count[row, c] * hazard[c] * scale
            if reach <= 0.0:
                break
            c += 1
        # The person who rings is one of those who have not left yet, or one who has and does not count again.
        stay = count[row, c] - moved[c]
        if stay > 0 and (moved[c] == 0 or uniform(seed, stream, run, step, at + 1) * count[row, c] < stay):
            moved[c] += 1
            total += 1
    return total


@numba.njit(cache=True)
def _draw_each(count, row, hazard, scale, seed, stream, run, step, first, moved):
    """One binomial quantile in each cell."""
    total = 0
    for c in range(count.shape[1]):
        moved[c] = 0
        if count[row, c] > 0 and hazard[c] > 0.0:
            luck = uniform(seed, stream, run, step, first + 1 + c)
            moved[c] = binomial_quantile(count[row, c], -math.expm1(-hazard[c] * scale), luck)
            total += moved[c]
    return total


@numba.njit(cache=True)
def split(n, share, seed, stream, run, step, slot):
    """Of `n` who leave, how many take an exit whose hazard is `share` [1] of those not yet served."""
    if n == 0 or share <= 0.0:
        return 0
    if share >= 1.0:
        return n
    return binomial_quantile(n, share, uniform(seed, stream, run, step, slot))


@numba.njit(cache=True, inline="always")
def return_to(here, sums, status, to, even, scale, moved, stream, key):
    """People of one status go to another at one rate, whatever their type.

    Parameters
    ----------
    here, sums : (status, type) and (status,) people; both are changed.
    status, to : from where, and where to.
    even : (type,) ones.
    scale : hazard over the step [1].
    moved : (type,) scratch.
    stream, key : stream, and (seed, run, step, cell) of the luck.
    """
    if sums[status] == 0:
        return
    seed, run, step, cell = key
    slot = cell * sums.shape[0] + status
    k = draw_leavers(here, status, even, scale, sums[status] * scale, seed, stream, run, step, slot, moved)
    if k > 0:
        for t in range(moved.shape[0]):
            here[status, t] -= moved[t]
            here[to, t] += moved[t]
        sums[status] -= k
        sums[to] += k


@numba.njit(cache=True, inline="always")
def _arrive(here, sums, to, t, k, late_status, late, arrived):
    """Book `k` people of type `t` at the status behind an exit."""
    arrived[to] += k
    if to == late_status:
        late[t] += k
    else:
        here[to, t] += k
        sums[to] += k


@numba.njit(cache=True, inline="always")
def leave_for(
    here, sums, status, exits, hazard, stay, dt, rate, moved, late_status, late, arrived, streams, key
):
    """People of one status leave by competing exits: one law says how many, further draws split them.

    Parameters
    ----------
    here, sums : (status, type) and (status,) people; both are changed.
    status, exits : from where, and the status behind each exit.
    hazard : (exit,) [1/day]; the first exit's is lowered by `stay`.
    stay : (type,) chance of choosing to stay [1].
    dt : length of the step [day].
    rate, moved : (type,) scratch.
    late_status, late : arrivals at this status are added to `late` (type,), to be booked after all others.
    arrived : (status,) counts arrivals.
    streams, key : streams of how many and of where to, and (seed, run, step, cell) of the luck.

    Returns
    -------
    Whether anybody was added to `late`.
    """
    if sums[status] == 0:
        return False
    seed, run, step, cell = key
    always, expected = 0.0, 0.0
    for j in range(1, len(exits)):
        always += hazard[j]
    for t in range(rate.shape[0]):
        rate[t] = always + hazard[0] * (1.0 - stay[t])
        expected += rate[t] * here[status, t]
    if draw_leavers(here, status, rate, dt, expected * dt, seed, streams[0], run, step, cell, moved) == 0:
        return False
    before = arrived[late_status]
    for t in range(rate.shape[0]):
        left = moved[t]
        if left == 0:
            continue
        here[status, t] -= left
        sums[status] -= left
        slot = ((cell * sums.shape[0] + status) * rate.shape[0] + t) * max(len(exits), ONE_BY_ONE)
        if left <= ONE_BY_ONE:
            for person in range(left):
                reach = uniform(seed, streams[1], run, step, slot + person) * rate[t]
                j = len(exits) - 1
                while j > 0 and reach >= hazard[j]:
                    reach -= hazard[j]
                    j -= 1
                _arrive(here, sums, exits[j], t, 1, late_status, late, arrived)
            continue
        total = rate[t]
        for j in range(len(exits) - 1, -1, -1):
            share = hazard[j] / total if j > 0 else 1.0
            k = split(left, share, seed, streams[1], run, step, slot + j)
            _arrive(here, sums, exits[j], t, k, late_status, late, arrived)
            left -= k
            total = max(total - hazard[j], _TINY)
            if left == 0:
                break
    return arrived[late_status] > before
