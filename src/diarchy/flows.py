"""Move whole-number counts of exchangeable people between cells by hazards: exact, at a cost by events.

A cell holds n people who each leave with a hazard h during a step: the number that leaves is binomial with chance
1 - exp(-h). Over many cells the same law is drawn in one of two ways. Few events: everybody carries a Poisson clock;
the number of rings in all cells is Poisson, each ring falls on a cell by its share of the hazard and on a person at
random, and a person who rings twice leaves once. Many events: a binomial quantile in each cell. Calm places thus cost
one uniform and one look.
"""

from __future__ import annotations

import math

import numba

from diarchy.numerics import binomial_quantile
from diarchy.randomness import uniform

#: Expected events above which cells are drawn one by one. Both ways have one law; this only trades time.
FEW = 6.0
#: Room for the uniforms of single events: at FEW expected, more than this many have a chance below 1e-20.
PICKS = 48


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
def draw_leavers(count, hazard, scale, expected, seed, stream, run, step, slot, moved):
    """How many of each cell leave.

    Parameters
    ----------
    count : (cell,) people.
    hazard : (cell,) hazard per person, times `scale` [1] over the step.
    expected : sum over cells of count x hazard x scale [1].
    seed, stream, run, step, slot : the key of the luck; `slot` is the first of `slots_per_call` slots.
    moved : (cell,) filled with the number that leaves; left as it is when nobody does.

    Returns
    -------
    The number that leaves all cells [people].
    """
    cells = count.shape[0]
    first = slot * slots_per_call(cells)
    if expected > FEW:
        return _draw_each(count, hazard, scale, seed, stream, run, step, first, moved)
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
            reach -= count[c] * hazard[c] * scale
            if reach <= 0.0:
                break
            c += 1
        # The person who rings is one of those who have not left yet, or one who has and does not count again.
        stay = count[c] - moved[c]
        if moved[c] == 0 or uniform(seed, stream, run, step, at + 1) * count[c] < stay:
            if stay > 0:
                moved[c] += 1
                total += 1
    return total


@numba.njit(cache=True)
def _draw_each(count, hazard, scale, seed, stream, run, step, first, moved):
    """One binomial quantile in each cell."""
    total = 0
    for c in range(count.shape[0]):
        moved[c] = 0
        if count[c] > 0 and hazard[c] > 0.0:
            luck = uniform(seed, stream, run, step, first + 1 + c)
            moved[c] = binomial_quantile(count[c], -math.expm1(-hazard[c] * scale), luck)
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
