"""Luck as a pure function: the uniform of (seed, stream, run, step, slot), by counter-based Philox.

Philox4x32-10 of Salmon et al. (2011): ten rounds turn a 128-bit counter under a 64-bit key into 128 random
bits, with no state to carry. So the luck of future 417 is the same in any block, worker, engine or order, and
two arms that share a seed share their luck (common random numbers).

References
----------
salmon2011
"""

from __future__ import annotations

import hashlib

import numpy as np

from diarchy.jit import jit

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
_ROUNDS = 10
_FIVE, _SIX = np.uint64(5), np.uint64(6)  # bits of two words of 32 that a double has no room for
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53: the spacing of doubles in [0.5, 1)
_GREATEST = 1.0 - _TO_UNIT  # the double below 1, to which the last half would be rounded up


@jit
def philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox4x32: four 32-bit counter words and two key words in, four random words out.

    Each word is a uint64 below 2**32. Source: salmon2011; known answers in tests/ground/test_randomness.py.
    """
    for _ in range(_ROUNDS):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ k0, p1 & _LOW, (p0 >> _SHIFT) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@jit
def _unit(high, low):
    """Two 32-bit words as a double: their 53 high bits, plus one half, over 2**53; never 0 and never 1."""
    whole = np.float64(np.int64(high >> _FIVE)) * 67108864.0 + np.float64(np.int64(low >> _SIX))
    return min((whole + 0.5) * _TO_UNIT, _GREATEST)


@jit
def uniform_pair(seed, stream, run, step, pair):
    """The two uniforms of one turn of the generator: slots 2 x `pair` and 2 x `pair` + 1 of `uniform`."""
    s = np.uint64(seed)
    x0, x1, x2, x3 = philox(
        np.uint64(pair), np.uint64(step), np.uint64(run), np.uint64(stream), s & _LOW, s >> _SHIFT
    )
    return _unit(x0, x1), _unit(x2, x3)


@jit
def uniform(seed, stream, run, step, slot):
    """One uniform in the open interval (0, 1) [1], a pure function of its five integers.

    Parameters
    ----------
    seed : 64-bit seed of the ensemble.
    stream : 32-bit number of a mechanism's draw, from `stream_of`.
    run, step, slot : the future, the time step, and the place within the draw; below 2**32 each.
    """
    first, second = uniform_pair(seed, stream, run, step, slot >> 1)
    return second if slot & 1 else first


# The turns below are independent of each other, so the processor makes several at once.
@jit
def fill_row(seed, stream, run, step, pair, count, out):
    """Fill `out` [1] with the uniforms of `count` slots from turn `pair` on, and one more if odd."""
    s = np.uint64(seed)
    k0, k1 = s & _LOW, s >> _SHIFT
    c1, c2, c3 = np.uint64(step) & _LOW, np.uint64(run) & _LOW, np.uint64(stream) & _LOW
    for i in range((count + 1) // 2):
        x0, x1, x2, x3 = philox(np.uint64(pair + i) & _LOW, c1, c2, c3, k0, k1)
        out[2 * i] = _unit(x0, x1)
        out[2 * i + 1] = _unit(x2, x3)


@jit
def fill_pairs(seed, stream, run, step, pair, count, out, at, one, two):
    """Fill the lines `one` and `two` of `out` (line, place) [1] with the pairs of `count` turns.

    The turn of a place is `pair` plus the whole number that stands there in the line `at`.
    """
    s = np.uint64(seed)
    k0, k1 = s & _LOW, s >> _SHIFT
    c1, c2, c3 = np.uint64(step) & _LOW, np.uint64(run) & _LOW, np.uint64(stream) & _LOW
    for i in range(count):
        turn = np.uint64(pair + np.int64(out[at, i])) & _LOW
        x0, x1, x2, x3 = philox(turn, c1, c2, c3, k0, k1)
        out[one, i] = _unit(x0, x1)
        out[two, i] = _unit(x2, x3)


@jit
def fill_uniforms(seed, stream, runs, step, out):
    """Fill `out` (run, slot) with the uniforms of one stream at one step; `runs` (run,) are run numbers."""
    s = np.uint64(seed)
    k0, k1 = s & _LOW, s >> _SHIFT
    c1, c3 = np.uint64(step) & _LOW, np.uint64(stream) & _LOW
    for slot in range(0, out.shape[1] - 1, 2):
        for r in range(out.shape[0]):
            x0, x1, x2, x3 = philox(np.uint64(slot >> 1), c1, np.uint64(runs[r]) & _LOW, c3, k0, k1)
            out[r, slot] = _unit(x0, x1)
            out[r, slot + 1] = _unit(x2, x3)
    if out.shape[1] % 2 == 1:
        last = out.shape[1] - 1
        for r in range(out.shape[0]):
            x0, x1, _, _ = philox(np.uint64(last >> 1), c1, np.uint64(runs[r]) & _LOW, c3, k0, k1)
            out[r, last] = _unit(x0, x1)


def stream_of(name: str) -> int:
    """The 32-bit stream number of a qualified draw name such as ``crowd.moves``.

    A hash, so that it depends on the name alone and not on which other mechanisms are there; `model.wire`
    refuses two names that meet on one number.

    >>> stream_of("crowd.moves") == stream_of("crowd.moves") != stream_of("security.stance")
    True
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")
