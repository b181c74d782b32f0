"""Compiled pieces for agents on a torus: who sees whom, counts that follow their moves, and luck.

A site is one number, row times side plus column. What can be seen from a site is a run of columns in each
row, so a count of "how many of them are in view of each site" is kept by adding one to a few short runs
when somebody moves, and nobody looks around: what a citizen needs is one number at its own site.
"""

from __future__ import annotations

import numba
import numpy as np

from diarchy.randomness import philox

EMPTY, QUIET, ACTIVE, COP, JAILED = range(5)

#: Each activation owns this many blocks of four random words, counted from `activation * BLOCKS`: block 0 is
#: its turn in the order and the first three tries of its move, then the blocks below.
BLOCKS = 16
TRIES = 4  # blocks of four tries, before a free site is looked for one by one
LAST_TRY, ARREST, RELEASE = 5, 6, 8  # the first block of each; a release has those up to BLOCKS
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
_TO_UNIT = 2.0**-32


def half_widths(vision: float, shape: str) -> np.ndarray:
    """How far sight reaches to either side in each row, from the farthest row above to the farthest below.

    Parameters
    ----------
    vision : [sites].
    shape : 'disc' (all sites at most `vision` away) or 'diamond' (steps north, south, east and west add up).

    >>> half_widths(1.7, "disc").tolist(), half_widths(2, "diamond").tolist()
    ([1, 1, 1], [0, 1, 2, 1, 0])
    """
    rows = np.arange(-int(vision), int(vision) + 1)
    reach = np.sqrt(vision**2 - rows**2) if shape == "disc" else vision - abs(rows)
    return reach.astype(np.int64)


def offsets(half: np.ndarray) -> np.ndarray:
    """Row and column steps to every site in view but one's own: (site, 2)."""
    far = len(half) // 2
    steps = [(y - far, x) for y, w in enumerate(half) for x in range(-w, w + 1)]
    return np.array([step for step in steps if step != (0, 0)], dtype=np.int64)


@numba.njit(cache=True)
def words(seed, stream, run, tick, slot):
    """Four random 32-bit words: the house's Philox, counted by slot, tick, run and stream."""
    s = np.uint64(seed)
    return philox(np.uint64(slot), np.uint64(tick), np.uint64(run), np.uint64(stream), s & _LOW, s >> _SHIFT)


@numba.njit(cache=True)
def below(word, count):
    """A whole number below `count` from a 32-bit word; uneven by less than count / 2**32."""
    return np.int64((word * np.uint64(count)) >> _SHIFT)


@numba.njit(cache=True)
def unit(word):
    """A number in [0, 1) [1] from a 32-bit word."""
    return np.float64(word) * _TO_UNIT


@numba.njit(cache=True)
def step_from(y, x, steps, i, side):
    """The site that step `i` (row, column) from row `y` and column `x` leads to on the torus."""
    y, x = y + steps[i, 0], x + steps[i, 1]
    y += side if y < 0 else (-side if y >= side else 0)
    x += side if x < 0 else (-side if x >= side else 0)
    return y * side + x


@numba.njit(cache=True)
def tell(count, site, half, side, by):
    """Add `by` to `count` (site,) at every site that sees `site`."""
    far = half.shape[0] // 2
    y, x = site // side, site % side
    for row in range(y - far, y + far + 1):
        wide = half[row - y + far]
        start = (row + side if row < 0 else (row - side if row >= side else row)) * side
        left, right = x - wide, x + wide + 1
        if left >= 0 and right <= side:
            for i in range(start + left, start + right):
                count[i] += by
        else:
            for column in range(left, right):
                count[start + column % side] += by


@numba.njit(cache=True)
def relocate(agent, kind, place, there, what, who, cops_seen, active_seen, half, side):
    """Put an agent on another site, and let those who see it know."""
    here = place[agent]
    if there == here:
        return
    what[there], who[there], place[agent] = kind, agent, there
    what[here], who[here] = EMPTY, -1
    if kind == COP:
        tell(cops_seen, here, half, side, -1)
        tell(cops_seen, there, half, side, 1)
    elif kind == ACTIVE:
        tell(active_seen, here, half, side, -1)
        tell(active_seen, there, half, side, 1)


@numba.njit(cache=True)
def free_site(site, what, steps, side, first, key, tick, slot):
    """A site in view that is empty, each with the same chance, or `site` when there is none.

    Parameters
    ----------
    first : four words, of which the last three are the first tries.
    key : seed, stream and run.
    """
    y, x, near = site // side, site % side, steps.shape[0]
    for i in range(1, 4):
        there = step_from(y, x, steps, below(first[i], near), side)
        if what[there] == EMPTY:
            return there
    for block in range(1, 1 + TRIES):
        more = words(key[0], key[1], key[2], tick, slot + block)
        for i in range(4):
            there = step_from(y, x, steps, below(more[i], near), side)
            if what[there] == EMPTY:
                return there
    empty = 0
    for i in range(near):
        empty += what[step_from(y, x, steps, i, side)] == EMPTY
    if empty == 0:
        return site
    nth = below(words(key[0], key[1], key[2], tick, slot + LAST_TRY)[0], empty)
    return nth_in_view(site, what, EMPTY, nth, steps, side)


@numba.njit(cache=True)
def nth_in_view(site, what, kind, nth, steps, side):
    """The `nth` site in view, in the order of `steps`, that holds `kind`; -1 when there are not so many."""
    y, x = site // side, site % side
    for i in range(steps.shape[0]):
        there = step_from(y, x, steps, i, side)
        if what[there] == kind:
            if nth == 0:
                return there
            nth -= 1
    return -1


@numba.njit(cache=True)
def any_free_site(what, key, tick, slot):
    """An empty site anywhere, or -1 when none is met in so many tries."""
    for block in range(RELEASE, BLOCKS):
        more = words(key[0], key[1], key[2], tick, slot + block)
        for i in range(4):
            there = below(more[i], what.shape[0])
            if what[there] == EMPTY:
                return there
    return -1


@numba.njit(cache=True)
def catch(site, what, active_seen, half, steps, side, key, tick, slot):
    """The site of one of the active in view of `site`, chance alike; nobody sees an active there any more."""
    lot = words(key[0], key[1], key[2], tick, slot + ARREST)[0]
    caught = nth_in_view(site, what, ACTIVE, below(lot, active_seen[site]), steps, side)
    tell(active_seen, caught, half, side, -1)
    return caught


@numba.njit(cache=True)
def jail(site, what, who, place, stays):
    """Take the citizen at a site off the grid, or hold it there."""
    if stays:
        what[site] = JAILED
    else:
        place[who[site]], what[site], who[site] = -1, EMPTY, -1


@numba.njit(cache=True)
def release(citizen, what, who, place, stayed, key, tick, slot):
    """Set a citizen free, on any empty site if it lost its own; False when none was found this period."""
    if not stayed:
        site = any_free_site(what, key, tick, slot)
        if site < 0:
            return False
        place[citizen], who[site] = site, citizen
    what[place[citizen]] = QUIET
    return True


def shuffled(count: int, seed: int, stream: int, run: int) -> np.ndarray:
    """The numbers below `count` in an order that depends on seed, stream and run alone."""
    return _shuffled(count, seed, stream, run)


@numba.njit(cache=True)
def _shuffled(count, seed, stream, run):
    """Fisher and Yates."""
    order = np.arange(count)
    for i in range(count - 1):
        j = i + below(words(seed, stream, run, 0, i)[0], count - i)
        order[i], order[j] = order[j], order[i]
    return order


def uniforms(count: int, seed: int, stream: int, run: int) -> np.ndarray:
    """Numbers in [0, 1) [1] that depend on seed, stream and run alone: (count,)."""
    return _uniforms(count, seed, stream, run)


@numba.njit(cache=True)
def _uniforms(count, seed, stream, run):
    """One block of words each."""
    out = np.empty(count)
    for i in range(count):
        out[i] = unit(words(seed, stream, run, 0, i)[0])
    return out
