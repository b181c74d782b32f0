"""Compiled pieces for agents on a torus: who sees whom, counts that follow their moves, and luck.

The torus lies in a board with a margin as wide as sight, so that nothing that is looked at wraps: every
site near an edge has images on the margin. What stands on a site is written to all its images and read at
one place; a count of "how many of them are in view" is written once, as rows of ones around whoever
moves, and read as the sum over the images. So nobody looks around: what a citizen needs is one number at
its own site, and whoever moves changes it by a few rows.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from diarchy.jit import jit
from diarchy.randomness import philox

EMPTY, QUIET, ACTIVE, COP, JAILED = range(5)

#: Each activation owns this many blocks of four random words, counted from `activation * BLOCKS`: block 0 is
#: its turn in the order and the first tries of its move, then the blocks below.
BLOCKS = 16
TRIES = 4  # blocks of tries, before a free site is looked for one by one
LAST_TRY, ARREST, RELEASE = 5, 6, 8  # the first block of each; a release has those up to BLOCKS
IMAGES = 3  # a site near a corner stands on the margin three times
_LANES = 16  # ones are added in rows of this many, which is one instruction of the processor
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
_TO_UNIT = 2.0**-32


class Board(NamedTuple):
    """A torus with a margin, and what is in view on it.

    Parameters
    ----------
    stride : places in a row, margin included.
    inner : (site,) place of each site of the torus.
    home : (place,) place of the site that a place is an image of.
    images, copies : (place, image) other places of a site, the last place of all where there are fewer;
        (place,) how many places it has in all.
    steps : (step,) from a place to each other that is in view.
    around : (row, lane) ones where sight reaches in each row, the farthest above first.
    """

    stride: int
    inner: np.ndarray
    home: np.ndarray
    images: np.ndarray
    copies: np.ndarray
    steps: np.ndarray
    around: np.ndarray


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


def lay_out(side: int, vision: float, shape: str) -> Board:
    """The board of a torus of `side` by `side` sites, seen as far as `vision` [sites]."""
    half = half_widths(vision, shape)
    far = len(half) // 2
    stride = side + 2 * far
    places = np.arange(stride * stride).reshape(stride, stride)
    inner = places[far : far + side, far : far + side].ravel()
    home = np.zeros(stride * stride, np.int32)
    nowhere = stride * stride  # a place behind the board, which nobody reads and no count reaches
    images, copies = np.full((nowhere, IMAGES), nowhere, np.int32), np.ones(nowhere, np.uint8)
    for down, right in itertools.product((0, side, -side), repeat=2):
        row, column = inner // stride + down, inner % stride + right
        there = (row >= 0) & (row < stride) & (column >= 0) & (column < stride)
        image, site = (row * stride + column)[there], inner[there]
        home[image] = site
        if (down, right) != (0, 0):
            images[site, copies[site] - 1] = image
            copies[site] += 1
    steps = [
        y * stride + x for y, w in zip(range(-far, far + 1), half, strict=True) for x in range(-w, w + 1)
    ]
    lanes = _LANES * -(-(2 * far + 1) // _LANES)
    around = abs(np.arange(lanes) - far)[None, :] <= half[:, None]
    near = np.array([step for step in steps if step], np.int32)
    return Board(stride, inner.astype(np.int32), home, images, copies, near, around.astype(np.int16))


def blank(board: Board) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """An empty board: what stands on each place and who, how many cops and how many active see it."""
    size = len(board.home)
    beyond = board.around.shape[1]  # lanes of the last row, and the place that is nowhere
    cops, active = np.zeros(size + beyond, np.int16), np.zeros(size + beyond, np.int16)
    return np.zeros(size + 1, np.uint8), np.full(size, -1, np.int32), cops, active


@jit
def words(seed, stream, run, tick, slot):
    """Four random 32-bit words: the house's Philox, counted by slot, tick, run and stream."""
    s = np.uint64(seed)
    return philox(np.uint64(slot), np.uint64(tick), np.uint64(run), np.uint64(stream), s & _LOW, s >> _SHIFT)


@jit
def below(word, count):
    """A whole number below `count` from a 32-bit word; uneven by less than count / 2**32."""
    return np.int64((word * np.uint64(count)) >> _SHIFT)


@jit
def unit(word):
    """A number in [0, 1) [1] from a 32-bit word."""
    return np.float64(word) * _TO_UNIT


@jit
def fill_words(seed, stream, run, tick, first, out):
    """Block 0 of as many turns as `out` (turn, 4) has rows, from turn `first` on."""
    for i in range(out.shape[0]):
        luck = words(seed, stream, run, tick, (first + i) * BLOCKS)
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = luck


@jit
def put(what, site, kind, images, copies):
    """Write what stands on a site to all its places."""
    what[site] = kind
    if copies[site] > 1:
        for i in range(IMAGES):
            what[images[site, i]] = kind


@jit
def tell(count, site, around, stride, by):
    """Add `by` to `count` around `site`, wherever it is in view; images on the margin are not wrapped."""
    # Unsigned, so that no place is taken for one counted from the end.
    start = np.uint64(site - (around.shape[0] // 2) * (stride + 1))
    for row in range(np.uint64(around.shape[0])):
        for first in range(np.uint64(0), np.uint64(around.shape[1]), np.uint64(_LANES)):
            for lane in range(np.uint64(_LANES)):
                count[start + first + lane] += by * around[row, first + lane]
        start += np.uint64(stride)


@jit
def seen(count, site, images, copies):
    """How many of those counted are in view of a site: the sum over its places."""
    total = np.int64(count[site])
    if copies[site] > 1:
        for i in range(IMAGES):
            total += count[images[site, i]]
    return total


@jit
def first_try(site, what, steps, luck, turn):
    """The first of six places in view that is empty, each with the same chance, or `site`.

    A word gives two: the low half of its product with the number of places is a word again. All six are
    looked at, last to first, since a processor guesses wrong when to stop.
    """
    near, found = np.uint64(steps.shape[0]), site
    for i in range(3):
        wide = np.uint64(luck[turn, 3 - i]) * near
        there = site + steps[((wide & _LOW) * near) >> _SHIFT]
        found = there if what[np.uint64(there)] == EMPTY else found
        there = site + steps[wide >> _SHIFT]
        found = there if what[np.uint64(there)] == EMPTY else found
    return found


@jit
def later_try(site, what, steps, key, tick, slot):
    """A place in view that is empty, each with the same chance, or `site` when there is none.

    Parameters
    ----------
    key : seed, stream and run.
    """
    for block in range(1, 1 + TRIES):
        more = words(key[0], key[1], key[2], tick, slot + block)
        for i in range(4):
            there = site + steps[below(more[i], steps.shape[0])]
            if what[there] == EMPTY:
                return there
    empty = 0
    for i in range(steps.shape[0]):
        empty += what[site + steps[i]] == EMPTY
    if empty == 0:
        return site
    nth = below(words(key[0], key[1], key[2], tick, slot + LAST_TRY)[0], empty)
    return nth_in_view(site, what, EMPTY, nth, steps)


@jit
def nth_in_view(site, what, kind, nth, steps):
    """The `nth` place in view, in the order of `steps`, that holds `kind`; -1 when there are not so many."""
    for i in range(steps.shape[0]):
        there = site + steps[i]
        if what[there] == kind:
            if nth == 0:
                return there
            nth -= 1
    return -1


@jit
def any_free_site(what, inner, key, tick, slot):
    """An empty site anywhere, or -1 when none is met in so many tries."""
    for block in range(RELEASE, BLOCKS):
        more = words(key[0], key[1], key[2], tick, slot + block)
        for i in range(4):
            there = inner[below(more[i], inner.shape[0])]
            if what[there] == EMPTY:
                return there
    return -1


@jit
def relocate(agent, kind, site, there, place, what, who, images, copies):
    """Put an agent on another site."""
    put(what, there, kind, images, copies)
    put(what, site, EMPTY, images, copies)
    who[there], place[agent] = agent, there
    who[site] = -1


def shuffled(count: int, seed: int, stream: int, run: int) -> np.ndarray:
    """The numbers below `count` in an order that depends on seed, stream and run alone."""
    return _shuffled(count, seed, stream, run)


@jit
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


@jit
def _uniforms(count, seed, stream, run):
    """One block of words each."""
    out = np.empty(count)
    for i in range(count):
        out[i] = unit(words(seed, stream, run, 0, i)[0])
    return out
